"""Views: tables of keys and values that follow from the journal alone, kept in the same transaction as the rows.

Because only `reduce` writes them, a rebuilt view equals the live one by construction; a new version number makes the
store derive the view again when it is opened.
"""

from collections.abc import Sequence

import apsw
import msgspec

from steerclear.store.entries import JournalRow, View
from steerclear.store.errors import AppendRefusedError
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.rows import all_rows, one_row


class Views:
    """The views of one store, written through its writer connection only."""

    def __init__(self, db: apsw.Connection, views: Sequence[View]) -> None:
        if len({view.name for view in views}) != len(views):
            raise AppendRefusedError("two views share a name: give each its own")
        self._db = db
        self._views = views
        self._names = msgspec.json.encode([view.name for view in views]).decode()
        self._heeding: dict[str, list[View]] = {}
        """By kind of event, of the kinds that came."""

    def catch_up(self) -> None:
        """Bring every view to the end of the journal; a view of another version starts anew."""
        known = {name: (version, sequence) for name, version, sequence in all_rows(self._db, "SELECT * FROM views")}
        with self._db:
            for view in self._views:
                version, sequence = known.get(view.name, (None, 0))
                if version != view.version:
                    sequence = 0
                    self._db.execute("DELETE FROM view_rows WHERE view=?", (view.name,))
                self._replay(view, sequence)

    def rebuild(self) -> None:
        """Drop every view and derive it again."""
        with self._db:
            self._db.execute("DELETE FROM views")
            self._db.execute("DELETE FROM view_rows")
            for view in self._views:
                self._replay(view, 0)

    def apply(self, rows: Sequence[JournalRow]) -> None:
        """Reduce rows just added, inside their transaction; `mark` must follow in the same one."""
        for row in rows:
            heeding = self._heeding.get(row.kind)
            if heeding is None:
                heeding = self._heeding[row.kind] = [view for view in self._views if view.heeds(row.kind)]
            for view in heeding:
                self._reduce(view, row)

    def mark(self, sequence: int) -> None:
        """Note up to where rows have been reduced: once a transaction, each statement lets other threads in."""
        # Only views this process knows move on: another one catches up when it is known again.
        self._db.execute(
            "UPDATE views SET sequence=? WHERE name IN (SELECT value FROM json_each(?))", (sequence, self._names)
        )

    def _replay(self, view: View, sequence: int) -> None:
        while rows := read_journal(self._db, sequence, MAX_PAGE_ROWS):
            for row in rows:
                if view.heeds(row.kind):
                    self._reduce(view, row)
            sequence = rows[-1].sequence
        self._db.execute("INSERT OR REPLACE INTO views VALUES(?,?,?)", (view.name, view.version, sequence))

    def _reduce(self, view: View, row: JournalRow) -> None:
        def current(key: str) -> bytes | None:
            return read_view(self._db, view.name, key)

        for key, value in view.reduce(row, current):
            if value is None:
                self._db.execute("DELETE FROM view_rows WHERE view=? AND key=?", (view.name, key))
            else:
                self._db.execute("INSERT OR REPLACE INTO view_rows VALUES(?,?,?)", (view.name, key, value))


def read_journal(db: apsw.Connection, after: int, limit: int) -> list[JournalRow]:
    """Journal rows above a sequence, in order."""
    found = all_rows(
        db,
        "SELECT sequence, kind, payload, time_s FROM journal WHERE sequence>? ORDER BY sequence LIMIT ?",
        after,
        limit,
    )
    return [JournalRow(*row) for row in found]


def read_view(db: apsw.Connection, name: str, key: str) -> bytes | None:
    """Value of a key in a view."""
    row = one_row(db, "SELECT value FROM view_rows WHERE view=? AND key=?", name, key)
    return None if row is None else row[0]
