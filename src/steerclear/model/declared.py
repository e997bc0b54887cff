"""What is known of the airspace and the ground under it: the common shape in which plans are compared.

Own and notified flights, zones, protected sites, movements, and what the agreement itself names all become one type,
so that one function can compare anything with anything. Metres above the datum of each volume; POSIX UTC seconds.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.intent import ConstraintBasis, ConstraintState, FlightPurpose, IntentState
from steerclear.model.vocabulary import AircraftKind, Disclosure, NoticeSubject
from steerclear.model.volumes import Position, Volume4D


class DeclaredKind(StrEnum):
    """What sort of thing was declared."""

    FLIGHT = "flight"
    ZONE = "zone"
    """A constraint that a party has declared."""
    AGREED_ZONE = "agreed_zone"
    """A zone that the agreement itself names."""
    SITE = "site"
    MOVEMENT = "movement"
    AREA = "area"
    """An area of authority of the agreement."""


class Known(StrEnum):
    """How much of it this side knows."""

    FULL = "full"
    COARSE = "coarse"
    """Cells that contain it: a conflict with them may turn out to be none."""
    SEALED = "sealed"
    """That it exists, and nothing of where: it cannot be compared."""


class StatedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A position together with the words by which it was told, so that one can be held against the other."""

    position: Position
    place: str
    """Name of a known place."""
    distance_m: float
    bearing_deg: float
    """From the known place to the position, clockwise from north."""


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """Something declared by a party, as far as it is known."""

    kind: DeclaredKind
    declared_id: str
    revision: int = 1
    party: str
    """Party that answers for it; of an area that several claim, the first."""
    title: str = ""
    volumes: tuple[Volume4D, ...] = ()
    """Where it may be, all of it: also the off-nominal volumes of a flight; empty for what is sealed."""
    priority: int = 0
    state: IntentState | ConstraintState | None = None
    """Of a flight or zone; None for what has no life cycle: its times say all."""
    withdrawn: bool = False
    """Its party has said that it is off. Nothing else withdraws it: no silence, and no line that is down."""
    reachable: bool = True
    """Whether its party's line is up. Changes nothing but words: what was declared stays in force until it expires."""
    contact_function: str = ""
    known: Known = Known.FULL
    aircraft: AircraftKind | None = None
    """Of a flight; None: not known, so that the larger minima hold."""
    purpose: FlightPurpose = FlightPurpose.ORDINARY
    subject: NoticeSubject | None = None
    """What its notice is about; None: as its kind says."""
    basis: ConstraintBasis | None = None
    """Of a zone."""
    declared_s: float | None = None
    revised_s: float | None = None
    """When the first and this revision were declared, by the record; None: not yet."""
    from_s: float | None = None
    until_s: float | None = None
    """Of what is sealed: its time as far as it is told. Of anything else the volumes say it."""
    stated: tuple[StatedPlace, ...] = ()
    """Positions of it that were also told in words."""
    claimed_by: tuple[str, ...] = ()
    """Of an area: every party that claims it."""


KNOWN_BY_DISCLOSURE: dict[Disclosure, Known] = {
    Disclosure.FULL: Known.FULL,
    Disclosure.COARSE: Known.COARSE,
    Disclosure.SEALED: Known.SEALED,
}
"""How much the other side knows of an item that was told so; the declaring side always knows its own in full."""
