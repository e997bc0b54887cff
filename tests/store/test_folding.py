"""The WAL is folded into the database while appends go on, and begins anew even when the store is never idle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, current_thread
from typing import Any
from unittest.mock import patch

import apsw
import pytest

from steerclear.store import SqliteStore, StoreFailedError, folding, writer
from tests.store.checks import stored_numbers
from tests.store.powercut import UnsyncedVFS
from tests.store.samples import sample

APPENDS = 400
THREAD = "steerclear-store-folding"


class WatchedVFS(UnsyncedVFS):
    """Calls `during_fold` before each write of a fold into the database."""

    def __init__(self, name: str, during_fold: Callable[[], None]) -> None:
        self._during_fold = during_fold
        super().__init__(name)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        file = super().xOpen(name, flags)
        if flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
            plain = file.xWrite

            def write(data: bytes, offset: int) -> None:
                if current_thread().name == THREAD:
                    self._during_fold()
                plain(data, offset)

            file.xWrite = write  # type: ignore[method-assign]
        return file


def test_appends_go_on_while_a_fold_is_being_made(tmp_path: Path) -> None:
    begun, finish = Event(), Event()

    def hold() -> None:
        begun.set()
        assert finish.wait(30)

    vfs = WatchedVFS("slow-folds", hold)
    with (
        patch.object(writer, "CHECKPOINT_AFTER_PAGES", 6),
        SqliteStore.open(tmp_path / "store.db", vfs="slow-folds") as store,
    ):
        number = 0
        while not begun.is_set():
            store.append(sample(number))
            number += 1
        for more in range(number, number + 20):
            store.append(sample(more))  # has its receipt while the fold stands still
        assert not finish.is_set()
        finish.set()
        assert stored_numbers(store, number + 20) == set(range(number + 20))
    vfs.unregister()


class KnownFolding(folding.Folding):
    """A fold that tells whether it holds up the writer."""

    alone = False

    def _fold(self) -> None:
        lock = self._lock
        self._lock = self._held(lock)  # type: ignore[assignment]
        try:
            super()._fold()
        finally:
            self._lock = lock

    @staticmethod
    @contextmanager
    def _held(lock: Any) -> Iterator[None]:
        with lock:
            KnownFolding.alone = True
            yield
            KnownFolding.alone = False


def test_the_wal_of_a_store_that_is_never_idle_begins_anew(tmp_path: Path) -> None:
    numbers = iter(range(10 * APPENDS))
    beginnings, busy = set(), True

    def append() -> None:
        """Something is committed during every fold, as long as that lets the writer go on."""
        if busy and not KnownFolding.alone:
            store.append(sample(next(numbers)))

    vfs = WatchedVFS("busy", append)
    with (
        patch.object(writer, "CHECKPOINT_AFTER_PAGES", 20),
        patch.object(writer, "Folding", KnownFolding),
        SqliteStore.open(tmp_path / "store.db", vfs="busy") as store,
    ):
        while (number := next(numbers)) < APPENDS:
            store.append(sample(number))
            beginnings.add(_wal_salts(tmp_path / "store.db-wal"))
        busy = False
    vfs.unregister()
    assert len(beginnings) > 1


def _wal_salts(path: Path) -> bytes:
    """What SQLite draws anew each time it begins the WAL anew."""
    with path.open("rb") as wal:
        return wal.read(24)[16:]


def test_a_disk_that_fails_under_a_fold_fails_the_store(tmp_path: Path) -> None:
    def broken(_: folding.Folding) -> None:
        raise apsw.IOError("disk I/O error")

    with (
        patch.object(writer, "CHECKPOINT_AFTER_PAGES", 6),
        patch.object(folding.Folding, "_fold", broken),
        SqliteStore.open(tmp_path / "store.db") as store,
        pytest.raises(StoreFailedError, match="check the disk"),
    ):
        _append_all(store)


def _append_all(store: SqliteStore) -> None:
    for number in range(APPENDS):
        store.append(sample(number))
