"""Composition root: builds the node and the command line from the rooms below."""
