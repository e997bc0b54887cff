"""Access tokens for what this USS asks of a DSS and of other USSs: from a token server, or signed with a key file.

One token per audience (the host name that is asked) and set of scopes, kept until shortly before it ends. Three ways:

- `client_credentials`: OAuth 2 (RFC 6749 §4.4), POST with the client's secret; the audience goes in `audience`;
- `dummy_oauth`: InterUSS's test server, GET with `intended_audience` and `sub`;
- a private key file: this host signs its own tokens, for tests and for installations that are their own authority.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from steerclear.interfaces.f3548.limits import MAX_TOKEN_CHARS, TOKEN_TIMEOUT_S

RENEW_BEFORE_S: Final = 60.0
"""A token that ends sooner is replaced."""
SIGNED_FOR_S: Final = 1_800.0
"""Life of a token that this host signs itself."""


class TokenSourceError(Exception):
    """No token can be had: the token server or its settings must be looked at."""


class TokenSource(Protocol):
    """Where access tokens come from."""

    async def token(self, url: str, scopes: frozenset[str]) -> str:
        """A token for asking a URL with these scopes. Raises TokenSourceError."""
        ...


class TokenServer(msgspec.Struct, frozen=True, kw_only=True):
    """How a token server is asked."""

    url: str
    client_id: str
    secret: str | None = None
    """None: the server is InterUSS's dummy, which believes everyone."""
    audience_parameter: str = "audience"


class _Answer(msgspec.Struct):
    access_token: str


class ServerTokens:
    """Tokens from a token server."""

    def __init__(self, server: TokenServer, client: httpx.AsyncClient, now_s: Callable[[], float] = time.time) -> None:
        self._server = server
        self._client = client
        self._now_s = now_s
        self._held: dict[tuple[str, frozenset[str]], tuple[str, float]] = {}
        self._asking = asyncio.Lock()

    async def token(self, url: str, scopes: frozenset[str]) -> str:
        """A token for asking a URL with these scopes. Raises TokenSourceError."""
        wanted = audience_of(url), scopes
        async with self._asking:
            held = self._held.get(wanted)
            if held is None or held[1] - self._now_s() < RENEW_BEFORE_S:
                token = await self._asked(*wanted)
                held = self._held[wanted] = (token, _end_of(token))
            return held[0]

    async def _asked(self, audience: str, scopes: frozenset[str]) -> str:
        server = self._server
        fields = {"grant_type": "client_credentials", "scope": " ".join(sorted(scopes))}
        try:
            async with asyncio.timeout(TOKEN_TIMEOUT_S):
                if server.secret is None:
                    fields |= {"intended_audience": audience, "issuer": "dummy", "sub": server.client_id}
                    answer = await self._client.get(server.url, params=fields)
                else:
                    fields |= {server.audience_parameter: audience, "client_id": server.client_id}
                    answer = await self._client.post(server.url, data=fields | {"client_secret": server.secret})
        except (httpx.HTTPError, TimeoutError) as error:
            raise TokenSourceError(f"the token server {server.url} does not answer: {error or 'timeout'}") from None
        if answer.status_code != 200 or len(answer.content) > 2 * MAX_TOKEN_CHARS:
            raise TokenSourceError(f"the token server {server.url} answers {answer.status_code} and gives no token")
        try:
            return msgspec.json.decode(answer.content, type=_Answer).access_token
        except msgspec.DecodeError as error:
            raise TokenSourceError(f"the token server {server.url} gives no token: {error}") from None


class SignedTokens:
    """Tokens that this host signs."""

    def __init__(
        self, key: RSAPrivateKey, issuer: str, subject: str, now_s: Callable[[], float] = time.time, key_id: str = ""
    ) -> None:
        self._key = key
        self._issuer = issuer
        self._subject = subject
        self._now_s = now_s
        self._headers = {"kid": key_id} if key_id else None
        self._held: dict[tuple[str, frozenset[str]], tuple[str, float]] = {}

    async def token(self, url: str, scopes: frozenset[str]) -> str:
        """A token for asking a URL with these scopes."""
        wanted = audience_of(url), scopes
        held = self._held.get(wanted)
        now_s = self._now_s()
        if held is None or held[1] - now_s < RENEW_BEFORE_S:
            held = self._held[wanted] = (self._signed(*wanted, now_s), now_s + SIGNED_FOR_S)
        return held[0]

    def _signed(self, audience: str, scopes: frozenset[str], now_s: float) -> str:
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": self._subject,
            "aud": audience,
            "scope": " ".join(sorted(scopes)),
            "iat": int(now_s),
            "exp": int(now_s + SIGNED_FOR_S),
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers=self._headers)


def audience_of(url: str) -> str:
    """The host name that a token for a URL must name."""
    return urlsplit(url).hostname or ""


def _end_of(token: str) -> float:
    try:
        return float(jwt.decode(token, options={"verify_signature": False})["exp"])
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
        return float("-inf")  # it is used once, and the next call asks again
