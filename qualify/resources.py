"""What the scenarios are given: where, when and as whom they ask, in the terms of the framework's resources."""

from __future__ import annotations

from typing import Any, Final

FIRST: Final = "uss_qualifier"
SECOND: Final = "uss_qualifier_second"
"""Two clients: what one owns, the other may not touch."""

F3548_SCOPES: Final = (
    "utm.strategic_coordination",
    "utm.constraint_management",
    "utm.constraint_processing",
    "utm.conformance_monitoring_sa",
    "utm.availability_arbitration",
)
TEST_SCOPES: Final = (
    "interuss.flight_planning.plan",
    "interuss.flight_planning.direct_automated_test",
    "interuss.versioning.read_system_versions",
    "interuss.pool_status.read",
    "interuss.pool_status.heartbeat.write",
    "interuss.mock_uss.configure",
    "utm.inject_test_data",
)

SOUTH, NORTH, WEST, EAST = 46.20, 46.24, 7.30, 7.36
"""Where everything takes place: some four kilometres by four and a half."""

Declared = dict[str, Any]


def declared(resource_type: str, specification: Any = None, **dependencies: str) -> Declared:
    """One resource, in the framework's words."""
    return {
        "resource_type": f"resources.{resource_type}",
        "dependencies": dependencies,
        "specification": specification or {},
    }


def adapted(resource_type: str, **specification: Any) -> Declared:
    """One resource that asks servers as the first client."""
    return declared(resource_type, specification, auth_adapter="utm_auth")


def adapter(token_url: str, subject: str) -> Declared:
    """Tokens from our issuer, by the framework's adapter for a dummy OAuth server."""
    return declared(
        "communications.AuthAdapterResource",
        {"auth_spec": f"DummyOAuth({token_url},{subject})", "scopes_authorized": [*F3548_SCOPES, *TEST_SCOPES]},
    )


def rectangle(south: float, north: float, west: float, east: float) -> Declared:
    """An outline in the framework's words."""
    corners = ((south, west), (south, east), (north, east), (north, west))
    return {"vertices": [{"lat": lat, "lng": lng} for lat, lng in corners]}


def metres(height: float) -> Declared:
    """A height over the ellipsoid in the framework's words."""
    return {"value": height, "reference": "W84", "units": "M"}


def in_time(offset: str) -> Declared:
    """A moment so long after the request is made, as "5m" or "-1s"."""
    return {"offset_from": {"starting_from": {"time_during_test": "TimeOfEvaluation"}, "offset": offset}}


def common(token_url: str, host: str) -> dict[str, Declared]:
    """What nearly every scenario asks for."""
    area = {
        "outline_polygon": rectangle(SOUTH, NORTH, WEST, EAST),
        "altitude_lower": metres(0),
        "altitude_upper": metres(3_048),
        "start_time": {"time_during_test": "TimeOfEvaluation"},
        "duration": "1h",
    }
    return {
        "utm_auth": adapter(token_url, FIRST),
        "second_utm_auth": adapter(token_url, SECOND),
        "client_identity": declared(
            "communications.ClientIdentityResource",
            {"whoami_audience": host, "whoami_scope": F3548_SCOPES[0]},
            auth_adapter="utm_auth",
        ),
        "id_generator": declared("interuss.IDGeneratorResource", client_identity="client_identity"),
        "planning_volume": declared("VolumeResource", {"template": area}),
        "planning_area": declared("PlanningAreaResource", volume="planning_volume"),
        "big_area": declared(
            "VolumeResource",
            {"template": {"outline_polygon": rectangle(SOUTH - 10, SOUTH + 10, WEST - 10, EAST + 10)}},
        ),
    }


def dss_instance(url: str, name: str) -> Declared:
    """One DSS instance as the framework describes it."""
    return {"participant_id": name, "base_url": url, "supports_ovn_request": True}
