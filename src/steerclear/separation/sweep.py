"""The sweep over sorted aircraft: which windows of candidates each one looks at.

Frame and symbols: `placing`. Each unordered pair is looked at exactly once: within a level, an aircraft looks east in
its own row and both ways in the higher rows; between levels, the one that reaches further looks at the finer level.
The half-width of a window in a row follows from the haversine formula with the least latitude difference and the
smallest cosines the rows allow, so it can only be too wide.
"""

from math import pi, sqrt
from typing import NamedTuple

import numpy as np

from steerclear.separation.compiling import kernel
from steerclear.separation.filtering import (
    BLOCK,
    GROUP,
    Floats,
    Places,
    Scratch,
    Singles,
    Sink,
    judge_kept,
    try_group,
    try_range,
)
from steerclear.separation.placing import Traffic, arc_tangent


class Grid(NamedTuple):
    """The plan of levels and rows.

    `origin`: lowest latitude and longitude (radians), longitude units per radian, bits of longitude in a place.
    `rows`: for each level rows per radian, first row, angle at which two of its aircraft may meet, number of rows.
    `starts`: first position of each level, and the end.
    """

    origin: Floats
    rows: Floats
    starts: Places


@kernel
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


@kernel
def first_at_least(places: Places, target: int, low: int, high: int) -> int:
    """Return the first position in low..high whose place is at least `target`, or high."""
    while low < high:
        middle = (low + high) >> 1
        if places[middle] < target:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def row_widths(row: int, level: int, grid: Grid, circle: int, widths: Places) -> int:
    """Fill the half-widths (longitude units) of windows in this row of a level (0) and the rows above it.

    -1 where no point of that row can be near enough, `circle` where any longitude can. Returns how far apart
    neighbours may be to share windows: a common window must not run into what its members see across the cut of
    longitude, or a pair would come twice.
    """
    height, rho = 1.0 / grid.rows[0, level], grid.rows[2, level]
    south = grid.origin[0] + row * height
    cos_here = max(min(np.cos(south), np.cos(south + height)), 0.0) * 0.999999
    span = circle
    for up in range(widths.shape[0]):
        edge = south + up * height
        cos_there = max(min(np.cos(edge), np.cos(edge + height)), 0.0) * 0.999999
        width = half_width(rho, max(up - 1, 0) * height * 0.999999, cos_here, cos_there)
        units = int(width * grid.origin[2]) + 3
        widths[up] = -1 if width < 0.0 else units
        if 2 * units + 2 >= circle:
            widths[up] = circle
        elif width >= 0.0:
            span = min(span, circle - 2 * units - 1, units)
    return span


@kernel
def try_past_cut(
    p: int,
    base: int,
    width: int,
    low: int,
    high: int,
    both: bool,
    grid: Grid,
    bounds: Singles,
    traffic: Traffic,
    scratch: Scratch,
    sink: Sink,
    count: int,
) -> int:
    """Filter what p sees across the cut of longitude in the row that begins at place `base`.

    At most one more piece on each side; only the eastern one unless `both`. Positions low..high hold the row.
    """
    one_row = 1 << int(grid.origin[3])
    circle = int(2.0 * pi * grid.origin[2])
    unit = traffic.places[p] & (one_row - 1)
    if both and unit < width:
        first = first_at_least(traffic.places, base + min(circle + unit - width, one_row), low, high)
        stop = first_at_least(traffic.places, base + one_row, first, high)
        count = try_range(p, first, stop, bounds, traffic, scratch, sink, count)
    if unit + width >= circle:
        first = first_at_least(traffic.places, base, low, high)
        stop = first_at_least(traffic.places, base + unit + width - circle + 1, first, high)
        count = try_range(p, first, stop, bounds, traffic, scratch, sink, count)
    return count


