"""The tables of a volume index, and the kernels that put volumes in and take them out.

A volume has a slot. Its footprint's cover is a few cells of one level (`geodesy.covers`); each cell that covers one
is a node with a run of entries, and so is every larger cell round it, which knows in which of its 16 parts there is
something. An entry has the slot, and its time and height roughly (always outwards), so that most volumes are passed
over without a look at the volume itself.
Units: metres, POSIX UTC seconds. The tables grow outside the kernels: a kernel is only called where there is room.
"""

from math import ceil, floor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.covers import FINEST, cover, parent
from steerclear.separation.compiling import inner_kernel, kernel

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

CLASSES: Final = 40
"""Sizes of runs of entries: powers of two."""

NODES, ENTRIES, POINTS, LONGEST, LEVELS = 0, 1, 2, 3, 4
"""In `counts`: nodes made, entries and points handed out, the longest run of entries; then entries of each level."""

_LAST_SECOND: Final = 4_294_967_295.0

FEW_CELLS: Final = 4
"""Cells of one volume, if that is enough: many entries in a row cost less than many nodes."""

COVER_CELLS: Final = 6
"""Most cells of one volume, for one that lies on all faces of the cube."""

NODES_PER_VOLUME: Final = COVER_CELLS * (FINEST + 1)
"""Most nodes that one volume may need."""

FROM, UNTIL, BANDS, NUMBERS = 16, 17, 18, 22
"""In a row of `numbers`, after the footprint's words: times; lower and upper in the own datum, then above mean sea
level; and how many numbers there are."""

FIRST, POINTS_OF, OWNER, SEEN, REPORTED, DATUM, MARKS = 0, 1, 2, 3, 4, 5, 6
"""In a row of `marks`: first point and number of points of the ring; the first slot of the same key; the last volume
asked about that this one was compared with; of first slots, the last question in whose answer the key is; number of
the datum (NO_DATUM without heights); and how many marks there are."""


class Tables(NamedTuple):
    """The tables; a row of each group belongs together."""

    numbers: Floats
    """Of slots: what comparisons need, side by side."""
    marks: Places
    """Of slots: where its ring is, whose it is, and what was asked."""
    points: Floats
    """Of points: coordinates in the plane of their footprint, shape (2, points)."""
    table: NDArray[np.int32]
    """A hash table of nodes; -1 where there is none. Its length is a power of two."""
    cells: Places
    """Of nodes: the cell."""
    runs: Places
    """Of nodes: first entry, number of entries, room."""
    parts: NDArray[np.int32]
    """Of nodes: in which of its 16 parts there is something."""
    slots: NDArray[np.int32]
    """Of entries: the slot; of a run that is free, the next free one of its size."""
    rough_times: NDArray[np.uint32]
    """Of entries: from and until in whole seconds, shape (2, entries)."""
    rough_bands: NDArray[np.float32]
    """Of entries: lower and upper above mean sea level, shape (2, entries)."""
    free: Places
    """The first free run of each size, -1 without one."""
    counts: Places


@inner_kernel
def second_before(time_s: float) -> np.uint32:
    """Return a whole second that is not after a time."""
    return np.uint32(min(max(floor(time_s), 0.0), _LAST_SECOND))


@inner_kernel
def second_after(time_s: float) -> np.uint32:
    """Return a whole second that is not before a time, but for times after 2106, which all share the last second."""
    return np.uint32(min(max(ceil(time_s), 0.0), _LAST_SECOND))


@inner_kernel
def below(height_m: float) -> float:
    """Return a height a little lower, by more than float32 may round it up."""
    return height_m - 0.01 - 1e-6 * abs(height_m) if np.isfinite(height_m) else height_m


@inner_kernel
def above(height_m: float) -> float:
    """Return a height a little higher, by more than float32 may round it down."""
    return height_m + 0.01 + 1e-6 * abs(height_m) if np.isfinite(height_m) else height_m


@inner_kernel
def _hashed(cell: int, size: int) -> np.int64:
    mixed = np.uint64(cell) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed >> np.uint64(32)) & np.uint64(size - 1))


