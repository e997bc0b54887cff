"""A USS in its journal: own flights and constraints, what peers have told, and the views of them.

What is asked of the DSS is written before it is asked, and again when it is answered: whatever dies in between, the
next start finds the open question and puts it to the DSS (`reconcile`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any, Final

import msgspec

from steerclear.model.intent import OperationalIntent
from steerclear.services.uss.airspace import IntentReference, SharedConstraint, SharedIntent
from steerclear.services.uss.watched_areas import WatchedArea
from steerclear.store.entries import Event, JournalRow, View, ViewChange
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import Journal

FLIGHT: Final = "uss.flight"
FLIGHT_ENDED: Final = "uss.flight_ended"
CONSTRAINT: Final = "uss.constraint"
CONSTRAINT_ENDED: Final = "uss.constraint_ended"
SUBSCRIPTION: Final = "uss.subscription"
SUBSCRIPTION_ENDED: Final = "uss.subscription_ended"
HEARD: Final = "uss.heard"
FORGOTTEN: Final = "uss.forgotten"
USER_TOLD: Final = "uss.user_told"
NOTICE_GONE: Final = "uss.notice_gone"
REPORTED: Final = "uss.reported"

FLIGHTS: Final = "uss.flights"
CONSTRAINTS: Final = "uss.constraints"
SUBSCRIPTIONS: Final = "uss.subscriptions"
HEARD_OF: Final = "uss.heard_of"
USER_NOTICES: Final = "uss.user_notices"


class Asked(StrEnum):
    """What the DSS was asked and has not answered yet, as far as the journal knows."""

    PUT = "put"
    DELETE = "delete"


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """A flight of ours. `shared` is what the DSS has accepted last, None before that."""

    flight_id: str
    intent_id: str
    operator: str = ""
    shared: SharedIntent | None = None
    standing_with: tuple[str, ...] = ()
    """Intents it conflicted with when it was accepted."""
    asked: Asked | None = None
    wanted: OperationalIntent | None = None
    """What a PUT without an answer was to bring."""
    expected: IntentReference | None = None
    """Its reference, where the OVN that it will have was asked for."""
    asked_s: float = 0.0
    outside_since_s: float | None = None


class OwnConstraint(msgspec.Struct, frozen=True, kw_only=True):
    """A constraint of ours. `shared` is what the DSS has accepted last, None before that."""

    constraint_id: str
    provider: str = ""
    shared: SharedConstraint | None = None
    asked: Asked | None = None
    asked_s: float = 0.0
    wanted: SharedConstraint | None = None
    """What a PUT without an answer was to bring, under the reference held until then or none."""


class OwnSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription of ours that flights rely on, over an area that we watch."""

    subscription_id: str
    area: WatchedArea
    version: str = ""
    """As the DSS named it last; empty before it has accepted the subscription."""
    asked: Asked | None = None
    wanted: WatchedArea | None = None
    """What a PUT without an answer was to bring."""
    asked_s: float = 0.0
    used_s: float
    """When a flight relied on it last, or was about to."""


class HeardOf(msgspec.Struct, frozen=True, kw_only=True):
    """What a peer has told of an entity: its newest version, or that it is gone."""

    entity_id: str
    manager: str
    version: int
    until_s: float
    intent: SharedIntent | None = None
    constraint: SharedConstraint | None = None
    heard_s: float


class _Gone(msgspec.Struct, frozen=True):
    entity_ids: tuple[str, ...]


class UserNotice(msgspec.Struct, frozen=True, kw_only=True):
    """Something a user was told. `conflicts` is how many conflicts it tells of; None when it is not about any."""

    flight_id: str
    trigger: str
    """Requirement of the standard that asks for it."""
    occurred_s: float
    told_s: float
    words: str
    conflicts: int | None = None
    operator: str = ""
    """Whose flight it is about."""


class NoticeGone(msgspec.Struct, frozen=True, kw_only=True):
    """A notification has left the outbox: taken, refused or given up."""

    base_url: str
    message_id: str
    problem: str | None = None


_encode = msgspec.json.Encoder().encode


def flight_event(flight: Flight, now_s: float) -> Event:
    """The flight as it now stands."""
    return Event(FLIGHT, _encode(flight), now_s)


def constraint_event(constraint: OwnConstraint, now_s: float) -> Event:
    """The constraint as it now stands."""
    return Event(CONSTRAINT, _encode(constraint), now_s)


