"""One entry of a log: a message with its place, its time and what its sender had seen of the other log.

Strict in both directions: what we would refuse to read we refuse to write, so that a message that one side could
store and the other could not never stands between them.
"""

from __future__ import annotations

import json
from typing import NoReturn

import msgspec

from steerclear.dialogue.faults import FaultCode, our_fault, peer_fault
from steerclear.dialogue.message_rules import check_message, checked_object
from steerclear.model.messages import Message

HASH_BYTES = 32


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signed content of an entry."""

    origin: str
    """Log it belongs to: says link, direction, sender and audience."""
    sequence: int
    """Place in the log, from 0."""
    previous: bytes
    """Leaf hash of the entry before."""
    issued_s: float
    """The sender's clock when it was written."""
    agreement_version: int
    peer_size: int
    """Size of the other direction's log as its sender held it then."""
    peer_root: bytes
    """Root of that log at that size."""
    message: Message


class DecodedEntry(msgspec.Struct, frozen=True):
    """An entry with the bytes it was read from and their leaf hash."""

    entry: Entry
    data: bytes
    leaf: bytes


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Entry)


def encode_entry(entry: Entry) -> bytes:
    """Payload bytes of an entry. Raises LineFaultError MALFORMED when the other side would refuse it."""
    payload = _ENCODER.encode(entry)
    try:
        # Our own encoder names every field once; what is left to ask is whether the values are within the limits.
        json.loads(payload, object_pairs_hook=checked_object)
        check_message(entry.message)
        _check_frame(entry)
    except ValueError as refused:
        raise our_fault(FaultCode.MALFORMED, f"the peer would refuse this message: {refused}") from None
    return payload


def decode_entry(payload: bytes) -> Entry:
    """Entry from the payload of an envelope whose signature was verified.

    Raises LineFaultError MALFORMED for anything another reader could read differently: a key twice, a field missing
    or unknown, NaN, a number too large, base64 in another spelling, text with control characters.
    """
    try:
        entry = _DECODER.decode(payload)
        # The typed decoder keeps the last of two equal keys and drops unknown fields of nested types; the second,
        # untyped reading must hold exactly the fields of the first.
        plain = json.loads(payload, object_pairs_hook=checked_object, parse_constant=_no_constant)
    except (ValueError, RecursionError, UnicodeError) as error:  # msgspec's errors are ValueErrors
        raise peer_fault(FaultCode.MALFORMED, f"an entry cannot be read: {error}") from None
    if plain != json.loads(_ENCODER.encode(entry)):
        raise peer_fault(FaultCode.MALFORMED, "an entry has a field too many, too few or in another spelling")
    try:
        check_message(entry.message)
        _check_frame(entry)
    except ValueError as error:
        raise peer_fault(FaultCode.MALFORMED, f"an entry breaks a limit: {error}") from None
    return entry


def _check_frame(entry: Entry) -> None:
    if entry.sequence < 0 or entry.peer_size < 0 or entry.issued_s < 0:
        raise ValueError("sequence, peer_size and issued_s must not be negative")
    if len(entry.previous) != HASH_BYTES or len(entry.peer_root) != HASH_BYTES:
        raise ValueError(f"previous and peer_root must have {HASH_BYTES} bytes")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
