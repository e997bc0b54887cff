"""Every pair of a scene, one by one, without any index: the reference the indexed scan is held to.

It shares with the index only the kernel of one pair (`pairs.judge_pair`). Before that kernel a pair is set aside when
the aircraft are too far apart to meet: feet further apart than both sweeps and the minimum, or altitudes likewise.
The chord between two feet is longer than its part in the pair's plane by less than 1 % (by 0.3 % at most, on the
ellipsoid, for pairs below 90 degrees apart), so that test can only keep too many.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.separation.compiling import kernel
from steerclear.separation.pairs import judge_pair

Floats = NDArray[np.float64]

_BLOCK: Final = 2048
_TILE: Final = 64


@kernel
def mark_near(reach: Floats, i: int, low: int, count: int, mask: NDArray[np.uint8]) -> None:
    """Mark which of `count` rows from `low` are near enough to row i to be judged."""
    x, y, z, radius, altitude, height = reach[0, i], reach[1, i], reach[2, i], reach[3, i], reach[4, i], reach[5, i]
    # Unsigned offsets: with signed ones every load would first look for an index from the end.
    start = np.uintp(low)
    for k in range(np.uintp(count)):
        dx = reach[0, start + k] - x
        dy = reach[1, start + k] - y
        dz = reach[2, start + k] - z
        far = reach[3, start + k] + radius
        level = abs(reach[4, start + k] - altitude) <= reach[5, start + k] + height
        mask[k] = (dx * dx + dy * dy + dz * dz <= far * far) & level


@kernel
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
    mask = np.zeros(_BLOCK + 8, np.uint8)
    words = mask.view(np.uint64)
    count = states.shape[0]
    # By tiles, so that a block of rows stays in the cache for all of a tile's partners.
    for tile in range(begin, end, _TILE):
        for block in range(tile + 1, count, _BLOCK):
            for i in range(tile, min(tile + _TILE, end)):
                low = max(block, i + 1)
                high = min(block + _BLOCK, count)
                if low >= high:
                    continue
                mark_near(reach, i, low, high - low, mask)
                mask[high - low : high - low + 8] = 0
                for word in range((high - low + 7) // 8):
                    if words[word] == 0:
                        continue
                    for j in range(low + 8 * word, low + 8 * word + 8):
                        if mask[j - low] != 0:
                            judge_pair(
                                states, i, j, i, j, terms, found, pair_words, pair_halves, clear_words, clear_halves
                            )


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
