"""Decide again what the line decided: deadlines and ladders of every message, answers, silences and raised rungs.

The recorded messages and the recorded times go through the same functions of `dialogue` that decided when it happened.
A rung or a deadline that was due while nobody had answered, and is not recorded, is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import msgspec

from steerclear.dialogue.entry import DecodedEntry, Entry
from steerclear.dialogue.ladder import early_rung, next_rung, overdue_words, rung_owed
from steerclear.dialogue.lifecycle import PlannedRung, Standing, after_deadline, kind_of, settled
from steerclear.dialogue.terms import LineTerms, line_terms
from steerclear.model.messages import Step
from steerclear.services.entry_events import sent_event, stored_event
from steerclear.services.incident.against_record import AgainstRecord
from steerclear.services.incident.bundle_files import EvidenceRow
from steerclear.services.incident.comparison import (
    Difference,
    DifferenceKind,
    Moment,
    MomentKind,
    differing_fields,
)
from steerclear.services.incident.evidence import IncidentEvidence
from steerclear.services.keep_time import UNACKNOWLEDGED, why_words
from steerclear.services.line_events import (
    RUNG,
    SENT,
    STANDINGS,
    STORED,
    UNANSWERED,
    AnswerMissed,
    MessageSent,
    MessageStored,
    RungRaised,
    decoded,
    event_views,
    journal_event,
    standing_key,
)
from steerclear.store.entries import JournalRow

TIMES: Final = "deadlines and ladder of a message"
ANSWERS: Final = "effect of an answer"
SILENCE: Final = "silence"
SAID: Final = "what was said"
RUNGS: Final = "rung"
AT_MOST_LATE_S: Final = 1.0
"""A node that runs raises a rung, and records a silence, within this time."""
EARLY_S: Final = 0.05
"""By so much two readings of one clock may differ."""

_STANDING = msgspec.json.Decoder(Standing)
Found = Iterator[tuple[str, Difference | None, Moment]]


class LineReplay:
    """Every decision of the line in a bundle, made again."""

    def __init__(self, evidence: IncidentEvidence) -> None:
        self._evidence = evidence
        self._terms: dict[str, LineTerms] = {}
        self._values: dict[str, bytes] = {}
        self._reduce = next(view.reduce for view in event_views() if view.name == STANDINGS)
        self._unknown = 0
        self._late: list[str] = []
        self._not_shown = evidence.withheld != ()
        self._record = AgainstRecord(evidence)

    @property
    def notes(self) -> list[str]:
        """What could not be decided again, and what was late, in words."""
        found = list(self._late[:20])
        if self._unknown:
            found.append(
                f"{self._unknown} rows of the line are about messages that were said before what the bundle holds"
            )
        return found

    def play(self) -> Found:
        """Every row of the line, in the order of the journal."""
        last_s = None
        for row in self._evidence.rows():
            last_s = row.time_s
            if row.kind not in (SENT, STORED, RUNG, UNANSWERED):
                continue
            event = decoded(row.kind, row.payload.encode())
            match event:
                case MessageSent() | MessageStored():
                    yield from self._said(row, event)
                case RungRaised():
                    yield from self._raised(row, event)
                case AnswerMissed():
                    yield from self._missed(row, event)
                case _:
                    continue
            self._follow(row)
        if last_s is not None and not self._not_shown:
            yield from self._left(min(last_s, self._evidence.incident.until_s, self._evidence.exported_s))

    def _said(self, row: EvidenceRow, event: MessageSent | MessageStored) -> Found:
        outgoing = isinstance(event, MessageSent)
        words = f"{kind_of(event.message)} {event.message.message_id} {'to' if outgoing else 'from'} {event.peer}"
        answers = event.answers_sequence is not None
        other = self._record.differs(event)
        if other:
            false = Difference(
                kind=DifferenceKind.OTHER_THAN_RECORD,
                decision=SAID,
                name=event.message.message_id,
                time_s=row.time_s,
                fields=other,
            )
            yield SAID, false, _moment(row, words, MomentKind.CALL, false)
            return
        again = self._again(row, event)
        if again is None:
            self._unknown += 1
            yield ANSWERS if answers else TIMES, None, _moment(row, words, MomentKind.CALL, decided=False)
            return
        difference = None
        payload = journal_event(again, row.time_s).payload.decode()
        if payload != row.payload:
            difference = Difference(
                kind=DifferenceKind.OTHER_FIELD,
                decision=ANSWERS if answers else TIMES,
                name=event.message.message_id,
                time_s=row.time_s,
                fields=differing_fields(event, again),
            )
        yield ANSWERS if answers else TIMES, difference, _moment(row, words, MomentKind.CALL, difference)

    def _again(self, row: EvidenceRow, event: MessageSent | MessageStored) -> MessageSent | MessageStored | None:
        """The row's event as this software makes it; None where something it needs is not in the bundle."""
        entry = self._evidence.entry(event.peer, isinstance(event, MessageSent), event.sequence)
        if entry is None:
            return None
        terms = self._line(event.peer)
        version = self._evidence.versions.known[entry.version]
        if isinstance(event, MessageSent):
            return sent_event(terms, event.sequence, entry.issued_s, event.message, version.agreement)
        if event.answers_sequence is not None and self._standing(event.peer, True, event.answers_sequence) is None:
            return None
        made = Entry(
            origin=terms.incoming.origin,
            sequence=event.sequence,
            previous=b"",
            issued_s=entry.issued_s,
            agreement_sha256=version.sha256,
            peer_size=entry.peer_size,
            peer_root=b"",
            commitment=b"",
        )
        whole = DecodedEntry(made, event.message, b"", b"", b"")
        return stored_event(terms, whole, row.time_s, partial(_read, self._values))

    def _raised(self, row: EvidenceRow, event: RungRaised) -> Found:
        words = f"rung {event.rung} raised ({event.function}) for {event.message_id}: {why_words(event.why)}"
        standing = self._standing(event.peer, event.outgoing, event.sequence)
        if standing is None:
            self._unknown += 1
            yield RUNGS, None, _moment(row, words, MomentKind.SILENCE, decided=False)
            return
        expected = _expected(standing, event)
        recorded = PlannedRung(rung=event.rung, function=event.function, due_s=event.due_s, last=event.last)
        difference = None
        name = f"{event.rung} of {event.message_id}"
        if expected is None:
            difference = _silence(DifferenceKind.MISSING, RUNGS, name, row, ("recorded, and not due now",))
        elif expected != recorded:
            fields = differing_fields(recorded, expected)
            difference = _silence(DifferenceKind.OTHER_FIELD, RUNGS, name, row, fields)
        elif event.why == UNACKNOWLEDGED and row.time_s < event.due_s - EARLY_S:
            fields = (f"time_s: recorded {row.time_s!r}, due {event.due_s!r}",)
            difference = _silence(DifferenceKind.OTHER_TIME, RUNGS, name, row, fields)
        elif event.why == UNACKNOWLEDGED and row.time_s > event.due_s + AT_MOST_LATE_S:
            self._late.append(f"rung {name} was raised {row.time_s - event.due_s:.1f} s after it was due")
        yield RUNGS, difference, _moment(row, words, MomentKind.SILENCE, difference)

    def _missed(self, row: EvidenceRow, event: AnswerMissed) -> Found:
        words = f"no {event.step} of {event.message_id} by the agreed time: no answer"
        standing = self._standing(event.peer, event.outgoing, event.sequence)
        if standing is None:
            self._unknown += 1
            yield SILENCE, None, _moment(row, words, MomentKind.SILENCE, decided=False)
            return
        due_s = standing.due.get(event.step)
        name = f"{event.step} of {event.message_id}"
        difference = None
        if due_s is None or after_deadline(standing, event.step, due_s) is standing:
            difference = _silence(DifferenceKind.MISSING, SILENCE, name, row, ("recorded, and nothing is overdue now",))
        elif due_s != event.due_s:
            fields = (f"due_s: recorded {event.due_s!r}, replayed {due_s!r}",)
            difference = _silence(DifferenceKind.OTHER_TIME, SILENCE, name, row, fields)
        yield SILENCE, difference, _moment(row, words, MomentKind.SILENCE, difference)

    def _left(self, until_s: float) -> Found:
        """Silences and rungs that were due and are not recorded."""
        for key, value in sorted(self._values.items()):
            standing = _STANDING.decode(value)
            raised = {rung.rung for rung in standing.raised if rung.ours}
            for rung in standing.planned:
                due = rung.due_s + AT_MOST_LATE_S < min(until_s, _answered_s(standing))
                if due and rung.rung not in raised and self._evidence.incident.from_s <= rung.due_s:
                    name = f"{rung.rung} of {standing.message.message_id}"
                    yield from _extra(RUNGS, name, rung.due_s, f"rung {rung.rung} ({rung.function}) was due")
            for step, due_s in standing.due.items():
                open_still = after_deadline(standing, step, due_s) is not standing and not settled(standing, step)
                if open_still and self._evidence.incident.from_s <= due_s < until_s - AT_MOST_LATE_S:
                    name = f"{step} of {standing.message.message_id}"
                    yield from _extra(SILENCE, name, due_s, f"the {step} was overdue ({key})")

    def _follow(self, row: EvidenceRow) -> None:
        """The standings after a row, by the same reducer that keeps the node's view."""
        of_journal = JournalRow(row.sequence, row.kind, row.payload.encode(), row.time_s)
        for key, value in self._reduce(of_journal, self._values.get):
            if value is None:
                self._values.pop(key, None)
            else:
                self._values[key] = value

    def _standing(self, peer: str, outgoing: bool, sequence: int) -> Standing | None:
        return _read(self._values, standing_key(peer, outgoing, sequence))

    def _line(self, peer: str) -> LineTerms:
        if peer not in self._terms:
            self._terms[peer] = line_terms(self._evidence.versions, self._evidence.party, peer)
        return self._terms[peer]


