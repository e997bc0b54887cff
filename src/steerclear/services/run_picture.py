"""A node's picture: its sources, replayed or followed, step by step, each step recorded before it is shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Final

import msgspec

from steerclear.model.advice import Advice
from steerclear.model.alert import AlertEvent
from steerclear.model.feed_alignment import NOT_COMPARED
from steerclear.model.track import Track, TrackReport
from steerclear.model.zone import Zone
from steerclear.services.advise import advise_track
from steerclear.services.announce_alerts import AlertAnnouncer
from steerclear.services.clock import Clock
from steerclear.services.follow_sources import follow
from steerclear.services.identify.watch import IdentifyTracks
from steerclear.services.ingest_tracks import IngestTracks
from steerclear.services.keep_reports import ReportKeeper
from steerclear.services.pace_replay import paced
from steerclear.services.picture_view import PictureView, SourceView
from steerclear.services.replay_sources import Scan, scans
from steerclear.services.report_sources import OpenedSources
from steerclear.store.errors import StoreError
from steerclear.tactical import Picture, Terms

CLOCK_BACK_S: Final = 5.0
"""A clock that goes back by more was wrong, before or now: a live picture begins anew. By less, it stands still."""
_LOOK_EVERY_S: Final = 0.1
_logger = logging.getLogger("steerclear.picture")


class ReplayRange(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the recordings is played, and how fast."""

    speed: float
    from_s: float | None = None
    until_s: float | None = None


class StepRecord:
    """Keeps the reports of a step, then its alerts with the notices they cause."""

    def __init__(self, reports: ReportKeeper, alerts: AlertAnnouncer) -> None:
        self._reports = reports
        self._alerts = alerts
        self._lock = Lock()

    def record(self, events: Sequence[AlertEvent], reports: Sequence[TrackReport], now_s: float) -> None:
        """Durable when it returns, as `AlertRecord` asks."""
        with self._lock:
            self._reports.keep(reports, now_s, durable=bool(events))
            self._alerts.record(events, reports, now_s)

    def seal(self) -> None:
        """Bind all reports so far to the journal, between two steps: what follows from them is in the journal too."""
        with self._lock:
            self._reports.seal()


class PictureRun:
    """Runs one picture over its sources until they end or `stop` is called."""

    def __init__(
        self,
        opened: OpenedSources,
        terms: Terms,
        record: StepRecord,
        clock: Clock,
        replay: ReplayRange,
        identify: IdentifyTracks | None = None,
        announce: Callable[[], None] = lambda: None,
    ) -> None:
        """`identify` is told of every step, after its alerts are on record; `announce` puts on record that a live
        picture begins anew.
        """
        self._opened = opened
        self._identify = identify
        self._announce = announce
        self._terms = terms
        self._picture = Picture(terms)
        self._ingest = IngestTracks(self._picture, record)
        self._period_s = terms.scan_period_s
        self._clock = clock
        self._replay = replay
        self._lock = Lock()
        self._stopping = Event()
        self._ended = False
        self._trouble: str | None = None

    def run(self) -> None:
        """Run to the end, on a thread of its own; a live picture ends only when it is stopped."""
        if self._opened.live:
            asyncio.run(self._follow())
        else:
            self._play()

    def stop(self) -> None:
        """End after the step that is being made; from any thread."""
        self._stopping.set()

    @property
    def trouble(self) -> str | None:
        """Why the last step is not on record yet; None while all is. The step is handed in again with the next one."""
        return self._trouble

    @property
    def identify(self) -> IdentifyTracks | None:
        """What is known of the tracks."""
        return self._identify

    def view(self) -> PictureView:
        """The picture at its last step."""
        with self._lock:
            now_s, alerts = self._picture.now_s, self._picture.open_alerts()
            tracks = self._picture.counts().tracks
            aligned = {feed.source: feed.alignment for feed in self._picture.feeds()}
        return PictureView(
            now_s=None if now_s < 0 else now_s,
            ended=self._ended,
            tracks=tracks,
            open_alerts=alerts,
            sources=tuple(
                SourceView(
                    name=status.name,
                    format=status.format,
                    state=status.state.value,
                    detail=status.detail,
                    reports=status.reports,
                    set_aside=status.rejections.total,
                    dropped=status.dropped,
                    alignment=aligned.get(status.name, NOT_COMPARED),
                )
                for status in self._opened.statuses
            ),
        )

    def tracks(self) -> tuple[Track, ...]:
        """Every aircraft at the last step."""
        with self._lock:
            return self._picture.tracks()

    def advice(self, us: str, name: str, declared: Sequence[Zone] = ()) -> Advice:
        """Advice for the aircraft of ours that a person names; see `advise`."""
        with self._lock:
            return advise_track(self._picture, us, name, declared)

    def _play(self) -> None:
        steps = scans(
            self._opened.recorded,
            scan_period_s=self._period_s,
            from_s=self._replay.from_s,
            until_s=self._replay.until_s,
        )
        for scan in paced(steps, self._replay.speed, self._period_s, self._stopping.wait):
            if self._stopping.is_set():
                return
            self._step(scan)
        self._ended = True

    async def _follow(self) -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(
            follow(
                self._opened.live,
                scan_period_s=self._period_s,
                clock=self._clock.now_s,
                on_scan=self._step,
                stop=stop,
            )
        )
        while not (self._stopping.is_set() or task.done()):
            await asyncio.sleep(_LOOK_EVERY_S)
        stop.set()
        await task

    def _step(self, scan: Scan) -> None:
        with self._lock:
            try:
                if self._opened.live and scan.now_s < self._picture.now_s - CLOCK_BACK_S:
                    self._begin_anew(scan.now_s)
                self._ingest.ingest(scan.reports, scan.now_s)
            except StoreError as trouble:
                self._trouble = f"alerts cannot be recorded: {trouble}"
                _logger.error("alerts cannot be recorded", extra={"detail": str(trouble)})
                return
            self._trouble = None
            tracks, now_s = self._picture.tracks(), self._picture.now_s
        # Outside the lock: whoever asks about a track must not wait for it.
        self._know(tracks, now_s)

    def _begin_anew(self, now_s: float) -> None:
        """A picture whose time is ahead of the clock would take no report and raise no alert until it is reached."""
        self._ingest.record_waiting()
        self._announce()
        back_s = self._picture.now_s - now_s
        _logger.warning("the clock went back; the picture begins anew", extra={"detail": f"by {back_s:,.0f} s"})
        self._picture = Picture(self._terms)
        self._ingest.begin_anew(self._picture)

    def _know(self, tracks: tuple[Track, ...], now_s: float) -> None:
        if self._identify is None:
            return
        try:
            self._identify.step(tracks, now_s)
        except StoreError as trouble:
            self._trouble = f"identifications cannot be recorded: {trouble}"
            _logger.error("identifications cannot be recorded", extra={"detail": str(trouble)})
        except Exception as fault:
            # A fault of ours in telling whose aircraft these are must not end the picture, which warns of collisions.
            self._trouble = f"whose aircraft these are cannot be told, by a fault of this software: {fault!r}"
            _logger.exception("identification failed; the picture goes on without it")
