"""Constraint references, availability, reports and the auxiliary routes over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from steerclear import __version__
from steerclear.services.dss.limits import KEEP_ENDED_S
from steerclear.services.dss.pool import evict
from tests.interfaces.f3548.world import (
    AA,
    CM,
    CONSTRAINTS,
    CP,
    INTENTS,
    POOL,
    SA,
    SC,
    SUBSCRIPTIONS,
    World,
    moment,
    new_id,
    reference,
    told,
)

AVAILABILITY = "/dss/v1/uss_availability"
REPORTS = "/dss/v1/reports"
POOL_READ = "interuss.pool_status.read"
POOL_BEAT = "interuss.pool_status.heartbeat.write"


def constraint(answer: Any) -> Any:
    return answer.json["constraint_reference"]


@pytest.mark.requirement("SC-DSS-30")
def test_a_constraint_lives_from_creation_to_removal(both: World) -> None:
    entity_id = new_id()
    for scope in (CM, CP):
        assert both.ask("GET", f"{CONSTRAINTS}/{entity_id}", scope=scope).status == 404
    created = both.put_constraint(entity_id)
    assert created.status == 201, created
    made = constraint(created)
    assert (made["id"], made["manager"], made["version"]) == (entity_id, "uss1", 1)
    assert made["uss_availability"] == "Unknown"
    for scope in (CM, CP):
        assert constraint(both.ask("GET", f"{CONSTRAINTS}/{entity_id}", scope=scope)) == made
        assert both.found(CONSTRAINTS, both.circle(radius=10.0), scope=scope) == {entity_id}
    assert "ovn" not in constraint(both.ask("GET", f"{CONSTRAINTS}/{entity_id}", scope=CP, sub="uss2"))
    changed = both.put_constraint(entity_id, ovn=made["ovn"], uss_base_url="https://uss1.example.com/two")
    assert changed.status == 200
    after = constraint(changed)
    assert (after["version"], after["uss_base_url"]) == (2, "https://uss1.example.com/two")
    assert after["ovn"] != made["ovn"]
    removed = both.ask("DELETE", f"{CONSTRAINTS}/{entity_id}/{after['ovn']}", scope=CM)
    assert removed.status == 200
    assert constraint(removed) == after
    assert both.ask("GET", f"{CONSTRAINTS}/{entity_id}", scope=CM).status == 404
    assert both.found(CONSTRAINTS, both.circle(), scope=CM) == set()


@pytest.mark.requirement("SC-DSS-30")
def test_constraints_have_a_manager_and_a_current_version(both: World) -> None:
    entity_id = new_id()
    made = constraint(both.put_constraint(entity_id))
    assert both.put_constraint(entity_id).status == 409
    assert both.put_constraint(entity_id, ovn="x" * 20).status == 409
    assert both.put_constraint(entity_id, ovn=made["ovn"], sub="uss2").status == 403
    assert both.ask("DELETE", f"{CONSTRAINTS}/{entity_id}/{made['ovn']}", scope=CM, sub="uss2").status == 403
    assert both.ask("DELETE", f"{CONSTRAINTS}/{entity_id}/{'x' * 20}", scope=CM).status == 409
    assert both.put_constraint(new_id(), ovn=made["ovn"]).status == 400
    assert both.ask("DELETE", f"{CONSTRAINTS}/{new_id()}/{made['ovn']}", scope=CM).status == 404
    assert constraint(both.ask("GET", f"{CONSTRAINTS}/{entity_id}", scope=CM)) == made


@pytest.mark.requirement("SC-DSS-08")
def test_scopes_of_constraints(world: World) -> None:
    entity_id = new_id()
    ovn = constraint(world.put_constraint(entity_id))["ovn"]
    body = {"extents": [world.circle()], "uss_base_url": "https://uss1.example.com"}
    for scope in (SC, CP, SA, AA):
        assert world.ask("PUT", f"{CONSTRAINTS}/{new_id()}", json=body, scope=scope).status == 403
        assert world.ask("PUT", f"{CONSTRAINTS}/{entity_id}/{ovn}", json=body, scope=scope).status == 403
        assert world.ask("DELETE", f"{CONSTRAINTS}/{entity_id}/{ovn}", json=body, scope=scope).status == 403
    for scope in (SC, SA, AA):
        assert world.ask("GET", f"{CONSTRAINTS}/{entity_id}", scope=scope).status == 403
        assert world.query(CONSTRAINTS, world.circle(), scope=scope).status == 403


@pytest.mark.requirement("SC-DSS-09")
def test_extents_of_constraints(world: World) -> None:
    good = world.circle(lower=None, upper=None)
    assert world.put_constraint(new_id(), good).status == 201, "a constraint may be without heights"
    for bad in (
        world.circle(starts=None),
        world.circle(ends=None),
        world.circle(starts=-86_400, ends=-82_800),
        world.circle(starts=600, ends=0),
        world.circle(radius=60_000.0),
    ):
        assert world.put_constraint(new_id(), bad).status == 400
    assert world.put_constraint(new_id(), world.circle(radius=50_000.0)).status == 201
    body = {"extents": good, "uss_base_url": "https://uss1.example.com"}
    assert world.ask("PUT", f"{CONSTRAINTS}/{new_id()}", json=body, scope=CM).status == 400
    assert world.query(CONSTRAINTS, None, scope=CM).status == 400


@pytest.mark.requirement("SC-DSS-13")
def test_who_asks_for_constraints_is_told_of_constraints(both: World) -> None:
    intents_only, constraints_only, all_of_it = new_id(), new_id(), new_id()
    wanted = {
        intents_only: ("uss2", True, False),
        constraints_only: ("uss3", False, True),
        all_of_it: ("uss3", True, True),
    }
    for sub_id, (sub, intents, constraints) in wanted.items():
        answer = both.put_subscription(
            sub_id,
            sub=sub,
            scope=(SC, CP),
            notify_for_operational_intents=intents,
            notify_for_constraints=constraints,
        )
        assert answer.status == 200
    entity_id = new_id()
    created = both.put_constraint(entity_id)
    assert told(created) == {"https://uss3.example.com/subs": {constraints_only: 1, all_of_it: 1}}
    changed = both.put_constraint(entity_id, ovn=constraint(created)["ovn"])
    assert told(changed) == {"https://uss3.example.com/subs": {constraints_only: 2, all_of_it: 2}}
    removed = both.ask("DELETE", f"{CONSTRAINTS}/{entity_id}/{constraint(changed)['ovn']}", scope=CM)
    assert told(removed) == {"https://uss3.example.com/subs": {constraints_only: 3, all_of_it: 3}}


@pytest.mark.requirement("SC-DSS-31")
def test_availability_is_declared_against_a_version(both: World) -> None:
    first = both.ask("GET", f"{AVAILABILITY}/uss7", scope=AA)
    assert first.json == {"version": "", "status": {"uss": "uss7", "availability": "Unknown"}}
    wrong = {"availability": "Normal", "old_version": "invalid"}
    assert both.ask("PUT", f"{AVAILABILITY}/uss7", json=wrong, scope=AA).status == 409
    declared = both.ask("PUT", f"{AVAILABILITY}/uss7", json={"availability": "normal"}, scope=AA)
    assert declared.status == 200
    assert declared.json["status"] == {"uss": "uss7", "availability": "Normal"}
    assert declared.json["version"]
    for scope in (AA, SC, SA):
        assert both.ask("GET", f"{AVAILABILITY}/uss7", scope=scope).json == declared.json
    for old in ("", None, "ThisIsAnIncorrectVersion"):
        change = {"availability": "Down", "old_version": old}
        assert both.ask("PUT", f"{AVAILABILITY}/uss7", json=change, scope=AA).status == 409
    change = {"availability": "Down", "old_version": declared.json["version"]}
    down = both.ask("PUT", f"{AVAILABILITY}/uss7", json=change, scope=AA)
    assert down.status == 200
    assert down.json["version"] != declared.json["version"]
    assert both.ask("GET", f"{AVAILABILITY}/uss7", scope=AA).json == down.json


@pytest.mark.requirement("SC-DSS-31")
def test_only_an_arbitrator_declares_availability_and_only_what_there_is(world: World) -> None:
    for scope in (SC, SA, CM, CP):
        assert world.ask("PUT", f"{AVAILABILITY}/u", json={"availability": "Down"}, scope=scope).status == 403
    for scope in (CM, CP):
        assert world.ask("GET", f"{AVAILABILITY}/u", scope=scope).status == 403
    for body in ({"availability": "pUrPlE"}, {"availability": None}, {}, [], {"availability": 1}):
        assert world.ask("PUT", f"{AVAILABILITY}/u", json=body, scope=AA).status == 400
    assert world.ask("GET", f"{AVAILABILITY}/{'u' * 300}", scope=AA).status == 400


@pytest.mark.requirement("SC-DSS-32")
def test_a_report_is_kept_and_given_its_id(both: World) -> None:
    exchange = {
        "url": "https://dss.example.com/dss/v1/operational_intent_references/x",
        "method": "GET",
        "recorder_role": "Client",
        "request_time": moment(both.now()),
        "headers": ["Authorization: Bearer x"],
        "problem": "no answer",
    }
    for scope in (SC, CM, CP, SA, AA):
        made = both.ask("POST", REPORTS, json={"exchange": exchange}, scope=scope)
        assert made.status == 201, made
        assert made.json["exchange"] == exchange
        assert 0 < len(made.json["report_id"]) <= 128
    kept = both.directory.read(lambda tx: tx.reports()).result(10)
    assert len(kept) == 5
    with_nulls = exchange | {"response_body": None, "of_ours": {"seen": None, "said": "this"}}
    made = both.ask("POST", REPORTS, json={"exchange": with_nulls})
    assert made.json["exchange"] == exchange | {"of_ours": {"said": "this"}}
    assert {one.reporter for one in kept} == {"uss1"}
    assert b"no answer" in kept[0].content
    bad: list[Any] = [{}, {"exchange": {}}, {"exchange": exchange | {"recorder_role": "Third"}}, [], "x"]
    bad.append({"exchange": exchange | {"request_time": "yesterday"}})
    bad.append({"exchange": exchange, "report_id": "mine"})
    deep: Any = "told"
    for _ in range(800):
        deep = [deep]
    bad.append({"exchange": exchange | {"of_ours": deep}})
    for body in bad:
        assert both.ask("POST", REPORTS, json=body).status == 400


@pytest.mark.requirement("SC-DSS-33")
def test_the_pool_is_known_by_its_id_and_its_instances(both: World) -> None:
    assert both.ask("GET", "/aux/v1/pool", scope=POOL_READ).json == {"dar_id": POOL}
    assert both.ask("GET", "/aux/v1/pool", scope=SC).status == 403
    assert both.ask("GET", "/aux/v1/pool/dss_instances", scope=POOL_READ).json == {"dss_instances": []}
    path = "/aux/v1/pool/dss_instances/heartbeat"
    assert both.ask("PUT", path, scope=POOL_BEAT).status == 400
    assert both.ask("PUT", f"{path}?source=a&timestamp=b", scope=POOL_BEAT).status == 400
    assert both.ask("PUT", f"{path}?source=a", scope=POOL_READ).status == 403
    due = "2030-01-31T06:00:00Z"
    beaten = both.ask("PUT", f"{path}?source=test&next_heartbeat_expected_before={due}", scope=POOL_BEAT)
    assert beaten.status == 201
    (instance,) = beaten.json["dss_instances"]
    assert instance["id"] == "steerclear"
    assert instance["most_recent_heartbeat"]["source"] == "test"
    assert instance["most_recent_heartbeat"]["reporter"] == "uss1"
    assert instance["most_recent_heartbeat"]["next_heartbeat_expected_before"].startswith("2030-01-31T06:00:00")
    assert both.ask("GET", "/aux/v1/pool/dss_instances", scope=POOL_READ).json == beaten.json


@pytest.mark.requirement("SC-DSS-33")
def test_version_health_and_tokens_can_be_asked_for(world: World) -> None:
    assert world.ask("GET", "/aux/v1/version", headers={}).json == {"version": f"steerclear/{__version__}"}
    assert world.ask("GET", "/healthy", headers={}).status == 200
    validate = "/aux/v1/validate_oauth"
    assert world.ask("GET", validate, scope="anything").status == 200
    assert world.ask("GET", f"{validate}?owner=uss1", scope="anything").status == 200
    assert world.ask("GET", f"{validate}?owner=bad_user", scope="anything").status == 403
    assert world.ask("GET", validate, headers={}).status == 401
    versions = "interuss.versioning.read_system_versions"
    for path in ("/versions/dss", "/versioning/versions/dss"):
        assert world.ask("GET", path, scope=versions).json["system_identity"] == "dss"
        assert world.ask("GET", path, scope=SC).status == 403


@pytest.mark.requirement("SC-DSS-34")
def test_what_was_left_behind_is_removed_in_the_end(both: World) -> None:
    entity_id, constraint_id = new_id(), new_id()
    made = reference(both.put_intent(entity_id))
    assert both.put_constraint(constraint_id).status == 201
    both.clock.ahead_s = KEEP_ENDED_S
    assert evict(both.directory).result(10) == 0
    both.clock.ahead_s = KEEP_ENDED_S + 7_200.0
    assert evict(both.directory).result(10) == 3
    assert evict(both.directory).result(10) == 0
    assert both.ask("GET", f"{INTENTS}/{entity_id}").status == 404
    assert both.ask("GET", f"{CONSTRAINTS}/{constraint_id}", scope=CM).status == 404
    assert both.ask("GET", f"{SUBSCRIPTIONS}/{made['subscription_id']}").status == 404
