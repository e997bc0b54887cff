"""A process that has everything imported and forks a node for each line it reads: so a node starts in an instant.

Line in: "<node.toml> <longest pause between alerts in ms, or 0 for no load>". Line out: the node's process id. A loaded
node announces alerts, each with an id of its own, and writes the ids into the file `promised` beside its configuration
once they are durable.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import sys
import threading
from pathlib import Path

from steerclear.app.node import Node
from steerclear.interfaces.cli.node_file import read_node_config
from steerclear.model.alert import AlertChange
from steerclear.services.announce_alerts import AlertAnnouncer
from steerclear.store.errors import StoreError
from tests.services.parties import make_alert


def announce_for_ever(node: Node, folder: Path, longest_pause_s: float) -> None:
    draw = random.Random(os.getpid())
    announcer = AlertAnnouncer(node.exchange)
    promised = os.open(folder / "promised", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    count = 0
    with contextlib.suppress(StoreError):
        while True:
            names = [f"{os.getpid()}x{count + more}" for more in range(draw.randint(1, 5))]
            count += len(names)
            announcer.record([make_alert(name_to_number(name), AlertChange.RAISED) for name in names], (), 0.0)
            os.write(promised, "".join(f"{make_alert(name_to_number(name)).alert_id}\n" for name in names).encode())
            threading.Event().wait(draw.random() * longest_pause_s)


def name_to_number(name: str) -> int:
    pid, _, count = name.partition("x")
    return int(pid) * 1_000_000 + int(count)


async def run(path: Path, longest_pause_s: float) -> None:
    node = Node(read_node_config(path))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(15, node.stop)
    if longest_pause_s:
        threading.Thread(target=announce_for_ever, args=(node, path.parent, longest_pause_s), daemon=True).start()
    await node.run()


def main() -> None:
    gc.freeze()
    for line in sys.stdin:
        path, pause_ms = line.split()
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            with (Path(path).parent / "node.log").open("a") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            asyncio.run(run(Path(path), int(pause_ms) / 1_000))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
