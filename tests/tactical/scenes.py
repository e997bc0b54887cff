"""Small skies to fly in tests: straight flights as report streams, and a picture run over them."""

from collections.abc import Callable, Iterable

from steerclear.model.agreement import Desk, FleetRule, Party
from steerclear.model.alert import AlertEvent, AlertKind
from steerclear.model.track import TrackReport
from steerclear.tactical import Picture

START_S = 1_700_000_000.0
NM_M = 1_852.0
FOOT_M = 0.3048
NORTH_M_PER_DEG = 111_131.75
EAST_M_PER_DEG = 78_846.81
"""WGS84 at 45 degrees north."""


def report(icao: int | None, time_s: float = 0.0, **changes) -> TrackReport:
    """A report of an aircraft at rest over (45 N, 10 E) at 10,000 m, with what the test cares about changed."""
    fields: dict = {
        "source": "radar",
        "latitude_deg": 45.0,
        "longitude_deg": 10.0,
        "pressure_altitude_m": 10_000.0,
        "east_mps": 0.0,
        "north_mps": 0.0,
        "up_mps": 0.0,
        "icao_address": icao,
        "on_ground": False,
    } | changes
    at_s = START_S + time_s
    return TrackReport(time_s=at_s, receipt_time_s=fields.pop("receipt_time_s", at_s), **fields)


def flight(
    icao: int | None,
    *,
    east_m: float = 0.0,
    north_m: float = 0.0,
    altitude_m: float = 10_000.0,
    east_mps: float = 0.0,
    north_mps: float = 0.0,
    up_mps: float = 0.0,
    **changes,
) -> Callable[[float], TrackReport]:
    """A straight flight around (45 N, 10 E): time in seconds -> the report it makes then."""

    def at(time_s: float) -> TrackReport:
        north, east = north_m + north_mps * time_s, east_m + east_mps * time_s
        latitude = 45.0 + north / NORTH_M_PER_DEG
        fields = {
            "latitude_deg": latitude,
            "longitude_deg": 10.0 + east / EAST_M_PER_DEG,
            "pressure_altitude_m": altitude_m + up_mps * time_s,
            "east_mps": east_mps,
            "north_mps": north_mps,
            "up_mps": up_mps,
            "callsign": None if icao is None else f"FLY{icao}",
        } | changes
        return report(icao, time_s, **fields)

    return at


def fly(
    picture: Picture,
    flights: Iterable[Callable[[float], TrackReport | None]],
    times_s: Iterable[float],
) -> list[AlertEvent]:
    """Advance the picture once per time with one report of each flight (None: it says nothing)."""
    flights = list(flights)
    events: list[AlertEvent] = []
    for time_s in times_s:
        reports = [made for made in (one(time_s) for one in flights) if made is not None]
        events += picture.advance(reports, START_S + time_s)
    return events


def silent_from(one: Callable[[float], TrackReport], from_s: float, until_s: float = float("inf")):
    """The flight, not reported between two times."""
    return lambda time_s: None if from_s <= time_s < until_s else one(time_s)


def of_kind(events: Iterable[AlertEvent], kind: AlertKind) -> list[AlertEvent]:
    return [event for event in events if event.kind is kind]


def story(events: Iterable[AlertEvent]) -> list[tuple[str, str]]:
    """What was told, in order: (change, severity)."""
    return [(event.change.value, event.severity.name) for event in events]


def party(party_id: str, *addresses: int, prefixes: tuple[str, ...] = ()) -> Party:
    return Party(
        party_id=party_id,
        name=party_id.title(),
        agencies=(f"{party_id} air",),
        desks=(Desk(desk_id=f"{party_id}-desk", functions=("duty officer",)),),
        fleet=FleetRule(icao_addresses=frozenset(addresses), callsign_prefixes=prefixes),
    )
