"""Figures about the line, for the machines that watch it: how soon it is answered, what is owed, what failed.

Everything is counted while following the journal, event by event, so that a look costs what has happened since the
last one. Counters begin at the node's start; what is owed was read once from the views then. No figure carries what
a message says: its kind, its urgency and the parties are all that is told of it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

import msgspec

from steerclear.dialogue.link_state import LinkState
from steerclear.model.vocabulary import LineCondition, MessageKind, Urgency
from steerclear.services.exchange import Exchange
from steerclear.services.line_end import LineEnd
from steerclear.services.line_events import (
    FAULT,
    LINK,
    RECEIPT,
    RECEIPTS,
    RUNG,
    SENT,
    STORED,
    SUMMONED,
    UNANSWERED,
    standing_key,
)
from steerclear.services.line_status import open_standings
from steerclear.store.entries import JournalRow
from steerclear.store.limits import MAX_PAGE_ROWS

ANSWER_BUCKETS_S: Final = (1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0)
"""Upper ends of the histogram of acknowledgement times: from the immediate stop to the routine notice."""
RUNG_BUCKETS_S: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
"""A rung is promised to be raised at most 1 s late."""
COMMIT_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
CLOCK_CONFIRMED_FOR_S: Final = 86_400.0
"""A receipt shows for so long that two clocks agree."""
CLOCK_NEAR_S: Final = 300.0
"""Two clocks that differ by less agree on what day it is."""
MAX_COMMITS_REMEMBERED: Final = 8_192
"""Commits whose time waits to be compared with their events'; of more, the oldest are left out."""
ACKNOWLEDGEMENT: Final = "acknowledgement"
RELAY: Final = "relay"
RESPONSE: Final = "response"
GIVEN_BY: Final[dict[str, str]] = {
    MessageKind.ACKNOWLEDGEMENT: ACKNOWLEDGEMENT,
    MessageKind.LINE_CHECK_ANSWER: ACKNOWLEDGEMENT,
    MessageKind.RELAY: RELAY,
    MessageKind.RESPONSE: RESPONSE,
}
"""Which kind of message takes another through which of its steps."""
INTERIM: Final = "checking"
"""The verdict that leaves the response owed."""


