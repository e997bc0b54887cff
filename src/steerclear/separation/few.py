"""The scan of a few aircraft, many times: each pair compared, nothing prepared, nothing allocated.

A picture of a hundred aircraft is scanned every second of a day. Up to `FEW` of them, an index costs more than it
spares, and checking the options anew costs more than comparing. Frame, bounds and units: `scan`.
"""

from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.separation.brute import judge_all
from steerclear.separation.compiling import kernel
from steerclear.separation.layout import PAIR_DTYPE
from steerclear.separation.pairs import STATE_WORDS, terms_of
from steerclear.separation.states import fill_states

Floats = NDArray[np.float64]
PairRow = tuple[int, int, float, float, float, float, float, bool]
"""The fields of `PAIR_DTYPE`."""

FEW: Final = 128
"""Up to so many aircraft, comparing each pair is quicker than preparing an index."""


@kernel
def fill_reach(states: Floats, lookahead_s: float, reach: Floats) -> None:
    """Fill `reach` with what `judge_all` sets pairs aside by: wider than any pair can meet in, never narrower."""
    for row in range(states.shape[0]):
        speed = sqrt(states[row, 3] ** 2 + states[row, 4] ** 2 + states[row, 5] ** 2)
        for axis in range(3):
            reach[axis, row] = states[row, axis]
        # Feet on the ellipsoid are at most 1 % closer together in the pair's plane than straight through the Earth.
        reach[3, row] = 1.01 * (states[row, 11] + speed * lookahead_s) + 1.0
        reach[4, row] = states[row, 9]
        reach[5, row] = 1.000001 * (states[row, 12] + abs(states[row, 10]) * lookahead_s) + 1.0


class FewScan:
    """Finds the conflicts among at most `FEW` aircraft under fixed minima; keeps its workspace."""

    def __init__(self, horizontal_m: float, vertical_m: float, lookahead_s: float) -> None:
        self._lookahead_s = lookahead_s
        self._horizontal = np.array([horizontal_m])
        self._vertical = np.array([vertical_m])
        self._terms = terms_of(lookahead_s, True, None)
        self._states = np.empty((FEW, STATE_WORDS))
        self._reach = np.empty((6, FEW))
        self._words = np.empty((FEW * (FEW - 1) // 2, PAIR_DTYPE.itemsize // 8))
        self._halves = self._words.view(np.int32)
        self._pairs = self._words.view(PAIR_DTYPE)[:, 0]
        self._no_words = np.empty((0, 1))
        self._no_halves = self._no_words.view(np.int32)
        self._found = np.zeros(2, np.int64)

    def rows(self, columns: Floats) -> list[PairRow] | None:
        """The conflicts among the states (6, n <= FEW), sorted by (i, j); None if any state is impossible.

        Rows of `columns`: latitude and longitude in degrees, altitude in metres, east, north and up in m/s.
        """
        count = columns.shape[1]
        states = self._states[:count]
        latitude, longitude, altitude, east, north, up = columns
        if fill_states(
            latitude, longitude, altitude, east, north, up, self._horizontal, self._vertical, 0, count, states
        ):
            return None
        self._found[0] = 0
        fill_reach(states, self._lookahead_s, self._reach)
        judge_all(
            states,
            self._reach,
            0,
            count,
            self._terms,
            self._found,
            self._words,
            self._halves,
            self._no_words,
            self._no_halves,
        )
        rows: list[PairRow] = self._pairs[: self._found[0]].tolist()
        return rows
