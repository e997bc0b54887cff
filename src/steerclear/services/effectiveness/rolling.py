"""The measures of the last day for monitoring, kept up to date by following the journal.

At most once a minute, and a bounded piece of the journal at a time, so that counting holds nobody up: a node that
writes more than that skips what it could not read and says that its figures are not complete.
"""

from __future__ import annotations

from math import inf
from threading import Lock
from typing import Final

import msgspec

from steerclear.services.effectiveness.from_journal import JournalReading, first_since
from steerclear.services.effectiveness.limits import (
    MAX_ROLLING_MESSAGES,
    MAX_ROLLING_ROWS,
    ROLLING_EVERY_S,
    ROLLING_PERIOD_S,
)
from steerclear.services.effectiveness.make_report import make_report
from steerclear.services.effectiveness.report import EffectivenessReport
from steerclear.services.exchange import Exchange
from steerclear.store.limits import MAX_PAGE_ROWS


class RollingReport(msgspec.Struct, frozen=True):
    """The last day's report, and whether all that was written in it was read."""

    report: EffectivenessReport
    complete: bool


class RollingEffectiveness:
    """Figures of the last day of one node; `latest` may be called from any thread."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._lock = Lock()
        self._reading: JournalReading | None = None
        self._followed = 0
        self._skipped_s = -inf
        """When something was last skipped, by the node's clock."""
        self._made: tuple[float, RollingReport] | None = None

    def latest(self) -> RollingReport:
        """The report as it was made within the last minute, or now. Raises StoreError."""
        with self._lock:
            now_s = self._exchange.clock.now_s()
            if self._made is None or not 0.0 <= now_s - self._made[0] < ROLLING_EVERY_S:
                self._made = (now_s, self._make(now_s))
            return self._made[1]

    def _make(self, now_s: float) -> RollingReport:
        journal, since_s = self._exchange.journal, now_s - ROLLING_PERIOD_S
        if self._reading is None:
            exchange = self._exchange
            us = exchange.us.party_id
            self._reading = JournalReading(us, exchange.versions, list(exchange.lines), since_s, inf)
            self._followed = first_since(journal, since_s) - 1
        last = journal.last_sequence()
        if last - self._followed > MAX_ROLLING_ROWS:
            self._followed, self._skipped_s = last - MAX_ROLLING_ROWS, now_s
        while rows := journal.journal(self._followed, MAX_PAGE_ROWS):
            for row in rows:
                self._reading.take(row)
            self._followed = rows[-1].sequence
        if self._reading.forget_before(since_s, MAX_ROLLING_MESSAGES):
            self._skipped_s = now_s
        seen = self._reading.observations(now_s, (since_s, now_s + _TICK_S))
        return RollingReport(make_report([seen], since_s, now_s + _TICK_S), self._skipped_s <= since_s)


_TICK_S: Final = 1e-3
"""What happened at this very moment is in the report too."""
