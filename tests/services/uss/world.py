"""A small airspace: a directory that behaves as a DSS, several USSs of ours, a clock set by hand, peers in reach."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from steerclear.model.intent import IntentState
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.uss.airspace import (
    AnyNotice,
    Availability,
    ConstraintAnswer,
    ConstraintPut,
    ConstraintReference,
    IntentAnswer,
    IntentNotice,
    IntentPut,
    IntentReference,
    SharedConstraint,
    SharedIntent,
    Subscriber,
    SubscriptionPut,
    SubscriptionStanding,
    SubscriptionState,
)
from steerclear.services.uss.context import Uss, UssSettings
from steerclear.services.uss.flight_events import uss_views
from steerclear.services.uss.hear_peers import NoticeError, NotManagerError
from steerclear.services.uss.plan_flight import FlightPlan, Outcome
from steerclear.services.uss.ports import (
    DssRefusedError,
    Exchange,
    KeyIncompleteError,
    PeerError,
    PeerRefusedError,
    PeerSilentError,
)
from steerclear.services.uss.record_files import Records
from steerclear.services.uss.requested_ovn import served
from steerclear.services.uss.services import UssServices
from steerclear.store import SqliteStore
from steerclear.strategic.uss_conflicts import OFF_NOMINAL, PriorityRules, first_overlap
from steerclear.strategic.volumes import prepare

NOW_S = 1_800_000_000.0
T = TypeVar("T")


class HandClock:
    def __init__(self, now_s: float = NOW_S) -> None:
        self.time_s = now_s

    def now_s(self) -> float:
        return self.time_s

    def steady_s(self) -> float:
        return self.time_s


def disc(
    east: float = 0.0,
    lower_m: float = 50.0,
    upper_m: float = 100.0,
    from_s: float = 0.0,
    for_s: float = 600.0,
    radius_m: float = 100.0,
) -> Volume4D:
    """A circle, `east` thousandths of a degree from a point near the equator; times from now."""
    return Volume4D(
        area=CircleArea(centre=Position(latitude_deg=1.0, longitude_deg=2.0 + east / 1000.0), radius_m=radius_m),
        lower_m=lower_m,
        upper_m=upper_m,
        altitude_datum=AltitudeDatum.ELLIPSOID,
        from_s=NOW_S + from_s,
        until_s=NOW_S + from_s + for_s,
    )


class Directory:
    """What a DSS does, as far as a USS can tell; `faults` are raised once each, before or after the work is done."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.intents: dict[str, tuple[IntentReference, tuple[Volume4D, ...]]] = {}
        self.constraints: dict[str, tuple[ConstraintReference, tuple[Volume4D, ...]]] = {}
        self._subscriptions: dict[str, tuple[SubscriptionPut, str]] = {}
        self.down: set[str] = set()
        self.before: list[Exception] = []
        self.after: list[Exception] = []
        self.puts: list[IntentPut] = []
        self._numbers = itertools.count(1)

    @property
    def subscriptions(self) -> dict[str, tuple[SubscriptionPut, str]]:
        """Those that have not ended: of one that has, a DSS knows nothing any more."""
        for ended in [one for one, (put, _) in self._subscriptions.items() if put.area.until_s < self.clock.time_s]:
            del self._subscriptions[ended]
        return self._subscriptions

    def as_client(self, name: str) -> DirectoryClient:
        return DirectoryClient(self, name)

    def seen_by(self, name: str, reference: Any) -> Any:
        availability = Availability.DOWN if reference.manager in self.down else Availability.UNKNOWN
        seen = msgspec.structs.replace(reference, availability=availability)
        return seen if reference.manager == name else msgspec.structs.replace(seen, ovn=None)

    def number(self) -> int:
        return next(self._numbers)

    def subscribers(self, extents: tuple[Volume4D, ...], constraint: bool = False) -> tuple[Subscriber, ...]:
        found: dict[str, dict[str, None]] = {}
        for one, volumes in self.intents.values():
            if meets(volumes, extents):
                found.setdefault(one.base_url, {})[one.subscription_id] = None
        for subscription_id, (put, _) in self.subscriptions.items():
            if meets((put.area,), extents):
                found.setdefault(put.base_url, {})[subscription_id] = None
        return tuple(
            Subscriber(base_url, tuple(SubscriptionState(one, 1) for one in group)) for base_url, group in found.items()
        )


def meets(some: tuple[Volume4D, ...], others: tuple[Volume4D, ...]) -> bool:
    return first_overlap([prepare(one) for one in some], [prepare(one) for one in others]) is not None


