"""Promise 1: no acknowledged append is lost, and none is doubled, when the process dies at any moment.

STEERCLEAR_KILLS sets the number of kills (30 unless told otherwise).
"""

import os
import signal
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import pytest

from steerclear.store import SqliteStore
from tests.store.appender import append_until_killed
from tests.store.checks import stored_numbers

KILLS = int(os.environ.get("STEERCLEAR_KILLS", "30"))


def acknowledged_until_kill(path: Path, first: int, receipts: int, wait_s: float) -> set[int]:
    """Run the appender, kill it `wait_s` after its `receipts`-th receipt, and collect what it acknowledged."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.store.appender"])
    listening, telling = context.Pipe(duplex=False)
    process = context.Process(target=append_until_killed, args=(str(path), first, telling))
    process.start()
    telling.close()
    acknowledged: set[int] = set()
    assert listening.recv() == -1
    while len(acknowledged) < receipts:
        acknowledged.add(listening.recv())
    if wait_s:
        process.join(wait_s)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    acknowledged |= rest(listening)
    process.close()
    return acknowledged


def rest(listening: Connection) -> set[int]:
    told = set()
    with suppress(EOFError, OSError), listening:
        while True:
            told.add(listening.recv())
    return told


@pytest.mark.requirement("SC-STO-09")
def test_nothing_acknowledged_is_lost_and_nothing_is_doubled_when_the_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    chance = Random(20260101)
    acknowledged: set[int] = set()
    stored: set[int] = set()
    for _ in range(KILLS):
        # Start again from the first append without a receipt, as a service does: some of these are stored already.
        first = next(number for number in range(len(acknowledged) + 1) if number not in acknowledged)
        acknowledged |= acknowledged_until_kill(path, first, chance.randrange(60), chance.uniform(0, 0.03))
        with SqliteStore.open(path) as store:
            stored = stored_numbers(store, max(acknowledged, default=0) + 100)
        assert acknowledged <= stored, "an acknowledged append was lost"
    assert len(acknowledged) > 10 * KILLS, "the process was killed before it did any work"
