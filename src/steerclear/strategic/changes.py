"""Plans changed: later, higher, to one side, trimmed. Nothing here looks at what stands in the way.

Metres, seconds, degrees. A shift turns all corners about one axis through the Earth's centre, so that the parts of a
plan stay as they lie to each other, also over a pole and across the antimeridian.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from steerclear.geodesy.paths import destination
from steerclear.geodesy.wgs84 import surface_normal
from steerclear.model.declared import Declared
from steerclear.model.resolution import Trim, TrimmedEdge
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D

Floats = NDArray[np.float64]


def delayed(volume: Volume4D, by_s: float) -> Volume4D:
    """A volume, later."""
    return replace(volume, from_s=volume.from_s + by_s, until_s=volume.until_s + by_s)


def raised(volume: Volume4D, by_m: float) -> Volume4D:
    """A volume, higher; a bound that it does not have stays away."""
    lower_m = None if volume.lower_m is None else volume.lower_m + by_m
    upper_m = None if volume.upper_m is None else volume.upper_m + by_m
    return replace(volume, lower_m=lower_m, upper_m=upper_m)


def trimmed(volume: Volume4D, trim: Trim) -> Volume4D:
    """A volume with one bound drawn in; one without that bound has none to draw in."""
    match trim.edge:
        case TrimmedEdge.START:
            return replace(volume, from_s=volume.from_s + trim.by_s)
        case TrimmedEdge.END:
            return replace(volume, until_s=volume.until_s - trim.by_s)
        case TrimmedEdge.TOP if volume.upper_m is not None:
            return replace(volume, upper_m=volume.upper_m - trim.by_m)
        case TrimmedEdge.BOTTOM if volume.lower_m is not None:
            return replace(volume, lower_m=volume.lower_m + trim.by_m)
    return volume


def with_trims(volumes: Sequence[Volume4D], trims: Sequence[Trim]) -> tuple[Volume4D, ...]:
    """Volumes after trims; those left out are gone."""
    by_volume: dict[int, list[Trim]] = {}
    for trim in trims:
        by_volume.setdefault(trim.volume, []).append(trim)
    left = []
    for number, volume in enumerate(volumes):
        changes = by_volume.get(number, [])
        if any(trim.edge is TrimmedEdge.WHOLE for trim in changes):
            continue
        for trim in changes:
            volume = trimmed(volume, trim)  # noqa: PLW2901 each trim works on what the one before has left
        left.append(volume)
    return tuple(left)


def with_volumes(plan: Declared, volumes: Sequence[Volume4D]) -> Declared:
    """A plan with other volumes, not yet notified."""
    return replace(plan, volumes=tuple(volumes), revised_s=None if plan.declared_s is None else plan.revised_s)


class Shift:
    """A shift of a whole plan in one direction, by any distance."""

    def __init__(self, volumes: Sequence[Volume4D], bearing_deg: float) -> None:
        self._middle = middle_of(volumes)
        self._bearing_deg = bearing_deg

    def moved(self, volume: Volume4D, by_m: float) -> Volume4D:
        """A volume, that far away."""
        turn = self._turn(by_m)
        area = volume.area
        if isinstance(area, CircleArea):
            return replace(volume, area=replace(area, centre=_turned([area.centre], turn)[0]))
        return replace(volume, area=PolygonArea(vertices=tuple(_turned(area.vertices, turn))))

    def _turn(self, by_m: float) -> Floats:
        """The rotation matrix that takes the plan's middle where the shift leads."""
        start = self._middle
        latitude, longitude = destination(start.latitude_deg, start.longitude_deg, self._bearing_deg, by_m)
        one = surface_normal(start.latitude_deg, start.longitude_deg)
        other = surface_normal(latitude, longitude)
        cross, cosine = np.cross(one, other), float(one @ other)
        skew = np.array([[0.0, -cross[2], cross[1]], [cross[2], 0.0, -cross[0]], [-cross[1], cross[0], 0.0]])
        return np.asarray(np.eye(3) + skew + skew @ skew / (1.0 + cosine))


def middle_of(volumes: Sequence[Volume4D]) -> Position:
    """The middle of all corners and centres of volumes."""
    points = [point for volume in volumes for point in _points(volume)]
    normals = surface_normal(
        np.array([point.latitude_deg for point in points]), np.array([point.longitude_deg for point in points])
    )
    return _position(normals.mean(axis=0))


def _points(volume: Volume4D) -> tuple[Position, ...]:
    area = volume.area
    return (area.centre,) if isinstance(area, CircleArea) else area.vertices


def _turned(points: Sequence[Position], turn: Floats) -> list[Position]:
    normals = surface_normal(
        np.array([point.latitude_deg for point in points]), np.array([point.longitude_deg for point in points])
    )
    return [_position(normal) for normal in normals @ turn.T]


def _position(normal: Floats) -> Position:
    x, y, z = normal
    return Position(
        latitude_deg=float(np.degrees(np.arctan2(z, np.hypot(x, y)))), longitude_deg=float(np.degrees(np.arctan2(y, x)))
    )
