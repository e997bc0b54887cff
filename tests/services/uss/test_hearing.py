"""Notifications: taken from managers only, in the order of versions, told to whom they concern, never lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from steerclear.model.intent import IntentState
from steerclear.services.uss.airspace import IntentNotice, SharedIntent, SubscriptionState
from steerclear.services.uss.close_flight import close_flight
from steerclear.services.uss.context import LINK_PREFIX
from steerclear.services.uss.flight_events import FORGOTTEN, NOTICE_GONE, uss_views
from steerclear.services.uss.hear_peers import (
    GONE_KEPT_S,
    NoticeDataError,
    NoticeError,
    NotManagerError,
    OutOfTurnError,
)
from steerclear.services.uss.limits import NOTICE_GIVE_UP_S
from steerclear.services.uss.plan_flight import FlightPlan
from steerclear.store import SqliteStore
from tests.services.uss.world import NOW_S, World, disc, fly, run

replace = msgspec.structs.replace
SUBSCRIPTION = (SubscriptionState("00000000-0000-4000-8000-000000000001", 1),)


def notice(shared: SharedIntent | None, intent_id: str = "") -> IntentNotice:
    return IntentNotice(
        intent_id=intent_id or (shared.reference.intent_id if shared else ""), intent=shared, subscriptions=SUBSCRIPTION
    )


def version(shared: SharedIntent, number: int, **changes: object) -> SharedIntent:
    reference = replace(shared.reference, version=number)
    return replace(shared, reference=reference, intent=replace(shared.intent, revision=number, **changes))


async def some_intent(world: World) -> SharedIntent:
    """An intent of south's that nobody was told of."""
    outcome = await world.uss("south").planner.plan(
        FlightPlan(flight_id="s", state=IntentState.ACCEPTED, volumes=(disc(),))
    )
    assert outcome.flight is not None
    assert outcome.flight.shared is not None
    return outcome.flight.shared


@pytest.mark.requirement("SC-USS-12")
def test_versions_are_taken_in_their_order_and_from_the_manager_only() -> None:
    async def scene() -> None:
        world = World()
        shared = await some_intent(world)
        north = world.uss("north")
        hear = north.hearing.hear_intent
        second = version(shared, 2)
        await hear(notice(second), "south")
        await hear(notice(second), "south")  # the same again is no news
        with pytest.raises(OutOfTurnError):
            await hear(notice(version(shared, 1)), "south")
        with pytest.raises(OutOfTurnError):
            await hear(notice(version(shared, 2, priority=7)), "south")
        with pytest.raises(NotManagerError):
            await hear(notice(version(shared, 3)), "east")
        with pytest.raises(NotManagerError):
            await hear(notice(None, shared.reference.intent_id), "east")
        with pytest.raises(NotManagerError):
            await hear(notice(replace(second, reference=replace(second.reference, manager="east", version=3))), "south")
        assert north.uss.heard[shared.reference.intent_id].intent == second
        await hear(notice(None, shared.reference.intent_id), "south")
        with pytest.raises(OutOfTurnError):
            await hear(notice(second), "south")  # a late one does not bring it back
        assert north.uss.heard[shared.reference.intent_id].intent is None

    run(scene())


@pytest.mark.requirement("SC-USS-12")
def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    async def scene() -> None:
        world = World()
        shared = await some_intent(world)
        north = world.uss("north")
        before = north.uss.journal.last_sequence()
        for wrong in (
            notice(shared, "10000000-0000-4000-8000-00000000ffff"),
            notice(replace(shared, reference=replace(shared.reference, ovn=None))),
            notice(replace(shared, intent=replace(shared.intent, volumes=()))),
            notice(replace(shared, intent=replace(shared.intent, off_nominal_volumes=(disc(),)))),
            notice(replace(shared, intent=replace(shared.intent, volumes=(disc(lower_m=100.0, upper_m=50.0),)))),
        ):
            with pytest.raises(NoticeDataError):
                await north.hearing.hear_intent(wrong, "south")
        assert north.uss.journal.last_sequence() == before
        assert not north.uss.heard
        # Nobody tells us of our own flights.
        await fly(north, "n", disc(east=20.0))
        own = north.uss.flights["n"].shared
        with pytest.raises(NotManagerError):
            await north.hearing.hear_intent(notice(own), "south")

    run(scene())


@pytest.mark.requirement("SC-USS-09")
def test_every_news_of_a_conflict_is_told_and_flights_clear_of_it_hear_nothing() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(north, "near", disc())
        await fly(north, "far", disc(east=40.0))
        await fly(south, "s", disc(), priority=9)
        await fly(south, "s", disc(), priority=9, state=IntentState.ACTIVATED)
        told = north.users.told(0.0, NOW_S + 10)
        assert [(one.flight_id, one.trigger, one.conflicts) for one in told] == [("near", "SCD0095", 1)] * 2
        assert len({one.told_s for one in told}) == 2
        # Two flights of one USS hear of each other as well, though nothing travels.
        await fly(north, "own", disc(), priority=20)
        assert [one.flight_id for one in north.users.told(0.0, NOW_S + 10)[2:]] == ["own", "near"]

    run(scene())


