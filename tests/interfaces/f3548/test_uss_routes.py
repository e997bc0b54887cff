"""What other USSs may ask of a USS and tell it, over HTTP: statuses, scopes, bodies; what is refused has no effect."""

from __future__ import annotations

import asyncio
import copy
import threading
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import pytest

from steerclear.interfaces.f3548.uss_app import UssMounting
from steerclear.model.intent import IntentState
from steerclear.services.uss.declare_constraint import ConstraintPlan
from steerclear.services.uss.flight_events import REPORTED
from steerclear.services.uss.record_files import Kept, Records
from steerclear.strategic.conformance import FlownPosition
from tests.interfaces.f3548.uss_world import UssWorld, moment, volume
from tests.interfaces.f3548.world import CM, CP, SA, SC, new_id
from tests.services.uss.world import NOW_S, disc, fly

INTENTS = "/uss/v1/operational_intents"
CONSTRAINTS = "/uss/v1/constraints"


def told_intent(**changes: Any) -> dict[str, Any]:
    """A notification of an intent of south's."""
    intent_id = new_id()
    reference = {
        "id": intent_id,
        "manager": "south",
        "uss_availability": "Unknown",
        "version": 1,
        "state": "Accepted",
        "ovn": "an-ovn-of-sixteen-and-more",
        "time_start": moment(0.0),
        "time_end": moment(600.0),
        "uss_base_url": "https://south.example",
        "subscription_id": new_id(),
    }
    details = {"volumes": [volume()], "off_nominal_volumes": [], "priority": 3}
    return {
        "operational_intent_id": intent_id,
        "operational_intent": {"reference": reference | changes, "details": details},
        "subscriptions": [{"subscription_id": new_id(), "notification_index": 1}],
    }


