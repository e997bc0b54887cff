"""The line's use cases: send, take in a post, take a receipt, keep the deadlines. Owner of transaction and clock.

Order of work, on which the promises rest: a message is sent once its entry is durable in our log (the log is the
outbox: what the peer has not cosigned is still to be posted); a post is answered once its entries, their journal
events and the cosigned checkpoint are durable, in one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, wait
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from secrets import token_bytes
from threading import Lock
from typing import TYPE_CHECKING, Final

import msgspec

from steerclear.dialogue.batch import Batch, Refusal, decode_batch
from steerclear.dialogue.entry import DecodedEntry, encode_content
from steerclear.dialogue.faults import FAULT_RULES, FaultCode, FaultRule, LineFaultError, peer_fault
from steerclear.dialogue.incoming import accept
from steerclear.dialogue.ladder import agreed_due
from steerclear.dialogue.limits import MAX_BATCH_ENTRIES, MAX_ENTRY_BYTES, SALT_BYTES
from steerclear.dialogue.link_state import LinkEvent, LinkState, next_link_state
from steerclear.dialogue.outgoing import Receipted, batch_of, read_receipt
from steerclear.dialogue.terms import AgreementVersion, Versions, line_terms
from steerclear.model.agreement import Agreement, Party
from steerclear.model.messages import AlertNotice, KeyChange, Message, Step
from steerclear.services.clock import Clock
from steerclear.services.entry_events import sent_event, stored_event
from steerclear.services.faults import NotHeardError, NotInForceError, UnknownPeerError
from steerclear.services.key_changes import keys_changed, missing_changes
from steerclear.services.line_end import COSIGNED, LineEnd, LineKeys
from steerclear.services.line_events import (
    FaultSeen,
    LinkChanged,
    ReceiptTaken,
    journal_event,
    read_link,
    read_standing,
)
from steerclear.services.restored import LineHeard, RestoreNeededError, restored_event, what_to_do
from steerclear.services.sealing_faults import sealing_faults
from steerclear.store.entries import (
    Append,
    CheckpointEntry,
    Delivery,
    Event,
    LeafEntry,
    OutboxEntry,
    OutboxRow,
    Receipt,
)
from steerclear.store.errors import StoreError
from steerclear.store.protocol import Journal

if TYPE_CHECKING:
    from steerclear.services.item_index import ItemIndex

_logger = logging.getLogger("steerclear.line")

SALTS_AT_ONCE: Final = 128

_LOST: Final = frozenset({FaultCode.ROLLBACK, FaultCode.BAD_SIGNATURE})
"""What a peer's answer shows when a restored node lacks entries of its own log; the second, when the lost ones changed
our keys.
"""
_ENCODER = msgspec.json.Encoder()
_MESSAGES: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class SaltWell:
    """Salts of messages' commitments, drawn from the system many at a time: one call for each would be the dearest part
    of sending a message.
    """

    def __init__(self) -> None:
        self._drawn: list[bytes] = []

    def __call__(self) -> bytes:
        """32 random bytes, never given twice."""
        if not self._drawn:
            fresh = token_bytes(SALT_BYTES * SALTS_AT_ONCE)
            self._drawn = [fresh[start : start + SALT_BYTES] for start in range(0, len(fresh), SALT_BYTES)]
        return self._drawn.pop()


class Draft(msgspec.Struct, frozen=True):
    """A message still without its id: the id says the message's place in the log, known only when it is written."""

    peer: str
    make: Callable[[str], Message]
    bulk: bool = False
    """It may wait outside the log while the line is behind, so that what people say is not held up by it."""


class Sent(msgspec.Struct, frozen=True):
    """Messages that will be durable when the receipt comes."""

    message_ids: tuple[str, ...]
    """Of those that are in a log; what waits outside has no place there yet, and so no name."""
    stored: Future[Receipt]


class Post(msgspec.Struct, frozen=True):
    """What to post next, and where our log then stands."""

    batch: Batch
    size: int


