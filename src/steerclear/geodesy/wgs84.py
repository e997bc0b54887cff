"""The WGS84 ellipsoid: constants, Earth-centred coordinates, local axes, chords and surface distances.

Frame: geodetic latitude north, longitude east, height above the ellipsoid; Earth-centred, Earth-fixed (ECEF) x through
the prime meridian, z through the north pole. Units: degrees and metres. Arrays broadcast; a vector has its three
components on the last axis. Nothing here needs care at the poles or the antimeridian.
Source: NGA.STND.0036, World Geodetic System 1984; Bowring, "Transformation from spatial to geographical coordinates",
Survey Review XXIII (181), 1976, iterated.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

SEMI_MAJOR_M: Final = 6_378_137.0
"""Equatorial radius."""
INVERSE_FLATTENING: Final = 298.257223563
FLATTENING: Final = 1.0 / INVERSE_FLATTENING
SEMI_MINOR_M: Final = SEMI_MAJOR_M * (1.0 - FLATTENING)
"""Polar radius."""
ECCENTRICITY_SQUARED: Final = FLATTENING * (2.0 - FLATTENING)
MEAN_RADIUS_M: Final = (2.0 * SEMI_MAJOR_M + SEMI_MINOR_M) / 3.0

Floats = NDArray[np.float64]


def surface_normal(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> Floats:
    """Return unit normals of the ellipsoid (the local up), shape (..., 3)."""
    lat, lon = np.radians(latitude_deg), np.radians(longitude_deg)
    cos_lat = np.cos(lat)
    x, y, z = np.broadcast_arrays(cos_lat * np.cos(lon), cos_lat * np.sin(lon), np.sin(lat))
    return np.stack([x, y, z], axis=-1)


def east_north(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Return unit vectors to the local east and north, each of shape (..., 3); at a pole the longitude decides."""
    lat, lon = np.broadcast_arrays(np.radians(latitude_deg), np.radians(longitude_deg))
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    east = np.stack([-sin_lon, cos_lon, np.zeros_like(lon)], axis=-1)
    north = np.stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat], axis=-1)
    return east, north


def radii_of_curvature(latitude_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Return the radii of curvature (metres) along the meridian and across it."""
    square = 1.0 - ECCENTRICITY_SQUARED * np.sin(np.radians(latitude_deg)) ** 2
    across = SEMI_MAJOR_M / np.sqrt(square)
    return np.asarray(across * (1.0 - ECCENTRICITY_SQUARED) / square), np.asarray(across)


def geodetic_to_ecef(latitude_deg: ArrayLike, longitude_deg: ArrayLike, height_m: ArrayLike = 0.0) -> Floats:
    """Return Earth-centred coordinates (metres), shape (..., 3)."""
    normal = surface_normal(latitude_deg, longitude_deg)
    _, across = radii_of_curvature(latitude_deg)
    height = np.asarray(height_m, dtype=np.float64)
    flat = (across + height)[..., None] * normal
    flat[..., 2] -= across * ECCENTRICITY_SQUARED * normal[..., 2]
    return np.asarray(flat)


def ecef_to_geodetic(position_m: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return latitude, longitude (degrees) and height (metres) of Earth-centred positions of shape (..., 3).

    Within 1e-11 degrees and 1e-6 m from 10 km below the surface to 1,000 km above it. The Earth's centre itself comes
    out at latitude 0.
    """
    x, y, z = np.moveaxis(np.asarray(position_m, dtype=np.float64), -1, 0)
    axis = np.hypot(x, y)
    reduced = np.arctan2(z, (1.0 - FLATTENING) * axis)
    second = ECCENTRICITY_SQUARED / (1.0 - ECCENTRICITY_SQUARED) * SEMI_MINOR_M
    latitude = reduced
    for _ in range(3):
        latitude = np.arctan2(
            z + second * np.sin(reduced) ** 3,
            axis - ECCENTRICITY_SQUARED * SEMI_MAJOR_M * np.cos(reduced) ** 3,
        )
        reduced = np.arctan2((1.0 - FLATTENING) * np.sin(latitude), np.cos(latitude))
    sine = np.sin(latitude)
    height = axis * np.cos(latitude) + z * sine - SEMI_MAJOR_M * np.sqrt(1.0 - ECCENTRICITY_SQUARED * sine**2)
    return np.degrees(latitude), np.degrees(np.arctan2(y, x)), height


def ecef_to_east_north_up(
    position_m: ArrayLike, latitude_deg: ArrayLike, longitude_deg: ArrayLike, height_m: ArrayLike = 0.0
) -> Floats:
    """Return positions in the flat frame of a place: east, north, up from it, shape (..., 3), metres."""
    offset = np.asarray(position_m, dtype=np.float64) - geodetic_to_ecef(latitude_deg, longitude_deg, height_m)
    east, north = east_north(latitude_deg, longitude_deg)
    up = surface_normal(latitude_deg, longitude_deg)
    return np.stack([np.sum(offset * axis, axis=-1) for axis in (east, north, up)], axis=-1)


def east_north_up_to_ecef(
    offset_m: ArrayLike, latitude_deg: ArrayLike, longitude_deg: ArrayLike, height_m: ArrayLike = 0.0
) -> Floats:
    """Return Earth-centred positions of points given in the flat frame of a place; undoes `ecef_to_east_north_up`."""
    offset = np.asarray(offset_m, dtype=np.float64)
    east, north = east_north(latitude_deg, longitude_deg)
    up = surface_normal(latitude_deg, longitude_deg)
    turned = offset[..., 0:1] * east + offset[..., 1:2] * north + offset[..., 2:3] * up
    return np.asarray(geodetic_to_ecef(latitude_deg, longitude_deg, height_m) + turned)
