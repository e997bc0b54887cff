"""The USS of ASTM F3548-21 as an HTTP application."""

from __future__ import annotations

import msgspec

from steerclear.interfaces.f3548.app import f3548_app
from steerclear.interfaces.f3548.asked import Application, Route
from steerclear.interfaces.f3548.flight_planning import flight_planning_routes
from steerclear.interfaces.f3548.operator_routes import operator_routes
from steerclear.interfaces.f3548.reception import Reception
from steerclear.interfaces.f3548.tokens import TokenVerifier
from steerclear.interfaces.f3548.uss_desk import UssDesk
from steerclear.interfaces.f3548.uss_routes import uss_routes
from steerclear.interfaces.f3548.versioning import KNOWN, versioning_routes
from steerclear.services.uss.services import UssServices


class UssMounting(msgspec.Struct, frozen=True, kw_only=True):
    """What of a USS is reachable beside /uss/v1."""

    flight_planning: bool = False
    versioning: bool = False
    systems: frozenset[str] = KNOWN
    """System boundaries that the versioning interface answers for."""
    log_readers: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    """Clients (`sub`) that plan flights and declare constraints here, and change their own."""
    on_duty: frozenset[str] = frozenset()
    """Clients (`sub`) that may change and end every flight and constraint of this USS."""


def all_uss_routes(services: UssServices, verifier: TokenVerifier, mounting: UssMounting | None = None) -> list[Route]:
    """Every route of the USS, to be mounted alone or beside those of a DSS (`f3548_app`)."""
    mounting = mounting or UssMounting()
    desk = UssDesk(services, Reception(verifier))
    routes = uss_routes(desk, mounting.log_readers)
    if mounting.flight_planning:
        routes += flight_planning_routes(desk)
    if mounting.operators or mounting.on_duty:
        routes += operator_routes(desk, mounting.operators, mounting.on_duty)
    if mounting.versioning:
        routes += versioning_routes(desk.reception, mounting.systems)
    return routes


def uss_app(services: UssServices, verifier: TokenVerifier, mounting: UssMounting | None = None) -> Application:
    """The application of a USS alone."""
    return f3548_app(all_uss_routes(services, verifier, mounting))
