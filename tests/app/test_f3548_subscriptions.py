"""A USS that keeps its own subscriptions and asks for its OVNs, with a DSS and another USS over real HTTP."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from tests.app.f3548_pool import Pool, pool, until


def new_id() -> str:
    return str(uuid.uuid4())


async def subscriptions(made: Pool, subject: str = "north") -> list[dict[str, object]]:
    around = made.volume(for_s=86_400.0, lower=0.0, upper=10_000.0)
    around["volume"]["outline_circle"]["radius"]["value"] = 20_000.0
    answer = await made.ask("POST", "dss", "/dss/v1/subscriptions/query", {"area_of_interest": around}, subject)
    assert answer.status_code == 200, answer.text
    found = answer.json()["subscriptions"]
    assert isinstance(found, list)
    return found


@pytest.mark.requirement("SC-UPC-01")
def test_neighbours_are_heard_for_as_long_as_the_area_is_watched(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "south") as made:
            north = await made.start("north", watch_hours=0.5)
            assert north.uss is not None
            heard = north.uss.services.uss.heard
            first, second, far, theirs, later = (new_id() for _ in range(5))
            assert await made.plan("north", first, made.volume()) == ("Completed", "Planned")
            (kept,) = await subscriptions(made)
            assert "implicit_subscription" not in kept or kept["implicit_subscription"] is False
            # Others near it rely on it too, one beyond it has it widened, through every state.
            assert await made.plan("north", second, made.volume(10.0)) == ("Completed", "Planned")
            assert await made.plan("north", second, made.volume(10.0), usage="InUse") == ("Completed", "OkToFly")
            assert await made.plan("north", far, made.volume(100.0)) == ("Completed", "Planned")
            (wider,) = await subscriptions(made)
            assert wider["id"] == kept["id"]
            assert wider["version"] != kept["version"]
            assert len(wider["dependent_operational_intents"]) == 3  # type: ignore[arg-type]
            for one in (first, second, far):
                path = f"/flight_planning/v1/flight_plans/{one}"
                assert (await made.ask("DELETE", "north", path)).json()["planning_result"] == "Completed"
            # Its flights are over, and it is still told.
            assert await made.plan("south", theirs, made.volume(5.0)) == ("Completed", "Planned")

            async def told() -> bool:
                return len(heard) == 1

            await until(told)
            made.clock.ahead_s += 1_900.0

            async def gone() -> bool:
                return await subscriptions(made) == []

            await until(gone)
            assert await made.plan("south", later, made.volume(-5.0)) == ("Completed", "Planned")
            assert len(heard) == 1

    asyncio.run(scene())


@pytest.mark.requirement("SC-UPC-01")
def test_a_uss_that_goes_over_from_one_way_to_the_other_leaves_nothing_behind(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north") as made:
            flight = new_id()
            assert await made.plan("north", flight, made.volume()) == ("Completed", "Planned")
            (implicit,) = await subscriptions(made)
            assert implicit["implicit_subscription"] is True
            await made.stop("north")
            await made.start("north", watch_hours=1.0)
            assert await made.plan("north", flight, made.volume(), usage="InUse") == ("Completed", "OkToFly")
            (kept,) = await subscriptions(made)
            assert kept["id"] != implicit["id"]
            await made.stop("north")
            await made.start("north")
            assert await made.plan("north", flight, made.volume(1.0), usage="InUse") == ("Completed", "OkToFly")

            async def alone() -> bool:
                return [one["implicit_subscription"] for one in await subscriptions(made)] == [True]

            await until(alone)

    asyncio.run(scene())


@pytest.mark.requirement("SC-UPC-02")
def test_the_ovns_that_were_asked_for_are_those_that_the_dss_gives_and_peers_plan_with(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "south") as made:
            north = await made.start("north", requests_ovns=True, watch_hours=1.0)
            assert north.uss is not None
            flight, higher = new_id(), new_id()
            assert await made.plan("north", flight, made.volume()) == ("Completed", "Planned")
            assert await made.plan("north", flight, made.volume(), usage="InUse") == ("Completed", "OkToFly")
            held = north.uss.services.uss.flights[flight]
            assert held.shared is not None
            entity, _, suffix = (held.shared.reference.ovn or "").partition("_")
            assert entity == held.intent_id
            assert uuid.UUID(suffix).int >> 76 & 15 == 7
            assert await made.plan("south", higher, made.volume(), priority=100) == ("Completed", "Planned")

    asyncio.run(scene())
