"""Both logs with one peer, and the journal events they cause, out of a bundle of the joint record.

The bundle was checked whole before. What the store holds already must be a beginning of what the bundle has, or the
other way round; the rest is appended in the one order that the entries themselves prove: an entry comes after every
entry of the other log that it has seen. Where that leaves a choice, the times decide: of issue for what we said, of
our own receipts for what the peer said.
"""

from __future__ import annotations

import heapq
import json
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from steerclear.dialogue.entry import DecodedEntry, decode_content
from steerclear.dialogue.incoming import read_entry, ring_after
from steerclear.dialogue.key_ring import KeyRing
from steerclear.dialogue.lifecycle import after_deadline
from steerclear.dialogue.limits import MAX_CLOCK_SKEW_S
from steerclear.dialogue.terms import LineTerms
from steerclear.model.messages import Escalation, KeyChange, Message
from steerclear.services.ahead_views import AheadStandings
from steerclear.services.entry_events import sent_event, stored_event
from steerclear.services.key_changes import keys_changed
from steerclear.services.line_end import COSIGNED, LineEnd
from steerclear.services.line_events import (
    AnswerMissed,
    MessageSent,
    MessageStored,
    ReceiptTaken,
    RungRaised,
    due_of,
    journal_event,
    open_deadlines,
    split_step_key,
    standing_key,
    step_key,
)
from steerclear.services.record_bundle import CHECKPOINTS, CONTENTS, ENTRIES, HEAD, Bundle
from steerclear.services.record_log import RecordLog, content_of
from steerclear.services.restored import EntriesRestored, restored_event
from steerclear.services.verify_record import CheckedRecord
from steerclear.store.entries import Append, CheckpointEntry, Delivery, Event, LeafEntry
from steerclear.store.limits import MAX_LEAF_BATCH_BYTES, MAX_LEAF_BATCH_ENTRIES, MAX_PAGE_ROWS
from steerclear.store.protocol import Journal
from steerclear.tlog import Frontier, OpenedCheckpoint, cosign_checkpoint, extend, leaf_hash, open_checkpoint

_ENCODER = msgspec.json.Encoder()
_AHEAD: Final = 1e300
"""Of what waits for the other log: later than anything that does not."""


class RestoreError(ValueError):
    """A backup or a bundle cannot be restored from: it is damaged, of another line, or contradicts the others."""


class _Note(msgspec.Struct, frozen=True):
    """A cosigned checkpoint of a log."""

    size: int
    root: bytes
    time_s: float
    note: bytes


class BundleLine(msgspec.Struct, frozen=True):
    """A checked bundle as one of its two parties sees it."""

    bundle: Bundle
    checked: CheckedRecord
    own: RecordLog
    mirror: RecordLog


def bundle_line(bundle: Bundle, checked: CheckedRecord, terms: LineTerms) -> BundleLine:
    """The bundle from our side of the line. Raises RestoreError unless it is of this line and of our agreement."""
    exporter, other = checked.terms.us, checked.terms.peer
    ours = [version.sha256 for version in terms.versions.known]
    theirs = [version.sha256 for version in checked.versions.known]
    if theirs != ours[: len(theirs)]:
        agreement_id = checked.versions.newest.agreement.agreement_id
        raise RestoreError(
            f"the bundle is under other versions of an agreement ({agreement_id!r}) than the node's file names: give"
            " the node every version that the parties have signed, in order"
        )
    if {exporter, other} != {terms.us, terms.peer}:
        raise RestoreError(f"the bundle is of the line of {exporter} and {other}, not of {terms.us} and {terms.peer}")
    own, mirror = (checked.ours, checked.theirs) if exporter == terms.us else (checked.theirs, checked.ours)
    return BundleLine(bundle, checked, own, mirror)


