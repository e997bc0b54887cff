"""An index of volumes: which of a million meet the volumes of a plan, without a look at the others.

In memory, for one thread; about 500 bytes a volume. What it answers is what `volumes.overlap` says of every pair.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.covers import FINEST
from steerclear.model.volumes import Volume4D
from steerclear.strategic import limits
from steerclear.strategic.faults import VolumeIndexError
from steerclear.strategic.index_filling import DATUM_NUMBERS, Lot, Rows, fill
from steerclear.strategic.index_search import Asked, search
from steerclear.strategic.index_tables import (
    CLASSES,
    COVER_CELLS,
    ENTRIES,
    FROM,
    LEVELS,
    LONGEST,
    MARKS,
    NODES,
    NODES_PER_VOLUME,
    NUMBERS,
    POINTS,
    POINTS_OF,
    Tables,
    enter_nodes,
    pack_nodes,
    pack_points,
    put_in,
    take_out,
)
from steerclear.strategic.volumes import Buffer, PreparedVolume

Key = TypeVar("Key", bound=Hashable)
Floats = NDArray[np.float64]

_START: Final = 64
_START_NODES: Final = 1_024
"""A power of two, as the hash table is twice as long."""


def _empty(slots: int, points: int, nodes: int, entries: int) -> Tables:
    return Tables(
        numbers=np.empty((slots, NUMBERS)),
        marks=np.zeros((slots, MARKS), np.int64),
        points=np.empty((2, points)),
        table=np.full(2 * nodes, -1, np.int32),
        cells=np.empty(nodes, np.int64),
        runs=np.zeros((nodes, 3), np.int64),
        parts=np.zeros(nodes, np.int32),
        slots=np.empty(entries, np.int32),
        rough_times=np.empty((2, entries), np.uint32),
        rough_bands=np.empty((2, entries), np.float32),
        free=np.full(CLASSES, -1, np.int64),
        counts=np.zeros(LEVELS + FINEST + 1, np.int64),
    )


def _longer(array: NDArray[Any], length: int, axis: int = 0) -> NDArray[Any]:
    shape = list(array.shape)
    old = shape[axis]
    shape[axis] = length
    larger = np.zeros(shape, array.dtype)
    if axis == 0:
        larger[:old] = array
    else:
        larger[:, :old] = array
    return larger


class VolumeIndex(Generic[Key]):
    """Volumes by key (the id of a plan, a zone), found by what they share airspace with."""

    def __init__(self) -> None:
        self._tables = _empty(_START, 16 * _START, _START_NODES, 8 * _START)
        self._keys: dict[Key, tuple[int, ...]] = {}
        self._key_of: dict[int, tuple[int, Key]] = {}
        self._free: list[int] = []
        self._slots = 0
        self._used = 0
        self._inserted = 0
        self._question = 0
        self._found = np.empty(_START, np.int64)

    def __len__(self) -> int:
        """How many volumes are in the index."""
        return self._used

    def __contains__(self, key: Key) -> bool:
        """Whether a key is in the index."""
        return key in self._keys

    def insert(self, key: Key, volumes: Sequence[PreparedVolume]) -> None:
        """Add the volumes of a key.

        Raises:
            VolumeIndexError: the key is there already, or too many volumes.
        """
        if key in self._keys:
            raise VolumeIndexError(f"{key!r} is in the index already; remove it before it is inserted again")
        if len(volumes) > limits.MAX_VOLUMES_PER_KEY:
            raise VolumeIndexError(f"{key!r} has {len(volumes)} volumes; at most {limits.MAX_VOLUMES_PER_KEY}")
        if self._used + len(volumes) > limits.MAX_INDEXED_VOLUMES:
            raise VolumeIndexError(f"the index is full: it holds {self._used} volumes")
        slots = tuple(self._slot() for _ in volumes)
        for slot, prepared in zip(slots, volumes, strict=True):
            self._make_room(prepared.footprint.flat.shape[1])
            put_in(self._tables, slot, slots[0], *_row(prepared))
        self._keys[key] = slots
        if slots:
            self._key_of[slots[0]] = self._inserted, key
        self._inserted += 1
        self._used += len(slots)

    def insert_all(self, entries: Sequence[tuple[Key, Sequence[Volume4D]]]) -> list[Key]:
        """Add the volumes of many keys at once; return the keys of which nothing was added.

        These are there already, have a volume that is none, or too many, or the index is full: `prepare` and `insert`
        say which.
        """
        left: list[Key] = []
        taken: list[tuple[Key, tuple[int, ...]]] = []
        lot, fresh = Lot(), set[Key]()
        for key, volumes in entries:
            room = self._used + len(lot) + len(volumes) <= limits.MAX_INDEXED_VOLUMES
            fits = (
                room and 0 < len(volumes) <= limits.MAX_VOLUMES_PER_KEY and key not in self._keys and key not in fresh
            )
            if fits and lot.add(volumes, [DATUM_NUMBERS[volume.altitude_datum] for volume in volumes]):
                fresh.add(key)
                taken.append((key, tuple([self._slot() for _ in volumes])))
            else:
                left.append(key)
        if not taken:
            return left
        refused = self._fill(lot.rows(), taken)
        for key, slots in taken:
            if not refused.isdisjoint(slots):
                self._put_back(slots, refused)
                left.append(key)
                continue
            self._keys[key] = slots
            self._key_of[slots[0]] = self._inserted, key
            self._inserted += 1
            self._used += len(slots)
        return left

    def remove(self, key: Key) -> None:
        """Take the volumes of a key out; nothing happens if it is not there."""
        slots = self._keys.pop(key, ())
        for slot in slots:
            take_out(self._tables, slot)
        self._free.extend(slots)
        self._used -= len(slots)
        if slots:
            del self._key_of[slots[0]]

    def candidates(self, volumes: Sequence[PreparedVolume], buffer: Buffer) -> list[Key]:
        """Return the keys of which a volume overlaps one of these, grown by the buffer; in the order of insertion."""
        if not volumes or not self._used:
            return []
        margins = np.array([buffer.horizontal_m, buffer.vertical_m, buffer.time_s])
        count = search(self._tables, _asked(volumes), margins, self._question, self._found)
        self._question += len(volumes)
        return [key for _, key in sorted(self._key_of[slot] for slot in self._found[:count].tolist())]

    def _fill(self, rows: Rows, taken: Sequence[tuple[Key, tuple[int, ...]]]) -> set[int]:
        """Enter volumes into slots; return the slots of those that are refused."""
        slots = np.array([slot for _, held in taken for slot in held], np.int64)
        owners = np.array([held[0] for _, held in taken for _ in held], np.int64)
        done, points = fill(self._tables, rows, slots, owners, 0)
        while done < len(slots):
            self._make_room(points)
            done, points = fill(self._tables, rows, slots, owners, done)
        return set(slots[rows.refused].tolist())

    def _put_back(self, slots: Sequence[int], refused: set[int]) -> None:
        for slot in slots:
            if slot not in refused:
                take_out(self._tables, slot)
        self._free.extend(slots)

    def _slot(self) -> int:
        if self._free:
            return self._free.pop()
        tables = self._tables
        if self._slots == len(tables.marks):
            room = 2 * self._slots
            self._tables = tables._replace(numbers=_longer(tables.numbers, room), marks=_longer(tables.marks, room))
            self._found = np.empty(room, np.int64)
        self._slots += 1
        return self._slots - 1

    def _make_room(self, points: int) -> None:
        counts = self._tables.counts
        if counts[POINTS] + points > self._tables.points.shape[1]:
            self._make_room_for_points(points)
        if counts[NODES] + NODES_PER_VOLUME > len(self._tables.cells):
            self._make_room_for_nodes()
        # Each cell of a cover may have to move its run to one twice as long.
        most = int(counts[ENTRIES]) + 2 * COVER_CELLS * (2 * int(counts[LONGEST]) + 2)
        if most > len(self._tables.slots):
            room = 2 * most
            tables = self._tables
            self._tables = tables._replace(
                slots=_longer(tables.slots, room),
                rough_times=_longer(tables.rough_times, room, 1),
                rough_bands=_longer(tables.rough_bands, room, 1),
            )

    def _make_room_for_points(self, points: int) -> None:
        live = int(self._tables.marks[: self._slots, POINTS_OF].sum())
        packed = np.empty((2, 2 * (live + points)))
        count = pack_points(self._tables, self._slots, packed)
        self._tables = self._tables._replace(points=packed)
        self._tables.counts[POINTS] = count

    def _make_room_for_nodes(self) -> None:
        kept = pack_nodes(self._tables)
        self._tables.counts[NODES] = kept
        tables = self._tables
        if kept > len(tables.cells) // 2:
            room = 2 * len(tables.cells)
            self._tables = tables._replace(
                table=np.full(2 * room, -1, np.int32),
                cells=_longer(tables.cells, room),
                runs=_longer(tables.runs, room),
                parts=_longer(tables.parts, room),
            )
            enter_nodes(self._tables)


def _row(prepared: PreparedVolume) -> tuple[Floats, Floats, int]:
    """What the tables keep of a volume: numbers, ring, datum."""
    volume, footprint = prepared.volume, prepared.footprint
    numbers = np.empty(NUMBERS)
    numbers[:FROM] = footprint.words
    numbers[FROM:] = (volume.from_s, volume.until_s, *prepared.own, *prepared.sea)
    return numbers, footprint.flat, DATUM_NUMBERS[volume.altitude_datum]


def _asked(volumes: Sequence[PreparedVolume]) -> Asked:
    numbers = np.empty((len(volumes), NUMBERS))
    marks = np.zeros((len(volumes), MARKS), np.int64)
    points = np.empty((2, sum(prepared.footprint.flat.shape[1] for prepared in volumes)))
    first = 0
    for number, prepared in enumerate(volumes):
        numbers[number], flat, datum = _row(prepared)
        last = first + flat.shape[1]
        marks[number] = (first, flat.shape[1], 0, 0, 0, datum)
        points[:, first:last] = flat
        first = last
    return Asked(numbers, marks, points)
