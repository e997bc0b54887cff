"""Signatures that are made and verified once: in a simulated run one process signs what it then verifies many times.

Ed25519 gives one signature for one key and message, so a signature made here is the one that verifies; whatever else
comes (another key, another byte) is verified in full. A quarter of a seeded run's time went there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from steerclear.dialogue import key_ring
from steerclear.simulation import cast
from steerclear.tlog import ed25519

MOST_REMEMBERED = 20_000
_verified: set[tuple[bytes, bytes, bytes]] = set()


class PublicKey:
    """An `Ed25519PublicKey` that verifies no signature twice."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._key = Ed25519PublicKey.from_public_bytes(data)

    @staticmethod
    @cache
    def from_public_bytes(data: bytes) -> PublicKey:
        return PublicKey(data)

    def public_bytes_raw(self) -> bytes:
        return self._data

    def verify(self, signature: bytes, data: bytes) -> None:
        known = (self._data, signature, data)
        if known not in _verified:
            self._key.verify(signature, data)
            _remember(known)


class PrivateKey:
    """An `Ed25519PrivateKey` whose signatures are known to verify."""

    def __init__(self, data: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(data)
        self._public = PublicKey.from_public_bytes(self._key.public_key().public_bytes_raw())

    @staticmethod
    @cache
    def from_private_bytes(data: bytes) -> PrivateKey:
        return PrivateKey(data)

    def public_key(self) -> PublicKey:
        return self._public

    def sign(self, data: bytes) -> bytes:
        signature = self._key.sign(data)
        _remember((self._public.public_bytes_raw(), signature, data))
        return signature


def _remember(known: tuple[bytes, bytes, bytes]) -> None:
    if len(_verified) >= MOST_REMEMBERED:
        _verified.clear()
    _verified.add(known)


@contextmanager
def remembered_signatures() -> Iterator[None]:
    """Simulated parties whose signatures are verified once."""
    with (
        patch.object(ed25519, "Ed25519PublicKey", PublicKey),
        patch.object(key_ring, "Ed25519PublicKey", PublicKey),
        patch.object(cast, "Ed25519PrivateKey", PrivateKey),
    ):
        _forget_cast()
        try:
            yield
        finally:
            _forget_cast()


def _forget_cast() -> None:
    cast.line_keys.cache_clear()
    cast.versions_for.cache_clear()
    _verified.clear()
