"""The WAL is folded into the database while appends go on, and does not grow for as long as the store is busy."""

from __future__ import annotations

from pathlib import Path
from threading import Event, current_thread
from unittest.mock import patch

import apsw
import pytest

from steerclear.store import SqliteStore, StoreFailedError, folding, writer
from tests.store.checks import stored_numbers
from tests.store.powercut import UnsyncedVFS
from tests.store.samples import sample

BUSY = 600
PAGE_BYTES = 4_096


def test_appends_go_on_while_a_fold_is_being_made(tmp_path: Path) -> None:
    begun, finish = Event(), Event()

    class Slow(UnsyncedVFS):
        """Holds up the first write into the database that comes from a fold."""

        def xOpen(self, name, flags):
            file = super().xOpen(name, flags)
            if flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
                plain = file.xWrite

                def write(data: bytes, offset: int) -> None:
                    if folding_now():
                        begun.set()
                        assert finish.wait(30)
                    plain(data, offset)

                file.xWrite = write
            return file

    def folding_now() -> bool:
        return current_thread().name == "steerclear-store-folding"

    vfs = Slow("slow-folds")
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


def test_the_wal_of_a_busy_store_stays_short(tmp_path: Path) -> None:
    vfs = UnsyncedVFS("busy")
    longest = 0
    with (
        patch.object(writer, "CHECKPOINT_AFTER_PAGES", 20),
        SqliteStore.open(tmp_path / "store.db", vfs="busy") as store,
    ):
        for number in range(BUSY):
            store.append(sample(number))
            longest = max(longest, (tmp_path / "store.db-wal").stat().st_size)
        unfolded = BUSY * PAGE_BYTES * 5  # an append writes at least so many pages
        assert longest < unfolded / 3
        assert stored_numbers(store, BUSY) == set(range(BUSY))
    vfs.unregister()


def test_a_disk_that_fails_under_a_fold_fails_the_store(tmp_path: Path) -> None:
    failed = Event()

    def broken(self: folding.Folding) -> None:
        failed.set()
        raise apsw.IOError("disk I/O error")

    with (
        patch.object(writer, "CHECKPOINT_AFTER_PAGES", 6),
        patch.object(folding.Folding, "_fold", broken),
        SqliteStore.open(tmp_path / "store.db") as store,
    ):
        with pytest.raises(StoreFailedError, match="check the disk"):
            for number in range(BUSY):
                store.append(sample(number))
        assert failed.is_set()
