"""A user's plan: checked against all that is in its area, shared, told; or refused without a trace."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec
import pytest

from steerclear.model.intent import IntentState
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import PolygonArea, Position, Volume4D
from steerclear.services.uss import plan_flight
from steerclear.services.uss.close_flight import clear_area, close_flight
from steerclear.services.uss.context import Uss
from steerclear.services.uss.learn_airspace import References, find_references
from steerclear.services.uss.plan_flight import FlightPlan, Result
from steerclear.services.uss.ports import DssError, DssUnsureError, PeerDataError
from steerclear.services.uss.surroundings import gathered
from steerclear.strategic.uss_conflicts import Ground, PriorityRules
from tests.services.uss.world import NOW_S, World, disc, fly, meets, run

ACTIVATED, NONCONFORMING, CONTINGENT = IntentState.ACTIVATED, IntentState.NONCONFORMING, IntentState.CONTINGENT


@pytest.mark.requirement("SC-USS-01")
def test_a_plan_in_free_airspace_is_shared_with_its_details_and_a_subscription() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        outcome = await fly(north, "f1", disc())
        assert outcome.result is Result.COMPLETED
        assert outcome.flight is not None
        shared = outcome.flight.shared
        assert shared is not None
        assert world.directory.intents[shared.reference.intent_id][0].state is IntentState.ACCEPTED
        assert shared.intent.volumes == (disc(),)
        assert shared.intent.revision == shared.reference.version == 1
        outcome = await fly(north, "f1", disc(), state=ACTIVATED)
        assert outcome.result is Result.COMPLETED
        assert world.directory.intents[shared.reference.intent_id][0].state is ACTIVATED
        assert len(world.directory.intents) == 1

    run(scene())


@pytest.mark.requirement("SC-USS-02")
def test_of_equal_priorities_the_first_one_stays_and_the_second_is_refused_and_its_user_told() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc())
        outcome = await fly(north, "n", disc(east=1.0))
        assert outcome.result is Result.REJECTED
        assert outcome.flight is None
        assert "equal_priority" in outcome.words
        assert len(world.directory.intents) == 1
        assert not north.uss.flights
        told = north.users.told(0.0, NOW_S + 10)
        assert [(one.trigger, one.conflicts) for one in told] == [("SCD0090", 1)]
        # Clear of it by place, height or time it may fly.
        for clear in (disc(east=9.0), disc(lower_m=200.0, upper_m=300.0), disc(from_s=700.0)):
            assert (await fly(north, "n", clear)).result is Result.COMPLETED
            await close_flight(north.uss, "n")

    run(scene())


@pytest.mark.requirement("SC-USS-02")
def test_an_overlap_of_two_centimetres_is_a_conflict() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        await fly(north, "a", disc(lower_m=50.0, upper_m=100.0))
        assert (await fly(north, "b", disc(lower_m=99.98, upper_m=150.0))).result is Result.REJECTED
        assert (await fly(north, "b", disc(lower_m=100.03, upper_m=150.0))).result is Result.COMPLETED

    run(scene())


@pytest.mark.requirement("SC-USS-02")
@pytest.mark.requirement("SC-USS-09")
def test_a_higher_priority_goes_first_and_both_users_learn_of_it() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc())
        outcome = await fly(north, "n", disc(), priority=100)
        assert outcome.result is Result.COMPLETED
        assert outcome.check is not None
        assert [one.ground for one in outcome.check.conflicts] == [Ground.LOWER_PRIORITY]
        assert [one.trigger for one in north.users.told(0.0, NOW_S + 10)] == ["SCD0090"]
        assert [(one.trigger, one.conflicts) for one in south.users.told(0.0, NOW_S + 10)] == [("SCD0095", 1)]
        # The lower one may neither activate nor move within the conflict.
        assert (await fly(south, "s", disc(), state=ACTIVATED)).result is Result.REJECTED
        assert (await fly(south, "s", disc(east=0.1))).result is Result.REJECTED
        held = south.uss.flights["s"].shared
        assert held is not None
        assert held.intent.volumes == (disc(),)
        assert held.reference.state is IntentState.ACCEPTED

    run(scene())


@pytest.mark.requirement("SC-USS-03")
def test_an_aircraft_in_flight_may_change_within_a_conflict_it_already_has_and_into_no_new_one() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc(), state=ACTIVATED)
        await fly(north, "n", disc(east=1.0), priority=100)
        await fly(north, "n2", disc(east=5.0), priority=100)
        assert (await fly(south, "s", disc(east=0.2), state=ACTIVATED)).result is Result.COMPLETED
        outcome = await fly(south, "s", disc(east=4.0), state=ACTIVATED)
        assert outcome.result is Result.REJECTED
        assert outcome.flight is not None
        assert south.uss.flights["s"].shared == outcome.flight.shared

    run(scene())


@pytest.mark.requirement("SC-USS-02")
def test_where_the_regulator_lets_equals_conflict_they_may() -> None:
    async def scene() -> None:
        world = World(PriorityRules(conflicts_permitted_at=frozenset({0})))
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc())
        assert (await fly(north, "n", disc())).result is Result.COMPLETED
        await fly(south, "s10", disc(), priority=10)
        assert (await fly(north, "n10", disc(), priority=10)).result is Result.REJECTED

    run(scene())


@pytest.mark.requirement("SC-USS-04")
@pytest.mark.parametrize(
    ("state", "result"),
    [
        (IntentState.ACCEPTED, Result.COMPLETED),
        (ACTIVATED, Result.REJECTED),
        (NONCONFORMING, Result.REJECTED),
        (CONTINGENT, Result.REJECTED),
    ],
)
def test_through_a_down_uss_one_may_fly_where_nothing_is_flown_yet(state: IntentState, result: Result) -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc(), state=ACTIVATED if state is not IntentState.ACCEPTED else state)
        if state in (NONCONFORMING, CONTINGENT):
            await fly(south, "s", disc(), state=state)
        world.directory.down.add("south")
        world.town.silent.add("https://south.example")
        outcome = await fly(north, "n", disc(), priority=100)
        assert outcome.result is result
        assert len(world.directory.intents) == (2 if result is Result.COMPLETED else 1)

    run(scene())


@pytest.mark.requirement("SC-USS-04")
def test_silence_without_the_directorys_word_that_a_uss_is_down_frees_nothing() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc())
        world.town.silent.add("https://south.example")
        outcome = await fly(north, "n", disc(), priority=100)
        assert outcome.result is Result.FAILED
        assert len(world.directory.intents) == 1
        # Down, but it answers: its details count.
        world.town.silent.clear()
        world.directory.down.add("south")
        assert (await fly(north, "n", disc())).result is Result.REJECTED

    run(scene())


@pytest.mark.requirement("SC-USS-05")
def test_what_a_peer_sends_is_used_only_if_it_fits_the_directory() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        outcome = await fly(south, "s", disc())
        assert outcome.flight is not None
        good = outcome.flight.shared
        assert good is not None
        reference, intent = good.reference, good.intent
        replace = msgspec.structs.replace
        crossed = PolygonArea(
            vertices=tuple(
                Position(latitude_deg=lat, longitude_deg=lng) for lat, lng in ((0, 0), (1, 1), (0, 1), (1, 0))
            )
        )
        forged = {
            "another id": replace(good, reference=replace(reference, intent_id=world.new_id())),
            "another manager": replace(good, reference=replace(reference, manager="east")),
            "another address": replace(good, reference=replace(reference, base_url="https://east.example")),
            "another state": replace(good, reference=replace(reference, state=ACTIVATED)),
            "no ovn": replace(good, reference=replace(reference, ovn=None)),
            "no volumes": replace(good, intent=replace(intent, volumes=())),
            "off-nominal volumes": replace(good, intent=replace(intent, off_nominal_volumes=(disc(),))),
            "beyond its times": replace(good, intent=replace(intent, volumes=(disc(for_s=9_000.0),))),
            "crossing edges": replace(good, intent=replace(intent, volumes=(replace(disc(), area=crossed),))),
            "another datum": replace(
                good, intent=replace(intent, volumes=(replace(disc(), altitude_datum=AltitudeDatum.MSL_GEOID),))
            ),
            "stale": replace(good, reference=replace(reference, version=0)),
            "not readable": PeerDataError("priority 1.2", None, "https://south.example"),
        }
        for name, told in forged.items():
            world.town.forged = {reference.intent_id: told}
            outcome = await fly(north, "n", disc(east=1.5), priority=100)
            assert outcome.result is Result.FAILED, name
            assert outcome.flight is None, name
            assert len(world.directory.intents) == 1, name
            assert not north.uss.flights, name
        assert len(world.town.reports) == len(forged) - 1
        world.town.forged = {}
        assert (await fly(north, "n", disc(east=1.5), priority=100)).result is Result.COMPLETED

    run(scene())


@pytest.mark.requirement("SC-USS-06")
def test_what_the_directory_names_besides_is_looked_at_before_the_plan_is_put_again() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        client = north.uss.dss

        async def sees_nothing(_area: object) -> tuple[()]:
            return ()

        await fly(south, "s", disc())
        client.intents_in = sees_nothing  # type: ignore[method-assign]
        assert (await fly(north, "n", disc())).result is Result.REJECTED
        assert (await fly(north, "n", disc(), priority=1)).result is Result.COMPLETED
        assert [len(put.key) for put in world.directory.puts[-2:]] == [0, 1]

    run(scene())


@pytest.mark.requirement("SC-USS-07")
def test_what_breaks_a_rule_of_the_standard_is_refused_before_anyone_is_asked() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        replace = msgspec.structs.replace
        refused = {
            "31 days ahead": (IntentState.ACCEPTED, disc(from_s=31 * 86_400.0)),
            "in the past": (IntentState.ACCEPTED, disc(from_s=-900.0, for_s=600.0)),
            "not yet to be activated": (ACTIVATED, disc(from_s=60.0)),
            "never planned": (NONCONFORMING, disc()),
            "upside down": (IntentState.ACCEPTED, disc(lower_m=100.0, upper_m=50.0)),
            "above the sea": (IntentState.ACCEPTED, replace(disc(), altitude_datum=AltitudeDatum.MSL_GEOID)),
            "ends before it begins": (IntentState.ACCEPTED, disc(for_s=-1.0)),
        }
        for name, (state, volume) in refused.items():
            outcome = await fly(north, "n", volume, state=state)
            assert outcome.result is Result.REJECTED, name
            assert outcome.words, name
        assert (await fly(north, "n")).result is Result.REJECTED
        assert not world.directory.puts
        assert not north.uss.flights
        await fly(north, "n", disc(), state=ACTIVATED)
        assert (await fly(north, "n", disc())).result is Result.REJECTED, "an active flight is not planned again"
        await fly(north, "n", disc(), state=CONTINGENT)
        for state in (IntentState.ACCEPTED, ACTIVATED, NONCONFORMING):
            assert (await fly(north, "n", disc(), state=state)).result is Result.REJECTED, state

    run(scene())


@pytest.mark.requirement("SC-USS-08")
def test_an_off_nominal_flight_is_shared_with_where_it_may_be_whatever_is_there() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc(east=3.0))
        await fly(north, "n", disc(), state=ACTIVATED)
        outcome = await fly(north, "n", disc(east=3.0), state=NONCONFORMING)
        assert outcome.result is Result.COMPLETED
        assert outcome.flight is not None
        assert outcome.flight.shared is not None
        intent = outcome.flight.shared.intent
        assert (intent.volumes, intent.off_nominal_volumes) == ((disc(),), (disc(east=3.0),))
        told = south.users.told(0.0, NOW_S + 10)
        assert [(one.trigger, one.conflicts) for one in told] == [("SCD0095", 1), ("CMSA0300", 0)]
        assert (await fly(north, "n", disc(), state=ACTIVATED)).result is Result.COMPLETED
        outcome = await fly(north, "n", disc(east=3.0), state=CONTINGENT)
        assert outcome.flight is not None
        assert outcome.flight.shared is not None
        assert outcome.flight.shared.intent.volumes == ()

    run(scene())


@pytest.mark.requirement("SC-USS-10")
def test_a_flight_that_ends_leaves_the_directory_and_all_who_knew_of_it_are_told() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc())
        await fly(north, "n", disc(), priority=1)
        intent_id = north.uss.flights["n"].intent_id
        assert south.uss.heard[intent_id].intent is not None
        outcome = await close_flight(north.uss, "n")
        await north.courier.deliver_waiting()
        assert outcome.result is Result.COMPLETED
        assert intent_id not in world.directory.intents
        assert "n" not in north.uss.flights
        assert south.uss.heard[intent_id].intent is None

    run(scene())


@pytest.mark.requirement("SC-USS-10")
def test_an_area_is_cleared_of_our_flights_and_of_strays_and_of_no_others() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(north, "n1", disc())
        await fly(north, "n2", disc(east=50.0))
        await fly(south, "s", disc(lower_m=200.0, upper_m=300.0))
        stray = world.uss("north")  # another life of the same USS, which has lost its books
        await fly(stray, "gone", disc(lower_m=400.0, upper_m=500.0))
        cleared = await clear_area(north.uss, disc(lower_m=0.0, upper_m=1_000.0))
        assert len(cleared.removed) == 2
        assert not cleared.failed
        left = {one.manager for one, _ in world.directory.intents.values()}
        assert left == {"north", "south"}
        assert set(north.uss.flights) == {"n2"}

    run(scene())


@pytest.mark.requirement("SC-USS-06")
@pytest.mark.parametrize("failure", [DssError("not reached"), DssUnsureError("no answer")])
def test_a_directory_that_fails_leaves_no_flight(failure: DssError) -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        world.directory.before.append(failure)
        outcome = await fly(north, "n", disc())
        assert outcome.result is Result.FAILED
        assert outcome.flight is None
        world.clock.time_s += 40.0
        await north.settle()
        assert not north.uss.flights
        assert (await fly(north, "n", disc())).result is Result.COMPLETED

    run(scene())


@pytest.mark.requirement("SC-USS-01")
def test_what_would_become_of_a_plan_can_be_asked_without_any_effect() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc())
        check = north.planner.check
        plan = FlightPlan(flight_id="n", state=IntentState.ACCEPTED, volumes=(disc(),))
        assert (await check(plan)).result is Result.REJECTED
        assert (await check(msgspec.structs.replace(plan, priority=1))).result is Result.COMPLETED
        assert not north.uss.flights
        assert not north.users.told(0.0, NOW_S + 10)
        assert len(world.directory.intents) == 1

    run(scene())


@pytest.mark.requirement("SC-USS-07")
def test_clocks_that_differ_by_some_seconds_do_not_keep_a_flight_from_being_activated() -> None:
    async def scene() -> None:
        north = World().uss("north")
        await fly(north, "f", disc(from_s=4.0))
        assert (await fly(north, "f", disc(from_s=4.0), state=ACTIVATED)).result is Result.COMPLETED
        await fly(north, "g", disc(east=9.0, from_s=6.0))
        late = await fly(north, "g", disc(east=9.0, from_s=6.0), state=ACTIVATED)
        assert late.result is Result.REJECTED
        assert "activated" in late.words
        ended = await fly(north, "h", disc(east=18.0, from_s=-60.0, for_s=55.0))
        assert ended.result is Result.REJECTED, "what ended five seconds ago is past"

    run(scene())


@pytest.mark.requirement("SC-USS-08")
@pytest.mark.requirement("SC-USS-09")
def test_the_user_of_an_off_nominal_flight_learns_whom_it_may_meet_of_each_once() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")

        async def told(count: int) -> list[tuple[str, int | None]]:
            for _ in range(1_000):  # turns of the loop; nothing here takes time
                if len(north.users.told_about("n")) >= count:
                    break
                await asyncio.sleep(0)
            return [(one.trigger, one.conflicts) for one in north.users.told_about("n")]

        await fly(south, "s", disc(east=3.0))
        await fly(south, "t", disc(east=30.0))
        await fly(north, "n", disc(), state=ACTIVATED)
        await fly(north, "n", disc(east=3.0), state=NONCONFORMING)
        assert await told(1) == [("SCD0090", 1)]
        await fly(north, "n", disc(east=3.5), state=NONCONFORMING)
        await fly(north, "n", disc(east=3.5), disc(east=30.0), state=CONTINGENT)
        assert await told(2) == [("SCD0090", 1)] * 2, "the second tells of the other flight only"
        assert "equal" not in north.users.told_about("n")[0].words

    run(scene())


@pytest.mark.requirement("SC-USS-08")
def test_an_off_nominal_flight_that_goes_on_during_a_look_is_looked_around_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        looks = 0
        may_look = asyncio.Event()

        async def slowly(uss: Uss, areas: Iterable[Volume4D]) -> References:
            nonlocal looks
            looks += 1
            await may_look.wait()
            return await find_references(uss, areas)

        await fly(south, "s", disc(east=30.0))
        await fly(north, "n", disc(), state=ACTIVATED)
        monkeypatch.setattr(plan_flight, "find_references", slowly)
        for east in (3.0, 10.0, 30.0):
            await fly(north, "n", disc(east=east), state=NONCONFORMING)
        may_look.set()
        for _ in range(1_000):  # turns of the loop; nothing here takes time
            await asyncio.sleep(0)
        assert looks == 2, "one at a time, and the last for where the flight now is"
        assert [one.trigger for one in north.users.told_about("n")] == ["SCD0090"]

    run(scene())


@pytest.mark.requirement("SC-PLR-08")
def test_what_would_become_of_a_plan_is_asked_of_all_its_volumes_however_many() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        places = [disc(east=300.0 * number) for number in range(40)]
        await fly(south, "s", places[-1])
        plan = FlightPlan(flight_id="n", state=IntentState.ACCEPTED, volumes=tuple(places))
        outcome = await north.planner.check(plan)
        assert outcome.result is Result.REJECTED
        assert (await north.planner.plan(plan)).result is Result.REJECTED
        # A route is asked about in a few boxes.
        route = tuple(disc(east=10.0 * number) for number in range(100))
        assert len(gathered(route)) == 5
        assert all(any(meets((volume,), (area,)) for area in gathered(route)) for volume in route)

    run(scene())


@pytest.mark.requirement("SC-PLR-08")
def test_a_flight_in_use_of_a_uss_that_is_down_is_met_in_the_last_volume_too() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        places = [disc(east=300.0 * number) for number in range(40)]
        await fly(south, "s", places[-1], state=IntentState.ACTIVATED)
        world.directory.down.add("south")
        world.town.silent.add("https://south.example")
        plan = FlightPlan(flight_id="n", state=IntentState.ACCEPTED, volumes=tuple(places))
        outcome = await north.planner.check(plan)
        assert outcome.result is Result.REJECTED
        assert outcome.check is not None
        assert [one.ground for one in outcome.check.conflicts] == [Ground.DOWN_IN_USE]

    run(scene())
