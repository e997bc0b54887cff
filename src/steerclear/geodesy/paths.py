"""Shortest paths on the WGS84 ellipsoid: distance, bearings, destination.

Frame: geodetic latitude and longitude at height zero; bearings clockwise from north. Units: degrees and metres.
Arguments broadcast. Good to 0.1 mm against Karney's solution for paths up to 19,900 km.
Source: Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid with application of nested equations",
Survey Review XXIII (176), 1975. His iteration does not settle for nearly antipodal points; that is an error here.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steerclear.geodesy.faults import NotConvergedError
from steerclear.geodesy.wgs84 import FLATTENING, SEMI_MAJOR_M, SEMI_MINOR_M

Floats = NDArray[np.float64]

_STEPS: Final = 60
_SETTLED: Final = 1e-13


def _series(cos_sq_alpha: Floats) -> tuple[Floats, Floats]:
    u2 = cos_sq_alpha * (SEMI_MAJOR_M**2 / SEMI_MINOR_M**2 - 1.0)
    long = 1.0 + u2 / 16384.0 * (4096.0 + u2 * (-768.0 + u2 * (320.0 - 175.0 * u2)))
    short = u2 / 1024.0 * (256.0 + u2 * (-128.0 + u2 * (74.0 - 47.0 * u2)))
    return long, short


def _sigma_change(short: Floats, sin_sigma: Floats, cos_sigma: Floats, middle: Floats) -> Floats:
    inner = cos_sigma * (2.0 * middle**2 - 1.0)
    outer = short / 6.0 * middle * (4.0 * sin_sigma**2 - 3.0) * (4.0 * middle**2 - 3.0)
    return np.asarray(short * sin_sigma * (middle + short / 4.0 * (inner - outer)))


def _longitude_change(sin_alpha: Floats, cos_sq_alpha: Floats, sigma: Floats, middle: Floats) -> Floats:
    c = FLATTENING / 16.0 * cos_sq_alpha * (4.0 + FLATTENING * (4.0 - 3.0 * cos_sq_alpha))
    bend = middle + c * np.cos(sigma) * (2.0 * middle**2 - 1.0)
    return np.asarray((1.0 - c) * FLATTENING * sin_alpha * (sigma + c * np.sin(sigma) * bend))


def _reduced(latitude_deg: ArrayLike) -> tuple[Floats, Floats]:
    lat = np.radians(latitude_deg)
    reduced = np.arctan2((1.0 - FLATTENING) * np.sin(lat), np.cos(lat))
    return np.sin(reduced), np.cos(reduced)


def distance_and_bearing(
    latitude_deg: ArrayLike, longitude_deg: ArrayLike, to_latitude_deg: ArrayLike, to_longitude_deg: ArrayLike
) -> tuple[Floats, Floats]:
    """Return the length (metres) of the shortest path and its first bearing (degrees, 0 to 360; 0 if length 0).

    Raises:
        NotConvergedError: two points are nearly antipodal.
    """
    sin_1, cos_1 = _reduced(latitude_deg)
    sin_2, cos_2 = _reduced(to_latitude_deg)
    span = np.radians((np.asarray(to_longitude_deg, np.float64) - np.asarray(longitude_deg, np.float64)) % 360.0)
    span = np.where(span > np.pi, span - 2.0 * np.pi, span)
    angle = span
    for _ in range(_STEPS):
        sin_a, cos_a = np.sin(angle), np.cos(angle)
        across, along = cos_2 * sin_a, cos_1 * sin_2 - sin_1 * cos_2 * cos_a
        sin_sigma = np.hypot(across, along)
        cos_sigma = sin_1 * sin_2 + cos_1 * cos_2 * cos_a
        sigma = np.arctan2(sin_sigma, cos_sigma)
        sin_alpha = cos_1 * cos_2 * sin_a / np.where(sin_sigma > 0.0, sin_sigma, 1.0)
        cos_sq_alpha = 1.0 - sin_alpha**2
        safe = np.where(cos_sq_alpha > 1e-15, cos_sq_alpha, 1.0)
        middle = np.where(cos_sq_alpha > 1e-15, cos_sigma - 2.0 * sin_1 * sin_2 / safe, 0.0)
        last, angle = angle, span + _longitude_change(sin_alpha, cos_sq_alpha, sigma, middle)
        if np.all(np.abs(angle - last) <= _SETTLED):
            break
    else:
        raise NotConvergedError("two points are nearly antipodal, where the shortest path is not determined")
    long, short = _series(cos_sq_alpha)
    length = SEMI_MINOR_M * long * (sigma - _sigma_change(short, sin_sigma, cos_sigma, middle))
    return np.asarray(length), np.degrees(np.arctan2(across, along)) % 360.0


def surface_distance(
    latitude_deg: ArrayLike, longitude_deg: ArrayLike, to_latitude_deg: ArrayLike, to_longitude_deg: ArrayLike
) -> Floats:
    """Return the length of the shortest path in metres; errors as `distance_and_bearing`."""
    return distance_and_bearing(latitude_deg, longitude_deg, to_latitude_deg, to_longitude_deg)[0]


def destination(
    latitude_deg: ArrayLike, longitude_deg: ArrayLike, bearing_deg: ArrayLike, distance_m: ArrayLike
) -> tuple[Floats, Floats]:
    """Return latitude and longitude (-180 to 180) reached on the shortest path of that first bearing and length."""
    sin_1, cos_1 = _reduced(latitude_deg)
    bearing = np.radians(bearing_deg)
    start = np.arctan2(sin_1, cos_1 * np.cos(bearing))
    sin_alpha = cos_1 * np.sin(bearing)
    cos_sq_alpha = 1.0 - sin_alpha**2
    long, short = _series(cos_sq_alpha)
    flat = np.asarray(distance_m, np.float64) / (SEMI_MINOR_M * long)
    sigma = flat
    # Each step gains about three digits on this ellipsoid; six leave nothing to gain.
    for _ in range(6):
        middle = np.cos(2.0 * start + sigma)
        sigma = flat + _sigma_change(short, np.sin(sigma), np.cos(sigma), middle)
    middle = np.cos(2.0 * start + sigma)
    sin_sigma, cos_sigma = np.sin(sigma), np.cos(sigma)
    rest = sin_1 * sin_sigma - cos_1 * cos_sigma * np.cos(bearing)
    north = sin_1 * cos_sigma + cos_1 * sin_sigma * np.cos(bearing)
    latitude = np.arctan2(north, (1.0 - FLATTENING) * np.hypot(sin_alpha, rest))
    turn = np.arctan2(sin_sigma * np.sin(bearing), cos_1 * cos_sigma - sin_1 * sin_sigma * np.cos(bearing))
    span = turn - _longitude_change(sin_alpha, cos_sq_alpha, sigma, middle)
    longitude = np.asarray(longitude_deg, np.float64) + np.degrees(span)
    return np.degrees(latitude), (longitude + 180.0) % 360.0 - 180.0
