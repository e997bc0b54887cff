"""What `watch` says without a live view: JSON lines, plain lines, the summary.

The field names of the JSON are an interface: they are listed in `EventLine` and `Summary` and do not change.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TextIO

import msgspec

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.model.alert import AlertChange, AlertEvent, AlertNumbers, AlertSubject
from steerclear.model.feed_alignment import NOT_COMPARED, FeedAlignment
from steerclear.services.replay_sources import Scan
from steerclear.services.report_sources import SourceStatus
from steerclear.tactical import FeedHealth, Picture

MAX_IDENTITIES = 1_000_000
"""Distinct identities that are counted: a live feed that invents them must not fill the memory."""


class SubjectLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One aircraft of an alert event."""

    track_id: str
    label: str
    icao_address: str | None = None
    """Six hexadecimal digits."""
    callsign: str | None = None
    remote_id: str | None = None
    party: str | None = None
    latitude_deg: float
    longitude_deg: float
    altitude_m: float | None = None
    east_mps: float
    north_mps: float
    up_mps: float
    report_time_s: float


class EventLine(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="alert"):
    """One line of `watch --json`: one change in the life of one alert."""

    time: str
    """ISO 8601, UTC."""
    time_s: float
    alert_id: str
    kind: str
    change: str
    severity: str
    subjects: list[SubjectLine]
    parties: list[str]
    zone_id: str | None
    source: str | None
    numbers: dict[str, float]
    """The figures that have a meaning for this kind; SI, the unit is the last word of the name."""
    reason: str


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One source in the summary."""

    name: str
    format: str
    location: str
    state: str
    detail: str
    reports: int
    dropped: int
    rejected: dict[str, int]
    rejected_samples: list[dict[str, str]]
    not_used_by_picture: dict[str, int]
    alignment: FeedAlignment
    """How it lies against the other sources at the end; "not_known" is not "agrees"."""
    notes: list[str]


class Summary(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="summary"):
    """The last line of `watch --json`."""

    exit_code: int
    interrupted: bool
    reports: int
    rejected: int
    rejected_by_reason: dict[str, int]
    aircraft: int
    """Distinct identities reported; counted up to about MAX_IDENTITIES."""
    events: int
    alerts: int
    """Alerts raised."""
    alerts_by_kind: dict[str, int]
    highest_severity_by_kind: dict[str, str]
    open_alerts: int
    first_time_s: float | None
    last_time_s: float | None
    watched_s: float
    """From the first scan to the last, in the sources' time; gaps that were skipped included."""
    elapsed_s: float
    """Of this machine's clock."""
    real_time_factor: float
    scans: int
    sources: list[SourceLine]


class WatchState:
    """What is known so far; written by the run, read by the outputs."""

    def __init__(self, picture: Picture, statuses: Sequence[SourceStatus]) -> None:
        self.picture = picture
        self.statuses = tuple(statuses)
        self.started_s = time.monotonic()
        self.ended_s: float | None = None
        self.interrupted = False
        self.first_now_s: float | None = None
        self.now_s: float | None = None
        self.scans = 0
        self.events = 0
        self.raised: Counter[str] = Counter()
        self.highest: dict[str, int] = {}
        self._identities: set[object] = set()

    def scanned(self, scan: Scan, events: Sequence[AlertEvent]) -> None:
        """Count one scan and what it found."""
        self.scans += 1
        self.now_s = scan.now_s
        if self.first_now_s is None:
            self.first_now_s = scan.now_s
        if len(self._identities) < MAX_IDENTITIES:
            self._identities.update(
                [
                    report.icao_address or report.remote_id or report.callsign or report.source_track
                    for report in scan.reports
                ]
            )
        self.events += len(events)
        for event in events:
            if event.change is AlertChange.RAISED:
                self.raised[event.kind.value] += 1
            self.highest[event.kind.value] = max(self.highest.get(event.kind.value, 0), int(event.severity))

    def finished(self, *, interrupted: bool) -> None:
        """Stop the clock."""
        self.ended_s = time.monotonic()
        self.interrupted = interrupted

    @property
    def elapsed_s(self) -> float:
        """Wall time since the start, until the end."""
        return (self.ended_s if self.ended_s is not None else time.monotonic()) - self.started_s

    @property
    def watched_s(self) -> float:
        """Time of the sources that passed."""
        return 0.0 if self.now_s is None or self.first_now_s is None else self.now_s - self.first_now_s

    @property
    def aircraft(self) -> int:
        """Distinct identities reported so far."""
        return len(self._identities)

    @property
    def fraction(self) -> float | None:
        """Share of the recordings that was read; None for live feeds and before the first."""
        known = [status.fraction for status in self.statuses if status.fraction is not None]
        return sum(known) / len(self.statuses) if known else None

    def summary(self, code: ExitCode) -> Summary:
        """Everything counted, as it stands."""
        rejected: Counter[str] = Counter()
        for status in self.statuses:
            rejected.update({reason.value: count for reason, count in status.rejections.counts.items()})
        feeds = {feed.source: feed for feed in self.picture.feeds()}
        return Summary(
            exit_code=int(code),
            interrupted=self.interrupted,
            reports=sum(status.reports for status in self.statuses),
            rejected=rejected.total(),
            rejected_by_reason=dict(rejected.most_common()),
            aircraft=self.aircraft,
            events=self.events,
            alerts=self.raised.total(),
            alerts_by_kind=dict(self.raised.most_common()),
            highest_severity_by_kind={kind: severity_name(level) for kind, level in self.highest.items()},
            open_alerts=len(self.picture.open_alerts()),
            first_time_s=self.first_now_s,
            last_time_s=self.now_s,
            watched_s=self.watched_s,
            elapsed_s=round(self.elapsed_s, 3),
            real_time_factor=round(self.watched_s / max(self.elapsed_s, 1e-9), 1),
            scans=self.scans,
            sources=[_source_line(status, feeds.get(status.name)) for status in self.statuses],
        )


