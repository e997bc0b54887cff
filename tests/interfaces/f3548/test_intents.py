"""Operational intent references over HTTP: what clients of F3548-21, and InterUSS's tests of it, rely on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interfaces.f3548.world import (
    AA,
    CM,
    CP,
    INTENTS,
    NO_SUBSCRIPTION,
    SA,
    SC,
    SUBSCRIPTIONS,
    World,
    new_id,
    reference,
    told,
    told_ids,
    uuid7,
)

SUBS_URL = "https://uss1.example.com/subs"


@pytest.mark.requirement("SC-DSS-01")
def test_an_intent_lives_from_creation_to_removal(both: World) -> None:
    entity_id = new_id()
    assert both.ask("GET", f"{INTENTS}/{entity_id}").status == 404
    created = both.put_intent(entity_id)
    assert created.status == 201, created
    made = reference(created)
    assert made["id"] == entity_id
    assert (made["manager"], made["version"], made["state"]) == ("uss1", 1, "Accepted")
    assert (made["uss_availability"], made["uss_base_url"]) == ("Unknown", "https://uss1.example.com/utm")
    assert 16 <= len(made["ovn"]) <= 128
    assert reference(both.ask("GET", f"{INTENTS}/{entity_id}")) == made
    assert both.found(INTENTS, both.circle(radius=50)) == {entity_id}

    changed = both.put_intent(
        entity_id,
        ovn=made["ovn"],
        state="Activated",
        subscription_id=made["subscription_id"],
        new_subscription=None,
        uss_base_url="https://uss1.example.com/other",
    )
    assert changed.status == 200, changed
    after = reference(changed)
    assert (after["version"], after["state"], after["uss_base_url"]) == (
        2,
        "Activated",
        "https://uss1.example.com/other",
    )
    assert after["ovn"] != made["ovn"]
    assert after["subscription_id"] == made["subscription_id"]

    removed = both.ask("DELETE", f"{INTENTS}/{entity_id}/{after['ovn']}")
    assert removed.status == 200, removed
    assert reference(removed) == after
    assert both.ask("GET", f"{INTENTS}/{entity_id}").status == 404
    assert both.found(INTENTS, both.circle()) == set()
    assert both.ask("GET", f"{SUBSCRIPTIONS}/{made['subscription_id']}").status == 404


@pytest.mark.requirement("SC-DSS-02")
def test_the_ovn_is_for_the_manager_only(both: World) -> None:
    entity_id = new_id()
    ovn = reference(both.put_intent(entity_id))["ovn"]
    assert "ovn" not in reference(both.ask("GET", f"{INTENTS}/{entity_id}", sub="uss2"))
    (seen,) = both.query(INTENTS, both.circle(), sub="uss2").json["operational_intent_references"]
    assert "ovn" not in seen
    (own,) = both.query(INTENTS, both.circle()).json["operational_intent_references"]
    assert own["ovn"] == ovn


@pytest.mark.requirement("SC-DSS-02")
def test_nobody_else_may_change_or_remove_an_intent(both: World) -> None:
    entity_id = new_id()
    made = reference(both.put_intent(entity_id))
    assert both.put_intent(entity_id, ovn=made["ovn"], sub="uss2").status == 403
    assert both.put_intent(entity_id, sub="uss2").status == 403
    assert both.ask("DELETE", f"{INTENTS}/{entity_id}/{made['ovn']}", sub="uss2").status == 403
    assert reference(both.ask("GET", f"{INTENTS}/{entity_id}")) == made


@pytest.mark.requirement("SC-DSS-03")
def test_a_change_must_name_the_current_version(both: World) -> None:
    entity_id = new_id()
    made = reference(both.put_intent(entity_id))
    assert both.put_intent(entity_id).status == 409
    assert both.put_intent(entity_id, ovn="ThisIsAnIncorrectOVN").status == 409
    assert both.ask("DELETE", f"{INTENTS}/{entity_id}/ThisIsAnIncorrectOVN").status == 409
    after = reference(both.put_intent(entity_id, ovn=made["ovn"]))
    assert both.put_intent(entity_id, ovn=made["ovn"]).status == 409
    assert both.ask("DELETE", f"{INTENTS}/{entity_id}/{made['ovn']}").status == 409
    assert both.put_intent(new_id(), ovn=after["ovn"]).status == 400
    assert both.ask("DELETE", f"{INTENTS}/{new_id()}/{after['ovn']}").status == 404


@pytest.mark.requirement("SC-DSS-03")
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("path", [INTENTS, SUBSCRIPTIONS, "/dss/v1/constraint_references"])
def test_an_empty_version_is_no_version(world: World, method: str, path: str) -> None:
    answer = world.ask(method, f"{path}/{new_id()}/", json={})
    assert answer.status == 400
    assert "version" in answer.json["message"]


@pytest.mark.requirement("SC-DSS-04")
def test_the_key_must_hold_what_the_plan_touches(both: World) -> None:
    first, second, third = new_id(), new_id(), new_id()
    now = both.circle(starts=-10, ends=1_200)
    later = both.circle(starts=4_800, ends=6_000)
    one = reference(both.put_intent(first, now))
    two = reference(both.put_intent(second, later, sub="uss2"))
    for extents, missing in (([now], {first}), ([later], {second}), ([now, later], {first, second})):
        refused = both.put_intent(third, *extents)
        assert refused.status == 409, refused
        assert {entity["id"] for entity in refused.json["missing_operational_intents"]} == missing
        shown = {entity["id"]: entity.get("ovn") for entity in refused.json["missing_operational_intents"]}
        assert shown.get(first) in (None, one["ovn"])
        assert shown.get(second) is None
    assert both.ask("GET", f"{INTENTS}/{third}").status == 404
    both_keys = [one["ovn"], two["ovn"]]
    created = both.put_intent(third, now, later, key=both_keys)
    assert created.status == 201, created
    ovn = reference(created)["ovn"]
    refused = both.put_intent(third, now, later, ovn=ovn, key=[one["ovn"]])
    assert {entity["id"] for entity in refused.json["missing_operational_intents"]} == {second}
    assert both.put_intent(third, now, later, ovn=ovn, key=both_keys).status == 200


@pytest.mark.requirement("SC-DSS-04")
def test_only_what_is_really_touched_belongs_to_the_key(world: World) -> None:
    assert world.put_intent(new_id()).status == 201
    apart = 620.0 / 111_000.0
    for extents in (
        world.circle(34.0 + apart),
        world.circle(lower=121.0, upper=200.0),
        world.circle(starts=3_601.0, ends=3_700.0),
    ):
        assert world.put_intent(new_id(), extents).status == 201
    assert world.put_intent(new_id(), world.circle(lower=120.0, upper=121.0)).status == 409
    assert world.put_intent(new_id(), world.circle(34.0 + 599.0 / 111_000.0)).status == 409


@pytest.mark.requirement("SC-DSS-04")
def test_intents_meet_at_the_pole_and_over_the_antimeridian(world: World) -> None:
    pole, near = world.circle(90.0, 0.0, 200.0), world.circle(89.999, 0.0, 200.0)
    ovn = reference(world.put_intent(new_id(), pole))["ovn"]
    assert world.put_intent(new_id(), near).status == 409
    assert world.put_intent(new_id(), near, key=[ovn]).status == 201
    assert len(world.found(INTENTS, world.circle(89.999, 180.0, 300.0))) == 2
    assert world.put_intent(new_id(), world.circle(-56.0, 179.9995, 200.0)).status == 201
    assert world.put_intent(new_id(), world.circle(-56.0, -179.9995, 200.0)).status == 409


@pytest.mark.requirement("SC-DSS-04")
def test_ovns_of_constraints_are_needed_where_the_subscription_tells_of_constraints(both: World) -> None:
    constraint = new_id()
    ovn = both.put_constraint(constraint, sub="uss2").json["constraint_reference"]["ovn"]
    wanting = {"uss_base_url": SUBS_URL, "notify_for_constraints": True}
    refused = both.put_intent(new_id(), new_subscription=wanting, scope=(SC, CP))
    assert refused.status == 409
    assert [one["id"] for one in refused.json["missing_constraints"]] == [constraint]
    assert "ovn" not in refused.json["missing_constraints"][0]
    entity_id = new_id()
    assert both.put_intent(entity_id, new_subscription=wanting, key=[ovn], scope=(SC, CP)).status == 201
    other = both.put_intent(new_id(), both.circle(lower=200.0, upper=300.0))
    assert other.status == 201, other


@pytest.mark.requirement("SC-DSS-05")
def test_off_nominal_states_need_no_key_but_the_scope_of_conformance_monitoring(both: World) -> None:
    entity_id = new_id()
    made = reference(both.put_intent(entity_id))
    assert both.put_intent(new_id(), key=[made["ovn"]], sub="uss2").status == 201
    for state in ("Nonconforming", "Contingent"):
        assert both.put_intent(new_id(), state=state, scope=SC).status in (400, 403)
        assert both.put_intent(entity_id, ovn=made["ovn"], state=state, scope=SC).status == 403
    assert reference(both.ask("GET", f"{INTENTS}/{entity_id}"))["state"] == "Accepted"
    off = both.put_intent(entity_id, ovn=made["ovn"], state="Nonconforming", scope=SA)
    assert off.status == 200, off
    # Back in its volumes, it must know again what it touches.
    ovn = reference(off)["ovn"]
    assert both.put_intent(entity_id, ovn=ovn, state="Activated").status == 409
    assert both.put_intent(entity_id, ovn=ovn, state="Contingent", scope=(SA, SC)).status == 200


STATES = ["Accepted", "Activated", "Nonconforming", "Contingent"]
REFUSED = {
    ("Nonconforming", "Accepted"),
    ("Contingent", "Accepted"),
    ("Contingent", "Activated"),
    ("Contingent", "Nonconforming"),
}


@pytest.mark.requirement("SC-DSS-05")
@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_states_follow_each_other_as_the_standard_has_it(world: World, before: str, after: str) -> None:
    entity_id = new_id()
    ovn = reference(world.put_intent(entity_id))["ovn"]
    if before != "Accepted":
        ovn = reference(world.put_intent(entity_id, ovn=ovn, state=before, scope=(SC, SA)))["ovn"]
    answer = world.put_intent(entity_id, ovn=ovn, state=after, scope=(SC, SA))
    assert answer.status == (400 if (before, after) in REFUSED else 200), answer


@pytest.mark.requirement("SC-DSS-05")
@pytest.mark.parametrize("state", ["Activated", "Nonconforming", "Contingent", "Ended", "accepted", "", None, 3])
def test_a_new_intent_is_accepted_and_nothing_else(world: World, state: Any) -> None:
    body = world.intent_body() | {"state": state}
    assert world.ask("PUT", f"{INTENTS}/{new_id()}", json=body, scope=(SC, SA)).status == 400


@pytest.mark.requirement("SC-DSS-06")
def test_a_client_that_is_down_can_neither_plan_nor_remove(both: World) -> None:
    entity_id = new_id()
    made = reference(both.put_intent(entity_id))
    declared = both.ask("PUT", "/dss/v1/uss_availability/uss1", json={"availability": "Down"}, scope=AA)
    assert declared.status == 200
    assert both.put_intent(new_id(), both.circle(10.0)).status == 412
    for state in ("Accepted", "Activated"):
        assert both.put_intent(entity_id, ovn=made["ovn"], state=state).status == 412
    assert both.ask("DELETE", f"{INTENTS}/{entity_id}/{made['ovn']}").status == 412
    seen = reference(both.ask("GET", f"{INTENTS}/{entity_id}", sub="uss2"))
    assert seen["uss_availability"] == "Down"
    # What it declared, but does not fly yet, keeps nobody else from planning.
    assert both.put_intent(new_id(), sub="uss2").status == 201
    assert both.put_intent(entity_id, ovn=made["ovn"], state="Contingent", scope=SA).status == 200
    refused = both.put_intent(new_id(), sub="uss3", key=["x" * 16])
    assert entity_id in {one["id"] for one in refused.json["missing_operational_intents"]}
    version = declared.json["version"]
    lifted = both.ask(
        "PUT",
        "/dss/v1/uss_availability/uss1",
        json={"availability": "Normal", "old_version": version},
        scope=AA,
    )
    assert lifted.status == 200
    assert both.put_intent(new_id(), both.circle(10.0)).status == 201


@pytest.mark.requirement("SC-DSS-07")
def test_a_requested_ovn_is_given_when_it_was_made_just_now(both: World) -> None:
    entity_id = new_id()
    suffix = uuid7(both.now())
    made = reference(both.put_intent(entity_id, requested_ovn_suffix=suffix))
    assert made["ovn"] == f"{entity_id}_{suffix}"
    again = both.put_intent(entity_id, ovn=made["ovn"], requested_ovn_suffix=suffix)
    assert again.status == 400
    other = uuid7(both.now())
    changed = both.put_intent(entity_id, ovn=made["ovn"], requested_ovn_suffix=other)
    assert reference(changed)["ovn"] == f"{entity_id}_{other}"
    for wrong in (uuid7(both.now() - 400), uuid7(both.now() + 400), new_id(), "", "x", suffix.replace("-", "")):
        assert both.put_intent(new_id(), both.circle(1.0), requested_ovn_suffix=wrong).status == 400


@pytest.mark.requirement("SC-DSS-08")
def test_scopes_are_asked_for_as_the_standard_has_it(world: World) -> None:
    entity_id = new_id()
    for scope in (CP, CM, AA):
        assert world.put_intent(entity_id, scope=scope).status == 403
    made = reference(world.put_intent(entity_id))
    for scope, status in ((SC, 200), (SA, 200), (CP, 403), (CM, 403), (AA, 403)):
        assert world.ask("GET", f"{INTENTS}/{entity_id}", scope=scope).status == status
        assert world.query(INTENTS, world.circle(), scope=scope).status == status
    for scope in (CP, CM, AA):
        assert world.put_intent(entity_id, ovn=made["ovn"], scope=scope).status == 403
        assert world.ask("DELETE", f"{INTENTS}/{entity_id}/{made['ovn']}", scope=scope).status == 403
    assert world.ask("DELETE", f"{INTENTS}/{entity_id}/{made['ovn']}", scope=SA).status == 200


def _without(volume: dict[str, Any], *path: str) -> dict[str, Any]:
    if len(path) == 1:
        return {name: value for name, value in volume.items() if name != path[0]}
    return volume | {path[0]: _without(volume[path[0]], *path[1:])}


def _with(volume: dict[str, Any], value: Any, *path: str) -> dict[str, Any]:
    return volume | {path[0]: value if len(path) == 1 else _with(volume[path[0]], value, *path[1:])}


@pytest.mark.requirement("SC-DSS-09")
def test_extents_that_break_a_rule_are_refused_and_nothing_is_stored(world: World) -> None:
    good = world.circle()
    square = world.polygon((34.0, -118.0), (34.0, -117.99), (34.01, -117.99), (34.01, -118.0))
    centre = ("volume", "outline_circle", "center")
    bad = [
        _without(good, "time_start"),
        _without(good, "time_end"),
        _without(good, "volume", "altitude_lower"),
        _without(good, "volume", "altitude_upper"),
        _without(good, "volume", "outline_circle"),
        _without(good, "volume", "outline_circle", "radius"),
        _without(good, *centre),
        _without(good, *centre, "lat"),
        _with(good, square["volume"]["outline_polygon"], "volume", "outline_polygon"),
        _with(good, 91.0, *centre, "lat"),
        _with(good, -181.0, *centre, "lng"),
        _with(good, "34", *centre, "lat"),
        _with(good, "FT", "volume", "outline_circle", "radius", "units"),
        _with(good, 0, "volume", "outline_circle", "radius", "value"),
        _with(good, "FT", "volume", "altitude_lower", "units"),
        _with(good, "SFC", "volume", "altitude_lower", "reference"),
        _with(good, 200.0, "volume", "altitude_lower", "value"),
        _with(good, -8_001.0, "volume", "altitude_lower", "value"),
        _with(good, 100_001.0, "volume", "altitude_upper", "value"),
        _with(good, "RFC3340", "time_start", "format"),
        _with(good, "something-invalid", "time_start", "value"),
        _with(good, "2026-01-31T06:00:00+00:00", "time_start", "value"),
        _with(good, "2026-01-31 06:00:00Z", "time_start", "value"),
        _with(good, "2026-02-31T06:00:00Z", "time_start", "value"),
        world.circle(starts=600, ends=0),
        world.circle(starts=600, ends=600),
        world.circle(starts=-7_200, ends=-3_600),
        world.circle(radius=40_000.0),
        world.circle(radius=20_000_000.0),
        world.polygon((34.0, -118.0), (34.0, -117.99)),
        world.polygon((34.0, -118.0), (34.01, -117.99), (34.0, -117.99), (34.01, -118.0)),
        world.polygon((34.0, -118.0), (34.0, -117.99), (34.01, -117.99), (34.0, -118.0)),
        world.polygon((34.0, -118.0), (34.0, -118.0), (34.0, -118.0)),
        world.polygon((0.0, 0.0), (0.0, 1.0), (0.0, 2.0)),
        {},
        None,
        [],
        3,
    ]
    for extent in bad:
        answer = world.ask("PUT", f"{INTENTS}/{new_id()}", json=world.intent_body() | {"extents": [extent]})
        assert answer.status == 400, f"{extent} {answer}"
        assert answer.json["message"]
    for extents in (good, [], None, [good] * 1_001):
        body = world.intent_body() | {"extents": extents}
        assert world.ask("PUT", f"{INTENTS}/{new_id()}", json=body).status == 400
    assert world.found(INTENTS, world.circle(radius=5_000.0)) == set()


@pytest.mark.requirement("SC-DSS-09")
@pytest.mark.parametrize(
    "url", ["", "uss.example.com", "http://uss.example.com", "ftp://x", "https://", "https://a b", None, 3]
)
def test_base_urls_are_https(world: World, url: Any) -> None:
    body = world.intent_body() | {"uss_base_url": url}
    assert world.ask("PUT", f"{INTENTS}/{new_id()}", json=body).status == 400
    body = world.intent_body() | {"new_subscription": {"uss_base_url": url}}
    assert world.ask("PUT", f"{INTENTS}/{new_id()}", json=body).status == 400


@pytest.mark.requirement("SC-DSS-09")
@pytest.mark.parametrize("identity", ["not_uuid_format", "1", "a" * 36, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"])
def test_ids_are_uuids_of_version_4(world: World, identity: str) -> None:
    for method in ("GET", "PUT"):
        assert world.ask(method, f"{INTENTS}/{identity}", json=world.intent_body()).status == 400
    assert world.ask("DELETE", f"{INTENTS}/{identity}/{'x' * 20}").status == 400


def test_an_id_is_the_same_in_capitals(world: World) -> None:
    entity_id = new_id()
    assert world.put_intent(entity_id.upper()).status == 201
    assert reference(world.ask("GET", f"{INTENTS}/{entity_id}"))["id"] == entity_id


@pytest.mark.requirement("SC-DSS-10")
def test_queries_find_by_area_height_and_time(both: World) -> None:
    entity_id = new_id()
    assert both.put_intent(entity_id, both.circle(starts=1_200, ends=4_800, lower=100.0, upper=200.0)).status == 201
    whole: dict[str, Any] = {"starts": None, "ends": None, "lower": None, "upper": None}
    hits = [
        {},
        {"starts": 3_000.0},
        {"ends": 1_300.0},
        {"lower": 150.0},
        {"upper": 100.0},
        {"lower": 200.0, "upper": 300.0},
        {"radius": 1.0},
    ]
    misses = [{"starts": 4_900.0}, {"ends": 60.0}, {"lower": 201.0}, {"upper": 99.0}, {"latitude": 34.1}]
    for more in hits:
        assert both.found(INTENTS, both.circle(**(whole | more))) == {entity_id}, more
    for more in misses:
        assert both.found(INTENTS, both.circle(**(whole | more))) == set(), more
    at = both.circle(starts=2_000.0, ends=2_000.0)
    assert both.found(INTENTS, at) == {entity_id}


@pytest.mark.requirement("SC-DSS-10")
def test_queries_that_mean_nothing_are_refused(world: World) -> None:
    for area in (None, {}, world.circle(radius=40_000.0), world.circle(starts=10, ends=0)):
        assert world.query(INTENTS, area).status == 400
    assert world.ask("POST", f"{INTENTS}/query").status == 400
    assert world.query(INTENTS, world.circle(starts=-7_200, ends=-3_600)).status == 200


@pytest.mark.requirement("SC-DSS-10")
def test_what_has_ended_is_still_found_by_its_id_and_its_time(world: World) -> None:
    entity_id = new_id()
    made = reference(world.put_intent(entity_id))
    past = world.circle()
    world.clock.ahead_s = 7_200.0
    assert reference(world.ask("GET", f"{INTENTS}/{entity_id}")) == made
    assert world.found(INTENTS, past) == {entity_id}
    assert world.found(INTENTS, world.circle()) == set()
    assert world.ask("DELETE", f"{INTENTS}/{entity_id}/{made['ovn']}").status == 200


@pytest.mark.requirement("SC-DSS-11")
def test_an_implicit_subscription_comes_and_goes_with_its_intent(both: World) -> None:
    entity_id = new_id()
    created = both.put_intent(entity_id)
    made = reference(created)
    subscription = both.ask("GET", f"{SUBSCRIPTIONS}/{made['subscription_id']}").json["subscription"]
    assert subscription["implicit_subscription"] is True
    assert subscription["dependent_operational_intents"] == [entity_id]
    assert subscription["notify_for_operational_intents"] is True
    assert subscription["notify_for_constraints"] is False
    assert (subscription["time_start"], subscription["time_end"]) == (made["time_start"], made["time_end"])
    assert told(created) == {SUBS_URL: {made["subscription_id"]: subscription["notification_index"]}}
    # A new one takes the place of the old one, and covers the intent as it is now.
    moved = both.put_intent(entity_id, both.circle(starts=0, ends=600), ovn=made["ovn"])
    after = reference(moved)
    assert after["subscription_id"] != made["subscription_id"]
    assert both.ask("GET", f"{SUBSCRIPTIONS}/{made['subscription_id']}").status == 404
    subscription = both.ask("GET", f"{SUBSCRIPTIONS}/{after['subscription_id']}").json["subscription"]
    assert subscription["time_end"] == after["time_end"]
    # Without any, while it is accepted.
    bare = both.put_intent(entity_id, ovn=after["ovn"], new_subscription=None)
    assert reference(bare)["subscription_id"] == NO_SUBSCRIPTION
    assert both.ask("GET", f"{SUBSCRIPTIONS}/{after['subscription_id']}").status == 404
    assert both.ask("GET", f"{SUBSCRIPTIONS}/{NO_SUBSCRIPTION}").status == 404
    ovn = reference(bare)["ovn"]
    assert both.put_intent(entity_id, ovn=ovn, state="Activated", new_subscription=None).status == 400


@pytest.mark.requirement("SC-DSS-11")
def test_an_implicit_subscription_is_widened_for_all_that_rely_on_it(both: World) -> None:
    first, second = new_id(), new_id()
    made = reference(both.put_intent(first, both.circle(starts=0, ends=600)))
    sub_id = made["subscription_id"]
    wider = both.put_intent(
        first, both.circle(starts=0, ends=1_200), ovn=made["ovn"], subscription_id=sub_id, new_subscription=None
    )
    assert wider.status == 200, wider
    assert reference(wider)["subscription_id"] == sub_id
    subscription = both.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").json["subscription"]
    assert subscription["time_end"] == reference(wider)["time_end"]
    assert subscription["time_start"] == reference(wider)["time_start"]
    other = both.put_intent(
        second, both.circle(34.1, starts=2_000, ends=3_000), subscription_id=sub_id, new_subscription=None
    )
    assert other.status == 201, other
    subscription = both.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").json["subscription"]
    assert subscription["time_start"] == reference(wider)["time_start"]
    assert subscription["time_end"] == reference(other)["time_end"]
    assert set(subscription["dependent_operational_intents"]) == {first, second}
    # It stays as long as one of them does.
    assert both.ask("DELETE", f"{INTENTS}/{first}/{reference(wider)['ovn']}").status == 200
    assert both.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").status == 200
    assert both.ask("DELETE", f"{INTENTS}/{second}/{reference(other)['ovn']}").status == 200
    assert both.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").status == 404


@pytest.mark.requirement("SC-DSS-12")
def test_an_explicit_subscription_must_exist_be_ones_own_and_cover(both: World) -> None:
    sub_id, foreign = new_id(), new_id()
    assert both.put_subscription(sub_id, both.circle(starts=-10, ends=1_200)).status == 200
    assert both.put_subscription(foreign, both.circle(starts=-10, ends=7_200), sub="uss2").status == 200
    with_it: dict[str, Any] = {"subscription_id": sub_id, "new_subscription": None}
    assert both.put_intent(new_id(), both.circle(starts=-10, ends=1_201), **with_it).status == 400
    assert both.put_intent(new_id(), both.circle(radius=400.0, ends=600), **with_it).status == 400
    assert both.put_intent(new_id(), both.circle(34.01, ends=600), **with_it).status == 400
    good = both.circle(starts=0, ends=1_100)
    assert both.put_intent(new_id(), good, subscription_id=new_id(), new_subscription=None).status == 400
    assert both.put_intent(new_id(), good, subscription_id=foreign, new_subscription=None).status == 403
    assert both.put_intent(new_id(), good, subscription_id="x", new_subscription=None).status == 400
    assert both.put_intent(new_id(), good, subscription_id=sub_id).status == 400
    created = both.put_intent(new_id(), good, **with_it)
    assert created.status == 201, created
    assert reference(created)["subscription_id"] == sub_id
    version = both.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").json["subscription"]["version"]
    assert both.ask("DELETE", f"{SUBSCRIPTIONS}/{sub_id}/{version}").status == 400
    entity_id, ovn = reference(created)["id"], reference(created)["ovn"]
    assert both.put_intent(entity_id, good, ovn=ovn, new_subscription=None).status == 200
    assert both.ask("DELETE", f"{SUBSCRIPTIONS}/{sub_id}/{version}").status == 200


@pytest.mark.requirement("SC-DSS-13")
def test_subscribers_are_told_of_creation_change_and_removal(both: World) -> None:
    listener = new_id()
    assert both.put_subscription(listener, both.circle(ends=7_200), sub="uss2").status == 200
    entity_id = new_id()
    created = both.put_intent(entity_id)
    assert told(created)["https://uss2.example.com/subs"] == {listener: 1}
    away = both.put_intent(entity_id, both.circle(35.0), ovn=reference(created)["ovn"])
    assert told(away)["https://uss2.example.com/subs"] == {listener: 2}, "it left the area, which concerns them"
    still = both.put_intent(entity_id, both.circle(35.0), ovn=reference(away)["ovn"])
    assert listener not in told_ids(still)
    back = both.put_intent(entity_id, ovn=reference(still)["ovn"])
    assert told(back)["https://uss2.example.com/subs"] == {listener: 3}
    gone = both.ask("DELETE", f"{INTENTS}/{entity_id}/{reference(back)['ovn']}")
    assert told(gone)["https://uss2.example.com/subs"] == {listener: 4}
    standing = both.ask("GET", f"{SUBSCRIPTIONS}/{listener}", sub="uss2").json["subscription"]
    assert standing["notification_index"] == 4
    version = standing["version"]
    assert both.ask("DELETE", f"{SUBSCRIPTIONS}/{listener}/{version}", sub="uss2").status == 200
    assert listener not in told_ids(both.put_intent(new_id()))


@pytest.mark.requirement("SC-DSS-13")
def test_subscriptions_of_one_base_url_are_told_together(world: World) -> None:
    subs = {new_id() for _ in range(3)}
    for sub_id in subs:
        assert world.put_subscription(sub_id, sub="uss2").status == 200
    other = new_id()
    assert world.put_subscription(other, sub="uss3", notify_for_operational_intents=False, notify_for_constraints=True)
    elsewhen = new_id()
    assert world.put_subscription(elsewhen, world.circle(starts=3_700, ends=7_200), sub="uss3").status == 200
    created = world.put_intent(new_id(), new_subscription=None)
    assert told(created) == {"https://uss2.example.com/subs": dict.fromkeys(subs, 1)}