class Exchange:
    """The lines of one node. All methods may be called from any thread."""

    def __init__(
        self,
        journal: Journal,
        versions: Versions,
        us: str,
        keys: LineKeys,
        clock: Clock,
        salts: Callable[[], bytes] | None = None,
        statements: Sequence[bytes] = (),
    ) -> None:
        """`statements` are our own key statements, oldest first; what a log of ours lacks of them is written into it.

        Raises KeysError, before anything is written, unless `keys` are the ones that then count; StoreError.
        """
        newest = versions.newest.agreement
        self.journal = journal
        self.on_fault: Callable[[str, LineFaultError], None] | None = None
        """Told of each new fault, once; it must not raise."""
        self.versions = versions
        self.clock = clock
        self._us = us
        self.new_salt = SaltWell() if salts is None else salts
        peers = [other.party_id for other in newest.parties if other.party_id != us]
        self.lines = {peer: LineEnd(line_terms(versions, us, peer), keys, journal) for peer in peers}
        for line in self.lines.values():
            kept = read_link(journal, line.peer)
            if kept is not None and kept.state is LinkState.HALTED:
                line.link, line.link_reason, line.link_since_s = kept.state, kept.reason, kept.since_s
        self.ladder_lock = Lock()
        """Held from reading what was raised of a message's ladder until the next rung is durable."""
        self.items_lock = Lock()
        """Held from reading an item of ours until its next revision is durable."""
        self.index_lock = Lock()
        self.items: ItemIndex | None = None
        """Declared items by their airspace; `plan_neighbours.items_of` makes it, for who checks plans."""
        self._said_under = max((line.said_under() for line in self.lines.values()), default=-1)
        """Place of the newest version that an entry of ours was written under; -1 for none."""
        self._compose_lock = Lock()
        self._on_its_way: Future[Receipt] | None = None
        self._reload_needed = False
        self._link_lock = Lock()
        self._keys, self._statements = keys, tuple(statements)
        self._say_key_changes(list(self.lines.values()))

    @property
    def agreement(self) -> Agreement:
        """The version in force now, or the first one while none is."""
        return (self.version_in_force(self.clock.now_s()) or self.versions.known[0]).agreement

    def version_in_force(self, now_s: float) -> AgreementVersion | None:
        """The version in force at a time; None before the first one begins.

        Never an older one than our logs already speak under: a clock that was set back does not undo an amendment, and
        the peer would refuse such an entry for ever.
        """
        version = self.versions.in_force(now_s)
        place = -1 if version is None else self.versions.place(version.sha256)
        place = max(-1 if place is None else place, self._said_under)
        return None if place < 0 else self.versions.known[place]

    @property
    def us(self) -> Party:
        """Our party, as the version in force has it."""
        return self.agreement.party(self._us)

    def line(self, peer: str) -> LineEnd:
        """Our end of the line to a party. Raises UnknownPeerError."""
        line = self.lines.get(peer)
        if line is None:
            known = ", ".join(sorted(self.lines))
            raise UnknownPeerError(f"there is no line to {peer!r}; the agreement has lines to: {known}")
        return line

    def send(
        self,
        drafts: Sequence[Draft],
        events: Sequence[Event] = (),
        key: str | None = None,
        named: Callable[[Sequence[str]], Sequence[Event]] | None = None,
    ) -> Sent:
        """Write messages into our logs, with `events` in the same transaction; nothing is sent unless all of it is.

        `named` makes more events once the names of the messages are known.
        Raises LineFaultError for a message the peer would refuse, NotHeardError for one to a peer that a restored node
        has not heard yet, and what `Journal.submit` raises.
        """
        with self._compose_lock:
            self._recover()
            now_s = self.clock.now_s()
            version = self._in_force(now_s)
            self._speaks_under(version)
            writing = _Writing(self, version, now_s, list(events))
            try:
                for number, draft in enumerate(drafts):
                    line = self.line(draft.peer)
                    if line.answer_awaited and not draft.bulk:
                        raise _not_heard(line)
                    if draft.bulk and line.is_behind():
                        writing.put_aside(line, f"{key}/{number}", draft.make(""))
                    else:
                        writing.write(line, draft.make)
                if named is not None:
                    writing.add(named(writing.message_ids))
                stored = self.journal.submit(writing.append(key or f"sent/{writing.message_ids[0]}"))
            except BaseException:
                writing.undo()
                raise
            self._on_its_way = stored
        stored.add_done_callback(self._after_append)
        return Sent(tuple(writing.message_ids), stored)

    def admit_waiting(self, peer: str) -> int:
        """Move messages that wait outside our log into it, as many as the line has room for; how many they were.

        Raises what `send` raises; then they wait on.
        """
        line = self.line(peer)
        if not line.waiting or line.is_full():
            return 0
        with self._compose_lock:
            self._recover()
            waiting = self.journal.pending(peer, min(line.room(), MAX_BATCH_ENTRIES))
            now_s = self.clock.now_s()
            version = self.version_in_force(now_s)
            if not waiting or version is None:
                return 0
            self._speaks_under(version)
            writing = _Writing(self, version, now_s, [])
            try:
                for row in waiting:
                    message = _MESSAGES.decode(row.payload)
                    writing.write(line, partial(_admitted, message, version.agreement, now_s), row)
                stored = self.journal.submit(writing.append(f"admitted/{peer}/{waiting[0].position}"))
            except BaseException:
                writing.undo()
                raise
            self._on_its_way = stored
        stored.add_done_callback(self._after_append)
        stored.result()
        return len(waiting)

    def receive(self, peer: str, body: bytes) -> bytes:
        """Take in a post of a peer's: the cosigned checkpoint that answers it (empty when there is nothing to sign).

        Raises LineFaultError; then nothing of the post was kept but the fault itself. RestoreNeededError where it shows
        that this restored node lacks entries.
        """
        line = self.line(peer)
        with line.incoming_lock:
            now_s = self.clock.now_s()
            try:
                batch = decode_batch(body)
                self._check_restored_mirror(line, batch)
                accepted = accept(
                    line.terms,
                    line.incoming,
                    batch,
                    now_s,
                    line.cosigners,
                    line.mirror_root_at,
                    line.stored_size(),
                    line.own_root_at,
                )
            except LineFaultError as fault:
                if line.answer_awaited and fault.code is FaultCode.FALSE_VIEW:
                    # Not the peer's doing: what it has seen of our log is what we lost.
                    line.lacking = f"{peer} has seen more of our log than we hold; {what_to_do(peer, self._us)}"
                    raise RestoreNeededError(
                        f"{self._us} was restored without all of its log: {fault.detail}"
                    ) from None
                self.note_fault(peer, fault, f"in/{line.incoming.frontier.size}")
                raise
            if line.post_awaited:
                self._heard(line, outgoing=False, size=line.incoming.frontier.size)
            if accepted.entries:
                frontier = accepted.state.frontier
                origin = line.terms.incoming.origin
                keys = keys_changed(peer, False, line.incoming.ring, accepted.state.ring, now_s)
                rows = [self._stored(line, entry, now_s) for entry in accepted.entries]
                append = Append(
                    key=f"stored/{origin}/{frontier.size}",
                    events=(*rows, *keys, *sealing_faults(self.journal, peer, rows, now_s)),
                    leaves=tuple(
                        LeafEntry(origin, entry.data, entry.entry.sequence, entry.content) for entry in accepted.entries
                    ),
                    checkpoints=(
                        CheckpointEntry(origin, COSIGNED, frontier.size, frontier.root(), accepted.state.note),
                    ),
                )
                self.journal.append(append)
                line.incoming = accepted.state
            return accepted.state.note

    def next_post(self, peer: str, even_if_empty: bool = False) -> Post | None:
        """What the peer has not cosigned yet, as one post; None when there is nothing, unless a sign of life is due."""
        line = self.line(peer)
        first = line.cosigned_size
        # An empty post asks a peer that a restored node has not heard yet how far it holds our log.
        asks = line.answer_awaited
        entries = [] if asks else self.journal.leaves(line.terms.outgoing.origin, first, MAX_BATCH_ENTRIES)
        if not entries and not even_if_empty and not asks:
            return None
        contents = self.journal.contents(line.terms.outgoing.origin, first, MAX_BATCH_ENTRIES)[: len(entries)]
        now_s = self.clock.now_s()
        batch = batch_of(line.terms, first, entries, contents, line.own_root_at, line.log_signer_at, now_s)
        return Post(batch, first + len(batch.entries))

    def take_receipt(self, peer: str, note: bytes) -> None:
        """Check the peer's answer to a post and store what it proves. Raises LineFaultError, StoreError."""
        self.begin_receipt(peer, note)
        self.settle_receipt(peer)

    def begin_receipt(self, peer: str, note: bytes, posted_size: int = 0) -> None:
        """Check the peer's answer to a post and begin to store what it proves, so that the next post need not wait for
        the disk. Raises LineFaultError; and StoreError for the receipt before, when that could not be stored.

        `posted_size` is how many entries of our log the peer has now, if it has taken the post. An answer that does not
        say so is none: the line does not work, and the post is not to go again at once, and again.
        """
        line, covered = self.line(peer), 0
        with line.receipt_lock:
            now_s = self.clock.now_s()
            if note:
                try:
                    receipt = read_receipt(
                        line.outgoing.ring,
                        line.incoming.ring,
                        note,
                        line.stored_size(),
                        line.own_root_at,
                        line.seen_at,
                        now_s,
                    )
                except LineFaultError as fault:
                    self._note_refused_receipt(line, fault)
                    raise
                self._wait_for_receipt(line)
                covered = receipt.size
                if receipt.size > line.cosigned_size:
                    self._store_receipt(line, receipt, note, now_s)
            if line.answer_awaited:
                self._wait_for_receipt(line)
                self._heard(line, outgoing=True, size=line.received_size)
                self._say_key_changes([line])
        if covered < posted_size:
            reason = (
                f"{peer} answered a post of our log up to entry {posted_size - 1} with a receipt for {covered} entries"
            )
            self.move_link(peer, LinkEvent.REFUSED, f"{reason}: it does not show that it holds the others")
        else:
            self.move_link(peer, LinkEvent.ANSWERED, "")
        self.admit_waiting(peer)

    def settle_receipt(self, peer: str) -> None:
        """Wait until the last receipt is durable; then what waited outside the log has room. Raises StoreError."""
        line = self.line(peer)
        with line.receipt_lock:
            self._wait_for_receipt(line)
        self.admit_waiting(peer)

    def take_refusal(self, peer: str, refusal: Refusal) -> None:
        """Draw the consequence of a peer's refusal of our post; it is the peer's word, so it only stops or delays."""
        line = self.line(peer)
        if refusal.code is FaultCode.GAP and refusal.size < line.cosigned_size:
            fault = peer_fault(
                FaultCode.ROLLBACK,
                f"the peer says it holds {refusal.size} entries of our log and has cosigned {line.cosigned_size}:"
                " it was set back; restore its mirror before the line goes on",
            )
            self.note_fault(peer, fault, f"out/{line.received_size}")
            return
        lasting = FAULT_RULES[refusal.code] is FaultRule.HALT
        reason = f"{peer} refused our post: {refusal.code} ({refusal.whose} as the peer sees it): {refusal.detail}"
        self.move_link(peer, LinkEvent.FAULT if lasting else LinkEvent.REFUSED, reason[:2_000])

    def note_fault(self, peer: str, fault: LineFaultError, place: str) -> None:
        """Put a fault into the journal, once per place and kind however often it is repeated."""
        now_s = self.clock.now_s()
        seen = FaultSeen(
            peer=peer,
            code=fault.code,
            whose=fault.whose,
            detail=fault.detail[:2_000],
            held_note=fault.held_note,
            offered_note=fault.offered_note,
            held_entry=_entry_kept(fault.entries[:1]),
            offered_entry=_entry_kept(fault.entries[-1:]),
        )
        key = f"fault/{peer}/{place}/{fault.code}"
        if self.journal.receipt(key) is None:
            if self.on_fault is not None:
                self.on_fault(peer, fault)  # before it is journaled: after a crash it comes again
            # Two threads may find it missing; the second is refused by the key, which is what we want.
            with suppress(StoreError):
                self.journal.append(Append(key=key, events=(journal_event(seen, now_s),)))
        if place.startswith("out/"):
            event = LinkEvent.FAULT if fault.rule is FaultRule.HALT else LinkEvent.REFUSED
            self.move_link(peer, event, fault.detail[:2_000])

    def move_link(self, peer: str, event: LinkEvent, reason: str) -> LinkState:
        """State of the link after an event; a change goes into the journal."""
        line = self.line(peer)
        with self._link_lock:
            state = next_link_state(line.link, event)
            if state is line.link:
                if state is LinkState.DOWN:
                    line.link_reason = reason  # the latest one is the one to act on; the journal keeps the first
                return state
            now_s = self.clock.now_s()
            line.link, line.link_reason, line.link_since_s = state, reason, now_s
            changed = LinkChanged(peer=peer, state=state, reason=reason)
            _logger.info("a link changed", extra={"peer": peer, "state": state, "detail": reason})
            key = f"link/{peer}/{now_s!r}/{self.journal.last_sequence()}/{state}"
            with suppress(StoreError):
                stored = self.journal.submit(Append(key=key, events=(journal_event(changed, now_s),)))
                if state is LinkState.HALTED:
                    stored.result()  # a halt must outlive whatever comes next
            return state

    def _say_key_changes(self, lines: Sequence[LineEnd]) -> None:
        """Say our key changes to peers, in one transaction; they need no agreement in force. Raises KeysError."""
        missing = [
            (line, change)
            for line in lines
            for change in missing_changes(line, self._keys, self._us, self._statements)
            if not line.answer_awaited  # checked all the same
        ]
        if not missing:
            return
        with self._compose_lock:
            self._recover()
            now_s = self.clock.now_s()
            version = self.version_in_force(now_s) or self.versions.known[0]
            writing = _Writing(self, version, now_s, [])
            for line, statement in missing:
                writing.write(line, partial(_key_change, statement))
            self.journal.append(writing.append(f"sent/{writing.message_ids[0]}"))

    def _note_refused_receipt(self, line: LineEnd, fault: LineFaultError) -> None:
        if line.answer_awaited and fault.code in _LOST:
            line.lacking = f"{fault.detail}: {what_to_do(line.peer, self._us)}"
            self.move_link(line.peer, LinkEvent.REFUSED, line.lacking[:2_000])
        else:
            self.note_fault(line.peer, fault, f"out/{line.received_size}")

    def _heard(self, line: LineEnd, *, outgoing: bool, size: int) -> None:
        """The peer has shown that this restored node lacks nothing in one direction."""
        heard = restored_event(LineHeard(peer=line.peer, outgoing=outgoing, size=size), self.clock.now_s())
        key = f"heard/{line.peer}/{'out' if outgoing else 'in'}/{self.journal.last_sequence()}"
        self.journal.append(Append(key=key, events=(heard,)))
        if outgoing:
            line.answer_awaited = False
        else:
            line.post_awaited = False
        line.lacking = ""

    def _check_restored_mirror(self, line: LineEnd, batch: Batch) -> None:
        """A post begins where our last receipt ended. Raises RestoreNeededError where a restored mirror ends before."""
        held = line.incoming.frontier.size
        if line.post_awaited and batch.first > held:
            lacks = f"lacks entries {held} to {batch.first - 1} of the log of {line.peer}"
            line.lacking = f"this node {lacks}: {what_to_do(line.peer, self._us)}"
            raise RestoreNeededError(f"{self._us} was restored and {lacks}; it needs their record to go on")

    def _store_receipt(self, line: LineEnd, receipt: Receipted, note: bytes, now_s: float) -> None:
        """Begin to store a receipt; one at a time is on its way."""
        origin, before = line.terms.outgoing.origin, line.cosigned_size
        event = ReceiptTaken(peer=line.peer, from_size=before, size=receipt.size, time_s=float(receipt.time_s))
        stored = self.journal.submit(
            Append(
                key=f"receipt/{origin}/{receipt.size}",
                events=(journal_event(event, now_s),),
                checkpoints=(CheckpointEntry(origin, COSIGNED, receipt.size, receipt.root, note),),
            )
        )
        line.cosigned_size, line.receipt_on_its_way = receipt.size, stored
        stored.add_done_callback(partial(_receipt_done, line, receipt.size))

    def _wait_for_receipt(self, line: LineEnd) -> None:
        size, stored, line.receipt_on_its_way = line.cosigned_size, line.receipt_on_its_way, None
        if stored is not None:
            with suppress(CancelledError):
                stored.exception()  # waits
            _receipt_done(line, size, stored)  # who waits may go on before the future's own call of it
            stored.result()

    def _speaks_under(self, version: AgreementVersion) -> None:
        place = self.versions.place(version.sha256)
        self._said_under = max(self._said_under, -1 if place is None else place)

    def _in_force(self, now_s: float) -> AgreementVersion:
        version = self.version_in_force(now_s)
        if version is None:
            first = self.versions.known[0].agreement
            raise NotInForceError(
                f"agreement {first.agreement_id!r} is not in force before"
                f" {datetime.fromtimestamp(first.in_force_from_s, UTC):%Y-%m-%d %H:%M:%SZ};"
                " nothing can be said under it yet"
            )
        return version

    def _stored(self, line: LineEnd, decoded: DecodedEntry, now_s: float) -> Event:
        return journal_event(stored_event(line.terms, decoded, now_s, partial(read_standing, self.journal)), now_s)

    def _recover(self) -> None:
        """After a failed append: wait for what was composed on top of it to fail too, then begin from the store."""
        if not self._reload_needed:
            return
        if self._on_its_way is not None:
            wait([self._on_its_way])
        for line in self.lines.values():
            line.reload_outgoing()
        self._reload_needed = False

    def _after_append(self, stored: Future[Receipt]) -> None:
        if stored.cancelled() or stored.exception() is not None:
            self._reload_needed = True


