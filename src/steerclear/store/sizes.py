"""How large a store is, from file sizes and last places alone: no table is read through."""

from pathlib import Path

import apsw
from msgspec import Struct

from steerclear.store.folders import free_bytes
from steerclear.store.rows import all_rows, one_value


class StoreSizes(Struct, frozen=True):
    """Bytes on the disk and rows per table; `free_bytes` is what the disk still takes, None for a store in memory."""

    file_bytes: int
    wal_bytes: int
    free_bytes: int | None
    rows: dict[str, int]


def measure_store(db: apsw.Connection, path: Path | None) -> StoreSizes:
    """Sizes of the store at `path`, or of one in memory. Raises OSError."""
    rows = {
        "journal": one_value(db, "SELECT coalesce(max(sequence), 0) FROM journal"),
        "outbox": one_value(db, "SELECT coalesce(max(position), 0) FROM outbox"),
        "leaves": 0,
        "hashes": 0,
    }
    for (size,) in all_rows(db, "SELECT size FROM logs"):
        rows["leaves"] += size
        rows["hashes"] += 2 * size - size.bit_count()  # one hash per perfect subtree
    if path is None:
        return StoreSizes(db.pragma("page_count") * db.pragma("page_size"), 0, None, rows)
    wal = path.with_name(path.name + "-wal")
    return StoreSizes(path.stat().st_size, wal.stat().st_size if wal.exists() else 0, free_bytes(path.parent), rows)
