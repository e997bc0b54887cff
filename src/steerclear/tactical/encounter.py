"""Two aircraft seen from the first one: the figures and the sentence that a person gets with an alert.

Frame: local east-north at the middle of the two feet on the WGS84 ellipsoid, both at height zero; heights as given, of
one datum. Units: metres, m/s, seconds. Clock positions and "ahead" are relative to the track over ground. Used only to
word an alert that `separation` has decided, never to decide one.
"""

from __future__ import annotations

from math import atan2, cos, degrees, hypot, radians, sin, sqrt
from typing import NamedTuple

from steerclear.geodesy.units import FT_M, NM_M
from steerclear.geodesy.wgs84 import ECCENTRICITY_SQUARED, SEMI_MAJOR_M

_SLOW_MPS = 5.0
_STILL_MPS = 1.0
_NOW_S = 0.5
"""Closest within this time is closest now: the figures are shown in whole seconds."""
_FASTER_MPS = 2.5
_SAME_POINT_M = 100.0
"""What reports of ordinary accuracy cannot tell apart."""
_SAME_WAY_DEG = 30.0
_HEAD_ON_DEG = 150.0


class Placed(NamedTuple):
    """One aircraft at the time of the scan; altitude None where unknown."""

    label: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float | None
    east_mps: float
    north_mps: float
    up_mps: float


class Encounter(NamedTuple):
    """The second aircraft relative to the first."""

    east_m: float
    north_m: float
    above_m: float | None
    closing_east_mps: float
    closing_north_mps: float
    climbing_mps: float
    horizontal_m: float
    time_to_closest_s: float
    horizontal_closest_m: float
    vertical_closest_m: float | None


def encounter(first: Placed, second: Placed, lookahead_s: float) -> Encounter:
    """The geometry of two aircraft flying straight on, with the closest point within the lookahead."""
    east_m, north_m, east_mps, north_mps = _relative(first, second)
    speed_squared = east_mps * east_mps + north_mps * north_mps
    closest_s = 0.0
    if speed_squared > 0.0:
        closest_s = min(max(-(east_m * east_mps + north_m * north_mps) / speed_squared, 0.0), lookahead_s)
    above_m = closest_above_m = None
    if first.altitude_m is not None and second.altitude_m is not None:
        above_m = second.altitude_m - first.altitude_m
        closest_above_m = abs(above_m + (second.up_mps - first.up_mps) * closest_s)
    return Encounter(
        east_m=east_m,
        north_m=north_m,
        above_m=above_m,
        closing_east_mps=east_mps,
        closing_north_mps=north_mps,
        climbing_mps=second.up_mps - first.up_mps,
        horizontal_m=hypot(east_m, north_m),
        time_to_closest_s=closest_s,
        horizontal_closest_m=hypot(east_m + east_mps * closest_s, north_m + north_mps * closest_s),
        vertical_closest_m=closest_above_m,
    )


def where(first: Placed, second: Placed, seen: Encounter) -> str:
    """Where the second one is: "SOUTH7 is at 2 o'clock of NORTH12, 6.3 NM, 400 ft above"."""
    bearing_deg = degrees(atan2(seen.east_m, seen.north_m)) % 360.0
    if hypot(first.east_mps, first.north_mps) >= _SLOW_MPS:
        track_deg = degrees(atan2(first.east_mps, first.north_mps))
        hour = round((bearing_deg - track_deg) % 360.0 / 30.0) % 12 or 12
        place = f"at {hour} o'clock"
    else:
        compass = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
        place = compass[round(bearing_deg / 45.0) % 8]
    return f"{second.label} is {place} of {first.label}, {length(seen.horizontal_m)}, {height(seen.above_m)}"


def approach(seen: Encounter) -> str:
    """How they close: "closest in 84 s at 1.2 NM, 300 ft", or that they do not: "diverging, closing vertically"."""
    if seen.time_to_closest_s >= _NOW_S:
        at = f"{length(seen.horizontal_closest_m)}, {gap(seen.vertical_closest_m)}"
        return f"closest in {seen.time_to_closest_s:.0f} s at {at}"
    words = "diverging" if _moves(seen) else "keeping their distance"
    if seen.above_m is not None and abs(seen.climbing_mps) >= _STILL_MPS and seen.above_m * seen.climbing_mps < 0.0:
        words += ", closing vertically"
    return words


