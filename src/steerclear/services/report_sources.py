"""What every source of track reports looks like to the services, whatever format or wire it comes from.

A source gives reports; what it cannot use it sets aside, counted by reason, with a bounded sample of where and why.
A source that cannot go on says so in its status: a dead feed must look dead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import msgspec

from steerclear.model.feed_alignment import SensorSite
from steerclear.model.track import TrackReport

MAX_SAMPLES_PER_REASON = 5
"""Set-aside records kept with their place and detail; the rest of that reason is counted only."""
MAX_DETAIL_CHARS = 200
MAX_NOTES = 20


class RejectionReason(StrEnum):
    """Why a record was set aside instead of becoming a report."""

    MALFORMED = "malformed"
    """It cannot be read as its format says."""
    WRONG_TYPE = "wrong_type"
    """A value is of another type than the format gives it."""
    DUPLICATE_KEY = "duplicate_key"
    """One name twice in one object: two readers would see two different aircraft."""
    TOO_LONG = "too_long"
    """Longer or deeper than any honest record of the format."""
    MISSING_TIME = "missing_time"
    MISSING_POSITION = "missing_position"
    MISSING_IDENTITY = "missing_identity"
    """Nothing says which aircraft it is: no address, callsign, remote id or track number."""
    NOT_FINITE = "not_finite"
    """Infinite, or a number that no double can hold."""
    TIME_OUT_OF_RANGE = "time_out_of_range"
    TIME_IN_FUTURE = "time_in_future"
    """Applicable later than it was received, by more than clocks may differ."""
    POSITION_OUT_OF_RANGE = "position_out_of_range"
    ALTITUDE_OUT_OF_RANGE = "altitude_out_of_range"
    SPEED_OUT_OF_RANGE = "speed_out_of_range"
    UNIT_UNKNOWN = "unit_unknown"
    """A value whose unit or datum the record does not tell."""
    SIMULATED = "simulated"
    """Marked as a test or simulated target by its sender."""
    NO_SENSOR_POSITION = "no_sensor_position"
    """Measured from a radar whose position was not given."""
    UNSUPPORTED = "unsupported"
    """A kind of record that this reader does not know."""


def printable(text: str) -> str:
    """The text as it may be shown on a terminal: bounded, and without control characters that a sender put there."""
    shown = text[:MAX_DETAIL_CHARS]
    return shown if shown.isprintable() else "".join(char if char.isprintable() else "·" for char in shown)


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """One record that was set aside."""

    reason: RejectionReason
    place: str
    """Where in the source: line, row, record or packet number, counted from 1."""
    detail: str


class Rejections:
    """Counts of set-aside records by reason, with the first few of each kept."""

    def __init__(self) -> None:
        self.counts: dict[RejectionReason, int] = {}
        self.samples: list[Rejection] = []

    @property
    def total(self) -> int:
        """How many records were set aside."""
        return sum(self.counts.values())

    def add(self, reason: RejectionReason, place: str, detail: str) -> None:
        """Count one record, and keep it if it is among the first of its reason."""
        count = self.counts.get(reason, 0)
        self.counts[reason] = count + 1
        if count < MAX_SAMPLES_PER_REASON:
            self.samples.append(Rejection(reason=reason, place=printable(place), detail=printable(detail)))

    def add_many(self, reason: RejectionReason, count: int) -> None:
        """Count records whose samples were added before or are not worth keeping."""
        if count > 0:
            self.counts[reason] = self.counts.get(reason, 0) + count


class SourceState(StrEnum):
    """How a source does."""

    WAITING = "waiting"
    """Not opened yet, or open and nothing received so far."""
    READING = "reading"
    RECONNECTING = "reconnecting"
    """A live source lost its peer and is trying again."""
    ENDED = "ended"
    DAMAGED = "damaged"
    """It broke off in the middle; what was read before is in use."""
    FAILED = "failed"
    """Nothing of it could be used."""


@dataclass
class SourceStatus:
    """The health of one source, updated by the source while it runs."""

    name: str
    format: str
    location: str
    live: bool = False
    site_deg: tuple[float, float] | None = None
    """Latitude and longitude of its sensor, where it is one radar of known place."""
    state: SourceState = SourceState.WAITING
    detail: str = ""
    """What happened, when the state needs saying."""
    reports: int = 0
    dropped: int = 0
    """Reports lost because the queue was full: the machine was too slow, or the sender too fast."""
    fraction: float | None = None
    """Share of a recording that was read, 0 to 1; None where it cannot be known."""
    last_report_time_s: float | None = None
    last_receipt_time_s: float | None = None
    rejections: Rejections = field(default_factory=Rejections)
    notes: list[str] = field(default_factory=list)
    """Assumptions that the reader had to make; shown to the person."""

    def note(self, text: str) -> None:
        """Say an assumption once."""
        if text not in self.notes and len(self.notes) < MAX_NOTES:
            self.notes.append(text)

    def delivered(self, reports: Sequence[TrackReport]) -> None:
        """Count reports that were handed on."""
        if reports:
            self.state = SourceState.READING
            self.reports += len(reports)
            self.last_report_time_s = reports[-1].time_s
            self.last_receipt_time_s = reports[-1].receipt_time_s


class SourceError(Exception):
    """The source's fault: it cannot be opened, or it cannot be read any further.

    The message names the source, what is wrong with it and what the person can do.
    """


class SourceUsageError(Exception):
    """The caller's fault: a source description that means nothing, or options that do not go together."""


class RecordedSource(Protocol):
    """A recording, read from beginning to end as fast as the caller takes it."""

    status: SourceStatus

    def batches(self) -> Iterator[list[TrackReport]]:
        """Reports in order of receipt, in batches; neighbouring batches may overlap by some seconds.

        Raises:
            SourceError: the recording cannot be read any further; batches given before stay valid.
        """
        ...


class LiveSource(Protocol):
    """A stream that runs until it is cancelled, and comes back by itself after a failure."""

    status: SourceStatus

    async def run(self, deliver: Callable[[Sequence[TrackReport]], None]) -> None:
        """Deliver reports as they come. `deliver` never blocks."""
        ...


@dataclass(frozen=True)
class OpenedSources:
    """Sources of one kind: recordings are replayed, streams are followed; the two have different clocks."""

    recorded: tuple[RecordedSource, ...] = ()
    live: tuple[LiveSource, ...] = ()

    @property
    def statuses(self) -> tuple[SourceStatus, ...]:
        """The health of every source, in the order in which they were named."""
        return (*(source.status for source in self.recorded), *(source.status for source in self.live))

    @property
    def sites(self) -> tuple[SensorSite, ...]:
        """Where the sensors of the sources stand, of those for which it is known."""
        return tuple(
            SensorSite(source=status.name, latitude_deg=status.site_deg[0], longitude_deg=status.site_deg[1])
            for status in self.statuses
            if status.site_deg is not None
        )
