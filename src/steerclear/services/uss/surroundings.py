"""The areas that a plan asks the DSS about, and that it shares: one box around all its volumes, else each volume.

The DSS learns no more than the box, and whoever flies near a plan, not only into it, is told of it and is asked.

A box may only be too large. Its edges are shortest paths, which leave the parallels they start on towards the pole; the
margin is many times what they can lose over the spans that are boxed. Degrees, metres, POSIX seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians
from typing import Final

from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D

MAX_BOX_DEG: Final = 0.2
"""Longer plans, whose boxes would be mostly empty, and such as cross the antimeridian go volume by volume."""
MAX_BOX_LATITUDE_DEG: Final = 80.0
_MARGIN_DEG: Final = 2e-5
_MARGIN_PART: Final = 0.01
_METRES_PER_DEGREE: Final = 110_000.0
"""Less than the least that a degree of latitude measures, so that a radius comes out too large."""


def surroundings(volumes: Sequence[Volume4D]) -> tuple[Volume4D, ...]:
    """Areas that together hold all volumes, which must be at least one."""
    points = [point for volume in volumes for point in outermost(volume.area)]
    south, north = min(point[0] for point in points), max(point[0] for point in points)
    west, east = min(point[1] for point in points), max(point[1] for point in points)
    if max(north - south, east - west) > MAX_BOX_DEG or max(-south, north) > MAX_BOX_LATITUDE_DEG:
        return tuple(volumes)
    tall, wide = _margin(north - south), _margin(east - west)
    south, north, west, east = south - tall, north + tall, west - wide, east + wide
    if west < -180.0 or east > 180.0:
        return tuple(volumes)
    corners = ((south, west), (south, east), (north, east), (north, west))
    lowers = [volume.lower_m for volume in volumes]
    uppers = [volume.upper_m for volume in volumes]
    lower_m = None if None in lowers else min(height for height in lowers if height is not None)
    upper_m = None if None in uppers else max(height for height in uppers if height is not None)
    box = Volume4D(
        area=PolygonArea(vertices=tuple(Position(latitude_deg=lat, longitude_deg=lng) for lat, lng in corners)),
        lower_m=lower_m,
        upper_m=upper_m,
        altitude_datum=None if lower_m is None and upper_m is None else AltitudeDatum.ELLIPSOID,
        from_s=min(volume.from_s for volume in volumes),
        until_s=max(volume.until_s for volume in volumes),
    )
    return (box,)


def gathered(volumes: Sequence[Volume4D]) -> tuple[Volume4D, ...]:
    """Areas that together hold all volumes; of such as are too far apart for one box, runs share one as they can."""
    whole = surroundings(volumes)
    if len(whole) == 1:
        return whole
    found: list[Volume4D] = []
    run: list[Volume4D] = []
    for volume in volumes:
        if run and len(surroundings((*run, volume))) > 1:
            found += surroundings(run)
            run = []
        run.append(volume)
    return (*found, *surroundings(run))


def _margin(span_deg: float) -> float:
    return _MARGIN_DEG + _MARGIN_PART * span_deg


def outermost(area: CircleArea | PolygonArea) -> list[tuple[float, float]]:
    """Latitudes and longitudes between which an area lies, degrees; the pole where no box could hold it."""
    if isinstance(area, PolygonArea):
        return [(vertex.latitude_deg, vertex.longitude_deg) for vertex in area.vertices]
    centre = area.centre
    tall = area.radius_m / _METRES_PER_DEGREE
    if abs(centre.latitude_deg) + tall > MAX_BOX_LATITUDE_DEG:
        return [(90.0, 0.0)]  # no box
    wide = tall / cos(radians(abs(centre.latitude_deg) + tall))
    return [
        (centre.latitude_deg + up * tall, centre.longitude_deg + right * wide) for up in (-1, 1) for right in (-1, 1)
    ]
