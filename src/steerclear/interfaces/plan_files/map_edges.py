"""Edges that are straight lines on a map of longitude and latitude (RFC 7946), as chains of shortest paths.

Between two positions the straight line of such a map and the shortest path on the ellipsoid are different lines: on a
100 km edge along the 46th parallel they lie 200 m apart. Points are added on the map's line until the shortest paths
between them stay within a tolerance of it. Units: degrees and metres.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.faults import GeodesyError
from steerclear.geodesy.paths import distance_and_bearing
from steerclear.geodesy.wgs84 import MEAN_RADIUS_M
from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.model.volumes import Position

Floats = NDArray[np.float64]

_FRACTIONS = (0.25, 0.5, 0.75)
_SAFETY = 1.5
"""On the estimate of how far apart the two lines are, which looks at three points of an edge."""


class MapLine(msgspec.Struct, frozen=True):
    """Points that follow the map's lines."""

    points: tuple[Position, ...]
    added: int
    apart_m: float
    """How far the shortest paths between the points may lie from the map's lines, at most."""
    across: bool
    """An edge spans more than half the globe in longitude and was taken the other way round."""


def follow_map(
    points: Sequence[Position],
    place: str,
    *,
    closed: bool,
    at_most: int = limits.MAX_VERTICES,
    tolerance_m: float = limits.EDGE_TOLERANCE_M,
) -> MapLine:
    """Add points to a line, or to a ring that does not repeat its first position.

    Args:
        points: in order.
        place: how the line is named in an error.
        closed: whether there is an edge from the last point to the first.
        at_most: points of the result; with more the tolerance is widened, as far as it must.
        tolerance_m: how near the shortest paths are to stay to the map's lines.

    Raises:
        PlanFileError: an edge goes all around the globe.
    """
    latitudes = np.array([each.latitude_deg for each in points])
    longitudes = np.array([each.longitude_deg for each in points])
    to_latitudes, to_longitudes = np.roll(latitudes, -1), np.roll(longitudes, -1)
    if not closed:
        latitudes, longitudes = latitudes[:-1], longitudes[:-1]
        to_latitudes, to_longitudes = to_latitudes[:-1], to_longitudes[:-1]
    raw_deg = to_longitudes - longitudes
    polar = (np.abs(latitudes) == 90.0) & (latitudes == to_latitudes)
    round_it = np.flatnonzero((np.abs(raw_deg) == 360.0) & ~polar & (latitudes == to_latitudes))
    if len(round_it):
        raise PlanFileError(f"{place}[{round_it[0]}]", "the edge goes around the globe; put points on it")
    span_deg = (raw_deg + 180.0) % 360.0 - 180.0
    span_deg = np.where(polar, 0.0, span_deg)
    apart_m = _apart_m(latitudes, longitudes, to_latitudes, span_deg, place)
    while True:
        parts = np.maximum(1, np.ceil(np.sqrt(apart_m / tolerance_m))).astype(int)
        if int(parts.sum()) + 1 <= at_most or bool(np.all(parts == 1)):
            break
        tolerance_m *= 2.0
    found: list[Position] = []
    for index, count in enumerate(parts.tolist()):
        found.append(points[index])
        for step in range(1, count):
            share = step / count
            found.append(
                Position(
                    latitude_deg=float(latitudes[index] + share * (to_latitudes[index] - latitudes[index])),
                    longitude_deg=float((longitudes[index] + share * span_deg[index] + 180.0) % 360.0 - 180.0),
                )
            )
    if not closed:
        found.append(points[-1])
    across = bool(np.any((np.abs(raw_deg) > 180.0) & (np.abs(raw_deg) < 360.0) & ~polar))
    rest_m = float(np.max(apart_m / parts**2, initial=0.0))
    return MapLine(tuple(found), len(found) - len(points), rest_m, across)


def _apart_m(latitudes: Floats, longitudes: Floats, to_latitudes: Floats, span_deg: Floats, place: str) -> Floats:
    """How far each edge's map line lies from its shortest path."""
    try:
        _, along_deg = distance_and_bearing(latitudes, longitudes, to_latitudes, longitudes + span_deg)
        worst = np.zeros_like(latitudes)
        for share in _FRACTIONS:
            at_m, at_deg = distance_and_bearing(
                latitudes,
                longitudes,
                latitudes + share * (to_latitudes - latitudes),
                longitudes + share * span_deg,
            )
            across = np.sin(at_m / MEAN_RADIUS_M) * np.sin(np.radians(at_deg - along_deg))
            worst = np.maximum(worst, np.abs(np.arcsin(across)) * MEAN_RADIUS_M)
    except GeodesyError as fault:
        raise PlanFileError(place, f"{fault}; put points on the edge") from None
    return np.asarray(worst * _SAFETY)


def without_polar_spikes(points: Sequence[Position]) -> list[Position]:
    """A ring without the detour to a pole and back along one meridian, by which maps close what contains a pole.

    On a map a pole is a whole edge; on the globe it is one place, so of several vertices there in a row one is left.
    """
    ring: deque[Position] = deque()
    for each in points:
        if ring and _one_pole(ring[-1], each):
            continue
        if len(ring) > 1 and _is_pole(ring[-1]) and _one_place(ring[-2], each):
            ring.pop()
        else:
            ring.append(each)
    while len(ring) > 3:
        if _one_pole(ring[-1], ring[0]):
            ring.pop()
        elif _is_pole(ring[-1]) and _one_place(ring[-2], ring[0]):
            ring.pop()
            ring.pop()
        elif _is_pole(ring[0]) and _one_place(ring[-1], ring[1]):
            ring.popleft()
            ring.pop()
        else:
            break
    return list(ring)


def _is_pole(one: Position) -> bool:
    return abs(one.latitude_deg) == 90.0


def _one_pole(one: Position, other: Position) -> bool:
    return _is_pole(one) and one.latitude_deg == other.latitude_deg


def _one_place(one: Position, other: Position) -> bool:
    apart_deg = math.fmod(one.longitude_deg - other.longitude_deg, 360.0)
    return one.latitude_deg == other.latitude_deg and apart_deg == 0.0
