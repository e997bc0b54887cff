"""Dead reckoning: where the believed tracks are at one common time, flown straight on from their last reports.

Frame: WGS84. The surface normal is moved along east and north with the radii of curvature at the last position, so
nothing is special at the poles or the antimeridian; against the exact geodesic it errs by less than 0.25 m in 15 km.
Units: degrees, metres, m/s, seconds. Closed: a track is believed up to and including its `check_until`.
Source: n-vector form of direct geodetic motion; radii of curvature M and N of the ellipsoid (NGA.STND.0036).
"""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, degrees, hypot, radians, sin, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import checked_kernel
from steerclear.geodesy.wgs84 import ECCENTRICITY_SQUARED, SEMI_MAJOR_M
from steerclear.tactical.table import (
    CHECK_UNTIL,
    EAST,
    ELLIPSOID,
    LATITUDE,
    LONGITUDE,
    NORTH,
    PRESSURE,
    TIME,
    UP,
)

STATE_ROWS: Final = 6
"""Rows of the states: latitude, longitude, altitude, east, north, up."""

BY_PRESSURE: Final = 0
"""Tracks with a pressure altitude, at it."""
BY_ELLIPSOID: Final = 1
"""Tracks with an ellipsoid altitude, at it."""
BY_EITHER: Final = 2
"""Tracks that have just one of the two, at it."""

Floats = NDArray[np.float64]
Slots = NDArray[np.int32]


def _move(
    latitude_deg: float, longitude_deg: float, east_mps: float, north_mps: float, seconds: float
) -> tuple[float, float]:
    if seconds == 0.0:
        return latitude_deg, longitude_deg
    latitude = radians(latitude_deg)
    longitude = radians(longitude_deg)
    sin_lat, cos_lat = sin(latitude), cos(latitude)
    sin_lon, cos_lon = sin(longitude), cos(longitude)
    square = 1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat
    prime = SEMI_MAJOR_M / sqrt(square)
    along = north_mps * seconds / (prime * (1.0 - ECCENTRICITY_SQUARED) / square)
    across = east_mps * seconds / prime
    x = cos_lat * cos_lon - across * sin_lon - along * sin_lat * cos_lon
    y = cos_lat * sin_lon + across * cos_lon - along * sin_lat * sin_lon
    z = sin_lat + along * cos_lat
    return degrees(atan2(z, hypot(x, y))), degrees(atan2(y, x))


move_compiled = checked_kernel(_move)
"""`move` for kernels."""


def _reckon(
    data: Floats, size: int, now_s: float, datum: int, states: Floats, slots: Slots
) -> tuple[int, int, int, int]:
    count = 0
    without_pressure = 0
    without_altitude = 0
    believed = 0
    for slot in range(size):
        if not data[CHECK_UNTIL, slot] >= now_s:
            continue
        believed += 1
        pressure = data[PRESSURE, slot]
        ellipsoid = data[ELLIPSOID, slot]
        no_pressure = np.isnan(pressure)
        no_ellipsoid = np.isnan(ellipsoid)
        if no_pressure:
            without_pressure += 1
            if no_ellipsoid:
                without_altitude += 1
        altitude = pressure
        if datum == BY_ELLIPSOID or (datum == BY_EITHER and no_pressure):
            altitude = ellipsoid
        elif datum == BY_EITHER and not no_ellipsoid:
            continue
        if np.isnan(altitude):
            continue
        seconds = now_s - data[TIME, slot]
        states[0, count], states[1, count] = move_compiled(
            data[LATITUDE, slot], data[LONGITUDE, slot], data[EAST, slot], data[NORTH, slot], seconds
        )
        states[2, count] = altitude + data[UP, slot] * seconds
        states[3, count] = data[EAST, slot]
        states[4, count] = data[NORTH, slot]
        states[5, count] = data[UP, slot]
        slots[count] = slot
        count += 1
    return count, believed, without_pressure, without_altitude


reckon: Callable[[Floats, int, float, int, Floats, Slots], tuple[int, int, int, int]] = checked_kernel(_reckon)
"""Fill `states` (STATE_ROWS, capacity) and `slots` (capacity,) with the tracks to check at `now_s`, by `datum`.

Returns (rows filled, tracks believed, of these without pressure altitude, of these without any altitude).
"""

move: Callable[[float, float, float, float, float], tuple[float, float]] = _move
"""(latitude_deg, longitude_deg, east_mps, north_mps, seconds) -> (latitude_deg, longitude_deg) flown straight on."""
