"""What is particular to the SQLite file: how it is opened, what it refuses, and what a full or broken disk does."""

from collections.abc import Callable
from pathlib import Path
from threading import Event as Signal
from typing import Any

import apsw
import pytest

from steerclear.store import (
    Append,
    Event,
    JournalRow,
    LeafEntry,
    OutboxEntry,
    SqliteStore,
    StoreClosedError,
    StoreDamagedError,
    StoreError,
    StoreFailedError,
    StoreFullError,
    StoreInUseError,
    StoreOverloadedError,
    StoreVersionError,
    View,
    limits,
    schema,
    writer,
)
from tests.store.checks import stored_numbers
from tests.store.powercut import RecordingFile, RecordingVFS, Tape
from tests.store.samples import LINK, LOG, entry, sample


def fill(path: Path, count: int) -> None:
    with SqliteStore.open(path) as store:
        for number in range(count):
            store.append(sample(number))


def tamper(path: Path, *statements: str) -> None:
    """Change the file behind the store's back, as someone with access to the disk could."""
    db = apsw.Connection(str(path))
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        db.execute(statement)
    db.close()


@pytest.mark.requirement("SC-STO-11")
@pytest.mark.parametrize("version", ["3.51.2", "3.50.4", "3.8.0", "2.99.99"])
def test_an_sqlite_that_can_lose_writes_is_refused(version: str) -> None:
    with pytest.raises(StoreVersionError, match="install"):
        schema.check_sqlite_version(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.51.10", "3.54.1", "4.0.0"])
def test_a_sound_sqlite_is_accepted(version: str) -> None:
    schema.check_sqlite_version(version)


@pytest.mark.requirement("SC-STO-11")
def test_the_settings_durability_rests_on_are_in_force(tmp_path: Path) -> None:
    db = schema.connect(str(tmp_path / "store.db"))
    pragmas = {name: db.pragma(name) for name in ("journal_mode", "synchronous", "mmap_size", "wal_autocheckpoint")}
    db.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 3, "mmap_size": 0, "wal_autocheckpoint": 0}


@pytest.mark.requirement("SC-STO-09")
def test_everything_is_there_after_closing_and_opening_again(tmp_path: Path) -> None:
    fill(tmp_path / "store.db", 20)
    with SqliteStore.open(tmp_path / "store.db") as store:
        assert stored_numbers(store, 40) == set(range(20))
        assert store.append(sample(5)).duplicate
        assert store.append(sample(20)).leaves[0].index == 20


@pytest.mark.requirement("SC-STO-11")
def test_a_second_writer_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with SqliteStore.open(path), pytest.raises(StoreInUseError, match="stop it first"):
        SqliteStore.open(path)
    SqliteStore.open(path).close()


@pytest.mark.requirement("SC-STO-11")
def test_files_of_others_and_of_other_releases_are_refused(tmp_path: Path) -> None:
    other = apsw.Connection(str(tmp_path / "other.db"))
    other.execute("CREATE TABLE notes(text)")
    other.close()
    with pytest.raises(StoreVersionError, match="another program"):
        SqliteStore.open(tmp_path / "other.db")
    fill(tmp_path / "newer.db", 1)
    tamper(tmp_path / "newer.db", f"PRAGMA user_version={schema.SCHEMA_VERSION + 1}")
    with pytest.raises(StoreVersionError, match="matching release"):
        SqliteStore.open(tmp_path / "newer.db")
    tamper(tmp_path / "newer.db", f"PRAGMA user_version={schema.SCHEMA_VERSION - 1}")
    with pytest.raises(StoreVersionError, match=r"earlier release .* start with a new file"):
        SqliteStore.open(tmp_path / "newer.db")
    (tmp_path / "text.db").write_text("not a database, " * 1000)
    with pytest.raises(StoreDamagedError, match="not a readable SQLite file"):
        SqliteStore.open(tmp_path / "text.db")
    with pytest.raises(StoreError, match="cannot open"):
        SqliteStore.open(tmp_path / "missing" / "store.db")


@pytest.mark.requirement("SC-STO-12")
@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM journal WHERE sequence=3",
        "DELETE FROM leaves WHERE position=9",
        "DELETE FROM hashes WHERE level=3",
        "UPDATE hashes SET hash=zeroblob(32) WHERE level=3",
        "UPDATE hashes SET hash=x'00' WHERE level=3",
        "UPDATE logs SET root=zeroblob(32)",
        "UPDATE logs SET size=9",
        "INSERT INTO leaves VALUES(1, 10, 'x', x'')",
    ],
)
def test_damage_that_shows_at_once_keeps_the_store_from_opening(tmp_path: Path, damage: str) -> None:
    fill(tmp_path / "store.db", 10)
    tamper(tmp_path / "store.db", damage.replace("'x'", "x'aa'"))
    with pytest.raises(StoreDamagedError):
        SqliteStore.open(tmp_path / "store.db")


