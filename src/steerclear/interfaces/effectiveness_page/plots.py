"""The small plots: what became of things as one bar, and how long they took as a line of tenths. Inline SVG."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Final

from steerclear.services.effectiveness.counting import said_time
from steerclear.services.effectiveness.report import Times

_WIDTH: Final = 260.0
_GOOD: Final = frozenset({"in_time", "renewed", "ended_by_word", "flown", "did_not"})
_BAD: Final = frozenset({"missed", "late", "unanswered", "short", "stale", "not_raised", "came_true"})
_HATCHED: Final = frozenset({"late", "late_with_cause"})
NAMES: Final = {
    "in_time": "in time",
    "late": "late",
    "late_with_cause": "late, with a cause",
    "missed": "not at all",
    "open": "not due yet",
    "not_shown": "not shown",
    "unanswered": "no answer, no cause stated",
    "unanswered_with_cause": "no answer, cause stated",
    "short": "too short",
    "ended_by_word": "ended by word",
    "renewed": "renewed",
    "flown": "flights, ended with their time",
    "stale": "ran out without a word",
    "not_raised": "not raised",
    "message_not_arrived": "message not arrived",
    "came_true": "came true",
    "did_not": "did not come true",
    "nobody_knows": "nobody knows",
    "separation": "separation",
    "time_in_breach": "time in breach",
    "zone": "zone",
}
"""Outcomes in words."""


def outcome_bar(outcomes: Mapping[str, int]) -> str:
    """One bar with a part for each outcome that there was; the words stand below it, for no meaning hangs on colour."""
    total = sum(outcomes.values())
    if not total:
        return ""
    parts, left = [], 0.0
    for name, count in outcomes.items():
        if count:
            width = _WIDTH * count / total
            parts.append(
                f'<rect class="{_class(name)}" x="{left:.1f}" y="0" width="{max(1.0, width - 1):.1f}" height="14"/>'
            )
            left += width
    said = "; ".join(f"{count} {_name(name)}" for name, count in outcomes.items() if count)
    return (
        f'<svg viewBox="0 0 {_WIDTH:.0f} 14" role="img" aria-label="{html.escape(said)}">{"".join(parts)}</svg>'
        f'<p class="key">{"".join(_key(name, count) for name, count in outcomes.items() if count)}</p>'
    )


def time_line(times: Times | None) -> str:
    """How long it took, on a scale from 0 to the longest: the tenths as ticks, median and 95 % named."""
    if times is None:
        return ""
    scale = (_WIDTH - 8) / (times.longest_s or 1.0)
    ticks = "".join(
        f'<line class="tick" x1="{4 + tenth * scale:.1f}" x2="{4 + tenth * scale:.1f}" y1="6" y2="16"/>'
        for tenth in times.deciles_s
    )
    low, high = 4 + times.deciles_s[1] * scale, 4 + times.deciles_s[9] * scale
    said = f"median {said_time(times.median_s)}, 95 % {said_time(times.p95_s)}, longest {said_time(times.longest_s)}"
    return (
        f'<svg viewBox="0 0 {_WIDTH:.0f} 22" role="img" aria-label="{html.escape(said)}">'
        f'<line class="axis" x1="4" x2="{_WIDTH - 4:.0f}" y1="11" y2="11"/>'
        f'<rect class="most" x="{low:.1f}" y="8" width="{max(1.0, high - low):.1f}" height="6"/>{ticks}'
        f'<circle class="median" cx="{4 + times.median_s * scale:.1f}" cy="11" r="4"/>'
        f'<path class="p95" d="M{4 + times.p95_s * scale:.1f} 2l4 -0 -4 6 -4 -6z"/></svg>'
        f'<p class="key">&#9679; {html.escape(said)}</p>'
    )


def _class(name: str) -> str:
    kind = "good" if name in _GOOD else "bad" if name in _BAD else "soft"
    return f"{kind} late" if name in _HATCHED else kind


def _key(name: str, count: int) -> str:
    return f'<span><i class="{_class(name)}"></i>{count:,} {html.escape(_name(name))}</span>'


def _name(name: str) -> str:
    return NAMES.get(name, name.replace("_", " "))
