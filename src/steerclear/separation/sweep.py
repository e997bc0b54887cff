"""The sweep over sorted aircraft: windows of candidates, a fast float32 filter, and the exact kernel for the rest.

Frame and symbols: `placing`. Each unordered pair is looked at exactly once: within a level, an aircraft looks east in
its own row and both ways in the higher rows; between levels, the one that reaches further looks at the finer level.
The half-width of a window in a row follows from the haversine formula with the least latitude difference and the
smallest cosines the rows allow, so it can only be too wide. The filter keeps a pair unless the chord between the
straight paths stays longer than the minimum plus a slack for curvature and rounding (`search.slack_of`).
"""

from math import pi, sqrt
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from steerclear.separation.pairs import judge_pair

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Places = NDArray[np.int64]
Rows = NDArray[np.int32]
Pairs = NDArray[np.int32]
Marks = NDArray[np.uint8]
Words = NDArray[np.uint64]

BLOCK: Final = 1024
"""Candidates filtered at a time: the mask of a block stays in the first-level cache."""

GROUP: Final = 4
"""Neighbours in a row that share their windows."""

KEPT: Final = 4 * BLOCK
"""Pairs noted before they are judged."""

LANES: Final = 8
"""Candidates that the vector units take at once, and marks in one word of the mask."""


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def mark(paths: Singles, p: int, low: int, count: int, bounds: Singles, mask: Marks) -> None:
    """Mark which of `count` positions from `low` may meet position p.

    `bounds`: half the time looked at, square slack, distance slack. `count` is a multiple of LANES for the vector
    units; the caller has room for it and ignores what is too much. The least distance over the time is compared
    without a division: at the end that the pair is nearest to, or at the turning point multiplied by the speed.
    """
    x, y, z = paths[0, p], paths[1, p], paths[2, p]
    u, v, w = paths[3, p], paths[4, p], paths[5, p]
    share, floor, roof = paths[6, p] + bounds[2], paths[7, p], paths[8, p]
    half, slack = bounds[0], bounds[1]
    # Unsigned offsets: with signed ones every load would first look for an index from the end.
    offset = np.uintp(low)
    for k in range(np.uintp(count)):
        dx = paths[0, offset + k] - x
        dy = paths[1, offset + k] - y
        dz = paths[2, offset + k] - z
        du = paths[3, offset + k] - u
        dv = paths[4, offset + k] - v
        dw = paths[5, offset + k] - w
        reach = paths[6, offset + k] + share
        vv = du * du + dv * dv + dw * dw
        rv = abs(dx * du + dy * dv + dz * dw)
        room = dx * dx + dy * dy + dz * dz - (reach * reach + slack)
        travel = half * vv
        turning = room * vv <= rv * rv
        ending = room + half * (travel - rv - rv) <= 0.0
        near = ending if rv >= travel else turning
        mask[k] = near & (paths[7, offset + k] <= roof) & (paths[8, offset + k] >= floor)


@njit(nogil=True, cache=True, error_model="numpy")
def judge_kept(
    kept: Pairs,
    count: int,
    order: Rows,
    states: Floats,
    terms: Floats,
    found: Places,
    pair_words: Floats,
    pair_halves: Pairs,
    clear_words: Floats,
    clear_halves: Pairs,
) -> None:
    """Judge the first `count` pairs of positions that the filter kept; `order` has their rows of the input."""
    for k in range(count):
        a, b = kept[0, k], kept[1, k]
        judge_pair(
            states, a, b, order[a], order[b], terms, found, pair_words, pair_halves, clear_words, clear_halves
        )


@njit(nogil=True, cache=True, error_model="numpy")
def try_window(
    p: int,
    low: int,
    high: int,
    bounds: Singles,
    paths: Singles,
    mask: Marks,
    words: Words,
    kept: Pairs,
    count: int,
) -> int:
    """Filter positions low..high against p, note what it keeps, and return how many pairs are noted now.

    At most BLOCK positions; the caller leaves that much room in `kept`. `words` is the uint64 view of `mask`.
    """
    groups = (high - low + LANES - 1) // LANES
    mark(paths, p, low, groups * LANES, bounds, mask)
    for group in range(groups):
        if words[group] == 0:
            continue
        for k in range(LANES * group, min(LANES * group + LANES, high - low)):
            kept[0, count] = p
            kept[1, count] = low + k
            count += np.int64(mask[k])
    return count


