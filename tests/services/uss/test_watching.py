"""Conformance of own flights as services follow it: shared, told, tried again; and the volumes drawn around a stray."""

from __future__ import annotations

import pytest

from steerclear.model.intent import IntentState
from steerclear.model.volumes import CircleArea
from steerclear.services.uss.airspace import IntentAnswer, IntentPut
from steerclear.services.uss.close_flight import UnknownFlightError
from steerclear.services.uss.plan_flight import Result
from steerclear.services.uss.ports import DssError, DssUnsureError
from steerclear.services.uss.services import UssServices
from steerclear.services.uss.watch_flights import FuturePositionError
from steerclear.strategic.conformance import FlownPosition
from tests.services.uss.world import NOW_S, World, disc, fly, run

ACTIVATED = IntentState.ACTIVATED


def at(world: World, east: float = 0.0, ago_s: float = 0.0) -> FlownPosition:
    return FlownPosition(
        measured_s=world.clock.time_s - ago_s, latitude_deg=1.0, longitude_deg=2.0 + east / 1000.0, height_m=75.0
    )


def state_of(services: UssServices) -> IntentState:
    shared = services.uss.flights["n"].shared
    assert shared is not None
    return shared.reference.state


@pytest.mark.requirement("SC-USS-11")
def test_a_flight_that_leaves_its_volumes_is_shared_as_such_with_where_it_may_be() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        await fly(north, "n", disc(), state=ACTIVATED)
        north.watch.report("n", [at(world)])
        await north.watch.tick()
        assert state_of(north) is ACTIVATED
        world.clock.time_s += 1.0
        north.watch.report("n", [at(world, east=3.0)])
        await north.watch.tick()
        shared = north.uss.flights["n"].shared
        assert shared is not None
        assert shared.reference.state is IntentState.NONCONFORMING
        (around,) = shared.intent.off_nominal_volumes
        assert isinstance(around.area, CircleArea)
        assert around.area.centre.longitude_deg == pytest.approx(2.003)
        assert around.until_s > world.clock.time_s + 60.0
        assert [one.trigger for one in north.users.told_about("n")] == ["CMSA0115"]
        version = shared.reference.version
        # While it stays within them nothing changes; before their time runs out they are drawn anew.
        for _ in range(20):
            world.clock.time_s += 2.0
            north.watch.report("n", [at(world, east=4.0)])
            await north.watch.tick()
        held = north.uss.flights["n"].shared
        assert held is not None
        assert held.reference.version == version
        world.clock.time_s += 25.0  # a minute and more: it is given up
        north.watch.report("n", [at(world, east=60.0)])
        await north.watch.tick()
        await north.watch.tick()
        held = north.uss.flights["n"].shared
        assert held is not None
        assert held.reference.state is IntentState.CONTINGENT
        (around,) = held.intent.off_nominal_volumes
        assert around.until_s > world.clock.time_s + 60.0
        version = held.reference.version
        world.clock.time_s += 100.0
        north.watch.report("n", [at(world, east=60.0)])
        await north.watch.tick()
        held = north.uss.flights["n"].shared
        assert held is not None
        assert held.reference.version == version + 1, "its volumes were about to end"

    run(scene())


@pytest.mark.requirement("SC-USS-11")
def test_a_change_that_the_dss_does_not_take_is_tried_again_and_the_user_is_told_once() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        await fly(north, "n", disc(), state=ACTIVATED)
        north.watch.report("n", [at(world, east=3.0)])
        world.directory.before += [DssError("not reached")] * 3
        for _ in range(3):
            await north.watch.tick()
            await north.watch.tick()
            world.clock.time_s += 3.0
        assert state_of(north) is ACTIVATED
        assert [one.trigger for one in north.users.told_about("n")] == ["GEN0400"]
        await north.watch.tick()
        assert state_of(north) is IntentState.NONCONFORMING
        assert north.uss.flights["n"].outside_since_s == NOW_S

    run(scene())


