"""What gets into the picture, in which order, and what is counted and put aside instead."""

from math import inf, nan

import pytest

from steerclear.model.track import AltitudeDatum, TrackAge
from steerclear.tactical import Picture, PictureError, PictureLimits, SetAside, Terms
from tests.tactical.scenes import START_S, flight, fly, report


def only_feed(picture):
    (feed,) = picture.feeds()
    return feed


@pytest.mark.requirement("SC-TAC-09")
def test_a_late_report_does_not_move_the_track_back():
    picture = Picture()
    moving = flight(1, east_mps=200.0)
    fly(picture, [moving], range(10))
    before = picture.tracks()
    picture.advance([moving(4.5)], START_S + 9)
    assert picture.tracks() == before
    assert only_feed(picture).set_aside == {"late": 1}


@pytest.mark.requirement("SC-TAC-09")
def test_an_exact_duplicate_is_counted():
    picture = Picture()
    picture.advance([report(1), report(1)], START_S)
    assert only_feed(picture).set_aside == {"duplicate": 1}
    assert only_feed(picture).used == 1


@pytest.mark.requirement("SC-TAC-10")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"time_s": 6.0}, SetAside.AHEAD_OF_CLOCK),
        ({"time_s": -121.0}, SetAside.TOO_OLD),
        ({"time_s": nan}, SetAside.AHEAD_OF_CLOCK),
        ({"latitude_deg": 90.1}, SetAside.BAD_POSITION),
        ({"latitude_deg": nan}, SetAside.BAD_POSITION),
        ({"longitude_deg": -181.0}, SetAside.BAD_POSITION),
        ({"longitude_deg": inf}, SetAside.BAD_POSITION),
        ({"callsign": "X" * 65}, SetAside.BAD_TEXT),
    ],
)
def test_what_cannot_be_true_is_set_aside_with_its_reason(changes, reason):
    picture = Picture()
    assert picture.advance([report(1, **changes)], START_S) == ()
    assert [why for _, why in picture.set_aside()] == [reason]
    assert only_feed(picture).set_aside == {reason.value: 1}
    assert picture.tracks() == ()


@pytest.mark.parametrize("time_s", [5.0, -120.0])
def test_the_limits_of_the_clock_belong_to_what_is_accepted(time_s):
    picture = Picture()
    picture.advance([report(1, time_s)], START_S)
    assert only_feed(picture).used == 1


@pytest.mark.parametrize("velocity", [{"east_mps": nan}, {"east_mps": 2_600.0}, {"up_mps": inf}])
def test_an_absurd_velocity_is_not_used_but_the_position_is(velocity):
    picture = Picture()
    picture.advance([report(1, **velocity)], START_S)
    assert only_feed(picture).set_aside == {"velocity_refused": 1}
    assert picture.tracks()[0].east_mps == 0.0


@pytest.mark.parametrize("altitude_m", [nan, 60_001.0, -1_001.0, inf])
def test_an_absurd_altitude_is_not_used_but_the_position_is(altitude_m):
    picture = Picture()
    picture.advance([report(1, pressure_altitude_m=altitude_m)], START_S)
    assert only_feed(picture).set_aside == {"altitude_refused": 1}
    assert picture.tracks()[0].altitude_m is None
    assert picture.tracks()[0].altitude_datum is None


def test_a_receiver_that_repeats_an_old_position_does_not_hold_the_aircraft_there():
    picture = Picture()
    moving = flight(1, east_mps=200.0)
    fly(picture, [moving], range(5))
    stuck = moving(4.0)
    for t in (5, 6, 7):
        again = report(1, t, longitude_deg=stuck.longitude_deg, latitude_deg=stuck.latitude_deg, east_mps=200.0)
        picture.advance([again], START_S + t)
    assert only_feed(picture).set_aside == {"repeated_position": 3}
    track = picture.tracks()[0]
    assert track.time_s == START_S + 4
    assert track.longitude_deg == pytest.approx(moving(7.0).longitude_deg, abs=1e-5), "flown on, not held"


def test_a_hovering_aircraft_may_report_one_position_for_ever():
    picture = Picture()
    fly(picture, [flight(1)], range(60))
    assert only_feed(picture).used == 60
    assert picture.tracks()[0].age is TrackAge.FRESH


@pytest.mark.requirement("SC-TAC-11")
def test_a_missing_velocity_is_estimated_from_positions():
    picture = Picture()
    fly(picture, [flight(1, east_mps=60.0, up_mps=5.0, **dict.fromkeys(("north_mps",), 0.0))], [0])
    silent = flight(2, east_mps=60.0, north_mps=-30.0, up_mps=5.0)

    def without_velocity(t):
        made = silent(t)
        return report(
            2,
            t,
            latitude_deg=made.latitude_deg,
            longitude_deg=made.longitude_deg,
            pressure_altitude_m=made.pressure_altitude_m,
            east_mps=None,
            north_mps=None,
            up_mps=None,
        )

    fly(picture, [without_velocity], range(1, 8))
    track = picture.tracks()[-1]
    assert (track.east_mps, track.north_mps, track.up_mps) == pytest.approx((60.0, -30.0, 5.0), rel=0.01)


