"""Open an incident: by hand, by what the journal shows, or because a peer has reported one.

Order of work: the row that opens it and the reports to the peers concerned are one append, under a key that bears the
incident's name; so the same cause opens it once, however often the process is restarted in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from typing import Final

import msgspec

from steerclear.dialogue.faults import LineFaultError
from steerclear.model.incident import Incident, IncidentCause
from steerclear.model.limits import MAX_NAME_CHARS
from steerclear.model.messages import IncidentReport, IncidentWindow, Message
from steerclear.model.vocabulary import Urgency
from steerclear.services.acknowledge import find_standing, function_of
from steerclear.services.exchange import Draft, Exchange
from steerclear.services.faults import LineRequestError, NotInForceError
from steerclear.services.incident.causes import Found
from steerclear.services.incident.incident_events import (
    IncidentJoined,
    IncidentOpened,
    IncidentSeen,
    IncidentStanding,
    incident_event,
    read_exactly,
    read_incident,
    read_last,
)
from steerclear.services.incident.limits import MAX_AFTER_S, MAX_BEFORE_S
from steerclear.services.incident.policy import IncidentPolicy
from steerclear.services.say import with_agreed_times
from steerclear.store.entries import Append, Event

_AHEAD_S: Final = 60.0
"""A reported incident may be of this much after now: two clocks differ a little."""
_MOST: Final = 64
"""Entries of one list of a message."""


class IncidentRequestError(LineRequestError):
    """What was asked of an incident cannot be done; the text says why."""


class ByHand(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as a person opens it; times are the node's."""

    title: str
    at_s: float | None = None
    from_s: float | None = None
    until_s: float | None = None
    track_ids: tuple[str, ...] = ()
    alert_ids: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    to: tuple[str, ...] | None = None
    """Whom to tell; None: every peer."""
    picture_now_s: float | None = None
    """The picture's time, where a recording is played."""


def open_by_hand(
    exchange: Exchange, policy: IncidentPolicy, asked: ByHand, desk_id: str, function: str, token: str
) -> IncidentStanding:
    """Open an incident as a function of one of our desks; `token` makes its name unlike any other.

    Raises IncidentRequestError, UnknownPeerError, UnknownMessageError, LineRequestError, StoreError.
    """
    function_of(exchange.us, desk_id, function)
    now_s = exchange.clock.now_s()
    at_s = now_s if asked.at_s is None else asked.at_s
    from_s = at_s - policy.before_s if asked.from_s is None else asked.from_s
    until_s = at_s + policy.after_s if asked.until_s is None else asked.until_s
    check_span(at_s, from_s, until_s, now_s)
    if not 1 <= len(asked.title) <= MAX_NAME_CHARS or not asked.title.isprintable():
        raise IncidentRequestError(f"a title has 1 to {MAX_NAME_CHARS} characters, all of which show")
    if max(len(asked.track_ids), len(asked.alert_ids), len(asked.message_ids)) > _MOST:
        raise IncidentRequestError(f"an incident names at most {_MOST} tracks, alerts and messages, each")
    for message_id in asked.message_ids:
        find_standing(exchange, message_id)  # a slip of the pen names nothing on any side
    peers = tuple(sorted(exchange.lines)) if asked.to is None else tuple(dict.fromkeys(asked.to))
    for peer in peers:
        exchange.line(peer)
    incident = Incident(
        incident_id=f"inc-{exchange.us.party_id[:24]}-{_short(token, asked.title)}",
        cause=IncidentCause.BY_HAND,
        title=asked.title,
        opened_by=exchange.us.party_id,
        opened_s=now_s,
        at_s=at_s,
        from_s=from_s,
        until_s=until_s,
        alert_ids=asked.alert_ids,
        message_ids=asked.message_ids,
        track_ids=asked.track_ids,
        picture_now_s=asked.picture_now_s,
    )
    opened = IncidentOpened(
        incident=incident,
        subjects=tuple(sorted(f"message {message_id}" for message_id in asked.message_ids)),
        peers=peers,
        automatic=False,
        by_desk=desk_id,
        by_function=function,
    )
    standing = _open(exchange, opened, [_report(exchange, opened, peer) for peer in peers])
    if standing is None:
        raise IncidentRequestError("it was stored, and is not in the view of incidents")
    return standing


