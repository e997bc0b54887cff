"""The messages of F3548-21 between USS and DSS and between two USSs, as structs.

Reading is lenient as the standard asks (unknown fields ignored, null is as good as absent) and strict in everything
else. Writing leaves out what is None; a list or flag that must be seen is given a value. Source: the OpenAPI of ASTM
F3548-21; each struct bears the name of its schema.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec

from steerclear.interfaces.f3548.wire_values import (
    EntityId,
    Extents,
    Key,
    NotificationIndex,
    Ovn,
    OvnSuffix,
    SubscriptionId,
    Time,
    UssUrl,
    Version,
    Volume4D,
    Volumes,
    Wire,
)


class Scope(StrEnum):
    """What a token lets its bearer do."""

    STRATEGIC_COORDINATION = "utm.strategic_coordination"
    CONSTRAINT_MANAGEMENT = "utm.constraint_management"
    CONSTRAINT_PROCESSING = "utm.constraint_processing"
    CONFORMANCE_MONITORING_SA = "utm.conformance_monitoring_sa"
    AVAILABILITY_ARBITRATION = "utm.availability_arbitration"


class OperationalIntentState(StrEnum):
    """States of an operational intent that can be seen on the wire."""

    ACCEPTED = "Accepted"
    ACTIVATED = "Activated"
    NONCONFORMING = "Nonconforming"
    CONTINGENT = "Contingent"


class UssAvailabilityState(StrEnum):
    """What has been declared about a USS."""

    UNKNOWN = "Unknown"
    NORMAL = "Normal"
    DOWN = "Down"


class ErrorResponse(Wire, frozen=True):
    """Why a request was refused."""

    message: str | None = None


# --- Subscriptions ---


class SubscriptionState(Wire, frozen=True):
    """A subscription and how many notifications it has caused."""

    subscription_id: SubscriptionId
    notification_index: NotificationIndex


class SubscriberToNotify(Wire, frozen=True):
    """One base URL that must be told of a change, for these subscriptions."""

    subscriptions: Annotated[tuple[SubscriptionState, ...], msgspec.Meta(min_length=1)]
    uss_base_url: UssUrl


class Subscription(Wire, frozen=True):
    """An area that a client wants to hear about."""

    id: SubscriptionId
    version: str
    notification_index: NotificationIndex
    uss_base_url: UssUrl
    time_start: Time | None = None
    time_end: Time | None = None
    notify_for_operational_intents: bool | None = None
    notify_for_constraints: bool | None = None
    implicit_subscription: bool | None = None
    dependent_operational_intents: tuple[EntityId, ...] | None = None


class QueryParameters(Wire, frozen=True):
    """What a query for references or subscriptions asks for; the schema calls it Query…Parameters thrice."""

    area_of_interest: Volume4D | None = None


class PutSubscriptionParameters(Wire, frozen=True):
    """A subscription as its client wants it."""

    extents: Volume4D
    uss_base_url: UssUrl
    notify_for_operational_intents: bool | None = None
    notify_for_constraints: bool | None = None


class QuerySubscriptionsResponse(Wire, frozen=True):
    """Subscriptions of the caller in an area."""

    subscriptions: tuple[Subscription, ...]


class GetSubscriptionResponse(Wire, frozen=True):
    """One subscription; a deletion answers with the same shape."""

    subscription: Subscription


# --- References ---


class OperationalIntentReference(Wire, frozen=True):
    """That an operational intent is there, whose it is and where its details can be had."""

    id: EntityId
    manager: str
    uss_availability: UssAvailabilityState
    version: Version
    state: OperationalIntentState
    time_start: Time
    time_end: Time
    uss_base_url: UssUrl
    subscription_id: str
    """A UUID; some hosts write the nil UUID where there is no subscription, so any text is read."""
    ovn: Ovn | None = None


class ConstraintReference(Wire, frozen=True):
    """That a constraint is there, whose it is and where its details can be had."""

    id: EntityId
    manager: str
    uss_availability: UssAvailabilityState
    version: Version
    time_start: Time
    time_end: Time
    uss_base_url: UssUrl
    ovn: Ovn | None = None


class ImplicitSubscriptionParameters(Wire, frozen=True):
    """A subscription that the DSS makes and removes together with an operational intent."""

    uss_base_url: UssUrl
    notify_for_constraints: bool | None = None


class PutOperationalIntentReferenceParameters(Wire, frozen=True):
    """An operational intent reference as its manager wants it."""

    extents: Extents
    state: OperationalIntentState
    uss_base_url: UssUrl
    key: Key | None = None
    subscription_id: EntityId | None = None
    new_subscription: ImplicitSubscriptionParameters | None = None
    requested_ovn_suffix: OvnSuffix | None = None


class PutConstraintReferenceParameters(Wire, frozen=True):
    """A constraint reference as its manager wants it."""

    extents: Extents
    uss_base_url: UssUrl


class GetOperationalIntentReferenceResponse(Wire, frozen=True):
    """One operational intent reference."""

    operational_intent_reference: OperationalIntentReference


class ChangeOperationalIntentReferenceResponse(Wire, frozen=True):
    """What became of a reference, and who must be told."""

    subscribers: tuple[SubscriberToNotify, ...]
    operational_intent_reference: OperationalIntentReference


class QueryOperationalIntentReferenceResponse(Wire, frozen=True):
    """Operational intent references in an area."""

    operational_intent_references: tuple[OperationalIntentReference, ...]


class GetConstraintReferenceResponse(Wire, frozen=True):
    """One constraint reference."""

    constraint_reference: ConstraintReference


class ChangeConstraintReferenceResponse(Wire, frozen=True):
    """What became of a reference, and who must be told."""

    subscribers: tuple[SubscriberToNotify, ...]
    constraint_reference: ConstraintReference


class QueryConstraintReferencesResponse(Wire, frozen=True):
    """Constraint references in an area."""

    constraint_references: tuple[ConstraintReference, ...]


class PutSubscriptionResponse(Wire, frozen=True):
    """A subscription as it now stands, with what is in its area already."""

    subscription: Subscription
    operational_intent_references: tuple[OperationalIntentReference, ...] | None = None
    constraint_references: tuple[ConstraintReference, ...] | None = None


class AirspaceConflictResponse(Wire, frozen=True):
    """Refused because the client does not know all that its plan would touch."""

    message: str | None = None
    missing_operational_intents: tuple[OperationalIntentReference, ...] | None = None
    missing_constraints: tuple[ConstraintReference, ...] | None = None


# --- Availability ---


class UssAvailabilityStatus(Wire, frozen=True):
    """A USS, by the `sub` of its tokens, and its availability."""

    uss: str
    availability: UssAvailabilityState


class SetUssAvailabilityStatusParameters(Wire, frozen=True):
    """A change of the availability of a USS, against the version that was read; the first has none."""

    availability: str
    """A UssAvailabilityState; InterUSS's prober writes it in lower case."""
    old_version: str | None = None


