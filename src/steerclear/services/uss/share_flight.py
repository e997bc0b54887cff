"""What a USS keeps around each question to the DSS: before it, after it, and when the answer was lost.

A question without an answer is settled by looking at the DSS, which alone decides what is shared:

- an intent that was to be created and is there is taken away again: its user was told that the plan failed;
- an intent that was to be changed and is at a newer version is ours in its new form, so that what we serve is what the
  DSS holds; it is put once more as it is, for the answer that names whom to tell;
- an intent that was to be removed is removed, or is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from steerclear.model.intent import OperationalIntent
from steerclear.services.uss.airspace import (
    IntentAnswer,
    IntentNotice,
    IntentPut,
    IntentReference,
    SharedIntent,
    Subscriber,
)
from steerclear.services.uss.context import Uss
from steerclear.services.uss.flight_events import FLIGHT_ENDED, Asked, Flight, flight_event, gone_event
from steerclear.services.uss.learn_airspace import References, learn
from steerclear.services.uss.notify_peers import queued
from steerclear.services.uss.ports import DssError, DssRefusedError, DssUnsureError, KeyIncompleteError, PeerError
from steerclear.services.uss.surroundings import surroundings

UNSURE_FOR_S: Final = 30.0
"""How long a request that was not answered may still be under way to or in the DSS."""


async def keep_asked(
    uss: Uss,
    flight: Flight,
    asked: Asked,
    wanted: OperationalIntent | None,
    expected: IntentReference | None = None,
) -> None:
    """Write down what the DSS is about to be asked."""
    now_s = uss.clock.now_s()
    flight = msgspec.structs.replace(flight, asked=asked, asked_s=now_s, wanted=wanted, expected=expected)
    await uss.store([flight_event(flight, now_s)])
    uss.hold(flight)


async def drop_asked(uss: Uss, flight: Flight) -> None:
    """The DSS has refused: the flight stands as it did, or is none."""
    now_s = uss.clock.now_s()
    if flight.shared is None:
        await uss.store([gone_event(FLIGHT_ENDED, [flight.flight_id], now_s)])
        uss.put_away(flight)
        return
    flight = msgspec.structs.replace(flight, asked=None, wanted=None, expected=None)
    await uss.store([flight_event(flight, now_s)])
    uss.hold(flight)


async def keep_shared(uss: Uss, flight: Flight, subscribers: Iterable[Subscriber]) -> None:
    """The DSS has accepted: the flight as it now stands, with the notices to all whom it named, in one append."""
    now_s = uss.clock.now_s()
    assert flight.shared is not None  # noqa: S101 the caller has just set it
    entries = [
        queued(uss, one.base_url, _notice(flight.intent_id, flight.shared, one)) for one in uss.others(subscribers)
    ]
    await uss.store([flight_event(flight, now_s)], outbox=entries)
    uss.hold(flight)
    uss.notices_wait.set()


async def keep_ended(uss: Uss, flight: Flight, subscribers: Iterable[Subscriber]) -> None:
    """The DSS has removed it: the flight is over, and all whom it named are told."""
    entries = [queued(uss, one.base_url, _notice(flight.intent_id, None, one)) for one in uss.others(subscribers)]
    await uss.store([gone_event(FLIGHT_ENDED, [flight.flight_id], uss.clock.now_s())], outbox=entries)
    uss.put_away(flight)
    uss.notices_wait.set()


async def remove(uss: Uss, flight: Flight, reference: IntentReference) -> None:
    """Take the intent out of the DSS and end the flight. Raises DssError; then it is to be settled."""
    ovn = reference.ovn
    if ovn is None:
        raise DssError(f"the DSS does not tell us the OVN of our own intent {flight.intent_id}")
    try:
        answer = await uss.dss.delete_intent(flight.intent_id, ovn)
    except DssRefusedError as error:
        if error.status != 404:
            raise
        await keep_ended(uss, flight, ())
        return
    await keep_ended(uss, flight, answer.subscribers)


async def end(uss: Uss, flight: Flight) -> None:
    """Take a flight out of the DSS; the caller holds its lock. Raises DssError."""
    if flight.asked is not None:
        settled = await settle(uss, flight)
        if settled is None:
            return
        flight = settled
    if flight.shared is None:
        await drop_asked(uss, flight)
        return
    await keep_asked(uss, flight, Asked.DELETE, None)
    try:
        await remove(uss, flight, flight.shared.reference)
    except DssUnsureError:
        raise
    except DssRefusedError as error:
        if error.status != 409:
            await drop_asked(uss, flight)
            raise
        # Another OVN than we hold: the DSS knows the right one.
        reference = await uss.dss.intent(flight.intent_id)
        if reference is None:
            raise
        await remove(uss, flight, reference)


async def settle(uss: Uss, flight: Flight, patient: bool = False) -> Flight | None:
    """Find out what became of a question without an answer. The flight as it stands; None when there is none now.

    With `patient` a change that the DSS does not hold stays open while its request may still be under way.
    Raises DssError while the DSS cannot be asked; the question stays open.
    """
    reference = await uss.dss.intent(flight.intent_id)
    if reference is not None and reference.manager != uss.settings.name:
        raise DssError(f"operational intent {flight.intent_id} belongs to {reference.manager}: check the USS's name")
    if reference is None:
        if flight.asked is Asked.PUT and flight.shared is None and uss.clock.now_s() - flight.asked_s < UNSURE_FOR_S:
            raise DssError("the DSS has not answered a moment ago and may still do what it was asked: try again")
        # Also one that we held: the DSS alone decides what is shared.
        await keep_ended(uss, flight, ())
        return None
    if flight.shared is None or flight.asked is Asked.DELETE:
        await remove(uss, flight, reference)
        return None
    if reference.version == flight.shared.reference.version:
        if patient and uss.clock.now_s() - flight.asked_s < UNSURE_FOR_S:
            return flight
        await drop_asked(uss, flight)
        return uss.flights[flight.flight_id]
    return await _taken_over(uss, flight, reference)


async def _taken_over(uss: Uss, flight: Flight, reference: IntentReference) -> Flight:
    assert flight.shared is not None  # noqa: S101 a new one is removed, not taken over
    intent = flight.wanted or flight.shared.intent
    put = IntentPut(
        intent_id=flight.intent_id,
        ovn=reference.ovn,
        extents=surroundings(intent.volumes + intent.off_nominal_volumes),
        state=intent.state,
        key=(),
        base_url=uss.settings.base_url,
        hears_constraints=uss.settings.hears_constraints,
        subscription_id=reference.subscription_id if reference.subscription_id in uss.subscriptions else None,
    )
    subscribers: tuple[Subscriber, ...] = ()
    answer = await _put_again(uss, put)
    if answer is not None:
        reference, subscribers = answer.reference, answer.subscribers
    stands = SharedIntent(
        reference=reference, intent=msgspec.structs.replace(intent, revision=reference.version, party=reference.manager)
    )
    flight = msgspec.structs.replace(flight, shared=stands, asked=None, wanted=None, expected=None)
    await keep_shared(uss, flight, subscribers)
    return flight


async def _put_again(uss: Uss, put: IntentPut) -> IntentAnswer | None:
    """Put what the DSS has accepted before; None when it cannot be had again, then nobody is told of it by us."""
    try:
        return await uss.dss.put_intent(put)
    except KeyIncompleteError as error:
        missing = References(intents=error.intents, constraints=error.constraints)
    except DssRefusedError:
        return None
    try:
        airspace = await learn(uss, missing, put.intent_id)
        return await uss.dss.put_intent(msgspec.structs.replace(put, key=airspace.key))
    except (DssRefusedError, PeerError):
        return None


def _notice(intent_id: str, shared: SharedIntent | None, subscriber: Subscriber) -> IntentNotice:
    return IntentNotice(intent_id=intent_id, intent=shared, subscriptions=subscriber.subscriptions)
