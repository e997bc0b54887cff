"""The command line: one module per noun; each verb calls one service or the node's local API."""
