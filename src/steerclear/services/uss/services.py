"""All services of one USS together, and the tasks that keep it going."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from steerclear.model.track import Track
from steerclear.services.uss.context import Uss
from steerclear.services.uss.declare_constraint import ConstraintDesk
from steerclear.services.uss.follow_picture import PictureFollower
from steerclear.services.uss.hear_peers import Hearing
from steerclear.services.uss.keep_subscriptions import Subscriptions
from steerclear.services.uss.limits import TICK_S
from steerclear.services.uss.notify_peers import Courier
from steerclear.services.uss.plan_flight import Planner
from steerclear.services.uss.tell_user import UserDesk
from steerclear.services.uss.watch_flights import Watch

SETTLE_EVERY_S: Final = 5.0
"""Time between two tries to settle questions that the DSS has not answered."""


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
        """Settle what a crash left open, deliver notifications, follow the flights. Raises the store's errors."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.courier.run())
            group.create_task(self._settle())
            group.create_task(self._tick())
            if self.follower is not None:
                group.create_task(self.follower.run())

    async def settle(self) -> None:
        """Put all questions without an answer to the DSS, and forget what has run out."""
        await self.watch.settle_open()
        await self.constraints.settle_open()
        await self.subscriptions.keep()
        await self.hearing.forget()
        self.uss.drop_locks()

    async def _settle(self) -> None:
        while True:
            await self.settle()
            await asyncio.sleep(SETTLE_EVERY_S)

    async def _tick(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self.watch.tick())
                await asyncio.sleep(TICK_S)
