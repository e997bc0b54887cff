"""Rings on the globe as polygons on a map of longitude and latitude: cut at the antimeridian, closed over the poles.

Input: rings of points close enough together that a straight line on the map stands for the path between two (see
`outlines.follow_paths`). Output: simple polygons within -180..180 degrees of longitude, counter-clockwise, their first
point not repeated; together they are the area that the ring encloses on its smaller side. Numbers only, degrees.
Source: RFC 7946, sections 3.1.6 and 3.1.9, for what such polygons look like.
"""

import math
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.outlines import POLE_DEG
from steerclear.geodesy.wgs84 import surface_normal

Floats = NDArray[np.float64]

_SAME_DEG: Final = 2e-8
Point = tuple[float, float]
"""(longitude, latitude), the longitude perhaps beyond 180."""


def map_polygons(latitude_deg: Floats, longitude_deg: Floats) -> list[list[Point]]:
    """Return the polygons of a ring, as lists of (longitude, latitude)."""
    ring = _unrolled(latitude_deg, longitude_deg)
    turned_deg = ring[-1][0] - ring[0][0]
    if abs(turned_deg) > 180.0:
        # The ring goes around a pole: on the map it is closed along the map's upper or lower edge.
        pole = 90.0 if surface_normal(latitude_deg, longitude_deg)[:, 2].mean() >= 0.0 else -90.0
        ring += [(ring[-1][0], pole), (ring[0][0], pole)]
    else:
        ring.pop()
    found = []
    lowest, highest = min(x for x, _ in ring), max(x for x, _ in ring)
    for turn in range(int(np.floor((lowest + 180.0) / 360.0)), int(np.ceil((highest - 180.0) / 360.0)) + 1):
        middle = 360.0 * turn
        for part in _cut(ring, middle - 180.0, keep_left=False):
            for piece in _cut(part, middle + 180.0, keep_left=True):
                clean = _cleaned([(min(max(x - middle, -180.0), 180.0), y) for x, y in piece])
                if len(clean) >= 3 and abs(_doubled_area(clean)) > 1e-18:
                    found.append(clean if _doubled_area(clean) > 0.0 else clean[::-1])
    return found


def _unrolled(latitudes: Floats, longitudes: Floats) -> list[Point]:
    """The ring, its first point repeated, with longitudes that run on instead of jumping at 180."""
    count = len(latitudes)
    polar = np.abs(latitudes) > 90.0 - POLE_DEG
    known = longitudes.copy()
    points: list[tuple[float, float]] = []
    for index in range(count + 1):
        here = index % count
        if polar[here]:
            # The pole has every longitude: the ring comes up along one and leaves along another.
            pole = float(np.copysign(90.0, latitudes[here]))
            points += [(float(known[here - 1]), pole), (float(known[(here + 1) % count]), pole)]
        else:
            points.append((float(known[here]), float(latitudes[here])))
    if polar[0]:
        points.pop()
        points = [*points[1:], points[1]] if points[-1] != points[1] else points[1:]
    unrolled = [points[0]]
    for _, (longitude, latitude) in pairwise(points):
        before = unrolled[-1][0]
        step = (longitude - before + 180.0) % 360.0 - 180.0
        unrolled.append((before + step, latitude))
    return unrolled


def _cut(ring: list[Point], at: float, *, keep_left: bool) -> list[list[Point]]:
    """The parts of a simple polygon on one side of a meridian of the map, the meridian included."""
    sign = 1.0 if keep_left else -1.0
    inside = [sign * (x - at) <= 0.0 for x, _ in ring]
    if all(inside):
        return [ring]
    if not any(inside):
        return []
    chains, crossings = _chains(ring, inside, at)
    # Sorted along the meridian, the polygon lies between the first and the second crossing, the third and the fourth, …
    order = sorted(range(len(crossings)), key=lambda index: crossings[index][1])
    partner = {}
    for one, two in zip(order[::2], order[1::2], strict=True):
        partner[one], partner[two] = two, one
    starts = {chain[0]: index for index, chain in enumerate(chains)}
    if any(partner[chain[-1]] not in starts for chain in chains):
        return [_clamped(ring, at, sign)]
    found, left = [], set(range(len(chains)))
    while left:
        part: list[Point] = []
        index = min(left)
        while index in left:
            left.discard(index)
            begin, middle, end = chains[index][0], chains[index][1:-1], chains[index][-1]
            part += [crossings[begin], *(ring[point] for point in middle), crossings[end]]
            index = starts[partner[end]]
        found.append(part)
    return found


def _chains(ring: list[Point], inside: list[bool], at: float) -> tuple[list[list[int]], list[Point]]:
    """What lies inside as (first crossing, points of the ring …, last crossing), and where the crossings are."""
    count = len(ring)
    start = next(index for index in range(count) if inside[index] and not inside[index - 1])
    crossings: list[Point] = []
    chains: list[list[int]] = []
    for offset in range(count):
        index = (start + offset) % count
        before = (index - 1) % count
        if inside[index] != inside[before]:
            (x0, y0), (x1, y1) = ring[before], ring[index]
            crossings.append((at, y0 + (at - x0) / (x1 - x0) * (y1 - y0)))
            if inside[index]:
                chains.append([len(crossings) - 1])
            else:
                chains[-1].append(len(crossings) - 1)
        if inside[index]:
            chains[-1].append(index)
    before = (start - 1) % count
    if inside[before]:
        raise AssertionError("the ring begins where it enters")
    return chains, crossings


def _clamped(ring: list[Point], at: float, sign: float) -> list[Point]:
    """All of a polygon, what lies beyond the meridian pressed onto it: for polygons that touch themselves there."""
    return [(x if sign * (x - at) <= 0.0 else at, y) for x, y in ring]


def _cleaned(ring: list[Point]) -> list[Point]:
    """Without points that repeat the one before, or lie within 2 mm of it; a pole may stand there twice."""
    found: list[Point] = []
    for point in ring:
        if not found or not _one(found[-1], point):
            found.append(point)
    while len(found) > 1 and _one(found[-1], found[0]):
        found.pop()
    return found


def _one(point: Point, other: Point) -> bool:
    apart_deg = abs(point[1] - other[1]), abs(point[0] - other[0])
    shrunk = 1.0 if abs(point[1]) == 90.0 else math.cos(math.radians(point[1]))
    return apart_deg[0] < _SAME_DEG and apart_deg[1] * shrunk < _SAME_DEG


def _doubled_area(ring: list[Point]) -> float:
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True))
