"""Refusals of the F3548-21 interface: a status the standard knows, and always a JSON body that says why.

Every refusal is a `Refusal`; the application turns it, and whatever the framework itself refuses (unknown routes,
wrong methods, too large bodies), into an ErrorResponse. Nothing that a client sends may end as a 5xx.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from steerclear.interfaces.f3548.wire import ErrorResponse

JSON = "application/json"


class Refusal(Exception):  # noqa: N818 a refusal is an answer, not a fault of ours
    """A request that is not carried out; whoever sent it can read why."""

    def __init__(
        self, status: int, message: str, body: msgspec.Struct | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self._more = headers or {}
        self.status = status
        self.message = message
        self.body = ErrorResponse(message=message) if body is None else body

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers that go with the status."""
        if self.status == 401:
            return {"WWW-Authenticate": "Bearer"}
        if self.status == 429:
            return {"Retry-After": "1"}
        return self._more

    def encoded(self) -> bytes:
        """The JSON body."""
        return msgspec.json.encode(self.body)


def bad_request(message: str) -> Refusal:
    """400: the client must correct its request."""
    return Refusal(400, message)


def too_large(message: str) -> Refusal:
    """413: the area or the body is too large."""
    return Refusal(413, message)


def not_found(message: str) -> Refusal:
    """404: there is no such thing here."""
    return Refusal(404, message)


def unauthorized(message: str) -> Refusal:
    """401: no token, or one that proves nothing."""
    return Refusal(401, message)


def forbidden(message: str) -> Refusal:
    """403: the token is sound, but does not allow this."""
    return Refusal(403, message)


def try_again(message: str) -> Refusal:
    """429: nothing is wrong with the request; the host is too busy for it now."""
    return Refusal(429, message)
