"""Telemetry, error reports and log sets of F3548-21. Units and datum as in `wire_values`; speeds in m/s."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from steerclear.interfaces.f3548.wire_values import Altitude, EntityId, Ovn, Time, Wire


class HorizontalAccuracy(StrEnum):
    """Accuracy of a position on the ground, as in ADS-B with finer steps."""

    UNKNOWN = "HAUnknown"
    NM10_PLUS = "HA10NMPlus"
    NM10 = "HA10NM"
    NM4 = "HA4NM"
    NM2 = "HA2NM"
    NM1 = "HA1NM"
    NM05 = "HA05NM"
    NM03 = "HA03NM"
    NM01 = "HA01NM"
    NM005 = "HA005NM"
    M30 = "HA30m"
    M10 = "HA10m"
    M3 = "HA3m"
    M1 = "HA1m"


class VerticalAccuracy(StrEnum):
    """Accuracy of a height, as in ADS-B with finer steps."""

    UNKNOWN = "VAUnknown"
    M150_PLUS = "VA150mPlus"
    M150 = "VA150m"
    M45 = "VA45m"
    M25 = "VA25m"
    M10 = "VA10m"
    M3 = "VA3m"
    M1 = "VA1m"


class SpeedUnits(StrEnum):
    """The one unit of speeds."""

    METRES_PER_SECOND = "MetersPerSecond"


class Position(Wire, frozen=True):
    """Where a vehicle was; accuracies are needed where the position was extrapolated."""

    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    accuracy_h: HorizontalAccuracy | None = None
    accuracy_v: VerticalAccuracy | None = None
    extrapolated: bool | None = None
    altitude: Altitude | None = None


class Velocity(Wire, frozen=True):
    """How a vehicle moved over the ground; track 360 means that it is not known."""

    speed: float
    units_speed: SpeedUnits
    track: float | None = None


class VehicleTelemetry(Wire, frozen=True):
    """Position and velocity at one time."""

    time_measured: Time
    position: Position | None = None
    velocity: Velocity | None = None


class GetOperationalIntentTelemetryResponse(Wire, frozen=True):
    """The newest telemetry of an off-nominal operational intent, and when to ask again."""

    operational_intent_id: EntityId
    telemetry: VehicleTelemetry | None = None
    next_telemetry_opportunity: Time | None = None


class RecorderRole(StrEnum):
    """Which side of an exchange has recorded it."""

    CLIENT = "Client"
    SERVER = "Server"


class ExchangeRecord(Wire, frozen=True):
    """One request and its answer; bodies are base64."""

    url: str
    method: str
    recorder_role: RecorderRole
    request_time: Time
    headers: tuple[str, ...] | None = None
    request_body: str | None = None
    response_time: Time | None = None
    response_body: str | None = None
    response_code: Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)] | None = None
    problem: str | None = None


class ErrorReport(Wire, frozen=True):
    """A report of a failed exchange; the server that takes it gives it its id."""

    exchange: ExchangeRecord
    report_id: Annotated[str, msgspec.Meta(max_length=128)] | None = None


class PositionRecord(Wire, frozen=True):
    """Telemetry as it was received."""

    time_received: Time
    telemetry: VehicleTelemetry


class OperationalIntentPositions(Wire, frozen=True):
    """Positions received for one operational intent."""

    operational_intent_id: EntityId
    positions: tuple[PositionRecord, ...]


class PlanningRecord(Wire, frozen=True):
    """One attempt to create or change an operational intent."""

    time: Time
    ovns: tuple[Ovn, ...]
    missing_operational_intents: tuple[EntityId, ...] | None = None
    missing_constraints: tuple[EntityId, ...] | None = None
    operational_intent_id: EntityId | None = None
    problem: str | None = None


class UserNotificationRecord(Wire, frozen=True):
    """A user was told; the event is named by the requirement that asks for it."""

    triggering_event_time: Time
    notification_time: Time
    notification_triggering_event: str
    notification_details: str | None = None


class UserInputRecord(Wire, frozen=True):
    """A user has said something; the event is named by the requirement that asks for it."""

    triggering_event_time: Time
    operational_intent_id: EntityId
    input_triggering_event: str
    input_details: str | None = None


class OperatorAssociation(Wire, frozen=True):
    """Which operator answers for an operational intent."""

    operational_intent_id: EntityId
    operator_id: str


class ConstraintProviderAssociation(Wire, frozen=True):
    """Which provider answers for a constraint."""

    constraint_id: EntityId
    constraint_provider_id: str


class USSLogSet(Wire, frozen=True):
    """What a USS must be able to show afterwards."""

    messages: tuple[ExchangeRecord, ...]
    operator_notifications: tuple[UserNotificationRecord, ...]
    operator_inputs: tuple[UserInputRecord, ...]
    operator_associations: tuple[OperatorAssociation, ...]
    planning_attempts: tuple[PlanningRecord, ...]
    operational_intent_positions: tuple[OperationalIntentPositions, ...]
    constraint_provider_associations: tuple[ConstraintProviderAssociation, ...]
