"""Vertical datums and the conversions between them; what needs reference data fails loudly without it.

Units: metres and hectopascals. Altitudes under pressure datums are those of the International Standard Atmosphere
below 11 km: with another temperature the true altitude differs by about 0.4 % for each degree.
Source: ICAO Doc 7488, Manual of the ICAO Standard Atmosphere.
"""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steerclear.geodesy.faults import GeodesyError, MissingReferenceError

Floats = NDArray[np.float64]

STANDARD_PRESSURE_HPA: Final = 1013.25
LOWEST_QNH_HPA: Final = 850.0
HIGHEST_QNH_HPA: Final = 1100.0
LARGEST_UNDULATION_M: Final = 120.0
"""The geoid lies within 107 m below and 86 m above the ellipsoid."""

COLDEST_SHARE: Final = 0.75
WARMEST_SHARE: Final = 1.2
"""True height differences are at least and at most this share of those of the standard atmosphere: the mean air of a
layer is never as much as 60 K colder or 50 K warmer than it (0.4 % for each kelvin)."""

TROPOPAUSE_M: Final = 11_000.0
"""Above it the standard atmosphere has one temperature, and surfaces of pressure no longer draw together."""

_LAPSE_M: Final = 0.0065 / 288.15
_EXPONENT: Final = 9.80665 / (287.05287 * 0.0065)


class VerticalDatum(StrEnum):
    """What an altitude is measured from."""

    PRESSURE_STANDARD = "pressure_standard"
    """The 1013.25 hPa surface: flight levels, and what transponders send."""
    MSL_GEOID = "msl_geoid"
    """Mean sea level, by the geoid."""
    ELLIPSOID = "ellipsoid"
    """The WGS84 ellipsoid: what satellite navigation measures."""
    GROUND = "ground"
    """The terrain below."""


def pressure_at(altitude_m: ArrayLike, surface_hpa: ArrayLike = STANDARD_PRESSURE_HPA) -> Floats:
    """Return the pressure (hPa) at an altitude above the level where it is `surface_hpa`."""
    return np.asarray(np.asarray(surface_hpa) * (1.0 - _LAPSE_M * np.asarray(altitude_m)) ** _EXPONENT)


def altitude_at(pressure_hpa: ArrayLike, surface_hpa: ArrayLike = STANDARD_PRESSURE_HPA) -> Floats:
    """Return the altitude (metres) at which the pressure is `pressure_hpa`; undoes `pressure_at`."""
    return np.asarray((1.0 - (np.asarray(pressure_hpa) / np.asarray(surface_hpa)) ** (1.0 / _EXPONENT)) / _LAPSE_M)


def _needed(name: str, value: ArrayLike | None, low: float, high: float, why: str) -> Floats:
    if value is None:
        raise MissingReferenceError(f"{why} needs {name}: give it, or keep the altitude in its own datum")
    number = np.asarray(value, dtype=np.float64)
    if not bool(np.all((number >= low) & (number <= high))):
        raise GeodesyError(f"{name} must lie in {low:g}..{high:g}; got {number}")
    return number


def convert_altitude(
    altitude_m: ArrayLike,
    source: VerticalDatum,
    target: VerticalDatum,
    *,
    qnh_hpa: ArrayLike | None = None,
    undulation_m: ArrayLike | None = None,
    ground_m: ArrayLike | None = None,
) -> Floats:
    """Return altitudes (metres) in another datum; arguments broadcast.

    Args:
        altitude_m: altitudes above `source`.
        source: their datum.
        target: the datum wanted.
        qnh_hpa: pressure reduced to mean sea level, needed to or from PRESSURE_STANDARD.
        undulation_m: geoid above the ellipsoid, needed to or from ELLIPSOID.
        ground_m: terrain above mean sea level, needed to or from GROUND.

    Raises:
        MissingReferenceError: the conversion needs reference data that was not given.
        GeodesyError: reference data is absurd.
    """
    altitude = np.asarray(altitude_m, dtype=np.float64)
    if source is target:
        return altitude

    def reference(datum: VerticalDatum) -> Floats:
        why = f"converting {source.value} to {target.value}"
        if datum is VerticalDatum.PRESSURE_STANDARD:
            return _needed("qnh_hpa", qnh_hpa, LOWEST_QNH_HPA, HIGHEST_QNH_HPA, why)
        if datum is VerticalDatum.ELLIPSOID:
            return _needed("undulation_m", undulation_m, -LARGEST_UNDULATION_M, LARGEST_UNDULATION_M, why)
        if datum is VerticalDatum.GROUND:
            return _needed("ground_m", ground_m, -500.0, 9_000.0, why)
        return np.zeros(())

    given, wanted = reference(source), reference(target)
    if source is VerticalDatum.PRESSURE_STANDARD:
        sea = altitude_at(pressure_at(altitude), given)
    else:
        sea = altitude - given if source is VerticalDatum.ELLIPSOID else altitude + given
    if target is VerticalDatum.PRESSURE_STANDARD:
        return altitude_at(pressure_at(sea, wanted))
    return np.asarray(sea + wanted if target is VerticalDatum.ELLIPSOID else sea - wanted)


def sea_level_bounds(pressure_altitude_m: float) -> tuple[float, float]:
    """Return the least and the greatest altitude (metres) above mean sea level of a pressure altitude, in any weather.

    Weather is a QNH of LOWEST_QNH_HPA to HIGHEST_QNH_HPA, and air between COLDEST_SHARE and WARMEST_SHARE. At sea level
    that is 1,810 m down and 825 m up, at 10,000 m some 3,400 m down and 2,600 m up.
    """
    # Where surfaces of pressure lie for a QNH; above the tropopause they are shifted as much as there.
    at = min(pressure_altitude_m, TROPOPAUSE_M)
    low = pressure_altitude_m + float(altitude_at(pressure_at(at), LOWEST_QNH_HPA)) - at
    high = pressure_altitude_m + float(altitude_at(pressure_at(at), HIGHEST_QNH_HPA)) - at
    shares = (COLDEST_SHARE, WARMEST_SHARE)
    return min(low * share for share in shares), max(high * share for share in shares)
