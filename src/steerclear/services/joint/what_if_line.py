"""The line under other terms: the shipped deadlines, ladders and answers over the recorded messages and times.

Each end of a line is lived through by its own clock, as its node did: deadlines strike, rungs are raised, and answers
come in when they came in there.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from functools import partial

import msgspec

from steerclear.dialogue.ladder import agreed_due, early_rung, ladder_of, overdue, planned_rungs, rung_owed
from steerclear.dialogue.lifecycle import (
    AnyAnswer,
    PlannedRung,
    RaisedRung,
    Standing,
    after_answer,
    after_deadline,
    after_rung,
    begin,
)
from steerclear.model.agreement import Agreement
from steerclear.model.messages import Message, Step
from steerclear.services.joint.clocks import joined_s
from steerclear.services.joint.messages import Clocks
from steerclear.services.joint.side import Side, receipt_s
from steerclear.services.line_events import MessageSent, MessageStored

OneAnswer = tuple[dict[str, float], AnyAnswer, float]
"""({party: when it was there}, the answer, its issue)"""
Answers = dict[str, list[OneAnswer]]


class Lived(msgspec.Struct, frozen=True, kw_only=True):
    """What one end of a line did about one message."""

    raised: tuple[tuple[float, PlannedRung], ...]
    """(when, by its own clock; the rung)"""
    due: dict[Step, float]
    missed: frozenset[Step]


class End(msgspec.Struct, frozen=True, kw_only=True):
    """One end of a line with a message: when its clock began to run, what came in, and until when it is known."""

    party: str
    outgoing: bool
    message: Message
    peer: str
    sequence: int
    issued_s: float
    begun_s: float
    answers: tuple[tuple[float, AnyAnswer, float], ...]
    """(when it was there, the answer, its issue)"""
    known_until_s: float


def live(end: End, agreement: Agreement) -> Lived:
    """Live through a message at one end under an agreement, until as far as the evidence goes."""
    message = end.message
    due = agreed_due(agreement, message, end.issued_s)
    planned = planned_rungs(ladder_of(agreement, message), end.outgoing, end.begun_s)
    standing = begin(message, end.peer, end.outgoing, end.sequence, end.issued_s, end.begun_s, planned, due)
    life = _Life(standing)
    moments: list[tuple[float, int, int, partial[None]]] = []
    for number, (time_s, answer, issued_s) in enumerate(end.answers):
        moments.append((time_s, 0, number, partial(life.answer, answer, issued_s)))
    for number, (step, due_s) in enumerate(due.items()):
        moments.append((max(due_s, end.begun_s), 1, number, partial(life.miss, step)))
    for number, rung in enumerate(planned):
        moments.append((rung.due_s, 2, number, partial(life.climb, rung.rung)))
    heapq.heapify(moments)
    while moments and moments[0][0] <= end.known_until_s:
        life.now_s, _, _, act = heapq.heappop(moments)
        act()
    return Lived(raised=tuple(life.raised), due=due, missed=frozenset(life.missed))


class _Life:
    """A standing that moves, by the functions that the node's timekeeper uses."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.now_s = 0.0
        self.raised: list[tuple[float, PlannedRung]] = []
        self.missed: set[Step] = set()

    def answer(self, answer: AnyAnswer, issued_s: float) -> None:
        """An answer came in; a step that is overdue already may now raise the next rung."""
        read = self.standing.acknowledged
        self.standing = after_answer(self.standing, answer, issued_s)
        if self.standing.acknowledged and not read:
            for step in (Step.RELAY, Step.RESPONSE):
                if overdue(self.standing, step):
                    self._raise(early_rung(self.standing, step), f"the {step} is overdue")

    def miss(self, step: Step) -> None:
        """A step's time has come."""
        moved = after_deadline(self.standing, step, self.now_s)
        if moved is self.standing:
            return
        self.standing = moved
        self.missed.add(step)
        self._raise(early_rung(self.standing, step), f"the {step} is overdue")

    def climb(self, place: int) -> None:
        """A rung's time has come."""
        self._raise(rung_owed(self.standing, place), "not acknowledged in time")

    def _raise(self, rung: PlannedRung | None, why: str) -> None:
        if rung is None:
            return
        raised = RaisedRung(
            rung=rung.rung, function=rung.function, raised_at_s=self.now_s, last=rung.last, ours=True, why=why
        )
        self.standing = after_rung(self.standing, raised)
        self.raised.append((self.now_s, rung))


