"""InterUSS's versioning interface: which version of a system runs here. Off unless it is switched on."""

from __future__ import annotations

from typing import Final

from steerclear import __version__
from steerclear.interfaces.f3548.asked import Answered, Asked, Route, answer, get
from steerclear.interfaces.f3548.problems import not_found
from steerclear.interfaces.f3548.reception import Reception
from steerclear.interfaces.f3548.tokens import AnyOf

READ: Final[AnyOf] = (frozenset({"interuss.versioning.read_system_versions"}),)
VERSION_PATHS: Final = ("/versions/{system_identity}", "/versioning/versions/{system_identity}")
KNOWN: Final = frozenset({"astm.f3548.v21"})
"""System boundaries that every installation answers for."""


def versioning_routes(reception: Reception, systems: frozenset[str] = KNOWN) -> list[Route]:
    """The one route, where InterUSS's clients look for it."""

    async def system_version(asked: Asked, system_identity: str) -> Answered:
        await reception.bearer(asked, READ)
        if system_identity not in systems:
            raise not_found(f"{system_identity[:100]!r} is no system that runs here")
        return answer({"system_identity": system_identity, "system_version": f"steerclear/{__version__}"})

    return [get(path)(system_version) for path in VERSION_PATHS]
