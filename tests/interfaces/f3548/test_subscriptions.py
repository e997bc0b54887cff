"""Subscriptions over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from steerclear.interfaces.f3548.times import read_moment
from steerclear.store.airspace.sqlite import SqliteAirspaceStore
from tests.interfaces.f3548.world import (
    CM,
    CP,
    HOUR_S,
    INTENTS,
    POOL,
    SC,
    SUBSCRIPTIONS,
    World,
    new_id,
    reference,
)

DAY_S = 24 * HOUR_S


def standing(answer: Any) -> Any:
    return answer.json["subscription"]


def span_s(subscription: Any) -> float:
    return read_moment(subscription["time_end"]["value"]) - read_moment(subscription["time_start"]["value"])


@pytest.mark.requirement("SC-DSS-20")
def test_a_subscription_lives_from_creation_to_removal(both: World) -> None:
    sub_id = new_id()
    assert both.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").status == 404
    created = both.put_subscription(sub_id)
    assert created.status == 200, created
    made = standing(created)
    assert (made["id"], made["notification_index"], made["implicit_subscription"]) == (sub_id, 0, False)
    assert made["dependent_operational_intents"] == []
    assert (made["notify_for_operational_intents"], made["notify_for_constraints"]) == (True, False)
    assert created.json["operational_intent_references"] == []
    assert "constraint_references" not in created.json
    assert standing(both.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}")) == made
    assert both.found(SUBSCRIPTIONS, both.circle(radius=10.0)) == {sub_id}

    changed = both.put_subscription(
        sub_id,
        version=made["version"],
        notify_for_operational_intents=False,
        notify_for_constraints=True,
    )
    assert changed.status == 200, changed
    assert changed.json["constraint_references"] == []
    assert "operational_intent_references" not in changed.json
    after = standing(changed)
    assert after["version"] != made["version"]

    removed = both.ask("DELETE", f"{SUBSCRIPTIONS}/{sub_id}/{after['version']}")
    assert removed.status == 200
    assert standing(removed) == after
    assert both.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").status == 404
    assert both.found(SUBSCRIPTIONS, both.circle()) == set()


@pytest.mark.requirement("SC-DSS-21")
def test_a_change_or_removal_must_name_the_current_version(both: World) -> None:
    sub_id = new_id()
    made = standing(both.put_subscription(sub_id))
    assert both.put_subscription(sub_id).status == 409
    assert both.put_subscription(sub_id, version="notacorrectversion").status == 409
    assert both.ask("DELETE", f"{SUBSCRIPTIONS}/{sub_id}/notacorrectversion").status == 409
    after = standing(both.put_subscription(sub_id, version=made["version"]))
    assert both.put_subscription(sub_id, version=made["version"]).status == 409
    assert both.ask("DELETE", f"{SUBSCRIPTIONS}/{sub_id}/{made['version']}").status == 409
    assert both.put_subscription(new_id(), version=after["version"]).status == 400
    assert both.ask("DELETE", f"{SUBSCRIPTIONS}/{new_id()}/{after['version']}").status == 404


@pytest.mark.requirement("SC-DSS-21")
def test_a_subscription_is_its_clients_own_affair(both: World) -> None:
    sub_id = new_id()
    made = standing(both.put_subscription(sub_id))
    assert both.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}", sub="uss2").status == 403
    assert both.put_subscription(sub_id, version=made["version"], sub="uss2").status == 403
    assert both.ask("DELETE", f"{SUBSCRIPTIONS}/{sub_id}/{made['version']}", sub="uss2").status == 403
    assert both.found(SUBSCRIPTIONS, both.circle(), sub="uss2") == set()
    assert standing(both.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}")) == made


@pytest.mark.requirement("SC-DSS-22")
def test_times_left_out_are_now_and_a_day(world: World) -> None:
    now = world.now()
    neither = standing(world.put_subscription(new_id(), world.circle(starts=None, ends=None)))
    assert abs(read_moment(neither["time_start"]["value"]) - now) < 5.0
    assert span_s(neither) == pytest.approx(DAY_S)
    no_start = standing(world.put_subscription(new_id(), world.circle(starts=None, ends=600)))
    assert span_s(no_start) == pytest.approx(600, abs=5.0)
    no_end = standing(world.put_subscription(new_id(), world.circle(starts=-10, ends=None)))
    assert span_s(no_end) == pytest.approx(DAY_S)
    # What a change leaves out stays as it was.
    kept = standing(
        world.put_subscription(no_start["id"], world.circle(starts=None, ends=None), version=no_start["version"])
    )
    assert (kept["time_start"], kept["time_end"]) == (no_start["time_start"], no_start["time_end"])


@pytest.mark.requirement("SC-DSS-22")
def test_a_subscription_lasts_a_day_at_most_and_has_not_begun_long_ago(world: World) -> None:
    assert world.put_subscription(new_id(), world.circle(starts=-60, ends=DAY_S - 60)).status == 200
    assert world.put_subscription(new_id(), world.circle(starts=-60, ends=DAY_S + 600)).status == 400
    made = standing(world.put_subscription(new_id(), world.circle(starts=-60, ends=DAY_S - 60)))
    too_long = world.circle(starts=-60, ends=DAY_S + 600)
    assert world.put_subscription(made["id"], too_long, version=made["version"]).status == 400
    assert world.put_subscription(new_id(), world.circle(starts=-600, ends=600)).status == 400
    assert world.put_subscription(new_id(), world.circle(starts=-200, ends=-100)).status == 400
    assert world.put_subscription(new_id(), world.circle(starts=600, ends=500)).status == 400
    # It may begin in the past when it does already.
    world.clock.ahead_s = 1_000.0
    again = {"time_start": made["time_start"], "time_end": made["time_end"], "volume": world.circle()["volume"]}
    assert world.put_subscription(made["id"], again, version=made["version"]).status == 200


@pytest.mark.requirement("SC-DSS-22")
def test_what_has_ended_is_neither_found_nor_told(world: World) -> None:
    sub_id = new_id()
    made = standing(world.put_subscription(sub_id, world.circle(starts=0, ends=5)))
    around = world.circle(starts=-60, ends=HOUR_S)
    assert world.found(SUBSCRIPTIONS, around) == {sub_id}
    world.clock.ahead_s = 7.0
    assert world.found(SUBSCRIPTIONS, around) == set()
    created = world.put_intent(new_id(), around, new_subscription=None)
    assert created.json["subscribers"] == []
    assert world.ask("DELETE", f"{SUBSCRIPTIONS}/{sub_id}/{made['version']}").status == 200


@pytest.mark.requirement("SC-DSS-20")
def test_a_subscription_asks_for_something(world: World) -> None:
    for flags in ({"notify_for_operational_intents": False}, {"notify_for_operational_intents": None}):
        assert world.put_subscription(new_id(), **flags).status == 400
    body = {"extents": world.circle(), "uss_base_url": "https://uss1.example.com"}
    assert world.ask("PUT", f"{SUBSCRIPTIONS}/{new_id()}", json=body).status == 400


@pytest.mark.requirement("SC-DSS-23")
def test_a_subscription_that_is_relied_on_goes_on_covering(both: World) -> None:
    sub_id = new_id()
    starts, ends = 1_200.0, 4_800.0
    made = standing(both.put_subscription(sub_id, both.circle(starts=starts, ends=ends, upper=1_000.0)))
    version = made["version"]
    entity_id = new_id()
    extent = both.circle(starts=starts + 60, ends=ends - 60, upper=120.0)
    created = both.put_intent(entity_id, extent, subscription_id=sub_id, new_subscription=None)
    assert created.status == 201, created
    shrunk = [
        both.circle(starts=starts, ends=ends, upper=1_000.0, radius=50.0),
        both.circle(starts=starts, ends=ends, upper=1_000.0, latitude=45.0),
        both.circle(starts=starts, ends=ends, lower=10.0, upper=1_000.0),
        both.circle(starts=starts, ends=ends, upper=100.0),
        both.circle(starts=starts, ends=ends - 1_200, upper=1_000.0),
        both.circle(starts=starts + 300, ends=ends, upper=1_000.0),
    ]
    for extents in shrunk:
        refused = both.put_subscription(sub_id, extents, version=version)
        assert refused.status == 400, refused
    refused = both.put_subscription(
        sub_id, version=version, notify_for_operational_intents=False, notify_for_constraints=True
    )
    assert refused.status == 400
    good = both.circle(starts=starts, ends=ends, upper=200.0, radius=301.0)
    changed = both.put_subscription(sub_id, good, version=version)
    assert changed.status == 200, changed
    assert standing(changed)["dependent_operational_intents"] == [entity_id]
    assert standing(changed)["notification_index"] == 1
    shown = {one["id"]: one for one in changed.json["operational_intent_references"]}
    assert shown[entity_id]["ovn"] == reference(created)["ovn"]


@pytest.mark.requirement("SC-DSS-23")
def test_an_implicit_subscription_that_its_client_changes_is_its_own(world: World) -> None:
    entity_id = new_id()
    made = reference(world.put_intent(entity_id))
    sub_id = made["subscription_id"]
    version = standing(world.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}"))["version"]
    extents = {"volume": world.circle()["volume"], "time_start": made["time_start"], "time_end": made["time_end"]}
    changed = world.put_subscription(sub_id, extents, version=version, notify_for_constraints=True)
    assert changed.status == 200, changed
    assert standing(changed)["implicit_subscription"] is False
    assert world.ask("DELETE", f"{INTENTS}/{entity_id}/{made['ovn']}").status == 200
    kept = standing(world.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}"))
    assert world.ask("DELETE", f"{SUBSCRIPTIONS}/{sub_id}/{kept['version']}").status == 200


@pytest.mark.requirement("SC-DSS-20")
def test_a_new_subscription_is_told_what_is_there_already(both: World) -> None:
    intent, constraint, outside = new_id(), new_id(), new_id()
    assert both.put_intent(intent, sub="uss2").status == 201
    assert both.put_constraint(constraint, sub="uss2").status == 201
    assert both.put_intent(outside, both.circle(35.0)).status == 201
    created = both.put_subscription(new_id(), notify_for_constraints=True, scope=(SC, CP))
    (seen,) = created.json["operational_intent_references"]
    assert seen["id"] == intent
    assert "ovn" not in seen
    (seen,) = created.json["constraint_references"]
    assert seen["id"] == constraint
    assert "ovn" not in seen


@pytest.mark.requirement("SC-DSS-10")
def test_subscriptions_are_found_by_area_and_time(both: World) -> None:
    spacing = 10_000.0 / 111_000.0
    subs = [new_id() for _ in range(3)]
    spans = ((None, 3_600.0), (7_200.0, 10_800.0), (14_400.0, 18_000.0))
    for number, (sub_id, (starts, ends)) in enumerate(zip(subs, spans, strict=True)):
        extents = both.circle(23.0 + (number - 1) * spacing, 56.0, 100.0, starts=starts, ends=ends)
        assert both.put_subscription(sub_id, extents).status == 200

    def at(latitude: float, radius: float, starts: float | None, ends: float | None) -> set[str]:
        return both.found(SUBSCRIPTIONS, both.circle(latitude, 56.0, radius, starts=starts, ends=ends, upper=3_000.0))

    assert at(23.0, 10_000.0, None, None) == set(subs)
    assert at(23.0 - spacing, 50.0, None, None) == {subs[0]}
    assert at(23.0, 50.0, None, None) == {subs[1]}
    assert at(23.0, 10_000.0, 0.0, 60.0) == {subs[0]}
    assert at(23.0, 10_000.0, None, 60.0) == {subs[0]}
    assert at(23.0, 10_000.0, 14_400.0, 14_460.0) == {subs[2]}
    assert at(23.0, 10_000.0, 14_400.0, None) == {subs[2]}
    assert at(23.0 + spacing, 10_000.0, 0.0, 9_000.0) == {subs[1]}


@pytest.mark.requirement("SC-DSS-08")
def test_scopes_of_subscriptions(world: World) -> None:
    assert world.put_subscription(new_id(), scope=CM).status == 403
    wanting = {"notify_for_operational_intents": False, "notify_for_constraints": True}
    assert world.put_subscription(new_id(), scope=CP, **wanting).status == 200
    assert world.put_subscription(new_id(), scope=SC, **wanting).status == 200, "as InterUSS's prober has it"


@pytest.mark.requirement("SC-DSS-08")
def test_scopes_of_flags_are_asked_for_where_the_operator_says_so(tmp_path: Any) -> None:
    store = SqliteAirspaceStore(str(tmp_path / "strict.sqlite"), POOL)
    strict = World(store, scopes_of_flags=True)
    wanting = {"notify_for_operational_intents": False, "notify_for_constraints": True}
    assert strict.put_subscription(new_id(), scope=SC, **wanting).status == 403
    assert strict.put_subscription(new_id(), scope=CP, **wanting).status == 200
    assert strict.put_subscription(new_id(), scope=CP).status == 403
    implicit = {"uss_base_url": "https://uss1.example.com", "notify_for_constraints": True}
    assert strict.put_intent(new_id(), new_subscription=implicit).status == 403
    assert strict.put_intent(new_id(), new_subscription=implicit, scope=(SC, CP)).status == 201
    store.close()


@pytest.mark.requirement("SC-DSS-09")
@pytest.mark.parametrize("ending", ["/uss/v1/", "/utm?correct=true", "?correct=true"])
def test_a_base_url_with_a_path_and_a_slash_or_a_query_is_taken(world: World, ending: str) -> None:
    made = world.put_subscription(new_id(), uss_base_url=f"https://uss.example.com{ending}")
    assert made.status == 200
    assert made.json["subscription"]["uss_base_url"] == f"https://uss.example.com{ending}"


@pytest.mark.requirement("SC-DSS-09")
def test_a_base_url_with_a_fragment_is_refused(world: World) -> None:
    assert world.put_subscription(new_id(), uss_base_url="https://uss.example.com/utm#part").status == 400
