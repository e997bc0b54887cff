"""Keeps every step's raw reports and its `now` in segment files, so that a picture can be replayed as it ran.

A step that raised an alert is on the disk before the alert is; quiet steps follow when their segment is sealed. The
seal, with the file's SHA-256, goes into the journal.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path
from threading import RLock
from typing import Final, Self

import msgspec

from steerclear.model.track import TrackReport
from steerclear.services.clock import Clock
from steerclear.store.entries import Append
from steerclear.store.errors import StoreError
from steerclear.store.protocol import Journal
from steerclear.store.segments import SealedSegment, SegmentWriter, binding_key, sealed_above

SEGMENT_BYTES: Final = 16 * 1024 * 1024
"""A segment is sealed from this size on."""
SEGMENT_STEPS: Final = 3_600
"""A segment is sealed from so many steps on: an hour at one step a second."""
REPORTS_PER_RECORD: Final = 2_000
"""Reports of one record; a step with more of them takes several."""


class RecordedStep(msgspec.Struct, frozen=True, array_like=True):
    """What one step was given; a clock that stood still gives several steps with one `now_s`."""

    now_s: float
    reports: tuple[TrackReport, ...]
    goes_on: bool = False
    """In a file: more reports of the step that stands before it."""


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(RecordedStep)
_logger = logging.getLogger("steerclear.picture")


class ReportKeeper:
    """Writes steps; one keeper per directory of segments."""

    def __init__(self, writer: SegmentWriter, journal: Journal, clock: Clock) -> None:
        self._writer = writer
        self._journal = journal
        self._clock = clock
        self._kept: tuple[float, Sequence[TrackReport] | None] = (-inf, None)
        self._unbound: list[SealedSegment] = []
        """Sealed, and not in the journal yet: one that the journal could not take waits for its turn."""
        self._lock = RLock()

    @classmethod
    def open(cls, directory: Path, journal: Journal, clock: Clock) -> Self:
        """A keeper that goes on where the last one stopped; segments that a crash kept out of the journal go in."""
        writer = SegmentWriter(directory)
        keeper = cls(writer, journal, clock)
        # By its key, one by one: looking through the journal would take longer at every start.
        keeper._unbound += sealed_above(directory, 0, lambda name: journal.receipt(binding_key(*name)) is not None)
        keeper._bind()
        return keeper

    def keep(self, reports: Sequence[TrackReport], now_s: float, *, durable: bool) -> None:
        """Keep one step; with `durable` it is on the disk when this returns. A step handed in again is kept once."""
        with self._lock:
            kept_s, kept = self._kept
            if now_s != kept_s or reports is not kept:  # earlier than before only in a picture that begins anew
                self._writer.write_all(
                    [
                        _ENCODER.encode(
                            RecordedStep(now_s, tuple(reports[start : start + REPORTS_PER_RECORD]), start > 0)
                        )
                        for start in range(0, max(len(reports), 1), REPORTS_PER_RECORD)
                    ],
                    now_s,
                )
                self._kept = now_s, reports
            if self._writer.size_bytes >= SEGMENT_BYTES or self._writer.records >= SEGMENT_STEPS:
                self.seal()
            elif durable:
                self._writer.sync()

    def place(self) -> tuple[int, int]:
        """Where the next step will stand: number of the segment, and how many records are before it there."""
        with self._lock:
            return self._writer.number, self._writer.records

    def seal(self) -> None:
        """Finish the open segment and bind it to the journal; from any thread, between two steps."""
        with self._lock:
            sealed = self._writer.seal()
            if sealed is not None:
                self._unbound.append(sealed)
            self._bind()

    def close(self) -> None:
        """Seal what is open and let go; what cannot be sealed now goes on with the next keeper."""
        with self._lock:
            try:
                try:
                    self.seal()
                finally:
                    self._writer.close()
            except StoreError as trouble:
                _logger.error("the last reports are not sealed; the next start does it", extra={"detail": str(trouble)})

    def _bind(self) -> None:
        while self._unbound:
            segment = self._unbound[0]
            key = binding_key(segment.number, segment.sha256)
            self._journal.append(Append(key=key, events=(segment.event(self._clock.now_s()),)))
            del self._unbound[0]


def recorded_steps(records: Iterator[tuple[float, bytes]]) -> Iterator[RecordedStep]:
    """The steps of segment records, in order, as the picture was given them. Raises msgspec.DecodeError."""
    waiting: RecordedStep | None = None
    for _, record in records:
        step = _DECODER.decode(record)
        if waiting is not None and step.goes_on:
            waiting = RecordedStep(waiting.now_s, waiting.reports + step.reports)
            continue
        if waiting is not None:
            yield waiting
        waiting = step
    if waiting is not None:
        yield waiting
