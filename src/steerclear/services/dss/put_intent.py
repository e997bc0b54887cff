"""Create or change the reference of an operational intent, in one transaction with its subscription.

In order: whose it is and which version the client knows; the state; the subscription it relies on; the key, which must
hold the OVN of everything that it would touch; then who must be told.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import msgspec

from steerclear.model.airspace import Availability, IntentReference, Subscription, UssAvailability
from steerclear.model.intent import IntentState
from steerclear.services.dss.covering import covers_ground
from steerclear.services.dss.directory import Directory, Minted, removable
from steerclear.services.dss.faults import (
    DirectoryRefusalError,
    KeysMissingError,
    Reason,
    invalid,
    not_allowed,
    not_current,
)
from steerclear.services.dss.limits import MAX_AREA_M2, WIRE_ROUNDING_S
from steerclear.services.dss.notify import Subscriber, for_intents, subscribers
from steerclear.services.dss.ovn import requested_ovn
from steerclear.services.dss.referring import Referring
from steerclear.services.dss.surveying import Survey, as_one, check_area, sought_places, stored_places
from steerclear.store.airspace import AirspaceTransaction, Expected, Kind, Placed

NOMINAL = frozenset({IntentState.ACCEPTED, IntentState.ACTIVATED})
"""States in which a plan must be shown to know what it touches; off-nominal ones are adjusted as flown."""

ALLOWED: dict[IntentState | None, frozenset[IntentState]] = {
    None: frozenset({IntentState.ACCEPTED}),
    IntentState.ACCEPTED: frozenset(IntentState) - {IntentState.ENDED},
    IntentState.ACTIVATED: frozenset(IntentState) - {IntentState.ENDED},
    IntentState.NONCONFORMING: frozenset({IntentState.NONCONFORMING, IntentState.ACTIVATED, IntentState.CONTINGENT}),
    IntentState.CONTINGENT: frozenset({IntentState.CONTINGENT}),
}
"""State -> states that a change may lead to; ended is a removal. A contingent flight does nothing else any more."""


class NewSubscription(msgspec.Struct, frozen=True):
    """A subscription to be made with an operational intent."""

    uss_base_url: str
    for_constraints: bool


class IntentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An operational intent reference as its client wants it."""

    client: str
    may_go_off_nominal: bool
    """Whether the client performs conformance monitoring for situational awareness."""
    entity_id: str
    ovn: str | None
    """The version that is to be changed; None for a new one."""
    state: IntentState
    uss_base_url: str
    survey: Survey
    key: frozenset[str]
    subscription_id: str | None = None
    new_subscription: NewSubscription | None = None
    ovn_suffix: str | None = None


class IntentChanged(msgspec.Struct, frozen=True):
    """What became of an operational intent, and who must be told."""

    reference: IntentReference
    referring: Referring
    subscribers: tuple[Subscriber, ...]


class _Relied(msgspec.Struct, frozen=True):
    """The subscription that an operational intent will rely on, and what that changes."""

    subscription: Subscription | None
    changed: Placed | None = None
    gone: str | None = None
    """A subscription that goes away with this change."""


def put_intent(directory: Directory, request: IntentRequest) -> Future[IntentChanged]:
    """Create or change a reference. The future raises DirectoryRefusalError, StoreError."""
    now_s = directory.clock.now_s()
    check_area(request.survey, MAX_AREA_M2)
    _check_alone(directory, request, now_s)
    minted = directory.minted()
    if request.ovn_suffix is not None:
        ovn = requested_ovn(request.entity_id, request.ovn_suffix, now_s)
        minted = msgspec.structs.replace(minted, ovn=ovn)
    return directory.write(_work(directory, request, minted, now_s), _expected(request))


def _check_alone(directory: Directory, request: IntentRequest, now_s: float) -> None:
    """What can be said without looking at what is stored."""
    if request.subscription_id is not None and request.new_subscription is not None:
        raise invalid("subscription_id and new_subscription exclude each other")
    if request.ovn is None and request.state not in ALLOWED[None]:
        raise invalid(f"a new operational intent is accepted first, not {request.state.value}")
    relies = request.subscription_id is not None or request.new_subscription is not None
    if request.state is not IntentState.ACCEPTED and not relies:
        raise invalid(f"an operational intent that is {request.state.value} needs a subscription")
    if request.state not in NOMINAL and not request.may_go_off_nominal:
        raise not_allowed(f"the state {request.state.value} takes the scope of conformance monitoring")
    ahead_s = directory.settings.max_ahead_s
    if ahead_s is not None and min(one.volume.from_s for one in request.survey) > now_s + ahead_s:
        raise invalid(f"an operational intent may begin {ahead_s / 86_400:g} days from now at the latest")


