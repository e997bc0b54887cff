"""The operations of a USS: their paths, the scopes that each takes, and the statuses that each may answer with.

A table of our own of what the OpenAPI of ASTM F3548-21 says; a test compares both where the official file is at hand.
"""

from __future__ import annotations

from typing import Final

from steerclear.interfaces.f3548.contract import Operation
from steerclear.interfaces.f3548.wire import Scope

_SC = (frozenset({Scope.STRATEGIC_COORDINATION.value}),)
_SA = (frozenset({Scope.CONFORMANCE_MONITORING_SA.value}),)
_CP = (frozenset({Scope.CONSTRAINT_PROCESSING.value}),)
_CM = (frozenset({Scope.CONSTRAINT_MANAGEMENT.value}),)
_ANY = tuple(frozenset({scope.value}) for scope in Scope)
_READ: Final = frozenset({200, 400, 401, 403, 404, 429})
_TELL: Final = frozenset({204, 400, 401, 403, 409, 429})

USS_OPERATIONS: Final[dict[str, Operation]] = {
    "getOperationalIntentDetails": Operation("GET", "/uss/v1/operational_intents/{entityid}", _SC, _READ),
    "getOperationalIntentTelemetry": Operation(
        "GET", "/uss/v1/operational_intents/{entityid}/telemetry", _SA, _READ | {409, 412}
    ),
    "notifyOperationalIntentDetailsChanged": Operation("POST", "/uss/v1/operational_intents", _SC, _TELL),
    "getConstraintDetails": Operation("GET", "/uss/v1/constraints/{entityid}", _CP, _READ),
    "notifyConstraintDetailsChanged": Operation("POST", "/uss/v1/constraints", _CM, _TELL),
    "makeUssReport": Operation("POST", "/uss/v1/reports", _ANY, frozenset({201, 400, 401, 403, 429})),
    "getLogSet": Operation("GET", "/uss/v1/log_sets/{log_set_id}", _ANY, frozenset({200})),
}