class Histogram:
    """Counts of times up to each of the given bounds, and of longer ones."""

    def __init__(self, bounds_s: Sequence[float]) -> None:
        self.bounds_s = tuple(bounds_s)
        self.counts = [0] * (len(bounds_s) + 1)
        self.sum_s = 0.0

    def add(self, time_s: float) -> None:
        """Count one time; below zero (two clocks) it counts as none."""
        time_s = max(0.0, time_s)
        self.sum_s += time_s
        place = next((place for place, bound_s in enumerate(self.bounds_s) if time_s <= bound_s), -1)
        self.counts[place] += 1


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was agreed for a message and that nobody has taken yet."""

    peer: str
    outgoing: bool
    kind: str
    urgency: str
    step: str
    issued_s: float
    due_s: float
    missed: bool = False


class Checks(msgspec.Struct):
    """What became of our line checks to one peer."""

    answered: int = 0
    answered_late: int = 0
    missed_with_cause: int = 0
    missed_without_cause: int = 0
    series: int = 0
    """Missed without a cause, one after the other, now."""


class _Head(msgspec.Struct):
    """What is looked at of a message, whatever its kind."""

    type: str
    urgency: str = Urgency.ROUTINE
    acknowledge_by_s: float | None = None
    answer_by_s: float | None = None
    relay_by_s: float | None = None
    respond_by_s: float | None = None
    verdict: str | None = None
    condition: str | None = None
    cause: str | None = None
    from_s: float = 0.0
    until_s: float | None = None

    def due_times(self) -> dict[str, float]:
        """When each step that it asks for is due."""
        first_s = self.answer_by_s if self.type == MessageKind.LINE_CHECK else self.acknowledge_by_s
        times = ((ACKNOWLEDGEMENT, first_s), (RELAY, self.relay_by_s), (RESPONSE, self.respond_by_s))
        return {step: due_s for step, due_s in times if due_s is not None}


class _MessageRow(msgspec.Struct):
    """What is looked at of a SENT or STORED event."""

    peer: str
    sequence: int
    issued_s: float
    message: _Head
    answers_sequence: int | None = None
    unheeded: str | None = None
    due: dict[str, float] | None = None

    def due_times(self) -> dict[str, float]:
        """When each step is due: as the agreement has it where the message says otherwise."""
        return self.message.due_times() if self.due is None else self.due


class _ReceiptRow(msgspec.Struct):
    peer: str
    time_s: float


class _MissedRow(msgspec.Struct):
    peer: str
    outgoing: bool
    sequence: int
    step: str = ACKNOWLEDGEMENT


class _RungRow(msgspec.Struct):
    peer: str
    rung: int
    due_s: float


class _OutletRow(msgspec.Struct):
    reached: bool


class _SummonedRow(msgspec.Struct):
    peer: str
    outlets: tuple[_OutletRow, ...]


class _FaultRow(msgspec.Struct):
    peer: str
    code: str
    whose: str


class _LinkRow(msgspec.Struct):
    peer: str
    state: str


_NOTHING: Final = msgspec.Raw(b"null")
"""Raw takes any value, null too; as one of a union with None it would take nothing but that."""


class _StepRow(msgspec.Struct):
    given: msgspec.Raw = _NOTHING
    overdue_since_s: float | None = None


class _StandingRow(msgspec.Struct):
    """What is looked at of a standing, once, at the start."""

    peer: str
    outgoing: bool
    sequence: int
    issued_s: float
    message: _Head
    due: dict[str, float] = msgspec.field(default_factory=dict)
    answer: msgspec.Raw = _NOTHING
    unanswered_since_s: float | None = None
    relay: _StepRow = msgspec.field(default_factory=_StepRow)
    response: _StepRow = msgspec.field(default_factory=_StepRow)

    def open_steps(self) -> dict[str, bool]:
        """The steps that nobody has taken, each with whether its time has passed."""
        steps = {
            ACKNOWLEDGEMENT: _StepRow(self.answer, self.unanswered_since_s),
            RELAY: self.relay,
            RESPONSE: self.response,
        }
        return {name: step.overdue_since_s is not None for name, step in steps.items() if not _is_given(step.given)}


_message_decoder = msgspec.json.Decoder(_MessageRow)
_receipt_decoder = msgspec.json.Decoder(_ReceiptRow)
_missed_decoder = msgspec.json.Decoder(_MissedRow)
_rung_decoder = msgspec.json.Decoder(_RungRow)
_summoned_decoder = msgspec.json.Decoder(_SummonedRow)
_fault_decoder = msgspec.json.Decoder(_FaultRow)
_link_decoder = msgspec.json.Decoder(_LinkRow)
_standing_decoder = msgspec.json.Decoder(_StandingRow)
_time_decoder = msgspec.json.Decoder(float)

Place = tuple[str, str]
"""Key of a message in the views, and the step."""


class LineMetrics:
    """Follows a node's journal and counts; `follow` brings it up to date. All methods may be called from any thread.

    Keys of the counters are the labels of the figure, in this order.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.lock = Lock()
        """Held while counting; a reader that wants figures of one moment holds it too."""
        journal = exchange.journal
        self.started_s = exchange.clock.now_s()
        self._commits: deque[tuple[int, float]] = deque()
        self._forgotten = 0
        """Events up to here came in commits whose time is forgotten."""
        journal.on_commit(self._note_commit)
        self._followed = journal.last_sequence()
        self.owed: dict[Place, Owed] = _owed_at_start(exchange)
        self.taken_s: dict[tuple[str, str, str, str], Histogram] = {}
        """Time from the issue of a message to a step: by kind, urgency, step and direction."""
        self.missed: Counter[tuple[str, str, str, str, str]] = Counter()
        """Steps whose time passed: by peer, kind, urgency, step and direction."""
        self.messages: Counter[tuple[str, str, str]] = Counter()
        """By peer, kind and direction."""
        self.unheeded: Counter[str] = Counter()
        """Answers without effect, by peer."""
        self.rung_late_s: dict[tuple[str, str], Histogram] = {}
        """How long after its time each rung was raised: by peer and place in the ladder."""
        self.outlets: Counter[tuple[str, str]] = Counter()
        """Outlets that were tried, by peer and outcome."""
        self.faults: Counter[tuple[str, str, str]] = Counter()
        """By peer, code and whose fault it is."""
        self.checks = {peer: Checks() for peer in exchange.lines}
        self.receipt_s: dict[str, float] = {}
        """When each peer last proved to hold more of our log, by our clock."""
        self.clock_offset_s: dict[str, float] = {}
        """The peer's clock minus ours at its last receipt; a receipt tells whole seconds."""
        self.commit_s = Histogram(COMMIT_BUCKETS_S)
        """From the time an event bears to the moment it is durable."""
        self._stated: dict[str, _Head] = {}
        self._up: dict[str, float | None] = {}
        self._up_s: dict[str, float] = dict.fromkeys(exchange.lines, 0.0)
        for peer, line in exchange.lines.items():
            self._up[peer] = self.started_s if line.link is LinkState.UP else None
            held_s = _held_since_s(exchange, line)
            if held_s is not None:
                self.receipt_s[peer] = held_s
        self._counting: dict[str, Callable[[JournalRow], None]] = {
            SENT: self._count_message,
            STORED: self._count_message,
            RECEIPT: self._count_receipt,
            UNANSWERED: self._count_missed,
            RUNG: self._count_rung,
            SUMMONED: self._count_summoned,
            FAULT: self._count_fault,
            LINK: self._count_link,
        }

    def follow(self) -> None:
        """Count what has come into the journal since the last time. Raises StoreError."""
        with self.lock:
            while rows := self.exchange.journal.journal(self._followed, MAX_PAGE_ROWS):
                for row in rows:
                    count = self._counting.get(row.kind)
                    if count is not None:  # the others may bear the time of a recording
                        self._count_commit(row)
                        count(row)
                self._followed = rows[-1].sequence

    def up_s(self, peer: str, now_s: float) -> float:
        """Seconds that the line to a peer was up since the node's start."""
        since_s = self._up[peer]
        return self._up_s[peer] + (0.0 if since_s is None else max(0.0, now_s - since_s))

    def _note_commit(self, sequence: int) -> None:
        """On the writer's thread: everything up to a sequence is durable now."""
        self._commits.append((sequence, self.exchange.clock.now_s()))
        if len(self._commits) > MAX_COMMITS_REMEMBERED:
            self._forgotten = self._commits.popleft()[0]

    def _count_commit(self, row: JournalRow) -> None:
        if row.sequence <= self._forgotten:
            return
        while self._commits and self._commits[0][0] < row.sequence:
            self._commits.popleft()
        if self._commits:
            self.commit_s.add(self._commits[0][1] - row.time_s)

    def _count_message(self, row: JournalRow) -> None:
        event = _message_decoder.decode(row.payload)
        ours = row.kind == SENT
        kind = event.message.type
        self.messages[event.peer, kind, direction(ours)] += 1
        if event.unheeded is not None:
            self.unheeded[event.peer] += 1
            return
        if kind == MessageKind.LINE_STATE and not ours:
            self._stated[event.peer] = event.message
        key = standing_key(event.peer, ours, event.sequence)
        for step, due_s in event.due_times().items():
            self.owed[key, step] = Owed(
                peer=event.peer,
                outgoing=ours,
                kind=kind,
                urgency=event.message.urgency,
                step=step,
                issued_s=event.issued_s,
                due_s=due_s,
            )
        given = GIVEN_BY.get(kind)
        if given is not None and event.answers_sequence is not None and event.message.verdict != INTERIM:
            asked = self.owed.pop((standing_key(event.peer, not ours, event.answers_sequence), given), None)
            if asked is not None:  # the first one; later ones change nothing
                self._count_taken(asked, event.issued_s)

    def _count_taken(self, asked: Owed, taken_s: float) -> None:
        key = (asked.kind, asked.urgency, asked.step, direction(asked.outgoing))
        self.taken_s.setdefault(key, Histogram(ANSWER_BUCKETS_S)).add(taken_s - asked.issued_s)
        if asked.kind == MessageKind.LINE_CHECK and asked.outgoing:
            checks = self.checks[asked.peer]
            checks.series = 0
            if asked.missed:
                checks.answered_late += 1
            else:
                checks.answered += 1

    def _count_missed(self, row: JournalRow) -> None:
        event = _missed_decoder.decode(row.payload)
        place = standing_key(event.peer, event.outgoing, event.sequence), event.step
        asked = self.owed.get(place)
        if asked is None or asked.missed:
            return
        self.owed[place] = msgspec.structs.replace(asked, missed=True)
        self.missed[asked.peer, asked.kind, asked.urgency, asked.step, direction(asked.outgoing)] += 1
        if asked.kind == MessageKind.LINE_CHECK and asked.outgoing:
            checks = self.checks[asked.peer]
            if self._stated_cause(asked.peer, row.time_s) is not None:
                checks.missed_with_cause += 1
            else:
                checks.missed_without_cause += 1
                checks.series += 1

    def _stated_cause(self, peer: str, now_s: float) -> str | None:
        """Why the peer has said that it cannot be reached now; None when it has not."""
        said = self._stated.get(peer)
        if said is None or said.condition in (None, LineCondition.UP) or said.from_s > now_s:
            return None
        return None if said.until_s is not None and said.until_s < now_s else said.cause

    def confirms_clock(self, now_s: float) -> bool:
        """Whether a peer's receipt of the last day bore our time; one that lies ahead of `now_s` says nothing."""
        with self.lock:
            return any(
                0.0 <= now_s - self.receipt_s[peer] <= CLOCK_CONFIRMED_FOR_S and abs(offset_s) <= CLOCK_NEAR_S
                for peer, offset_s in self.clock_offset_s.items()
            )

    def _count_receipt(self, row: JournalRow) -> None:
        event = _receipt_decoder.decode(row.payload)
        self.receipt_s[event.peer] = row.time_s
        self.clock_offset_s[event.peer] = event.time_s - row.time_s

    def _count_rung(self, row: JournalRow) -> None:
        event = _rung_decoder.decode(row.payload)
        late_s = self.rung_late_s.setdefault((event.peer, str(event.rung)), Histogram(RUNG_BUCKETS_S))
        late_s.add(row.time_s - event.due_s)

    def _count_summoned(self, row: JournalRow) -> None:
        event = _summoned_decoder.decode(row.payload)
        for outlet in event.outlets:
            self.outlets[event.peer, "reached" if outlet.reached else "failed"] += 1

    def _count_fault(self, row: JournalRow) -> None:
        event = _fault_decoder.decode(row.payload)
        self.faults[event.peer, event.code, event.whose] += 1

    def _count_link(self, row: JournalRow) -> None:
        event = _link_decoder.decode(row.payload)
        since_s = self._up.get(event.peer)
        if since_s is not None:
            self._up_s[event.peer] += max(0.0, row.time_s - since_s)
        self._up[event.peer] = row.time_s if event.state == LinkState.UP else None


