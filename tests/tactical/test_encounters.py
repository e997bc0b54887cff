"""Scripted encounters: what a person is told, when, and in which words."""

import numpy as np
import pytest

from steerclear.model.agreement import TimeInBreachRule
from steerclear.model.alert import AlertChange, AlertKind, Severity
from steerclear.separation import find_conflicts
from steerclear.tactical import Picture, PictureLimits, Terms
from tests.tactical.scenes import FOOT_M, NM_M, START_S, flight, fly, of_kind, party, report, silent_from, story


def separation(events):
    return of_kind(events, AlertKind.SEPARATION)


@pytest.mark.requirement("SC-TAC-03")
def test_head_on_grows_from_advisory_to_breach_and_clears_when_they_have_passed():
    picture = Picture()
    events = separation(
        fly(
            picture,
            [flight(1, east_m=-75_000.0, east_mps=200.0), flight(2, east_m=75_000.0, east_mps=-200.0)],
            range(500),
        )
    )
    assert story(events) == [
        ("raised", "ADVISORY"),
        ("escalated", "CAUTION"),
        ("escalated", "WARNING"),
        ("escalated", "BREACH"),
        ("cleared", "BREACH"),
    ]
    assert len({event.alert_id for event in events}) == 1
    raised, caution, warning, breach, cleared = events
    for event, seconds in ((caution, 120.0), (warning, 60.0)):
        assert event.numbers.time_to_loss_s == pytest.approx(seconds, abs=1.5)
    assert breach.numbers.horizontal_now_m == pytest.approx(5.0 * NM_M, abs=500.0)
    assert breach.numbers.time_to_loss_s == 0.0
    assert "head-on" in raised.reason
    assert "FLY2 is at 12 o'clock of FLY1" in raised.reason
    assert "separation lost" in breach.reason
    assert cleared.numbers.horizontal_now_m > 5.0 * NM_M
    assert "FLY2 is at 6 o'clock of FLY1" in cleared.reason
    assert picture.open_alerts() == ()


def test_the_words_and_figures_of_a_crossing():
    # FLY1 goes north and is late at the crossing point; FLY2 goes east. The figures are those of `separation`.
    first = flight(1, north_m=-42_000.0, north_mps=200.0, altitude_m=10_000.0)
    second = flight(2, east_m=-40_000.0, east_mps=200.0, altitude_m=10_000.0 + 400.0 * FOOT_M)
    raised = separation(fly(Picture(), [first, second], range(3)))[0]
    states = [
        (s.latitude_deg, s.longitude_deg, s.altitude_m, s.east_mps, s.north_mps, s.up_mps) for s in raised.subjects
    ]
    minima = {"horizontal_m": 9_260.0, "vertical_m": 259.08, "lookahead_s": 300.0}
    (row,) = find_conflicts(*np.array(states).T, **minima).pairs
    numbers = raised.numbers
    assert numbers.time_to_loss_s == pytest.approx(row["t_in_s"], abs=1e-6)
    assert numbers.time_to_closest_s == pytest.approx(row["t_cpa_s"], abs=0.01)
    assert numbers.horizontal_closest_m == pytest.approx(row["horizontal_cpa_m"], abs=1.0)
    assert numbers.vertical_closest_m == pytest.approx(row["vertical_cpa_m"], abs=1e-6)
    assert numbers.vertical_now_m == pytest.approx(400.0 * FOOT_M)
    assert numbers.minimum_horizontal_m == 9_260.0
    assert "closest in 204 s at 0.7 NM, 400 ft" in raised.reason
    assert "FLY2 is at 11 o'clock of FLY1, 31.2 NM, 400 ft above" in raised.reason
    assert "FLY1 passes behind FLY2" in raised.reason


def test_overtaking():
    slow = flight(1, east_m=20_000.0, east_mps=150.0)
    fast = flight(2, east_mps=250.0)
    raised = separation(fly(Picture(), [slow, fast], range(3)))[0]
    assert "FLY2 overtakes FLY1" in raised.reason
    assert raised.numbers.time_to_loss_s == pytest.approx((20_000.0 - 9_260.0) / 100.0, abs=2.0)


@pytest.mark.requirement("SC-TAC-04")
def test_a_climb_through_somebody_elses_level_is_told_when_it_is_near_not_five_minutes_ahead():
    level = flight(1, east_m=-30_000.0, east_mps=200.0, altitude_m=10_000.0)
    climbing = flight(2, north_m=3_000.0, east_m=-30_000.0, east_mps=200.0, altitude_m=8_000.0, up_mps=10.0)
    events = separation(fly(Picture(), [level, climbing], range(200)))
    assert events[0].change is AlertChange.RAISED
    assert events[0].numbers.time_to_loss_s == pytest.approx(45.0, abs=2.0)
    assert events[0].numbers.time_to_loss_s > 40.0
    assert max(event.severity for event in events) is Severity.BREACH


