"""Areas that are watched by subscriptions of our own: made, widened, renewed, removed, and never in a flight's way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from steerclear.model.intent import IntentState
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.uss.close_flight import close_flight
from steerclear.services.uss.flight_events import uss_views
from steerclear.services.uss.plan_flight import Result
from steerclear.services.uss.ports import DssError, DssRefusedError, DssUnsureError
from steerclear.services.uss.services import UssServices
from steerclear.services.uss.watched_areas import (
    MAX_SIDE_DEG,
    MAX_SPAN_S,
    area_of,
    as_volume,
    holds,
    new_area,
    renewed,
    widened,
)
from steerclear.store import SqliteStore
from tests.services.uss.world import NOW_S, World, disc, fly, run

HOUR_S = 3_600.0


def relied_on(north: UssServices, *flights: str) -> list[str]:
    held = [north.uss.flights[one].shared for one in flights]
    return [one.reference.subscription_id for one in held if one is not None]


@pytest.mark.requirement("SC-UPC-01")
def test_flights_near_each_other_rely_on_one_subscription_and_one_far_away_on_another() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north", watch_s=HOUR_S)
        made = world.directory.subscriptions
        await fly(north, "a", disc())
        (first,) = made
        area = made[first][0].area
        await fly(north, "b", disc(east=20.0))
        assert made[first][0].area == area, "it holds the second flight as it is"
        await fly(north, "c", disc(east=100.0))
        assert list(made) == [first], "it is widened for the third"
        assert made[first][0].area != area
        assert relied_on(north, "a", "b", "c") == [first] * 3
        await fly(north, "d", disc(east=900.0))
        assert len(made) == 2
        assert relied_on(north, "d") == [next(one for one in made if one != first)]
        assert {put.subscription_id for put in world.directory.puts} == set(made)

    run(scene())


@pytest.mark.requirement("SC-UPC-01")
def test_neighbours_are_heard_while_the_area_is_watched_and_no_longer() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north", watch_s=HOUR_S), world.uss("south")
        await fly(north, "n", disc())
        assert (await close_flight(north.uss, "n")).result is Result.COMPLETED
        await north.settle()
        await fly(south, "s", disc(east=5.0, for_s=9_000.0))
        heard = south.uss.flights["s"].intent_id
        assert heard in north.uss.heard
        world.clock.time_s += HOUR_S + 1.0
        await north.settle()
        assert not world.directory.subscriptions
        assert not north.uss.subscriptions
        await fly(south, "t", disc(east=-5.0, from_s=HOUR_S + 60.0))
        assert south.uss.flights["t"].intent_id not in north.uss.heard

    run(scene())


@pytest.mark.requirement("SC-UPC-01")
def test_a_subscription_is_renewed_before_its_end_as_long_as_it_is_wanted() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north", watch_s=HOUR_S)
        await fly(north, "n", disc(for_s=1.5 * HOUR_S))
        (held,) = north.uss.subscriptions.values()
        for _ in range(40):
            world.clock.time_s += 240.0
            await north.settle()
            if world.clock.time_s < NOW_S + 2.4 * HOUR_S:
                (put, _), now_s = world.directory.subscriptions[held.subscription_id], world.clock.time_s
                assert put.area.until_s > now_s
            if world.clock.time_s > NOW_S + 1.5 * HOUR_S and "n" in north.uss.flights:
                await close_flight(north.uss, "n")
        assert not world.directory.subscriptions, "an hour after the flight it is gone"

    run(scene())


@pytest.mark.requirement("SC-UPC-01")
@pytest.mark.parametrize(
    "failure", [DssRefusedError("too many", 429), DssError("not reached"), DssUnsureError("no answer")]
)
def test_where_no_subscription_can_be_had_the_flight_has_one_of_its_own(failure: DssError) -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north", watch_s=HOUR_S)
        world.directory.before.append(failure)
        assert (await fly(north, "n", disc())).result is Result.COMPLETED
        assert world.directory.puts[-1].subscription_id is None
        world.clock.time_s += 40.0
        await north.settle()
        assert not north.uss.subscriptions
        # The next change of the flight tries again.
        assert (await fly(north, "n", disc(), state=IntentState.ACTIVATED)).result is Result.COMPLETED
        assert relied_on(north, "n") == list(world.directory.subscriptions)

    run(scene())


@pytest.mark.requirement("SC-UPC-01")
@pytest.mark.parametrize("restarted", [False, True])
def test_a_lost_answer_leaves_no_subscription_that_our_books_do_not_have(restarted: bool) -> None:
    async def scene() -> None:
        world, store = World(), SqliteStore.in_memory(uss_views())
        north = world.uss("north", store, watch_s=HOUR_S)
        world.directory.after.append(DssUnsureError("no answer"))
        assert (await fly(north, "n", disc(for_s=6 * HOUR_S))).result is Result.COMPLETED
        assert len(world.directory.subscriptions) == 1
        if restarted:
            north = world.uss("north", store, watch_s=HOUR_S)
        await north.settle()
        (held,) = north.uss.subscriptions.values()
        assert (held.subscription_id, held.version) == next(
            (one, version) for one, (_, version) in world.directory.subscriptions.items()
        )
        # One that is widened without an answer is known in its new form too.
        world.directory.after.append(DssUnsureError("no answer"))
        assert (await fly(north, "m", disc(east=100.0))).result is Result.COMPLETED
        await north.settle()
        (held,) = north.uss.subscriptions.values()
        assert as_volume(held.area) == world.directory.subscriptions[held.subscription_id][0].area
        world.clock.time_s += 2 * HOUR_S
        await close_flight(north.uss, "n")
        await close_flight(north.uss, "m")
        world.directory.after.append(DssUnsureError("no answer"))
        await north.settle()
        assert not world.directory.subscriptions
        await north.settle()
        assert not north.uss.subscriptions
        assert not world.directory.subscriptions

    run(scene())


@pytest.mark.requirement("SC-UPC-01")
def test_a_subscription_that_the_directory_has_lost_is_made_anew() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north", watch_s=HOUR_S)
        await fly(north, "n", disc())
        (lost,) = world.directory.subscriptions
        world.directory.subscriptions.clear()
        assert (await fly(north, "m", disc(east=9.0))).result is Result.COMPLETED
        assert not north.uss.subscriptions
        assert (await fly(north, "o", disc(east=-9.0))).result is Result.COMPLETED
        assert relied_on(north, "o") == list(world.directory.subscriptions) != [lost]

    run(scene())


@pytest.mark.requirement("SC-UPC-01")
def test_an_off_nominal_flight_waits_for_no_subscription() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north", watch_s=HOUR_S)
        await fly(north, "n", disc(), state=IntentState.ACTIVATED)
        before = dict(world.directory.subscriptions)
        await fly(north, "n", disc(east=30.0), state=IntentState.NONCONFORMING)
        assert relied_on(north, "n") == list(before), "the one there is holds where it may be"
        outcome = await fly(north, "n", disc(east=300.0), state=IntentState.NONCONFORMING)
        assert outcome.result is Result.COMPLETED
        assert world.directory.subscriptions == before
        assert world.directory.puts[-1].subscription_id is None

    run(scene())


@pytest.mark.requirement("SC-UPC-01")
def test_what_ends_more_than_a_day_from_now_has_a_subscription_of_its_own() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north", watch_s=HOUR_S)
        for flight, volume in (("a", disc(from_s=30 * HOUR_S)), ("b", disc(for_s=25 * HOUR_S, east=9.0))):
            assert (await fly(north, flight, volume)).result is Result.COMPLETED
            assert world.directory.puts[-1].subscription_id is None
        assert not world.directory.subscriptions

    run(scene())


places = st.tuples(st.floats(-79.0, 79.0), st.floats(-179.0, 179.0))
offsets = st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(-7_200.0, 90_000.0), st.floats(60.0, 7_200.0))


@pytest.mark.requirement("SC-UPC-01")
@given(places, st.lists(offsets, min_size=1, max_size=4))
def test_an_area_holds_what_it_was_made_or_widened_for_within_its_limits(
    place: tuple[float, float], plans: list[tuple[float, float, float, float]]
) -> None:
    def volume(offset: tuple[float, float, float, float]) -> Volume4D:
        north, east, from_s, for_s = offset
        centre = Position(latitude_deg=place[0] + north, longitude_deg=place[1] + east)
        return Volume4D(
            area=CircleArea(centre=centre, radius_m=500.0),
            lower_m=None,
            upper_m=None,
            altitude_datum=None,
            from_s=NOW_S + from_s,
            until_s=NOW_S + from_s + for_s,
        )

    area, held = None, []
    for offset in plans:
        plan = area_of([volume(offset)])
        assert plan is not None
        wider = new_area(plan, NOW_S, 600.0) if area is None else widened(area, plan)
        if wider is None:
            continue
        area = wider
        held.append(plan)
        assert all(holds(area, one) for one in held)
        assert area.until_s - area.from_s <= MAX_SPAN_S
        assert max(area.north_deg - area.south_deg, area.east_deg - area.west_deg) <= MAX_SIDE_DEG
        longer = renewed(area, NOW_S + 100_000.0, NOW_S + 50_000.0)
        assert longer.until_s - longer.from_s <= MAX_SPAN_S
        assert longer.until_s == NOW_S + 100_000.0


@pytest.mark.requirement("SC-UPC-01")
def test_no_area_is_made_across_the_antimeridian_or_near_a_pole() -> None:
    for latitude, longitude in ((0.0, 180.0), (0.0, -179.999), (81.0, 0.0), (-90.0, 0.0)):
        place = CircleArea(centre=Position(latitude_deg=latitude, longitude_deg=longitude), radius_m=500.0)
        assert area_of([replace(disc(), area=place)]) is None