def ends_of(sides: Sequence[Side], clocks: Clocks, answers: Answers, message_id: str) -> Iterator[End]:
    """Both ends of a message, as far as the evidence tells what came in there and when."""
    sender, receiver, number = message_id.split(":", 2)
    here = {side.party: side for side in sides}
    held = next((side.standings[message_id] for side in sides if message_id in side.standings), None)
    if held is None:
        return
    stored_s = _stored_s(here, message_id, sender, receiver)
    for party, peer, begun_s in ((sender, receiver, held.issued_s), (receiver, sender, stored_s)):
        if begun_s is None:
            continue
        known = [_known_until_s(side, clocks, party) for side in sides]
        yield End(
            party=party,
            outgoing=party == sender,
            message=held.message,
            peer=peer,
            sequence=int(number),
            issued_s=held.issued_s,
            begun_s=begun_s,
            answers=tuple((there[party], answer, issued_s) for there, answer, issued_s in answers.get(message_id, ())),
            known_until_s=max(known),
        )


def _stored_s(here: dict[str, Side], message_id: str, sender: str, receiver: str) -> float | None:
    """When the receiver's clock began to run, by that clock; by the sender's receipts without its own evidence."""
    side = here.get(receiver)
    if side is not None and message_id in side.stored_s:
        return side.stored_s[message_id]
    sent = here.get(sender)
    proved_s = None if sent is None else receipt_s(sent, receiver, int(message_id.rpartition(":")[2]))
    if proved_s is not None:
        return proved_s
    line = next((one.lines[message_id] for one in here.values() if message_id in one.lines), None)
    return None if line is None or line.received_s is None else float(line.received_s)


def all_answers(sides: Sequence[Side], clocks: Clocks) -> Answers:
    """Everything that answers a message and counts, by the message that it answers, in the order of issue."""
    found: dict[str, dict[str, OneAnswer]] = {}
    for side in sides:
        said: list[tuple[str, MessageSent | MessageStored]] = [*side.sent.items(), *side.stored.items()]
        for answer_id, event in said:
            message = event.message
            if not isinstance(message, AnyAnswer) or event.answers_sequence is None:
                continue
            if isinstance(event, MessageStored) and event.unheeded is not None:
                continue
            receiver, sender, _ = answer_id.split(":", 2)
            asked_id = f"{sender}:{receiver}:{event.answers_sequence}"
            new = {receiver: event.issued_s}, message, event.issued_s
            there, _, _ = found.setdefault(asked_id, {}).setdefault(answer_id, new)
            if side.party == sender:
                there[sender] = side.stored_s[answer_id]
    for asked_id, answers in found.items():
        sender, receiver, _ = asked_id.split(":", 2)
        for there, _, issued_s in answers.values():
            # Without the asker's evidence: it had the answer when it was issued, or later; the earliest is taken.
            there.setdefault(sender, _by_clock_of(clocks, sender, joined_s(clocks, receiver, issued_s)))
    return {asked_id: sorted(answers.values(), key=lambda one: one[2]) for asked_id, answers in found.items()}


def _by_clock_of(clocks: Clocks, party: str, time_s: float) -> float:
    known = clocks.get(party)
    return time_s if known is None or known.estimate_s is None else time_s + known.estimate_s


def _known_until_s(side: Side, clocks: Clocks, party: str) -> float:
    end_s = min(side.incident.until_s, side.exported_s)
    return _by_clock_of(clocks, party, joined_s(clocks, side.party, end_s))
