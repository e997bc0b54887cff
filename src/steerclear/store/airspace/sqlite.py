"""The airspace directory in one SQLite file: for one instance, in its process; durable when a future is done.

The index of places is a second file that is not synced and is built anew after a crash (`sqlite_schema`).
Writing happens on one thread and connection (`worker`), `synchronous` as in `store.schema`; reading happens at once,
on a connection of the reading thread's own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw
import msgspec

from steerclear.model.airspace import Availability, Entity, ExchangeReport, Heartbeat, UssAvailability
from steerclear.store.airspace.changes import Changes, CountUp, Put, Removal, by_id, decode_spots, id_bytes, id_text
from steerclear.store.airspace.protocol import NOTHING, AirspaceTransaction, Expected, Kind, Places
from steerclear.store.airspace.rows import bounds_of, entity_of, optional
from steerclear.store.airspace.sqlite_schema import attach_index, close_index, numbers, open_index, place, prepare
from steerclear.store.airspace.worker import Failure, GroupWorker, Task
from steerclear.store.errors import StoreFailedError, StoreFullError
from steerclear.store.file_lock import hold_lock
from steerclear.store.folding import Folding
from steerclear.store.limits import FOLD_AFTER_PAGES, FOLD_NOW_PAGES, MAX_FOUND_ENTITIES
from steerclear.store.rows import all_rows, one_row, one_value
from steerclear.store.schema import check_sqlite_version, connect, damage_told

T = TypeVar("T")

_GET: Final = "SELECT body, counter FROM entities WHERE kind=? AND id=?"
_FOUND: Final = """
SELECT id, body, counter FROM entities WHERE kind=?1 AND id IN (
  SELECT p.id FROM carray(?2) AS k CROSS JOIN places AS p
  WHERE p.kind=?1 AND p.key=k.value AND p.ends>=?3 AND p.begins<=?4 AND p.upper>=?5 AND p.lower<=?6)
