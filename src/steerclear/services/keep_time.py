"""What time alone brings about on the line: deadlines that pass unanswered, and line checks that fall due.

A tick may come late, twice, or after a restart: each deadline becomes one event, because the append that records it
bears the message's name.
"""

from __future__ import annotations

import heapq
from threading import Lock

import msgspec

from steerclear.dialogue.lifecycle import Standing, after_deadline, due_s
from steerclear.dialogue.link_state import line_check_due
from steerclear.model.messages import LineCheck, Message
from steerclear.services.exchange import Draft, Exchange, Sent
from steerclear.services.line_events import (
    LAST_CHECKS,
    SENT,
    STORED,
    AnswerMissed,
    due_of_event,
    journal_event,
    open_deadlines,
    read_standing,
)
from steerclear.store.entries import Append
from steerclear.store.limits import MAX_PAGE_ROWS

_time_decoder = msgspec.json.Decoder(float)


class Timekeeper:
    """Turns ticks of the clock into events."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._waiting: list[tuple[float, str]] = []
        self._lock = Lock()
        self._followed = exchange.journal.last_sequence()
        self._waiting += open_deadlines(exchange.journal)
        heapq.heapify(self._waiting)

    def tick(self) -> int:
        """Record every deadline that has passed, and send the line checks that are due; how many things happened."""
        with self._lock:
            now_s = self._exchange.clock.now_s()
            self._follow()
            return self._pass_deadlines(now_s) + self._check_lines(now_s)

    def _follow(self) -> None:
        """Take up the deadlines of messages that came into the journal since the last tick."""
        while rows := self._exchange.journal.journal(self._followed, MAX_PAGE_ROWS):
            self._followed = rows[-1].sequence
            for row in rows:
                if row.kind in (SENT, STORED):
                    due = due_of_event(row.kind, row.payload)
                    if due is not None:
                        heapq.heappush(self._waiting, due)

    def _pass_deadlines(self, now_s: float) -> int:
        missed = 0
        while self._waiting and self._waiting[0][0] <= now_s:
            _, key = self._waiting[0]
            standing = read_standing(self._exchange.journal, key)
            if standing is not None and after_deadline(standing, now_s) is not standing:
                self._record_missed(standing, key, now_s)
                missed += 1
            heapq.heappop(self._waiting)
        return missed

    def _record_missed(self, standing: Standing, key: str, now_s: float) -> None:
        limit_s = due_s(standing.message)
        event = AnswerMissed(
            peer=standing.peer,
            outgoing=standing.outgoing,
            sequence=standing.sequence,
            message_id=standing.message.message_id,
            due_s=now_s if limit_s is None else limit_s,
        )
        append_key = f"unanswered/{key}"
        if self._exchange.journal.receipt(append_key) is None:
            self._exchange.journal.append(Append(key=append_key, events=(journal_event(event, now_s),)))

    def _check_lines(self, now_s: float) -> int:
        sent = 0
        for peer in self._exchange.lines:
            value = self._exchange.journal.view(LAST_CHECKS, peer)
            last_s = None if value is None else _time_decoder.decode(value)
            if line_check_due(last_s, self._exchange.agreement.line_checks, now_s):
                send_line_check(self._exchange, peer).stored.result()
                sent += 1
        return sent


def send_line_check(exchange: Exchange, peer: str) -> Sent:
    """Ask a peer's desk "do you hear me?", by schedule or by a person. Raises UnknownPeerError."""

    def make(own_id: str) -> Message:
        answer_by_s = exchange.clock.now_s() + exchange.agreement.line_checks.answer_within_s
        return LineCheck(message_id=own_id, answer_by_s=answer_by_s)

    return exchange.send([Draft(peer, make)])
