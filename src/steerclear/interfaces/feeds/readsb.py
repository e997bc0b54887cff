"""JSON of readsb and dump1090: `aircraft.json` snapshots and readsb's whole-day traces.

Units of the format: feet, knots, degrees, feet per minute; `now` in POSIX seconds; a position is `seen_pos` seconds
old. `alt_baro` is pressure altitude or the word "ground", `alt_geom` is above the ellipsoid. An address that begins
with a tilde is not an ICAO address and serves as a track number only. Format: README-json.md of readsb and of dump1090.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from steerclear.geodesy.units import FPM_MPS, FT_M, KT_MPS
from steerclear.interfaces.feeds.bounded_file import BoundedReader, read_whole
from steerclear.interfaces.feeds.checks import (
    NACP_RADIUS_M,
    RejectedRecordError,
    checked_report,
    clean_callsign,
    icao_address,
    velocity_mps,
)
from steerclear.interfaces.feeds.limits import (
    MAX_AIRCRAFT_REMEMBERED,
    MAX_SNAPSHOT_BYTES,
    MAX_SNAPSHOT_FILES,
    REPORTS_PER_BATCH,
)
from steerclear.interfaces.feeds.strict_json import Broken, JsonError, decode_tolerant
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RejectionReason, SourceError, SourceStatus

_TRACE_GEOMETRIC_ALTITUDE = 8
"""Flag of a trace point: its altitude is geometric, not barometric."""
_NOW = re.compile(rb'"now"\s*:\s*(\d{1,12}(?:\.\d*)?)[\s,}]')
_HEAD_BYTES = 1024
"""readsb and dump1090 write the time first."""
_SAME_POSITION_S = 0.25
"""`now` and `seen_pos` are rounded to 0.1 s: an unchanged position moves by less than this between snapshots."""


class _Aircraft(msgspec.Struct):
    """One entry of a snapshot, under the names of readsb; dump1090-mutability's older names beside them."""

    hex: str | None = None
    flight: str | None = None
    alt_baro: float | str | None = None
    alt_geom: float | None = None
    gs: float | None = None
    track: float | None = None
    baro_rate: float | None = None
    geom_rate: float | None = None
    lat: float | None = None
    lon: float | None = None
    seen_pos: float | None = None
    nac_p: int | None = None
    altitude: float | str | None = None
    speed: float | None = None
    vert_rate: float | None = None


