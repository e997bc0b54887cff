"""C2SP signed notes: a text, a blank line, and one line per signature.

The parser accepts exactly what the format allows and nothing that another reader could read differently.
Source: C2SP signed-note.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence

from msgspec import Struct

from steerclear.tlog.errors import MalformedInputError, RequestError, SignatureError
from steerclear.tlog.limits import MAX_NOTE_BYTES, MAX_SIGNATURE_BYTES, MAX_SIGNATURES
from steerclear.tlog.verifier_key import Signer, Verifier, VerifierKey, canonical_base64, is_key_name

_SIGNATURE_PREFIX = "\u2014 "
_KEY_ID_BYTES = 4
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
"""What no note may hold: every control character of ASCII but the newline (DEL is none to the format)."""


class NoteSignature(Struct, frozen=True):
    """One signature line: a claim until a verifier has checked it."""

    name: str
    key_id: bytes
    payload: bytes


class SignedNote(Struct, frozen=True):
    """A parsed note; nothing in it may be believed before `verify_note`."""

    text: str
    signatures: tuple[NoteSignature, ...]


class VerifiedSignature(Struct, frozen=True):
    """A signature that was checked: whose it is, and the time it states (None for a type without time)."""

    key: VerifierKey
    time_s: int | None


def parse_note(data: bytes) -> SignedNote:
    """Signed note from its bytes. Raises MalformedInputError, naming what is wrong."""
    if len(data) > MAX_NOTE_BYTES:
        raise _malformed(f"{len(data)} bytes, the limit is {MAX_NOTE_BYTES}")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed("not UTF-8") from None
    if _CONTROL.search(whole):
        raise _malformed("it holds a control character")
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise _malformed("no blank line before the signatures, or no newline at the end")
    signatures = tuple(_parse_signature(line) for line in _limited(lines[:-1].split("\n")))
    return SignedNote(text + "\n", signatures)


def encode_note(note: SignedNote) -> bytes:
    """Bytes of a signed note. Raises RequestError for a text or a number of signatures no reader would accept."""
    _check_text(note.text)
    if not 1 <= len(note.signatures) <= MAX_SIGNATURES:
        msg = f"a note carries 1..{MAX_SIGNATURES} signatures, not {len(note.signatures)}"
        raise RequestError(msg)
    lines = [f"{_SIGNATURE_PREFIX}{sig.name} {b64encode(sig.key_id + sig.payload).decode()}" for sig in note.signatures]
    data = (note.text + "\n" + "\n".join(lines) + "\n").encode()
    if len(data) > MAX_NOTE_BYTES:
        msg = f"the note would have {len(data)} bytes, the limit is {MAX_NOTE_BYTES}"
        raise RequestError(msg)
    return data


def sign_note(text: str, signers: Iterable[Signer], time_s: int) -> SignedNote:
    """Note over `text` (ending in a newline) with one signature per signer, in order. Raises RequestError."""
    _check_text(text)
    return SignedNote(text, tuple(_sign(text, signer, time_s) for signer in signers))


def add_signature(note: SignedNote, signer: Signer, time_s: int) -> SignedNote:
    """The note with one more signature; an older one by the same key is replaced. The text is not re-read."""
    added = _sign(note.text, signer, time_s)
    kept = tuple(sig for sig in note.signatures if (sig.name, sig.key_id) != (added.name, added.key_id))
    return SignedNote(note.text, (*kept, added))


def verify_note(note: SignedNote, verifiers: Sequence[Verifier]) -> tuple[VerifiedSignature, ...]:
    """Check every signature made by a key we know, in the note's order; unknown keys are ignored.

    Raises SignatureError when a known key's signature fails (the whole note goes) or no known key signed at all.
    Source: C2SP signed-note, "Signatures".
    """
    known = {(verifier.key.name, verifier.key.key_id): verifier for verifier in verifiers}
    verified = []
    for sig in note.signatures:
        verifier = known.get((sig.name, sig.key_id))
        if verifier is not None:
            verified.append(VerifiedSignature(verifier.key, verifier.verify(note.text, sig.payload)))
    if not verified:
        names = ", ".join(sorted({verifier.key.name for verifier in verifiers})) or "nobody"
        msg = f"note refused: no signature on it is by a key we trust ({names}); check which key the peer signs with"
        raise SignatureError(msg)
    return tuple(verified)


def _sign(text: str, signer: Signer, time_s: int) -> NoteSignature:
    return NoteSignature(signer.key.name, signer.key.key_id, signer.sign(text, time_s))


def _parse_signature(line: str) -> NoteSignature:
    if not line.startswith(_SIGNATURE_PREFIX):
        raise _malformed("a signature line does not start with an em dash and a space")
    name, space, encoded = line[len(_SIGNATURE_PREFIX) :].partition(" ")
    if not space or not is_key_name(name):
        raise _malformed("a signature line has no valid key name")
    if len(encoded) > MAX_SIGNATURE_BYTES * 4 // 3 + 4:
        raise _malformed(f"a signature is longer than {MAX_SIGNATURE_BYTES} bytes")
    data = canonical_base64(encoded, "signed note")
    if len(data) <= _KEY_ID_BYTES:
        raise _malformed("a signature line holds no signature")
    return NoteSignature(name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:])


def _limited(lines: list[str]) -> list[str]:
    if len(lines) > MAX_SIGNATURES:
        raise _malformed(f"{len(lines)} signature lines, the limit is {MAX_SIGNATURES}")
    return lines


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        msg = "a note text must end in a newline and hold no other control character"
        raise RequestError(msg)


def _malformed(reason: str) -> MalformedInputError:
    return MalformedInputError(f"signed note refused: {reason}")
