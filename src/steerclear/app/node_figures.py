"""What the services cannot know of a node: its disk, its certificates and who was turned away at its door."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from steerclear.interfaces.line.door import Door
from steerclear.interfaces.line.tls import CERTIFICATE_WARNING_S, certificate_warning
from steerclear.interfaces.local_api.metrics_page import NodeFigures

FEW_FREE_BYTES: Final = 1_000_000_000
"""Room on the disk below which the node says so: an hour of a full line, and time to act."""

_STORE_SUFFIXES: Final = ("", "-wal", "-shm")


class NodeWatch:
    """Reads the figures when asked. `certificates` tells when each party's certificate ends, in POSIX seconds."""

    def __init__(self, store_path: Path, certificates: Mapping[str, float], us: str) -> None:
        self._store_path = store_path
        self._certificates = dict(certificates)
        self._us = us
        self.door: Door | None = None
        """The line port's, once it is open."""

    def figures(self) -> NodeFigures:
        """The figures now. Raises OSError when the data folder has gone."""
        door = self.door
        return NodeFigures(
            store_bytes=store_bytes(self._store_path),
            free_bytes=shutil.disk_usage(self._store_path.parent).free,
            certificate_expiry_s=self._certificates,
            connections_entered=0 if door is None else door.entered,
            connections_refused={} if door is None else {why.value: count for why, count in door.refused.items()},
        )

    def warnings(self, now_s: float) -> tuple[str, ...]:
        """What someone must see to soon, in words."""
        found = []
        for party, end_s in self._certificates.items():
            if end_s - now_s < CERTIFICATE_WARNING_S:
                found.append(certificate_warning(party, party == self._us, end_s, now_s))
        free_bytes = shutil.disk_usage(self._store_path.parent).free
        if free_bytes < FEW_FREE_BYTES:
            found.append(f"only {free_bytes / 1e6:,.0f} MB are free on the store's disk; make room, or the line stops")
        return tuple(found)


def store_bytes(path: Path) -> int:
    """Size of the store's file and of what SQLite keeps beside it."""
    beside = [path.with_name(path.name + suffix) for suffix in _STORE_SUFFIXES]
    return sum(part.stat().st_size for part in beside if part.exists())