def _expected(request: IntentRequest) -> Expected:
    entities = [(Kind.INTENT, request.entity_id)]
    if request.subscription_id is not None:
        entities.append((Kind.SUBSCRIPTION, request.subscription_id))
    found = [(Kind.SUBSCRIPTION, one) for one in sought_places(request.survey)]
    if request.state in NOMINAL:
        found += [(Kind.INTENT, one) for one in sought_places(as_one(request.survey))]
    return Expected(tuple(entities), tuple(found), True)


def _work(
    directory: Directory, request: IntentRequest, minted: Minted, now_s: float
) -> Callable[[AirspaceTransaction], IntentChanged]:
    def work(transaction: AirspaceTransaction) -> IntentChanged:
        previous = transaction.get(Kind.INTENT, request.entity_id)
        assert previous is None or isinstance(previous, IntentReference)  # noqa: S101 narrows the type
        check_current(request.client, request.ovn, previous)
        check_state(request.state, previous)
        if previous is None:
            directory.check_count(transaction, Kind.INTENT, request.client)
        referring = Referring(transaction.declared())
        check_not_down(request.client, referring.availability, request.state in NOMINAL, "declare this state")
        relied = _subscription(directory, transaction, request, previous, minted)
        if request.state in NOMINAL:
            _check_key(directory, transaction, request, relied.subscription, referring)
        reference = _reference(request, previous, relied, minted)
        told = _told(directory, transaction, request, previous, relied, now_s)
        transaction.put(Placed(reference, stored_places(as_one(request.survey))))
        if relied.gone is not None:
            transaction.remove(Kind.SUBSCRIPTION, relied.gone)
        if relied.changed is not None:
            transaction.put(relied.changed)
        transaction.count_up([one.entity_id for one in told])
        return IntentChanged(reference, referring, subscribers(told))

    return work


def check_current(client: str, ovn: str | None, previous: IntentReference | None) -> None:
    """Whose it is, and whether the client knows its current version. Raises DirectoryRefusalError."""
    if previous is None:
        if ovn is not None:
            raise invalid("there is no such operational intent to change; it may have been removed")
        return
    if previous.manager != client:
        raise not_allowed("this operational intent is another client's")
    if ovn is None:
        raise not_current("there is an operational intent of this id already; name its OVN to change it")
    if previous.ovn != ovn:
        raise not_current("this OVN is not the current one of the operational intent: read it again")


def check_state(state: IntentState, previous: IntentReference | None) -> None:
    """Whether the state may follow the present one. Raises DirectoryRefusalError."""
    before = None if previous is None else previous.state
    if state not in ALLOWED[before]:
        raise invalid(f"an operational intent that is {before} cannot become {state.value}")


def check_not_down(client: str, declared: dict[str, Availability], matters: bool, what: str) -> None:
    """Raises DirectoryRefusalError when the client has been declared down and that keeps it from this."""
    standing = declared.get(client)
    if matters and standing is not None and standing.state is UssAvailability.DOWN:
        raise DirectoryRefusalError(
            Reason.CLIENT_DOWN, f"this client has been declared down: it cannot {what} before an arbitrator lifts that"
        )


def _subscription(
    directory: Directory,
    transaction: AirspaceTransaction,
    request: IntentRequest,
    previous: IntentReference | None,
    minted: Minted,
) -> _Relied:
    gone = _left_behind(transaction, request, previous)
    if request.new_subscription is not None:
        made = _implicit(request, request.new_subscription, minted)
        return _Relied(made, Placed(made, stored_places(request.survey), fresh=True), gone)
    if request.subscription_id is None:
        return _Relied(None, None, gone)
    named = transaction.get(Kind.SUBSCRIPTION, request.subscription_id)
    if not isinstance(named, Subscription):
        raise invalid("there is no subscription of this subscription_id")
    if named.manager != request.client:
        raise not_allowed("the subscription of this subscription_id is another client's")
    if not named.for_intents:
        raise invalid("the subscription of this subscription_id does not notify of operational intents")
    if not _covers(directory, named, request.survey):
        if not named.implicit:
            raise invalid("the subscription of this subscription_id does not cover the operational intent")
        widened = _widened(transaction, request, named, minted)
        return _Relied(widened, Placed(widened, stored_places(directory.survey_of(widened))), gone)
    return _Relied(named, None, gone)


