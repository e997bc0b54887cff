"""Sealed declarations: a commitment now, which can be opened later and never changed.

The commitment is SHA-256 over a salt of 32 random bytes and the content, in lower-case hex. It hides the content as
long as the salt is secret, and it binds its party: no other content has the same commitment. What the content means
is the caller's business. The salt comes in as an argument.
"""

from __future__ import annotations

from hashlib import sha256

from steerclear.privacy.limits import MAX_SEALED_BYTES, SEAL_SALT_BYTES


class SealError(ValueError):
    """What is to be sealed cannot be; the text says why."""


def commitment_of(salt: bytes, content: bytes) -> str:
    """The commitment to `content`, 64 lower-case hex digits.

    Raises SealError for a salt of another length than 32 bytes, and for a content that no notice could open.
    """
    if len(salt) != SEAL_SALT_BYTES:
        raise SealError(f"a salt has {SEAL_SALT_BYTES} bytes, not {len(salt)}")
    if not 0 < len(content) <= MAX_SEALED_BYTES:
        raise SealError(
            f"what is sealed has {len(content):,} bytes, an opening takes {MAX_SEALED_BYTES:,}: declare it in parts"
        )
    return sha256(salt + content).hexdigest()


def opens(commitment: str, salt: bytes, content: bytes) -> bool:
    """Whether salt and content are what the commitment was made of."""
    try:
        return commitment_of(salt, content) == commitment
    except SealError:
        return False