class UssAvailabilityStatusResponse(Wire, frozen=True):
    """The availability of a USS, with the version that a change must name."""

    version: str
    status: UssAvailabilityStatus


# --- Details, between two USSs ---


class OperationalIntentDetails(Wire, frozen=True):
    """Where and when the aircraft may be; the DSS never sees it."""

    volumes: Volumes | None = None
    off_nominal_volumes: Volumes | None = None
    priority: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None = None


class OperationalIntent(Wire, frozen=True):
    """A reference with its details."""

    reference: OperationalIntentReference
    details: OperationalIntentDetails


class PutOperationalIntentDetailsParameters(Wire, frozen=True):
    """A notification: the intent as it now is, or without one that it is gone."""

    operational_intent_id: EntityId
    subscriptions: Annotated[tuple[SubscriptionState, ...], msgspec.Meta(min_length=1)]
    operational_intent: OperationalIntent | None = None


class GetOperationalIntentDetailsResponse(Wire, frozen=True):
    """An operational intent as its manager tells it."""

    operational_intent: OperationalIntent


class ConstraintDetails(Wire, frozen=True):
    """Where and when a constraint is; `geozone` (ED-269) is carried as it came."""

    volumes: Extents
    type: str | None = None
    geozone: dict[str, Any] | None = None


class Constraint(Wire, frozen=True):
    """A reference with its details."""

    reference: ConstraintReference
    details: ConstraintDetails


class PutConstraintDetailsParameters(Wire, frozen=True):
    """A notification: the constraint as it now is, or without one that it is gone."""

    constraint_id: EntityId
    subscriptions: Annotated[tuple[SubscriptionState, ...], msgspec.Meta(min_length=1)]
    constraint: Constraint | None = None


class GetConstraintDetailsResponse(Wire, frozen=True):
    """A constraint as its manager tells it."""

    constraint: Constraint
