"""What a record that holds says: for every message the five states, each on its own, what is owed, and what is late.

A time of issue is its sender's word. Receipts bound it: an answer was written after the last receipt that its sender
had given for what it says it had seen, and it was there when the asker gave the first receipt that covers it.
What is withheld counts as neither answered nor unanswered.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from typing import Final

import msgspec

from steerclear.dialogue.key_ring import RevokedRange
from steerclear.dialogue.lifecycle import (
    INTERIM,
    AnyAnswer,
    answered_id,
    begin,
    kind_of,
    step_of,
    why_unheeded,
)
from steerclear.dialogue.limits import MAX_CLOCK_SKEW_S
from steerclear.dialogue.terms import Versions
from steerclear.model.messages import Escalation, LineCheckAnswer, Relay, Response, Step, Verdict
from steerclear.services.record_log import RecordLog, Said, latest_times

LATE_ISSUED: Final = "issued after it was due"
LATE_WRITTEN: Final = "written after it was due, as a receipt that its sender had given before shows"
LATE_RECEIVED: Final = "issued in time as its sender says, but first proved to have arrived after it was due"
LATE_NEVER: Final = "issued in time as its sender says, but not proved to have arrived"
NEVER_SENT: Final = "it escalates a message that was never sent on this line"
NOT_SHOWN: Final = "not shown"
"""Kind of a message whose content is withheld."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One step that people have taken."""

    by: str
    """Function and desk."""
    message_id: str
    issued_s: float
    received_s: int | None
    """First receipt of the asker that covers it."""
    says: str
    """A relay: the unit; a response: the verdict; a line check's answer: the cause of its being late."""


class RungShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rung of the ladder that a party says it raised."""

    party: str
    rung: int
    function: str
    raised_at_s: float
    last: bool


class MessageLine(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the record. No state stands for another."""

    message_id: str
    kind: str
    issued_s: float
    received_s: int | None
    """Time of the first receipt that covers it, by the receiver's clock; None when there is none."""
    due_s: dict[str, float]
    """Steps that the agreement wants for it, and when."""
    acknowledged: Given | None = None
    relayed: Given | None = None
    no_objection: Given | None = None
    approved: Given | None = None
    other_verdict: Given | None = None
    checking: Given | None = None
    rungs: tuple[RungShown, ...] = ()
    overdue: tuple[str, ...] = ()
    """Steps that were due before the export and are not in this record."""
    open: tuple[str, ...] = ()
    """Steps that were not due yet."""
    not_shown: tuple[str, ...] = ()
    """Steps of which nobody can say whether they were taken (in time): withheld entries may have."""
    late: dict[str, str] = {}
    without_effect: str | None = None
    misdated: bool = False
    """It states a time before a receipt that its sender had given already."""


