"""A process that freezes an incident and dies at a named moment, by a signal that nobody can catch."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from steerclear.services.incident import freeze
from steerclear.services.incident.incident_events import read_incidents
from steerclear.services.incident.open_incident import ByHand, open_by_hand
from steerclear.services.line_views import line_views
from steerclear.store import SqliteStore
from tests.services.incident.scenes import WatchingNode, keeper_of
from tests.services.parties import START_S

MOMENTS = ("writing", "written", "named", "told")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying:
    """A file whose writer is killed once it has taken so many bytes."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb+")
        self._taken = 0

    def write(self, data: bytes) -> int:
        self._taken += len(data)
        if self._taken > 5_000:
            self._file.flush()
            die()
        return self._file.write(data)

    def __getattr__(self, name: str):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def node_of(folder: Path) -> WatchingNode:
    """North over a store on the disk."""
    store = SqliteStore.open(folder / "node.sqlite", line_views())
    return WatchingNode("north", folder / "reports", store=store)


def main(folder: Path, moment: str) -> None:
    node = node_of(folder)
    keeper = keeper_of(node, folder / "incidents")
    node.watch(20)
    if not read_incidents(node.store):
        asked = ByHand(title="A near miss", at_s=START_S, until_s=START_S + 5.0)
        open_by_hand(node.exchange, keeper.policy, asked, "north-desk", "duty officer", "token")
    if moment == "writing":
        keeper._opened = Dying
    elif moment == "written":
        freeze.os.fsync = lambda _descriptor: die()
    elif moment == "named":
        freeze.sync_folder = lambda _folder: die()
    elif moment == "told":
        node.exchange.send = lambda *_: die()
    keeper.tick()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
