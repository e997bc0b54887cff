"""Recordings merged into scans, live streams gathered into scans."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.model.track import TrackReport
from steerclear.services import follow_sources
from steerclear.services.follow_sources import ReportQueue, follow
from steerclear.services.replay_sources import DISORDER_S, IDLE_AFTER_S, Scan, scans
from steerclear.services.report_sources import SourceError, SourceState, SourceStatus

START_S = 1_700_000_000.0


def report(receipt_s: float, source: str = "a", applicable_s: float | None = None) -> TrackReport:
    return TrackReport(
        source=source,
        time_s=START_S + (receipt_s if applicable_s is None else applicable_s),
        receipt_time_s=START_S + receipt_s,
        latitude_deg=1.0,
        longitude_deg=2.0,
        icao_address=1,
    )


class Recording:
    """Batches given in advance, and perhaps an error after them."""

    def __init__(self, *batches: list[TrackReport], name: str = "a", error: str | None = None) -> None:
        self.status = SourceStatus(name=name, format="test", location="")
        self._batches, self._error = batches, error
        self.given = 0

    def batches(self) -> Iterator[list[TrackReport]]:
        for batch in self._batches:
            self.given += 1
            yield batch
        if self._error:
            raise SourceError(self._error)


def taken(found: Sequence[Scan]) -> list[float]:
    return [report.receipt_time_s - START_S for scan in found for report in scan.reports]


@pytest.mark.requirement("SC-FEED-12")
@given(
    st.lists(st.lists(st.floats(0.0, 200.0)), min_size=1, max_size=3), st.sampled_from([0.5, 1.0, 7.0]), st.randoms()
)
def test_every_report_is_in_exactly_the_scan_of_its_receipt(
    times: list[list[float]], period_s: float, rng: random.Random
) -> None:
    sources = []
    for name, offsets in zip("abc", times, strict=False):
        ordered = [report(time_s, name) for time_s in sorted(offsets)]
        cut = rng.randint(0, len(ordered))
        sources.append(Recording(ordered[:cut], ordered[cut:], name=name))
    found = list(scans(sources, scan_period_s=period_s))
    assert [r.receipt_time_s for scan in found for r in scan.reports] == sorted(
        START_S + time_s for offsets in times for time_s in offsets
    )
    for scan in found:
        assert all(scan.now_s - period_s < r.receipt_time_s <= scan.now_s for r in scan.reports)
    nows = [scan.now_s for scan in found]
    assert all(after - before == period_s for before, after in itertools.pairwise(nows))
    if found:
        assert found[-1].reports == ()
    assert all(source.status.state is SourceState.ENDED for source in sources if found)


@pytest.mark.requirement("SC-FEED-12")
def test_a_little_disorder_is_put_right_and_one_wrong_date_delays_nobody() -> None:
    slightly = [report(1.0), report(9.0), report(4.0), report(2.0), report(9.5)]
    source = Recording(slightly, [report(5.0), report(10.0), report(11.0)])
    assert taken(list(scans([source], scan_period_s=1.0))) == [1.0, 2.0, 4.0, 5.0, 9.0, 9.5, 10.0, 11.0]
    years_ahead = Recording(
        [report(0.0), report(9e7), report(1.0)], *[[report(10.0 * n + k) for k in range(9)] for n in range(1, 20)]
    )
    times = taken(list(scans([years_ahead], scan_period_s=1.0)))
    assert times == sorted(times)
    assert times[-1] == 9e7


@pytest.mark.requirement("SC-FEED-12")
def test_reading_ahead_is_bounded() -> None:
    source = Recording(*[[report(float(n))] for n in range(10_000)])
    first = next(scans([source], scan_period_s=1.0))
    assert first.now_s <= START_S + 1.0
    assert source.given <= DISORDER_S + 3
    assert source.status.reports == len(first.reports)


@pytest.mark.requirement("SC-FEED-12")
def test_a_long_gap_is_skipped_after_every_track_has_aged() -> None:
    found = list(scans([Recording([report(0.0), report(500_000.0)])], scan_period_s=10.0))
    assert IDLE_AFTER_S / 10.0 <= len(found) <= IDLE_AFTER_S / 10.0 + 5
    assert taken(found) == [0.0, 500_000.0]
    found = list(scans([Recording([report(0.0), report(IDLE_AFTER_S / 2)])], scan_period_s=10.0))
    assert len(found) == IDLE_AFTER_S / 20.0 + 2


@pytest.mark.requirement("SC-FEED-12")
def test_from_and_until_are_inclusive_and_count_what_they_let_through() -> None:
    source = Recording([report(float(n)) for n in range(100)])
    found = list(scans([source], scan_period_s=7.0, from_s=START_S + 10.0, until_s=START_S + 20.0))
    assert taken(found) == [float(n) for n in range(10, 21)]
    assert source.status.reports == 11


@pytest.mark.requirement("SC-FEED-08")
def test_a_source_that_breaks_off_does_not_stop_the_others() -> None:
    whole = Recording([report(float(n), "whole") for n in range(5)], name="whole")
    damaged = Recording([report(0.5, "damaged")], name="damaged", error="cut off")
    failed = Recording(name="failed", error="not a recording")
    found = list(scans([whole, damaged, failed], scan_period_s=1.0))
    assert taken(found) == [0.0, 0.5, 1.0, 2.0, 3.0, 4.0]
    states = {source.status.name: (source.status.state, source.status.detail) for source in (whole, damaged, failed)}
    assert states == {
        "whole": (SourceState.ENDED, ""),
        "damaged": (SourceState.DAMAGED, "cut off"),
        "failed": (SourceState.FAILED, "not a recording"),
    }
    alone = Recording(name="alone", error="not a recording")
    assert list(scans([alone], scan_period_s=1.0)) == []
    assert alone.status.state is SourceState.FAILED


@pytest.mark.requirement("SC-FEED-10")
def test_a_full_queue_drops_and_says_how_many() -> None:
    queue, status = ReportQueue(capacity=3), SourceStatus(name="a", format="test", location="", live=True)
    queue.deliver(status, [report(0.0), report(1.0)])
    queue.deliver(status, [report(2.0), report(3.0), report(4.0)])
    assert [r.receipt_time_s - START_S for r in queue.take()] == [0.0, 1.0, 2.0]
    assert (status.reports, status.dropped) == (3, 2)
    queue.deliver(status, [report(5.0)])
    assert len(queue.take()) == 1


class Stream:
    """Delivers one report, then waits for ever or gives up."""

    def __init__(self, name: str, gives_up: bool) -> None:
        self.status = SourceStatus(name=name, format="test", location="", live=True)
        self._gives_up = gives_up
        self.cancelled = False

    async def run(self, deliver: Callable[[Sequence[TrackReport]], None]) -> None:
        if self._gives_up:
            raise SourceError("cannot be mended")
        deliver([report(0.0, self.status.name)])
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


@pytest.mark.requirement("SC-FEED-09")
def test_following_scans_steadily_and_ends_cleanly() -> None:
    good, bad = Stream("good", gives_up=False), Stream("bad", gives_up=True)
    found: list[Scan] = []

    async def scenario() -> None:
        stop = asyncio.Event()
        clock = asyncio.get_running_loop().time

        def on_scan(scan: Scan) -> None:
            found.append(scan)
            if len(found) == 4:
                stop.set()

        async with asyncio.timeout(20.0):
            await follow([good, bad], scan_period_s=0.01, clock=clock, on_scan=on_scan, stop=stop)

    asyncio.run(scenario())
    assert sum(len(scan.reports) for scan in found) == 1
    assert good.cancelled
    assert (bad.status.state, bad.status.detail) == (SourceState.FAILED, "cannot be mended")


class Faulty:
    """A fault of ours ends it twice; then it delivers."""

    def __init__(self) -> None:
        self.status = SourceStatus(name="faulty", format="test", location="", live=True)
        self.ran = 0
        self.seen = ""

    async def run(self, deliver: Callable[[Sequence[TrackReport]], None]) -> None:
        self.ran += 1
        if self.ran < 3:
            self.status.state = SourceState.READING
            raise IndexError("a record that nobody foresaw")
        self.seen = f"{self.status.state}: {self.status.detail}"
        deliver([report(0.0, self.status.name)])
        await asyncio.Event().wait()


@pytest.mark.requirement("SC-FEED-09")
def test_a_source_that_a_fault_of_ours_ends_looks_so_and_begins_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(follow_sources, "AGAIN_AFTER_S", 0.01)
    faulty = Faulty()

    async def scenario() -> None:
        stop = asyncio.Event()

        def on_scan(scan: Scan) -> None:
            if scan.reports:
                stop.set()

        async with asyncio.timeout(20.0):
            clock = asyncio.get_running_loop().time
            await follow([faulty], scan_period_s=0.01, clock=clock, on_scan=on_scan, stop=stop)

    asyncio.run(scenario())
    assert faulty.status.reports == 1
    assert "reconnecting" in faulty.seen
    assert "IndexError" in faulty.seen
    assert sum("a source failed" in record.message for record in caplog.records) == 2
