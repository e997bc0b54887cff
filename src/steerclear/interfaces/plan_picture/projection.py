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
Ring = list[tuple[float, float]]
_PIECES = 24
"""A path as long as the map is wide is drawn in so many straight pieces."""
_MOST_PIECES = 64
"""Of one edge."""


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

    def outlines(self, areas: Sequence[CircleArea | PolygonArea]) -> list[Ring | None]:
        """The rings of areas in pixels; None for each that is not on this map."""
        if not areas:
            return []
        try:
            return self._outlines(areas)
        except GeodesyError:
            # One of them spans half the Earth: that one is left out, the others are drawn.
            return [None] if len(areas) == 1 else [self.outlines([area])[0] for area in areas]

    def _outlines(self, areas: Sequence[CircleArea | PolygonArea]) -> list[Ring | None]:
        latitudes, longitudes, counts = _drawn_rings(areas, self.frame.width * self.metres_per_pixel / _PIECES)
        beyond = surface_normal(latitudes, longitudes) @ surface_normal(self.latitude_deg, self.longitude_deg) < -0.9
        ends = np.cumsum(counts)
        x, y = np.zeros(len(latitudes)), np.zeros(len(latitudes))
        x[~beyond], y[~beyond] = self.pixels(latitudes[~beyond], longitudes[~beyond])
        frame, found = self.frame, list[Ring | None]()
        # Beyond a few widths of the map a point's exact place does not matter, and large numbers upset renderers.
        far = 4.0 * max(frame.width, frame.height)
        x, y = np.clip(x, frame.left - far, frame.right + far), np.clip(y, frame.top - far, frame.bottom + far)
        for begin, end in zip((ends - counts).tolist(), ends.tolist(), strict=True):
            x0, y0 = x[begin:end], y[begin:end]
            away = x0.max() < frame.left or x0.min() > frame.right or y0.max() < frame.top or y0.min() > frame.bottom
            hidden = away or bool(beyond[begin:end].any())
            found.append(None if hidden else list(zip(x0.tolist(), y0.tolist(), strict=True)))
        return found


def _drawn_rings(
    areas: Sequence[CircleArea | PolygonArea], longest_m: float
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """The points of all rings, one after the other, with more of them on long edges; and how many each ring has."""
    rings = [
        circle_outline(area.centre.latitude_deg, area.centre.longitude_deg, area.radius_m)
        if isinstance(area, CircleArea)
        else vertices_of(area)
        for area in areas
    ]
    counts = np.array([len(ring[0]) for ring in rings])
    latitudes, longitudes = (np.concatenate([ring[axis] for ring in rings]) for axis in (0, 1))
    following = np.arange(1, len(latitudes) + 1)
    following[np.cumsum(counts) - 1] = np.cumsum(counts) - counts
    length_m, bearing = distance_and_bearing(latitudes, longitudes, latitudes[following], longitudes[following])
    parts = np.minimum(np.maximum(1, np.ceil(length_m / longest_m)), _MOST_PIECES).astype(np.int64)
    edge = np.repeat(np.arange(len(latitudes)), parts)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(parts) - parts, parts)
    drawn = destination(latitudes[edge], longitudes[edge], bearing[edge], length_m[edge] * step / parts[edge])
    return *drawn, np.add.reduceat(parts, np.cumsum(counts) - counts)


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
