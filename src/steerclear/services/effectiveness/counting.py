"""The arithmetic of the report: times by nearest rank, shares with their counts, and how they are said."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from steerclear.services.effectiveness.report import Times


def times_of(values_s: Sequence[float]) -> Times | None:
    """Median and 95 % by nearest rank; None of nothing. A time below zero (two clocks) counts as none."""
    ordered = sorted(max(0.0, value) for value in values_s)
    if not ordered:
        return None
    return Times(
        count=len(ordered),
        median_s=rank(ordered, 0.5),
        p95_s=rank(ordered, 0.95),
        longest_s=ordered[-1],
        deciles_s=tuple(rank(ordered, tenth / 10) for tenth in range(11)),
    )


def rank(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed."""
    return ordered[max(0, ceil(round(share * len(ordered), 9)) - 1)]


def share(part: int, whole: int) -> float | None:
    """A share; None of nothing."""
    return part / whole if whole else None


def said_share(part: int, whole: int) -> str:
    """`12 of 15 (80 %)`: a share is never told without its count."""
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "none of none"


def said_time(seconds: float | None) -> str:
    """A time for a reader: `34 s`, `6 min 05 s`, `3 h 20 min`, `2 d 4 h`."""
    if seconds is None:
        return "not measured"
    whole = round(seconds)
    if abs(seconds) < 60:
        return f"{seconds:.1f} s" if seconds % 1 and abs(seconds) < 10 else f"{whole} s"
    minutes, left = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {left:02d} s" if left else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 message`, `2 messages`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
