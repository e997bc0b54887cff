"""Small plans in a valley, and an agreement over it: what the tests of plans are told in."""

from __future__ import annotations

from typing import Any

from steerclear.geodesy.paths import destination
from steerclear.model.agreement import (
    Agreement,
    AreaOfAuthority,
    Desk,
    FleetRule,
    LineCheckSchedule,
    NoticeTime,
    PairMinima,
    Party,
    SeparationMinima,
)
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.known_place import KnownPlace
from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import AircraftKind, NoticeSubject
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.model.zone import Circle
from steerclear.strategic.terms import PlanTerms

NOON_S = 1_800_000_000.0
"""Plans are made then, and begin after it."""
HOUR_S = 3_600.0
HOME = (47.0, 10.0)
GEOID = AltitudeDatum.MSL_GEOID


def at(east_m: float, north_m: float, home: tuple[float, float] = HOME) -> Position:
    """A place so far from home: first north, then east."""
    latitude, longitude = destination(*home, 0.0, north_m)
    latitude, longitude = destination(latitude, longitude, 90.0, east_m)
    return Position(latitude_deg=float(latitude), longitude_deg=float(longitude))


def volume(
    east_m: float = 0.0,
    north_m: float = 0.0,
    radius_m: float = 1_000.0,
    lower_m: float | None = 1_000.0,
    upper_m: float | None = 1_500.0,
    begin_s: float = 4 * HOUR_S,
    end_s: float = 5 * HOUR_S,
    datum: AltitudeDatum | None = GEOID,
    home: tuple[float, float] = HOME,
) -> Volume4D:
    """A round volume near home; times from noon."""
    return Volume4D(
        area=CircleArea(centre=at(east_m, north_m, home), radius_m=radius_m),
        lower_m=lower_m,
        upper_m=upper_m,
        altitude_datum=datum,
        from_s=NOON_S + begin_s,
        until_s=NOON_S + end_s,
    )


def box(west_m: float, south_m: float, east_m: float, north_m: float, home: tuple[float, float] = HOME) -> PolygonArea:
    """A four-cornered area."""
    corners = ((west_m, south_m), (east_m, south_m), (east_m, north_m), (west_m, north_m))
    return PolygonArea(vertices=tuple(at(x, y, home) for x, y in corners))


def flight(name: str, party: str, *volumes: Volume4D, **more: Any) -> Declared:
    """A crewed flight, unless said otherwise."""
    fields: dict[str, Any] = {"aircraft": AircraftKind.CREWED} | more
    return Declared(kind=DeclaredKind.FLIGHT, declared_id=name, party=party, title=name, volumes=volumes, **fields)


def zone(name: str, party: str, *volumes: Volume4D, **more: Any) -> Declared:
    return Declared(kind=DeclaredKind.ZONE, declared_id=name, party=party, title=name, volumes=volumes, **more)


def site(name: str, party: str, *volumes: Volume4D, **more: Any) -> Declared:
    return Declared(kind=DeclaredKind.SITE, declared_id=name, party=party, title=name, volumes=volumes, **more)


def party(name: str) -> Party:
    desk = Desk(desk_id=f"{name}-desk", functions=("duty officer", "planning"))
    return Party(party_id=name, name=name.title(), agencies=(name,), desks=(desk,), fleet=FleetRule())


def agreement(**changes: Any) -> Agreement:
    """North, south and east; 5 km or 300 m between flights; flights two hours ahead, at most a day long."""
    fields: dict[str, Any] = {
        "agreement_id": "valley",
        "version": 1,
        "title": "Valley",
        "in_force_from_s": 0.0,
        "parties": (party("north"), party("south"), party("east")),
        "minima": minima(5_000.0, 300.0),
        "time_in_breach": None,
        "zones": (),
        "deadlines": (),
        "line_checks": LineCheckSchedule(every_s=14_400.0, answer_within_s=300.0),
        "notice_times": (NoticeTime(subject=NoticeSubject.FLIGHT, before_s=2 * HOUR_S, valid_s=24 * HOUR_S),),
    } | changes
    return Agreement(**fields)


def minima(horizontal_m: float, vertical_m: float) -> SeparationMinima:
    return SeparationMinima(horizontal_m=horizontal_m, vertical_m=vertical_m, lookahead_s=120.0)


def pair_rule(one: AircraftKind, other: AircraftKind, area_id: str | None, held: SeparationMinima) -> PairMinima:
    return PairMinima(kinds=(one, other), area_id=area_id, minima=held)


def area(name: str, *claimed_by: str, radius_m: float = 30_000.0, **changes: Any) -> AreaOfAuthority:
    """A round area of authority around home, from the ground to 10 km, for a month from noon."""
    fields: dict[str, Any] = {
        "area_id": name,
        "name": name.title(),
        "claimed_by": claimed_by,
        "footprint": Circle(latitude_deg=HOME[0], longitude_deg=HOME[1], radius_m=radius_m),
        "lower_m": 0.0,
        "upper_m": 10_000.0,
        "altitude_datum": GEOID,
        "from_s": NOON_S,
        "until_s": NOON_S + 30 * 24 * HOUR_S,
    } | changes
    return AreaOfAuthority(**fields)


def terms(places: tuple[KnownPlace, ...] = (), **changes: Any) -> PlanTerms:
    """The agreement, with what the test cares about changed."""
    own = {key: changes.pop(key) for key in ("standoff_m", "people_top_m") if key in changes}
    return PlanTerms(agreement=agreement(**changes), known_places=places, **own)