def _read(values: dict[str, bytes], key: str) -> Standing | None:
    value = values.get(key)
    return None if value is None else _STANDING.decode(value)


def _expected(standing: Standing, event: RungRaised) -> PlannedRung | None:
    """The rung that the deciders raise here; each reason has its own."""
    if event.why == UNACKNOWLEDGED:
        return rung_owed(standing, event.rung)
    if event.why in (overdue_words(Step.RELAY), overdue_words(Step.RESPONSE)):
        # The silence that it follows from stands before it in the journal, in the same transaction.
        return early_rung(standing, event.lacks)
    return next_rung(standing)


def _answered_s(standing: Standing) -> float:
    """When it was acknowledged, as its answer says; never, while it was not."""
    return float("inf") if standing.answer is None else standing.answer.issued_s


def _silence(kind: DifferenceKind, decision: str, name: str, row: EvidenceRow, fields: tuple[str, ...]) -> Difference:
    return Difference(kind=kind, decision=decision, name=name, time_s=row.time_s, fields=fields)


def _extra(decision: str, name: str, time_s: float, words: str) -> Found:
    extra = Difference(kind=DifferenceKind.EXTRA, decision=decision, name=name, time_s=time_s, fields=(words,))
    moment = Moment(time_s=time_s, kind=MomentKind.SILENCE, words=words, decided=True, difference=extra)
    yield decision, extra, moment


def _moment(
    row: EvidenceRow, words: str, kind: MomentKind, difference: Difference | None = None, *, decided: bool = True
) -> Moment:
    return Moment(
        time_s=row.time_s, sequence=row.sequence, kind=kind, words=words, decided=decided, difference=difference
    )
