"""Folding the WAL into the database on a thread of its own, so that nobody who waits for a commit waits for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

import apsw


class Folder:
    """Folds when asked to; what is appended meanwhile stays in the WAL for the next time."""

    def __init__(self, connect: Callable[[], apsw.Connection]) -> None:
        self._connect = connect
        self._asked = Event()
        self._closed = False
        self._thread = Thread(target=self._run, name="steerclear-airspace-folder", daemon=True)
        self._thread.start()

    def ask(self) -> None:
        """Fold soon; returns at once."""
        self._asked.set()

    def close(self) -> None:
        """Finish, and end the thread."""
        self._closed = True
        self._asked.set()
        self._thread.join()

    def _run(self) -> None:
        db = self._connect()
        while True:
            self._asked.wait()
            self._asked.clear()
            if self._closed:
                break
            # Trouble with the disk is told by the next commit; the WAL keeps everything until then.
            with suppress(apsw.Error):
                db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        with suppress(apsw.Error):
            db.close()
