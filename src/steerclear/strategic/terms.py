"""What a check holds a plan against: the agreement, and the little that each side sets for itself."""

from __future__ import annotations

from math import isfinite

import msgspec

from steerclear.model.agreement import Agreement
from steerclear.model.known_place import KnownPlace
from steerclear.strategic.limits import MAX_KNOWN_PLACES


class PlanTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a check."""

    agreement: Agreement
    known_places: tuple[KnownPlace, ...] = ()
    """Places from which positions are read back."""
    standoff_m: float = 600.0
    """Kept from protected sites and movements beyond their own outline. 600 m is the radius within which the rules of
    the air (ICAO Annex 2, 4.6) count people in the open when they ask for height above them."""
    people_top_m: float | None = None
    """Height above mean sea level from which an overflight of sites and movements is none of their concern; None:
    however high. There is no terrain here, so it must be above the highest ground there is."""

    def __post_init__(self) -> None:
        """Refuse terms that mean nothing. Raises ValueError."""
        if not isfinite(self.standoff_m) or self.standoff_m < 0.0:
            raise ValueError(f"standoff_m is {self.standoff_m!r}: give metres, at least 0")
        if self.people_top_m is not None and not isfinite(self.people_top_m):
            raise ValueError(
                f"people_top_m is {self.people_top_m!r}: give metres above mean sea level, or leave it out"
            )
        if len(self.known_places) > MAX_KNOWN_PLACES:
            raise ValueError(f"{len(self.known_places):,} known places; the limit is {MAX_KNOWN_PLACES:,}")
