"""All services of one USS together, and the tasks that keep it going."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from steerclear.model.track import Track
from steerclear.services.uss.context import Uss
from steerclear.services.uss.declare_constraint import ConstraintDesk
from steerclear.services.uss.follow_picture import FOLLOW_EVERY_S, PictureFollower
from steerclear.services.uss.hear_peers import Hearing
from steerclear.services.uss.keep_subscriptions import Subscriptions
from steerclear.services.uss.limits import TICK_S
from steerclear.services.uss.notify_peers import Courier
from steerclear.services.uss.plan_flight import Planner
from steerclear.services.uss.tell_user import UserDesk
from steerclear.services.uss.watch_flights import Watch
from steerclear.store.errors import StoreError

SETTLE_EVERY_S: Final = 5.0
"""Time between two tries to settle questions that the DSS has not answered."""

_logger = logging.getLogger("steerclear.f3548")


class UssServices:
    """One USS over an open journal; `run` goes on until it is cancelled."""

    def __init__(self, uss: Uss, tracks: Callable[[], Sequence[Track]] | None = None) -> None:
        """`tracks` are those of a picture, by which flights are followed that say how they show in it."""
        self.uss = uss
        self.users = UserDesk(uss)
        self.subscriptions = Subscriptions(uss)
        self.planner = Planner(uss, self.users, self.subscriptions)
        self.hearing = Hearing(uss, self.users)
        self.watch = Watch(uss, self.users, self.planner)
        self.follower = None if tracks is None else PictureFollower(uss, self.users, self.watch, tracks)
        self.constraints = ConstraintDesk(uss, self.users)
        self.courier = Courier(uss)

    async def run(self) -> None:
        """Settle what a crash left open, deliver notifications, follow the flights.

        What a full disk does not let it put on record is tried again: it must not end what runs beside it.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(_again(self.courier.run, SETTLE_EVERY_S))
            group.create_task(_again(self.settle, SETTLE_EVERY_S))
            group.create_task(self._tick())
            if self.follower is not None:
                group.create_task(_again(self.follower.run, FOLLOW_EVERY_S))

    async def settle(self) -> None:
        """Put all questions without an answer to the DSS, and forget what has run out."""
        await self.watch.settle_open()
        await self.constraints.settle_open()
        await self.subscriptions.keep()
        await self.hearing.forget()
        self.uss.drop_locks()

    async def _tick(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(_tried(self.watch.tick))
                await asyncio.sleep(TICK_S)


async def _again(work: Callable[[], Awaitable[None]], every_s: float) -> None:
    """Do it again and again."""
    while True:
        await _tried(work)
        await asyncio.sleep(every_s)


async def _tried(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except* StoreError as troubles:
        for trouble in troubles.exceptions:
            _logger.error("the USS cannot put on record what it does", extra={"detail": str(trouble)})