class LogReport(msgspec.Struct, frozen=True, kw_only=True):
    """One direction of the record."""

    origin: str
    entries: int
    root: bytes
    received: int
    """Entries covered by the receiver's cosignature."""
    withheld: tuple[str, ...]
    """Messages whose content is not shown."""
    kinds: dict[str, int]
    states: dict[str, int]
    """How many messages are received, acknowledged, relayed, ...: each counted on its own."""
    messages: tuple[MessageLine, ...]
    key_changes: tuple[int, ...] = ()
    """Places of the sender's key changes."""
    revoked: tuple[RevokedRange, ...] = ()
    """Entries under a key that was revoked, afterwards, as of an entry before them; they keep their effect."""
    revoked_receipts: tuple[str, ...] = ()
    """Receipts that were taken back, and why; what only they cover is not counted as received."""

    def with_step(self, which: str, step: str) -> tuple[str, ...]:
        """Ids of the messages of which a step is "overdue", "open", "not_shown" or "late"."""
        return tuple(line.message_id for line in self.messages if step in getattr(line, which))

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Messages that a named function should have acknowledged, and has not in this record."""
        return self.with_step("overdue", Step.ACKNOWLEDGEMENT)


class _Times:
    """Receipts of one log, to be asked by place and by size."""

    def __init__(self, read: RecordLog) -> None:
        bounds = list(latest_times(read))
        self._sizes = [size for size, _ in bounds]
        self._latest_s = [time_s for _, time_s in bounds]
        self._times_s = [receipt.time_s for receipt in read.receipts]

    def received_s(self, sequence: int) -> int | None:
        """Time of the first receipt that covers an entry."""
        covering = bisect_right(self._sizes, sequence)
        return self._times_s[covering] if covering < len(self._sizes) else None

    def stated_s(self, size: int) -> int:
        """Latest time that the receiver had stated when it held `size` entries."""
        given = bisect_right(self._sizes, size)
        return self._latest_s[given - 1] if given else 0


def report_logs(ours: RecordLog, theirs: RecordLog, versions: Versions, exported_s: int) -> tuple[LogReport, LogReport]:
    """What each direction holds, and what the other direction answers."""
    one, two = _Reading(ours, theirs, versions, exported_s), _Reading(theirs, ours, versions, exported_s)
    return one.report(), two.report()


class _Reading:
    """One direction, asked what the other one makes of it."""

    def __init__(self, one: RecordLog, other: RecordLog, versions: Versions, exported_s: int) -> None:
        self.one, self.other, self.versions, self.exported_s = one, other, versions, exported_s
        self.times, self.answer_times = _Times(one), _Times(other)
        self.steps: dict[int, dict[str, tuple[int, AnyAnswer]]] = {}
        for sequence, said in enumerate(other.said):
            if isinstance(said.message, AnyAnswer) and _void(other, sequence, one, versions) is None:
                asked = one.log.sequence_of(str(answered_id(said.message)))
                self._take(asked, sequence, said.message)
        self.rungs: dict[int, list[RungShown]] = {}
        for log in (one, other):
            self._raise(log)

    def report(self) -> LogReport:
        """The whole direction."""
        lines = tuple(self._line(sequence, said) for sequence, said in enumerate(self.one.said))
        given = ("acknowledged", "relayed", "no_objection", "approved", "other_verdict")
        states = {name: sum(getattr(line, name) is not None for line in lines) for name in given}
        return LogReport(
            origin=self.one.log.origin,
            entries=len(lines),
            root=self.one.roots[len(lines)],
            received=self.one.received,
            withheld=tuple(map(self.one.log.message_id, self.one.withheld)),
            kinds=dict(Counter(line.kind for line in lines)),
            states=states,
            messages=lines,
            key_changes=tuple(period.first for period in self.one.ring.periods if period.number),
            revoked=self.one.ring.revoked_ranges(),
            revoked_receipts=tuple(self.one.revoked_receipts),
        )

    def _take(self, asked: int | None, sequence: int, answer: AnyAnswer) -> None:
        """Of several acknowledgements and relays the first is kept; of several responses the last."""
        if asked is None or self.one.said[asked].message is None:
            return
        steps, given = self.steps.setdefault(asked, {}), (sequence, answer)
        if isinstance(answer, Response):
            steps["checking" if answer.verdict in INTERIM else Step.RESPONSE] = given
        else:
            steps.setdefault(step_of(answer), given)

    def _raise(self, log: RecordLog) -> None:
        """The rungs that a party says, in its log, it has raised for messages of this direction."""
        for said in log.said:
            raised = said.message
            if not isinstance(raised, Escalation):
                continue
            place = self.one.log.sequence_of(raised.escalates)
            if place is None or place >= len(self.one.said):
                continue
            rungs = self.rungs.setdefault(place, [])
            if all((rung.party, rung.rung) != (log.log.sender, raised.rung) for rung in rungs):
                rungs.append(
                    RungShown(
                        party=log.log.sender,
                        rung=raised.rung,
                        function=raised.function,
                        raised_at_s=raised.raised_at_s,
                        last=raised.last,
                    )
                )

    def _line(self, sequence: int, said: Said) -> MessageLine:
        message, steps = said.message, self.steps.get(sequence, {})
        due_s = {str(step): time_s for step, time_s in said.due.items()}
        given = {step: self._given(*answer) for step, answer in steps.items()}
        response = given.get(Step.RESPONSE)
        verdict = None if response is None else response.says
        line = MessageLine(
            message_id=self.one.log.message_id(sequence),
            kind=NOT_SHOWN if message is None else kind_of(message),
            issued_s=said.issued_s,
            received_s=self.times.received_s(sequence),
            due_s=due_s,
            acknowledged=given.get(Step.ACKNOWLEDGEMENT),
            relayed=given.get(Step.RELAY),
            no_objection=response if verdict == Verdict.NO_OBJECTION else None,
            approved=response if verdict == Verdict.APPROVED else None,
            other_verdict=response if verdict not in (Verdict.NO_OBJECTION, Verdict.APPROVED) else None,
            checking=given.get("checking"),
            rungs=tuple(self.rungs.get(sequence, ())),
            without_effect=_void(self.one, sequence, self.other, self.versions),
            misdated=said.issued_s + MAX_CLOCK_SKEW_S < self.answer_times.stated_s(said.peer_size),
        )
        return self._judged(line, sequence, due_s, steps)

    def _judged(
        self, line: MessageLine, sequence: int, due_s: dict[str, float], steps: dict[str, tuple[int, AnyAnswer]]
    ) -> MessageLine:
        """The line with what is owed, and what came late; withheld entries that may have answered it leave it open."""
        owed: dict[str, list[str]] = {"overdue": [], "open": [], "not_shown": []}
        late: dict[str, str] = {}
        for step, limit_s in due_s.items():
            answer = steps.get(step)
            if answer is None:
                past = "overdue" if limit_s <= self.exported_s else "open"
                owed["not_shown" if self._hidden(sequence, len(self.other.said)) else past].append(step)
            elif why := self._why_late(answer[0], limit_s):
                if self._hidden(sequence, answer[0]):
                    owed["not_shown"].append(step)
                else:
                    late[step] = why
        return msgspec.structs.replace(
            line,
            overdue=tuple(owed["overdue"]),
            open=tuple(owed["open"]),
            not_shown=tuple(owed["not_shown"]),
            late=late,
        )

    def _why_late(self, sequence: int, limit_s: float) -> str | None:
        said = self.other.said[sequence]
        received_s = self.answer_times.received_s(sequence)
        if said.issued_s > limit_s:
            return LATE_ISSUED
        if self.times.stated_s(said.peer_size) > limit_s:
            return LATE_WRITTEN
        if received_s is None:
            return LATE_NEVER if self.exported_s > limit_s else None
        return LATE_RECEIVED if received_s > limit_s else None

    def _hidden(self, asked: int, before: int) -> bool:
        """Whether a withheld entry before a place of the other log had seen the message, so may answer it."""
        count = bisect_left(self.other.withheld, before)
        return count > 0 and self.other.said[self.other.withheld[count - 1]].peer_size > asked

    def _given(self, sequence: int, answer: AnyAnswer) -> Given:
        says = ""
        match answer:
            case Relay():
                says = answer.unit
            case Response():
                says = str(answer.verdict)
            case LineCheckAnswer():
                says = str(answer.cause or "")
        return Given(
            by=f"{answer.function} at {answer.desk_id}",
            message_id=self.other.log.message_id(sequence),
            issued_s=self.other.said[sequence].issued_s,
            received_s=self.answer_times.received_s(sequence),
            says=says,
        )


def _void(answering: RecordLog, sequence: int, asked_log: RecordLog, versions: Versions) -> str | None:
    """Why an answer or a raised rung has no effect although it was signed and sent; None when it counts, is neither,
    or is about a message that is not shown.
    """
    said = answering.said[sequence]
    if isinstance(said.message, Escalation):
        ours = answering.log.sequence_of(said.message.escalates)
        theirs = asked_log.log.sequence_of(said.message.escalates)
        known = (ours is not None and ours < sequence) or (theirs is not None and theirs < said.peer_size)
        return None if known else NEVER_SENT
    asked_id = None if said.message is None else answered_id(said.message)
    if said.message is None or asked_id is None:
        return None
    place = asked_log.log.sequence_of(asked_id)
    asked = None
    if place is not None and place < len(asked_log.said):
        held = asked_log.said[place]
        if held.message is None and place < said.peer_size:
            return None
        # What is withheld and was not seen yet is judged by its place alone.
        asked = begin(held.message or said.message, answering.log.sender, True, place, held.issued_s, 0.0)
    party = versions.known[said.version].agreement.party(answering.log.sender)
    return why_unheeded(asked, said.message, party, said.peer_size)
