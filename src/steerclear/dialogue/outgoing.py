"""The sending end of one log: entries are composed, posted until cosigned, and receipts are checked.

States are values: a function gives the next one, and whoever persists the entries takes it over when they are safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

import msgspec

from steerclear.dialogue.batch import Batch
from steerclear.dialogue.entry import DecodedEntry, Entry, encode_content, encode_entry
from steerclear.dialogue.envelope import MessageSigner, seal
from steerclear.dialogue.faults import FaultCode, LineFaultError, our_fault, peer_fault
from steerclear.dialogue.key_ring import KeyRing, ring_with
from steerclear.dialogue.key_statement import KeyStatementError
from steerclear.dialogue.limits import MAX_BATCH_BYTES, MAX_CLOCK_SKEW_S, MAX_ENTRY_BYTES
from steerclear.dialogue.terms import AgreementVersion, Direction, LineTerms, first_link
from steerclear.model.messages import KeyChange, Message
from steerclear.tlog import (
    Checkpoint,
    Frontier,
    MalformedInputError,
    SignatureError,
    Signer,
    extend,
    leaf_hash,
    parse_note,
    sign_checkpoint,
)

RootAt = Callable[[int], bytes]
"""Root of a log as it was at a size that the log has reached."""


class Outgoing(msgspec.Struct, frozen=True):
    """What the sender of a log must remember to go on."""

    frontier: Frontier
    last_leaf: bytes
    ring: KeyRing
    """Our own keys, as far as our log tells."""


class PeerView(msgspec.Struct, frozen=True):
    """The other direction's log as we hold it durably."""

    size: int
    root: bytes


class Composed(msgspec.Struct, frozen=True):
    """A new entry, ready to be stored; `state` is the log's state once it is."""

    decoded: DecodedEntry
    state: Outgoing


class Receipted(msgspec.Struct, frozen=True):
    """A machine receipt: at `time_s` of the peer's clock it held the log's first `size` entries durably."""

    size: int
    root: bytes
    time_s: int
    note: bytes


def resume_outgoing(
    log: Direction, frontier: Frontier, last_entry: bytes | None, changes: Iterable[tuple[int, bytes]] = ()
) -> Outgoing:
    """State of a log from what is stored of it; `changes` are the places and statements of its key changes."""
    leaf = first_link(log.origin) if last_entry is None else leaf_hash(last_entry)
    return Outgoing(frontier, leaf, ring_with(log.ring, changes))


def ring_with_message(state: Outgoing, message: Message) -> KeyRing:
    """Our keys once `message` stands at the end of our log. Raises LineFaultError BAD_KEY_CHANGE, our fault."""
    if not isinstance(message, KeyChange):
        return state.ring
    try:
        return state.ring.after(state.frontier.size, message.statement)
    except KeyStatementError as error:
        raise our_fault(FaultCode.BAD_KEY_CHANGE, f"the peer would refuse this key change: {error}") from None


def compose(
    terms: LineTerms,
    state: Outgoing,
    seen: PeerView,
    message: Message,
    now_s: float,
    version: AgreementVersion,
    salt: bytes,
    signer: MessageSigner,
    keyid: str,
) -> Composed:
    """The entry that carries `message` as the next one of our log; `salt` is 32 random bytes used only here.

    Raises LineFaultError MALFORMED for a message that the peer would refuse, or that is too long for an entry;
    BAD_KEY_CHANGE for a key change that it would refuse; BAD_SIGNATURE unless `keyid` is the key that counts there.
    """
    sequence = state.frontier.size
    if message.message_id != terms.outgoing.message_id(sequence):
        raise our_fault(
            FaultCode.WRONG_SEQUENCE, f"message {message.message_id} cannot stand at place {sequence} of our log"
        )
    ring = ring_with_message(state, message)
    if keyid != ring.at(sequence).signing_id:
        raise our_fault(FaultCode.BAD_SIGNATURE, f"the key {keyid} does not sign entry {sequence} of our log")
    content = encode_content(message, salt)
    entry = Entry(
        origin=terms.outgoing.origin,
        sequence=sequence,
        previous=state.last_leaf,
        issued_s=now_s,
        agreement_sha256=version.sha256,
        peer_size=seen.size,
        peer_root=seen.root,
        commitment=sha256(content).digest(),
    )
    data = seal(encode_entry(entry), signer, keyid)
    if len(data) > MAX_ENTRY_BYTES:
        raise our_fault(
            FaultCode.MALFORMED, f"the message makes an entry of {len(data)} bytes; {MAX_ENTRY_BYTES} is the limit"
        )
    leaf = leaf_hash(data)
    frontier, _ = extend(state.frontier, [leaf])
    return Composed(DecodedEntry(entry, message, data, content, leaf), Outgoing(frontier, leaf, ring))


