"""Planes that touch the ellipsoid, onto which places are projected from the Earth's centre.

There great ellipses are lines, and nothing is special at the poles or the antimeridian.
Frame: a plane touches WGS84 at its middle, with x to the local east and y to the local north; the plane is written as
PLANE_WORDS numbers. Units: metres, Earth-centred coordinates.
Bounds: a place is in front of a plane while the cosine of the angle between it and the plane's up, from the Earth's
centre, is more than FRONT; only such places have coordinates. All planes show the same lines: a place goes from one
plane to another by a projective matrix.
Lengths in a plane are at most `stretch` times the true ones; they may be shorter than those, because the rays from the
Earth's centre are not quite upright, by at most SHRINK times the angle (radians) to the farther place.
Source: central (gnomonic) projection of an ellipsoid; its area element from the solid angle.
"""

from math import asin, atan2, cos, radians, sin, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import kernel
from steerclear.geodesy.wgs84 import ECCENTRICITY_SQUARED, SEMI_MAJOR_M, SEMI_MINOR_M

Floats = NDArray[np.float64]

PLANE_WORDS: Final = 13
"""Middle (0-2), east (3-5), north (6-8), up (9-11), middle . up (12)."""

FRONT: Final = 0.05

SHRINK: Final = 0.01
"""Three times the greatest angle between a ray from the Earth's centre and the ellipsoid's normal."""

_A: Final = SEMI_MAJOR_M
_B: Final = SEMI_MINOR_M
_E2: Final = ECCENTRICITY_SQUARED
_SMALLEST_RADIUS_M: Final = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED)
"""Least radius of curvature anywhere."""


@kernel
def foot(latitude_deg: float, longitude_deg: float) -> tuple[float, float, float]:
    """Return the Earth-centred place at height zero."""
    latitude, longitude = radians(latitude_deg), radians(longitude_deg)
    sine, cosine = sin(latitude), cos(latitude)
    if abs(latitude_deg) == 90.0:
        cosine = 0.0
    across = _A / sqrt(1.0 - _E2 * sine * sine)
    flat = across * cosine
    return flat * cos(longitude), flat * sin(longitude), across * (1.0 - _E2) * sine