@pytest.mark.requirement("SC-USS-17")
def test_details_are_served_once_the_dss_has_accepted_and_not_after_the_end() -> None:
    async def scene() -> None:
        made = UssWorld()
        assert (await made.ask("GET", f"{INTENTS}/{new_id()}", SC)).status_code == 404
        await fly(made.services, "n", disc(), priority=4)
        intent_id = made.services.uss.flights["n"].intent_id
        answer = await made.ask("GET", f"{INTENTS}/{intent_id}", SC)
        assert answer.status_code == 200
        told = answer.json()["operational_intent"]
        assert told["reference"]["ovn"] == made.world.directory.intents[intent_id][0].ovn
        assert told["details"]["priority"] == 4
        assert told["details"]["off_nominal_volumes"] == []
        assert told["details"]["volumes"][0]["time_end"]["value"] == moment(600.0)["value"]
        assert (await made.ask("GET", f"{INTENTS}/{intent_id}?version=1", SC)).json() == answer.json()
        assert (await made.ask("GET", f"{INTENTS}/{intent_id}?version=2", SC)).status_code == 404
        assert (await made.ask("GET", f"{INTENTS}/{intent_id}?version=x", SC)).status_code == 400
        assert (await made.ask("GET", f"{INTENTS}/no-uuid", SC)).status_code == 400

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-17")
def test_without_a_token_of_the_right_scope_and_audience_nothing_is_answered() -> None:
    async def scene() -> None:
        made = UssWorld()
        await fly(made.services, "n", disc())
        intent_id = made.services.uss.flights["n"].intent_id
        scopes = {
            ("GET", f"{INTENTS}/{intent_id}"): SC,
            ("GET", f"{INTENTS}/{intent_id}/telemetry"): SA,
            ("POST", INTENTS): SC,
            ("GET", f"{CONSTRAINTS}/{intent_id}"): CP,
            ("POST", CONSTRAINTS): CM,
            ("GET", "/flight_planning/v1/status"): "interuss.flight_planning.direct_automated_test",
            ("PUT", f"/flight_planning/v1/flight_plans/{intent_id}"): "interuss.flight_planning.plan",
            ("GET", "/versioning/versions/astm.f3548.v21"): "interuss.versioning.read_system_versions",
            ("PUT", f"/operator/v1/flights/{intent_id}"): "steerclear.operate",
        }
        for (method, path), scope in scopes.items():
            assert (await made.ask(method, path)).status_code == 401, path
            for wrong in {SC, SA, CM, CP} - {scope}:
                assert (await made.ask(method, path, wrong)).status_code == 403, (path, wrong)
            elsewhere = {"Authorization": f"Bearer {made.token(scope, aud='other.example')}"}
            assert (await made.ask(method, path, headers=elsewhere)).status_code == 401, path
        assert (await made.ask("PUT", f"/operator/v1/flights/{intent_id}", "steerclear.operate")).status_code == 403

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-12")
def test_notifications_are_answered_as_the_standard_has_it() -> None:
    async def scene() -> None:
        made = UssWorld()
        heard = made.services.uss.heard
        good = told_intent()
        assert (await made.ask("POST", INTENTS, SC, json=good)).status_code == 204
        assert len(heard) == 1
        assert (await made.ask("POST", INTENTS, SC, json=good)).status_code == 204
        assert (await made.ask("POST", INTENTS, SC, json=good, sub="east")).status_code == 403
        other = copy.deepcopy(good)
        other["operational_intent"]["details"]["priority"] = 9
        assert (await made.ask("POST", INTENTS, SC, json=other)).status_code == 409
        gone = {name: good[name] for name in ("operational_intent_id", "subscriptions")}
        assert (await made.ask("POST", INTENTS, SC, json=gone | {"operational_intent": None})).status_code == 204
        assert next(iter(heard.values())).intent is None
        assert (await made.ask("POST", INTENTS, SC, json=good)).status_code == 409

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-05")
def test_notifications_that_break_the_schema_or_its_prose_are_refused_without_effect() -> None:
    def broken(path: str, value: Any) -> dict[str, Any]:
        told = told_intent()
        place: Any = told
        *way, last = path.split(".")
        for name in way:
            place = place[int(name) if name.isdecimal() else name]
        if value is ...:
            del place[last]
        else:
            place[last] = value
        return told

    details, reference = "operational_intent.details", "operational_intent.reference"
    wrong = {
        f"{reference}.state": "Flying",
        f"{details}.priority": 1.2,
        f"{reference}.id": new_id(),
        f"{reference}.ovn": "short",
        f"{reference}.version": 2**40,
        f"{reference}.time_end": {"value": "yesterday", "format": "RFC3339"},
        f"{details}.volumes": [],
        f"{details}.volumes.0.time_start": ...,
        f"{details}.volumes.0.volume.altitude_lower.value": 1e300,
        f"{details}.volumes.0.volume.altitude_lower.reference": "SFC",
        f"{details}.volumes.0.volume.outline_circle.radius.value": -1.0,
        f"{details}.volumes.0.volume.outline_circle.center.lat": 91.0,
        f"{details}.volumes.0.volume.outline_polygon": {"vertices": [{"lat": 0, "lng": 0}] * 3},
        "subscriptions": [],
        "operational_intent_id": "no-uuid",
    }

    async def scene() -> None:
        made = UssWorld()
        for path, value in wrong.items():
            answer = await made.ask("POST", INTENTS, SC, json=broken(path, value))
            assert answer.status_code == 400, path
            assert answer.json()["message"], path
        for raw in (b"", b"[]", b"{", b'{"a":' * 2_000, b'{"operational_intent_id": NaN}', b"\xff\xfe"):
            answer = await made.ask("POST", INTENTS, SC, content=raw, headers={"Content-Type": "application/json"})
            assert answer.status_code == 400, raw[:20]
        big = await made.ask("POST", INTENTS, SC, content=b" " * (5 * 1024 * 1024))
        assert big.status_code in (400, 413)
        assert not made.services.uss.heard
        # A field that the standard does not know is ignored.
        assert (await made.ask("POST", INTENTS, SC, json=told_intent() | {"weather": "fine"})).status_code == 204

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-18")
def test_telemetry_is_given_of_off_nominal_flights_alone() -> None:
    async def scene() -> None:
        made = UssWorld()
        north = made.services
        assert (await made.ask("GET", f"{INTENTS}/{new_id()}/telemetry", SA)).status_code == 404
        await fly(north, "n", disc(), state=IntentState.ACTIVATED)
        path = f"{INTENTS}/{north.uss.flights['n'].intent_id}/telemetry"
        assert (await made.ask("GET", path, SA)).status_code == 409
        await fly(north, "n", disc(east=3.0), state=IntentState.NONCONFORMING)
        assert (await made.ask("GET", path, SA)).status_code == 412
        position = FlownPosition(
            measured_s=NOW_S, latitude_deg=1.0, longitude_deg=2.003, height_m=80.0, horizontal_accuracy_m=4.0
        )
        north.watch.report("n", [position])
        answer = await made.ask("GET", path, SA)
        assert answer.status_code == 200
        told = answer.json()
        assert told["telemetry"]["position"]["accuracy_h"] == "HA10m"
        assert told["telemetry"]["position"]["accuracy_v"] == "VAUnknown"
        assert told["telemetry"]["position"]["altitude"]["value"] == 80.0
        assert told["next_telemetry_opportunity"]["value"] > told["telemetry"]["time_measured"]["value"]
        made.world.clock.time_s += 61.0
        assert (await made.ask("GET", path, SA)).status_code == 412

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-14")
def test_constraints_are_served_and_heard() -> None:
    async def scene() -> None:
        made = UssWorld()
        zone = new_id()
        await made.south.constraints.declare(ConstraintPlan(constraint_id=zone, volumes=(disc(from_s=900.0),)))
        assert (await made.ask("GET", f"{CONSTRAINTS}/{zone}", CP)).status_code == 404  # it is south's
        reference = {
            "id": zone,
            "manager": "south",
            "uss_availability": "Normal",
            "version": 1,
            "ovn": "an-ovn-of-sixteen-and-more",
            "time_start": moment(0.0),
            "time_end": moment(600.0),
            "uss_base_url": "https://south.example",
        }
        geozone = {"identifier": "ABC", "country": "XYZ", "zone_authority": [{}], "type": "COMMON", "restriction": "?"}
        details = {"volumes": [volume()], "type": "org.example.fire", "geozone": geozone}
        body = {
            "constraint_id": zone,
            "constraint": {"reference": reference, "details": details},
            "subscriptions": [{"subscription_id": new_id(), "notification_index": 0}],
        }
        assert (await made.ask("POST", CONSTRAINTS, CM, json=body, sub="east")).status_code == 403
        assert (await made.ask("POST", CONSTRAINTS, CM, json=body)).status_code == 204
        held = made.services.uss.heard[zone].constraint
        assert held is not None
        assert held.kind == "org.example.fire"
        own = new_id()
        plan = ConstraintPlan(constraint_id=own, volumes=(disc(from_s=900.0),), geozone_json='{"identifier":"Z"}')
        await made.services.constraints.declare(plan)
        told = (await made.ask("GET", f"{CONSTRAINTS}/{own}", CP)).json()["constraint"]
        assert told["details"]["geozone"] == {"identifier": "Z"}

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-19")
def test_reports_are_kept_under_an_id_of_ours_and_log_sets_are_for_named_readers(tmp_path: Path) -> None:
    async def scene() -> None:
        made = UssWorld(tmp_path)
        exchange = {
            "url": "https://north.example/uss/v1/operational_intents",
            "method": "POST",
            "recorder_role": "Client",
            "request_time": moment(0.0),
            "headers": ["Authorization: Bearer x"],
        }
        for scope in (SC, SA, CM, CP):
            answer = await made.ask("POST", "/uss/v1/reports", scope, json={"exchange": exchange})
            assert answer.status_code == 201
            assert answer.json()["report_id"]
            assert answer.json()["exchange"] == exchange
        assert (await made.ask("POST", "/uss/v1/reports", SC, json={})).status_code == 400
        assert [row.kind for row in made.services.uss.journal.journal()] == [REPORTED] * 4
        await fly(made.services, "n", disc(), state=IntentState.ACTIVATED)
        await fly(made.south, "s", disc(), priority=1)
        await fly(made.services, "n", disc(east=3.0), state=IntentState.NONCONFORMING)
        async with asyncio.timeout(10.0):
            while "SCD0090" not in {getattr(one, "trigger", "") for one in made.services.uss.records.read(0.0, inf)}:
                await asyncio.sleep(0.001)  # whom it may meet is told in the background
        made.services.watch.report(
            "n", [FlownPosition(measured_s=NOW_S, latitude_deg=1.0, longitude_deg=2.003, height_m=80.0)]
        )
        span = f"{moment(-10.0)['value']}_{moment(10.0)['value']}"
        assert (await made.ask("GET", f"/uss/v1/log_sets/{span}", SC)).status_code == 403
        logs = (await made.ask("GET", f"/uss/v1/log_sets/{span}", SC, sub="auditor")).json()
        assert {one["response_code"] for one in logs["messages"]} == {201, 400}
        assert all(one["recorder_role"] == "Server" for one in logs["messages"])
        assert all(one["headers"][0].endswith(".") for one in logs["messages"])
        assert {one["notification_triggering_event"] for one in logs["operator_notifications"]} == {
            "SCD0095",
            "SCD0090",
        }
        assert {one["input_triggering_event"] for one in logs["operator_inputs"]} == {"CMSA0100"}
        assert len(logs["operator_associations"]) == 1
        assert [one.get("problem") for one in logs["planning_attempts"]] == [None] * 3
        (flown,) = logs["operational_intent_positions"]
        assert flown["operational_intent_id"] == made.services.uss.flights["n"].intent_id
        assert (await made.ask("GET", "/uss/v1/log_sets/today", SC, sub="auditor")).status_code == 400
        closed = UssWorld(mounting=UssMounting())
        assert (await closed.ask("GET", f"/uss/v1/log_sets/{span}", SC, sub="auditor")).status_code == 404
        made.services.uss.records.close()

    asyncio.run(scene())


