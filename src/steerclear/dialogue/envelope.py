"""DSSE envelopes: what is signed is exactly the bytes that are carried, never a re-encoding of them.

Source: DSSE v1 protocol and envelope (secure-systems-lab). PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP
LEN(body) SP body, lengths in decimal. Envelope JSON: payload, payloadType, signatures[keyid, sig], base64 standard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final, Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from steerclear.dialogue.faults import FaultCode, peer_fault
from steerclear.dialogue.limits import MAX_ENTRY_BYTES

PAYLOAD_TYPE: Final = "application/vnd.steerclear.entry.v1+json"
SIGNATURE_BYTES: Final = 64


class MessageSigner(Protocol):
    """Something that signs bytes with a party's online Ed25519 key; an `Ed25519PrivateKey` is one."""

    def sign(self, data: bytes, /) -> bytes:
        """64-byte Ed25519 signature."""
        ...


class EnvelopeSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signature and a hint which key made it."""

    keyid: str
    sig: bytes


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The envelope as it stands in a log."""

    payload: bytes
    payload_type: str
    signatures: tuple[EnvelopeSignature, ...]


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Envelope)


def key_id(public_key: bytes) -> str:
    """Hint by which a reader finds the key: the first 16 hex digits of the SHA-256 of the 32 key bytes."""
    return sha256(public_key).hexdigest()[:16]


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed (DSSE's PAE)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, signer: MessageSigner, keyid: str) -> bytes:
    """Envelope bytes around `payload`, signed."""
    signature = EnvelopeSignature(keyid, signer.sign(pre_authentication(PAYLOAD_TYPE, payload)))
    return _ENCODER.encode(Envelope(payload, PAYLOAD_TYPE, (signature,)))


def _unnamed(_keyid: str) -> str:
    return "an entry is signed by a key that the agreement does not name"


def unseal(data: bytes, keys: Mapping[str, Ed25519PublicKey], why_not: Callable[[str], str] = _unnamed) -> bytes:
    """Payload of an envelope signed by one of `keys` (by key id); `why_not` says of another key id why it is none.

    Raises LineFaultError: MALFORMED, BAD_SIGNATURE. One envelope has one spelling: what our encoder would not have
    written byte for byte (spaces, other base64, a key twice) is refused, so that no two readers see two things.
    """
    if len(data) > MAX_ENTRY_BYTES:
        raise peer_fault(FaultCode.MALFORMED, f"an entry of {len(data)} bytes; the limit is {MAX_ENTRY_BYTES}")
    try:
        envelope = _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise peer_fault(FaultCode.MALFORMED, f"an entry is not a DSSE envelope: {error}") from None
    if envelope.payload_type != PAYLOAD_TYPE:
        raise peer_fault(FaultCode.MALFORMED, f"payload type must be {PAYLOAD_TYPE}")
    if len(envelope.signatures) != 1 or _ENCODER.encode(envelope) != data:
        raise peer_fault(FaultCode.MALFORMED, "an envelope needs one signature and the one canonical spelling")
    signature = envelope.signatures[0]
    key = keys.get(signature.keyid)
    if key is None or len(signature.sig) != SIGNATURE_BYTES:
        raise peer_fault(FaultCode.BAD_SIGNATURE, why_not(signature.keyid))
    try:
        key.verify(signature.sig, pre_authentication(envelope.payload_type, envelope.payload))
    except InvalidSignature:
        raise peer_fault(FaultCode.BAD_SIGNATURE, "an entry's signature does not verify over its bytes") from None
    return envelope.payload
