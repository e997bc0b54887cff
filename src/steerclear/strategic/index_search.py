"""The kernel that finds which volumes of an index meet a plan's volumes.

For each volume of the plan: the cells of its cover, the larger ones round them and what there is in smaller ones; of
the entries there, those whose rough time and height may meet; of those, each once, time and height to the letter of
`volumes.overlap`, then the footprints by `separation.nearness`. What is found is what `overlap` finds.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.covers import FINEST, cover, parent
from steerclear.geodesy.limits import MAX_COVER_CELLS
from steerclear.separation.compiling import inner_kernel, kernel
from steerclear.separation.nearness import within
from steerclear.strategic.index_tables import (
    NODES_PER_VOLUME,
    Tables,
    above,
    below,
    node_of,
    part_of,
    second_after,
    second_before,
)

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

NO_DATUM: Final = 0
ELLIPSOID: Final = 1
"""Numbers of datums in `Tables.datums`; others stand for the other datums."""

TOUCHING_VERTICAL_M: Final = 0.01
"""Heights nearer than this touch."""

TOUCHING_TIME_S: Final = 0.001
"""Times nearer than this touch."""

_BLOCK: Final = 64


class Asked(NamedTuple):
    """The volumes of a plan, as `Tables` has them."""

    words: Floats
    spans: Places
    times: Floats
    bands: Floats
    datums: NDArray[np.int8]
    points: Floats


@inner_kernel
def compared_in(one: int, other: int) -> int:
    """Return in which of its three bands a pair of datums is compared: own, above sea level, above the ellipsoid."""
    pair = (one, other)
    if one == other or NO_DATUM in pair:
        return 0
    return 2 if ELLIPSOID in pair else 1


@inner_kernel
def _meets(tables: Tables, slot: int, asked: Asked, number: int, buffer: Floats) -> bool:
    times, others = asked.times[number], tables.times[slot]
    if max(times[0] - others[1], others[0] - times[1]) > buffer[2] + TOUCHING_TIME_S:
        return False
    band = compared_in(asked.datums[number], tables.datums[slot])
    heights, levels = asked.bands[number, band], tables.bands[slot, band]
    if max(heights[0] - levels[1], levels[0] - heights[1]) > buffer[1] + TOUCHING_VERTICAL_M:
        return False
    return within(
        asked.words[number],
        asked.points,
        asked.spans[number, 0],
        asked.spans[number, 1],
        tables.words[slot],
        tables.points,
        tables.spans[slot, 0],
        tables.spans[slot, 1],
        buffer[0],
    )


@inner_kernel
def _scan(
    tables: Tables, node: int, asked: Asked, number: int, buffer: Floats, question: int, found: Places, count: int
) -> int:
    begin = second_before(asked.times[number, 0] - buffer[2] - TOUCHING_TIME_S)
    end = second_after(asked.times[number, 1] + buffer[2] + TOUCHING_TIME_S)
    low = np.float32(below(asked.bands[number, 2, 0] - buffer[1]))
    high = np.float32(above(asked.bands[number, 2, 1] + buffer[1]))
    first, last = tables.runs[node, 0], tables.runs[node, 0] + tables.runs[node, 1]
    froms, untils = tables.rough_times[0], tables.rough_times[1]
    floors, roofs = tables.rough_bands[0], tables.rough_bands[1]
    mine = question + number
    for base in range(first, last, _BLOCK):
        stop = min(base + _BLOCK, last)
        hits = 0
        for at in range(base, stop):
            hits += (untils[at] >= begin) & (froms[at] <= end) & (roofs[at] >= low) & (floors[at] <= high)
        if hits == 0:
            continue
        for at in range(base, stop):
            if untils[at] < begin or froms[at] > end or roofs[at] < low or floors[at] > high:
                continue
            slot = tables.slots[at]
            owner = tables.owners[slot]
            if tables.seen[slot] == mine or tables.reported[owner] >= question:
                continue
            tables.seen[slot] = mine
            if _meets(tables, slot, asked, number, buffer):
                tables.reported[owner] = question
                found[count] = owner
                count += 1
    return count


@kernel
def search(tables: Tables, asked: Asked, buffer: Floats, question: int, found: Places) -> int:
    """Write the first slots of the keys that meet the volumes asked about, each once; return how many.

    Args:
        tables: the index.
        asked: the volumes, n of them.
        buffer: horizontal_m, vertical_m, time_s.
        question: a number larger than `question + n` of every earlier call.
        found: room for every key of the index.
    """
    cells = np.empty(MAX_COVER_CELLS, np.int64)
    visited = np.empty(NODES_PER_VOLUME, np.int64)
    stack = np.empty(16 * (FINEST + 1), np.int64)
    count = 0
    for number in range(len(asked.spans)):
        covers = cover(
            asked.words[number], asked.points, asked.spans[number, 0], asked.spans[number, 1], buffer[0], cells
        )
        seen = 0
        for k in range(covers):
            cell = cells[k]
            node = node_of(tables, cell)
            if node >= 0:
                count = _scan(tables, node, asked, number, buffer, question, found, count)
                count = _scan_smaller(tables, node, asked, number, buffer, question, found, count, stack)
            while (cell >> 41) & 15 > 0:
                cell = parent(cell)
                known = False
                for v in range(seen):
                    known = known or visited[v] == cell
                if known:
                    break
                visited[seen] = cell
                seen += 1
                node = node_of(tables, cell)
                if node >= 0:
                    count = _scan(tables, node, asked, number, buffer, question, found, count)
    return count


@inner_kernel
def _scan_smaller(
    tables: Tables,
    node: int,
    asked: Asked,
    number: int,
    buffer: Floats,
    question: int,
    found: Places,
    count: int,
    stack: Places,
) -> int:
    top = 0
    stack[top] = node
    while top >= 0:
        node = stack[top]
        top -= 1
        parts = tables.parts[node]
        for part in range(16):
            if parts >> part & 1:
                child = node_of(tables, part_of(tables.cells[node], part))
                count = _scan(tables, child, asked, number, buffer, question, found, count)
                if tables.parts[child]:
                    top += 1
                    stack[top] = child
    return count