class _Writing:
    """One transaction of the sending side while it is put together; `undo` leaves the lines as they were."""

    def __init__(self, exchange: Exchange, version: AgreementVersion, now_s: float, rows: list[Event]) -> None:
        self._exchange = exchange
        self._version = version
        self._now_s = now_s
        self._rows = rows
        self._before = {line: (line.outgoing, line.waiting) for line in exchange.lines.values()}
        self._leaves: list[LeafEntry] = []
        self._aside: list[OutboxEntry] = []
        self._admitted: list[Delivery] = []
        self.message_ids: list[str] = []

    def write(self, line: LineEnd, make: Callable[[str], Message], waited: OutboxRow | None = None) -> None:
        """Put a message at the end of our log; `waited` is where it waited until now."""
        sequence = line.outgoing.frontier.size
        message = make(line.terms.outgoing.message_id(sequence))
        composed = line.compose(message, self._now_s, self._version, self._exchange.new_salt())
        self._rows += keys_changed(line.peer, True, line.outgoing.ring, composed.state.ring, self._now_s)
        line.outgoing = composed.state
        entry = composed.decoded
        self.message_ids.append(message.message_id)
        self._leaves.append(LeafEntry(line.terms.outgoing.origin, entry.data, sequence, entry.content))
        sent = sent_event(line.terms, sequence, self._now_s, message, self._version.agreement)
        self._rows.append(journal_event(sent, self._now_s))
        if waited is not None:
            self._admitted.append(Delivery(waited.link, waited.message_id))
            line.waiting -= 1

    def put_aside(self, line: LineEnd, name: str, message: Message) -> None:
        """Let a message wait outside the log. Raises LineFaultError for one that the peer would refuse: there, it would
        hold up all that wait behind it.
        """
        encode_content(_named(message, line.terms.outgoing.message_id(line.outgoing.frontier.size)), bytes(SALT_BYTES))
        self._aside.append(OutboxEntry(line.peer, name, _ENCODER.encode(message)))
        line.waiting += 1

    def add(self, events: Sequence[Event]) -> None:
        """Put more events into the transaction."""
        self._rows += events

    def append(self, key: str) -> Append:
        """The transaction."""
        return Append(
            key=key,
            events=tuple(self._rows),
            leaves=tuple(self._leaves),
            outbox=tuple(self._aside),
            deliveries=tuple(self._admitted),
        )

    def undo(self) -> None:
        """Nothing of it was stored."""
        for line, (outgoing, waiting) in self._before.items():
            line.outgoing, line.waiting = outgoing, waiting


