"""What a notice says of the plan, zone, site or movement behind it, as far as its disclosure tells it.

These are parts of a message: every field is always there, and what is not told is None.
"""

from __future__ import annotations

import msgspec

from steerclear.model.intent import ConstraintBasis, ConstraintState, FlightPurpose, IntentState
from steerclear.model.track import Identity
from steerclear.model.vocabulary import AircraftKind
from steerclear.model.volumes import Position, Volume4D


class FlightDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="flight"):
    """What a notice says of an operational intent beside its volumes."""

    state: IntentState
    priority: int
    purpose: FlightPurpose
    kind: AircraftKind
    identities: tuple[Identity, ...]
    off_nominal_volumes: tuple[Volume4D, ...]
    """Where it may be while it does not conform; the notice's own volumes are those of the plan."""


class ZoneDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="zone"):
    """What a notice says of a constraint beside its volumes."""

    state: ConstraintState
    basis: ConstraintBasis
    sought: ConstraintBasis


class SiteDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="protected_site"):
    """What a notice says of a protected site; told coarsely, neither position nor radius."""

    function: str
    position: Position | None
    radius_m: float | None
    markings: str


class MovementDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="movement"):
    """What a notice says of people or vehicles that move; told coarsely, neither route nor width."""

    function: str
    route: tuple[Position, ...]
    half_width_m: float | None
    markings: str
    vehicles: int | None


ItemDetails = FlightDetails | ZoneDetails | SiteDetails | MovementDetails


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shows what was sealed: SHA-256 over the salt and the joined content is the commitment that was given before."""

    salt: bytes
    """32 random bytes."""
    content: tuple[bytes, ...]
    """The sealed item in parts, because a text of a message has its limit."""


class NoticeItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The declared item behind a notice, as far as the notice's disclosure tells it."""

    item_id: str
    revision: int
    """Of the item, not of the notice: an opening, for one, is a notice that changes nothing of the item."""
    details: ItemDetails | None
    """None while it is sealed."""
    commitment: str | None
    """For an item that is or was sealed: 64 lower-case hex digits."""
    opening: Opening | None
