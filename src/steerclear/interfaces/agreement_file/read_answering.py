"""How fast an answer is due and who is reached without one: deadlines, ladders, line checks, notice times."""

from __future__ import annotations

from typing import Any, Final

from steerclear.interfaces.agreement_file.fields import Table, no_two
from steerclear.interfaces.agreement_file.limits import MAX_ACKNOWLEDGE_S, MAX_NOTICE_S, MAX_RESPOND_S
from steerclear.interfaces.agreement_file.quantities import DURATION_S
from steerclear.interfaces.agreement_file.readers import identifier, integer, literally, printable, quantity, word_of
from steerclear.model import limits
from steerclear.model.agreement import (
    AcknowledgementDeadline,
    Ladder,
    LadderSide,
    LineCheckSchedule,
    MessageDeadline,
    NoticeTime,
    Party,
    Rung,
)
from steerclear.model.alert import AlertKind, Severity
from steerclear.model.messages import STEPS, Step
from steerclear.model.vocabulary import MessageKind, NoticeSubject, Urgency

_STEPS: Final = {MessageKind(str(kind.__struct_config__.tag)): steps for kind, steps in STEPS.items()}
_ELSEWHERE: Final = {MessageKind.ALERT_NOTICE: "[[deadlines]]", MessageKind.LINE_CHECK: "[line_checks]"}
MAX_LINE_CHECK_EVERY_S = 604_800.0
MAX_SERIES = 100


def read_ladders(document: Table, parties: tuple[Party, ...]) -> tuple[Ladder, ...]:
    """All ladders. Raises AgreementError for one that could end by oversight or reach nobody."""
    tables = document.tables("ladders", limits.MAX_LADDERS)
    ladders = tuple(_ladder(table, parties) for table in tables)
    no_two([(table, ladder.ladder_id) for table, ladder in zip(tables, ladders, strict=True)], "id")
    return ladders


def _ladder(table: Table, parties: tuple[Party, ...]) -> Ladder:
    rung_tables = table.tables("rungs", limits.MAX_RUNGS_PER_LADDER)
    if not rung_tables:
        raise table.fail("id", "the ladder has no rung; a message would climb to nobody")
    rungs = tuple(_rung(rung, parties) for rung in rung_tables)
    for rung_table, rung, before in zip(rung_tables[1:], rungs[1:], rungs, strict=False):
        if before.last:
            raise rung_table.fail(
                "function", f"stands after the last rung ({before.function}); nothing comes after the last one"
            )
        if rung.after_s <= before.after_s:
            raise rung_table.fail("after", f"is not later than the rung before ({before.function})")
    if not rungs[-1].last:
        raise rung_tables[-1].fail(
            "function", "the ladder ends here without a last rung; say last = true, or go on to who is the last"
        )
    ladder = Ladder(ladder_id=table.take("id", identifier), rungs=rungs)
    table.nothing_left()
    return ladder


def _rung(table: Table, parties: tuple[Party, ...]) -> Rung:
    rung = Rung(
        function=table.take("function", printable(64)),
        after_s=table.take("after", quantity(DURATION_S, MAX_ACKNOWLEDGE_S, zero=True)),
        side=table.take("side", word_of(LadderSide), LadderSide.RECEIVER),
        last=table.take("last", literally, False),
    )
    for party in parties:
        # Whoever writes first is the sender, so a function of either side must be there at every party.
        if not party.desks_with(rung.function):
            raise table.fail(
                "function", f"no desk of {party.party_id!r} has the function {rung.function!r}; the rung reaches nobody"
            )
    table.nothing_left()
    return rung


def read_deadlines(document: Table, ladders: tuple[Ladder, ...]) -> tuple[AcknowledgementDeadline, ...]:
    """Deadlines for notices of alerts. Raises AgreementError."""
    tables = document.tables("deadlines", len(AlertKind) * len(Severity))
    deadlines = tuple(_deadline(table, ladders) for table in tables)
    names = [f"{line.alert_kind} {line.severity.name.lower()}" for line in deadlines]
    no_two(list(zip(tables, names, strict=True)), "kind")
    return deadlines