def test_one_wrong_position_does_not_spoil_the_estimate():
    picture = Picture()

    def plots(t):
        made = flight(2, east_mps=60.0, north_m=900.0 if t == 6 else 0.0)(t)
        return report(
            2, t, latitude_deg=made.latitude_deg, longitude_deg=made.longitude_deg, east_mps=None, up_mps=None
        )

    fly(picture, [plots], range(6))
    for t in range(6, 12):
        fly(picture, [plots], [t])
        track = picture.tracks()[0]
        assert track.north_mps == pytest.approx(0.0, abs=1.0)
        assert track.east_mps == pytest.approx(60.0, rel=0.02)


def test_a_velocity_that_is_missing_once_is_held():
    picture = Picture()
    moving = flight(1, east_mps=200.0)
    fly(picture, [moving], range(3))
    picture.advance([report(1, 3, longitude_deg=moving(3).longitude_deg, east_mps=None)], START_S + 3)
    assert picture.tracks()[0].east_mps == 200.0


def test_a_missing_altitude_is_held_for_some_seconds_and_then_unknown():
    picture = Picture()
    fly(picture, [flight(1, up_mps=10.0)], range(3))
    blind = flight(1, up_mps=10.0, pressure_altitude_m=None)
    fly(picture, [blind], [3])
    assert picture.tracks()[0].altitude_m == pytest.approx(10_030.0)
    fly(picture, [blind], range(4, 20))
    assert picture.tracks()[0].altitude_m is None


def test_pressure_altitude_is_shown_before_height():
    picture = Picture()
    picture.advance([report(1, ellipsoid_altitude_m=10_150.0)], START_S)
    picture.advance([report(2, pressure_altitude_m=None, ellipsoid_altitude_m=10_150.0, latitude_deg=50.0)], START_S)
    first, second = picture.tracks()
    assert (first.altitude_m, first.altitude_datum) == (10_000.0, AltitudeDatum.PRESSURE_STANDARD)
    assert (second.altitude_m, second.altitude_datum) == (10_150.0, AltitudeDatum.ELLIPSOID)


@pytest.mark.requirement("SC-TAC-12")
def test_over_a_limit_is_counted_and_said():
    picture = Picture(limits=PictureLimits(max_tracks=2, max_reports_per_step=4, max_sources=1, max_kept_aside=2))
    reports = [report(k, latitude_deg=40.0 + k) for k in range(6)]
    picture.advance(reports, START_S)
    assert picture.counts().turned_away == {"too_many_reports": 2}
    assert len(picture.tracks()) == 2
    assert only_feed(picture).set_aside == {"too_many_tracks": 2}
    picture.advance([report(1, 1, source="another"), report(1, 1, source="third")], START_S + 1)
    assert picture.counts().turned_away["too_many_sources"] == 2
    assert len(picture.set_aside()) == 2


def test_alerts_over_the_limit_are_counted():
    picture = Picture(limits=PictureLimits(max_open_alerts=1))
    fly(picture, [flight(1), flight(2), flight(3)], range(2))
    assert len(picture.open_alerts()) == 1
    assert picture.counts().alerts_not_raised > 0


def test_more_pairs_than_the_limit_shorten_the_lookahead_not_the_present():
    head_on = [flight(k, east_m=-30_000.0, north_m=20_000.0 * k, east_mps=200.0) for k in range(70)]
    head_on += [flight(100 + k, east_m=30_000.0, north_m=20_000.0 * k, east_mps=-200.0) for k in range(70)]
    head_on += [flight(500), flight(501)]
    picture = Picture(limits=PictureLimits(max_pairs_per_scan=50))
    events = fly(picture, head_on, range(2))
    assert picture.counts().lookahead_s < 300.0
    assert {subject.identity.icao_address for event in events for subject in event.subjects} >= {500, 501}


@pytest.mark.parametrize("now_s", [nan, inf, START_S - 1.0])
def test_a_now_that_goes_back_or_is_no_time_is_the_callers_fault(now_s):
    picture = Picture()
    picture.advance([], START_S)
    with pytest.raises(PictureError, match="only goes forward"):
        picture.advance([], now_s)
    assert picture.now_s == START_S


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"horizontal_m": 0.0}, "horizontal_m"),
        ({"lookahead_s": nan}, "lookahead_s"),
        ({"clear_after_s": -1.0}, "clear_after_s"),
        ({"confirm_hits": 5}, "5 of 4"),
        ({"caution_s": 10.0, "warning_s": 20.0}, "longer than caution"),
    ],
)
def test_terms_that_mean_nothing_are_refused(terms, words):
    with pytest.raises(PictureError, match=words):
        Terms(**terms)