def direction(outgoing: bool) -> str:
    """A message's direction, as the figures name it."""
    return "sent" if outgoing else "arrived"


def _is_given(answer: msgspec.Raw) -> bool:
    return bytes(answer) != bytes(_NOTHING)


def _owed_at_start(exchange: Exchange) -> dict[Place, Owed]:
    found = {}
    for whole in open_standings(exchange):
        standing = _standing_decoder.decode(msgspec.json.encode(whole))
        key = standing_key(standing.peer, standing.outgoing, standing.sequence)
        for step, missed in standing.open_steps().items():
            if step in standing.due:
                found[key, step] = Owed(
                    peer=standing.peer,
                    outgoing=standing.outgoing,
                    kind=standing.message.type,
                    urgency=standing.message.urgency,
                    step=step,
                    issued_s=standing.issued_s,
                    due_s=standing.due[step],
                    missed=missed,
                )
    return found


def _held_since_s(exchange: Exchange, line: LineEnd) -> float | None:
    """When the receipt was taken that covers all that the peer has proved to hold; None before the first."""
    if line.received_size == 0:
        return None
    covering = exchange.journal.view_items(RECEIPTS, f"{line.peer}/{line.received_size - 1:019d}", 1)
    if not covering or not covering[0][0].startswith(f"{line.peer}/"):
        return None
    return _time_decoder.decode(covering[0][1])
