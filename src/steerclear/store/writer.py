"""The one writer of a store: a thread that puts waiting appends into one transaction and then gives out receipts.

Order of work in `_commit_group`, on which the durability promise rests: begin, apply each append in a savepoint,
commit (which syncs the WAL), only then set the futures. Folding the WAL into the database is another thread's work.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Full, Queue
from threading import Lock, Thread
from typing import TypeAlias

import apsw

from steerclear.store.apply import Applier
from steerclear.store.entries import Append, Receipt, append_digest, check_append
from steerclear.store.errors import (
    StoreClosedError,
    StoreError,
    StoreFailedError,
    StoreFullError,
    StoreOverloadedError,
)
from steerclear.store.folding import Folding
from steerclear.store.limits import CHECKPOINT_AFTER_PAGES, MAX_GROUP_APPENDS, MAX_QUEUE_LENGTH
from steerclear.store.schema import SCHEMA_VERSION
from steerclear.tlog import TlogError

Waiting: TypeAlias = tuple[Append, bytes, "Future[Receipt]"]
Outcome: TypeAlias = tuple["Future[Receipt]", Receipt | BaseException]


class GroupWriter:
    """Owns the writing connection while it runs; `transaction_lock` is held while a transaction is open."""

    def __init__(
        self,
        db: apsw.Connection,
        applier: Applier,
        transaction_lock: Lock,
        folding_connection: apsw.Connection | None = None,
    ) -> None:
        self._db = db
        self._applier = applier
        self._transaction_lock = transaction_lock
        self._queue: Queue[Waiting | None] = Queue(MAX_QUEUE_LENGTH)
        self._listeners: list[Callable[[int], None]] = []
        self._failure: StoreError | None = None
        self.trouble: StoreError | None = None
        """Why the last transaction was not stored; None once one has been stored again."""
        self._closed = False
        self._gate = Lock()
        self._wal_pages = 0
        self._asked_at_pages = 0
        self._folding = None
        if folding_connection is not None:
            self._folding = Folding(folding_connection, transaction_lock, self._fail)
        db.set_wal_hook(self._note_wal_pages)
        self._thread = Thread(target=self._run, name="steerclear-store-writer", daemon=True)
        self._thread.start()

    def submit(self, append: Append) -> "Future[Receipt]":
        """Queue an append; see `Journal.submit`."""
        check_append(append)
        waiting = (append, append_digest(append), Future[Receipt]())
        with self._gate:  # so that nothing can enter the queue behind the closing mark
            if self._closed:
                raise StoreClosedError("the store was closed: open it again before appending")
            if self._failure is not None:
                raise StoreFailedError(str(self._failure))
            try:
                self._queue.put_nowait(waiting)
            except Full:
                raise StoreOverloadedError(f"{MAX_QUEUE_LENGTH} appends wait for the disk: slow down") from None
        return waiting[2]

    def probe(self) -> StoreError | None:
        """Try a small durable write if the last transaction was not stored; what is still wrong, None when nothing is.

        The caller keeps the connection open meanwhile. Never raises.
        """
        if self.trouble is None or self._failure is not None:
            return self.trouble
        with self._transaction_lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")  # unchanged, but written and synced
                self._db.execute("COMMIT")
            except apsw.Error as error:
                self.trouble = self._give_up(error)
            else:
                self.trouble = None
            return self.trouble

    def on_commit(self, listener: Callable[[int], None]) -> None:
        """Call `listener(last_sequence)` after each commit, on the writer's thread."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Finish what is queued, then stop the thread."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
        self._queue.put(None)
        self._thread.join()
        if self._folding is not None:
            self._folding.close()

    def _run(self) -> None:
        open_ = True
        while open_:
            group: list[Waiting] = []
            item = self._queue.get()
            while item is not None:
                # A future that cannot be cancelled any more: from here on the append may become durable.
                if item[2].set_running_or_notify_cancel():
                    group.append(item)
                if len(group) >= MAX_GROUP_APPENDS or self._queue.empty():
                    break
                item = self._queue.get()
            open_ = item is not None
            if group:
                self._finish(self._commit_group(group))

    def _commit_group(self, group: list[Waiting]) -> list[Outcome]:
        if self._failure is not None:
            return [(future, StoreFailedError(str(self._failure))) for _, _, future in group]
        with self._transaction_lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                outcomes = [(future, self._apply(append, digest)) for append, digest, future in group]
                self._applier.finish()
                self._db.execute("COMMIT")
            except Exception as error:
                self.trouble = self._give_up(error)
                return [(future, self.trouble) for _, _, future in group]
        self.trouble = None
        return outcomes

    def _apply(self, append: Append, digest: bytes) -> Receipt | BaseException:
        """An append that contradicts what is stored fails alone; trouble with the database fails the whole group."""
        try:
            return self._applier.apply(append, digest)
        except (StoreError, TlogError) as refused:
            return refused
        except apsw.Error:
            raise
        except Exception as error:
            return error

    def _give_up(self, error: Exception) -> StoreError:
        with suppress(apsw.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        if isinstance(error, apsw.FullError):
            self._applier.reload()
            return StoreFullError("no room left on the disk: nothing of this append was stored; free space and retry")
        # After a failed sync nobody knows what reached the disk; only recovery on the next open can tell.
        self._failure = StoreFailedError(
            f"writing to the store failed ({type(error).__name__}: {error}): check the disk, then restart"
        )
        return self._failure

    def _finish(self, outcomes: list[Outcome]) -> None:
        for future, outcome in outcomes:
            if isinstance(outcome, Receipt):
                future.set_result(outcome)
            else:
                future.set_exception(outcome)
        if any(isinstance(outcome, Receipt) for _, outcome in outcomes):
            for listener in tuple(self._listeners):
                try:
                    listener(self._applier.last_sequence)
                except Exception:
                    self._listeners.remove(listener)
        self._fold_wal()

    def _fold_wal(self) -> None:
        """Ask for a fold each time the WAL has grown by so much; it is shorter again after one."""
        self._asked_at_pages = min(self._asked_at_pages, self._wal_pages)
        if self._folding is not None and self._wal_pages >= self._asked_at_pages + CHECKPOINT_AFTER_PAGES:
            self._asked_at_pages = self._wal_pages
            self._folding.ask()

    def _fail(self, error: apsw.Error) -> None:
        with self._transaction_lock:
            self.trouble = self._give_up(error)

    def _note_wal_pages(self, _db: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK
