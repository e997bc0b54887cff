"""The rounds: which scenarios are played against which servers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from qualify import flights
from qualify.resources import Declared, adapted, common, declared, dss_instance
from qualify.servers import HOST

DSS: Final = "scenarios.astm.utm.dss"
UTM: Final = "scenarios.astm.utm"

Names = dict[str, str]
"""An argument of a scenario, and the resource that it is given."""


@dataclass(frozen=True)
class Scenario:
    """One of the framework's scenarios, with what it is given beside what all of its round are given."""

    type: str
    given: Names = field(default_factory=dict)


ONE_DSS: Final = (
    Scenario(f"{DSS}.authentication.authentication_validation.AuthenticationValidation"),
    Scenario(f"{DSS}.op_intent_ref_simple.OIRSimple"),
    Scenario(f"{DSS}.op_intent_ref_key_validation.OIRKeyValidation"),
    Scenario(f"{DSS}.op_intent_ref_access_control.OpIntentReferenceAccessControl"),
    Scenario(f"{DSS}.op_intent_ref_state_transitions.OpIntentReferenceStateTransitions"),
    Scenario(f"{DSS}.oir_explicit_sub_handling.OIRExplicitSubHandling"),
    Scenario(f"{DSS}.oir_implicit_sub_handling.OIRImplicitSubHandling"),
    Scenario(f"{DSS}.constraint_ref_simple.CRSimple"),
    Scenario(f"{DSS}.subscription_simple.SubscriptionSimple"),
    Scenario(f"{DSS}.subscription_validation.SubscriptionValidation"),
    Scenario(f"{DSS}.uss_availability_mutation.UssAvailabilityMutation"),
    Scenario(f"{DSS}.report.Report"),
    Scenario("scenarios.interuss.ovn_request.dss_ovn_request.DSSOVNRequest"),
    Scenario(f"{DSS}.pool_info.PoolInfo"),
)
"""Scenarios that ask one instance."""
POOL: Final = (
    Scenario(f"{DSS}.dss_interoperability.DSSInteroperability"),
    Scenario(f"{DSS}.subscription_interactions.SubscriptionInteractions"),
    Scenario(f"{DSS}.subscription_interactions_deletion.SubscriptionInteractionsDeletion"),
    Scenario(f"{DSS}.synchronization.constraint_ref_synchronization.CRSynchronization"),
    Scenario(f"{DSS}.synchronization.op_intent_ref_synchronization.OIRSynchronization"),
    Scenario(f"{DSS}.synchronization.subscription_synchronization.SubscriptionSynchronization"),
    Scenario(f"{DSS}.synchronization.uss_availability_synchronization.USSAvailabilitySynchronization"),
)
"""Scenarios that ask one instance what another one was told."""

_ALL_FLIGHTS: Final = {
    "flight_intents": "equal_priorities",
    "flight_intents2": "higher_priority",
    "flight_intents3": "nearby",
    "flight_intents4": "noticed",
}
BEFORE: Final = (
    Scenario("scenarios.versioning.get_system_versions.GetSystemVersions"),
    Scenario("scenarios.flight_planning.prep_planners.PrepareFlightPlannersScenario", _ALL_FLIGHTS),
    Scenario(f"{UTM}.prep_planners.PrepareFlightPlanners", _ALL_FLIGHTS),
)
PLANNING: Final = (
    Scenario(
        f"{UTM}.flight_intent_validation.flight_intent_validation.FlightIntentValidation",
        {"flight_intents": "validated"},
    ),
    Scenario(
        f"{UTM}.nominal_planning.conflict_higher_priority.conflict_higher_priority.ConflictHigherPriority",
        {"flight_intents": "higher_priority"},
    ),
    Scenario(
        f"{UTM}.nominal_planning.conflict_equal_priority_not_permitted.conflict_equal_priority_not_permitted"
        ".ConflictEqualPriorityNotPermitted",
        {"flight_intents": "equal_priorities"},
    ),
    Scenario(f"{UTM}.off_nominal_planning.down_uss.DownUSS", {"flight_intents": "down"}),
    Scenario(
        f"{UTM}.off_nominal_planning.down_uss_equal_priority_not_permitted.DownUSSEqualPriorityNotPermitted",
        {"flight_intents": "down"},
    ),
    Scenario(
        f"{UTM}.uss_authentication.scd_authentication_validation.SCDAuthenticationValidation",
        {"flight_intents": "two_apart"},
    ),
)
BESIDE_MOCK: Final = (
    Scenario(
        f"{UTM}.data_exchange_validation.get_op_data_validation.GetOpResponseDataValidationByUSS",
        {"flight_intents": "nearby"},
    ),
    Scenario(
        f"{UTM}.subscription_notifications.receive_notifications_for_awareness.receive_notifications_for_awareness"
        ".ReceiveNotificationsForAwareness",
        {"flight_intents": "noticed"},
    ),
)
"""Scenarios that look into the mock USS to see what ours sent it."""
AFTERWARDS: Final = (
    Scenario(f"{UTM}.make_uss_report.MakeUssReport"),
    Scenario(f"{UTM}.versioning.evaluate_system_versions.EvaluateSystemVersions"),
    Scenario(f"{UTM}.aggregate_checks.AggregateChecks"),
)
"""Scenarios that look back at what the others of their round saw."""

