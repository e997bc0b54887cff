"""What InterUSS's prober and qualifier do that hardly anyone else would: their requests in our words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interfaces.f3548.world import INTENTS, SUBSCRIPTIONS, World, new_id, reference

DAY_S = 86_400.0
YEARS_S = 5 * 365 * DAY_S


def missing(answer: Any) -> set[str]:
    return {one["id"] for one in answer.json["missing_operational_intents"]}


@pytest.mark.requirement("SC-DSS-09")
def test_an_intent_of_which_a_part_has_ended_is_taken_and_one_that_has_ended_is_not(both: World) -> None:
    long_ago = both.circle(starts=-YEARS_S, ends=-YEARS_S + 240)
    before_1970 = both.circle(34.2, starts=-both.now() - 28_920, ends=-both.now() - 28_680)
    lasting = both.circle(34.1, starts=-YEARS_S, ends=4 * 365 * DAY_S)
    entity_id = new_id()
    created = both.put_intent(entity_id, long_ago, before_1970, lasting)
    assert created.status == 201, created
    assert reference(created)["time_start"]["value"].startswith("1969-12-31T15:58:0")
    changed = both.put_intent(
        entity_id, long_ago, before_1970, lasting, ovn=reference(created)["ovn"], state="Activated"
    )
    assert changed.status == 200, changed
    assert both.ask("DELETE", f"{INTENTS}/{entity_id}/{reference(changed)['ovn']}").status == 200
    refused = both.put_intent(new_id(), long_ago, before_1970)
    assert refused.status == 400
    assert "past" in refused.json["message"]


@pytest.mark.requirement("SC-DSS-07")
def test_an_intent_is_met_as_one_in_height_and_time(both: World) -> None:
    tall_away = both.circle(35.0, radius=20.0, lower=510.0, upper=620.0, starts=0, ends=3_600)
    high = both.circle(35.001, radius=20.0, lower=590.0, upper=610.0, starts=0, ends=3_600)
    first = new_id()
    created = both.put_intent(first, tall_away, high)
    assert created.status == 201, created
    below = both.circle(35.001, radius=20.0, lower=544.0, upper=574.0, starts=120, ends=3_660)
    second = new_id()
    refused = both.put_intent(second, below)
    assert refused.status == 409
    assert missing(refused) == {first}
    assert both.put_intent(second, below, key=[reference(created)["ovn"]]).status == 201
    again = both.put_intent(first, tall_away, high, ovn=reference(created)["ovn"], key=[reference(created)["ovn"]])
    assert again.status == 409, "the other one is new to it"
    assert missing(again) == {second}
    above = both.circle(35.001, radius=100.0, lower=591.0, upper=611.0, starts=0, ends=3_600)
    assert both.found(INTENTS, above) == {first}, "the other one lies below"
    elsewhere = both.circle(35.1, lower=544.0, upper=574.0)
    assert both.put_intent(new_id(), elsewhere).status == 201, "on the ground each volume counts for itself"


@pytest.mark.requirement("SC-DSS-23")
@pytest.mark.parametrize(("late_s", "status"), [(5.0, 200), (299.0, 400), (301.0, 400)])
def test_a_subscription_may_begin_some_seconds_after_what_relies_on_it(
    world: World, late_s: float, status: int
) -> None:
    made = reference(world.put_intent(new_id(), world.circle(starts=1_200, ends=4_800)))
    sub_id = made["subscription_id"]
    version = world.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").json["subscription"]["version"]
    later = world.circle(starts=1_200 + late_s, ends=4_810)
    assert world.put_subscription(sub_id, later, version=version).status == status


@pytest.mark.requirement("SC-DSS-23")
def test_a_subscription_that_begins_now_serves_what_has_begun(world: World) -> None:
    made = reference(world.put_intent(new_id(), world.circle(starts=-600, ends=3_600)))
    sub_id = made["subscription_id"]
    version = world.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").json["subscription"]["version"]
    assert world.put_subscription(sub_id, world.circle(starts=-10, ends=3_610), version=version).status == 200


@pytest.mark.requirement("SC-DSS-12")
def test_a_subscription_that_began_after_the_intent_does_not_cover_it(both: World) -> None:
    sub_id = new_id()
    assert both.put_subscription(sub_id, both.circle(starts=-5, ends=3_600)).status == 200
    with_it: dict[str, Any] = {"subscription_id": sub_id, "new_subscription": None}
    assert both.put_intent(new_id(), both.circle(starts=-10, ends=3_000), **with_it).status == 400
    assert both.put_intent(new_id(), both.circle(starts=-5 + 1, ends=3_000), **with_it).status == 201


@pytest.mark.requirement("SC-DSS-12")
def test_times_that_the_dss_chose_serve_an_intent_to_the_end(world: World) -> None:
    for _ in range(8):  # what is chosen has more digits than what is told
        sub_id = new_id()
        extent = world.circle(starts=None, ends=None)
        told = world.put_subscription(sub_id, extent).json["subscription"]
        same = {"volume": extent["volume"], "time_start": told["time_start"], "time_end": told["time_end"]}
        key = [one["ovn"] for one in world.query(INTENTS, extent).json["operational_intent_references"]]
        created = world.put_intent(new_id(), same, subscription_id=sub_id, new_subscription=None, key=key)
        assert created.status == 201, created
        version = world.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").json["subscription"]["version"]
        assert world.put_subscription(sub_id, same, version=version).status == 200
