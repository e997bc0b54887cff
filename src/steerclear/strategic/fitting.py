"""How well every aircraft fits every declared flight: kernels over all pairs, and exact distances for those near.

Frame: WGS84, height zero for places; heights in the datum of the volume where the aircraft has it, else compared as
spans above mean sea level, the widest that they can be. Units: metres, seconds, m/s; POSIX UTC seconds.
Bounds: closed; inside, all distances are 0. An aircraft of unknown height is taken to be at every height.
A fit is 1 inside a volume and falls with the distance from it: 1 - h / NEAR_M - v / NEAR_VERTICAL_M - t / NEAR_S, never
below 0; of the volumes of a flight the best one counts. The fit ahead is the same for where the aircraft will be after
AHEAD_S of straight flight, at half the slope, because flights turn.
Distances from polygons are taken in the plane of the polygon: inside is exact; outside, a place up to 100 km from the
middle is told within 0.03 %, one 1,000 km away within 3 %, always too far; from circles they are exact.
A prefilter passes over pairs by a ball around each flight; it never passes over a pair whose fit is above 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import inner_kernel, kernel
from steerclear.geodesy.footprints import FOOTPRINT_WORDS
from steerclear.geodesy.limits import MAX_WITHIN_M
from steerclear.geodesy.planes import FRONT, foot, project, touch
from steerclear.geodesy.rings import inside
from steerclear.geodesy.vertical import LARGEST_UNDULATION_M, sea_level_bounds
from steerclear.model.track import AltitudeDatum, Track
from steerclear.separation.nearness import TOUCHING_M, apart_at_least, distance
from steerclear.strategic.flight_tables import DATUMS, ExpectedFlights, FlightTables

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

NEAR_M: Final = 2_000.0
NEAR_VERTICAL_M: Final = 300.0
NEAR_S: Final = 180.0
"""So far outside its volumes, in place, height or time, nothing speaks for an aircraft being that flight's."""
AHEAD_S: Final = 30.0

FIT_WORDS: Final = 5
"""Of a pair: fit now, fit ahead, and how far outside in place, height and time."""

_MOST_M: Final = MAX_WITHIN_M
_NO_HEIGHT: Final = np.nan
_CHORD_SLACK_M: Final = 1.0
_START_PAIRS: Final = 4_096
_ROUNDED_M: Final = 10.0
"""Pressure altitudes are taken in steps, outwards, so that few of them need the atmosphere's formulas."""
_HEIGHTS_KEPT: Final = 20_000


