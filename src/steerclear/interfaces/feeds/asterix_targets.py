"""Target reports of ASTERIX categories 021, 048 and 062: the items that make a track report.

Sources: EUROCONTROL-SPEC-0149-12 (CAT021, 2.x), -0149-4 (CAT048), -0149-9 (CAT062). The bits are read by libasterix,
which knows every edition; what the items mean for a picture is decided here:

- flight levels are pressure altitudes; a CAT062 barometric altitude corrected with QNH is not, and is left out;
- geometric heights are above the ellipsoid; a 3D radar's height is above mean sea level and serves the geometry only;
- simulated and test targets never become tracks;
- the Cartesian velocity of CAT062 is taken as east and north; the convergence of the sender's projection is not known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from steerclear.geodesy.units import FPM_MPS, FT_M, NM_M
from steerclear.interfaces.feeds.checks import NACP_RADIUS_M, RejectedRecordError, clean_callsign, velocity_mps
from steerclear.interfaces.feeds.radar_geometry import SensorPosition, target_position
from steerclear.services.report_sources import RejectionReason

M_PER_FL = 100.0 * FT_M
_TWO_SIGMA_CIRCLE = 2.4477
"""Radius of the circle that holds 95 % of a circular normal distribution, in standard deviations."""

Sensors = Mapping[tuple[int, int], SensorPosition]


class Target(msgspec.Struct, kw_only=True):
    """A target report before its time of day has become a time."""

    sac: int
    sic: int
    time_of_day_s: float | None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    pressure_altitude_m: float | None = None
    ellipsoid_altitude_m: float | None = None
    east_mps: float | None = None
    north_mps: float | None = None
    up_mps: float | None = None
    icao_address: int | None = None
    callsign: str | None = None
    track_number: int | None = None
    on_ground: bool | None = None
    horizontal_accuracy_m: float | None = None


def target_of(category: int, record: Any, sensors: Sensors, default: SensorPosition | None) -> Target:
    """The target of a parsed libasterix record of category 21, 48 or 62.

    Raises:
        RejectedRecordError: simulated, without position, or measured by a radar whose position is not known.
    """
    if category == 62:
        return _cat062(record)
    if category == 48:
        return _cat048(record, sensors, default)
    return _cat021(record)


def _part(record: Any, item: str, part: str | None = None) -> Any:
    """The content holder of an item, or of a part of it; None where absent."""
    found = record.get_item(item)
    if found is None or part is None:
        return found
    return found.variation.get_item(part)


def _quantity(record: Any, item: str, part: str | None, unit: str) -> float | None:
    found = _part(record, item, part)
    return None if found is None else float(found.variation.content.as_quantity(unit))


def _uint(record: Any, item: str, part: str | None = None) -> int | None:
    found = _part(record, item, part)
    return None if found is None else int(found.as_uint())


def _text(record: Any, item: str, part: str | None = None) -> str | None:
    found = _part(record, item, part)
    return None if found is None else str(found.variation.content.as_string())


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _source(record: Any) -> tuple[int, int]:
    return _uint(record, "010", "SAC") or 0, _uint(record, "010", "SIC") or 0


def _refuse_simulated(*flags: int | None) -> None:
    if any(flags):
        raise RejectedRecordError(RejectionReason.SIMULATED, "marked by its sender as a simulated or test target")


def _address(value: int | None) -> int | None:
    return value if value is not None and 0 < value < 0xFFFFFF else None


def _cat021(record: Any) -> Target:
    _refuse_simulated(_uint(record, "040", "SIM"), _uint(record, "040", "TST"))
    sac, sic = _source(record)
    position = "131" if record.get_item("131") is not None else "130"
    time_of_day_s = next(
        (tod for item in ("071", "073", "077") if (tod := _quantity(record, item, None, "s")) is not None), None
    )
    speed_mps = None if _uint(record, "160", "RE") else _scaled(_quantity(record, "160", "GS", "NM/s"), NM_M)
    east_mps, north_mps = velocity_mps(speed_mps, _quantity(record, "160", "TA", "°"))
    up_mps = _scaled(_quantity(record, "157", "GVR", "ft/min"), FPM_MPS)
    if up_mps is None:
        up_mps = _scaled(_quantity(record, "155", "BVR", "ft/min"), FPM_MPS)
    on_ground = _uint(record, "040", "GBS")
    return Target(
        sac=sac,
        sic=sic,
        time_of_day_s=time_of_day_s,
        latitude_deg=_quantity(record, position, "LAT", "°"),
        longitude_deg=_quantity(record, position, "LON", "°"),
        pressure_altitude_m=_scaled(_quantity(record, "145", None, "FL"), M_PER_FL),
        ellipsoid_altitude_m=_scaled(_quantity(record, "140", None, "ft"), FT_M),
        east_mps=east_mps,
        north_mps=north_mps,
        up_mps=up_mps,
        icao_address=_address(_uint(record, "080")),
        callsign=clean_callsign(_text(record, "170")),
        track_number=_uint(record, "161", "TRNUM"),
        on_ground=None if on_ground is None else bool(on_ground),
        horizontal_accuracy_m=NACP_RADIUS_M.get(_uint(record, "090", "NACP") or 0),
    )


def _cat048(record: Any, sensors: Sensors, default: SensorPosition | None) -> Target:
    _refuse_simulated(_uint(record, "020", "SIM"), _uint(record, "020", "TST"))
    sac, sic = _source(record)
    range_m = _scaled(_quantity(record, "040", "RHO", "NM"), NM_M)
    azimuth_deg = _quantity(record, "040", "THETA", "°")
    if range_m is None or azimuth_deg is None:
        raise RejectedRecordError(RejectionReason.MISSING_POSITION, "no measured position (I048/040)")
    sensor = sensors.get((sac, sic), default)
    if sensor is None:
        raise RejectedRecordError(
            RejectionReason.NO_SENSOR_POSITION,
            f"radar {sac}/{sic} gives range and azimuth only; tell where it stands with"
            f" --sensor {sac}/{sic}=LATITUDE,LONGITUDE,HEIGHT_M",
        )
    # V=1: the code was not validated, G=1: garbled; neither may decide over a conflict.
    valid = not (_uint(record, "090", "V") or _uint(record, "090", "G"))
    pressure_m = _scaled(_quantity(record, "090", "FL", "FL"), M_PER_FL) if valid else None
    measured_m = _scaled(_quantity(record, "110", "3DH", "ft"), FT_M)
    latitude_deg, longitude_deg, uncertain_m = target_position(
        sensor, range_m, azimuth_deg, measured_m if measured_m is not None else pressure_m
    )
    speed_mps = _scaled(_quantity(record, "200", "GSP", "NM/s"), NM_M)
    east_mps, north_mps = velocity_mps(speed_mps, _quantity(record, "200", "HDG", "°"))
    return Target(
        sac=sac,
        sic=sic,
        time_of_day_s=_quantity(record, "140", None, "s"),
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        pressure_altitude_m=pressure_m,
        east_mps=east_mps,
        north_mps=north_mps,
        icao_address=_address(_uint(record, "220")),
        callsign=clean_callsign(_text(record, "240")),
        track_number=_uint(record, "161", "TRN"),
        horizontal_accuracy_m=uncertain_m or None,
    )


def _cat062(record: Any) -> Target:
    _refuse_simulated(_uint(record, "080", "SIM"))
    sac, sic = _source(record)
    pressure_m = _scaled(_quantity(record, "136", None, "FL"), M_PER_FL)
    if pressure_m is None and not _uint(record, "135", "QNH"):
        pressure_m = _scaled(_quantity(record, "135", "CTB", "FL"), M_PER_FL)
    latitude_deg = _quantity(record, "105", "LAT", "°")
    derived = record.get_item("380")
    address = callsign = None
    if derived is not None:
        found = derived.variation.get_item("ADR")
        address = None if found is None else _address(int(found.as_uint()))
        found = derived.variation.get_item("ID")
        callsign = None if found is None else clean_callsign(str(found.variation.content.as_string()))
    # STI 3: no target identification; 0 to 2: callsign or registration.
    if callsign is None and _uint(record, "245", "STI") != 3:
        callsign = clean_callsign(_text(record, "245", "CHR"))
    return Target(
        sac=sac,
        sic=sic,
        time_of_day_s=_quantity(record, "070", None, "s"),
        latitude_deg=latitude_deg,
        longitude_deg=_quantity(record, "105", "LON", "°"),
        pressure_altitude_m=pressure_m,
        ellipsoid_altitude_m=_scaled(_quantity(record, "130", None, "ft"), FT_M),
        east_mps=_quantity(record, "185", "VX", "m/s"),
        north_mps=_quantity(record, "185", "VY", "m/s"),
        up_mps=_scaled(_quantity(record, "220", None, "ft/min"), FPM_MPS),
        icao_address=address,
        callsign=callsign,
        track_number=_uint(record, "040"),
        horizontal_accuracy_m=_declared_accuracy_m(record, latitude_deg),
    )


def _declared_accuracy_m(record: Any, latitude_deg: float | None) -> float | None:
    """95 % radius from the standard deviations of I062/500 APW."""
    found = record.get_item("500")
    accuracy = None if found is None else found.variation.get_item("APW")
    if accuracy is None or latitude_deg is None:
        return None
    north_m = accuracy.variation.get_item("LAT").variation.content.as_quantity("°") * 111_320.0
    east_m = accuracy.variation.get_item("LON").variation.content.as_quantity("°") * 111_320.0
    return float(_TWO_SIGMA_CIRCLE * max(north_m, east_m * math.cos(math.radians(latitude_deg))))
