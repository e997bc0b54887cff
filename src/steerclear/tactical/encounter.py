"""Two aircraft seen from the first one: the figures and the sentence that a person gets with an alert.

Frame: local east-north at the middle of the two feet on the WGS84 ellipsoid, both at height zero; heights as given, of
one datum. Units: metres, m/s, seconds. Clock positions and "ahead" are relative to the track over ground. Used only to
word an alert that `separation` has decided, never to decide one.
"""

from __future__ import annotations

from math import atan2, cos, degrees, hypot, radians, sin, sqrt
from typing import NamedTuple

from steerclear.geodesy.wgs84 import ECCENTRICITY_SQUARED, SEMI_MAJOR_M

NM_M = 1_852.0
FOOT_M = 0.3048

_SLOW_MPS = 5.0
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
    horizontal_m: float
    time_to_closest_s: float
    horizontal_closest_m: float
    vertical_closest_m: float | None


def encounter(first: Placed, second: Placed, lookahead_s: float) -> Encounter:
    """The geometry of two aircraft flying straight on, with the closest point within the lookahead."""
    east_m, north_m = _offset(first, second)
    east_mps = second.east_mps - first.east_mps
    north_mps = second.north_mps - first.north_mps
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


def passing(first: Placed, second: Placed, seen: Encounter) -> str:
    """How they pass: "NORTH12 passes behind SOUTH7", "head-on", "NORTH12 is overtaken by SOUTH7"."""
    speeds = hypot(first.east_mps, first.north_mps), hypot(second.east_mps, second.north_mps)
    if min(speeds) < _SLOW_MPS:
        return ""
    angle_deg = degrees(atan2(first.east_mps, first.north_mps) - atan2(second.east_mps, second.north_mps) + 0.0)
    angle_deg = abs((angle_deg + 180.0) % 360.0 - 180.0)
    if angle_deg >= _HEAD_ON_DEG:
        return "head-on"
    if angle_deg <= _SAME_WAY_DEG:
        ahead = seen.east_m * first.east_mps + seen.north_m * first.north_mps > 0.0
        faster, slower = (first, second) if speeds[0] > speeds[1] else (second, first)
        behind = first if ahead else second
        return f"{faster.label} overtakes {slower.label}" if faster is behind else "same direction"
    at_closest = (
        seen.east_m + seen.closing_east_mps * seen.time_to_closest_s,
        seen.north_m + seen.closing_north_mps * seen.time_to_closest_s,
    )
    ahead_m = (at_closest[0] * second.east_mps + at_closest[1] * second.north_mps) / speeds[1]
    if abs(ahead_m) < 1.0:
        return "crossing at the same point"
    # The second one being ahead, along its own track, of the first means that the first passes behind it.
    return f"{first.label} passes {'behind' if ahead_m > 0.0 else 'ahead of'} {second.label}"


def length(metres: float) -> str:
    """A horizontal distance as pilots say it: nautical miles, metres below 0.5 NM."""
    return f"{metres / NM_M:.1f} NM" if metres >= 0.5 * NM_M else f"{metres:.0f} m"


def height(above_m: float | None) -> str:
    """A signed vertical distance in words."""
    if above_m is None:
        return "relative altitude unknown"
    feet = round(above_m / FOOT_M / 10.0) * 10
    if feet == 0:
        return "same altitude"
    return f"{abs(feet):,} ft {'above' if feet > 0 else 'below'}"


def gap(vertical_m: float | None) -> str:
    """An unsigned vertical distance in words."""
    return "vertical distance unknown" if vertical_m is None else f"{round(vertical_m / FOOT_M / 10.0) * 10:,} ft"


def _offset(first: Placed, second: Placed) -> tuple[float, float]:
    a, b = _foot(first), _foot(second)
    delta = [q - p for p, q in zip(a, b, strict=True)]
    middle = [p + q for p, q in zip(a, b, strict=True)]
    flat = hypot(middle[0], middle[1])
    if flat == 0.0:
        sin_lon, cos_lon = sin(radians(first.longitude_deg)), cos(radians(first.longitude_deg))
    else:
        sin_lon, cos_lon = middle[1] / flat, middle[0] / flat
    size = hypot(flat, middle[2])
    sin_lat, cos_lat = middle[2] / size, flat / size
    east = -sin_lon * delta[0] + cos_lon * delta[1]
    north = -sin_lat * (cos_lon * delta[0] + sin_lon * delta[1]) + cos_lat * delta[2]
    return east, north


def _foot(placed: Placed) -> tuple[float, float, float]:
    latitude, longitude = radians(placed.latitude_deg), radians(placed.longitude_deg)
    sin_lat = sin(latitude)
    prime = SEMI_MAJOR_M / sqrt(1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat)
    flat = prime * cos(latitude)
    return flat * cos(longitude), flat * sin(longitude), prime * (1.0 - ECCENTRICITY_SQUARED) * sin_lat
