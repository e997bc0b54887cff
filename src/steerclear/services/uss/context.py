"""What all services of one USS share: its settings, its journal, the outside, and its books in memory.

One event loop runs all of it. The journal is the truth; the books are read from its views at the start and follow each
append once it is durable.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

import msgspec

from steerclear.model.intent import OperationalIntent
from steerclear.services.clock import Clock
from steerclear.services.uss.airspace import AnyNotice, Subscriber
from steerclear.services.uss.flight_events import (
    Flight,
    HeardOf,
    OwnConstraint,
    OwnSubscription,
    read_constraints,
    read_flights,
    read_heard,
    read_subscriptions,
)
from steerclear.services.uss.limits import MAX_FOREIGN_INTENTS
from steerclear.services.uss.ports import Dss, Peers
from steerclear.services.uss.record_files import Records
from steerclear.store.entries import Append, Delivery, Event, OutboxEntry
from steerclear.store.protocol import Journal
from steerclear.strategic.uss_conflicts import NO_BUFFER, PriorityRules
from steerclear.strategic.volume_index import VolumeIndex
from steerclear.strategic.volumes import PreparedVolume, prepare

LINK_PREFIX = "uss.notify/"
"""Links of the outbox that lead to other USSs; the rest is a digest of the base URL."""


class UssSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What an installation is."""

    name: str
    """`sub` of our tokens: what the DSS calls our flights' manager."""
    base_url: str
    rules: PriorityRules = PriorityRules()
    hears_constraints: bool = True
    """Whether constraints are looked up and told to the operators (the constraint processing role)."""
    reports_problems: bool = True
    """Whether a peer that sends what cannot be used is told so."""
    requests_ovns: bool = False
    """Whether we ask for the OVN that a new version of a flight will have, and show it before the DSS has answered."""
    watch_s: float | None = None
    """How long an area is watched after the last flight in it, by subscriptions of our own; None: the DSS makes a
    subscription for each flight, which ends with it."""


class QueuedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notification in the outbox."""

    base_url: str
    notice: AnyNotice
    asked_s: float
    """When the DSS told us to send it."""


class Uss:
    """The shared state of a USS's services."""

    def __init__(
        self,
        settings: UssSettings,
        journal: Journal,
        dss: Dss,
        peers: Peers,
        clock: Clock,
        new_id: Callable[[], str],
        records: Records,
    ) -> None:
        self.settings = settings
        self.journal = journal
        self.dss = dss
        self.peers = peers
        self.clock = clock
        self.new_id = new_id
        self.records = records
        self.flights: dict[str, Flight] = {}
        self.constraints: dict[str, OwnConstraint] = {one.constraint_id: one for one in read_constraints(journal)}
        self.subscriptions: dict[str, OwnSubscription] = {
            one.subscription_id: one for one in read_subscriptions(journal)
        }
        self.heard: dict[str, HeardOf] = {one.entity_id: one for one in read_heard(journal)}
        self.fetched_ovns: dict[str, tuple[int, str]] = {}
        """Of others' entities: version and OVN of what was fetched last, while it is worth remembering."""
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.notices_wait = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._by_intent: dict[str, str] = {}
        self._prepared: dict[str, tuple[OperationalIntent | None, tuple[PreparedVolume, ...]]] = {}
        self._index: VolumeIndex[str] = VolumeIndex()
        for flight in read_flights(journal):
            self.hold(flight)
        self._run_id = new_id()
        self._appended = 0

    def flight_of(self, intent_id: str) -> Flight | None:
        """The flight with this operational intent; None when it is none of ours."""
        return self.flights.get(self._by_intent.get(intent_id, ""))

    def hold(self, flight: Flight) -> None:
        """The flight as it now stands, in memory; it is durable already."""
        self.flights[flight.flight_id] = flight
        self._by_intent[flight.intent_id] = flight.flight_id
        intent = flight.shared.intent if flight.shared is not None else None
        held = self._prepared.get(flight.flight_id)
        if held is not None and held[0] is intent:
            return
        self._index.remove(flight.flight_id)
        volumes: tuple[PreparedVolume, ...] = ()
        if intent is not None:
            volumes = tuple(prepare(volume) for volume in intent.volumes + intent.off_nominal_volumes)
            self._index.insert(flight.flight_id, volumes)
        self._prepared[flight.flight_id] = intent, volumes

    def volumes_of(self, flight: Flight) -> tuple[PreparedVolume, ...]:
        """All volumes of a flight that is shared, prepared; none of one that is not."""
        return self._prepared[flight.flight_id][1]

    def flights_in(self, volumes: Sequence[PreparedVolume]) -> list[Flight]:
        """Our flights that are shared and meet volumes."""
        return [self.flights[flight_id] for flight_id in self._index.candidates(volumes, NO_BUFFER)]

    def put_away(self, flight: Flight) -> None:
        """The flight is none any more."""
        self.flights.pop(flight.flight_id, None)
        self._by_intent.pop(flight.intent_id, None)
        self._prepared.pop(flight.flight_id, None)
        self._index.remove(flight.flight_id)

    def drop_locks(self) -> None:
        """Forget the locks of what is gone and nobody waits for."""
        for entity_id in [one for one, lock in self.locks.items() if not lock.locked()]:
            if entity_id not in self.flights and entity_id not in self.constraints:
                del self.locks[entity_id]

    def remember_ovn(self, entity_id: str, version: int, ovn: str) -> None:
        """What the manager of an entity has told us of it just now."""
        self.fetched_ovns.pop(entity_id, None)
        self.fetched_ovns[entity_id] = version, ovn
        if len(self.fetched_ovns) > MAX_FOREIGN_INTENTS:
            del self.fetched_ovns[next(iter(self.fetched_ovns))]

    def remembered_ovn(self, entity_id: str, manager: str, version: int) -> str:
        """The OVN of a version of another's entity, from its details as they were fetched or notified; else ""."""
        fetched_version, ovn = self.fetched_ovns.get(entity_id, (None, ""))
        if fetched_version == version:
            return ovn
        heard = self.heard.get(entity_id)
        if heard is None or (heard.manager, heard.version) != (manager, version):
            return ""
        told = heard.intent or heard.constraint
        return "" if told is None else told.reference.ovn or ""

    async def store(
        self,
        events: Iterable[Event],
        outbox: Iterable[OutboxEntry] = (),
        deliveries: Iterable[Delivery] = (),
    ) -> None:
        """One durable append. Raises the store's errors; then nothing of it is stored."""
        self._appended += 1
        append = Append(
            key=f"uss/{self._run_id}/{self._appended}",
            events=tuple(events),
            outbox=tuple(outbox),
            deliveries=tuple(deliveries),
        )
        await asyncio.wrap_future(self.journal.submit(append))

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Something that nobody waits for and that may be lost when the process ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def others(self, subscribers: Iterable[Subscriber]) -> list[Subscriber]:
        """Subscribers that are not ourselves."""
        return [one for one in subscribers if one.base_url != self.settings.base_url]
