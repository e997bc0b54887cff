"""What a party declares before it flies or reserves: operational intents, constraints, protected sites and movements.

A declared operation is known, not permitted. The states of an intent are those of ASTM F3548-21, so that a flight
of that standard and a notice of the line are two faces of one value. Metres above a named datum; POSIX UTC seconds.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.track import Identity
from steerclear.model.vocabulary import AircraftKind, Disclosure
from steerclear.model.volumes import Position, Volume4D


class IntentState(StrEnum):
    """Where an operational intent stands; ENDED is what F3548-21 removes from the airspace."""

    ACCEPTED = "accepted"
    """Shared, not yet in use."""
    ACTIVATED = "activated"
    """In use, inside its volumes."""
    NONCONFORMING = "nonconforming"
    """Outside its volumes for a while; expected to come back."""
    CONTINGENT = "contingent"
    """Not expected to come back; nothing follows but its end."""
    ENDED = "ended"


class IntentEvent(StrEnum):
    """What can happen to an operational intent."""

    ACTIVATE = "activate"
    LEAVE = "leave"
    """The aircraft is outside its volumes."""
    RETURN = "return"
    """Inside its volumes again."""
    GIVE_UP = "give_up"
    """It will not come back inside, or has not for too long."""
    END = "end"


INTENT_STATES: dict[tuple[IntentState, IntentEvent], IntentState] = {
    (IntentState.ACCEPTED, IntentEvent.ACTIVATE): IntentState.ACTIVATED,
    (IntentState.ACCEPTED, IntentEvent.LEAVE): IntentState.NONCONFORMING,
    (IntentState.ACCEPTED, IntentEvent.GIVE_UP): IntentState.CONTINGENT,
    (IntentState.ACCEPTED, IntentEvent.END): IntentState.ENDED,
    (IntentState.ACTIVATED, IntentEvent.ACTIVATE): IntentState.ACTIVATED,
    (IntentState.ACTIVATED, IntentEvent.LEAVE): IntentState.NONCONFORMING,
    (IntentState.ACTIVATED, IntentEvent.GIVE_UP): IntentState.CONTINGENT,
    (IntentState.ACTIVATED, IntentEvent.END): IntentState.ENDED,
    (IntentState.NONCONFORMING, IntentEvent.LEAVE): IntentState.NONCONFORMING,
    (IntentState.NONCONFORMING, IntentEvent.RETURN): IntentState.ACTIVATED,
    (IntentState.NONCONFORMING, IntentEvent.GIVE_UP): IntentState.CONTINGENT,
    (IntentState.NONCONFORMING, IntentEvent.END): IntentState.ENDED,
    (IntentState.CONTINGENT, IntentEvent.GIVE_UP): IntentState.CONTINGENT,
    (IntentState.CONTINGENT, IntentEvent.END): IntentState.ENDED,
}
"""(state, event) -> state; a pair that is not in the table is illegal and leaves the state unchanged."""


class FlightPurpose(StrEnum):
    """Why a flight is made, as far as precedence between parties depends on it."""

    ORDINARY = "ordinary"
    MEDICAL = "medical"
    EMERGENCY = "emergency"
    """Search and rescue, firefighting, disaster relief: lives depend on it."""


class OperationalIntent(msgspec.Struct, frozen=True, kw_only=True):
    """What a party means to fly: where and when its aircraft may be, as a union of volumes."""

    intent_id: str
    """UUID, version 4, lower case: its name on the line and in F3548 alike."""
    revision: int
    """1 for a new one; each change counts on."""
    party: str
    """Party of the agreement, or USS, that declares it and answers for it."""
    state: IntentState
    title: str
    volumes: tuple[Volume4D, ...]
    off_nominal_volumes: tuple[Volume4D, ...] = ()
    """Where it may be while it does not conform; empty while it does."""
    priority: int = 0
    """Higher goes first; 0 is that of an ordinary flight."""
    kind: AircraftKind = AircraftKind.UNCREWED
    identities: tuple[Identity, ...] = ()
    """How its aircraft can be told apart in the picture, as far as that is declared."""
    contact_function: str = ""
    """Function that answers for it."""
    disclosure: Disclosure = Disclosure.FULL
    purpose: FlightPurpose = FlightPurpose.ORDINARY
    declared_s: float | None = None
    """When its first revision was declared, by the record; None while it is not."""
    revised_s: float | None = None
    """When this revision was; None while it is not."""


class ConstraintBasis(StrEnum):
    """On whose word a constraint stands."""

    UNILATERAL = "unilateral"
    """Its party has declared it; the others know of it."""
    ACKNOWLEDGED = "acknowledged"
    """The others' desks have read it, which is no consent."""
    AGREED = "agreed"
    """The others have approved it."""


class ConstraintState(StrEnum):
    """Where a constraint stands in its life; the phases of airspace reservation."""

    REQUESTED = "requested"
    QUEUED = "queued"
    """It overlaps one that came before it, and waits for that to end or change."""
    CONFIRMED = "confirmed"
    PRE_ACTIVE = "pre_active"
    """Begins within 15 minutes."""
    ACTIVE = "active"
    CLOSED = "closed"
    """Its time has run out, or its party has closed it early."""
    CANCELLED = "cancelled"
    """Withdrawn before it became active."""


