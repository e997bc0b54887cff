"""The operations of a USS: their paths, the scopes that each takes, and the statuses that each may answer with.

A table of our own of what the OpenAPI of ASTM F3548-21 says; a test compares both where the official file is at hand.
"""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.interfaces.f3548.tokens import AnyOf
from steerclear.interfaces.f3548.wire import Scope


class UssOperation(msgspec.Struct, frozen=True):
    """One operation."""

    method: str
    path: str
    scopes: AnyOf
    statuses: frozenset[int]
    """Documented ones."""


_SC = (frozenset({Scope.STRATEGIC_COORDINATION.value}),)
_SA = (frozenset({Scope.CONFORMANCE_MONITORING_SA.value}),)
_CP = (frozenset({Scope.CONSTRAINT_PROCESSING.value}),)
_CM = (frozenset({Scope.CONSTRAINT_MANAGEMENT.value}),)
_ANY = tuple(frozenset({scope.value}) for scope in Scope)
_READ: Final = frozenset({200, 400, 401, 403, 404, 429})
_TELL: Final = frozenset({204, 400, 401, 403, 409, 429})

USS_OPERATIONS: Final[dict[str, UssOperation]] = {
    "getOperationalIntentDetails": UssOperation("GET", "/uss/v1/operational_intents/{entityid}", _SC, _READ),
    "getOperationalIntentTelemetry": UssOperation(
        "GET", "/uss/v1/operational_intents/{entityid}/telemetry", _SA, _READ | {409, 412}
    ),
    "notifyOperationalIntentDetailsChanged": UssOperation("POST", "/uss/v1/operational_intents", _SC, _TELL),
    "getConstraintDetails": UssOperation("GET", "/uss/v1/constraints/{entityid}", _CP, _READ),
    "notifyConstraintDetailsChanged": UssOperation("POST", "/uss/v1/constraints", _CM, _TELL),
    "makeUssReport": UssOperation("POST", "/uss/v1/reports", _ANY, frozenset({201, 400, 401, 403, 429})),
    "getLogSet": UssOperation("GET", "/uss/v1/log_sets/{log_set_id}", _ANY, frozenset({200})),
}
