"""C2SP checkpoints: what a log says about itself, signed by it and cosigned by the peer who mirrors it.

Exactly three lines: origin, size, root. Extension lines are refused, because no one could audit them.
Source: C2SP tlog-checkpoint and tlog-cosignature.
"""

from base64 import b64encode
from collections.abc import Sequence

from msgspec import Struct

from steerclear.tlog.errors import MalformedInputError, RequestError, SignatureError
from steerclear.tlog.limits import HASH_BYTES, MAX_KEY_NAME_BYTES, MAX_TREE_SIZE
from steerclear.tlog.note import VerifiedSignature, add_signature, encode_note, parse_note, sign_note, verify_note
from steerclear.tlog.tree import EMPTY_ROOT, check_size
from steerclear.tlog.verifier_key import Signer, Verifier, VerifierKey, canonical_base64, checked_key_name


class Checkpoint(Struct, frozen=True):
    """State of one log: `size` entries whose Merkle root is `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes


class OpenedCheckpoint(Struct, frozen=True):
    """A checkpoint whose log signature was verified: the note's bytes, and who cosigned it when."""

    checkpoint: Checkpoint
    note: bytes
    cosignatures: tuple[VerifiedSignature, ...]

    def cosigned_s(self, key: VerifierKey) -> int | None:
        """POSIX time at which a key says it cosigned; None when it has not, or was not among those checked."""
        return next((sig.time_s for sig in self.cosignatures if sig.key == key), None)


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Note text of a checkpoint. Raises RequestError for an origin, size or root that no reader would accept."""
    checked_key_name(checkpoint.origin)
    check_size(checkpoint.size)
    if len(checkpoint.root) != HASH_BYTES:
        msg = f"a root has {HASH_BYTES} bytes, not {len(checkpoint.root)}"
        raise RequestError(msg)
    return f"{checkpoint.origin}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"


def parse_checkpoint_text(text: str) -> Checkpoint:
    """Checkpoint from a note text, not yet verified. Raises MalformedInputError."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        msg = "checkpoint refused: it must be three lines (origin, size, root) and no extension lines"
        raise MalformedInputError(msg)
    origin, size_text, root_text, _ = lines
    if len(origin.encode()) > MAX_KEY_NAME_BYTES:
        msg = f"checkpoint refused: its origin is longer than {MAX_KEY_NAME_BYTES} bytes"
        raise MalformedInputError(msg)
    root = canonical_base64(root_text, "checkpoint root")
    if len(root) != HASH_BYTES:
        msg = f"checkpoint refused: its root has {len(root)} bytes instead of {HASH_BYTES}"
        raise MalformedInputError(msg)
    size = _parse_size(size_text)
    if size == 0 and root != EMPTY_ROOT:
        msg = "checkpoint refused: an empty log has one root only, and this is another"
        raise MalformedInputError(msg)
    return Checkpoint(origin, size, root)


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[Signer], time_s: int) -> bytes:
    """Signed note of a checkpoint, one signature per signer at POSIX time `time_s`. Raises RequestError."""
    return encode_note(sign_note(checkpoint_text(checkpoint), signers, time_s))


def cosign_checkpoint(opened: OpenedCheckpoint, cosigners: Signer | Sequence[Signer], time_s: int) -> bytes:
    """The checkpoint's note with a line of each cosigner (one or several) added, or renewed, at POSIX time `time_s`.

    Whoever calls this has compared the checkpoint with the last one cosigned and stored the result: a cosignature
    says "the largest consistent tree I have seen".
    """
    note = parse_note(opened.note)
    for cosigner in cosigners if isinstance(cosigners, Sequence) else (cosigners,):
        note = add_signature(note, cosigner, time_s)
    return encode_note(note)


def open_checkpoint(
    data: bytes, origin: str, log_verifier: Verifier, cosigners: Sequence[Verifier] = ()
) -> OpenedCheckpoint:
    """Verified checkpoint of the log `origin` from the bytes of a note.

    Raises MalformedInputError; SignatureError when the log did not sign it, when a signature by a known key fails, or
    when it speaks for another log. Missing cosignatures are no error here: look at `.cosignatures`.
    """
    note = parse_note(data)
    verified = verify_note(note, [log_verifier, *cosigners])
    checkpoint = parse_checkpoint_text(note.text)
    if checkpoint.origin != origin:
        msg = f"checkpoint refused: it speaks for log {checkpoint.origin!r}, expected {origin!r}"
        raise SignatureError(msg)
    if all(sig.key != log_verifier.key for sig in verified):
        msg = f"checkpoint refused: log {origin!r} itself has not signed it; a cosignature alone proves nothing"
        raise SignatureError(msg)
    return OpenedCheckpoint(checkpoint, data, tuple(sig for sig in verified if sig.key != log_verifier.key))


def open_cosigned(data: bytes, origin: str, cosigners: Sequence[Verifier]) -> OpenedCheckpoint:
    """What cosigners have signed of the log `origin`, whether its own signature stands beside theirs or not: for
    holding them to their word. Raises MalformedInputError, SignatureError; also when none of them has signed.
    """
    note = parse_note(data)
    verified = verify_note(note, cosigners)
    checkpoint = parse_checkpoint_text(note.text)
    if checkpoint.origin != origin:
        msg = f"checkpoint refused: it speaks for log {checkpoint.origin!r}, expected {origin!r}"
        raise SignatureError(msg)
    return OpenedCheckpoint(checkpoint, data, verified)


def _parse_size(text: str) -> int:
    # isdecimal alone would let other scripts' digits through; int() alone would take signs, spaces and underscores.
    canonical = text.isascii() and text.isdecimal() and (text == "0" or not text.startswith("0"))
    if not canonical or len(text) > len(str(MAX_TREE_SIZE)) or int(text) > MAX_TREE_SIZE:
        msg = "checkpoint refused: the tree size is not a plain decimal number below 2**63"
        raise MalformedInputError(msg)
    return int(text)
