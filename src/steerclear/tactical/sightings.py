"""What each source last said about each aircraft, and the places at which two sources say one aircraft is at one time.

Taken from the reports themselves, not from the tracks: where two sources disagree the correlator sets one of them
aside, and that one is what must be looked at. Aircraft on the ground are left out.

Two sources never report at the same moment. The comparison is made at the earlier of their two last times; the later
source is interpolated between its own last two reports, so its own velocity, which may be as wrong as its position, is
not needed. Only where it has no earlier report is it flown back by its velocity, at most FLOWN_BACK_S.
Units: degrees, metres, m/s, POSIX seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, isnan, nan, radians
from typing import Final, NamedTuple

from steerclear.geodesy.wgs84 import MEAN_RADIUS_M
from steerclear.model.track import TrackReport

Key = int | str | tuple[str, float, float]
"""ICAO address; remote id; callsign behind a space; of a plot the track number behind two, or where and when it was."""

LONGEST_GAP_S: Final = 30.0
"""Between two reports farther apart than this nothing is interpolated."""
FLOWN_BACK_S: Final = 5.0


class Place(NamedTuple):
    """One aircraft as one source has it at a time; NaN where unknown."""

    latitude_deg: float
    longitude_deg: float
    east_mps: float
    north_mps: float
    pressure_m: float
    ellipsoid_m: float


class Sightings:
    """The last two reports of one source about each aircraft; those without any identity are plots."""

    def __init__(self, limit: int) -> None:
        self.named: dict[Key, TrackReport] = {}
        self.plots: dict[Key, TrackReport] = {}
        self.full = False
        """More aircraft than are kept; the rest is not compared."""
        self._before: dict[Key, TrackReport] = {}
        self._limit = limit

    def take(self, report: TrackReport) -> None:
        """Keep a report if it is the newest about its aircraft."""
        if report.on_ground:
            return
        key: Key
        kept = self.named
        if report.icao_address is not None:
            key = report.icao_address
        elif report.remote_id:
            key = report.remote_id
        elif report.callsign:
            key = f" {report.callsign}"
        else:
            kept = self.plots
            key = (
                f"  {report.source_track}"
                if report.source_track
                else (report.source, report.time_s, report.latitude_deg)
            )
        last = kept.get(key)
        if last is None:
            if len(kept) >= self._limit:
                self.full = True
                return
        elif report.time_s > last.time_s:
            self._before[key] = last
        else:
            return
        kept[key] = report

    def forget(self, before_s: float) -> None:
        """Drop what is older than a time."""
        for kept in (self.named, self.plots, self._before):
            old = [key for key, report in kept.items() if report.time_s < before_s]
            for key in old:
                del kept[key]
        self.full = False

    def at(self, key: Key, report: TrackReport, time_s: float) -> Place | None:
        """Where this source has the aircraft at a time not after its last report; None where it cannot be told."""
        before = self._before.get(key)
        if before is not None and not 0.0 < report.time_s - before.time_s <= LONGEST_GAP_S:
            before = None
        east_mps, north_mps = _velocity(before, report)
        back_s = report.time_s - time_s
        if back_s == 0.0:
            latitude, longitude = report.latitude_deg, report.longitude_deg
        elif before is not None and before.time_s <= time_s:
            share = (time_s - before.time_s) / (report.time_s - before.time_s)
            around = (report.longitude_deg - before.longitude_deg + 180.0) % 360.0 - 180.0
            latitude = before.latitude_deg + share * (report.latitude_deg - before.latitude_deg)
            longitude = before.longitude_deg + share * around
        elif 0.0 < back_s <= FLOWN_BACK_S and not isnan(east_mps):
            north_deg, east_deg = _degrees(east_mps * back_s, north_mps * back_s, report.latitude_deg)
            latitude, longitude = report.latitude_deg - north_deg, report.longitude_deg - east_deg
        else:
            return None
        return Place(
            latitude,
            longitude,
            east_mps,
            north_mps,
            nan if report.pressure_altitude_m is None else report.pressure_altitude_m,
            nan if report.ellipsoid_altitude_m is None else report.ellipsoid_altitude_m,
        )


def _velocity(before: TrackReport | None, report: TrackReport) -> tuple[float, float]:
    if report.east_mps is not None and report.north_mps is not None:
        return report.east_mps, report.north_mps
    if before is None:
        return nan, nan
    seconds = report.time_s - before.time_s
    around = (report.longitude_deg - before.longitude_deg + 180.0) % 360.0 - 180.0
    north_m = radians(report.latitude_deg - before.latitude_deg) * MEAN_RADIUS_M
    east_m = radians(around) * MEAN_RADIUS_M * cos(radians(report.latitude_deg))
    return east_m / seconds, north_m / seconds


def _degrees(east_m: float, north_m: float, latitude_deg: float) -> tuple[float, float]:
    per_degree = radians(1.0) * MEAN_RADIUS_M
    return north_m / per_degree, east_m / (per_degree * max(cos(radians(latitude_deg)), 1e-6))


class Pair(NamedTuple):
    """One aircraft as two sources have it at one time."""

    time_s: float
    first: Place
    second: Place

    def swapped(self) -> Pair:
        """The same with the other source first."""
        return Pair(self.time_s, self.second, self.first)


def common_aircraft(first: Sightings, second: Sightings) -> Iterable[tuple[Key, Key]]:
    """The keys by which two sources know the same aircraft, in order: by address, remote id or callsign.

    A callsign alone names an aircraft only where each of the two sources gives it to one aircraft.
    """
    shared = first.named.keys() & second.named.keys()
    found: dict[Key, Key] = {key: key for key in shared}
    for one, other, turned in ((first, second, False), (second, first, True)):
        only = [key for key in one.named.keys() - shared if isinstance(key, str) and key[0] == " "]
        if not only:
            continue
        holders = _by_callsign(other)
        for key in only:
            match = holders.get(str(key)[1:])
            if match is not None and match not in shared:
                found[match if turned else key] = key if turned else match
    return sorted(found.items(), key=repr)


def _by_callsign(sightings: Sightings) -> dict[str, Key]:
    found: dict[str, Key | None] = {}
    for key, report in sightings.named.items():
        if report.callsign:
            found[report.callsign] = None if report.callsign in found else key
    return {callsign: key for callsign, key in found.items() if key is not None}


def pair_of(first: Sightings, second: Sightings, keys: tuple[Key, Key]) -> Pair | None:
    """An aircraft as both sources have it at the earlier of their last times; None where one cannot tell."""
    one, other = first.named[keys[0]], second.named[keys[1]]
    time_s = min(one.time_s, other.time_s)
    here, there = first.at(keys[0], one, time_s), second.at(keys[1], other, time_s)
    return None if here is None or there is None else Pair(time_s, here, there)