class ConstraintEvent(StrEnum):
    """What can happen to a constraint."""

    CONFIRM = "confirm"
    """What its basis asks for is there: nothing, the others' acknowledgements, or their approvals."""
    QUEUE = "queue"
    """One that came before it is in the way."""
    FREE = "free"
    """What it waited for has ended or changed."""
    REOPEN = "reopen"
    """A change has taken away what its basis asks for."""
    APPROACH = "approach"
    """It begins within 15 minutes."""
    RECEDE = "recede"
    """A change has moved its beginning away again."""
    BEGIN = "begin"
    CLOSE = "close"
    CANCEL = "cancel"


CONSTRAINT_STATES: dict[tuple[ConstraintState, ConstraintEvent], ConstraintState] = {
    (ConstraintState.REQUESTED, ConstraintEvent.CONFIRM): ConstraintState.CONFIRMED,
    (ConstraintState.REQUESTED, ConstraintEvent.QUEUE): ConstraintState.QUEUED,
    (ConstraintState.REQUESTED, ConstraintEvent.CLOSE): ConstraintState.CLOSED,
    (ConstraintState.REQUESTED, ConstraintEvent.CANCEL): ConstraintState.CANCELLED,
    (ConstraintState.QUEUED, ConstraintEvent.FREE): ConstraintState.REQUESTED,
    (ConstraintState.QUEUED, ConstraintEvent.CLOSE): ConstraintState.CLOSED,
    (ConstraintState.QUEUED, ConstraintEvent.CANCEL): ConstraintState.CANCELLED,
    (ConstraintState.CONFIRMED, ConstraintEvent.QUEUE): ConstraintState.QUEUED,
    (ConstraintState.CONFIRMED, ConstraintEvent.REOPEN): ConstraintState.REQUESTED,
    (ConstraintState.CONFIRMED, ConstraintEvent.APPROACH): ConstraintState.PRE_ACTIVE,
    (ConstraintState.CONFIRMED, ConstraintEvent.BEGIN): ConstraintState.ACTIVE,
    (ConstraintState.CONFIRMED, ConstraintEvent.CLOSE): ConstraintState.CLOSED,
    (ConstraintState.CONFIRMED, ConstraintEvent.CANCEL): ConstraintState.CANCELLED,
    (ConstraintState.PRE_ACTIVE, ConstraintEvent.QUEUE): ConstraintState.QUEUED,
    (ConstraintState.PRE_ACTIVE, ConstraintEvent.REOPEN): ConstraintState.REQUESTED,
    (ConstraintState.PRE_ACTIVE, ConstraintEvent.RECEDE): ConstraintState.CONFIRMED,
    (ConstraintState.PRE_ACTIVE, ConstraintEvent.BEGIN): ConstraintState.ACTIVE,
    (ConstraintState.PRE_ACTIVE, ConstraintEvent.CLOSE): ConstraintState.CLOSED,
    (ConstraintState.PRE_ACTIVE, ConstraintEvent.CANCEL): ConstraintState.CANCELLED,
    (ConstraintState.ACTIVE, ConstraintEvent.CLOSE): ConstraintState.CLOSED,
}
"""(state, event) -> state; a pair that is not in the table is illegal and leaves the state unchanged.

A requested constraint whose time runs out unconfirmed is closed without ever having been active. What is active stays
so until its time has run out or its party closes it: nobody else can end it, and no other booking queues it again.
"""

PRE_ACTIVE_S = 900.0
"""How long before it begins a confirmed constraint is pre-active."""


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """Airspace that a party declares restricted for a time: a zone."""

    constraint_id: str
    """UUID, version 4, lower case."""
    revision: int
    party: str
    state: ConstraintState
    basis: ConstraintBasis
    title: str
    volumes: tuple[Volume4D, ...]
    contact_function: str = ""
    disclosure: Disclosure = Disclosure.FULL
    sought: ConstraintBasis = ConstraintBasis.UNILATERAL
    """The word that its party wants it to stand on; until it has that, it stays requested."""
    declared_s: float | None = None
    revised_s: float | None = None
    """As for an operational intent."""


class ProtectedSite(msgspec.Struct, frozen=True, kw_only=True):
    """A place on the ground where nobody may be harmed: what it is for, where, and how it is marked."""

    site_id: str
    revision: int
    party: str
    function: str
    """What it is: "field hospital", "food distribution"."""
    position: Position
    radius_m: float
    markings: str = ""
    contact_function: str = ""
    from_s: float
    until_s: float


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """People or vehicles that move on the ground along a route within a window and must not be harmed."""

    movement_id: str
    revision: int
    party: str
    function: str
    """What it is: "medical evacuation", "aid convoy"."""
    route: tuple[Position, ...]
    half_width_m: float
    markings: str = ""
    vehicles: int | None = None
    contact_function: str = ""
    from_s: float
    until_s: float
