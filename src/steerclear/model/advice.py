"""Advice for an own aircraft: what keeps clear of all others, and the smallest manoeuvres that do. It commands nobody.

Units: metres, m/s, seconds, degrees clockwise from north. Heights are changes of, or values in, the aircraft's own
datum. Bands are closed intervals of free targets; a heading band does not cross north, one that would is two.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.track import AltitudeDatum


class ManoeuvreKind(StrEnum):
    """What is changed; everything else is kept."""

    HEADING = "heading"
    LEVEL = "level"
    SPEED = "speed"
    VERTICAL_SPEED = "vertical_speed"


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """What the aircraft is taken to be able to do."""

    turn_deg_s: float
    accelerate_mps2: float
    vertical_mps2: float
    climb_mps: float
    """Also of a descent."""
    slowest_mps: float
    fastest_mps: float
    level_change_m: float
    """How far up and down levels are looked at."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A closed interval of free targets."""

    low: float
    high: float


class Nearby(msgspec.Struct, frozen=True, kw_only=True):
    """One other aircraft, at the closest point of a path."""

    track_id: str
    label: str
    horizontal_m: float
    vertical_m: float | None
    """None where its altitude is not known."""
    in_s: float
    loss: bool
    """Whether the path is within both minima of this aircraft at any time."""
    minimum_horizontal_m: float
    minimum_vertical_m: float


class Manoeuvre(msgspec.Struct, frozen=True, kw_only=True):
    """One change that keeps clear of all traffic and areas, checked by the kernel that made the bands."""

    kind: ManoeuvreKind
    change: float
    target: float
    effort: float
    """How much of a manoeuvre it is: 1 for 30 degrees, 1,000 ft, 20 kt or 500 ft/min."""
    words: str
    closest: tuple[Nearby, ...]
    """The aircraft that it passes nearest, against their minima."""


class Bands(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at of one kind, and what of it is free."""

    kind: ManoeuvreKind
    low: float
    high: float
    now: float
    free: tuple[Span, ...]


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps one aircraft clear, as the picture stood at `time_s`; shown to its own side, sent to nobody."""

    track_id: str
    label: str
    time_s: float
    lookahead_s: float
    """The longest that any other aircraft was predicted for."""
    altitude_datum: AltitudeDatum
    performance: Performance
    losses: tuple[Nearby, ...]
    """What is predicted, or is, if nothing is changed; empty is "none predicted", not "safe"."""
    areas: tuple[str, ...]
    """Zones of others that are entered if nothing is changed."""
    bands: tuple[Bands, ...]
    manoeuvres: tuple[Manoeuvre, ...]
    """Smallest first; empty where nothing needs changing, or where no single change helps."""
    regain: Manoeuvre | None
    """Where no single change keeps clear: the one that shortens the loss of separation most and brings no other."""
    compared: int
    """Aircraft that could be met at all within the lookahead."""
    notes: tuple[str, ...]
    """What could not be taken into account."""
