"""Reads a node's journal, row by row, into what a report of effectiveness looks at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from steerclear.dialogue.lifecycle import AnyAnswer, due_times
from steerclear.dialogue.link_state import LinkState
from steerclear.dialogue.terms import Versions
from steerclear.model.alert import AlertEvent
from steerclear.model.messages import Escalation
from steerclear.services.announce_alerts import ALERT
from steerclear.services.effectiveness.limits import LOOK_BACK_S, MAX_ALERTS, MAX_MESSAGES
from steerclear.services.effectiveness.observed import (
    LinkTime,
    Observations,
    ObservedMessage,
    condition_said,
    observed,
    raise_rung,
    take,
)
from steerclear.services.line_events import LINK, LinkChanged, MessageSent, MessageStored, ReceiptTaken, decoded
from steerclear.services.record_bundle import MAX_ENTRIES
from steerclear.store.entries import JournalRow
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import Journal

_ALERTS: Final = msgspec.json.Decoder(AlertEvent)
_OF_THE_LINE: Final = "line."
"""Kinds that bear the node's own time; the others may bear that of a recording."""


class EffectivenessError(ValueError):
    """The report cannot be made as it was asked for; the words say what to ask instead."""


class JournalReading:
    """Takes in rows of one node's journal, in order."""

    def __init__(self, us: str, versions: Versions, peers: Iterable[str], from_s: float, until_s: float) -> None:
        self.us = us
        self._versions = versions
        self._from_s, self._until_s = from_s, until_s
        self.found = Observations(
            source=f"the journal of {us}",
            observer=us,
            known_until_s=0.0,
            messages={},
            conditions=[],
            alerts={},
            agreement=versions.shown(until_s).agreement,
        )
        self._links = {peer: _LinkReading(peer) for peer in peers}
        self._last_s: float | None = None
        self._proved: dict[str, int] = {}
        """By peer: how far our log is proved to have come."""

    def take(self, row: JournalRow) -> None:
        """Take in one row. Raises EffectivenessError above a limit."""
        if row.kind == ALERT:
            self._take_alert(row)
            return
        if not row.kind.startswith(_OF_THE_LINE):
            return
        if row.kind == LINK:
            self._take_link(row)
        self._last_s = row.time_s if self._last_s is None else max(self._last_s, row.time_s)
        match decoded(row.kind, row.payload):
            case MessageSent() as event:
                self._take_message(event, (self.us, event.peer), None, None)
            case MessageStored() as event:
                self._take_message(event, (event.peer, self.us), event.unheeded, row.time_s)
            case ReceiptTaken() as event:
                self._take_receipt(event)

    def observations(self, now_s: float | None = None, period: tuple[float, float] | None = None) -> Observations:
        """What was read so far; `now_s` is the node's time where it runs: what is open now is then known to be so.

        `period` is that of the links, where it is another than at the beginning.
        """
        from_s, until_s = (self._from_s, self._until_s) if period is None else period
        known_s = self._last_s if now_s is None else now_s
        self.found.known_until_s = from_s if known_s is None else known_s
        until_s = min(until_s, self.found.known_until_s)
        self.found.links = [link.time(from_s, until_s) for link in self._links.values()]
        return self.found

    def forget_before(self, time_s: float, keep: int) -> bool:
        """Forget what no report of the time since needs, and above `keep` messages the oldest; whether it had to."""
        messages, alerts = self.found.messages, self.found.alerts or {}
        for message_id in [name for name, held in messages.items() if _last_needed_s(held) < time_s]:
            del messages[message_id]
        for alert_id in [name for name, life in alerts.items() if life[-1].time_s < time_s]:
            del alerts[alert_id]
        for link in self._links.values():
            link.forget_before(time_s)
        excess = len(messages) - keep
        for message_id in list(messages)[: max(0, excess)]:
            del messages[message_id]
        return excess > 0

    def _take_receipt(self, event: ReceiptTaken) -> None:
        # What a bundle's receipt says it covers is that side's word and may be any number: no place is looked at twice.
        first = max(event.from_size, self._proved.get(event.peer, 0))
        last = min(event.size, MAX_ENTRIES)
        for sequence in range(first, last):
            asked = self.found.messages.get(f"{self.us}:{event.peer}:{sequence}")
            if asked is not None:
                asked.received_s = event.time_s
        self._proved[event.peer] = max(first, last)

    def _take_message(
        self,
        event: MessageSent | MessageStored,
        parties: tuple[str, str],
        unheeded: str | None,
        stored_s: float | None,
    ) -> None:
        message, found = event.message, self.found
        if unheeded is not None:
            return
        if isinstance(message, AnyAnswer | Escalation):
            asked_id = self._asked_id(event)
            asked = None if asked_id is None else found.messages.get(asked_id)
            if asked is not None and isinstance(message, Escalation):
                raise_rung(asked, message, parties[0])
            elif asked is not None and isinstance(message, AnyAnswer):
                take(asked, message, event.issued_s)
            return
        if len(found.messages) >= MAX_MESSAGES:
            raise EffectivenessError(
                f"there are more than {MAX_MESSAGES:,} messages in the period: ask for a shorter one"
            )
        agreement = self._versions.shown(event.issued_s).agreement
        due = due_times(message) if event.due is None else event.due
        held = observed(message, message.message_id, parties, event.issued_s, agreement, due)
        held.received_s = stored_s
        found.messages[message.message_id] = held
        said = condition_said(message, parties, event.issued_s)
        if said is not None:
            found.conditions.append(said)

    def _asked_id(self, event: MessageSent | MessageStored) -> str | None:
        """Id of the message that an answer or a raised rung is about."""
        message = event.message
        if isinstance(message, Escalation):
            return message.escalates
        if event.answers_sequence is None:
            return None
        # An answer of ours is about the peer's log, one of the peer's about ours.
        asker, asked = (event.peer, self.us) if isinstance(event, MessageSent) else (self.us, event.peer)
        return f"{asker}:{asked}:{event.answers_sequence}"

    def _take_alert(self, row: JournalRow) -> None:
        alerts = self.found.alerts
        if alerts is None:
            return
        event = _ALERTS.decode(row.payload)
        life = alerts.setdefault(event.alert_id, [])
        if len(alerts) > MAX_ALERTS:
            raise EffectivenessError(f"there are more than {MAX_ALERTS:,} alerts in the period: ask for a shorter one")
        if event not in life:  # handed in again after a crash
            life.append(event)

    def _take_link(self, row: JournalRow) -> None:
        event = decoded(row.kind, row.payload)
        if isinstance(event, LinkChanged) and event.peer in self._links:
            self._links[event.peer].take(event.state, row.time_s, self._last_s)