@pytest.mark.requirement("SC-STO-12")
@pytest.mark.parametrize(
    "damage",
    [
        *(f"UPDATE leaves SET entry=x'{(entry(n)[:-1] + b'?').hex()}' WHERE position={n}" for n in (0, 4, 9)),
        "UPDATE hashes SET hash=zeroblob(32) WHERE level=0 AND position=2",
        "UPDATE hashes SET hash=zeroblob(32) WHERE level=1 AND position=1",
        "DELETE FROM hashes WHERE level=0 AND position=2",
        "INSERT INTO hashes VALUES(1, 0, 10, zeroblob(32))",
        "INSERT INTO hashes VALUES(1, 4, 0, zeroblob(32))",
    ],
)
def test_the_audit_finds_every_hidden_edit(tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "store.db", 10)
    tamper(tmp_path / "store.db", damage)
    with SqliteStore.open(tmp_path / "store.db") as store, pytest.raises(StoreDamagedError, match=LOG):
        store.audit()


@pytest.mark.requirement("SC-STO-12")
def test_the_audit_finds_an_old_gap_in_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "CHECKED_AT_OPEN", 4)
    fill(tmp_path / "store.db", 10)
    tamper(tmp_path / "store.db", "DELETE FROM journal WHERE sequence=3")
    with SqliteStore.open(tmp_path / "store.db") as store, pytest.raises(StoreDamagedError, match="rows are missing"):
        store.audit()


@pytest.mark.requirement("SC-STO-12")
@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 11, 16, 23, 64])
def test_the_audit_agrees_with_itself_across_chunk_borders(
    tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steerclear.store.audit.AUDIT_CHUNK_LEVEL", 2)
    fill(tmp_path / "store.db", count)
    with SqliteStore.open(tmp_path / "store.db") as store:
        assert [state.size for state in store.audit().logs] == ([count] if count else [])
    if count:
        for level in range(count.bit_length()):
            changed = f"UPDATE hashes SET hash=zeroblob(32) WHERE level={level} AND position={(count >> level) - 1}"
            tamper(tmp_path / "store.db", changed)
            with pytest.raises(StoreDamagedError), SqliteStore.open(tmp_path / "store.db") as store:
                store.audit()
            fill(tmp_path / f"store-{level}.db", count)
            (tmp_path / f"store-{level}.db").rename(tmp_path / "store.db")


@pytest.mark.requirement("SC-STO-12")
@pytest.mark.parametrize("table", schema.APPEND_ONLY_TABLES)
def test_not_even_our_own_code_can_change_what_was_written(tmp_path: Path, table: str) -> None:
    fill(tmp_path / "store.db", 2)
    db = schema.connect(str(tmp_path / "store.db"))
    column = db.execute(f"SELECT name FROM pragma_table_info('{table}') LIMIT 1").get
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column}={column}"):
        with pytest.raises(apsw.ConstraintError, match="append-only"):
            db.execute(statement)
    db.close()


@pytest.mark.requirement("SC-STO-04")
def test_what_waits_is_found_and_counted_without_looking_at_what_was_delivered(tmp_path: Path) -> None:
    fill(tmp_path / "store.db", 1)
    asked: list[str] = []
    with SqliteStore.open(tmp_path / "store.db") as store:
        store._reading.set_exec_trace(lambda _cursor, sql, _bindings: asked.append(sql) is None)
        store.pending(LINK)
        store.pending_counts()
    db = apsw.Connection(str(tmp_path / "store.db"))
    for sql in asked:
        plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", (LINK, 10)[: sql.count("?")]))
        assert "outbox_pending" in plan, plan
        assert "TEMP B-TREE" not in plan, "sorted anew at every call"
    db.close()
    assert len(asked) == 2


