"""The places of an agreement file: places known by name, declared zones and areas of authority."""

from __future__ import annotations

from typing import Any, TypeVar

from steerclear.interfaces.agreement_file.fields import Table, no_two
from steerclear.interfaces.agreement_file.quantities import DURATION_S, HEIGHT_M, LENGTH_M
from steerclear.interfaces.agreement_file.readers import (
    identifier,
    literally,
    position,
    printable,
    quantity,
    several_different,
    utc_time,
    word_of,
)
from steerclear.model import limits
from steerclear.model.agreement import AreaOfAuthority
from steerclear.model.identifiers import folded
from steerclear.model.known_place import KnownPlace
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import Position
from steerclear.model.zone import Circle, Polygon, Zone

MAX_HEIGHT_M = 100_000.0
Place = TypeVar("Place", Zone, AreaOfAuthority)


def read_known_places(document: Table) -> tuple[KnownPlace, ...]:
    """All places that are known by name. Raises AgreementError, also for two that sound the same when read aloud."""
    tables = document.tables("places", limits.MAX_PLACES)
    places = tuple(_known_place(table) for table in tables)
    no_two([(table, folded(place.name)) for table, place in zip(tables, places, strict=True)], "name")
    return places


def read_zones(document: Table, party_ids: set[str]) -> tuple[Zone, ...]:
    """All declared zones. Raises AgreementError."""
    tables = document.tables("zones", limits.MAX_ZONES)
    zones = tuple(_zone(table, party_ids) for table in tables)
    no_two([(table, zone.zone_id) for table, zone in zip(tables, zones, strict=True)], "id")
    return zones


def read_areas(document: Table, party_ids: set[str]) -> tuple[AreaOfAuthority, ...]:
    """All areas of authority. Raises AgreementError."""
    tables = document.tables("areas", limits.MAX_AREAS)
    areas = tuple(_area(table, party_ids) for table in tables)
    no_two([(table, area.area_id) for table, area in zip(tables, areas, strict=True)], "id")
    return areas


def _known_place(table: Table) -> KnownPlace:
    name = table.take("name", printable())
    latitude, longitude = table.take("at", position)
    table.nothing_left()
    return KnownPlace(name=name, position=Position(latitude_deg=latitude, longitude_deg=longitude))


def _zone(table: Table, party_ids: set[str]) -> Zone:
    zone = Zone(
        footprint=_footprint(table, "a zone", limits.MAX_ZONE_VERTICES),
        zone_id=table.take("id", identifier),
        name=table.take("name", printable()),
        party=table.take("party", identifier),
        lower_m=table.take("lower", quantity(HEIGHT_M, MAX_HEIGHT_M, zero=True)),
        upper_m=table.take("upper", quantity(HEIGHT_M, MAX_HEIGHT_M)),
        altitude_datum=table.take("altitude_datum", word_of(AltitudeDatum)),
        from_s=table.take("from", utc_time),
        until_s=table.take("until", utc_time),
        dwell_s=table.take("dwell", quantity(DURATION_S, 86_400.0, zero=True), 0.0),
    )
    _known_parties(table, "party", (zone.party,), party_ids)
    return _bounded(table, zone)


def _area(table: Table, party_ids: set[str]) -> AreaOfAuthority:
    from steerclear.interfaces.agreement_file.overlap import reach_m  # noqa: PLC0415 numpy takes time to load

    area = AreaOfAuthority(
        footprint=_footprint(table, "an area", limits.MAX_AREA_VERTICES),
        area_id=table.take("id", identifier),
        name=table.take("name", printable()),
        claimed_by=table.take("claimed_by", several_different(limits.MAX_PARTIES, identifier, 1)),
        lower_m=table.take("lower", quantity(HEIGHT_M, MAX_HEIGHT_M, zero=True)),
        upper_m=table.take("upper", quantity(HEIGHT_M, MAX_HEIGHT_M)),
        altitude_datum=table.take("altitude_datum", word_of(AltitudeDatum)),
        from_s=table.take("from", utc_time),
        until_s=table.take("until", utc_time),
    )
    _known_parties(table, "claimed_by", area.claimed_by, party_ids)
    if isinstance(area.footprint, Polygon) and reach_m(area.footprint) > limits.MAX_AREA_REACH_M:
        raise table.fail(
            "polygon", f"reaches more than {limits.MAX_AREA_REACH_M / 1000.0:,.0f} km from its middle; split the area"
        )
    said = table.take("disputed", literally, False)
    if area.disputed and not said:
        raise table.fail("claimed_by", "more than one party claims it; say so with: disputed = true")
    if said and not area.disputed:
        raise table.fail("disputed", "one party alone claims it; name the others in claimed_by, or leave this out")
    return _bounded(table, area)


def _bounded(table: Table, place: Place) -> Place:
    if place.lower_m >= place.upper_m:
        raise table.fail("upper", "is not above lower")
    if place.from_s >= place.until_s:
        raise table.fail("until", "is not after from")
    table.nothing_left()
    return place


def _known_parties(table: Table, key: str, named: tuple[str, ...], party_ids: set[str]) -> None:
    for party in named:
        if party not in party_ids:
            raise table.fail(key, f"{party!r} is not a party of this agreement: {', '.join(sorted(party_ids))}")


def _footprint(table: Table, what: str, most_vertices: int) -> Circle | Polygon:
    circle = table.optional_table("circle")
    if circle is None and not table.has("polygon"):
        raise table.fail("circle", f"{what} needs either a circle or a polygon")
    if circle is None:
        return table.take("polygon", lambda value: _polygon(value, most_vertices))
    if table.has("polygon"):
        raise table.fail("polygon", f"{what} needs either a circle or a polygon, not both")
    latitude, longitude = circle.take("centre", position)
    radius_m = circle.take("radius", quantity(LENGTH_M, limits.MAX_ZONE_RADIUS_M))
    circle.nothing_left()
    return Circle(latitude_deg=latitude, longitude_deg=longitude, radius_m=radius_m)


def _polygon(value: Any, most_vertices: int) -> Polygon:
    if not isinstance(value, list) or not 3 <= len(value) <= most_vertices:
        raise ValueError(f"must be a list of 3 to {most_vertices:,} [latitude, longitude] pairs")
    vertices = tuple(position(vertex) for vertex in value)
    if vertices[0] == vertices[-1]:
        raise ValueError("repeats its first vertex at the end; the edge back to the first is implied")
    return Polygon(vertices_deg=vertices)
