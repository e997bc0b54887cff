"""Verifier keys, signers and signature types of C2SP signed notes.

A signature type decides which bytes are signed and what its payload looks like; notes and checkpoints only ever
see the two protocols `Signer` and `Verifier`, so a new type (ML-DSA-44 is 0x06) is one more class of each.
Source: C2SP signed-note and tlog-cosignature.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from steerclear.tlog.errors import MalformedInputError, RequestError, SignatureError
from steerclear.tlog.limits import MAX_KEY_NAME_BYTES, MAX_TIMESTAMP_S, MAX_VERIFIER_KEY_CHARS

ED25519 = 0x01
"""Signature type: Ed25519 over the note text."""
ED25519_COSIGNATURE = 0x04
"""Signature type: Ed25519 over a time and the note text."""

_ED25519_KEY_BYTES = 32
_ED25519_SIGNATURE_BYTES = 64
_TIMESTAMP_BYTES = 8


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
        if not 0 <= time_s <= MAX_TIMESTAMP_S:
            msg = f"cosignature time {time_s} is outside 0..{MAX_TIMESTAMP_S} seconds"
            raise RequestError(msg)
        return time_s.to_bytes(_TIMESTAMP_BYTES) + self._private_key.sign(_cosigned_message(text, time_s))


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
        if len(payload) != _TIMESTAMP_BYTES + _ED25519_SIGNATURE_BYTES:
            raise SignatureError(_rejection(self.key, f"{len(payload)} bytes are not a timestamped signature"))
        time_s = int.from_bytes(payload[:_TIMESTAMP_BYTES])
        if time_s > MAX_TIMESTAMP_S:
            raise SignatureError(_rejection(self.key, "its time is above 2**63-1 seconds"))
        _verify_ed25519(self.key, self._public_key, payload[_TIMESTAMP_BYTES:], _cosigned_message(text, time_s))
        return time_s


def verifier_for(key: VerifierKey) -> Verifier:
    """Verifier for a key of a type this release knows (0x01, 0x04). Raises MalformedInputError."""
    match key.type_byte:
        case 0x01:
            return Ed25519Verifier(key)
        case 0x04:
            return Ed25519CosignatureVerifier(key)
        case other:
            msg = f"verifier key of {key.name} has signature type {other:#04x}; this release knows 0x01 and 0x04"
            raise MalformedInputError(msg)


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
    if not name or "+" in name or any(char.isspace() or char < " " for char in name):
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


def _cosigned_message(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def _ed25519_public_key(key: VerifierKey) -> Ed25519PublicKey:
    if len(key.public_key) != _ED25519_KEY_BYTES:
        msg = f"verifier key of {key.name} refused: {len(key.public_key)} bytes are not an Ed25519 key"
        raise MalformedInputError(msg)
    return Ed25519PublicKey.from_public_bytes(key.public_key)


def _verify_ed25519(key: VerifierKey, public_key: Ed25519PublicKey, signature: bytes, message: bytes) -> None:
    try:
        public_key.verify(signature, message)
    except InvalidSignature:
        raise SignatureError(_rejection(key, "it does not verify over these bytes")) from None


def _rejection(key: VerifierKey, reason: str) -> str:
    return f"signature of {key.name} (key {key.key_id.hex()}) refused: {reason}"
