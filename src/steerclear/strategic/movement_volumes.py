"""The airspace over a movement's route, as volumes: a band along each leg, and a circle around each end of one.

Frame: WGS84, degrees and metres. The band's long sides are shortest paths between points at right angles to the
leg's ends; such a path bows away from the leg, so the band holds every point within the half-width of the leg. The
half-width has 1 % and 1 m to spare for the ellipsoid. All of it reaches from the ground upwards, for the whole window.
"""

from __future__ import annotations

from typing import Final

from steerclear.geodesy.paths import destination, distance_and_bearing
from steerclear.model.intent import Movement
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D

_SPARE: Final = 1.01
_SPARE_M: Final = 1.0
_SHORTEST_LEG_M: Final = 0.1
"""A leg shorter than this has no direction worth the name; the circles at its ends hold it."""


def movement_volumes(movement: Movement) -> tuple[Volume4D, ...]:
    """Volumes that hold everything within the half-width of the route, during the window."""
    width_m = movement.half_width_m * _SPARE + _SPARE_M
    areas: list[CircleArea | PolygonArea] = [CircleArea(centre=point, radius_m=width_m) for point in movement.route]
    for one, other in zip(movement.route, movement.route[1:], strict=False):
        band = _band(one, other, width_m)
        if band is not None:
            areas.append(band)
    return tuple(Volume4D(area=area, from_s=movement.from_s, until_s=movement.until_s) for area in dict.fromkeys(areas))


def _band(one: Position, other: Position, width_m: float) -> PolygonArea | None:
    length_m, there_deg = distance_and_bearing(
        one.latitude_deg, one.longitude_deg, other.latitude_deg, other.longitude_deg
    )
    if float(length_m) < _SHORTEST_LEG_M:
        return None
    _, back_deg = distance_and_bearing(other.latitude_deg, other.longitude_deg, one.latitude_deg, one.longitude_deg)
    corners = (
        _beside(one, float(there_deg) - 90.0, width_m),
        _beside(other, float(back_deg) + 90.0, width_m),
        _beside(other, float(back_deg) - 90.0, width_m),
        _beside(one, float(there_deg) + 90.0, width_m),
    )
    return PolygonArea(vertices=corners)


def _beside(point: Position, bearing_deg: float, away_m: float) -> Position:
    latitude_deg, longitude_deg = destination(point.latitude_deg, point.longitude_deg, bearing_deg, away_m)
    return Position(latitude_deg=float(latitude_deg), longitude_deg=float(longitude_deg))
