"""The DSS of ASTM F3548-21 as an HTTP application."""

from __future__ import annotations

from steerclear.interfaces.f3548.app import Handlers, f3548_app
from steerclear.interfaces.f3548.asked import Application, Route
from steerclear.interfaces.f3548.dss_routes import dss_routes, refuse_directory
from steerclear.interfaces.f3548.dss_side_routes import dss_side_routes
from steerclear.interfaces.f3548.reception import Reception
from steerclear.interfaces.f3548.tokens import TokenVerifier
from steerclear.services.dss.directory import Directory
from steerclear.services.dss.faults import DirectoryRefusalError

DSS_REFUSALS: Handlers = {DirectoryRefusalError: refuse_directory}
"""Exception handlers that the routes of the DSS need."""


def all_dss_routes(directory: Directory, verifier: TokenVerifier) -> list[Route]:
    """Every route of the DSS, to be mounted alone or beside those of a USS (`f3548_app`)."""
    reception = Reception(verifier)
    return [*dss_routes(directory, reception), *dss_side_routes(directory, reception)]


def dss_app(directory: Directory, verifier: TokenVerifier) -> Application:
    """The application of a DSS alone."""
    return f3548_app(all_dss_routes(directory, verifier), DSS_REFUSALS)