@pytest.mark.requirement("SC-STO-13")
def test_a_full_disk_is_told_plainly_stores_nothing_by_halves_and_is_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = schema.connect
    opened: list[apsw.Connection] = []

    def connect_small(path: str, vfs: str | None = None, *, read_only: bool = False) -> apsw.Connection:
        db = connect(path, vfs, read_only=read_only)
        if not read_only:
            db.execute("PRAGMA max_page_count=40")
            opened.append(db)
        return db

    monkeypatch.setattr("steerclear.store.sqlite.connect", connect_small)
    entered, release = Signal(), Signal()

    def hold(row: JournalRow, current: object) -> list[tuple[str, bytes | None]]:
        if row.payload == b"raised 9999":
            entered.set()
            assert release.wait(10)
        return []

    with SqliteStore.open(tmp_path / "store.db", [View("hold", 1, hold)]) as store:
        errors: list[BaseException | None] = []
        while not any(errors):
            errors.append(store.submit(sample(len(errors))).exception())
        stored = len(errors) - 1
        assert stored > 50
        assert isinstance(errors[-1], StoreFullError)
        assert "free space" in str(errors[-1])
        assert errors[-1].fault == "operator"
        assert store.trouble() is errors[-1]
        assert stored_numbers(store, stored + 10) == set(range(stored))
        opened[0].execute("PRAGMA max_page_count=60")
        store.submit(sample(9999))
        assert entered.wait(10)
        group = [store.submit(sample(number)) for number in range(20_000, 20_400)]  # one transaction: none fits
        release.set()
        assert all(isinstance(future.exception(), StoreFullError) for future in group)
        opened[0].execute("PRAGMA max_page_count=4000")
        for number in range(stored, stored + 20):
            store.append(sample(number))
        assert store.trouble() is None
        assert stored_numbers(store, 21_000) == {*range(stored + 20), 9999}


class BrokenFile(RecordingFile):
    def xSync(self, flags: int) -> None:
        if BrokenVFS.broken:
            raise apsw.IOError("the disk is gone")
        super().xSync(flags)

    def excepthook(self, *_: object) -> bool:
        return True


class BrokenVFS(RecordingVFS):
    broken = False

    def xOpen(self, name: Any, flags: list[int]) -> RecordingFile:
        return BrokenFile(self._tape, name, flags)


@pytest.mark.requirement("SC-STO-13")
def test_after_a_failed_sync_no_receipt_goes_out_until_a_restart(tmp_path: Path) -> None:
    BrokenVFS.broken = False
    vfs = BrokenVFS(Tape(), "broken")
    store = SqliteStore.open(tmp_path / "store.db", vfs="broken")
    store.append(sample(0))
    BrokenVFS.broken = True
    with pytest.raises(StoreFailedError, match="check the disk"):
        store.append(sample(1))
    BrokenVFS.broken = False
    with pytest.raises(StoreFailedError, match="check the disk"):
        store.append(sample(2))
    assert "check the disk" in str(store.trouble())
    store.close()
    vfs.unregister()
    with SqliteStore.open(tmp_path / "store.db") as reopened:
        assert 0 in stored_numbers(reopened, 10)
        reopened.append(sample(1))
        reopened.append(sample(2))
        assert stored_numbers(reopened, 10) == {0, 1, 2}


@pytest.mark.requirement("SC-STO-08")
def test_more_appends_than_the_queue_holds_are_refused_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_QUEUE_LENGTH", 3)
    busy, release = Signal(), Signal()

    def wait_once(row: JournalRow, current: object) -> list[tuple[str, bytes | None]]:
        busy.set()
        assert release.wait(10)
        return []

    with SqliteStore.in_memory([View("slow", 1, wait_once)]) as store:
        futures = [store.submit(sample(0))]
        assert busy.wait(10)
        futures += [store.submit(sample(number)) for number in range(1, 4)]
        with pytest.raises(StoreOverloadedError, match="slow down"):
            store.submit(sample(4))
        release.set()
        assert [future.result().leaves[0].index for future in futures] == [0, 1, 2, 3]


@pytest.mark.requirement("SC-STO-03")
def test_a_cancelled_append_is_either_stored_or_not_there_at_all(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path / "store.db") as store:
        futures = [store.submit(sample(number)) for number in range(200)]
        cancelled = {number for number in range(0, 200, 3) if futures[number].cancel()}
        for number, future in enumerate(futures):
            if number not in cancelled:
                future.result()
        assert stored_numbers(store, 210) == set(range(200)) - cancelled


def counting(version: int, step: int) -> View:
    def reduce(row: JournalRow, current: Callable[[str], bytes | None]) -> list[tuple[str, bytes | None]]:
        return [("rows", b"%d" % (int(current("rows") or b"0") + step))]

    return View("count", version, reduce)


@pytest.mark.requirement("SC-STO-07")
def test_a_view_catches_up_and_a_new_version_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    fill(path, 3)
    with SqliteStore.open(path, [counting(1, 1)]) as store:
        assert store.view("count", "rows") == b"6"
        store.append(sample(3))
    fill(path, 5)  # without the view
    with SqliteStore.open(path, [counting(1, 1)]) as store:
        assert store.view("count", "rows") == b"10"
    with SqliteStore.open(path, [counting(2, 100)]) as store:
        assert store.view("count", "rows") == b"1000"
    with pytest.raises(StoreError, match="share a name"):
        SqliteStore.in_memory([counting(1, 1), counting(1, 1)])


