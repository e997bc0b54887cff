"""Convex polygons that contain everything within a distance of a piece of a shortest path: the pieces of a corridor.

Frame: geodetic latitude and longitude at height zero on WGS84, edges are shortest paths; bearings clockwise from north.
Units: degrees and metres. Arrays broadcast; the vertices of one polygon stand on the last axis, counter-clockwise.

A polygon is the long side of the piece on its left and right, and half an octagon around each end. On a sphere a
shortest path between two points that are equally far from a third path lies farther from it between them, and a polygon
whose edges touch a circle contains it; `MARGIN` covers what the ellipsoid and the size of the circle change in that.
The polygon reaches at most 8.4 % of the distance (at the corners of its octagons) beyond what it must contain.

Bounds: pieces up to 200 km, distances up to 500 km. Checked against Karney's solution by sampling.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steerclear.geodesy.faults import GeodesyError
from steerclear.geodesy.paths import destination, distance_and_bearing

Floats = NDArray[np.float64]

MARGIN: Final = 1.001
"""Factor on the distance."""
MARGIN_M: Final = 0.02
"""Added to the distance: twice the precision of 1 cm."""
LONGEST_M: Final = 200_000.0
WIDEST_M: Final = 500_000.0

_HALF_FACET_RAD: Final = np.pi / 8.0
_SMALLEST_RADIUS_M: Final = 6_335_000.0
_A_POINT_M: Final = 1e-3
_FRONT_DEG: Final = np.array([67.5, 22.5, -22.5, -67.5])
_BACK_DEG: Final = np.array([-112.5, -157.5, 157.5, 112.5])


def circumscribed_radius_m(radius_m: ArrayLike, half_facet_rad: float = _HALF_FACET_RAD) -> Floats:
    """Distance of the vertices of a regular polygon that contains a circle, margin included.

    Args:
        radius_m: of the circle.
        half_facet_rad: half of the angle at the centre between two vertices.
    """
    wide = (np.asarray(radius_m, np.float64) * MARGIN + MARGIN_M) / _SMALLEST_RADIUS_M
    return np.asarray(np.arctan(np.tan(wide) / np.cos(half_facet_rad)) * _SMALLEST_RADIUS_M)


def capsules(
    latitude_deg: ArrayLike,
    longitude_deg: ArrayLike,
    to_latitude_deg: ArrayLike,
    to_longitude_deg: ArrayLike,
    within_m: ArrayLike,
) -> tuple[Floats, Floats]:
    """Return latitudes and longitudes, shape (..., 8), of polygons around pieces of shortest paths.

    Args:
        latitude_deg: of the beginnings, as the other coordinates.
        longitude_deg: of the beginnings.
        to_latitude_deg: of the ends.
        to_longitude_deg: of the ends; a piece of no length gives an octagon.
        within_m: distance from the piece that the polygon must contain.

    Raises:
        GeodesyError: a piece or a distance is beyond the bounds above.
    """
    length_m, first_deg = distance_and_bearing(latitude_deg, longitude_deg, to_latitude_deg, to_longitude_deg)
    if bool(np.any(length_m > LONGEST_M)) or not bool(np.all(np.asarray(within_m) <= WIDEST_M)):
        raise GeodesyError(
            f"a piece is over {LONGEST_M:,.0f} m long or {WIDEST_M:,.0f} m wide: cut it into shorter ones"
        )
    _, back_deg = distance_and_bearing(to_latitude_deg, to_longitude_deg, latitude_deg, longitude_deg)
    # Two bearings of a piece of almost no length are noise that would turn its two halves against each other.
    last_deg = np.where(length_m > _A_POINT_M, back_deg + 180.0, first_deg)
    reach_m = circumscribed_radius_m(within_m)[..., None]
    front = destination(
        np.asarray(to_latitude_deg)[..., None],
        np.asarray(to_longitude_deg)[..., None],
        last_deg[..., None] + _FRONT_DEG,
        reach_m,
    )
    back = destination(
        np.asarray(latitude_deg)[..., None],
        np.asarray(longitude_deg)[..., None],
        first_deg[..., None] + _BACK_DEG,
        reach_m,
    )
    return (
        np.concatenate(np.broadcast_arrays(front[0], back[0]), axis=-1),
        np.concatenate(np.broadcast_arrays(front[1], back[1]), axis=-1),
    )
