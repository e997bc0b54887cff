"""A scene for timing identification: as many flights as tracks, in corridors that cross each other over 300 km."""

from __future__ import annotations

import math
import random
from typing import Final

from steerclear.geodesy.paths import destination
from steerclear.model.track import AltitudeDatum, Identity, Track, TrackAge
from steerclear.model.volumes import PolygonArea, Position, Volume4D
from steerclear.strategic.expected import ExpectedFlight

NOW_S: Final = 1_800_000_000.0
LEGS: Final = 10
LEG_M: Final = 8_000.0
HALF_M: Final = 2_000.0
SPEED_MPS: Final = 100.0
STRIPPED_EVERY: Final = 20
SEED: Final = 1


def scene(size: int) -> tuple[list[Track], list[ExpectedFlight], float]:
    """Tracks, flights and the time; every twentieth track says nothing of who it is."""
    rng = random.Random(SEED)
    tracks, flights = [], []
    for number in range(size):
        latitude, longitude, course_deg = rng.uniform(46.0, 49.0), rng.uniform(0.0, 4.0), rng.uniform(0.0, 360.0)
        begun_s = rng.uniform(-600.0, 0.0)
        name = Identity(icao_address=0x400000 + number, callsign=f"NR{number:04d}")
        flights.append(_flight(number, latitude, longitude, course_deg, NOW_S + begun_s, name))
        at = destination(latitude, longitude, course_deg, -begun_s * SPEED_MPS)
        silent = number % STRIPPED_EVERY == 0
        tracks.append(_track(number, at, course_deg, Identity() if silent else name))
    return tracks, flights, NOW_S


def _flight(
    number: int, latitude: float, longitude: float, course_deg: float, from_s: float, name: Identity
) -> ExpectedFlight:
    volumes = []
    for leg in range(LEGS):
        near, far = (destination(latitude, longitude, course_deg, LEG_M * end) for end in (leg, leg + 1))
        corners = [
            destination(float(end[0]), float(end[1]), course_deg + side, HALF_M)
            for end, side in ((near, -90.0), (far, -90.0), (far, 90.0), (near, 90.0))
        ]
        vertices = tuple(Position(latitude_deg=float(lat), longitude_deg=float(lon)) for lat, lon in corners)
        volumes.append(
            Volume4D(
                area=PolygonArea(vertices=vertices),
                lower_m=2_000.0,
                upper_m=4_000.0,
                altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
                from_s=from_s + leg * LEG_M / SPEED_MPS - 60.0,
                until_s=from_s + (leg + 1) * LEG_M / SPEED_MPS + 60.0,
            )
        )
    return ExpectedFlight(
        party="north",
        item_id=f"{number:05d}",
        volumes=tuple(volumes),
        identities=(name,),
        from_s=volumes[0].from_s,
        until_s=volumes[-1].until_s,
    )


def _track(number: int, at: tuple[object, object], course_deg: float, identity: Identity) -> Track:
    course = math.radians(course_deg)
    return Track(
        track_id=f"track-{number:05d}",
        identity=identity,
        party=None,
        age=TrackAge.FRESH,
        time_s=NOW_S,
        latitude_deg=float(at[0]),  # type: ignore[arg-type]
        longitude_deg=float(at[1]),  # type: ignore[arg-type]
        altitude_m=3_000.0,
        altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
        east_mps=SPEED_MPS * math.sin(course),
        north_mps=SPEED_MPS * math.cos(course),
        up_mps=0.0,
        on_ground=False,
        sources=("radar",),
    )
