"""ML-DSA-44 cosignatures (0x06): what a mirror adds so that a quantum computer cannot forge its receipts later.

Signed is not the note's text but, in big-endian bytes, what the checkpoint says:

    label       12  "subtree/v1", a newline, a zero byte
    cosigner  1+n   length and name of the cosigner's key
    time         8  POSIX seconds, the same as before the signature
    origin    1+n   length and name of the log
    start        8  0: a checkpoint begins at the first leaf
    end          8  size of the tree
    hash        32  its root

The payload is the time (8) and the signature (2,420) with an empty context. The format lets a cosigner state time 0
and then promises less: not that the tree was the largest it had seen. A receipt needs that promise, so time 0 is
neither written nor accepted.
Sources: C2SP tlog-cosignature, "ML-DSA-44 signed message"; FIPS 204.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from steerclear.tlog.checkpoint import parse_checkpoint_text
from steerclear.tlog.errors import MalformedInputError, RequestError
from steerclear.tlog.limits import ML_DSA_44_PUBLIC_KEY_BYTES, ML_DSA_44_SIGNATURE_BYTES
from steerclear.tlog.verifier_key import (
    ML_DSA_44_COSIGNATURE,
    TIMESTAMP_BYTES,
    VerifierKey,
    checked_key_name,
    checked_time,
    rejection,
    split_timestamp,
)

_LABEL = b"subtree/v1\n\0"


class MlDsa44Cosigner:
    """Signs checkpoints with type 0x06: "at this time, this was the largest consistent tree I had seen"."""

    def __init__(self, name: str, private_key: MLDSA44PrivateKey) -> None:
        public_key = private_key.public_key().public_bytes_raw()
        self.key = VerifierKey(checked_key_name(name), ML_DSA_44_COSIGNATURE, public_key)
        self._private_key = private_key

    def sign(self, text: str, time_s: int) -> bytes:
        """Eight bytes of time and a 2,420-byte signature, another one at every call (FIPS 204, hedged).

        Raises RequestError for a time outside 1..2**63-1 and for a text that is no checkpoint.
        """
        checked_time(time_s, earliest_s=1)
        try:
            message = _cosigned_message(self.key.name, text, time_s)
        except MalformedInputError as error:
            msg = f"only checkpoints can be cosigned: {error}"
            raise RequestError(msg) from None
        return time_s.to_bytes(TIMESTAMP_BYTES) + self._private_key.sign(message)


class MlDsa44CosignatureVerifier:
    """Checks type 0x06 cosignatures."""

    def __init__(self, key: VerifierKey) -> None:
        if len(key.public_key) != ML_DSA_44_PUBLIC_KEY_BYTES:
            msg = f"verifier key of {key.name} refused: {len(key.public_key)} bytes are not an ML-DSA-44 key"
            raise MalformedInputError(msg)
        checked_key_name(key.name)
        self.key = key
        self._public_key = MLDSA44PublicKey.from_public_bytes(key.public_key)

    def verify(self, text: str, payload: bytes) -> int:
        """Time stated by the cosignature in seconds.

        Raises SignatureError, and MalformedInputError for a text that is no checkpoint.
        """
        time_s, signature = split_timestamp(self.key, payload, ML_DSA_44_SIGNATURE_BYTES)
        if time_s == 0:
            raise rejection(self.key, "it states no time, so it does not say that no larger tree was seen")
        try:
            self._public_key.verify(signature, _cosigned_message(self.key.name, text, time_s))
        except InvalidSignature:
            raise rejection(self.key, "it does not verify over this checkpoint") from None
        return time_s


def _cosigned_message(cosigner: str, text: str, time_s: int) -> bytes:
    checkpoint = parse_checkpoint_text(text)
    name, origin = cosigner.encode(), checkpoint.origin.encode()
    return b"".join(
        (
            _LABEL,
            bytes([len(name)]) + name,
            time_s.to_bytes(TIMESTAMP_BYTES),
            bytes([len(origin)]) + origin,
            bytes(8),
            checkpoint.size.to_bytes(8),
            checkpoint.root,
        )
    )
