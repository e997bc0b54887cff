"""What InterUSS's qualifier does with a USS, step by step, over real HTTP: its scenarios in our words, its outcomes.

Beside the USS under test stand a second one of ours and a peer that can be told to send wrong data; the test itself is
the virtual USS that may be Down. Shared details are held against the official OpenAPI where it is at hand.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.app.f3548_pool import Pool, pool, until
from tests.interfaces.f3548.mock_peer import MockPeer, http, http_json
from tests.interfaces.f3548.official import official_errors

INTENTS = "/dss/v1/operational_intent_references"
SC = "utm.strategic_coordination"


def new_id() -> str:
    return str(uuid.uuid4())


def polygon(made: Pool, corners: list[tuple[float, float]], start_s: float = -1.0, for_s: float = 2_700.0) -> Any:
    volume = made.volume(from_s=start_s, for_s=for_s)
    vertices = [{"lat": 10.0 + north, "lng": 20.0 + east} for east, north in corners]
    del volume["volume"]["outline_circle"]
    volume["volume"]["outline_polygon"] = {"vertices": vertices}
    return volume


async def shared(made: Pool, name: str) -> dict[str, dict[str, Any]]:
    """Details of every intent of a USS, by id, as anyone may fetch them; each is what the OpenAPI says."""
    found = {}
    for reference in await made.references():
        if reference["manager"] != name:
            continue
        answer = await made.ask("GET", name, f"/uss/v1/operational_intents/{reference['id']}", None, "qualifier", SC)
        assert answer.status_code == 200
        assert official_errors("GetOperationalIntentDetailsResponse", answer.json()) == []
        intent = answer.json()["operational_intent"]
        if intent["reference"]["state"] in ("Accepted", "Activated"):
            assert not intent["details"]["off_nominal_volumes"]
        found[reference["id"]] = intent
    return found


async def clear(made: Pool, name: str) -> None:
    extent = made.volume(for_s=86_400.0, lower=0.0, upper=10_000.0)
    body = {"request_id": new_id(), "extent": extent}
    answer = await made.ask("POST", name, "/flight_planning/v1/clear_area_requests", body, "qualifier")
    assert answer.json()["outcome"]["success"] is True, answer.text


@pytest.mark.requirement("SC-USS-21")
def test_preparation_versions_and_the_solo_happy_path(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north") as made:
            status = (await made.ask("GET", "north", "/flight_planning/v1/status")).json()
            assert status["status"] == "Ready"
            version = await made.ask("GET", "north", "/versioning/versions/astm.f3548.v21")
            assert version.json()["system_identity"] == "astm.f3548.v21"
            assert (await made.ask("GET", "north", "/versioning/versions/no.such.system")).status_code == 404
            await clear(made, "north")
            flight = new_id()
            area = made.volume()
            assert await made.plan("north", flight, area) == ("Completed", "Planned")
            (intent,) = (await shared(made, "north")).values()
            volume = intent["details"]["volumes"][0]
            assert (volume["time_start"], volume["time_end"]) == (area["time_start"], area["time_end"])
            assert await made.plan("north", flight, area, usage="InUse") == ("Completed", "OkToFly")
            (intent,) = (await shared(made, "north")).values()
            assert intent["reference"]["state"] == "Activated"
            assert await made.plan("north", flight, area, usage="Closed") == ("Completed", "Closed")
            missing = await made.ask("DELETE", "north", f"/flight_planning/v1/flight_plans/{flight}")
            assert missing.status_code == 404
            assert missing.json()["flight_plan_status"] == "NotPlanned"
            assert not await made.references()
            # The same request again has the same answer and no effect; another one under its id is refused.
            body: dict[str, Any] = {
                "flight_plan": {
                    "basic_information": {"usage_state": "Planned", "uas_state": "Nominal", "area": [area]}
                },
                "execution_style": "IfAllowed",
                "request_id": new_id(),
            }
            path = f"/flight_planning/v1/flight_plans/{flight}"
            first = await made.ask("PUT", "north", path, body)
            assert (await made.ask("PUT", "north", path, body)).json() == first.json()
            assert first.json()["includes_advisories"] == "NoAdvisoriesOrConditions"
            assert (await made.ask("PUT", "north", path, body | {"execution_style": "InReality"})).status_code == 409
            (reference,) = await made.references()
            assert reference["version"] == 1
            await clear(made, "north")
            assert not await made.references()

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-07")
@pytest.mark.requirement("SC-USS-21")
def test_validation_of_flight_intents(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north") as made:
            flight = new_id()
            rejected = ("Rejected", "NotPlanned")
            assert await made.plan("north", new_id(), made.volume(from_s=31 * 86_400.0)) == rejected
            assert await made.plan("north", new_id(), made.volume(from_s=-600.0, for_s=300.0)) == rejected
            assert await made.plan("north", new_id(), made.volume(), uas="OffNominal") == rejected
            assert await made.plan("north", new_id(), made.volume(), usage="InUse", uas="Contingent") == rejected
            above_ground = made.volume()
            above_ground["volume"]["altitude_lower"]["reference"] = "SFC"
            assert await made.plan("north", new_id(), above_ground) == ("NotSupported", "NotPlanned")
            assert not await made.references()
            assert await made.plan("north", flight, made.volume()) == ("Completed", "Planned")
            assert await made.plan("north", flight, made.volume(), uas="OffNominal") == ("Rejected", "Planned")
            assert await made.plan("north", flight, made.volume(), usage="InUse") == ("Completed", "OkToFly")
            # Just over one centimetre of overlap is a conflict.
            tiny = made.volume(lower=99.985, upper=200.0)
            assert await made.plan("north", new_id(), tiny) == rejected
            assert len(await made.references()) == 1

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-02")
@pytest.mark.requirement("SC-USS-21")
def test_conflicts_of_equal_priority_over_time_ranges(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north", "south") as made:
            one, two = new_id(), new_id()
            early, late = made.volume(for_s=900.0), made.volume(from_s=1_000.0, for_s=900.0)
            overlapping = made.volume(for_s=1_900.0)
            # Flight 2 is active now and holds the later time as well.
            assert await made.plan("south", two, made.volume(east=9.0), late) == ("Completed", "Planned")
            active = await made.plan("south", two, made.volume(east=9.0), late, usage="InUse")
            assert active == ("Completed", "OkToFly")
            assert await made.plan("north", one, late) == ("Rejected", "NotPlanned")
            assert await made.plan("north", one, overlapping, usage="InUse") == ("Rejected", "NotPlanned")
            assert not await shared(made, "north")
            assert await made.plan("north", one, early) == ("Completed", "Planned")
            before = await shared(made, "north")
            assert await made.plan("north", one, late) == ("Rejected", "Planned")
            assert await shared(made, "north") == before
            assert await made.plan("north", one, early, usage="InUse") == ("Completed", "OkToFly")
            before = await shared(made, "north")
            assert await made.plan("north", one, overlapping, usage="InUse") == ("Rejected", "OkToFly")
            assert await shared(made, "north") == before
            assert await made.plan("north", one, early, usage="InUse") == ("Completed", "OkToFly")
            # Flight 2 leaves its volumes into flight 1's; flight 1 may still change within that conflict.
            off = await made.plan("south", two, early, usage="InUse", uas="OffNominal")
            assert off == ("Completed", "OffNominal")
            (intent,) = (await shared(made, "south")).values()
            assert intent["details"]["volumes"]
            assert intent["details"]["off_nominal_volumes"][0]["time_end"] == early["time_end"]
            longer = made.volume(from_s=-60.0, for_s=960.0)
            assert await made.plan("north", one, longer, usage="InUse") == ("Completed", "OkToFly")

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-09")
@pytest.mark.requirement("SC-USS-21")
def test_conflicts_with_a_higher_priority_and_what_users_are_told(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north", "south") as made:
            one, two = new_id(), new_id()

            async def told(name: str, count: int) -> None:
                async def so_many() -> bool:
                    return len(await made.conflicts_told(name, began_s)) == count

                await until(so_many, within_s=5.0)

            began_s = made.clock.now_s()
            assert await made.plan("south", two, made.volume(), priority=100) == ("Completed", "Planned")
            assert await made.plan("north", one, made.volume(1.0)) == ("Rejected", "NotPlanned")
            await told("north", 1)
            await made.ask("DELETE", "south", f"/flight_planning/v1/flight_plans/{two}", None, "qualifier")
            assert await made.plan("north", one, made.volume(1.0)) == ("Completed", "Planned")
            two = new_id()
            assert await made.plan("south", two, made.volume(), priority=100) == ("Completed", "Planned")
            await told("north", 2)
            await told("south", 1)
            assert await made.plan("north", one, made.volume(0.5)) == ("Rejected", "Planned")
            assert await made.plan("north", one, made.volume(1.0), usage="InUse") == ("Rejected", "Planned")
            await told("north", 4)
            await made.ask("DELETE", "south", f"/flight_planning/v1/flight_plans/{two}", None, "qualifier")
            assert await made.plan("north", one, made.volume(1.0), usage="InUse") == ("Completed", "OkToFly")
            two = new_id()
            assert await made.plan("south", two, made.volume(), priority=100) == ("Completed", "Planned")
            assert await made.plan("south", two, made.volume(), usage="InUse", priority=100) == ("Completed", "OkToFly")
            await told("north", 6)
            assert await made.plan("north", one, made.volume(0.5), usage="InUse") == ("Completed", "OkToFly")
            moved = await made.plan("south", two, made.volume(9.0), usage="InUse", priority=100)
            assert moved == ("Completed", "OkToFly")
            before = await shared(made, "north")
            assert await made.plan("north", one, made.volume(8.5), usage="InUse") == ("Rejected", "OkToFly")
            assert await shared(made, "north") == before

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-05")
@pytest.mark.requirement("SC-USS-21")
def test_data_exchange_with_a_peer_that_is_near_and_whose_data_may_be_wrong(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north") as made:
            # Two V shapes, one within the arms of the other: their hulls meet, they do not.
            wide = polygon(
                made, [(-0.004, 0.004), (-0.003, 0.004), (0.0, 0.001), (0.003, 0.004), (0.004, 0.004), (0, 0)]
            )
            inner = polygon(
                made, [(-0.002, 0.006), (-0.001, 0.006), (0.0, 0.003), (0.001, 0.006), (0.002, 0.006), (0, 0.002)]
            )
            details: dict[str, Any] = {"volumes": [wide], "off_nominal_volumes": [], "priority": 0}
            reference: dict[str, Any] = {}

            async def reply(method: str, path: str, _body: bytes) -> bytes:
                if method == "GET":
                    return http_json(200, {"operational_intent": {"reference": reference, "details": details}})
                return http(201 if "reports" in path else 204)

            async with MockPeer(reply) as peer:
                intent_id = new_id()
                body = {
                    "extents": [wide],
                    "key": [],
                    "state": "Accepted",
                    "uss_base_url": peer.url,
                    "new_subscription": {"uss_base_url": peer.url},
                }
                answer = await made.ask("PUT", "dss", f"{INTENTS}/{intent_id}", body, "mock")
                assert answer.status_code == 201, answer.text
                reference.update(answer.json()["operational_intent_reference"])
                flight = new_id()
                assert await made.plan("north", flight, inner) == ("Completed", "Planned")
                assert peer.of("GET", intent_id)

                async def notified() -> bool:
                    return len(peer.of("POST", "/uss/v1/operational_intents")) == 1

                await until(notified, within_s=5.0)
                (_, _, content) = peer.of("POST", "/uss/v1/operational_intents")[0]
                told = json.loads(content)
                assert official_errors("PutOperationalIntentDetailsParameters", told) == []
                assert told["operational_intent"]["reference"]["ovn"]
                await made.ask("DELETE", "north", f"/flight_planning/v1/flight_plans/{flight}", None, "qualifier")
                await until(lambda: _count(peer, 2), within_s=5.0)
                # The same, with a state and a priority that cannot be: the plan fails and nobody hears of it.
                reference["state"] = "Flying"
                details["priority"] = 1.2
                assert await made.plan("north", new_id(), inner) == ("Failed", "NotPlanned")
                assert {one["manager"] for one in await made.references()} == {"mock"}
                assert len(peer.of("POST", "/uss/v1/operational_intents")) == 2

    asyncio.run(scene())


async def _count(peer: MockPeer, count: int) -> bool:
    return len(peer.of("POST", "/uss/v1/operational_intents")) == count


@pytest.mark.requirement("SC-USS-12")
@pytest.mark.requirement("SC-USS-21")
def test_the_subscription_of_an_active_flight_brings_news_of_what_is_near(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north") as made:
            wide = polygon(
                made, [(-0.004, 0.004), (-0.003, 0.004), (0.0, 0.001), (0.003, 0.004), (0.004, 0.004), (0, 0)]
            )
            inner = polygon(
                made, [(-0.002, 0.006), (-0.001, 0.006), (0.0, 0.003), (0.001, 0.006), (0.002, 0.006), (0, 0.002)]
            )
            flight = new_id()
            assert await made.plan("north", flight, inner) == ("Completed", "Planned")
            assert await made.plan("north", flight, inner, usage="InUse") == ("Completed", "OkToFly")
            (own,) = (await shared(made, "north")).values()
            body = {
                "extents": [wide],
                "key": [own["reference"]["ovn"]],
                "state": "Accepted",
                "uss_base_url": "https://mock.example",
            }
            answer = await made.ask("PUT", "dss", f"{INTENTS}/{new_id()}", body, "mock")
            assert answer.status_code == 201, answer.text
            told = {
                state["subscription_id"]: one["uss_base_url"]
                for one in answer.json()["subscribers"]
                for state in one["subscriptions"]
            }
            assert told.get(own["reference"]["subscription_id"]) == made.url("north")
            reference = answer.json()["operational_intent_reference"]
            notice = {
                "operational_intent_id": reference["id"],
                "operational_intent": {"reference": reference, "details": {"volumes": [wide], "priority": 0}},
                "subscriptions": answer.json()["subscribers"][0]["subscriptions"],
            }
            taken = await made.ask("POST", "north", "/uss/v1/operational_intents", notice, "mock", SC)
            assert taken.status_code == 204

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-04")
@pytest.mark.requirement("SC-USS-21")
def test_a_virtual_uss_that_is_down(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north") as made:
            version = ""

            async def declare(state: str) -> None:
                nonlocal version
                body = {"old_version": version, "availability": state}
                answer = await made.ask("PUT", "dss", "/dss/v1/uss_availability/virtual", body, "arbiter")
                assert answer.status_code == 200, answer.text
                version = answer.json()["version"]

            async def put(state: str, ovn: str = "") -> str:
                body = {
                    "extents": [made.volume()],
                    "key": [ovn] if ovn else [],
                    "state": state,
                    "uss_base_url": "https://fake.invalid/down",
                    "new_subscription": {"uss_base_url": "https://fake.invalid/down"},
                }
                path = f"{INTENTS}/{intent_id}" + (f"/{ovn}" if ovn else "")
                answer = await made.ask("PUT", "dss", path, body, "virtual")
                assert answer.status_code in (200, 201), answer.text
                return str(answer.json()["operational_intent_reference"]["ovn"])

            intent_id = new_id()
            ovn = await put("Accepted")
            await declare("Down")
            flight = new_id()
            assert await made.plan("north", flight, made.volume()) == ("Completed", "Planned")
            await made.ask("DELETE", "north", f"/flight_planning/v1/flight_plans/{flight}", None, "qualifier")
            for state in ("Activated", "Nonconforming", "Contingent"):
                await declare("Normal")
                ovn = await put(state, ovn)
                await declare("Down")
                high = await made.plan("north", new_id(), made.volume(), priority=100)
                assert high == ("Rejected", "NotPlanned"), state
                # Near it, but clear of all that the DSS knows of it, one may fly.
                flight = new_id()
                assert await made.plan("north", flight, made.volume(5.0)) == ("Completed", "Planned"), state
                await made.ask("DELETE", "north", f"/flight_planning/v1/flight_plans/{flight}", None, "qualifier")

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-21")
def test_styles_ask_wish_or_tell(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north") as made:
            flight, high = new_id(), new_id()
            asked = await made.plan("north", flight, made.volume(), style="Hypothetical")
            assert asked == ("Completed", "Planned")
            assert not await made.references()
            assert await made.plan("north", flight, made.volume(), usage="InUse") == ("Completed", "OkToFly")
            assert await made.plan("north", high, made.volume(5.0), priority=9) == ("Completed", "Planned")
            asked = await made.plan("north", flight, made.volume(4.5), usage="InUse", style="Hypothetical")
            assert asked == ("Rejected", "OkToFly")
            assert await made.plan("north", flight, made.volume(4.5), usage="InUse") == ("Rejected", "OkToFly")
            # It flies there all the same: then that is what is shared.
            told = await made.plan("north", flight, made.volume(4.5), usage="InUse", style="InReality")
            assert told == ("Completed", "OffNominal")
            states = {one["reference"]["state"] for one in (await shared(made, "north")).values()}
            assert states == {"Nonconforming", "Accepted"}

    asyncio.run(scene())
