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
Single = np.float32
Singles = NDArray[np.float32]
Places = NDArray[np.int64]
Rows = NDArray[np.int32]
Pairs = NDArray[np.int32]
Marks = NDArray[np.uint8]
Words = NDArray[np.uint64]

BLOCK: Final = 512
"""Candidates filtered at a time: the mask of a block stays in the first-level cache."""

GROUP: Final = 4
"""Neighbours in a row that share their windows; `mark_group` is written for four."""

KEPT: Final = 4 * GROUP * BLOCK
"""Pairs noted before they are judged."""

LANES: Final = 8
"""Candidates that the vector units take at once, and marks in one word of the mask."""


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def excess(
    dx: Single,
    dy: Single,
    dz: Single,
    du: Single,
    dv: Single,
    dw: Single,
    reach: Single,
    half: Single,
    slack: Single,
    above: Single,
    below: Single,
) -> Single:
    """Return a number that is positive only if two aircraft cannot meet.

    Relative middle point and velocity, the sum of both shares, half the time looked at, the square slack, and by how
    much one's altitudes are above and below the other's. The least square distance over the time is compared without
    a division: at the end that the pair is nearest to, or at the turning point and multiplied by the square speed.
    """
    vv = du * du + dv * dv + dw * dw
    rv = abs(dx * du + dy * dv + dz * dw)
    room = dx * dx + dy * dy + dz * dz - (reach * reach + slack)
    travel = half * vv
    most = room + half * (travel - rv - rv) if rv >= travel else room * vv - rv * rv
    most = most if most > above else above
    return most if most > below else below


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def mark(paths: Singles, p: int, low: int, count: int, bounds: Singles, mask: Marks) -> None:
    """Mark which of `count` positions from `low` may meet position p.

    `bounds`: half the time looked at, square slack, distance slack. `count` is a multiple of LANES for the vector
    units; the caller has room for it and ignores what is too much.
    """
    x, y, z, u, v, w = paths[0, p], paths[1, p], paths[2, p], paths[3, p], paths[4, p], paths[5, p]
    share, floor, roof = paths[6, p] + bounds[2], paths[7, p], paths[8, p]
    half, slack, none = bounds[0], bounds[1], np.float32(0.0)
    # Unsigned offsets: with signed ones every load would first look for an index from the end.
    start = np.uintp(low)
    for k in range(np.uintp(count)):
        c = start + k
        mask[k] = (
            excess(
                paths[0, c] - x, paths[1, c] - y, paths[2, c] - z, paths[3, c] - u, paths[4, c] - v, paths[5, c] - w,
                paths[6, c] + share, half, slack, paths[7, c] - roof, floor - paths[8, c],
            )
            <= none
        )  # fmt: skip


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def mark_group(paths: Singles, p: int, low: int, count: int, bounds: Singles, mask: Marks) -> None:
    """Do as `mark` for GROUP positions from p at once, which reads each candidate once; marks lie BLOCK apart."""
    half, slack, far, none = bounds[0], bounds[1], bounds[2], np.float32(0.0)
    xa, ya, za, ua, va, wa = paths[0, p], paths[1, p], paths[2, p], paths[3, p], paths[4, p], paths[5, p]
    sa, fa, ra = paths[6, p] + far, paths[7, p], paths[8, p]
    q = p + 1
    xb, yb, zb, ub, vb, wb = paths[0, q], paths[1, q], paths[2, q], paths[3, q], paths[4, q], paths[5, q]
    sb, fb, rb = paths[6, q] + far, paths[7, q], paths[8, q]
    q = p + 2
    xc, yc, zc, uc, vc, wc = paths[0, q], paths[1, q], paths[2, q], paths[3, q], paths[4, q], paths[5, q]
    sc, fc, rc = paths[6, q] + far, paths[7, q], paths[8, q]
    q = p + 3
    xd, yd, zd, ud, vd, wd = paths[0, q], paths[1, q], paths[2, q], paths[3, q], paths[4, q], paths[5, q]
    sd, fd, rd = paths[6, q] + far, paths[7, q], paths[8, q]
    start = np.uintp(low)
    for k in range(np.uintp(count)):
        c = start + k
        x, y, z, u, v, w = paths[0, c], paths[1, c], paths[2, c], paths[3, c], paths[4, c], paths[5, c]
        s, f, r = paths[6, c], paths[7, c], paths[8, c]
        a = excess(x - xa, y - ya, z - za, u - ua, v - va, w - wa, s + sa, half, slack, f - ra, fa - r)
        b = excess(x - xb, y - yb, z - zb, u - ub, v - vb, w - wb, s + sb, half, slack, f - rb, fb - r)
        m = excess(x - xc, y - yc, z - zc, u - uc, v - vc, w - wc, s + sc, half, slack, f - rc, fc - r)
        n = excess(x - xd, y - yd, z - zd, u - ud, v - vd, w - wd, s + sd, half, slack, f - rd, fd - r)
        mask[k] = a <= none
        mask[np.uintp(BLOCK) + k] = b <= none
        mask[np.uintp(2 * BLOCK) + k] = m <= none
        mask[np.uintp(3 * BLOCK) + k] = n <= none


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
        judge_pair(states, a, b, order[a], order[b], terms, found, pair_words, pair_halves, clear_words, clear_halves)