@pytest.mark.requirement("SC-PLR-23")
def test_nobody_waits_for_a_long_log_set(tmp_path: Path) -> None:
    async def scene() -> None:
        made = UssWorld(tmp_path)
        read, others_served = made.services.uss.records.read, threading.Event()
        served: list[bool] = []

        def slowly(from_s: float, until_s: float) -> Iterator[Kept]:
            served.append(others_served.wait(5.0))
            yield from read(from_s, until_s)

        made.services.uss.records.read = slowly  # type: ignore[method-assign]
        span = f"{moment(-10.0)['value']}_{moment(10.0)['value']}"
        asked = asyncio.create_task(made.ask("GET", f"/uss/v1/log_sets/{span}", SC, sub="auditor"))
        await asyncio.sleep(0.0)
        assert (await made.ask("GET", f"{INTENTS}/{new_id()}", SC)).status_code == 404
        others_served.set()
        assert (await asked).status_code == 200
        assert served == [True], "others are served while it is read"
        made.services.uss.records.close()

    asyncio.run(scene())


@pytest.mark.requirement("SC-PLR-23")
def test_a_file_of_records_that_gives_way_while_they_are_read_is_no_fault(tmp_path: Path) -> None:
    records = Records(tmp_path)
    for number in range(2):
        (tmp_path / f"records-{number:09d}.jsonl").write_bytes(b"")
    listed = records.files()
    listed[0].unlink()
    records.files = lambda: listed  # type: ignore[method-assign]
    assert list(records.read(0.0, inf)) == []


@pytest.mark.requirement("SC-USS-21")
def test_the_testing_interfaces_are_closed_unless_they_are_opened() -> None:
    async def scene() -> None:
        closed = UssWorld(mounting=UssMounting())
        for path in ("/flight_planning/v1/status", "/versioning/versions/astm.f3548.v21", "/operator/v1/flights"):
            answer = await closed.ask("GET", path, "interuss.flight_planning.direct_automated_test")
            assert answer.status_code == 404, path
            assert answer.json()["message"]

    asyncio.run(scene())
