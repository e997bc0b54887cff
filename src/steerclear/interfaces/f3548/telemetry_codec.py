"""Positions of aircraft on the wire and as the services know them. WGS84 degrees, metres above the ellipsoid."""

from __future__ import annotations

from typing import Final

from steerclear.interfaces.f3548.times import TimeError, read_time, write_time
from steerclear.interfaces.f3548.wire_records import (
    HorizontalAccuracy,
    Position,
    VehicleTelemetry,
    VerticalAccuracy,
)
from steerclear.interfaces.f3548.wire_values import Altitude, AltitudeReference, Units
from steerclear.strategic.conformance import FlownPosition

NAUTICAL_MILE_M: Final = 1_852.0
HORIZONTAL_M: Final = {
    HorizontalAccuracy.M1: 1.0,
    HorizontalAccuracy.M3: 3.0,
    HorizontalAccuracy.M10: 10.0,
    HorizontalAccuracy.M30: 30.0,
    HorizontalAccuracy.NM005: 0.05 * NAUTICAL_MILE_M,
    HorizontalAccuracy.NM01: 0.1 * NAUTICAL_MILE_M,
    HorizontalAccuracy.NM03: 0.3 * NAUTICAL_MILE_M,
    HorizontalAccuracy.NM05: 0.5 * NAUTICAL_MILE_M,
    HorizontalAccuracy.NM1: NAUTICAL_MILE_M,
    HorizontalAccuracy.NM2: 2.0 * NAUTICAL_MILE_M,
    HorizontalAccuracy.NM4: 4.0 * NAUTICAL_MILE_M,
    HorizontalAccuracy.NM10: 10.0 * NAUTICAL_MILE_M,
}
VERTICAL_M: Final = {
    VerticalAccuracy.M1: 1.0,
    VerticalAccuracy.M3: 3.0,
    VerticalAccuracy.M10: 10.0,
    VerticalAccuracy.M25: 25.0,
    VerticalAccuracy.M45: 45.0,
    VerticalAccuracy.M150: 150.0,
}


def horizontal_accuracy(accuracy_m: float) -> HorizontalAccuracy:
    """The narrowest class that holds an accuracy; 0 is not known."""
    if accuracy_m <= 0.0:
        return HorizontalAccuracy.UNKNOWN
    return next((name for name, limit_m in HORIZONTAL_M.items() if accuracy_m < limit_m), HorizontalAccuracy.NM10_PLUS)


def vertical_accuracy(accuracy_m: float) -> VerticalAccuracy:
    """The narrowest class that holds an accuracy; 0 is not known."""
    if accuracy_m <= 0.0:
        return VerticalAccuracy.UNKNOWN
    return next((name for name, limit_m in VERTICAL_M.items() if accuracy_m < limit_m), VerticalAccuracy.M150_PLUS)


def write_telemetry(position: FlownPosition) -> VehicleTelemetry:
    """A position for the wire."""
    altitude = None
    if position.height_m is not None:
        altitude = Altitude(value=position.height_m, reference=AltitudeReference.W84, units=Units.METRES)
    return VehicleTelemetry(
        time_measured=write_time(position.measured_s),
        position=Position(
            longitude=position.longitude_deg,
            latitude=position.latitude_deg,
            accuracy_h=horizontal_accuracy(position.horizontal_accuracy_m),
            accuracy_v=vertical_accuracy(position.vertical_accuracy_m + position.datum_uncertainty_m),
            extrapolated=False,
            altitude=altitude,
        ),
    )


class TelemetryRefusedError(ValueError):
    """Telemetry that does not say where the aircraft was."""


def read_telemetry(told: VehicleTelemetry) -> FlownPosition:
    """A position as an operator's system tells it. Raises TelemetryRefusedError."""
    position = told.position
    if position is None or position.latitude is None or position.longitude is None or position.altitude is None:
        raise TelemetryRefusedError("telemetry needs a position with latitude, longitude and altitude")
    try:
        measured_s = read_time(told.time_measured)
    except TimeError as error:
        raise TelemetryRefusedError(f"time_measured: {error}") from None
    return FlownPosition(
        measured_s=measured_s,
        latitude_deg=position.latitude,
        longitude_deg=position.longitude,
        height_m=position.altitude.value,
        horizontal_accuracy_m=0.0 if position.accuracy_h is None else HORIZONTAL_M.get(position.accuracy_h, 0.0),
        vertical_accuracy_m=0.0 if position.accuracy_v is None else VERTICAL_M.get(position.accuracy_v, 0.0),
    )