_SAME: Final = ("dss", "dss_instances", "id_generator", "client_identity", "planning_area")
_SAME_CLIENTS: Final = ("utm_auth", "second_utm_auth", "test_exclusions")
LINKS: Final[Names] = {name: name for name in (*_SAME, *_SAME_CLIENTS)} | {
    "primary_dss_instance": "dss",
    "all_dss_instances": "dss_instances",
    "other_instances": "dss_instances",
    "utm_client_identity": "client_identity",
    "problematically_big_area": "big_area",
    "flight_intents": "two_apart",
}
_USS_LINKS: Final[Names] = LINKS | {
    "tested_uss": "tested_uss",
    "control_uss": "control_uss",
    "flight_planners": "flight_planners",
    "system_identity": "system_identity",
    "version_providers": "versions",
    "test_env_version_providers": "versions",
    "prod_env_version_providers": "versions",
}


def dss_round(token_url: str, urls: Sequence[str], primary: int) -> dict[str, Any]:
    """What the framework is told of a round about one instance of a pool."""
    return {
        "resources": _about_dss(token_url, urls, primary),
        "scenarios": _told((*ONE_DSS, *POOL) if len(urls) > 1 else ONE_DSS, LINKS),
    }


def uss_round(
    token_url: str, dss_urls: Sequence[str], tested: tuple[str, str], control: tuple[str, str], *, beside_mock: bool
) -> dict[str, Any]:
    """What the framework is told of a round about a USS; `tested` and `control` are names and URLs.

    `beside_mock` when the control USS is InterUSS's mock.
    """
    planners = [{"participant_id": name, "v1_base_url": f"{url}/flight_planning/v1"} for name, url in (tested, control)]
    versions = {"participant_id": tested[0], "interuss": {"base_url": f"{tested[1]}/versioning"}}
    resources = _about_dss(token_url, dss_urls, 0) | {
        "tested_uss": adapted("flight_planning.FlightPlannerResource", flight_planner=planners[0]),
        "control_uss": adapted("flight_planning.FlightPlannerResource", flight_planner=planners[1]),
        "flight_planners": adapted("flight_planning.FlightPlannersResource", flight_planners=planners),
        "versions": adapted("versioning.VersionProvidersResource", instances=[versions]),
        "system_identity": declared("versioning.SystemIdentityResource", {"system_identity": "astm.f3548.v21"}),
        "equal_priorities": flights.equal_priorities(),
        "higher_priority": flights.higher_priority(),
        "validated": flights.validated(),
        "nearby": flights.nearby(),
        "noticed": flights.noticed(),
        "down": flights.down(),
    }
    links, scenarios = dict(_USS_LINKS), [*BEFORE, *PLANNING, *AFTERWARDS]
    if beside_mock:
        resources["mock_uss"] = adapted(
            "interuss.mock_uss.client.MockUSSResource", participant_id=control[0], mock_uss_base_url=control[1]
        )
        links["mock_uss"] = "mock_uss"
        scenarios[-len(AFTERWARDS) : -len(AFTERWARDS)] = BESIDE_MOCK
    return {"resources": resources, "scenarios": _told(scenarios, links)}


def _about_dss(token_url: str, urls: Sequence[str], primary: int) -> dict[str, Declared]:
    instances = [dss_instance(url, f"dss{number}") for number, url in enumerate(urls, 1)]
    allowed = {"allow_private_addresses": True, "allow_cleartext_queries": True}
    return common(token_url, HOST) | {
        "dss": adapted("astm.f3548.v21.DSSInstanceResource", **instances[primary]),
        "dss_instances": adapted("astm.f3548.v21.DSSInstancesResource", dss_instances=instances),
        "test_exclusions": declared("dev.TestExclusionsResource", allowed),
        "two_apart": flights.two_apart(),
    }


def _told(scenarios: Sequence[Scenario], links: Names) -> list[dict[str, Any]]:
    return [{"scenario_type": one.type, "resources": {**links, **one.given}} for one in scenarios]
