"""What a party has declared, as one side of the line knows it: plans, zones, protected sites and movements alike.

A declared item is known, not permitted. Its airspace stays in use until its time has run out or its party has ended
it: neither silence nor a line that is down ends anything.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.intent import (
    Constraint,
    ConstraintState,
    IntentState,
    Movement,
    OperationalIntent,
    ProtectedSite,
)
from steerclear.model.notices import NoticeStanding
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.model.volumes import CircleArea, Volume4D

OURS = "="
"""Stands for our own party in the key of an item; it cannot be a party's id."""

AnyItem = OperationalIntent | Constraint | ProtectedSite | Movement


class DeclaredItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Exactly one thing that a party declares; which one, the field that is set says."""

    flight: OperationalIntent | None = None
    zone: Constraint | None = None
    protected_site: ProtectedSite | None = None
    movement: Movement | None = None

    def __post_init__(self) -> None:
        """Raises ValueError unless one field is set."""
        if len([one for one in (self.flight, self.zone, self.protected_site, self.movement) if one is not None]) != 1:
            raise ValueError("give exactly one of flight, zone, protected_site and movement")

    @property
    def it(self) -> AnyItem:
        """The item itself."""
        found = self.flight or self.zone or self.protected_site or self.movement
        if found is None:
            raise ValueError("an item that is nothing")
        return found

    @property
    def subject(self) -> NoticeSubject:
        """What a notice of it is about."""
        return _SUBJECTS[type(self.it)]

    @property
    def item_id(self) -> str:
        """Its name."""
        match self.it:
            case OperationalIntent(intent_id=name) | Constraint(constraint_id=name):
                return name
            case ProtectedSite(site_id=name) | Movement(movement_id=name):
                return name

    @property
    def title(self) -> str:
        """One line that says what it is."""
        return self.it.title if isinstance(self.it, OperationalIntent | Constraint) else self.it.function

    @property
    def state(self) -> IntentState | ConstraintState | None:
        """Where it stands as its party has said; sites and movements have no states."""
        return self.it.state if isinstance(self.it, OperationalIntent | Constraint) else None

    @property
    def from_s(self) -> float:
        """When the first of it begins."""
        it = self.it
        if isinstance(it, OperationalIntent | Constraint):
            return min(volume.from_s for volume in _all_volumes(it))
        return it.from_s

    @property
    def until_s(self) -> float:
        """When the last of it ends."""
        it = self.it
        if isinstance(it, OperationalIntent | Constraint):
            return max(volume.until_s for volume in _all_volumes(it))
        return it.until_s

    @property
    def volumes(self) -> tuple[Volume4D, ...]:
        """The airspace it names itself: of a flight also where it may be while it does not conform; of a site the
        airspace above it; of a movement none, for its route is no volume.
        """
        it = self.it
        if isinstance(it, OperationalIntent | Constraint):
            return _all_volumes(it)
        if isinstance(it, ProtectedSite):
            area = CircleArea(centre=it.position, radius_m=it.radius_m)
            return (Volume4D(area=area, from_s=it.from_s, until_s=it.until_s),)
        return ()


_SUBJECTS = {
    OperationalIntent: NoticeSubject.FLIGHT,
    Constraint: NoticeSubject.ZONE,
    ProtectedSite: NoticeSubject.PROTECTED_SITE,
    Movement: NoticeSubject.MOVEMENT,
}


def declared(it: AnyItem) -> DeclaredItem:
    """An item in its frame."""
    match it:
        case OperationalIntent():
            return DeclaredItem(flight=it)
        case Constraint():
            return DeclaredItem(zone=it)
        case ProtectedSite():
            return DeclaredItem(protected_site=it)
        case Movement():
            return DeclaredItem(movement=it)


def _all_volumes(it: OperationalIntent | Constraint) -> tuple[Volume4D, ...]:
    return (*it.volumes, *it.off_nominal_volumes) if isinstance(it, OperationalIntent) else it.volumes


class ItemEnd(StrEnum):
    """How an item came to its end."""

    CANCELLED = "cancelled"
    """Withdrawn by its party."""
    ENDED = "ended"
    """Its party has said that it is over."""
    EXPIRED = "expired"
    """Its time ran out and nobody renewed it. That what it was about has ended is not said by that."""


class ItemStep(msgspec.Struct, frozen=True, kw_only=True):
    """One change in the life of an item."""

    revision: int
    what: str
    """"new", "amended", "activate", "end", "cancelled", "opened", a state that time brought about, …"""
    state: str
    at_s: float
    by_function: str = ""


class SealOpened(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the opening of a sealed item."""

    revision: int
    holds: bool
    why: str = ""
    """Why it does not hold."""


class ToldPeer(msgspec.Struct, frozen=True, kw_only=True):
    """The newest notice of an item of ours to one peer."""

    sequence: int
    revision: int
    """Of the notice."""


class ItemStanding(msgspec.Struct, frozen=True, kw_only=True):
    """An item as this side knows it."""

    item_id: str
    party: str
    ours: bool
    subject: NoticeSubject
    revision: int
    state: str
    """Of a flight or a zone where it stands now, also as time has moved it; "" for what has none, or is sealed."""
    title: str
    disclosure: Disclosure
    item: DeclaredItem | None
    """As far as it is known in full; None where it was told coarsely, or is sealed."""
    volumes: tuple[Volume4D, ...]
    """The airspace that is known of it, exact or coarse; empty where it is sealed without a region."""
    from_s: float
    until_s: float
    contact_function: str
    ended: ItemEnd | None = None
    announced_s: float
    """When it was first declared, by its party's clock."""
    commitments: dict[str, str] = {}
    """By revision: what was sealed."""
    openings: tuple[SealOpened, ...] = ()
    """Of what was sealed, as they came."""
    fault: str = ""
    """What is wrong with what its party has said of it; shown until it says better."""
    findings: tuple[str, ...] = ()
    """Of ours: ids of the findings in spite of which it was declared."""
    waits_for: tuple[str, ...] = ()
    """Of a queued zone of ours: keys of the zones that it waits for."""
    word: dict[str, int] = {}
    """Of a zone of ours that stands on the others' word: by peer, place in our log of the notice it was given to."""
    heard: tuple[str, ...] = ()
    """Of a peer's: the messages that have told where and when it is now, the newest last."""
    told: dict[str, ToldPeer] = {}
    """Of ours: by peer."""
    notice: NoticeStanding | None = None
    """Of a peer's: the notice that tells it."""
    history: tuple[ItemStep, ...] = ()

    @property
    def key(self) -> str:
        """Its place in the view: a name is given by its party, so no party can take another one's."""
        return item_key(None if self.ours else self.party, self.item_id)

    def in_force(self, now_s: float) -> bool:
        """Whether its airspace is to be kept clear of, or asked about, at a time or after it."""
        return self.ended is None and now_s <= self.until_s


def item_key(party: str | None, item_id: str) -> str:
    """Key of an item of a peer's, or with None of our own; no party's id can make one look like the other."""
    return f"{OURS if party is None else party}/{item_id}"
