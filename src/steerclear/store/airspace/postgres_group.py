"""Works that go to the shared database together: read ahead in one go, written in one go, in between in memory.

What works of a group have asked to be looked up is fetched before the first of them runs. Each is shown that with what
the works before it have decided, so that they see each other as if each had been written at once; what becomes of an
entity in the end is written once. A read that was not foreseen first sends what is decided, then asks the database.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import psycopg

from steerclear.model.airspace import Availability, ExchangeReport, Heartbeat, UssAvailability
from steerclear.store.airspace import postgres_sql as sql
from steerclear.store.airspace.changes import (
    Change,
    CountUp,
    Put,
    Removal,
    decode_parts,
    decode_spots,
    id_bytes,
)
from steerclear.store.airspace.postgres_arrays import columns
from steerclear.store.airspace.protocol import Expected, Kind, Places
from steerclear.store.airspace.rows import bounds_of
from steerclear.store.limits import MAX_FOUND_ENTITIES

Named = tuple[Kind, bytes]
"""An entity."""

Row = tuple[bytes, bytes, int]
"""(id, body, notification index)."""

_NOTHING: Final = b""


class _Fate(msgspec.Struct):
    """What becomes of an entity: stored as `put` says; else removed; else its notification index counted up."""

    put: Put | None = None
    removed: bool = False
    counted: int = 0


class Group:
    """Works of one transaction; see `PostgresTransaction` for one work's view of it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._fates: dict[Named, _Fate] = {}
        self._at: dict[tuple[Kind, int], set[bytes]] = {}
        """Under which keys entities stand that are not written yet."""
        self._beside: list[Availability | ExchangeReport | Heartbeat] = []
        self._entities: dict[Named, tuple[bytes, int] | None] = {}
        self._found: dict[tuple[Kind, Places], list[Row]] = {}
        self._declared: dict[str, Availability] | None = None
        self._spots: dict[Named, bytes] = {}
        """Where entities stand in the database's index, as far as that is known."""

    def look_ahead(self, expected: Sequence[Expected]) -> LookingAhead:
        """Ask for everything expected, within the caller's pipeline; `take` the answers when it has ended."""
        return LookingAhead(self._connection, expected)

    def take(self, ahead: LookingAhead) -> None:
        """Keep what was fetched."""
        for kind, key, body, counter, spots in ahead.entities():
            self._entities[Kind(kind), key] = (body, counter)
            self._spots[Kind(kind), key] = spots
        for named in ahead.named:
            if named not in self._entities:
                self._entities[named] = None
                self._spots[named] = _NOTHING
        self._found = ahead.found()
        self._declared = ahead.declared()

    def decide(self, changes: Iterable[Change]) -> None:
        """What a work writes."""
        for change in changes:
            match change:
                case Put():
                    self._put(change)
                case Removal():
                    self._set((change.kind, change.key), _Fate(removed=True))
                case CountUp():
                    for key in change.keys:
                        self._count((Kind.SUBSCRIPTION, key))
                case Availability():
                    self._beside.append(change)
                    if self._declared is not None:
                        self._declared = {**self._declared, change.uss: change}
                case _:
                    self._beside.append(change)

    def entity(self, named: Named) -> tuple[bytes, int] | None:
        """Body and notification index of an entity; None where there is none."""
        fate = self._fates.get(named)
        if fate is not None and (fate.removed or (fate.put is not None and fate.put.spots is not None)):
            return None if fate.put is None else (fate.put.body, fate.put.index)
        if named not in self._entities:
            kind, key = named
            rows = self.rows(sql.GET, int(kind), key)
            self._spots[named] = rows[0][2] if rows else _NOTHING
            return (rows[0][0], rows[0][1]) if rows else None
        known = self._entities[named]
        if known is None or fate is None:
            return known
        return (known[0], known[1] + fate.counted) if fate.put is None else (fate.put.body, fate.put.index)

    def found(self, kind: Kind, places: Places) -> Sequence[Row]:
        """Entities that may overlap a volume."""
        ahead = self._found.get((kind, places))
        if ahead is None:
            begin, end, lower, upper = bounds_of(places.bounds)
            return self.rows(
                sql.FOUND, int(kind), array("q", places.keys), begin, end, lower, upper, int(kind), MAX_FOUND_ENTITIES
            )
        return [*self._still(kind, ahead), *self._new(kind, places)]

    def declared(self) -> dict[str, Availability]:
        """All that has been declared."""
        if self._declared is None:
            return {row[0]: availability_of(row) for row in self.rows(sql.DECLARED)}
        return self._declared

    def rows(self, statement: str, *bindings: Any) -> list[tuple[Any, ...]]:
        """Ask the database something that nobody foresaw."""
        if self._fates or self._beside:
            self.write()
            # What was fetched ahead is what was there before.
            self._entities, self._found, self._declared = {}, {}, None
        return self._connection.cursor(binary=True).execute(statement, bindings).fetchall()

    def prepare_to_write(self) -> None:
        """Look up where entities stand that are moved or removed, as far as that is not known."""
        unknown = [
            named
            for named, fate in sorted(self._fates.items())
            if named not in self._spots and (fate.removed or (fate.put is not None and _moves(fate.put)))
        ]
        if unknown:
            cursor = self._connection.cursor(binary=True).execute(sql.GET_ALL, columns("nb", unknown))
            self._spots.update({(Kind(row[0]), row[1]): row[4] for row in cursor})

    def write(self) -> None:
        """Send what was decided, in one go. Raises psycopg errors as they come."""
        self.prepare_to_write()
        with self._connection.pipeline():
            self.send()

    def send(self) -> None:
        """The same within the caller's pipeline, after `prepare_to_write`."""
        fates = sorted(self._fates.items())
        gone = [named for named, fate in fates if fate.removed]
        stored = [fate.put for _, fate in fates if fate.put is not None and fate.put.spots is not None]
        left = [*gone, *((put.kind, put.key) for put in stored if not put.fresh)]
        lifted = [
            (int(kind), key, *spot) for kind, key in left for spot in _spots_in(self._spots.get((kind, key), _NOTHING))
        ]
        self._do_all(sql.LIFT_ALL, "nbnnn", lifted)
        self._do_all(sql.REMOVE_ALL, "nb", [(int(kind), key) for kind, key in gone])
        self._do_all(
            sql.PUT_ALL,
            "nbtbnnbb",
            [
                (int(put.kind), put.key, put.manager, put.link, put.ends, put.index, put.spots, put.body)
                for put in stored
            ],
        )
        self._do_all(
            sql.PLACE_ALL,
            "nbnnnnnn",
            [(int(put.kind), put.key, *row) for put in stored for row in put.rows],
        )
        self._do_all(sql.COUNT_UP_ALL, "bn", [(key, fate.counted) for (_, key), fate in fates if fate.counted])
        for _, fate in fates:
            if fate.put is not None and fate.put.spots is None:
                put = fate.put
                row = (put.manager, put.link, put.ends, put.index, put.body)
                self._do(sql.PUT_IN_PLACE, *row, int(put.kind), put.key)
        for one in self._beside:
            self._do(*_beside(one))
        self._spots.update(dict.fromkeys(gone, _NOTHING))
        self._spots.update({(put.kind, put.key): put.spots or _NOTHING for put in stored})
        self._fates, self._at, self._beside = {}, {}, []

    def _put(self, put: Put) -> None:
        named = (put.kind, put.key)
        before = self._fates.get(named)
        if before is not None and put.spots is None:
            if before.removed:
                return
            if before.put is not None and before.put.spots is not None:
                put = msgspec.structs.replace(put, spots=before.put.spots, fresh=before.put.fresh)
        if before is not None and before.removed:
            put = msgspec.structs.replace(put, fresh=False)  # what was there still has its places
        self._set(named, _Fate(put))

    def _set(self, named: Named, fate: _Fate) -> None:
        kind, key = named
        before = self._fates.get(named)
        if before is not None and before.put is not None:
            for at in _keys_of(before.put):
                self._at[kind, at].discard(key)
        self._fates[named] = fate
        if fate.put is not None:
            for at in _keys_of(fate.put):
                self._at.setdefault((kind, at), set()).add(key)

    def _count(self, named: Named) -> None:
        fate = self._fates.setdefault(named, _Fate())
        if fate.put is not None:
            fate.put = msgspec.structs.replace(fate.put, index=fate.put.index + 1)
        elif not fate.removed:
            fate.counted += 1

    def _still(self, kind: Kind, ahead: Iterable[Row]) -> Iterable[Row]:
        """What was found ahead and is still there, as it is now."""
        for row in ahead:
            fate = self._fates.get((kind, row[0]))
            if fate is None:
                yield row
            elif fate.put is None and not fate.removed:
                yield (row[0], row[1], row[2] + fate.counted)
            elif fate.put is not None and fate.put.spots is None:
                yield (row[0], fate.put.body, fate.put.index)

    def _new(self, kind: Kind, places: Places) -> Iterable[Row]:
        """What works of this group have put there."""
        keys = set(places.keys)
        begin, end, lower, upper = bounds_of(places.bounds)
        for key in sorted({key for at in keys for key in self._at.get((kind, at), ())}):
            put = self._fates[kind, key].put
            assert put is not None  # noqa: S101 narrows the type: only what is put stands anywhere
            for at, until, since, low, high in decode_parts(put.spots or _NOTHING):
                if until >= begin and since <= end and high >= lower and low <= upper and not keys.isdisjoint(at):
                    yield (key, put.body, put.index)
                    break

    def _do_all(self, statement: str, kinds: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """A statement that takes each column as one array."""
        if rows:
            self._do(statement, *columns(kinds, rows))

    def _do(self, statement: str, *bindings: Any) -> None:
        self._connection.cursor(binary=True).execute(statement, bindings)


class LookingAhead:
    """Reads that were sent and whose answers come when the pipeline ends."""

    def __init__(self, connection: psycopg.Connection[Any], expected: Sequence[Expected]) -> None:
        self.named = [(kind, id_bytes(entity_id)) for one in expected for kind, entity_id in one.entities]
        self._sought = list(dict.fromkeys(sought for one in expected for sought in one.found))
        self._connection = connection
        self._entities = self._found = self._declared = None
        if self.named:
            self._entities = self._asked(sql.GET_ALL, *columns("nb", self.named))
        rows = [
            (number, int(kind), key, *bounds_of(places.bounds))
            for number, (kind, places) in enumerate(self._sought)
            for key in places.keys
        ]
        if rows:
            self._found = self._asked(sql.FOUND_ALL, *columns("nnnnnnn", rows), MAX_FOUND_ENTITIES + 1)
        if any(one.declared for one in expected):
            self._declared = self._asked(sql.DECLARED)

    def entities(self) -> list[tuple[Any, ...]]:
        """(kind, id, body, counter, spots) of what there is of what was asked for by its id."""
        return [] if self._entities is None else self._entities.fetchall()

    def found(self) -> dict[tuple[Kind, Places], list[Row]]:
        """What was found for each volume sought; nothing is known when it was too much for one answer."""
        rows = [] if self._found is None else self._found.fetchall()
        if len(rows) > MAX_FOUND_ENTITIES:
            return {}
        found: dict[tuple[Kind, Places], list[Row]] = {sought: [] for sought in self._sought}
        for number, key, body, counter in rows:
            found[self._sought[number]].append((key, body, counter))
        return found

    def declared(self) -> dict[str, Availability] | None:
        """All that has been declared, where somebody asked for it."""
        return None if self._declared is None else {row[0]: availability_of(row) for row in self._declared}

    def _asked(self, statement: str, *bindings: Any) -> psycopg.Cursor[Any]:
        return self._connection.cursor(binary=True).execute(statement, bindings)


def availability_of(row: Sequence[Any]) -> Availability:
    """What is declared about a service, from its row."""
    return Availability(uss=row[0], state=UssAvailability(row[1]), version=row[2])


def _moves(put: Put) -> bool:
    return put.spots is not None and not put.fresh


def _keys_of(put: Put) -> list[int]:
    return [] if put.spots is None else [key for part in decode_parts(put.spots) for key in part[0]]


def _spots_in(spots: bytes) -> list[tuple[int, int, int]]:
    return decode_spots(spots) if spots else []


def _beside(one: Availability | ExchangeReport | Heartbeat) -> tuple[Any, ...]:
    match one:
        case Availability():
            return sql.DECLARE, one.uss, one.state.value, one.version
        case ExchangeReport():
            return sql.REPORT, *msgspec.structs.astuple(one)
        case Heartbeat():
            return sql.BEAT, *msgspec.structs.astuple(one)
