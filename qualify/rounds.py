"""The rounds: which scenarios are played against which servers."""

from __future__ import annotations

from typing import Any, Final

from qualify.resources import Declared, common, declared, dss_instance, flight, intents
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
        "flight_intents": intents(flight_1=flight(0), flight_2=flight(1_000)),
    }
    links = {**LINKS, "flight_intents": "flight_intents"}
    return {
        "name": name,
        "resources": resources,
        "scenarios": [{"scenario_type": one, "resources": links} for one in scenarios],
    }
