"""What the line writes into the journal, and the views that are derived from it.

The events carry every decision (also why an answer had no effect), so that rebuilding a view decides nothing anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Final

import msgspec

from steerclear.dialogue.faults import FAULT_RULES, FaultCode, FaultRule
from steerclear.dialogue.lifecycle import (
    Standing,
    after_answer,
    after_deadline,
    after_receipt,
    answered_id,
    begin,
    due_s,
)
from steerclear.dialogue.link_state import LinkState
from steerclear.model.messages import LineCheck, Message
from steerclear.store.entries import Event, JournalRow, View, ViewChange
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import Journal
from steerclear.tlog import Fault

SENT: Final = "line.sent"
STORED: Final = "line.stored"
RECEIPT: Final = "line.receipt"
UNANSWERED: Final = "line.unanswered"
FAULT: Final = "line.fault"
LINK: Final = "line.link"

STANDINGS: Final = "line.standings"
RECEIPTS: Final = "line.receipts"
OPEN: Final = "line.open"
LAST_CHECKS: Final = "line.last_checks"
LINKS: Final = "line.links"
LAST_FAULTS: Final = "line.last_faults"


class MessageSent(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours entered our log."""

    peer: str
    sequence: int
    issued_s: float
    message: Message
    answers_sequence: int | None = None
    """Place in the peer's log of the message that this one answers."""