LIMIT ?7
"""
_PUT: Final = """
INSERT INTO entities(kind, id, manager, link, ends, counter, spots, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT(kind, id) DO UPDATE SET manager=?3, link=?4, ends=?5, counter=?6, spots=?7, body=?8
"""
_LIFT: Final = "DELETE FROM places WHERE kind=? AND id=? AND key=? AND ends=? AND part=?"


class SqliteTransaction(Changes):
    """One work's view of the file; see `AirspaceTransaction`."""

    def __init__(self, db: apsw.Connection) -> None:
        super().__init__()
        self._db = db

    def get(self, kind: Kind, entity_id: str) -> Entity | None:
        """See `AirspaceTransaction.get`."""
        row = self._db.execute(_GET, (kind, id_bytes(entity_id))).fetchone()
        return None if row is None else entity_of(*row)

    def found(self, kind: Kind, sought: Iterable[Places]) -> list[Entity]:
        """See `AirspaceTransaction.found`."""
        found: dict[bytes, Entity] = {}
        for places in sought:
            if not places.keys:
                continue
            begin, end, lower, upper = bounds_of(places.bounds)
            sought_at = numbers(places.keys)
            for key, body, counter in self._db.execute(
                _FOUND, (kind, sought_at, begin, end, lower, upper, MAX_FOUND_ENTITIES)
            ):
                if key not in found:
                    found[key] = entity_of(body, counter)
        return by_id(found)

    def dependents(self, subscription_id: str) -> list[str]:
        """See `AirspaceTransaction.dependents`."""
        rows = all_rows(self._db, "SELECT id FROM entities WHERE link=? ORDER BY id", id_bytes(subscription_id))
        return [id_text(row[0]) for row in rows]

    def availability(self, uss: str) -> Availability | None:
        """See `AirspaceTransaction.availability`."""
        row = one_row(self._db, "SELECT uss, state, version FROM availability WHERE uss=?", uss)
        return None if row is None else _availability(row)

    def declared(self) -> dict[str, Availability]:
        """See `AirspaceTransaction.declared`."""
        return {
            row[0]: _availability(row) for row in all_rows(self._db, "SELECT uss, state, version FROM availability")
        }

    def reports(self, limit: int = 100) -> list[ExchangeReport]:
        """See `AirspaceTransaction.reports`."""
        sql = "SELECT id, reporter, received_s, content FROM reports ORDER BY number DESC LIMIT ?"
        return [
            ExchangeReport(report_id=row[0], reporter=row[1], received_s=row[2], content=row[3])
            for row in all_rows(self._db, sql, limit)
        ]

    def heartbeats(self) -> list[Heartbeat]:
        """See `AirspaceTransaction.heartbeats`."""
        sql = "SELECT instance, endpoint, reporter, source, at_s, next_before_s FROM heartbeats ORDER BY instance"
        return [heartbeat_of(row) for row in all_rows(self._db, sql)]

    def pool_id(self) -> str:
        """See `AirspaceTransaction.pool_id`."""
        return str(one_value(self._db, "SELECT id FROM pool"))

    def count(self, kind: Kind, manager: str | None = None) -> int:
        """See `AirspaceTransaction.count`."""
        if manager is None:
            return int(one_value(self._db, "SELECT count(*) FROM entities WHERE kind=?", kind))
        return int(one_value(self._db, "SELECT count(*) FROM entities WHERE kind=? AND manager=?", kind, manager))

    def ended(self, before_s: float, limit: int = 1_000) -> list[tuple[Kind, str]]:
        """See `AirspaceTransaction.ended`."""
        sql = "SELECT kind, id FROM entities WHERE ends / 3600000000 <= ?1 / 3600000000 AND ends<?1 LIMIT ?2"
        return [(Kind(row[0]), id_text(row[1])) for row in all_rows(self._db, sql, int(before_s * 1e6), limit)]

    def flush(self) -> None:
        """Write what was kept. Raises apsw errors as they come."""
        for change in self.changes:
            match change:
                case Put():
                    self._put(change)
                case Removal():
                    self._lift(change.kind, change.key)
                    self._db.execute("DELETE FROM entities WHERE kind=? AND id=?", (change.kind, change.key))
                case CountUp():
                    sql = "UPDATE entities SET counter=counter+1 WHERE kind=? AND id=?"
                    self._db.executemany(sql, [(Kind.SUBSCRIPTION, key) for key in change.keys])
                case Availability():
                    row = (change.uss, change.state.value, change.version)
                    self._db.execute("INSERT OR REPLACE INTO availability VALUES(?, ?, ?)", row)
                case ExchangeReport():
                    row_ = (change.report_id, change.reporter, change.received_s, change.content)
                    self._db.execute("INSERT INTO reports(id, reporter, received_s, content) VALUES(?, ?, ?, ?)", row_)
                case Heartbeat():
                    sql = "INSERT OR REPLACE INTO heartbeats VALUES(?, ?, ?, ?, ?, ?)"
                    self._db.execute(sql, msgspec.structs.astuple(change))

    def _put(self, put: Put) -> None:
        if put.spots is None:
            sql = "UPDATE entities SET manager=?, link=?, ends=?, counter=?, body=? WHERE kind=? AND id=?"
            self._db.execute(sql, (put.manager, put.link, put.ends, put.index, put.body, put.kind, put.key))
            return
        if not put.fresh:
            self._lift(put.kind, put.key)
        row = (put.kind, put.key, put.manager, put.link, put.ends, put.index, put.spots, put.body)
        self._db.execute(_PUT, row)
        place(self._db, put.kind, put.key, put.spots)

    def _lift(self, kind: Kind, key: bytes) -> None:
        row = self._db.execute("SELECT spots FROM entities WHERE kind=? AND id=?", (kind, key)).fetchone()
        if row is not None:
            self._db.executemany(_LIFT, [(kind, key, *spot) for spot in decode_spots(row[0])])


class SqliteAirspaceStore:
    """See `AirspaceStore`; one process has the file open for writing."""

    def __init__(self, path: str, pool_id: str, vfs: str | None = None) -> None:
        """Open or create the file; `pool_id` names the pool when it is created.

        Raises StoreVersionError, StoreInUseError, StoreDamagedError, StoreFailedError.
        """
        check_sqlite_version(apsw.sqlite_lib_version())
        self._path, self._vfs = path, vfs
        self._readers = threading.local()
        self._open_readers: list[apsw.Connection] = []
        self._reader_lock = threading.Lock()
        self._wal_pages: dict[str, int] = {}
        self._folded_pages: dict[str, int] = {}
        self._lock = hold_lock(Path(path))
        try:
            with damage_told():
                self._db = connect(path, vfs)
                self._db.execute("PRAGMA cache_size=-65536")
                prepare(self._db, pool_id)
                open_index(self._db, path)
                self._db.execute("PRAGMA ix.cache_size=-65536")  # a large group must not spill into the WAL
        except BaseException:
            self._lock.close()
            raise
        self._db.set_wal_hook(self._note_wal_pages)
        # Trouble with the disk is told by the next commit; the WAL keeps everything until then.
        self._folding = Folding(self._connected(), None, lambda _trouble: None, "steerclear-airspace-folding")
        self._worker = GroupWorker(self._run_group, "steerclear-airspace-writer", self._fold_wal)
        self._closed = False

    def submit(self, work: Callable[[AirspaceTransaction], T], expected: Expected = NOTHING) -> Future[T]:
        """See `AirspaceStore.submit`; nothing is far away here."""
        return self._worker.submit(Task(work, expected))

    def read(self, work: Callable[[AirspaceTransaction], T]) -> Future[T]:
        """See `AirspaceStore.read`."""
        future: Future[T] = Future()
        try:
            db = self._reader()
            db.execute("BEGIN")
            try:
                future.set_result(work(SqliteTransaction(db)))
            finally:
                db.execute("ROLLBACK")
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """See `AirspaceStore.close`."""
        if self._closed:
            return
        self._closed = True
        self._worker.close()
        self._folding.close()
        if self._worker.failure is None:
            with suppress(apsw.Error):
                close_index(self._db)
        for db in (*self._open_readers, self._db):
            with suppress(apsw.Error):
                db.close()
        self._lock.close()

    def _reader(self) -> apsw.Connection:
        db: apsw.Connection | None = getattr(self._readers, "db", None)
        if db is None:
            db = connect(self._path, self._vfs, read_only=True)
            attach_index(db, self._path)
            db.execute("PRAGMA cache_size=-32768")
            db.execute("PRAGMA ix.cache_size=-32768")
            self._readers.db = db
            with self._reader_lock:
                self._open_readers.append(db)
        return db

    def _run_group(self, tasks: Sequence[Task]) -> Sequence[Any]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            outcomes = [self._run(task.work) for task in tasks]
            self._db.execute("COMMIT")
        except apsw.Error as error:
            return [Failure(self._give_up(error))] * len(tasks)
        return outcomes

    def _run(self, work: Callable[[Any], Any]) -> Any:
        transaction = SqliteTransaction(self._db)
        try:
            result = work(transaction)
        except apsw.Error:
            raise
        except Exception as refused:
            return Failure(refused)
        transaction.flush()
        return result

    def _give_up(self, error: apsw.Error) -> Exception:
        with suppress(apsw.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        if isinstance(error, apsw.FullError):
            return StoreFullError("no room left on the disk: nothing of this request was stored; free space and retry")
        # After a failed sync nobody knows what reached the disk; only recovery on the next open can tell.
        failed = StoreFailedError(
            f"writing to the directory failed ({type(error).__name__}: {error}): check the disk, then restart"
        )
        self._worker.failure = failed
        return failed

    def _fold_wal(self) -> None:
        """Have the WALs put into their files once they have grown by enough: receipts are out by then."""
        if self._worker.failure is not None:
            return
        for name, pages in self._wal_pages.items():
            folded = min(self._folded_pages.get(name, 0), pages)  # fewer than last time: it began from its start
            if pages >= FOLD_NOW_PAGES:
                # Under a load that never pauses, others' folding never gets to the end; then everyone waits once.
                with suppress(apsw.Error):
                    self._db.wal_checkpoint(dbname=name, mode=apsw.SQLITE_CHECKPOINT_RESTART)
                folded = pages
            elif pages - folded >= FOLD_AFTER_PAGES:
                self._folding.ask()
                folded = pages
            self._folded_pages[name] = folded

    def _connected(self) -> apsw.Connection:
        db = connect(self._path, self._vfs)
        attach_index(db, self._path)
        db.execute("PRAGMA ix.synchronous=OFF")
        return db

    def _note_wal_pages(self, _db: apsw.Connection, name: str, pages: int) -> int:
        self._wal_pages[name] = pages
        return apsw.SQLITE_OK


def _availability(row: Sequence[Any]) -> Availability:
    return Availability(uss=row[0], state=UssAvailability(row[1]), version=row[2])


def heartbeat_of(row: Sequence[Any]) -> Heartbeat:
    """A sign of life from its row."""
    return Heartbeat(
        instance=row[0],
        endpoint=row[1],
        reporter=row[2],
        source=row[3],
        at_s=float(row[4]),
        next_before_s=optional(row[5]),
    )
