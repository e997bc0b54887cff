"""What a picture is run on: the agreement's minima, zones and parties, and the tuning that is this side's own.

Units: metres, seconds, m/s. Two nodes that run the same terms on the same reports raise the same alerts.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

import msgspec

from steerclear.model.agreement import Agreement, AreaOfAuthority, PairMinima, Party, TimeInBreachRule
from steerclear.model.feed_alignment import SensorSite
from steerclear.model.zone import Zone
from steerclear.tactical.faults import PictureError
from steerclear.tactical.limits import FEWEST_TO_ALIGN


class AgeTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How long a report is believed, in report periods of the aircraft, each with a floor and a ceiling in seconds.

    The period is learned per aircraft, so that a source that reports every 30 s is not called stale after 10.
    """

    fresh_periods: float = 2.5
    fresh_min_s: float = 3.0
    coast_periods: float = 5.0
    coast_min_s: float = 15.0
    coast_max_s: float = 60.0
    """Straight on for longer than this is no position; beyond it the track is stale, whatever its period."""
    overdue_periods: float = 5.0
    """An aircraft of an open alert is called silent after so many of its periods, but not while it coasts."""
    steady_s: float = 300.0
    """An aircraft of an open alert that was silent is heard only now and then until it was heard for so long without
    another silence; until then another silence is told when longer than the one before, or than this."""
    drop_periods: float = 20.0
    drop_min_s: float = 120.0
    drop_max_s: float = 900.0
    first_period_s: float = 5.0
    """The period assumed of a source's first aircraft until it is learned."""
    feed_silent_gaps: float = 10.0
    feed_silent_min_s: float = 30.0
    """A source is silent after so many of its usual gaps between two reports, but not before this time."""


class CorrelationTerms(msgspec.Struct, frozen=True, kw_only=True):
    """When two reports are of one aircraft."""

    reach_mps: float = 700.0
    reach_slack_m: float = 2_000.0
    """One address at two places is one aircraft only if it can have flown there: slack + reach * time."""
    join_horizontal_m: float = 500.0
    join_vertical_m: float = 150.0
    join_velocity_mps: float = 30.0
    """Reports without a common address join one track only if all of these agree, and only with one track."""
    confirm_claim_reports: int = 3
    """A second place that claims a known address becomes a track after so many reports that fit each other."""
    velocity_hold_s: float = 10.0
    """A velocity or altitude that is missing from a report is taken from the one before if not older than this."""
    ground_hold_s: float = 30.0
    """On the ground is believed for so long after it was last said; after that a track is in the air until said anew:
    sources that never say it must not keep a departure out of all checks."""
    repeat_speed_mps: float = 5.0
    """An aircraft that reports at least this speed cannot report the very same position twice."""


