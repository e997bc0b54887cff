"""Volumes: what is refused and by which name, what two share, and heights of different datums."""

import math

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from steerclear.geodesy.vertical import VerticalDatum, convert_altitude, sea_level_bounds
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.strategic.faults import InvalidBufferError, VolumeError
from steerclear.strategic.volumes import Buffer, overlap, prepare

HERE = Position(latitude_deg=47.0, longitude_deg=8.0)
ELLIPSOID, SEA, PRESSURE = AltitudeDatum.ELLIPSOID, AltitudeDatum.MSL_GEOID, AltitudeDatum.PRESSURE_STANDARD


def volume(lower_m=100.0, upper_m=200.0, datum=ELLIPSOID, from_s=1_000.0, until_s=2_000.0, area=None):
    return Volume4D(
        area=area or CircleArea(centre=HERE, radius_m=500.0),
        lower_m=lower_m,
        upper_m=upper_m,
        altitude_datum=datum,
        from_s=from_s,
        until_s=until_s,
    )


def polygon(*vertices):
    return PolygonArea(vertices=tuple(Position(latitude_deg=lat, longitude_deg=lon) for lat, lon in vertices))


REFUSED = {
    "upper below lower": (volume(lower_m=300.0), "upper_m"),
    "no datum": (volume(datum=None), "altitude_datum"),
    "ends before it begins": (volume(until_s=999.0), "until_s"),
    "no time": (volume(from_s=math.nan), "from_s"),
    "endless": (volume(until_s=math.inf), "until_s"),
    "in space": (volume(upper_m=1e6), "upper_m"),
    "no height": (volume(lower_m=math.nan), "lower_m"),
    "a bow tie": (volume(area=polygon((0, 0), (1, 1), (0, 1), (1, 0))), "area"),
    "no radius": (volume(area=CircleArea(centre=HERE, radius_m=0.0)), "area"),
}


@pytest.mark.requirement("SC-VOL-06")
@pytest.mark.parametrize("name", REFUSED)
def test_a_volume_that_cannot_be_is_refused_by_the_name_of_its_field(name):
    wrong, field = REFUSED[name]
    with pytest.raises(VolumeError, match=f"^{field}: ") as refusal:
        prepare(wrong)
    assert refusal.value.field == field


@pytest.mark.requirement("SC-VOL-06")
@pytest.mark.parametrize("name", ["horizontal_m", "vertical_m", "time_s"])
@pytest.mark.parametrize("value", [-1.0, math.nan, 1e9])
def test_an_absurd_buffer_is_refused(name, value):
    with pytest.raises(InvalidBufferError, match=name):
        Buffer(**{name: value})


@pytest.mark.requirement("SC-VOL-03")
def test_bounds_that_touch_are_shared_and_a_hair_more_is_not():
    a = prepare(volume())
    for change in ({"lower_m": 200.0, "upper_m": 300.0}, {"lower_m": -50.0, "upper_m": 100.0}):
        assert overlap(a, prepare(volume(**change)), Buffer()) is not None
    for change in ({"lower_m": 200.02, "upper_m": 300.0}, {"lower_m": -50.0, "upper_m": 99.98}):
        assert overlap(a, prepare(volume(**change)), Buffer()) is None
        assert overlap(a, prepare(volume(**change)), Buffer(vertical_m=0.02)) is not None
    for change in ({"from_s": 2_000.0, "until_s": 3_000.0}, {"from_s": 0.0, "until_s": 1_000.0}):
        assert overlap(a, prepare(volume(**change)), Buffer()) is not None
    for change in ({"from_s": 2_000.5, "until_s": 3_000.0}, {"from_s": 0.0, "until_s": 999.5}):
        assert overlap(a, prepare(volume(**change)), Buffer()) is None
        assert overlap(a, prepare(volume(**change)), Buffer(time_s=0.5)) is not None


@pytest.mark.requirement("SC-VOL-03")
def test_an_overlap_says_what_is_shared_and_by_how_much_it_is_missed():
    a = prepare(volume())
    away = Position(latitude_deg=47.0, longitude_deg=8.02)
    b = prepare(volume(150.0, 400.0, from_s=1_500.0, until_s=9_000.0, area=CircleArea(centre=away, radius_m=500.0)))
    assert overlap(a, b, Buffer(horizontal_m=500.0)) is None
    shared = overlap(a, b, Buffer(horizontal_m=600.0))
    assert (shared.from_s, shared.until_s, shared.lower_m, shared.upper_m) == (1_500.0, 2_000.0, 150.0, 200.0)
    between = Geodesic.WGS84.Inverse(47.0, 8.0, 47.0, 8.02)["s12"]
    assert shared.horizontal_distance_m == pytest.approx(between - 1_000.0, abs=1e-3)
    assert (shared.vertical_distance_m, shared.time_distance_s, shared.datum_uncertainty_m) == (0.0, 0.0, None)
    later = prepare(volume(260.0, 300.0, from_s=2_060.0, until_s=3_000.0))
    missed = overlap(a, later, Buffer(vertical_m=100.0, time_s=120.0))
    assert (missed.horizontal_distance_m, missed.vertical_distance_m, missed.time_distance_s) == (0.0, 60.0, 60.0)
    assert (missed.from_s, missed.until_s, missed.lower_m, missed.upper_m) == (1_940.0, 2_000.0, 160.0, 200.0)


