"""What a plan must know before it may be shared: references from the DSS, details from whoever manages them.

Peers are asked at once, each within its time. What one sends is believed only when it fits what the DSS holds; of a USS
that was declared Down and does not answer, its intents are hidden and F3548-21's rules for that hold; the OVN of one
whose present version it told us before goes into the key all the same. Any other peer that fails makes the whole
attempt fail: an airspace that is half known is not known.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

import msgspec

from steerclear.model.volumes import Volume4D
from steerclear.services.uss.airspace import Availability, ConstraintReference, IntentReference, SharedIntent
from steerclear.services.uss.context import Uss
from steerclear.services.uss.intent_rules import RuleBrokenError, check_shared_constraint, check_shared_intent
from steerclear.services.uss.limits import MAX_FETCHES_AT_ONCE, MAX_NEIGHBOURS
from steerclear.services.uss.ports import DssError, Exchange, PeerDataError, PeerError, PeerRefusedError
from steerclear.strategic.uss_conflicts import HiddenIntent, KnownConstraint, KnownIntent
from steerclear.strategic.volumes import PreparedVolume

MAX_AREAS: Final = 32
"""Areas that are asked for before a plan is put; what others touch, the DSS names then."""
STALE_TRIES: Final = 6
STALE_WAIT_S: Final = 0.25
"""A peer that the DSS has answered a moment ago may still tell the version before: ask again a little later."""

_T = TypeVar("_T")


class Airspace(msgspec.Struct, frozen=True, kw_only=True):
    """What is in an area, with the proof that we know it."""

    known: tuple[KnownIntent, ...] = ()
    hidden: tuple[HiddenIntent, ...] = ()
    constraints: tuple[KnownConstraint, ...] = ()
    key: tuple[str, ...] = ()
    asked_in_vain: frozenset[str] = frozenset()
    """Ids of what was asked for at a Down USS that gave no answer, and whose OVN we do not have from before."""

    def secret(
        self, intents: Iterable[IntentReference], constraints: Iterable[ConstraintReference]
    ) -> tuple[IntentReference | ConstraintReference, ...]:
        """Which of these, that a key must hold, nobody can tell us now."""
        of_intents = [one for one in intents if one.intent_id in self.asked_in_vain]
        return (*of_intents, *(one for one in constraints if one.constraint_id in self.asked_in_vain))


class References(msgspec.Struct, frozen=True, kw_only=True):
    """What is in an area, as the DSS tells it."""

    intents: tuple[IntentReference, ...] = ()
    constraints: tuple[ConstraintReference, ...] = ()

    def with_more(self, intents: Iterable[IntentReference], constraints: Iterable[ConstraintReference]) -> References:
        """These and those that the DSS named besides; of one entity, what was named last."""
        every = {one.intent_id: one for one in (*self.intents, *intents)}
        zones = {one.constraint_id: one for one in (*self.constraints, *constraints)}
        return References(intents=tuple(every.values()), constraints=tuple(zones.values()))


async def find_references(uss: Uss, areas: Iterable[Volume4D]) -> References:
    """All references that may meet one of the areas; each of them is asked about. Raises DssError."""
    wanted, room = tuple(areas), asyncio.Semaphore(MAX_FETCHES_AT_ONCE)

    async def within(ask: Callable[[Volume4D], Awaitable[_T]], area: Volume4D) -> _T:
        async with room:
            return await ask(area)

    found = References()
    for intents in await asyncio.gather(*[within(uss.dss.intents_in, area) for area in wanted]):
        found = found.with_more(intents, ())
    if uss.settings.hears_constraints:
        for constraints in await asyncio.gather(*[within(uss.dss.constraints_in, area) for area in wanted]):
            found = found.with_more((), constraints)
    if len(found.intents) + len(found.constraints) > MAX_NEIGHBOURS:
        raise DssError(f"more than {MAX_NEIGHBOURS:,} intents and constraints in the area: plan a smaller one")
    return found


async def learn(uss: Uss, references: References, but: str | None) -> Airspace:
    """Details of all references, but for one intent. Raises PeerError when one cannot be had or believed."""
    room = asyncio.Semaphore(MAX_FETCHES_AT_ONCE)

    async def within(fetch: Callable[[], Awaitable[_T]]) -> _T:
        async with room:
            return await fetch()

    intents = [one for one in references.intents if one.intent_id != but]
    async with _first_error() as group:
        asked = [group.create_task(within(_intent_fetch(uss, one))) for one in intents]
        zones = [group.create_task(within(_constraint_fetch(uss, one))) for one in references.constraints]
    key: list[str] = []
    in_vain: set[str] = set()
    known, hidden = [], []
    for task in asked:
        one, ovn = task.result()
        if isinstance(one, HiddenIntent):
            hidden.append(one)
        else:
            known.append(one)
        if ovn:
            key.append(ovn)
        else:
            in_vain.add(one.intent_id)
    constraints = []
    for reference, zone in zip(references.constraints, zones, strict=True):
        met, ovn = zone.result()
        if met is not None:
            constraints.append(met)
        if ovn:
            key.append(ovn)
        else:
            in_vain.add(reference.constraint_id)
    return Airspace(
        known=tuple(known),
        hidden=tuple(hidden),
        constraints=tuple(constraints),
        key=tuple(key),
        asked_in_vain=frozenset(in_vain),
    )


async def truly_met(uss: Uss, airspace: Airspace, volumes: Iterable[Volume4D]) -> Airspace:
    """The airspace without hidden intents that the DSS does not find in the volumes themselves. Raises DssError."""
    if not airspace.hidden:
        return airspace
    met = {one.intent_id for one in (await find_references(uss, volumes)).intents}
    return msgspec.structs.replace(airspace, hidden=tuple(one for one in airspace.hidden if one.intent_id in met))


class _first_error:  # noqa: N801 used as a context
    """A task group whose first PeerError comes out as itself."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> asyncio.TaskGroup:
        return await self._group.__aenter__()

    async def __aexit__(self, *failure: object) -> None:
        try:
            await self._group.__aexit__(*failure)  # type: ignore[arg-type]
        except BaseExceptionGroup as several:
            peers = several.subgroup(PeerError)
            if peers is not None and len(peers.exceptions) == len(several.exceptions):
                raise _leaf(peers) from None
            raise


