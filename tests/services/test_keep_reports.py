"""Kept steps: what a picture was given can be read back and replayed to the same alerts, also after a crash."""

from __future__ import annotations

import errno
from io import FileIO
from pathlib import Path

import pytest

from steerclear.services.announce_alerts import AlertAnnouncer
from steerclear.services.keep_reports import (
    REPORTS_PER_RECORD,
    SEGMENT_STEPS,
    RecordedStep,
    ReportKeeper,
    recorded_steps,
)
from steerclear.services.replay_sources import Scan, scans
from steerclear.services.report_sources import OpenedSources, SourceStatus
from steerclear.services.run_picture import CLOCK_BACK_S, PictureRun, ReplayRange, StepRecord
from steerclear.store import SqliteStore
from steerclear.store.errors import StoreFullError
from steerclear.store.segments import (
    SegmentWriter,
    drop_segments,
    journaled_segments,
    read_segment,
    told_segments,
)
from steerclear.tactical import Picture, Terms
from tests.services.parties import HandClock, Node, make_agreement
from tests.tactical.recordings import recording
from tests.tactical.scenes import START_S, flight

FROM_S = 1_633_615_320.0
"""2021-10-07 14:02 UTC."""


class Clock:
    def now_s(self) -> float:
        return 1.8e9


class Recorded:
    """A stretch of a real recording as a source."""

    def __init__(self, until_s: float) -> None:
        self.status = SourceStatus(name="quickstart", format="test", location="memory")
        self._reports = [
            report for report in recording("collections/quickstart") if FROM_S <= report.receipt_time_s <= until_s
        ]

    def batches(self):
        yield self._reports


def kept_steps(folder: Path, journal: SqliteStore) -> list[RecordedStep]:
    return [step for segment in journaled_segments(journal) for step in recorded_steps(read_segment(folder, segment))]


def reports(count: int):
    return recording("collections/quickstart")[:count]


@pytest.mark.requirement("SC-KEEP-01")
def test_steps_are_read_back_as_they_were_given(tmp_path: Path) -> None:
    given = [(1.0, reports(3)), (2.0, ()), (3.5, reports(2 * REPORTS_PER_RECORD + 1))]
    with SqliteStore.in_memory() as journal:
        keeper = ReportKeeper.open(tmp_path, journal, Clock())
        for now_s, part in given:
            keeper.keep(part, now_s, durable=False)
            keeper.keep(part, now_s, durable=True)  # handed in again, as after a full disk
        keeper.close()
        assert [(step.now_s, step.reports) for step in kept_steps(tmp_path, journal)] == given


@pytest.mark.requirement("SC-KEEP-02")
def test_what_a_crash_left_is_found_and_bound_to_the_journal(tmp_path: Path) -> None:
    with SqliteStore.in_memory() as journal:
        crashed = ReportKeeper.open(tmp_path, journal, Clock())
        crashed.keep(reports(2), 1.0, durable=True)
        # Sealed, but the process died before the journal learned of it; the next open file was begun.
        crashed._writer.seal()
        crashed.keep(reports(1), 2.0, durable=True)
        crashed._writer.close()
        again = ReportKeeper.open(tmp_path, journal, Clock())
        again.keep((), 3.0, durable=False)
        again.close()
        assert [segment.number for segment in journaled_segments(journal)] == [1, 2]
        assert [step.now_s for step in kept_steps(tmp_path, journal)] == [1.0, 2.0, 3.0]


class Refusing:
    """A journal that takes nothing while it is told so."""

    def __init__(self, journal: SqliteStore) -> None:
        self._journal = journal
        self.full = False

    def receipt(self, key: str):
        return self._journal.receipt(key)

    def append(self, append):
        if self.full:
            raise StoreFullError("no room")
        return self._journal.append(append)


@pytest.mark.requirement("SC-KEEP-02")
@pytest.mark.parametrize("restarted", [False, True])
def test_a_segment_that_a_full_journal_could_not_take_is_bound_later_also_behind_newer_ones(
    tmp_path: Path, restarted: bool
) -> None:
    with SqliteStore.in_memory() as store:
        journal = Refusing(store)
        keeper = ReportKeeper.open(tmp_path, journal, Clock())
        keeper.keep(reports(1), 1.0, durable=False)
        journal.full = True
        for _ in range(2):
            with pytest.raises(StoreFullError):
                keeper.seal()
        keeper.keep(reports(2), 2.0, durable=True)
        if restarted:
            keeper.close()  # ends without an error, full as the disk is
            journal.full = False
            keeper = ReportKeeper.open(tmp_path, journal, Clock())
        journal.full = False
        keeper.keep(reports(1), 3.0, durable=False)
        keeper.close()
        numbers = [segment.number for segment in journaled_segments(store)]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        assert [step.now_s for step in kept_steps(tmp_path, store)] == [1.0, 2.0, 3.0]


