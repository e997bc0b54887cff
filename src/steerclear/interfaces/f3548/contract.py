"""The operations of the DSS: their paths, the scopes that each takes, and the statuses that each may answer with.

A table of our own of what the OpenAPI of ASTM F3548-21 says; a test compares both where the official file is at hand.
"""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.interfaces.f3548.tokens import AnyOf
from steerclear.interfaces.f3548.wire import Scope


def _any_of(*alternatives: Scope | tuple[Scope, ...]) -> AnyOf:
    return tuple(
        frozenset({one.value}) if isinstance(one, Scope) else frozenset(scope.value for scope in one)
        for one in alternatives
    )


_SC, _CM, _CP = Scope.STRATEGIC_COORDINATION, Scope.CONSTRAINT_MANAGEMENT, Scope.CONSTRAINT_PROCESSING
_SA, _AA = Scope.CONFORMANCE_MONITORING_SA, Scope.AVAILABILITY_ARBITRATION


class Operation(msgspec.Struct, frozen=True):
    """One operation."""

    method: str
    path: str
    scopes: AnyOf
    statuses: frozenset[int]
    """Documented ones."""
    also: frozenset[int] = frozenset()
    """Ones that we answer with beside them, because InterUSS's tests ask for them."""


_READ: Final = frozenset({200, 400, 401, 403, 429})
_INTENTS: Final = _any_of(_SC, _SA)
_CONSTRAINTS: Final = _any_of(_CM, _CP)
_SUBSCRIPTIONS: Final = _any_of(_CP, _SC)
_PUT_INTENT: Final = _any_of(_SC, (_SC, _CP), _SA)

OPERATIONS: Final[dict[str, Operation]] = {
    "queryOperationalIntentReferences": Operation(
        "POST", "/dss/v1/operational_intent_references/query", _INTENTS, _READ | {413}
    ),
    "getOperationalIntentReference": Operation(
        "GET", "/dss/v1/operational_intent_references/{entityid}", _INTENTS, _READ | {404}
    ),
    "createOperationalIntentReference": Operation(
        "PUT",
        "/dss/v1/operational_intent_references/{entityid}",
        _PUT_INTENT,
        _READ - {200} | {201, 409, 412, 413},
    ),
    "updateOperationalIntentReference": Operation(
        "PUT",
        "/dss/v1/operational_intent_references/{entityid}/{ovn}",
        _PUT_INTENT,
        _READ | {409, 412, 413},
    ),
    "deleteOperationalIntentReference": Operation(
        "DELETE", "/dss/v1/operational_intent_references/{entityid}/{ovn}", _INTENTS, _READ | {404, 409, 412}
    ),
    "queryConstraintReferences": Operation("POST", "/dss/v1/constraint_references/query", _CONSTRAINTS, _READ | {413}),
    "getConstraintReference": Operation("GET", "/dss/v1/constraint_references/{entityid}", _CONSTRAINTS, _READ | {404}),
    "createConstraintReference": Operation(
        "PUT", "/dss/v1/constraint_references/{entityid}", _any_of(_CM), _READ - {200} | {201, 409, 413}
    ),
    "updateConstraintReference": Operation(
        "PUT", "/dss/v1/constraint_references/{entityid}/{ovn}", _any_of(_CM), _READ | {409, 413}
    ),
    "deleteConstraintReference": Operation(
        "DELETE", "/dss/v1/constraint_references/{entityid}/{ovn}", _any_of(_CM), _READ | {404, 409}
    ),
    "querySubscriptions": Operation("POST", "/dss/v1/subscriptions/query", _SUBSCRIPTIONS, _READ | {413}),
    "getSubscription": Operation("GET", "/dss/v1/subscriptions/{subscriptionid}", _SUBSCRIPTIONS, _READ | {404}),
    "createSubscription": Operation("PUT", "/dss/v1/subscriptions/{subscriptionid}", _SUBSCRIPTIONS, _READ | {409}),
    "updateSubscription": Operation(
        "PUT", "/dss/v1/subscriptions/{subscriptionid}/{version}", _SUBSCRIPTIONS, _READ | {409}
    ),
    "deleteSubscription": Operation(
        "DELETE", "/dss/v1/subscriptions/{subscriptionid}/{version}", _SUBSCRIPTIONS, _READ | {404, 409}
    ),
    "makeDssReport": Operation("POST", "/dss/v1/reports", _any_of(_CM, _CP, _SC, _SA, _AA), _READ - {200} | {201}),
    "setUssAvailability": Operation(
        "PUT", "/dss/v1/uss_availability/{uss_id}", _any_of(_AA), _READ, also=frozenset({409})
    ),
    "getUssAvailability": Operation("GET", "/dss/v1/uss_availability/{uss_id}", _any_of(_AA, _SC, _SA), _READ),
}
