"""Verifier keys, and what every signer and verifier of a C2SP signed note looks like.

A signature type decides which bytes are signed and what its payload looks like; notes and checkpoints only ever
see the two protocols `Signer` and `Verifier`, so a new type is one more class of each.
Source: C2SP signed-note.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from hashlib import sha256
from typing import Protocol

from msgspec import Struct

from steerclear.tlog.errors import MalformedInputError, RequestError, SignatureError
from steerclear.tlog.limits import MAX_KEY_NAME_BYTES, MAX_TIMESTAMP_S, MAX_VERIFIER_KEY_CHARS

ED25519 = 0x01
"""Signature type: Ed25519 over the note text."""
ED25519_COSIGNATURE = 0x04
"""Signature type: Ed25519 over a time and the note text."""
ML_DSA_44_COSIGNATURE = 0x06
"""Signature type: ML-DSA-44 over a time and what the checkpoint says, under the cosigner's name."""

_NOT_IN_NAMES = re.compile(r"[\x00-\x20\s]")

TIMESTAMP_BYTES = 8
"""Width of the big-endian time before the signature in a cosignature's payload."""


class VerifierKey(Struct, frozen=True):
    """A public key under a name: what a party hands out so that others can check its signatures."""

    name: str
    type_byte: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name, newline, type byte, public key)."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type_byte]) + self.public_key).digest()[:4]

    def encode(self) -> str:
        """Text form `name+keyid+base64`, the "vkey"."""
        material = b64encode(bytes([self.type_byte]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"


class Signer(Protocol):
    """Something that can sign a note text under a name; it may sit in a token or in another process."""

    @property
    def key(self) -> VerifierKey:
        """The public half."""
        ...

    def sign(self, text: str, time_s: int) -> bytes:
        """Signature payload (what follows the key id) over a note text at a POSIX time in whole seconds."""
        ...


class Verifier(Protocol):
    """Checks the signatures of one verifier key."""

    @property
    def key(self) -> VerifierKey:
        """The key this verifier trusts."""
        ...

    def verify(self, text: str, payload: bytes) -> int | None:
        """Check a payload over a note text; the time it states in seconds, or None for a type without time.

        Raises SignatureError.
        """
        ...


def parse_verifier_key(text: str) -> VerifierKey:
    """Verifier key from its text form `name+keyid+base64`.

    Raises MalformedInputError, also when the key id does not belong to name and key (a damaged or mixed-up line).
    """
    if len(text) > MAX_VERIFIER_KEY_CHARS:
        msg = f"verifier key refused: {len(text)} characters, the limit is {MAX_VERIFIER_KEY_CHARS}"
        raise MalformedInputError(msg)
    parts = text.split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]):
        msg = "verifier key refused: it must read name+keyid+base64, with a name free of spaces and plus signs"
        raise MalformedInputError(msg)
    name, key_id, material_text = parts
    material = canonical_base64(material_text, "verifier key")
    if len(material) < 2:
        msg = f"verifier key of {name} refused: no key material in it"
        raise MalformedInputError(msg)
    key = VerifierKey(name, material[0], material[1:])
    if key.key_id.hex() != key_id:
        msg = f"verifier key of {name} refused: its id should be {key.key_id.hex()}, the line was damaged or edited"
        raise MalformedInputError(msg)
    return key


def is_key_name(name: str) -> bool:
    """Whether a name may stand in a signature line: 1..255 bytes of UTF-8, no space, plus or control character."""
    if not name or "+" in name or _NOT_IN_NAMES.search(name):
        return False
    try:
        return len(name.encode()) <= MAX_KEY_NAME_BYTES
    except UnicodeEncodeError:
        return False


def checked_key_name(name: str) -> str:
    """The name itself. Raises RequestError when it may not stand in a signature line."""
    if not is_key_name(name):
        msg = f"{name!r} cannot name a key: use 1..{MAX_KEY_NAME_BYTES} bytes without spaces and plus signs"
        raise RequestError(msg)
    return name


def canonical_base64(text: str, what: str) -> bytes:
    """Bytes of a standard base64 text in its one canonical spelling. Raises MalformedInputError."""
    try:
        data = b64decode(text.encode("ascii"), validate=True)
    except (Base64Error, UnicodeEncodeError, ValueError):
        data = b""
    if not data or b64encode(data).decode() != text:
        msg = f"{what} refused: not base64 in its canonical spelling"
        raise MalformedInputError(msg)
    return data


def checked_time(time_s: int, earliest_s: int) -> int:
    """The time of a cosignature to be made. Raises RequestError."""
    if not earliest_s <= time_s <= MAX_TIMESTAMP_S:
        msg = f"cosignature time {time_s} is outside {earliest_s}..{MAX_TIMESTAMP_S} seconds"
        raise RequestError(msg)
    return time_s


def split_timestamp(key: VerifierKey, payload: bytes, signature_bytes: int) -> tuple[int, bytes]:
    """Time in seconds and bare signature of a `timestamped_signature`. Raises SignatureError.

    Source: C2SP tlog-cosignature, "Format".
    """
    if len(payload) != TIMESTAMP_BYTES + signature_bytes:
        raise rejection(key, f"{len(payload)} bytes are not a timestamped signature")
    time_s = int.from_bytes(payload[:TIMESTAMP_BYTES])
    if time_s > MAX_TIMESTAMP_S:
        raise rejection(key, "its time is above 2**63-1 seconds")
    return time_s, payload[TIMESTAMP_BYTES:]


def rejection(key: VerifierKey, reason: str) -> SignatureError:
    """The error that says whose signature was refused and why."""
    return SignatureError(f"signature of {key.name} (key {key.key_id.hex()}) refused: {reason}")
