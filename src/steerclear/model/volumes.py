"""Where and when: points, areas on the ground, and volumes of airspace, as plans and messages name them.

WGS84 latitude and longitude in degrees; metres; POSIX UTC seconds. All bounds belong to what they bound.
"""

from __future__ import annotations

import msgspec

from steerclear.model.track import AltitudeDatum


class Position(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A point on the WGS84 ellipsoid."""

    latitude_deg: float
    longitude_deg: float


class CircleArea(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False, tag="circle"):
    """A circle on the ellipsoid; its edge belongs to it."""

    centre: Position
    radius_m: float


class PolygonArea(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False, tag="polygon"):
    """A simple polygon on the ellipsoid; its edge belongs to it, its first vertex is not repeated."""

    vertices: tuple[Position, ...]


class Volume4D(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Airspace over an area for a time; all bounds belong to it. Without heights, from the ground upwards."""

    area: CircleArea | PolygonArea
    lower_m: float | None = None
    upper_m: float | None = None
    altitude_datum: AltitudeDatum | None = None
    from_s: float
    until_s: float
