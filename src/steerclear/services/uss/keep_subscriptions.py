"""Subscriptions of our own over the areas that we fly in, so that we hear of neighbours' changes as long as we watch.

A plan relies on one that holds it; else one near it is widened, else a new one is made. Each is renewed before its end
while flights rely on it and for a while after the last of them, then removed. Where none can be had (a plan that ends
more than a day from now or is too large, a DSS that refuses), the DSS makes one for the flight as it does by default:
no flight waits for a subscription. What the DSS is asked for is in the journal before it is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from steerclear.model.volumes import Volume4D
from steerclear.services.uss.airspace import IntentAnswer, IntentPut, SubscriptionPut, SubscriptionStanding
from steerclear.services.uss.context import Uss
from steerclear.services.uss.flight_events import (
    SUBSCRIPTION_ENDED,
    Asked,
    OwnSubscription,
    gone_event,
    subscription_event,
)
from steerclear.services.uss.ports import DssError, DssRefusedError, DssUnsureError, KeyIncompleteError
from steerclear.services.uss.share_flight import UNSURE_FOR_S
from steerclear.services.uss.watched_areas import (
    WatchedArea,
    area_of,
    as_volume,
    holds,
    new_area,
    renewed,
    widened,
)

RENEW_BEFORE_S: Final = 300.0
"""A subscription that is still wanted is renewed so long before its end."""


class Subscriptions:
    """The subscriptions of one USS."""

    def __init__(self, uss: Uss) -> None:
        self._uss = uss
        self._lock = asyncio.Lock()

    def holding(self, extents: Sequence[Volume4D]) -> str | None:
        """The subscription that holds a plan, for one that cannot wait; None: the DSS is to make one."""
        plan = area_of(extents) if self._uss.settings.watch_s is not None else None
        return None if plan is None else self._holding(plan)

    async def for_plan(self, extents: Sequence[Volume4D]) -> str | None:
        """A subscription that holds a plan, made or widened for it; None: the DSS is to make one.

        Raises the store's errors.
        """
        watch_s = self._uss.settings.watch_s
        plan = area_of(extents) if watch_s is not None else None
        if plan is None or watch_s is None:
            return None
        async with self._lock:
            now_s = self._uss.clock.now_s()
            held = self._holding(plan)
            if held is not None:
                return held
            for one in self._ready():
                wider = widened(one.area, plan)
                if wider is not None:
                    return await self._put(replace(one, used_s=now_s), wider)
            area = new_area(plan, now_s, watch_s)
            if area is None:
                return None
            return await self._put(OwnSubscription(subscription_id=self._uss.new_id(), area=area, used_s=now_s), area)

    async def put_relying(self, put: IntentPut) -> IntentAnswer:
        """Put an intent; where the DSS does not have the subscription it relies on, with one of its own.

        Raises DssError and the store's errors.
        """
        try:
            return await self._uss.dss.put_intent(put)
        except KeyIncompleteError:
            raise
        except DssRefusedError as error:
            if error.status != 400 or put.subscription_id is None:
                raise
        async with self._lock:
            held = self._uss.subscriptions.get(put.subscription_id)
            if held is not None and await self._uss.dss.subscription(held.subscription_id) is None:
                await self._drop(held)
        return await self._uss.dss.put_intent(replace(put, subscription_id=None))

    async def keep(self) -> None:
        """Settle what the DSS has not answered, renew what is wanted, remove what is not. Raises the store's errors."""
        if not self._uss.subscriptions:
            return
        flights = self._uss.flights.values()
        relied = {one.shared.reference.subscription_id for one in flights if one.shared is not None}
        for subscription_id in list(self._uss.subscriptions):
            async with self._lock:
                held = self._uss.subscriptions.get(subscription_id)
                if held is None:
                    continue
                try:
                    await (
                        self._settle(held) if held.asked is not None else self._look(held, subscription_id in relied)
                    )
                except DssError:
                    continue  # it is looked at again

    def _ready(self) -> list[OwnSubscription]:
        now_s = self._uss.clock.now_s()
        return [one for one in self._uss.subscriptions.values() if one.asked is None and one.area.until_s > now_s]

    def _holding(self, plan: WatchedArea) -> str | None:
        for one in self._ready():
            if holds(one.area, plan):
                # So that it is not removed before the flight is shared; what a restart forgets of it is a little time.
                self._uss.subscriptions[one.subscription_id] = replace(one, used_s=self._uss.clock.now_s())
                return one.subscription_id
        return None

    async def _look(self, held: OwnSubscription, relied: bool) -> None:
        now_s = self._uss.clock.now_s()
        watch_s = self._uss.settings.watch_s or 0.0
        if relied:
            held = replace(held, used_s=now_s)
            self._uss.subscriptions[held.subscription_id] = held
        wanted_until_s = held.used_s + watch_s
        if held.area.until_s <= now_s:
            await self._drop(held)  # the DSS has done so
        elif not relied and wanted_until_s <= now_s:
            await self._remove(held)
        elif held.area.until_s - now_s < RENEW_BEFORE_S and wanted_until_s > held.area.until_s:
            await self._put(held, renewed(held.area, wanted_until_s, now_s))

    async def _put(self, held: OwnSubscription, area: WatchedArea) -> str | None:
        """Ask the DSS for an area; the subscription's id, None where it does not stand (yet) as it was asked for."""
        uss = self._uss
        new = not held.version
        await self._keep(replace(held, asked=Asked.PUT, wanted=area, asked_s=uss.clock.now_s()))
        put = SubscriptionPut(
            subscription_id=held.subscription_id,
            version=held.version or None,
            area=as_volume(area),
            base_url=uss.settings.base_url,
            hears_constraints=uss.settings.hears_constraints,
        )
        try:
            told = await uss.dss.put_subscription(put)
        except DssUnsureError:
            return None
        except DssError as error:
            if isinstance(error, DssRefusedError) and not new and error.status in (400, 404, 409):
                return None  # the DSS holds another version than we, or none: settled by a look at it
            await (self._drop(held) if new else self._keep(held))
            return None
        await self._keep(_standing(held, area, told))
        return held.subscription_id

    async def _settle(self, held: OwnSubscription) -> None:
        """Find out what became of a question without an answer. Raises DssError."""
        told = await self._uss.dss.subscription(held.subscription_id)
        waits = self._uss.clock.now_s() - held.asked_s < UNSURE_FOR_S
        if told is None:
            if not (waits and held.asked is Asked.PUT and not held.version):
                await self._drop(held)
        elif held.asked is Asked.DELETE:
            await self._remove(replace(held, version=told.version))
        elif told.version != held.version:
            await self._keep(_standing(held, held.wanted or held.area, told))
        elif not waits:
            await self._keep(replace(held, asked=None, wanted=None))

    async def _remove(self, held: OwnSubscription) -> None:
        """Take a subscription out of the DSS. Raises DssError; then it is to be settled."""
        await self._keep(replace(held, asked=Asked.DELETE, wanted=None, asked_s=self._uss.clock.now_s()))
        try:
            await self._uss.dss.delete_subscription(held.subscription_id, held.version)
        except DssRefusedError as error:
            if error.status == 400:
                # Flights rely on it that our books do not name yet.
                await self._keep(replace(held, asked=None, wanted=None, used_s=self._uss.clock.now_s()))
                return
            if error.status != 404:
                raise
        await self._drop(held)

    async def _keep(self, held: OwnSubscription) -> None:
        await self._uss.store([subscription_event(held, self._uss.clock.now_s())])
        self._uss.subscriptions[held.subscription_id] = held

    async def _drop(self, held: OwnSubscription) -> None:
        await self._uss.store([gone_event(SUBSCRIPTION_ENDED, [held.subscription_id], self._uss.clock.now_s())])
        self._uss.subscriptions.pop(held.subscription_id, None)


def _standing(held: OwnSubscription, area: WatchedArea, told: SubscriptionStanding) -> OwnSubscription:
    # The DSS decides from when to when; a span that it rounded outwards or inwards is the one that counts.
    from_s = area.from_s if told.from_s is None else told.from_s
    until_s = area.until_s if told.until_s is None else told.until_s
    area = replace(area, from_s=from_s, until_s=until_s)
    return replace(held, version=told.version, area=area, asked=None, wanted=None)
