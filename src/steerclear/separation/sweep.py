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

BLOCK: Final = 1024
"""Candidates filtered at a time: the mask of a block stays in the first-level cache."""


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def mark(paths: Singles, p: int, low: int, high: int, bounds: Singles, mask: NDArray[np.uint8]) -> None:
    """Mark which positions low..high may meet position p; `bounds`: earliest, latest time from the middle, slack."""
    x, y, z = paths[0, p], paths[1, p], paths[2, p]
    u, v, w = paths[3, p], paths[4, p], paths[5, p]
    share, floor, roof = paths[6, p] + bounds[3], paths[7, p], paths[8, p]
    early, late, slack = bounds[0], bounds[1], bounds[2]
    tiny = np.float32(1e-20)
    for k in range(low, high):
        dx = paths[0, k] - x
        dy = paths[1, k] - y
        dz = paths[2, k] - z
        du = paths[3, k] - u
        dv = paths[4, k] - v
        dw = paths[5, k] - w
        time = -(dx * du + dy * dv + dz * dw) / (du * du + dv * dv + dw * dw + tiny)
        time = early if time < early else time
        time = late if time > late else time
        dx += time * du
        dy += time * dv
        dz += time * dw
        reach = paths[6, k] + share
        near = dx * dx + dy * dy + dz * dz <= reach * reach + slack
        mask[k - low] = near & (paths[7, k] <= roof) & (paths[8, k] >= floor)


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
def try_window(
    p: int,
    low: int,
    high: int,
    bounds: Singles,
    paths: Singles,
    order: NDArray[np.int32],
    states: Floats,
    terms: Floats,
    mask: NDArray[np.uint8],
    words: NDArray[np.uint64],
    found: Places,
    pair_words: Floats,
    pair_halves: NDArray[np.int32],
    clear_words: Floats,
    clear_halves: NDArray[np.int32],
) -> None:
    """Filter positions low..high against p and judge what is left; `words` is the uint64 view of `mask`."""
    while low < high:
        stop = min(high, low + BLOCK)
        count = stop - low
        full = (count + 7) >> 3
        words[full - 1] = 0
        mark(paths, p, low, stop, bounds, mask)
        for word in range(full):
            if words[word] != 0:
                for k in range(8 * word, 8 * word + 8):
                    if mask[k] != 0:
                        a, b = order[p], order[low + k]
                        first, second = min(a, b), max(a, b)
                        judge_pair(
                            states,
                            first,
                            second,
                            first,
                            second,
                            terms,
                            found,
                            pair_words,
                            pair_halves,
                            clear_words,
                            clear_halves,
                        )
        low = stop


@njit(nogil=True, cache=True, error_model="numpy")
def sweep_level(
    begin: int,
    end: int,
    level: int,
    grid: Floats,
    rows: Floats,
    starts: Places,
    bounds: NDArray[np.float32],
    places: Places,
    paths: Singles,
    order: NDArray[np.int32],
    states: Floats,
    terms: Floats,
    mask: NDArray[np.uint8],
    words: NDArray[np.uint64],
    found: Places,
    pair_words: Floats,
    pair_halves: NDArray[np.int32],
    clear_words: Floats,
    clear_halves: NDArray[np.int32],
) -> None:
    """Try each pair of which the first is at a position begin..end, both in `level`.

    `grid`: lowest latitude, lowest longitude, units per radian, longitude bits. `rows[:, level]`: rows per radian,
    first row, rho. `starts`: first position of each level, and the end. `bounds[level]`: see `mark`.
    """
    shift = np.int64(grid[3])
    one_row = np.int64(1) << shift
    circle = np.int64(2.0 * pi * grid[2])
    per_radian, first_row, rho = rows[0, level], np.int64(rows[1, level]), rows[2, level]
    height = 1.0 / per_radian
    last = starts[level + 1]
    above = np.int64(rho * per_radian) + 2
    widths = np.empty(above, np.int64)
    lows = np.empty(above, np.int64)
    highs = np.empty(above, np.int64)
    row = np.int64(-1)
    for p in range(begin, end):
        place = places[p]
        unit = place & (one_row - 1)
        if place >> shift != row:
            fresh = row < 0
            row = place >> shift
            south = grid[0] + (row - first_row) * height
            cos_here = max(min(np.cos(south), np.cos(south + height)), 0.0) * 0.999999
            for up in range(above):
                edge = south + up * height
                cos_there = max(min(np.cos(edge), np.cos(edge + height)), 0.0) * 0.999999
                width = half_width(rho, max(up - 1, 0) * height * 0.999999, cos_here, cos_there)
                if edge > 0.5 * pi:
                    cos_there = 0.0
                    width = pi if width >= 0.0 else width
                units = np.int64(width * grid[2]) + 3
                widths[up] = -1 if width < 0.0 else (circle if 2 * units + 2 >= circle else units)
                if fresh:
                    base = place - unit + up * one_row
                    lows[up] = first_at_least(places, base + max(unit - widths[up], 0), starts[level], last)
                    highs[up] = lows[up]
        for up in range(above):
            width_units = widths[up]
            if width_units < 0:
                continue
            base = place - unit + up * one_row
            low, high = lows[up], max(highs[up], lows[up])
            target = base + max(unit - width_units, 0)
            while low < last and places[low] < target:
                low += 1
            high = max(high, low)
            target = base + min(unit + width_units + 1, one_row)
            while high < last and places[high] < target:
                high += 1
            lows[up], highs[up] = low, high
            begin_at = p + 1 if up == 0 else low
            if begin_at < high:
                try_window(
                    p, begin_at, high, bounds[level], paths, order, states, terms, mask, words,
                    found, pair_words, pair_halves, clear_words, clear_halves,
                )  # fmt: skip
            if width_units == circle:
                continue
            if up > 0 and unit - width_units < 0:
                low = first_at_least(places, base + circle + unit - width_units, high, last)
                high = first_at_least(places, base + one_row, low, last)
                try_window(
                    p, low, high, bounds[level], paths, order, states, terms, mask, words,
                    found, pair_words, pair_halves, clear_words, clear_halves,
                )  # fmt: skip
            if unit + width_units >= circle:
                low = first_at_least(places, base, starts[level], last)
                high = first_at_least(places, base + unit + width_units - circle + 1, low, last)
                try_window(
                    p, low, high, bounds[level], paths, order, states, terms, mask, words,
                    found, pair_words, pair_halves, clear_words, clear_halves,
                )  # fmt: skip


