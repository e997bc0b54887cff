"""What both nodes recorded, put together for the summary and the timeline page."""

from __future__ import annotations

from statistics import median
from typing import Any

import msgspec

from demo.parties import PARTIES
from demo.recordings import STRETCHES, Stretch, flown_tracks
from steerclear.interfaces.timeline_page import (
    AlertLife,
    AlertStep,
    Claim,
    LineMessage,
    LogProof,
    Recording,
    Timeline,
)
from steerclear.model.alert import AlertEvent, Severity

_WORD = {level.value: level.name.lower() for level in Severity}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one node knew when it was stopped."""

    party: str
    alerts: tuple[AlertEvent, ...]
    messages: tuple[dict[str, Any], ...]


def told_by(party: str, journal: list[dict[str, Any]], messages: list[dict[str, Any]]) -> Told:
    """Read one node's alerts out of its journal, and its messages out of the local API's list."""
    alerts = tuple(msgspec.convert(item["event"], AlertEvent) for item in journal if item["kind"] == "alert")
    return Told(party=party, alerts=alerts, messages=tuple(messages))


def notices_sent(told: Told) -> list[dict[str, Any]]:
    """The alert notices that this node sent."""
    return [line for line in told.messages if line["direction"] == "sent" and line["kind"] == "alert_notice"]


def acknowledgement_times_s(told: Told) -> list[float]:
    """From sending a notice to the acknowledgement, by the clocks of both sides."""
    return sorted(line["answer"]["issued_s"] - line["issued_s"] for line in notices_sent(told) if line["answer"])


def unanswered(told: Told) -> list[dict[str, Any]]:
    """Notices whose agreed time has passed without an acknowledgement."""
    return [line for line in notices_sent(told) if line["state"] == "unanswered"]


def summary_rows(told: dict[str, Told], proofs: tuple[LogProof, ...], tracks: int) -> list[tuple[str, str]]:
    """The lines of the summary table."""
    rows = [("aircraft in the recordings", f"{tracks}")]
    for party in PARTIES:
        raised = [event for event in told[party].alerts if event.change == "raised"]
        kinds = {kind: sum(event.kind == kind for event in raised) for kind in sorted({event.kind for event in raised})}
        times_s = acknowledgement_times_s(told[party])
        rows += [
            (
                f"alerts raised by {party}",
                ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in kinds.items()),
            ),
            (f"notices from {party}", f"{len(notices_sent(told[party]))}"),
            (
                "  acknowledged",
                f"{len(times_s)}, median {median(times_s):.1f} s, slowest {times_s[-1]:.1f} s" if times_s else "none",
            ),
            ("  unanswered", f"{len(unanswered(told[party]))}"),
        ]
    rows += [(f"log {proof.log}", f"{proof.size} entries, root {proof.root}") for proof in proofs]
    return rows


def timeline(told: dict[str, Told], proofs: tuple[LogProof, ...], claims: tuple[Claim, ...]) -> Timeline:
    """The content of the timeline page."""
    recordings = tuple(
        Recording(
            name=stretch.name,
            note=stretch.note,
            from_s=stretch.from_s,
            until_s=stretch.until_s,
            tracks=flown_tracks(stretch),
        )
        for stretch in STRETCHES
    )
    # Both sides watch the same sky, so both raise the same alerts: north's are drawn, both sides' words are listed.
    return Timeline(
        title="Two parties, one sky",
        subtitle=(
            "Recorded real traffic, through two steerclear nodes. The recordings run faster than life; the desks "
            "answer in the time they live in, so the sky and the line each have their own clock."
        ),
        parties=tuple((party, party.capitalize()) for party in PARTIES),
        recordings=recordings,
        alerts=_lives(told["north"]),
        messages=tuple(_line_message(line, party) for party in PARTIES for line in notices_sent(told[party])),
        proofs=proofs,
        claims=claims,
    )


def _lives(told: Told) -> tuple[AlertLife, ...]:
    events: dict[str, list[AlertEvent]] = {}
    for event in told.alerts:
        if event.subjects:
            events.setdefault(event.alert_id, []).append(event)
    return tuple(
        AlertLife(
            alert_id=alert_id,
            kind=life[0].kind.value,
            seen_by=told.party,
            recording=_stretch_of(life[0].time_s).name,
            subjects=tuple(subject.identity.label for subject in life[0].subjects),
            parties=life[0].parties,
            worst=_WORD[max(event.severity for event in life)],
            steps=tuple(
                AlertStep(
                    time_s=event.time_s,
                    change=event.change.value,
                    severity=_WORD[event.severity],
                    reason=event.reason,
                    places=tuple((subject.latitude_deg, subject.longitude_deg) for subject in event.subjects),
                )
                for event in life
            ),
        )
        for alert_id, life in events.items()
    )


def _stretch_of(time_s: float) -> Stretch:
    return min(STRETCHES, key=lambda stretch: abs((stretch.from_s + stretch.until_s) / 2 - time_s))


def _line_message(line: dict[str, Any], party: str) -> LineMessage:
    alert, answer = line["message"]["alert"], line["answer"]
    return LineMessage(
        message_id=line["message_id"],
        kind=line["kind"],
        from_party=party,
        to_party=line["peer"],
        text=f"{alert['kind'].replace('_', ' ')} {alert['change']}, {_WORD[alert['severity']]}: {alert['reason']}",
        sent_s=line["issued_s"],
        state=line["state"],
        received_s=line["received_s"],
        acknowledged_s=answer["issued_s"] if answer else None,
        acknowledged_by=answer["function"] if answer else None,
        due_s=line["answer_due_s"],
        alert_id=alert["alert_id"],
    )
