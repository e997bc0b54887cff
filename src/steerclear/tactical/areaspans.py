"""When a straight flight is surely in an area, and when it may be: closed spans of seconds from now.

Frame, symbols and cost of the plane: as in `footprint`. Units: metres, seconds, m/s.
Two answers instead of one, because an area may make minima larger or smaller, and an error must fall on the side of
reporting either way. All bounds are closed. What separates the two:
- a band along the edge, as wide to both sides as `footprint` grows a figure by (1 m + 1e-4 of its radius);
- 1 % of the time until the edge is crossed;
- altitudes of two datums: the buffers of `zonescan` grow the band of heights for "may be" and shrink it for "surely";
- climbs and descents, because aircraft level off: into the band, it may be in it from then on and is never surely in
  it; out of the band, it is surely in it until then and may be in it for good; of unknown altitude, it always may be;
- flights that reach farther than a tenth of the Earth's radius from the area's middle may be in it throughout.
Source: intersection of a line with circles, and with edges widened to capsules; even-odd rule between them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import checked_kernel
from steerclear.model.agreement import AreaOfAuthority
from steerclear.tactical.footprint import FIGURE_WORDS, band, figure_of, inside_ring, near_segment
from steerclear.tactical.reckoning import move_compiled
from steerclear.tactical.table import ELLIPSOID, PRESSURE, TIME, UP, TrackTable
from steerclear.tactical.terms import Terms
from steerclear.tactical.zonescan import DATUM_CODES, altitude_in, place

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SPAN_WORDS: Final = 4
"""Of one span: area, 1 where it is sure and 0 where it may be, from, until."""

_NEAR: Final = 0.995
"""Cosine of a tenth: up to there a flight in the plane is even in time within 1 %."""
_LATE: Final = 1.01
_EARLY: Final = 0.99


def _in_circle(x: float, y: float, dx: float, dy: float, radius: float) -> tuple[float, float]:
    a = dx * dx + dy * dy
    c = x * x + y * y - radius * radius
    if a == 0.0:
        return (0.0, 1.0) if c <= 0.0 else (1.0, 0.0)
    b = x * dx + y * dy
    root = b * b - a * c
    if root < 0.0:
        return 1.0, 0.0
    return max((-b - sqrt(root)) / a, 0.0), min((-b + sqrt(root)) / a, 1.0)


in_circle: Callable[[float, float, float, float, float], tuple[float, float]] = checked_kernel(_in_circle)
"""Parts (0..1) of the way from (x, y) by (dx, dy) within a circle around the origin; (1, 0), or such, for none."""


def _within(at: float, by: float, low: float, high: float) -> tuple[float, float]:
    if by == 0.0:
        return (0.0, 1.0) if low <= at <= high else (1.0, 0.0)
    first, last = (low - at) / by, (high - at) / by
    return max(min(first, last), 0.0), min(max(first, last), 1.0)


within = checked_kernel(_within)


def _along_edge(
    x: float, y: float, dx: float, dy: float, edge: tuple[float, float, float, float], growth: float
) -> tuple[float, float]:
    ax, ay, bx, by = edge
    if dx == 0.0 and dy == 0.0:
        return (0.0, 1.0) if near_segment(x, y, ax, ay, bx, by) <= growth * growth else (1.0, 0.0)
    # The widened edge is convex: the way is in it from the first to the last point in any of its three parts.
    ex, ey = bx - ax, by - ay
    size = sqrt(ex * ex + ey * ey)
    low, high = np.inf, -np.inf
    for part in range(3):
        if part == 0:
            first, last = in_circle(x - ax, y - ay, dx, dy, growth)
        elif part == 1:
            first, last = in_circle(x - bx, y - by, dx, dy, growth)
        elif size > 0.0:
            ex, ey = ex / size, ey / size
            first, last = within((x - ax) * ex + (y - ay) * ey, dx * ex + dy * ey, 0.0, size)
            left, right = within((x - ax) * ey - (y - ay) * ex, dx * ey - dy * ex, -growth, growth)
            first, last = max(first, left), min(last, right)
        if first <= last:
            low, high = min(low, first), max(high, last)
    return low, high


along_edge = checked_kernel(_along_edge)


def _ring_parts(x: float, y: float, dx: float, dy: float, ring: Floats, growth: float, parts: Floats) -> int:
    count = len(ring)
    doubts = np.empty((count, 2))
    found = 0
    for k in range(count):
        n = (k + 1) % count
        low, high = along_edge(x, y, dx, dy, (ring[k, 0], ring[k, 1], ring[n, 0], ring[n, 1]), growth)
        if low <= high:
            doubts[found, 0], doubts[found, 1] = low, high
            found += 1
    order = np.argsort(doubts[:found, 0])
    written = 0
    before = 0.0
    open_at = -1.0
    for step in range(found + 1):
        low = doubts[order[step], 0] if step < found else 1.0
        high = doubts[order[step], 1] if step < found else 1.0
        # Between two stretches near an edge it is inside throughout or outside throughout.
        if low > before or found == 0:
            middle = 0.5 * (before + low)
            if inside_ring(x + middle * dx, y + middle * dy, ring, 0.0):
                parts[written, 0], parts[written, 1], parts[written, 2] = 1.0, before, low
                written += 1
                open_at = before if open_at < 0.0 else open_at
            elif open_at >= 0.0:
                parts[written, 0], parts[written, 1], parts[written, 2] = 0.0, open_at, before
                written += 1
                open_at = -1.0
        if step < found and open_at < 0.0:
            open_at = low
        before = max(before, high)
    if open_at >= 0.0:
        parts[written, 0], parts[written, 1], parts[written, 2] = 0.0, open_at, 1.0
        written += 1
    return written


ring_parts: Callable[[float, float, float, float, Floats, float, Floats], int] = checked_kernel(_ring_parts)
"""Write (1 sure or 0 may be, from, until) parts of the way into `parts`, room for 2 a vertex and 4; return how many."""


def _flat_parts(start: Floats, end: Floats, figure: Floats, ring: Floats, parts: Floats) -> int:
    far = figure[14]
    near = 0.0
    reach = 0.0
    for k in range(3):
        near += (start[k] - figure[k]) ** 2
        reach += (end[k] - start[k]) ** 2
    if sqrt(near) > far + 1.01 * sqrt(reach):
        return 0
    up_start = start[0] * figure[9] + start[1] * figure[10] + start[2] * figure[11]
    up_end = end[0] * figure[9] + end[1] * figure[10] + end[2] * figure[11]
    if min(up_start, up_end) < _NEAR * figure[12]:
        parts[0, 0], parts[0, 1], parts[0, 2] = 0.0, 0.0, 1.0
        return 1
    lift, drop = figure[12] / up_start, figure[12] / up_end
    x = y = dx = dy = 0.0
    for k in range(3):
        a, b = lift * start[k] - figure[k], drop * end[k] - figure[k]
        x += a * figure[3 + k]
        y += a * figure[6 + k]
        dx += b * figure[3 + k]
        dy += b * figure[6 + k]
    dx -= x
    dy -= y
    if len(ring) > 0:
        return ring_parts(x, y, dx, dy, ring, figure[13], parts)
    written = 0
    low, high = in_circle(x, y, dx, dy, figure[15] + figure[13])
    if low <= high:
        parts[0, 0], parts[0, 1], parts[0, 2] = 0.0, low, high
        written = 1
        if figure[15] > figure[13]:
            low, high = in_circle(x, y, dx, dy, figure[15] - figure[13])
            if low <= high:
                parts[1, 0], parts[1, 1], parts[1, 2] = 1.0, low, high
                written = 2
    return written


flat_parts: Callable[[Floats, Floats, Floats, Floats, Floats], int] = checked_kernel(_flat_parts)


def _heights(
    altitude: float, up: float, lower: float, upper: float, grown: float, lookahead: float
) -> tuple[float, float]:
    if np.isnan(altitude):
        return 0.0, -np.inf
    first, last = band(altitude, up, lower - grown, upper + grown, lookahead)
    sure_until = -np.inf
    if lower + grown <= altitude <= upper - grown:
        sure_until = band(altitude, up, lower + grown, upper - grown, lookahead)[1]
    return first if first <= last else np.inf, sure_until


heights: Callable[[float, float, float, float, float, float], tuple[float, float]] = checked_kernel(_heights)
"""(from when it may be within a band of heights, until when it surely is)."""


def _spans(
    data: Floats,
    states: Floats,
    slots: NDArray[np.int32],
    wanted: NDArray[np.bool_],
    clock: tuple[float, float, float],
    figures: Floats,
    rings: Floats,
    ring_ends: Ints,
    limits: Floats,
    datums: Ints,
    parts: Floats,
    spans: Floats,
    span_ends: Ints,
) -> int:
    now, lookahead, buffer = clock
    feet = np.empty((2, 3))
    found = 0
    for row in range(len(wanted)):
        span_ends[row] = found
        if not wanted[row]:
            continue
        slot = slots[row]
        latitude, longitude = states[0, row], states[1, row]
        place(latitude, longitude, feet, 0)
        then = move_compiled(latitude, longitude, states[3, row], states[4, row], lookahead)
        place(then[0], then[1], feet, 1)
        up = data[UP, slot]
        climbed = up * (now - data[TIME, slot])
        for k in range(len(figures)):
            opens, closes = max(limits[k, 2] - now, 0.0), min(limits[k, 3] - now, lookahead)
            if opens > closes:
                continue
            count = flat_parts(feet[0], feet[1], figures[k], rings[ring_ends[k] : ring_ends[k + 1]], parts)
            if count == 0:
                continue
            altitude, grown = altitude_in(
                data[PRESSURE, slot] + climbed, data[ELLIPSOID, slot] + climbed, datums[k], buffer
            )
            may_from, sure_until = heights(altitude, up, limits[k, 0], limits[k, 1], grown, lookahead)
            for part in range(count):
                sure, low, high = parts[part, 0], lookahead * parts[part, 1], lookahead * parts[part, 2]
                if sure == 1.0:
                    low = max(low * _LATE, opens)
                    high = min(high if parts[part, 2] == 1.0 else high * _EARLY, closes, sure_until)
                else:
                    low, high = max(low * _EARLY, opens, may_from), min(high * _LATE, closes)
                if low > high:
                    continue
                if found < len(spans):
                    spans[found, 0], spans[found, 1], spans[found, 2], spans[found, 3] = k, sure, low, high
                found += 1
    span_ends[len(wanted)] = found
    return found


write_spans: Callable[..., int] = checked_kernel(_spans)
"""Write the spans of the wanted rows, row by row, into `spans` and `span_ends`; returns how many, written or not."""


class Spans(NamedTuple):
    """Spans of some flights: those of row r are `words[ends[r]:ends[r + 1]]`, each of SPAN_WORDS."""

    words: Floats
    ends: Ints


class AreaSpans:
    """Areas of authority, prepared; keeps its workspace."""

    def __init__(self, table: TrackTable, terms: Terms, areas: Sequence[AreaOfAuthority]) -> None:
        self._table = table
        self._clock = terms.farthest_lookahead_s, terms.datum_buffer_m
        drawn = [figure_of(area) for area in areas]
        self._figures = np.array([words for words, _ in drawn]).reshape(-1, FIGURE_WORDS)
        self._rings = np.concatenate([ring for _, ring in drawn]) if drawn else np.empty((0, 2))
        self._ring_ends = np.cumsum([0, *(len(ring) for _, ring in drawn)])
        limits = [(area.lower_m, area.upper_m, area.from_s, area.until_s) for area in areas]
        self._limits = np.array(limits).reshape(-1, 4)
        self._datums = np.array([DATUM_CODES[area.altitude_datum] for area in areas], dtype=np.int64)
        self._parts = np.empty((2 * max((len(ring) for _, ring in drawn), default=0) + 4, 3))
        self._words = np.empty((256, SPAN_WORDS))

    def of(self, states: Floats, slots: NDArray[np.int32], wanted: NDArray[np.bool_], now_s: float) -> Spans:
        """Spans over the farthest lookahead of the wanted ones of the flights in `states` (see `reckoning`)."""
        lookahead_s, buffer_m = self._clock
        ends = np.empty(len(wanted) + 1, dtype=np.int64)
        while True:
            found = write_spans(
                self._table.data,
                np.ascontiguousarray(states),
                slots,
                wanted,
                (now_s, lookahead_s, buffer_m),
                self._figures,
                self._rings,
                self._ring_ends,
                self._limits,
                self._datums,
                self._parts,
                self._words,
                ends,
            )
            if found <= len(self._words):
                return Spans(self._words[:found], ends)
            self._words = np.empty((2 * found, SPAN_WORDS))
