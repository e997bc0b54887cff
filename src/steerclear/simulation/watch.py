"""An independent watch over one party's journal: every deadline and rung once, never early, at most a second late.

What is owed is worked out from the messages and the agreement by this module alone, and timed by the party's own
steady clock; while a node is down no time passes for it but what its clock shows at the next start.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from steerclear.model.agreement import LadderSide
from steerclear.model.messages import (
    Acknowledgement,
    AlertNotice,
    LineCheck,
    LineCheckAnswer,
    Message,
    Relay,
    Request,
    Response,
    SafetyStop,
    Verdict,
)
from steerclear.services.line_events import RUNG, SENT, STORED, UNANSWERED
from steerclear.simulation.cast import LADDER
from steerclear.simulation.clock import PartyClock
from steerclear.simulation.limits import EARLIEST_S, LATEST_S
from steerclear.simulation.medium import Medium
from steerclear.store.entries import JournalRow

ACKNOWLEDGE: Final = "acknowledgement"


class Said(Struct):
    """What this module reads of a message that was sent or stored."""

    peer: str
    sequence: int
    message: Message
    answers_sequence: int | None = None
    unheeded: str | None = None


class Passed(Struct):
    """What this module reads of a missed answer or a raised rung."""

    peer: str
    outgoing: bool
    sequence: int
    step: str = ""
    rung: int = -1
    why: str = ""


Place = tuple[str, bool, int]
"""(peer, whether we sent it, place in that log)."""
Owed = tuple[Place, str]
"""A message and a step, or a rung as "rung 2"."""

_SAID = msgspec.json.Decoder(Said)
_PASSED = msgspec.json.Decoder(Passed)


class Due(Struct):
    """When something must happen."""

    clock_s: float
    """By the party's own clock, as it was when the message was written."""
    steady_s: float
    """By its steady clock, of the process that runs now."""


