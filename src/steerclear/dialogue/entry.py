"""One entry of a log: its place, its time, what its sender had seen of the other log, and a commitment to a message.

The message itself travels and is kept beside the entry as its *content*: 32 random bytes (the salt) and the message.
The entry holds the SHA-256 of the content. So one side can later show that an entry is there, in its place and signed,
without showing what it says; and nobody can guess a short message from its hash.
Strict in both directions: what we would refuse to read we refuse to write, so that a message that one side could
store and the other could not never stands between them.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import NoReturn

import msgspec

from steerclear.dialogue.faults import FaultCode, our_fault, peer_fault
from steerclear.dialogue.limits import MAX_CONTENT_BYTES, MAX_NUMBER, SALT_BYTES
from steerclear.dialogue.message_rules import check_message, check_values, checked_object
from steerclear.model.messages import KeyChange, Message

HASH_BYTES = 32


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signed part of an entry."""

    origin: str
    """Log it belongs to: says link, direction, sender and audience."""
    sequence: int
    """Place in the log, from 0."""
    previous: bytes
    """Leaf hash of the entry before."""
    issued_s: float
    """The sender's clock when it was written."""
    agreement_sha256: bytes
    """SHA-256 of the agreement's file in force at its sender then: the version, and its very bytes."""
    peer_size: int
    """Size of the other direction's log as its sender held it then."""
    peer_root: bytes
    """Root of that log at that size."""
    commitment: bytes
    """SHA-256 of the content."""


class DecodedEntry(msgspec.Struct, frozen=True):
    """An entry with its message, the bytes both were read from, and its leaf hash."""

    entry: Entry
    message: Message
    data: bytes
    content: bytes
    leaf: bytes


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Entry)
_MESSAGE_DECODER = msgspec.json.Decoder(Message)
_KEY_CHANGE = b'"key_change"'
"""How the name of that kind is spelled; a key change that spells it otherwise is refused."""


def encode_content(message: Message, salt: bytes) -> bytes:
    """Salt and message. Raises LineFaultError MALFORMED when the other side would refuse the message."""
    data = _ENCODER.encode(message)
    try:
        # Our own encoder names every field once; what is left to ask is whether the values are within the limits.
        check_values(msgspec.json.decode(data))
        check_message(message)
        _check_content(len(salt), len(data))
    except ValueError as refused:
        raise our_fault(FaultCode.MALFORMED, f"the peer would refuse this message: {refused}") from None
    return salt + data


def decode_content(content: bytes, commitment: bytes) -> Message:
    """The message that an entry commits to.

    Raises LineFaultError: WRONG_CONTENT when it is not what the entry's signature covers; MALFORMED for anything
    another reader could read differently: a key twice, a field missing or unknown, NaN, a number too large, text with
    control characters.
    """
    if sha256(content).digest() != commitment:
        raise peer_fault(FaultCode.WRONG_CONTENT, "an entry came with another content than the one it commits to")
    try:
        _check_content(min(len(content), SALT_BYTES), len(content) - SALT_BYTES)
        data = content[SALT_BYTES:]
        message: Message = _MESSAGE_DECODER.decode(data)
        if _ENCODER.encode(message) == data:  # most messages are spelled as we would spell them
            check_values(msgspec.json.decode(data))
        else:
            _check_plain(data, message)
    except (ValueError, RecursionError, UnicodeError) as error:  # msgspec's errors are ValueErrors
        raise peer_fault(FaultCode.MALFORMED, f"a message cannot be read: {error}") from None
    try:
        check_message(message)
    except ValueError as error:
        raise peer_fault(FaultCode.MALFORMED, f"a message breaks a limit: {error}") from None
    if isinstance(message, KeyChange) and _KEY_CHANGE not in content:
        raise peer_fault(FaultCode.MALFORMED, "a key change is not spelled as one")
    return message


def key_change_in(content: bytes) -> KeyChange | None:
    """The key change that a content holds, before anybody has vouched for it; None when it holds none.

    Raises LineFaultError MALFORMED.
    """
    if _KEY_CHANGE not in content:  # one look settles nearly all of them
        return None
    message = decode_content(content, sha256(content).digest())
    return message if isinstance(message, KeyChange) else None


def encode_entry(entry: Entry) -> bytes:
    """Payload bytes of an entry. Raises LineFaultError MALFORMED when the other side would refuse it."""
    try:
        _check_frame(entry)
    except ValueError as refused:
        raise our_fault(FaultCode.MALFORMED, f"the peer would refuse this entry: {refused}") from None
    return _ENCODER.encode(entry)


def decode_entry(payload: bytes) -> Entry:
    """Entry from the payload of an envelope whose signature was verified. Raises LineFaultError MALFORMED."""
    try:
        entry = _DECODER.decode(payload)
        if _ENCODER.encode(entry) != payload:  # most entries are spelled as we would spell them
            _check_plain(payload, entry)
        _check_frame(entry)
    except (ValueError, RecursionError, UnicodeError) as error:
        raise peer_fault(FaultCode.MALFORMED, f"an entry cannot be read: {error}") from None
    return entry


def _check_plain(data: bytes, decoded: Message | Entry) -> None:
    # The typed decoder keeps the last of two equal keys and drops unknown fields of nested types; the second,
    # untyped reading must hold exactly the fields of the first.
    plain = json.loads(data, object_pairs_hook=checked_object, parse_constant=_no_constant)
    if plain != json.loads(_ENCODER.encode(decoded)):
        raise ValueError("it has a field too many, too few or in another spelling")


def _check_content(salt_bytes: int, message_bytes: int) -> None:
    if salt_bytes != SALT_BYTES or message_bytes < 0 or salt_bytes + message_bytes > MAX_CONTENT_BYTES:
        raise ValueError(f"a content is {SALT_BYTES} bytes of salt and a message, at most {MAX_CONTENT_BYTES} in all")


def _check_frame(entry: Entry) -> None:
    places = 0 <= entry.sequence <= MAX_NUMBER and 0 <= entry.peer_size <= MAX_NUMBER
    if not (places and 0 <= entry.issued_s <= MAX_NUMBER):
        raise ValueError(f"sequence, peer_size and issued_s must be from 0 to {MAX_NUMBER:.0e}")
    if not entry.origin.isprintable():
        raise ValueError("the name of a log holds a character that does not show")
    hashes = (entry.previous, entry.peer_root, entry.agreement_sha256, entry.commitment)
    if any(len(digest) != HASH_BYTES for digest in hashes):
        raise ValueError(f"every hash of an entry must have {HASH_BYTES} bytes")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
