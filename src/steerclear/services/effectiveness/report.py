"""What a report of effectiveness says: per measure and party its figures, their counts, and a judgement.

Times in seconds with `_s` last in a figure's name, shares from 0 to 1, rates per hour. A figure that was not measured
is None and never 0.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class MeasureName(StrEnum):
    """The measures, in the order in which they are told."""

    ACKNOWLEDGEMENT_TIME = "acknowledgement_time"
    MISSED_ACKNOWLEDGEMENTS = "missed_acknowledgements"
    LINE_AVAILABILITY = "line_availability"
    LINE_CHECKS = "line_checks"
    NOTICE_GIVEN = "notice_given"
    RELAY_COMPLETENESS = "relay_completeness"
    STALE_ENTRIES = "stale_entries"
    RUNG_TIME = "rung_time"
    IDENTIFICATION = "identification"
    ALERT_RATE = "alert_rate"
    ALERTS_CAME_TRUE = "alerts_came_true"


TITLES: Final = {
    MeasureName.ACKNOWLEDGEMENT_TIME: "Time to acknowledge",
    MeasureName.MISSED_ACKNOWLEDGEMENTS: "Missed acknowledgements",
    MeasureName.LINE_AVAILABILITY: "Availability of the line",
    MeasureName.LINE_CHECKS: "Line checks",
    MeasureName.NOTICE_GIVEN: "Notice given against notice required",
    MeasureName.RELAY_COMPLETENESS: "Relays confirmed by the units",
    MeasureName.STALE_ENTRIES: "Stale entries",
    MeasureName.RUNG_TIME: "Time to reach each rung",
    MeasureName.IDENTIFICATION: "Unidentified aircraft answered in time",
    MeasureName.ALERT_RATE: "Alerts per flight hour",
    MeasureName.ALERTS_CAME_TRUE: "Predicted losses that came true",
}


class Judgement(StrEnum):
    """What the agreement's own terms make of a measure."""

    HOLDS = "holds"
    FALLS_SHORT = "falls_short"
    NO_TERM = "no_term"
    """Measured, but the parties have agreed on nothing to compare it with."""
    NOT_MEASURED = "not_measured"
    """Nothing of the kind happened, or the source does not hold it. Neither good nor bad."""


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Times of one kind. p95 is by nearest rank: the smallest that at least 95 % do not exceed."""

    count: int
    median_s: float
    p95_s: float
    longest_s: float
    deciles_s: tuple[float, ...]
    """Shortest, then the 10 %, 20 %, ... by nearest rank, to the longest: eleven."""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of one party, or of all together."""

    measure: MeasureName
    party: str
    """Who is measured; empty for all together."""
    detail: str = ""
    """Of several figures of one measure, which: a rung of a ladder."""
    count: int
    """On how many things the figures rest."""
    outcomes: dict[str, int] = {}
    """What became of them; the parts sum up to `count`."""
    figures: dict[str, float | None] = {}
    times: Times | None = None
    judgement: Judgement
    words: str
    """Answers, in a sentence or two, whether this part of the mechanism functions."""


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """Two sources that tell the same period differently."""

    measure: MeasureName
    party: str
    detail: str
    what: str


class EffectivenessReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report."""

    agreement_id: str
    agreement_version: int
    from_s: float
    until_s: float
    known_until_s: float
    """What happened later was not known to any source."""
    parties: tuple[str, ...]
    sources: tuple[str, ...]
    not_read: tuple[str, ...]
    withheld: int
    measures: tuple[Measure, ...]
    disagreements: tuple[Disagreement, ...]
    functioning: str
    """The answer to "is the mechanism functioning?", with how many measures hold, fall short, and are not known."""
