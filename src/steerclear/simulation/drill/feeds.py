"""What the feeds of a scenario report: each aircraft as it flew, seen with the feed's own faults.

Aircraft fly straight and evenly between the points of their paths: geodesics on WGS84, the altitude by time. Metres,
degrees, POSIX UTC seconds.
"""

from __future__ import annotations

from math import ceil, cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.paths import destination, distance_and_bearing
from steerclear.model.drill import FlownPath
from steerclear.model.scenario import Feed, Scenario, ScenarioTrack
from steerclear.model.track import AltitudeDatum, TrackReport
from steerclear.model.volumes import Position

Floats = NDArray[np.float64]
_SHOWN_POINTS = 400
"""Of a path on a map."""
_ARRIVED_M = 1.0
"""So near to the end of a leg no bearing to it can be told."""


class Flown:
    """Where an aircraft truly was."""

    def __init__(self, track: ScenarioTrack) -> None:
        self.track = track
        self._at = np.array([point.at_s for point in track.path])
        self._lat = np.array([point.position.latitude_deg for point in track.path])
        self._lon = np.array([point.position.longitude_deg for point in track.path])
        self._alt = np.array([point.altitude_m for point in track.path])
        self._length, self._bearing = distance_and_bearing(self._lat[:-1], self._lon[:-1], self._lat[1:], self._lon[1:])

    def at(self, times_s: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        """Latitude, longitude, altitude, and velocity east, north, up, at times within the path."""
        leg = np.clip(np.searchsorted(self._at, times_s, side="right") - 1, 0, len(self._length) - 1)
        lasts = self._at[leg + 1] - self._at[leg]
        part = np.clip((times_s - self._at[leg]) / lasts, 0.0, 1.0)
        latitude, longitude = destination(self._lat[leg], self._lon[leg], self._bearing[leg], self._length[leg] * part)
        left, onward = distance_and_bearing(latitude, longitude, self._lat[leg + 1], self._lon[leg + 1])
        altitude = self._alt[leg] + part * (self._alt[leg + 1] - self._alt[leg])
        speed = self._length[leg] / lasts
        heading = np.radians(np.where(left > _ARRIVED_M, onward, self._bearing[leg]))
        up = (self._alt[leg + 1] - self._alt[leg]) / lasts
        return latitude, longitude, altitude, speed * np.sin(heading), speed * np.cos(heading), up

    def place(self, time_s: float) -> tuple[Position, float, float, float]:
        """Position, altitude, and velocity east and north, at a time; before or after its path at its end."""
        held = float(np.clip(time_s, self._at[0], self._at[-1]))
        latitude, longitude, altitude, east, north, _ = (float(one[0]) for one in self.at(np.array([held])))
        return Position(latitude_deg=latitude, longitude_deg=longitude), altitude, east, north

    def drawn(self) -> FlownPath:
        """The path for a map."""
        times = np.unique(np.concatenate((self._at, np.linspace(self._at[0], self._at[-1], _SHOWN_POINTS))))
        latitude, longitude, altitude, *_ = self.at(times)
        points = zip(times.tolist(), latitude.tolist(), longitude.tolist(), altitude.tolist(), strict=True)
        return FlownPath(name=self.track.name, points=tuple(points), altitude_datum=self.track.altitude_datum)


def flown_of(scenario: Scenario) -> dict[str, Flown]:
    """Every aircraft by its name."""
    return {track.name: Flown(track) for track in scenario.tracks}


def reports_of(scenario: Scenario, flown: dict[str, Flown]) -> dict[str, list[TrackReport]]:
    """What arrives at each party, by the time at which it arrives."""
    arriving: dict[str, list[TrackReport]] = {party.id: [] for party in scenario.parties}
    until_s = scenario.drill.until_s
    for feed in scenario.feeds:
        for name, one in flown.items():
            if not feed.tracks or name in feed.tracks:
                arriving[feed.party] += [
                    report for report in _seen(feed, one, scenario.drill.start_s) if report.receipt_time_s <= until_s
                ]
    for reports in arriving.values():
        reports.sort(key=lambda report: (report.receipt_time_s, report.source, report.source_track or ""))
    return arriving


def _seen(feed: Feed, flown: Flown, start_s: float) -> list[TrackReport]:
    path = flown.track.path
    first = ceil((max(path[0].at_s, start_s) - start_s) / feed.every_s)
    last = int((path[-1].at_s - start_s) // feed.every_s)
    times: Floats = start_s + feed.every_s * np.arange(first, last + 1, dtype=np.float64)
    times = times[~_silent(feed, times)]
    if not len(times):
        return []
    latitude, longitude, altitude, east, north, up = flown.at(times)
    if feed.rotation_deg and feed.site is not None:
        about = feed.site
        metres, bearing = distance_and_bearing(about.latitude_deg, about.longitude_deg, latitude, longitude)
        latitude, longitude = destination(about.latitude_deg, about.longitude_deg, bearing + feed.rotation_deg, metres)
        turned = radians(feed.rotation_deg)
        east, north = east * cos(turned) + north * sin(turned), north * cos(turned) - east * sin(turned)
    if feed.shift_m:
        latitude, longitude = destination(latitude, longitude, feed.shift_bearing_deg, feed.shift_m)
    columns = (times, latitude, longitude, altitude, east, north, up)
    return [_report(feed, flown.track, *row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _silent(feed: Feed, times: NDArray[np.float64]) -> NDArray[np.bool_]:
    silent = np.zeros(len(times), dtype=np.bool_)
    for span in feed.silent:
        silent |= (times >= span.from_s) & (times < (span.until_s if span.until_s is not None else np.inf))
    return silent


def _report(
    feed: Feed,
    track: ScenarioTrack,
    time_s: float,
    latitude_deg: float,
    longitude_deg: float,
    altitude_m: float,
    east_mps: float,
    north_mps: float,
    up_mps: float,
) -> TrackReport:
    pressure = track.altitude_datum is AltitudeDatum.PRESSURE_STANDARD
    return TrackReport(
        source=feed.name,
        time_s=time_s,
        receipt_time_s=time_s + feed.latency_s,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        pressure_altitude_m=altitude_m if pressure else None,
        ellipsoid_altitude_m=None if pressure else altitude_m,
        east_mps=east_mps,
        north_mps=north_mps,
        up_mps=up_mps,
        icao_address=track.icao_address if feed.identities else None,
        callsign=track.callsign if feed.identities else None,
        remote_id=track.remote_id if feed.identities else None,
        source_track=track.name,
    )
