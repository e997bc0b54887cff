"""Find every pair that will lose separation: the public scan, its options checked once.

Frame: WGS84 geodetic positions, local east-north-up velocities; pairs are judged as `pairs` defines, by the closed
bounds of `intervals`. Units: degrees, metres, m/s, seconds.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steerclear.separation import limits, workers
from steerclear.separation.brute import judge_all, reach_of
from steerclear.separation.faults import InvalidMinimumError
from steerclear.separation.layout import PAIR_WORDS, WELL_CLEAR_WORDS
from steerclear.separation.pairs import STATE_WORDS, terms_of
from steerclear.separation.results import NO_ROWS, Conflicts, conflicts_of, refuse_too_many, with_rows
from steerclear.separation.search import LIGHT_SCAN, chunks_of, pieces_for, search_pairs
from steerclear.separation.states import (
    columns_of,
    fill_states,
    minimum_column,
    possible_rows,
    refuse_first,
)
from steerclear.separation.volumes import WellClearVolume
from steerclear.separation.workspace import Workspace, workspace_of_thread

Floats = NDArray[np.float64]
OnInvalid = Literal["raise", "mask"]
Search = Callable[[Floats, Floats, tuple[float, float], int, int, Workspace], tuple[list[Floats], list[Floats]]]


def _all_pairs(
    states: Floats,
    terms: Floats,
    _least: tuple[float, float],
    threads: int,
    max_pairs: int,
    _space: Workspace,
) -> tuple[list[Floats], list[Floats]]:
    reach = reach_of(states, terms)
    count = len(states)
    # Early rows have more partners: equal shares of the triangle, not of the rows.
    shares = 4 * threads
    edges = [int(count * (1.0 - math.sqrt(1.0 - k / shares))) for k in range(shares)] + [count]

    def judge(part: tuple[int, int]) -> tuple[Floats, Floats]:
        rooms = (1024, 1024)
        while True:
            found = np.zeros(2, np.int64)
            pairs = np.empty((rooms[0], PAIR_WORDS))
            clear = np.empty((rooms[1], WELL_CLEAR_WORDS))
            judge_all(states, reach, *part, terms, found, pairs, pairs.view(np.int32), clear, clear.view(np.int32))
            refuse_too_many(int(found.max()), max_pairs)
            if found[0] <= len(pairs) and found[1] <= len(clear):
                return pairs[: found[0]], clear[: found[1]]
            rooms = (int(found[0]), int(found[1]))

    parts = workers.run(judge, list(pairwise(edges)), threads)
    return [pairs for pairs, _ in parts], [clear for _, clear in parts]


class Detector:
    """A scan with its options checked once, to be run again and again; it keeps its workspace between runs.

    Threads may share a detector; it keeps as many workspaces as scans ran at once. `find_conflicts` and its sisters
    make one for a single run and describe the options. Beside those, `conflicts=False` leaves out the losses of
    separation (for well clear alone), and `space` is a workspace to begin with, which then is this detector's alone
    while it scans.
    """

    def __init__(
        self,
        *,
        horizontal_m: ArrayLike,
        vertical_m: ArrayLike,
        lookahead_s: float,
        conflicts: bool = True,
        well_clear: WellClearVolume | None = None,
        on_invalid: OnInvalid = "raise",
        threads: int | None = None,
        max_pairs: int = limits.MAX_PAIRS,
        space: Workspace | None = None,
    ) -> None:
        try:
            self._lookahead_s = float(lookahead_s)
        except (TypeError, ValueError) as error:
            raise InvalidMinimumError(f"lookahead_s is {lookahead_s!r}; give one number of seconds") from error
        if not 0.0 <= self._lookahead_s <= limits.MAX_LOOKAHEAD_S:
            raise InvalidMinimumError(f"lookahead_s is {lookahead_s!r}; give a number in 0..{limits.MAX_LOOKAHEAD_S:g}")
        if on_invalid not in ("raise", "mask"):
            raise InvalidMinimumError(f'on_invalid is {on_invalid!r}; give "raise" or "mask"')
        if not (well_clear is None or isinstance(well_clear, WellClearVolume)):
            raise InvalidMinimumError(f"well_clear is {well_clear!r}; give a WellClearVolume, such as its PHASE_I")
        if max_pairs < 0:
            raise InvalidMinimumError(f"max_pairs is {max_pairs!r}; give a count")
        self._minima = (horizontal_m, vertical_m)
        self._terms = terms_of(self._lookahead_s, conflicts, well_clear)
        self._on_invalid = on_invalid
        self._threads = threads
        self._max_pairs = max_pairs
        self._spare = [Workspace() if space is None else space]

    def scan(
        self,
        latitude_deg: ArrayLike,
        longitude_deg: ArrayLike,
        altitude_m: ArrayLike,
        east_mps: ArrayLike,
        north_mps: ArrayLike,
        up_mps: ArrayLike,
    ) -> Conflicts:
        """Return every pair in predicted loss of separation or well-clear violation among these aircraft."""
        return self._run((latitude_deg, longitude_deg, altitude_m, east_mps, north_mps, up_mps), search_pairs)

    def scan_without_index(
        self,
        latitude_deg: ArrayLike,
        longitude_deg: ArrayLike,
        altitude_m: ArrayLike,
        east_mps: ArrayLike,
        north_mps: ArrayLike,
        up_mps: ArrayLike,
    ) -> Conflicts:
        """Return the same answer by comparing every pair: the reference, quadratic in the number of aircraft."""
        return self._run((latitude_deg, longitude_deg, altitude_m, east_mps, north_mps, up_mps), _all_pairs)

    @staticmethod
    def _fill(columns: tuple[Floats, ...], horizontal: Floats, vertical: Floats, threads: int, rows: Floats) -> int:
        latitude, longitude, altitude, east, north, up = columns
        light = threads if len(rows) >= LIGHT_SCAN else 1

        def fill(part: tuple[int, int]) -> int:
            return fill_states(
                latitude, longitude, altitude, east, north, up, horizontal, vertical, part[0], part[1], rows
            )

        return sum(workers.run(fill, chunks_of(len(rows), pieces_for(len(rows), light)), light))

    def _run(self, states: tuple[ArrayLike, ...], search: Search) -> Conflicts:
        try:
            space = self._spare.pop()
        except IndexError:  # Another thread scans in it.
            space = Workspace()
        answer = self._run_in(space, states, search)
        # Not after an error: when a scan is interrupted, its other threads may still write in it.
        self._spare.append(space)
        return answer

    def _run_in(self, space: Workspace, states: tuple[ArrayLike, ...], search: Search) -> Conflicts:
        columns = columns_of(*states)
        count = len(columns[0])
        horizontal = minimum_column("horizontal_m", self._minima[0], count, limits.MAX_HORIZONTAL_M)
        vertical = minimum_column("vertical_m", self._minima[1], count, limits.MAX_VERTICAL_M)
        least = (float(horizontal.min(initial=np.inf)), float(vertical.min(initial=np.inf)))
        threads = workers.thread_count(self._threads, count)
        rows = space.take("states", (count, STATE_WORDS), np.float64)
        bad = self._fill(columns, horizontal, vertical, threads, rows)
        masked = NO_ROWS
        original = None
        if bad:
            good = possible_rows(columns)
            if self._on_invalid == "raise":
                raise refuse_first(columns, good)
            masked, original = np.flatnonzero(~good), np.flatnonzero(good)
            rows = rows[original]
        pairs, clear = search(rows, self._terms, least, threads, self._max_pairs, space)
        # Each part has refused for itself what alone is too many; how many parts there are depends on the threads.
        refuse_too_many(max(sum(map(len, pairs)), sum(map(len, clear))), self._max_pairs)
        answer = conflicts_of(pairs, clear, masked, self._lookahead_s)
        if original is not None:
            with_rows(answer.pairs, original)
            with_rows(answer.well_clear, original)
        return answer


def find_conflicts(
    latitude_deg: ArrayLike,
    longitude_deg: ArrayLike,
    altitude_m: ArrayLike,
    east_mps: ArrayLike,
    north_mps: ArrayLike,
    up_mps: ArrayLike,
    *,
    horizontal_m: ArrayLike,
    vertical_m: ArrayLike,
    lookahead_s: float,
    well_clear: WellClearVolume | None = None,
    on_invalid: OnInvalid = "raise",
    threads: int | None = None,
    max_pairs: int = limits.MAX_PAIRS,
) -> Conflicts:
    """Find every pair of aircraft predicted to lose separation within the lookahead if all fly straight on.

    Args:
        latitude_deg, longitude_deg: (n,) WGS84; longitudes from -180 to 180 or 0 to 360.
        altitude_m: (n,) altitudes of one common datum.
        east_mps, north_mps, up_mps: (n,) velocity in the local horizontal frame of each aircraft.
        horizontal_m, vertical_m: separation minima, one number or one for each aircraft; of a pair's two the larger
            counts. A distance equal to the minimum is a loss of separation.
        lookahead_s: seconds from now, 0 for the present alone.
        well_clear: if given, violations of this volume within the lookahead are found in the same pass.
        on_invalid: "raise" refuses impossible rows (NaN, infinite, absurd), "mask" sets them aside and lists them.
        threads: how many to use; by default the cores of this process, or one for a small scene. The answer is the
            same for any number.
        max_pairs: most rows in either part of the answer.

    Raises:
        InvalidStateError: names the row and the field.
        InvalidMinimumError: a minimum or an option is out of range.
        TooManyPairsError: more than `max_pairs` were found.
    """
    with workspace_of_thread() as space:
        detector = Detector(
            horizontal_m=horizontal_m,
            vertical_m=vertical_m,
            lookahead_s=lookahead_s,
            well_clear=well_clear,
            on_invalid=on_invalid,
            threads=threads,
            max_pairs=max_pairs,
            space=space,
        )
        return detector.scan(latitude_deg, longitude_deg, altitude_m, east_mps, north_mps, up_mps)


def find_well_clear_violations(
    latitude_deg: ArrayLike,
    longitude_deg: ArrayLike,
    altitude_m: ArrayLike,
    east_mps: ArrayLike,
    north_mps: ArrayLike,
    up_mps: ArrayLike,
    *,
    volume: WellClearVolume = WellClearVolume.PHASE_I,
    lookahead_s: float,
    on_invalid: OnInvalid = "raise",
    threads: int | None = None,
    max_pairs: int = limits.MAX_PAIRS,
) -> NDArray[np.void]:
    """Find every pair predicted to violate DO-365 well clear within the lookahead, as `WELL_CLEAR_DTYPE`.

    Arguments and errors as `find_conflicts`.
    """
    with workspace_of_thread() as space:
        detector = Detector(
            horizontal_m=0.0,
            vertical_m=0.0,
            lookahead_s=lookahead_s,
            conflicts=False,
            well_clear=volume,
            on_invalid=on_invalid,
            threads=threads,
            max_pairs=max_pairs,
            space=space,
        )
        return detector.scan(latitude_deg, longitude_deg, altitude_m, east_mps, north_mps, up_mps).well_clear


def brute_force_conflicts(
    latitude_deg: ArrayLike,
    longitude_deg: ArrayLike,
    altitude_m: ArrayLike,
    east_mps: ArrayLike,
    north_mps: ArrayLike,
    up_mps: ArrayLike,
    *,
    horizontal_m: ArrayLike,
    vertical_m: ArrayLike,
    lookahead_s: float,
    well_clear: WellClearVolume | None = None,
    on_invalid: OnInvalid = "raise",
    threads: int | None = None,
    max_pairs: int = limits.MAX_PAIRS,
) -> Conflicts:
    """Return what `find_conflicts` returns, by comparing every pair: the reference for tests and doubts."""
    with workspace_of_thread() as space:
        detector = Detector(
            horizontal_m=horizontal_m,
            vertical_m=vertical_m,
            lookahead_s=lookahead_s,
            well_clear=well_clear,
            on_invalid=on_invalid,
            threads=threads,
            max_pairs=max_pairs,
            space=space,
        )
        return detector.scan_without_index(latitude_deg, longitude_deg, altitude_m, east_mps, north_mps, up_mps)
