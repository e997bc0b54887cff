"""Routes that need no token: is the node alive, is it ready, is it really the node.

A page in a browser on this machine can be made to send requests to loopback under a name of its own (DNS rebinding).
Such a request carries that name as its Host; these routes answer only to the names that loopback really has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import SecurityRequirement
from litestar.params import QueryParameter

from steerclear.interfaces.local_api.roles import RoleToken
from steerclear.services.node_proof import CHALLENGE_CHARS, NAME_CHARS, PROOF_PATH, node_proof, token_name

_LOOPBACK: Final = re.compile(r"(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]{1,5})?", re.IGNORECASE)
_MISDIRECTED: Final = 421

NO_TOKEN: Final[list[SecurityRequirement]] = [{}]
"""For the API's description: this route asks for no token."""

Challenge = Annotated[str, QueryParameter(pattern=rf"^[0-9a-f]{{{CHALLENGE_CHARS}}}$")]
TokenName = Annotated[str, QueryParameter(pattern=rf"^[0-9a-f]{{{NAME_CHARS}}}$")]


class Proof(msgspec.Struct, frozen=True):
    """Shows that this is the node that knows the token."""

    proof: str


def answer_loopback_only(request: Request[Any, Any, Any]) -> None:
    """Raises HTTPException 421 unless the request was sent to loopback under its own name."""
    if not _LOOPBACK.fullmatch(request.headers.get("host", "")):
        raise HTTPException("ask at 127.0.0.1, [::1] or localhost; no other name is served", status_code=_MISDIRECTED)


def open_routes(is_ready: Callable[[], str | None], tokens: Sequence[RoleToken]) -> list[HTTPRouteHandler]:
    """Health, readiness and the node's proof of itself."""
    by_name = {token_name(token.digest): token.digest for token in tokens}

    @get(
        "/healthz",
        sync_to_thread=False,
        media_type="text/plain",
        before_request=answer_loopback_only,
        security=NO_TOKEN,
    )
    def healthz() -> str:
        """Says "alive" as long as the process answers."""
        return "alive"

    @get(
        "/readyz", sync_to_thread=True, media_type="text/plain", before_request=answer_loopback_only, security=NO_TOKEN
    )
    def readyz() -> Response[str]:
        """200 "ready", or 503 and what is not in order."""
        trouble = is_ready()
        return Response(trouble or "ready", status_code=503 if trouble else 200)

    @get(PROOF_PATH, sync_to_thread=False, before_request=answer_loopback_only, security=NO_TOKEN)
    def prove(request: Request[Any, Any, Any], challenge: Challenge, token: TokenName) -> Proof:
        """Proves to the holder of a token that this is the node, before the token is shown to it."""
        digest = by_name.get(token)
        if digest is None:
            raise NotFoundException("no token of this node has that name")
        return Proof(node_proof(digest, _address(request), challenge))

    return [healthz, readyz, prove]


def _address(request: Request[Any, Any, Any]) -> str:
    """Where the connection really came in, whatever its Host header says."""
    host, port = request.scope["server"] or ("", None)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