@kernel
def try_singly(
    p: int,
    stop: int,
    first: int,
    high: int,
    own: bool,
    bounds: Singles,
    traffic: Traffic,
    scratch: Scratch,
    sink: Sink,
    count: int,
) -> int:
    """Filter the window first..high against the neighbours p..stop one by one: for windows of any length."""
    for q in range(p, stop):
        begin = max(first, q + 1) if own else first
        count = try_range(q, begin, high, bounds, traffic, scratch, sink, count)
    return count


@kernel
def advanced(places: Places, position: int, last: int, target: int) -> int:
    """Return the first position from `position` on whose place is at least `target`, or `last`; it is near."""
    while position < last and places[position] < target:
        position += 1
    return position


@kernel
def sweep_level(
    begin: int,
    end: int,
    level: int,
    grid: Grid,
    bounds: Singles,
    traffic: Traffic,
    scratch: Scratch,
    sink: Sink,
) -> None:
    """Try each pair of which the first is at a position begin..end and both are in `level`; `bounds`: see `mark`.

    Neighbours in a row go in groups that share their windows; as places only rise, each window's two ends only move
    forward.
    """
    places = traffic.places
    shift = int(grid.origin[3])
    one_row = 1 << shift
    circle = int(2.0 * pi * grid.origin[2])
    start, last = grid.starts[level], grid.starts[level + 1]
    above = int(grid.rows[2, level] * grid.rows[0, level]) + 2
    widths, lows, highs = np.empty(above, np.int64), np.full(above, -1, np.int64), np.empty(above, np.int64)
    row, span, count, p = -1, circle, 0, begin
    while p < end:
        if places[p] >> shift != row:
            row = places[p] >> shift
            span = row_widths(row - int(grid.rows[1, level]), level, grid, circle, widths)
        stop = p + 1
        while stop < min(end, p + GROUP) and places[stop] >> shift == row and places[stop] - places[p] < span:
            stop += 1
        west, east = places[p] & (one_row - 1), places[stop - 1] & (one_row - 1)
        for up in range(above):
            width = widths[up]
            if width < 0:
                continue
            base = (row + up) << shift
            target = base + max(west - width, 0)
            if lows[up] < 0:
                lows[up] = highs[up] = first_at_least(places, target, start, last)
            lows[up] = advanced(places, lows[up], last, target)
            highs[up] = advanced(places, max(highs[up], lows[up]), last, base + min(east + width + 1, one_row))
            first, high = p + 1 if up == 0 else lows[up], highs[up]
            # The calls with few arguments are the many: handing over all arrays costs more than most windows.
            if high - first > BLOCK or count + GROUP * BLOCK > scratch.kept.shape[1]:
                count = try_singly(p, stop, first, high, up == 0, bounds, traffic, scratch, sink, count)
            elif first < high:
                count = try_group(p, stop, first, high, up == 0, bounds, traffic.paths, scratch, count)
            if width != circle and (west < width or east + width >= circle):
                for q in range(p, stop):
                    count = try_past_cut(
                        q, base, width, start, last, up > 0, grid, bounds, traffic, scratch, sink, count
                    )
        p = stop
    judge_kept(count, traffic, scratch, sink)


@kernel
def try_arc(
    p: int,
    base: int,
    west: int,
    east: int,
    grid: Grid,
    level: int,
    bounds: Singles,
    traffic: Traffic,
    scratch: Scratch,
    sink: Sink,
    count: int,
) -> int:
    """Filter the units west..east of a row of `level` that begins at place `base`; they may lie beyond the cut."""
    one_row = 1 << int(grid.origin[3])
    circle = int(2.0 * pi * grid.origin[2])
    places, low, last = traffic.places, grid.starts[level], grid.starts[level + 1]
    whole = east - west + 2 >= circle
    low = first_at_least(places, base if whole else base + min(max(west, 0), one_row), low, last)
    high = first_at_least(places, base + (one_row if whole else min(max(east + 1, 0), one_row)), low, last)
    count = try_range(p, low, high, bounds, traffic, scratch, sink, count)
    if whole:
        return count
    if west < 0:
        low = first_at_least(places, base + min(circle + west, one_row), high, last)
        high = first_at_least(places, base + one_row, low, last)
        count = try_range(p, low, high, bounds, traffic, scratch, sink, count)
    if east >= circle:
        low = first_at_least(places, base, grid.starts[level], last)
        high = first_at_least(places, base + east - circle + 1, low, last)
        count = try_range(p, low, high, bounds, traffic, scratch, sink, count)
    return count