class SnapshotReader:
    """Snapshots in, reports out; a position that was in an earlier snapshot already is not reported again."""

    def __init__(self, status: SourceStatus) -> None:
        self._status = status
        self._seen: dict[str, tuple[float | None, float | None, float]] = {}

    def reports(self, data: bytes, place: str) -> list[TrackReport]:
        """Reports of one snapshot.

        Raises:
            SourceError: the text as a whole is not a snapshot.
        """
        try:
            snapshot = decode_tolerant(data)
        except JsonError as error:
            raise SourceError(f"{place}: {error}") from error
        if not isinstance(snapshot, dict) or not isinstance(snapshot.get("aircraft"), list):
            raise SourceError(f"{place}: not an aircraft.json: no list named aircraft")
        now_s = snapshot.get("now")
        if isinstance(now_s, bool) or not isinstance(now_s, int | float):
            raise SourceError(f"{place}: not an aircraft.json: no number named now")
        found: list[TrackReport] = []
        for number, entry in enumerate(snapshot["aircraft"], start=1):
            where = f"{place}, aircraft {number}"
            try:
                report = self._report(entry, float(now_s))
            except RejectedRecordError as rejected:
                rejected.count(self._status.rejections, where)
                continue
            if report is not None:
                found.append(report)
        return found

    def _report(self, entry: Any, now_s: float) -> TrackReport | None:
        aircraft = _typed(entry)
        if aircraft.seen_pos is not None and not aircraft.seen_pos >= 0.0:
            raise RejectedRecordError(RejectionReason.TIME_IN_FUTURE, f"position is {aircraft.seen_pos:.6g} s old")
        key = (aircraft.hex or "").strip().lower()
        time_s = now_s - (aircraft.seen_pos or 0.0)
        before = self._seen.get(key)
        if (
            before is not None
            and before[:2] == (aircraft.lat, aircraft.lon)
            and abs(time_s - before[2]) <= _SAME_POSITION_S
        ):
            return None
        altitude = aircraft.alt_baro if aircraft.alt_baro is not None else aircraft.altitude
        on_ground = altitude == "ground"
        if isinstance(altitude, str) and not on_ground:
            raise RejectedRecordError(RejectionReason.WRONG_TYPE, f"altitude {altitude[:20]!r}")
        speed_kt = aircraft.gs if aircraft.gs is not None else aircraft.speed
        east_mps, north_mps = velocity_mps(_si(speed_kt, KT_MPS), aircraft.track)
        rate = next((r for r in (aircraft.geom_rate, aircraft.baro_rate, aircraft.vert_rate) if r is not None), None)
        foreign = key.startswith("~")
        report = checked_report(
            source=self._status.name,
            time_s=time_s,
            receipt_time_s=now_s,
            latitude_deg=aircraft.lat,
            longitude_deg=aircraft.lon,
            pressure_altitude_m=None if isinstance(altitude, str) else _si(altitude, FT_M),
            ellipsoid_altitude_m=_si(aircraft.alt_geom, FT_M),
            east_mps=east_mps,
            north_mps=north_mps,
            up_mps=_si(rate, FPM_MPS),
            icao_address=None if foreign else icao_address(key),
            callsign=clean_callsign(aircraft.flight),
            source_track=key[:16] if foreign else None,
            on_ground=_on_ground(altitude),
            horizontal_accuracy_m=NACP_RADIUS_M.get(aircraft.nac_p or 0),
        )
        self._seen.pop(key, None)
        self._seen[key] = (aircraft.lat, aircraft.lon, time_s)
        if len(self._seen) > MAX_AIRCRAFT_REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return report


def _snapshot_time_s(path: Path) -> float:
    """When a snapshot was made, for its place among others; of one that does not tell, the last."""
    try:
        with BoundedReader(path) as reader:
            start = reader.read_exactly(_HEAD_BYTES)
        found = _NOW.search(start) or _NOW.search(read_whole(path, MAX_SNAPSHOT_BYTES))
        return float(found[1]) if found else math.inf
    except SourceError:  # It is told when its turn to be read comes.
        return math.inf


def _typed(entry: Any) -> _Aircraft:
    if isinstance(entry, Broken):
        raise RejectedRecordError(entry.reason, entry.detail)
    try:
        return msgspec.convert(entry, _Aircraft)
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise RejectedRecordError(RejectionReason.WRONG_TYPE, str(error)) from error


