"""The SQLite file of the airspace directory: its tables, and what is checked before anything is believed."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import apsw

from steerclear.store.airspace.changes import decode_parts
from steerclear.store.errors import StoreVersionError
from steerclear.store.rows import all_rows, one_value

APPLICATION_ID = 0x53434153
"""Marks the file as ours ("SCAS") in the SQLite header."""

SCHEMA_VERSION = 1

TABLES = """
CREATE TABLE entities(
  number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, id BLOB NOT NULL, manager TEXT NOT NULL, link BLOB,
  ends INTEGER NOT NULL, counter INTEGER NOT NULL, spots BLOB NOT NULL, body BLOB NOT NULL, UNIQUE(kind, id)) STRICT;
CREATE INDEX entities_by_link ON entities(link, id) WHERE link IS NOT NULL;
CREATE INDEX entities_by_hour ON entities(ends / 3600000000);
CREATE INDEX entities_by_manager ON entities(kind, manager);
CREATE TABLE availability(
  uss TEXT PRIMARY KEY, state TEXT NOT NULL, version TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE reports(
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, reporter TEXT NOT NULL, received_s REAL NOT NULL,
  content BLOB NOT NULL) STRICT;
CREATE TABLE heartbeats(
  instance TEXT PRIMARY KEY, endpoint TEXT NOT NULL, reporter TEXT NOT NULL, source TEXT NOT NULL, at_s REAL NOT NULL,
  next_before_s REAL) STRICT, WITHOUT ROWID;
CREATE TABLE pool(only_one INTEGER PRIMARY KEY CHECK(only_one = 1), id TEXT NOT NULL) STRICT;
"""

INDEX_TABLES = """
DROP TABLE IF EXISTS ix.places;
DROP TABLE IF EXISTS ix.state;
CREATE TABLE ix.state(only_one INTEGER PRIMARY KEY CHECK(only_one = 1), whole INTEGER NOT NULL) STRICT;
INSERT INTO ix.state VALUES(1, 0);
CREATE TABLE ix.places(
  kind INTEGER NOT NULL, key INTEGER NOT NULL, ends INTEGER NOT NULL, id BLOB NOT NULL, part INTEGER NOT NULL,
  begins INTEGER NOT NULL, lower INTEGER NOT NULL, upper INTEGER NOT NULL,
  PRIMARY KEY(kind, key, ends, id, part)) STRICT, WITHOUT ROWID;
"""
"""The index has a file of its own that is never synced: it can be built from the entities, and is after a crash.

An entity stands at some ten places, each on another page; to sync them with it would cost more than the entity itself.
"""

INDEX_SUFFIX = "-index"
_REBUILT_AT_A_TIME = 5_000
_PLACE = """
INSERT INTO ix.places(kind, id, key, ends, part, begins, lower, upper)
SELECT ?1, ?2, value, ?4, ?5, ?6, ?7, ?8 FROM carray(?3)
"""
_ENTITIES = "SELECT number, kind, id, spots FROM entities WHERE number>? ORDER BY number LIMIT ?"


def attach_index(db: apsw.Connection, path: str) -> None:
    """Open the index beside the entities."""
    db.execute("ATTACH ? AS ix", (path + INDEX_SUFFIX,))


def open_index(db: apsw.Connection, path: str) -> None:
    """Open the index for writing, and build it anew unless it was closed whole."""
    try:
        attach_index(db, path)
        db.execute("PRAGMA ix.synchronous=FULL")
        db.execute("PRAGMA ix.journal_mode=WAL")
        whole = one_value(db, "SELECT whole FROM ix.state")
    except apsw.SQLError:  # no such table: the file is new
        whole = 0
    except (apsw.NotADBError, apsw.CorruptError):
        with suppress(apsw.Error):
            db.execute("DETACH ix")
        for suffix in ("", "-wal", "-shm"):
            Path(path + INDEX_SUFFIX + suffix).unlink(missing_ok=True)
        open_index(db, path)
        return
    if whole:
        mark_index(db, whole=False)  # synced, so before anything else is written
        db.execute("PRAGMA ix.synchronous=OFF")
        return
    db.execute("PRAGMA ix.synchronous=OFF")
    with db:
        db.execute(INDEX_TABLES)
        last = 0
        while rows := all_rows(db, _ENTITIES, last, _REBUILT_AT_A_TIME):
            last = rows[-1][0]
            for _, kind, key, spots in rows:
                place(db, kind, key, spots)


def close_index(db: apsw.Connection) -> None:
    """Sync the index and say that it can be believed when it is opened next."""
    db.execute("PRAGMA ix.synchronous=FULL")
    db.wal_checkpoint(dbname="ix", mode=apsw.SQLITE_CHECKPOINT_FULL)
    mark_index(db, whole=True)


def mark_index(db: apsw.Connection, *, whole: bool) -> None:
    """Say whether the index file can be believed when it is opened next."""
    db.execute("UPDATE ix.state SET whole=?", (int(whole),))


def place(db: apsw.Connection, kind: int, key: bytes, spots: bytes) -> None:
    """Write the rows of the index of an entity: one statement a volume, for each step of one lets other threads in."""
    for part, (keys, end, begin, lower, upper) in enumerate(decode_parts(spots)):
        if keys:
            db.execute(_PLACE, (kind, key, numbers(keys), end, part, begin, lower, upper))


def numbers(keys: Iterable[int]) -> apsw.CArrayBinding:
    """Index keys as a table that a statement may read."""
    return apsw.carray(array("q", keys))


def prepare(db: apsw.Connection, pool_id: str) -> None:
    """Create the tables in an empty file, or check that the file is ours and of this release.

    Raises StoreVersionError.
    """
    application_id, version = db.pragma("application_id"), db.pragma("user_version")
    if application_id == 0 and version == 0 and not one_value(db, "SELECT count(*) FROM sqlite_schema"):
        with db:
            db.execute(TABLES)
            db.execute("INSERT INTO pool VALUES(1, ?)", (pool_id,))
            db.execute(f"PRAGMA application_id={APPLICATION_ID}")
            db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        return
    if application_id != APPLICATION_ID:
        raise StoreVersionError("this SQLite file belongs to another program: give the directory a path of its own")
    if version != SCHEMA_VERSION:
        raise StoreVersionError(
            f"the directory was written by another release (schema {version}, this one reads {SCHEMA_VERSION}):"
            " use the matching release, or start with a new file and let every service declare its entities again"
        )
