"""Scenes to draw: a flight with neighbours of every kind, one across the antimeridian, one over a pole, many drones."""

from __future__ import annotations

import random

import msgspec

from steerclear.interfaces.plan_files import decode_plan
from steerclear.interfaces.plan_picture.scene import declared_of
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.plan_check import Finding, FindingKind, GivesWay, Meeting, Precedence, Weight
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D

BEGIN_S = 1_796_112_000.0
"""2026-12-01T08:00:00Z."""
MSL, PRESSURE = AltitudeDatum.MSL_GEOID, AltitudeDatum.PRESSURE_STANDARD


def flight(
    points: list[list[float]],
    level: str = "2,500 m AMSL",
    *,
    name: str,
    party: str,
    title: str,
    minute: int = 0,
    speed: str = "60 m/s",
    half_width: str = "600 m",
) -> Declared:
    source = f"""
format = "route"
title = "x"
aircraft = "crewed"
departure = 2026-12-01T08:{minute:02d}:00Z
time_tolerance = "2 min"
speed = "{speed}"
level = "{level}"
half_width = "{half_width}"
vertical_half_width = "60 m"
waypoints = {points}
"""
    draft = msgspec.structs.replace(decode_plan(source.encode()), title=title)
    return msgspec.structs.replace(declared_of(draft, party), declared_id=name)


def place(latitude: float, longitude: float) -> Position:
    return Position(latitude_deg=latitude, longitude_deg=longitude)


def circle(latitude: float, longitude: float, radius_m: float, **bounds: object) -> Volume4D:
    times = {"from_s": BEGIN_S, "until_s": BEGIN_S + 7_200.0}
    return Volume4D(area=CircleArea(centre=place(latitude, longitude), radius_m=radius_m), **(times | bounds))  # type: ignore[arg-type]


def meeting(volume: int, other: int, latitude: float, longitude: float) -> Meeting:
    return Meeting(
        volume=volume,
        other_volume=other,
        where=place(latitude, longitude),
        from_s=BEGIN_S + 400.0,
        until_s=BEGIN_S + 780.0,
        lower_m=2_490.0,
        upper_m=2_560.0,
        horizontal_m=0.0,
        horizontal_required_m=1_000.0,
        vertical_m=0.0,
        vertical_required_m=150.0,
        datum_uncertainty_m=None,
    )


def conflict(other: Declared, latitude: float, longitude: float, **changes: object) -> Finding:
    finding = Finding(
        kind=FindingKind.FLIGHT,
        weight=Weight.CONFLICT,
        said="Both may be at one place for 6 min 20 s; 0 m apart, 1,000 m required",
        other_kind=other.kind,
        other_id=other.declared_id,
        other_party=other.party,
        other_title=other.title,
        from_s=BEGIN_S + 400.0,
        until_s=BEGIN_S + 780.0,
        where=place(latitude, longitude),
        meetings=(meeting(4, 0, latitude, longitude),),
        precedence=Precedence(gives_way=GivesWay.OTHER, agreed=True, reason="medical flights first"),
    )
    return msgspec.structs.replace(finding, **changes)


PLAN = flight([[46.0, 7.0], [46.1, 7.25], [46.3, 7.3], [46.35, 7.6]], name="p", party="relief", title="Medevac")
GLIDER = flight([[46.35, 7.1], [46.15, 7.5]], "2,550 m AMSL", name="g", party="south", title="Glider tow")
RANGE = Declared(
    kind=DeclaredKind.ZONE,
    declared_id="z",
    party="north",
    title="Firing range 7",
    volumes=(circle(46.33, 7.5, 5_000.0, upper_m=3_000.0, altitude_datum=MSL),),
)
HOSPITAL = Declared(
    kind=DeclaredKind.SITE, declared_id="h", party="relief", title="Hospital", volumes=(circle(46.2, 7.2, 1_500.0),)
)
TRANSIT = Declared(
    kind=DeclaredKind.FLIGHT,
    declared_id="t",
    party="north",
    title="Transit",
    volumes=(circle(46.1, 7.25, 6_000.0, lower_m=2_700.0, upper_m=2_900.0, altitude_datum=PRESSURE),),
)
STRIP = Declared(
    kind=DeclaredKind.AGREED_ZONE,
    declared_id="a",
    party="south",
    title="Border strip",
    volumes=(
        Volume4D(
            area=PolygonArea(vertices=(place(45.9, 6.9), place(45.9, 7.8), place(45.98, 7.8), place(45.98, 6.9))),
            lower_m=0.0,
            upper_m=2_600.0,
            altitude_datum=MSL,
            from_s=BEGIN_S - 1e5,
            until_s=BEGIN_S + 1e5,
        ),
    ),
)
FAR = Declared(
    kind=DeclaredKind.ZONE, declared_id="far", party="north", title="Far", volumes=(circle(-46.3, -172.5, 5e3),)
)
LATER = Declared(
    kind=DeclaredKind.ZONE,
    declared_id="later",
    party="north",
    title="Later",
    volumes=(circle(46.2, 7.3, 5e3, from_s=BEGIN_S + 9e4, until_s=BEGIN_S + 9.1e4),),
)
NEIGHBOURS = (GLIDER, RANGE, HOSPITAL, TRANSIT, STRIP, FAR, LATER)
FINDINGS = (
    conflict(GLIDER, 46.27, 7.29),
    conflict(RANGE, 46.335, 7.5, kind=FindingKind.ZONE, said="Enters a zone", precedence=None),
    Finding(kind=FindingKind.NOTICE_LATE, weight=Weight.NOTICE_RULE, said="Begins in 20 min; 2 h are agreed"),
    Finding(kind=FindingKind.DATUM_MIXED, weight=Weight.CONTRADICTION, said="Two datums", where=place(46.0, 7.0)),
)


def many(count: int, seed: int = 4) -> list[Declared]:
    """Drones all over the place, of five parties."""
    chance = random.Random(seed)
    found = []
    for index in range(count):
        begin = [46.0 + chance.random() * 0.4, 6.9 + chance.random() * 0.8]
        end = [begin[0] + chance.uniform(-0.1, 0.1), begin[1] + chance.uniform(-0.15, 0.15)]
        found.append(
            flight(
                [begin, end],
                f"{chance.randrange(500, 4_000)} m AMSL",
                name=f"d{index}",
                party=chance.choice(["north", "south", "relief", "police", "forest"]),
                title=f"Drone {index}",
                minute=chance.randrange(30),
                speed="20 m/s",
                half_width="150 m",
            )
        )
    return found
