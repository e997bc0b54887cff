"""Alerts become journal events and, in the same transaction, messages to every other party they concern.

So none can be lost between detection and sending: either the alert is durable together with its notices, or neither is.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from hashlib import sha256
from typing import Final

import msgspec

from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.ladder import ASKING_CHANGES
from steerclear.model.agreement import Agreement
from steerclear.model.alert import AlertEvent, Severity
from steerclear.model.messages import AlertNotice, Message
from steerclear.model.track import TrackReport
from steerclear.model.vocabulary import Urgency
from steerclear.services.exchange import Draft, Exchange
from steerclear.services.faults import LineRequestError
from steerclear.store.entries import Append, Event, Receipt

ALERT: Final = "alert"
"""Journal kind of an alert event."""

EVENTS_PER_APPEND: Final = 500
"""Alerts that share one append; a scan with more of them takes several."""

_logger = logging.getLogger("steerclear.picture")
_ENCODER = msgspec.json.Encoder()
_URGENCY: Final = {
    Severity.CAUTION: Urgency.URGENT,
    Severity.WARNING: Urgency.IMMEDIATE,
    Severity.BREACH: Urgency.IMMEDIATE,
}


class AlertAnnouncer:
    """The record that the picture's alerts go into."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def record(self, events: Sequence[AlertEvent], reports: Sequence[TrackReport], now_s: float) -> None:  # noqa: ARG002
        """Store alerts and send the notices they cause; returns once all of it is durable. Where nothing can be said to
        a peer, the alerts are stored alone.

        The same events recorded again (a replay after a crash) are stored and sent once. `now_s` is the picture's
        time; deadlines run from the node's clock, because people answer in the time they live in.
        """
        stored: list[Future[Receipt]] = []
        for start in range(0, len(events), EVENTS_PER_APPEND):
            stored += self._stored(events[start : start + EVENTS_PER_APPEND])
        for future in stored:
            future.result()

    def _stored(self, events: Sequence[AlertEvent]) -> list[Future[Receipt]]:
        """Events on their way to the disk in one append; in one for each, where one of them cannot be told."""
        payloads = [_ENCODER.encode(event) for event in events]
        key = f"alerts/{sha256(b''.join(payloads)).hexdigest()}"
        if self._exchange.journal.receipt(key) is not None:
            return []
        now_s = self._exchange.clock.now_s()
        rows = tuple(Event(ALERT, payload, now_s) for payload in payloads)
        drafts = [draft for event in events for draft in self._notices(event)]
        if drafts:
            try:
                return [self._exchange.send(drafts, rows, key).stored]
            except (LineRequestError, LineFaultError) as fault:
                if isinstance(fault, LineFaultError) and len(events) > 1:
                    return [stored for event in events for stored in self._stored([event])]
                # Before the agreement is in force, for one: our own desks are warned all the same.
                _logger.warning("alerts cannot be told to the peers", extra={"detail": str(fault)})
        return [self._exchange.journal.submit(Append(key=key, events=rows))]

    def _notices(self, event: AlertEvent) -> list[Draft]:
        us = self._exchange.us.party_id
        concerned = [peer for peer in event.parties if peer != us and peer in self._exchange.lines]
        return [Draft(peer, _NoticeMaker(self._exchange, event, peer).make, bulk=True) for peer in concerned]


class _NoticeMaker:
    """Makes the notice of one alert to one peer when its place in the log, and so its id, is known."""

    def __init__(self, exchange: Exchange, event: AlertEvent, peer: str) -> None:
        self._exchange = exchange
        self._event = event
        self._peer = peer

    def make(self, message_id: str) -> Message:
        return alert_notice(self._exchange.agreement, self._event, self._peer, message_id, self._exchange.clock.now_s())


def alert_notice(agreement: Agreement, event: AlertEvent, peer: str, message_id: str, now_s: float) -> AlertNotice:
    """The notice of an alert to the first function of a peer's first desk, with the deadline that is agreed for it."""
    within_s = agreement.acknowledge_within_s(event.kind, event.severity) if event.change in ASKING_CHANGES else None
    return AlertNotice(
        message_id=message_id,
        to_function=agreement.party(peer).desks[0].functions[0],
        urgency=_URGENCY.get(event.severity, Urgency.ROUTINE) if event.change in ASKING_CHANGES else Urgency.ROUTINE,
        alert=event,
        acknowledge_by_s=None if within_s is None else now_s + within_s,
    )
