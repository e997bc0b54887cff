"""References and details as the services know them, from the wire and to it; what does not fit is refused."""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.interfaces.f3548 import wire
from steerclear.interfaces.f3548.decode_volumes import Needs, VolumeRefusedError, read_volumes, write_volume
from steerclear.interfaces.f3548.times import TimeError, read_time, write_time
from steerclear.interfaces.f3548.wire_values import Time
from steerclear.model.intent import IntentState, OperationalIntent
from steerclear.services.uss.airspace import (
    Availability,
    ConstraintNotice,
    ConstraintReference,
    IntentNotice,
    IntentReference,
    SharedConstraint,
    SharedIntent,
    Subscriber,
    SubscriptionState,
)

STATES: Final = {
    wire.OperationalIntentState.ACCEPTED: IntentState.ACCEPTED,
    wire.OperationalIntentState.ACTIVATED: IntentState.ACTIVATED,
    wire.OperationalIntentState.NONCONFORMING: IntentState.NONCONFORMING,
    wire.OperationalIntentState.CONTINGENT: IntentState.CONTINGENT,
}
WIRE_STATES: Final = {state: spelt for spelt, state in STATES.items()}
_AVAILABILITY: Final = {
    wire.UssAvailabilityState.UNKNOWN: Availability.UNKNOWN,
    wire.UssAvailabilityState.NORMAL: Availability.NORMAL,
    wire.UssAvailabilityState.DOWN: Availability.DOWN,
}
_WIRE_AVAILABILITY: Final = {ours: spelt for spelt, ours in _AVAILABILITY.items()}
_BOTH: Final = Needs.TIMES | Needs.ALTITUDES


class UnreadableError(ValueError):
    """A message that is well formed and says what cannot be; the text names the field."""


def read_intent_reference(told: wire.OperationalIntentReference) -> IntentReference:
    """A reference. Raises UnreadableError."""
    from_s, until_s = _span(told.time_start, told.time_end)
    return IntentReference(
        intent_id=told.id.lower(),
        manager=told.manager,
        availability=_AVAILABILITY[told.uss_availability],
        version=told.version,
        state=STATES[told.state],
        from_s=from_s,
        until_s=until_s,
        base_url=_base_url(told.uss_base_url),
        subscription_id=told.subscription_id,
        ovn=told.ovn,
    )


def write_intent_reference(reference: IntentReference) -> wire.OperationalIntentReference:
    """A reference of ours, with its OVN."""
    return wire.OperationalIntentReference(
        id=reference.intent_id,
        manager=reference.manager,
        uss_availability=_WIRE_AVAILABILITY[reference.availability],
        version=reference.version,
        state=WIRE_STATES[reference.state],
        time_start=write_time(reference.from_s),
        time_end=write_time(reference.until_s),
        uss_base_url=reference.base_url,
        subscription_id=reference.subscription_id,
        ovn=reference.ovn,
    )


def read_constraint_reference(told: wire.ConstraintReference) -> ConstraintReference:
    """A reference. Raises UnreadableError."""
    from_s, until_s = _span(told.time_start, told.time_end)
    return ConstraintReference(
        constraint_id=told.id.lower(),
        manager=told.manager,
        availability=_AVAILABILITY[told.uss_availability],
        version=told.version,
        from_s=from_s,
        until_s=until_s,
        base_url=_base_url(told.uss_base_url),
        ovn=told.ovn,
    )


def write_constraint_reference(reference: ConstraintReference) -> wire.ConstraintReference:
    """A reference of ours, with its OVN."""
    return wire.ConstraintReference(
        id=reference.constraint_id,
        manager=reference.manager,
        uss_availability=_WIRE_AVAILABILITY[reference.availability],
        version=reference.version,
        time_start=write_time(reference.from_s),
        time_end=write_time(reference.until_s),
        uss_base_url=reference.base_url,
        ovn=reference.ovn,
    )


def read_intent(told: wire.OperationalIntent) -> SharedIntent:
    """A reference with its details. Raises UnreadableError."""
    reference = read_intent_reference(told.reference)
    details = told.details
    try:
        nominal = read_volumes(details.volumes or (), _BOTH, name="details.volumes")
        off_nominal = read_volumes(details.off_nominal_volumes or (), _BOTH, name="details.off_nominal_volumes")
    except VolumeRefusedError as error:
        raise UnreadableError(str(error)) from None
    intent = OperationalIntent(
        intent_id=reference.intent_id,
        revision=reference.version,
        party=reference.manager,
        state=reference.state,
        title="",
        volumes=nominal,
        off_nominal_volumes=off_nominal,
        priority=details.priority or 0,
    )
    return SharedIntent(reference=reference, intent=intent)


