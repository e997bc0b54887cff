"""Bearer tokens: who a client is and what it may do, proven by an issuer's RS256 signature and nothing else.

A token is believed when its header says RS256 and one of the issuer's RSA keys verifies it; when `aud` names one of
this host's names; when it has not ended and does not live longer than an hour from now; when it has a `sub` and some
scope; and when its `iss` is the configured one, where one is configured. Anything else is 401. A token that is
believed but does not hold the scope of an operation is 403. Sources: RFC 6750, RFC 7519, RFC 8725; the OpenAPI of ASTM
F3548-21.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Final

import jwt
import msgspec

from steerclear.interfaces.f3548.issuer_keys import IssuerKeys
from steerclear.interfaces.f3548.limits import (
    MAX_CACHED_TOKENS,
    MAX_SUBJECT_CHARS,
    MAX_TOKEN_CHARS,
    MAX_TOKEN_LIFE_S,
    TOKEN_LEEWAY_S,
)
from steerclear.interfaces.f3548.problems import Refusal, forbidden, unauthorized

ALGORITHM: Final = "RS256"

AnyOf = tuple[frozenset[str], ...]
"""Alternatives of an operation: all scopes of any one of them will do."""


class Bearer(msgspec.Struct, frozen=True):
    """A client whose token was believed."""

    subject: str
    """Its `sub`: the manager of what it creates."""
    scopes: frozenset[str]
    ends_s: float

    def may(self, scope: str) -> bool:
        """Whether its token holds a scope."""
        return scope in self.scopes


class TokenVerifier:
    """Believes tokens or refuses them; what it believed it remembers until the token ends or the keys change."""

    def __init__(
        self, keys: IssuerKeys, audiences: Iterable[str], now_s: Callable[[], float], issuer: str | None = None
    ) -> None:
        self.keys = keys
        self._audiences = frozenset(audiences)
        self._now_s = now_s
        self._issuer = issuer
        self._believed: OrderedDict[str, Bearer] = OrderedDict()
        self._generation = keys.generation

    async def bearer(self, authorization: str | None) -> Bearer:
        """The client behind an Authorization header; may fetch the issuer's keys anew. Raises Refusal (401)."""
        token = _token_of(authorization)
        try:
            return self.verify(token)
        except Refusal:
            if await self.keys.renewed():
                return self.verify(token)
            raise

    def verify(self, token: str) -> Bearer:
        """The client behind a token, with the keys that are at hand. Raises Refusal (401)."""
        if self._generation != self.keys.generation:
            self._believed.clear()
            self._generation = self.keys.generation
        now_s = self._now_s()
        known = self._believed.get(token)
        if known is None:
            known = self._read(token, now_s)
            self._believed[token] = known
            if len(self._believed) > MAX_CACHED_TOKENS:
                self._believed.popitem(last=False)
        if now_s >= known.ends_s + TOKEN_LEEWAY_S:
            raise unauthorized("the token has ended: get a new one")
        return known

    def _read(self, token: str, now_s: float) -> Bearer:
        claims = self._signed_claims(token)
        _check_audience(claims.get("aud"), self._audiences)
        if self._issuer is not None and claims.get("iss") != self._issuer:
            raise unauthorized("the token is not of the issuer that this host trusts (iss)")
        ends_s = _moment(claims, "exp")
        if ends_s is None:
            raise unauthorized("the token has no end (exp)")
        if ends_s > now_s + MAX_TOKEN_LIFE_S + TOKEN_LEEWAY_S:
            raise unauthorized("the token lives longer than an hour (exp)")
        begins_s = _moment(claims, "nbf")
        if begins_s is not None and begins_s > now_s + TOKEN_LEEWAY_S:
            raise unauthorized("the token is not valid yet (nbf)")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_CHARS or not subject.isprintable():
            raise unauthorized("the token does not say who bears it (sub)")
        scopes = _scopes(claims.get("scope"))
        if not scopes:
            # InterUSS's tests ask for 401: without any scope it grants nothing to anyone.
            raise unauthorized("the token grants nothing (scope)")
        return Bearer(subject=subject, scopes=scopes, ends_s=ends_s)

    def _signed_claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            raise unauthorized(f"the token cannot be decoded: {error}") from None
        if header.get("alg") != ALGORITHM:
            raise unauthorized(f"the token must be signed with {ALGORITHM}")
        for key in self.keys.candidates(header.get("kid")):
            try:
                # Times and audience are judged above, by the clock that was given.
                return jwt.decode(token, key, algorithms=[ALGORITHM], options=_SIGNATURE_ONLY)
            except jwt.InvalidSignatureError:
                continue
            except (jwt.InvalidTokenError, ValueError, TypeError) as error:
                raise unauthorized(f"the token cannot be believed: {error}") from None
        raise unauthorized("no key of the issuer verifies the token's signature")


def permit(bearer: Bearer, alternatives: AnyOf) -> None:
    """Raises Refusal (403) unless the token holds all scopes of one of the alternatives."""
    if not any(alternative <= bearer.scopes for alternative in alternatives):
        wanted = " or ".join(" with ".join(sorted(one)) for one in alternatives)
        raise forbidden(f"the token's scopes do not allow this; it takes {wanted}")


_SIGNATURE_ONLY: Final[Any] = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def _token_of(authorization: str | None) -> str:
    if not authorization:
        raise unauthorized("a bearer token is needed in the Authorization header")
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise unauthorized("the Authorization header must be: Bearer TOKEN")
    if len(token) > MAX_TOKEN_CHARS:
        raise unauthorized(f"the token is longer than {MAX_TOKEN_CHARS:,} characters")
    return token


def _check_audience(audience: object, accepted: frozenset[str]) -> None:
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(one, str) and one in accepted for one in named):
        raise unauthorized("the token is meant for another host (aud)")


def _moment(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise unauthorized(f"the token's {name} is not a time")
    return float(value)


def _scopes(value: object) -> frozenset[str]:
    return frozenset(value.split()) if isinstance(value, str) else frozenset()
