"""Merge recordings by time and cut them into the scans of one picture.

The clock of a replay is the recording's: `now` of a scan is the end of its interval, a multiple of the scan period
since the POSIX epoch, so the same recordings always give the same scans. Reports enter in order of receipt, because
that is the order in which the live mechanism would have learned of them; ties keep the order of the sources.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RecordedSource, SourceError, SourceState

DISORDER_S = 30.0
"""How far behind its neighbours a report may stand in a recording and still be put in its place; a later one is
handed over late, and marked as such by its own times."""
IDLE_AFTER_S = 3_600.0
"""After so long without any report every track has been dropped and every alert has lapsed; empty scans are skipped."""
MIN_SCAN_PERIOD_S = 0.1
MAX_SCAN_PERIOD_S = 60.0


class Scan(msgspec.Struct, frozen=True):
    """What became known in one scan period: the picture is stepped once with it."""

    now_s: float
    reports: Sequence[TrackReport]


class _Cursor:
    """One recording, read just far enough ahead to give its reports in order."""

    def __init__(self, source: RecordedSource) -> None:
        self.source = source
        self._batches: Iterator[list[TrackReport]] | None = source.batches()
        self._pending: list[TrackReport] = []
        self._times: list[float] = []
        self._start = 0
        self._newest_s = -math.inf
        self._read = 0
        self._end: tuple[SourceState, str] | None = None
        """How the source ended; said in its status when everything before the end was taken."""

    def next_time_s(self) -> float | None:
        """Time of receipt of the next report; None at the end."""
        self._read_until(self._times[self._start] if self._start < len(self._times) else -math.inf)
        return self._times[self._start] if self._start < len(self._times) else None

    def take_until(self, until_s: float) -> list[TrackReport]:
        """The reports received at or before `until_s` that were not taken yet, in order."""
        self._read_until(until_s)
        stop = bisect_right(self._times, until_s, self._start)
        taken = self._pending[self._start : stop]
        self._start = stop
        return taken

    def say(self, taken: list[TrackReport]) -> None:
        """Bring the source's status to what was handed on, which is less than what was read ahead."""
        status = self.source.status
        status.delivered(taken)
        if self._end is not None and self._start == len(self._times):
            status.state, status.detail = self._end

    def _read_until(self, until_s: float) -> None:
        fresh: list[TrackReport] = []
        while self._batches is not None and (
            self._newest_s <= until_s + DISORDER_S or (not fresh and self._start == len(self._times))
        ):
            batch = self._next_batch(self._batches)
            if batch is None:
                self._batches = None
            elif batch:
                fresh += batch
                # The median, so that one report with a wrong date cannot make the rest of the recording late.
                times = sorted(report.receipt_time_s for report in batch)
                self._newest_s = max(self._newest_s, times[len(times) // 2])
        if fresh:
            self._pending = self._pending[self._start :] + fresh
            # Timsort: cheap where the batches are in order already.
            self._pending.sort(key=_receipt_time_s)
            self._times = [report.receipt_time_s for report in self._pending]
            self._start = 0

    def _next_batch(self, batches: Iterator[list[TrackReport]]) -> list[TrackReport] | None:
        try:
            batch = next(batches, None)
        except SourceError as error:
            self._end = (SourceState.DAMAGED if self._read else SourceState.FAILED), str(error)
            return None
        if batch is None:
            refused = 0 if self._read else self.source.status.rejections.total
            # A sky without a usable record must not look like a quiet one.
            self._end = (SourceState.FAILED, f"all of its records ({refused}) were set aside") if refused else _ENDED
            self.source.status.fraction = 1.0
            return None
        self._read += len(batch)
        return batch


_ENDED: Final = (SourceState.ENDED, "")


def _receipt_time_s(report: TrackReport) -> float:
    return report.receipt_time_s


def scans(
    sources: Sequence[RecordedSource],
    *,
    scan_period_s: float,
    from_s: float | None = None,
    until_s: float | None = None,
) -> Iterator[Scan]:
    """The recordings as scans of `scan_period_s` seconds, from the first report to one period after the last.

    `from_s` and `until_s` (POSIX seconds, inclusive) leave out what was received before and after. A gap of more than
    IDLE_AFTER_S without reports is stepped through for IDLE_AFTER_S, so that tracks age and feeds fall silent, and
    then skipped. Sources that fail say so in their status; they do not stop the others.
    """
    cursors = [_Cursor(source) for source in sources]
    if from_s is not None:
        before_s = math.nextafter(from_s, -math.inf)
        for cursor in cursors:
            cursor.take_until(before_s)
    step: int | None = None
    filled_step = 0
    while (upcoming_s := _earliest_s(cursors)) is not None and (until_s is None or upcoming_s <= until_s):
        upcoming_step = math.ceil(upcoming_s / scan_period_s)
        if step is None or ((step - filled_step) * scan_period_s >= IDLE_AFTER_S and upcoming_step > step):
            step = upcoming_step
        else:
            step += 1
        now_s = step * scan_period_s
        limit_s = now_s if until_s is None else min(now_s, until_s)
        parts = [cursor.take_until(limit_s) for cursor in cursors]
        for cursor, part in zip(cursors, parts, strict=True):
            cursor.say(part)
        reports = _merge(parts)
        if reports:
            filled_step = step
        yield Scan(now_s, reports)
    for cursor in cursors:
        cursor.say([])
        if cursor.source.status.state in (SourceState.WAITING, SourceState.READING):
            cursor.source.status.state = SourceState.ENDED
    if step is not None:
        yield Scan((step + 1) * scan_period_s, ())


def _earliest_s(cursors: Sequence[_Cursor]) -> float | None:
    return min((time_s for cursor in cursors if (time_s := cursor.next_time_s()) is not None), default=None)


def _merge(parts: list[list[TrackReport]]) -> list[TrackReport]:
    filled = [part for part in parts if part]
    if len(filled) <= 1:
        return filled[0] if filled else []
    merged = [report for part in filled for report in part]
    merged.sort(key=_receipt_time_s)
    return merged
