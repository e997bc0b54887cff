"""The operations of the DSS: their paths, the scopes that each takes, and the statuses that each may answer with.

A table of our own of what the OpenAPI of ASTM F3548-21 says; a test compares both where the official file is at hand.
"""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.interfaces.f3548 import wire
from steerclear.interfaces.f3548.tokens import AnyOf
from steerclear.interfaces.f3548.wire import Scope
from steerclear.interfaces.f3548.wire_records import ErrorReport


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
    asked: type[msgspec.Struct] | None
    """Message in the request's body."""
    answered: type[msgspec.Struct]
    """Message in the body of the answer that is no refusal."""
    also: frozenset[int] = frozenset()
    """Ones that we answer with beside them, because InterUSS's tests ask for them."""


_READ: Final = frozenset({200, 400, 401, 403, 429})
_INTENTS: Final = _any_of(_SC, _SA)
_CONSTRAINTS: Final = _any_of(_CM, _CP)
_SUBSCRIPTIONS: Final = _any_of(_CP, _SC)
_PUT_INTENT: Final = _any_of(_SC, (_SC, _CP), _SA)

OPERATIONS: Final[dict[str, Operation]] = {
    "queryOperationalIntentReferences": Operation(
        "POST",
        "/dss/v1/operational_intent_references/query",
        _INTENTS,
        _READ | {413},
        wire.QueryParameters,
        wire.QueryOperationalIntentReferenceResponse,
    ),
    "getOperationalIntentReference": Operation(
        "GET",
        "/dss/v1/operational_intent_references/{entityid}",
        _INTENTS,
        _READ | {404},
        None,
        wire.GetOperationalIntentReferenceResponse,
    ),
    "createOperationalIntentReference": Operation(
        "PUT",
        "/dss/v1/operational_intent_references/{entityid}",
        _PUT_INTENT,
        _READ - {200} | {201, 409, 412, 413},
        wire.PutOperationalIntentReferenceParameters,
        wire.ChangeOperationalIntentReferenceResponse,
    ),
    "updateOperationalIntentReference": Operation(
        "PUT",
        "/dss/v1/operational_intent_references/{entityid}/{ovn}",
        _PUT_INTENT,
        _READ | {409, 412, 413},
        wire.PutOperationalIntentReferenceParameters,
        wire.ChangeOperationalIntentReferenceResponse,
    ),
    "deleteOperationalIntentReference": Operation(
        "DELETE",
        "/dss/v1/operational_intent_references/{entityid}/{ovn}",
        _INTENTS,
        _READ | {404, 409, 412},
        None,
        wire.ChangeOperationalIntentReferenceResponse,
    ),
    "queryConstraintReferences": Operation(
        "POST",
        "/dss/v1/constraint_references/query",
        _CONSTRAINTS,
        _READ | {413},
        wire.QueryParameters,
        wire.QueryConstraintReferencesResponse,
    ),
    "getConstraintReference": Operation(
        "GET",
        "/dss/v1/constraint_references/{entityid}",
        _CONSTRAINTS,
        _READ | {404},
        None,
        wire.GetConstraintReferenceResponse,
    ),
    "createConstraintReference": Operation(
        "PUT",
        "/dss/v1/constraint_references/{entityid}",
        _any_of(_CM),
        _READ - {200} | {201, 409, 413},
        wire.PutConstraintReferenceParameters,
        wire.ChangeConstraintReferenceResponse,
    ),
    "updateConstraintReference": Operation(
        "PUT",
        "/dss/v1/constraint_references/{entityid}/{ovn}",
        _any_of(_CM),
        _READ | {409, 413},
        wire.PutConstraintReferenceParameters,
        wire.ChangeConstraintReferenceResponse,
    ),
    "deleteConstraintReference": Operation(
        "DELETE",
        "/dss/v1/constraint_references/{entityid}/{ovn}",
        _any_of(_CM),
        _READ | {404, 409},
        None,
        wire.ChangeConstraintReferenceResponse,
    ),
    "querySubscriptions": Operation(
        "POST",
        "/dss/v1/subscriptions/query",
        _SUBSCRIPTIONS,
        _READ | {413},
        wire.QueryParameters,
        wire.QuerySubscriptionsResponse,
    ),
    "getSubscription": Operation(
        "GET",
        "/dss/v1/subscriptions/{subscriptionid}",
        _SUBSCRIPTIONS,
        _READ | {404},
        None,
        wire.GetSubscriptionResponse,
    ),
    "createSubscription": Operation(
        "PUT",
        "/dss/v1/subscriptions/{subscriptionid}",
        _SUBSCRIPTIONS,
        _READ | {409},
        wire.PutSubscriptionParameters,
        wire.PutSubscriptionResponse,
    ),
    "updateSubscription": Operation(
        "PUT",
        "/dss/v1/subscriptions/{subscriptionid}/{version}",
        _SUBSCRIPTIONS,
        _READ | {409},
        wire.PutSubscriptionParameters,
        wire.PutSubscriptionResponse,
    ),
    "deleteSubscription": Operation(
        "DELETE",
        "/dss/v1/subscriptions/{subscriptionid}/{version}",
        _SUBSCRIPTIONS,
        _READ | {404, 409},
        None,
        wire.GetSubscriptionResponse,
    ),
    "makeDssReport": Operation(
        "POST", "/dss/v1/reports", _any_of(_CM, _CP, _SC, _SA, _AA), _READ - {200} | {201}, ErrorReport, ErrorReport
    ),
    "setUssAvailability": Operation(
        "PUT",
        "/dss/v1/uss_availability/{uss_id}",
        _any_of(_AA),
        _READ,
        wire.SetUssAvailabilityStatusParameters,
        wire.UssAvailabilityStatusResponse,
        also=frozenset({409}),
    ),
    "getUssAvailability": Operation(
        "GET",
        "/dss/v1/uss_availability/{uss_id}",
        _any_of(_AA, _SC, _SA),
        _READ,
        None,
        wire.UssAvailabilityStatusResponse,
    ),
}
