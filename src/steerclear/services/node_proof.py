"""How a node proves to a caller on its own machine that it is the node, before the caller shows its token.

A node that was killed leaves its address behind, and another program may have taken the port. The caller sends a
random challenge and the name of its token; only who holds the SHA-256 of that token can answer. The answer covers the
address it was given at, so that a program on the old port cannot fetch it from the node on its new one.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

PROOF_PATH: Final = "/prove"
CHALLENGE_CHARS: Final = 64
"""32 random bytes in hex."""
NAME_CHARS: Final = 16

_PURPOSE: Final = b"steerclear local node proof v1"


def token_digest(token: str) -> bytes:
    """What a node keeps of a token."""
    return sha256(token.encode()).digest()


def token_name(digest: bytes) -> str:
    """Public name of a token: tells which one is meant, and nothing of it."""
    return sha256(_PURPOSE + b" name" + digest).hexdigest()[:NAME_CHARS]


def node_proof(digest: bytes, address: str, challenge: str) -> str:
    """Answer to a challenge at an address ("host:port" as the caller dialled it), in hex."""
    return hmac.new(digest, b"\n".join((_PURPOSE, address.encode(), challenge.encode())), sha256).hexdigest()
