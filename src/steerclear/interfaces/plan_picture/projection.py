"""The map's projection: azimuthal equidistant on the ellipsoid, so that it is right at any place of the Earth.

Distances and bearings from the middle of the map are true. Pixels, x to the right and y downwards; north is up at the
middle. Units: degrees, metres, pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.faults import GeodesyError
from steerclear.geodesy.outlines import circle_outline
from steerclear.geodesy.paths import destination, distance_and_bearing
from steerclear.geodesy.wgs84 import surface_normal
from steerclear.interfaces.plan_picture import limits
from steerclear.model.volumes import CircleArea, PolygonArea

Floats = NDArray[np.float64]
_PIECES = 24
"""A path as long as the map is wide is drawn in so many straight pieces."""


class Frame:
    """A rectangle of the picture."""

    def __init__(self, left: float, top: float, width: float, height: float) -> None:
        self.left, self.top, self.width, self.height = left, top, width, height
        self.right, self.bottom = left + width, top + height


class MapView:
    """A rectangle of the picture that shows the surroundings of a place."""

    def __init__(self, frame: Frame, latitude_deg: float, longitude_deg: float, metres_per_pixel: float) -> None:
        self.frame = frame
        self.latitude_deg, self.longitude_deg = latitude_deg, longitude_deg
        self.metres_per_pixel = metres_per_pixel
        self._middle = (frame.left + frame.width / 2.0, frame.top + frame.height / 2.0)

    @property
    def reach_m(self) -> float:
        """From the middle to a corner."""
        return math.hypot(self.frame.width, self.frame.height) / 2.0 * self.metres_per_pixel

    def pixels(self, latitudes: Floats, longitudes: Floats) -> tuple[Floats, Floats]:
        """Where points are. Raises GeodesyError for points nearly on the other side of the Earth."""
        away_m, bearing = distance_and_bearing(self.latitude_deg, self.longitude_deg, latitudes, longitudes)
        angle, away = np.radians(bearing), away_m / self.metres_per_pixel
        return self._middle[0] + away * np.sin(angle), self._middle[1] - away * np.cos(angle)

    def places(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Latitudes and longitudes of points of the picture."""
        east, north = x - self._middle[0], self._middle[1] - y
        away_m = np.hypot(east, north) * self.metres_per_pixel
        return destination(self.latitude_deg, self.longitude_deg, np.degrees(np.arctan2(east, north)), away_m)

    def outline(self, area: CircleArea | PolygonArea) -> list[tuple[float, float]] | None:
        """The ring of an area in pixels; None where it is not on this map."""
        try:
            x, y = self.pixels(*_drawn_ring(area, self.frame.width * self.metres_per_pixel / _PIECES))
        except GeodesyError:
            return None
        frame = self.frame
        if x.max() < frame.left or x.min() > frame.right or y.max() < frame.top or y.min() > frame.bottom:
            return None
        # Beyond a few widths of the map a point's exact place does not matter, and large numbers upset renderers.
        far = 4.0 * max(frame.width, frame.height)
        x, y = np.clip(x, frame.left - far, frame.right + far), np.clip(y, frame.top - far, frame.bottom + far)
        return list(zip(x.tolist(), y.tolist(), strict=True))


def _drawn_ring(area: CircleArea | PolygonArea, longest_m: float) -> tuple[Floats, Floats]:
    if isinstance(area, CircleArea):
        return circle_outline(area.centre.latitude_deg, area.centre.longitude_deg, area.radius_m)
    latitudes, longitudes = vertices_of(area)
    to_latitudes, to_longitudes = np.roll(latitudes, -1), np.roll(longitudes, -1)
    length_m, bearing = distance_and_bearing(latitudes, longitudes, to_latitudes, to_longitudes)
    parts = np.minimum(np.maximum(1, np.ceil(length_m / longest_m)), 64).astype(int)
    if int(parts.max()) == 1:
        return latitudes, longitudes
    edge = np.repeat(np.arange(len(latitudes)), parts)
    step = np.concatenate([np.arange(count) / count for count in parts.tolist()])
    return destination(latitudes[edge], longitudes[edge], bearing[edge], length_m[edge] * step)


def vertices_of(area: CircleArea | PolygonArea) -> tuple[Floats, Floats]:
    """Latitudes and longitudes of points that span an area."""
    if isinstance(area, CircleArea):
        return circle_outline(area.centre.latitude_deg, area.centre.longitude_deg, area.radius_m, 8)
    return (
        np.array([each.latitude_deg for each in area.vertices]),
        np.array([each.longitude_deg for each in area.vertices]),
    )


def view_of(areas: Sequence[CircleArea | PolygonArea], frame: Frame, margin: float = 1.3) -> MapView:
    """The map that shows all of some areas.

    Args:
        areas: one or more.
        frame: where in the picture.
        margin: how much larger than the areas the map is.
    """
    spans = [vertices_of(area) for area in areas]
    latitudes, longitudes = (np.concatenate([span[axis] for span in spans]) for axis in (0, 1))
    middle = surface_normal(latitudes, longitudes).mean(axis=0)
    latitude = math.degrees(math.atan2(middle[2], math.hypot(middle[0], middle[1])))
    longitude = math.degrees(math.atan2(middle[1], middle[0]))
    near = surface_normal(latitudes, longitudes) @ (middle / max(float(np.linalg.norm(middle)), 1e-9)) > -0.9
    view = MapView(frame, latitude, longitude, 1.0)
    if bool(near.any()):
        x, y = view.pixels(latitudes[near], longitudes[near])
        # Twice: the middle of the box around the areas serves better than the middle of their vertices.
        box = ((float(x.min()) + float(x.max())) / 2.0, (float(y.min()) + float(y.max())) / 2.0)
        moved = view.places(np.array([box[0]]), np.array([box[1]]))
        view = MapView(frame, float(moved[0][0]), float(moved[1][0]), 1.0)
        x, y = view.pixels(latitudes[near], longitudes[near])
        half_x = max(abs(float(x.min()) - view._middle[0]), abs(float(x.max()) - view._middle[0]))
        half_y = max(abs(float(y.min()) - view._middle[1]), abs(float(y.max()) - view._middle[1]))
        scale = max(2.0 * half_x / frame.width, 2.0 * half_y / frame.height) * margin
    else:
        scale = limits.MAX_PICTURE_REACH_M / frame.width
    half_diagonal = math.hypot(frame.width, frame.height) / 2.0
    scale = min(max(scale, limits.MIN_PICTURE_REACH_M / half_diagonal), limits.MAX_PICTURE_REACH_M / half_diagonal)
    return MapView(frame, view.latitude_deg, view.longitude_deg, scale)
