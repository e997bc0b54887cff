"""Folds the WAL into the database while appends go on: a thread and a connection of its own.

A fold has two passes. The first copies what is in the WAL when it begins, beside a writer that goes on committing: most
of the work, and no append waits for it. The second, between two transactions, copies the little that came meanwhile;
only when nothing is left in the WAL does SQLite begin it anew, so without this pass it would grow for as long as the
store is busy. A store whose writer begins it anew itself has no use for the second pass, and gives no lock.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread

import apsw


class Folding:
    """The thread that folds. `lock` is held while a transaction is open; `failed` hears of a disk that fails."""

    def __init__(
        self,
        db: apsw.Connection,
        lock: Lock | None,
        failed: Callable[[apsw.Error], None],
        name: str = "steerclear-store-folding",
    ) -> None:
        self._db = db
        self._lock = lock
        self._failed = failed
        self._asked = Event()
        self._closed = False
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ask(self) -> None:
        """Fold soon."""
        self._asked.set()

    def close(self) -> None:
        """Finish the fold that is being made, then stop the thread and close its connection."""
        self._closed = True
        self._asked.set()
        self._thread.join()
        with suppress(apsw.Error):
            self._db.close()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            if self._closed:
                return
            try:
                self._fold()
            except apsw.Error as error:
                self._failed(error)

    def _fold(self) -> None:
        # On a full disk the WAL keeps everything, and the next append tells the caller about the disk.
        with suppress(apsw.FullError, apsw.BusyError):
            self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            if self._lock is None:
                return
            with self._lock:
                self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
