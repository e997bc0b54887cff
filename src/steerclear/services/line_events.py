"""What the line writes into the journal, and the views that are derived from it.

The events carry every decision (also why an answer had no effect), so that rebuilding a view decides nothing anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import takewhile
from typing import Final

import msgspec

from steerclear.dialogue.faults import FAULT_RULES, FaultCode, FaultRule
from steerclear.dialogue.key_ring import RevokedRange
from steerclear.dialogue.lifecycle import (
    INTERIM,
    PlannedRung,
    RaisedRung,
    Standing,
    after_answer,
    after_deadline,
    after_receipt,
    after_rung,
    begin,
    due_times,
    step_of,
)
from steerclear.dialogue.link_state import LinkState
from steerclear.model.messages import (
    Acknowledgement,
    Escalation,
    KeyChange,
    LineCheck,
    LineCheckAnswer,
    Message,
    Relay,
    Response,
    Step,
)
from steerclear.store.entries import Event, JournalRow, View, ViewChange
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import Journal
from steerclear.tlog import Fault

SENT: Final = "line.sent"
STORED: Final = "line.stored"
RECEIPT: Final = "line.receipt"
UNANSWERED: Final = "line.unanswered"
RUNG: Final = "line.rung"
SUMMONED: Final = "line.summoned"
FAULT: Final = "line.fault"
LINK: Final = "line.link"
KEYS: Final = "line.keys"
MESSAGES: Final = frozenset({SENT, STORED})
"""Kinds of the events that carry a message."""

STANDINGS: Final = "line.standings"
RECEIPTS: Final = "line.receipts"
OPEN: Final = "line.open"
RUNGS: Final = "line.rungs"
SUMMONS: Final = "line.summons"
LAST_CHECKS: Final = "line.last_checks"
LINKS: Final = "line.links"
LAST_FAULTS: Final = "line.last_faults"
KEY_CHANGES: Final = "line.key_changes"


class MessageSent(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours entered our log."""

    peer: str
    sequence: int
    issued_s: float
    message: Message
    answers_sequence: int | None = None
    """Place in the peer's log of the message that this one answers."""
    planned: tuple[PlannedRung, ...] = ()
    """The rungs that we raise unless it is acknowledged, as the agreement in force had it."""
    due: dict[Step, float] | None = None
    """When each step is due under the agreement; None where the message says the same."""
    short_notice_s: float | None = None
    """For a notice: by how much it came later than agreed."""


