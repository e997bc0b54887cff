"""The shortest path between two places of the ellipsoid, compiled: its length, and places on it.

Frame: Earth-centred places of WGS84. Units: metres, radians. The same method as `paths`, one path at a time.
Errors: where the iteration does not settle (nearly antipodal places) the length is NaN.
Source: Vincenty, as in `paths`.
"""

from math import atan2, cos, sin, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import inner_kernel, kernel
from steerclear.geodesy.wgs84 import FLATTENING, SEMI_MAJOR_M, SEMI_MINOR_M

Floats = NDArray[np.float64]

PATH_WORDS: Final = 4
"""Sine and cosine of the reduced latitude where it starts (0-1), first bearing (2), length (3)."""

_A: Final = SEMI_MAJOR_M
_B: Final = SEMI_MINOR_M
_F: Final = FLATTENING
_SECOND: Final = SEMI_MAJOR_M**2 / SEMI_MINOR_M**2 - 1.0


@inner_kernel
def _series(cos_sq_alpha: float) -> tuple[float, float]:
    u2 = cos_sq_alpha * _SECOND
    long = 1.0 + u2 / 16384.0 * (4096.0 + u2 * (-768.0 + u2 * (320.0 - 175.0 * u2)))
    short = u2 / 1024.0 * (256.0 + u2 * (-128.0 + u2 * (74.0 - 47.0 * u2)))
    return long, short


@inner_kernel
def _sigma_change(short: float, sin_sigma: float, cos_sigma: float, middle: float) -> float:
    inner = cos_sigma * (2.0 * middle * middle - 1.0)
    outer = short / 6.0 * middle * (4.0 * sin_sigma * sin_sigma - 3.0) * (4.0 * middle * middle - 3.0)
    return short * sin_sigma * (middle + short / 4.0 * (inner - outer))


@inner_kernel
def _longitude_change(sin_alpha: float, cos_sq_alpha: float, sigma: float, middle: float) -> float:
    c = _F / 16.0 * cos_sq_alpha * (4.0 + _F * (4.0 - 3.0 * cos_sq_alpha))
    bend = middle + c * cos(sigma) * (2.0 * middle * middle - 1.0)
    return (1.0 - c) * _F * sin_alpha * (sigma + c * sin(sigma) * bend)


@inner_kernel
def _longitude_of(x: float, y: float, flat: float) -> tuple[float, float]:
    # A pole has none: there bearings count from the prime meridian.
    return (x / flat, y / flat) if flat > 1e-6 else (1.0, 0.0)


@kernel
def length_and_bearing(ax: float, ay: float, az: float, bx: float, by: float, bz: float) -> tuple[float, float]:
    """Return the length (metres) of the shortest path and its first bearing (radians); NaN if it does not settle."""
    flat_1, flat_2 = sqrt(ax * ax + ay * ay), sqrt(bx * bx + by * by)
    sin_1, cos_1, sin_2, cos_2 = az / _B, flat_1 / _A, bz / _B, flat_2 / _A
    ux, uy = _longitude_of(ax, ay, flat_1)
    span = atan2(ux * by - uy * bx, ux * bx + uy * by)
    angle = span
    sigma = sin_sigma = cos_sigma = sin_alpha = middle = across = along = 0.0
    cos_sq_alpha = 1.0
    settled = False
    for _ in range(60):
        sin_a, cos_a = sin(angle), cos(angle)
        across, along = cos_2 * sin_a, cos_1 * sin_2 - sin_1 * cos_2 * cos_a
        sin_sigma = sqrt(across * across + along * along)
        cos_sigma = sin_1 * sin_2 + cos_1 * cos_2 * cos_a
        sigma = atan2(sin_sigma, cos_sigma)
        sin_alpha = cos_1 * cos_2 * sin_a / sin_sigma if sin_sigma > 0.0 else 0.0
        cos_sq_alpha = 1.0 - sin_alpha * sin_alpha
        middle = cos_sigma - 2.0 * sin_1 * sin_2 / cos_sq_alpha if cos_sq_alpha > 1e-15 else 0.0
        last, angle = angle, span + _longitude_change(sin_alpha, cos_sq_alpha, sigma, middle)
        if abs(angle - last) <= 1e-13:
            settled = True
            break
    if not settled:
        return np.nan, 0.0
    long, short = _series(cos_sq_alpha)
    return _B * long * (sigma - _sigma_change(short, sin_sigma, cos_sigma, middle)), atan2(across, along)


@kernel
def place_on_path(ax: float, ay: float, az: float, bearing: float, distance_m: float) -> tuple[float, float, float]:
    """Return the place reached from a place on the shortest path of that first bearing (radians)."""
    flat_1 = sqrt(ax * ax + ay * ay)
    sin_1, cos_1 = az / _B, flat_1 / _A
    start = atan2(sin_1, cos_1 * cos(bearing))
    sin_alpha = cos_1 * sin(bearing)
    cos_sq_alpha = 1.0 - sin_alpha * sin_alpha
    long, short = _series(cos_sq_alpha)
    even = distance_m / (_B * long)
    sigma = even
    for _ in range(6):
        sigma = even + _sigma_change(short, sin(sigma), cos(sigma), cos(2.0 * start + sigma))
    middle = cos(2.0 * start + sigma)
    sin_sigma, cos_sigma = sin(sigma), cos(sigma)
    turned = atan2(sin_sigma * sin(bearing), cos_1 * cos_sigma - sin_1 * sin_sigma * cos(bearing))
    span = turned - _longitude_change(sin_alpha, cos_sq_alpha, sigma, middle)
    sin_2 = sin_1 * cos_sigma + cos_1 * sin_sigma * cos(bearing)
    rest = sin_1 * sin_sigma - cos_1 * cos_sigma * cos(bearing)
    flat_2 = _A * sqrt(sin_alpha * sin_alpha + rest * rest)
    ux, uy = _longitude_of(ax, ay, flat_1)
    cos_l, sin_l = cos(span), sin(span)
    return flat_2 * (ux * cos_l - uy * sin_l), flat_2 * (uy * cos_l + ux * sin_l), _B * sin_2
