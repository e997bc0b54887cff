"""Bounds of a drill."""

MAX_DRILL_EVENTS = 2_000_000
"""Things that happen in one drill, looks at pictures and deadlines included."""
