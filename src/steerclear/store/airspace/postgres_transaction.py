"""One work's view of the shared database: reads as they are asked for, writes sent together once it has decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import psycopg

from steerclear.model.airspace import Availability, Entity, ExchangeReport, Heartbeat, UssAvailability
from steerclear.store.airspace.changes import (
    Change,
    Changes,
    CountUp,
    Put,
    Removal,
    by_id,
    decode_spots,
    id_bytes,
    id_text,
)
from steerclear.store.airspace.protocol import Expected, Kind, Places
from steerclear.store.airspace.rows import bounds_of, entity_of, optional
from steerclear.store.limits import MAX_FOUND_ENTITIES

_GET: Final = "SELECT body, counter, spots FROM steerclear_entities WHERE kind=%b AND id=%b"
# The ids first, once each: a join would read an entity for each of its places. Materialised by DISTINCT.
_FOUND: Final = """
SELECT e.id, e.body, e.counter FROM (
  SELECT DISTINCT p.id FROM steerclear_places AS p
  WHERE p.kind=%b AND p.key=ANY(%b) AND p.ends>=%b AND p.begins<=%b AND p.upper>=%b AND p.lower<=%b) AS f
JOIN steerclear_entities AS e ON e.kind=%b AND e.id=f.id
LIMIT %b
"""
_PUT: Final = """
INSERT INTO steerclear_entities(kind, id, manager, link, ends, counter, spots, body)
VALUES(%b, %b, %b, %b, %b, %b, %b, %b)
ON CONFLICT(kind, id) DO UPDATE SET manager=excluded.manager, link=excluded.link, ends=excluded.ends,
  counter=excluded.counter, spots=excluded.spots, body=excluded.body
"""
_PUT_IN_PLACE: Final = """
UPDATE steerclear_entities SET manager=%b, link=%b, ends=%b, counter=%b, body=%b WHERE kind=%b AND id=%b
"""
_PLACE: Final = """
INSERT INTO steerclear_places(kind, id, key, ends, part, begins, lower, upper)
SELECT %b, %b, u.key, u.ends, u.part, u.begins, u.lower, u.upper
FROM unnest(%b::bigint[], %b::bigint[], %b::int[], %b::bigint[], %b::bigint[], %b::bigint[])
  AS u(key, ends, part, begins, lower, upper)
"""
_LIFT: Final = """
DELETE FROM steerclear_places AS p USING unnest(%b::bigint[], %b::bigint[], %b::int[]) AS u(key, ends, part)
WHERE p.kind=%b AND p.id=%b AND p.key=u.key AND p.ends=u.ends AND p.part=u.part
"""
_DECLARED: Final = "SELECT uss, state, version FROM steerclear_availability"
_REMOVE: Final = "DELETE FROM steerclear_entities WHERE kind=%b AND id=%b"
_COUNT_UP: Final = "UPDATE steerclear_entities SET counter=counter+1 WHERE kind=%b AND id=ANY(%b)"
_DECLARE: Final = """
INSERT INTO steerclear_availability(uss, state, version) VALUES(%b, %b, %b)
ON CONFLICT(uss) DO UPDATE SET state=excluded.state, version=excluded.version
"""
_REPORT: Final = "INSERT INTO steerclear_reports(id, reporter, received_s, content) VALUES(%b, %b, %b, %b)"
_BEAT: Final = """
INSERT INTO steerclear_heartbeats(instance, endpoint, reporter, source, at_s, next_before_s)
VALUES(%b, %b, %b, %b, %b, %b)
ON CONFLICT(instance) DO UPDATE SET endpoint=excluded.endpoint, reporter=excluded.reporter, source=excluded.source,
  at_s=excluded.at_s, next_before_s=excluded.next_before_s
