"""Where a place stands on the map: a plane true to scale in its middle, for maps of some hundred kilometres."""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, radians
from typing import Final

import msgspec

from steerclear.model.volumes import CircleArea, PolygonArea
from steerclear.services.joint.timeline import JointTimeline, PlaceShown

WIDTH: Final = 900.0
HEIGHT: Final = 520.0
_MARGIN: Final = 30.0
METRES_A_DEGREE: Final = 111_320.0
_LEAST_SPAN_DEG: Final = 0.02


class Projection(msgspec.Struct, frozen=True):
    """Degrees to the map's points. Longitudes are counted from the middle, so a map may lie across 180 degrees."""

    middle_lat: float
    middle_lon: float
    scale: float
    """Points a degree of latitude."""

    def place(self, latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
        """The point on the map: x to the right, y downwards."""
        turn = (longitude_deg - self.middle_lon + 180.0) % 360.0 - 180.0
        x = WIDTH / 2 + turn * cos(radians(self.middle_lat)) * self.scale
        return x, HEIGHT / 2 - (latitude_deg - self.middle_lat) * self.scale

    def points(self, metres: float) -> float:
        """A length on the map."""
        return metres / METRES_A_DEGREE * self.scale


def fitting(timeline: JointTimeline) -> Projection | None:
    """The map that shows the tracks, else the alerts, else the places; None where nothing has a place.

    An alert far from all tracks is of another sky (two recordings, one after the other): it would shrink all else.
    """
    labels = {label for alert in timeline.alerts for label in alert.subjects}
    chosen = [track for track in timeline.tracks if track.label in labels] or list(timeline.tracks)
    points = [(point.latitude_deg, point.longitude_deg) for track in chosen for point in track.points]
    if not points:
        points = [place for alert in timeline.alerts for change in alert.changes for place in change.places]
    if not points:
        points = [corner for place in timeline.places for corner in corners(place)]
    points = [point for point in points if _on_earth(*point)]
    if not points:
        return None
    first = points[0][1]
    turns = [(lon - first + 180.0) % 360.0 - 180.0 for _, lon in points]
    lats = [lat for lat, _ in points]
    middle_lat = (min(lats) + max(lats)) / 2
    middle_lon = first + (min(turns) + max(turns)) / 2
    squeeze = max(cos(radians(middle_lat)), 0.01)
    across = max((max(turns) - min(turns)) * squeeze, _LEAST_SPAN_DEG)
    up = max(max(lats) - min(lats), _LEAST_SPAN_DEG)
    scale = min((WIDTH - 2 * _MARGIN) / across, (HEIGHT - 2 * _MARGIN) / up) * 0.85
    return Projection(middle_lat, middle_lon, scale)


def _on_earth(latitude_deg: float, longitude_deg: float) -> bool:
    """What a side has written of places nobody has checked: a map of all numbers would have no end."""
    return abs(latitude_deg) <= 90.0 and abs(longitude_deg) <= 360.0


def corners(place: PlaceShown) -> Iterable[tuple[float, float]]:
    """The corners of a place's areas, or the four ends of its circles."""
    for volume in place.volumes:
        area = volume.area
        if isinstance(area, PolygonArea):
            yield from ((corner.latitude_deg, corner.longitude_deg) for corner in area.vertices)
        elif isinstance(area, CircleArea):
            up = area.radius_m / METRES_A_DEGREE
            across = up / max(cos(radians(area.centre.latitude_deg)), 0.01)
            lat, lon = area.centre.latitude_deg, area.centre.longitude_deg
            yield from ((lat + up, lon), (lat - up, lon), (lat, lon + across), (lat, lon - across))