def _si(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


class SnapshotFiles:
    """A recorded source: one snapshot, or a directory of them in the order of their times.

    Names tell no order: dump1090 writes history_0.json to history_119.json, without leading zeros and round and round.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.status = SourceStatus(name=name, format="readsb", location=str(path))

    def batches(self) -> Iterator[list[TrackReport]]:
        """Reports in the order of the snapshots.

        Raises:
            SourceError: there is no snapshot, or none of them can be read.
        """
        paths = self._paths()
        reader = SnapshotReader(self.status)
        first_error: SourceError | None = None
        unreadable = 0
        batch: list[TrackReport] = []
        for number, path in enumerate(paths, start=1):
            try:
                batch += reader.reports(read_whole(path, MAX_SNAPSHOT_BYTES), path.name)
            except SourceError as error:
                unreadable += 1
                first_error = first_error or error
                self.status.rejections.add(RejectionReason.MALFORMED, path.name, str(error))
            if len(batch) >= REPORTS_PER_BATCH:
                self.status.fraction = number / len(paths)
                yield batch
                batch = []
        yield batch
        if first_error is not None and unreadable == len(paths):
            raise first_error

    def _paths(self) -> list[Path]:
        if not self.path.is_dir():
            return [self.path]
        paths = sorted(path for path in self.path.iterdir() if path.name.endswith((".json", ".json.gz")))
        if not paths or len(paths) > MAX_SNAPSHOT_FILES:
            raise SourceError(
                f"{self.path}: {len(paths)} files named *.json or *.json.gz; a directory of snapshots has between 1 and"
                f" {MAX_SNAPSHOT_FILES}"
            )
        return sorted(paths, key=_snapshot_time_s)


class TraceFile:
    """A recorded source: readsb's trace of one aircraft over a day (`trace_full_*.json`)."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.status = SourceStatus(name=name, format="readsb trace", location=str(path))

    def batches(self) -> Iterator[list[TrackReport]]:
        """Reports in the order of the trace.

        Raises:
            SourceError: the file is not a trace.
        """
        try:
            trace = decode_tolerant(read_whole(self.path))
        except JsonError as error:
            raise SourceError(f"{self.path}: {error}") from error
        start_s = trace.get("timestamp") if isinstance(trace, dict) else None
        if (
            not isinstance(trace, dict)
            or not isinstance(start_s, int | float)
            or not isinstance(trace.get("trace"), list)
        ):
            raise SourceError(f"{self.path}: not a readsb trace: no timestamp or no list named trace")
        points: list[Any] = trace["trace"]
        callsign: str | None = None
        batch: list[TrackReport] = []
        for number, point in enumerate(points, start=1):
            try:
                callsign = _trace_callsign(point) or callsign
                batch.append(self._report(point, float(start_s), trace.get("icao"), callsign))
            except RejectedRecordError as rejected:
                rejected.count(self.status.rejections, f"point {number}")
            if len(batch) >= REPORTS_PER_BATCH:
                self.status.fraction = number / len(points)
                yield batch
                batch = []
        yield batch

    def _report(self, point: Any, start_s: float, address: Any, callsign: str | None) -> TrackReport:
        if not isinstance(point, list) or len(point) < 8 or not isinstance(address, str):
            raise RejectedRecordError(RejectionReason.MALFORMED, "not a list of at least 8 values")
        numbers = [None if value == "ground" else value for value in (*point[:6], *point[6:8], *point[10:12])]
        if any(
            value is not None and (isinstance(value, bool) or not isinstance(value, int | float)) for value in numbers
        ):
            raise RejectedRecordError(RejectionReason.WRONG_TYPE, f"not numbers: {numbers!r}"[:120])
        offset_s, latitude_deg, longitude_deg, altitude_ft, speed_kt, track_deg, flags, rate, *rest = numbers
        geometric = bool(int(flags or 0) & _TRACE_GEOMETRIC_ALTITUDE)
        ellipsoid_ft = altitude_ft if geometric else (rest[0] if rest else None)
        east_mps, north_mps = velocity_mps(_si(speed_kt, KT_MPS), track_deg)
        foreign = address.startswith("~")
        return checked_report(
            source=self.status.name,
            time_s=None if offset_s is None else start_s + offset_s,
            receipt_time_s=None,
            latitude_deg=latitude_deg,
            longitude_deg=longitude_deg,
            pressure_altitude_m=None if geometric else _si(altitude_ft, FT_M),
            ellipsoid_altitude_m=_si(ellipsoid_ft, FT_M),
            east_mps=east_mps,
            north_mps=north_mps,
            up_mps=_si(rate, FPM_MPS),
            icao_address=None if foreign else icao_address(address),
            callsign=callsign,
            source_track=address[:16] if foreign else None,
            on_ground=_on_ground(point[3]),
        )


def _on_ground(altitude: Any) -> bool | None:
    # A height is the format's way to say airborne; it must be said, or a departure would stay on the ground.
    return None if altitude is None else altitude == "ground"


def _trace_callsign(point: Any) -> str | None:
    details = point[8] if isinstance(point, list) and len(point) > 8 else None
    flight = details.get("flight") if isinstance(details, dict) else None
    return clean_callsign(flight) if isinstance(flight, str) else None
