"""The pictures under other terms: every recorded step given to the shipped picture again, under another agreement."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from steerclear.model.agreement import Agreement
from steerclear.model.alert import AlertEvent, Severity
from steerclear.services.incident.bundle_files import IncidentRefusedError
from steerclear.services.joint.clocks import joined_s
from steerclear.services.joint.messages import Clocks
from steerclear.services.joint.side import Side
from steerclear.services.joint.what_if_report import AlertChangeFound, Change, compared
from steerclear.services.picture_runs import picture_of
from steerclear.tactical import PictureError

Matter = tuple[str, tuple[str, ...], str, Severity]
"""(kind, labels of the aircraft, zone, severity): what is compared, by the first time it came to that."""


class PictureAgain(msgspec.Struct, frozen=True):
    """What a side's pictures raise under other terms."""

    changes: tuple[AlertChangeFound, ...]
    steps: int
    not_run: tuple[str, ...]


def picture_again(side: Side, clocks: Clocks, other: Agreement) -> PictureAgain:
    """Run a side's pictures under another agreement, beside the same code under the recorded one."""
    evidence, notes, steps = side.evidence, [], 0
    recorded: dict[Matter, float] = {}
    found: dict[Matter, float] = {}
    for run in evidence.picture_runs():
        where = f"{side.party}'s picture of journal row {run.part.sequence}"
        version = evidence.version(run.run.agreement_sha256)
        if version is None:
            notes.append(f"{where} ran under a version of the agreement that is not in the evidence")
            continue
        if not run.run.live:
            notes.append(f"{where} played a recording: its alerts are told by the recording's time")
        try:
            pictures = [picture_of(run.run, agreement) for agreement in (version.agreement, other)]
            for step in evidence.steps(run):
                steps += 1
                for picture, alerts in zip(pictures, (recorded, found), strict=True):
                    _note(picture.advance(step.reports, step.now_s), alerts)
        except (IncidentRefusedError, PictureError, ValueError) as error:  # msgspec's errors are ValueErrors
            notes.append(f"{where} cannot be run again: {error}")
    if not steps and not notes:
        notes.append(f"no picture of {side.party} is in its evidence: its alerts cannot be made again")
    window = evidence.head.picture_from_s, evidence.head.picture_until_s
    changes = [
        _change(side, clocks, matter, recorded.get(matter), found.get(matter))
        for matter in sorted(recorded.keys() | found.keys())
        if any(window[0] <= time_s <= window[1] for time_s in _times(recorded.get(matter), found.get(matter)))
    ]
    return PictureAgain(tuple(changes), steps, tuple(notes))


def _times(*times_s: float | None) -> list[float]:
    return [time_s for time_s in times_s if time_s is not None]


def _note(events: Iterable[AlertEvent], alerts: dict[Matter, float]) -> None:
    """The first time that each matter came to each severity."""
    for event in events:
        labels = tuple(sorted(subject.identity.label for subject in event.subjects))
        for severity in Severity:
            if severity <= event.severity:
                matter = str(event.kind), labels, event.zone_id or event.source or "", severity
                alerts.setdefault(matter, event.time_s)


def _change(
    side: Side, clocks: Clocks, matter: Matter, recorded_s: float | None, other_s: float | None
) -> AlertChangeFound:
    kind, subjects, zone_id, severity = matter
    change = compared(recorded_s, other_s)
    who = " and ".join(subjects) or zone_id
    what = f"{side.party}'s {severity.name.lower()} of {kind.replace('_', ' ')}, {who},"
    return AlertChangeFound(
        party=side.party,
        kind=kind,
        subjects=subjects,
        zone_id=zone_id,
        severity=severity.name.lower(),
        recorded_s=None if recorded_s is None else joined_s(clocks, side.party, recorded_s),
        other_s=None if other_s is None else joined_s(clocks, side.party, other_s),
        change=change,
        words=f"{what} {_said(change, recorded_s, other_s)}",
    )


def _said(change: Change, recorded_s: float | None, other_s: float | None) -> str:
    if change is Change.ONLY_RECORDED:
        return "would not have been raised"
    if change is Change.ONLY_OTHER:
        return "would have been raised, and was not"
    if change is Change.SAME or recorded_s is None or other_s is None:
        return "would have come at the same time"
    return f"would have come {abs(other_s - recorded_s):.0f} s {change}"
