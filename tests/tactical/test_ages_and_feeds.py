"""A stale or dead feed looks dead; a track says how old it is, by its own period."""

import pytest

from steerclear.model.alert import AlertKind
from steerclear.model.track import TrackAge
from steerclear.tactical import Picture, Terms
from tests.tactical.scenes import START_S, flight, fly, of_kind, story


def ages(picture, times_s):
    seen = []
    for t in times_s:
        picture.advance([], START_S + t)
        tracks = picture.tracks()
        seen.append(tracks[0].age.value if tracks else "gone")
    return seen


@pytest.mark.requirement("SC-TAC-13")
@pytest.mark.parametrize(
    ("period_s", "silent_s", "expected"),
    [
        (1, (2, 10, 30, 119, 121), ["fresh", "coasting", "stale", "stale", "gone"]),
        (10, (20, 45, 61, 190, 205), ["fresh", "coasting", "stale", "stale", "gone"]),
        (30, (59, 61, 500, 601, 700), ["fresh", "stale", "stale", "gone", "gone"]),
    ],
)
def test_a_track_ages_by_its_own_period(period_s, silent_s, expected):
    picture = Picture()
    fly(picture, [flight(1)], [-period_s * k for k in range(40, -1, -1)])
    assert ages(picture, silent_s) == expected


def test_a_coasting_track_is_flown_on_and_a_stale_one_stands_where_it_was_last_believed():
    picture = Picture()
    moving = flight(1, east_mps=200.0)
    fly(picture, [moving], range(10))
    places = []
    for t in (14, 30, 60):
        picture.advance([], START_S + t)
        places.append(picture.tracks()[0].longitude_deg)
    assert places[0] == pytest.approx(moving(14.0).longitude_deg, abs=2e-5)
    assert places[1] == places[2] == pytest.approx(moving(24.0).longitude_deg, abs=5e-5)


def test_a_track_with_an_open_alert_is_not_forgotten():
    picture = Picture(Terms(lapse_after_s=10_000.0))
    fly(picture, [flight(1), flight(2)], range(3))
    fly(picture, [], [2_000])
    assert [track.age for track in picture.tracks()] == [TrackAge.DROPPED] * 2
    assert of_kind(picture.open_alerts(), AlertKind.SEPARATION)


@pytest.mark.requirement("SC-TAC-14")
def test_a_feed_that_stops_is_an_alert_until_it_is_back():
    picture = Picture()
    events = fly(picture, [flight(1)], range(60))
    events += fly(picture, [], range(60, 120))
    assert [(event.kind, event.source) for event in events] == [(AlertKind.FEED_SILENT, "radar")]
    assert events[0].time_s == START_S + 59 + 31
    assert events[0].numbers.silent_s == 31.0
    (feed,) = picture.feeds()
    assert feed.silent
    assert feed.reports_per_s == 0.0
    back = fly(picture, [flight(1)], [120])
    assert story(back) == [("cleared", "WARNING")]
    assert back[0].alert_id == events[0].alert_id
    assert not picture.feeds()[0].silent


def test_a_sparse_feed_is_silent_by_its_own_measure():
    picture = Picture()
    fly(picture, [flight(1)], [30.0 * k for k in range(20)])
    assert fly(picture, [], [570 + 290]) == []
    assert len(fly(picture, [], [570 + 310])) == 1


def test_an_expected_source_that_never_speaks_is_silent():
    picture = Picture(Terms(expected_sources=("north-radar",)))
    events = fly(picture, [], range(40))
    assert [event.reason for event in events] == ["north-radar has not spoken yet for 31 s"]


@pytest.mark.requirement("SC-TAC-14")
def test_a_source_with_a_wrong_clock_speaks_and_is_as_good_as_silent():
    ahead = flight(1)
    picture = Picture()
    events = fly(picture, [ahead], range(20))
    for t in range(20, 60):
        events += picture.advance([ahead(t + 60.0)], START_S + t)
    assert [event.reason for event in events] == [
        "radar has said nothing that can be used for 31 s: 31 reports set aside, mostly ahead of clock"
    ]
    assert story(fly(picture, [ahead], [60])) == [("cleared", "WARNING")]


def test_a_source_that_only_repeats_itself_is_as_good_as_silent():
    moving = flight(1, east_mps=100.0)
    events = fly(Picture(), [lambda t: moving(min(t, 20.0))], range(60))
    assert [event.reason for event in events] == [
        "radar has said nothing that can be used for 31 s: 31 reports set aside, mostly duplicate"
    ]


def test_only_the_source_that_stops_is_silent():
    picture = Picture()
    fly(picture, [flight(1), flight(2, source="adsb", north_m=90_000.0)], range(30))
    events = fly(picture, [flight(1)], range(30, 120))
    assert [event.source for event in events] == ["adsb"]


def test_the_health_of_a_feed():
    picture = Picture()
    for t in range(100):
        made = [flight(k, north_m=50_000.0 * k, receipt_time_s=START_S + t + 1.5)(float(t)) for k in range(5)]
        picture.advance(made, START_S + t + 2.0)
    (feed,) = picture.feeds()
    assert feed.reports == feed.used == 500
    assert feed.reports_per_s == pytest.approx(5.0, rel=0.05)
    assert feed.latency_s == pytest.approx(1.5)
    assert feed.last_report_time_s == START_S + 99
    assert feed.last_heard_s == START_S + 101
    assert feed.silent_for_s == 0.0
