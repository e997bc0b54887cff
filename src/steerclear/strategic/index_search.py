"""The kernel that finds which volumes of an index meet a plan's volumes.

For each volume of the plan: the cells of its cover, the larger ones round them and what there is in smaller ones; of
the entries there, those whose rough time and height may meet; of those, each once, time and height to the letter of
`volumes.overlap`, then the footprints by `separation.nearness`. What is found is what `overlap` finds.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.covers import FINEST, cover, in_box, parent
from steerclear.separation.compiling import inner_kernel, kernel
from steerclear.separation.nearness import within
from steerclear.strategic.index_tables import (
    BANDS,
    COVER_CELLS,
    DATUM,
    FEW_CELLS,
    FIRST,
    FROM,
    LEVELS,
    NODES_PER_VOLUME,
    OWNER,
    POINTS_OF,
    REPORTED,
    SEEN,
    UNTIL,
    Tables,
    above,
    below,
    level_of,
    node_of,
    part_of,
    second_after,
    second_before,
)
from steerclear.strategic.volumes import TOUCHING_TIME_S, TOUCHING_VERTICAL_M

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Seconds = NDArray[np.uint32]
Singles = NDArray[np.float32]

NO_DATUM: Final = 0
"""Number of a volume without heights in `Tables`; other numbers stand for datums."""

_BLOCK: Final = 64


class Asked(NamedTuple):
    """The volumes of a plan, as `Tables` has them."""

    numbers: Floats
    marks: Places
    points: Floats


@inner_kernel
def _meets(
    numbers: Floats,
    marks: Places,
    points: Floats,
    others: Floats,
    other_marks: Places,
    other_points: Floats,
    buffer: Floats,
) -> bool:
    if max(numbers[FROM] - others[UNTIL], others[FROM] - numbers[UNTIL]) > buffer[2] + TOUCHING_TIME_S:
        return False
    # In their own datum if it is the same, else above mean sea level.
    same = marks[DATUM] == other_marks[DATUM] or marks[DATUM] == NO_DATUM or other_marks[DATUM] == NO_DATUM
    low = BANDS if same else BANDS + 2
    if max(numbers[low] - others[low + 1], others[low] - numbers[low + 1]) > buffer[1] + TOUCHING_VERTICAL_M:
        return False
    first, count = marks[FIRST], marks[POINTS_OF]
    other_first, other_count = other_marks[FIRST], other_marks[POINTS_OF]
    return within(numbers, points, first, count, others, other_points, other_first, other_count, buffer[0])


@inner_kernel
def _scan(
    tables: Tables, node: int, asked: Asked, number: int, buffer: Floats, question: int, found: Places, count: int
) -> int:
    numbers, marks = asked.numbers[number], asked.marks[number]
    begin = second_before(numbers[FROM] - buffer[2] - TOUCHING_TIME_S)
    end = second_after(numbers[UNTIL] + buffer[2] + TOUCHING_TIME_S)
    low = np.float32(below(numbers[BANDS + 2] - buffer[1]))
    high = np.float32(above(numbers[BANDS + 3] + buffer[1]))
    mine = question + number
    last = tables.runs[node, 0] + tables.runs[node, 1]
    at = next_entry(tables.rough_times, tables.rough_bands, tables.runs[node, 0], last, begin, end, low, high)
    while at < last:
        slot = tables.slots[at]
        other_marks = tables.marks[slot]
        owner = other_marks[OWNER]
        if other_marks[SEEN] != mine and tables.marks[owner, REPORTED] < question:
            other_marks[SEEN] = mine
            if _meets(numbers, marks, asked.points, tables.numbers[slot], other_marks, tables.points, buffer):
                tables.marks[owner, REPORTED] = question
                found[count] = owner
                count += 1
        at = next_entry(tables.rough_times, tables.rough_bands, at + 1, last, begin, end, low, high)
    return count


@inner_kernel
def next_entry(
    times: Seconds,
    bands: Singles,
    first: int,
    last: int,
    begin: np.uint32,
    end: np.uint32,
    low: np.float32,
    high: np.float32,
) -> int:
    """Return the first of the entries first..last-1 whose rough time and height may meet, else `last`."""
    froms, untils, floors, roofs = times[0], times[1], bands[0], bands[1]
    base = first
    while base < last:
        start, size = np.uintp(base), np.uintp(min(_BLOCK, last - base))
        hits = np.uint32(0)
        for k in range(size):
            at = start + k
            meets = (untils[at] >= begin) & (froms[at] <= end) & (roofs[at] >= low) & (floors[at] <= high)
            hits += np.uint32(meets)
        if hits:
            for k in range(size):
                at = start + k
                if untils[at] >= begin and froms[at] <= end and roofs[at] >= low and floors[at] <= high:
                    return base + int(k)
        base += int(size)
    return last


@kernel
def search(tables: Tables, asked: Asked, buffer: Floats, question: int, found: Places) -> int:
    """Write the first slots of the keys that meet the volumes asked about, each once; return how many.

    Args:
        tables: the index.
        asked: the volumes, n of them.
        buffer: horizontal_m, vertical_m, time_s.
        question: a number that is at least `question + n` of every earlier call.
        found: room for every key of the index.
    """
    cells, boxes = np.empty(COVER_CELLS, np.int64), np.empty((6, 4))
    visited = np.empty(NODES_PER_VOLUME, np.int64)
    stack = np.empty(16 * (FINEST + 1), np.int64)
    count = 0
    for number in range(len(asked.marks)):
        marks = asked.marks[number]
        first, points = marks[FIRST], marks[POINTS_OF]
        covers = cover(
            asked.numbers[number], asked.points, first, points, buffer[0], min(FEW_CELLS, cells.size), boxes, cells
        )
        seen = 0
        for k in range(covers):
            cell = cells[k]
            node = node_of(tables, cell)
            if node >= 0:
                count = _scan(tables, node, asked, number, buffer, question, found, count)
                if tables.parts[node]:
                    count = _scan_smaller(tables, node, asked, number, buffer, question, found, count, boxes, stack)
            while level_of(cell) > 0:
                cell = parent(cell)
                known = False
                for v in range(seen):
                    known = known or visited[v] == cell
                if known:
                    break
                visited[seen] = cell
                seen += 1
                if tables.counts[LEVELS + level_of(cell)] > 0:
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
    boxes: Floats,
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
                cell = part_of(tables.cells[node], part)
                if not in_box(cell, boxes):
                    continue
                child = node_of(tables, cell)
                count = _scan(tables, child, asked, number, buffer, question, found, count)
                if tables.parts[child]:
                    top += 1
                    stack[top] = child
    return count