def open_by_itself(exchange: Exchange, policy: IncidentPolicy, found: Found, row: int) -> IncidentStanding | None:
    """Open an incident of a cause in the journal; None while the same one is in its quiet time. Raises StoreError."""
    for cause in (found.cause, IncidentCause.REPORTED):
        last = read_last(exchange.journal, cause, found.subjects)
        if last is not None and abs(found.at_s - last.incident.at_s) <= policy.quiet_s:
            if last.incident.cause is IncidentCause.REPORTED:
                _see(exchange, last, found, row)
            return None
    us = exchange.us.party_id
    peers = tuple(sorted(peer for peer in found.peers if peer in exchange.lines))
    incident = Incident(
        incident_id=f"inc-{us[:24]}-{_short(found.cause, *found.subjects, str(row))}",
        cause=found.cause,
        title=found.title,
        opened_by=us,
        opened_s=exchange.clock.now_s(),
        at_s=found.at_s,
        from_s=found.at_s - policy.before_s,
        until_s=found.at_s + policy.after_s,
        position=found.position,
        alert_ids=found.alert_ids,
        message_ids=found.message_ids,
        track_ids=found.track_ids,
        zone_id=found.zone_id,
        picture_now_s=found.picture_now_s,
    )
    opened = IncidentOpened(incident=incident, subjects=found.subjects, peers=peers, automatic=True, caused_by=row)
    return _open(exchange, opened, [_report(exchange, opened, peer) for peer in peers])


def _see(exchange: Exchange, reported: IncidentStanding, found: Found, row: int) -> None:
    """A peer was first to report what we see as well: it stays one incident, and gets what we know of it."""
    incident_id = reported.incident.incident_id
    seen = IncidentSeen(
        incident_id=incident_id,
        cause=found.cause,
        alert_ids=found.alert_ids,
        message_ids=found.message_ids,
        track_ids=found.track_ids,
        picture_now_s=found.picture_now_s,
        caused_by=row,
    )
    key = f"incident.seen/{sha256(incident_id.encode()).hexdigest()}"
    if exchange.journal.receipt(key) is None:
        event = incident_event(seen, exchange.clock.now_s())
        exchange.journal.append(Append(key=key, events=(event,)))


def open_reported(
    exchange: Exchange,
    policy: IncidentPolicy,
    report: IncidentReport,
    peer: str,
    row: int,
    *,
    sent: bool,
    ahead_s: float | None = None,
) -> IncidentStanding | None:
    """Open what a report on the line tells of, a peer's or (`sent`) one of our own desks'; None where it is known.

    A peer's report of what we have opened ourselves joins the two: both sides then go by the lesser of the names.
    `ahead_s` is by how much our picture is ahead of our clock, where it plays a recording.
    """
    if read_exactly(exchange.journal, report.incident_id) is not None:
        return None
    now_s = exchange.clock.now_s()
    window = report.window if isinstance(report.window, IncidentWindow) else None
    at_s = min(report.at_s, now_s + _AHEAD_S)
    from_s = at_s - policy.before_s if window is None else max(window.from_s, at_s - MAX_BEFORE_S)
    until_s = at_s + policy.after_s if window is None else min(window.until_s, at_s + MAX_AFTER_S)
    subjects = () if window is None else window.subjects
    ours = None if window is None else read_last(exchange.journal, window.cause, subjects)
    incident = Incident(
        incident_id=report.incident_id,
        cause=IncidentCause.BY_HAND if sent else IncidentCause.REPORTED,
        title=(report.text or report.incident_id)[:MAX_NAME_CHARS] if window is None else window.title,
        opened_by=exchange.us.party_id if sent else peer,
        opened_s=now_s,
        at_s=at_s,
        from_s=min(from_s, at_s),
        until_s=max(until_s, at_s),
        position=report.position,
        message_ids=(report.message_id,) if window is None else window.message_ids,
        picture_now_s=None if ahead_s is None else at_s + ahead_s,
        zone_id=None if window is None else window.zone_id,
    )
    if ours is None or sent or abs(ours.incident.at_s - at_s) > policy.quiet_s or ours.closed_s is not None:
        opened = IncidentOpened(incident=incident, subjects=subjects, peers=(peer,), automatic=True, caused_by=row)
        return _open(exchange, opened, [])
    return _join(exchange, ours, incident, peer, row)


