"""Whether two areas of authority share airspace for some time.

Frame: a plane that touches the WGS84 ellipsoid at a circle's centre or between two polygons; points of the ellipsoid
are projected onto it from the Earth's centre, so that great ellipses (the edges of polygons) are straight, and neither
poles nor antimeridian are special. Units: metres in the plane.
Bounds: areas that only touch do not overlap: with a common border, level or instant, an aircraft is on one side. What
is narrower than `TOUCHING_M` counts as touching, because borders are written with rounded coordinates; for a circle and
a polygon that grows by 1e-4 of the circle's radius, for which the plane is not exact. Every wider overlap is found.
Altitudes of two datums cannot be compared without the day's weather, so such bands always count as overlapping.
Source: gnomonic projection; even-odd rule; an area is cut at the other's border, and between two cuts it is inside or
outside throughout.
"""

from __future__ import annotations

from itertools import combinations
from math import tan
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.paths import distance_and_bearing
from steerclear.geodesy.wgs84 import MEAN_RADIUS_M, east_north, ecef_to_geodetic, geodetic_to_ecef, surface_normal
from steerclear.model.agreement import AreaOfAuthority
from steerclear.model.zone import Circle, Polygon

Floats = NDArray[np.float64]

TOUCHING_M: Final = 10.0
_SAMPLES: Final = (0.25, 0.5, 0.75)
"""Where a stretch of border between two cuts is looked at."""
_ROUNDING: Final = 1e-9
_FAR: Final = 1.1
"""The Earth's surface bulges over the vertices of the largest area allowed by less than 8 % of its reach."""


class Plane(msgspec.Struct, frozen=True):
    """A plane that touches the ellipsoid."""

    centre: Floats
    up: Floats
    axes: Floats
    """East and north, shape (2, 3)."""

    @classmethod
    def at(cls, latitude_deg: float, longitude_deg: float) -> Plane:
        """The plane of a place."""
        up = surface_normal(latitude_deg, longitude_deg)
        return cls(geodetic_to_ecef(latitude_deg, longitude_deg), up, np.stack(east_north(latitude_deg, longitude_deg)))

    def ring(self, polygon: Polygon) -> Floats:
        """The polygon's vertices in the plane, shape (vertices, 2)."""
        feet = _feet(polygon)
        lift = (self.centre @ self.up) / (feet @ self.up)
        return np.asarray((feet * lift[:, None] - self.centre) @ self.axes.T)


def areas_overlap(first: AreaOfAuthority, second: AreaOfAuthority) -> bool:
    """Whether two areas share airspace for some time."""
    if min(first.until_s, second.until_s) <= max(first.from_s, second.from_s):
        return False
    same_datum = first.altitude_datum is second.altitude_datum
    if same_datum and min(first.upper_m, second.upper_m) <= max(first.lower_m, second.lower_m):
        return False
    return footprints_overlap(first.footprint, second.footprint)


def competing_areas(areas: tuple[AreaOfAuthority, ...]) -> tuple[tuple[AreaOfAuthority, AreaOfAuthority], ...]:
    """Pairs of areas that overlap and are not claimed by the same parties."""
    return tuple(
        (first, second)
        for first, second in combinations(areas, 2)
        if set(first.claimed_by) != set(second.claimed_by) and areas_overlap(first, second)
    )


def footprints_overlap(first: Circle | Polygon, second: Circle | Polygon) -> bool:
    """Whether two footprints share more than a border."""
    (first_middle, first_reach_m), (second_middle, second_reach_m) = _extent(first), _extent(second)
    apart_m = float(np.linalg.norm(first_middle - second_middle))
    if apart_m > _FAR * (first_reach_m + second_reach_m):
        return False
    if isinstance(first, Circle):
        return _circles_overlap(first, second) if isinstance(second, Circle) else _circle_and_ring(first, second)
    if isinstance(second, Circle):
        return _circle_and_ring(second, first)
    latitude, longitude, _ = ecef_to_geodetic((first_middle + second_middle) / 2.0)
    plane = Plane.at(float(latitude), float(longitude))
    return _rings_overlap(plane.ring(first), plane.ring(second))


def reach_m(polygon: Polygon) -> float:
    """From the middle of a polygon's vertices to the farthest of them, straight through the Earth."""
    return _extent(polygon)[1]


def _feet(polygon: Polygon) -> Floats:
    vertices = np.array(polygon.vertices_deg)
    return geodetic_to_ecef(vertices[:, 0], vertices[:, 1])


def _extent(shape: Circle | Polygon) -> tuple[Floats, float]:
    if isinstance(shape, Circle):
        return geodetic_to_ecef(shape.latitude_deg, shape.longitude_deg), shape.radius_m
    feet = _feet(shape)
    # Not the mean of the vertices: many of them on one side would pull it there.
    middle = (feet.min(axis=0) + feet.max(axis=0)) / 2.0
    return middle, float(np.linalg.norm(feet - middle, axis=1).max())


