"""A request and its answer as the routes of the F3548-21 interface see them: ASGI, with no framework between.

What a framework would do for each request costs more than all checks of a create together, and is little: the headers,
a body within its limit, an answer of bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from steerclear.interfaces.f3548.limits import BODY_TIMEOUT_S, MAX_BODY_BYTES, MAX_QUERY_FIELDS
from steerclear.interfaces.f3548.problems import Refusal, bad_request, too_large

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_encode: Final = msgspec.json.Encoder().encode


class Asked:
    """One request."""

    __slots__ = ("_body", "_receive", "client", "headers", "method", "path", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        # Backwards, so that of a header that comes twice the first one counts.
        self.headers: dict[str, str] = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])
        }
        self.client: str | None = None
        """Who asks, once that is known: some refusals depend on it."""
        self._receive = receive
        self._body: bytes | None = None

    @property
    def url(self) -> str:
        """The address that was asked for, as its sender wrote it."""
        path = self.scope.get("raw_path") or self.path.encode()
        query: bytes = self.scope.get("query_string", b"")
        host = self.headers.get("host", "")
        return (
            f"{self.scope.get('scheme', 'http')}://{host}{(path + (b'?' + query if query else b'')).decode('latin-1')}"
        )

    def query(self, name: str) -> str | None:
        """A field of the query; None where it is not there. Raises Refusal."""
        text: str = self.scope.get("query_string", b"").decode("latin-1")
        try:
            fields = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS, errors="strict")
        except ValueError as error:
            raise bad_request(f"the query cannot be read: {error}") from None
        return next((value for field, value in fields if field == name), None)

    async def body(self) -> bytes:
        """The whole body. Raises Refusal (400, 413)."""
        if self._body is None:
            length = self.headers.get("content-length", "")
            if length.isdecimal() and int(length) > MAX_BODY_BYTES:
                raise too_large(f"a body has at most {MAX_BODY_BYTES:,} bytes")
            try:
                async with asyncio.timeout(BODY_TIMEOUT_S):
                    self._body = await self._received()
            except TimeoutError:
                raise bad_request(f"the body did not arrive within {BODY_TIMEOUT_S:g} s") from None
        return self._body

    async def _received(self) -> bytes:
        parts, size, more = [], 0, True
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                raise bad_request("the connection was closed before the whole body was here")
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > MAX_BODY_BYTES:
                raise too_large(f"a body has at most {MAX_BODY_BYTES:,} bytes")
            parts.append(part)
            more = message.get("more_body", False)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class Answered(msgspec.Struct, frozen=True):
    """What a request is answered with."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}

    async def send(self, send: Send) -> None:
        """Give it to the server."""
        length = str(len(self.body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)] if self.body else []
        headers += [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def answer(message: Any, status: int = 200) -> Answered:
    """A JSON answer."""
    return Answered(status, _encode(message))


def refused(refusal: Refusal) -> Answered:
    """A refusal as its answer."""
    return Answered(refusal.status, refusal.encoded(), refusal.headers)


class Route(msgspec.Struct, frozen=True):
    """An operation: a method, a path whose names in braces stand for one segment each, and who answers."""

    method: str
    path: str
    handle: Callable[..., Awaitable[Answered]]
    """Takes what was asked, and each segment that the path names."""


Maker: TypeAlias = Callable[[Callable[..., Awaitable[Answered]]], Route]


def get(path: str) -> Maker:
    """Make a route of a function that answers GET."""
    return lambda handle: Route("GET", path, handle)


def put(path: str) -> Maker:
    """Make a route of a function that answers PUT."""
    return lambda handle: Route("PUT", path, handle)


def post(path: str) -> Maker:
    """Make a route of a function that answers POST."""
    return lambda handle: Route("POST", path, handle)


def delete(path: str) -> Maker:
    """Make a route of a function that answers DELETE."""
    return lambda handle: Route("DELETE", path, handle)


__all__ = [
    "Answered",
    "Application",
    "Asked",
    "Receive",
    "Route",
    "Scope",
    "Send",
    "answer",
    "delete",
    "get",
    "post",
    "put",
    "refused",
]
