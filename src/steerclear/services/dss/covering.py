"""Whether a subscription covers the ground of an operational intent, asked point by point along its outline.

Frame: WGS84. An outline may leave the covering one by COVER_SLACK_M: outlines of different shape never meet to the
millimetre, and what that leaves uncovered is far below the accuracy of any flight. Points of a circle are laid out in
the plane that touches its centre and brought down to the ellipsoid: 0.2 m off at 28 km, the largest circle allowed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from steerclear.geodesy.wgs84 import ECCENTRICITY_SQUARED, SEMI_MAJOR_M
from steerclear.model.volumes import CircleArea, PolygonArea, Position
from steerclear.separation.overlap import contains
from steerclear.services.dss.surveying import Survey, Surveyed

COVER_SLACK_M: Final = 1.0
POINTS_OF_A_CIRCLE: Final = 72
POINTS_OF_AN_EDGE: Final = 4
"""Between two vertices; edges of a sound outline are short beside the area that it is asked about."""

Point = tuple[float, float]
Vector = tuple[float, float, float]


def covers_ground(outer: Survey, inner: Survey) -> bool:
    """Whether the outlines of `inner` lie within those of `outer`: each point within some outline of it."""
    known = {one.volume.area for one in outer}
    asked = [one for one in inner if one.volume.area not in known]
    for one in asked:
        if not all(any(_holds(other, point) for other in outer) for point in _outline(one.volume.area)):
            return False
    # A corner of the one outer outline well inside the inner one is a bay that the points have stepped over.
    if asked and len(outer) == 1 and isinstance(outer[0].volume.area, PolygonArea):
        corners = outer[0].volume.area.vertices
        return not any(_deep_inside(one, corner) for one in asked for corner in corners)
    return True


def _holds(outer: Surveyed, point: Point) -> bool:
    return contains(outer.footprint, point[0], point[1], COVER_SLACK_M)


def _deep_inside(inner: Surveyed, corner: Position) -> bool:
    around = _circle_points(corner, 2.0 * COVER_SLACK_M, 8)
    return all(contains(inner.footprint, latitude_deg, longitude_deg) for latitude_deg, longitude_deg in around)


def _outline(area: CircleArea | PolygonArea) -> Iterator[Point]:
    if isinstance(area, CircleArea):
        yield from _circle_points(area.centre, area.radius_m, POINTS_OF_A_CIRCLE)
        return
    corners = area.vertices
    between = POINTS_OF_AN_EDGE if len(corners) <= 1_000 else 1
    for one, other in zip(corners, (*corners[1:], corners[0]), strict=True):
        yield from _edge_points(_place(one), _place(other), between)


def _edge_points(one: Vector, other: Vector, count: int) -> Iterator[Point]:
    for step in range(count):
        part = step / count
        yield _degrees(
            one[0] + part * (other[0] - one[0]),
            one[1] + part * (other[1] - one[1]),
            one[2] + part * (other[2] - one[2]),
        )


def _circle_points(centre: Position, radius_m: float, count: int) -> Sequence[Point]:
    latitude, longitude = math.radians(centre.latitude_deg), math.radians(centre.longitude_deg)
    east = (-math.sin(longitude), math.cos(longitude), 0.0)
    north = (
        -math.sin(latitude) * math.cos(longitude),
        -math.sin(latitude) * math.sin(longitude),
        math.cos(latitude),
    )
    x, y, z = _place(centre)
    points = []
    for step in range(count):
        turn = 2.0 * math.pi * step / count
        right, ahead = radius_m * math.cos(turn), radius_m * math.sin(turn)
        points.append(
            _degrees(
                x + right * east[0] + ahead * north[0],
                y + right * east[1] + ahead * north[1],
                z + right * east[2] + ahead * north[2],
            )
        )
    return points


def _place(position: Position) -> Vector:
    """Earth-centred coordinates at height zero."""
    latitude, longitude = math.radians(position.latitude_deg), math.radians(position.longitude_deg)
    across = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_SQUARED * math.sin(latitude) ** 2)
    flat = across * math.cos(latitude)
    return (
        flat * math.cos(longitude),
        flat * math.sin(longitude),
        across * (1.0 - ECCENTRICITY_SQUARED) * math.sin(latitude),
    )


def _degrees(x: float, y: float, z: float) -> Point:
    """Latitude and longitude of the place on the ellipsoid in the direction of a point near it."""
    latitude = math.atan2(z, (1.0 - ECCENTRICITY_SQUARED) * math.hypot(x, y))
    return math.degrees(latitude), math.degrees(math.atan2(y, x))
