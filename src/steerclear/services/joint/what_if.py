"""The recorded incident under another agreement: shorter deadlines, another ladder, other minima or zones.

Both are lived through by the same code, the recorded one too, so that a difference is the agreement's and not the
method's.
"""

from __future__ import annotations

from collections.abc import Sequence

from steerclear.model.agreement import Agreement
from steerclear.model.messages import Step
from steerclear.services.effectiveness.counting import said_time
from steerclear.services.incident.evidence import IncidentEvidence
from steerclear.services.joint.clocks import clock, clock_errors, joined_s
from steerclear.services.joint.faults import JoinError
from steerclear.services.joint.join import check_matter, check_sides
from steerclear.services.joint.messages import Clocks
from steerclear.services.joint.side import read_side
from steerclear.services.joint.what_if_line import End, Lived, all_answers, ends_of, live
from steerclear.services.joint.what_if_picture import picture_again
from steerclear.services.joint.what_if_report import (
    AlertChangeFound,
    Change,
    DeadlineChange,
    RungChange,
    WhatIf,
    compared,
)
from steerclear.services.joint.words import STEP_WORDS, message_words

Ends = list[tuple[End, Lived, Lived]]
"""(an end of a line with a message, lived as recorded, lived under the other terms)"""


def what_if(evidences: Sequence[IncidentEvidence], other: Agreement) -> WhatIf:
    """What would have been otherwise under `other`, which nobody need have signed.

    Raises JoinError for evidences that do not belong together or an agreement of other parties, IncidentRefusedError.
    """
    check_sides(evidences)
    sides = [read_side(evidence) for evidence in sorted(evidences, key=lambda one: one.party)]
    check_matter(sides)
    recorded = sides[0].versions.newest.agreement
    _check_parties(recorded, other)
    clocks = clock_errors(sides, [party.party_id for party in recorded.parties], sides[0].party)
    answers = all_answers(sides, clocks)
    lives: Ends = []
    for message_id in sorted({name for side in sides for name in side.standings}):
        for end in ends_of(sides, clocks, answers, message_id):
            in_force = sides[0].versions.shown(end.issued_s).agreement
            lives.append((end, live(end, in_force), live(end, other)))
    again = [picture_again(side, clocks, other) for side in sides]
    rungs = tuple(change for life in lives for change in _rungs(*life, clocks))
    deadlines = tuple(change for life in lives if life[0].outgoing for change in _deadlines(*life, clocks))
    alerts = tuple(change for one in again for change in one.changes)
    return WhatIf(
        incident_id=sides[0].incident.incident_id,
        recorded_agreement=_name(recorded),
        other_agreement=_name(other),
        sides=tuple(side.party for side in sides),
        rungs=rungs,
        deadlines=deadlines,
        alerts=alerts,
        steps=sum(one.steps for one in again),
        in_words=tuple(_in_words(rungs, deadlines, alerts)),
        not_run=tuple(note for one in again for note in one.not_run),
    )


def _check_parties(recorded: Agreement, other: Agreement) -> None:
    for party in recorded.parties:
        there = next((one for one in other.parties if one.party_id == party.party_id), None)
        if there is None:
            raise JoinError(
                f"agreement {other.agreement_id!r} has no party {party.party_id!r}: give one of these parties"
            )


def _rungs(end: End, recorded: Lived, other: Lived, clocks: Clocks) -> list[RungChange]:
    """By function: that a ladder has other places does not matter to who is reached, and when."""
    functions = dict.fromkeys(rung.function for lived in (recorded, other) for _, rung in lived.raised)
    found = []
    for function in functions:
        times = [
            min((time_s for time_s, rung in lived.raised if rung.function == function), default=None)
            for lived in (recorded, other)
        ]
        was_s, would_s = (None if time_s is None else joined_s(clocks, end.party, time_s) for time_s in times)
        change = compared(was_s, would_s)
        found.append(
            RungChange(
                message_id=end.message.message_id,
                about=message_words(end.message),
                party=end.party,
                function=function,
                recorded_s=was_s,
                other_s=would_s,
                change=change,
                words=_rung_words(end.party, function, was_s, would_s, change),
            )
        )
    return found


def _rung_words(party: str, function: str, was_s: float | None, would_s: float | None, change: Change) -> str:
    who = f"{party}'s {function}"
    if would_s is None and was_s is not None:
        return f"{who} was reached for at {clock(was_s)} and would not have been"
    if was_s is None and would_s is not None:
        return f"{who} was never reached for and would have been at {clock(would_s)}"
    if was_s is None or would_s is None or change is Change.SAME:
        return f"{who} would have been reached for at the same time"
    away = said_time(abs(would_s - was_s))
    return f"{who} would have been reached for at {clock(would_s)}, {away} {change} than at {clock(was_s)}"


def _deadlines(end: End, recorded: Lived, other: Lived, clocks: Clocks) -> list[DeadlineChange]:
    found = []
    for step in Step:
        was_s, would_s = recorded.due.get(step), other.due.get(step)
        if was_s is None and would_s is None:
            continue
        missed, would_miss = step in recorded.missed, step in other.missed
        found.append(
            DeadlineChange(
                message_id=end.message.message_id,
                about=message_words(end.message),
                step=str(step),
                recorded_due_s=None if was_s is None else joined_s(clocks, end.party, was_s),
                other_due_s=None if would_s is None else joined_s(clocks, end.party, would_s),
                recorded_missed=missed,
                other_missed=would_miss,
                words=_deadline_words(end, step, was_s, would_s, missed, would_miss),
            )
        )
    return found


def _deadline_words(
    end: End, step: Step, was_s: float | None, would_s: float | None, missed: bool, would_miss: bool
) -> str:
    what = f"{end.message.message_id} ({message_words(end.message)}), to be {STEP_WORDS[step]}"
    if would_s is None:
        return f"{what}: nothing would have been agreed"
    if was_s is None:
        return f"{what}: would have been due after {said_time(would_s - end.issued_s)}"
    due = f"due after {said_time(would_s - end.issued_s)} instead of {said_time(was_s - end.issued_s)}"
    if missed == would_miss:
        return f"{what}: {due}, and {'missed' if missed else 'kept'} all the same"
    return f"{what}: {due}, and {'missed' if would_miss else 'kept'} where it was {'missed' if missed else 'kept'}"


def _in_words(
    rungs: Sequence[RungChange], deadlines: Sequence[DeadlineChange], alerts: Sequence[AlertChangeFound]
) -> list[str]:
    """What matters: functions reached otherwise, deadlines kept otherwise, alerts that came otherwise."""
    said = [f"{one.words} ({one.message_id}, {one.about})." for one in rungs if one.change is not Change.SAME]
    said += [f"{one.words}." for one in deadlines if one.recorded_missed != one.other_missed]
    said += [f"{one.words}." for one in alerts if one.change is not Change.SAME]
    return said or ["Nothing that was run again would have been otherwise."]


def _name(agreement: Agreement) -> str:
    return f"{agreement.agreement_id} version {agreement.version}, {agreement.title}"