@kernel
def on_ellipsoid(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return the place of the ellipsoid in a direction from the Earth's centre."""
    size = 1.0 / sqrt((x * x + y * y) / (_A * _A) + z * z / (_B * _B))
    return x * size, y * size, z * size


@kernel
def touch(x: float, y: float, z: float, plane: Floats) -> None:
    """Write the plane that touches the ellipsoid at a place of it."""
    # The normal of the ellipsoid is the gradient of its equation.
    u, v, w = x / (_A * _A), y / (_A * _A), z / (_B * _B)
    size = sqrt(u * u + v * v + w * w)
    u, v, w = u / size, v / size, w / size
    flat = sqrt(u * u + v * v)
    # At a pole any east will do.
    east_x, east_y = (0.0, 1.0) if flat < 1e-12 else (-v / flat, u / flat)
    plane[0], plane[1], plane[2] = x, y, z
    plane[3], plane[4], plane[5] = east_x, east_y, 0.0
    plane[6], plane[7], plane[8] = -w * east_y, w * east_x, u * east_y - v * east_x
    plane[9], plane[10], plane[11] = u, v, w
    plane[12] = x * u + y * v + z * w


@kernel
def turn(from_plane: Floats, to_plane: Floats, matrix: Floats) -> None:
    """Write the matrix (3, 3) that takes (x, y, 1) of one plane to x w, y w, w of another; in front of it w > FRONT."""
    height = to_plane[12]
    # Differences first: the middles are large and often near to each other.
    dx, dy, dz = from_plane[0] - to_plane[0], from_plane[1] - to_plane[1], from_plane[2] - to_plane[2]
    for k in range(3):
        if k == 0:
            a, b, c = from_plane[3], from_plane[4], from_plane[5]
        elif k == 1:
            a, b, c = from_plane[6], from_plane[7], from_plane[8]
        else:
            a, b, c = dx, dy, dz
        rise = (a * to_plane[9] + b * to_plane[10] + c * to_plane[11]) / height
        for row in range(2):
            axis = 3 + 3 * row
            skew = to_plane[0] * to_plane[axis] + to_plane[1] * to_plane[axis + 1] + to_plane[2] * to_plane[axis + 2]
            along = a * to_plane[axis] + b * to_plane[axis + 1] + c * to_plane[axis + 2]
            matrix[row, k] = along - rise * skew
        matrix[2, k] = rise
    matrix[2, 2] += 1.0


@kernel
def project(plane: Floats, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return a place's x and y in a plane, and w; x and y hold only where w > FRONT."""
    height = plane[12]
    dx, dy, dz = x - plane[0], y - plane[1], z - plane[2]
    rise = (dx * plane[9] + dy * plane[10] + dz * plane[11]) / height
    w = 1.0 + rise
    safe = w if w > FRONT else 1.0
    skew_x = plane[0] * plane[3] + plane[1] * plane[4] + plane[2] * plane[5]
    skew_y = plane[0] * plane[6] + plane[1] * plane[7] + plane[2] * plane[8]
    along_x = dx * plane[3] + dy * plane[4] + dz * plane[5] - rise * skew_x
    along_y = dx * plane[6] + dy * plane[7] + dz * plane[8] - rise * skew_y
    return along_x / safe, along_y / safe, w


@kernel
def lift(plane: Floats, x: float, y: float) -> tuple[float, float, float]:
    """Return the place of the ellipsoid that has these coordinates in a plane."""
    return on_ellipsoid(
        plane[0] + x * plane[3] + y * plane[6],
        plane[1] + x * plane[4] + y * plane[7],
        plane[2] + x * plane[5] + y * plane[8],
    )


@kernel
def stretch(away_m: float) -> float:
    """Return by how much lengths may grow in a plane, at most, for places up to this far (metres) from its middle."""
    angle = away_m / _SMALLEST_RADIUS_M
    angle = min(angle, 1.5)
    secant = 1.0 / cos(angle)
    return secant * secant * (1.0 + SHRINK * angle)


@kernel
def share(plane: Floats, x: float, y: float) -> float:
    """Return how large an area of the ellipsoid is, of a small one in the plane at x, y (1 at the middle)."""
    dx = plane[0] + x * plane[3] + y * plane[6]
    dy = plane[1] + x * plane[4] + y * plane[7]
    dz = plane[2] + x * plane[5] + y * plane[8]
    # A solid angle is area * cosine of its tilt / square distance, in the plane as on the ellipsoid.
    inverse = (dx * dx + dy * dy) / (_A * _A) + dz * dz / (_B * _B)
    size = 1.0 / sqrt(inverse)
    u, v, w = dx * size / (_A * _A), dy * size / (_A * _A), dz * size / (_B * _B)
    return float(plane[12]) * size * size * size * sqrt(u * u + v * v + w * w)


@kernel
def arc_of_chord(ax: float, ay: float, az: float, bx: float, by: float, bz: float) -> float:
    """Return the length of the shortest path between two places, from the chord between them.

    Within 1e-7 m up to 10 km, 1 mm up to 300 km. Source: the radius of the normal section halfway, by Euler's formula.
    """
    dx, dy, dz = bx - ax, by - ay, bz - az
    chord = sqrt(dx * dx + dy * dy + dz * dz)
    if chord < 1.0:
        return chord
    mx, my, mz = on_ellipsoid(ax + bx, ay + by, az + bz)
    radius = normal_radius(mx, my, mz, dx / chord, dy / chord, dz / chord)
    return 2.0 * radius * asin(min(1.0, chord / (2.0 * radius)))


@kernel
def normal_radius(x: float, y: float, z: float, dx: float, dy: float, dz: float) -> float:
    """Return the radius of curvature of the ellipsoid at a place of it along a unit vector that touches it."""
    a2, b2 = _A * _A, _B * _B
    # The second fundamental form of a level surface: its gradient over the quadratic form of the direction.
    gradient = sqrt((x * x + y * y) / (a2 * a2) + z * z / (b2 * b2))
    return gradient / ((dx * dx + dy * dy) / a2 + dz * dz / b2)


@kernel
def degrees_of(x: float, y: float, z: float) -> tuple[float, float]:
    """Return latitude and longitude, in degrees, of a place of the ellipsoid."""
    flat = sqrt(x * x + y * y)
    return atan2(z, (1.0 - _E2) * flat) * 57.29577951308232, atan2(y, x) * 57.29577951308232