@njit(nogil=True, cache=True, error_model="numpy")
def half_width(rho: float, gap: float, cos_low: float, cos_high: float) -> float:
    """Return the largest longitude difference (radians, pi for any) of points within `rho` of each other.

    Their latitudes differ by at least `gap`; `cos_low` and `cos_high` are lower bounds of the cosines of latitude.
    """
    if rho >= 1.5:
        return pi
    half = 0.5 * rho
    space = 0.5 * gap
    # sin^2 between its Taylor bounds: x^2 (1 - x^2 / 3) <= sin^2 x <= x^2.
    square = half * half - space * space * (1.0 - space * space / 3.0)
    if square < 0.0:
        return -1.0
    product = cos_low * cos_high
    if square >= 0.25 * product:
        return pi
    sine = sqrt(square / product)
    # asin s <= s (1 + s^2 / 4) for s <= 1/2.
    return 2.0 * sine * (1.0 + 0.25 * sine * sine) * 1.000001


@njit(nogil=True, cache=True, error_model="numpy")
def first_at_least(places: Places, target: int, low: int, high: int) -> int:
    """Return the first position in low..high whose place is at least `target`, or high."""
    while low < high:
        middle = (low + high) >> 1
        if places[middle] < target:
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True, error_model="numpy")
def row_widths(row: int, above: int, rho: float, height: float, grid: Floats, circle: int, widths: Places) -> None:
    """Fill the half-widths (longitude units) of windows in this row of a level (0) and the rows above it.

    -1 where no point of that row can be near enough, `circle` where any longitude can.
    """
    south = grid[0] + row * height
    cos_here = max(min(np.cos(south), np.cos(south + height)), 0.0) * 0.999999
    for up in range(above):
        edge = south + up * height
        cos_there = max(min(np.cos(edge), np.cos(edge + height)), 0.0) * 0.999999
        width = half_width(rho, max(up - 1, 0) * height * 0.999999, cos_here, cos_there)
        units = np.int64(width * grid[2]) + 3
        widths[up] = -1 if width < 0.0 else (circle if 2 * units + 2 >= circle else units)


@njit(nogil=True, cache=True, error_model="numpy")
def try_range(
    p: int,
    low: int,
    high: int,
    bounds: Singles,
    paths: Singles,
    order: Rows,
    mask: Marks,
    words: Words,
    kept: Pairs,
    count: int,
    states: Floats,
    terms: Floats,
    found: Places,
    pair_words: Floats,
    pair_halves: Pairs,
    clear_words: Floats,
    clear_halves: Pairs,
) -> int:
    """As `try_window` for any number of positions; judges what is noted whenever there is no room for more."""
    while low < high:
        if count + BLOCK > kept.shape[1]:
            judge_kept(kept, count, order, states, terms, found, pair_words, pair_halves, clear_words, clear_halves)
            count = 0
        stop = min(high, low + BLOCK)
        count = try_window(p, low, stop, bounds, paths, mask, words, kept, count)
        low = stop
    return count


@njit(nogil=True, cache=True, error_model="numpy")
def sweep_level(
    begin: int,
    end: int,
    level: int,
    grid: Floats,
    rows: Floats,
    starts: Places,
    bounds: Singles,
    places: Places,
    paths: Singles,
    order: Rows,
    mask: Marks,
    words: Words,
    kept: Pairs,
    states: Floats,
    terms: Floats,
    found: Places,
    pair_words: Floats,
    pair_halves: Pairs,
    clear_words: Floats,
    clear_halves: Pairs,
) -> None:
    """Try each pair of which the first is at a position begin..end and both are in `level`.

    Neighbours in a row go in groups that share their windows; as places only rise, each window's two ends only move
    forward. `grid`: lowest latitude, lowest longitude, units per radian, longitude bits. `rows[:, level]`: rows per
    radian, first row, rho. `starts`: first position of each level, and the end. `bounds`: see `mark`.
    """
    shift = np.int64(grid[3])
    one_row = np.int64(1) << shift
    circle = np.int64(2.0 * pi * grid[2])
    per_radian, first_row, rho = rows[0, level], np.int64(rows[1, level]), rows[2, level]
    start, last = starts[level], starts[level + 1]
    above = np.int64(rho * per_radian) + 2
    widths = np.empty(above, np.int64)
    lows = np.full(above, -1, np.int64)
    highs = np.empty(above, np.int64)
    row = np.int64(-1)
    count = 0
    p = begin
    while p < end:
        if places[p] >> shift != row:
            row = places[p] >> shift
            row_widths(row - first_row, above, rho, 1.0 / per_radian, grid, circle, widths)
        stop = p + 1
        while stop < end and stop < p + GROUP and places[stop] >> shift == row:
            stop += 1
        west = places[p] & (one_row - 1)
        east = places[stop - 1] & (one_row - 1)
        for up in range(above):
            width = widths[up]
            if width < 0:
                continue
            base = (row + up) << shift
            target = base + max(west - width, 0)
            low = lows[up]
            if low < 0:
                low = first_at_least(places, target, start, last)
                highs[up] = low
            while low < last and places[low] < target:
                low += 1
            high = max(highs[up], low)
            target = base + min(east + width + 1, one_row)
            while high < last and places[high] < target:
                high += 1
            lows[up], highs[up] = low, high
            for q in range(p, stop):
                first = q + 1 if up == 0 else low
                if high - first > BLOCK or count + BLOCK > kept.shape[1]:
                    count = try_range(
                        q, first, high, bounds, paths, order, mask, words, kept, count,
                        states, terms, found, pair_words, pair_halves, clear_words, clear_halves,
                    )  # fmt: skip
                elif first < high:
                    count = try_window(q, first, high, bounds, paths, mask, words, kept, count)
            if width == circle or (west >= width and east + width < circle):
                continue
            # Past the cut of longitude, at most one more piece on each side.
            for q in range(p, stop):
                unit = places[q] & (one_row - 1)
                if up > 0 and unit < width:
                    low = first_at_least(places, base + min(circle + unit - width, one_row), start, last)
                    high = first_at_least(places, base + one_row, low, last)
                    count = try_range(
                        q, low, high, bounds, paths, order, mask, words, kept, count,
                        states, terms, found, pair_words, pair_halves, clear_words, clear_halves,
                    )  # fmt: skip
                if unit + width >= circle:
                    low = first_at_least(places, base, start, last)
                    high = first_at_least(places, base + unit + width - circle + 1, low, last)
                    count = try_range(
                        q, low, high, bounds, paths, order, mask, words, kept, count,
                        states, terms, found, pair_words, pair_halves, clear_words, clear_halves,
                    )  # fmt: skip
        p = stop
    judge_kept(kept, count, order, states, terms, found, pair_words, pair_halves, clear_words, clear_halves)


