"""The public keys of whoever issues tokens: from PEM files, a JWKS file, or a JWKS URL that is fetched again.

Only RSA keys of MIN_RSA_BITS and more count; a key meant for something else (another `alg`, `use` enc) does not. A URL
that does not answer leaves the keys as they were: a token keeps its force no longer than an hour anyway.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from steerclear.interfaces.f3548.limits import (
    JWKS_REFRESH_S,
    JWKS_RETRY_S,
    JWKS_TIMEOUT_S,
    MAX_ISSUER_KEYS,
    MAX_JWKS_BYTES,
    MIN_RSA_BITS,
)

_logger = logging.getLogger("steerclear.f3548")


class IssuerKeyError(ValueError):
    """A file of issuer keys cannot be used as it stands; the operator must correct it."""


class IssuerKey(msgspec.Struct, frozen=True):
    """A public key of an issuer, with the name that tokens call it by, if it has one."""

    key: Any
    key_id: str | None = None


class IssuerKeys:
    """Keys at hand; those from a URL are fetched again by `keep_fresh`, and when no key fits a token."""

    def __init__(self, fixed: Iterable[IssuerKey], jwks_url: str | None = None) -> None:
        self._fixed = tuple(fixed)
        self._fetched: tuple[IssuerKey, ...] = ()
        self._url = jwks_url
        self._tried_s = float("-inf")
        self._fetching = asyncio.Lock()
        self.generation = 0
        """Counts the changes of the keys; what was believed under an older generation is to be checked again."""

    def candidates(self, key_id: object) -> list[Any]:
        """Keys that may have signed: the one of that name, or every key that has no name or is not known by it."""
        keys = (*self._fixed, *self._fetched)
        named = [one.key for one in keys if one.key_id is not None and one.key_id == key_id]
        return named or [one.key for one in keys if one.key_id is None or key_id is None]

    async def renewed(self) -> bool:
        """Fetch the keys anew unless that was tried a moment ago; whether they have changed since."""
        if self._url is None or time.monotonic() - self._tried_s < JWKS_RETRY_S:
            return False
        before = self.generation
        async with self._fetching:
            if time.monotonic() - self._tried_s >= JWKS_RETRY_S:
                await self._fetch(self._url)
        return self.generation != before

    async def keep_fresh(self) -> None:
        """Fetch the keys now and then again and again; ends when it is cancelled."""
        while self._url is not None:
            async with self._fetching:
                await self._fetch(self._url)
            await asyncio.sleep(JWKS_REFRESH_S)

    async def _fetch(self, url: str) -> None:
        self._tried_s = time.monotonic()
        try:
            async with asyncio.timeout(JWKS_TIMEOUT_S):
                keys = read_jwks(await _bounded_get(url), url)
        except (httpx.HTTPError, TimeoutError, IssuerKeyError) as error:
            _logger.warning(
                "the issuer's keys cannot be fetched", extra={"url": url, "detail": str(error) or "timeout"}
            )
            return
        if [(one.key_id, one.key.public_numbers()) for one in keys] != [
            (one.key_id, one.key.public_numbers()) for one in self._fetched
        ]:
            self._fetched = keys
            self.generation += 1


async def _bounded_get(url: str) -> bytes:
    async with httpx.AsyncClient(timeout=JWKS_TIMEOUT_S) as client, client.stream("GET", url) as answer:
        answer.raise_for_status()
        data = b""
        async for part in answer.aiter_bytes():
            data += part
            if len(data) > MAX_JWKS_BYTES:
                raise IssuerKeyError(f"more than {MAX_JWKS_BYTES:,} bytes")
        return data


def read_key_file(path: Path) -> tuple[IssuerKey, ...]:
    """Keys of a PEM file (a public key or a certificate) or of a JWKS file. Raises IssuerKeyError, OSError."""
    data = path.read_bytes()
    if len(data) > MAX_JWKS_BYTES:
        raise IssuerKeyError(f"{path}: more than {MAX_JWKS_BYTES:,} bytes")
    if data.lstrip()[:1] == b"{":
        return read_jwks(data, str(path))
    try:
        key: object = (
            load_pem_x509_certificate(data).public_key() if b"BEGIN CERTIFICATE" in data else load_pem_public_key(data)
        )
    except (ValueError, UnsupportedAlgorithm) as error:
        raise IssuerKeyError(f"{path}: not the PEM file of a public key, nor a JWKS: {error}") from None
    return (IssuerKey(_checked(key, str(path))),)


def read_jwks(data: bytes, name: str) -> tuple[IssuerKey, ...]:
    """The RS256 keys of a JSON Web Key Set; others in it are passed over. Raises IssuerKeyError."""
    try:
        entries = json.loads(data)["keys"]
        found = [entry for entry in entries if _is_rs256(entry)]
        keys = tuple(IssuerKey(_checked(RSAAlgorithm.from_jwk(entry), name), entry.get("kid")) for entry in found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidKeyError) as error:
        if isinstance(error, IssuerKeyError):
            raise
        raise IssuerKeyError(f"{name}: not a JSON Web Key Set: {error}") from None
    if not 0 < len(keys) <= MAX_ISSUER_KEYS:
        raise IssuerKeyError(f"{name}: {len(keys)} RS256 keys; there must be 1 to {MAX_ISSUER_KEYS}")
    return keys


def _is_rs256(entry: dict[str, Any]) -> bool:
    return entry.get("kty") == "RSA" and entry.get("use", "sig") == "sig" and entry.get("alg", "RS256") == "RS256"


def _checked(key: object, name: str) -> RSAPublicKey:
    if not isinstance(key, RSAPublicKey):
        raise IssuerKeyError(f"{name}: an RSA public key is needed; tokens are signed with RS256")
    if key.key_size < MIN_RSA_BITS:
        raise IssuerKeyError(f"{name}: an RSA key of {key.key_size} bits is too short; it takes {MIN_RSA_BITS}")
    return key
