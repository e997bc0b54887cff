"""The plan of one search: which levels and rows, how far windows reach, how much slack the filter has.

Frame and symbols: `placing`. Units: metres, seconds, radians. Every width, height and slack here is an upper bound,
derived where it is computed: a plan can make the search slower, never make it lose a pair.
"""

import math
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from steerclear.separation.placing import LONGITUDE_BITS, MAX_LEVELS, reach_classes

Floats = NDArray[np.float64]

ROWS_PER_REACH: Final = 1.0
"""Rows in the distance at which two aircraft of a level may still meet."""

MOST_PIECES: Final = 16
"""Most pieces into which a long path is cut when it is held against a finer level."""

_MOST_ROWS: Final = 1 << 17
_SHORT_M: Final = 6.35e6
"""Less than the distance of any middle point from the Earth's centre."""
_CURVED_M: Final = 6.33e6
"""Less than the smallest radius of curvature of the ellipsoid."""


class Motion(msgspec.Struct, frozen=True):
    """What of the question shapes the index: the times looked at and the least minima, seconds and metres."""

    middle_s: float
    conflict_s: float
    clear_s: float
    climb_s: float
    least_horizontal_m: float
    least_vertical_m: float
    dmod_m: float
    zthr_m: float

    @property
    def end_s(self) -> float:
        """Last time at which anything can matter horizontally."""
        return max(self.conflict_s, self.clear_s)


def motion_of(terms: Floats, least: tuple[float, float]) -> Motion:
    """Return the times of a question, and the least horizontal and vertical minimum of any aircraft."""
    lookahead = float(terms[0])
    clear = terms[2] > 0.0
    conflict_s = lookahead if terms[1] > 0.0 else 0.0
    end_s = max(conflict_s, lookahead + terms[5] if clear else 0.0)
    return Motion(
        middle_s=0.5 * end_s,
        conflict_s=conflict_s,
        clear_s=float(lookahead + terms[5]) if clear else 0.0,
        climb_s=float(lookahead + (terms[6] if clear else 0.0)),
        least_horizontal_m=least[0],
        least_vertical_m=least[1],
        dmod_m=float(terms[3]),
        zthr_m=float(terms[4]),
    )


class Plan(msgspec.Struct, frozen=True):
    """Levels and rows of one search, as the kernels read them: `sweep.Grid` has `origin` and `rows`.

    `level_limits`: the largest reach of each level, descending. `bits`: how many bits a place has.
    """

    origin: Floats
    level_limits: Floats
    rows: Floats
    bits: int


def angle_of(reach_m: float, moving_m: float) -> float:
    """Return the largest angle (radians) between the directions of two middle points that may meet.

    In the pair's plane they are at most `reach_m` apart. Out of it, each velocity leans by at most half the angle
    between the normals (theta), and the chord of the feet by less than 0.0035 theta of its length; paths are at most
    `moving_m` long together.
    """
    theta = 1.06 * (reach_m + moving_m) / _CURVED_M
    lean = 0.51 * theta * (reach_m + moving_m)
    return 2.0 * math.asin(min(math.hypot(reach_m, lean) / (2.0 * _SHORT_M), 1.0)) * 1.000001 + 2e-8


def far_of(motion: Motion, reach_m: float, finer_m: float) -> Floats:
    """Return what `sweep.sweep_finer` needs to bound a path of a level, cut into pieces, and a finer level's aircraft.

    As `angle_of`, with one lean and one ratio of angle to length for all aircraft of the two levels.
    """
    both = reach_m + finer_m
    pieces = min(max(int(reach_m / max(finer_m, 1e-3)), 1), MOST_PIECES)
    span = both + moving(motion, both)
    lean = 0.51 * 1.06 * span * span / _CURVED_M
    half = min(math.hypot(both, lean) / (2.0 * _SHORT_M), 1.0)
    ratio = math.asin(half) / half / _SHORT_M if half > 0.0 else 1.0 / _SHORT_M
    return np.array([pieces, motion.middle_s, finer_m, lean, 1.000001 * ratio])


