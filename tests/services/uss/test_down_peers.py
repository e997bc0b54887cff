"""A USS that was declared Down and says nothing: what its OVNs were told before, and what one does without them."""

from __future__ import annotations

import pytest

from steerclear.model.intent import IntentState
from steerclear.services.uss.close_flight import close_flight
from steerclear.services.uss.declare_constraint import ConstraintPlan
from steerclear.services.uss.plan_flight import Result
from steerclear.services.uss.services import UssServices
from tests.services.uss.world import World, disc, fly, run

ACTIVATED = IntentState.ACTIVATED


def goes_down(world: World, name: str) -> None:
    world.directory.down.add(name)
    world.town.silent.add(f"https://{name}.example")


async def standing_conflict(world: World) -> tuple[UssServices, UssServices]:
    """North flies low, south comes with the higher priority and is in the air as well; then south falls silent."""
    north, south = world.uss("north"), world.uss("south")
    await fly(north, "n", disc(), state=ACTIVATED)
    await fly(south, "s", disc(), priority=100)
    await fly(south, "s", disc(), priority=100, state=ACTIVATED)
    # North's next change makes it a conflict that it already has.
    assert (await fly(north, "n", disc(east=0.1), state=ACTIVATED)).result is Result.COMPLETED
    goes_down(world, "south")
    return north, south


@pytest.mark.requirement("SC-UPC-04")
@pytest.mark.parametrize("from_notices", [False, True])
def test_a_standing_conflict_with_a_down_uss_is_put_with_the_ovn_that_it_told_before(from_notices: bool) -> None:
    async def scene() -> None:
        world = World()
        north, south = await standing_conflict(world)
        if from_notices:
            north.uss.fetched_ovns.clear()
        assert (await fly(north, "n", disc(east=0.2), state=ACTIVATED)).result is Result.COMPLETED
        shared = south.uss.flights["s"].shared
        assert shared is not None
        assert world.directory.puts[-1].key == (shared.reference.ovn,)

    run(scene())


@pytest.mark.requirement("SC-UPC-04")
def test_without_that_ovn_the_user_is_told_of_what_and_what_can_be_done() -> None:
    async def scene() -> None:
        world = World()
        north, south = await standing_conflict(world)
        north.uss.fetched_ovns.clear()
        north.uss.heard.clear()
        before = north.uss.flights["n"]
        puts = len(world.directory.puts)
        outcome = await fly(north, "n", disc(east=0.2), state=ACTIVATED)
        assert outcome.result is Result.FAILED
        assert outcome.flight == before
        assert len(world.directory.puts) == puts + 2, "no round more than can help"
        for word in (south.uss.flights["s"].intent_id, "south", "Down", "nonconforming", "clear of that place"):
            assert word in outcome.words
        # What it is told to do can be done.
        assert (await fly(north, "n", disc(east=9.0), state=ACTIVATED)).result is Result.COMPLETED
        assert (await fly(north, "n", disc(), state=IntentState.NONCONFORMING)).result is Result.COMPLETED
        assert (await close_flight(north.uss, "n")).result is Result.COMPLETED

    run(scene())


@pytest.mark.requirement("SC-UPC-04")
def test_an_ovn_of_an_older_version_is_none() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(north, "n", disc(), state=ACTIVATED)
        await fly(south, "s", disc(), priority=100)
        await fly(south, "s", disc(), priority=100, state=ACTIVATED)
        await fly(north, "n", disc(east=0.1), state=ACTIVATED)
        heard = dict(north.uss.heard)
        assert (await fly(south, "s", disc(east=0.05), priority=100, state=ACTIVATED)).result is Result.COMPLETED
        north.uss.heard.update(heard)  # as if the notice of it had not come
        goes_down(world, "south")
        assert (await fly(north, "n", disc(east=0.2), state=ACTIVATED)).result is Result.FAILED

    run(scene())


@pytest.mark.requirement("SC-UPC-04")
def test_a_plan_that_is_near_a_down_uss_and_meets_none_of_it_is_shared() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc(), state=ACTIVATED)
        goes_down(world, "south")
        # The box round both volumes holds south's flight; neither volume meets it.
        around = (disc(east=-9.0), disc(east=9.0))
        assert (await fly(north, "n", *around)).result is Result.COMPLETED
        assert world.directory.puts[-1].extents == around

    run(scene())


@pytest.mark.requirement("SC-UPC-04")
def test_a_constraint_of_a_down_uss_is_known_by_its_notice_or_named() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(north, "n", disc(for_s=3_000.0))
        zone = "20000000-0000-4000-8000-000000000000"
        await south.constraints.declare(ConstraintPlan(constraint_id=zone, volumes=(disc(from_s=900.0),)))
        await south.courier.deliver_waiting()
        goes_down(world, "south")
        assert (await fly(north, "n", disc(for_s=3_100.0))).result is Result.COMPLETED
        north.uss.heard.clear()
        outcome = await fly(north, "n", disc(for_s=3_200.0))
        assert outcome.result is Result.FAILED
        assert zone in outcome.words

    run(scene())