def subscription_event(subscription: OwnSubscription, now_s: float) -> Event:
    """The subscription as it now stands."""
    return Event(SUBSCRIPTION, _encode(subscription), now_s)


def heard_event(heard: HeardOf, now_s: float) -> Event:
    """What a peer has told."""
    return Event(HEARD, _encode(heard), now_s)


def gone_event(kind: str, entity_ids: Iterable[str], now_s: float) -> Event:
    """Entities under these ids are no more: FLIGHT_ENDED, CONSTRAINT_ENDED, SUBSCRIPTION_ENDED or FORGOTTEN."""
    return Event(kind, _encode(_Gone(tuple(entity_ids))), now_s)


def event_of(kind: str, value: Any, now_s: float) -> Event:
    """USER_TOLD, NOTICE_GONE or REPORTED with its struct."""
    return Event(kind, _encode(value), now_s)


def uss_views() -> list[View]:
    """The views of a USS."""
    return [
        _entities(FLIGHTS, FLIGHT, FLIGHT_ENDED, "flight_id"),
        _entities(CONSTRAINTS, CONSTRAINT, CONSTRAINT_ENDED, "constraint_id"),
        _entities(SUBSCRIPTIONS, SUBSCRIPTION, SUBSCRIPTION_ENDED, "subscription_id"),
        _entities(HEARD_OF, HEARD, FORGOTTEN, "entity_id"),
        View(USER_NOTICES, 1, _notices_reduced, frozenset({USER_TOLD})),
    ]


_GONE = msgspec.json.Decoder(_Gone)


def _entities(name: str, kept: str, gone: str, key: str) -> View:
    return View(name, 1, _reducer(kept, gone, key), frozenset({kept, gone}))


def _reducer(kept: str, gone: str, key: str) -> Callable[[JournalRow, Callable[[str], bytes | None]], Any]:
    # The event is the row of the view; only its key is read from it.
    name = msgspec.defstruct("Key", [("key", str, msgspec.field(name=key))])
    decoder = msgspec.json.Decoder(name)

    def reduce(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
        if row.kind == kept:
            return [(decoder.decode(row.payload).key, row.payload)]  # type: ignore[attr-defined]
        if row.kind == gone:
            return [(entity_id, None) for entity_id in _GONE.decode(row.payload).entity_ids]
        return []

    return reduce


_FLIGHT = msgspec.json.Decoder(Flight)
_CONSTRAINT = msgspec.json.Decoder(OwnConstraint)
_SUBSCRIPTION = msgspec.json.Decoder(OwnSubscription)
_HEARD = msgspec.json.Decoder(HeardOf)
_TOLD = msgspec.json.Decoder(UserNotice)


def read_flights(journal: Journal) -> Iterator[Flight]:
    """All flights that have not ended, also those that the DSS has not accepted yet."""
    return (_FLIGHT.decode(value) for value in _values(journal, FLIGHTS))


def read_constraints(journal: Journal) -> Iterator[OwnConstraint]:
    """All constraints of ours that have not ended."""
    return (_CONSTRAINT.decode(value) for value in _values(journal, CONSTRAINTS))


def read_subscriptions(journal: Journal) -> Iterator[OwnSubscription]:
    """All subscriptions of ours that have not ended, also those that the DSS has not accepted yet."""
    return (_SUBSCRIPTION.decode(value) for value in _values(journal, SUBSCRIPTIONS))


def read_heard(journal: Journal) -> Iterator[HeardOf]:
    """All that peers have told and that was not forgotten."""
    return (_HEARD.decode(value) for value in _values(journal, HEARD_OF))


def read_user_notices(journal: Journal, since_s: float) -> Iterator[UserNotice]:
    """What users were told since a time, oldest first."""
    return (_TOLD.decode(value) for value in _values(journal, USER_NOTICES, _notice_key(since_s)))


def _notices_reduced(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    return [(_notice_key(row.time_s), row.payload)] if row.kind == USER_TOLD else []


def _notice_key(told_s: float) -> str:
    # Keys sort as their times do; no two notices bear the same one.
    return f"{told_s:020.6f}"


def _values(journal: Journal, view: str, after: str = "") -> Iterator[bytes]:
    while page := journal.view_items(view, after, MAX_PAGE_ROWS):
        yield from (value for _, value in page)
        after = page[-1][0]
