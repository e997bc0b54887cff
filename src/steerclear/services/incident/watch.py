"""Follows the journal and opens incidents by itself, exactly once each, also across restarts.

What is followed is the journal alone: alerts, links that went down, last rungs, reports of peers. After a start the
last day of it is read again; what was opened before is known by its name, so nothing is opened twice.
"""

from __future__ import annotations

import heapq
import logging
from typing import Final

import msgspec

from steerclear.dialogue.link_state import LinkState
from steerclear.model.alert import AlertEvent
from steerclear.model.messages import Escalation, IncidentReport, Message
from steerclear.services.announce_alerts import ALERT
from steerclear.services.exchange import Exchange
from steerclear.services.identify.standings import known_tracks
from steerclear.services.incident.causes import DIFFERENT_S, Found, of_alert, of_ladder, of_line
from steerclear.services.incident.incident_events import IncidentStanding, read_exactly, read_pending
from steerclear.services.incident.limits import MAX_OPEN_INCIDENTS, MAX_REPORTED_PER_DAY
from steerclear.services.incident.open_incident import open_by_itself, open_reported
from steerclear.services.incident.policy import IncidentPolicy
from steerclear.services.line_events import (
    LINK,
    RUNG,
    SENT,
    STORED,
    LinkChanged,
    MessageSent,
    MessageStored,
    RungRaised,
    decoded,
    read_link,
    read_standing,
    standing_key,
)
from steerclear.store.entries import JournalRow
from steerclear.store.limits import MAX_PAGE_ROWS

LOOK_BACK_S: Final = 86_400.0
"""What happened while the node was down for longer opens nothing by itself any more."""
_CARRIERS: Final = (b'"incident_report"', b'"escalation"')

_ALERTS = msgspec.json.Decoder(AlertEvent)
_logger = logging.getLogger("steerclear.incident")


class _Waiting(msgspec.Struct, frozen=True, order=True):
    """Something that is an incident unless it is over by then."""

    due_s: float
    sequence: int
    peer: str
    since_s: float
    message_key: str = ""
    message_id: str = ""
    function: str = ""


