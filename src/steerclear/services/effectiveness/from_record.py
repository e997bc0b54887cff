"""Reads a verified bundle of the joint record into what a report of effectiveness looks at.

So each side, and anybody who holds a bundle, can count the other's figures again. A record has no links, no alerts
that were not told, and no tracks: these measures are then not measured, and said to be so.
"""

from __future__ import annotations

from steerclear.dialogue.ladder import due_under
from steerclear.dialogue.lifecycle import AnyAnswer, answered_id
from steerclear.model.messages import Escalation, Step
from steerclear.services.effectiveness.from_journal import EffectivenessError
from steerclear.services.effectiveness.limits import MAX_MESSAGES
from steerclear.services.effectiveness.observed import (
    WITHHELD,
    Observations,
    ObservedMessage,
    condition_said,
    observed,
    raise_rung,
    take,
)
from steerclear.services.record_bundle import Bundle
from steerclear.services.record_log import RecordLog, recorded_messages
from steerclear.services.record_report import LogReport, report_logs
from steerclear.services.verify_record import CheckedRecord, ReadVersions, check_record


def read_record(bundle: Bundle, read_versions: ReadVersions, name: str) -> Observations:
    """What a bundle tells once every signature in it was checked; `name` is how the report calls it.

    Raises RecordError for a bundle that does not hold, EffectivenessError above a limit.
    """
    checked = check_record(bundle, read_versions)
    found = Observations(
        source=f"{name}, the record exported by {checked.terms.us} with {checked.terms.peer}",
        observer=None,
        known_until_s=float(checked.exported_s),
        messages={},
        conditions=[],
        withheld=len(checked.ours.withheld) + len(checked.theirs.withheld),
        agreement=checked.versions.newest.agreement,
        not_read=[
            "A record holds neither the state of the links nor tracks nor alerts that were not told: availability,"
            " alerts per flight hour and how many came true need a node's own journal.",
        ],
    )
    reports = report_logs(checked.ours, checked.theirs, checked.versions, checked.exported_s)
    logs = list(zip((checked.ours, checked.theirs), reports, strict=True))
    for log, report in logs:
        _ask(found, bundle, checked, log, report)
    for log, report in logs:
        _answer(found, bundle, log, report)
    return found


def _ask(found: Observations, bundle: Bundle, checked: CheckedRecord, log: RecordLog, report: LogReport) -> None:
    """All messages of a direction that ask for something, or for nothing."""
    parties = log.log.sender, log.log.receiver
    for sequence, message in recorded_messages(bundle, log.folder):
        said, line = log.said[sequence], report.messages[sequence]
        if isinstance(message, AnyAnswer | Escalation):
            continue
        if len(found.messages) >= MAX_MESSAGES:
            raise EffectivenessError(
                f"there are more than {MAX_MESSAGES:,} messages in the records: give fewer of them"
            )
        if message is None:
            found.messages[line.message_id] = ObservedMessage(
                message_id=line.message_id,
                sender=parties[0],
                receiver=parties[1],
                kind=WITHHELD,
                issued_s=said.issued_s,
            )
            continue
        agreement = checked.versions.known[said.version].agreement
        due = due_under(agreement, message, said.issued_s)
        held = observed(message, line.message_id, parties, said.issued_s, agreement, due)
        held.received_s = line.received_s
        held.hidden = frozenset(Step(step) for step in line.not_shown)
        found.messages[line.message_id] = held
        condition = condition_said(message, parties, said.issued_s)
        if condition is not None:
            found.conditions.append(condition)


def _answer(found: Observations, bundle: Bundle, log: RecordLog, report: LogReport) -> None:
    """Answers and raised rungs of a direction that count."""
    for sequence, message in recorded_messages(bundle, log.folder):
        if report.messages[sequence].without_effect is not None:
            continue
        if isinstance(message, Escalation):
            asked = found.messages.get(message.escalates)
            if asked is not None and asked.kind != WITHHELD:
                raise_rung(asked, message, log.log.sender)
        elif isinstance(message, AnyAnswer):
            asked = found.messages.get(str(answered_id(message)))
            if asked is not None and asked.kind != WITHHELD:
                take(asked, message, log.said[sequence].issued_s)
