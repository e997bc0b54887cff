"""Zones, areas, plans, sites and movements: those that the agreement names, and those that each side knew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from steerclear.model.agreement import Agreement
from steerclear.model.vocabulary import Disclosure
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.model.zone import Circle, Polygon
from steerclear.services.joint.side import Side
from steerclear.services.joint.timeline import PlaceShown


def joint_places(sides: Sequence[Side]) -> tuple[PlaceShown, ...]:
    """All of them, those of the agreement first."""
    agreed = list(_agreed(sides[0].versions.newest.agreement))
    declared = [place for side in sides for place in _declared(side)]
    return tuple(agreed + _merged(declared))


def _merged(places: list[PlaceShown]) -> list[PlaceShown]:
    """What two sides know alike is one place known to both; what they know differently stands twice."""
    found: dict[object, PlaceShown] = {}
    for place in places:
        key = place.item_id, place.party, place.title, place.volumes
        held = found.get(key)
        known_to = place.known_to if held is None else tuple(sorted({*held.known_to, *place.known_to}))
        found[key] = msgspec.structs.replace(held or place, known_to=known_to)
    return list(found.values())


def _agreed(agreement: Agreement) -> Iterator[PlaceShown]:
    everyone = tuple(party.party_id for party in agreement.parties)
    for zone in agreement.zones:
        heights = (zone.lower_m, zone.upper_m, zone.from_s, zone.until_s)
        yield PlaceShown(
            known_to=everyone,
            kind="agreed zone",
            item_id=zone.zone_id,
            title=zone.name,
            party=zone.party,
            volumes=(_volume(zone.footprint, *heights, zone.altitude_datum),),
        )
    for area in agreement.areas:
        heights = (area.lower_m, area.upper_m, area.from_s, area.until_s)
        yield PlaceShown(
            known_to=everyone,
            kind="area of authority, disputed" if area.disputed else "area of authority",
            item_id=area.area_id,
            title=area.name,
            party=", ".join(area.claimed_by),
            volumes=(_volume(area.footprint, *heights, area.altitude_datum),),
        )


def _volume(
    footprint: Circle | Polygon, lower_m: float, upper_m: float, from_s: float, until_s: float, datum: object
) -> Volume4D:
    area: CircleArea | PolygonArea
    if isinstance(footprint, Circle):
        centre = Position(latitude_deg=footprint.latitude_deg, longitude_deg=footprint.longitude_deg)
        area = CircleArea(centre=centre, radius_m=footprint.radius_m)
    else:
        corners = (Position(latitude_deg=lat, longitude_deg=lon) for lat, lon in footprint.vertices_deg)
        area = PolygonArea(vertices=tuple(corners))
    return Volume4D(
        area=area,
        lower_m=lower_m,
        upper_m=upper_m,
        altitude_datum=datum,  # type: ignore[arg-type]
        from_s=from_s,
        until_s=until_s,
    )


def _declared(side: Side) -> Iterator[PlaceShown]:
    for item in side.items:
        short_s = None if item.notice is None else item.notice.short_by_s
        yield PlaceShown(
            known_to=(side.party,),
            kind=str(item.subject).replace("_", " "),
            item_id=item.item_id,
            title=item.title,
            party=item.party,
            disclosure="" if item.disclosure is Disclosure.FULL else str(item.disclosure),
            volumes=item.volumes,
            announced_s=item.announced_s,
            short_by_s=short_s,
        )
