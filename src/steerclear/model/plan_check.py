"""What a check of a plan found: with what, where, when, by how much, who goes first, and whom to call.

A check informs. `clear` says that nothing known stands against a plan; it permits nothing.
Metres, degrees, POSIX UTC seconds.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.declared import DeclaredKind, Known
from steerclear.model.precedence import PrecedenceBy
from steerclear.model.volumes import Position


class FindingKind(StrEnum):
    """What was found."""

    FLIGHT = "flight"
    """Another flight, within the minima."""
    ZONE = "zone"
    """Another party's zone."""
    OWN_ZONE = "own_zone"
    """A zone of the plan's own party."""
    SITE = "site"
    MOVEMENT = "movement"
    AUTHORITY = "authority"
    """Another party controls there."""
    DISPUTED = "disputed"
    """More than one party claims to control there."""
    AUTHORITY_CHANGED = "authority_changed"
    """An amendment of the agreement changes who controls there."""
    OVERDUE = "overdue"
    """The time of a flight has run out and nobody has said that it ended."""
    SEALED = "sealed"
    """Something of which no place is known is in force at that time; it cannot be compared."""
    NOTICE_LATE = "notice_late"
    """It begins sooner than the agreed notice time allows."""
    VALID_TOO_LONG = "valid_too_long"
    """It lasts longer than a notice holds."""
    NOTHING_DECLARED = "nothing_declared"
    """It has no volume at all."""
    NOT_A_SHAPE = "not_a_shape"
    """A volume is no volume: its outline, numbers or size are impossible."""
    UPPER_BELOW_LOWER = "upper_below_lower"
    DATUM_MISSING = "datum_missing"
    """Heights without the surface that they are measured from."""
    DATUM_MIXED = "datum_mixed"
    """Volumes of one plan are measured from different surfaces."""
    END_BEFORE_START = "end_before_start"
    OVER_ALREADY = "over_already"
    """All of it is in the past."""
    TOO_FAR_AHEAD = "too_far_ahead"
    """It begins so far ahead, or lasts so long, that a date must be wrong."""
    TWO_LIMITS = "two_limits"
    """One area at one time is given two different limits of height."""
    PLACE_MISMATCH = "place_mismatch"
    """Its coordinates are not where its words say."""
    PLACE_UNKNOWN = "place_unknown"
    """Its words name a place that is not known here, so they cannot be held against the coordinates."""
    TWO_VERSIONS = "two_versions"
    """One item is known in two versions of the same number; both count."""


class Weight(StrEnum):
    """What a finding means for the plan; in falling order."""

    CONFLICT = "conflict"
    CONTRADICTION = "contradiction"
    """The plan does not say one thing; nobody can know which part of it is meant."""
    NOTICE_RULE = "notice_rule"
    """An agreed notice time is not kept."""
    ADVICE = "advice"
    """To be known; nothing stands against the plan."""


class GivesWay(StrEnum):
    """Which of two."""

    PLAN = "plan"
    """The plan that was checked."""
    OTHER = "other"
    UNDECIDED = "undecided"
    """The rules do not tell them apart: to be talked about."""


class Precedence(msgspec.Struct, frozen=True, kw_only=True):
    """Who gives way, and by which rule. It informs; each party decides for itself."""

    gives_way: GivesWay
    by: PrecedenceBy | None = None
    """The rule that told them apart; None where it is none of the list."""
    agreed: bool
    """Whether the rule stands in the agreement; otherwise it is the usual order, which nobody has signed."""
    reason: str
    """Why, in words."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to call: a function, never a person."""

    party: str
    desk: str
    """Empty where the agreement names no desk with that function."""
    function: str


class NearPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A position read back from the nearest known place."""

    place: str
    distance_m: float
    bearing_deg: float
    """From the place to the position, clockwise from north."""


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """One volume of the plan and one of the other, closer than required in all of space and time."""

    volume: int
    """Of the plan, counted from 0."""
    other_volume: int
    where: Position
    """A place in or between both."""
    from_s: float
    until_s: float
    """The time that they have in common."""
    lower_m: float | None
    upper_m: float | None
    """The heights of the plan's volume that are too close to the other's, in its datum. None: unbounded."""
    horizontal_m: float
    """Between the outlines; 0 where they meet."""
    horizontal_required_m: float
    vertical_m: float
    """Between the heights; 0 where they meet."""
    vertical_required_m: float
    datum_uncertainty_m: float | None
    """How far the two datums may lie apart, where the volumes have different ones; already counted in."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found about a plan."""

    kind: FindingKind
    weight: Weight
    said: str
    """It in words, without the place, the times and whom to call, which stand beside it."""
    other_kind: DeclaredKind | None = None
    other_id: str = ""
    other_party: str = ""
    other_title: str = ""
    other_known: Known = Known.FULL
    other_reachable: bool = True
    """What it is about; empty where it is about the plan alone."""
    from_s: float | None = None
    until_s: float | None = None
    """From the first meeting to the last."""
    where: Position | None = None
    near: NearPlace | None = None
    """Of the closest meeting."""
    meetings: tuple[Meeting, ...] = ()
    """The closest first."""
    meetings_left_out: int = 0
    volumes: tuple[int, ...] = ()
    """Volumes of the plan that it is about, where no meeting says so."""
    time_s: float | None = None
    time_required_s: float | None = None
    """The notice given, or the validity claimed, and what is agreed."""
    precedence: Precedence | None = None
    contacts: tuple[Contact, ...] = ()
    """Whom to call; where an area is disputed, every claimant."""


class PlanCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one check."""

    plan_kind: DeclaredKind
    plan_id: str
    revision: int
    made_at_s: float
    agreement_id: str
    agreement_version: int
    """The terms that it was made under."""
    clear: bool
    """Nothing known stands against it: there is no finding but advice."""
    findings: tuple[Finding, ...]
    """Conflicts first, then by time; the same for the same inputs in whatever order."""
    findings_left_out: int = 0
    compared: int
    """Declared items that it was compared with."""
    unseen: int = 0
    """Items of that time of which no place is known, so that it could not be compared with them."""

    def of_weight(self, weight: Weight) -> tuple[Finding, ...]:
        """The findings of one weight."""
        return tuple(finding for finding in self.findings if finding.weight is weight)
