"""The HTTP application of the F3548-21 interface: routes of the DSS, of a USS or both, behind one way of refusing.

Whatever goes wrong, the answer is JSON: unknown paths, wrong methods, trailing slashes, bodies that are too large.
An empty version at the end of a path must not become another operation.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from steerclear.interfaces.f3548.asked import Answered, Application, Asked, Receive, Route, Scope, Send, refused
from steerclear.interfaces.f3548.limits import MAX_CONNECTIONS
from steerclear.interfaces.f3548.problems import Refusal
from steerclear.store.errors import StoreContendedError, StoreError, StoreOverloadedError

Handlers: TypeAlias = Mapping[type[Exception], Callable[[Asked, Any], Answered]]
"""For each kind of error, what is answered; the nearest kind counts."""

_VERSION_MISSING: Final = re.compile(
    r"/dss/v1/(operational_intent_references|constraint_references|subscriptions)/[^/]+/"
)

_logger = logging.getLogger("steerclear.f3548")


def f3548_app(routes: Sequence[Route], refusals: Handlers | None = None) -> Application:
    """The application over some routes; `refusals` answer for errors of services beside those of the store."""
    return _App(routes, {Refusal: _refuse, StoreError: _trouble, Exception: _our_fault, **(refusals or {})})


class _Branch:
    """Where paths that begin alike part; a segment that some path spells out goes before one that any path names."""

    __slots__ = ("name", "named", "routes", "spelt")

    def __init__(self) -> None:
        self.spelt: dict[str, _Branch] = {}
        self.named: _Branch | None = None
        self.name = ""
        self.routes: dict[str, Route] = {}

    def grow(self, route: Route) -> None:
        """Add a route below this, the root."""
        branch = self
        for segment in route.path.split("/")[1:]:
            if segment.startswith("{"):
                branch.named = branch.named or _Branch()
                branch = branch.named
                branch.name = segment[1:-1]
            else:
                branch = branch.spelt.setdefault(segment, _Branch())
        branch.routes[route.method] = route

    def find(self, path: str) -> tuple[_Branch | None, list[str]]:
        """The branch at the end of a path, and the segments that were named on the way."""
        branch: _Branch | None = self
        found = []
        for segment in path.split("/")[1:]:
            assert branch is not None  # noqa: S101 narrows the type
            below = branch.spelt.get(segment)
            if below is None:
                below = branch.named
                found.append(segment)
            if below is None or not segment:
                return None, []
            branch = below
        return branch, found


class _App:
    """Turns away what no route should see, and more requests at a time than can be served."""

    def __init__(self, routes: Sequence[Route], refusals: Handlers) -> None:
        self._root = _Branch()
        for route in routes:
            self._root.grow(route)
        self._refusals = refusals
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # there is nothing else here
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
            return
        asked = Asked(scope, receive)
        self._running += 1
        try:
            try:
                answered = await self._answered(asked)
            except Exception as error:
                kinds = type(error).__mro__
                answered = next(self._refusals[kind] for kind in kinds if kind in self._refusals)(asked, error)
            await answered.send(send)
        finally:
            self._running -= 1

    async def _answered(self, asked: Asked) -> Answered:
        path, method = asked.path, asked.method
        if self._running > MAX_CONNECTIONS:
            raise Refusal(429, f"{MAX_CONNECTIONS} requests are being served: try again in a moment")
        if path.endswith("/") and path != "/":
            if method in ("PUT", "DELETE") and _VERSION_MISSING.fullmatch(path):
                raise Refusal(400, "the path ends with an empty version: name the one that is to be changed")
            raise Refusal(404, "there is nothing at a path with a trailing slash: leave the slash out")
        branch, segments = self._root.find(path)
        if branch is None or not branch.routes:
            raise Refusal(404, "there is nothing at this path")
        route = branch.routes.get(method)
        if route is None:
            raise Refusal(
                405, f"this path takes {' and '.join(branch.routes)}", headers={"Allow": ", ".join(branch.routes)}
            )
        return await route.handle(asked, *segments)


def _refuse(_asked: Asked, refusal: Refusal) -> Answered:
    return refused(refusal)


def _trouble(_asked: Asked, error: StoreError) -> Answered:
    if isinstance(error, StoreContendedError):
        return refused(Refusal(409, "other changes came in between again and again: try once more"))
    if isinstance(error, StoreOverloadedError):
        return refused(Refusal(429, "too many changes are waiting: try again in a moment"))
    _logger.error("a request could not be stored", extra={"detail": str(error)})
    return refused(Refusal(503, "this host cannot store anything now; its operator has been told"))


def _our_fault(_asked: Asked, error: Exception) -> Answered:
    _logger.error("a request could not be carried out", exc_info=error)
    return refused(Refusal(500, "this host has a fault; its log says more"))
