"""From where positions are read back: the places that the agreement names, else the middles of its areas and zones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain

import numpy as np

from steerclear.geodesy.wgs84 import ecef_to_geodetic, geodetic_to_ecef
from steerclear.model.agreement import Agreement, AreaOfAuthority
from steerclear.model.identifiers import folded
from steerclear.model.known_place import KnownPlace
from steerclear.model.limits import MAX_PLACES
from steerclear.model.volumes import CircleArea, PolygonArea, Position
from steerclear.model.zone import Circle, Polygon, Zone


def known_places(agreement: Agreement) -> tuple[KnownPlace, ...]:
    """Places by which positions are told under an agreement, at most `MAX_PLACES`.

    Where it names none, the middles of its areas, then of its zones; a name that stands for several of these is left
    out, because nobody could tell which is meant.
    """
    if agreement.places:
        return agreement.places
    found = tuple(_middles(agreement))
    times = Counter(folded(place.name) for place in found)
    return tuple(place for place in found if times[folded(place.name)] == 1)[:MAX_PLACES]


def middle_of(area: CircleArea | PolygonArea) -> Position:
    """The middle of an area: a circle's centre, else the middle of its corners."""
    if isinstance(area, CircleArea):
        return area.centre
    return _middle_of_corners([(corner.latitude_deg, corner.longitude_deg) for corner in area.vertices])


def _middles(agreement: Agreement) -> Iterator[KnownPlace]:
    for named in chain[AreaOfAuthority | Zone](agreement.areas, agreement.zones):
        yield KnownPlace(name=f"the middle of {named.name}", position=_middle_of_footprint(named.footprint))


def _middle_of_footprint(footprint: Circle | Polygon) -> Position:
    if isinstance(footprint, Circle):
        return Position(latitude_deg=footprint.latitude_deg, longitude_deg=footprint.longitude_deg)
    return _middle_of_corners(footprint.vertices_deg)


def _middle_of_corners(corners_deg: list[tuple[float, float]] | tuple[tuple[float, float], ...]) -> Position:
    corners = np.array(corners_deg, dtype=np.float64)
    feet = geodetic_to_ecef(corners[:, 0], corners[:, 1])
    # Not the mean of the corners: many of them on one side would pull it there.
    latitude, longitude, _ = ecef_to_geodetic((feet.min(axis=0) + feet.max(axis=0)) / 2.0)
    return Position(latitude_deg=float(latitude), longitude_deg=float(longitude))