@inner_kernel
def node_of(tables: Tables, cell: int) -> int:
    """Return the node of a cell, or -1."""
    size = tables.table.size
    at = _hashed(cell, size)
    while tables.table[at] >= 0:
        node = tables.table[at]
        if tables.cells[node] == cell:
            return int(node)
        at = (at + 1) & (size - 1)
    return -1


@inner_kernel
def enter_node(tables: Tables, node: int) -> None:
    """Put a node that is not there into the hash table."""
    size = tables.table.size
    at = _hashed(tables.cells[node], size)
    while tables.table[at] >= 0:
        at = (at + 1) & (size - 1)
    tables.table[at] = node


@inner_kernel
def level_of(cell: int) -> int:
    """Return the level of a cell."""
    return (cell >> 41) & 15


@inner_kernel
def _part(cell: int) -> int:
    return ((cell >> 21) & 3) * 4 + ((cell >> 1) & 3)


@inner_kernel
def part_of(cell: int, part: int) -> int:
    """Return the cell that is one of the 16 parts of a cell."""
    face, level = cell >> 45, (cell >> 41) & 15
    i, j = ((cell >> 21) & 0xFFFFF) * 4 + part // 4, ((cell >> 1) & 0xFFFFF) * 4 + part % 4
    return ((face * 16 + level + 1) << 41) | (i << 21) | (j << 1)


@inner_kernel
def _made_node(tables: Tables, cell: int) -> int:
    # The node of a cell, made if need be together with the larger cells round it.
    node = node_of(tables, cell)
    result = node
    child = -1
    while True:
        new = node < 0
        if new:
            node = int(tables.counts[NODES])
            tables.counts[NODES] += 1
            tables.cells[node] = cell
            tables.runs[node, 0] = tables.runs[node, 1] = tables.runs[node, 2] = 0
            tables.parts[node] = 0
            enter_node(tables, node)
        if child >= 0:
            had = tables.parts[node]
            tables.parts[node] = had | (1 << _part(child))
            new = new or had == 0
        else:
            result = node
            new = new or (tables.runs[node, 1] == 0 and tables.parts[node] == 0)
        # A node that had something already is known to those above it.
        if not new or level_of(cell) == 0:
            return result
        child, cell = cell, parent(cell)
        node = node_of(tables, cell)


@inner_kernel
def _run(tables: Tables, room: int) -> int:
    # A run of entries with room for a power of two.
    size = 0
    while 1 << size < room:
        size += 1
    first = tables.free[size]
    if first >= 0:
        tables.free[size] = tables.slots[first]
        return int(first)
    first = tables.counts[ENTRIES]
    tables.counts[ENTRIES] += 1 << size
    return int(first)


@inner_kernel
def _give_back(tables: Tables, node: int) -> None:
    room = tables.runs[node, 2]
    if room > 0:
        size = 0
        while 1 << size < room:
            size += 1
        first = tables.runs[node, 0]
        tables.slots[first] = tables.free[size]
        tables.free[size] = first
    tables.runs[node, 0] = tables.runs[node, 2] = 0


@inner_kernel
def _append(tables: Tables, node: int, slot: int) -> None:
    first, count, room = tables.runs[node, 0], tables.runs[node, 1], tables.runs[node, 2]
    if count == room:
        larger = max(2, 2 * room)
        to = _run(tables, larger)
        tables.slots[to : to + count] = tables.slots[first : first + count]
        for row in range(2):
            tables.rough_times[row, to : to + count] = tables.rough_times[row, first : first + count]
            tables.rough_bands[row, to : to + count] = tables.rough_bands[row, first : first + count]
        _give_back(tables, node)
        tables.runs[node, 0], tables.runs[node, 2] = to, larger
        first = to
    at = first + count
    tables.slots[at] = slot
    tables.rough_times[0, at] = second_before(tables.numbers[slot, FROM])
    tables.rough_times[1, at] = second_after(tables.numbers[slot, UNTIL])
    tables.rough_bands[0, at] = below(tables.numbers[slot, BANDS + 2])
    tables.rough_bands[1, at] = above(tables.numbers[slot, BANDS + 3])
    tables.runs[node, 1] = count + 1
    tables.counts[LEVELS + level_of(tables.cells[node])] += 1
    tables.counts[LONGEST] = max(tables.counts[LONGEST], count + 1)


