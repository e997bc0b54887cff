"""Zones as flat figures: when straight flights are inside a circle or polygon, its altitude band and its time window.

Frame: each zone has a plane that touches the WGS84 ellipsoid at the zone's middle; points of the ellipsoid are
projected onto it from the Earth's centre, so that great ellipses (polygon edges, flights) are straight lines, nothing
is special at the poles or the antimeridian, and a circle is a circle. Units: metres, seconds from now, m/s.
Symbols: c middle of the zone (Earth-centred); e, n, m its east, north and up; x, y in the plane; t seconds.
Bounds: closed; the edge, both altitude limits and both ends of the window belong to the zone.
What it costs: the edge of a polygon is a great ellipse instead of a geodesic, and the plane stretches lengths away from
its middle; both are covered by growing the figure by 1 m + 1e-4 of its radius. A flight is straight between its
projected ends and even in time, which moves an entry by less than 1 % of the time to it.
Source: gnomonic projection; segment intersection by signed areas; even-odd rule.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, hypot, inf, isfinite, radians, sin, sqrt, tan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import checked_kernel
from steerclear.geodesy.wgs84 import ECCENTRICITY_SQUARED, MEAN_RADIUS_M, SEMI_MAJOR_M
from steerclear.model.agreement import AreaOfAuthority
from steerclear.model.limits import MAX_ZONE_RADIUS_M, MAX_ZONE_VERTICES
from steerclear.model.zone import Circle, Zone
from steerclear.tactical.faults import PictureError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIGURE_WORDS: Final = 16
"""Of one zone: c (0-2), e (3-5), n (6-8), m (9-11), c.m (12), growth (13), bound (14), radius or 0 (15)."""

_FRONT: Final = 0.5
"""Only what is within 60 degrees of the zone's middle, seen from the Earth's centre, is projected."""


def foot(latitude_deg: float, longitude_deg: float) -> tuple[float, float, float]:
    """The Earth-centred point at height zero."""
    latitude, longitude = radians(latitude_deg), radians(longitude_deg)
    sin_lat = sin(latitude)
    prime = SEMI_MAJOR_M / sqrt(1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat)
    flat = prime * cos(latitude)
    return flat * cos(longitude), flat * sin(longitude), prime * (1.0 - ECCENTRICITY_SQUARED) * sin_lat


def figure_of(zone: Zone | AreaOfAuthority) -> tuple[Floats, Floats]:
    """The zone's, or area's, FIGURE_WORDS and its ring in the plane, (vertices, 2), empty for a circle.

    Raises PictureError for footprints that are too large, too detailed or not finite: the terms are at fault.
    """
    shape = zone.footprint
    name = f"zone {zone.zone_id!r}" if isinstance(zone, Zone) else f"area {zone.area_id!r}"
    if isinstance(shape, Circle):
        places = [(shape.latitude_deg, shape.longitude_deg)]
        if not 0.0 <= shape.radius_m <= MAX_ZONE_RADIUS_M:
            raise PictureError(f"{name}: radius_m {shape.radius_m!r}; give 0..{MAX_ZONE_RADIUS_M:g}")
    else:
        places = list(shape.vertices_deg)
        if not 3 <= len(places) <= MAX_ZONE_VERTICES:
            raise PictureError(f"{name}: {len(places)} vertices; give 3..{MAX_ZONE_VERTICES}")
    for latitude, longitude in places:
        if not (isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90.0 and abs(longitude) <= 360.0):
            raise PictureError(f"{name}: ({latitude!r}, {longitude!r}) is no place on the Earth")
    feet = np.array([foot(*place) for place in places])
    middle = feet.mean(axis=0)
    flat = hypot(middle[0], middle[1])
    if hypot(flat, middle[2]) < MEAN_RADIUS_M / 2.0:
        raise PictureError(f"{name}: its vertices are spread over the Earth; give a smaller polygon")
    sin_lon, cos_lon = (0.0, 1.0) if flat == 0.0 else (middle[1] / flat, middle[0] / flat)
    # Geocentric to geodetic latitude; the height of the middle does not matter, the plane only has to be near.
    up = np.array([middle[0], middle[1], middle[2] / (1.0 - ECCENTRICITY_SQUARED)])
    up /= np.linalg.norm(up)
    centre = _on_ellipsoid(up)
    east = np.array([-sin_lon, cos_lon, 0.0])
    north = np.cross(up, east)
    ring, radius = np.empty((0, 2)), 0.0
    if isinstance(shape, Circle):
        # From the Earth's centre the plane stretches a radius to R tan(r / R).
        radius = MEAN_RADIUS_M * tan(shape.radius_m / MEAN_RADIUS_M)
        extent = radius
    else:
        lift = (centre @ up) / (feet @ up)
        flat_feet = feet * lift[:, None] - centre
        ring = np.column_stack((flat_feet @ east, flat_feet @ north))
        extent = float(np.hypot(ring[:, 0], ring[:, 1]).max())
    growth = 1.0 + 1e-4 * extent
    if extent > 2.0 * MAX_ZONE_RADIUS_M:
        raise PictureError(f"{name} reaches {extent / 1000.0:.0f} km from its middle; split it")
    words = np.concatenate([centre, east, north, up, [centre @ up, growth, extent + growth, radius]])
    return words, ring


def _on_ellipsoid(up: Floats) -> Floats:
    prime = SEMI_MAJOR_M / sqrt(1.0 - ECCENTRICITY_SQUARED * up[2] * up[2])
    return np.array([prime * up[0], prime * up[1], prime * (1.0 - ECCENTRICITY_SQUARED) * up[2]])


def _near_segment(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    dx, dy = bx - ax, by - ay
    size = dx * dx + dy * dy
    f = 0.0 if size == 0.0 else min(max(((px - ax) * dx + (py - ay) * dy) / size, 0.0), 1.0)
    qx, qy = px - ax - f * dx, py - ay - f * dy
    return qx * qx + qy * qy


near_segment = checked_kernel(_near_segment)


def _inside_ring(px: float, py: float, ring: Floats, growth: float) -> bool:
    odd = False
    count = len(ring)
    for k in range(count):
        ax, ay = ring[k, 0], ring[k, 1]
        bx, by = ring[(k + 1) % count, 0], ring[(k + 1) % count, 1]
        if near_segment(px, py, ax, ay, bx, by) <= growth * growth:
            return True
        if (ay > py) != (by > py) and px < ax + (py - ay) * (bx - ax) / (by - ay):
            odd = not odd
    return odd


inside_ring: Callable[[float, float, Floats, float], bool] = checked_kernel(_inside_ring)
"""Whether a point of the plane is in the ring or within `growth` of its edge."""


def _crossings(x: float, y: float, dx: float, dy: float, ring: Floats, marks: Floats) -> int:
    # Parts of the flight (0..1) where it meets an edge, and where it is closest to the edge's ends: between two
    # successive ones it is inside throughout or outside throughout, up to the growth.
    count = len(ring)
    found = 0
    size = dx * dx + dy * dy
    if size == 0.0:
        return 0
    for k in range(count):
        ax, ay = ring[k, 0], ring[k, 1]
        ex, ey = ring[(k + 1) % count, 0] - ax, ring[(k + 1) % count, 1] - ay
        part = ((ax - x) * dx + (ay - y) * dy) / size
        if 0.0 < part < 1.0:
            marks[found] = part
            found += 1
        area = dx * ey - dy * ex
        if area != 0.0:
            part = ((ax - x) * ey - (ay - y) * ex) / area
            along = ((ax - x) * dy - (ay - y) * dx) / area
            if 0.0 < part < 1.0 and 0.0 <= along <= 1.0:
                marks[found] = part
                found += 1
    return found


crossings = checked_kernel(_crossings)


def _first_in_ring(
    x: float, y: float, dx: float, dy: float, ring: Floats, growth: float, low: float, high: float
) -> float:
    marks = np.empty(2 * len(ring) + 2)
    found = crossings(x, y, dx, dy, ring, marks)
    marks[found] = low
    marks[found + 1] = high
    ordered = np.sort(marks[: found + 2])
    for k in range(len(ordered)):
        at = ordered[k]
        if at < low or at > high:
            continue
        if inside_ring(x + at * dx, y + at * dy, ring, growth):
            return float(at)
        if k + 1 < len(ordered) and ordered[k + 1] <= high:
            middle = 0.5 * (at + ordered[k + 1])
            if inside_ring(x + middle * dx, y + middle * dy, ring, growth):
                return float(at)
    return np.inf


first_in_ring: Callable[[float, float, float, float, Floats, float, float, float], float] = checked_kernel(
    _first_in_ring
)


def _first_in_circle(x: float, y: float, dx: float, dy: float, radius: float, low: float, high: float) -> float:
    a = dx * dx + dy * dy
    b = x * dx + y * dy
    c = x * x + y * y - radius * radius
    if a == 0.0:
        return low if c <= 0.0 else np.inf
    root = b * b - a * c
    if root < 0.0:
        return np.inf
    first, last = (-b - sqrt(root)) / a, (-b + sqrt(root)) / a
    at = max(first, low)
    return at if at <= min(last, high) else np.inf


first_in_circle: Callable[[float, float, float, float, float, float, float], float] = checked_kernel(_first_in_circle)


def _band(altitude: float, up: float, lower: float, upper: float, lookahead: float) -> tuple[float, float]:
    if np.isnan(altitude):
        return 0.0, lookahead
    if up == 0.0:
        return (0.0, lookahead) if lower <= altitude <= upper else (inf, -inf)
    first, last = (lower - altitude) / up, (upper - altitude) / up
    return max(min(first, last), 0.0), min(max(first, last), lookahead)


band: Callable[[float, float, float, float, float], tuple[float, float]] = checked_kernel(_band)
"""Seconds during which a straight climb is within a band; an unknown altitude (NaN) is within it throughout."""


def _first_inside(
    start: Floats,
    end: Floats,
    figure: Floats,
    ring: Floats,
    window: tuple[float, float],
    lookahead: float,
) -> float:
    if window[0] > window[1]:
        return np.inf
    far = figure[14]
    near = 0.0
    reach = 0.0
    for k in range(3):
        near += (start[k] - figure[k]) ** 2
        reach += (end[k] - start[k]) ** 2
    if sqrt(near) > far + 1.01 * sqrt(reach):
        return np.inf
    up_start = start[0] * figure[9] + start[1] * figure[10] + start[2] * figure[11]
    up_end = end[0] * figure[9] + end[1] * figure[10] + end[2] * figure[11]
    if min(up_start, up_end) < _FRONT * figure[12]:
        return np.inf
    lift, drop = figure[12] / up_start, figure[12] / up_end
    x = y = dx = dy = 0.0
    for k in range(3):
        a, b = lift * start[k] - figure[k], drop * end[k] - figure[k]
        x += a * figure[3 + k]
        y += a * figure[6 + k]
        dx += b * figure[3 + k]
        dy += b * figure[6 + k]
    dx -= x
    dy -= y
    span = lookahead if lookahead > 0.0 else 1.0
    low, high = window[0] / span, window[1] / span
    if len(ring) == 0:
        return first_in_circle(x, y, dx, dy, figure[15] + figure[13], low, high) * span
    return first_in_ring(x, y, dx, dy, ring, figure[13], low, high) * span


first_inside: Callable[[Floats, Floats, Floats, Floats, tuple[float, float], float], float] = checked_kernel(
    _first_inside
)
"""Seconds until a flight from foot `start` to foot `end` (in `lookahead` s) is first in the figure within `window`."""