"""


Query = tuple[str, tuple[Any, ...]]


class PostgresTransaction(Changes):
    """See `AirspaceTransaction`."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__()
        self._connection = connection
        self._cursor = connection.cursor(binary=True)
        self._spots: dict[tuple[Kind, bytes], bytes | None] = {}
        """Where entities that were read stand in the index."""
        self._ahead: dict[Query, list[tuple[Any, ...]]] = {}
        """Answers that were fetched before they were asked for."""

    def expect(self, expected: Expected) -> None:
        """See `AirspaceTransaction.expect`."""
        queries = [_get_query(kind, id_bytes(entity_id)) for kind, entity_id in expected.entities]
        queries += [_found_query(kind, places) for kind, places in expected.found]
        if expected.declared:
            queries.append((_DECLARED, ()))
        cursors = [self._connection.cursor(binary=True) for _ in queries]
        with self._connection.pipeline():
            for cursor, (sql, bindings) in zip(cursors, queries, strict=True):
                cursor.execute(sql, [list(one) if isinstance(one, tuple) else one for one in bindings])
        for cursor, query in zip(cursors, queries, strict=True):
            self._ahead[query] = cursor.fetchall()

    def get(self, kind: Kind, entity_id: str) -> Entity | None:
        """See `AirspaceTransaction.get`."""
        key = id_bytes(entity_id)
        rows = self._asked(_get_query(kind, key))
        self._spots[kind, key] = rows[0][2] if rows else None
        return entity_of(rows[0][0], rows[0][1]) if rows else None

    def found(self, kind: Kind, sought: Iterable[Places]) -> list[Entity]:
        """See `AirspaceTransaction.found`."""
        found: dict[bytes, Entity] = {}
        for places in sought:
            for key, body, counter in self._asked(_found_query(kind, places)):
                if key not in found:
                    found[key] = entity_of(body, counter)
        return by_id(found)

    def dependents(self, subscription_id: str) -> list[str]:
        """See `AirspaceTransaction.dependents`."""
        sql = "SELECT id FROM steerclear_entities WHERE link=%b ORDER BY id"
        return [id_text(row[0]) for row in self._all(sql, id_bytes(subscription_id))]

    def availability(self, uss: str) -> Availability | None:
        """See `AirspaceTransaction.availability`."""
        row = self._one("SELECT uss, state, version FROM steerclear_availability WHERE uss=%b", uss)
        return None if row is None else _availability(row)

    def declared(self) -> dict[str, Availability]:
        """See `AirspaceTransaction.declared`."""
        return {row[0]: _availability(row) for row in self._asked((_DECLARED, ()))}

    def reports(self, limit: int = 100) -> list[ExchangeReport]:
        """See `AirspaceTransaction.reports`."""
        sql = """SELECT id, reporter, received_s, content FROM steerclear_reports
                 ORDER BY received_s DESC, id LIMIT %b"""
        return [
            ExchangeReport(report_id=row[0], reporter=row[1], received_s=row[2], content=row[3])
            for row in self._all(sql, limit)
        ]

    def heartbeats(self) -> list[Heartbeat]:
        """See `AirspaceTransaction.heartbeats`."""
        sql = """SELECT instance, endpoint, reporter, source, at_s, next_before_s FROM steerclear_heartbeats
                 ORDER BY instance"""
        return [
            Heartbeat(
                instance=row[0],
                endpoint=row[1],
                reporter=row[2],
                source=row[3],
                at_s=row[4],
                next_before_s=optional(row[5]),
            )
            for row in self._all(sql)
        ]

    def pool_id(self) -> str:
        """See `AirspaceTransaction.pool_id`."""
        row = self._one("SELECT id FROM steerclear_pool")
        return "" if row is None else str(row[0])

    def count(self, kind: Kind, manager: str | None = None) -> int:
        """See `AirspaceTransaction.count`."""
        if manager is None:
            row = self._one("SELECT count(*) FROM steerclear_entities WHERE kind=%b", int(kind))
        else:
            sql = "SELECT count(*) FROM steerclear_entities WHERE kind=%b AND manager=%b"
            row = self._one(sql, int(kind), manager)
        return 0 if row is None else int(row[0])

    def ended(self, before_s: float, limit: int = 1_000) -> list[tuple[Kind, str]]:
        """See `AirspaceTransaction.ended`."""
        sql = "SELECT kind, id FROM steerclear_entities WHERE ends<%b ORDER BY ends, id LIMIT %b"
        return [(Kind(row[0]), id_text(row[1])) for row in self._all(sql, int(before_s * 1e6), limit)]

    def flush(self) -> None:
        """Send what was kept, in one go. Raises psycopg errors as they come."""
        if not self.changes:
            return
        moved = {place for place in map(_moved, self.changes) if place is not None}
        spots = {place: self._spots_of(*place) for place in sorted(moved)}
        with self._connection.pipeline():
            for change in self.changes:
                self._send(change, spots)

    def _send(self, change: Change, spots: dict[tuple[Kind, bytes], bytes | None]) -> None:
        match change:
            case Put(spots=None):
                row = (change.manager, change.link, change.ends, change.index, change.body)
                self._do(_PUT_IN_PLACE, *row, int(change.kind), change.key)
            case Put():
                self._lift(change.kind, change.key, spots.get((change.kind, change.key)))
                self._put(change)
                spots[change.kind, change.key] = change.spots
            case Removal():
                self._lift(change.kind, change.key, spots.get((change.kind, change.key)))
                self._do(_REMOVE, int(change.kind), change.key)
            case CountUp():
                self._do(_COUNT_UP, int(Kind.SUBSCRIPTION), list(change.keys))
            case Availability():
                self._do(_DECLARE, change.uss, change.state.value, change.version)
            case ExchangeReport():
                self._do(_REPORT, *msgspec.structs.astuple(change))
            case Heartbeat():
                self._do(_BEAT, *msgspec.structs.astuple(change))

    def _put(self, put: Put) -> None:
        row = (put.manager, put.link, put.ends, put.index, put.spots, put.body)
        self._do(_PUT, int(put.kind), put.key, *row)
        rows = put.rows
        if rows:
            keys, ends, parts, begins, lowers, uppers = (list(column) for column in zip(*rows, strict=True))
            self._do(_PLACE, int(put.kind), put.key, keys, ends, parts, begins, lowers, uppers)

    def _lift(self, kind: Kind, key: bytes, spots: bytes | None) -> None:
        places = [] if spots is None else decode_spots(spots)
        if places:
            keys, ends, parts = (list(column) for column in zip(*places, strict=True))
            self._do(_LIFT, keys, ends, parts, int(kind), key)

    def _asked(self, query: Query) -> Sequence[tuple[Any, ...]]:
        known = self._ahead.get(query)
        if known is not None:
            return known
        sql, bindings = query
        return self._all(sql, *(list(one) if isinstance(one, tuple) else one for one in bindings))

    def _spots_of(self, kind: Kind, key: bytes) -> bytes | None:
        if (kind, key) in self._spots:
            return self._spots[kind, key]
        row = self._one("SELECT spots FROM steerclear_entities WHERE kind=%b AND id=%b", int(kind), key)
        return None if row is None else row[0]

    def _one(self, sql: str, *bindings: Any) -> tuple[Any, ...] | None:
        return self._cursor.execute(sql, bindings).fetchone()

    def _all(self, sql: str, *bindings: Any) -> Sequence[tuple[Any, ...]]:
        return self._cursor.execute(sql, bindings).fetchall()

    def _do(self, sql: str, *bindings: Any) -> None:
        self._cursor.execute(sql, bindings)


def _moved(change: Change) -> tuple[Kind, bytes] | None:
    if isinstance(change, Removal) or (isinstance(change, Put) and change.spots is not None and not change.fresh):
        return change.kind, change.key
    return None


def _get_query(kind: Kind, key: bytes) -> Query:
    return _GET, (int(kind), key)


def _found_query(kind: Kind, places: Places) -> Query:
    begin, end, lower, upper = bounds_of(places.bounds)
    return _FOUND, (int(kind), places.keys, begin, end, lower, upper, int(kind), MAX_FOUND_ENTITIES)


def _availability(row: Sequence[Any]) -> Availability:
    return Availability(uss=row[0], state=UssAvailability(row[1]), version=row[2])
