"""The kernel that checks a polygon and prepares it: one call from vertices to the ring in its plane.

Frame, units and methods: `rings` and `planes`. What it refuses it names by a number of `Refusal`, with the vertices
concerned, counted from 0; `footprints` puts it into words.
"""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import inner_kernel, kernel
from steerclear.geodesy.limits import (
    MAX_CUTS,
    MAX_PERIMETER_M,
    MAX_REACH_M,
    MIN_WIDTH_M,
    PIECE_M,
    SAME_PLACE_M,
)
from steerclear.geodesy.planes import on_ellipsoid, touch
from steerclear.geodesy.rings import (
    BULGE,
    cut_edges,
    edges_of,
    feet_of,
    first_crossing,
    first_fold,
    lay_flat,
    reach_of,
    signed_area_m2,
    turn_round,
)

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


class Refusal(IntEnum):
    """Why a polygon is no footprint."""

    NONE = 0
    SAME_PLACE = 1
    TOO_LARGE = 2
    TOO_LONG = 3
    CROSSING = 4
    NO_AREA = 5
    FOLD = 6


_SAME_PLACE: Final = int(Refusal.SAME_PLACE)
_TOO_LARGE: Final = int(Refusal.TOO_LARGE)
_TOO_LONG: Final = int(Refusal.TOO_LONG)
_CROSSING: Final = int(Refusal.CROSSING)
_NO_AREA: Final = int(Refusal.NO_AREA)
_FOLD: Final = int(Refusal.FOLD)

_SPREAD_M: Final = 1_000_000.0
"""Vertices whose middle is nearer to the Earth's centre than this lie all round the Earth."""


@inner_kernel
def _touch_middle(feet: Floats, words: Floats) -> bool:
    middle = np.empty(3)
    for k in range(3):
        low, high = feet[0, k], feet[0, k]
        for row in range(1, len(feet)):
            low, high = min(low, feet[row, k]), max(high, feet[row, k])
        middle[k] = 0.5 * (low + high)
    if middle[0] ** 2 + middle[1] ** 2 + middle[2] ** 2 < _SPREAD_M * _SPREAD_M:
        return False
    x, y, z = on_ellipsoid(middle[0], middle[1], middle[2])
    touch(x, y, z, words)
    return True


@inner_kernel
def _same_place(feet: Floats, one: int, other: int) -> bool:
    apart = 0.0
    for k in range(3):
        apart += (feet[one, k] - feet[other, k]) ** 2
    return apart <= SAME_PLACE_M * SAME_PLACE_M


@inner_kernel
def _misplaced(feet: Floats, words: Floats) -> tuple[int, int, int]:
    count = len(feet)
    for k in range(count):
        if _same_place(feet, k, (k + 1) % count):
            return _SAME_PLACE, k, (k + 1) % count
    if not _touch_middle(feet, words) or reach_of(words, feet) > MAX_REACH_M:
        return _TOO_LARGE, 0, 0
    return 0, 0, 0


@inner_kernel
def _touching(feet: Floats, flat: Floats, origin: Places) -> tuple[int, int, int]:
    one, other = first_crossing(flat)
    if one < 0:
        return 0, 0, 0
    count = len(feet)
    one, other = min(origin[one], origin[other]), max(origin[one], origin[other])
    for a in (one, (one + 1) % count):
        for b in (other, (other + 1) % count):
            if a != b and _same_place(feet, a, b):
                return _SAME_PLACE, a, b
    return _CROSSING, one, other


@inner_kernel
def _empty(flat: Floats, origin: Places, area: float, perimeter: float) -> tuple[int, int, int]:
    if 2.0 * abs(area) < MIN_WIDTH_M * perimeter:
        return _NO_AREA, 0, 0
    fold = first_fold(flat)
    return (_FOLD, origin[fold], 0) if fold >= 0 else (0, 0, 0)


@kernel
def prepared(latitude_deg: Floats, longitude_deg: Floats, words: Floats) -> tuple[int, int, int, float, float, Floats]:
    """Check a polygon and write its words; return refusal, two vertices, area (m2), perimeter (m) and flat ring."""
    feet = feet_of(latitude_deg, longitude_deg)
    refusal, one, other = _misplaced(feet, words)
    if refusal:
        return refusal, one, other, 0.0, 0.0, feet
    edges = edges_of(feet)
    longest = perimeter = 0.0
    for k in range(len(edges)):
        longest, perimeter = max(longest, edges[k, 0]), perimeter + edges[k, 0]
    piece = max(PIECE_M, perimeter / MAX_CUTS)
    # Not a number where two vertices are nearly antipodal, which a reach in bounds excludes.
    if not perimeter <= MAX_PERIMETER_M:
        return _TOO_LONG, 0, 0, 0.0, 0.0, feet
    ring, origin = cut_edges(feet, edges, piece)
    flat, whole = lay_flat(words, ring)
    area = 0.0
    if not whole:
        refusal = _TOO_LARGE
    else:
        refusal, one, other = _touching(feet, flat, origin)
    if not refusal:
        area = signed_area_m2(words, flat)
        refusal, one, other = _empty(flat, origin, area, perimeter)
    words[13] = 0.0
    words[15] = BULGE * min(longest, piece) ** 2
    words[14] = reach_of(words, ring) + words[15]
    if area < 0.0:
        turn_round(flat)
    return refusal, one, other, abs(area), perimeter, flat
