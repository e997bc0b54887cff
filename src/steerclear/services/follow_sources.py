"""Follow live streams: gather what they deliver, and scan it at a steady pace by this machine's clock.

The queue is bounded. When it is full the newest reports are dropped and counted against their source: the picture then
shows what is lost instead of falling ever further behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable, Sequence
from typing import Final

from steerclear.model.track import TrackReport
from steerclear.services.replay_sources import Scan
from steerclear.services.report_sources import LiveSource, SourceError, SourceState, SourceStatus

MAX_QUEUED_REPORTS = 100_000
"""Reports waiting for the next scan, over all sources."""
AGAIN_AFTER_S: Final = 30.0
"""A source that a fault of ours has ended begins anew after this time: what it could not take may be over by then."""

_logger = logging.getLogger("steerclear.picture")


class ReportQueue:
    """What came since the last scan."""

    def __init__(self, capacity: int = MAX_QUEUED_REPORTS) -> None:
        self._capacity = capacity
        self._waiting: list[TrackReport] = []

    def deliver(self, status: SourceStatus, reports: Sequence[TrackReport]) -> None:
        """Take reports of one source, as many as there is room for."""
        room = self._capacity - len(self._waiting)
        taken = reports[:room]
        self._waiting += taken
        status.dropped += len(reports) - len(taken)
        status.delivered(taken)

    def take(self) -> list[TrackReport]:
        """Everything that waits, in order of arrival."""
        taken, self._waiting = self._waiting, []
        return taken


async def follow(
    sources: Sequence[LiveSource],
    *,
    scan_period_s: float,
    clock: Callable[[], float],
    on_scan: Callable[[Scan], None],
    stop: asyncio.Event,
    capacity: int = MAX_QUEUED_REPORTS,
) -> None:
    """Run the sources and call `on_scan` every `scan_period_s` seconds until `stop` is set.

    A source that gives up (its own fault cannot be mended by trying again) says so in its status; the others go on.
    One that fails by a fault of ours says so as well, and begins anew.
    What waits when `stop` is set is scanned once more.
    """
    queue = ReportQueue(capacity)
    tasks = [asyncio.create_task(_run(source, queue)) for source in sources]
    try:
        while not stop.is_set():
            wait_s = scan_period_s - math.fmod(clock(), scan_period_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await stop.wait()
            on_scan(Scan(clock(), queue.take()))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(source: LiveSource, queue: ReportQueue) -> None:
    status = source.status
    while True:
        try:
            await source.run(lambda reports: queue.deliver(status, reports))
            return
        except SourceError as error:
            status.state, status.detail = SourceState.FAILED, str(error)
            return
        except Exception as fault:
            # A source that has ended must not look like one whose sky is empty.
            _logger.exception("a source failed by a fault of this software", extra={"detail": status.name})
            status.state = SourceState.RECONNECTING
            status.detail = f"a fault of this software: {fault!r}; trying again in {AGAIN_AFTER_S:g} s"
        await asyncio.sleep(AGAIN_AFTER_S)