class DirectoryClient:
    def __init__(self, directory: Directory, name: str) -> None:
        self._d = directory
        self._name = name

    async def intents_in(self, area: Volume4D) -> tuple[IntentReference, ...]:
        found = [one for one, volumes in self._d.intents.values() if meets(volumes, (area,))]
        return tuple(self._d.seen_by(self._name, one) for one in found)

    async def constraints_in(self, area: Volume4D) -> tuple[ConstraintReference, ...]:
        found = [one for one, volumes in self._d.constraints.values() if meets(volumes, (area,))]
        return tuple(self._d.seen_by(self._name, one) for one in found)

    async def intent(self, intent_id: str) -> IntentReference | None:
        held = self._d.intents.get(intent_id)
        return None if held is None else self._d.seen_by(self._name, held[0])

    async def put_intent(self, put: IntentPut) -> IntentAnswer:
        d = self._d
        d.puts.append(put)
        if d.before:
            raise d.before.pop(0)
        held = d.intents.get(put.intent_id)
        if (held[0].ovn if held else None) != put.ovn:
            raise DssRefusedError("another OVN", 409)
        if held is None and put.state is not IntentState.ACCEPTED:
            raise DssRefusedError("a new one is accepted first", 400)
        if put.subscription_id is not None and put.subscription_id not in d.subscriptions:
            raise DssRefusedError("there is no such subscription", 400)
        if put.state not in OFF_NOMINAL:
            self._check_key(put)
        reference = IntentReference(
            intent_id=put.intent_id,
            manager=self._name,
            version=held[0].version + 1 if held else 1,
            state=put.state,
            from_s=min(one.from_s for one in put.extents),
            until_s=max(one.until_s for one in put.extents),
            base_url=put.base_url,
            subscription_id=put.subscription_id or f"00000000-0000-4000-8000-{d.number():012d}",
            ovn=f"{put.intent_id}_{put.ovn_suffix or d.number()}",
        )
        old = held[1] if held else ()
        d.intents[put.intent_id] = (reference, put.extents)
        if d.after:
            raise d.after.pop(0)
        return IntentAnswer(d.seen_by(self._name, reference), d.subscribers(put.extents + old))

    def _check_key(self, put: IntentPut) -> None:
        d = self._d
        intents = [
            one
            for one, volumes in d.intents.values()
            if one.intent_id != put.intent_id
            and not (one.manager in d.down and one.state is IntentState.ACCEPTED)
            and meets(volumes, put.extents)
            and one.ovn not in put.key
        ]
        zones = [
            one
            for one, volumes in d.constraints.values()
            if put.hears_constraints and meets(volumes, put.extents) and one.ovn not in put.key
        ]
        if intents or zones:
            seen = tuple(d.seen_by(self._name, one) for one in intents)
            raise KeyIncompleteError("the key is not complete", seen, tuple(d.seen_by(self._name, z) for z in zones))

    async def delete_intent(self, intent_id: str, ovn: str) -> IntentAnswer:
        d = self._d
        if d.before:
            raise d.before.pop(0)
        held = d.intents.get(intent_id)
        if held is None:
            raise DssRefusedError("no such intent", 404)
        if held[0].ovn != ovn or held[0].manager != self._name:
            raise DssRefusedError("another OVN", 409)
        subscribers = d.subscribers(held[1])
        del d.intents[intent_id]
        if d.after:
            raise d.after.pop(0)
        return IntentAnswer(held[0], subscribers)

    async def subscription(self, subscription_id: str) -> SubscriptionStanding | None:
        held = self._d.subscriptions.get(subscription_id)
        return None if held is None else SubscriptionStanding(held[1], held[0].area.from_s, held[0].area.until_s)

    async def put_subscription(self, put: SubscriptionPut) -> SubscriptionStanding:
        d = self._d
        if d.before:
            raise d.before.pop(0)
        held = d.subscriptions.get(put.subscription_id)
        if (held[1] if held else None) != put.version:
            raise DssRefusedError("another version", 409)
        assert put.area.until_s - put.area.from_s <= 86_400.0
        version = f"version-{d.number()}"
        d.subscriptions[put.subscription_id] = (put, version)
        if d.after:
            raise d.after.pop(0)
        return SubscriptionStanding(version, put.area.from_s, put.area.until_s)

    async def delete_subscription(self, subscription_id: str, version: str) -> None:
        d = self._d
        if d.before:
            raise d.before.pop(0)
        if any(one.subscription_id == subscription_id for one, _ in d.intents.values()):
            raise DssRefusedError("operational intents rely on it", 400)
        if d.subscriptions[subscription_id][1] != version:
            raise DssRefusedError("another version", 409)
        del d.subscriptions[subscription_id]
        if d.after:
            raise d.after.pop(0)

    async def constraint(self, constraint_id: str) -> ConstraintReference | None:
        held = self._d.constraints.get(constraint_id)
        return None if held is None else self._d.seen_by(self._name, held[0])

    async def put_constraint(self, put: ConstraintPut) -> ConstraintAnswer:
        d = self._d
        if d.before:
            raise d.before.pop(0)
        held = d.constraints.get(put.constraint_id)
        reference = ConstraintReference(
            constraint_id=put.constraint_id,
            manager=self._name,
            version=held[0].version + 1 if held else 1,
            from_s=min(one.from_s for one in put.extents),
            until_s=max(one.until_s for one in put.extents),
            base_url=put.base_url,
            ovn=f"ovn-of-{put.constraint_id}-{d.number()}",
        )
        d.constraints[put.constraint_id] = (reference, put.extents)
        if d.after:
            raise d.after.pop(0)
        return ConstraintAnswer(reference, d.subscribers(put.extents, constraint=True))

    async def delete_constraint(self, constraint_id: str, ovn: str) -> ConstraintAnswer:
        held = self._d.constraints.pop(constraint_id, None)
        if held is None:
            raise DssRefusedError("no such constraint", 404)
        return ConstraintAnswer(held[0], self._d.subscribers(held[1], constraint=True))


