"""Volumes of the wire as volumes of `model`, and back. Every rule that ties fields together is checked here, once.

Frame: WGS84 degrees, metres above the ellipsoid, POSIX UTC seconds, all bounds closed. Whether an outline is a sound
one (crossing edges, repeated vertices, size) is for `strategic.volumes.prepare` to say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Flag, auto

import msgspec

from steerclear.interfaces.f3548 import wire_values as wire
from steerclear.interfaces.f3548.limits import MAX_VERTICES
from steerclear.interfaces.f3548.times import TimeError, read_time, write_time
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D


class VolumeRefusedError(ValueError):
    """A volume that breaks a rule of F3548-21; the text names the field."""


class Needs(Flag):
    """What a volume must have beside an outline."""

    NOTHING = 0
    TIMES = auto()
    ALTITUDES = auto()
    MOMENT_WILL_DO = auto()
    """Its end may be its start: what is there now?"""


class Span(msgspec.Struct, frozen=True):
    """A volume whose times may be open; None where nothing was said."""

    volume: Volume4D
    """Its times are infinite where they are open."""
    from_s: float | None
    until_s: float | None


def read_volumes(
    volumes: Sequence[wire.Volume4D], needs: Needs, not_before_s: float | None = None, name: str = "extents"
) -> tuple[Volume4D, ...]:
    """Volumes of the model. With `not_before_s` not all may end before that time. Raises VolumeRefusedError."""
    _check_vertices(volumes, name)
    read = [_read(volume, needs, f"{name}[{index}]") for index, volume in enumerate(volumes)]
    if not_before_s is not None and read and all(one.volume.until_s < not_before_s for one in read):
        raise VolumeRefusedError(f"{name}: time_end is in the past")
    return tuple(one.volume for one in read)


def read_volume(volume: wire.Volume4D, needs: Needs, name: str = "extents") -> Span:
    """One volume, perhaps with open times. Raises VolumeRefusedError."""
    _check_vertices((volume,), name)
    return _read(volume, needs, name)


def write_volume(volume: Volume4D) -> wire.Volume4D:
    """A volume for the wire. Raises VolumeRefusedError when its heights are not above the ellipsoid."""
    if volume.altitude_datum not in (None, AltitudeDatum.ELLIPSOID):
        raise VolumeRefusedError(f"F3548-21 knows heights above the ellipsoid only, not {volume.altitude_datum}")
    circle = polygon = None
    if isinstance(volume.area, CircleArea):
        radius = wire.Radius(value=volume.area.radius_m, units=wire.Units.METRES)
        circle = wire.Circle(center=_write_point(volume.area.centre), radius=radius)
    else:
        polygon = wire.Polygon(vertices=tuple(_write_point(vertex) for vertex in volume.area.vertices))
    prism = wire.Volume3D(
        outline_circle=circle,
        outline_polygon=polygon,
        altitude_lower=_write_height(volume.lower_m),
        altitude_upper=_write_height(volume.upper_m),
    )
    return wire.Volume4D(
        volume=prism,
        time_start=write_time(volume.from_s) if math.isfinite(volume.from_s) else None,
        time_end=write_time(volume.until_s) if math.isfinite(volume.until_s) else None,
    )


def _check_vertices(volumes: Sequence[wire.Volume4D], name: str) -> None:
    polygons = (volume.volume.outline_polygon for volume in volumes)
    vertices = sum(len(polygon.vertices) for polygon in polygons if polygon is not None)
    if vertices > MAX_VERTICES:
        raise VolumeRefusedError(f"{name}: {vertices:,} vertices together; the limit is {MAX_VERTICES:,}")


def _read(volume: wire.Volume4D, needs: Needs, where: str) -> Span:
    prism = volume.volume
    lower_m = None if prism.altitude_lower is None else prism.altitude_lower.value
    upper_m = None if prism.altitude_upper is None else prism.altitude_upper.value
    if Needs.ALTITUDES in needs and (lower_m is None or upper_m is None):
        raise VolumeRefusedError(f"{where}.volume: altitude_lower and altitude_upper are both needed")
    if lower_m is not None and upper_m is not None and lower_m > upper_m:
        raise VolumeRefusedError(f"{where}.volume: altitude_lower {lower_m} m is above altitude_upper {upper_m} m")
    from_s, until_s = _seconds(volume.time_start, f"{where}.time_start"), _seconds(volume.time_end, f"{where}.time_end")
    if Needs.TIMES in needs and (from_s is None or until_s is None):
        raise VolumeRefusedError(f"{where}: time_start and time_end are both needed")
    if from_s is not None and until_s is not None and _ends_early(from_s, until_s, needs):
        raise VolumeRefusedError(f"{where}: time_start must be before time_end")
    read = Volume4D(
        area=_area(prism, where),
        lower_m=lower_m,
        upper_m=upper_m,
        altitude_datum=AltitudeDatum.ELLIPSOID if lower_m is not None or upper_m is not None else None,
        from_s=-math.inf if from_s is None else from_s,
        until_s=math.inf if until_s is None else until_s,
    )
    return Span(read, from_s, until_s)


def _ends_early(from_s: float, until_s: float, needs: Needs) -> bool:
    return from_s > until_s or (from_s == until_s and Needs.MOMENT_WILL_DO not in needs)


def _area(prism: wire.Volume3D, where: str) -> CircleArea | PolygonArea:
    circle, polygon = prism.outline_circle, prism.outline_polygon
    if (circle is None) == (polygon is None):
        both = "not both" if circle is not None else "there is none"
        raise VolumeRefusedError(f"{where}.volume: exactly one of outline_circle and outline_polygon, {both}")
    if polygon is not None:
        return PolygonArea(vertices=tuple(_read_point(vertex) for vertex in polygon.vertices))
    assert circle is not None  # noqa: S101 narrows the type: one of the two is there
    if circle.center is None or circle.radius is None:
        raise VolumeRefusedError(f"{where}.volume.outline_circle: center and radius are both needed")
    return CircleArea(centre=_read_point(circle.center), radius_m=circle.radius.value)


def _seconds(time: wire.Time | None, where: str) -> float | None:
    if time is None:
        return None
    try:
        return read_time(time)
    except TimeError as error:
        raise VolumeRefusedError(f"{where}: {error}") from None


def _read_point(point: wire.LatLngPoint) -> Position:
    return Position(latitude_deg=point.lat, longitude_deg=point.lng)


def _write_point(position: Position) -> wire.LatLngPoint:
    return wire.LatLngPoint(lat=position.latitude_deg, lng=position.longitude_deg)


def _write_height(height_m: float | None) -> wire.Altitude | None:
    if height_m is None:
        return None
    return wire.Altitude(value=height_m, reference=wire.AltitudeReference.W84, units=wire.Units.METRES)
