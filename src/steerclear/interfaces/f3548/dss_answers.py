"""What the DSS answers with: references, subscriptions and refusals of the directory as messages of the wire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from steerclear.interfaces.f3548 import wire
from steerclear.interfaces.f3548.problems import Refusal
from steerclear.interfaces.f3548.times import write_time
from steerclear.model.airspace import Availability, ConstraintReference, IntentReference, UssAvailability
from steerclear.model.intent import IntentState
from steerclear.services.dss.faults import DirectoryRefusalError, KeysMissingError, Reason
from steerclear.services.dss.notify import Subscriber
from steerclear.services.dss.referring import Referring
from steerclear.services.dss.subscribe import SubscriptionStanding

NO_SUBSCRIPTION: Final = "00000000-0000-4000-8000-000000000000"
"""Stands where an operational intent has no subscription: the OpenAPI lets no reference be without one."""

STATES: Final = {
    IntentState.ACCEPTED: wire.OperationalIntentState.ACCEPTED,
    IntentState.ACTIVATED: wire.OperationalIntentState.ACTIVATED,
    IntentState.NONCONFORMING: wire.OperationalIntentState.NONCONFORMING,
    IntentState.CONTINGENT: wire.OperationalIntentState.CONTINGENT,
}
STATES_READ: Final = {wired: state for state, wired in STATES.items()}
AVAILABILITIES: Final = {
    UssAvailability.UNKNOWN: wire.UssAvailabilityState.UNKNOWN,
    UssAvailability.NORMAL: wire.UssAvailabilityState.NORMAL,
    UssAvailability.DOWN: wire.UssAvailabilityState.DOWN,
}
STATUSES: Final = {
    Reason.INVALID: 400,
    # The OpenAPI has 413 for this; InterUSS's prober takes nothing but 400, which the OpenAPI allows as well.
    Reason.AREA_TOO_LARGE: 400,
    Reason.NOT_ALLOWED: 403,
    Reason.UNKNOWN: 404,
    Reason.NOT_CURRENT: 409,
    Reason.KEYS_MISSING: 409,
    Reason.CLIENT_DOWN: 412,
    Reason.TOO_MANY: 429,
}


def intent_reference(reference: IntentReference, referring: Referring, client: str) -> wire.OperationalIntentReference:
    """An operational intent reference as a client may see it: the OVN is for its manager only."""
    return wire.OperationalIntentReference(
        id=reference.entity_id,
        manager=reference.manager,
        uss_availability=AVAILABILITIES[referring.of(reference.manager)],
        version=reference.version,
        state=STATES[reference.state],
        time_start=write_time(reference.from_s),
        time_end=write_time(reference.until_s),
        uss_base_url=reference.uss_base_url,
        subscription_id=reference.subscription_id or NO_SUBSCRIPTION,
        ovn=reference.ovn if reference.manager == client else None,
    )


def constraint_reference(reference: ConstraintReference, referring: Referring, client: str) -> wire.ConstraintReference:
    """A constraint reference as a client may see it."""
    return wire.ConstraintReference(
        id=reference.entity_id,
        manager=reference.manager,
        uss_availability=AVAILABILITIES[referring.of(reference.manager)],
        version=reference.version,
        time_start=write_time(reference.from_s),
        time_end=write_time(reference.until_s),
        uss_base_url=reference.uss_base_url,
        ovn=reference.ovn if reference.manager == client else None,
    )


def intent_references(
    references: Iterable[IntentReference], referring: Referring, client: str
) -> tuple[wire.OperationalIntentReference, ...]:
    """Several of them."""
    return tuple(intent_reference(one, referring, client) for one in references)


def constraint_references(
    references: Iterable[ConstraintReference], referring: Referring, client: str
) -> tuple[wire.ConstraintReference, ...]:
    """Several of them."""
    return tuple(constraint_reference(one, referring, client) for one in references)


def subscribers_to_notify(subscribers: Iterable[Subscriber]) -> tuple[wire.SubscriberToNotify, ...]:
    """Whom the client must tell."""
    return tuple(
        wire.SubscriberToNotify(
            uss_base_url=one.uss_base_url,
            subscriptions=tuple(
                wire.SubscriptionState(subscription_id=told.subscription_id, notification_index=told.notification_index)
                for told in one.subscriptions
            ),
        )
        for one in subscribers
    )


def subscription(standing: SubscriptionStanding) -> wire.Subscription:
    """A subscription as its client sees it."""
    one = standing.subscription
    return wire.Subscription(
        id=one.entity_id,
        version=one.version,
        notification_index=one.notification_index,
        uss_base_url=one.uss_base_url,
        time_start=write_time(one.from_s),
        time_end=write_time(one.until_s),
        notify_for_operational_intents=one.for_intents,
        notify_for_constraints=one.for_constraints,
        implicit_subscription=one.implicit,
        dependent_operational_intents=standing.dependents,
    )


def subscription_put(standing: SubscriptionStanding, client: str) -> wire.PutSubscriptionResponse:
    """A subscription with what is in its area already."""
    intents, constraints = standing.intents, standing.constraints
    return wire.PutSubscriptionResponse(
        subscription=subscription(standing),
        operational_intent_references=None
        if intents is None
        else intent_references(intents, standing.referring, client),
        constraint_references=None
        if constraints is None
        else constraint_references(constraints, standing.referring, client),
    )


def availability(declared: Availability) -> wire.UssAvailabilityStatusResponse:
    """What is declared about a USS."""
    status = wire.UssAvailabilityStatus(uss=declared.uss, availability=AVAILABILITIES[declared.state])
    return wire.UssAvailabilityStatusResponse(version=declared.version, status=status)


def refusal_of(error: DirectoryRefusalError, client: str | None) -> Refusal:
    """A refusal of the directory with its status; what the key lacks is listed as the client may see it."""
    if isinstance(error, KeysMissingError):
        conflict = wire.AirspaceConflictResponse(
            message=str(error),
            missing_operational_intents=intent_references(error.intents, error.referring, client or ""),
            missing_constraints=constraint_references(error.constraints, error.referring, client or ""),
        )
        return Refusal(STATUSES[error.reason], str(error), conflict)
    return Refusal(STATUSES[error.reason], str(error))
