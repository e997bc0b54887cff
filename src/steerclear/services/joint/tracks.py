"""The tracks of one side: every aircraft that its recorded reports name, thinned for display, counted in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
import numpy as np

from steerclear.model.track import AltitudeDatum, Identity, TrackReport
from steerclear.services.effectiveness.flight_time import aircraft_key
from steerclear.services.incident.bundle_files import IncidentRefusedError
from steerclear.services.incident.evidence import IncidentEvidence
from steerclear.services.joint.limits import (
    MAX_HEIGHT_M,
    MAX_POINTS_A_TRACK,
    MAX_REPORTS_A_SIDE,
    MAX_TRACKS_A_SIDE,
    UNSTATED_ACCURACY_M,
    UNSTATED_HEIGHT_ACCURACY_M,
)
from steerclear.services.joint.timeline import TrackPointShown, TrackShown
from steerclear.tactical.parties import Fleets

_KEPT_POINTS: Final = 8 * MAX_POINTS_A_TRACK
"""Of each aircraft, while reading: at more of them every second one is let go."""


class Fix(msgspec.Struct, frozen=True, array_like=True):
    """One report of an aircraft, without its names."""

    time_s: float
    latitude_deg: float
    longitude_deg: float
    altitude_m: float | None
    datum: AltitudeDatum | None
    accuracy_m: float
    height_accuracy_m: float
    speed_mps: float


class Flown:
    """One aircraft as it is read."""

    def __init__(self, report: TrackReport) -> None:
        self.callsign: str | None = None
        self.remote_id: str | None = None
        self.address: int | None = None
        self.reports = 0
        self.sources: set[str] = set()
        self.fixes: list[Fix] = []
        self._every_s = 0.0
        self.take(report)

    def take(self, report: TrackReport) -> None:
        """Count a report, and keep it where there is room between those that are kept."""
        self.reports += 1
        self.sources.add(report.source)
        self.callsign = report.callsign or self.callsign
        self.remote_id = report.remote_id or self.remote_id
        self.address = self.address if report.icao_address is None else report.icao_address
        last_s = self.fixes[-1].time_s if self.fixes else float("-inf")
        if report.time_s <= last_s or report.time_s - last_s < self._every_s:
            return
        self.fixes.append(_fix(report))
        if len(self.fixes) > _KEPT_POINTS:
            span_s = self.fixes[-1].time_s - self.fixes[0].time_s
            self.fixes = self.fixes[::2]
            self._every_s = max(2 * self._every_s, 2 * span_s / _KEPT_POINTS)

    @property
    def identity(self) -> Identity:
        """All that its reports said of who it is."""
        return Identity(icao_address=self.address, callsign=self.callsign, remote_id=self.remote_id)


class TrackReading:
    """Reads the reports of an evidence within its window, once, when they are first asked for."""

    def __init__(self, evidence: IncidentEvidence) -> None:
        self._evidence = evidence
        self._fleets = Fleets(evidence.versions.newest.agreement.parties)
        self._flown: dict[str, Flown] | None = None
        self.reports = 0
        self.trouble = ""
        """Why reports are missing, in words; empty where none are known to be."""

    def flown(self) -> dict[str, Flown]:
        """Every aircraft by its name, as reports of both sides can be compared by it."""
        if self._flown is None:
            self._flown = {}
            try:
                self._read(self._flown)
            except IncidentRefusedError as error:
                self.trouble = f"raw reports: {error}"
        return self._flown

    def shown(self, first: frozenset[str]) -> tuple[TrackShown, ...]:
        """The tracks for display; those of `first` (labels), then those with most reports, up to the limit."""
        flown = self.flown()
        order = sorted(flown, key=lambda key: (flown[key].identity.label not in first, -flown[key].reports, key))
        return tuple(self._shown(key, flown[key]) for key in sorted(order[:MAX_TRACKS_A_SIDE]))

    def _read(self, flown: dict[str, Flown]) -> None:
        head = self._evidence.head
        for step in self._evidence.steps():
            for report in step.reports:
                if not head.picture_from_s <= report.time_s <= head.picture_until_s or not _has_place(report):
                    continue
                key = aircraft_key(report)
                if key is None:
                    continue
                self.reports += 1
                if self.reports > MAX_REPORTS_A_SIDE:
                    self.trouble = f"only the first {MAX_REPORTS_A_SIDE:,} raw reports were looked at"
                    return
                name = key_name(key)
                if name in flown:
                    flown[name].take(report)
                else:
                    flown[name] = Flown(report)

    def _shown(self, key: str, flown: Flown) -> TrackShown:
        index, _ = self._fleets.belongs(flown.identity)
        return TrackShown(
            seen_by=self._evidence.party,
            label=flown.identity.label if flown.identity != Identity() else key,
            key=key,
            party=self._fleets.name(index),
            reports=flown.reports,
            sources=tuple(sorted(flown.sources)),
            points=tuple(thinned(flown.fixes, MAX_POINTS_A_TRACK)),
        )


def key_name(key: object) -> str:
    """The name of an aircraft's key: an address in hex, a name as it is, a source's own number with the source."""
    if isinstance(key, int):
        return f"{key:06x}"
    return key if isinstance(key, str) else "/".join(map(str, key)) if isinstance(key, tuple) else str(key)


def thinned(fixes: list[Fix], most: int) -> Iterator[TrackPointShown]:
    """At most so many points: the first, the last, and evenly between them by place in the list."""
    if len(fixes) <= most:
        chosen: Iterable[int] = range(len(fixes))
    else:
        chosen = np.unique(np.linspace(0, len(fixes) - 1, most).round().astype(int)).tolist()
    for place in chosen:
        fix = fixes[place]
        yield TrackPointShown(fix.time_s, fix.latitude_deg, fix.longitude_deg, fix.altitude_m, fix.datum)


def _has_place(report: TrackReport) -> bool:
    """Whether a report says a place on Earth. Written so that a NaN fails; what a source gave is kept as it came."""
    return -90.0 <= report.latitude_deg <= 90.0 and -360.0 <= report.longitude_deg <= 360.0


def _sane_m(height_m: float | None) -> float | None:
    return height_m if height_m is not None and abs(height_m) <= MAX_HEIGHT_M else None


def _fix(report: TrackReport) -> Fix:
    altitude_m, datum = _sane_m(report.pressure_altitude_m), AltitudeDatum.PRESSURE_STANDARD
    if altitude_m is None:
        altitude_m, datum = _sane_m(report.ellipsoid_altitude_m), AltitudeDatum.ELLIPSOID
    east, north = report.east_mps or 0.0, report.north_mps or 0.0
    accuracy_m = UNSTATED_ACCURACY_M if report.horizontal_accuracy_m is None else report.horizontal_accuracy_m
    height_m = UNSTATED_HEIGHT_ACCURACY_M if report.vertical_accuracy_m is None else report.vertical_accuracy_m
    return Fix(
        report.time_s,
        report.latitude_deg,
        report.longitude_deg,
        altitude_m,
        None if altitude_m is None else datum,
        accuracy_m,
        height_m,
        float(np.hypot(east, north)),
    )