class _LinkReading:
    """One link's states over time; before its first state, and while the node was not running, nothing is known."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.spans: list[tuple[float, float | None, LinkState]] = []
        """(from, until, state); the last one has no end yet."""

    def take(self, state: LinkState, time_s: float, seen_s: float | None) -> None:
        """A change; the same state twice means that the node was started anew since `seen_s`, its last sign of life."""
        if self.spans:
            began_s, _, held = self.spans[-1]
            end_s = time_s if held is not state or seen_s is None else max(began_s, min(seen_s, time_s))
            self.spans[-1] = (began_s, end_s, held)
        self.spans.append((time_s, None, state))

    def forget_before(self, time_s: float) -> None:
        """Forget states that ended before."""
        self.spans = [span for span in self.spans if span[1] is None or span[1] >= time_s]

    def time(self, from_s: float, until_s: float) -> LinkTime:
        """How long it was watched and worked between two times."""
        observed_s = up_s = 0.0
        interruptions = 0
        for began_s, ended_s, state in self.spans:
            within_s = min(until_s, until_s if ended_s is None else ended_s) - max(from_s, began_s)
            if state is LinkState.UNTRIED or within_s <= 0.0:
                continue
            observed_s += within_s
            up_s += within_s if state is LinkState.UP else 0.0
            interruptions += state is not LinkState.UP and began_s >= from_s
        return LinkTime(peer=self.peer, observed_s=observed_s, up_s=up_s, interruptions=interruptions)


def _last_needed_s(message: ObservedMessage) -> float:
    """Until when a message can be of the period: by its issue, a notice also by its end."""
    return message.issued_s if message.notice is None else max(message.issued_s, message.notice.until_s)


def read_journal(
    journal: Journal, us: str, versions: Versions, peers: Iterable[str], period: tuple[float, float], now_s: float
) -> Observations:
    """What a node's own journal tells of a period. Raises EffectivenessError, StoreError.

    Rows of the journal are in the order of writing; it is read from a month before the period on.
    """
    reading = JournalReading(us, versions, peers, *period)
    after = first_since(journal, period[0] - LOOK_BACK_S) - 1
    while rows := journal.journal(after, MAX_PAGE_ROWS):
        for row in rows:
            reading.take(row)
        after = rows[-1].sequence
    return reading.observations(now_s)


def first_since(journal: Journal, time_s: float) -> int:
    """Sequence from which on rows can be of a time or later, as far as the clock was not set back."""
    low, high = 1, journal.last_sequence() + 1
    while low < high:
        middle = (low + high) // 2
        rows = journal.journal(middle - 1, 1)
        if rows and rows[0].time_s < time_s:
            low = middle + 1
        else:
            high = middle
    return low