class IncidentWatch:
    """Opens incidents from what the journal shows; `follow` is called by one thread at a time."""

    def __init__(self, exchange: Exchange, policy: IncidentPolicy) -> None:
        self._exchange = exchange
        self._policy = policy
        self._waiting: list[_Waiting] = []
        self._reported: dict[str, list[float]] = {}
        self._turned_away: set[str] = set()
        self._ahead_s: float | None = None
        """How far the picture is ahead of the node, as the last alert shows; None where it runs by our clock."""
        self._followed = _row_before(exchange, exchange.clock.now_s() - LOOK_BACK_S)

    def follow(self) -> list[IncidentStanding]:
        """Take up what came into the journal, and open what is due. Raises StoreError."""
        opened: list[IncidentStanding | None] = []
        while rows := self._exchange.journal.journal(self._followed, MAX_PAGE_ROWS):
            for row in rows:
                opened += self._take(row)
                self._followed = row.sequence
        now_s = self._exchange.clock.now_s()
        while self._waiting and self._waiting[0].due_s <= now_s:
            opened.append(self._due(self._waiting[0]))
            heapq.heappop(self._waiting)
        return [standing for standing in opened if standing is not None]

    def _take(self, row: JournalRow) -> list[IncidentStanding | None]:
        if row.kind == ALERT:
            event = _ALERTS.decode(row.payload)
            ahead_s = event.time_s - row.time_s
            self._ahead_s = ahead_s if abs(ahead_s) > DIFFERENT_S else None
            found = of_alert(event, row.time_s)
            if found is None:
                return []
            named = of_alert(event, row.time_s, self._known_as(found))
            return [self._open(named or found, row.sequence)]
        if row.kind == LINK:
            self._take_link(row)
        elif row.kind == RUNG:
            rung = decoded(row.kind, row.payload)
            if isinstance(rung, RungRaised) and rung.last:
                key = standing_key(rung.peer, rung.outgoing, rung.sequence)
                self._wait_for_answer(row, rung.peer, key, rung.message_id, rung.function)
        elif row.kind in (SENT, STORED) and any(carrier in row.payload for carrier in _CARRIERS):
            return self._take_message(row)
        return []

    def _known_as(self, found: Found) -> dict[str, str]:
        """By track: the party that an aircraft is taken for, where all who are told of the incident may know that."""
        us = self._exchange.us.party_id
        told = {peer for peer in found.peers if peer in self._exchange.lines}
        known = known_tracks(self._exchange, found.track_ids)
        taken = {one.track_id: one.match.party for one in known.values() if one.match is not None}
        return {track_id: party for track_id, party in taken.items() if party == us or told <= {party}}

    def _take_link(self, row: JournalRow) -> None:
        link = decoded(row.kind, row.payload)
        if isinstance(link, LinkChanged) and link.state in (LinkState.DOWN, LinkState.HALTED):
            due_s = row.time_s + self._policy.line_down_s
            heapq.heappush(self._waiting, _Waiting(due_s, row.sequence, link.peer, row.time_s))

    def _take_message(self, row: JournalRow) -> list[IncidentStanding | None]:
        event = decoded(row.kind, row.payload)
        if isinstance(event, MessageStored) and isinstance(event.message, Escalation):
            said = event.message
            if said.last and event.answers_sequence is not None:
                key = standing_key(event.peer, bool(event.escalates_outgoing), event.answers_sequence)
                self._wait_for_answer(row, event.peer, key, said.escalates, said.function)
            return []
        if not isinstance(event, MessageSent | MessageStored) or not isinstance(event.message, IncidentReport):
            return []
        sent = isinstance(event, MessageSent)
        if read_exactly(self._exchange.journal, event.message.incident_id) is not None:
            return []  # a report of what is known, such as one that tells a bundle's hash, opens nothing
        if not sent and not self._may_report(event.peer, row.time_s):
            return []
        found = open_reported(
            self._exchange, self._policy, event.message, event.peer, row.sequence, sent=sent, ahead_s=self._ahead_s
        )
        return [found]

    def _wait_for_answer(self, row: JournalRow, peer: str, key: str, message_id: str, function: str) -> None:
        due_s = row.time_s + self._policy.after_last_rung_s
        heapq.heappush(self._waiting, _Waiting(due_s, row.sequence, peer, row.time_s, key, message_id, function))

    def _due(self, waiting: _Waiting) -> IncidentStanding | None:
        exchange = self._exchange
        if waiting.message_key:
            standing = read_standing(exchange.journal, waiting.message_key)
            if standing is None or standing.acknowledged or self._tells_of_an_incident(standing.message):
                return None
            found = of_ladder(waiting.peer, waiting.message_id, waiting.function, waiting.since_s)
            return self._open(found, waiting.sequence)
        link = read_link(exchange.journal, waiting.peer)
        if link is None or link.since_s != waiting.since_s or link.state not in (LinkState.DOWN, LinkState.HALTED):
            return None
        found = of_line(exchange.us.party_id, waiting.peer, link.since_s, link.reason, exchange.clock.now_s())
        return self._open(found, waiting.sequence)

    def _tells_of_an_incident(self, message: Message) -> bool:
        """Whether it reports one that is known: silence about that is no other, or one night would open dozens."""
        return (
            isinstance(message, IncidentReport)
            and read_exactly(self._exchange.journal, message.incident_id) is not None
        )

    def _open(self, found: Found, row: int) -> IncidentStanding | None:
        if found.cause not in self._policy.causes:
            return None
        pending = len(read_pending(self._exchange.journal))
        if pending >= MAX_OPEN_INCIDENTS:
            self._turn_away(f"{found.title}: {pending} incidents wait to be frozen, so no other is opened by itself")
            return None
        if found.picture_now_s is None and self._ahead_s is not None:
            found = msgspec.structs.replace(found, picture_now_s=found.at_s + self._ahead_s)
        return open_by_itself(self._exchange, self._policy, found, row)

    def _may_report(self, peer: str, time_s: float) -> bool:
        recent = [one for one in self._reported.get(peer, []) if one > time_s - LOOK_BACK_S]
        if len(recent) >= MAX_REPORTED_PER_DAY:
            self._turn_away(f"{peer} has reported {len(recent)} incidents within a day; no other is opened by that")
            return False
        self._reported[peer] = [*recent, time_s]
        return True

    def _turn_away(self, why: str) -> None:
        """Once for each: a flood of incidents must not become a flood of warnings."""
        if why not in self._turned_away and len(self._turned_away) < MAX_OPEN_INCIDENTS:
            self._turned_away.add(why)
            _logger.warning("an incident was not opened", extra={"detail": why})


def _row_before(exchange: Exchange, time_s: float) -> int:
    """The last journal row before a time; rows stand in the order of time but for steps of the clock."""
    low, high = 0, exchange.journal.last_sequence()
    while low < high:
        middle = (low + high) // 2
        page = exchange.journal.journal(middle, 1)
        if page and page[0].time_s < time_s:
            low = page[0].sequence
        else:
            high = middle
    return low
