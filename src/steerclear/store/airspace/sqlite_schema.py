"""The SQLite file of the airspace directory: its tables, and what is checked before anything is believed."""

from __future__ import annotations

import apsw

from steerclear.store.errors import StoreVersionError
from steerclear.store.rows import one_value

APPLICATION_ID = 0x53434153
"""Marks the file as ours ("SCAS") in the SQLite header."""

SCHEMA_VERSION = 1

TABLES = """
CREATE TABLE entities(
  number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, id BLOB NOT NULL, manager TEXT NOT NULL, link BLOB,
  ends INTEGER NOT NULL, counter INTEGER NOT NULL, spots BLOB NOT NULL, body BLOB NOT NULL, UNIQUE(kind, id)) STRICT;
CREATE INDEX entities_by_link ON entities(link, id) WHERE link IS NOT NULL;
CREATE INDEX entities_by_end ON entities(ends);
CREATE INDEX entities_by_manager ON entities(kind, manager);
CREATE TABLE places(
  kind INTEGER NOT NULL, key INTEGER NOT NULL, ends INTEGER NOT NULL, id BLOB NOT NULL, part INTEGER NOT NULL,
  begins INTEGER NOT NULL, lower INTEGER NOT NULL, upper INTEGER NOT NULL,
  PRIMARY KEY(kind, key, ends, id, part)) STRICT, WITHOUT ROWID;
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
