"""How identification does, in numbers: cases, and how fast and whether the questions were answered."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.identification import AnswerStanding, AskedParty
from steerclear.services.exchange import Exchange
from steerclear.services.identify.events import read_cases, read_not_asked
from steerclear.services.identify.standings import ANSWERS_HOLD_S, case_standing

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
    """Numbers over the cases that this node keeps."""

    open: int
    closed: int
    answers: dict[str, dict[str, int]]
    """By party and outcome."""
    not_asked: int


class CaseCounter:
    """Counts the cases of a node; what became of an old case is looked up once. One caller at a time."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._settled: dict[str, tuple[tuple[str, Outcome], ...]] = {}

    def figures(self) -> CaseFigures:
        """The numbers as of now. Raises StoreError."""
        exchange, now_s = self._exchange, self._exchange.clock.now_s()
        answers: dict[str, dict[str, int]] = {peer: dict.fromkeys(Outcome, 0) for peer in exchange.lines}
        settled: dict[str, tuple[tuple[str, Outcome], ...]] = {}
        opened = counted = 0
        for case in read_cases(exchange.journal):
            found = self._settled.get(case.case_id)
            if found is None:
                found = tuple((one.party, outcome(one)) for one in case_standing(exchange, case).asked)
            if case.closed_s is not None and now_s - case.opened_s > ANSWERS_HOLD_S:
                settled[case.case_id] = found  # no answer counts for its aircraft any more
            for party, what in found:
                answers.setdefault(party, dict.fromkeys(Outcome, 0))[what] += 1
            opened += case.closed_s is None
            counted += 1
        self._settled = settled
        not_asked = sum(1 for _ in read_not_asked(exchange.journal))
        return CaseFigures(open=opened, closed=counted - opened, answers=answers, not_asked=not_asked)


def outcome(one: AskedParty) -> Outcome:
    """What became of a question."""
    if one.standing in _FINAL:
        return Outcome.LATE if one.late else Outcome.IN_TIME
    return Outcome.NO_ANSWER if one.overdue else Outcome.OWED