class Fits(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of a track and a flight, by track."""

    tracks: Places
    flights: Places
    words: Floats
    """FIT_WORDS of each pair."""


@inner_kernel
def _moved(plane: Floats, east_m: float, north_m: float, to: Floats) -> None:
    """Write the plane that touches where one comes to by going so far east and north; true to a metre in 15 km."""
    x = plane[0] + east_m * plane[3] + north_m * plane[6]
    y = plane[1] + east_m * plane[4] + north_m * plane[7]
    z = plane[2] + east_m * plane[5] + north_m * plane[8]
    radius = np.sqrt(plane[0] * plane[0] + plane[1] * plane[1] + plane[2] * plane[2])
    scale = radius / np.sqrt(x * x + y * y + z * z)
    touch(x * scale, y * scale, z * scale, to)


@kernel
def fill_places(latitude_deg: Floats, longitude_deg: Floats, moves: Floats, now: Floats, ahead: Floats) -> None:
    """Write the touching planes of places now, and after having moved by `moves` (metres east, north; shape (n, 2))."""
    for k in range(latitude_deg.size):
        x, y, z = foot(latitude_deg[k], longitude_deg[k])
        touch(x, y, z, now[k])
        _moved(now[k], moves[k, 0], moves[k, 1], ahead[k])


@inner_kernel
def _within_ball(place: Floats, ball: Floats, most_m: float) -> bool:
    dx, dy, dz = place[0] - ball[0], place[1] - ball[1], place[2] - ball[2]
    return bool(dx * dx + dy * dy + dz * dz <= most_m * most_m)


@kernel
def near_pairs(places: Floats, tables: FlightTables, clock: Floats, tracks: Places, flights: Places) -> int:
    """Write the pairs that may fit; `clock`: now, NEAR_S, NEAR_M. Returns how many there are, written or not."""
    now, near_s, near_m = clock[0], clock[1], clock[2]
    current = np.empty(len(tables.words), np.int64)
    found = 0
    for f in range(len(tables.bounds)):
        reach = tables.bounds[f, 3]
        if reach < 0.0 or now < tables.bounds[f, 4] - near_s or now > tables.bounds[f, 5] + near_s:
            continue
        count = 0
        for v in range(tables.first[f], tables.first[f + 1]):
            if tables.spans[v, 0] - near_s <= now <= tables.spans[v, 1] + near_s:
                current[count] = v
                count += 1
        for k in range(len(places)):
            if not _within_ball(places[k], tables.bounds[f], reach + near_m + _CHORD_SLACK_M):
                continue
            for number in range(count):
                words = tables.words[current[number]]
                if _within_ball(places[k], words, words[14] + near_m + _CHORD_SLACK_M):
                    if found < len(tracks):
                        tracks[found], flights[found] = k, f
                    found += 1
                    break
    return found


@inner_kernel
def _gap(low: float, high: float, floor: float, roof: float) -> float:
    return max(floor - high, low - roof, 0.0)


@inner_kernel
def _vertical(heights: Floats, datum: int, climbed: float, spans: Floats, volume_datum: int) -> float:
    if np.isnan(heights[0]) or volume_datum == 0:
        return 0.0
    if datum == volume_datum:
        height = heights[0] + climbed
        return float(_gap(height, height, spans[2], spans[3]))
    return float(_gap(heights[1] + climbed, heights[2] + climbed, spans[4], spans[5]))


@inner_kernel
def _away(place: Floats, tables: FlightTables, v: int, most_m: float) -> float:
    """The distance of a place from a volume if it is at most so much, else a bound below it."""
    words = tables.words[v]
    bound = max(apart_at_least(place, words), 0.0)
    if bound > most_m:
        return float(bound)
    ring, corners = tables.rings[v], tables.rings[v + 1] - tables.rings[v]
    x, y, front = project(words, place[0], place[1], place[2])
    if corners < 3:
        return float(distance(place, np.zeros((2, 1)), 0, 1, words, tables.points, ring, corners, most_m))
    if front <= FRONT:
        return float(bound)
    return 0.0 if inside(tables.points, ring, corners, x, y) else _from_edges(tables.points, ring, corners, x, y)


@inner_kernel
def _from_edges(points: Floats, first: int, count: int, x: float, y: float) -> float:
    """Distance of a point of a plane from the nearest edge of a ring in it; what touches is on it."""
    least = np.inf
    bx, by = points[0, first + count - 1] - x, points[1, first + count - 1] - y
    for k in range(first, first + count):
        ax, ay = bx, by
        bx, by = points[0, k] - x, points[1, k] - y
        dx, dy = bx - ax, by - ay
        size = dx * dx + dy * dy
        part = 0.0 if size == 0.0 else min(max(-(ax * dx + ay * dy) / size, 0.0), 1.0)
        px, py = ax + part * dx, ay + part * dy
        least = min(least, px * px + py * py)
    return 0.0 if least <= TOUCHING_M * TOUCHING_M else float(np.sqrt(least))


@kernel
def write_fits(
    now_planes: Floats,
    ahead_planes: Floats,
    heights: Floats,
    datums: Places,
    climbs: Floats,
    tables: FlightTables,
    clock: Floats,
    tracks: Places,
    flights: Places,
    out: Floats,
) -> None:
    """Write FIT_WORDS of each pair. `clock`: now, AHEAD_S, NEAR_M, NEAR_VERTICAL_M, NEAR_S, 1 to measure all volumes.

    `heights`: of tracks, in their datum and the span above mean sea level, shape (n, 3), NaN where unknown.
    """
    now, ahead_s, near_m, near_up, near_s, whole = clock[0], clock[1], clock[2], clock[3], clock[4], clock[5]
    for pair in range(len(tracks)):
        k, f = tracks[pair], flights[pair]
        least = np.inf
        out[pair, 1], out[pair, 2], out[pair, 3], out[pair, 4] = 0.0, np.inf, np.inf, np.inf
        for v in range(tables.first[f], tables.first[f + 1]):
            spans = tables.spans[v]
            late = _gap(now, now, spans[0], spans[1])
            up = _vertical(heights[k], datums[k], 0.0, spans, tables.datums[v])
            rest = up / near_up + late / near_s
            if rest >= least or (whole == 0.0 and rest >= 1.0):
                continue
            away = _away(now_planes[k], tables, v, _MOST_M if whole == 1.0 else (1.0 - rest) * near_m)
            if rest + away / near_m < least:
                least = rest + away / near_m
                out[pair, 2], out[pair, 3], out[pair, 4] = away, up, late
        out[pair, 0] = max(0.0, 1.0 - least)
        if least >= 1.0:
            continue
        least = 1.0
        for v in range(tables.first[f], tables.first[f + 1]):
            spans = tables.spans[v]
            late = _gap(now + ahead_s, now + ahead_s, spans[0], spans[1])
            up = _vertical(heights[k], datums[k], climbs[k], spans, tables.datums[v])
            rest = 0.5 * up / near_up + 0.5 * late / near_s
            if rest < least:
                away = _away(ahead_planes[k], tables, v, 2.0 * (least - rest) * near_m)
                least = min(least, rest + 0.5 * away / near_m)
        out[pair, 1] = 1.0 - least


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Tracks as the kernels take them."""

    now: Floats
    ahead: Floats
    heights: Floats
    datums: Places
    climbs: Floats


def placed(tracks: Sequence[Track]) -> Placed:
    """Where the tracks are and will be."""
    count = len(tracks)
    now, ahead = np.empty((count, FOOTPRINT_WORDS)), np.empty((count, FOOTPRINT_WORDS))
    now[:, 13:] = ahead[:, 13:] = 0.0
    moves = np.array([(one.east_mps, one.north_mps) for one in tracks]).reshape(-1, 2) * AHEAD_S
    latitudes = np.array([one.latitude_deg for one in tracks], np.float64)
    longitudes = np.array([one.longitude_deg for one in tracks], np.float64)
    fill_places(latitudes, longitudes, moves, now, ahead)
    return Placed(
        now=now,
        ahead=ahead,
        heights=np.array([height_span(one.altitude_m, one.altitude_datum) for one in tracks]).reshape(-1, 3),
        datums=np.array([DATUMS[one.altitude_datum] for one in tracks], np.int64),
        climbs=np.array([one.up_mps for one in tracks], np.float64) * AHEAD_S,
    )


def height_span(altitude_m: float | None, datum: AltitudeDatum | None) -> tuple[float, float, float]:
    """A height, and the lowest and highest that it can be above mean sea level; NaN where it is not known."""
    if altitude_m is None or datum is None:
        return _NO_HEIGHT, _NO_HEIGHT, _NO_HEIGHT
    if datum is AltitudeDatum.PRESSURE_STANDARD:
        below_m = _ROUNDED_M * math.floor(altitude_m / _ROUNDED_M)
        return altitude_m, _lowest(below_m), _highest(below_m + _ROUNDED_M)
    spare_m = LARGEST_UNDULATION_M if datum is AltitudeDatum.ELLIPSOID else 0.0
    return altitude_m, altitude_m - spare_m, altitude_m + spare_m


@lru_cache(maxsize=_HEIGHTS_KEPT)
def _lowest(altitude_m: float) -> float:
    return sea_level_bounds(altitude_m)[0]


@lru_cache(maxsize=_HEIGHTS_KEPT)
def _highest(altitude_m: float) -> float:
    return sea_level_bounds(altitude_m)[1]


def fits(tracks: Placed, expected: ExpectedFlights, now_s: float) -> Fits:
    """Every pair whose fit may be above 0."""
    clock = np.array([now_s, NEAR_S, NEAR_M])
    room = _START_PAIRS
    while True:
        rows, columns = np.empty(room, np.int64), np.empty(room, np.int64)
        found = near_pairs(tracks.now, expected.tables, clock, rows, columns)
        if found <= room:
            return measured(tracks, expected, now_s, rows[:found], columns[:found], whole=False)
        room = 2 * found


def measured(
    tracks: Placed, expected: ExpectedFlights, now_s: float, rows: Places, columns: Places, *, whole: bool
) -> Fits:
    """The given pairs measured; `whole`: also the distances of those that do not fit at all."""
    words = np.empty((len(rows), FIT_WORDS))
    clock = np.array([now_s, AHEAD_S, NEAR_M, NEAR_VERTICAL_M, NEAR_S, 1.0 if whole else 0.0])
    write_fits(
        tracks.now,
        tracks.ahead,
        tracks.heights,
        tracks.datums,
        tracks.climbs,
        expected.tables,
        clock,
        rows,
        columns,
        words,
    )
    return Fits(tracks=rows, flights=columns, words=words)
