"""The health of each source of reports: when it last spoke, how often, how late, how it lies against the others."""

from __future__ import annotations

from math import isfinite

import msgspec

from steerclear.model.feed_alignment import FeedAlignment
from steerclear.tactical.faults import SetAside
from steerclear.tactical.terms import AgeTerms

_SMOOTHING = 0.05
_RATE_WINDOW_S = 10.0


class FeedHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One source as it stands; None where it has not spoken yet."""

    source: str
    reports: int
    used: int
    set_aside: dict[str, int]
    """Reason -> count, of this source."""
    last_heard_s: float | None
    """The picture's `now` at the last step in which this source said something new."""
    last_report_time_s: float | None
    """Latest time of applicability that was used."""
    reports_per_s: float
    """Smoothed over about ten seconds."""
    latency_s: float | None
    """Receipt minus applicability, smoothed."""
    silent_for_s: float
    silent: bool
    alignment: FeedAlignment


class SourceState:
    """What is kept of one source."""

    __slots__ = (
        "aside",
        "gap_s",
        "last_heard_s",
        "last_time_s",
        "latency_s",
        "name",
        "period_s",
        "rate",
        "reports",
        "silent",
        "since_s",
        "step_reports",
        "unheeded",
        "used",
    )

    def __init__(self, name: str, now_s: float, ages: AgeTerms) -> None:
        self.name = name
        self.since_s = now_s
        self.last_heard_s: float | None = None
        self.last_time_s: float | None = None
        self.reports = 0
        self.step_reports = 0
        self.unheeded = 0
        """Reports since it last said something new: it speaks, and the picture learns nothing from it."""
        self.used = 0
        self.aside: dict[SetAside, int] = {}
        self.gap_s = 0.0
        self.period_s = ages.first_period_s
        self.latency_s: float | None = None
        self.rate = 0.0
        self.silent = False

    def heard(self, now_s: float, news: bool) -> None:
        """Close a step in which this source spoke: learn its usual gap and its rate, if any of it was new."""
        if not news:
            self.unheeded += self.step_reports
            self.step_reports = 0
            return
        last = self.since_s if self.last_heard_s is None else self.last_heard_s
        gap = now_s - last
        if gap > 0.0 and self.last_heard_s is not None:
            self.gap_s += _SMOOTHING * (gap - self.gap_s) if self.gap_s else gap
            weight = min(1.0, gap / _RATE_WINDOW_S)
            self.rate += weight * (self.step_reports / gap - self.rate)
        self.last_heard_s = now_s
        self.step_reports = 0
        self.unheeded = 0

    def learn_latency(self, latency_s: float) -> None:
        """One more report took this long from applicability to receipt."""
        if isfinite(latency_s):
            last = self.latency_s
            self.latency_s = latency_s if last is None else last + _SMOOTHING * (latency_s - last)

    def silent_for_s(self, now_s: float) -> float:
        """Time since the source last said something new, or since it was first expected."""
        return now_s - (self.since_s if self.last_heard_s is None else self.last_heard_s)

    def is_overdue(self, now_s: float, ages: AgeTerms) -> bool:
        """Whether the source has said nothing new for longer than it usually does."""
        return self.silent_for_s(now_s) > max(ages.feed_silent_min_s, ages.feed_silent_gaps * self.gap_s)

    def health(self, now_s: float, alignment: FeedAlignment) -> FeedHealth:
        """A snapshot for a person."""
        silent_for_s = self.silent_for_s(now_s)
        return FeedHealth(
            source=self.name,
            reports=self.reports,
            used=self.used,
            set_aside={reason.value: count for reason, count in sorted(self.aside.items())},
            last_heard_s=self.last_heard_s,
            last_report_time_s=self.last_time_s,
            reports_per_s=0.0 if self.silent else self.rate,
            latency_s=self.latency_s,
            silent_for_s=silent_for_s,
            silent=self.silent,
            alignment=alignment,
        )
