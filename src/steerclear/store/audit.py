"""The full audit: recompute every leaf hash, subtree hash and root, and compare with what is stored.

A log is taken a chunk of 2**AUDIT_CHUNK_LEVEL leaves at a time, so memory does not grow with it.
"""

import apsw

from steerclear.store.entries import LogState
from steerclear.store.errors import StoreDamagedError
from steerclear.store.limits import AUDIT_CHUNK_LEVEL
from steerclear.store.protocol import AuditReport
from steerclear.store.rows import all_rows, one_value
from steerclear.tlog import frontier_nodes, leaf_hashes, perfect_levels
from steerclear.tlog.tree import fold


def audit_database(db: apsw.Connection) -> AuditReport:
    """Check the file and everything in it. Raises StoreDamagedError naming the first contradiction."""
    problem = one_value(db, "PRAGMA integrity_check(1)")
    if problem != "ok":
        raise StoreDamagedError(f"SQLite finds the file damaged ({problem}): restore it")
    rows, first, last = one_value(db, "SELECT count(*), coalesce(min(sequence), 1), max(sequence) FROM journal")
    if first != 1 or rows != (last or 0):
        raise StoreDamagedError(f"the journal has {rows} rows between {first} and {last}: rows are missing")
    logs = all_rows(db, "SELECT id, name, size, root FROM logs ORDER BY name")
    return AuditReport(rows, tuple(_audit_log(db, *log) for log in logs))


def _audit_log(db: apsw.Connection, log_id: int, name: str, size: int, root: bytes) -> LogState:
    chunk_size = 1 << AUDIT_CHUNK_LEVEL
    chunk_roots: list[bytes] = []
    edge: list[list[bytes]] = []
    for start in range(0, size, chunk_size):
        expected = min(chunk_size, size - start)
        entries = all_rows(
            db,
            "SELECT entry FROM leaves WHERE log_id=? AND position>=? ORDER BY position LIMIT ?",
            log_id,
            start,
            expected,
        )
        if len(entries) != expected:
            raise StoreDamagedError(f"log {name!r}: entries are missing after index {start + len(entries)}")
        edge = perfect_levels(leaf_hashes([entry for (entry,) in entries]))
        for level, hashes in enumerate(edge):
            _compare(db, log_id, name, level, start >> level, hashes)
        if expected == chunk_size:
            chunk_roots.append(edge[AUDIT_CHUNK_LEVEL][0])
    upper = perfect_levels(chunk_roots)
    for offset, hashes in enumerate(upper):
        _compare(db, log_id, name, AUDIT_CHUNK_LEVEL + offset, 0, hashes)
    _refuse_surplus(db, log_id, name, size)
    parts = []
    for level, index in frontier_nodes(size):
        if level >= AUDIT_CHUNK_LEVEL:
            parts.append(upper[level - AUDIT_CHUNK_LEVEL][index])
        else:
            parts.append(edge[level][index - (size - size % chunk_size >> level)])
    if fold(parts) != root:
        raise StoreDamagedError(f"log {name!r}: its entries give another root than the one recorded at {size} entries")
    return LogState(name, size, root)


def _compare(db: apsw.Connection, log_id: int, name: str, level: int, first: int, hashes: list[bytes]) -> None:
    stored = all_rows(
        db,
        "SELECT hash FROM hashes WHERE log_id=? AND level=? AND position>=? ORDER BY position LIMIT ?",
        log_id,
        level,
        first,
        len(hashes),
    )
    if [hashed for (hashed,) in stored] != hashes:
        leaves = f"{first << level}..{(first + len(hashes) << level) - 1}"
        raise StoreDamagedError(
            f"log {name!r}: stored hashes of level {level} do not follow from entries {leaves}: an entry or a hash"
            " was changed; restore the log from the peer's mirror or a backup"
        )


def _refuse_surplus(db: apsw.Connection, log_id: int, name: str, size: int) -> None:
    beyond = one_value(db, "SELECT count(*) FROM leaves WHERE log_id=? AND position>=?", log_id, size)
    levels = all_rows(db, "SELECT level, count(*) FROM hashes WHERE log_id=? GROUP BY level", log_id)
    if beyond or any(count != size >> level for level, count in levels):
        raise StoreDamagedError(f"log {name!r}: it holds entries or hashes beyond its size of {size}")
