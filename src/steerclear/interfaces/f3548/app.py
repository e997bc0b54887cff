"""The HTTP application of the F3548-21 interface: routes of the DSS, of a USS or both, behind one way of refusing.

Whatever goes wrong, the answer is JSON: unknown paths, wrong methods, trailing slashes, bodies that are too large.
Litestar answers a path with a trailing slash as if it had none; F3548-21 has no such paths, and an empty version at
the end of one must not become another operation.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from litestar import Litestar, Response
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from steerclear.interfaces.f3548.limits import MAX_BODY_BYTES, MAX_CONNECTIONS
from steerclear.interfaces.f3548.problems import JSON, Refusal
from steerclear.interfaces.f3548.reception import AnyRequest
from steerclear.store.errors import StoreContendedError, StoreError, StoreOverloadedError

Handlers: TypeAlias = Mapping[Any, Any]

_VERSION_MISSING: Final = re.compile(
    r"/dss/v1/(operational_intent_references|constraint_references|subscriptions)/[^/]+/"
)

_logger = logging.getLogger("steerclear.f3548")


def f3548_app(routes: Sequence[HTTPRouteHandler], refusals: Handlers | None = None) -> ASGIApp:
    """The application over some routes; `refusals` are exception handlers of services beside those of the store."""
    app = Litestar(
        list(routes),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=MAX_BODY_BYTES,
        exception_handlers={
            Refusal: refuse,
            StoreError: _trouble,
            HTTPException: _http_problem,
            500: _our_fault,
            **(refusals or {}),
        },
    )
    return _Front(app)


def refuse(_request: AnyRequest, refusal: Refusal) -> Response[bytes]:
    """A refusal as its answer."""
    return Response(refusal.encoded(), status_code=refusal.status, media_type=JSON, headers=refusal.headers)


class _Front:
    """Turns away what no route should see, and more requests at a time than can be served."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:  # there are none here
            await self._app(scope, receive, send)
            return
        refusal = self._turned_away(scope["path"], scope["method"])
        if refusal is not None:
            await _send(refusal, send)
            return
        self._running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running -= 1

    def _turned_away(self, path: str, method: str) -> Refusal | None:
        if self._running >= MAX_CONNECTIONS:
            return Refusal(429, f"{MAX_CONNECTIONS} requests are being served: try again in a moment")
        if path.endswith("/") and path != "/":
            if method in ("PUT", "DELETE") and _VERSION_MISSING.fullmatch(path):
                return Refusal(400, "the path ends with an empty version: name the one that is to be changed")
            return Refusal(404, "there is nothing at a path with a trailing slash: leave the slash out")
        return None


async def _send(refusal: Refusal, send: Send) -> None:
    body = refusal.encoded()
    headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _http_problem(_request: AnyRequest, error: HTTPException) -> Response[bytes]:
    answer = Refusal(error.status_code, error.detail or "the request cannot be carried out")
    return Response(
        answer.encoded(),
        status_code=error.status_code,
        media_type=JSON,
        headers={**answer.headers, **(error.headers or {})},
    )


def _trouble(request: AnyRequest, error: StoreError) -> Response[bytes]:
    if isinstance(error, StoreContendedError):
        return refuse(request, Refusal(409, "other changes came in between again and again: try once more"))
    if isinstance(error, StoreOverloadedError):
        return refuse(request, Refusal(429, "too many changes are waiting: try again in a moment"))
    _logger.error("a request could not be stored", extra={"detail": str(error)})
    return refuse(request, Refusal(503, "this host cannot store anything now; its operator has been told"))


def _our_fault(request: AnyRequest, error: Exception) -> Response[bytes]:
    _logger.error("a request could not be carried out", exc_info=error)
    return refuse(request, Refusal(500, "this host has a fault; its log says more"))