class Watch:
    """Follows one party's journal and says what was early, late, missed or done twice."""

    def __init__(self, name: str, clock: PartyClock, medium: Medium) -> None:
        self._name = name
        self._clock = clock
        self._medium = medium
        self._followed = 0
        self._began_s = 0.0
        self.owed: dict[Owed, Due] = {}
        self.happened: dict[Owed, str] = {}
        """Deadlines that passed and rungs that were raised, with why."""
        self.expected_next: list[tuple[int, Place, bool]] = []
        """(row, message, read just now): a step after reading is overdue, so a rung must be raised after that row."""
        self.raised_rows: dict[Place, list[int]] = {}
        self.planned: dict[Place, list[int]] = {}
        """The rungs that are this side's to raise."""
        self._settled_s: dict[Owed, float] = {}
        """By the steady clock of the process that runs now."""
        self._interrupted = False
        self._read_s: dict[Place, float] = {}
        """Messages that are acknowledged, and when, as above."""
        self.faults: list[str] = []

    def new_process(self) -> None:
        """A node starts over what its disk holds: time goes on from what its clock says, but not from before its last
        row.
        """
        self._followed = min(self._followed, len(self._medium.rows))
        self.follow(0, live=False)
        now_s = self._clock.now_s()
        if self._medium.rows:
            now_s = max(now_s, self._medium.rows[-1].time_s)
        self._interrupted = bool(self._medium.rows)
        self._began_s = self._clock.steady_s()
        self._settled_s.clear()
        for due in self.owed.values():
            due.steady_s = self._began_s + due.clock_s - now_s

    def follow(self, _sequence: int, live: bool = True) -> None:
        """Take up the rows that were committed just now."""
        rows = self._medium.rows[self._followed :]
        self._followed = len(self._medium.rows)
        for row in rows:
            if row.kind in (SENT, STORED):
                self._said(row, _SAID.decode(row.payload))
            elif row.kind in (UNANSWERED, RUNG):
                self._passed(row, _PASSED.decode(row.payload), live)

    def excused(self) -> None:
        """The disk took not all of this tick: what was due then must come with the next one that it takes."""
        self._interrupted = True
        self._began_s = self._clock.steady_s()

    def look(self) -> None:
        """Right after a tick: nothing may be overdue by more than a second."""
        steady_s = self._clock.steady_s()
        for owed, due in self.owed.items():
            late_s = steady_s - max(due.steady_s, self._began_s)
            if late_s > LATEST_S:
                self.faults.append(f"{self._name}: {_words(owed)} is {late_s:.2f} s late")

    def _said(self, row: JournalRow, said: Said) -> None:
        outgoing = row.kind == SENT
        place = (said.peer, outgoing, said.sequence)
        steady_s = self._clock.steady_s()
        for step, due_s in _due_times(said.message).items():
            self.owed[place, step] = Due(due_s, steady_s + due_s - row.time_s)
        if _climbs(said.message):
            side = LadderSide.SENDER if outgoing else LadderSide.RECEIVER
            self.planned[place] = [number for number, rung in enumerate(LADDER.rungs) if rung.side is side]
            for number in self.planned[place]:
                rung = LADDER.rungs[number]
                self.owed[place, f"rung {number}"] = Due(row.time_s + rung.after_s, steady_s + rung.after_s)
        if said.answers_sequence is not None and said.unheeded is None:
            self._settle((said.peer, not outgoing, said.answers_sequence), said.message)

    def _settle(self, asked: Place, answer: Message) -> None:
        match answer:
            case Acknowledgement() | LineCheckAnswer():
                self._read_s.setdefault(asked, self._clock.steady_s())
                steps = [ACKNOWLEDGE, *(f"rung {number}" for number in range(len(LADDER.rungs)))]
            case Relay():
                steps = ["relay"]
            case Response() if answer.verdict is not Verdict.CHECKING:
                steps = ["response"]
            case _:
                steps = []
        for step in steps:
            if self.owed.pop((asked, step), None) is not None:
                self._settled_s[asked, step] = self._clock.steady_s()

    def _passed(self, row: JournalRow, passed: Passed, live: bool) -> None:
        place = (passed.peer, passed.outgoing, passed.sequence)
        step = passed.step or f"rung {passed.rung}"
        owed = (place, step)
        if owed in self.happened:
            self.faults.append(f"{self._name}: {_words(owed)} happened twice")
        self.happened[owed] = passed.why
        if row.kind == RUNG:
            self.raised_rows.setdefault(place, []).append(row.sequence)
        elif step != ACKNOWLEDGE and place in self._read_s and self._rungs_left(place):
            just_read = self._read_s[place] == self._clock.steady_s()
            self.expected_next.append((row.sequence, place, just_read))
        due = self.owed.pop(owed, None)
        early = passed.why not in ("", "not acknowledged in time")
        if early:  # raised before its time, or after an acknowledgement, for a reason that it states
            return
        if due is None and self._settled_s.get(owed) == self._clock.steady_s():
            return  # the answer was still on its way to the disk when the tick looked
        if due is None:
            self.faults.append(f"{self._name}: {_words(owed)} was not owed (any more)")
            return
        off_s = self._clock.steady_s() - due.steady_s
        if live and off_s < -EARLIEST_S:
            self.faults.append(f"{self._name}: {_words(owed)} is {-off_s:.2f} s early")

    def _rungs_left(self, place: Place) -> bool:
        return any((place, f"rung {number}") not in self.happened for number in self.planned.get(place, ()))

    def finish(self, sudden: bool) -> list[str]:
        """What is wrong at the end of a run that has come to rest; `sudden`: also what fell between two writes."""
        left = [f"{self._name}: {_words(owed)} never came" for owed in self.owed]
        stuck = [
            f"{self._name}: a step of {place} went overdue at row {row} and no rung was raised for it"
            for row, place, just_read in self.expected_next
            if (sudden or not (self._interrupted or just_read))
            and not any(raised > row for raised in self.raised_rows.get(place, ()))
        ]
        return [*self.faults, *left, *stuck]


def _due_times(message: Message) -> dict[str, float]:
    if isinstance(message, LineCheck):
        return {ACKNOWLEDGE: message.answer_by_s}
    if not isinstance(message, AlertNotice | SafetyStop | Request):
        return {}
    times = {ACKNOWLEDGE: message.acknowledge_by_s, "relay": message.relay_by_s, "response": message.respond_by_s}
    return {step: due_s for step, due_s in times.items() if due_s is not None}


def _climbs(message: Message) -> bool:
    return isinstance(message, SafetyStop | AlertNotice) and message.acknowledge_by_s is not None


def _words(owed: Owed) -> str:
    (peer, outgoing, sequence), step = owed
    return f"{step} of message {sequence} {'to' if outgoing else 'from'} {peer}"
