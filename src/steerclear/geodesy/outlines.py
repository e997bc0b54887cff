"""Outlines as they are drawn: shortest paths as chains of points, circles as polygons around them.

Frame: geodetic latitude and longitude at height zero on WGS84. Units: degrees and metres. A ring does not repeat its
first point. Points are added until a straight line on a map of longitude and latitude stays within `tolerance_m` of the
shortest path between two neighbours. A circle becomes a regular polygon around it (see `capsules` for the margin), so
that what is drawn is never less than what is meant.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steerclear.geodesy.capsules import circumscribed_radius_m
from steerclear.geodesy.paths import destination, distance_and_bearing
from steerclear.geodesy.wgs84 import MEAN_RADIUS_M, surface_normal

Floats = NDArray[np.float64]

MAX_POINTS: Final = 50_000
"""Of one outline; a line that would need more is drawn with what it has."""
POLE_DEG: Final = 1e-7
"""A point nearer to a pole than this (1 cm) is the pole."""

_ROUNDS: Final = 40


def circle_outline(
    latitude_deg: float, longitude_deg: float, radius_m: float, sides: int = 72
) -> tuple[Floats, Floats]:
    """Return the vertices of a regular polygon that contains a circle, counter-clockwise."""
    half = np.pi / sides
    bearings = -np.degrees(np.arange(sides) * 2.0 * half)
    return destination(latitude_deg, longitude_deg, bearings, circumscribed_radius_m(radius_m, half))


def follow_paths(
    latitude_deg: ArrayLike, longitude_deg: ArrayLike, tolerance_m: float, *, closed: bool = True
) -> tuple[Floats, Floats]:
    """Return a ring (or a line) with points added on the shortest paths between its own.

    Args:
        latitude_deg: of the points.
        longitude_deg: of the points.
        tolerance_m: how far from its shortest path a line on the map may run.
        closed: whether there is a path from the last point to the first.

    Raises:
        NotConvergedError: two neighbours are nearly antipodal.
    """
    latitudes, longitudes = np.asarray(latitude_deg, np.float64), np.asarray(longitude_deg, np.float64)
    if closed:
        latitudes, longitudes = np.append(latitudes, latitudes[0]), np.append(longitudes, longitudes[0])
    open_yet = np.ones(len(latitudes) - 1, bool)
    for _ in range(_ROUNDS):
        where = np.flatnonzero(open_yet)
        if not len(where) or len(latitudes) + len(where) > MAX_POINTS:
            break
        middle, bend_m, length_m = _middles(latitudes, longitudes, where)
        split = (bend_m > tolerance_m) & (length_m > tolerance_m)
        at = where[split] + 1
        latitudes = np.insert(latitudes, at, middle[0][split])
        longitudes = np.insert(longitudes, at, middle[1][split])
        still = open_yet.copy()
        still[where[~split]] = False
        open_yet = np.insert(still, where[split], True)
    if closed:
        latitudes, longitudes = latitudes[:-1], longitudes[:-1]
    return latitudes, longitudes


def _middles(
    latitudes: Floats, longitudes: Floats, where: NDArray[np.intp]
) -> tuple[tuple[Floats, Floats], Floats, Floats]:
    """Of paths: their middles, how far the map's straight line bends away from them, and their lengths."""
    begin, end = (latitudes[where], longitudes[where]), (latitudes[where + 1], longitudes[where + 1])
    length_m, bearing = distance_and_bearing(*begin, *end)
    middle = destination(*begin, bearing, length_m / 2.0)
    span = (end[1] - begin[1] + 180.0) % 360.0 - 180.0
    # At a pole every longitude is the same place: a line on the map goes straight up to it.
    at_pole = (np.abs(begin[0]) > 90.0 - POLE_DEG) | (np.abs(end[0]) > 90.0 - POLE_DEG)
    drawn = surface_normal((begin[0] + end[0]) / 2.0, begin[1] + span / 2.0)
    bend_m = np.linalg.norm(drawn - surface_normal(*middle), axis=-1) * MEAN_RADIUS_M
    return middle, np.where(at_pole, 0.0, bend_m), length_m
