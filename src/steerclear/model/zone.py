"""Zones: volumes of airspace that a party has declared, in space, altitude and time."""

from __future__ import annotations

import msgspec

from steerclear.model.track import AltitudeDatum


class Circle(msgspec.Struct, frozen=True, kw_only=True, tag="circle"):
    """A circle on the ellipsoid; its edge belongs to it."""

    latitude_deg: float
    longitude_deg: float
    radius_m: float


class Polygon(msgspec.Struct, frozen=True, kw_only=True, tag="polygon"):
    """A simple polygon on the ellipsoid; its edge belongs to it.

    Vertices as (latitude_deg, longitude_deg), the first not repeated at the end.
    """

    vertices_deg: tuple[tuple[float, float], ...]


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A declared zone; both altitude limits and both times are inclusive."""

    zone_id: str
    name: str
    party: str
    footprint: Circle | Polygon
    lower_m: float
    upper_m: float
    altitude_datum: AltitudeDatum
    from_s: float
    until_s: float
    dwell_s: float = 0.0
    """Time inside after which the presence becomes an alert of its own kind; 0 means at once."""
