"""Two USSs and a DSS of this project over real HTTP: plan, conflict, notify, go off-nominal, recover, end."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path

import pytest

from steerclear.app.main import main
from steerclear.interfaces.f3548.times import write_moment
from tests.app.f3548_pool import Pool, pool, until


def new_id() -> str:
    return str(uuid.uuid4())


@pytest.mark.requirement("SC-USS-20")
def test_two_uss_plan_conflict_notify_go_off_nominal_recover_and_end(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north", "south") as made:
            south, north, high = new_id(), new_id(), new_id()
            began_s = made.clock.now_s()
            # Plan; of equal priorities the second is refused; a higher one goes first and the lower one hears of it.
            assert await made.plan("south", south, made.volume()) == ("Completed", "Planned")
            assert await made.plan("north", north, made.volume(1.0)) == ("Rejected", "NotPlanned")
            assert await made.conflicts_told("north", began_s) == ["Single"]
            assert await made.plan("north", high, made.volume(1.0), priority=100) == ("Completed", "Planned")

            async def told() -> bool:
                return await made.conflicts_told("south", began_s) == ["Single"]

            await until(told)
            assert {one["state"] for one in await made.references()} == {"Accepted"}
            # Activate: not in conflict with a higher one; once that has gone, yes.
            assert await made.plan("south", south, made.volume(), usage="InUse") == ("Rejected", "Planned")
            gone = await made.ask("DELETE", "north", f"/flight_planning/v1/flight_plans/{high}")
            assert gone.json() == {"planning_result": "Completed", "flight_plan_status": "Closed"}
            assert await made.plan("south", south, made.volume(), usage="InUse") == ("Completed", "OkToFly")
            await _fly(made, south)
            # Ended: out of the DSS, and a second end finds nothing.
            assert (await made.ask("DELETE", "south", f"/operator/v1/flights/{south}")).status_code == 200
            assert await made.references() == []
            assert (await made.ask("DELETE", "south", f"/operator/v1/flights/{south}")).status_code == 404

    asyncio.run(scene())


async def _fly(made: Pool, flight: str) -> None:
    """The aircraft leaves its volumes, others can see where it is; it comes back; it leaves for good."""
    (reference,) = await made.references()
    telemetry = f"/uss/v1/operational_intents/{reference['id']}/telemetry"
    assert (await made.ask("GET", "south", telemetry, subject="north")).status_code == 409

    async def is_in(state: str) -> bool:
        return [one["state"] for one in await made.references()] == [state]

    await _report(made, flight, east=0.1)
    await _report(made, flight, east=3.0)
    await until(lambda: is_in("Nonconforming"))

    async def seen() -> bool:
        # The DSS knows a moment before the USS has its answer in its books.
        return (await made.ask("GET", "south", telemetry, subject="north")).status_code == 200

    await until(seen)
    answer = await made.ask("GET", "south", telemetry, subject="north")
    assert answer.json()["telemetry"]["position"]["longitude"] == pytest.approx(20.003)
    details = await made.ask("GET", "south", f"/uss/v1/operational_intents/{reference['id']}", subject="north")
    told = details.json()["operational_intent"]["details"]
    assert told["volumes"]
    assert told["off_nominal_volumes"]
    await _report(made, flight, east=0.0)
    await until(lambda: is_in("Activated"))
    await _report(made, flight, east=5.0)
    await until(lambda: is_in("Nonconforming"))
    made.clock.ahead_s += 61.0
    await until(lambda: is_in("Contingent"))
    assert (await made.ask("GET", "south", telemetry, subject="north")).status_code == 412
    assert await made.plan("south", flight, made.volume(), usage="InUse") == ("Rejected", "OffNominal")


async def _report(made: Pool, flight: str, east: float) -> None:
    position = {
        "latitude": 10.0,
        "longitude": 20.0 + east / 1000.0,
        "altitude": {"value": 75.0, "reference": "W84", "units": "M"},
        "accuracy_h": "HA10m",
        "accuracy_v": "VA10m",
    }
    measured = {"value": write_moment(made.clock.now_s()), "format": "RFC3339"}
    body = {"telemetry": [{"time_measured": measured, "position": position}]}
    answer = await made.ask("POST", "south", f"/operator/v1/flights/{flight}/telemetry", body)
    assert answer.status_code == 204, answer.text


@pytest.mark.requirement("SC-USS-20")
def test_a_down_uss_and_a_constraint_over_http(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north", "south") as made:
            unflown, flown = new_id(), new_id()
            assert await made.plan("south", unflown, made.volume()) == ("Completed", "Planned")
            assert await made.plan("south", flown, made.volume(5.0), usage="InUse") == ("Completed", "OkToFly")
            await made.stop("south")
            assert await made.plan("north", new_id(), made.volume(), priority=100) == ("Failed", "NotPlanned")
            down = {"old_version": "", "availability": "Down"}
            declared = await made.ask("PUT", "dss", "/dss/v1/uss_availability/south", down, "arbiter")
            assert declared.status_code == 200, declared.text
            north = new_id()
            assert await made.plan("north", north, made.volume()) == ("Completed", "Planned")
            assert await made.plan("north", new_id(), made.volume(5.0), priority=100) == ("Rejected", "NotPlanned")
            # A constraint is shared; the operator whose flight meets it is told, and so is the next who plans there.
            zone = new_id()
            body = {"volumes": [made.volume(from_s=700.0, for_s=600.0)], "type": "org.example.firefighting"}
            declared = await made.ask("PUT", "north", f"/operator/v1/constraints/{zone}", body)
            assert declared.status_code == 200, declared.text
            notices = (await made.ask("GET", "north", "/operator/v1/notices")).json()["notices"]
            assert "CSTP0010" in [one["trigger"] for one in notices if one["flight_id"] == north]
            details = await made.ask("GET", "north", f"/uss/v1/constraints/{zone}", subject="south")
            assert details.json()["constraint"]["details"]["type"] == "org.example.firefighting"
            assert (await made.ask("DELETE", "north", f"/operator/v1/constraints/{zone}")).status_code == 204
            assert (await made.ask("GET", "north", f"/uss/v1/constraints/{zone}")).status_code == 404

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-19")
def test_what_a_uss_has_recorded_is_exported_from_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss", "north") as made:
            assert await made.plan("north", new_id(), made.volume()) == ("Completed", "Planned")
            (tmp_path / "north.toml").write_text(
                f"""
                [f3548]
                listen = "127.0.0.1:{made.ports["north"]}"
                audiences = ["127.0.0.1"]
                data = "north-data"
                issuer_keys = ["issuer.pem"]
                [f3548.uss]
                name = "north"
                base_url = "{made.url("north")}"
                dss_url = "{made.url("dss")}"
                tokens = {{ private_key = "issuer.key" }}
                """
            )

    asyncio.run(scene())
    command = ["f3548", "log-set", "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z", "--config"]
    with pytest.raises(SystemExit) as ended:
        main([*command, str(tmp_path / "north.toml")])
    assert ended.value.code == 0
    logs = json.loads(capsys.readouterr().out)
    assert {one["method"] for one in logs["messages"]} == {"POST", "PUT"}
    assert [one["recorder_role"] for one in logs["messages"]] == ["Client"] * len(logs["messages"])
    assert len(logs["planning_attempts"]) == len(logs["operator_associations"]) == 1
    with pytest.raises(SystemExit) as ended:
        main(["f3548", "log-set", "today", "2040-01-01T00:00:00Z", "--config", str(tmp_path / "north.toml")])
    assert ended.value.code == 9
