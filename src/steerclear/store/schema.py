"""The SQLite file: its tables, how a connection is set up, and what is checked before anything is believed."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import apsw

from steerclear.store.errors import StoreDamagedError, StoreFailedError, StoreVersionError
from steerclear.store.limits import MIN_SQLITE_VERSION
from steerclear.store.rows import all_rows, one_value, read_nodes
from steerclear.tlog import StoredHashesError, root_at

APPLICATION_ID = 0x53434C52
"""Marks the file as ours ("SCLR") in the SQLite header."""

SCHEMA_VERSION = 2
"""Kept in user_version; another number means another release wrote the file."""

SYNCHRONOUS = "EXTRA"
"""Every commit reaches the disk before its receipt. Anything less loses acknowledged messages on power loss.

In WAL mode EXTRA is FULL. It differs once, while a new file is switched to WAL: FULL does not sync the removal of
that one rollback journal, and a journal that comes back after a power cut takes the whole store with it.
"""

BUSY_TIMEOUT_MS = 5_000

CHECKED_AT_OPEN = 10_000
"""Newest journal rows counted at every start; `audit` counts them all."""

TABLES = """
CREATE TABLE journal(
  sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, time_s REAL NOT NULL, payload BLOB NOT NULL) STRICT;
CREATE TABLE appends(
  key TEXT PRIMARY KEY, digest BLOB NOT NULL, receipt BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE outbox(
  position INTEGER PRIMARY KEY, link TEXT NOT NULL, message_id TEXT NOT NULL, urgency INTEGER NOT NULL,
  payload BLOB NOT NULL, sequence INTEGER NOT NULL, delivered_sequence INTEGER, UNIQUE(link, message_id)) STRICT;
CREATE INDEX outbox_pending ON outbox(link, urgency DESC, position) WHERE delivered_sequence IS NULL;
CREATE TABLE logs(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, root BLOB NOT NULL) STRICT;
CREATE TABLE leaves(
  log_id INTEGER NOT NULL, position INTEGER NOT NULL, entry BLOB NOT NULL, content BLOB NOT NULL,
  PRIMARY KEY(log_id, position)) STRICT;
CREATE TABLE hashes(
  log_id INTEGER NOT NULL, level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY(log_id, level, position)) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoints(
  log TEXT NOT NULL, slot TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
  PRIMARY KEY(log, slot, size)) STRICT, WITHOUT ROWID;
CREATE TABLE views(
  name TEXT PRIMARY KEY, version INTEGER NOT NULL, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE view_rows(
  view TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY(view, key)) STRICT, WITHOUT ROWID;
"""
"""`leaves` has rowids: without them a row above a quarter of a page takes a page of its own for what is left over."""

APPEND_ONLY_TABLES = ("journal", "appends", "leaves", "hashes")
"""Tables whose rows nobody may change or remove, not even our own code by mistake."""


def check_sqlite_version(version: str) -> None:
    """Raises StoreVersionError when SQLite is older than MIN_SQLITE_VERSION."""
    if tuple(int(part) for part in version.split(".")[:3]) < MIN_SQLITE_VERSION:
        least = ".".join(map(str, MIN_SQLITE_VERSION))
        raise StoreVersionError(
            f"SQLite {version} can lose committed writes; install an apsw that brings SQLite {least} or newer"
        )


def connect(path: str, vfs: str | None = None, *, read_only: bool = False) -> apsw.Connection:
    """A connection with the settings durability depends on. Raises apsw errors as they come."""
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    db = apsw.Connection(path, flags=flags, vfs=vfs)
    db.set_busy_timeout(BUSY_TIMEOUT_MS)
    db.execute("PRAGMA mmap_size=0")  # a mapped file turns a disk error into a killed process
    db.execute("PRAGMA trusted_schema=OFF")
    if not read_only:
        db.execute(f"PRAGMA synchronous={SYNCHRONOUS}")  # before the switch to WAL, see there
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA wal_autocheckpoint=0")  # the writer does it when receipts are out
        db.execute("PRAGMA journal_size_limit=67108864")
    return db


def prepare(db: apsw.Connection) -> None:
    """Create the tables in an empty file, or check that the file is ours and of this release.

    Raises StoreVersionError.
    """
    application_id = db.pragma("application_id")
    schema_version = db.pragma("user_version")
    empty = not one_value(db, "SELECT count(*) FROM sqlite_schema")
    if empty and application_id == 0 and schema_version == 0:
        with db:
            db.execute(TABLES)
            for table in APPEND_ONLY_TABLES:
                for action in ("UPDATE", "DELETE"):
                    db.execute(
                        f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table}"
                        f" BEGIN SELECT raise(ABORT, '{table} is append-only'); END"
                    )
            db.execute(f"PRAGMA application_id={APPLICATION_ID}")
            db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        return
    if application_id != APPLICATION_ID:
        raise StoreVersionError("this SQLite file belongs to another program: give the store a path of its own")
    if schema_version < SCHEMA_VERSION:
        raise StoreVersionError(
            f"the store was written by an earlier release (schema {schema_version}, this one reads {SCHEMA_VERSION})"
            " and cannot be converted: export its record with that release, then start with a new file"
        )
    if schema_version > SCHEMA_VERSION:
        raise StoreVersionError(
            f"the store was written by a later release (schema {schema_version}, this one reads {SCHEMA_VERSION}):"
            " use the matching release"
        )


def check_integrity(db: apsw.Connection) -> None:
    """Check what takes no time: gaps near the journal's end, and each log's root against its frontier.

    A full check is `audit`. Raises StoreDamagedError.
    """
    last = one_value(db, "SELECT coalesce(max(sequence), 0) FROM journal")
    recent = one_value(db, "SELECT count(*) FROM journal WHERE sequence>?", last - CHECKED_AT_OPEN)
    if recent != min(last, CHECKED_AT_OPEN):
        raise StoreDamagedError(f"the journal ends at {last}, but rows before it are missing: restore a backup")
    for log_id, name, size, root in all_rows(db, "SELECT id, name, size, root FROM logs ORDER BY name"):
        held = one_value(db, "SELECT coalesce(max(position) + 1, 0) FROM leaves WHERE log_id=?", log_id)
        if held != size:
            raise StoreDamagedError(f"log {name!r} should have {size} entries but holds {held}; restore it")
        try:
            found = root_at(size, partial(read_nodes, db, log_id))
        except StoredHashesError as damage:
            raise StoreDamagedError(f"log {name!r}: {damage}") from damage
        if found != root:
            raise StoreDamagedError(
                f"log {name!r}: its stored hashes give another root than the one recorded at {size} entries;"
                " restore it from the peer's mirror or a backup"
            )


@contextmanager
def damage_told() -> Iterator[None]:
    """Turn what SQLite says about a damaged file, or a disk that cannot be read, into errors of this room."""
    try:
        yield
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise StoreDamagedError(
            f"the store's file is not a readable SQLite file ({error}): move the data folder away, then rebuild it with"
            " `steerclear node restore`"
        ) from error
    except apsw.IOError as error:
        raise StoreFailedError(f"the store cannot be read ({error}): check the disk, then restart") from error
    except apsw.NoMemError as error:  # a damaged length asks for as much as a lack of memory leaves unanswered
        raise StoreFailedError(
            f"the store cannot be read ({error}): free memory and restart; if it stays so, restore a backup"
        ) from error
