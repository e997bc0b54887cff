"""The indexed search: plan the levels and rows, place and sort the aircraft, sweep, in chunks on threads.

What makes it safe: every width, height and slack below is an upper bound, derived where it is computed; the final word
on every pair is `pairs.judge_pair`, the same compiled function that the search without an index uses.
"""

import math
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from steerclear.separation import workers
from steerclear.separation.layout import PAIR_WORDS, WELL_CLEAR_WORDS
from steerclear.separation.placing import (
    LONGITUDE_BITS,
    MAX_LEVELS,
    count_reaches,
    fill_centres,
    fill_sorted,
    make_keys,
    sort_keys,
)
from steerclear.separation.results import refuse_too_many
from steerclear.separation.sweep import BLOCK, GROUP, KEPT, LANES, sweep_finer, sweep_level
from steerclear.separation.workspace import Workspace

Floats = NDArray[np.float64]

ROWS_PER_REACH: Final = 2.0
"""Rows in the distance at which two aircraft of a level may still meet."""

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


def motion_of(states: Floats, terms: Floats) -> Motion:
    """Return the times and least minima of a question."""
    lookahead = float(terms[0])
    clear = terms[2] > 0.0
    conflict_s = lookahead if terms[1] > 0.0 else 0.0
    end_s = max(conflict_s, lookahead + terms[5] if clear else 0.0)
    return Motion(
        middle_s=0.5 * end_s,
        conflict_s=conflict_s,
        clear_s=float(lookahead + terms[5]) if clear else 0.0,
        climb_s=float(lookahead + (terms[6] if clear else 0.0)),
        least_horizontal_m=float(states[:, 11].min()),
        least_vertical_m=float(states[:, 12].min()),
        dmod_m=float(terms[3]),
        zthr_m=float(terms[4]),
    )


class Plan(msgspec.Struct, frozen=True):
    """Levels and rows of one search, as the kernels read them."""

    grid: Floats
    level_limits: Floats
    rows: Floats
    bits: int
    reach_between: Floats


def angle_of(reach_m: float, moving_m: float) -> float:
    """Return the largest angle (radians) between the directions of two middle points that may meet.

    In the pair's plane they are at most `reach_m` apart. Out of it, each velocity leans by at most half the angle
    between the normals (theta), and the chord of the feet by less than 0.0035 theta of its length; paths are at most
    `moving_m` long together.
    """
    theta = 1.06 * (reach_m + moving_m) / _CURVED_M
    lean = 0.51 * theta * (reach_m + moving_m)
    return 2.0 * math.asin(min(math.hypot(reach_m, lean) / (2.0 * _SHORT_M), 1.0)) * 1.000001 + 2e-8


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
    bounds = largest / 2.0 ** np.arange(classes)
    beyond = count_reaches(centres, bounds)
    counts = np.diff(np.append(beyond, len(centres)))
    best, best_cost = [0], math.inf
    for choice in range(1 << (classes - 1)):
        first = [0, *(k for k in range(1, classes) if choice >> (k - 1) & 1)]
        members = np.add.reduceat(counts, first)
        reach = bounds[first]
        cost = 0.0
        for a, count in enumerate(members):
            cost += count * (60.0 + 9.0 * count * reach[a] ** 2 / area)
            for b in range(a + 1, len(members)):
                both = reach[a] + reach[b]
                cost += count * (50.0 * (2.0 + both / reach[b]) + 4.5 * members[b] * both**2 / area)
        if cost < best_cost:
            best, best_cost = first, cost
    return np.asarray(bounds[best])


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
    grid = np.array([lat_low, lon_low, units, float(bits)])
    total = bits + max(first - 1, 1).bit_length()
    return Plan(grid, level_limits, rows, total, level_limits[:, None] + level_limits[None, :])


def moving(motion: Motion, reach_m: float) -> float:
    """Return how long the paths of two aircraft may be together until the end, if together they reach `reach_m`."""
    own = max(reach_m - motion.least_horizontal_m, 0.0)
    return own / motion.middle_s * motion.end_s if motion.middle_s > 0.0 else 0.0