class MessageStored(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the peer's is held durably in our mirror of its log."""

    peer: str
    sequence: int
    issued_s: float
    message: Message
    answers_sequence: int | None = None
    """Place in our log of the message that this one answers."""
    unheeded: str | None = None
    planned: tuple[PlannedRung, ...] = ()
    due: dict[Step, float] | None = None
    """As for a message of ours."""
    short_notice_s: float | None = None
    escalates_outgoing: bool | None = None
    """For an escalation: whether it is about a message of ours; `answers_sequence` then says which."""


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
    step: Step
    due_s: float


class RungRaised(msgspec.Struct, frozen=True, kw_only=True):
    """This side raised a rung of a message's ladder; said to the peer in the same transaction."""

    peer: str
    outgoing: bool
    sequence: int
    message_id: str
    rung: int
    function: str
    due_s: float
    last: bool
    why: str
    lacks: Step = Step.ACKNOWLEDGEMENT
    """The step that is missing: once it is there, nobody need be called for this rung any more."""


class OutletTried(msgspec.Struct, frozen=True, kw_only=True):
    """One outlet of a raised rung, and whether it reached anyone as far as a machine can know."""

    outlet: str
    reached: bool
    detail: str
    took_s: float


class RungSummoned(msgspec.Struct, frozen=True, kw_only=True):
    """All outlets of a raised rung were tried; without any, the rung shows on the desk's screens only."""

    peer: str
    outgoing: bool
    sequence: int
    message_id: str
    rung: int
    function: str
    outlets: tuple[OutletTried, ...]


class FaultSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A named fault of the line, with the checkpoints that contradict each other where there are any."""

    peer: str
    code: FaultCode
    whose: Fault
    detail: str
    held_note: bytes = b""
    offered_note: bytes = b""
    held_entry: bytes = b""
    """A signed entry that the offered one contradicts; empty where it is the last one of the mirror."""
    offered_entry: bytes = b""


class LinkChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The line to a peer works, or does not."""

    peer: str
    state: LinkState
    reason: str


class KeysChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A party's keys are others from an entry of its log on. What that takes back stays in the log, and is named."""

    peer: str
    outgoing: bool
    """Our own keys; otherwise the peer's."""
    sequence: int
    number: int
    signing: str
    """Id of the signing key that counts from there on."""
    revoked: tuple[RevokedRange, ...] = ()
    """Entries that now are signed by a revoked key."""


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


LineEvent = (
    MessageSent
    | MessageStored
    | ReceiptTaken
    | AnswerMissed
    | RungRaised
    | RungSummoned
    | FaultSeen
    | LinkChanged
    | KeysChanged
)

_KINDS: Final[dict[type[LineEvent], str]] = {
    MessageSent: SENT,
    MessageStored: STORED,
    ReceiptTaken: RECEIPT,
    AnswerMissed: UNANSWERED,
    RungRaised: RUNG,
    RungSummoned: SUMMONED,
    FaultSeen: FAULT,
    LinkChanged: LINK,
    KeysChanged: KEYS,
}
_ENCODER = msgspec.json.Encoder()
_DECODERS: Final = {kind: msgspec.json.Decoder(struct) for struct, kind in _KINDS.items()}


@lru_cache(maxsize=1_024)
def decoded(kind: str, payload: bytes) -> LineEvent | None:
    """A line event from the journal, None for an event of another kind. Several views read each row: once is enough."""
    decoder = _DECODERS.get(kind)
    return None if decoder is None else decoder.decode(payload)


_STANDING_DECODER = msgspec.json.Decoder(Standing)
_TIME_DECODER = msgspec.json.Decoder(float)
_LINK_DECODER = msgspec.json.Decoder(LinkKept)
_RUNGS_DECODER = msgspec.json.Decoder(dict[str, float])
_RUNG_DECODER = msgspec.json.Decoder(RungRaised)
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


def event_views() -> tuple[View, ...]:
    """The views of messages and links."""
    return (
        View(STANDINGS, 4, _reduce_standings, MESSAGES | {UNANSWERED, RUNG}),
        View(RECEIPTS, 1, _reduce_receipts, frozenset({RECEIPT})),
        View(OPEN, 3, _reduce_open, MESSAGES),
        View(RUNGS, 1, _reduce_rungs, MESSAGES | {RUNG}),
        View(SUMMONS, 1, _reduce_summons, frozenset({RUNG, SUMMONED})),
        View(LAST_CHECKS, 1, _reduce_last_checks, frozenset({SENT})),
        View(LINKS, 1, _reduce_links, frozenset({LINK})),
        View(LAST_FAULTS, 1, _reduce_last_faults, frozenset({FAULT})),
        View(KEY_CHANGES, 1, _reduce_key_changes, MESSAGES),
    )


def _reduce_standings(row: JournalRow, read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    match decoded(row.kind, row.payload):
        case MessageSent() | MessageStored() as event:
            return _begun(event, row.time_s, read)
        case AnswerMissed() as event:
            key = standing_key(event.peer, event.outgoing, event.sequence)
            return _moved(key, read, partial(after_deadline, step=event.step, now_s=max(row.time_s, event.due_s)))
        case RungRaised() as event:
            raised = RaisedRung(
                rung=event.rung,
                function=event.function,
                raised_at_s=row.time_s,
                last=event.last,
                ours=True,
                why=event.why,
            )
            key = standing_key(event.peer, event.outgoing, event.sequence)
            return _moved(key, read, partial(after_rung, raised=raised))
        case _:
            return []


def _begun(
    event: MessageSent | MessageStored, now_s: float, read: Callable[[str], bytes | None]
) -> Iterable[ViewChange]:
    outgoing = isinstance(event, MessageSent)
    unheeded = None if isinstance(event, MessageSent) else event.unheeded
    standing = begin(
        event.message, event.peer, outgoing, event.sequence, event.issued_s, now_s, event.planned, event.due
    )
    if unheeded is not None:
        standing = msgspec.structs.replace(standing, unheeded=unheeded)
    changes: list[ViewChange] = [
        (standing_key(event.peer, outgoing, event.sequence), _ENCODER.encode(standing)),
    ]
    if event.answers_sequence is None or unheeded is not None:
        return changes
    if isinstance(event, MessageStored) and isinstance(event.message, Escalation):
        asked = standing_key(event.peer, bool(event.escalates_outgoing), event.answers_sequence)
        return changes + _moved(asked, read, partial(after_rung, raised=_raised_there(event.message)))
    asked = standing_key(event.peer, not outgoing, event.answers_sequence)
    return changes + _moved(asked, read, partial(after_answer, answer=event.message, issued_s=event.issued_s))


def _raised_there(said: Escalation) -> RaisedRung:
    return RaisedRung(
        rung=said.rung,
        function=said.function,
        raised_at_s=said.raised_at_s,
        last=said.last,
        ours=False,
        why=said.why,
    )


def _moved(key: str, read: Callable[[str], bytes | None], move: Callable[[Standing], Standing]) -> list[ViewChange]:
    value = read(key)
    if value is None:
        return []
    held = _STANDING_DECODER.decode(value)
    moved = move(held)
    return [] if moved is held else [(key, _ENCODER.encode(moved))]


def _reduce_receipts(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    """When the peer's machine first proved to hold our log up to a size."""
    event = decoded(row.kind, row.payload)
    if not isinstance(event, ReceiptTaken):
        return []
    return [(_receipt_key(event.peer, event.size), _ENCODER.encode(event.time_s))]


def _reduce_open(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    """Steps that are owed to messages, with the time each is due."""
    event = decoded(row.kind, row.payload)
    if not isinstance(event, MessageSent | MessageStored):
        return []
    outgoing = isinstance(event, MessageSent)
    key = standing_key(event.peer, outgoing, event.sequence)
    changes: list[ViewChange] = [
        (step_key(key, step), _ENCODER.encode(limit_s)) for step, limit_s in due_of(event).items()
    ]
    step = _settled_by(event)
    if step is not None and event.answers_sequence is not None:
        changes.append((step_key(standing_key(event.peer, not outgoing, event.answers_sequence), step), None))
    return changes


def due_of(event: MessageSent | MessageStored) -> dict[Step, float]:
    """When each step of the event's message is due."""
    return due_times(event.message) if event.due is None else event.due


def _settled_by(event: MessageSent | MessageStored) -> Step | None:
    """The step that a message settles; None for one that is no answer, has no effect, or says "checking" only."""
    if isinstance(event, MessageStored) and event.unheeded is not None:
        return None
    if not isinstance(event.message, Acknowledgement | LineCheckAnswer | Relay | Response):
        return None
    if isinstance(event.message, Response) and event.message.verdict in INTERIM:
        return None
    return step_of(event.message)


def _reduce_rungs(row: JournalRow, read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    """Rungs of ours that are to be raised, by message: the places and times of those still to come."""
    match decoded(row.kind, row.payload):
        case MessageSent() | MessageStored() as event:
            outgoing = isinstance(event, MessageSent)
            if event.planned:
                planned = {str(rung.rung): rung.due_s for rung in event.planned}
                return [(standing_key(event.peer, outgoing, event.sequence), _ENCODER.encode(planned))]
            if _settled_by(event) is Step.ACKNOWLEDGEMENT and event.answers_sequence is not None:
                return [(standing_key(event.peer, not outgoing, event.answers_sequence), None)]
            return []
        case RungRaised() as event:
            key = standing_key(event.peer, event.outgoing, event.sequence)
            left = dict(_RUNGS_DECODER.decode(read(key) or b"{}"))
            left.pop(str(event.rung), None)
            return [(key, _ENCODER.encode(left) if left else None)]
        case _:
            return []


def _reduce_summons(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    """Raised rungs whose outlets are still to be tried."""
    match decoded(row.kind, row.payload):
        case RungRaised() as event:
            return [(_summons_key(event), row.payload)]
        case RungSummoned() as event:
            return [(_summons_key(event), None)]
        case _:
            return []


def _summons_key(event: RungRaised | RungSummoned) -> str:
    return rung_key(standing_key(event.peer, event.outgoing, event.sequence), event.rung)


def _reduce_last_checks(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    """When we last asked each peer "do you hear me?"."""
    event = decoded(row.kind, row.payload)
    if not isinstance(event, MessageSent) or not isinstance(event.message, LineCheck):
        return []
    return [(event.peer, _ENCODER.encode(event.issued_s))]


def _reduce_links(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    """How each link stood last: a link that was halted stays so over a restart, until a person lets it go on."""
    event = decoded(row.kind, row.payload)
    if not isinstance(event, LinkChanged):
        return []
    return [(event.peer, _ENCODER.encode(LinkKept(state=event.state, reason=event.reason, since_s=row.time_s)))]


def _reduce_last_faults(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    event = decoded(row.kind, row.payload)
    if not isinstance(event, FaultSeen) or FAULT_RULES[event.code] is not FaultRule.HALT:
        return []
    seen = LastFault(code=event.code, whose=event.whose, detail=event.detail, time_s=row.time_s)
    return [(event.peer, _ENCODER.encode(seen))]


def _reduce_key_changes(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    """The key statements of every log, so that a start need not read the logs for them."""
    event = decoded(row.kind, row.payload)
    if not isinstance(event, MessageSent | MessageStored) or not isinstance(event.message, KeyChange):
        return []
    return [(standing_key(event.peer, isinstance(event, MessageSent), event.sequence), event.message.statement)]


def read_key_changes(journal: Journal, peer: str, outgoing: bool) -> list[tuple[int, bytes]]:
    """Places and statements of the key changes in one direction, by place."""
    prefix = standing_prefix(peer, outgoing)
    items = takewhile(lambda item: item[0].startswith(prefix), _all_items(journal, KEY_CHANGES, after=prefix))
    return [(int(key[len(prefix) :]), statement) for key, statement in items]


def read_link(journal: Journal, peer: str) -> LinkKept | None:
    """The last change of the link to a peer that is on record."""
    value = journal.view(LINKS, peer)
    return None if value is None else _LINK_DECODER.decode(value)


def read_last_fault(journal: Journal, peer: str) -> LastFault | None:
    """The last fault of the line to a peer that a person must look at."""
    value = journal.view(LAST_FAULTS, peer)
    return None if value is None else _FAULT_DECODER.decode(value)


def step_key(key: str, step: Step) -> str:
    """Key of one step of a message in the view of what is owed."""
    return f"{key}/{step}"


def split_step_key(key: str) -> tuple[str, Step]:
    """A message's key and the step, from the key of a step."""
    standing, _, step = key.rpartition("/")
    return standing, Step(step)


def rung_key(key: str, place: int) -> str:
    """Key of one rung of a message."""
    return f"{key}/{place:02d}"


def split_rung_key(key: str) -> tuple[str, int]:
    """A message's key and the rung's place, from the key of a rung."""
    standing, _, place = key.rpartition("/")
    return standing, int(place)


def times_of_event(kind: str, payload: bytes) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """What time will bring about for the message of a SENT or STORED event: (due, key of the step) for everything it
    is owed, and (due, key of the rung) for those that we raise.
    """
    event = decoded(kind, payload)
    if not isinstance(event, MessageSent | MessageStored):
        return [], []
    key = standing_key(event.peer, isinstance(event, MessageSent), event.sequence)
    owed = [(limit_s, step_key(key, step)) for step, limit_s in due_of(event).items()]
    return owed, [(rung.due_s, rung_key(key, rung.rung)) for rung in event.planned]


def acknowledged_by(kind: str, payload: bytes) -> list[str]:
    """Key of the message that a SENT or STORED event acknowledges; empty for every other event."""
    event = decoded(kind, payload)
    if not isinstance(event, MessageSent | MessageStored) or event.answers_sequence is None:
        return []
    if _settled_by(event) is not Step.ACKNOWLEDGEMENT:
        return []
    return [standing_key(event.peer, isinstance(event, MessageStored), event.answers_sequence)]


def asked_by(kind: str, payload: bytes) -> list[str]:
    """The peer that a SENT event asks "do you hear me?"; empty for every other event."""
    event = decoded(kind, payload)
    return [event.peer] if isinstance(event, MessageSent) and isinstance(event.message, LineCheck) else []


def open_deadlines(journal: Journal) -> list[tuple[float, str]]:
    """When everything that is still owed is due, with the keys of the steps."""
    return [(_TIME_DECODER.decode(value), key) for key, value in _all_items(journal, OPEN)]


def open_rungs(journal: Journal) -> list[tuple[float, str]]:
    """When the rungs still to be raised are due, with their keys."""
    return [
        (due_s, rung_key(key, int(place)))
        for key, value in _all_items(journal, RUNGS)
        for place, due_s in _RUNGS_DECODER.decode(value).items()
    ]


def open_summons(journal: Journal, peer: str, limit: int) -> list[RungRaised]:
    """Raised rungs of the line to a peer whose outlets are still to be tried, at most `limit`."""
    prefix = f"{peer}/"
    items = takewhile(lambda item: item[0].startswith(prefix), journal.view_items(SUMMONS, prefix, limit))
    return [_RUNG_DECODER.decode(value) for _, value in items]


def _all_items(journal: Journal, view: str, after: str = "") -> Iterable[tuple[str, bytes]]:
    while page := journal.view_items(view, after, MAX_PAGE_ROWS):
        yield from page
        after = page[-1][0]
