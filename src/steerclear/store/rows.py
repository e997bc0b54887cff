"""Reading rows: the one place where SQLite's untyped values enter typed code."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import apsw

from steerclear.tlog.tree import Node

Row: TypeAlias = tuple[Any, ...]


def all_rows(db: apsw.Connection, sql: str, *bindings: str | int | bytes) -> list[Row]:
    """Every row of a query."""
    return db.execute(sql, bindings).fetchall()


def one_row(db: apsw.Connection, sql: str, *bindings: str | int | bytes) -> Row | None:
    """First row of a query, None when there is none."""
    return db.execute(sql, bindings).fetchone()


def one_value(db: apsw.Connection, sql: str, *bindings: str | int | bytes) -> Any:
    """First value of the first row of a query that always has one (counts, maxima, pragmas)."""
    return db.execute(sql, bindings).get


def read_nodes(db: apsw.Connection, log_id: int, nodes: Sequence[Node]) -> list[bytes]:
    """Stored hashes of nodes, fewer than asked when some are missing (`tlog` reports that)."""
    found = []
    for level, position in nodes:
        row = one_row(db, "SELECT hash FROM hashes WHERE log_id=? AND level=? AND position=?", log_id, level, position)
        if row is not None:
            found.append(row[0])
    return found
