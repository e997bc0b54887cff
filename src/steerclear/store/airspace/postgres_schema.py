"""The tables of the airspace directory in PostgreSQL: plain columns and B-trees, which its kin have as well."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg import errors

from steerclear.store.errors import StoreVersionError

SCHEMA_VERSION: Final = 1

TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS steerclear_pool(
         only_one INTEGER PRIMARY KEY CHECK(only_one = 1), id TEXT NOT NULL, version INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS steerclear_entities(
         kind SMALLINT NOT NULL, id BYTEA NOT NULL, manager TEXT NOT NULL, link BYTEA, ends BIGINT NOT NULL,
         counter BIGINT NOT NULL, spots BYTEA NOT NULL, body BYTEA NOT NULL, PRIMARY KEY(kind, id))""",
    """CREATE INDEX IF NOT EXISTS steerclear_entities_by_link ON steerclear_entities(link, id)
         WHERE link IS NOT NULL""",
    """CREATE INDEX IF NOT EXISTS steerclear_entities_by_end ON steerclear_entities(ends)""",
    """CREATE INDEX IF NOT EXISTS steerclear_entities_by_manager ON steerclear_entities(kind, manager)""",
    """CREATE TABLE IF NOT EXISTS steerclear_places(
         kind SMALLINT NOT NULL, key BIGINT NOT NULL, ends BIGINT NOT NULL, id BYTEA NOT NULL, part INTEGER NOT NULL,
         begins BIGINT NOT NULL, lower BIGINT NOT NULL, upper BIGINT NOT NULL,
         PRIMARY KEY(kind, key, ends, id, part))""",
    """CREATE TABLE IF NOT EXISTS steerclear_availability(
         uss TEXT PRIMARY KEY, state TEXT NOT NULL, version TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS steerclear_reports(
         id TEXT PRIMARY KEY, reporter TEXT NOT NULL, received_s DOUBLE PRECISION NOT NULL, content BYTEA NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS steerclear_heartbeats(
         instance TEXT PRIMARY KEY, endpoint TEXT NOT NULL, reporter TEXT NOT NULL, source TEXT NOT NULL,
         at_s DOUBLE PRECISION NOT NULL, next_before_s DOUBLE PRECISION)""",
)

_MADE_MEANWHILE: Final = (errors.UniqueViolation, errors.DuplicateTable, errors.DuplicateObject)


def prepare(connection: psycopg.Connection[Any], pool_id: str) -> None:
    """Create what is missing, also beside another instance that does the same. Raises StoreVersionError."""
    for statement in TABLES:
        try:
            connection.execute(statement)
        except _MADE_MEANWHILE:  # IF NOT EXISTS does not hold against one who creates the same at the same time
            continue
    connection.execute(
        "INSERT INTO steerclear_pool VALUES(1, %s, %s) ON CONFLICT DO NOTHING", (pool_id, SCHEMA_VERSION)
    )
    row = connection.execute("SELECT version FROM steerclear_pool").fetchone()
    if row is None or row[0] != SCHEMA_VERSION:
        found = None if row is None else row[0]
        raise StoreVersionError(
            f"the database was set up by another release (schema {found}, this one uses {SCHEMA_VERSION}):"
            " all instances of a pool must be of matching releases"
        )
