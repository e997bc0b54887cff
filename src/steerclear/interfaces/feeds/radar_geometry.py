"""From what a radar measures to a place on the ellipsoid.

Frame: range and azimuth from the antenna; azimuth clockwise from true north at the radar. Units: metres, degrees.
Symbols: ρ slant range, θ azimuth, h height of the target and h_s of the antenna above the ellipsoid, R the ellipsoid's
mean radius of curvature at the radar. Elevation ε from the cosine law in the triangle Earth's centre, radar, target:
(R+h)² = (R+h_s)² + ρ² + 2ρ(R+h_s) sin ε; then east-north-up at the antenna to Earth-centred to geodetic.
Bounds: R instead of the ellipsoid costs below 5 m within 400 km (2.4 m measured). Where the height is unknown the
target is put at the antenna's height, and the error that this may cause is returned, not hidden.
"""

from __future__ import annotations

import math

import msgspec

from steerclear.geodesy.wgs84 import east_north_up_to_ecef, ecef_to_geodetic, radii_of_curvature

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
    along_m, across_m = (float(radius_m) for radius_m in radii_of_curvature(sensor.latitude_deg))
    radius_m = math.sqrt(along_m * across_m)
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
    offset_m = (level_m * math.sin(azimuth), level_m * math.cos(azimuth), up_m)
    place_m = east_north_up_to_ecef(offset_m, sensor.latitude_deg, sensor.longitude_deg, sensor.height_m)
    latitude_deg, longitude_deg, _ = ecef_to_geodetic(place_m)
    uncertain_m = 0.0
    if height_m is None:
        highest_m = min(slant_range_m, HIGHEST_TRAFFIC_M)
        uncertain_m = slant_range_m - math.sqrt(slant_range_m**2 - highest_m**2)
    return float(latitude_deg), float(longitude_deg), uncertain_m
