"""What came of a drill: everything that was seen, in time order, and which expectations were met.

POSIX UTC seconds by a clock that is right.
"""

from __future__ import annotations

import msgspec

from steerclear.model.track import AltitudeDatum


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a party's node saw, did or recorded."""

    time_s: float
    party: str
    """Empty for what nobody's node saw."""
    what: str
    facts: dict[str, str] = {}
    words: str
    """One sentence for a person."""
    aside: bool = False
    """Whether the story can do without it: machines' receipts, answered line checks."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one expectation."""

    name: str
    met: bool
    what: str
    says: str
    """Which function of the mechanism catches it."""
    in_reality: str = ""
    uncertain: bool = False
    seen_s: float | None = None
    """When it was met; of something that must never be seen: when it was."""
    seen: str = ""
    """The words of what met it, or of what was seen instead."""
    by_s: float | None = None
    since_s: float
    after_s: float | None = None
    """Seconds from `since_s`."""
    before_s: float | None = None
    spare_s: float | None = None
    """How long before the later event of the pattern it was seen."""


class FlownPath(msgspec.Struct, frozen=True, kw_only=True):
    """An aircraft as it truly flew, for a map."""

    name: str
    points: tuple[tuple[float, float, float, float], ...]
    """(time_s, latitude_deg, longitude_deg, altitude_m)."""
    altitude_datum: AltitudeDatum


class DrawnArea(msgspec.Struct, frozen=True, kw_only=True):
    """A zone, site or plan on the ground, for a map."""

    name: str
    party: str
    corners: tuple[tuple[float, float], ...]
    """(latitude_deg, longitude_deg); of a circle, points on it."""


class DrillOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A drill that was run."""

    name: str
    title: str
    pattern: str
    happened: tuple[str, ...]
    missing: str
    without: str
    """What was taken away from the mechanism; empty for nothing."""
    uncertain: tuple[str, ...]
    """What of the pattern is not known for sure."""
    start_s: float
    until_s: float
    zero_s: float
    parties: tuple[tuple[str, str], ...]
    """(id, name)."""
    observations: tuple[Observation, ...]
    judged: tuple[Judged, ...]
    paths: tuple[FlownPath, ...]
    areas: tuple[DrawnArea, ...] = ()
    ladders: tuple[str, ...] = ()
    """What the agreement says of answering, in words."""

    @property
    def met(self) -> bool:
        """Whether every expectation was met."""
        return all(one.met for one in self.judged)
