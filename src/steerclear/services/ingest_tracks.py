"""Reports in, alerts out, recorded before anyone sees them.

The order of work: the reports and their `now` step the picture; the events, with what caused them, are recorded;
only then are they returned, to be shown and sent. An alert that is not on record is never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from steerclear.model.alert import AlertEvent
from steerclear.model.track import TrackReport
from steerclear.tactical import Picture


class AlertRecord(Protocol):
    """Where alerts and the reports behind them are kept; the store's side of this service."""

    def record(self, events: Sequence[AlertEvent], reports: Sequence[TrackReport], now_s: float) -> None:
        """Keep one step: durable when it returns; raises when it could not be kept."""


class IngestTracks:
    """The use case: one step of the picture at a time.

    `record` None is for a picture that is only watched. When the record fails, its error goes to the caller, and the
    step's events are handed to the record again with the next step: none is lost and none is shown unrecorded.
    """

    def __init__(self, picture: Picture, record: AlertRecord | None = None) -> None:
        self.picture = picture
        self._record = record
        self._unrecorded: list[tuple[tuple[AlertEvent, ...], tuple[TrackReport, ...], float]] = []
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
        recorded: list[AlertEvent] = []
        while self._unrecorded:
            step = self._unrecorded[0]
            self._record.record(*step)
            del self._unrecorded[0]
            recorded += step[0]
        return tuple(recorded)
