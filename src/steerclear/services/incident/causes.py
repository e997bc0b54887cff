"""What in the journal opens an incident by itself: pure functions, so that the same rows find the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from steerclear.model.alert import AlertChange, AlertEvent, AlertKind, AlertSubject, Severity
from steerclear.model.incident import IncidentCause
from steerclear.model.track import Identity
from steerclear.model.volumes import Position
from steerclear.services.incident.limits import MAX_TITLE_CHARS

_CAUSES: Final = {
    AlertKind.SEPARATION: (IncidentCause.SEPARATION_LOST, Severity.BREACH),
    AlertKind.TIME_IN_BREACH: (IncidentCause.SEPARATION_LOST, Severity.BREACH),
    AlertKind.ZONE: (IncidentCause.ZONE_PENETRATED, Severity.BREACH),
    AlertKind.STALE_TRACK: (IncidentCause.LINK_LOST, Severity.WARNING),
}
"""Kind of alert -> what it opens, from which severity on."""
DIFFERENT_S: Final = 5.0
"""A picture whose time is further from the node's than this plays a recording."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A cause for an incident."""

    cause: IncidentCause
    title: str
    subjects: tuple[str, ...]
    """By names that both sides know, sorted: one incident per cause and subjects."""
    at_s: float
    peers: tuple[str, ...]
    """Parties concerned, us among them or not."""
    position: Position | None = None
    picture_now_s: float | None = None
    alert_ids: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    track_ids: tuple[str, ...] = ()
    zone_id: str | None = None


def subject_name(identity: Identity, latitude_deg: float, longitude_deg: float) -> str:
    """What both sides call an aircraft: the surest thing that is known of it; where it was, when nothing is."""
    if identity.icao_address is not None:
        return f"address {identity.icao_address:06x}"
    if identity.remote_id:
        return f"remote id {identity.remote_id}"
    if identity.callsign:
        return f"callsign {identity.callsign}"
    return f"unidentified near {latitude_deg:.1f}, {longitude_deg:.1f}"


def of_alert(event: AlertEvent, time_s: float, known_as: Mapping[str, str] | None = None) -> Found | None:
    """What an alert opens that was recorded at a time of the node; None for most.

    `known_as`: by track, the party that an aircraft which says nothing of itself is taken for; it goes into the title.
    """
    cause, at_least = _CAUSES.get(event.kind, (None, Severity.BREACH))
    if cause is None or event.severity < at_least or event.change not in (AlertChange.RAISED, AlertChange.ESCALATED):
        return None
    names = {_name(subject) for subject in event.subjects}
    if event.zone_id is not None:
        names.add(f"zone {event.zone_id}")
    labels = " and ".join(_title_of(subject, (known_as or {}).get(subject.track_id)) for subject in event.subjects)
    first = event.subjects[0] if event.subjects else None
    what = {
        IncidentCause.SEPARATION_LOST: f"{labels} closer than agreed",
        IncidentCause.ZONE_PENETRATED: f"{labels} in zone {event.zone_id}",
        IncidentCause.LINK_LOST: f"{labels} no longer heard during an open alert",
    }
    return Found(
        cause=cause,
        title=what[cause][:MAX_TITLE_CHARS],
        subjects=tuple(sorted(names)),
        at_s=time_s,
        peers=event.parties,
        position=None
        if first is None
        else Position(latitude_deg=first.latitude_deg, longitude_deg=first.longitude_deg),
        picture_now_s=event.time_s if abs(event.time_s - time_s) > DIFFERENT_S else None,
        alert_ids=(event.alert_id,),
        track_ids=tuple(subject.track_id for subject in event.subjects),
        zone_id=event.zone_id,
    )


def of_line(us: str, peer: str, down_since_s: float, reason: str, now_s: float) -> Found:
    """A line that was down for longer than is agreed."""
    return Found(
        cause=IncidentCause.LINK_LOST,
        title=f"the line between {' and '.join(sorted((us, peer)))} is down: {reason}"[:MAX_TITLE_CHARS],
        subjects=(f"line {' and '.join(sorted((us, peer)))}",),
        at_s=max(down_since_s, 0.0) if down_since_s <= now_s else now_s,
        peers=(peer,),
    )


def of_ladder(peer: str, message_id: str, function: str, raised_s: float) -> Found:
    """The last rung of a ladder was raised, and nobody has answered."""
    return Found(
        cause=IncidentCause.LADDER_ENDED,
        title=f"no answer to {message_id}, though the last rung ({function}) was raised"[:MAX_TITLE_CHARS],
        subjects=(f"message {message_id}",),
        at_s=raised_s,
        peers=(peer,),
        message_ids=(message_id,),
    )


def _name(subject: AlertSubject) -> str:
    return subject_name(subject.identity, subject.latitude_deg, subject.longitude_deg)


def _title_of(subject: AlertSubject, party: str | None) -> str:
    """What an aircraft is called in a title; what it says itself, else whose it is taken for."""
    if party is None or subject.identity != Identity():
        return subject.identity.label
    return f"an aircraft without identity, taken for {party}'s,"
