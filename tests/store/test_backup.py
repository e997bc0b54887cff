"""A backup taken from a store at work is a store: one moment of the original, whole, or nothing at all."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Any

import apsw
import pytest

from steerclear.store import (
    BackupRefusedError,
    SqliteStore,
    StoreClosedError,
    StoreDamagedError,
    StoreFullError,
    backup,
)
from tests.store.checks import stored_numbers
from tests.store.powercut import RecordingFile, RecordingVFS, Tape
from tests.store.samples import LOG, sample


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / "store.db") as opened:
        for number in range(100):
            opened.append(sample(number))
        yield opened


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy a few pages at a time, so that there is a middle."""
    monkeypatch.setattr(backup, "BACKUP_STEP_PAGES", 2)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith("store.db")}


@pytest.mark.requirement("SC-STO-16")
def test_a_backup_taken_while_appends_go_on_is_one_moment_of_the_store(store: SqliteStore, tmp_path: Path) -> None:
    stored, stop, moved = [100], Signal(), Signal()

    def write() -> None:
        while not stop.is_set():
            store.append(sample(stored[0]))
            stored[0] += 1
            moved.set()

    writer = Thread(target=write)
    told: list[tuple[int, int]] = []

    def wait_for_appends(done: int, total: int) -> None:
        told.append((done, total))
        assert len(told) < 10_000, "the copy starts again whenever something is appended"
        moved.clear()
        assert moved.wait(10), "appends stand still during a backup"

    writer.start()
    try:
        assert moved.wait(10)
        before = stored[0]
        store.backup(tmp_path / "copy.db", wait_for_appends)
        after = stored[0]
    finally:
        stop.set()
        writer.join()
    assert len(told) > 5
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1][0] == told[-1][1]
    assert after >= before + len(told), "the snapshot was not tested against a moving store"
    with SqliteStore.open(tmp_path / "copy.db") as copy:
        copied = stored_numbers(copy, stored[0])
        assert copied == set(range(len(copied)))
        assert before - 1 <= len(copied) <= after
        assert copy.log_state(LOG).root == store.root_at(LOG, len(copied))
        copy.append(sample(len(copied)))
        assert len(stored_numbers(copy, stored[0])) == len(copied) + 1
    assert stored_numbers(store, stored[0]) == set(range(stored[0]))


@pytest.mark.requirement("SC-STO-16")
def test_a_backup_is_one_file_for_its_owner_that_opens_from_where_nothing_can_be_written(
    store: SqliteStore, tmp_path: Path
) -> None:
    target = tmp_path / "copy.db"
    store.backup(target)
    assert names(tmp_path) == {"copy.db"}
    assert target.stat().st_mode & 0o777 == 0o600
    db = apsw.Connection(f"file:{target}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    assert db.pragma("journal_mode") == "delete"
    assert db.execute("SELECT count(*) FROM leaves").get == 100
    db.close()


@pytest.mark.requirement("SC-STO-16")
@pytest.mark.parametrize("suffix", ["", "-wal", "-journal"])
def test_a_backup_overwrites_nothing(store: SqliteStore, tmp_path: Path, suffix: str) -> None:
    taken = tmp_path / f"copy.db{suffix}"
    taken.write_bytes(b"somebody's")
    with pytest.raises(BackupRefusedError, match="never overwrite"):
        store.backup(tmp_path / "copy.db")
    assert taken.read_bytes() == b"somebody's"
    assert names(tmp_path) == {taken.name}


@pytest.mark.requirement("SC-STO-16")
def test_a_target_that_appears_meanwhile_is_not_overwritten(store: SqliteStore, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"

    def appear(done: int, total: int) -> None:
        target.write_bytes(b"somebody's")

    with pytest.raises(BackupRefusedError, match="never overwrite"):
        store.backup(target, appear)
    assert target.read_bytes() == b"somebody's"
    assert names(tmp_path) == {"copy.db"}


@pytest.mark.requirement("SC-STO-16")
def test_a_backup_given_up_leaves_nothing_behind(store: SqliteStore, tmp_path: Path) -> None:
    def give_up(done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.backup(tmp_path / "copy.db", give_up)
    with pytest.raises(BackupRefusedError, match="No such file"):
        store.backup(tmp_path / "missing" / "copy.db")
    assert names(tmp_path) == set()
    store.append(sample(100))
    assert stored_numbers(store, 200) == set(range(101))


class FullFile(RecordingFile):
    def xWrite(self, data: bytes, offset: int) -> None:
        if self._name.endswith(".part") and offset >= 40_000:
            raise apsw.FullError("no room")
        super().xWrite(data, offset)

    def excepthook(self, *_: object) -> bool:
        return True


class FullVFS(RecordingVFS):
    def xOpen(self, name: Any, flags: list[int]) -> RecordingFile:
        return FullFile(self._tape, name, flags)


@pytest.mark.requirement("SC-STO-16")
def test_a_full_disk_leaves_no_backup_and_an_unharmed_store(tmp_path: Path) -> None:
    vfs = FullVFS(Tape(), "full")
    with SqliteStore.open(tmp_path / "store.db", vfs="full") as store:
        for number in range(100):
            store.append(sample(number))
        with pytest.raises(StoreFullError, match="another disk"):
            store.backup(tmp_path / "copy.db")
        assert names(tmp_path) == set()
        assert store.trouble() is None
        store.append(sample(100))
        assert stored_numbers(store, 200) == set(range(101))
    vfs.unregister()


@pytest.mark.requirement("SC-STO-16")
def test_a_copy_gets_its_name_only_when_it_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def noting(step: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any) -> Any:
            steps.append(step)
            return work(*arguments)

        return noted

    with SqliteStore.open(tmp_path / "store.db") as store:
        store.append(sample(0))
        monkeypatch.setattr(os, "fsync", noting("sync", os.fsync))
        monkeypatch.setattr(Path, "rename", noting("rename", Path.rename))
        store.backup(tmp_path / "copy.db")
    assert steps == ["sync", "rename", "sync"]


@pytest.mark.requirement("SC-STO-16")
def test_a_damaged_store_gives_no_backup(store: SqliteStore, tmp_path: Path) -> None:
    db = apsw.Connection(str(tmp_path / "store.db"))
    db.execute("UPDATE logs SET size=size+1")
    db.close()
    with pytest.raises(StoreDamagedError):
        store.backup(tmp_path / "copy.db")
    assert names(tmp_path) == set()


@pytest.mark.requirement("SC-STO-16")
def test_a_store_in_memory_is_backed_up_and_a_closed_one_says_so(tmp_path: Path) -> None:
    store = SqliteStore.in_memory()
    for number in range(20):
        store.append(sample(number))
    store.backup(tmp_path / "copy.db")
    store.close()
    with pytest.raises(StoreClosedError):
        store.backup(tmp_path / "other.db")
    with SqliteStore.open(tmp_path / "copy.db") as copy:
        assert stored_numbers(copy, 30) == set(range(20))
