"""How identification does, in numbers: cases, and how fast and whether the questions were answered."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.identification import AnswerStanding, AskedParty
from steerclear.services.exchange import Exchange
from steerclear.services.identify.events import read_not_asked
from steerclear.services.identify.standings import cases

_FINAL = (AnswerStanding.OURS, AnswerStanding.NOT_OURS)


class Outcome(StrEnum):
    """What became of a question to one party."""

    IN_TIME = "in_time"
    LATE = "late"
    NO_ANSWER = "no_answer"
    """The agreed time has passed without an answer."""
    OWED = "owed"
    """There is still time, or no time was agreed."""


class CaseFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers over all cases of this node."""

    open: int
    closed: int
    answers: dict[str, dict[str, int]]
    """By party and outcome."""
    not_asked: int


def figures_of_cases(exchange: Exchange) -> CaseFigures:
    """The numbers as of now."""
    found = cases(exchange)
    answers: dict[str, dict[str, int]] = {peer: dict.fromkeys(Outcome, 0) for peer in exchange.lines}
    for case in found:
        for one in case.asked:
            answers.setdefault(one.party, dict.fromkeys(Outcome, 0))[outcome(one)] += 1
    opened = sum(case.closed_s is None for case in found)
    return CaseFigures(
        open=opened,
        closed=len(found) - opened,
        answers=answers,
        not_asked=sum(1 for _ in read_not_asked(exchange.journal)),
    )


def outcome(one: AskedParty) -> Outcome:
    """What became of a question."""
    if one.standing in _FINAL:
        return Outcome.LATE if one.late else Outcome.IN_TIME
    return Outcome.NO_ANSWER if one.overdue else Outcome.OWED
