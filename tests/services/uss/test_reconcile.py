"""A USS that dies or loses an answer between the DSS and its own books ends with books that say what the DSS holds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from steerclear.model.intent import IntentState
from steerclear.services.uss.airspace import IntentAnswer, IntentPut
from steerclear.services.uss.close_flight import close_flight
from steerclear.services.uss.declare_constraint import ConstraintPlan, UnknownConstraintError
from steerclear.services.uss.flight_events import uss_views
from steerclear.services.uss.plan_flight import Result
from steerclear.services.uss.ports import DssError, DssUnsureError
from steerclear.services.uss.services import UssServices
from steerclear.store import SqliteStore
from tests.services.uss.world import World, disc, fly, run

ZONE = "20000000-0000-4000-8000-000000000001"


class Killed(BaseException):
    """Ends a process at the worst moment."""


class Lives:
    """A USS that can be killed and started again over the same file."""

    def __init__(self, world: World, path: Path) -> None:
        self.world = world
        self._path = path
        self._store: SqliteStore | None = None

    def start(self) -> UssServices:
        if self._store is not None:
            self._store.close()
        self._store = SqliteStore.open(self._path, uss_views())
        return self.world.uss("north", self._store)

    def end(self) -> None:
        if self._store is not None:
            self._store.close()


async def killed_after(world: World, work: object, *, done: bool) -> None:
    """Run something; the process ends right after the DSS has (or has not) done its part."""
    (world.directory.after if done else world.directory.before).append(Killed())  # type: ignore[arg-type]
    with pytest.raises(Killed):
        await work  # type: ignore[misc]


@pytest.mark.requirement("SC-USS-15")
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_a_new_flight_leaves_no_orphan(tmp_path: Path, done: bool) -> None:
    async def scene() -> None:
        world = World()
        lives = Lives(world, tmp_path / "north.sqlite")
        await killed_after(world, fly(lives.start(), "n", disc()), done=done)
        assert len(world.directory.intents) == (1 if done else 0)
        north = lives.start()
        await north.settle()
        world.clock.time_s += 60.0  # so long may a request be under way
        await north.settle()
        assert not world.directory.intents
        assert not north.uss.flights
        assert (await fly(north, "n", disc())).result is Result.COMPLETED
        lives.end()

    run(scene())


@pytest.mark.requirement("SC-USS-15")
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_a_change_is_taken_over_as_the_dss_holds_it_and_its_subscribers_are_told(tmp_path: Path, done: bool) -> None:
    async def scene() -> None:
        world = World()
        south = world.uss("south")
        await fly(south, "s", disc(east=0.5))
        lives = Lives(world, tmp_path / "north.sqlite")
        north = lives.start()
        await fly(north, "n", disc(), priority=5)
        moved = fly(north, "n", disc(east=1.0), priority=5, state=IntentState.ACTIVATED)
        await killed_after(world, moved, done=done)
        north = lives.start()
        await north.settle()
        if not done:
            world.clock.time_s += 60.0  # so long may a request be under way
            await north.settle()
        await north.courier.deliver_waiting()
        shared = north.uss.flights["n"].shared
        assert shared is not None
        assert north.uss.flights["n"].asked is None
        assert shared.intent.volumes == ((disc(east=1.0),) if done else (disc(),))
        held, _ = world.directory.intents[shared.reference.intent_id]
        assert (held.version, held.ovn, held.state) == (
            shared.reference.version,
            shared.reference.ovn,
            shared.reference.state,
        )
        assert south.uss.heard[held.intent_id].version == held.version
        lives.end()

    run(scene())


@pytest.mark.requirement("SC-USS-15")
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_an_end_is_an_end(tmp_path: Path, done: bool) -> None:
    async def scene() -> None:
        world = World()
        lives = Lives(world, tmp_path / "north.sqlite")
        north = lives.start()
        await fly(north, "n", disc())
        await killed_after(world, close_flight(north.uss, "n"), done=done)
        north = lives.start()
        await north.settle()
        assert not world.directory.intents
        assert not north.uss.flights
        lives.end()

    run(scene())


@pytest.mark.requirement("SC-USS-15")
def test_while_an_answer_is_missing_the_last_accepted_version_is_served_and_a_new_one_is_none() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        world.directory.after.append(DssUnsureError("no answer"))
        assert (await fly(north, "n", disc())).result is Result.FAILED
        assert north.uss.flights["n"].shared is None
        assert len(world.directory.intents) == 1
        # The user tries again: the first attempt is settled, then the plan is made anew.
        assert (await fly(north, "n", disc())).result is Result.COMPLETED
        assert len(world.directory.intents) == 1
        before = north.uss.flights["n"].shared
        world.directory.after.append(DssUnsureError("no answer"))
        assert (await fly(north, "n", disc(east=2.0))).result is Result.FAILED
        assert north.uss.flights["n"].shared == before
        await north.settle()
        after = north.uss.flights["n"].shared
        assert after is not None
        assert after.intent.volumes == (disc(east=2.0),)

    run(scene())


@pytest.mark.requirement("SC-USS-15")
def test_a_directory_that_cannot_be_asked_leaves_the_question_open() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        world.directory.after.append(DssUnsureError("no answer"))
        await fly(north, "n", disc())
        client = north.uss.dss
        reached = client.intent

        async def not_reached(_intent_id: str) -> None:
            raise DssError("not reached")

        client.intent = not_reached  # type: ignore[method-assign]
        await north.settle()
        assert north.uss.flights["n"].asked is not None
        assert (await fly(north, "n", disc())).result is Result.FAILED
        assert (await close_flight(north.uss, "n")).result is Result.FAILED
        client.intent = reached  # type: ignore[method-assign]
        await north.settle()
        assert not north.uss.flights
        assert not world.directory.intents

    run(scene())


@pytest.mark.requirement("SC-USS-14")
@pytest.mark.requirement("SC-USS-15")
def test_a_constraint_is_declared_changed_and_withdrawn_and_survives_a_lost_answer() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north"), world.uss("south")
        await fly(south, "s", disc(from_s=700.0))
        plan = ConstraintPlan(constraint_id=ZONE, volumes=(disc(from_s=700.0),), kind="fire", provider="brigade")
        shared = await north.constraints.declare(plan)
        await north.courier.deliver_waiting()
        assert shared.reference.version == 1
        assert [one.trigger for one in south.users.told(0.0, 1e12)] == ["CSTP0010"]
        world.directory.after.append(DssUnsureError("no answer"))
        with pytest.raises(DssUnsureError):
            await north.constraints.declare(msgspec.structs.replace(plan, kind="flood"))
        assert north.uss.constraints[ZONE].shared == shared
        await north.settle()
        await north.courier.deliver_waiting()
        held = north.uss.constraints[ZONE].shared
        assert held is not None
        assert (held.kind, held.reference.version) == ("flood", world.directory.constraints[ZONE][0].version)
        assert [one.trigger for one in south.users.told(0.0, 1e12)][-1] == "CSTP0020"
        # A plan there is permitted, and its user is told.
        outcome = await fly(north, "n", disc(from_s=700.0, lower_m=101.0, upper_m=140.0))
        assert outcome.check is not None
        assert not outcome.check.constraints
        outcome = await fly(north, "n", disc(from_s=700.0), priority=1)
        assert outcome.check is not None
        assert [one.constraint_id for one in outcome.check.constraints] == [ZONE]
        assert outcome.result is Result.COMPLETED
        await north.constraints.withdraw(ZONE)
        await north.courier.deliver_waiting()
        assert not world.directory.constraints
        assert [one.trigger for one in south.users.told(0.0, 1e12)][-1] == "CSTP0030"
        with pytest.raises(UnknownConstraintError):
            await north.constraints.withdraw(ZONE)

    run(scene())


@pytest.mark.requirement("SC-USS-16")
def test_two_wishes_for_one_flight_wait_for_each_other() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        outcomes = await asyncio.gather(*[fly(north, "n", disc(east=east / 10.0)) for east in range(8)])
        assert {one.result for one in outcomes} == {Result.COMPLETED}
        assert len(world.directory.intents) == 1
        shared = north.uss.flights["n"].shared
        assert shared is not None
        assert shared.reference.version == 8

    run(scene())


@pytest.mark.requirement("SC-PLR-07")
@pytest.mark.parametrize("wait_s", [1.0, 40.0])
def test_a_change_that_reaches_the_dss_late_is_taken_over_or_put_upon(wait_s: float) -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        await fly(north, "n", disc())
        world.directory.before += [DssUnsureError("no answer")]
        assert (await fly(north, "n", disc(for_s=700.0))).result is Result.FAILED
        await north.settle()
        (late,) = world.directory.puts[-1:]
        # The request was under way all the time.
        await north.uss.dss.put_intent(late)
        world.clock.time_s += wait_s
        if wait_s < 30.0:
            await north.settle()
            ((reference, _),) = world.directory.intents.values()
            held = north.uss.flights["n"].shared
            assert held is not None
            assert held.reference.version == reference.version
        outcome = await fly(north, "n", disc(for_s=800.0))
        assert outcome.result is Result.COMPLETED
        ((reference, _),) = world.directory.intents.values()
        assert outcome.flight is not None
        assert outcome.flight.shared is not None
        assert outcome.flight.shared.reference == reference

    run(scene())


@pytest.mark.requirement("SC-PLR-07")
def test_a_change_that_reaches_the_dss_after_its_user_has_tried_again_is_put_upon() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        await fly(north, "n", disc())
        world.directory.before += [DssUnsureError("no answer")]
        await fly(north, "n", disc(for_s=700.0))
        (late,) = world.directory.puts[-1:]
        put, landed = north.uss.dss.put_intent, []

        async def after_the_late_one(wanted: IntentPut) -> IntentAnswer:
            if not landed:
                landed.append(await put(late))
            return await put(wanted)

        north.uss.dss.put_intent = after_the_late_one  # type: ignore[method-assign]
        outcome = await fly(north, "n", disc(for_s=800.0))
        assert outcome.result is Result.COMPLETED
        assert landed
        assert outcome.flight is not None
        assert outcome.flight.shared is not None
        assert outcome.flight.shared.reference.version == 3

    run(scene())