def _receipt_done(line: LineEnd, size: int, stored: Future[Receipt]) -> None:
    """A receipt is durable, or could not be stored: then its entries are posted again, and the peer gives it again."""
    if stored.cancelled() or stored.exception() is not None:
        line.cosigned_size = line.received_size
    else:
        line.received_size = max(line.received_size, size)


def _named(message: Message, message_id: str) -> Message:
    return msgspec.structs.replace(message, message_id=message_id)


def _admitted(message: Message, agreement: Agreement, now_s: float, message_id: str) -> Message:
    """A message that waited outside the log. It is said only now, so nobody can have been late to read it."""
    if isinstance(message, AlertNotice):
        by_s = agreed_due(agreement, message, now_s).get(Step.ACKNOWLEDGEMENT)
        message = msgspec.structs.replace(message, acknowledge_by_s=by_s)
    return _named(message, message_id)


def _key_change(statement: bytes, message_id: str) -> Message:
    return KeyChange(message_id=message_id, statement=statement)


def _entry_kept(entries: tuple[bytes, ...]) -> bytes:
    """What a fault rests on, as far as it can be an entry at all: what is longer would fill the journal."""
    return entries[0] if entries and len(entries[0]) <= MAX_ENTRY_BYTES else b""


def _not_heard(line: LineEnd) -> NotHeardError:
    return NotHeardError(
        f"this node was restored and has not heard yet from {line.peer} how far it holds our log; nothing can be said"
        f" to {line.peer} before that, or two histories could be signed. It is asked every few seconds; until it"
        " answers, use the telephone"
    )
