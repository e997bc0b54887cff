"""The rule of threes: closer than 3 NM and 3,000 ft is tolerated for 3 minutes."""

import pytest

from steerclear.model.agreement import TimeInBreachRule
from steerclear.model.alert import AlertKind
from steerclear.tactical import Picture, Terms
from tests.tactical.scenes import FOOT_M, NM_M, START_S, flight, fly, of_kind, silent_from, story

RULE = TimeInBreachRule(horizontal_m=3 * NM_M, vertical_m=3_000 * FOOT_M, longest_s=180.0)
TERMS = Terms(horizontal_m=500.0, vertical_m=100.0, lookahead_s=30.0, time_in_breach=RULE)


def breaches(events):
    return of_kind(events, AlertKind.TIME_IN_BREACH)


@pytest.mark.requirement("SC-TAC-15")
def test_it_is_told_at_two_thirds_and_when_the_time_is_exceeded():
    pair = [flight(1), flight(2, east_m=4_000.0, altitude_m=10_800.0)]
    events = breaches(fly(Picture(TERMS), pair, range(300)))
    assert story(events) == [("raised", "CAUTION"), ("escalated", "BREACH")]
    assert [event.time_s - START_S for event in events] == [120.0, 181.0], "exactly 180 s is tolerated"
    assert events[1].numbers.in_breach_s == 181.0
    assert "closer than 3.0 NM and 3,000 ft for 181 s, 180 s are tolerated" in events[1].reason


def test_it_clears_when_they_part():
    leaving = flight(2, east_m=4_000.0, east_mps=10.0)
    events = breaches(fly(Picture(TERMS), [flight(1), leaving], range(300)))
    assert [change for change, _ in story(events)] == ["raised", "cleared"]
    # 5,556 m is crossed after 155.6 s.
    assert events[-1].numbers.in_breach_s == pytest.approx(156.0, abs=1.0)


@pytest.mark.parametrize("apart", [{"east_m": 5_560.0}, {"altitude_m": 10_915.0}])
def test_one_of_the_two_distances_is_enough(apart):
    assert breaches(fly(Picture(TERMS), [flight(1), flight(2, **apart)], range(0, 400, 2))) == []


def test_touching_the_distance_counts():
    pair = [flight(1), flight(2, altitude_m=10_000.0 + 3_000 * FOOT_M - 1e-6)]
    assert breaches(fly(Picture(TERMS), pair, range(200)))


def test_a_short_step_outside_does_not_begin_the_time_anew():
    inside, outside = flight(2, east_m=5_000.0), flight(2, east_m=5_700.0)
    events = breaches(fly(Picture(TERMS), [flight(1), lambda t: outside(t) if 60 <= t < 65 else inside(t)], range(200)))
    assert [event.time_s - START_S for event in events] == [120.0, 181.0]
    anew = breaches(fly(Picture(TERMS), [flight(1), lambda t: outside(t) if 60 <= t < 80 else inside(t)], range(300)))
    assert [event.time_s - START_S for event in anew] == [200.0, 261.0]


def test_silence_stops_neither_the_time_nor_the_alert():
    picture = Picture(TERMS)
    quiet = silent_from(flight(2, east_m=4_000.0), 100, 150)
    events = breaches(fly(picture, [flight(1), quiet], range(190)))
    assert [event.time_s - START_S for event in events] == [150.0, 181.0]
    fly(picture, [flight(1)], range(190, 400))
    assert [event.severity.name for event in of_kind(picture.open_alerts(), AlertKind.TIME_IN_BREACH)] == ["BREACH"]
