"""Every pair of a scene, one by one, without any index: the reference the indexed scan is held to.

It shares with the index only the kernel of one pair (`pairs.judge_pair`). Before that kernel a pair is set aside when
the aircraft are too far apart to meet: feet further apart than both sweeps and the minimum, or altitudes likewise.
The chord between two feet is longer than its part in the pair's plane by less than 1 % (by 0.3 % at most, on the
ellipsoid, for pairs below 90 degrees apart), so that test can only keep too many.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from steerclear.separation.pairs import judge_pair

Floats = NDArray[np.float64]


@njit(nogil=True, cache=True, error_model="numpy")
def judge_all(
    states: Floats,
    reach: Floats,
    begin: int,
    end: int,
    terms: Floats,
    found: NDArray[np.int64],
    pair_words: Floats,
    pair_halves: NDArray[np.int32],
    clear_words: Floats,
    clear_halves: NDArray[np.int32],
) -> None:
    """Judge each pair (i, j) with begin <= i < end and i < j; `reach` has columns x, y, z, radius, altitude, height."""
    for i in range(begin, end):
        for j in range(i + 1, states.shape[0]):
            dx = reach[0, i] - reach[0, j]
            dy = reach[1, i] - reach[1, j]
            dz = reach[2, i] - reach[2, j]
            far = reach[3, i] + reach[3, j]
            if dx * dx + dy * dy + dz * dz > far * far:
                continue
            if abs(reach[4, i] - reach[4, j]) > reach[5, i] + reach[5, j]:
                continue
            judge_pair(states, i, j, i, j, terms, found, pair_words, pair_halves, clear_words, clear_halves)


def reach_of(states: Floats, terms: Floats) -> Floats:
    """Return columns x, y, z, radius, altitude, height: no pair whose radii or heights do not touch can meet.

    Well clear looks `tau` and `tcoa` beyond the lookahead. Each aircraft contributes its own minimum in full, so the
    larger of two is always covered.
    """
    lookahead, well_clear = terms[0], terms[2] > 0.0
    dmod, zthr, tau, tcoa = terms[3:7] if well_clear else np.zeros(4)
    reach = np.empty((6, len(states)))
    reach[:3] = states[:, 0:3].T
    speed = np.sqrt(states[:, 3] ** 2 + states[:, 4] ** 2 + states[:, 5] ** 2)
    reach[3] = 1.01 * (np.maximum(states[:, 11], dmod) + speed * (lookahead + tau)) + 1.0
    reach[4] = states[:, 9]
    reach[5] = np.maximum(states[:, 12], zthr) + np.abs(states[:, 10]) * (lookahead + tcoa) * 1.000001 + 1.0
    return reach