def slack_of(reach_m: float, moving_m: float, size_m: float) -> tuple[float, float]:
    """Return what the filter adds: metres to the distance, and square metres to its square.

    The chord between two paths exceeds its part in the pair's plane by the lean of both velocities and of the chord of
    the feet (`angle_of`). Coordinates up to `size_m` are rounded to float32, and so is every step with numbers up to
    the distance between the two paths' ends.
    """
    theta = 1.06 * (reach_m + moving_m) / _CURVED_M
    lean = 0.51 * theta * moving_m + 0.004 * theta * (reach_m + moving_m)
    rounding = 4e-7 * size_m + 1e-6 * (reach_m + moving_m) + 0.001
    return rounding, 1.0001 * lean * lean + 8e-6 * (reach_m + moving_m) ** 2


def choose_levels(centres: Floats, least: float, largest: float, area: float) -> Floats:
    """Return the largest reach of each level, descending: the split with the least expected work.

    Work is counted in candidates of the filter: those of the search windows at the scene's mean density, and the cost
    of opening windows in the rows of each level.
    """
    classes = min(int(math.log2(max(largest, 1e-3) / max(least, largest / 2.0**MAX_LEVELS, 1e-3))) + 1, MAX_LEVELS)
    if classes <= 1:
        return np.array([largest])
    counts, reach = reach_classes(centres, np.array([largest / 2.0**k for k in range(classes)]))
    counts, reach = counts[counts > 0], reach[counts > 0]
    best, best_cost = [0], math.inf
    for choice in range(1 << (len(counts) - 1)):
        first = [0, *(k for k in range(1, len(counts)) if choice >> (k - 1) & 1)]
        cost = _work([float(count) for count in np.add.reduceat(counts, first)], [float(reach[k]) for k in first], area)
        if cost < best_cost:
            best, best_cost = first, cost
    return np.asarray(reach[best])


def _work(members: list[float], reach: list[float], area: float) -> float:
    """Return the expected work of levels with these numbers of aircraft and largest reaches, in candidates."""
    work = 0.0
    for a, count in enumerate(members):
        work += count * (60.0 + 9.0 * count * reach[a] ** 2 / area)
        for b in range(a + 1, len(members)):
            both = reach[a] + reach[b]
            work += count * (50.0 * (2.0 + both / max(reach[b], 1e-3)) + 4.5 * members[b] * both**2 / area)
    return work


def plan_of(centres: Floats, extent: Floats, motion: Motion) -> Plan:
    """Return the levels, rows and longitude units for a scene with these extents."""
    lat_low, lat_high, lon_low, lon_high, reach_low, reach_high = (float(value) for value in extent)
    widest = max(math.cos(lat_low), math.cos(lat_high)) if lat_low * lat_high > 0.0 else 1.0
    tall, wide = (lat_high - lat_low) * _SHORT_M, (lon_high - lon_low) * widest * _SHORT_M
    area = (tall + 2.0 * reach_low) * (wide + 2.0 * reach_low) + 1.0
    level_limits = choose_levels(centres, reach_low, reach_high, area)
    levels = len(level_limits)
    rows = np.zeros((4, levels))
    first = 0
    for level, reach in enumerate(level_limits):
        rho = angle_of(2.0 * reach, moving(motion, 2.0 * reach))
        height = max(1.00001 * rho / ROWS_PER_REACH, math.pi / _MOST_ROWS)
        count = int((lat_high - lat_low) / height) + 1
        rows[:, level] = (1.0 / height, first, rho, count)
        first += count
    finest = float(rows[2, -1])
    lon_extent = lon_high - lon_low
    wanted = int(math.log2(max(lon_extent / finest, 1.0) * 64.0)) + 1
    bits = min(max(wanted, 6), LONGITUDE_BITS)
    units = ((1 << bits) - 1) / max(lon_extent, 1e-9)
    origin = np.array([lat_low, lon_low, units, float(bits)])
    total = bits + max(first - 1, 1).bit_length()
    return Plan(origin, level_limits, rows, total)


def moving(motion: Motion, reach_m: float) -> float:
    """Return how long the paths of two aircraft may be together until the end, if together they reach `reach_m`."""
    own = max(reach_m - motion.least_horizontal_m, 0.0)
    return own / motion.middle_s * motion.end_s if motion.middle_s > 0.0 else 0.0
