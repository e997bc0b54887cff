"""Where the real recordings are, and what every report must satisfy whatever it was made from."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

from steerclear.interfaces.feeds import limits
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RecordedSource


def sample(name: str) -> Path:
    """A recording of the `traffic` package, found without importing the package."""
    spec = importlib.util.find_spec("traffic")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "data" / "samples" / name


def gathered(source: RecordedSource) -> list[TrackReport]:
    """Every report of a source, each of them sound."""
    reports = [report for batch in source.batches() for report in batch]
    for report in reports:
        assert_sound(report)
    return reports


def assert_sound(report: TrackReport) -> None:
    """No value that a picture could be misled by."""
    for time_s in (report.time_s, report.receipt_time_s):
        assert limits.MIN_TIME_S <= time_s <= limits.MAX_TIME_S
    assert report.time_s <= report.receipt_time_s + limits.MAX_FUTURE_S
    assert -90.0 <= report.latitude_deg <= 90.0
    assert -180.0 <= report.longitude_deg <= 180.0
    for altitude_m in (report.pressure_altitude_m, report.ellipsoid_altitude_m):
        assert altitude_m is None or limits.MIN_ALTITUDE_M <= altitude_m <= limits.MAX_ALTITUDE_M
    assert (report.east_mps is None) == (report.north_mps is None)
    if report.east_mps is not None and report.north_mps is not None:
        assert math.hypot(report.east_mps, report.north_mps) <= limits.MAX_GROUND_SPEED_MPS * (1 + 1e-9)
    assert report.up_mps is None or abs(report.up_mps) <= limits.MAX_VERTICAL_SPEED_MPS
    identities = (report.icao_address, report.callsign, report.remote_id, report.source_track)
    assert any(value is not None for value in identities)
    assert report.icao_address is None or 0 < report.icao_address < 0xFFFFFF
    for text in (report.callsign, report.remote_id, report.source_track):
        assert text is None or (text.isprintable() and text.isascii() and 0 < len(text) <= 64)
    for accuracy_m in (report.horizontal_accuracy_m, report.vertical_accuracy_m):
        assert accuracy_m is None or 0.0 <= accuracy_m <= limits.MAX_ACCURACY_M