class MessageStored(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the peer's is held durably in our mirror of its log."""

    peer: str
    sequence: int
    issued_s: float
    message: Message
    answers_sequence: int | None = None
    """Place in our log of the message that this one answers."""
    unheeded: str | None = None


class ReceiptTaken(msgspec.Struct, frozen=True, kw_only=True):
    """The peer's machine holds our log up to `size`; before it had proved `from_size`."""

    peer: str
    from_size: int
    size: int
    time_s: float


class AnswerMissed(msgspec.Struct, frozen=True, kw_only=True):
    """The deadline of a message passed without an answer."""

    peer: str
    outgoing: bool
    sequence: int
    message_id: str
    due_s: float


class FaultSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A named fault of the line, with the checkpoints that contradict each other where there are any."""

    peer: str
    code: FaultCode
    whose: Fault
    detail: str
    held_note: bytes = b""
    offered_note: bytes = b""


class LinkChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The line to a peer works, or does not."""

    peer: str
    state: LinkState
    reason: str


class LinkKept(msgspec.Struct, frozen=True, kw_only=True):
    """The last change of a link that is on record, and when it was."""

    state: LinkState
    reason: str
    since_s: float


class LastFault(msgspec.Struct, frozen=True, kw_only=True):
    """The last fault of a line that time does not cure, in either direction."""

    code: FaultCode
    whose: Fault
    detail: str
    time_s: float


LineEvent = MessageSent | MessageStored | ReceiptTaken | AnswerMissed | FaultSeen | LinkChanged

_KINDS: Final[dict[type[LineEvent], str]] = {
    MessageSent: SENT,
    MessageStored: STORED,
    ReceiptTaken: RECEIPT,
    AnswerMissed: UNANSWERED,
    FaultSeen: FAULT,
    LinkChanged: LINK,
}
_ENCODER = msgspec.json.Encoder()
_DECODERS: Final = {kind: msgspec.json.Decoder(struct) for struct, kind in _KINDS.items()}


@lru_cache(maxsize=1_024)
def _decoded(kind: str, payload: bytes) -> LineEvent | None:
    """A line event from the journal, None for an event of another kind. Several views read each row: once is enough."""
    decoder = _DECODERS.get(kind)
    return None if decoder is None else decoder.decode(payload)


_STANDING_DECODER = msgspec.json.Decoder(Standing)
_TIME_DECODER = msgspec.json.Decoder(float)
_LINK_DECODER = msgspec.json.Decoder(LinkKept)
_FAULT_DECODER = msgspec.json.Decoder(LastFault)


def journal_event(event: LineEvent, now_s: float) -> Event:
    """Journal event of a line event."""
    return Event(_KINDS[type(event)], _ENCODER.encode(event), now_s)


def standing_key(peer: str, outgoing: bool, sequence: int) -> str:
    """Key of a message in the views; keys of one direction sort by place."""
    return f"{standing_prefix(peer, outgoing)}{sequence:019d}"


def standing_prefix(peer: str, outgoing: bool) -> str:
    """What the keys of all messages of one direction begin with; it sorts before all of them."""
    return f"{peer}/{'out' if outgoing else 'in'}/"


def read_standing(journal: Journal, key: str) -> Standing | None:
    """Standing of the message of a key; None when there is none."""
    value = journal.view(STANDINGS, key)
    return None if value is None else _with_receipt(journal, _STANDING_DECODER.decode(value))


def read_standings(journal: Journal, peer: str, outgoing: bool, after: str, limit: int) -> list[Standing]:
    """Standings of one direction with keys above `after`, by place, at most `limit`."""
    items = journal.view_items(STANDINGS, after, limit)
    prefix = standing_prefix(peer, outgoing)
    return [_with_receipt(journal, _STANDING_DECODER.decode(value)) for key, value in items if key.startswith(prefix)]


def _with_receipt(journal: Journal, standing: Standing) -> Standing:
    """A receipt covers all entries before its size, so it is stored once and not with every message that it covers."""
    if not standing.outgoing:
        return standing
    covering = journal.view_items(RECEIPTS, _receipt_key(standing.peer, standing.sequence), 1)
    if not covering or not covering[0][0].startswith(f"{standing.peer}/"):
        return standing
    return after_receipt(standing, _TIME_DECODER.decode(covering[0][1]))


def _receipt_key(peer: str, size: int) -> str:
    return f"{peer}/{size:019d}"


def line_views() -> tuple[View, ...]:
    """The views of the line, to be given to the store when it is opened."""
    return (
        View(STANDINGS, 2, _reduce_standings),
        View(RECEIPTS, 1, _reduce_receipts),
        View(OPEN, 1, _reduce_open),
        View(LAST_CHECKS, 1, _reduce_last_checks),
        View(LINKS, 1, _reduce_links),
        View(LAST_FAULTS, 1, _reduce_last_faults),
    )


def _reduce_standings(row: JournalRow, read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    match _decoded(row.kind, row.payload):
        case MessageSent() | MessageStored() as event:
            return _begun(event, row.time_s, read)
        case AnswerMissed() as event:
            key = standing_key(event.peer, event.outgoing, event.sequence)
            return _moved(key, read, partial(after_deadline, now_s=row.time_s))
        case _:
            return []


def _begun(
    event: MessageSent | MessageStored, now_s: float, read: Callable[[str], bytes | None]
) -> Iterable[ViewChange]:
    outgoing = isinstance(event, MessageSent)
    unheeded = None if isinstance(event, MessageSent) else event.unheeded
    standing = begin(event.message, event.peer, outgoing, event.sequence, event.issued_s, now_s)
    if unheeded is not None:
        standing = msgspec.structs.replace(standing, unheeded=unheeded)
    changes: list[ViewChange] = [
        (standing_key(event.peer, outgoing, event.sequence), _ENCODER.encode(standing)),
    ]
    if event.answers_sequence is not None and unheeded is None:
        asked = standing_key(event.peer, not outgoing, event.answers_sequence)
        changes += _moved(asked, read, partial(after_answer, answer=event.message, issued_s=event.issued_s))
    return changes


def _moved(key: str, read: Callable[[str], bytes | None], move: Callable[[Standing], Standing]) -> list[ViewChange]:
    value = read(key)
    if value is None:
        return []
    held = _STANDING_DECODER.decode(value)
    moved = move(held)
    return [] if moved is held else [(key, _ENCODER.encode(moved))]


def _reduce_receipts(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    """When the peer's machine first proved to hold our log up to a size."""
    event = _decoded(row.kind, row.payload)
    if not isinstance(event, ReceiptTaken):
        return []
    return [(_receipt_key(event.peer, event.size), _ENCODER.encode(event.time_s))]


def _reduce_open(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    """Messages whose answer is owed, with the time it is due."""
    event = _decoded(row.kind, row.payload)
    if not isinstance(event, MessageSent | MessageStored):
        return []
    outgoing = isinstance(event, MessageSent)
    changes: list[ViewChange] = []
    limit_s = due_s(event.message)
    if limit_s is not None:
        changes.append((standing_key(event.peer, outgoing, event.sequence), _ENCODER.encode(limit_s)))
    counts = isinstance(event, MessageSent) or event.unheeded is None
    if answered_id(event.message) is not None and event.answers_sequence is not None and counts:
        changes.append((standing_key(event.peer, not outgoing, event.answers_sequence), None))
    return changes


def _reduce_last_checks(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    """When we last asked each peer "do you hear me?"."""
    event = _decoded(row.kind, row.payload)
    if not isinstance(event, MessageSent) or not isinstance(event.message, LineCheck):
        return []
    return [(event.peer, _ENCODER.encode(event.issued_s))]


def _reduce_links(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    """How each link stood last: a link that was halted stays so over a restart, until a person lets it go on."""
    event = _decoded(row.kind, row.payload)
    if not isinstance(event, LinkChanged):
        return []
    return [(event.peer, _ENCODER.encode(LinkKept(state=event.state, reason=event.reason, since_s=row.time_s)))]


def _reduce_last_faults(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    event = _decoded(row.kind, row.payload)
    if not isinstance(event, FaultSeen) or FAULT_RULES[event.code] is not FaultRule.HALT:
        return []
    seen = LastFault(code=event.code, whose=event.whose, detail=event.detail, time_s=row.time_s)
    return [(event.peer, _ENCODER.encode(seen))]


def read_link(journal: Journal, peer: str) -> LinkKept | None:
    """The last change of the link to a peer that is on record."""
    value = journal.view(LINKS, peer)
    return None if value is None else _LINK_DECODER.decode(value)


def read_last_fault(journal: Journal, peer: str) -> LastFault | None:
    """The last fault of the line to a peer that a person must look at."""
    value = journal.view(LAST_FAULTS, peer)
    return None if value is None else _FAULT_DECODER.decode(value)


def due_of_event(kind: str, payload: bytes) -> tuple[float, str] | None:
    """When the answer to the message of a SENT or STORED event is due, and the message's key in the views."""
    event = _decoded(kind, payload)
    if not isinstance(event, MessageSent | MessageStored):
        return None
    limit_s = due_s(event.message)
    if limit_s is None:
        return None
    return limit_s, standing_key(event.peer, isinstance(event, MessageSent), event.sequence)


def open_deadlines(journal: Journal) -> list[tuple[float, str]]:
    """Deadlines of all messages that are still owed an answer, with the messages' keys."""
    found: list[tuple[float, str]] = []
    after = ""
    while page := journal.view_items(OPEN, after, MAX_PAGE_ROWS):
        found += [(_TIME_DECODER.decode(value), key) for key, value in page]
        after = page[-1][0]
    return found
