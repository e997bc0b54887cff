"""Whether a volume surely lies wholly in an area: never claimed where it is not certain.

Frame: unit vectors of the ellipsoid's normals; edges of polygons are the planes through the Earth's centre. Only
circles and convex polygons no wider than a quarter of the Earth are decided; any other area is answered with no, which
errs towards the larger minima. A circle counts as the ring of `_CORNERS` corners around it. 1 m of margin is kept.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.paths import destination, surface_distance
from steerclear.geodesy.wgs84 import MEAN_RADIUS_M, surface_normal
from steerclear.model.volumes import CircleArea, PolygonArea, Volume4D
from steerclear.strategic.limits import MAX_PREPARED

Floats = NDArray[np.float64]
_CORNERS: Final = 32
_MARGIN_M: Final = 1.0
_WIDEST_M: Final = 10_000_000.0


@lru_cache(maxsize=MAX_PREPARED)
def surely_within(volume: Volume4D, area: Volume4D) -> bool:
    """Whether all of a volume, in space and time, is certainly inside an area."""
    if volume.from_s < area.from_s or volume.until_s > area.until_s or not _heights_within(volume, area):
        return False
    latitudes, longitudes = _around(volume.area)
    if isinstance(area.area, CircleArea):
        centre = area.area.centre
        away = surface_distance(centre.latitude_deg, centre.longitude_deg, latitudes, longitudes)
        return bool(np.all(away <= min(area.area.radius_m, _WIDEST_M) - _MARGIN_M))
    return _in_convex(surface_normal(latitudes, longitudes), _ring(area.area))


def _heights_within(volume: Volume4D, area: Volume4D) -> bool:
    if area.lower_m is None and area.upper_m is None:
        return True
    if volume.altitude_datum is not area.altitude_datum:
        return False
    below = area.lower_m is None or (volume.lower_m is not None and volume.lower_m >= area.lower_m)
    above = area.upper_m is None or (volume.upper_m is not None and volume.upper_m <= area.upper_m)
    return below and above


def _around(shape: CircleArea | PolygonArea) -> tuple[Floats, Floats]:
    """Latitudes and longitudes of a ring that holds a shape."""
    if isinstance(shape, CircleArea):
        bearings = np.arange(_CORNERS) * (360.0 / _CORNERS)
        # The chords between the corners must stay outside the circle; 1 % holds for circles of any size allowed here.
        reach_m = 1.01 * shape.radius_m / cos(pi / _CORNERS)
        return destination(shape.centre.latitude_deg, shape.centre.longitude_deg, bearings, reach_m)
    return (
        np.array([vertex.latitude_deg for vertex in shape.vertices]),
        np.array([vertex.longitude_deg for vertex in shape.vertices]),
    )


def _ring(polygon: PolygonArea) -> Floats:
    return surface_normal(*_around(polygon))


def _in_convex(points: Floats, ring: Floats) -> bool:
    middle = ring.mean(axis=0)
    if np.linalg.norm(middle) < 0.75:
        return False
    walls = np.cross(ring, np.roll(ring, -1, axis=0))
    lengths = np.linalg.norm(walls, axis=1)
    if np.any(lengths == 0.0):
        return False
    walls /= lengths[:, None]
    if float(np.sum(walls @ middle)) < 0.0:
        walls = -walls
    # Convex: every corner is on the inner side of every edge.
    if np.any(ring @ walls.T < -1e-12):
        return False
    return bool(np.all(points @ walls.T >= _MARGIN_M / MEAN_RADIUS_M))