def passing(first: Placed, second: Placed, seen: Encounter) -> str:
    """How they pass: "NORTH12 passes behind SOUTH7", "head-on", "SOUTH7 overtakes NORTH12"; nothing when they have."""
    if seen.time_to_closest_s < _NOW_S and _moves(seen):
        return ""
    speeds = hypot(first.east_mps, first.north_mps), hypot(second.east_mps, second.north_mps)
    if min(speeds) < _SLOW_MPS:
        return ""
    angle_deg = degrees(atan2(first.east_mps, first.north_mps) - atan2(second.east_mps, second.north_mps))
    angle_deg = abs((angle_deg + 180.0) % 360.0 - 180.0)
    if angle_deg >= _HEAD_ON_DEG:
        return "head-on"
    if angle_deg <= _SAME_WAY_DEG:
        ahead = seen.east_m * first.east_mps + seen.north_m * first.north_mps > 0.0
        faster, slower = (first, second) if speeds[0] > speeds[1] else (second, first)
        behind = first if ahead else second
        overtakes = faster is behind and abs(speeds[0] - speeds[1]) >= _FASTER_MPS
        return f"{faster.label} overtakes {slower.label}" if overtakes else "same direction"
    at_closest = (
        seen.east_m + seen.closing_east_mps * seen.time_to_closest_s,
        seen.north_m + seen.closing_north_mps * seen.time_to_closest_s,
    )
    ahead_m = (at_closest[0] * second.east_mps + at_closest[1] * second.north_mps) / speeds[1]
    if abs(ahead_m) < _SAME_POINT_M:
        return "crossing at the same point"
    # The second one being ahead, along its own track, of the first means that the first passes behind it.
    return f"{first.label} passes {'behind' if ahead_m > 0.0 else 'ahead of'} {second.label}"


def _moves(seen: Encounter) -> bool:
    return hypot(seen.closing_east_mps, seen.closing_north_mps) >= _STILL_MPS


def length(metres: float) -> str:
    """A horizontal distance as pilots say it: nautical miles, metres below 0.5 NM."""
    return f"{metres / NM_M:.1f} NM" if metres >= 0.5 * NM_M else f"{metres:.0f} m"


def height(above_m: float | None) -> str:
    """A signed vertical distance in words."""
    if above_m is None:
        return "relative altitude unknown"
    feet = round(above_m / FT_M / 10.0) * 10
    if feet == 0:
        return "same altitude"
    return f"{abs(feet):,} ft {'above' if feet > 0 else 'below'}"


def gap(vertical_m: float | None) -> str:
    """An unsigned vertical distance in words."""
    return "vertical distance unknown" if vertical_m is None else f"{round(vertical_m / FT_M / 10.0) * 10:,} ft"


def _relative(first: Placed, second: Placed) -> tuple[float, float, float, float]:
    a, b = _earth_centred(first), _earth_centred(second)
    delta = [q - p for p, q in zip(a, b, strict=True)]
    # Height zero on the ellipsoid: the sum of both feet points to the middle.
    middle = [p + q for p, q in zip(a[:3], b[:3], strict=True)]
    flat = hypot(middle[0], middle[1])
    sin_lon, cos_lon = (0.0, 1.0) if flat == 0.0 else (middle[1] / flat, middle[0] / flat)
    up_z = middle[2] / (1.0 - ECCENTRICITY_SQUARED)
    size = hypot(flat, up_z)
    sin_lat, cos_lat = up_z / size, flat / size

    def flattened(x: float, y: float, z: float) -> tuple[float, float]:
        return -sin_lon * x + cos_lon * y, -sin_lat * (cos_lon * x + sin_lon * y) + cos_lat * z

    return *flattened(*delta[:3]), *flattened(*delta[3:])


def _earth_centred(placed: Placed) -> tuple[float, ...]:
    """Foot and horizontal velocity."""
    latitude, longitude = radians(placed.latitude_deg), radians(placed.longitude_deg)
    sin_lat, cos_lat = sin(latitude), cos(latitude)
    sin_lon, cos_lon = sin(longitude), cos(longitude)
    prime = SEMI_MAJOR_M / sqrt(1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat)
    east, north = placed.east_mps, placed.north_mps
    return (
        prime * cos_lat * cos_lon,
        prime * cos_lat * sin_lon,
        prime * (1.0 - ECCENTRICITY_SQUARED) * sin_lat,
        -east * sin_lon - north * sin_lat * cos_lon,
        east * cos_lon - north * sin_lat * sin_lon,
        north * cos_lat,
    )