def write_intent(shared: SharedIntent) -> wire.OperationalIntent:
    """A reference with its details."""
    intent = shared.intent
    details = wire.OperationalIntentDetails(
        volumes=tuple(write_volume(volume) for volume in intent.volumes),
        off_nominal_volumes=tuple(write_volume(volume) for volume in intent.off_nominal_volumes),
        priority=intent.priority,
    )
    return wire.OperationalIntent(reference=write_intent_reference(shared.reference), details=details)


def read_constraint(told: wire.Constraint) -> SharedConstraint:
    """A reference with its details. Raises UnreadableError."""
    try:
        volumes = read_volumes(told.details.volumes, Needs.TIMES, name="details.volumes")
    except VolumeRefusedError as error:
        raise UnreadableError(str(error)) from None
    geozone = told.details.geozone
    return SharedConstraint(
        reference=read_constraint_reference(told.reference),
        volumes=volumes,
        kind=told.details.type,
        geozone_json=None if geozone is None else msgspec.json.encode(geozone).decode(),
    )


def write_constraint(shared: SharedConstraint) -> wire.Constraint:
    """A reference with its details."""
    details = wire.ConstraintDetails(
        volumes=tuple(write_volume(volume) for volume in shared.volumes),
        type=shared.kind,
        geozone=None if shared.geozone_json is None else msgspec.json.decode(shared.geozone_json, type=dict),
    )
    return wire.Constraint(reference=write_constraint_reference(shared.reference), details=details)


def read_subscribers(told: tuple[wire.SubscriberToNotify, ...]) -> tuple[Subscriber, ...]:
    """Whom the DSS wants to be told; all subscriptions of one base URL together."""
    merged: dict[str, list[SubscriptionState]] = {}
    for one in told:
        merged.setdefault(_base_url(one.uss_base_url), []).extend(_states(one.subscriptions))
    return tuple(Subscriber(base_url, tuple(states)) for base_url, states in merged.items())


def read_intent_notice(told: wire.PutOperationalIntentDetailsParameters) -> IntentNotice:
    """A notification. Raises UnreadableError."""
    intent = told.operational_intent
    return IntentNotice(
        intent_id=told.operational_intent_id.lower(),
        intent=None if intent is None else read_intent(intent),
        subscriptions=_states(told.subscriptions),
    )


def read_constraint_notice(told: wire.PutConstraintDetailsParameters) -> ConstraintNotice:
    """A notification. Raises UnreadableError."""
    constraint = told.constraint
    return ConstraintNotice(
        constraint_id=told.constraint_id.lower(),
        constraint=None if constraint is None else read_constraint(constraint),
        subscriptions=_states(told.subscriptions),
    )


def write_notice(
    notice: IntentNotice | ConstraintNotice,
) -> wire.PutOperationalIntentDetailsParameters | wire.PutConstraintDetailsParameters:
    """A notification."""
    states = tuple(
        wire.SubscriptionState(subscription_id=one.subscription_id, notification_index=one.notification_index)
        for one in notice.subscriptions
    )
    if isinstance(notice, IntentNotice):
        return wire.PutOperationalIntentDetailsParameters(
            operational_intent_id=notice.intent_id,
            operational_intent=None if notice.intent is None else write_intent(notice.intent),
            subscriptions=states,
        )
    return wire.PutConstraintDetailsParameters(
        constraint_id=notice.constraint_id,
        constraint=None if notice.constraint is None else write_constraint(notice.constraint),
        subscriptions=states,
    )


def _states(told: tuple[wire.SubscriptionState, ...]) -> tuple[SubscriptionState, ...]:
    return tuple(SubscriptionState(one.subscription_id, one.notification_index) for one in told)


def _span(start: Time, end: Time) -> tuple[float, float]:
    try:
        from_s, until_s = read_time(start), read_time(end)
    except TimeError as error:
        raise UnreadableError(f"reference: {error}") from None
    if from_s > until_s:
        raise UnreadableError("reference: time_end is before time_start")
    return from_s, until_s


def _base_url(told: str) -> str:
    # The OpenAPI has no trailing slash there; some send one, and a path is put behind it.
    return told.rstrip("/")
