"""When a straight flight first comes into a volume: a kernel that goes from distance to distance.

Frame: WGS84; metres, seconds, m/s. The place is moved along a great circle at a constant speed over the ground.
Method: from a place d metres away the volume cannot be reached before d / speed has passed; so one steps by that much,
at least STEP_S, until one is inside or within what one step covers. It therefore never misses an entry, and may name
one up to STEP_S too early, or one that passes by within STEP_S of flight.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import inner_kernel, kernel
from steerclear.geodesy.footprints import FOOTPRINT_WORDS
from steerclear.geodesy.planes import foot, on_ellipsoid, touch
from steerclear.separation.nearness import distance
from steerclear.strategic.flight_tables import FlightTables

Floats = NDArray[np.float64]

STEP_S: Final = 0.1
_FAR_M: Final = 2_000_000.0


@inner_kernel
def _at(plane: Floats, east: float, north: float, away_m: float, to: Floats) -> None:
    """Write the plane that touches where one comes to after so many metres along a great circle."""
    radius = np.sqrt(plane[0] * plane[0] + plane[1] * plane[1] + plane[2] * plane[2])
    angle = away_m / radius
    x, y, z = np.zeros(3), np.zeros(3), np.zeros(3)
    for k in range(3):
        x[k] = plane[k] / radius
        y[k] = east * plane[3 + k] + north * plane[6 + k]
        z[k] = np.cos(angle) * x[k] + np.sin(angle) * y[k]
    touch(*on_ellipsoid(z[0], z[1], z[2]), to)


@kernel
def first_contact_s(
    latitude_deg: float,
    longitude_deg: float,
    east_mps: float,
    north_mps: float,
    tables: FlightTables,
    volume: int,
    from_s: float,
    until_s: float,
) -> float:
    """Return seconds from now until a flight is over a volume, looked for in from_s..until_s; infinity for never."""
    place, here = np.zeros(FOOTPRINT_WORDS), np.zeros(FOOTPRINT_WORDS)
    touch(*foot(latitude_deg, longitude_deg), place)
    speed = np.sqrt(east_mps * east_mps + north_mps * north_mps)
    east, north = (east_mps / speed, north_mps / speed) if speed > 0.0 else (0.0, 0.0)
    point = np.zeros((2, 1))
    words, first = tables.words[volume], tables.rings[volume]
    count = tables.rings[volume + 1] - first
    after = from_s
    while after <= until_s:
        _at(place, east, north, speed * after, here)
        away = distance(here, point, 0, 1, words, tables.points, first, count, _FAR_M)
        if away <= max(speed * STEP_S, 0.01):
            return after
        if speed == 0.0:
            return np.inf
        after += max(away / speed, STEP_S)
    return np.inf