def _join(exchange: Exchange, ours: IncidentStanding, theirs: Incident, peer: str, row: int) -> IncidentStanding | None:
    """One incident that both sides have opened: it keeps what we know of it, under the lesser of both names."""
    own = ours.incident
    kept = min(own.incident_id, theirs.incident_id)
    merged = msgspec.structs.replace(
        own,
        incident_id=theirs.incident_id,
        from_s=min(own.from_s, theirs.from_s),
        until_s=max(own.until_s, theirs.until_s),
    )
    opened = IncidentOpened(
        incident=merged,
        subjects=ours.subjects,
        peers=tuple(sorted({*ours.peers, peer})),
        automatic=True,
        caused_by=row,
    )
    gone = own.incident_id if kept == theirs.incident_id else theirs.incident_id
    joined = incident_event(IncidentJoined(incident_id=gone, into=kept), exchange.clock.now_s())
    return _open(exchange, opened, [], joined)


def check_span(at_s: float, from_s: float, until_s: float, now_s: float) -> None:
    """Raises IncidentRequestError for a window that cannot be."""
    if not from_s <= at_s <= until_s or not from_s < until_s:
        raise IncidentRequestError("the window holds the time at which it happened: from <= at <= until")
    if at_s > now_s + _AHEAD_S:
        raise IncidentRequestError("it happened in the future")
    if at_s - from_s > MAX_BEFORE_S or until_s - at_s > MAX_AFTER_S:
        raise IncidentRequestError(
            f"a window begins at most {MAX_BEFORE_S / 3_600:g} h before it happened and ends at most"
            f" {MAX_AFTER_S / 3_600:g} h after it"
        )


def _open(exchange: Exchange, opened: IncidentOpened, drafts: Sequence[Draft], *more: Event) -> IncidentStanding | None:
    incident_id = opened.incident.incident_id
    key = f"incident/{sha256(incident_id.encode()).hexdigest()}"
    if exchange.journal.receipt(key) is None:
        rows = (incident_event(opened, exchange.clock.now_s()), *more)
        try:
            if drafts:
                exchange.send(drafts, rows, key).stored.result()
            else:
                exchange.journal.append(Append(key=key, events=rows))
        except (NotInForceError, LineFaultError):
            # Evidence is kept also while nothing, or not this, can be said under the agreement.
            exchange.journal.append(Append(key=key, events=rows))
    return read_incident(exchange.journal, incident_id)


def _report(exchange: Exchange, opened: IncidentOpened, peer: str) -> Draft:
    return Draft(peer, partial(incident_report, exchange, opened, peer), bulk=True)


def incident_report(exchange: Exchange, opened: IncidentOpened, peer: str, message_id: str) -> Message:
    """The report of an incident to the first function of a peer's first desk, with the times that are agreed for it."""
    incident = opened.incident
    report = IncidentReport(
        to_function=exchange.agreement.party(peer).desks[0].functions[0],
        from_desk=opened.by_desk,
        from_function=opened.by_function,
        urgency=Urgency.URGENT,
        text=incident.title,
        incident_id=incident.incident_id,
        at_s=max(incident.at_s, 0.0),
        position=incident.position,
        window=IncidentWindow(
            cause=incident.cause,
            title=incident.title,
            from_s=max(incident.from_s, 0.0),
            until_s=incident.until_s,
            subjects=opened.subjects[:_MOST],
            message_ids=incident.message_ids[:_MOST],
            zone_id=incident.zone_id,
        ),
    )
    timed = with_agreed_times(exchange.agreement, report, exchange.clock.now_s())
    return msgspec.structs.replace(timed, message_id=message_id)


def _short(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:12]
