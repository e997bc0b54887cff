"""The rounds: which scenarios are played against which servers."""

from __future__ import annotations

from typing import Any, Final

from qualify import flights
from qualify.resources import Declared, common, declared, dss_instance
from qualify.servers import HOST

DSS: Final = "scenarios.astm.utm.dss"
ONE_DSS: Final = (
    f"{DSS}.authentication.AuthenticationValidation",
    f"{DSS}.OIRSimple",
    f"{DSS}.OIRKeyValidation",
    f"{DSS}.OpIntentReferenceAccessControl",
    f"{DSS}.OpIntentReferenceStateTransitions",
    f"{DSS}.OIRExplicitSubHandling",
    f"{DSS}.OIRImplicitSubHandling",
    f"{DSS}.CRSimple",
    f"{DSS}.SubscriptionSimple",
    f"{DSS}.SubscriptionValidation",
    f"{DSS}.UssAvailabilityMutation",
    f"{DSS}.Report",
    "scenarios.interuss.ovn_request.DSSOVNRequest",
)
"""Scenarios that ask one instance."""
POOL: Final = (
    f"{DSS}.DSSInteroperability",
    f"{DSS}.SubscriptionInteractions",
    f"{DSS}.SubscriptionInteractionsDeletion",
    f"{DSS}.synchronization.CRSynchronization",
    f"{DSS}.synchronization.OIRSynchronization",
    f"{DSS}.synchronization.SubscriptionSynchronization",
    f"{DSS}.synchronization.USSAvailabilitySynchronization",
    f"{DSS}.pool_info.PoolInfo",
)
"""Scenarios that ask all instances of a pool."""

LINKS: Final = {
    "dss": "dss",
    "dss_instances": "dss_instances",
    "primary_dss_instance": "dss",
    "all_dss_instances": "dss_instances",
    "other_instances": "dss_instances",
    "id_generator": "id_generator",
    "client_identity": "client_identity",
    "utm_client_identity": "client_identity",
    "planning_area": "planning_area",
    "problematically_big_area": "big_area",
    "second_utm_auth": "second_utm_auth",
    "utm_auth": "utm_auth",
    "test_exclusions": "test_exclusions",
}
"""The name of a scenario's argument, and the resource that it gets; a scenario takes those it knows."""


def dss_round(name: str, token_url: str, urls: list[str], primary: int, scenarios: tuple[str, ...]) -> dict[str, Any]:
    """A round about one instance of a pool."""
    instances = [dss_instance(url, f"dss{number}") for number, url in enumerate(urls, 1)]
    resources: dict[str, Declared] = {
        **common(token_url, HOST),
        "dss": declared("astm.f3548.v21.DSSInstanceResource", instances[primary], auth_adapter="utm_auth"),
        "dss_instances": declared(
            "astm.f3548.v21.DSSInstancesResource", {"dss_instances": instances}, auth_adapter="utm_auth"
        ),
        "two_apart": flights.two_apart(),
        "test_exclusions": declared(
            "dev.TestExclusionsResource", {"allow_private_addresses": True, "allow_cleartext_queries": True}
        ),
    }
    links = {**LINKS, "flight_intents": "two_apart"}
    return {
        "name": name,
        "resources": resources,
        "scenarios": [{"scenario_type": one, "resources": links} for one in scenarios],
    }


UTM: Final = "scenarios.astm.utm"
USS: Final = (
    (f"{UTM}.prep_planners.PrepareFlightPlanners", {"flight_intents": "equal_priorities", "flight_intents2": "noticed"}),
    (f"{UTM}.FlightIntentValidation", {"flight_intents": "validated"}),
    (f"{UTM}.ConflictHigherPriority", {"flight_intents": "higher_priority"}),
    (f"{UTM}.ConflictEqualPriorityNotPermitted", {"flight_intents": "equal_priorities"}),
    (f"{UTM}.DownUSS", {"flight_intents": "down"}),
    (f"{UTM}.DownUSSEqualPriorityNotPermitted", {"flight_intents": "down"}),
    (f"{UTM}.uss_authentication.scd_authentication_validation.SCDAuthenticationValidation", {"flight_intents": "two_apart"}),
)
WITH_MOCK: Final = (
    (f"{UTM}.data_exchange_validation.GetOpResponseDataValidationByUSS", {"flight_intents": "nearby"}),
    (f"{UTM}.subscription_notifications.receive_notifications_for_awareness.ReceiveNotificationsForAwareness", {"flight_intents": "noticed"}),
)
AFTERWARDS: Final = (
    (f"{UTM}.make_uss_report.MakeUssReport", {}),
    ("scenarios.versioning.get_system_versions.GetSystemVersions", {}),
    (f"{UTM}.versioning.evaluate_system_versions.EvaluateSystemVersions", {}),
    (f"{UTM}.aggregate_checks.AggregateChecks", {}),
)


def uss_round(name, token_url, dss_url, tested, control, mock=None):
    """A round about a USS: `tested` and `control` are (participant, URL of flight planning); `mock` (name, URL)."""
    planners = [{"participant_id": n, "v1_base_url": u} for n, u in (tested, control)]
    planner = lambda one: declared("flight_planning.FlightPlannerResource", {"flight_planner": one}, auth_adapter="utm_auth")
    versions = declared("versioning.VersionProvidersResource", {"instances": [{"participant_id": tested[0], "interuss": {"base_url": tested[1].replace("/flight_planning/v1","/versioning")}}]}, auth_adapter="utm_auth")
    resources = {
        **common(token_url, HOST),
        "dss": declared("astm.f3548.v21.DSSInstanceResource", dss_instance(dss_url, "dss1"), auth_adapter="utm_auth"),
        "tested_uss": planner(planners[0]),
        "control_uss": planner(planners[1]),
        "flight_planners": declared("flight_planning.FlightPlannersResource", {"flight_planners": planners}, auth_adapter="utm_auth"),
        "versions": versions,
        "system_identity": declared("versioning.SystemIdentityResource", {"system_identity": "astm.f3548.v21"}),
        "two_apart": flights.two_apart(),
        "equal_priorities": flights.equal_priorities(),
        "higher_priority": flights.higher_priority(),
        "validated": flights.validated(),
        "nearby": flights.nearby(),
        "noticed": flights.noticed(),
        "down": flights.down(),
    }
    links = {n: n for n in ("dss", "tested_uss", "control_uss", "flight_planners", "system_identity", "utm_auth")}
    links |= {"version_providers": "versions", "test_env_version_providers": "versions", "prod_env_version_providers": "versions"}
    if mock:
        resources["mock_uss"] = declared("interuss.mock_uss.client.MockUSSResource", {"participant_id": mock[0], "mock_uss_base_url": mock[1], "timeout_seconds": 30}, auth_adapter="utm_auth")
        links["mock_uss"] = "mock_uss"
    scenarios = [*USS, *(WITH_MOCK if mock else ()), *AFTERWARDS]
    return {"name": name, "resources": resources, "scenarios": [{"scenario_type": one, "resources": {**links, **more}} for one, more in scenarios]}
