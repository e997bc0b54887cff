"""The small values of F3548-21 that many messages share: identifiers, times, heights, areas and volumes of airspace.

Frame: WGS84 degrees, metres above the ellipsoid, UTC. A field that may be left out may as well be null: both are None
here. Unknown fields are ignored. What one field alone must satisfy is checked while it is read, so that a refusal names
its place; what ties fields together stands in `decode_volumes`. Source: the OpenAPI of ASTM F3548-21.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from steerclear.interfaces.f3548 import limits

UUID_V4: Final = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}\Z"
UUID_V7: Final = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-7[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}\Z"

EntityId = Annotated[str, msgspec.Meta(pattern=UUID_V4)]
SubscriptionId = EntityId
OvnSuffix = Annotated[str, msgspec.Meta(pattern=UUID_V7)]
Ovn = Annotated[str, msgspec.Meta(min_length=16, max_length=128)]
Key = Annotated[tuple[Ovn, ...], msgspec.Meta(max_length=limits.MAX_KEY_OVNS)]
UssUrl = Annotated[str, msgspec.Meta(max_length=limits.MAX_URL_CHARS, pattern=r"^https?://[^\s?#/]+([/?][^\s#]*)?\Z")]
"""A base URL: no fragment. Whether plain http will do is for the host to say.

The OpenAPI allows no trailing slash and means no query; InterUSS's tests send both. They are taken: a slash is for the
reader to strip, and one odd URL in a DSS's answer must not make the rest of it unreadable.
"""
Version = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
NotificationIndex = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every message: what is None is left out when it is written."""


class TimeFormat(StrEnum):
    """The one format of times."""

    RFC3339 = "RFC3339"


class Units(StrEnum):
    """The one unit of lengths."""

    METRES = "M"


class AltitudeReference(StrEnum):
    """The one datum of heights: the WGS84 ellipsoid."""

    W84 = "W84"


class Time(Wire, frozen=True):
    """A moment, RFC3339 with the zone Z; `times.read_time` turns it into seconds."""

    value: Annotated[str, msgspec.Meta(max_length=limits.MAX_TIME_CHARS)]
    format: TimeFormat


class Radius(Wire, frozen=True):
    """Distance along the ellipsoid from the centre of a circle."""

    value: Annotated[float, msgspec.Meta(gt=0)]
    units: Units


class Altitude(Wire, frozen=True):
    """Height above the WGS84 ellipsoid."""

    value: Annotated[float, msgspec.Meta(ge=-8_000, le=100_000)]
    reference: AltitudeReference
    units: Units


class LatLngPoint(Wire, frozen=True):
    """A point on the ground."""

    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lng: Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Polygon(Wire, frozen=True):
    """An area whose edges are shortest paths; the last vertex does not repeat the first."""

    vertices: Annotated[tuple[LatLngPoint, ...], msgspec.Meta(min_length=3)]


class Circle(Wire, frozen=True):
    """A circle; the OpenAPI leaves both fields optional, but neither means anything alone."""

    center: LatLngPoint | None = None
    radius: Radius | None = None


class Volume3D(Wire, frozen=True):
    """An upright prism over one outline."""

    outline_circle: Circle | None = None
    outline_polygon: Polygon | None = None
    altitude_lower: Altitude | None = None
    altitude_upper: Altitude | None = None


class Volume4D(Wire, frozen=True):
    """Airspace for a time."""

    volume: Volume3D
    time_start: Time | None = None
    time_end: Time | None = None


Volumes = Annotated[tuple[Volume4D, ...], msgspec.Meta(max_length=limits.MAX_VOLUMES)]
Extents = Annotated[tuple[Volume4D, ...], msgspec.Meta(min_length=1, max_length=limits.MAX_VOLUMES)]
