"""Notifications to other USSs: each waits in the outbox until its peer has taken it.

Those for one base URL go one after the other, in the order in which the DSS asked for them, so that no peer hears of
two versions in the wrong order; different peers do not wait for each other. What a peer cannot take now is tried again,
at growing intervals, also after a restart; what it refuses for good is recorded and leaves the outbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256

import msgspec

from steerclear.services.uss.airspace import AnyNotice, IntentNotice
from steerclear.services.uss.context import LINK_PREFIX, QueuedNotice, Uss
from steerclear.services.uss.flight_events import NOTICE_GONE, NoticeGone, event_of
from steerclear.services.uss.limits import (
    MAX_NOTICES_AT_ONCE,
    NOTICE_GIVE_UP_S,
    NOTICE_RETRY_FIRST_S,
    NOTICE_RETRY_LONGEST_S,
)
from steerclear.services.uss.ports import PeerError, PeerRefusedError
from steerclear.services.uss.report_peer import report_peer
from steerclear.store.entries import Delivery, OutboxEntry, OutboxRow

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(QueuedNotice)


def queued(uss: Uss, base_url: str, notice: AnyNotice) -> OutboxEntry:
    """The outbox row of a notification."""
    waits = QueuedNotice(base_url=base_url, notice=notice, asked_s=uss.clock.now_s())
    entity_id = notice.intent_id if isinstance(notice, IntentNotice) else notice.constraint_id
    return OutboxEntry(
        link=LINK_PREFIX + sha256(base_url.encode()).hexdigest(),
        message_id=f"{entity_id}/{uss.new_id()}",
        payload=_encoder.encode(waits),
    )


class Courier:
    """Delivers what waits in the outbox; `run` goes on until it is cancelled."""

    def __init__(self, uss: Uss, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._uss = uss
        self._sleep = sleep
        self._room = asyncio.Semaphore(MAX_NOTICES_AT_ONCE)

    async def run(self) -> None:
        """Deliver for ever. Raises the store's errors."""
        busy: set[str] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                self._uss.notices_wait.clear()
                for link in self._waiting():
                    if link not in busy:
                        busy.add(link)
                        group.create_task(self._follow(link, busy))
                await self._uss.notices_wait.wait()

    async def deliver_waiting(self) -> None:
        """One try for each peer that something waits for, in order until one fails."""
        await asyncio.gather(*[self._drain(link) for link in self._waiting()])

    def _waiting(self) -> list[str]:
        return [link for link in self._uss.journal.pending_counts() if link.startswith(LINK_PREFIX)]

    async def _follow(self, link: str, busy: set[str]) -> None:
        pause_s = NOTICE_RETRY_FIRST_S
        while not await self._drain(link):
            await self._sleep(pause_s)
            pause_s = min(2 * pause_s, NOTICE_RETRY_LONGEST_S)
        busy.discard(link)
        self._uss.notices_wait.set()

    async def _drain(self, link: str) -> bool:
        """Deliver all that waits; False when the peer cannot take the next one now."""
        while rows := self._uss.journal.pending(link, 1):
            if not await self._deliver(rows[0]):
                return False
        return True

    async def _deliver(self, row: OutboxRow) -> bool:
        waits = _decoder.decode(row.payload)
        problem = None
        try:
            async with self._room:
                await self._uss.peers.notify(waits.base_url, waits.notice)
        except PeerRefusedError as error:
            problem = str(error)
            report_peer(self._uss, error)
        except PeerError as error:
            if self._uss.clock.now_s() - waits.asked_s < NOTICE_GIVE_UP_S:
                return False
            problem = f"given up after {NOTICE_GIVE_UP_S:.0f} s: {error}"
        gone = NoticeGone(base_url=waits.base_url, message_id=row.message_id, problem=problem)
        event = event_of(NOTICE_GONE, gone, self._uss.clock.now_s())
        await self._uss.store([event], deliveries=[Delivery(row.link, row.message_id)])
        return True
