"""A finding made of what was compared: the closest meeting first, when, where, whom to call; in a stable order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from steerclear.model.declared import Declared
from steerclear.model.known_place import KnownPlace
from steerclear.model.plan_check import Finding, FindingKind, Meeting, Weight
from steerclear.model.volumes import Volume4D
from steerclear.strategic.limits import MAX_FINDINGS, MAX_MEETINGS
from steerclear.strategic.meeting_place import meeting_place
from steerclear.strategic.reading_back import read_back
from steerclear.strategic.volumes import Buffer, Overlap

_WEIGHTS = {weight: rank for rank, weight in enumerate(Weight)}


def meeting_of(
    number: int, volume: Volume4D, other_number: int, other_volume: Volume4D, shared: Overlap, required: Buffer
) -> Meeting:
    """How two volumes meet, with a place to look at."""
    return Meeting(
        volume=number,
        other_volume=other_number,
        where=meeting_place(volume.area, other_volume.area),
        from_s=shared.from_s,
        until_s=shared.until_s,
        lower_m=shared.lower_m,
        upper_m=shared.upper_m,
        horizontal_m=shared.horizontal_distance_m,
        horizontal_required_m=required.horizontal_m,
        vertical_m=shared.vertical_distance_m,
        vertical_required_m=required.vertical_m,
        datum_uncertainty_m=shared.datum_uncertainty_m,
    )


def closeness(shared: Overlap, number: int, other_number: int) -> tuple[float, float, float, int, int]:
    """The order of meetings: the closest in space first, then the earliest."""
    return shared.horizontal_distance_m, shared.vertical_distance_m, shared.from_s, number, other_number


def finding_about(
    kind: FindingKind,
    weight: Weight,
    said: str,
    other: Declared,
    meetings: Sequence[Meeting],
    known_places: Sequence[KnownPlace],
    **more: Any,
) -> Finding:
    """A finding about something else that is met, its meetings in order of closeness.

    Args:
        kind: of the finding.
        weight: of the finding.
        said: it in words.
        other: what is met.
        meetings: all of them, or the closest; those over the limit are counted.
        known_places: from which the place of the closest is read back.
        more: further fields of the finding.
    """
    closest = meetings[0] if meetings else None
    times: dict[str, float] = {}
    if meetings:
        times = {
            "from_s": min(meeting.from_s for meeting in meetings),
            "until_s": max(meeting.until_s for meeting in meetings),
        }
    return Finding(
        kind=kind,
        weight=weight,
        said=said,
        other_kind=other.kind,
        other_id=other.declared_id,
        other_party=other.party,
        other_title=other.title,
        other_known=other.known,
        other_reachable=other.reachable,
        where=None if closest is None else closest.where,
        near=None if closest is None else read_back(closest.where, known_places),
        meetings=tuple(meetings[:MAX_MEETINGS]),
        **{**times, "meetings_left_out": max(0, len(meetings) - MAX_MEETINGS), **more},
    )


def ordered(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], int]:
    """Findings in their order, those over the limit only counted: the heaviest first, then by time and name."""
    found = sorted(findings, key=_order)
    return tuple(found[:MAX_FINDINGS]), max(0, len(found) - MAX_FINDINGS)


def _order(finding: Finding) -> tuple[int, float, str, str, str, str, bytes]:
    return (
        _WEIGHTS[finding.weight],
        float("-inf") if finding.from_s is None else finding.from_s,
        finding.kind.value,
        finding.other_party,
        finding.other_id,
        finding.said,
        # Two versions of one item are told apart by what they hold.
        msgspec.json.encode(finding.meetings),
    )
