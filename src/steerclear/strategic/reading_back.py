"""Coordinates read back in words: distance and bearing from a known place, and whether the words fit the coordinates.

A wrong digit in a coordinate is not seen; "9 km from the airfield" for what is 3 km from it is. Metres along the
shortest path on WGS84; degrees clockwise from north, from the place to the position.
Source of the case: a location notified several kilometres wrong (docs of the drills: Deir ez-Zor, 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt

import msgspec

from steerclear.geodesy.faults import NotConvergedError
from steerclear.geodesy.paths import distance_and_bearing
from steerclear.model.declared import StatedPlace
from steerclear.model.identifiers import folded
from steerclear.model.known_place import KnownPlace
from steerclear.model.plan_check import NearPlace
from steerclear.model.volumes import Position
from steerclear.strategic.limits import (
    BEARING_TOLERANCE_DEG,
    DISTANCE_TOLERANCE_M,
    DISTANCE_TOLERANCE_PART,
    SAME_PLACE_M,
)


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of a position, and what its coordinates say instead."""

    stated: StatedPlace
    distance_m: float
    bearing_deg: float


def read_back(position: Position, known_places: Sequence[KnownPlace]) -> NearPlace | None:
    """The nearest known place, with the distance and bearing from it to a position; None where no place is known.

    Of places equally near the first by name; a place that is nearly on the other side of the Earth is none.
    """
    nearest = min(
        ((*_from_place(place, position), place.name) for place in _about_nearest(position, known_places)),
        key=lambda found: (found[0], found[2]),
        default=None,
    )
    if nearest is None or nearest[0] == float("inf"):
        return None
    distance_m, bearing_deg, name = nearest
    return NearPlace(place=name, distance_m=distance_m, bearing_deg=bearing_deg)


def contradicts(stated: StatedPlace, known_places: Sequence[KnownPlace]) -> Mismatch | None:
    """What is wrong between the coordinates and the words of a position; None where they fit.

    They fit when the distance is right within a tenth or `DISTANCE_TOLERANCE_M`, whichever is more, and the bearing
    within `BEARING_TOLERANCE_DEG`; a bearing means nothing this close to the place (`SAME_PLACE_M`).

    Raises:
        KeyError: no place of that name is known.
    """
    place = next((place for place in known_places if folded(place.name) == folded(stated.place)), None)
    if place is None:
        raise KeyError(stated.place)
    distance_m, bearing_deg = _from_place(place, stated.position)
    allowed_m = max(DISTANCE_TOLERANCE_M, DISTANCE_TOLERANCE_PART * stated.distance_m)
    turn_deg = abs((bearing_deg - stated.bearing_deg + 180.0) % 360.0 - 180.0)
    close = min(distance_m, stated.distance_m) <= SAME_PLACE_M
    if abs(distance_m - stated.distance_m) <= allowed_m and (close or turn_deg <= BEARING_TOLERANCE_DEG):
        return None
    return Mismatch(stated=stated, distance_m=distance_m, bearing_deg=bearing_deg)


def _about_nearest(position: Position, known_places: Sequence[KnownPlace]) -> list[KnownPlace]:
    """The places of which one is the nearest: a sphere tells lengths to within a hundredth."""
    about = [_on_sphere(place.position, position) for place in known_places]
    most = 1.03 * min(about, default=0.0) + 1e-6
    return [place for place, angle in zip(known_places, about, strict=True) if angle <= most]


def _on_sphere(one: Position, other: Position) -> float:
    first, second = radians(one.latitude_deg), radians(other.latitude_deg)
    half = sin(radians(other.longitude_deg - one.longitude_deg) / 2.0)
    rise = sin((second - first) / 2.0)
    return 2.0 * asin(min(1.0, sqrt(rise * rise + cos(first) * cos(second) * half * half)))


def _from_place(place: KnownPlace, position: Position) -> tuple[float, float]:
    start, end = place.position, position
    try:
        distance_m, bearing_deg = distance_and_bearing(
            start.latitude_deg, start.longitude_deg, end.latitude_deg, end.longitude_deg
        )
    except NotConvergedError:
        return float("inf"), 0.0
    return float(distance_m), float(bearing_deg)