class LineRestorer:
    """Appends to a store what a bundle has and the store lacks."""

    def __init__(self, journal: Journal, line: LineEnd, source: BundleLine, now_s: float) -> None:
        """Raises RestoreError where the store and the bundle contradict each other, or the bundle withholds."""
        self._journal, self._line, self._source, self._now_s = journal, line, source, now_s
        self._terms = line.terms
        self._ahead = AheadStandings(journal)
        self._own_ring, self._mirror_ring = line.outgoing.ring, line.incoming.ring
        self._own_size, self._mirror_size = line.outgoing.frontier.size, line.incoming.frontier.size
        for log, held in ((source.own, self._own_size), (source.mirror, self._mirror_size)):
            _check_same_history(journal, log, held)
            _check_shown(log, held)
        self._due: list[tuple[float, str]] = [
            (limit_s, key) for limit_s, key in open_deadlines(journal) if key.startswith(f"{line.peer}/")
        ]
        heapq.heapify(self._due)
        self._left, self._waiting = line.waiting, dict[bytes, list[str]]()
        self._received = self._receipted(line.terms.outgoing.origin)
        self._given_until = self._receipted(line.terms.incoming.origin)
        self._empty()

    def restore(self) -> None:
        """Append everything. Raises RestoreError, StoreError; what was appended by then is only good to be deleted."""
        own, mirror = self._entries(self._source.own), self._entries(self._source.mirror)
        receipts = _notes(self._source, self._source.own, self._received)
        given = deque(_notes(self._source, self._source.mirror, self._given_until))
        next_own, next_mirror, next_receipt = next(own, None), next(mirror, None), next(receipts, None)
        while next_own or next_mirror or next_receipt:
            at_s = (
                next_own.entry.issued_s if next_own and next_own.entry.peer_size <= self._mirror_size else _AHEAD,
                self._stored_at(next_mirror, given) if next_mirror else _AHEAD,
                next_receipt.time_s if next_receipt and next_receipt.size <= self._own_size else _AHEAD,
            )
            first_s = min(at_s)
            if first_s >= _AHEAD:
                raise RestoreError("the entries of both logs wait for each other: no honest history does")
            if next_receipt and at_s[2] == first_s:
                self._take_receipt(next_receipt)
                next_receipt = next(receipts, None)
            elif next_own and at_s[0] == first_s:
                self._send(next_own)
                next_own = next(own, None)
            elif next_mirror:
                self._store(next_mirror, first_s)
                self._give(given)
                next_mirror = next(mirror, None)
            if len(self._leaves) >= MAX_LEAF_BATCH_ENTRIES or self._bytes >= MAX_LEAF_BATCH_BYTES:
                self._flush()
        self._give(given)
        self._cosign_head()
        self._flush()
        self._check_roots()

    # What is appended

    def _send(self, decoded: DecodedEntry) -> None:
        entry, message = decoded.entry, decoded.message
        self._pass_deadlines(entry.issued_s)
        place = self._terms.versions.place(entry.agreement_sha256) or 0
        agreement = self._terms.versions.known[place].agreement
        self._own_ring = self._follow_keys(decoded, self._own_ring, True, entry.issued_s)
        if isinstance(message, Escalation):
            self._raise_rung(message)
        event = sent_event(self._terms, entry.sequence, entry.issued_s, message, agreement)
        self._add(event, entry.issued_s, decoded, self._terms.outgoing.origin)
        self._own_size += 1
        self._deliver(message)

    def _store(self, decoded: DecodedEntry, now_s: float) -> None:
        entry = decoded.entry
        if now_s == self._now_s and entry.issued_s > now_s + MAX_CLOCK_SKEW_S:
            raise RestoreError(
                f"entry {entry.sequence} of {self._terms.peer} was issued {entry.issued_s - now_s:.0f} s in our future;"
                " check both clocks"
            )
        self._pass_deadlines(now_s)
        event = stored_event(self._terms, decoded, now_s, self._ahead.standing)
        self._add(event, now_s, decoded, self._terms.incoming.origin)
        self._mirror_ring = self._follow_keys(decoded, self._mirror_ring, False, now_s)
        self._mirror_size += 1

    def _take_receipt(self, receipt: _Note) -> None:
        origin = self._terms.outgoing.origin
        taken = ReceiptTaken(peer=self._line.peer, from_size=self._received, size=receipt.size, time_s=receipt.time_s)
        self._note_events([journal_event(taken, receipt.time_s)])
        self._checkpoint(CheckpointEntry(origin, COSIGNED, receipt.size, receipt.root, receipt.note))
        self._received = receipt.size

    def _give(self, given: deque[_Note]) -> None:
        """Our receipts for what the mirror holds by now."""
        while given and given[0].size <= self._mirror_size:
            one = given.popleft()
            if one.size > self._given_until:
                origin = self._terms.incoming.origin
                self._checkpoint(CheckpointEntry(origin, COSIGNED, one.size, one.root, one.note))
                self._given_until = one.size

    def _cosign_head(self) -> None:
        """What the peer had not posted yet is ours now, as if it had been: under our cosignature."""
        source, mirror = self._source, self._source.mirror
        if mirror.log.sender != source.checked.terms.us or not mirror.said or self._given_until >= len(mirror.said):
            return
        log = self._terms.incoming
        note = source.bundle.small(f"{mirror.folder}/{HEAD}")
        opened = open_checkpoint(note, log.origin, mirror.ring.current.log_verifier)
        cosigned = cosign_checkpoint(opened, self._line.cosigners, int(self._now_s))
        head = opened.checkpoint
        self._checkpoint(CheckpointEntry(log.origin, COSIGNED, head.size, head.root, cosigned))

    def _add(self, event: MessageSent | MessageStored, now_s: float, decoded: DecodedEntry, origin: str) -> None:
        self._note_events([journal_event(event, now_s)])
        self._leaves.append(LeafEntry(origin, decoded.data, decoded.entry.sequence, decoded.content))
        self._bytes += len(decoded.data) + len(decoded.content)
        key = standing_key(self._line.peer, isinstance(event, MessageSent), event.sequence)
        for step, limit_s in due_of(event).items():
            heapq.heappush(self._due, (limit_s, step_key(key, step)))

    def _follow_keys(self, decoded: DecodedEntry, ring: KeyRing, outgoing: bool, now_s: float) -> KeyRing:
        if not isinstance(decoded.message, KeyChange):
            return ring
        after = ring_after(ring, decoded.entry.sequence, decoded.message)
        self._note_events(keys_changed(self._line.peer, outgoing, ring, after, now_s))
        return after

    def _pass_deadlines(self, now_s: float) -> None:
        """The deadlines that had passed by then, as the clock's ticks put them on record."""
        while self._due and self._due[0][0] <= now_s:
            limit_s, due_key = heapq.heappop(self._due)
            key, step = split_step_key(due_key)
            standing = self._ahead.standing(key)
            if standing is None or after_deadline(standing, step, limit_s) is standing:
                continue
            missed = AnswerMissed(
                peer=standing.peer,
                outgoing=standing.outgoing,
                sequence=standing.sequence,
                message_id=standing.message.message_id,
                step=step,
                due_s=limit_s,
            )
            self._note_events([journal_event(missed, limit_s)])

    def _raise_rung(self, said: Escalation) -> None:
        """What we told the peer of a rung says that we raised it. Whether its outlets were tried is lost with the node:
        they are tried again where nobody has acknowledged.
        """
        for log, outgoing in ((self._terms.outgoing, True), (self._terms.incoming, False)):
            sequence = log.sequence_of(said.escalates)
            if sequence is None:
                continue
            standing = self._ahead.standing(standing_key(self._line.peer, outgoing, sequence))
            if standing is not None and any(one.rung == said.rung and one.ours for one in standing.raised):
                continue  # the backup has it, and only the word of it waited outside the log
            planned = () if standing is None else standing.planned
            due_s = next((rung.due_s for rung in planned if rung.rung == said.rung), said.raised_at_s)
            raised = RungRaised(
                peer=self._line.peer,
                outgoing=outgoing,
                sequence=sequence,
                message_id=said.escalates,
                rung=said.rung,
                function=said.function,
                due_s=due_s,
                last=said.last,
                why=said.why,
            )
            self._note_events([journal_event(raised, said.raised_at_s)])

    def _deliver(self, message: Message) -> None:
        """A message that waited outside the log when the backup was made is in it now: it must not go in twice."""
        if not self._left:
            return
        if not self._waiting:
            self._flush()  # what was delivered by now is no longer pending
            for row in self._journal.pending(self._line.peer, MAX_PAGE_ROWS):
                self._waiting.setdefault(row.payload, []).append(row.message_id)
        payload = _ENCODER.encode(msgspec.structs.replace(message, message_id=""))
        names = self._waiting.get(payload)
        if names:
            self._deliveries.append(Delivery(self._line.peer, names.pop(0)))
            self._left -= 1
            if not names:
                del self._waiting[payload]

    def _note_events(self, events: Sequence[Event]) -> None:
        self._ahead.take(events)
        self._events += events
        self._bytes += sum(len(event.payload) for event in events)

    def _checkpoint(self, checkpoint: CheckpointEntry) -> None:
        self._checkpoints.append(checkpoint)
        self._bytes += len(checkpoint.note)

    def _flush(self) -> None:
        if not (self._events or self._checkpoints):
            return
        checked = self._source.checked
        done = EntriesRestored(
            peer=self._line.peer,
            exported_by=checked.terms.us,
            exported_s=checked.exported_s,
            own_size=self._own_size,
            mirror_size=self._mirror_size,
        )
        self._journal.append(
            Append(
                key=f"restored/{self._line.peer}/{self._journal.last_sequence()}",
                events=(*self._events, restored_event(done, self._now_s)),
                leaves=tuple(self._leaves),
                checkpoints=tuple(self._checkpoints),
                deliveries=tuple(self._deliveries),
            )
        )
        self._ahead.stored()
        self._empty()

    def _empty(self) -> None:
        self._events: list[Event] = []
        self._leaves: list[LeafEntry] = []
        self._checkpoints: list[CheckpointEntry] = []
        self._deliveries: list[Delivery] = []
        self._bytes = 0

    # What is read

    def _entries(self, log: RecordLog) -> Iterator[DecodedEntry]:
        """The entries of a log that the store lacks. What was checked is read again, and checked again by the root."""
        held = self._own_size if log is self._source.own else self._mirror_size
        bundle = self._source.bundle
        pairs = zip(bundle.lines(f"{log.folder}/{ENTRIES}"), bundle.lines(f"{log.folder}/{CONTENTS}"), strict=True)
        for sequence, (data, line) in enumerate(pairs):
            if sequence >= held:
                entry = read_entry(log.log, log.ring, sequence, data)
                content = content_of(line)
                message = decode_content(content, entry.commitment)
                yield DecodedEntry(entry, message, data, content, leaf_hash(data))

    def _stored_at(self, decoded: DecodedEntry, given: deque[_Note]) -> float:
        """When we held an entry of the peer's: at the latest when we gave the first receipt that covers it."""
        if decoded.entry.peer_size > self._own_size:
            return _AHEAD
        return next((one.time_s for one in given if one.size > decoded.entry.sequence), self._now_s)

    def _receipted(self, origin: str) -> int:
        held = self._journal.latest_checkpoint(origin, COSIGNED)
        return 0 if held is None else held.size

    def _check_roots(self) -> None:
        for log in (self._source.own, self._source.mirror):
            size = len(log.leaves)
            if self._journal.root_at(log.log.origin, size) != log.roots[size]:
                raise RestoreError(f"{log.name}: the bundle changed while it was read; start again")


