"""A node that has more to do than threads to do it with: nothing of it holds up the clock."""

from __future__ import annotations

import asyncio
import threading

import pytest

from steerclear.app import node as node_module
from steerclear.app.node import Node
from steerclear.services.line_events import UNANSWERED
from tests.app.f3548_pool import ShiftedClock
from tests.app.two_nodes import set_up


@pytest.mark.requirement("SC-LINE-07")
def test_no_deadline_waits_for_a_free_thread(tmp_path):
    """Name servers that do not answer, long exports and a thousand zones may each take every thread there is."""
    clock = ShiftedClock()
    node = Node(set_up(tmp_path)["north"], clock)
    free = threading.Event()

    async def play() -> None:
        running = asyncio.create_task(node.run())
        async with asyncio.timeout(30):
            while not node.store.last_sequence():  # the first line check
                await asyncio.sleep(0.01)
            busy = [asyncio.ensure_future(asyncio.to_thread(free.wait)) for _ in range(200)]
            await asyncio.sleep(0)
            clock.ahead_s += 60.0
            try:
                while all(row.kind != UNANSWERED for row in node.store.journal(0, 1_000)):
                    await asyncio.sleep(0.01)
            finally:
                free.set()
            await asyncio.gather(*busy)
            node.stop()
            await running

    asyncio.run(play())


@pytest.mark.requirement("SC-OPS-01")
def test_a_node_whose_clock_stands_is_not_ready(tmp_path, monkeypatch):
    """It answers, stores and posts, and no deadline passes: whoever watches it must see that."""
    node = Node(set_up(tmp_path)["north"])
    free = threading.Event()
    monkeypatch.setattr(node_module, "CLOCK_STANDS_AFTER_S", 1.0)

    async def play() -> None:
        running = asyncio.create_task(node.run())
        async with asyncio.timeout(30):
            while node._trouble() is not None:
                await asyncio.sleep(0.01)
            node._timekeeper.keep_deadlines = free.wait
            while (trouble := node._trouble()) is None:
                await asyncio.sleep(0.01)
            assert "deadlines were not all looked at" in trouble
            free.set()
            while node._trouble() is not None:
                await asyncio.sleep(0.01)
            node.stop()
            await running

    asyncio.run(play())