def _deadline(table: Table, ladders: tuple[Ladder, ...]) -> AcknowledgementDeadline:
    deadline = AcknowledgementDeadline(
        alert_kind=table.take("kind", word_of(AlertKind)),
        severity=table.take("severity", _severity),
        within_s=table.take("acknowledge_within", quantity(DURATION_S, MAX_ACKNOWLEDGE_S)),
        ladder_id=_named_ladder(table, ladders),
    )
    table.nothing_left()
    return deadline


def _severity(value: Any) -> Severity:
    names = [level.name.lower() for level in Severity]
    if value not in names:
        raise ValueError(f"{value!r} must be one of {', '.join(names)}")
    return Severity[value.upper()]


def read_message_deadlines(document: Table, ladders: tuple[Ladder, ...]) -> tuple[MessageDeadline, ...]:
    """Deadlines for all other messages. Raises AgreementError."""
    tables = document.tables("message_deadlines", len(MessageKind) * len(Urgency))
    deadlines = tuple(_message_deadline(table, ladders) for table in tables)
    names = [f"{line.message} {line.urgency}" for line in deadlines]
    no_two(list(zip(tables, names, strict=True)), "message")
    return deadlines


def _message_deadline(table: Table, ladders: tuple[Ladder, ...]) -> MessageDeadline:
    deadline = MessageDeadline(
        message=table.take("message", word_of(MessageKind)),
        urgency=table.take("urgency", word_of(Urgency)),
        acknowledge_s=table.take("acknowledge_within", quantity(DURATION_S, MAX_ACKNOWLEDGE_S)),
        relay_s=table.optional("relay_within", quantity(DURATION_S, MAX_RESPOND_S)),
        respond_s=table.optional("respond_within", quantity(DURATION_S, MAX_RESPOND_S)),
        ladder_id=_named_ladder(table, ladders),
    )
    kind = deadline.message
    if kind in _ELSEWHERE:
        raise table.fail("message", f"what is due for a {kind} stands under {_ELSEWHERE[kind]}")
    if kind not in _STEPS:
        raise table.fail("message", f"nobody owes anything to a {kind}; leave the deadline out")
    for key, within_s, step in (
        ("relay_within", deadline.relay_s, Step.RELAY),
        ("respond_within", deadline.respond_s, Step.RESPONSE),
    ):
        if within_s is None:
            continue
        if step not in _STEPS[kind]:
            raise table.fail(key, f"a {kind} is not owed a {step}; leave it out")
        if within_s < deadline.acknowledge_s:
            raise table.fail(key, "is shorter than acknowledge_within; nobody does it before having read the message")
    table.nothing_left()
    return deadline


def _named_ladder(table: Table, ladders: tuple[Ladder, ...]) -> str | None:
    ladder_id = table.optional("ladder", identifier)
    known = [ladder.ladder_id for ladder in ladders]
    if ladder_id is not None and ladder_id not in known:
        raise table.fail("ladder", f"there is no ladder {ladder_id!r}; there are: {', '.join(known) or 'none'}")
    return ladder_id


def read_line_checks(table: Table) -> LineCheckSchedule:
    """The schedule of line checks. Raises AgreementError."""
    schedule = LineCheckSchedule(
        every_s=table.take("every", quantity(DURATION_S, MAX_LINE_CHECK_EVERY_S)),
        answer_within_s=table.take("answer_within", quantity(DURATION_S, MAX_ACKNOWLEDGE_S)),
        series=table.take("series", integer(2, MAX_SERIES), 3),
    )
    if schedule.answer_within_s > schedule.every_s:
        raise table.fail("answer_within", "is longer than the time to the next check")
    table.nothing_left()
    return schedule


def read_notice_times(document: Table) -> tuple[NoticeTime, ...]:
    """How long before it begins something must be notified. Raises AgreementError."""
    tables = document.tables("notice_times", len(NoticeSubject))
    times = tuple(_notice_time(table) for table in tables)
    no_two([(table, rule.subject.value) for table, rule in zip(tables, times, strict=True)], "subject")
    return times


def _notice_time(table: Table) -> NoticeTime:
    rule = NoticeTime(
        subject=table.take("subject", word_of(NoticeSubject)),
        before_s=table.take("before", quantity(DURATION_S, MAX_NOTICE_S, zero=True)),
        valid_s=table.take("valid", quantity(DURATION_S, MAX_NOTICE_S)),
    )
    if rule.before_s > rule.valid_s:
        raise table.fail("before", "is longer than the notice is valid; it would lapse before the activity begins")
    table.nothing_left()
    return rule
