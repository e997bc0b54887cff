"""Puts the evidences of one incident on one timeline.

The order in which they are given does not matter: the reference clock is that of the party whose id sorts first.
"""

from __future__ import annotations

from collections.abc import Sequence

from steerclear.model.messages import IncidentReport
from steerclear.services.incident.evidence import IncidentEvidence
from steerclear.services.joint.cases import joint_cases
from steerclear.services.joint.claims import joint_claims
from steerclear.services.joint.clocks import clock_errors, joined_s
from steerclear.services.joint.events import joint_events
from steerclear.services.joint.faults import JoinError
from steerclear.services.joint.gaps import joint_gaps
from steerclear.services.joint.knowledge import joint_facts
from steerclear.services.joint.limits import MAX_SIDES
from steerclear.services.joint.messages import Clocks, joint_messages
from steerclear.services.joint.places import joint_places
from steerclear.services.joint.review import joint_review
from steerclear.services.joint.side import Side, read_side
from steerclear.services.joint.timeline import (
    AlertChangeShown,
    AlertShown,
    JointTimeline,
    SideShown,
    TrackShown,
)


def join(evidences: Sequence[IncidentEvidence]) -> JointTimeline:
    """The joint timeline of one side's evidence or of several.

    Raises JoinError where they do not belong together, IncidentRefusedError for one that changed while it was read.
    """
    check_sides(evidences)
    sides = [read_side(evidence) for evidence in sorted(evidences, key=lambda one: one.party)]
    check_matter(sides)
    agreement = sides[0].versions.newest.agreement
    parties = tuple((party.party_id, party.name) for party in agreement.parties)
    reference = sides[0].party
    clocks = clock_errors(sides, [party for party, _ in parties], reference)
    messages = joint_messages(sides, clocks)
    alerts = tuple(alert for side in sides for alert in _alerts(side, clocks))
    claims, claims_found = joint_claims(sides, clocks, messages, alerts)
    first = sides[0].incident
    return JointTimeline(
        incident_id=first.incident_id,
        title=first.title,
        cause=str(first.cause),
        at_s=joined_s(clocks, reference, first.at_s),
        from_s=min(joined_s(clocks, side.party, side.incident.from_s) for side in sides),
        until_s=max(joined_s(clocks, side.party, side.incident.until_s) for side in sides),
        reference=reference,
        parties=parties,
        sides=tuple(_shown(side) for side in sides),
        clocks=tuple(clocks[party] for party, _ in parties),
        events=joint_events(sides, clocks, messages),
        messages=messages,
        alerts=alerts,
        tracks=_tracks(sides, alerts),
        places=joint_places(sides),
        facts=joint_facts(sides, clocks, messages),
        claims=claims,
        claims_found=claims_found,
        gaps=joint_gaps(sides, messages),
        cases=joint_cases(sides, messages),
        review=joint_review(sides, clocks, messages, frozenset(side.incident.incident_id for side in sides)),
    )


def check_sides(evidences: Sequence[IncidentEvidence]) -> None:
    """One evidence of each side, under one agreement. Raises JoinError."""
    if not 1 <= len(evidences) <= MAX_SIDES:
        raise JoinError(f"give the evidence of 1 to {MAX_SIDES} parties")
    names: dict[str, str] = {}
    for evidence in evidences:
        if evidence.party in names:
            raise JoinError(
                f"{names[evidence.party]} and {evidence.path.name} are both the evidence of {evidence.party}:"
                " give one of each side"
            )
        names[evidence.party] = evidence.path.name
    agreements = {evidence.head.agreement_id: evidence.path.name for evidence in evidences}
    if len(agreements) > 1:
        told = ", ".join(f"{name} under {agreement_id!r}" for agreement_id, name in sorted(agreements.items()))
        raise JoinError(f"these are under different agreements: {told}")


def check_matter(sides: Sequence[Side]) -> None:
    """Of one incident: by its name, or because one side told the other of it under another name. Raises JoinError."""
    first = sides[0]
    for side in sides[1:]:
        one, other = first.incident, side.incident
        if one.from_s > other.until_s or other.from_s > one.until_s:
            raise JoinError(f"{first.name} and {side.name} have no time in common: they are not of one incident")
        if one.incident_id == other.incident_id or _told(first, other.incident_id) or _told(side, one.incident_id):
            continue
        raise JoinError(
            f"{first.name} is of incident {one.incident_id!r} and {side.name} of {other.incident_id!r},"
            " and neither names the other's: they are different incidents"
        )


def _told(side: Side, incident_id: str) -> bool:
    """Whether a side's own journal names an incident, in a report on the line or in a row about incidents."""
    reports = (held.message for held in side.standings.values())
    if any(isinstance(report, IncidentReport) and report.incident_id == incident_id for report in reports):
        return True
    named = f'"{incident_id}"'.encode()
    return any(row.kind.startswith("incident") and named in row.payload for row in side.rows)


def _shown(side: Side) -> SideShown:
    evidence, software = side.evidence, side.evidence.software
    return SideShown(
        party=side.party,
        name=side.name,
        manifest_sha256=evidence.manifest_sha256,
        exported_s=side.exported_s,
        from_s=side.incident.from_s,
        until_s=side.incident.until_s,
        rows=len(side.rows),
        reports=side.tracks.reports,
        marking=evidence.marking,
        software="" if software is None else f"{software.version}, sources {software.source_sha256}",
        agreement_versions=tuple(version.sha256.hex() for version in side.versions.known),
        roots={
            log.origin: f"{log.entries} entries, root {log.root.hex()}, {log.received} cosigned by the receiver"
            for record in evidence.records.values()
            for log in record.logs
        },
        proven=tuple(evidence.proven),
        not_proven=tuple(evidence.not_proven),
    )


def _alerts(side: Side, clocks: Clocks) -> list[AlertShown]:
    lives: dict[str, list[tuple[float, int]]] = {}
    for place, row in enumerate(side.alerts):
        lives.setdefault(row.event.alert_id, []).append((row.own_s, place))
    found = []
    for alert_id, rows in lives.items():
        events = [side.alerts[place].event for _, place in rows]
        changes = tuple(
            AlertChangeShown(
                own_s=own_s,
                time_s=joined_s(clocks, side.party, own_s),
                picture_s=event.time_s,
                change=str(event.change),
                severity=event.severity,
                reason=event.reason,
                places=tuple((one.latitude_deg, one.longitude_deg) for one in event.subjects),
            )
            for (own_s, _), event in zip(rows, events, strict=True)
        )
        found.append(
            AlertShown(
                seen_by=side.party,
                alert_id=alert_id,
                kind=str(events[0].kind),
                subjects=tuple(subject.identity.label for subject in events[-1].subjects),
                parties=events[-1].parties,
                zone_id=events[0].zone_id or "",
                changes=changes,
            )
        )
    return found


def _tracks(sides: Sequence[Side], alerts: Sequence[AlertShown]) -> tuple[TrackShown, ...]:
    wanted = frozenset(label for alert in alerts for label in alert.subjects)
    return tuple(track for side in sides for track in side.tracks.shown(wanted))
