"""Kills by the hundred: a process that appends under load dies at a random moment, and what it left is looked at."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from steerclear.store import SqliteStore, StoreDamagedError, StoreFailedError
from tests.store.appender import append_until_killed
from tests.store.checks import stored_numbers

KILLS_A_STORE = 15
"""Each look at a store takes longer, the more is in it."""


def kill_many(folder: Path, kills: int, seed: int) -> list[str]:
    """Kill the appender of one store many times, each time where the last left it; what was lost, doubled or torn."""
    folder.mkdir(parents=True)
    path = folder / "store.db"
    chance = Random(seed)
    acknowledged: set[int] = set()
    for kill in range(kills):
        # Start again from the first append without a receipt, as a service does: some of these are stored already.
        first = next(number for number in range(len(acknowledged) + 1) if number not in acknowledged)
        acknowledged |= acknowledged_until_kill(path, first, chance.randrange(40), chance.uniform(0, 0.03))
        words = f"seed {seed}, kill {kill}"
        try:
            with SqliteStore.open(path) as store:
                stored = stored_numbers(store, max(acknowledged, default=0) + 100)
        except (StoreDamagedError, StoreFailedError, AssertionError) as damage:
            return [f"{words}: {damage}"]
        if not acknowledged <= stored:
            return [f"{words}: acknowledged and lost: {sorted(acknowledged - stored)}"]
    if len(acknowledged) <= 8 * kills:
        return [f"seed {seed}: the processes were killed before they did any work"]
    return []


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


def main(folder: Path, first: int, kills: int) -> int:
    """Kill the appenders of one store after the other, each some times; prints what broke, for exit code 1."""
    for seed in range(first, first + kills, KILLS_A_STORE):
        broken = kill_many(folder / str(seed), min(KILLS_A_STORE, first + kills - seed), seed)
        if broken:
            sys.stdout.write("\n".join(broken) + "\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
