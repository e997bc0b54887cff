"""The receiving end of one log: posts are checked to the last bit before anything of them is kept.

A repeated or late post changes nothing and is answered with the receipt again; that makes every effect happen once,
however often the network delivers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from steerclear.dialogue.batch import Batch
from steerclear.dialogue.entry import DecodedEntry, Entry, decode_content, decode_entry, key_change_in
from steerclear.dialogue.envelope import unseal
from steerclear.dialogue.faults import FaultCode, LineFaultError, peer_fault
from steerclear.dialogue.key_ring import KeyPeriod, KeyRing, ring_with
from steerclear.dialogue.key_statement import KeyStatementError
from steerclear.dialogue.limits import MAX_CLOCK_SKEW_S
from steerclear.dialogue.outgoing import RootAt
from steerclear.dialogue.terms import Direction, LineTerms, first_link
from steerclear.model.messages import KeyChange, Message
from steerclear.tlog import (
    Frontier,
    MalformedInputError,
    OpenedCheckpoint,
    SignatureError,
    Signer,
    cosign_checkpoint,
    extend,
    leaf_hash,
    parse_note,
)


class Incoming(msgspec.Struct, frozen=True):
    """What the mirror of a log must remember to go on."""

    frontier: Frontier
    last_leaf: bytes
    seen_size: int
    """Size of our own log that the last entry had seen; it never falls."""
    note: bytes
    """Last checkpoint cosigned, empty before the first."""
    ring: KeyRing
    """The sender's keys, as far as its log tells."""
    version_place: int = 0
    """Place of the agreement's version that the last entry was written under; it never falls."""


class Accepted(msgspec.Struct, frozen=True):
    """A checked post. Without entries nothing has to be stored: `state` is the old one, its note the answer."""

    state: Incoming
    entries: tuple[DecodedEntry, ...]


def resume_incoming(
    terms: LineTerms,
    frontier: Frontier,
    last_entry: bytes | None,
    note: bytes,
    changes: Iterable[tuple[int, bytes]] = (),
) -> Incoming:
    """State of a mirror from what is stored of it; `changes` are the places and statements of its key changes."""
    log = terms.incoming
    ring = ring_with(log.ring, changes)
    if last_entry is None:
        return Incoming(frontier, first_link(log.origin), 0, note, ring)
    entry = read_entry(log, ring, frontier.size - 1, last_entry)
    place = terms.versions.place(entry.agreement_sha256)
    return Incoming(frontier, leaf_hash(last_entry), entry.peer_size, note, ring, 0 if place is None else place)


def accept(
    terms: LineTerms,
    state: Incoming,
    batch: Batch,
    now_s: float,
    cosigners: Sequence[Signer],
    mirror_root_at: RootAt,
    own_size: int,
    own_root_at: RootAt,
) -> Accepted:
    """Check a post against what is held; the new state carries the cosigned checkpoint that answers it.

    The caller stores entries and checkpoint in one transaction and lets the answer go only after it is durable.
    `own_size` and `own_root_at` tell what our own log, the one the peer claims to have seen, looked like.
    Raises LineFaultError; then nothing of the post may be kept.
    """
    log = terms.incoming
    if batch.origin != log.origin:
        raise peer_fault(FaultCode.WRONG_LINK, f"a post for log {batch.origin[:300]!r} on the line of {log.origin!r}")
    held = state.frontier.size
    if batch.first > held:
        raise peer_fault(FaultCode.GAP, f"entries {held} to {batch.first - 1} are missing; send from {held}")
    if len(batch.contents) != len(batch.entries):
        raise peer_fault(FaultCode.MALFORMED, "a post has as many contents as entries")
    ring, changes = _ring_after(state, batch)
    try:
        return _accept_under(ring, terms, state, batch, now_s, cosigners, mirror_root_at, own_size, own_root_at)
    except LineFaultError as fault:
        fault.key_changes = changes
        raise