@njit(nogil=True, cache=True, error_model="numpy")
def sweep_finer(
    begin: int,
    end: int,
    finer: int,
    rho: float,
    grid: Floats,
    rows: Floats,
    starts: Places,
    bounds: Singles,
    latitude: Floats,
    places: Places,
    paths: Singles,
    order: Rows,
    mask: Marks,
    words: Words,
    kept: Pairs,
    states: Floats,
    terms: Floats,
    found: Places,
    pair_words: Floats,
    pair_halves: Pairs,
    clear_words: Floats,
    clear_halves: Pairs,
) -> None:
    """Try each pair of a position begin..end of one level with an aircraft of a finer one; see `sweep_level`."""
    shift = np.int64(grid[3])
    one_row = np.int64(1) << shift
    circle = np.int64(2.0 * pi * grid[2])
    per_radian, first_row = rows[0, finer], np.int64(rows[1, finer])
    last_row = first_row + np.int64(rows[3, finer]) - 1
    height = 1.0 / per_radian
    last = starts[finer + 1]
    count = 0
    for p in range(begin, end):
        unit = places[p] & (one_row - 1)
        north = latitude[p] - grid[0]
        cos_here = max(np.cos(latitude[p]), 0.0) * 0.999999
        lowest = max(first_row + np.int64(np.floor((north - rho) * per_radian)) - 1, first_row)
        highest = min(first_row + np.int64(np.floor((north + rho) * per_radian)) + 1, last_row)
        high = starts[finer]
        for row in range(lowest, highest + 1):
            south = (row - first_row) * height
            gap = max(max(south - north, north - south - height) - 1e-9, 0.0)
            edge = grid[0] + south
            cos_there = max(min(np.cos(edge), np.cos(edge + height)), 0.0) * 0.999999
            half = half_width(rho, gap, cos_here, cos_there)
            if half < 0.0:
                continue
            width = np.int64(half * grid[2]) + 3
            base = row << shift
            whole = 2 * width + 2 >= circle
            low = first_at_least(places, base if whole else base + max(unit - width, 0), high, last)
            high = first_at_least(places, base + one_row if whole else base + min(unit + width + 1, one_row), low, last)
            count = try_range(
                p, low, high, bounds, paths, order, mask, words, kept, count,
                states, terms, found, pair_words, pair_halves, clear_words, clear_halves,
            )  # fmt: skip
            if not whole and unit < width:
                low = first_at_least(places, base + min(circle + unit - width, one_row), high, last)
                high = first_at_least(places, base + one_row, low, last)
                count = try_range(
                    p, low, high, bounds, paths, order, mask, words, kept, count,
                    states, terms, found, pair_words, pair_halves, clear_words, clear_halves,
                )  # fmt: skip
            if not whole and unit + width >= circle:
                low = first_at_least(places, base, starts[finer], last)
                count = try_range(
                    p, low, first_at_least(places, base + unit + width - circle + 1, low, last),
                    bounds, paths, order, mask, words, kept, count,
                    states, terms, found, pair_words, pair_halves, clear_words, clear_halves,
                )  # fmt: skip
    judge_kept(kept, count, order, states, terms, found, pair_words, pair_halves, clear_words, clear_halves)