@njit(nogil=True, cache=True, error_model="numpy")
def sweep_finer(
    begin: int,
    end: int,
    level: int,
    finer: int,
    rho: float,
    bounds: Singles,
    grid: Floats,
    rows: Floats,
    starts: Places,
    latitude: Floats,
    places: Places,
    paths: Singles,
    order: NDArray[np.int32],
    states: Floats,
    terms: Floats,
    mask: NDArray[np.uint8],
    words: NDArray[np.uint64],
    found: Places,
    pair_words: Floats,
    pair_halves: NDArray[np.int32],
    clear_words: Floats,
    clear_halves: NDArray[np.int32],
) -> None:
    """Try each pair of a position begin..end of `level` with one of the `finer` level; arguments as `sweep_level`."""
    shift = np.int64(grid[3])
    one_row = np.int64(1) << shift
    circle = np.int64(2.0 * pi * grid[2])
    per_radian, first_row = rows[0, finer], np.int64(rows[1, finer])
    last_row = first_row + np.int64(rows[3, finer]) - 1
    height = 1.0 / per_radian
    for p in range(begin, end):
        unit = places[p] & (one_row - 1)
        north = latitude[p] - grid[0]
        cos_here = max(np.cos(latitude[p]), 0.0) * 0.999999
        lowest = max(first_row + np.int64(np.floor((north - rho) * per_radian)) - 1, first_row)
        highest = min(first_row + np.int64(np.floor((north + rho) * per_radian)) + 1, last_row)
        for row in range(lowest, highest + 1):
            south = (row - first_row) * height
            gap = max(max(south - north, north - south - height) - 1e-9, 0.0)
            edge = grid[0] + south
            cos_there = max(min(np.cos(edge), np.cos(edge + height)), 0.0) * 0.999999
            width = half_width(rho, gap, cos_here, cos_there)
            if width < 0.0:
                continue
            units = np.int64(width * grid[2]) + 3
            base = row << shift
            whole = 2 * units + 2 >= circle
            start = base if whole else base + max(unit - units, 0)
            stop = base + one_row if whole else base + min(unit + units + 1, one_row)
            low = first_at_least(places, start, starts[finer], starts[finer + 1])
            high = first_at_least(places, stop, low, starts[finer + 1])
            try_window(
                p, low, high, bounds, paths, order, states, terms, mask, words,
                found, pair_words, pair_halves, clear_words, clear_halves,
            )  # fmt: skip
            if not whole and unit - units < 0:
                low = first_at_least(places, base + circle + unit - units, high, starts[finer + 1])
                high = first_at_least(places, base + one_row, low, starts[finer + 1])
                try_window(
                    p, low, high, bounds, paths, order, states, terms, mask, words,
                    found, pair_words, pair_halves, clear_words, clear_halves,
                )  # fmt: skip
            if not whole and unit + units >= circle:
                low = first_at_least(places, base, starts[finer], starts[finer + 1])
                high = first_at_least(places, base + unit + units - circle + 1, low, starts[finer + 1])
                try_window(
                    p, low, high, bounds, paths, order, states, terms, mask, words,
                    found, pair_words, pair_halves, clear_words, clear_halves,
                )  # fmt: skip
