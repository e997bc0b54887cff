"""Whatever a peer may send by the official OpenAPI, and much that it may not: answers are documented, none is a 5xx."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steerclear.interfaces.f3548 import wire
from steerclear.interfaces.f3548.airspace_codec import (
    UnreadableError,
    read_intent,
    read_intent_notice,
    write_intent,
    write_notice,
)
from steerclear.interfaces.f3548.uss_contract import USS_OPERATIONS
from steerclear.services.uss.intent_rules import RuleBrokenError, check_shared_intent
from tests.interfaces.f3548.official import document, found, official_errors
from tests.interfaces.f3548.test_uss_routes import told_intent
from tests.interfaces.f3548.uss_world import UssWorld
from tests.interfaces.f3548.world import CM, CP, SA, SC
from tests.services.uss.world import disc, fly

ALSO = {413, 415}
"""The framework's own refusals: a body that is too large, or is no JSON by its own word."""


@pytest.mark.requirement("SC-USS-17")
def test_our_table_of_operations_is_that_of_the_official_openapi() -> None:
    official = document()
    if official is None:
        return  # it is not ours to ship; the table stands for it
    for name, operation in USS_OPERATIONS.items():
        told = official["paths"][operation.path][operation.method.lower()]
        assert told["operationId"] == name
        assert {int(status) for status in told["responses"]} <= operation.statuses, name
        if "security" in told:
            scopes = {frozenset(one["Authority"]) for one in told["security"]}
            assert scopes == set(operation.scopes), name


@pytest.mark.requirement("SC-USS-17")
def test_schemathesis_finds_no_deviation() -> None:
    path = found()
    if path is None:
        return  # it is not ours to ship; the corpora below need no file
    made = UssWorld()
    asyncio.run(fly(made.services, "n", disc()))
    schema = schemathesis.openapi.from_path(str(path)).include(path_regex="^/uss/v1/(operational|constraints|reports)")
    token = made.token(SC, CM, CP, SA)
    tried = 0

    for result in schema.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def holds(case: Any) -> None:
            nonlocal tried
            tried += 1
            _answered(made, case, token)

        holds()
    assert tried > 20


def _answered(made: UssWorld, case: Any, token: str) -> None:
    prepared = case.as_transport_kwargs(base_url="https://north.example")
    headers = {name: value for name, value in dict(prepared.get("headers") or {}).items() if value is not None}
    headers["Authorization"] = f"Bearer {token}"
    answer = asyncio.run(
        made.ask(
            prepared["method"],
            prepared["url"],
            json=prepared.get("json"),
            params=prepared.get("params"),
            headers=headers,
        )
    )
    operation = USS_OPERATIONS[case.operation.definition.raw["operationId"]]
    assert answer.status_code in operation.statuses | ALSO, (answer.status_code, answer.text)
    if answer.status_code >= 400:
        assert official_errors("ErrorResponse", answer.json()) == []
        assert answer.json()["message"]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


@st.composite
def damaged(draw: Any) -> dict[str, Any]:
    """A sound notification with one place of it replaced by anything."""
    told = told_intent()
    place: Any = told
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
            place[key] = draw(json_values)
            return told
        place = place[key]


@pytest.mark.requirement("SC-USS-05")
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_a_damaged_message_is_refused_by_name_or_is_sound(told: dict[str, Any]) -> None:
    try:
        read = msgspec.convert(told, wire.PutOperationalIntentDetailsParameters)
        notice = read_intent_notice(read)
        if notice.intent is not None:
            check_shared_intent(notice.intent, None)
    except (msgspec.ValidationError, UnreadableError, RuleBrokenError):
        return
    # What is taken says the same when it is told again.
    again = msgspec.convert(msgspec.to_builtins(write_notice(notice)), wire.PutOperationalIntentDetailsParameters)
    assert read_intent_notice(again) == notice


@pytest.mark.requirement("SC-USS-17")
@settings(max_examples=100, deadline=None)
@given(
    st.floats(-89.0, 89.0), st.floats(-180.0, 180.0), st.floats(1.0, 5_000.0), st.floats(-500.0, 500.0),
    st.integers(0, 10**9), st.integers(-(2**31), 2**31 - 1),
)  # fmt: skip
def test_details_come_back_from_the_wire_as_they_went(
    latitude: float, longitude: float, radius: float, height: float, microseconds: int, priority: int
) -> None:
    told = told_intent()["operational_intent"]
    circle = {"center": {"lat": latitude, "lng": longitude}, "radius": {"value": radius, "units": "M"}}
    volume = told["details"]["volumes"][0]
    volume["volume"]["outline_circle"] = circle
    volume["volume"]["altitude_lower"]["value"] = height
    volume["volume"]["altitude_upper"]["value"] = height + 10.0
    told["details"]["priority"] = priority
    shared = read_intent(msgspec.convert(told, wire.OperationalIntent))
    late = shared.intent.volumes[0].from_s + microseconds / 1e6
    moved = msgspec.structs.replace(shared.intent.volumes[0], from_s=late, until_s=late + 1.0)
    shared = msgspec.structs.replace(shared, intent=msgspec.structs.replace(shared.intent, volumes=(moved,)))
    again = read_intent(msgspec.convert(msgspec.to_builtins(write_intent(shared)), wire.OperationalIntent))
    assert again.intent.priority == priority
    assert again.intent.volumes[0].area == moved.area
    assert abs(again.intent.volumes[0].from_s - late) < 1e-6
