"""Footprints: polygons and circles on the ellipsoid, checked and prepared once for all comparisons.

Frame: WGS84 latitude and longitude in degrees, height zero. Units: metres, square metres.
A polygon's edges are shortest paths on the ellipsoid; its inside is the smaller of the two areas that they bound,
whichever way round the vertices are given. The poles and the antimeridian are places like others.
Bounds: edges belong to the footprint. Edges are kept as pieces of great ellipses that leave the true edge by at most
`excess_m` (2 mm unless the polygon is longer than 45,000 km round); comparisons allow for it towards reporting.
Source: ASTM F3548-21 (what a polygon is); `planes`, `rings` and `geodesics` for the methods.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy import limits, planes, rings
from steerclear.geodesy.faults import FootprintError
from steerclear.geodesy.geodesics import place_on_path
from steerclear.geodesy.preparing import Refusal, prepared

Floats = NDArray[np.float64]

FOOTPRINT_WORDS: Final = planes.PLANE_WORDS + 3
"""A plane's words, then radius (13), reach (14), excess (15)."""


class Footprint(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """An area on the ellipsoid, prepared for comparison; made by `polygon_footprint` and `circle_footprint`.

    Nothing writes to its arrays. (Arrays that cannot be written to would have every kernel compiled twice.)

    Attributes:
        words: FOOTPRINT_WORDS numbers: the plane that touches at the middle; radius (0 for a polygon); a bound of how
            far anything of it is from the middle; how far its kept edges may leave the true ones.
        flat: the ring in that plane, shape (2, n), anticlockwise; the one point (0, 0) for a circle.
        vertices: number of vertices given; 0 for a circle.
        area_m2: area on the ellipsoid.
        perimeter_m: length of the edge.
    """

    words: Floats
    flat: Floats
    vertices: int
    area_m2: float
    perimeter_m: float

    @property
    def radius_m(self) -> float:
        """The circle's radius; 0 for a polygon."""
        return float(self.words[13])

    @property
    def reach_m(self) -> float:
        """Nothing of the footprint is farther than this from its middle."""
        return float(self.words[14])

    @property
    def excess_m(self) -> float:
        """The kept edges leave the true ones by at most this."""
        return float(self.words[15])

    @property
    def middle_deg(self) -> tuple[float, float]:
        """Latitude and longitude of the middle (the centre of a circle)."""
        latitude, longitude = planes.degrees_of(*self.words[0:3])
        return float(latitude), float(longitude)


def check_place(latitude_deg: float, longitude_deg: float, where: str) -> None:
    """Refuse what is no place on the Earth; `where` says what it was meant for.

    Raises:
        FootprintError: a latitude or longitude that is no number or out of range.
    """
    if not (math.isfinite(latitude_deg) and abs(latitude_deg) <= 90.0):
        raise FootprintError(f"{where}: latitude {latitude_deg!r} does not lie in -90..90 degrees")
    if not (math.isfinite(longitude_deg) and -180.0 <= longitude_deg <= 360.0):
        raise FootprintError(f"{where}: longitude {longitude_deg!r} does not lie in -180..180 degrees")


def _given(latitude_deg: Sequence[float] | Floats, longitude_deg: Sequence[float] | Floats) -> tuple[Floats, Floats]:
    if len(latitude_deg) != len(longitude_deg):
        raise FootprintError("a polygon needs as many latitudes as longitudes")
    count = len(latitude_deg)
    if count < 3:
        raise FootprintError(f"the polygon has {count} vertices; it needs at least 3")
    if count > limits.MAX_VERTICES:
        raise FootprintError(f"the polygon has {count} vertices; at most {limits.MAX_VERTICES} are allowed")
    latitude, longitude = np.array(latitude_deg, np.float64), np.array(longitude_deg, np.float64)
    # Longitude 180 and -180 are one place; up to 360 is for those who count from 0.
    good = (np.abs(latitude) <= 90.0) & (longitude >= -180.0) & (longitude <= 360.0)
    if not good.all():
        first = int(np.argmin(good))
        check_place(float(latitude[first]), float(longitude[first]), f"vertex {first + 1}")
    return latitude, longitude


def _sentence(refusal: Refusal, one: int, other: int, count: int) -> str:
    """Put a refusal into words; vertices are counted from 1 there."""
    first, second = sorted((one + 1, other + 1))
    if refusal is Refusal.SAME_PLACE:
        if (first, second) == (1, count):
            return f"the last vertex repeats the first: leave vertex {second} out, the polygon closes by itself"
        return f"vertices {first} and {second} are the same place; every vertex may be given once"
    return {
        Refusal.TOO_LARGE: f"the polygon reaches farther than {limits.MAX_REACH_M / 1000.0:,.0f} km from its middle; "
        "divide it",
        Refusal.TOO_LONG: f"the polygon is longer than {limits.MAX_PERIMETER_M / 1000.0:,.0f} km round; divide it",
        Refusal.CROSSING: f"the polygon's edges after vertices {first} and {second} cross or touch; "
        "they may meet at vertices only",
        Refusal.NO_AREA: "the polygon has no area: its vertices lie on one line",
        Refusal.FOLD: f"the polygon's edges at vertex {one + 1} run back over each other",
    }[refusal]


def polygon_footprint(latitude_deg: Sequence[float] | Floats, longitude_deg: Sequence[float] | Floats) -> Footprint:
    """Return the footprint of a polygon; the last vertex is joined to the first.

    Args:
        latitude_deg: latitudes of the vertices, shape (n,), 3 to MAX_VERTICES.
        longitude_deg: their longitudes, -180 to 180 (0 to 360 is understood).

    Raises:
        FootprintError: too few or too many vertices, no places, a place twice, crossing or touching edges, no area,
            too large; the message says which.
    """
    latitude, longitude = _given(latitude_deg, longitude_deg)
    words = np.empty(FOOTPRINT_WORDS)
    refusal, one, other, area, perimeter, flat = prepared(latitude, longitude, words)
    if refusal:
        raise FootprintError(_sentence(Refusal(refusal), one, other, len(latitude)))
    return Footprint(words=words, flat=flat, vertices=len(latitude), area_m2=area, perimeter_m=perimeter)


def circle_footprint(latitude_deg: float, longitude_deg: float, radius_m: float) -> Footprint:
    """Return the footprint of all places within a distance of a centre.

    Raises:
        FootprintError: no place, or a radius outside MIN_RADIUS_M..MAX_RADIUS_M.
    """
    check_place(latitude_deg, longitude_deg, "the centre")
    if not limits.MIN_RADIUS_M <= radius_m <= limits.MAX_RADIUS_M:
        raise FootprintError(
            f"radius {radius_m!r} m: a circle's radius lies in {limits.MIN_RADIUS_M:g}..{limits.MAX_RADIUS_M:,.0f} m"
        )
    plane = np.empty(FOOTPRINT_WORDS)
    planes.touch(*planes.foot(latitude_deg, longitude_deg), plane)
    plane[13], plane[14], plane[15] = radius_m, radius_m, 0.0
    flat = np.zeros((2, 1))
    area, perimeter = _disc(plane, radius_m)
    return Footprint(words=plane, flat=flat, vertices=0, area_m2=area, perimeter_m=perimeter)


_SMALL_CIRCLE_M: Final = 50_000.0


def _disc(plane: Floats, radius_m: float) -> tuple[float, float]:
    x, y, z = plane[0:3]
    along = planes.normal_radius(x, y, z, *plane[6:9])
    across = planes.normal_radius(x, y, z, *plane[3:6])
    if radius_m <= _SMALL_CIRCLE_M:
        # Series in the curvature at the centre; what is left out is below 1e-9 of the whole here.
        bend = radius_m * radius_m / (along * across)
        area = math.pi * radius_m**2 * (1.0 - bend / 12.0 + bend * bend / 360.0)
        return area, 2.0 * math.pi * radius_m * (1.0 - bend / 6.0)
    coarse, fine = _many_sided(plane, radius_m, 360), _many_sided(plane, radius_m, 720)
    # What many-sided figures lack falls with the square of their sides.
    return (4.0 * fine[0] - coarse[0]) / 3.0, (4.0 * fine[1] - coarse[1]) / 3.0


def _many_sided(plane: Floats, radius_m: float, sides: int) -> tuple[float, float]:
    bearings = np.linspace(0.0, 2.0 * math.pi, sides, endpoint=False)
    x, y, z = plane[0:3]
    ring = np.array([place_on_path(x, y, z, bearing, radius_m) for bearing in bearings])
    flat, _ = rings.lay_flat(plane, ring)
    return abs(float(rings.signed_area_m2(plane, flat))), float(rings.edges_of(ring)[:, 0].sum())