def _accept_under(
    ring: KeyRing,
    terms: LineTerms,
    state: Incoming,
    batch: Batch,
    now_s: float,
    cosigners: Sequence[Signer],
    mirror_root_at: RootAt,
    own_size: int,
    own_root_at: RootAt,
) -> Accepted:
    """The rest of `accept`, under the keys that count after the post."""
    held = state.frontier.size
    opened, keys = _open(ring, batch.checkpoint)
    offered = opened.checkpoint
    if batch.first + len(batch.entries) != offered.size:
        raise peer_fault(FaultCode.MALFORMED, "the checkpoint does not end where the entries of the post end")
    if offered.size <= held:
        # A repeated or late post, if its checkpoint was true once; a second history, if not.
        if mirror_root_at(offered.size) != offered.root:
            _check_signed(ring, keys, offered.size, batch.checkpoint)
            raise peer_fault(FaultCode.FORK, f"another root for {offered.size} entries", state.note, batch.checkpoint)
        return Accepted(_cosigned_again(state, cosigners, now_s), ())
    _check_signed(ring, keys, offered.size, batch.checkpoint)
    entries = _read_entries(terms, state, ring, batch, now_s, own_size, own_root_at)
    frontier, _ = extend(state.frontier, [entry.leaf for entry in entries])
    if frontier.root() != offered.root:
        raise peer_fault(
            FaultCode.WRONG_ROOT, "the signed checkpoint covers other entries", state.note, batch.checkpoint
        ).resting_on(*(entry.data for entry in entries))
    note = cosign_checkpoint(opened, cosigners, int(now_s))
    last = entries[-1].entry
    place = terms.versions.place(last.agreement_sha256)
    place = state.version_place if place is None else place
    return Accepted(Incoming(frontier, entries[-1].leaf, last.peer_size, note, ring, place), entries)


def _ring_after(state: Incoming, batch: Batch) -> tuple[KeyRing, tuple[tuple[bytes, bytes], ...]]:
    """The sender's keys after a post, and the entries and contents that changed them. A key change counts by its root
    key's signature alone, so that the new key can sign the very entry and checkpoint that bring it: the old one may be
    lost, or in other hands.
    """
    ring, passed = state.ring, state.frontier.size - batch.first
    changes: list[tuple[bytes, bytes]] = []
    posted = zip(batch.entries[passed:], batch.contents[passed:], strict=True)
    for place, (data, content) in enumerate(posted, state.frontier.size):
        change = key_change_in(content)
        if change is not None:
            try:
                ring = ring_after(ring, place, change)
            except LineFaultError as fault:
                fault.key_changes = tuple(changes)
                raise fault.resting_on(b"", data) from None
            changes.append((data, content))
    return ring, tuple(changes)


def ring_after(ring: KeyRing, place: int, change: KeyChange) -> KeyRing:
    """The sender's keys after a key change at a place of its log. Raises LineFaultError BAD_KEY_CHANGE."""
    try:
        return ring.after(place, change.statement)
    except KeyStatementError as error:
        raise peer_fault(FaultCode.BAD_KEY_CHANGE, f"the key change at entry {place} does not count: {error}") from None


def _open(ring: KeyRing, note: bytes) -> tuple[OpenedCheckpoint, KeyPeriod]:
    try:
        return ring.open_checkpoint(note)
    except MalformedInputError as error:
        raise peer_fault(FaultCode.MALFORMED, str(error)) from None
    except SignatureError as error:
        raise peer_fault(FaultCode.BAD_SIGNATURE, str(error), offered_note=note) from None


def _check_signed(ring: KeyRing, keys: KeyPeriod, size: int, note: bytes) -> None:
    """Raises LineFaultError unless the key under a checkpoint may sign so many entries."""
    why_not = ring.why_not_signed(keys, size)
    if why_not:
        raise peer_fault(FaultCode.BAD_SIGNATURE, f"a checkpoint is refused: {why_not}", offered_note=note)


def _cosigned_again(state: Incoming, cosigners: Sequence[Signer], now_s: float) -> Incoming:
    """The same checkpoint under our witness keys of today, where the one held was cosigned under former ones."""
    signed = {(sig.name, sig.key_id) for sig in parse_note(state.note).signatures} if state.note else set()
    if not state.note or all((cosigner.key.name, cosigner.key.key_id) in signed for cosigner in cosigners):
        return state
    opened, _ = state.ring.open_checkpoint(state.note)
    return msgspec.structs.replace(state, note=cosign_checkpoint(opened, cosigners, int(now_s)))


