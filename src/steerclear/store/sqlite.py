"""The embedded store: one SQLite file (or memory), one writer thread, one reading connection."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Self, TextIO

import apsw
from msgspec import Struct
from msgspec.msgpack import Decoder

from steerclear.store.apply import Applier
from steerclear.store.audit import audit_database
from steerclear.store.backup import Progress, copy_database
from steerclear.store.entries import Append, CheckpointEntry, JournalRow, LogState, OutboxRow, Receipt, View
from steerclear.store.errors import StoreClosedError, StoreError, StoreFailedError, StoreFullError
from steerclear.store.file_lock import hold_lock
from steerclear.store.folders import free_bytes
from steerclear.store.limits import MAX_PAGE_ROWS, MIN_FREE_BYTES
from steerclear.store.protocol import AuditReport
from steerclear.store.rows import Row, all_rows, read_nodes
from steerclear.store.schema import check_integrity, check_sqlite_version, connect, damage_told, prepare
from steerclear.store.sizes import StoreSizes, measure_store
from steerclear.store.views import Views, read_journal, read_view
from steerclear.store.writer import GroupWriter
from steerclear.tlog import (
    EMPTY_ROOT,
    Frontier,
    HashReader,
    Proof,
    RequestError,
    consistency_proof,
    inclusion_proof,
    read_frontier,
    root_at,
)

_receipt_decoder = Decoder(Receipt)


class _OpenFile(Struct, frozen=True):
    """Where a store lies, and what keeps others out of it."""

    path: Path
    vfs: str | None
    lock_file: TextIO


class SqliteStore:
    """A `Journal` in SQLite; see `protocol.Journal` for what each method promises."""

    def __init__(
        self,
        writing: apsw.Connection,
        connect_reader: Callable[[], apsw.Connection],
        views: Sequence[View],
        file: "_OpenFile | None" = None,
    ) -> None:
        self._writing = writing
        self._connect_reader = connect_reader
        self._reading = reading = connect_reader()
        self._file = file
        self._read_lock = Lock()
        # In memory both are one connection: readers must then wait for open transactions.
        transaction_lock = self._read_lock if reading is writing else Lock()
        self._transaction_lock = transaction_lock
        self._views = Views(writing, views)
        self._views.catch_up()
        self._writer = GroupWriter(writing, Applier(writing, self._views), transaction_lock)
        self._closed = False

    @classmethod
    def open(cls, path: Path, views: Sequence[View] = (), vfs: str | None = None) -> Self:
        """Open or create the store at `path`; `vfs` names a registered SQLite VFS.

        Raises StoreVersionError (SQLite too old, not our file), StoreInUseError, StoreDamagedError.
        """
        check_sqlite_version(apsw.sqlite_lib_version())
        lock_file = hold_lock(path)
        db: apsw.Connection | None = None
        try:
            with damage_told():
                db = connect(str(path), vfs)
                prepare(db)
                check_integrity(db)
                return cls(db, partial(connect, str(path), vfs, read_only=True), views, _OpenFile(path, vfs, lock_file))
        except BaseException:
            if db is not None:
                db.close()
            lock_file.close()
            raise

    @classmethod
    def in_memory(cls, views: Sequence[View] = ()) -> Self:
        """A store that lives and dies with this object, for tests and simulations."""
        check_sqlite_version(apsw.sqlite_lib_version())
        db = connect(":memory:")
        prepare(db)
        return cls(db, lambda: db, views)

    def close(self) -> None:
        """Store what is queued, then release the file."""
        if self._closed:
            return
        self._closed = True
        self._writer.close()
        with self._read_lock:
            self._reading.close()
        with self._transaction_lock:
            self._writing.close()
        if self._file is not None:
            self._file.lock_file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, append: Append) -> "Future[Receipt]":
        """Queue an append; the future holds its receipt once it is durable."""
        return self._writer.submit(append)

    def append(self, append: Append) -> Receipt:
        """Store an append and wait for its receipt."""
        return self._writer.submit(append).result()

    def on_commit(self, listener: Callable[[int], None]) -> None:
        """Call `listener(last_sequence)` after each commit, on the writer's thread."""
        self._writer.on_commit(listener)

    def trouble(self) -> StoreError | None:
        """Why the last append that was tried could not be written; None when it was."""
        return self._writer.trouble

    def probe(self) -> StoreError | None:
        """What keeps appends from being stored, or soon will; None when nothing does. Cheap: call it every few seconds.

        Full below MIN_FREE_BYTES, even while appends still go through. After a full disk it tries a small durable
        write, which clears `trouble`. A failed disk stays failed until a restart. Raises StoreClosedError.
        """
        if self._closed:
            raise StoreClosedError("the store was closed: open it again before probing it")
        if self._file is not None and not isinstance(self._writer.trouble, StoreFailedError):
            path = self._file.path
            try:
                free = free_bytes(path.parent)
            except OSError as error:
                return StoreFailedError(f"the disk of {path} cannot be looked at ({error.strerror}): check the disk")
            if free < MIN_FREE_BYTES:
                return StoreFullError(
                    f"the disk of {path} has {free:,} bytes left, fewer than {MIN_FREE_BYTES:,}: free space"
                )
        return self._writer.probe()

    def sizes(self) -> StoreSizes:
        """Bytes of the file and its WAL, and rows per table; reads no table through."""
        with self._connection() as db:
            return measure_store(db, None if self._file is None else self._file.path)

    def backup(self, target: Path, progress: Progress | None = None) -> None:
        """Copy everything committed so far to a new file `target`, which opens as a store; appends go on meanwhile.

        `progress(pages copied, pages in all)` is called now and then; raising in it gives the backup up.
        Raises BackupRefusedError (target taken or not writable), StoreFullError, StoreDamagedError, StoreClosedError;
        then nothing is left at `target`.
        """
        with self._snapshot() as db:
            copy_database(db, target, None if self._file is None else self._file.vfs, progress)

    def last_sequence(self) -> int:
        """Sequence of the newest journal row, 0 when there is none."""
        return int(self._rows("SELECT coalesce(max(sequence), 0) FROM journal")[0][0])

    def journal(self, after: int = 0, limit: int = 1_000) -> list[JournalRow]:
        """Rows with a sequence above `after`, in order."""
        with self._connection() as db:
            return read_journal(db, after, _page(limit))

    def receipt(self, key: str) -> Receipt | None:
        """Receipt of the append stored under a key."""
        rows = self._rows("SELECT receipt FROM appends WHERE key=?", key)
        return _receipt_decoder.decode(rows[0][0]) if rows else None

    def pending(self, link: str, limit: int = 1_000) -> list[OutboxRow]:
        """Undelivered messages of a link, the most urgent first."""
        rows = self._rows(
            "SELECT position, link, message_id, payload, urgency, sequence FROM outbox"
            " WHERE link=? AND delivered_sequence IS NULL ORDER BY urgency DESC, position LIMIT ?",
            link,
            _page(limit),
        )
        return [OutboxRow(*row) for row in rows]

    def pending_counts(self) -> dict[str, int]:
        """How many messages wait per link."""
        rows = self._rows("SELECT link, count(*) FROM outbox WHERE delivered_sequence IS NULL GROUP BY link")
        return dict(rows)

    def logs(self) -> list[LogState]:
        """State of every log, by name."""
        return [LogState(*row) for row in self._rows("SELECT name, size, root FROM logs ORDER BY name")]

    def log_state(self, log: str) -> LogState:
        """Size and root of a log."""
        _, size, root = self._log(log)
        return LogState(log, size, root)

    def frontier(self, log: str) -> Frontier:
        """Frontier of a log."""
        log_id, size, _ = self._log(log)
        return read_frontier(size, self._hash_reader(log_id))

    def leaves(self, log: str, start: int = 0, limit: int = 1_000) -> list[bytes]:
        """Entries of a log from index `start`, in order."""
        return self._leaf_column("entry", log, start, limit)

    def contents(self, log: str, start: int = 0, limit: int = 1_000) -> list[bytes]:
        """What the entries of a log commit to, from index `start`, in order."""
        return self._leaf_column("content", log, start, limit)

    def _leaf_column(self, column: str, log: str, start: int, limit: int) -> list[bytes]:
        log_id, _, _ = self._log(log)
        rows = self._rows(
            f"SELECT {column} FROM leaves WHERE log_id=? AND position>=? ORDER BY position LIMIT ?",  # noqa: S608 ours
            log_id,
            start,
            _page(limit),
        )
        return [value for (value,) in rows]

    def root_at(self, log: str, size: int) -> bytes:
        """Root of a log as it was at `size` entries."""
        return root_at(size, self._hash_reader(self._grown(log, size)))

    def inclusion_proof(self, log: str, index: int, size: int) -> Proof:
        """Proof that entry `index` is in the log of `size` entries."""
        return inclusion_proof(index, size, self._hash_reader(self._grown(log, size)))

    def consistency_proof(self, log: str, old_size: int, new_size: int) -> Proof:
        """Proof that the log only grew between two sizes."""
        return consistency_proof(old_size, new_size, self._hash_reader(self._grown(log, new_size)))

    def latest_checkpoint(self, log: str, slot: str) -> CheckpointEntry | None:
        """Largest checkpoint stored under a slot."""
        rows = self._rows(
            "SELECT * FROM checkpoints WHERE log=? AND slot=? ORDER BY size DESC LIMIT 1",
            log,
            slot,
        )
        return CheckpointEntry(*rows[0]) if rows else None

    def checkpoints(self, log: str, slot: str, above_size: int = -1, limit: int = 1_000) -> list[CheckpointEntry]:
        """Checkpoints of a slot with a size above `above_size`, by size."""
        rows = self._rows(
            "SELECT * FROM checkpoints WHERE log=? AND slot=? AND size>? ORDER BY size LIMIT ?",
            log,
            slot,
            above_size,
            _page(limit),
        )
        return [CheckpointEntry(*row) for row in rows]

    def view(self, name: str, key: str) -> bytes | None:
        """Value of a key in a view."""
        with self._connection() as db:
            return read_view(db, name, key)

    def view_items(self, name: str, after: str = "", limit: int = 1_000) -> list[tuple[str, bytes]]:
        """Keys above `after` with their values, by key."""
        rows = self._rows(
            "SELECT key, value FROM view_rows WHERE view=? AND key>? ORDER BY key LIMIT ?", name, after, _page(limit)
        )
        return [(key, value) for key, value in rows]

    def rebuild_views(self) -> None:
        """Drop every view and derive it again from the journal."""
        if self._closed:
            raise StoreClosedError("the store was closed: open it again before rebuilding views")
        with self._transaction_lock:
            self._views.rebuild()

    def audit(self) -> AuditReport:
        """Recompute everything that can be recomputed."""
        with self._snapshot() as db:
            return audit_database(db)

    @contextmanager
    def _snapshot(self) -> Iterator[apsw.Connection]:
        """A connection that sees one state of the store for as long as it takes, while appends and readers go on."""
        with self._connection() as db:
            if db is self._writing:  # in memory there is but one, and everybody waits
                yield db
                return
        db = self._connect_reader()
        try:
            with damage_told(), db:
                yield db
        finally:
            db.close()

    @contextmanager
    def _connection(self) -> Iterator[apsw.Connection]:
        """The reading connection, for one caller at a time."""
        with self._read_lock, damage_told():
            if self._closed:
                raise StoreClosedError("the store was closed: open it again before reading")
            yield self._reading

    def _rows(self, sql: str, *bindings: str | int) -> list[Row]:
        with self._connection() as db:
            return all_rows(db, sql, *bindings)

    def _log(self, log: str) -> tuple[int, int, bytes]:
        rows = self._rows("SELECT id, size, root FROM logs WHERE name=?", log)
        log_id, size, root = rows[0] if rows else (0, 0, EMPTY_ROOT)
        return log_id, size, root

    def _grown(self, log: str, size: int) -> int:
        log_id, held, _ = self._log(log)
        if size > held:
            raise RequestError(f"log {log!r} has {held} entries, asked for its state at {size}")
        return log_id

    def _hash_reader(self, log_id: int) -> HashReader:
        def read(nodes: Sequence[tuple[int, int]]) -> list[bytes]:
            with self._connection() as db:
                return read_nodes(db, log_id, nodes)

        return read


def _page(limit: int) -> int:
    if not 1 <= limit <= MAX_PAGE_ROWS:
        raise RequestError(f"a page has 1..{MAX_PAGE_ROWS} rows, not {limit}")
    return limit