@pytest.mark.requirement("SC-KEEP-02")
def test_a_segment_that_an_earlier_release_lost_between_others_is_found(tmp_path: Path) -> None:
    with SqliteStore.in_memory() as store:
        keeper = ReportKeeper.open(tmp_path, store, Clock())
        keeper.keep(reports(1), 1.0, durable=False)
        keeper._writer.seal()
        keeper.keep(reports(1), 2.0, durable=False)
        keeper.close()
        assert [segment.number for segment in journaled_segments(store)] == [2]
        ReportKeeper.open(tmp_path, store, Clock()).close()
        assert [segment.number for segment in journaled_segments(store)] == [2, 1]


@pytest.mark.requirement("SC-KEEP-04")
@pytest.mark.parametrize("crashed", [False, True])
def test_reports_that_are_no_longer_kept_are_said_to_be_gone_and_what_is_left_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crashed: bool
) -> None:
    clock = HandClock(1.8e9)
    with SqliteStore.in_memory() as store:
        keeper = ReportKeeper.open(tmp_path, store, clock)
        for number in range(4):
            keeper.keep(reports(1), float(number), durable=False)
            keeper.seal()
            clock.time_s += 100.0
        if crashed:
            with monkeypatch.context() as patched:
                patched.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(OSError("power lost")))
                with pytest.raises(OSError, match="power lost"):
                    drop_segments(tmp_path, store, 1.8e9 + 150.0, clock.time_s)
            keeper.close()
            keeper = ReportKeeper.open(tmp_path, store, clock)
            clock.time_s += 1.0
        assert drop_segments(tmp_path, store, 1.8e9 + 150.0, clock.time_s) == 2
        assert [segment.number for segment in journaled_segments(store)] == [3, 4]
        assert [segment.number for segment in told_segments(store).dropped] == [1, 2]
        assert [step.now_s for step in kept_steps(tmp_path, store)] == [2.0, 3.0]
        # However old: the newest stays, because the next one is numbered after it.
        assert drop_segments(tmp_path, store, 1.9e9, clock.time_s) == 1
        keeper.close()
        keeper = ReportKeeper.open(tmp_path, store, clock)
        assert keeper.place() == (5, 0)
        keeper.close()


@pytest.mark.requirement("SC-KEEP-01")
def test_a_picture_goes_on_past_a_full_disk_and_keeps_what_came_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node("north")
    keeper = ReportKeeper.open(tmp_path, node.store, Clock())
    opened = OpenedSources(recorded=(Recorded(FROM_S + 60),))
    run = PictureRun(
        opened,
        Terms.from_agreement(make_agreement()),
        StepRecord(keeper, AlertAnnouncer(node.exchange)),
        Clock(),
        ReplayRange(speed=100_000.0),
    )
    written, troubles = FileIO.write, []

    class Full(FileIO):
        def write(self, data) -> int:
            if len(troubles) < 20:
                troubles.append(run.trouble)
                raise OSError(errno.ENOSPC, "No space left on device")
            return written(self, data)

    monkeypatch.setattr("steerclear.store.segments.FileIO", Full)
    run.run()
    keeper.close()
    assert all("free space" in trouble for trouble in troubles[1:])
    assert run.trouble is None
    assert [step.now_s for step in kept_steps(tmp_path, node.store)] == [
        scan.now_s for scan in scans([Recorded(FROM_S + 60)], scan_period_s=1.0)
    ]


def test_a_long_quiet_watch_is_sealed_in_pieces(tmp_path: Path) -> None:
    with SqliteStore.in_memory() as journal:
        keeper = ReportKeeper(SegmentWriter(tmp_path), journal, Clock())
        for second in range(SEGMENT_STEPS + 10):
            keeper.keep((), float(second), durable=False)
        assert len(list(journaled_segments(journal))) == 1
        keeper.close()
        assert len(kept_steps(tmp_path, journal)) == SEGMENT_STEPS + 10