def test_reading_goes_on_while_an_append_waits_for_the_disk(tmp_path: Path) -> None:
    entered, release = Signal(), Signal()

    def hold(row: JournalRow, current: object) -> list[tuple[str, bytes | None]]:
        if row.payload == b"raised 1":
            entered.set()
            assert release.wait(10)
        return []

    with SqliteStore.open(tmp_path / "store.db", [View("hold", 1, hold)]) as store:
        store.append(sample(0))
        future = store.submit(sample(1))
        assert entered.wait(10)
        assert store.last_sequence() == 2, "readers see committed rows only"
        assert store.audit().journal_rows == 2
        release.set()
        assert future.result().last_sequence == 4


class FullVFS(RecordingVFS):
    """A disk on which the WAL cannot grow while `full` is set."""

    full = False

    def xOpen(self, name: Any, flags: list[int]) -> RecordingFile:
        return FullFile(self._tape, name, flags)


class FullFile(RecordingFile):
    def xWrite(self, data: bytes, offset: int) -> None:
        if FullVFS.full:
            raise apsw.FullError("no room")
        super().xWrite(data, offset)

    def excepthook(self, *_: object) -> bool:
        return True


@pytest.mark.requirement("SC-STO-17")
def test_probing_finds_out_that_there_is_room_again_without_waiting_for_an_append(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vfs = FullVFS(Tape(), "filling")
    with SqliteStore.open(tmp_path / "store.db", vfs="filling") as store:
        store.append(sample(0))
        assert store.probe() is None
        monkeypatch.setattr(FullVFS, "full", True)
        with pytest.raises(StoreFullError):
            store.append(sample(1))
        assert isinstance(store.probe(), StoreFullError), "still full"
        assert store.trouble() is not None
        monkeypatch.setattr(FullVFS, "full", False)
        assert store.probe() is None
        assert store.trouble() is None
        assert store.last_sequence() == 2, "a probe is no append"
        store.append(sample(1))
        assert stored_numbers(store, 10) == {0, 1}
    vfs.unregister()


@pytest.mark.requirement("SC-STO-17")
def test_probing_tells_of_a_disk_that_is_nearly_full_or_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with SqliteStore.open(folder / "store.db") as store:
        free = [limits.MIN_FREE_BYTES - 1]
        monkeypatch.setattr("steerclear.store.sqlite.free_bytes", lambda _: free[0])
        told = store.probe()
        assert isinstance(told, StoreFullError)
        assert "67,108,863 bytes left" in str(told)
        store.append(sample(0))
        assert store.probe() is not None, "an append that still went through does not make room"
        free[0] += 1
        assert store.probe() is None
        monkeypatch.undo()
        folder.rename(tmp_path / "elsewhere")
        assert "cannot be looked at" in str(store.probe())
    with pytest.raises(StoreClosedError):
        store.probe()


@pytest.mark.requirement("SC-STO-17")
def test_sizes_tell_bytes_and_rows_without_reading_a_table_through(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    fill(path, 11)
    asked: list[str] = []
    with SqliteStore.open(path) as store:
        store.append(sample(11))
        store._reading.set_exec_trace(lambda _cursor, sql, _bindings: asked.append(sql) is None)
        sizes = store.sizes()
        assert sizes.file_bytes == path.stat().st_size
        assert sizes.wal_bytes == (tmp_path / "store.db-wal").stat().st_size > 0
        assert sizes.free_bytes is not None
        assert sizes.free_bytes > 0
        for table, rows in sizes.rows.items():
            assert rows == store._reading.execute(f"SELECT count(*) FROM {table}").get, table
        plans = [store._reading.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()[0][3] for sql in asked[:3]]
        assert plans == ["SEARCH journal", "SEARCH outbox", "SCAN logs"]
    with SqliteStore.in_memory() as store:
        sizes = store.sizes()
        assert (sizes.wal_bytes, sizes.free_bytes, sizes.rows["journal"]) == (0, None, 0)
        assert sizes.file_bytes > 0


@pytest.mark.requirement("SC-STO-17")
def test_a_message_of_ordinary_length_takes_no_page_of_its_own(tmp_path: Path) -> None:
    """A journal row, a leaf and its content, an outbox row: 600 bytes of text three times, and an envelope of 500."""
    text, count = bytes(600), 500
    with SqliteStore.open(tmp_path / "store.db") as store:
        for number in range(count):
            store.append(
                Append(
                    key=f"append-{number}",
                    events=(Event("message.sent", text, 0.0),),
                    outbox=(OutboxEntry(LINK, f"message-{number}", text),),
                    leaves=(LeafEntry(LOG, bytes(500), content=text),),
                )
            )
    assert (tmp_path / "store.db").stat().st_size / count < 3_600
