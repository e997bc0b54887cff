"""From what a radar measures to a place on the ellipsoid.

Frame: range and azimuth from the antenna; azimuth clockwise from true north at the radar. Units: metres, degrees.
Symbols: ρ slant range, θ azimuth, h height of the target and h_s of the antenna above the ellipsoid, R the ellipsoid's
mean radius of curvature at the radar. Elevation ε from the cosine law in the triangle Earth's centre, radar, target:
(R+h)² = (R+h_s)² + ρ² + 2ρ(R+h_s) sin ε; then east-north-up to Earth-centred to geodetic (Bowring's formula, iterated).
Bounds: R instead of the ellipsoid costs below 20 m at 400 km. Where the height is unknown the target is put at the
antenna's height, and the error that this may cause is returned, not hidden.
"""

from __future__ import annotations

import math

import msgspec

from steerclear.geodesy.wgs84 import ECCENTRICITY_SQUARED, SEMI_MAJOR_M, SEMI_MINOR_M

HIGHEST_TRAFFIC_M = 20_000.0
"""Height assumed for the worst case of a target without height."""


class SensorPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Where a radar's antenna stands."""

    latitude_deg: float
    longitude_deg: float
    height_m: float
    """Above the ellipsoid."""


def target_position(
    sensor: SensorPosition, slant_range_m: float, azimuth_deg: float, height_m: float | None
) -> tuple[float, float, float]:
    """Latitude and longitude in degrees of a target, and how far off an unknown height may put it, in metres."""
    latitude, longitude = math.radians(sensor.latitude_deg), math.radians(sensor.longitude_deg)
    sin_latitude, cos_latitude = math.sin(latitude), math.cos(latitude)
    curvature = 1.0 - ECCENTRICITY_SQUARED * sin_latitude**2
    prime_m = SEMI_MAJOR_M / math.sqrt(curvature)
    radius_m = prime_m * math.sqrt((1.0 - ECCENTRICITY_SQUARED) / curvature)

    antenna_m = radius_m + sensor.height_m
    known_m = sensor.height_m if height_m is None else height_m
    sin_elevation = 0.0
    if slant_range_m > 0.0:
        sin_elevation = ((radius_m + known_m) ** 2 - antenna_m**2 - slant_range_m**2) / (
            2.0 * slant_range_m * antenna_m
        )
    # A target measured nearer than its height allows stands overhead: the height is off, not the geometry.
    sin_elevation = min(1.0, max(-1.0, sin_elevation))
    level_m = slant_range_m * math.sqrt(1.0 - sin_elevation**2)
    up_m = slant_range_m * sin_elevation
    azimuth = math.radians(azimuth_deg)
    east_m, north_m = level_m * math.sin(azimuth), level_m * math.cos(azimuth)

    # East-north-up at the radar, turned into Earth-centred axes.
    outward_m = (prime_m + sensor.height_m) * cos_latitude - sin_latitude * north_m + cos_latitude * up_m
    polar_m = (
        (prime_m * (1.0 - ECCENTRICITY_SQUARED) + sensor.height_m) * sin_latitude
        + cos_latitude * north_m
        + sin_latitude * up_m
    )
    x_m = outward_m * math.cos(longitude) - east_m * math.sin(longitude)
    y_m = outward_m * math.sin(longitude) + east_m * math.cos(longitude)
    latitude_deg, longitude_deg = _geodetic(x_m, y_m, polar_m)
    uncertain_m = 0.0
    if height_m is None:
        highest_m = min(slant_range_m, HIGHEST_TRAFFIC_M)
        uncertain_m = slant_range_m - math.sqrt(slant_range_m**2 - highest_m**2)
    return latitude_deg, longitude_deg, uncertain_m


def _geodetic(x_m: float, y_m: float, z_m: float) -> tuple[float, float]:
    axis_m = math.hypot(x_m, y_m)
    reduced = math.atan2(z_m * SEMI_MAJOR_M, axis_m * SEMI_MINOR_M)
    latitude = 0.0
    second = ECCENTRICITY_SQUARED / (1.0 - ECCENTRICITY_SQUARED)
    for _ in range(2):
        latitude = math.atan2(
            z_m + second * SEMI_MINOR_M * math.sin(reduced) ** 3,
            axis_m - ECCENTRICITY_SQUARED * SEMI_MAJOR_M * math.cos(reduced) ** 3,
        )
        reduced = math.atan2(SEMI_MINOR_M * math.sin(latitude), SEMI_MAJOR_M * math.cos(latitude))
    return math.degrees(latitude), math.degrees(math.atan2(y_m, x_m))