class Town:
    """All USSs, by base URL: what one asks of another reaches it at once, or not at all."""

    def __init__(self) -> None:
        self.services: dict[str, UssServices] = {}
        self.silent: set[str] = set()
        self.forged: dict[str, SharedIntent | PeerError] = {}
        self.reports: list[tuple[str, Exchange]] = []
        self.refused: list[NoticeError] = []
        self.asked: list[str] = []

    def as_peers(self, name: str) -> TownPeers:
        return TownPeers(self, name)


class TownPeers:
    def __init__(self, town: Town, name: str) -> None:
        self._town = town
        self._name = name

    def _at(self, base_url: str) -> UssServices:
        if base_url in self._town.silent or base_url not in self._town.services:
            raise PeerSilentError(f"{base_url} does not answer", None, base_url)
        return self._town.services[base_url]

    async def intent(self, reference: IntentReference, *, exactly: bool = False) -> tuple[SharedIntent, Exchange]:
        self._town.asked.append(reference.intent_id)
        exchange = Exchange(url=reference.base_url, method="GET", client=True, asked_s=NOW_S)
        forged = self._town.forged.get(reference.intent_id)
        if isinstance(forged, PeerError):
            raise forged
        if forged is not None:
            return forged, exchange
        flight = self._at(reference.base_url).uss.flight_of(reference.intent_id)
        shown = None if flight is None else served(flight, reference.version if exactly else None)
        if shown is None:
            raise PeerRefusedError("no such intent", 404, None, reference.base_url)
        return shown, exchange

    async def constraint(self, reference: ConstraintReference) -> tuple[SharedConstraint, Exchange]:
        exchange = Exchange(url=reference.base_url, method="GET", client=True, asked_s=NOW_S)
        held = self._at(reference.base_url).uss.constraints.get(reference.constraint_id)
        if held is None or held.shared is None:
            raise PeerRefusedError("no such constraint", 404, None, reference.base_url)
        return held.shared, exchange

    async def notify(self, base_url: str, notice: AnyNotice) -> None:
        hearing = self._at(base_url).hearing
        try:
            if isinstance(notice, IntentNotice):
                await hearing.hear_intent(notice, self._name)
            else:
                await hearing.hear_constraint(notice, self._name)
        except NoticeError as error:
            self._town.refused.append(error)
            status = 403 if isinstance(error, NotManagerError) else 409
            raise PeerRefusedError(str(error), status, None, base_url) from None

    async def report(self, base_url: str, exchange: Exchange) -> None:
        self._town.reports.append((base_url, exchange))


class World:
    def __init__(self, rules: PriorityRules | None = None) -> None:
        self.clock = HandClock()
        self.directory = Directory(self.clock)
        self.town = Town()
        self.rules = rules or PriorityRules()
        self._numbers = itertools.count(1)

    def new_id(self) -> str:
        return f"10000000-0000-4000-8000-{next(self._numbers):012d}"

    def uss(
        self, name: str, store: SqliteStore | None = None, records: Path | None = None, **settled: Any
    ) -> UssServices:
        base_url = f"https://{name}.example"
        settings = UssSettings(name=name, base_url=base_url, rules=self.rules, **settled)
        journal = store or SqliteStore.in_memory(uss_views())
        uss = Uss(
            settings,
            journal,
            self.directory.as_client(name),
            self.town.as_peers(name),
            self.clock,
            self.new_id,
            Records(records),
        )
        services = UssServices(uss)
        self.town.services[base_url] = services
        return services


async def fly(
    services: UssServices,
    flight_id: str,
    *volumes: Volume4D,
    state: IntentState = IntentState.ACCEPTED,
    priority: int = 0,
) -> Outcome:
    """Plan, and let every notification arrive."""
    plan = FlightPlan(flight_id=flight_id, state=state, volumes=volumes, priority=priority)
    outcome = await services.planner.plan(plan)
    await services.courier.deliver_waiting()
    return outcome


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
