"""Reports in, alerts out, recorded before anyone sees them.

The order of work: the reports and their `now` step the picture; the events, with what caused them, are recorded;
only then are they returned, to be shown and sent. An alert that is not on record is never shown.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from steerclear.model.alert import AlertEvent
from steerclear.model.track import TrackReport
from steerclear.tactical import Picture

MAX_WAITING_REPORTS: Final = 200_000
"""Reports, each step counting as one more, that wait for a record that fails: some 100 MB. Of more the oldest go."""

_logger = logging.getLogger("steerclear.picture")

Step = tuple[tuple[AlertEvent, ...], tuple[TrackReport, ...], float]


class AlertRecord(Protocol):
    """Where alerts and the reports behind them are kept; the store's side of this service."""

    def record(self, events: Sequence[AlertEvent], reports: Sequence[TrackReport], now_s: float) -> None:
        """Keep one step: durable when it returns; raises when it could not be kept."""


class IngestTracks:
    """The use case: one step of the picture at a time.

    `record` None is for a picture that is only watched. When the record fails, its error goes to the caller, and the
    step's events are handed to the record again with the next step: none is lost and none is shown unrecorded. Raw
    reports wait with them as long as there is room; what is left out of them is counted, and in no replay.
    """

    def __init__(self, picture: Picture, record: AlertRecord | None = None) -> None:
        self.picture = picture
        self._record = record
        self._unrecorded: deque[Step] = deque()
        self._waiting = 0
        self.left_out = 0
        """Reports that were not recorded because too many waited."""
        self.clock_went_back = 0
        """How often `now_s` was before an earlier one; the picture then stands at the earlier one."""

    def ingest(self, reports: Iterable[TrackReport], now_s: float) -> tuple[AlertEvent, ...]:
        """Step the picture to `now_s`, record what it found, and return it."""
        if now_s < self.picture.now_s:
            self.clock_went_back += 1
            now_s = self.picture.now_s
        taken = tuple(reports)
        events = self.picture.advance(taken, now_s)
        if self._record is None:
            return events
        self._unrecorded.append((events, taken, now_s))
        self._waiting += 1 + len(taken)
        if self._waiting > MAX_WAITING_REPORTS:
            self._leave_out()
        return self.record_waiting()

    def record_waiting(self) -> tuple[AlertEvent, ...]:
        """Record the steps that are not on record yet, and return their events."""
        recorded: list[AlertEvent] = []
        while self._unrecorded and self._record is not None:
            step = self._unrecorded[0]
            self._record.record(*step)
            self._unrecorded.popleft()
            self._waiting -= 1 + len(step[1])
            recorded += step[0]
        return tuple(recorded)

    def begin_anew(self, picture: Picture) -> None:
        """Go on with another picture, which knows nothing yet."""
        self.picture = picture

    def _leave_out(self) -> None:
        """Drop what the oldest half of the waiting steps brought, but no alert."""
        kept: deque[Step] = deque()
        before = self.left_out
        for events, reports, now_s in self._unrecorded:
            if self._waiting > MAX_WAITING_REPORTS // 2:
                self._waiting -= len(reports) + (not events)
                self.left_out += len(reports)
                if events:
                    kept.append((events, (), now_s))
            else:
                kept.append((events, reports, now_s))
        self._unrecorded = kept
        _logger.error(
            "raw reports are left out of the record, which has failed for too long",
            extra={"detail": f"{self.left_out - before:,} reports; what was seen then cannot be replayed"},
        )
