"""The plane at a place, for what is near it: points and velocities as complex numbers, east + i north.

Places are taken at the ellipsoid's surface and projected upright onto the plane that touches it there. Units: metres,
m/s, degrees. Bounds: lengths are short by (distance / Earth's radius)^2 / 6 at most, 1e-4 at 150 km.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.wgs84 import (
    east_north,
    east_north_up_to_ecef,
    ecef_to_east_north_up,
    ecef_to_geodetic,
    geodetic_to_ecef,
)

Complexes = NDArray[np.complex128]

_FAR_BELOW_M: Final = 700_000.0
"""Of a place that is lower than this below the plane nothing can be said in it."""


class Located(Protocol):
    """Anything with a place."""

    @property
    def latitude_deg(self) -> float:
        """WGS84."""
        ...

    @property
    def longitude_deg(self) -> float:
        """WGS84."""
        ...


class Moving(Located, Protocol):
    """Anything with a place and a velocity; None or NaN where unknown."""

    @property
    def east_mps(self) -> float:
        """At its own place."""
        ...

    @property
    def north_mps(self) -> float:
        """At its own place."""
        ...


def middle_of(latitude_deg: Sequence[float], longitude_deg: Sequence[float]) -> tuple[float, float]:
    """Latitude and longitude of the middle of places, at the antimeridian and the poles as elsewhere."""
    middle = np.median(geodetic_to_ecef(latitude_deg, longitude_deg), axis=0)
    latitude, longitude, _ = ecef_to_geodetic(middle)
    return float(latitude), float(longitude)


class Frame:
    """The plane at a place: east + i north, metres."""

    def __init__(self, at_deg: tuple[float, float]) -> None:
        self._at = at_deg
        east, north = east_north(*at_deg)
        self._axes = np.stack([east, north], axis=-1)

    def points(self, places: Sequence[Located]) -> Complexes:
        """Places on the ellipsoid as points of the plane; those on the other side of the Earth as NaN."""
        return self.points_of([one.latitude_deg for one in places], [one.longitude_deg for one in places])

    def points_of(self, latitude_deg: Sequence[float], longitude_deg: Sequence[float]) -> Complexes:
        """The same of latitudes and longitudes."""
        flat = ecef_to_east_north_up(geodetic_to_ecef(latitude_deg, longitude_deg), *self._at)
        points = flat[:, 0] + 1j * flat[:, 1]
        points[flat[:, 2] < -_FAR_BELOW_M] = complex(np.nan, np.nan)
        return np.asarray(points)

    def velocities(self, places: Sequence[Moving]) -> Complexes:
        """Velocities turned from their own east and north into the plane's; 0 where unknown."""
        east, north = east_north([place.latitude_deg for place in places], [place.longitude_deg for place in places])
        mps = np.nan_to_num(np.array([(place.east_mps, place.north_mps) for place in places], dtype=np.float64))
        flat = (mps[:, 0:1] * east + mps[:, 1:2] * north) @ self._axes
        return np.asarray(flat[:, 0] + 1j * flat[:, 1])

    def place(self, point: complex) -> tuple[float, float]:
        """Latitude and longitude, in degrees, of a point of the plane."""
        latitude, longitude, _ = ecef_to_geodetic(east_north_up_to_ecef([point.real, point.imag, 0.0], *self._at))
        return float(latitude), float(longitude)