@pytest.mark.parametrize("jitter_mps", [0.0, 0.4])
def test_neighbours_on_rvsm_levels_are_no_alert(jitter_mps):
    below = flight(1, east_m=-75_000.0, east_mps=200.0, altitude_m=35_000 * FOOT_M)
    above = flight(2, east_m=75_000.0, east_mps=-200.0, altitude_m=36_000 * FOOT_M)
    wobble = {0: jitter_mps, 1: -jitter_mps}

    def noisy(one, sign):
        return lambda t: report_with(one(t), sign * wobble[int(t) % 2])

    assert separation(fly(Picture(), [noisy(below, 1), noisy(above, -1)], range(600))) == []


def report_with(made, up_mps):
    return type(made)(**{name: getattr(made, name) for name in made.__struct_fields__} | {"up_mps": up_mps})


def test_touching_the_minimum_is_a_loss():
    terms = Terms(vertical_m=304.8)
    events = separation(
        fly(Picture(terms), [flight(1), flight(2, east_m=100.0, altitude_m=10_000.0 + 304.8)], range(2))
    )
    assert story(events) == [("raised", "BREACH")]


def test_one_wild_velocity_raises_nothing():
    level = flight(1, east_m=-30_000.0, east_mps=0.0)
    other = flight(2, east_m=30_000.0)

    def swerves_once(time_s):
        made = other(time_s)
        return report_with_velocity(made, -400.0) if time_s == 5 else made

    assert separation(fly(Picture(), [level, swerves_once], range(40))) == []


def report_with_velocity(made, east_mps):
    return type(made)(**{name: getattr(made, name) for name in made.__struct_fields__} | {"east_mps": east_mps})


@pytest.mark.requirement("SC-TAC-02")
def test_silence_never_clears_an_alert():
    first, second = flight(1, east_m=-20_000.0, east_mps=100.0), flight(2, east_m=20_000.0, east_mps=-100.0)
    picture = Picture(Terms(lapse_after_s=600.0))
    events = fly(picture, [silent_from(first, 100), silent_from(second, 100)], range(300))
    assert [event.change for event in separation(events)][-1] is not AlertChange.CLEARED
    assert {event.kind for event in picture.open_alerts()} >= {AlertKind.SEPARATION, AlertKind.STALE_TRACK}
    stale = of_kind(events, AlertKind.STALE_TRACK)
    assert [event.subjects[0].identity.icao_address for event in stale] == [1, 2] or len(stale) == 2
    assert "has not been heard" in stale[0].reason
    assert stale[0].numbers.silent_s == pytest.approx(16.0, abs=1.5)

    late = fly(picture, [], range(300, 900))
    assert [event.change for event in separation(late)] == [AlertChange.LAPSED]
    assert "without an all-clear" in separation(late)[0].reason
    assert {event.change for event in of_kind(late, AlertKind.STALE_TRACK)} == {AlertChange.LAPSED}


def test_an_aircraft_that_is_heard_again_decides_its_alert():
    first, second = flight(1, east_m=-20_000.0, east_mps=100.0), flight(2, east_m=20_000.0, east_mps=-100.0)
    picture = Picture()
    events = fly(picture, [silent_from(first, 100, 400), second], range(500))
    stale = of_kind(events, AlertKind.STALE_TRACK)
    assert story(stale) == [("raised", "WARNING"), ("eased", "ADVISORY"), ("cleared", "ADVISORY")]
    assert stale[1].reason == "FLY1 is heard again after 301 s; it may be heard only now and then"
    assert stale[2].time_s == separation(events)[-1].time_s, "with the last alert about it"
    assert separation(events)[-1].change is AlertChange.CLEARED
    cleared_s = separation(events)[-1].time_s - picture.now_s + 499
    assert cleared_s > 400, "not before the aircraft was heard again"
    assert picture.open_alerts() == ()


