"""A place to point at for two areas that meet or come close: in both of them, or in the middle of the gap.

Frame: a plane that touches the unit sphere of the ellipsoid's normals between the two areas; great circles are straight
in it. The place is for people to look at and is no part of any decision: good to some metres, and for areas wider than
a quarter of the Earth only the middle of the smaller one. Outlines of more than `_MOST` corners are thinned.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.paths import destination
from steerclear.geodesy.wgs84 import surface_normal
from steerclear.model.volumes import CircleArea, PolygonArea, Position
from steerclear.strategic.limits import MAX_PREPARED

Floats = NDArray[np.float64]
Area = CircleArea | PolygonArea
_MOST: Final = 256
_CORNERS: Final = 48
_WIDE: Final = 0.3
_ON: Final = 1e-8
"""Nearer than this to an outline, in units of the Earth's radius, a corner is on it."""


@lru_cache(maxsize=MAX_PREPARED)
def meeting_place(one: Area, other: Area) -> Position:
    """A place in both areas where they meet, else the middle of the shortest way between their outlines."""
    first, second = _ring(one), _ring(other)
    middle = first.mean(axis=0) + second.mean(axis=0)
    length = float(np.linalg.norm(middle))
    if length < 1e-9:
        return _position(first.mean(axis=0))
    up = middle / length
    if float(min((first @ up).min(), (second @ up).min())) < _WIDE:
        small = first if _spread(first) <= _spread(second) else second
        return _position(small.mean(axis=0))
    east = np.cross([0.0, 0.0, 1.0] if abs(up[2]) < 0.9 else [1.0, 0.0, 0.0], up)
    east /= np.linalg.norm(east)
    axes = np.stack([east, np.cross(up, east)])
    flat_1, flat_2 = _flat(first, up, axes), _flat(second, up, axes)
    shared = _shared(flat_1, flat_2)
    x, y = _most_central(shared, flat_1, flat_2) if len(shared) else _between(flat_1, flat_2)
    return _position(up + x * axes[0] + y * axes[1])


@lru_cache(maxsize=MAX_PREPARED)
def _ring(area: Area) -> Floats:
    if isinstance(area, CircleArea):
        bearings = np.arange(_CORNERS) * (360.0 / _CORNERS)
        centre = area.centre
        return surface_normal(*destination(centre.latitude_deg, centre.longitude_deg, bearings, area.radius_m))
    step = -(-len(area.vertices) // _MOST)
    kept = area.vertices[::step]
    return surface_normal(
        np.array([vertex.latitude_deg for vertex in kept]), np.array([vertex.longitude_deg for vertex in kept])
    )


def _spread(ring: Floats) -> float:
    return float(np.linalg.norm(ring - ring.mean(axis=0), axis=1).max())


def _flat(ring: Floats, up: Floats, axes: Floats) -> Floats:
    return np.asarray((ring @ axes.T) / (ring @ up)[:, None])


def _shared(one: Floats, other: Floats) -> Floats:
    """Corners of each ring in or on the other, and where their edges cross, shape (n, 2)."""
    found = [one[_in_or_on(one, other)], other[_in_or_on(other, one)], _crossings(one, other)]
    return np.concatenate(found)


def _in_or_on(points: Floats, ring: Floats) -> NDArray[np.bool_]:
    return np.asarray(_inside(points, ring) | (np.min(_to_edges(points, ring)[0], axis=1) < _ON))


def _inside(points: Floats, ring: Floats) -> NDArray[np.bool_]:
    low, high = ring[None, :, :], np.roll(ring, -1, axis=0)[None, :, :]
    x, y = points[:, None, 0], points[:, None, 1]
    spans = (low[..., 1] > y) != (high[..., 1] > y)
    rise = np.where(spans, high[..., 1] - low[..., 1], 1.0)
    meets = low[..., 0] + (y - low[..., 1]) * (high[..., 0] - low[..., 0]) / rise
    return np.asarray(np.count_nonzero(spans & (x < meets), axis=1) % 2 == 1)


def _crossings(one: Floats, other: Floats) -> Floats:
    start, along = one[:, None, :], (np.roll(one, -1, axis=0) - one)[:, None, :]
    at, edge = other[None, :, :], (np.roll(other, -1, axis=0) - other)[None, :, :]
    area = along[..., 0] * edge[..., 1] - along[..., 1] * edge[..., 0]
    parallel = area == 0.0
    safe = np.where(parallel, 1.0, area)
    offset = at - start
    part = (offset[..., 0] * edge[..., 1] - offset[..., 1] * edge[..., 0]) / safe
    there = (offset[..., 0] * along[..., 1] - offset[..., 1] * along[..., 0]) / safe
    hits = ~parallel & (part >= 0.0) & (part <= 1.0) & (there >= 0.0) & (there <= 1.0)
    return np.asarray((start + part[..., None] * along)[hits])


def _most_central(points: Floats, one: Floats, other: Floats) -> Floats:
    mean = points.mean(axis=0)
    if _inside(mean[None, :], one)[0] and _inside(mean[None, :], other)[0]:
        return np.asarray(mean)
    # The mean may lie outside areas that are not convex.
    away = np.linalg.norm(points - mean, axis=1)
    return np.asarray(points[int(np.argmin(away))])


def _between(one: Floats, other: Floats) -> Floats:
    gaps = []
    for corners, ring in ((one, other), (other, one)):
        away, feet = _to_edges(corners, ring)
        corner, edge = np.unravel_index(int(np.argmin(away)), away.shape)
        gaps.append((float(away[corner, edge]), (corners[corner] + feet[corner, edge]) / 2.0))
    return np.asarray(min(gaps, key=lambda gap: gap[0])[1])


def _to_edges(points: Floats, ring: Floats) -> tuple[Floats, Floats]:
    """Distances of points to each edge of a ring, shape (points, edges), and the nearest places on them."""
    start, along = ring[None, :, :], (np.roll(ring, -1, axis=0) - ring)[None, :, :]
    size = np.sum(along * along, axis=-1)
    part = np.clip(np.sum((points[:, None, :] - start) * along, axis=-1) / np.where(size > 0.0, size, 1.0), 0.0, 1.0)
    feet = start + part[..., None] * along
    return np.linalg.norm(points[:, None, :] - feet, axis=-1), feet


def _position(normal: Floats) -> Position:
    x, y, z = normal / np.linalg.norm(normal)
    return Position(
        latitude_deg=float(np.degrees(np.arctan2(z, np.hypot(x, y)))), longitude_deg=float(np.degrees(np.arctan2(y, x)))
    )
