"""Subscriptions that clients make themselves: create, change, read, find, remove.

A subscription lasts a day at most. One on which operational intents rely cannot be removed, nor changed so that it
no longer covers them. A client that changes an implicit one makes it its own: it is not removed with the intent.
"""

from __future__ import annotations

from concurrent.futures import Future

import msgspec

from steerclear.model.airspace import ConstraintReference, IntentReference, Subscription
from steerclear.model.volumes import Volume4D
from steerclear.services.dss.covering import covers_ground
from steerclear.services.dss.directory import Directory, Minted
from steerclear.services.dss.faults import DirectoryRefusalError, Reason, invalid, not_allowed, not_current, unknown
from steerclear.services.dss.limits import (
    MAX_AREA_M2,
    MAX_CLOCK_SKEW_S,
    MAX_LATE_START_S,
    MAX_SUBSCRIPTION_S,
    MAX_SUBSCRIPTIONS_IN_AREA,
    WIRE_ROUNDING_S,
)
from steerclear.services.dss.referring import Referring
from steerclear.services.dss.surveying import Survey, check_area, stored_places
from steerclear.store.airspace import AirspaceTransaction, Kind, Placed


class SubscriptionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as its client wants it; times None where the directory is to choose."""

    client: str
    entity_id: str
    version: str | None
    """The version that is to be changed; None for a new one."""
    uss_base_url: str
    extents: Volume4D
    """Its times are not looked at: those below count."""
    from_s: float | None
    until_s: float | None
    for_intents: bool
    for_constraints: bool


class SubscriptionStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription, the operational intents that rely on it, and what it would tell of already."""

    subscription: Subscription
    dependents: tuple[str, ...] = ()
    intents: tuple[IntentReference, ...] | None = None
    """None unless it tells of operational intents."""
    constraints: tuple[ConstraintReference, ...] | None = None
    referring: Referring = Referring({})


def put_subscription(directory: Directory, request: SubscriptionRequest) -> Future[SubscriptionStanding]:
    """Create or change a subscription. Raises DirectoryRefusalError; the future also StoreError."""
    now_s = directory.clock.now_s()
    if not (request.for_intents or request.for_constraints):
        raise invalid("a subscription tells of operational intents, of constraints or of both; this one of neither")
    check_area(directory.surveyor.survey((request.extents,)), MAX_AREA_M2)
    minted = directory.minted()

    def work(transaction: AirspaceTransaction) -> SubscriptionStanding:
        previous = transaction.get(Kind.SUBSCRIPTION, request.entity_id)
        assert previous is None or isinstance(previous, Subscription)  # noqa: S101 narrows the type
        _check_current(request, previous)
        made = _subscription(request, previous, minted, now_s)
        survey = directory.survey_of(made)
        dependents = tuple(transaction.dependents(request.entity_id))
        _check_dependents(directory, transaction, made, survey, dependents, now_s)
        if previous is None:
            _check_number(directory, transaction, request.client, survey, now_s)
        transaction.put(Placed(made, stored_places(survey)))
        return SubscriptionStanding(
            subscription=made,
            dependents=dependents,
            intents=tuple(directory.intents_within(transaction, survey)) if made.for_intents else None,
            constraints=tuple(directory.constraints_within(transaction, survey)) if made.for_constraints else None,
            referring=Referring(transaction.declared()),
        )

    return directory.write(work)


def remove_subscription(
    directory: Directory, client: str, entity_id: str, version: str
) -> Future[SubscriptionStanding]:
    """Remove a subscription. The future raises DirectoryRefusalError, StoreError."""

    def work(transaction: AirspaceTransaction) -> SubscriptionStanding:
        subscription = _own(transaction, client, entity_id)
        if subscription.version != version:
            raise not_current("this version is not the current one of the subscription: read it again")
        if transaction.dependents(entity_id):
            raise invalid("operational intents rely on this subscription: it cannot be removed before them")
        transaction.remove(Kind.SUBSCRIPTION, entity_id)
        return SubscriptionStanding(subscription=subscription)

    return directory.write(work)


def get_subscription(directory: Directory, client: str, entity_id: str) -> Future[SubscriptionStanding]:
    """One subscription of the client. The future raises DirectoryRefusalError."""

    def work(transaction: AirspaceTransaction) -> SubscriptionStanding:
        subscription = _own(transaction, client, entity_id)
        return SubscriptionStanding(subscription=subscription, dependents=tuple(transaction.dependents(entity_id)))

    return directory.read(work)


