"""Flight hours from a node's own files of raw reports: the sealed ones that the journal names, and the open one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from steerclear.services.effectiveness.flight_time import FlightTime
from steerclear.services.effectiveness.limits import FLIGHT_GAP_S, MAX_FLIGHT_BYTES
from steerclear.services.keep_reports import recorded_steps
from steerclear.store.protocol import Journal
from steerclear.store.segments import SealedSegment, read_segment, told_segments, unsealed_records


def flight_seconds_on_disk(folder: Path, journal: Journal, from_s: float, until_s: float) -> float | None:
    """Seconds that aircraft were seen flying between two times; None where there is nothing or too much to read, or
    some of it is no longer kept.

    A file that is sealed while it is read may be read twice: times of an aircraft only count on. Raises StoreError.
    """
    told = told_segments(journal)
    wanted, gone = (
        list(_overlapping(segments, from_s - FLIGHT_GAP_S, until_s + FLIGHT_GAP_S))
        for segments in (told.kept.values(), told.dropped)
    )
    if gone or sum(segment.size_bytes for segment in wanted) > MAX_FLIGHT_BYTES:
        return None
    time, seen = FlightTime(from_s, until_s), False
    sources = [read_segment(folder, segment) for segment in wanted]
    for records in (*sources, unsealed_records(folder)):
        for step in recorded_steps(iter(records)):
            seen = True
            time.take(step.reports)
    return time.flight_s if seen else None


def _overlapping(segments: Iterable[SealedSegment], from_s: float, until_s: float) -> Iterator[SealedSegment]:
    for segment in segments:
        if segment.first_time_s < until_s and segment.last_time_s >= from_s:
            yield segment