def batch_of(
    terms: LineTerms,
    first: int,
    entries: Sequence[bytes],
    contents: Sequence[bytes],
    root_at: RootAt,
    signer_at: Callable[[int], Signer],
    now_s: float,
) -> Batch:
    """As many of `entries` (stored from place `first` on) as one post takes, under our signed checkpoint.

    `signer_at` gives the signer of a checkpoint of so many entries.
    """
    taken, size = 0, first
    for entry, content in zip(entries, contents, strict=True):
        taken += len(entry) + len(content)
        if taken > MAX_BATCH_BYTES:
            break
        size += 1
    checkpoint = Checkpoint(terms.outgoing.origin, size, root_at(size))
    note = sign_checkpoint(checkpoint, [signer_at(size)], int(now_s))
    count = size - first
    return Batch(terms.outgoing.origin, first, note, tuple(entries[:count]), tuple(contents[:count]))


def read_receipt(
    ring: KeyRing,
    receiver: KeyRing,
    note: bytes,
    own_size: int,
    root_at: RootAt,
    seen_at: Callable[[int], int],
    now_s: float,
) -> Receipted:
    """The receipt in a checkpoint that came back from the peer.

    `ring` has our own keys over the log, `receiver` the peer's over its own log, as far as we hold that one; `seen_at`
    tells how many entries of it the entry at a place of our log had seen.
    Raises LineFaultError: MALFORMED, BAD_SIGNATURE (not our own checkpoint, or under a witness key that was replaced or
    revoked), UNKNOWN_KEY, NOT_COSIGNED, CLOCK_AHEAD; and, both our fault, ROLLBACK (the peer holds more of our log than
    we do) and FORK (it holds another log, signed by us).
    """
    try:
        opened, _ = ring.open_checkpoint(note, receiver.all_witness_verifiers)
    except MalformedInputError as error:
        raise peer_fault(FaultCode.MALFORMED, str(error)) from None
    except SignatureError as error:
        raise peer_fault(FaultCode.BAD_SIGNATURE, str(error)) from None
    held = opened.checkpoint
    ours = 0 < held.size <= own_size and len(receiver.periods) > 1
    cosigned = receiver.cosigned(opened, seen_at(held.size - 1) if ours else 0)
    if cosigned is None:
        raise _not_cosigned(receiver, note)
    why_not, receipt_s = cosigned.revoked or cosigned.replaced, cosigned.time_s
    if why_not:
        raise peer_fault(FaultCode.BAD_SIGNATURE, f"a receipt is refused: {why_not}", offered_note=note)
    if held.size > own_size:
        raise our_fault(
            FaultCode.ROLLBACK,
            f"the peer has cosigned {held.size} entries of our log and we hold {own_size}: this node was set back;"
            " restore it before it writes anything",
            offered_note=note,
        )
    if root_at(held.size) != held.root:
        raise our_fault(
            FaultCode.FORK, f"the first {held.size} entries we hold are not those we signed before", offered_note=note
        )
    if receipt_s > now_s + MAX_CLOCK_SKEW_S:
        raise peer_fault(FaultCode.CLOCK_AHEAD, f"the receipt is {receipt_s - now_s:.0f} s in our future")
    return Receipted(held.size, held.root, receipt_s, note)


def _not_cosigned(receiver: KeyRing, note: bytes) -> LineFaultError:
    known = {verifier.key.key_id for verifier in receiver.all_witness_verifiers}
    signed = {sig.key_id for sig in parse_note(note).signatures if sig.name == receiver.witness_name}
    if signed - known:
        return peer_fault(
            FaultCode.UNKNOWN_KEY,
            "the peer cosigns with a key that none of its key changes we hold names; it counts once we hold that one",
        )
    return peer_fault(FaultCode.NOT_COSIGNED, "the peer sent our checkpoint back without all its cosignatures")