def test_an_aircraft_heard_only_now_and_then_has_one_alert_not_one_per_silence():
    # Silent for 60 s, heard for 60 s, silent for 60 s, ..., then for 200 s, then heard without a gap.
    def now_and_then(time_s):
        quiet = 60 <= time_s < 600 and (time_s // 60) % 2 == 1
        return None if quiet or 660 <= time_s < 860 else flight(1)(time_s)

    picture = Picture()
    events = fly(picture, [now_and_then, flight(2, east_m=500.0)], range(1200))
    stale = of_kind(events, AlertKind.STALE_TRACK)
    assert story(stale) == [
        ("raised", "WARNING"),
        ("eased", "ADVISORY"),
        ("escalated", "CAUTION"),
        ("eased", "ADVISORY"),
        ("cleared", "ADVISORY"),
    ]
    assert len({event.alert_id for event in stale}) == 1
    assert stale[2].numbers.silent_s == 62.0, "longer than any silence it came back from"
    assert stale[2].reason == "FLY1 is silent again, for 62 s, while an alert about it is open"
    assert [event.time_s - START_S for event in stale[3:]] == [860.0, 1160.0]
    assert story(separation(events)) == [("raised", "BREACH")], "and in all this time nothing was cleared"


def test_silence_is_told_again_however_long_the_one_before_was():
    quiet = silent_from(silent_from(flight(1), 10, 900), 910, 1900)
    events = fly(Picture(), [quiet, flight(2, east_m=500.0)], range(1300))
    stale = of_kind(events, AlertKind.STALE_TRACK)
    assert story(stale) == [("raised", "WARNING"), ("eased", "ADVISORY"), ("escalated", "CAUTION")]
    assert stale[-1].time_s == START_S + 909 + 301


@pytest.mark.requirement("SC-TAC-02")
def test_a_crowd_that_is_too_much_to_look_at_clears_nothing():
    rule = TimeInBreachRule(horizontal_m=5_556.0, vertical_m=914.4, longest_s=5.0)
    picture = Picture(Terms(time_in_breach=rule), PictureLimits(max_pairs_per_scan=100))
    pair = [flight(1), flight(2, east_m=500.0)]
    assert len(fly(picture, pair, range(10))) >= 2
    crowd = [flight(100 + k, east_m=400_000.0) for k in range(150)]
    events = fly(picture, [*pair, *crowd], range(10, 60))
    assert picture.counts().lookahead_s < 300.0
    assert [event for event in events if event.change is AlertChange.CLEARED] == []
    about = {event.kind: event.subjects[0] for event in picture.open_alerts() if event.subjects}
    assert {about[kind].identity.icao_address for kind in (AlertKind.SEPARATION, AlertKind.TIME_IN_BREACH)} == {1}


@pytest.mark.requirement("SC-TAC-22")
def test_a_picture_that_cannot_compare_all_pairs_says_so():
    picture = Picture(limits=PictureLimits(max_pairs_per_scan=100))
    crowd = [flight(100 + k, east_m=400_000.0) for k in range(150)]
    told = of_kind(fly(picture, crowd, range(20)), AlertKind.OVERLOAD)
    assert story(told) == [("raised", "BREACH")]
    assert told[0].reason == "too many aircraft close together among 150: no pair of aircraft is compared"
    assert told[0] in picture.open_alerts()
    later = of_kind(fly(picture, crowd[:2], range(20, 200)), AlertKind.OVERLOAD)
    assert story(later)[-1] == ("cleared", "BREACH")
    assert not of_kind(picture.open_alerts(), AlertKind.OVERLOAD)


def test_aircraft_on_the_ground_are_not_compared():
    assert separation(fly(Picture(), [flight(1, on_ground=True), flight(2, on_ground=True)], range(5))) == []


def test_a_departure_is_compared_though_its_source_never_says_airborne():
    def departs(time_s):
        made = flight(1, on_ground=None)(time_s)
        return flight(1, on_ground=True)(time_s) if time_s < 5 else made

    events = separation(fly(Picture(), [departs, flight(2, east_m=500.0)], range(60)))
    assert story(events) == [("raised", "BREACH")]
    assert events[0].time_s == START_S + 4 + 31, "on the ground is believed for 30 s after it was last said"


def test_landing_clears_without_silence():
    first = flight(1)
    landed = flight(1, on_ground=True)
    events = fly(Picture(), [lambda t: first(t) if t < 5 else landed(t), flight(2, east_m=500.0)], range(40))
    assert story(separation(events)) == [("raised", "BREACH"), ("cleared", "BREACH")]


@pytest.mark.requirement("SC-TAC-05")
def test_altitudes_are_compared_in_one_datum_only():
    # By pressure 300 m apart and by the ellipsoid as well: one's pressure against the other's height would be 0 m.
    low = {"pressure_altitude_m": 9_700.0, "ellipsoid_altitude_m": 10_000.0}
    high = {"pressure_altitude_m": 10_000.0, "ellipsoid_altitude_m": 10_300.0}
    assert separation(fly(Picture(), [flight(1, **low), flight(2, **high)], range(5))) == []
    only_geometric = {"pressure_altitude_m": None, "ellipsoid_altitude_m": 10_300.0}
    assert separation(fly(Picture(), [flight(1, **low), flight(2, **only_geometric)], range(5))) == []
    same = {"pressure_altitude_m": None, "ellipsoid_altitude_m": 10_000.0}
    assert len(separation(fly(Picture(), [flight(1, **low), flight(2, **same)], range(5)))) == 1


@pytest.mark.requirement("SC-TAC-05")
def test_without_a_common_datum_the_minimum_grows_and_the_alert_says_so():
    pressure = flight(1, pressure_altitude_m=10_000.0)
    geometric = flight(2, pressure_altitude_m=None, ellipsoid_altitude_m=11_200.0)
    event = separation(fly(Picture(), [pressure, geometric], range(5)))[0]
    assert "no common altitude datum, 3,280 ft added" in event.reason
    assert event.numbers.minimum_vertical_m == pytest.approx(259.08 + 1_000.0)
    beyond = flight(2, pressure_altitude_m=None, ellipsoid_altitude_m=11_300.0)
    assert separation(fly(Picture(), [pressure, beyond], range(5))) == []


def test_unknown_altitude_is_shown_and_counted_but_not_compared():
    picture = Picture()
    events = fly(picture, [flight(1), flight(2, pressure_altitude_m=None)], range(5))
    assert separation(events) == []
    assert [track.altitude_m for track in picture.tracks()] == [10_000.0, None]
    assert picture.counts().without_altitude == 1
    assert picture.counts().checked == 1


@pytest.mark.requirement("SC-TAC-06")
def test_whom_an_alert_concerns():
    north, south = party("north", 1, 2), party("south", 3)
    cases = {(1, 3): ("north", "south"), (1, 2): ("north",), (1, 9): ("north", "south"), (8, 9): ("north", "south")}
    for addresses, concerned in cases.items():
        events = fly(Picture(Terms(parties=(north, south))), [flight(icao) for icao in addresses], range(2))
        assert [event.parties for event in events] == [concerned], addresses


def test_pairs_of_one_party_can_be_left_out():
    terms = Terms(parties=(party("north", 1, 2), party("south", 3)), report_in_house=False)
    events = fly(Picture(terms), [flight(1), flight(2), flight(3)], range(2))
    pairs = {tuple(subject.identity.icao_address for subject in event.subjects) for event in separation(events)}
    assert pairs == {(1, 3), (2, 3)}


def test_an_unidentified_aircraft_is_named_by_its_source_and_number():
    other = flight(None, source_track="T17", east_m=3_000.0)
    assert "radar/T17" in separation(fly(Picture(), [flight(1), other], range(2)))[0].reason


def test_an_alert_on_a_position_that_is_flown_on_says_so():
    first, second = flight(1, east_m=-20_000.0, east_mps=200.0), flight(2, east_m=20_000.0, east_mps=-200.0)
    events = separation(fly(Picture(), [silent_from(first, 72), second], range(80)))
    breach = events[-1]
    assert breach.severity is Severity.BREACH
    assert "FLY1 flown on from the last report" in breach.reason


@pytest.mark.parametrize("middle_deg", [(0.0, 180.0), (89.9, 30.0)])
def test_across_the_antimeridian_and_near_the_pole(middle_deg):
    latitude, longitude = middle_deg
    one = report(1, latitude_deg=latitude, longitude_deg=longitude - 0.01)
    two = report(2, latitude_deg=latitude, longitude_deg=longitude + 0.01 - (360.0 if longitude == 180.0 else 0.0))
    events = Picture().advance([one, two], one.time_s)
    assert story(events) == [("raised", "BREACH")]
    assert events[0].numbers.horizontal_now_m < 2_300.0


def test_the_gravest_is_told_first():
    picture = Picture()
    far = [flight(1, east_m=-60_000.0, east_mps=200.0), flight(2, east_m=60_000.0, east_mps=-200.0)]
    near = [flight(8, north_m=90_000.0), flight(9, north_m=90_000.0)]
    picture.advance([one(0.0) for one in far], report(1).time_s)
    events = picture.advance([one(1.0) for one in far + near], report(1).time_s + 1.0)
    assert story(events) == [("raised", "BREACH"), ("raised", "ADVISORY")]
    assert [event.severity for event in picture.open_alerts()] == [Severity.BREACH, Severity.ADVISORY]