@pytest.mark.requirement("SC-USS-11")
def test_coming_back_into_a_conflict_that_came_meanwhile_is_a_conflict_it_already_has() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(north, "n", disc(), state=ACTIVATED)
        north.watch.report("n", [at(world, east=3.0)])
        await north.watch.tick()
        await fly(south, "s", disc(), priority=100)
        world.clock.time_s += 10.0
        north.watch.report("n", [at(world)])
        await north.watch.tick()
        assert state_of(north) is ACTIVATED
        assert north.uss.flights["n"].outside_since_s is None

    run(scene())


@pytest.mark.requirement("SC-USS-11")
def test_flights_end_when_their_time_has_run_out() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        await fly(north, "n", disc())
        world.clock.time_s += 599.0
        await north.watch.tick()
        assert north.uss.flights
        world.clock.time_s += 2.0
        await north.watch.tick()
        assert not north.uss.flights
        assert not world.directory.intents
        assert north.users.told_about("n")[-1].words.startswith("the flight has ended")
        with pytest.raises(UnknownFlightError):
            north.watch.report("n", [at(world)])

    run(scene())


@pytest.mark.requirement("SC-USS-11")
def test_a_position_that_is_reported_while_the_dss_is_asked_is_not_lost() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        await fly(north, "n", disc(), state=ACTIVATED)
        put = north.uss.dss.put_intent

        async def slow(wanted: IntentPut) -> IntentAnswer:
            answer = await put(wanted)
            world.clock.time_s += 1.0
            north.watch.report("n", [at(world)])
            return answer

        north.uss.dss.put_intent = slow  # type: ignore[method-assign]
        north.watch.report("n", [at(world, east=3.0)])
        await north.watch.tick()
        north.uss.dss.put_intent = put  # type: ignore[method-assign]
        assert state_of(north) is IntentState.NONCONFORMING
        await north.watch.tick()
        assert state_of(north) is ACTIVATED

    run(scene())


@pytest.mark.requirement("SC-PLR-06")
def test_a_position_from_the_future_is_refused_and_blinds_nobody() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        await fly(north, "n", disc(), state=ACTIVATED)
        with pytest.raises(FuturePositionError, match="3,600 s"):
            north.watch.report("n", [at(world), at(world, ago_s=-3_600.0)])
        await north.watch.tick()
        world.clock.time_s += 1.0
        north.watch.report("n", [at(world, east=3.0)])
        await north.watch.tick()
        assert state_of(north) is IntentState.NONCONFORMING
        assert north.watch.telemetry(north.uss.flights["n"].intent_id).longitude_deg == pytest.approx(2.003)

    run(scene())


@pytest.mark.requirement("SC-PLR-06")
def test_no_positions_are_no_fault() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        await fly(north, "n", disc(), state=ACTIVATED)
        north.watch.report("n", [])
        await north.watch.tick()
        assert state_of(north) is ACTIVATED

    run(scene())


@pytest.mark.requirement("SC-PLR-07")
def test_a_flight_is_followed_while_a_question_to_the_dss_is_open() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        await fly(north, "n", disc(), state=ACTIVATED)
        world.directory.before += [DssUnsureError("no answer")]
        assert (await fly(north, "n", disc(for_s=700.0), state=ACTIVATED)).result is Result.FAILED
        await north.settle()
        world.clock.time_s += 1.0
        north.watch.report("n", [at(world, east=3.0)])
        # The DSS is still out of reach: the user learns what is the matter all the same.
        intent = north.uss.dss.intent

        async def out_of_reach(intent_id: str) -> None:
            raise DssError("not reached")

        north.uss.dss.intent = out_of_reach  # type: ignore[method-assign, assignment]
        await north.watch.tick()
        (told,) = north.users.told_about("n")
        assert told.trigger == "GEN0400"
        assert "outside its volumes" in told.words
        north.uss.dss.intent = intent  # type: ignore[method-assign]
        world.clock.time_s += 3.0
        await north.watch.tick()
        assert state_of(north) is IntentState.NONCONFORMING

    run(scene())