def chunks_of(count: int, parts: int) -> list[tuple[int, int]]:
    """Return `parts` nearly equal runs of 0..count, fewer if there are not that many."""
    parts = max(min(parts, count), 1)
    edges = [count * k // parts for k in range(parts + 1)]
    return [(edges[k], edges[k + 1]) for k in range(parts)]


def search_pairs(
    states: Floats, terms: Floats, threads: int, max_pairs: int, space: Workspace
) -> tuple[list[Floats], list[Floats]]:
    """Return the rows of all conflicts and of all well-clear violations, in parts, in no particular order."""
    count = len(states)
    if count < 2:
        return [], []
    motion = motion_of(states, terms)
    half_h, half_v = 0.5 * motion.least_horizontal_m, 0.5 * motion.least_vertical_m
    time = np.array(
        [
            motion.middle_s,
            motion.conflict_s - motion.middle_s,
            motion.clear_s - motion.middle_s,
            0.5 * motion.dmod_m,
            half_h,
        ]
    )
    centres = space.take("centres", (count, 3), np.float64)
    pieces = chunks_of(count, 1 if threads == 1 else 4 * threads)

    def place(part: tuple[int, int]) -> Floats:
        extent = np.empty(6)
        fill_centres(states, *part, time, centres, extent)
        return extent

    extents = np.array(workers.run(place, pieces, threads))
    extent = np.empty(6)
    extent[0::2] = extents[:, 0::2].min(axis=0)
    extent[1::2] = extents[:, 1::2].max(axis=0)
    plan = plan_of(centres, extent, motion)
    keys = space.take("keys", (count,), np.uint64)
    make_keys(centres, 0, count, plan.grid, plan.level_limits, plan.rows, keys)
    sort_keys(keys, space.take("other keys", (count,), np.uint64), plan.bits)

    places = space.take("places", (count,), np.int64)
    order = space.take("order", (count,), np.int32)
    latitude = space.take("latitude", (count,), np.float64)
    # The filter works in whole lanes and may read, and ignore, a few positions past the last.
    paths = space.take("paths", (9, count + 3 * LANES), np.float32)
    paths[:, count:] = 0.0
    near = space.take("sorted states", states.shape, np.float64)
    origin = states[0, 0:3]
    shape = np.array(
        [*origin, motion.middle_s, motion.climb_s, half_h, 0.5 * motion.dmod_m, half_v, 0.5 * motion.zthr_m]
    )

    def arrange(part: tuple[int, int]) -> None:
        fill_sorted(states, centres, keys, *part, shape, places, order, latitude, paths, near)

    workers.run(arrange, pieces, threads)
    size = float(np.abs(paths[0:3]).max())
    levels = len(plan.level_limits)
    firsts = [int(row) << int(plan.grid[3]) for row in plan.rows[1]]
    starts = np.append(np.searchsorted(places, firsts), count)
    jobs = [(low, high, level) for level in range(levels) for low, high in _within(starts, level, pieces)]

    def sweep(numbered: tuple[int, tuple[int, int, int]]) -> tuple[Floats, Floats]:
        job, (begin, end, level) = numbered
        mask = space.take(("mask", job), (GROUP * BLOCK,), np.uint8)
        rooms = (2 * (end - begin) + 64, (end - begin) // 4 + 64)
        kept = space.take(("kept", job), (2, KEPT), np.int32)
        bounds = np.empty((levels, 3), np.float32)
        for other in range(level, levels):
            reach = float(plan.reach_between[level, other])
            far, square = slack_of(reach, moving(motion, reach), size)
            bounds[other] = (motion.middle_s, square, far)
        bounds = np.nextafter(bounds, np.float32(np.inf))
        while True:
            found = np.zeros(2, np.int64)
            pairs = space.take(("pairs", job), (rooms[0], PAIR_WORDS), np.float64)
            clear = space.take(("clear", job), (rooms[1], WELL_CLEAR_WORDS), np.float64)
            common = (
                places, paths, order, mask, mask.view(np.uint64), kept, near, terms,
                found, pairs, pairs.view(np.int32), clear, clear.view(np.int32),
            )  # fmt: skip
            sweep_level(begin, end, level, plan.grid, plan.rows, starts, bounds[level], *common)
            for other in range(level + 1, levels):
                reach = float(plan.reach_between[level, other])
                rho = angle_of(reach, moving(motion, reach))
                sweep_finer(begin, end, other, rho, plan.grid, plan.rows, starts, bounds[other], latitude, *common)
            refuse_too_many(int(found.max()), max_pairs)
            if found[0] <= len(pairs) and found[1] <= len(clear):
                return pairs[: found[0]], clear[: found[1]]
            rooms = (max(int(found[0]), 1), max(int(found[1]), 1))

    parts = workers.run(sweep, list(enumerate(jobs)), threads)
    return [pairs for pairs, _ in parts], [clear for _, clear in parts]


def _within(starts: NDArray[np.int64], level: int, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    low, high = int(starts[level]), int(starts[level + 1])
    cut = [(max(low, begin), min(high, end)) for begin, end in pieces]
    return [(begin, end) for begin, end in cut if begin < end]
