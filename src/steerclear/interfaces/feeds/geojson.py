"""GeoJSON points (RFC 7946): a FeatureCollection, one Feature, or one Feature a line.

Coordinates are longitude, latitude and, if there, height above the WGS84 ellipsoid in metres. GeoJSON gives no names to
what a moving point needs, so the unit is part of ours (see `_NUMBERS`); a bare `altitude` or `speed` is refused,
because a wrong unit would make a wrong track. `time` is ISO 8601 with zone, `time_s` POSIX seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from steerclear.geodesy.units import FPM_MPS, FT_M, KT_MPS
from steerclear.interfaces.feeds.bounded_file import read_whole
from steerclear.interfaces.feeds.checks import (
    RejectedRecordError,
    checked_report,
    clean_callsign,
    clean_remote_id,
    icao_address,
    velocity_mps,
)
from steerclear.interfaces.feeds.limits import REPORTS_PER_BATCH
from steerclear.interfaces.feeds.strict_json import Broken, JsonError, decode_tolerant
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RejectionReason, SourceError, SourceStatus

_NUMBERS: dict[str, tuple[tuple[str, float], ...]] = {
    "pressure_altitude_m": (("pressure_altitude_m", 1.0), ("pressure_altitude_ft", FT_M)),
    "ellipsoid_altitude_m": (("ellipsoid_altitude_m", 1.0), ("ellipsoid_altitude_ft", FT_M)),
    "ground_speed_mps": (("ground_speed_mps", 1.0), ("ground_speed_kt", KT_MPS)),
    "track_deg": (("track_deg", 1.0),),
    "up_mps": (("vertical_speed_mps", 1.0), ("vertical_speed_ftpm", FPM_MPS)),
    "accuracy_m": (("horizontal_accuracy_m", 1.0),),
    "time_s": (("time_s", 1.0),),
    "receipt_time_s": (("receipt_time_s", 1.0),),
}
_UNITLESS = ("altitude", "alt", "height", "speed", "velocity", "groundspeed", "vertical_rate")


class GeojsonFile:
    """A recorded source: a file of GeoJSON points."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.status = SourceStatus(name=name, format="geojson", location=str(path))

    def batches(self) -> Iterator[list[TrackReport]]:
        """Reports in order of receipt.

        Raises:
            SourceError: the file is not GeoJSON, or holds something else than features.
        """
        reports: list[TrackReport] = []
        for number, feature in enumerate(self._features(), start=1):
            try:
                reports.append(point_report(feature, self.status.name))
            except RejectedRecordError as rejected:
                rejected.count(self.status.rejections, f"feature {number}")
        reports.sort(key=lambda report: report.receipt_time_s)
        for start in range(0, len(reports), REPORTS_PER_BATCH):
            batch = reports[start : start + REPORTS_PER_BATCH]
            self.status.fraction = (start + len(batch)) / len(reports)
            yield batch

    def _features(self) -> list[Any]:
        data = read_whole(self.path)
        try:
            value = decode_tolerant(data)
        except JsonError as error:
            return self._lines(data, error)
        if (
            isinstance(value, dict)
            and value.get("type") == "FeatureCollection"
            and isinstance(value.get("features"), list)
        ):
            return list(value["features"])
        if isinstance(value, dict) and value.get("type") == "Feature":
            return [value]
        raise SourceError(f"{self.path}: neither a GeoJSON FeatureCollection nor a Feature")

    def _lines(self, data: bytes, error: JsonError) -> list[Any]:
        features: list[Any] = []
        for line in data.split(b"\n"):
            # RFC 8142 puts a record separator before each text.
            text = line.strip().lstrip(b"\x1e")
            if text:
                try:
                    features.append(decode_tolerant(text))
                except JsonError as bad_line:
                    if not features:
                        raise SourceError(f"{self.path}: {error}") from error
                    features.append(Broken(RejectionReason.MALFORMED, str(bad_line)))
        return features