class Output(Protocol):
    """Where the events and the summary go."""

    def __enter__(self) -> object:
        """Begin."""
        ...

    def __exit__(self, *_: object) -> None:
        """End, whatever happened."""
        ...

    def scanned(self, events: Sequence[AlertEvent]) -> None:
        """One scan is done."""
        ...

    def refresh(self) -> None:
        """Time passes without a scan."""
        ...

    def summary(self, code: ExitCode) -> None:
        """All is done."""
        ...


class _Lines:
    """Common to outputs that write lines and have nothing to keep fresh."""

    def __init__(self, state: WatchState, stream: TextIO) -> None:
        self._state = state
        self._stream = stream

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def refresh(self) -> None:
        """Nothing to do."""


class JsonOutput(_Lines):
    """One JSON object a line."""

    def __init__(self, state: WatchState, stream: TextIO, *, events: bool, summary: bool) -> None:
        super().__init__(state, stream)
        self._events, self._summary = events, summary
        self._encode = msgspec.json.Encoder().encode

    def scanned(self, events: Sequence[AlertEvent]) -> None:
        """Write the events at once: somebody may be following."""
        if events and self._events:
            for event in events:
                self._stream.write(self._encode(event_line(event)).decode() + "\n")
            self._stream.flush()

    def summary(self, code: ExitCode) -> None:
        """Write the summary."""
        if self._summary:
            self._stream.write(self._encode(self._state.summary(code)).decode() + "\n")
            self._stream.flush()


class QuietOutput(_Lines):
    """The summary only."""

    def scanned(self, events: Sequence[AlertEvent]) -> None:
        """Nothing to say yet."""

    def summary(self, code: ExitCode) -> None:
        """Write the summary."""
        for line in summary_lines(self._state.summary(code)):
            self._stream.write(line + "\n")
        self._stream.flush()


class PlainOutput(QuietOutput):
    """One line per event, then the summary: for pipes and files."""

    def __init__(self, state: WatchState, stream: TextIO, *, summary: bool) -> None:
        super().__init__(state, stream)
        self._with_summary = summary

    def scanned(self, events: Sequence[AlertEvent]) -> None:
        """Write the events at once."""
        if events:
            for event in events:
                self._stream.write(event_text(event) + "\n")
            self._stream.flush()

    def summary(self, code: ExitCode) -> None:
        """Write the summary, if it is wanted."""
        if self._with_summary:
            super().summary(code)


def event_line(event: AlertEvent) -> EventLine:
    """The JSON form of an event."""
    return EventLine(
        time=utc_text(event.time_s),
        time_s=event.time_s,
        alert_id=event.alert_id,
        kind=event.kind.value,
        change=event.change.value,
        severity=severity_name(event.severity),
        subjects=[_subject_line(subject) for subject in event.subjects],
        parties=list(event.parties),
        zone_id=event.zone_id,
        source=event.source,
        numbers=_known_numbers(event.numbers),
        reason=event.reason,
    )


