"""`steerclear watch`: run the picture on recordings or live feeds, and say what it finds.

The command decodes its options, opens the sources, steps the picture by `ingest_tracks`, and shows the events. How the
sources are opened and an agreement is read is injected by the composition root, because interfaces do not know each
other.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Protocol

from cyclopts import Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.watch_output import JsonOutput, Output, PlainOutput, QuietOutput, WatchState
from steerclear.model.agreement import Agreement
from steerclear.services.follow_sources import follow
from steerclear.services.ingest_tracks import IngestTracks
from steerclear.services.pace_replay import paced
from steerclear.services.replay_sources import MAX_SCAN_PERIOD_S, MIN_SCAN_PERIOD_S, Scan, scans
from steerclear.services.report_sources import (
    OpenedSources,
    SourceError,
    SourceState,
    SourceUsageError,
)
from steerclear.tactical import Picture, Terms

MAX_SPEED = 100_000.0


class OpenSources(Protocol):
    """Opens what the person described; `interfaces.feeds.open_sources`."""

    def __call__(
        self, descriptions: Sequence[str], *, sensors: Sequence[str] = (), date: str | None = None
    ) -> OpenedSources:
        """Raises SourceUsageError or SourceError."""
        ...


LoadAgreement = Callable[[Path], Agreement]
"""Reads an agreement file; raises ValueError (or a subclass) or OSError with a message for a person."""


class _UsageError(Exception):
    """Options that mean nothing; the message says what to write instead."""


def watch_command(*, open_sources: OpenSources, load_agreement: LoadAgreement) -> Callable[..., int]:
    """The `watch` command as a function that cyclopts can register; it returns the exit code."""

    def watch(
        *sources: str,
        agreement: Path | None = None,
        speed: str | None = None,
        scan_period_s: float = 1.0,
        from_: Annotated[str | None, Parameter(name="--from")] = None,
        until: str | None = None,
        sensor: Annotated[tuple[str, ...], Parameter(consume_multiple=False)] = (),
        date: str | None = None,
        stop_after_s: float | None = None,
        json: Annotated[bool, Parameter(negative=())] = False,
        alerts_only: Annotated[bool, Parameter(negative=())] = False,
        quiet: Annotated[bool, Parameter(negative=())] = False,
    ) -> int:
        """Run the picture on recordings or live feeds and print alerts.

        A SOURCE is a file or directory (its format is told from its content), or tcp://HOST:PORT (SBS lines),
        udp://HOST:PORT (ASTERIX), http://HOST/.../aircraft.json (readsb, dump1090). Write FORMAT: before a file to say
        its format: readsb, trace, sbs, asterix, pcap, json, csv, parquet, geojson. Recordings are merged by time;
        recordings and live feeds cannot be mixed.

        Exit codes: 0 done, 2 usage, 3 a source could not be used, 4 a source broke off, 5 the agreement cannot be read,
        130 a recording was interrupted.

        Parameters
        ----------
        sources
            Recordings or live feeds.
        agreement
            Agreement file with the minima, zones and parties; without it en-route minima and no parties.
        speed
            How many times real time a recording runs, or "max" (the default).
        scan_period_s
            Seconds between two scans of the picture.
        from_
            Leave out what was received before this time (ISO 8601, UTC unless it says otherwise).
        until
            Leave out what was received after this time.
        sensor
            Where a radar stands: [SAC/SIC=]LATITUDE,LONGITUDE,HEIGHT_M. May be given more than once.
        date
            Day (YYYY-MM-DD, UTC) on which a recording starts that tells the time of day only.
        stop_after_s
            End by itself after so many seconds of this machine's clock.
        json
            One JSON object per alert event and line, then one summary object.
        alerts_only
            Alert events only: no live view, no summary.
        quiet
            Summary only.
        """
        try:
            options = _Options(
                speed=_speed(speed),
                scan_period_s=_within("--scan-period-s", scan_period_s, MIN_SCAN_PERIOD_S, MAX_SCAN_PERIOD_S),
                from_s=_time_s("--from", from_),
                until_s=_time_s("--until", until),
                stop_after_s=stop_after_s,
            )
            if options.from_s is not None and options.until_s is not None and options.until_s < options.from_s:
                raise _UsageError(f"--until {until} is before --from {from_}: nothing lies between; swap them")
            if not sources:
                raise _UsageError("name at least one SOURCE: a file, a directory, tcp://, udp:// or http://")
            if alerts_only and quiet:
                raise _UsageError("--alerts-only and --quiet leave nothing to print; choose one")
            opened = open_sources(sources, sensors=sensor, date=date)
            if opened.live and (speed, from_, until) != (None, None, None):
                raise _UsageError("--speed, --from and --until are for recordings; a live feed runs in real time")
        except (_UsageError, SourceUsageError) as error:
            return _fail(str(error), ExitCode.USAGE)
        except SourceError as error:
            return _fail(str(error), ExitCode.SOURCE_UNREADABLE)
        try:
            terms = _terms(agreement, load_agreement, opened, options.scan_period_s)
        except (ValueError, OSError) as error:
            return _fail(f"{agreement}: {error}", ExitCode.AGREEMENT_UNREADABLE)
        state = WatchState(Picture(terms), opened.statuses)
        output = _output(state, json=json, alerts_only=alerts_only, quiet=quiet)
        return run_watch(opened, state, output, options)

    return watch


class _Options:
    """The options that the run itself needs."""

    def __init__(
        self,
        *,
        speed: float | None,
        scan_period_s: float,
        from_s: float | None,
        until_s: float | None,
        stop_after_s: float | None,
    ) -> None:
        self.speed = speed
        self.scan_period_s = scan_period_s
        self.from_s = from_s
        self.until_s = until_s
        self.stop_after_s = stop_after_s


def run_watch(opened: OpenedSources, state: WatchState, output: Output, options: _Options) -> int:
    """Watch until the recordings end or the person ends it; prints the summary and returns the exit code."""
    ingest = IngestTracks(state.picture)

    def on_scan(scan: Scan) -> None:
        events = ingest.ingest(scan.reports, scan.now_s)
        state.scanned(scan, events)
        output.scanned(events)

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        interrupted = _run(opened, on_scan, output, options)
        state.finished(interrupted=interrupted and not opened.live)
        code = _exit_code(state)
        output.summary(code)
    except BrokenPipeError:
        # The reader of our output has gone (as in `| head`): nobody is left to tell, and nothing may be flushed to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    finally:
        signal.signal(signal.SIGTERM, before)
    return code


def _run(opened: OpenedSources, on_scan: Callable[[Scan], None], output: Output, options: _Options) -> bool:
    """Watch until the end; True if a person ended it before."""
    try:
        with output:
            if opened.live:
                asyncio.run(_follow(opened, on_scan, options))
            else:
                _replay(opened, on_scan, output, options)
    except KeyboardInterrupt:
        return True
    return False


def _replay(opened: OpenedSources, on_scan: Callable[[Scan], None], output: Output, options: _Options) -> None:
    steps = scans(opened.recorded, scan_period_s=options.scan_period_s, from_s=options.from_s, until_s=options.until_s)
    started_s = time.monotonic()

    def nap(seconds: float) -> None:
        time.sleep(seconds)
        output.refresh()

    for scan in steps if options.speed is None else paced(steps, options.speed, options.scan_period_s, nap):
        on_scan(scan)
        if options.stop_after_s is not None and time.monotonic() - started_s >= options.stop_after_s:
            raise KeyboardInterrupt
    if options.from_s is not None or options.until_s is not None:
        for status in opened.statuses:
            if status.state is SourceState.ENDED and not status.reports:
                # No alert for want of reports must not look like a quiet sky.
                status.note("no report of it was received in the time asked for with --from and --until")


async def _follow(opened: OpenedSources, on_scan: Callable[[Scan], None], options: _Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if options.stop_after_s is not None:
        loop.call_later(options.stop_after_s, stop.set)
    await follow(opened.live, scan_period_s=options.scan_period_s, clock=time.time, on_scan=on_scan, stop=stop)


def _terms(agreement: Path | None, load_agreement: LoadAgreement, opened: OpenedSources, scan_period_s: float) -> Terms:
    # A live feed that never says a word must be seen; a recording has its own way to fail.
    expected = tuple(source.status.name for source in opened.live)
    if agreement is None:
        return Terms(scan_period_s=scan_period_s, expected_sources=expected, sites=opened.sites)
    return Terms.from_agreement(
        load_agreement(agreement), scan_period_s=scan_period_s, expected_sources=expected, sites=opened.sites
    )


def _output(state: WatchState, *, json: bool, alerts_only: bool, quiet: bool) -> Output:
    if json:
        return JsonOutput(state, sys.stdout, events=not quiet, summary=not alerts_only)
    if quiet:
        return QuietOutput(state, sys.stdout)
    if alerts_only or not sys.stdout.isatty():
        return PlainOutput(state, sys.stdout, summary=not alerts_only)
    from steerclear.interfaces.cli.watch_view import LiveView  # noqa: PLC0415 - rich takes 0.1 s

    return LiveView(state)


def _exit_code(state: WatchState) -> ExitCode:
    states = {status.state for status in state.statuses}
    if SourceState.FAILED in states:
        return ExitCode.SOURCE_UNREADABLE
    if SourceState.DAMAGED in states:
        return ExitCode.SOURCE_DAMAGED
    return ExitCode.INTERRUPTED if state.interrupted else ExitCode.OK


def _fail(message: str, code: ExitCode) -> ExitCode:
    sys.stderr.write(f"steerclear watch: {message}\n")
    return code


def _speed(text: str | None) -> float | None:
    if text is None or text == "max":
        return None
    try:
        return _within("--speed", float(text), 0.01, MAX_SPEED)
    except ValueError:
        raise _UsageError(f'--speed {text!r}: write how many times real time, or "max"') from None


def _within(option: str, value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise _UsageError(f"{option} {value:g}: write a number from {low:g} to {high:g}")
    return value


def _time_s(option: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _UsageError(f"{option} {text!r}: write a time as in 2018-08-01T10:00:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
