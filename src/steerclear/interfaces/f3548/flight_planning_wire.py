"""The messages of InterUSS's flight planning interface v1, as structs; unknown fields are ignored.

Source: the OpenAPI of the Flight Planning Automated Testing Interface, version 0.5.0.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec

from steerclear.interfaces.f3548 import wire_values
from steerclear.interfaces.f3548.limits import MAX_REQUEST_ID_CHARS
from steerclear.interfaces.f3548.wire_values import Circle, Polygon, Time, Units, Wire

RequestId = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_REQUEST_ID_CHARS)]


class UsageState(StrEnum):
    """How the user uses the plan."""

    PLANNED = "Planned"
    IN_USE = "InUse"
    CLOSED = "Closed"


class UasState(StrEnum):
    """How the user's aircraft is."""

    NOMINAL = "Nominal"
    OFF_NOMINAL = "OffNominal"
    CONTINGENT = "Contingent"
    NOT_SPECIFIED = "NotSpecified"


class ExecutionStyle(StrEnum):
    """Whether it is asked, wished or told."""

    HYPOTHETICAL = "Hypothetical"
    IF_ALLOWED = "IfAllowed"
    IN_REALITY = "InReality"


class ActivityResult(StrEnum):
    """What became of a wish."""

    COMPLETED = "Completed"
    REJECTED = "Rejected"
    FAILED = "Failed"
    NOT_SUPPORTED = "NotSupported"


class PlanStatus(StrEnum):
    """How a plan stands."""

    NOT_PLANNED = "NotPlanned"
    PLANNED = "Planned"
    OK_TO_FLY = "OkToFly"
    OFF_NOMINAL = "OffNominal"
    CLOSED = "Closed"


class AdvisoryInclusion(StrEnum):
    """Whether the user was told of anything besides."""

    UNKNOWN = "Unknown"
    SOME = "AtLeastOneAdvisoryOrCondition"
    NONE = "NoAdvisoriesOrConditions"


class Conflicts(StrEnum):
    """How many conflicts a notice tells of."""

    UNKNOWN = "Unknown"
    NONE = "None"
    SINGLE = "Single"
    MULTIPLE = "Multiple"


class AltitudeReference(StrEnum):
    """What a height is measured from; only the ellipsoid can be used."""

    W84 = "W84"
    SFC = "SFC"
    TAKEOFF = "Takeoff"


class Altitude(Wire, frozen=True):
    """A height."""

    value: Annotated[float, msgspec.Meta(ge=-8_000, le=100_000)]
    reference: AltitudeReference
    units: Units


class Volume3D(Wire, frozen=True):
    """An upright prism over one outline."""

    outline_circle: Circle | None = None
    outline_polygon: Polygon | None = None
    altitude_lower: Altitude | None = None
    altitude_upper: Altitude | None = None


class Volume4D(Wire, frozen=True):
    """Airspace for a time."""

    volume: Volume3D
    time_start: Time | None = None
    time_end: Time | None = None


class BasicFlightPlanInformation(Wire, frozen=True):
    """What a user says of a flight."""

    usage_state: UsageState
    uas_state: UasState
    area: tuple[Volume4D, ...] | None = None


class F3548Information(Wire, frozen=True):
    """What F3548-21 needs besides."""

    priority: Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)] | None = None


class FlightPlan(Wire, frozen=True):
    """A flight as its user wants it."""

    basic_information: BasicFlightPlanInformation
    astm_f3548_21: F3548Information | None = None
    uspace_flight_authorisation: dict[str, Any] | None = None


class UpsertFlightPlanRequest(Wire, frozen=True):
    """A wish to plan, change or close a flight."""

    flight_plan: FlightPlan
    execution_style: ExecutionStyle
    request_id: RequestId


class FlightPlanResponse(Wire, frozen=True):
    """What became of a wish, also of one to delete."""

    planning_result: ActivityResult
    flight_plan_status: PlanStatus
    notes: str | None = None
    includes_advisories: AdvisoryInclusion | None = None


class ClearAreaRequest(Wire, frozen=True):
    """A wish to end all flights in an area."""

    request_id: RequestId
    extent: Volume4D


class ClearAreaOutcome(Wire, frozen=True):
    """Whether all flights in an area are ended."""

    success: bool
    message: str | None = None
    details: dict[str, Any] | None = None


class ClearAreaResponse(Wire, frozen=True):
    """The outcome of clearing an area."""

    outcome: ClearAreaOutcome


class StatusResponse(Wire, frozen=True):
    """Whether tests may begin."""

    status: str
    api_name: str
    api_version: str


class UserNotification(Wire, frozen=True):
    """Something the user was told."""

    observed_at: Time
    message: str
    conflicts: Conflicts


class QueryUserNotificationsResponse(Wire, frozen=True):
    """What the user was told within a time."""

    user_notifications: tuple[UserNotification, ...]


class NotEllipsoidError(ValueError):
    """A height above ground or the place of take-off: without terrain data it cannot be told above the ellipsoid."""


def as_f3548(volume: Volume4D) -> wire_values.Volume4D:
    """The volume as F3548-21 has it. Raises NotEllipsoidError."""
    prism = volume.volume
    return wire_values.Volume4D(
        volume=wire_values.Volume3D(
            outline_circle=prism.outline_circle,
            outline_polygon=prism.outline_polygon,
            altitude_lower=_height(prism.altitude_lower),
            altitude_upper=_height(prism.altitude_upper),
        ),
        time_start=volume.time_start,
        time_end=volume.time_end,
    )


def _height(altitude: Altitude | None) -> wire_values.Altitude | None:
    if altitude is None:
        return None
    if altitude.reference is not AltitudeReference.W84:
        raise NotEllipsoidError(
            f"heights above {altitude.reference.value} cannot be told above the ellipsoid without terrain data: use W84"
        )
    return wire_values.Altitude(
        value=altitude.value, reference=wire_values.AltitudeReference.W84, units=wire_values.Units.METRES
    )