@pytest.mark.requirement("SC-KEEP-03")
def test_a_run_replayed_from_its_kept_steps_gives_the_same_alerts_bit_for_bit(tmp_path: Path) -> None:
    terms = Terms.from_agreement(make_agreement())
    node = Node("north")
    keeper = ReportKeeper.open(tmp_path, node.store, Clock())
    shown = []

    class Shown(StepRecord):
        def record(self, events, given, now_s) -> None:
            super().record(events, given, now_s)
            shown.extend(events)

    record = Shown(keeper, AlertAnnouncer(node.exchange))
    opened = OpenedSources(recorded=(Recorded(FROM_S + 600),))
    run = PictureRun(opened, terms, record, Clock(), ReplayRange(speed=100_000.0))
    assert run.view().now_s is None
    run.run()
    keeper.close()
    view = run.view()
    assert view.ended
    assert view.tracks == len(run.tracks()) > 20
    assert view.sources[0].reports > 10_000
    assert shown
    picture = Picture(terms)
    replayed = [
        event for step in kept_steps(tmp_path, node.store) for event in picture.advance(step.reports, step.now_s)
    ]
    assert replayed == shown
    assert [row.kind for row in node.store.journal(0, 1_000)].count("alert") == len(shown)


class Live:
    """A stream, whose reports the test hands in itself."""

    def __init__(self) -> None:
        self.status = SourceStatus(name="a", format="test", location="memory", live=True)


@pytest.mark.requirement("SC-KEEP-03")
def test_a_live_picture_begins_anew_when_a_wrong_clock_is_put_right(tmp_path: Path) -> None:
    node = Node("north")
    keeper = ReportKeeper.open(tmp_path, node.store, Clock())
    terms = Terms.from_agreement(make_agreement())
    begun: list[tuple[int, int]] = []

    def announce() -> None:
        keeper.seal()
        begun.append(keeper.place())

    record = StepRecord(keeper, AlertAnnouncer(node.exchange))
    run = PictureRun(OpenedSources(live=(Live(),)), terms, record, Clock(), ReplayRange(speed=1.0), announce=announce)
    shown = []
    ahead_s = START_S + 86_400.0
    for step in range(20):  # a day ahead at first, then put right; two that are head-on from the sixth second on
        now_s = (ahead_s if step < 5 else START_S) + step
        pair = [flight(1)(step), flight(2)(step)] if step >= 5 else [flight(1)(step + 86_400.0)]
        run._step(Scan(now_s, pair))
        shown.append((run.view().now_s, len(run.tracks())))
    keeper.close()
    assert shown == [(ahead_s + step, 1) for step in range(5)] + [(START_S + step, 2) for step in range(5, 20)]
    assert begun == [(2, 0)]
    assert len(run.view().open_alerts) == 1
    before, after = (
        [step for _, records in [(one, read_segment(tmp_path, one))] for step in recorded_steps(records)]
        for one in journaled_segments(node.store)
    )
    assert [step.now_s for step in before] == [ahead_s + step for step in range(5)]
    picture = Picture(terms)
    replayed = [event for step in after for event in picture.advance(step.reports, step.now_s)]
    assert tuple(event.alert_id for event in replayed) == tuple(one.alert_id for one in run.view().open_alerts)


def test_a_clock_that_goes_back_a_little_only_stops_the_picture(tmp_path: Path) -> None:
    node = Node("north")
    keeper = ReportKeeper.open(tmp_path, node.store, Clock())
    record = StepRecord(keeper, AlertAnnouncer(node.exchange))
    terms = Terms.from_agreement(make_agreement())
    begun: list[bool] = []
    run = PictureRun(
        OpenedSources(live=(Live(),)),
        terms,
        record,
        Clock(),
        ReplayRange(speed=1.0),
        announce=lambda: begun.append(True),
    )
    for now_s in (START_S, START_S - CLOCK_BACK_S, START_S + 1.0):
        run._step(Scan(now_s, [flight(1)(now_s - START_S)]))
    keeper.close()
    assert run.view().now_s == START_S + 1.0
    assert not begun


def test_a_run_that_is_stopped_ends_soon_and_says_that_it_did_not_end(tmp_path: Path) -> None:
    node = Node("north")
    keeper = ReportKeeper.open(tmp_path, node.store, Clock())
    record = StepRecord(keeper, AlertAnnouncer(node.exchange))
    opened = OpenedSources(recorded=(Recorded(FROM_S + 600),))
    run = PictureRun(opened, Terms.from_agreement(make_agreement()), record, Clock(), ReplayRange(speed=1.0))
    run.stop()
    run.run()
    keeper.close()
    assert not run.view().ended


def test_the_scans_of_a_run_are_those_of_the_recording() -> None:
    source = Recorded(FROM_S + 60)
    steps = list(scans([source], scan_period_s=1.0))
    assert sum(len(step.reports) for step in steps) == source.status.reports
