"""Times as the report tells them."""

from __future__ import annotations

from datetime import UTC, datetime


def utc(time_s: float) -> str:
    """Date and time to the second."""
    return _moment(time_s, "%Y-%m-%d %H:%M:%SZ")


def clock(time_s: float) -> str:
    """The time of day to the second."""
    return _moment(time_s, "%H:%M:%SZ")


def _moment(time_s: float, form: str) -> str:
    try:
        return datetime.fromtimestamp(time_s, UTC).strftime(form)
    except (ValueError, OverflowError, OSError):
        return f"{time_s:.3g} s"
