"""Whether footprints intersect, how far apart they are, and what they contain; exact on the ellipsoid.

Units: metres, degrees. Bounds: closed; footprints nearer than 1 cm touch.
Accuracy: never no where the true answer is yes. A yes may be wrong where the footprints are farther apart than asked
for by at most 1 cm plus the `excess_m` of both (0 for circles, under 1 mm for polygons whose edges are below 3.9 km,
2 mm below 45,000 km round).
"""

from __future__ import annotations

import numpy as np

from steerclear.geodesy import planes
from steerclear.geodesy.faults import FootprintError
from steerclear.geodesy.footprints import FOOTPRINT_WORDS, Footprint, check_place
from steerclear.geodesy.limits import MAX_WITHIN_M
from steerclear.separation import nearness

_POINT = np.zeros((2, 1))


def _checked(within_m: float) -> float:
    if not 0.0 <= within_m <= MAX_WITHIN_M:
        raise FootprintError(f"a distance of {within_m!r} m round a footprint: give 0..{MAX_WITHIN_M:,.0f}")
    return float(within_m)


def footprints_intersect(a: Footprint, b: Footprint, within_m: float = 0.0) -> bool:
    """Return whether two footprints share a place, or come within a distance of each other.

    Raises:
        FootprintError: `within_m` is negative or above MAX_WITHIN_M.
    """
    count_a, count_b = a.flat.shape[1], b.flat.shape[1]
    return bool(nearness.within(a.words, a.flat, 0, count_a, b.words, b.flat, 0, count_b, _checked(within_m)))


def footprint_distance_m(a: Footprint, b: Footprint) -> float:
    """Return the length of the shortest path between two footprints, 0 where they share a place.

    Exact to 1 mm plus the `excess_m` of both up to MAX_WITHIN_M; beyond it, a bound that is not above the distance
    (exact for two circles).
    """
    count_a, count_b = a.flat.shape[1], b.flat.shape[1]
    return float(nearness.distance(a.words, a.flat, 0, count_a, b.words, b.flat, 0, count_b, MAX_WITHIN_M))


def contains(footprint: Footprint, latitude_deg: float, longitude_deg: float, within_m: float = 0.0) -> bool:
    """Return whether a place is in a footprint, on its edge, or within a distance of it.

    Raises:
        FootprintError: no place, or `within_m` is negative or above MAX_WITHIN_M.
    """
    check_place(latitude_deg, longitude_deg, "the place")
    words = np.zeros(FOOTPRINT_WORDS)
    planes.touch(*planes.foot(latitude_deg, longitude_deg), words)
    count = footprint.flat.shape[1]
    return bool(nearness.within(footprint.words, footprint.flat, 0, count, words, _POINT, 0, 1, _checked(within_m)))