def _notes(source: BundleLine, log: RecordLog, above: int) -> Iterator[_Note]:
    """The receipts of a log with more entries than `above`, as they stand in the bundle."""
    receiver = source.mirror.ring if log is source.own else source.own.ring
    for line in source.bundle.lines(f"{log.folder}/{CHECKPOINTS}"):
        note = str(json.loads(line)).encode()
        opened, _ = log.ring.open_checkpoint(note, receiver.all_witness_verifiers)
        size = opened.checkpoint.size
        if size > above:
            yield _Note(size, opened.checkpoint.root, _cosigned_s(log, receiver, opened), note)


def _cosigned_s(log: RecordLog, receiver: KeyRing, opened: OpenedCheckpoint) -> float:
    size = opened.checkpoint.size
    cosigned = receiver.cosigned(opened, log.said[size - 1].peer_size if size else 0)
    if cosigned is None:
        raise RestoreError(f"{log.name}: the bundle changed while it was read; start again")
    return float(cosigned.time_s)


def _check_same_history(journal: Journal, log: RecordLog, held: int) -> None:
    """Raises RestoreError unless what is held and what the bundle has agree as far as both go."""
    size = min(held, len(log.leaves))
    frontier, _ = extend(Frontier(), log.leaves[:size])
    if journal.root_at(log.log.origin, size) != frontier.root():
        raise RestoreError(
            f"{log.name}: the first {size} entries of the backup and of the bundle are two histories; nothing was"
            " restored. Keep both, and compare them with `steerclear record compare`"
        )


def _check_shown(log: RecordLog, held: int) -> None:
    withheld = [place for place in log.withheld if place >= held]
    if withheld:
        raise RestoreError(
            f"{log.name}: the bundle withholds what entry {withheld[0]} says ({len(withheld)} in all); ask for an"
            " export without --withhold"
        )
