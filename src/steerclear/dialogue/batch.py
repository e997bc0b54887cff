"""What travels in one post: entries of one log in order, and the sender's signed checkpoint that ends at the last.

The frame itself is a msgpack array without names, so there is nothing in it to say twice; everything that must be
believed is signed inside.
"""

from __future__ import annotations

import msgspec

from steerclear.dialogue.faults import FaultCode, LineFaultError, our_fault, peer_fault
from steerclear.dialogue.limits import MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, MAX_BODY_BYTES
from steerclear.tlog import Fault


class Batch(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Entries `first`, `first` + 1, ... of the log `origin`; none at all asks only "is the line up?"."""

    origin: str
    first: int
    checkpoint: bytes
    entries: tuple[bytes, ...]
    contents: tuple[bytes, ...]
    """What each entry commits to."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a batch was not taken, and how far the log is held; `note` is the last checkpoint cosigned, if any."""

    code: FaultCode
    whose: Fault
    detail: str
    size: int
    note: bytes = b""


_BATCH_ENCODER = msgspec.msgpack.Encoder()
_BATCH_DECODER = msgspec.msgpack.Decoder(Batch)
_REFUSAL_ENCODER = msgspec.json.Encoder()
_REFUSAL_DECODER = msgspec.json.Decoder(Refusal)


def _content_bytes(batch: Batch) -> int:
    return sum(map(len, batch.entries)) + sum(map(len, batch.contents))


def encode_batch(batch: Batch) -> bytes:
    """Body of a post. Raises LineFaultError MALFORMED above the limits."""
    if len(batch.entries) > MAX_BATCH_ENTRIES or _content_bytes(batch) > MAX_BATCH_BYTES:
        raise our_fault(FaultCode.MALFORMED, f"a batch takes {MAX_BATCH_ENTRIES} entries, {MAX_BATCH_BYTES} bytes")
    return _BATCH_ENCODER.encode(batch)


def decode_batch(body: bytes) -> Batch:
    """Batch from the body of a post; nothing in it is believed yet. Raises LineFaultError MALFORMED."""
    if len(body) > MAX_BODY_BYTES:
        raise peer_fault(FaultCode.MALFORMED, f"a body of {len(body)} bytes; the limit is {MAX_BODY_BYTES}")
    try:
        batch = _BATCH_DECODER.decode(body)
    except (ValueError, RecursionError) as error:
        raise peer_fault(FaultCode.MALFORMED, f"a batch cannot be read: {error}") from None
    if batch.first < 0 or len(batch.entries) > MAX_BATCH_ENTRIES:
        raise peer_fault(FaultCode.MALFORMED, f"a batch takes 0..{MAX_BATCH_ENTRIES} entries from a place >= 0")
    return batch


def encode_refusal(fault: LineFaultError, size: int, note: bytes) -> bytes:
    """Body of a refusal."""
    refusal = Refusal(code=fault.code, whose=fault.whose, detail=fault.detail, size=size, note=note)
    return _REFUSAL_ENCODER.encode(refusal)


def decode_refusal(body: bytes) -> Refusal:
    """Refusal from its body. Raises LineFaultError MALFORMED."""
    try:
        return _REFUSAL_DECODER.decode(body)
    except (ValueError, RecursionError) as error:
        raise peer_fault(FaultCode.MALFORMED, f"the peer's refusal cannot be read: {error}") from None
