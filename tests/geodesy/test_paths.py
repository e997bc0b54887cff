"""Shortest paths against Karney's solution (GeographicLib)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.geodesy.faults import NotConvergedError
from steerclear.geodesy.paths import destination, distance_and_bearing, surface_distance

# latitude, longitude, to latitude, to longitude, metres, first bearing
INVERSE = [
    (0, 0, 0, 1, 111319.490793, 90.000000000),
    (0, 0, 1, 0, 110574.388558, 0.000000000),
    (50.0, -5.0, 58.0, -3.0, 899937.705733, 7.575054368),
    (-37.95103341666667, 144.42486788888888, -37.65282113888889, 143.92649552777777, 54972.271139, 306.868159203),
    (89.9, 10, 89.9, -170, 22338.795683, 0.000000000),
    (45, 179.9, 45.2, -179.9, 27236.646702, 35.236930583),
    (40.6, -73.8, 51.6, -0.5, 5551759.400319, 51.198882846),
    (-80, 0, 80, 20, 17804586.311283, 10.160461482),
    (12.5, 100.0, 12.5001, 100.0001, 15.509156, 44.496201455),
    (22.122, 87.043, 53.135, 159.282, 6893206.408657, 40.442809957),
    (43.182, 152.037, -84.779, -12.376, 15344586.707148, 182.104161071),
    (79.804, 53.631, 72.162, -139.246, 3111854.264702, 8.397393029),
    (-5.568, -91.234, 7.877, 26.619, 13166884.710537, 84.071642124),
    (-87.639, -101.977, -39.693, 149.884, 5692643.686463, 250.027109400),
    (47.831, -122.542, 53.486, -130.044, 821977.601437, 322.714642051),
    (21.141, -134.388, -89.681, 133.706, 12341801.213849, 180.342854349),
    (-52.298, -102.427, 86.836, 134.067, 15984410.742238, 355.508791652),
    (-37.925, 166.132, 7.06, 64.019, 11554195.247923, 268.000662214),
    (-53.14, 158.751, 34.316, 167.963, 9729945.611484, 7.632026810),
]


@pytest.mark.requirement("SC-GEO-02")
def test_distance_and_bearing_match_karney():
    table = np.array(INVERSE)
    length, bearing = distance_and_bearing(*table[:, :4].T)
    np.testing.assert_allclose(length, table[:, 4], atol=1e-4, rtol=0)
    apart = (bearing - table[:, 5] + 180.0) % 360.0 - 180.0
    # A bearing from a point near the other is only as good as the points.
    assert np.abs(apart * table[:, 4]).max() <= 1e-6 * 1.6e7


@pytest.mark.requirement("SC-GEO-02")
def test_destination_matches_karney():
    table = np.array(INVERSE)
    latitude, longitude = destination(table[:, 0], table[:, 1], table[:, 5], table[:, 4])
    assert surface_distance(latitude, longitude, table[:, 2], table[:, 3]).max() <= 0.02


def test_no_way_at_all():
    length, bearing = distance_and_bearing(10.0, 20.0, 10.0, 20.0)
    assert (length, bearing) == (0.0, 0.0)


def test_nearly_antipodal_points_are_refused():
    with pytest.raises(NotConvergedError, match="antipodal"):
        surface_distance(0.0, 0.0, 0.5, 179.7)


@given(st.floats(-89.9, 89.9), st.floats(-180, 180), st.floats(0, 360), st.floats(1.0, 1e7))
def test_going_there_takes_the_way_back_as_long(latitude, longitude, bearing, distance):
    to_latitude, to_longitude = destination(latitude, longitude, bearing, distance)
    assert abs(surface_distance(latitude, longitude, to_latitude, to_longitude) - distance) <= 1e-3
    assert abs(surface_distance(to_latitude, to_longitude, latitude, longitude) - distance) <= 1e-3