def _leaf(error: BaseException) -> BaseException:
    return _leaf(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _intent_fetch(
    uss: Uss, reference: IntentReference
) -> Callable[[], Awaitable[tuple[KnownIntent | HiddenIntent, str]]]:
    async def fetch() -> tuple[KnownIntent | HiddenIntent, str]:
        own = uss.flight_of(reference.intent_id)
        if own is not None and own.shared is not None:
            return _own(own.shared, uss.volumes_of(own))
        try:
            return await _fetched(uss, reference)
        except PeerError:
            if reference.availability is not Availability.DOWN:
                raise
            hidden = HiddenIntent(intent_id=reference.intent_id, manager=reference.manager, state=reference.state)
            return hidden, uss.remembered_ovn(reference.intent_id, reference.manager, reference.version)

    return fetch


def _own(shared: SharedIntent, volumes: tuple[PreparedVolume, ...]) -> tuple[KnownIntent, str]:
    known = KnownIntent(
        intent_id=shared.reference.intent_id,
        manager=shared.reference.manager,
        state=shared.reference.state,
        priority=shared.intent.priority,
        volumes=volumes,
    )
    return known, shared.reference.ovn or ""


async def _fetched(uss: Uss, reference: IntentReference) -> tuple[KnownIntent, str]:
    if reference.base_url == uss.settings.base_url:
        raise PeerError(f"operational intent {reference.intent_id} of ours is being shared at this moment: try again")
    tries, newest = STALE_TRIES, False
    while True:
        shared, exchange = await _asked_of(uss, reference, newest)
        try:
            volumes = check_shared_intent(shared, reference)
        except RuleBrokenError as error:
            problem = f"operational intent {reference.intent_id} of {reference.manager}: {error}"
            raise PeerDataError(problem, exchange, reference.base_url) from None
        if shared.reference.version >= reference.version:
            break
        tries, newest = tries - 1, True
        if tries == 0:
            problem = f"operational intent {reference.intent_id} of {reference.manager} stays at an old version"
            raise PeerDataError(problem, exchange, reference.base_url)
        await asyncio.sleep(STALE_WAIT_S)
    known = KnownIntent(
        intent_id=reference.intent_id,
        manager=reference.manager,
        state=shared.reference.state,
        priority=shared.intent.priority,
        volumes=volumes,
    )
    ovn = shared.reference.ovn or ""
    uss.remember_ovn(reference.intent_id, shared.reference.version, ovn)
    return known, ovn


async def _asked_of(uss: Uss, reference: IntentReference, newest: bool) -> tuple[SharedIntent, Exchange]:
    if newest:
        # What its manager has not published yet, it may tell who asks for that version; it need not be able to.
        with contextlib.suppress(PeerRefusedError):
            return await uss.peers.intent(reference, exactly=True)
    return await uss.peers.intent(reference)


def _constraint_fetch(
    uss: Uss, reference: ConstraintReference
) -> Callable[[], Awaitable[tuple[KnownConstraint | None, str]]]:
    async def fetch() -> tuple[KnownConstraint | None, str]:
        own = uss.constraints.get(reference.constraint_id)
        exchange = None
        try:
            if own is not None and own.shared is not None:
                shared = own.shared
            else:
                shared, exchange = await uss.peers.constraint(reference)
            volumes = check_shared_constraint(shared, reference)
        except RuleBrokenError as error:
            problem = f"constraint {reference.constraint_id} of {reference.manager}: {error}"
            raise PeerDataError(problem, exchange, reference.base_url) from None
        except PeerError:
            if reference.availability is not Availability.DOWN:
                raise
            return None, uss.remembered_ovn(reference.constraint_id, reference.manager, reference.version)
        known = KnownConstraint(constraint_id=reference.constraint_id, manager=reference.manager, volumes=volumes)
        ovn = shared.reference.ovn or ""
        uss.remember_ovn(reference.constraint_id, shared.reference.version, ovn)
        return known, ovn

    return fetch