def point_report(feature: Any, source: str) -> TrackReport:
    """The report of one GeoJSON Feature.

    Raises:
        RejectedRecordError: it is not a point feature, or something of it is missing or wrong.
    """
    if isinstance(feature, Broken):
        raise RejectedRecordError(feature.reason, feature.detail)
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if isinstance(geometry, Broken):
        raise RejectedRecordError(geometry.reason, geometry.detail)
    if not isinstance(feature, dict) or feature.get("type") != "Feature" or not isinstance(geometry, dict):
        raise RejectedRecordError(RejectionReason.MALFORMED, "not a Feature with a geometry")
    if geometry.get("type") != "Point":
        raise RejectedRecordError(
            RejectionReason.UNSUPPORTED, f"geometry {str(geometry.get('type'))[:20]!r}, not a Point"
        )
    properties = feature.get("properties") or {}
    if isinstance(properties, Broken):
        raise RejectedRecordError(properties.reason, properties.detail)
    coordinates = geometry.get("coordinates")
    if not isinstance(properties, dict) or not isinstance(coordinates, list) or not 2 <= len(coordinates) <= 4:
        raise RejectedRecordError(RejectionReason.MALFORMED, "no coordinates, or properties that are no object")
    for name in _UNITLESS:
        if properties.get(name) is not None:
            raise RejectedRecordError(RejectionReason.UNIT_UNKNOWN, f"{name!r} has no unit; write for example {name}_m")
    values = {name: _property(properties, choices) for name, choices in _NUMBERS.items()}
    longitude_deg, latitude_deg, *height = (_number(value, "coordinate") for value in coordinates[:3])
    ellipsoid_m = values["ellipsoid_altitude_m"]
    if ellipsoid_m is None and height:
        ellipsoid_m = height[0]
    east_mps, north_mps = velocity_mps(values["ground_speed_mps"], values["track_deg"])
    identifier = feature.get("id")
    on_ground = properties.get("on_ground")
    return checked_report(
        source=source,
        time_s=values["time_s"] if values["time_s"] is not None else _time_s(properties.get("time")),
        receipt_time_s=values["receipt_time_s"],
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        pressure_altitude_m=values["pressure_altitude_m"],
        ellipsoid_altitude_m=ellipsoid_m,
        east_mps=east_mps,
        north_mps=north_mps,
        up_mps=values["up_mps"],
        icao_address=icao_address(_string(properties, "icao24") or _string(properties, "icao_address")),
        callsign=clean_callsign(_string(properties, "callsign")),
        remote_id=clean_remote_id(_string(properties, "remote_id")),
        source_track=clean_remote_id(str(identifier)) if isinstance(identifier, str | int) else None,
        on_ground=on_ground if isinstance(on_ground, bool) else None,
        horizontal_accuracy_m=values["accuracy_m"],
    )


def _property(properties: dict[str, Any], choices: tuple[tuple[str, float], ...]) -> float | None:
    for name, factor in choices:
        value = _number(properties.get(name), name)
        if value is not None:
            return value * factor
    return None


def _number(value: Any, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RejectedRecordError(RejectionReason.WRONG_TYPE, f"{name} is {type(value).__name__}, not a number")
    return float(value)


def _string(properties: dict[str, Any], name: str) -> str | None:
    value = properties.get(name)
    if value is None or isinstance(value, str):
        return value
    raise RejectedRecordError(RejectionReason.WRONG_TYPE, f"{name} is {type(value).__name__}, not a text")


def _time_s(value: Any) -> float | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise RejectedRecordError(RejectionReason.UNIT_UNKNOWN, "time has no zone; write for example a final Z")
        return moment.timestamp()
    except (TypeError, ValueError, OverflowError) as error:
        raise RejectedRecordError(RejectionReason.WRONG_TYPE, f"time {str(value)[:30]!r} is not ISO 8601") from error
