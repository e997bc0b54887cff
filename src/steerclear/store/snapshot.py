"""A store that another process may have open: copied as it is at one moment, and a copy looked through.

Nothing is written to the store, and its lock is not asked for: SQLite's own locks between processes make the copy one
moment of it, and appends go on meanwhile.
"""

from pathlib import Path

import apsw
from msgspec import Struct

from steerclear.store.audit import audit_database
from steerclear.store.backup import Progress, copy_database
from steerclear.store.errors import StoreError
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import AuditReport
from steerclear.store.schema import check_sqlite_version, connect, damage_told
from steerclear.store.segments import SealedSegment, ToldSegments
from steerclear.store.views import read_journal


class AuditedCopy(Struct, frozen=True):
    """A copy whose every hash was computed again, and the segment files that its journal names."""

    audit: AuditReport
    segments: tuple[SealedSegment, ...]


def copy_store(source: Path, target: Path, progress: Progress | None = None) -> None:
    """Copy all that is committed in the store at `source` to a new file `target`, whole or not at all.

    Raises StoreError where there is no store, and what `SqliteStore.backup` raises.
    """
    check_sqlite_version(apsw.sqlite_lib_version())
    db = _opened(source)
    try:
        with damage_told(), db:
            copy_database(db, target, None, progress)
    finally:
        db.close()


def audit_copy(path: Path) -> AuditedCopy:
    """Audit a copy that nobody else uses. Raises StoreDamagedError, StoreError."""
    db = _opened(path)
    try:
        with damage_told(), db:
            audit = audit_database(db)
            told, after = ToldSegments(), 0
            while rows := read_journal(db, after, MAX_PAGE_ROWS):
                for row in rows:
                    told.take(row)
                after = rows[-1].sequence
        return AuditedCopy(audit, tuple(told.kept.values()))
    finally:
        db.close()


def _opened(path: Path) -> apsw.Connection:
    try:
        with damage_told():
            return connect(str(path), read_only=True)
    except apsw.CantOpenError as error:
        raise StoreError(f"there is no store at {path} ({error}): check node.data in the node's file") from error
