"""The keys a party holds, and how a person compares them by voice."""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import Final

_FIELD: Final = 2**255 - 19
_ORDER_EIGHT_Y: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_YS: Final = frozenset({0, 1, _FIELD - 1, _ORDER_EIGHT_Y, _FIELD - _ORDER_EIGHT_Y})
"""The y of the eight points of small order: keys under which anyone can make signatures that verify."""

FINGERPRINT_GROUPS = 8
"""Groups of four hex digits: 128 bits, short enough to be read out over a telephone."""


class KeyRole(StrEnum):
    """What a key is for; one key never serves two roles."""

    ROOT = "root"
    """Signs the agreement; kept offline."""
    SIGNING = "signing"
    """Signs messages and the checkpoints of the party's own logs; on the node."""
    WITNESS = "witness"
    """Cosigns the logs that the party mirrors; on the node, or better beside it."""
    WITNESS_ML_DSA = "witness-ml-dsa"
    """Cosigns the same logs with ML-DSA-44, so that what was received stays proven when Ed25519 can be forged."""
    TLS = "tls"
    """Opens the line's port; carries no promise beyond the connection."""


def fingerprint(public_key: bytes) -> str:
    """Fingerprint of a public key's raw bytes for reading out: 8 groups of 4 hex digits of its SHA-256."""
    digits = sha256(public_key).hexdigest()
    return " ".join(digits[4 * group : 4 * group + 4] for group in range(FINGERPRINT_GROUPS))


def is_sound_ed25519(public_key: bytes) -> bool:
    """Whether 32 bytes can be a party's key: in canonical form, and not one for which others could sign."""
    y = int.from_bytes(public_key, "little") % 2**255  # the highest bit is the sign of x
    return len(public_key) == 32 and y < _FIELD and y not in _SMALL_ORDER_YS
