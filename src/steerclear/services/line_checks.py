"""How the line is served by people: line checks answered, late, missed with a stated cause, missed without one; and
what each side has declared about the line.

A single missed check without a cause can be rain; a series is a message. So they are counted apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from steerclear.model.messages import Cause, LineCheck, LineCheckAnswer, LineStateNotice, Step
from steerclear.model.vocabulary import LineCondition
from steerclear.services.line_events import (
    MESSAGES,
    UNANSWERED,
    AnswerMissed,
    MessageSent,
    MessageStored,
    decoded,
)
from steerclear.store.entries import JournalRow, View, ViewChange
from steerclear.store.protocol import Journal

CHECKS: Final = "line.checks"
CONDITIONS: Final = "line.conditions"


class CheckTally(msgspec.Struct, frozen=True, kw_only=True):
    """Our line checks to one peer so far."""

    in_time: int = 0
    late: int = 0
    """Answered after the deadline, without a word why."""
    late_with_cause: int = 0
    missed: int = 0
    """Not answered, and no cause stated."""
    missed_with_cause: int = 0
    """Not answered while the peer had declared why it could not."""
    series: int = 0
    """Missed without a cause one after the other, up to now."""


class _Asked(msgspec.Struct, frozen=True):
    """A check that is not answered."""

    missed: bool = False
    excused: bool = False


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """What a side has last declared about the line."""

    condition: LineCondition
    cause: Cause | None
    from_s: float
    until_s: float | None
    fallback: str

    def holds(self, now_s: float) -> bool:
        """Whether it holds at a time."""
        return self.from_s <= now_s and (self.until_s is None or now_s <= self.until_s)


_ENCODER = msgspec.json.Encoder()
_TALLY = msgspec.json.Decoder(CheckTally)
_ASKED = msgspec.json.Decoder(_Asked)
_DECLARED = msgspec.json.Decoder(Declared)
Read = Callable[[str], bytes | None]


def check_views() -> tuple[View, ...]:
    """The views of line checks and declared conditions."""
    return (
        View(CHECKS, 1, _reduce_checks, MESSAGES | {UNANSWERED}),
        View(CONDITIONS, 1, _reduce_conditions, MESSAGES),
    )


def read_tally(journal: Journal, peer: str) -> CheckTally:
    """Our line checks to a peer so far."""
    value = journal.view(CHECKS, _tally_key(peer))
    return CheckTally() if value is None else _TALLY.decode(value)


def read_declared(journal: Journal, peer: str, outgoing: bool) -> Declared | None:
    """What we (`outgoing`) or the peer last declared about the line; None for nothing."""
    value = journal.view(CONDITIONS, _condition_key(peer, outgoing))
    return None if value is None else _DECLARED.decode(value)


def _reduce_conditions(row: JournalRow, _read: Read) -> Iterable[ViewChange]:
    event = decoded(row.kind, row.payload)
    if not isinstance(event, MessageSent | MessageStored) or not isinstance(event.message, LineStateNotice):
        return []
    return [(_condition_key(event.peer, isinstance(event, MessageSent)), _ENCODER.encode(_declared(event.message)))]


def _reduce_checks(row: JournalRow, read: Read) -> Iterable[ViewChange]:
    match decoded(row.kind, row.payload):
        case MessageSent(message=LineCheck()) as event:
            return [(_asked_key(event.peer, event.sequence), _ENCODER.encode(_Asked()))]
        case MessageStored(message=LineStateNotice() as said) as event:
            return [(_excuse_key(event.peer), _ENCODER.encode(_declared(said)))]
        case AnswerMissed(outgoing=True, step=Step.ACKNOWLEDGEMENT) as event:
            return _missed(event, read)
        case MessageStored(message=LineCheckAnswer() as answer, unheeded=None) as event:
            return _answered(event, answer, read)
        case _:
            return []


def _missed(event: AnswerMissed, read: Read) -> Iterable[ViewChange]:
    key = _asked_key(event.peer, event.sequence)
    if read(key) is None:
        return []  # another kind of message
    excuse = read(_excuse_key(event.peer))
    declared = None if excuse is None else _DECLARED.decode(excuse)
    excused = declared is not None and declared.condition is not LineCondition.UP and declared.holds(event.due_s)
    tally = _read_tally(event.peer, read)
    if excused:
        tally = msgspec.structs.replace(tally, missed_with_cause=tally.missed_with_cause + 1)
    else:
        tally = msgspec.structs.replace(tally, missed=tally.missed + 1, series=tally.series + 1)
    return [
        (key, _ENCODER.encode(_Asked(missed=True, excused=excused))),
        (_tally_key(event.peer), _ENCODER.encode(tally)),
    ]


def _answered(event: MessageStored, answer: LineCheckAnswer, read: Read) -> Iterable[ViewChange]:
    if event.answers_sequence is None:
        return []
    key = _asked_key(event.peer, event.answers_sequence)
    value = read(key)
    if value is None:
        return []  # a second answer to the same check
    asked, tally = _ASKED.decode(value), _read_tally(event.peer, read)
    changed: dict[str, int] = {"series": 0}
    if not asked.missed:
        changed["in_time"] = tally.in_time + 1
    else:
        changed |= {"missed_with_cause": tally.missed_with_cause - 1} if asked.excused else {"missed": tally.missed - 1}
        if answer.cause is None:
            changed["late"] = tally.late + 1
        else:
            changed["late_with_cause"] = tally.late_with_cause + 1
    return [(key, None), (_tally_key(event.peer), _ENCODER.encode(msgspec.structs.replace(tally, **changed)))]


def _declared(said: LineStateNotice) -> Declared:
    return Declared(
        condition=said.condition, cause=said.cause, from_s=said.from_s, until_s=said.until_s, fallback=said.fallback
    )


def _read_tally(peer: str, read: Read) -> CheckTally:
    value = read(_tally_key(peer))
    return CheckTally() if value is None else _TALLY.decode(value)


def _tally_key(peer: str) -> str:
    return f"{peer}/tally"


def _excuse_key(peer: str) -> str:
    return f"{peer}/declared"


def _asked_key(peer: str, sequence: int) -> str:
    return f"{peer}/asked/{sequence:019d}"


def _condition_key(peer: str, outgoing: bool) -> str:
    return f"{peer}/{'out' if outgoing else 'in'}"