@pytest.mark.requirement("SC-USS-13")
def test_a_notification_waits_for_its_peer_also_over_a_restart_and_arrives_in_order(tmp_path: Path) -> None:
    async def scene() -> None:
        world = World()
        south = world.uss("south")
        await fly(south, "s", disc())
        store = SqliteStore.open(tmp_path / "north.sqlite", uss_views())
        north = world.uss("north", store)
        world.town.silent.add("https://south.example")
        world.directory.down.add("south")
        await fly(north, "n", disc(), priority=5)
        await fly(north, "n", disc(east=0.1), priority=5)
        waiting = store.pending_counts()
        assert list(waiting.values()) == [2]
        assert all(link.startswith(LINK_PREFIX) for link in waiting)
        store.close()
        store = SqliteStore.open(tmp_path / "north.sqlite", uss_views())
        again = world.uss("north", store)
        world.town.silent.clear()
        await again.courier.deliver_waiting()
        assert not store.pending_counts()
        heard = south.uss.heard[again.uss.flights["n"].intent_id]
        assert (heard.version, not world.town.refused) == (2, True)
        assert again.uss.flights == north.uss.flights
        store.close()

    run(scene())


@pytest.mark.requirement("SC-USS-13")
def test_what_a_peer_refuses_for_good_or_never_takes_leaves_the_outbox_with_its_reason() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc())
        intent = await fly(north, "n", disc(), priority=5)
        assert intent.flight is not None
        # South believes that it has heard of a newer version.
        held = south.uss.heard[intent.flight.intent_id]
        south.uss.heard[intent.flight.intent_id] = replace(held, version=99)
        await fly(north, "n", disc(), priority=6)
        assert not north.uss.journal.pending_counts()
        assert len(world.town.refused) == 1
        world.town.silent.add("https://south.example")
        await close_flight(north.uss, "n")
        await north.courier.deliver_waiting()
        assert north.uss.journal.pending_counts()
        world.clock.time_s += NOTICE_GIVE_UP_S + 1.0
        await north.courier.deliver_waiting()
        assert not north.uss.journal.pending_counts()
        gone = [row for row in north.uss.journal.journal() if row.kind == NOTICE_GONE]
        assert [b'"problem":null' in row.payload for row in gone] == [True, False, False]

    run(scene())


def test_what_was_heard_is_forgotten_after_its_time() -> None:
    async def scene() -> None:
        world = World()
        shared = await some_intent(world)
        north = world.uss("north")
        await north.hearing.hear_intent(notice(shared), "south")
        await north.hearing.forget()
        assert north.uss.heard
        world.clock.time_s = shared.reference.until_s + GONE_KEPT_S + 1.0
        await north.hearing.forget()
        assert not north.uss.heard
        assert [row.kind for row in north.uss.journal.journal()][-1] == FORGOTTEN

    run(scene())


@pytest.mark.requirement("SC-PLR-09")
def test_who_claims_another_ones_intent_first_does_not_silence_its_manager() -> None:
    async def scene() -> None:
        world = World()
        shared = await some_intent(world)
        north = world.uss("north")
        claimed = replace(shared, reference=replace(shared.reference, manager="east", version=9))
        await north.hearing.hear_intent(notice(claimed), "east")
        await north.hearing.hear_intent(notice(shared), "south")
        assert north.uss.heard[shared.reference.intent_id].manager == "south"
        with pytest.raises(NotManagerError):
            await north.hearing.hear_intent(notice(claimed), "east")
        with pytest.raises(NotManagerError):
            await north.hearing.hear_intent(notice(None, shared.reference.intent_id), "east")
        assert north.uss.heard[shared.reference.intent_id].intent == shared

    run(scene())


@pytest.mark.requirement("SC-PLR-09")
def test_of_two_versions_that_come_at_once_the_newer_one_is_kept() -> None:
    async def scene() -> None:
        world = World()
        shared = await some_intent(world)
        north = world.uss("north")
        hear = north.hearing.hear_intent
        outcomes = await asyncio.gather(
            hear(notice(version(shared, 3)), "south"),
            hear(notice(version(shared, 2)), "south"),
            return_exceptions=True,
        )
        assert north.uss.heard[shared.reference.intent_id].version == 3
        assert [isinstance(one, NoticeError) for one in outcomes] == [False, True]

    run(scene())
