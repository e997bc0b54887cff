"""Reads the recordings that come with the `traffic` package; the package itself is never imported."""

import gzip
import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from math import cos, radians, sin
from pathlib import Path

from steerclear.model.track import TrackReport

FOOT_M = 0.3048
KNOT_MPS = 1852.0 / 3600.0


@cache
def recording(name: str) -> tuple[TrackReport, ...]:
    """All reports of "collections/quickstart", "collections/switzerland" or "firefighting/calfire", by time."""
    spec = find_spec("traffic")
    assert spec is not None
    assert spec.submodule_search_locations
    file = Path(spec.submodule_search_locations[0]) / "data" / "samples" / f"{name}.json.gz"
    rows = json.loads(gzip.decompress(file.read_bytes()))
    rows.sort(key=lambda row: row["timestamp"])
    return tuple(report_of(row) for row in rows)


def report_of(row: dict) -> TrackReport:
    """One row as a report, heard at the moment it applies to."""
    time_s = row["timestamp"] / 1000.0
    altitude, geometric = row.get("altitude"), row.get("geoaltitude")
    speed, track, climb = row.get("groundspeed"), row.get("track"), row.get("vertical_rate")
    moving = speed is not None and track is not None
    return TrackReport(
        source="adsb",
        time_s=time_s,
        receipt_time_s=time_s,
        latitude_deg=row["latitude"],
        longitude_deg=row["longitude"],
        pressure_altitude_m=None if altitude is None else altitude * FOOT_M,
        ellipsoid_altitude_m=None if geometric is None else geometric * FOOT_M,
        east_mps=speed * KNOT_MPS * sin(radians(track)) if moving else None,
        north_mps=speed * KNOT_MPS * cos(radians(track)) if moving else None,
        up_mps=None if climb is None else climb * FOOT_M / 60.0,
        icao_address=int(row["icao24"], 16),
        callsign=row["callsign"],
        on_ground=row.get("onground"),
    )


def steps(
    reports: tuple[TrackReport, ...], period_s: float = 1.0, longest_pause_s: float = 600.0
) -> Iterator[tuple[list[TrackReport], float]]:
    """Reports in steps of `period_s` with the `now` at which each ends; of an empty sky the first minutes are kept."""
    now_s = last_s = reports[0].time_s
    batch: list[TrackReport] = []
    for report in reports:
        while report.time_s > now_s:
            yield batch, now_s
            batch = []
            now_s += period_s
            if now_s - last_s > longest_pause_s:
                now_s = max(now_s, report.time_s)
        batch.append(report)
        last_s = report.time_s
    yield batch, now_s
