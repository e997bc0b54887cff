"""Where each aircraft stands in the index: the middle of its path, its level, its row of latitude, its longitude.

The index holds one point for each aircraft: C = P + V c, where it will be in the middle of the time looked at, and a
reach a around it that covers its whole path and its share of the minimum. By the definition of the pair frame two
aircraft can only meet if the parts of C_i - C_j in the pair's plane are at most a_i + a_j long.

Frame: C is Earth-centred; its direction has a geocentric latitude and a longitude (radians), the longitude counted
from the first aircraft so that the cut lies opposite to it. Units: metres, radians, seconds.
Levels group aircraft of like reach, so that a few fast ones do not widen the search of all others. Rows are bands of
latitude as high as the level's aircraft reach. A place is the integer (row, quantised longitude); aircraft sorted by
place form, in every row, runs that a search window covers in one piece.
"""

from math import pi
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.separation.compiling import kernel
from steerclear.separation.pairs import STATE_WORDS

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

ROW_BITS: Final = 20
LONGITUDE_BITS: Final = 20
INDEX_BITS: Final = 22
"""Bits of a sort key: 62 in all. `limits.MAX_AIRCRAFT` fits INDEX_BITS."""

MAX_LEVELS: Final = 8

_EMPTY: Final = np.inf


class Traffic(NamedTuple):
    """All aircraft in the order of their places: what the sweep reads."""

    places: Places
    order: NDArray[np.int32]
    latitude: Floats
    paths: NDArray[np.float32]
    states: Floats


@kernel
def arc_tangent(y: float, x: float) -> float:
    """Return atan2(y, x) within 3e-10 rad (2 mm on the Earth), without a branch; 0 for the zero vector."""
    high = max(abs(x), abs(y))
    low = min(abs(x), abs(y))
    t = low / (high + 1e-300)
    u = t * t
    p = 0.0010844927668
    p = p * u - 0.00716616497363
    p = p * u + 0.0222034550748
    p = p * u - 0.0442736684547
    p = p * u + 0.0671011400181
    p = p * u - 0.0879611756294
    p = p * u + 0.110537847547
    p = p * u - 0.142790484171
    p = p * u + 0.199995958542
    p = p * u - 0.333333236656
    p = p * u + 0.999999999615
    angle = p * t
    angle = 0.5 * pi - angle if abs(y) > abs(x) else angle
    angle = pi - angle if x < 0.0 else angle
    return -angle if y < 0.0 else angle


@kernel
def fill_centres(states: Floats, begin: int, end: int, time: Floats, centres: Floats, extent: Floats) -> None:
    """Fill rows begin..end of the middle points: latitude, longitude from the first aircraft's, reach.

    `time`: middle c, seconds after it until the conflict and the well-clear window end, well-clear DMOD / 2, half the
    smallest horizontal minimum. `extent` receives the smallest and largest latitude, longitude and reach.
    """
    middle, after, after_clear, half_dmod, half_least = time[0], time[1], time[2], time[3], time[4]
    origin = arc_tangent(states[0, 1], states[0, 0])
    lat_low, lat_high, lon_low, lon_high, reach_low, reach_high = _EMPTY, -_EMPTY, _EMPTY, -_EMPTY, _EMPTY, -_EMPTY
    for k in range(begin, end):
        x = states[k, 0] + middle * states[k, 3]
        y = states[k, 1] + middle * states[k, 4]
        z = states[k, 2] + middle * states[k, 5]
        latitude = arc_tangent(z, np.sqrt(x * x + y * y))
        longitude = arc_tangent(y, x) - origin
        longitude = longitude + 2.0 * pi if longitude < -pi else longitude
        longitude = longitude - 2.0 * pi if longitude >= pi else longitude
        speed = np.sqrt(states[k, 3] * states[k, 3] + states[k, 4] * states[k, 4] + states[k, 5] * states[k, 5])
        share = max(states[k, 11] - half_least, half_dmod)
        reach = max(
            speed * max(middle, after) + states[k, 11] - half_least, speed * max(middle, after_clear) + half_dmod
        )
        centres[k, 0] = latitude
        centres[k, 1] = longitude
        centres[k, 2] = max(reach, share)
        lat_low, lat_high = min(lat_low, latitude), max(lat_high, latitude)
        lon_low, lon_high = min(lon_low, longitude), max(lon_high, longitude)
        reach_low, reach_high = min(reach_low, centres[k, 2]), max(reach_high, centres[k, 2])
    extent[0], extent[1] = lat_low, lat_high
    extent[2], extent[3] = lon_low, lon_high
    extent[4], extent[5] = reach_low, reach_high


