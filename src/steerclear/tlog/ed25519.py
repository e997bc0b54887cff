"""Ed25519 under notes: a log signs its own checkpoints (0x01), a mirror cosigns them (0x04).

Source: C2SP signed-note and tlog-cosignature, "Ed25519 signed message".
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from steerclear.tlog.errors import MalformedInputError
from steerclear.tlog.limits import ED25519_PUBLIC_KEY_BYTES, ED25519_SIGNATURE_BYTES
from steerclear.tlog.verifier_key import (
    ED25519,
    ED25519_COSIGNATURE,
    TIMESTAMP_BYTES,
    VerifierKey,
    checked_key_name,
    checked_time,
    rejection,
    split_timestamp,
)


class Ed25519Signer:
    """Signs notes with type 0x01: what a log puts under its own checkpoints."""

    def __init__(self, name: str, private_key: Ed25519PrivateKey) -> None:
        self.key = VerifierKey(checked_key_name(name), ED25519, private_key.public_key().public_bytes_raw())
        self._private_key = private_key

    def sign(self, text: str, time_s: int) -> bytes:  # noqa: ARG002 this type states no time
        """64-byte signature over the text; the time is not part of it."""
        return self._private_key.sign(text.encode())


class Ed25519Cosigner:
    """Signs checkpoints with type 0x04: "at this time, this was the largest consistent tree I had seen"."""

    def __init__(self, name: str, private_key: Ed25519PrivateKey) -> None:
        self.key = VerifierKey(checked_key_name(name), ED25519_COSIGNATURE, private_key.public_key().public_bytes_raw())
        self._private_key = private_key

    def sign(self, text: str, time_s: int) -> bytes:
        """Eight bytes of time and a 64-byte signature. Raises RequestError for a time outside 0..2**63-1."""
        checked_time(time_s, earliest_s=0)
        return time_s.to_bytes(TIMESTAMP_BYTES) + self._private_key.sign(_cosigned_message(text, time_s))


class Ed25519Verifier:
    """Checks type 0x01 signatures."""

    def __init__(self, key: VerifierKey) -> None:
        self.key = key
        self._public_key = _ed25519_public_key(key)

    def verify(self, text: str, payload: bytes) -> None:
        """Raises SignatureError unless the payload is this key's signature over the text."""
        _verify_ed25519(self.key, self._public_key, payload, text.encode())


class Ed25519CosignatureVerifier:
    """Checks type 0x04 cosignatures."""

    def __init__(self, key: VerifierKey) -> None:
        self.key = key
        self._public_key = _ed25519_public_key(key)

    def verify(self, text: str, payload: bytes) -> int:
        """Time stated by the cosignature in seconds. Raises SignatureError."""
        time_s, signature = split_timestamp(self.key, payload, ED25519_SIGNATURE_BYTES)
        _verify_ed25519(self.key, self._public_key, signature, _cosigned_message(text, time_s))
        return time_s


def _cosigned_message(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def _ed25519_public_key(key: VerifierKey) -> Ed25519PublicKey:
    if len(key.public_key) != ED25519_PUBLIC_KEY_BYTES:
        msg = f"verifier key of {key.name} refused: {len(key.public_key)} bytes are not an Ed25519 key"
        raise MalformedInputError(msg)
    return Ed25519PublicKey.from_public_bytes(key.public_key)


def _verify_ed25519(key: VerifierKey, public_key: Ed25519PublicKey, signature: bytes, message: bytes) -> None:
    try:
        public_key.verify(signature, message)
    except InvalidSignature:
        raise rejection(key, "it does not verify over these bytes") from None
