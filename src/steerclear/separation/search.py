"""The indexed search: place and sort the aircraft, sweep, in chunks on threads.

What makes it safe: the bounds of `planning`; and that the final word on every pair is `pairs.judge_pair`, the same
function that the search without an index uses.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.separation import workers
from steerclear.separation.filtering import BLOCK, GROUP, KEPT, LANES, Scratch, Sink
from steerclear.separation.layout import PAIR_WORDS, WELL_CLEAR_WORDS
from steerclear.separation.pairs import STATE_WORDS
from steerclear.separation.placing import Traffic, fill_centres, fill_sorted, make_keys, sort_keys
from steerclear.separation.planning import Motion, Plan, far_of, motion_of, moving, plan_of, slack_of
from steerclear.separation.results import refuse_too_many
from steerclear.separation.sweep import Grid, sweep_finer, sweep_level
from steerclear.separation.workspace import Workspace

Floats = NDArray[np.float64]
Part = tuple[int, int]

LIGHT_SCAN: Final = 20_000
"""Below this many aircraft only the sweep is worth a second thread."""


def chunks_of(count: int, parts: int) -> list[Part]:
    """Return `parts` nearly equal runs of 0..count, fewer if there are not that many."""
    parts = max(min(parts, count), 1)
    edges = [count * k // parts for k in range(parts + 1)]
    return [(edges[k], edges[k + 1]) for k in range(parts)]


def pieces_for(count: int, threads: int) -> int:
    """Return into how many pieces to cut the work on so many aircraft: enough to share, few enough to hand over."""
    return 1 if threads == 1 else threads * (4 if count >= 50_000 else 2)


class _Search:
    """One search: what its steps share."""

    def __init__(self, states: Floats, motion: Motion, threads: int, space: Workspace) -> None:
        self.states = states
        self.motion = motion
        self.threads = threads
        # Filling arrays of a small scene takes less time than handing it to another thread.
        self.light_threads = threads if len(states) >= LIGHT_SCAN else 1
        self.space = space
        self.count = len(states)
        self.pieces = chunks_of(self.count, pieces_for(self.count, threads))

    def place(self) -> tuple[Floats, Plan]:
        """Return the middle point of each aircraft, and the plan made for them."""
        motion = self.motion
        after, after_clear = motion.conflict_s - motion.middle_s, motion.clear_s - motion.middle_s
        time = np.array([motion.middle_s, after, after_clear, 0.5 * motion.dmod_m, 0.5 * motion.least_horizontal_m])
        centres = self.space.take("centres", (self.count, 3), np.float64)

        def fill(part: Part) -> Floats:
            extent = np.empty(6)
            fill_centres(self.states, *part, time, centres, extent)
            return extent

        extents = np.array(workers.run(fill, self.pieces, self.light_threads))
        extent = np.empty(6)
        extent[0::2] = extents[:, 0::2].min(axis=0)
        extent[1::2] = extents[:, 1::2].max(axis=0)
        return centres, plan_of(centres, extent, motion)

    def sort(self, centres: Floats, plan: Plan) -> Traffic:
        """Return all aircraft in the order of their places."""
        count, space, motion = self.count, self.space, self.motion
        keys = space.take("keys", (count,), np.uint64)
        make_keys(centres, 0, count, plan.origin, plan.level_limits, plan.rows, keys)
        sort_keys(keys, space.take("other keys", (count,), np.uint64), plan.bits)
        traffic = Traffic(
            places=space.take("places", (count,), np.int64),
            order=space.take("order", (count,), np.int32),
            latitude=space.take("latitude", (count,), np.float64),
            # The filter works in whole lanes and may read, and ignore, a few positions past the last.
            paths=space.take("paths", (9, count + 3 * LANES), np.float32),
            states=space.take("sorted states", (count, STATE_WORDS), np.float64),
        )
        traffic.paths[:, count:] = 0.0
        half_h, half_v = 0.5 * motion.least_horizontal_m, 0.5 * motion.least_vertical_m
        swept = [motion.middle_s, motion.climb_s, half_h, 0.5 * motion.dmod_m, half_v, 0.5 * motion.zthr_m]
        shape = np.array([*self.states[0, 0:3], *swept])

        def fill(part: Part) -> None:
            fill_sorted(self.states, centres, keys, *part, shape, traffic)

        workers.run(fill, self.pieces, self.light_threads)
        return traffic

    def sweep(self, plan: Plan, traffic: Traffic, terms: Floats, max_pairs: int) -> list[tuple[Floats, Floats]]:
        """Return the rows of conflicts and of well-clear violations that each piece of each level has found."""
        levels = len(plan.level_limits)
        firsts = [int(row) << int(plan.origin[3]) for row in plan.rows[1]]
        grid = Grid(plan.origin, plan.rows, np.append(np.searchsorted(traffic.places, firsts), self.count))
        size = float(np.abs(traffic.paths[0:3]).max())
        jobs = []
        for level in range(levels):
            low, high = int(grid.starts[level]), int(grid.starts[level + 1])
            cut = [(max(low, begin), min(high, end)) for begin, end in self.pieces]
            jobs += [(begin, end, level) for begin, end in cut if begin < end]

        def sweep_piece(numbered: tuple[int, tuple[int, int, int]]) -> tuple[Floats, Floats]:
            job, (begin, end, level) = numbered
            mask = self.space.take(("mask", job), (GROUP * BLOCK,), np.uint8)
            scratch = Scratch(mask, mask.view(np.uint64), self.space.take(("kept", job), (2, KEPT), np.int32))
            bounds = [self._bounds(plan, level, other, size) for other in range(levels)]
            rooms = (2 * (end - begin) + 64, (end - begin) // 4 + 64)
            while True:
                pairs = self.space.take(("pairs", job), (rooms[0], PAIR_WORDS), np.float64)
                clear = self.space.take(("clear", job), (rooms[1], WELL_CLEAR_WORDS), np.float64)
                found = np.zeros(2, np.int64)
                sink = Sink(terms, found, pairs, pairs.view(np.int32), clear, clear.view(np.int32))
                sweep_level(begin, end, level, grid, bounds[level], traffic, scratch, sink)
                for other in range(level + 1, levels):
                    far = far_of(self.motion, float(plan.level_limits[level]), float(plan.level_limits[other]))
                    sweep_finer(begin, end, other, far, grid, bounds[other], traffic, scratch, sink)
                refuse_too_many(int(found.max()), max_pairs)
                if found[0] <= len(pairs) and found[1] <= len(clear):
                    return pairs[: found[0]], clear[: found[1]]
                rooms = (max(int(found[0]), 1), max(int(found[1]), 1))

        return workers.run(sweep_piece, list(enumerate(jobs)), self.threads)

    def _bounds(self, plan: Plan, level: int, other: int, size: float) -> NDArray[np.float32]:
        reach = float(plan.level_limits[level] + plan.level_limits[other])
        far, square = slack_of(reach, moving(self.motion, reach), size)
        exact = np.array([self.motion.middle_s, square, far], np.float32)
        return np.nextafter(exact, np.float32(np.inf))


def search_pairs(
    states: Floats, terms: Floats, least: tuple[float, float], threads: int, max_pairs: int, space: Workspace
) -> tuple[list[Floats], list[Floats]]:
    """Return the rows of all conflicts and of all well-clear violations, in parts, in no particular order.

    `least`: no aircraft's horizontal and vertical minimum is less.
    """
    if len(states) < 2:
        return [], []
    search = _Search(states, motion_of(terms, least), threads, space)
    centres, plan = search.place()
    traffic = search.sort(centres, plan)
    parts = search.sweep(plan, traffic, terms, max_pairs)
    return [pairs for pairs, _ in parts], [clear for _, clear in parts]
