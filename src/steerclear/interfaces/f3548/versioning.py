"""InterUSS's versioning interface: which version of a system runs here. Off unless it is switched on."""

from __future__ import annotations

from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from steerclear import __version__
from steerclear.interfaces.f3548.problems import not_found
from steerclear.interfaces.f3548.reception import AnyRequest, Reception, answer
from steerclear.interfaces.f3548.tokens import AnyOf

READ: Final[AnyOf] = (frozenset({"interuss.versioning.read_system_versions"}),)
KNOWN: Final = frozenset({"astm.f3548.v21"})
"""System boundaries that every installation answers for."""


def versioning_routes(reception: Reception, systems: frozenset[str] = KNOWN) -> list[HTTPRouteHandler]:
    """The one route, where InterUSS's clients look for it."""

    @get(["/versions/{system_identity:str}", "/versioning/versions/{system_identity:str}"])
    async def system_version(request: AnyRequest, system_identity: FromPath[str]) -> Response[bytes]:
        await reception.bearer(request, READ)
        if system_identity not in systems:
            raise not_found(f"{system_identity[:100]!r} is no system that runs here")
        return answer({"system_identity": system_identity, "system_version": f"steerclear/{__version__}"})

    return [system_version]
