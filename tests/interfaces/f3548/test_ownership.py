"""Whose a flight is: its operator changes and ends it, others may see it, who is on duty may do all."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from steerclear.interfaces.f3548.uss_app import UssMounting
from tests.interfaces.f3548.uss_world import UssWorld, volume
from tests.interfaces.f3548.world import new_id

OPERATE = "steerclear.operate"
TWO = UssMounting(operators=frozenset({"fleet-1", "fleet-2"}), on_duty=frozenset({"duty"}))


class Fleets(UssWorld):
    def __init__(self) -> None:
        super().__init__(mounting=TWO)

    async def as_one(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.ask(method, f"/operator/v1/{path}", OPERATE, sub=who, json=body)

    async def plan(self, who: str, flight_id: str, state: str = "Accepted", east: float = 0.0, **more: Any) -> Any:
        body = {"state": state, "volumes": [volume(east)]} | more
        return await self.as_one(who, "PUT", f"flights/{flight_id}", body)

    async def notices(self, who: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.as_one(who, "GET", "notices")).json()["notices"]
        return found


def told_position() -> dict[str, Any]:
    position = {
        "latitude": 1.0,
        "longitude": 2.0,
        "altitude": {"value": 75.0, "reference": "W84", "units": "M"},
        "accuracy_h": "HA10m",
        "accuracy_v": "VA10m",
    }
    return {"telemetry": [{"time_measured": volume()["time_start"], "position": position}]}


@pytest.mark.requirement("SC-UPC-03")
def test_nobody_changes_ends_or_reports_another_operators_flight() -> None:
    async def scene() -> None:
        made = Fleets()
        flight = new_id()
        assert (await made.plan("fleet-1", flight)).json()["result"] == "completed"
        before = made.services.uss.flights[flight]
        refused = [
            await made.plan("fleet-2", flight, east=5.0),
            await made.plan("fleet-2", flight, state="Activated"),
            await made.plan("fleet-2", flight, check_only=True),
            await made.as_one("fleet-2", "DELETE", f"flights/{flight}"),
            await made.as_one("fleet-2", "POST", f"flights/{flight}/telemetry", told_position()),
        ]
        for answer in refused:
            assert answer.status_code == 403
            assert "another operator's" in answer.json()["message"]
            assert "on duty" in answer.json()["message"]
            assert "fleet-1" not in answer.text
        assert made.services.uss.flights[flight] is before
        # Its own operator does all of it.
        assert (await made.plan("fleet-1", flight, state="Activated")).json()["result"] == "completed"
        told = await made.as_one("fleet-1", "POST", f"flights/{flight}/telemetry", told_position())
        assert told.status_code == 204
        assert (await made.as_one("fleet-1", "DELETE", f"flights/{flight}")).json()["result"] == "completed"
        # A name is free again once its flight is over.
        assert (await made.plan("fleet-2", flight)).json()["result"] == "completed"

    asyncio.run(scene())


@pytest.mark.requirement("SC-UPC-03")
def test_of_two_operators_that_take_one_name_at_once_the_second_is_refused() -> None:
    async def scene() -> None:
        made = Fleets()
        flight = new_id()
        answers = await asyncio.gather(made.plan("fleet-1", flight), made.plan("fleet-2", flight, east=9.0))
        assert sorted(one.status_code for one in answers) == [200, 403]
        (held,) = made.services.uss.flights.values()
        assert held.operator == ("fleet-1" if answers[0].status_code == 200 else "fleet-2")

    asyncio.run(scene())


@pytest.mark.requirement("SC-UPC-03")
def test_others_see_of_a_flight_what_every_uss_may_see_and_no_more() -> None:
    async def scene() -> None:
        made = Fleets()
        flight = new_id()
        await made.plan("fleet-1", flight, title="Secret errand", identities=[{"callsign": "HB-ABC"}])
        own = (await made.as_one("fleet-1", "GET", f"flights/{flight}")).json()
        seen = (await made.as_one("fleet-2", "GET", f"flights/{flight}")).json()
        (listed,) = (await made.as_one("fleet-2", "GET", "flights")).json()["flights"]
        assert listed == seen
        assert own["operator"] == "fleet-1"
        assert own["operational_intent"]["reference"].pop("ovn")
        assert seen == {name: value for name, value in own.items() if name != "operator"}
        for word in ("Secret errand", "HB-ABC", "fleet-1"):
            assert word not in str(seen)
        assert (await made.as_one("duty", "GET", f"flights/{flight}")).json()["operator"] == "fleet-1"

    asyncio.run(scene())


@pytest.mark.requirement("SC-UPC-03")
def test_who_is_on_duty_changes_and_ends_what_any_operator_planned_and_the_operator_hears_of_it() -> None:
    async def scene() -> None:
        made = Fleets()
        flight = new_id()
        await made.plan("fleet-1", flight)
        assert (await made.plan("duty", flight, state="Activated")).json()["result"] == "completed"
        assert made.services.uss.flights[flight].operator == "fleet-1", "it stays its operator's"
        assert (await made.as_one("duty", "DELETE", f"flights/{flight}")).json()["result"] == "completed"
        told = [(one["trigger"], one["flight_id"]) for one in await made.notices("fleet-1")]
        assert told == [("OPIN0035", flight), ("OPIN0040", flight)]
        assert await made.notices("fleet-2") == []
        assert len(await made.notices("duty")) == 2
        assert (await made.plan("stranger", flight)).status_code == 403

    asyncio.run(scene())


@pytest.mark.requirement("SC-UPC-03")
def test_an_operator_is_told_of_its_own_flights_also_of_one_that_never_was() -> None:
    async def scene() -> None:
        made = Fleets()
        first, second = new_id(), new_id()
        await made.plan("fleet-1", first)
        assert (await made.plan("fleet-2", second)).json()["result"] == "rejected"
        assert [one["flight_id"] for one in await made.notices("fleet-2")] == [second]
        assert await made.notices("fleet-1") == []
        # A flight of higher priority comes: whose it conflicts with is told.
        await made.plan("fleet-2", second, priority=5)
        assert [one["trigger"] for one in await made.notices("fleet-1")] == ["SCD0095"]

    asyncio.run(scene())


@pytest.mark.requirement("SC-UPC-03")
def test_a_constraint_is_its_providers() -> None:
    async def scene() -> None:
        made = Fleets()
        zone = new_id()
        body = {"volumes": [volume(starts=900.0, ends=1_800.0)]}
        assert (await made.as_one("fleet-1", "PUT", f"constraints/{zone}", body)).status_code == 200
        for method in ("PUT", "DELETE"):
            answer = await made.as_one("fleet-2", method, f"constraints/{zone}", body if method == "PUT" else None)
            assert answer.status_code == 403
            assert "another provider's" in answer.json()["message"]
        assert (await made.as_one("duty", "PUT", f"constraints/{zone}", body)).status_code == 200
        assert made.services.uss.constraints[zone].provider == "fleet-1"
        assert (await made.as_one("fleet-1", "DELETE", f"constraints/{zone}")).status_code == 204

    asyncio.run(scene())
