"""Dead reckoning against the geodesic, everywhere on the Earth."""

from math import atan2, degrees, hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.geodesy.paths import destination, surface_distance
from steerclear.tactical.reckoning import move


@given(
    latitude_deg=st.floats(-90.0, 90.0),
    longitude_deg=st.floats(-180.0, 180.0),
    east_mps=st.floats(-250.0, 250.0),
    north_mps=st.floats(-250.0, 250.0),
    seconds=st.floats(-10.0, 60.0),
)
@pytest.mark.requirement("SC-TAC-13")
def test_an_aircraft_is_flown_on_along_the_geodesic(latitude_deg, longitude_deg, east_mps, north_mps, seconds):
    bearing_deg, away_m = degrees(atan2(east_mps, north_mps)), hypot(east_mps, north_mps) * seconds
    if away_m < 0.0:
        bearing_deg, away_m = bearing_deg + 180.0, -away_m
    expected = destination(latitude_deg, longitude_deg, bearing_deg % 360.0, away_m)
    got = move(latitude_deg, longitude_deg, east_mps, north_mps, seconds)
    assert float(surface_distance(*got, float(expected[0]), float(expected[1]))) <= 0.1 + 1e-5 * away_m


def test_no_time_is_no_movement_to_the_last_bit():
    assert move(47.123456789, -179.987654321, 250.0, 10.0, 0.0) == (47.123456789, -179.987654321)
