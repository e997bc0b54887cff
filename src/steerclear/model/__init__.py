"""Frozen types of the mechanism: parties, agreement, tracks, alerts and the message vocabulary; no wire format."""
