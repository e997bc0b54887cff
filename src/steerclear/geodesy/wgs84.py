"""The WGS84 ellipsoid: constants, Earth-centred coordinates, local axes, chords and surface distances.

Frame: geodetic latitude north, longitude east, height above the ellipsoid; Earth-centred, Earth-fixed (ECEF) x through
the prime meridian, z through the north pole. Units: degrees and metres. Arrays broadcast; a vector has its three
components on the last axis. Nothing here needs care at the poles or the antimeridian.
Source: NGA.STND.0036, World Geodetic System 1984; Vermeille, "Direct transformation from geocentric coordinates to
geodetic coordinates", J. Geodesy 76, 2002 (the reverse conversion here iterates on Bowring's auxiliary latitude).
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