def _left_behind(
    transaction: AirspaceTransaction, request: IntentRequest, previous: IntentReference | None
) -> str | None:
    """The implicit subscription that no operational intent relies on any more after this change."""
    if previous is None or previous.subscription_id is None or previous.subscription_id == request.subscription_id:
        return None
    before = transaction.get(Kind.SUBSCRIPTION, previous.subscription_id)
    if not isinstance(before, Subscription) or not before.implicit:
        return None
    dependents = transaction.dependents(before.entity_id)
    return before.entity_id if removable(before, dependents, request.entity_id) else None


def _covers(directory: Directory, subscription: Subscription, survey: Survey) -> bool:
    # What is past counts as well: InterUSS's tests take a subscription that begins later for one that does not cover.
    if subscription.from_s > min(one.volume.from_s for one in survey) + WIRE_ROUNDING_S:
        return False
    if subscription.until_s < max(one.volume.until_s for one in survey) - WIRE_ROUNDING_S:
        return False
    return covers_ground(directory.survey_of(subscription), survey)


def _implicit(request: IntentRequest, wanted: NewSubscription, minted: Minted) -> Subscription:
    return Subscription(
        entity_id=minted.subscription_id,
        manager=request.client,
        version=minted.subscription_version,
        notification_index=0,
        uss_base_url=wanted.uss_base_url,
        extents=tuple(one.volume for one in request.survey),
        for_intents=True,
        for_constraints=wanted.for_constraints,
        implicit=True,
    )


def _widened(
    transaction: AirspaceTransaction,
    request: IntentRequest,
    subscription: Subscription,
    minted: Minted,
) -> Subscription:
    """An implicit subscription over this operational intent and every other that relies on it."""
    extents = [one.volume for one in request.survey]
    for other_id in transaction.dependents(subscription.entity_id):
        other = transaction.get(Kind.INTENT, other_id)
        if other is not None and other_id != request.entity_id:
            extents += [volume for volume in other.extents if volume not in extents]
    # All of it for all the time: what relies on it asks for a span, not for each volume's own.
    from_s = min(volume.from_s for volume in extents)
    until_s = max(volume.until_s for volume in extents)
    return msgspec.structs.replace(
        subscription,
        extents=tuple(msgspec.structs.replace(one, from_s=from_s, until_s=until_s) for one in extents),
        version=minted.subscription_version,
    )


def _check_key(
    directory: Directory,
    transaction: AirspaceTransaction,
    request: IntentRequest,
    subscription: Subscription | None,
    referring: Referring,
) -> None:
    intents = [
        one
        for one in directory.intents_within(transaction, request.survey)
        if one.entity_id != request.entity_id
        and one.ovn not in request.key
        and not (one.state is IntentState.ACCEPTED and referring.of(one.manager) is UssAvailability.DOWN)
    ]
    constraints = []
    if subscription is not None and subscription.for_constraints:
        within = directory.constraints_within(transaction, request.survey)
        constraints = [one for one in within if one.ovn not in request.key]
    if intents or constraints:
        raise KeysMissingError(tuple(intents), tuple(constraints), referring)


def _reference(
    request: IntentRequest, previous: IntentReference | None, relied: _Relied, minted: Minted
) -> IntentReference:
    if previous is not None and minted.ovn == previous.ovn:
        raise invalid("requested_ovn_suffix gives the OVN that the operational intent has now; choose a new one")
    return IntentReference(
        entity_id=request.entity_id,
        manager=request.client,
        uss_base_url=request.uss_base_url,
        extents=tuple(one.volume for one in request.survey),
        version=1 if previous is None else previous.version + 1,
        ovn=minted.ovn,
        state=request.state,
        subscription_id=None if relied.subscription is None else relied.subscription.entity_id,
    )


def _told(
    directory: Directory,
    transaction: AirspaceTransaction,
    request: IntentRequest,
    previous: IntentReference | None,
    relied: _Relied,
    now_s: float,
) -> list[Subscription]:
    """Subscriptions that meet the operational intent as it was or as it will be."""
    changed = request.survey if previous is None else (*request.survey, *directory.survey_of(previous))
    found = directory.subscriptions_within(transaction, changed, now_s)
    own = relied.subscription
    told = for_intents(found, without=(relied.gone or "", own.entity_id if own is not None else ""))
    # The one it relies on is always told, as it will be after this change.
    return told if own is None else [*told, own]
