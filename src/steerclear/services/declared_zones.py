"""Zones that parties have declared, as advice keeps clear of them beside those of the agreement.

What a party tells coarsely is kept clear of as coarsely; of a sealed zone nothing is known. A volume that is none is
left out, as everywhere. Heights that are not limited are taken as all heights.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Final

from steerclear.model.declared import DeclaredKind
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, Volume4D
from steerclear.model.zone import Circle, Polygon, Zone
from steerclear.services.exchange import Exchange
from steerclear.services.plan_events import read_items
from steerclear.services.plan_neighbours import declared_of
from steerclear.strategic.declaring import counts
from steerclear.strategic.faults import VolumeError
from steerclear.strategic.preparing import prepared

MAX_DECLARED_ZONES: Final = 2_000
"""Volumes of declared zones that one advice looks at."""


def declared_zones(exchange: Exchange, now_s: float) -> tuple[tuple[Zone, ...], int]:
    """Zones of all parties, ours too, that hold now or later; and how many volumes were too many. Raises StoreError."""
    found = list(_zones(exchange, now_s))
    return tuple(found[:MAX_DECLARED_ZONES]), max(0, len(found) - MAX_DECLARED_ZONES)


def _zones(exchange: Exchange, now_s: float) -> Iterator[Zone]:
    for standing in read_items(exchange.journal):
        if not standing.in_force(now_s):
            continue
        declared = declared_of(standing, reachable=True)
        if declared.kind is DeclaredKind.ZONE and counts(declared):
            for volume in declared.volumes:
                footprint = _footprint(volume)
                if footprint is not None and volume.until_s >= now_s:
                    yield _zone(standing.item_id, standing.title, standing.party, volume, footprint)


def _footprint(volume: Volume4D) -> Circle | Polygon | None:
    try:
        prepared(volume)
    except VolumeError:
        return None
    if isinstance(volume.area, CircleArea):
        centre = volume.area.centre
        return Circle(
            latitude_deg=centre.latitude_deg, longitude_deg=centre.longitude_deg, radius_m=volume.area.radius_m
        )
    return Polygon(vertices_deg=tuple((one.latitude_deg, one.longitude_deg) for one in volume.area.vertices))


def _zone(item_id: str, title: str, party: str, volume: Volume4D, footprint: Circle | Polygon) -> Zone:
    return Zone(
        zone_id=f"{title} ({item_id})" if title else item_id,
        name=title,
        party=party,
        footprint=footprint,
        lower_m=-inf if volume.lower_m is None else volume.lower_m,
        upper_m=inf if volume.upper_m is None else volume.upper_m,
        altitude_datum=volume.altitude_datum or AltitudeDatum.ELLIPSOID,
        from_s=volume.from_s,
        until_s=volume.until_s,
    )