@pytest.mark.requirement("SC-VOL-03")
def test_a_volume_without_heights_meets_everything_above_and_below():
    unlimited = prepare(volume(None, None, None))
    for other in (volume(), volume(-1_000.0, -900.0), volume(90_000.0, 99_000.0, PRESSURE), volume(None, None, None)):
        shared = overlap(unlimited, prepare(other), Buffer())
        assert shared is not None
        assert (shared.lower_m, shared.upper_m) == (other.lower_m, other.upper_m)
        assert shared.datum_uncertainty_m is None
    upwards, downwards = prepare(volume(500.0, None)), prepare(volume(None, 400.0))
    assert overlap(upwards, downwards, Buffer()) is None
    assert overlap(upwards, prepare(volume(None, 500.0)), Buffer()) is not None


@pytest.mark.requirement("SC-VOL-07")
def test_heights_of_different_datums_are_compared_with_the_largest_difference_and_it_is_said():
    a = prepare(volume())
    sea = overlap(a, prepare(volume(310.0, 400.0, SEA)), Buffer())
    assert sea is not None
    assert sea.datum_uncertainty_m == 120.0
    assert sea.vertical_distance_m == 0.0
    assert overlap(a, prepare(volume(330.0, 400.0, SEA)), Buffer()) is None
    # Flight level 70 to 80 may be as low as 1,000 m above the ellipsoid, and never 100 m.
    level = prepare(volume(2_133.6, 2_438.4, PRESSURE))
    assert overlap(a, level, Buffer()) is None
    shared = overlap(prepare(volume(800.0, 1_000.0)), level, Buffer())
    assert shared is not None
    assert shared.datum_uncertainty_m > 1_000.0
    assert overlap(level, prepare(volume(800.0, 1_000.0)), Buffer()) is not None


@pytest.mark.requirement("SC-VOL-07")
@given(st.floats(-500.0, 11_000.0), st.floats(850.0, 1_100.0), st.floats(0.78, 1.2))
def test_no_weather_takes_a_pressure_altitude_out_of_its_bounds(altitude_m, qnh_hpa, share):
    low, high = sea_level_bounds(altitude_m)
    standard = float(
        convert_altitude(altitude_m, VerticalDatum.PRESSURE_STANDARD, VerticalDatum.MSL_GEOID, qnh_hpa=qnh_hpa)
    )
    assert low - 1e-6 <= standard * share <= high + 1e-6


@given(st.floats(-1_000.0, 60_000.0), st.floats(0.0, 5_000.0))
def test_bounds_of_pressure_altitudes_hold_it_and_rise_with_it(altitude_m, more_m):
    (low, high), (above_low, above_high) = sea_level_bounds(altitude_m), sea_level_bounds(altitude_m + more_m)
    assert low <= altitude_m <= high
    assert above_low >= low
    assert above_high >= high


@pytest.mark.requirement("SC-VOL-07")
def test_shared_heights_are_told_in_the_first_volumes_datum():
    ellipsoid, sea, level = (
        prepare(volume(500.0, 900.0)),
        prepare(volume(800.0, 1_000.0, SEA)),
        prepare(volume(1_000.0, 2_000.0, PRESSURE)),
    )
    shared = overlap(ellipsoid, sea, Buffer())
    assert (shared.lower_m, shared.upper_m) == (680.0, 900.0)
    shared = overlap(sea, ellipsoid, Buffer(vertical_m=10.0))
    assert (shared.lower_m, shared.upper_m) == (800.0, 1_000.0)
    shared = overlap(level, sea, Buffer())
    assert (shared.lower_m, shared.upper_m) == (1_000.0, 2_000.0)
    assert (
        overlap(ellipsoid, level, Buffer()).datum_uncertainty_m
        == overlap(level, ellipsoid, Buffer()).datum_uncertainty_m
    )
    bottomless = prepare(volume(None, None, PRESSURE))
    assert overlap(bottomless, prepare(volume(None, None)), Buffer()).lower_m is None
