"""An alert is on record before anybody sees it, and none is lost when the record fails for a while."""

import pytest

from steerclear.model.alert import AlertChange, AlertKind
from steerclear.services import ingest_tracks
from steerclear.services.ingest_tracks import IngestTracks
from steerclear.tactical import Picture
from tests.tactical.scenes import START_S, flight, report


class Record:
    def __init__(self):
        self.kept = []
        self.broken = False

    def record(self, events, reports, now_s):
        if self.broken:
            raise OSError("disk full")
        self.kept.append((events, reports, now_s))


@pytest.mark.requirement("SC-TAC-21")
def test_every_step_is_recorded_with_what_caused_it():
    record = Record()
    ingest = IngestTracks(Picture(), record)
    pair = [flight(1)(0.0), flight(2)(0.0)]
    events = ingest.ingest(pair, START_S)
    assert [event.kind for event in events] == [AlertKind.SEPARATION]
    assert ingest.ingest([], START_S + 1) == ()
    assert record.kept == [(events, tuple(pair), START_S), ((), (), START_S + 1)]


@pytest.mark.requirement("SC-TAC-21")
def test_an_alert_that_could_not_be_recorded_is_not_shown_until_it_is():
    record = Record()
    ingest = IngestTracks(Picture(), record)
    record.broken = True
    with pytest.raises(OSError, match="disk full"):
        ingest.ingest([flight(1)(0.0), flight(2)(0.0)], START_S)
    with pytest.raises(OSError, match="disk full"):
        ingest.ingest([], START_S + 1)
    record.broken = False
    events = ingest.ingest([], START_S + 2)
    assert [event.kind for event in events] == [AlertKind.SEPARATION]
    assert events[0].time_s == START_S
    assert [now_s - START_S for _, _, now_s in record.kept] == [0, 1, 2]


@pytest.mark.requirement("SC-TAC-21")
def test_while_nothing_can_be_recorded_raw_reports_wait_only_as_long_as_there_is_room(monkeypatch):
    monkeypatch.setattr(ingest_tracks, "MAX_WAITING_REPORTS", 100)
    record = Record()
    ingest = IngestTracks(Picture(), record)
    record.broken = True
    for t in range(1_000):
        with pytest.raises(OSError, match="disk full"):
            ingest.ingest([flight(1)(t), flight(2)(t)], START_S + t)
        assert len(ingest._unrecorded) <= 100
    record.broken = False
    events = ingest.ingest([], START_S + 1_000)
    assert [event.kind for event in events if event.change is AlertChange.RAISED] == [AlertKind.SEPARATION]
    kept = sum(len(reports) for _, reports, _ in record.kept)
    assert kept + ingest.left_out == 2_000
    assert 20 <= kept <= 100
    times = [now_s for _, _, now_s in record.kept]
    assert times == sorted(times)


def test_replaying_what_was_recorded_gives_what_was_recorded():
    record = Record()
    ingest = IngestTracks(Picture(), record)
    for t in range(40):
        ingest.ingest([flight(1, east_m=-9_000.0, east_mps=200.0)(t), flight(2)(t)], START_S + t)
    again = IngestTracks(Picture())
    assert [again.ingest(reports, now_s) for _, reports, now_s in record.kept] == [
        events for events, _, _ in record.kept
    ]


def test_a_clock_that_goes_back_stops_the_picture_and_is_counted():
    ingest = IngestTracks(Picture())
    ingest.ingest([report(1)], START_S)
    ingest.ingest([report(1, 1.0)], START_S - 10.0)
    assert ingest.clock_went_back == 1
    assert ingest.picture.now_s == START_S


def test_a_picture_can_be_watched_without_a_record():
    assert len(IngestTracks(Picture()).ingest([flight(1)(0.0), flight(2)(0.0)], START_S)) == 1