def _read_entries(
    terms: LineTerms,
    state: Incoming,
    ring: KeyRing,
    batch: Batch,
    now_s: float,
    own_size: int,
    own_root_at: RootAt,
) -> tuple[DecodedEntry, ...]:
    """The new entries of a post, each following the one before. Those we hold already are passed over: the root of
    the whole, which covers them, decides whether they are the same.
    """
    read: list[DecodedEntry] = []
    last_leaf, seen_size, seen_root, place = state.last_leaf, state.seen_size, b"", state.version_place
    passed = state.frontier.size - batch.first
    for data, content in zip(batch.entries[passed:], batch.contents[passed:], strict=True):
        sequence = state.frontier.size + len(read)
        try:
            entry = read_entry(terms.incoming, ring, sequence, data)
            check_place(entry, sequence, last_leaf, (state.note, batch.checkpoint))
            place = _check_version(terms, entry, place)
            if entry.issued_s > now_s + MAX_CLOCK_SKEW_S:
                raise peer_fault(
                    FaultCode.CLOCK_AHEAD,
                    f"entry {sequence} was issued {entry.issued_s - now_s:.1f} s in our future; check both clocks",
                )
            if (entry.peer_size, entry.peer_root) != (seen_size, seen_root):
                _check_view(entry, seen_size, own_size, own_root_at)
                seen_size, seen_root = entry.peer_size, entry.peer_root
            message = decode_content(content, entry.commitment)
            check_message_id(terms.incoming, sequence, message)
            last_leaf = leaf_hash(data)
            read.append(DecodedEntry(entry, message, data, content, last_leaf))
        except LineFaultError as fault:
            raise fault.resting_on(read[-1].data if read else b"", data) from None
    return tuple(read)


def _check_version(terms: LineTerms, entry: Entry, before: int) -> int:
    """Place of the version that an entry was written under. Entries that still waited under an older one when both
    sides went over to the next are good; going back is not.
    """
    place = terms.versions.place(entry.agreement_sha256)
    if place is None:
        raise peer_fault(
            FaultCode.WRONG_AGREEMENT,
            f"entry {entry.sequence} was written under agreement {entry.agreement_sha256.hex()[:16]}…, which this node"
            " has not seen signed by all; add that version to both nodes",
        )
    if place < before:
        raise peer_fault(FaultCode.WRONG_AGREEMENT, f"entry {entry.sequence} goes back to an older agreement")
    return place


def read_entry(log: Direction, ring: KeyRing, sequence: int, data: bytes) -> Entry:
    """The entry at a place of a log from its envelope: signature, format and log are checked. Raises LineFaultError."""
    entry = decode_entry(unseal(data, ring.at(sequence).sender_keys, ring.why_unsigned))
    if entry.origin != log.origin:
        raise peer_fault(FaultCode.WRONG_LINK, f"an entry signed for log {entry.origin!r} in log {log.origin!r}")
    return entry


def check_place(entry: Entry, sequence: int, previous: bytes, notes: Sequence[bytes] = (b"", b"")) -> None:
    """Raises LineFaultError unless the entry says of itself that it stands here: sequence and chain."""
    if entry.sequence != sequence:
        raise peer_fault(FaultCode.WRONG_SEQUENCE, f"entry {entry.sequence} was sent for place {sequence}")
    if entry.previous != previous:
        raise peer_fault(FaultCode.BROKEN_CHAIN, f"entry {sequence} follows another entry than {sequence - 1}", *notes)


def check_message_id(log: Direction, sequence: int, message: Message) -> None:
    """Raises LineFaultError unless a message bears the name of its place."""
    if message.message_id != log.message_id(sequence):
        raise peer_fault(FaultCode.MALFORMED, f"the message at place {sequence} bears another place's name")


def _check_view(entry: Entry, seen_size: int, own_size: int, own_root_at: RootAt) -> None:
    if not seen_size <= entry.peer_size <= own_size:
        raise peer_fault(
            FaultCode.FALSE_VIEW,
            f"entry {entry.sequence} claims to have seen {entry.peer_size} entries of our log of {own_size},"
            f" after it had seen {seen_size}",
        )
    if own_root_at(entry.peer_size) != entry.peer_root:
        raise peer_fault(FaultCode.FALSE_VIEW, f"entry {entry.sequence} has seen a log of ours that never was")
