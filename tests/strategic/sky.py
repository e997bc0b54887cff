"""A small sky for tests of identification: tracks and corridors in a plane around one point, in metres."""

from __future__ import annotations

from itertools import count
from math import cos, radians

import msgspec

from steerclear.model.track import AltitudeDatum, Identity, Track, TrackAge
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.strategic.expected import ExpectedFlight
from steerclear.strategic.flight_tables import ExpectedFlights
from steerclear.strategic.identifying import NOTHING_YET, identify

NOW_S = 1_800_000_000.0
MIDDLE = (46.5, 7.5)
M_PER_DEG = 111_160.0
_numbers = count(1)


def place(east_m: float, north_m: float) -> Position:
    return Position(
        latitude_deg=MIDDLE[0] + north_m / M_PER_DEG,
        longitude_deg=MIDDLE[1] + east_m / (M_PER_DEG * cos(radians(MIDDLE[0]))),
    )


def track(east_m=0.0, north_m=0.0, *, speed_mps=50.0, height_m: float | None = 1_000.0, track_id="t1", **changes):
    """An aircraft that flies east."""
    at = place(east_m, north_m)
    identity = Identity(
        icao_address=changes.pop("address", None),
        callsign=changes.pop("callsign", None),
        remote_id=changes.pop("remote_id", None),
    )
    plain = Track(
        track_id=track_id,
        identity=identity,
        party=None,
        age=TrackAge.FRESH,
        time_s=NOW_S,
        latitude_deg=at.latitude_deg,
        longitude_deg=at.longitude_deg,
        altitude_m=height_m,
        altitude_datum=AltitudeDatum.PRESSURE_STANDARD if height_m is not None else None,
        east_mps=speed_mps,
        north_mps=0.0,
        up_mps=0.0,
        on_ground=False,
        sources=("radar",),
    )
    return msgspec.structs.replace(plain, **changes)


def corridor(
    west_m=-5_000.0,
    east_m=20_000.0,
    *,
    north_m=0.0,
    half_m=500.0,
    from_s=-300.0,
    until_s=900.0,
    low=800.0,
    high=1_200.0,
) -> Volume4D:
    corners = [(west_m, north_m - half_m), (east_m, north_m - half_m), (east_m, north_m + half_m),
               (west_m, north_m + half_m)]  # fmt: skip
    return Volume4D(
        area=PolygonArea(vertices=tuple(place(*corner) for corner in corners)),
        lower_m=low,
        upper_m=high,
        altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
        from_s=NOW_S + from_s,
        until_s=NOW_S + until_s,
    )


def disc(east_m=0.0, north_m=0.0, radius_m=2_000.0, from_s=-300.0, until_s=900.0, low=None, high=None) -> Volume4D:
    return Volume4D(
        area=CircleArea(centre=place(east_m, north_m), radius_m=radius_m),
        lower_m=low,
        upper_m=high,
        altitude_datum=None if low is None and high is None else AltitudeDatum.PRESSURE_STANDARD,
        from_s=NOW_S + from_s,
        until_s=NOW_S + until_s,
    )


def flight(*volumes: Volume4D, party="north", item_id="f1", **changes) -> ExpectedFlight:
    identity = Identity(icao_address=changes.pop("address", None), callsign=changes.pop("callsign", None))
    flown = volumes or (corridor(),)
    return ExpectedFlight(
        party=party,
        item_id=item_id,
        title=f"flight {item_id}",
        volumes=flown,
        identities=() if identity == Identity() else (identity,),
        from_s=min(one.from_s for one in flown),
        until_s=max(one.until_s for one in flown),
        **changes,
    )


def moved(one: Track, seconds: float) -> Track:
    """The same aircraft later, flown straight on."""
    return msgspec.structs.replace(
        one,
        latitude_deg=one.latitude_deg + one.north_mps * seconds / M_PER_DEG,
        longitude_deg=one.longitude_deg + one.east_mps * seconds / (M_PER_DEG * cos(radians(MIDDLE[0]))),
        time_s=one.time_s + seconds,
    )


def watched(tracks, flights, seconds=120, step_s=2.0, answers=None, previous=NOTHING_YET, from_s=0.0):
    """Look at tracks for so long while they fly straight on; the last look."""
    expected = ExpectedFlights(flights)
    after_s = from_s
    while after_s <= from_s + seconds:
        there = [moved(one, after_s) for one in tracks]
        previous = identify(there, expected, NOW_S + after_s, previous, answers)
        after_s += step_s
    return previous


def found(look, track_id="t1"):
    return look.tracks[track_id].found
