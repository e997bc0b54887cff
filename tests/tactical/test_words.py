"""The sentence that a person gets with an alert: where the other one is, how they close, how they pass."""

from math import cos, radians, sin

import pytest

from steerclear.model.alert import AlertChange, AlertKind
from steerclear.tactical import Picture, Terms
from steerclear.tactical.encounter import Placed, approach, encounter, passing, where
from tests.tactical.scenes import flight, fly, of_kind

M_PER_DEG = 111_195.0


def placed(label, east_m, north_m, track_deg, speed_mps=100.0, altitude_m=3_000.0, up_mps=0.0):
    return Placed(
        label,
        north_m / M_PER_DEG,
        east_m / M_PER_DEG,
        altitude_m,
        speed_mps * sin(radians(track_deg)),
        speed_mps * cos(radians(track_deg)),
        up_mps,
    )


def words(first, second):
    seen = encounter(first, second, 300.0)
    return where(first, second, seen), approach(seen), passing(first, second, seen)


@pytest.mark.parametrize(
    ("track_deg", "bearing_deg", "hour"),
    [(0, 0, 12), (350, 10, 1), (10, 350, 11), (90, 180, 3), (270, 180, 9), (180, 0, 6), (359, 358, 12), (5, 349, 11)],
)
def test_the_clock_turns_with_the_track(track_deg, bearing_deg, hour):
    other = placed("B", 9_260 * sin(radians(bearing_deg)), 9_260 * cos(radians(bearing_deg)), 0)
    assert words(placed("A", 0, 0, track_deg), other)[0] == f"B is at {hour} o'clock of A, 5.0 NM, same altitude"


def test_a_hovering_aircraft_has_no_clock_but_a_compass():
    assert words(placed("A", 0, 0, 90, speed_mps=1.0), placed("B", 700, 700, 0))[0].startswith("B is north-east of A")


@pytest.mark.parametrize(("altitude_m", "said"), [(3_152.4, "500 ft above"), (2_847.6, "500 ft below")])
def test_above_and_below_are_the_second_ones(altitude_m, said):
    assert words(placed("A", 0, 0, 0), placed("B", 0, 9_260, 180, altitude_m=altitude_m))[0].endswith(said)


@pytest.mark.parametrize(
    ("start_m", "said"),
    [(-10_000, "A passes behind B"), (-12_000, "A passes ahead of B"), (-11_000, "crossing at the same point")],
)
def test_who_passes_ahead_is_who_is_at_the_crossing_first(start_m, said):
    # A flies east and is at the crossing in 110 s; B flies north and is there in 100, 120 or 110 s.
    assert words(placed("A", -11_000, 0, 90), placed("B", 0, start_m, 0))[2] == said


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (placed("B", 0, 9_000, 180), "head-on"),
        (placed("B", 0, 5_000, 0, speed_mps=80.0), "A overtakes B"),
        (placed("B", 0, -5_000, 0, speed_mps=120.0), "B overtakes A"),
        (placed("B", 500, 0, 0), "same direction"),
    ],
)
def test_how_they_pass(second, said):
    assert words(placed("A", 0, 0, 0), second)[2] == said


def test_what_is_behind_them_is_not_told_as_ahead():
    _, closing, passed = words(placed("A", 0, 0, 90), placed("B", -3_000, 3_000, 0))
    assert (closing, passed) == ("diverging", "")
    above = placed("B", -3_000, 3_000, 0, altitude_m=3_400.0, up_mps=-5.0)
    assert words(placed("A", 0, 0, 90), above)[1] == "diverging, closing vertically"
    beside = placed("B", 1_000, 0, 90, altitude_m=2_600.0, up_mps=5.0)
    assert words(placed("A", 0, 0, 90), beside)[1] == "keeping their distance, closing vertically"


def test_two_of_one_name_are_told_apart():
    events = fly(Picture(), [flight(1, callsign="T82"), flight(2, callsign="T82", east_m=2_000.0)], range(2))
    assert "T82 (icao-000002) is east of T82 (icao-000001)" in events[0].reason


def test_an_alert_that_lapses_for_want_of_an_altitude_says_so():
    blind = flight(2, east_m=500.0, pressure_altitude_m=None)
    pair = [flight(1), lambda t: flight(2, east_m=500.0)(t) if t < 5 else blind(t)]
    events = of_kind(fly(Picture(Terms(lapse_after_s=60.0)), pair, range(100)), AlertKind.SEPARATION)
    assert [event.change for event in events] == [AlertChange.RAISED, AlertChange.LAPSED]
    assert "without an all-clear, unheard or of unknown altitude for 60 s" in events[-1].reason