class AlignmentTerms(msgspec.Struct, frozen=True, kw_only=True):
    """When one source is out of alignment with the others; `docs/alignment-and-advice.md` says how it is found.

    Each figure has a caution from which it is told and a warning. It counts when it is at least the caution and more
    than twice its stated uncertainty.
    """

    rotation_caution_deg: float = 2.0
    rotation_warning_deg: float = 10.0
    displaced_caution_m: float = 1_000.0
    displaced_warning_m: float = 5_000.0
    late_caution_s: float = 8.0
    late_warning_s: float = 30.0
    """Sources that stamp a report when it arrives are honestly a few seconds late; that is told in health only."""
    altitude_caution_m: float = 150.0
    altitude_warning_m: float = 300.0
    """About 500 and 1,000 ft: half of, and the whole vertical separation."""
    min_aircraft: int = 5
    """Below so many aircraft that both sources see, and that one transformation explains, nothing is known."""
    min_share: float = 0.6
    """Of the aircraft in common, so many must fit one transformation; otherwise aircraft lie, not a source."""
    max_scatter_m: float = 1_500.0
    """What a transformation may leave unexplained per aircraft."""
    period_s: float = 10.0
    """Sources are compared so often."""
    window_s: float = 180.0
    """An aircraft counts for so long after both sources saw it."""
    confirm_times: int = 3
    """Told after so many comparisons in a row."""
    clear_after_s: float = 60.0
    """A source is in alignment again, or an alert less grave, when it was so for this long."""

    def __post_init__(self) -> None:
        """Refuse terms that mean nothing."""
        for name in ("rotation", "displaced", "late", "altitude"):
            unit = {"rotation": "deg", "late": "s"}.get(name, "m")
            caution, warning = getattr(self, f"{name}_caution_{unit}"), getattr(self, f"{name}_warning_{unit}")
            if not 0.0 < caution <= warning:
                raise PictureError(f"alignment {name}: give a caution above 0 and a warning of at least that")
        if self.min_aircraft < FEWEST_TO_ALIGN:
            raise PictureError(f"alignment min_aircraft {self.min_aircraft}: give at least {FEWEST_TO_ALIGN}")
        if not 0.5 < self.min_share <= 1.0:
            raise PictureError(f"alignment min_share {self.min_share}: give more than 0.5, at most 1")
        if not (self.period_s > 0.0 and self.window_s >= self.period_s and self.confirm_times >= 1):
            raise PictureError("alignment: give a period above 0, a window of at least that, confirm_times above 0")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of one picture; the defaults are en-route separation with no agreement."""

    parties: tuple[Party, ...] = ()
    horizontal_m: float = 9_260.0
    vertical_m: float = 259.08
    """850 ft: aircraft on levels 1,000 ft apart keep them within 150 ft and are no conflict."""
    lookahead_s: float = 300.0
    pair_minima: tuple[PairMinima, ...] = ()
    """What holds between two kinds of aircraft instead of the three values above; `minima` says where and when."""
    areas: tuple[AreaOfAuthority, ...] = ()
    caution_s: float | None = None
    warning_s: float | None = None
    """Time to loss from which an alert is a caution, a warning; None: 120 s and 60 s, less on a short lookahead."""
    climb_belief_s: float = 45.0
    """A loss that needs a climb or descent to go on is believed this far ahead; aircraft level off."""
    confirm_hits: int = 2
    confirm_scans: int = 4
    """Raised after so many of so many scans that had something new to go on (DO-365: M of N)."""
    ease_after_s: float = 10.0
    clear_after_s: float = 15.0
    lapse_after_s: float = 1_800.0
    """An alert about an aircraft that is no longer heard stays for this long, then lapses, which is not clearing."""
    time_in_breach: TimeInBreachRule | None = None
    zones: tuple[Zone, ...] = ()
    zone_lookahead_s: float = 300.0
    datum_buffer_m: float = 1_000.0
    """Added to the vertical minimum where two altitudes have no datum in common: the air's pressure and temperature
    move a pressure altitude by hundreds of metres against a geometric one."""
    report_in_house: bool = True
    """Whether pairs within one party are alerted; they concern that party only."""
    scan_period_s: float = 1.0
    expected_sources: tuple[str, ...] = ()
    """Sources that must speak: silent from the start is silent too."""
    ages: AgeTerms = AgeTerms()
    correlation: CorrelationTerms = CorrelationTerms()
    alignment: AlignmentTerms = AlignmentTerms()
    sites: tuple[SensorSite, ...] = ()
    """Of the sources that are single radars."""

    def __post_init__(self) -> None:
        """Refuse terms that mean nothing."""
        for name in ("horizontal_m", "vertical_m", "lookahead_s", "scan_period_s"):
            _refuse(name, getattr(self, name), lambda value: isfinite(value) and value > 0, "a number above 0")
        for name in ("ease_after_s", "clear_after_s", "lapse_after_s", "climb_belief_s", "datum_buffer_m"):
            _refuse(name, getattr(self, name), lambda value: isfinite(value) and value >= 0, "a number of at least 0")
        if not 1 <= self.confirm_hits <= self.confirm_scans <= 32:
            raise PictureError(
                f"confirm_hits of confirm_scans is {self.confirm_hits} of {self.confirm_scans}: "
                "choose 1 <= hits <= scans <= 32"
            )
        known = {area.area_id for area in self.areas}
        for rule in self.pair_minima:
            for name in ("horizontal_m", "vertical_m", "lookahead_s"):
                value = getattr(rule.minima, name)
                _refuse(f"pair_minima {name}", value, lambda value: isfinite(value) and value > 0, "a number above 0")
            if rule.area_id is not None and rule.area_id not in known:
                raise PictureError(
                    f"minima in area {rule.area_id!r}: there is no such area; there are: {', '.join(sorted(known))}"
                )
        if self.warning_within_s > self.caution_within_s:
            raise PictureError(f"warning_s {self.warning_s} is longer than caution_s {self.caution_s}: swap them")

    @property
    def caution_within_s(self) -> float:
        """Time to loss from which an alert is at least a caution."""
        return self.caution_within(self.lookahead_s)

    @property
    def warning_within_s(self) -> float:
        """Time to loss from which an alert is at least a warning."""
        return self.warning_within(self.lookahead_s)

    @property
    def farthest_lookahead_s(self) -> float:
        """The longest time for which any pair is predicted."""
        return max(self.lookahead_s, *(rule.minima.lookahead_s for rule in self.pair_minima), 0.0)

    def caution_within(self, lookahead_s: float) -> float:
        """`caution_within_s` for a pair that is predicted for so long."""
        return min(120.0, 0.4 * lookahead_s) if self.caution_s is None else self.caution_s

    def warning_within(self, lookahead_s: float) -> float:
        """`warning_within_s` for a pair that is predicted for so long."""
        return min(60.0, 0.2 * lookahead_s) if self.warning_s is None else self.warning_s

    @classmethod
    def from_agreement(cls, agreement: Agreement, **own: Any) -> Terms:
        """The terms that the parties signed, with this side's `own` tuning on top (fields of this class)."""
        agreed: dict[str, Any] = {
            "parties": agreement.parties,
            "horizontal_m": agreement.minima.horizontal_m,
            "vertical_m": agreement.minima.vertical_m,
            "lookahead_s": agreement.minima.lookahead_s,
            "pair_minima": agreement.pair_minima,
            "areas": agreement.areas,
            "time_in_breach": agreement.time_in_breach,
            "zones": agreement.zones,
            "zone_lookahead_s": agreement.minima.lookahead_s,
        }
        signed = sorted(agreed.keys() & own.keys())
        if signed:
            raise PictureError(f"{', '.join(signed)}: these terms are signed in the agreement and cannot be overridden")
        return cls(**agreed, **own)


def _refuse(name: str, value: float, good: Callable[[float], bool], wanted: str) -> None:
    if not good(value):
        raise PictureError(f"term {name} is {value!r}: give {wanted}")
