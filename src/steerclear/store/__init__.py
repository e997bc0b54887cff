"""Append-only journal, outbox and log leaves in one transaction; views that can be rebuilt."""