@kernel
def reach_classes(centres: Floats, bounds: Floats) -> tuple[Places, Floats]:
    """Return, for each class, how many aircraft it has and the largest reach of them (0 if none).

    An aircraft is in the last class whose bound its reach does not exceed; `bounds` descend, the first holds for all.
    """
    counts, largest = np.zeros(bounds.shape[0], np.int64), np.zeros(bounds.shape[0])
    for k in range(centres.shape[0]):
        reach = centres[k, 2]
        member = 0
        for b in range(1, bounds.shape[0]):
            member += 1 if reach <= bounds[b] else 0
        counts[member] += 1
        largest[member] = max(largest[member], reach)
    return counts, largest


@kernel
def make_keys(
    centres: Floats,
    begin: int,
    end: int,
    grid: Floats,
    level_limits: Floats,
    level_rows: Floats,
    keys: NDArray[np.uint64],
) -> None:
    """Fill keys begin..end: place and input row packed for sorting.

    `grid`: lowest latitude, lowest longitude, longitude units per radian, bits of longitude. `level_limits`: the
    largest reach of each level, descending; `level_rows`: rows per radian, then first row, of each level.
    """
    shift = int(grid[3])
    for k in range(begin, end):
        level = 0
        for m in range(1, level_limits.shape[0]):
            level += 1 if centres[k, 2] <= level_limits[m] else 0
        row = int((centres[k, 0] - grid[0]) * level_rows[0, level]) + int(level_rows[1, level])
        unit = int((centres[k, 1] - grid[1]) * grid[2])
        keys[k] = np.uint64(((row << shift) | unit) << INDEX_BITS | k)


@kernel
def sort_keys(keys: NDArray[np.uint64], other: NDArray[np.uint64], bits: int) -> None:
    """Sort the keys by their place of `bits` bits, stably; they end up in `keys`. `other` is scratch of that size."""
    passes = 2 * ((bits + 23) // 24)
    digit = (bits + passes - 1) // passes
    mask = np.uint64((1 << digit) - 1)
    source, target = keys, other
    starts = np.empty(1 << digit, np.int64)
    for step in range(passes):
        shift = np.uint64(INDEX_BITS + step * digit)
        starts[:] = 0
        for k in range(source.shape[0]):
            starts[int((source[k] >> shift) & mask)] += 1
        total = 0
        for bucket in range(starts.shape[0]):
            count = starts[bucket]
            starts[bucket] = total
            total += count
        for k in range(source.shape[0]):
            bucket = int((source[k] >> shift) & mask)
            target[starts[bucket]] = source[k]
            starts[bucket] += 1
        source, target = target, source


@kernel
def fill_sorted(
    states: Floats,
    centres: Floats,
    keys: NDArray[np.uint64],
    begin: int,
    end: int,
    shape: Floats,
    traffic: Traffic,
) -> None:
    """Fill positions begin..end of what the sweep reads, in the order of places.

    `shape`: origin x, y, z, middle, seconds of vertical sweep, half least horizontal minimum, DMOD / 2, half least
    vertical minimum, ZTHR / 2. `paths` rows (float32): C - origin (0-2), V (3-5), horizontal share (6), lowest and
    highest altitude swept, each widened by the vertical share (7, 8).
    """
    index_mask = np.uint64((1 << INDEX_BITS) - 1)
    for p in range(begin, end):
        k = int(keys[p] & index_mask)
        traffic.places[p] = int(keys[p] >> np.uint64(INDEX_BITS))
        traffic.order[p] = k
        traffic.latitude[p] = centres[k, 0]
        for word in range(STATE_WORDS):
            traffic.states[p, word] = states[k, word]
        traffic.paths[0, p] = states[k, 0] + shape[3] * states[k, 3] - shape[0]
        traffic.paths[1, p] = states[k, 1] + shape[3] * states[k, 4] - shape[1]
        traffic.paths[2, p] = states[k, 2] + shape[3] * states[k, 5] - shape[2]
        traffic.paths[3, p] = states[k, 3]
        traffic.paths[4, p] = states[k, 4]
        traffic.paths[5, p] = states[k, 5]
        traffic.paths[6, p] = max(states[k, 11] - shape[5], shape[6])
        climb = states[k, 10] * shape[4]
        # Altitudes up to 1e5 m are rounded to 0.004 m in float32, and so are their sums: 0.1 m covers all of it.
        share = max(states[k, 12] - shape[7], shape[8]) + 0.1
        traffic.paths[7, p] = states[k, 9] + min(climb, 0.0) - share
        traffic.paths[8, p] = states[k, 9] + max(climb, 0.0) + share