@kernel
def trace(p: int, pieces: int, middle: float, grid: Grid, traffic: Traffic, trail: Floats) -> None:
    """Fill the middles of the pieces of p's path: latitude above the lowest, units east of its place, cosine."""
    states = traffic.states
    lon = arc_tangent(states[p, 1] + middle * states[p, 4], states[p, 0] + middle * states[p, 3])
    for k in range(pieces):
        time = middle * (2.0 * k + 1.0) / pieces
        x, y = states[p, 0] + time * states[p, 3], states[p, 1] + time * states[p, 4]
        latitude = arc_tangent(states[p, 2] + time * states[p, 5], sqrt(x * x + y * y))
        turn = arc_tangent(y, x) - lon
        turn = turn - 2.0 * pi if turn > pi else (turn + 2.0 * pi if turn < -pi else turn)
        trail[0, k] = latitude - grid.origin[0]
        trail[1, k] = turn * grid.origin[2]
        trail[2, k] = max(np.cos(latitude), 0.0) * 0.999999


@kernel
def sweep_finer(
    begin: int,
    end: int,
    finer: int,
    far: Floats,
    grid: Grid,
    bounds: Singles,
    traffic: Traffic,
    scratch: Scratch,
    sink: Sink,
) -> None:
    """Try each pair of a position begin..end of one level with an aircraft of a finer one.

    A long path is cut into pieces, and each row of the finer level is searched where any piece may reach.
    `far`: number of pieces, middle time, largest reach of the finer level, metres by which directions may lean out of
    the pair's plane, radians per metre.
    """
    one_row = 1 << int(grid.origin[3])
    circle = int(2.0 * pi * grid.origin[2])
    per_radian, row_count = grid.rows[0, finer], int(grid.rows[3, finer])
    height = 1.0 / per_radian
    pieces, middle = int(far[0]), far[1]
    trail = np.empty((3, pieces))
    states = traffic.states
    count = 0
    for p in range(begin, end):
        unit = traffic.places[p] & (one_row - 1)
        speed = sqrt(states[p, 3] * states[p, 3] + states[p, 4] * states[p, 4] + states[p, 5] * states[p, 5])
        reach = speed * middle / pieces + 1.000001 * traffic.paths[6, p] + far[2]
        rho = far[4] * sqrt(reach * reach + far[3] * far[3]) + 2e-8
        trace(p, pieces, middle, grid, traffic, trail)
        lowest = max(int(np.floor((trail[0].min() - rho) * per_radian)) - 1, 0)
        highest = min(int(np.floor((trail[0].max() + rho) * per_radian)) + 1, row_count - 1)
        for row in range(lowest, highest + 1):
            south = row * height
            edge = grid.origin[0] + south
            cos_there = max(min(np.cos(edge), np.cos(edge + height)), 0.0) * 0.999999
            west, east = circle, -circle
            for k in range(pieces):
                gap = max(south - trail[0, k] - 1e-9, trail[0, k] - south - height - 1e-9, 0.0)
                half = half_width(rho, gap, trail[2, k], cos_there) if gap <= rho else -1.0
                if half >= 0.0:
                    centre, width = unit + int(np.floor(trail[1, k])), int(half * grid.origin[2]) + 4
                    west, east = min(west, centre - width), max(east, centre + width)
            if west <= east:
                base = (int(grid.rows[1, finer]) + row) * one_row
                count = try_arc(p, base, west, east, grid, finer, bounds, traffic, scratch, sink, count)
    judge_kept(count, traffic, scratch, sink)
