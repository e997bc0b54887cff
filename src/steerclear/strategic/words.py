"""A finding as it is read out at a desk: all of it in one line. It informs: no word of it orders or permits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from steerclear.geodesy.compass import compass_point
from steerclear.model.plan_check import Finding, GivesWay, Meeting, NearPlace, PlanCheck, Precedence, Weight

_WEIGHTS: Final = {
    Weight.CONFLICT: "Conflict",
    Weight.CONTRADICTION: "Contradiction",
    Weight.NOTICE_RULE: "Notice",
    Weight.ADVICE: "To know",
}


def check_text(check: PlanCheck) -> str:
    """The outcome in one line: what stands against a plan, or that nothing known does, which is no permission."""
    if check.clear:
        said = f"nothing known stands against it ({check.compared:,} declared items compared)"
        hidden = f"; {check.unseen:,} sealed ones could not be" if check.unseen else ""
        return said + hidden
    counts = [
        (len(check.of_weight(weight)), _WEIGHTS[weight].lower()) for weight in Weight if weight is not Weight.ADVICE
    ]
    return ", ".join(f"{count:,} {word}{'s' if count > 1 else ''}" for count, word in counts if count)


def finding_text(finding: Finding) -> str:
    """All that a finding says."""
    parts = [f"{_WEIGHTS[finding.weight]}: {finding.said}"]
    if finding.from_s is not None:
        until = "" if finding.until_s is None else f" to {utc_text(finding.until_s)}"
        parts.append(f"{'from ' if until else ''}{utc_text(finding.from_s)}{until}")
    if finding.meetings and finding.weight is Weight.CONFLICT:
        parts.append(_apart(finding.meetings[0]))
    if finding.where is not None:
        parts.append(f"at {finding.where.latitude_deg:.5f}, {finding.where.longitude_deg:.5f}")
    if finding.near is not None:
        parts.append(near_text(finding.near))
    if finding.time_s is not None and finding.time_required_s is not None:
        parts.append(f"{_duration(finding.time_s)} where {_duration(finding.time_required_s)} are agreed")
    if finding.precedence is not None:
        parts.append(precedence_text(finding.precedence))
    parts += [f"call {contact.function} at {contact.desk or contact.party}" for contact in finding.contacts]
    return "; ".join(parts)


def near_text(near: NearPlace) -> str:
    """A place read back: distance, direction and bearing from a known place."""
    direction = f"{compass_point(near.bearing_deg)} (bearing {near.bearing_deg:03.0f})"
    return f"{_length(near.distance_m)} {direction} of {near.place}"


def precedence_text(precedence: Precedence) -> str:
    """Who gives way and why, and whether that is agreed."""
    if precedence.gives_way is GivesWay.UNDECIDED:
        return precedence.reason
    who = "this plan" if precedence.gives_way is GivesWay.PLAN else "the other"
    if precedence.agreed:
        return f"{who} gives way under the agreement: {precedence.reason}"
    return f"{who} would give way by common usage, which the agreement does not say: {precedence.reason}"


def utc_text(time_s: float) -> str:
    """A time as it is read out."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _apart(meeting: Meeting) -> str:
    said = f"{_length(meeting.horizontal_m)} apart"
    if meeting.horizontal_required_m:
        said += f" where {_length(meeting.horizontal_required_m)} are required"
    said += f", {meeting.vertical_m:,.0f} m in height"
    if meeting.vertical_required_m:
        said += f" where {meeting.vertical_required_m:,.0f} m are"
    if meeting.datum_uncertainty_m is not None:
        said += f", the datums being up to {meeting.datum_uncertainty_m:,.0f} m apart"
    return said


def _length(length_m: float) -> str:
    return f"{length_m / 1_000.0:,.1f} km" if length_m >= 1_000.0 else f"{length_m:,.0f} m"


def _duration(time_s: float) -> str:
    sign, minutes = "-" if time_s < 0 else "", round(abs(time_s) / 60.0)
    return f"{sign}{minutes // 60} h {minutes % 60:02d} min"
