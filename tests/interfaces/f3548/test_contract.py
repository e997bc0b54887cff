"""The DSS against its contract: our own table of it always, the official OpenAPI where that file is at hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from steerclear.interfaces.f3548 import wire, wire_records, wire_values
from steerclear.interfaces.f3548.contract import OPERATIONS
from steerclear.interfaces.f3548.dss_app import all_dss_routes
from steerclear.interfaces.f3548.tokens import TokenVerifier
from tests.interfaces.f3548.served import Watched, serving
from tests.interfaces.f3548.world import AA, AUDIENCE, CM, CP, SA, SC, World, new_id, reference

ROOT = Path(__file__).parents[3]
OFFICIAL = next(
    (file for folder in ROOT.parents if (file := folder / "shared" / "reference" / "f3548-21-utm.yaml").exists()),
    None,
)
"""The OpenAPI of ASTM F3548-21 beside the repository; a clone is without it."""

LONGEST_S = 0.25
TRIES = 3
LENIENT = {
    # The first declaration has no old version; InterUSS's tests leave it out then.
    "SetUssAvailabilityStatusParameters": {"old_version"},
    # Asked for, but nowhere described.
    "ExchangeRecord": {"request_source"},
}
NAMES = {"QueryParameters": "QueryOperationalIntentReferenceParameters"}


def official() -> Any:
    assert OFFICIAL is not None
    return yaml.safe_load(OFFICIAL.read_text())


def own() -> dict[str, Any]:
    """Our own table as an OpenAPI document."""
    kinds = {one for operation in OPERATIONS.values() for one in (operation.asked, operation.answered) if one}
    kinds |= {wire.ErrorResponse, wire.AirspaceConflictResponse}
    listed = sorted(kinds, key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components(listed, ref_template="#/components/schemas/{name}")
    paths: dict[str, Any] = {}
    for name, operation in OPERATIONS.items():
        responses: dict[str, Any] = {}
        for status in operation.statuses | operation.also:
            kind: Any = operation.answered if status < 300 else wire.ErrorResponse
            if status == 409 and "OperationalIntent" in name and "delete" not in name:
                kind = wire.AirspaceConflictResponse
            responses[str(status)] = {"description": "", "content": _json(kind)}
        entry: dict[str, Any] = {"operationId": name, "responses": responses, "parameters": []}
        for parameter in re.findall(r"\{(\w+)\}", operation.path):
            kind = {"type": "string"}
            if parameter in ("entityid", "subscriptionid"):
                kind = {"type": "string", "pattern": wire_values.UUID_V4.replace(r"\Z", "$")}
            entry["parameters"].append({"name": parameter, "in": "path", "required": True, "schema": kind})
        if operation.asked is not None:
            entry["requestBody"] = {"required": True, "content": _json(operation.asked)}
        paths.setdefault(operation.path, {})[operation.method.lower()] = entry
    text = msgspec.json.encode(schemas).decode().replace(r"\\Z", "$")
    components = {"schemas": msgspec.json.decode(text)}
    return {"openapi": "3.1.0", "info": {"title": "own", "version": "1"}, "paths": paths, "components": components}


def _json(kind: Any) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}


@pytest.mark.requirement("SC-DSS-60")
def test_every_operation_of_the_contract_is_served_and_nothing_else(world: World) -> None:
    verifier = TokenVerifier(world.keys, [AUDIENCE], world.clock.now_s)
    served = {
        (route.method, route.path)
        for route in all_dss_routes(world.directory, verifier)
        if route.path.startswith("/dss/")
    }
    assert {(method.upper(), path) for method, path in served} == {
        (operation.method, operation.path) for operation in OPERATIONS.values()
    }


@pytest.mark.requirement("SC-DSS-60")
def test_the_table_of_the_contract_is_that_of_the_official_document() -> None:
    if OFFICIAL is None:
        assert len(OPERATIONS) == 18
        return
    found = {}
    for path, item in official()["paths"].items():
        for method, operation in item.items():
            if method in ("get", "put", "post", "delete") and path.startswith("/dss/"):
                scopes = {frozenset(one["Authority"]) for one in operation["security"]}
                statuses = frozenset(int(status) for status in operation["responses"])
                found[operation["operationId"]] = (method.upper(), path, scopes, statuses)
    ours = {name: (one.method, one.path, set(one.scopes), one.statuses) for name, one in OPERATIONS.items()}
    assert ours == found


@pytest.mark.requirement("SC-DSS-60")
def test_messages_have_the_fields_of_the_official_schemas() -> None:
    kinds = [
        kind
        for module in (wire, wire_records, wire_values)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, wire_values.Wire) and kind is not wire_values.Wire
    ]
    assert len(kinds) > 50
    if OFFICIAL is None:
        return
    schemas = official()["components"]["schemas"]
    for kind in kinds:
        schema = schemas[NAMES.get(kind.__name__, kind.__name__)]
        fields = msgspec.structs.fields(kind)
        assert {field.name for field in fields} == set(schema["properties"]), kind
        required = {field.name for field in fields if field.required}
        # Lists that the standard gives a default are always written, and so are always there to be read.
        lists = {name for name, one in schema["properties"].items() if one.get("default") == []}
        asked = set(schema.get("required", ())) - LENIENT.get(kind.__name__, set())
        assert asked <= required <= asked | lists, kind
    named = {"OperationalIntentState", "UssAvailabilityState", "HorizontalAccuracy", "VerticalAccuracy"}
    other = {"HorizontalAccuracy": "PositionAccuracyHorizontal", "VerticalAccuracy": "PositionAccuracyVertical"}
    for name in named:
        values = {one.value for one in (getattr(wire, name, None) or getattr(wire_records, name))}
        assert values == set(schemas[other.get(name, name)]["enum"])


QUICK = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    max_examples=6,
)


@pytest.mark.requirement("SC-DSS-61")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["sound", "malformed"])
def test_no_answer_leaves_the_contract_whatever_is_asked(world: World, mode: GenerationMode) -> None:
    content = own() if OFFICIAL is None else official()
    content["paths"] = {path: item for path, item in content["paths"].items() if path.startswith("/dss/")}
    _allow_what_interuss_asks_for(content)
    schema = schemathesis.openapi.from_dict(content)
    app = Watched(world.app)
    made = reference(world.put_intent(new_id()))
    headers = {"Authorization": f"Bearer {world.token(SC, CP, CM, SA, AA)}"}
    seen: set[int] = set()
    with serving(app) as url:
        for found in schema.get_all_operations():
            operation = found.ok()
            if mode is GenerationMode.NEGATIVE and not _can_be_wrong(operation):
                continue

            @QUICK
            @given(
                case=operation.as_strategy(generation_mode=mode),
                real=st.booleans() if mode is GenerationMode.POSITIVE else st.just(False),
            )
            def ask(case: Any, real: bool) -> None:
                if real and case.path_parameters and "entityid" in case.path_parameters:
                    case.path_parameters["entityid"] = made["id"]
                    if "ovn" in case.path_parameters:
                        case.path_parameters["ovn"] = made["ovn"]
                for _ in range(TRIES):
                    answer = case.call(base_url=url, headers=headers, timeout=10)
                    seen.add(answer.status_code)
                    if app.took_s <= LONGEST_S:
                        break
                else:
                    raise AssertionError(f"{app.took_s:.3f} s, {TRIES} times: {case.as_curl_command()}")
                checks = [not_a_server_error, content_type_conformance, response_schema_conformance]
                if answer.status_code not in (404, 405):  # a path that is not the operation's
                    checks.append(status_code_conformance)
                # Null is as good as absent here, which the document does not say: no such request need be refused.
                if mode is GenerationMode.NEGATIVE and not _has_null(case.body):
                    checks.append(negative_data_rejection)
                case.validate_response(answer, checks=checks)

            ask()
    assert 400 in seen or mode is GenerationMode.POSITIVE


def _has_null(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_null, value.values() if isinstance(value, dict) else value))
    return value is None


def _can_be_wrong(operation: Any) -> bool:
    """Whether the document says anything that a request could break."""
    schemas = [parameter.definition["schema"] for parameter in operation.path_parameters]
    return bool(operation.body) or any({"pattern", "maxLength", "$ref"} & set(schema) for schema in schemas)


def _allow_what_interuss_asks_for(content: dict[str, Any]) -> None:
    refusal = {
        "description": "",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorResponse"}}},
    }
    for name, operation in OPERATIONS.items():
        entry = content["paths"][operation.path][operation.method.lower()]
        for status in operation.also | {415}:
            entry["responses"].setdefault(str(status), refusal)
        assert entry["operationId"] == name
    for name, fields in LENIENT.items():
        required = content["components"]["schemas"].get(name, {}).get("required", [])
        required[:] = [field for field in required if field not in fields]