def _circles_overlap(first: Circle, second: Circle) -> bool:
    centres = (first.latitude_deg, first.longitude_deg, second.latitude_deg, second.longitude_deg)
    return float(distance_and_bearing(*centres)[0]) < first.radius_m + second.radius_m - TOUCHING_M


def _circle_and_ring(circle: Circle, polygon: Polygon) -> bool:
    ring = Plane.at(circle.latitude_deg, circle.longitude_deg).ring(polygon)
    radius_m = MEAN_RADIUS_M * tan(circle.radius_m / MEAN_RADIUS_M)
    centre = np.zeros((1, 2))
    touching_m = TOUCHING_M + 1e-4 * circle.radius_m
    return bool(_inside(centre, ring)[0]) or float(_to_border_m(centre, ring)[0]) < radius_m - touching_m


def _rings_overlap(first: Floats, second: Floats) -> bool:
    for one, other in ((first, second), (second, first)):
        points = _stretches(one, other)
        if np.any(_inside(points, other) & (_to_border_m(points, other) > TOUCHING_M)):
            return True
    # No border runs inside the other: apart, or the same throughout.
    return bool(_inside(_inner_point(first), second)[0])


def _stretches(ring: Floats, other: Floats) -> Floats:
    """Points on every stretch of a ring's edges between its meetings with another ring, shape (points, 2)."""
    start, along = ring[:, None, :], (np.roll(ring, -1, axis=0) - ring)[:, None, :]
    at, edge = other[None, :, :], (np.roll(other, -1, axis=0) - other)[None, :, :]
    offset = at - start
    area = along[..., 0] * edge[..., 1] - along[..., 1] * edge[..., 0]
    size = np.sum(along * along, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = (offset[..., 0] * edge[..., 1] - offset[..., 1] * edge[..., 0]) / area
        there = (offset[..., 0] * along[..., 1] - offset[..., 1] * along[..., 0]) / area
    # A little beyond its ends an edge still counts: too many cuts do no harm. Parallel edges are cut by the next ones.
    meets = (there >= -_ROUNDING) & (there <= 1.0 + _ROUNDING)
    parts = np.where(np.isfinite(parts) & meets, np.clip(parts, 0.0, 1.0), 0.0)
    ends = np.zeros((len(ring), 1))
    cuts = np.sort(np.concatenate([ends, parts, ends + 1.0], axis=1), axis=1)
    edges, places = np.nonzero(np.diff(cuts, axis=1) * np.sqrt(size) > TOUCHING_M / 10.0)
    low, high = cuts[edges, places], cuts[edges, places + 1]
    return np.concatenate([ring[edges] + (low + part * (high - low))[:, None] * along[edges, 0] for part in _SAMPLES])


def _inner_point(ring: Floats) -> Floats:
    """A point inside a ring, in the middle of its widest stretch at the height between its most distant levels."""
    levels = np.sort(ring[:, 1])
    gap = int(np.argmax(np.diff(levels)))
    level = (levels[gap] + levels[gap + 1]) / 2.0
    low, high = ring, np.roll(ring, -1, axis=0)
    cut = (low[:, 1] > level) != (high[:, 1] > level)
    low, high = low[cut], high[cut]
    meets = np.sort(low[:, 0] + (level - low[:, 1]) * (high[:, 0] - low[:, 0]) / (high[:, 1] - low[:, 1]))
    widest = int(np.argmax(meets[1::2] - meets[0::2])) if len(meets) else 0
    across = meets[2 * widest : 2 * widest + 2].mean() if len(meets) else ring[0, 0]
    return np.array([[across, level]])


def _inside(points: Floats, ring: Floats) -> NDArray[np.bool_]:
    """Whether points are inside a ring by the even-odd rule, shape (points,)."""
    low, high = ring[None, :, :], np.roll(ring, -1, axis=0)[None, :, :]
    x, y = points[:, None, 0], points[:, None, 1]
    spans = (low[..., 1] > y) != (high[..., 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        meets = low[..., 0] + (y - low[..., 1]) * (high[..., 0] - low[..., 0]) / (high[..., 1] - low[..., 1])
    return np.asarray(np.count_nonzero(spans & (x < meets), axis=1) % 2 == 1)


def _to_border_m(points: Floats, ring: Floats) -> Floats:
    """Distances of points to the nearest edge of a ring, shape (points,)."""
    start, along = ring[None, :, :], (np.roll(ring, -1, axis=0) - ring)[None, :, :]
    size = np.sum(along * along, axis=-1)
    offset = points[:, None, :] - start
    part = np.clip(np.sum(offset * along, axis=-1) / np.where(size > 0.0, size, 1.0), 0.0, 1.0)
    return np.asarray(np.min(np.linalg.norm(offset - part[..., None] * along, axis=-1), axis=1))