def query_subscriptions(directory: Directory, client: str, survey: Survey) -> Future[tuple[SubscriptionStanding, ...]]:
    """The client's own subscriptions that meet a volume and have not ended. Raises DirectoryRefusalError."""
    now_s = directory.clock.now_s()
    check_area(survey, MAX_AREA_M2)

    def work(transaction: AirspaceTransaction) -> tuple[SubscriptionStanding, ...]:
        found = directory.subscriptions_within(transaction, survey, now_s)
        return tuple(
            SubscriptionStanding(subscription=one, dependents=tuple(transaction.dependents(one.entity_id)))
            for one in found
            if one.manager == client
        )

    return directory.read(work)


def _own(transaction: AirspaceTransaction, client: str, entity_id: str) -> Subscription:
    subscription = transaction.get(Kind.SUBSCRIPTION, entity_id)
    if not isinstance(subscription, Subscription):
        raise unknown("there is no such subscription")
    if subscription.manager != client:
        raise not_allowed("this subscription is another client's")
    return subscription


def _check_current(request: SubscriptionRequest, previous: Subscription | None) -> None:
    if previous is None:
        if request.version is not None:
            raise invalid("there is no such subscription to change; it may have been removed")
        return
    if request.version is None:
        raise not_current("there is a subscription of this id already; name its version to change it")
    if previous.manager != request.client:
        raise not_allowed("this subscription is another client's")
    if request.version != previous.version:
        raise not_current("this version is not the current one of the subscription: read it again")


def _subscription(
    request: SubscriptionRequest, previous: Subscription | None, minted: Minted, now_s: float
) -> Subscription:
    from_s, until_s = subscription_span(request.from_s, request.until_s, previous, now_s)
    return Subscription(
        entity_id=request.entity_id,
        manager=request.client,
        version=minted.subscription_version,
        notification_index=0 if previous is None else previous.notification_index,
        uss_base_url=request.uss_base_url,
        extents=(msgspec.structs.replace(request.extents, from_s=from_s, until_s=until_s),),
        for_intents=request.for_intents,
        for_constraints=request.for_constraints,
    )


def subscription_span(
    from_s: float | None, until_s: float | None, previous: Subscription | None, now_s: float
) -> tuple[float, float]:
    """From when to when a subscription lasts: what is left open stays as it was, or is now and a day.

    Raises DirectoryRefusalError: it begins long ago, has ended, ends before it begins, or lasts longer than a day.
    """
    if from_s is None:
        from_s = now_s if previous is None else previous.from_s
    elif from_s < now_s - MAX_CLOCK_SKEW_S and (previous is None or from_s != previous.from_s):
        raise invalid("a subscription cannot begin in the past; leave time_start out to begin now")
    if until_s is None:
        until_s = from_s + MAX_SUBSCRIPTION_S if previous is None else previous.until_s
    if until_s < now_s:
        raise invalid("the subscription's time_end is in the past")
    if until_s < from_s:
        raise invalid("the subscription's time_end is before its time_start")
    if until_s - from_s > MAX_SUBSCRIPTION_S + 1e-6:
        raise invalid(f"a subscription lasts {MAX_SUBSCRIPTION_S / 3_600:g} hours at most")
    return from_s, until_s


def _check_dependents(
    directory: Directory,
    transaction: AirspaceTransaction,
    made: Subscription,
    survey: Survey,
    dependents: tuple[str, ...],
    now_s: float,
) -> None:
    for entity_id in dependents:
        intent = transaction.get(Kind.INTENT, entity_id)
        if intent is None:
            continue
        if not made.for_intents:
            raise invalid("operational intents rely on this subscription: it must tell of operational intents")
        begins_in_time = made.from_s <= max(intent.from_s + MAX_LATE_START_S, now_s)
        in_time = begins_in_time and made.until_s >= intent.until_s - WIRE_ROUNDING_S
        if not (in_time and _in_height(made.extents[0], intent.extents)):
            raise invalid(f"the subscription would not cover the operational intent {entity_id} that relies on it")
        if not covers_ground(survey, directory.survey_of(intent)):
            raise invalid(f"the subscription would not cover the operational intent {entity_id} that relies on it")


def _in_height(outer: Volume4D, inner: tuple[Volume4D, ...]) -> bool:
    if outer.lower_m is not None and any(one.lower_m is None or one.lower_m < outer.lower_m for one in inner):
        return False
    return outer.upper_m is None or all(one.upper_m is not None and one.upper_m <= outer.upper_m for one in inner)


def _check_number(
    directory: Directory, transaction: AirspaceTransaction, client: str, survey: Survey, now_s: float
) -> None:
    own = [one for one in directory.subscriptions_within(transaction, survey, now_s) if one.manager == client]
    if len(own) >= MAX_SUBSCRIPTIONS_IN_AREA:
        raise DirectoryRefusalError(
            Reason.TOO_MANY, f"this client has {len(own)} subscriptions there already: remove some"
        )