@njit(nogil=True, cache=True, error_model="numpy")
def note(p: int, low: int, high: int, lane: int, mask: Marks, words: Words, kept: Pairs, count: int) -> int:
    """Note p with each marked position of low..high, of the marks in `lane`; return how many pairs are noted now."""
    offset = lane * BLOCK
    for group in range((high - low + LANES - 1) // LANES):
        if words[offset // LANES + group] == 0:
            continue
        for k in range(LANES * group, min(LANES * group + LANES, high - low)):
            kept[0, count] = p
            kept[1, count] = low + k
            count += np.int64(mask[offset + k])
    return count


@njit(nogil=True, cache=True, error_model="numpy")
def try_group(
    p: int,
    stop: int,
    low: int,
    high: int,
    own: bool,
    bounds: Singles,
    paths: Singles,
    mask: Marks,
    words: Words,
    kept: Pairs,
    count: int,
) -> int:
    """Filter positions low..high, at most BLOCK, against each of p..stop, at most GROUP, and note what it keeps.

    `own`: the window begins behind p in its own row, and a member looks only at positions behind itself.
    """
    mark_group(paths, p, low, max((high - low + LANES - 1) // LANES, 2) * LANES, bounds, mask)
    for lane in range(stop - p):
        if own:
            # What lies before a member in its own row is left to those before it.
            for k in range(min(lane, high - low)):
                mask[lane * BLOCK + k] = 0
        count = note(p + lane, low, high, lane, mask, words, kept, count)
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
    """Filter any number of positions against p alone; judge what is noted whenever there is no room for more."""
    while low < high:
        if count + GROUP * BLOCK > kept.shape[1]:
            judge_kept(kept, count, order, states, terms, found, pair_words, pair_halves, clear_words, clear_halves)
            count = 0
        stop = min(high, low + BLOCK)
        mark(paths, p, low, (stop - low + LANES - 1) // LANES * LANES, bounds, mask)
        count = note(p, low, stop, 0, mask, words, kept, count)
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
    span = circle
    count = 0
    p = begin
    while p < end:
        if places[p] >> shift != row:
            row = places[p] >> shift
            row_widths(row - first_row, above, rho, 1.0 / per_radian, grid, circle, widths)
            # A group's common window must not run into what its members see across the cut, or a pair comes twice.
            span = circle
            for up in range(above):
                if 0 <= widths[up] < circle:
                    span = min(span, min(circle - 2 * widths[up] - 1, widths[up]))
        stop = p + 1
        while stop < end and stop < p + GROUP and places[stop] >> shift == row and places[stop] - places[p] < span:
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
            first = p + 1 if up == 0 else low
            if high - first > BLOCK or count + GROUP * BLOCK > kept.shape[1]:
                for q in range(p, stop):
                    count = try_range(
                        q, max(first, q + 1) if up == 0 else first, high, bounds, paths, order, mask, words, kept, count,
                        states, terms, found, pair_words, pair_halves, clear_words, clear_halves,
                    )  # fmt: skip
            elif first < high:
                count = try_group(p, stop, first, high, up == 0, bounds, paths, mask, words, kept, count)
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