def event_text(event: AlertEvent) -> str:
    """The event as one line for a person."""
    who = " and ".join(subject.identity.label for subject in event.subjects) or event.source or event.zone_id or ""
    return (
        f"{utc_text(event.time_s)}  {event.change.value:9}  {severity_name(event.severity):11}"
        f"  {event.kind.value:14}  {who}: {event.reason}"
    )


def summary_lines(summary: Summary) -> list[str]:
    """The summary for a person, without colours."""
    span = f"{utc_text(summary.first_time_s)} to {utc_text(summary.last_time_s)}" if summary.first_time_s else "nothing"
    lines = [
        "",
        f"Watched {span}: {duration_text(summary.watched_s)} in {summary.elapsed_s:.1f} s"
        f" ({summary.real_time_factor:,.0f} times real time){', interrupted' if summary.interrupted else ''}",
        f"Reports {summary.reports:,} of {summary.aircraft:,} aircraft; {summary.rejected:,} records set aside",
        f"Alerts  {summary.alerts:,} raised, {summary.open_alerts:,} still open",
    ]
    for kind, count in summary.alerts_by_kind.items():
        lines.append(f"  {kind:14} {count:6,}   gravest: {summary.highest_severity_by_kind.get(kind, '')}")
    for source in summary.sources:
        lines.append(
            f"Source  {source.name} ({source.format}): {source.state}, {source.reports:,} reports"
            + (f", {source.dropped:,} dropped" if source.dropped else "")
            + (f": {source.detail}" if source.detail else "")
        )
        lines += [f"  set aside {count:,}: {reason}" for reason, count in source.rejected.items()]
        lines += [
            f"    {sample['place']}: {sample['reason']}: {sample['detail']}" for sample in source.rejected_samples[:5]
        ]
        lines += [f"  not used by the picture {count:,}: {why}" for why, count in source.not_used_by_picture.items()]
        lines.append(f"  {source.alignment.words}")
        lines += [f"  note: {note}" for note in source.notes]
    return lines


def utc_text(time_s: float | None) -> str:
    """ISO 8601 in UTC to the second; milliseconds where there are any."""
    if time_s is None:
        return "-"
    moment = datetime.fromtimestamp(round(time_s, 3), UTC)
    whole = moment.microsecond == 0
    return moment.isoformat(timespec="seconds" if whole else "milliseconds").replace("+00:00", "Z")


def duration_text(span_s: float) -> str:
    """Hours, minutes and seconds."""
    minutes, seconds = divmod(round(span_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


_SEVERITIES = ("information", "advisory", "caution", "warning", "breach")


def severity_name(level: int) -> str:
    """The word for a severity."""
    return _SEVERITIES[level]


def _known_numbers(numbers: AlertNumbers) -> dict[str, float]:
    fields: dict[str, Any] = msgspec.structs.asdict(numbers)
    return {name: value for name, value in fields.items() if value is not None and value is not msgspec.UNSET}


def _subject_line(subject: AlertSubject) -> SubjectLine:
    identity = subject.identity
    return SubjectLine(
        track_id=subject.track_id,
        label=identity.label,
        icao_address=None if identity.icao_address is None else f"{identity.icao_address:06x}",
        callsign=identity.callsign,
        remote_id=identity.remote_id,
        party=subject.party,
        latitude_deg=subject.latitude_deg,
        longitude_deg=subject.longitude_deg,
        altitude_m=subject.altitude_m,
        east_mps=subject.east_mps,
        north_mps=subject.north_mps,
        up_mps=subject.up_mps,
        report_time_s=subject.report_time_s,
    )


def _not_used(status: SourceStatus, feed: FeedHealth | None) -> dict[str, int]:
    """Reports that the picture did not take, by reason: all of them where it keeps no account of their source."""
    if feed is not None:
        return dict(feed.set_aside)
    return {"source_not_kept": status.reports} if status.reports else {}


def _source_line(status: SourceStatus, feed: FeedHealth | None) -> SourceLine:
    return SourceLine(
        name=status.name,
        format=status.format,
        location=status.location,
        state=status.state.value,
        detail=status.detail,
        reports=status.reports,
        dropped=status.dropped,
        rejected={reason.value: count for reason, count in status.rejections.counts.items()},
        rejected_samples=[
            {"reason": sample.reason.value, "place": sample.place, "detail": sample.detail}
            for sample in status.rejections.samples
        ],
        not_used_by_picture=_not_used(status, feed),
        alignment=NOT_COMPARED if feed is None else feed.alignment,
        notes=list(status.notes),
    )