@kernel
def put_in(tables: Tables, slot: int, owner: int, numbers: Floats, flat: Floats, datum: int) -> None:
    """Write a volume into a slot and enter it in the cells of its cover; there is room for all of it."""
    count = flat.shape[1]
    first = tables.counts[POINTS]
    tables.counts[POINTS] += count
    tables.points[0, first : first + count] = flat[0]
    tables.points[1, first : first + count] = flat[1]
    tables.numbers[slot] = numbers
    marks = tables.marks[slot]
    marks[FIRST], marks[POINTS_OF], marks[OWNER], marks[DATUM] = first, count, owner, datum
    marks[SEEN] = marks[REPORTED] = -1
    cells, boxes = np.empty(COVER_CELLS, np.int64), np.empty((6, 4))
    for k in range(cover(numbers, tables.points, first, count, 0.0, min(FEW_CELLS, cells.size), boxes, cells)):
        _append(tables, _made_node(tables, cells[k]), slot)


@kernel
def take_out(tables: Tables, slot: int) -> None:
    """Take a volume out of the cells of its cover; its points stay until the points are packed."""
    cells, boxes = np.empty(COVER_CELLS, np.int64), np.empty((6, 4))
    first_point, points = tables.marks[slot, FIRST], tables.marks[slot, POINTS_OF]
    for k in range(
        cover(tables.numbers[slot], tables.points, first_point, points, 0.0, min(FEW_CELLS, cells.size), boxes, cells)
    ):
        node = node_of(tables, cells[k])
        first, count = tables.runs[node, 0], tables.runs[node, 1]
        for at in range(first, first + count):
            if tables.slots[at] == slot:
                last = first + count - 1
                tables.slots[at] = tables.slots[last]
                for row in range(2):
                    tables.rough_times[row, at] = tables.rough_times[row, last]
                    tables.rough_bands[row, at] = tables.rough_bands[row, last]
                tables.runs[node, 1] = count - 1
                tables.counts[LEVELS + level_of(cells[k])] -= 1
                break
        if tables.runs[node, 1] == 0:
            _give_back(tables, node)
            _forget(tables, node)
    tables.marks[slot, POINTS_OF] = 0


@inner_kernel
def _forget(tables: Tables, node: int) -> None:
    # An empty node is taken off what the larger cells round it know.
    cell = tables.cells[node]
    while tables.runs[node, 1] == 0 and tables.parts[node] == 0 and level_of(cell) > 0:
        larger = parent(cell)
        node = node_of(tables, larger)
        tables.parts[node] &= ~(1 << _part(cell))
        cell = larger


@kernel
def pack_points(tables: Tables, slots: int, points: Floats) -> int:
    """Copy the points of the volumes that are there to new room, without the gaps; return how many there are."""
    at = 0
    for slot in range(slots):
        first, count = tables.marks[slot, FIRST], tables.marks[slot, POINTS_OF]
        points[0, at : at + count] = tables.points[0, first : first + count]
        points[1, at : at + count] = tables.points[1, first : first + count]
        tables.marks[slot, FIRST] = at
        at += count
    return at


@kernel
def enter_nodes(tables: Tables) -> None:
    """Put all nodes into a hash table that is empty."""
    for node in range(tables.counts[NODES]):
        enter_node(tables, node)


@kernel
def pack_nodes(tables: Tables) -> int:
    """Drop nodes in which there is nothing, and enter the others anew; return how many are left."""
    tables.table[:] = -1
    kept = 0
    for node in range(tables.counts[NODES]):
        if tables.runs[node, 1] > 0 or tables.parts[node] != 0:
            tables.cells[kept] = tables.cells[node]
            tables.runs[kept] = tables.runs[node]
            tables.parts[kept] = tables.parts[node]
            enter_node(tables, kept)
            kept += 1
    return kept
