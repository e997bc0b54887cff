"""Coordinates against reference values of PROJ (EPSG:4979 to EPSG:4978)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.geodesy import units, wgs84

ECEF = [
    (0, 0, 0, 6378137.000000, 0.000000, 0.000000),
    (90, 0, 0, 0.000000, 0.000000, 6356752.314245),
    (-90, 45, 100, 0.000000, 0.000000, -6356852.314245),
    (0, 180, 10, -6378147.000000, 0.000000, 0.000000),
    (45, 45, 1000, 3194919.145061, 3194919.145061, 4488055.515647),
    (51.4778, -0.0015, 45, 3980609.237098, -104.212106, 4966859.728504),
    (-33.8688, 151.2093, 12000, -4654783.387286, 2558005.017623, -3541059.904503),
    (89.9999, -120, 5000, -5.589062, -9.680540, 6361752.314235),
    (1e-05, -179.99999, 100000, -6478137.000000, -1.130648, 1.123196),
    (-12.5, 77.25, -50, 1374476.590792, 6074312.496732, -1371444.285036),
]
latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
heights = st.floats(-10_000, 1_000_000)


@pytest.mark.requirement("SC-GEO-01")
def test_earth_centred_coordinates_match_proj():
    table = np.array(ECEF)
    ours = wgs84.geodetic_to_ecef(table[:, 0], table[:, 1], table[:, 2])
    np.testing.assert_allclose(ours, table[:, 3:], atol=2e-6, rtol=0)


@pytest.mark.requirement("SC-GEO-01")
@given(latitudes, longitudes, heights)
def test_there_and_back(latitude, longitude, height):
    place = wgs84.geodetic_to_ecef(latitude, longitude, height)
    back = wgs84.ecef_to_geodetic(place)
    assert abs(back[0] - latitude) <= 1e-11
    assert abs(back[2] - height) <= 1e-6
    np.testing.assert_allclose(wgs84.geodetic_to_ecef(*back), place, atol=1e-6, rtol=0)


@given(latitudes, longitudes)
def test_local_axes_are_orthonormal_and_point_as_named(latitude, longitude):
    east, north = wgs84.east_north(latitude, longitude)
    up = wgs84.surface_normal(latitude, longitude)
    axes = np.stack([east, north, up])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-15)
    np.testing.assert_allclose(np.cross(east, north), up, atol=1e-15)


@given(latitudes, longitudes, st.tuples(*[st.floats(-1e5, 1e5)] * 3))
def test_local_frame_there_and_back(latitude, longitude, offset):
    there = wgs84.east_north_up_to_ecef(offset, latitude, longitude, 100.0)
    back = wgs84.ecef_to_east_north_up(there, latitude, longitude, 100.0)
    np.testing.assert_allclose(back, offset, atol=1e-8, rtol=0)


def test_a_step_north_east_and_up_goes_there():
    lat, lon, height = wgs84.ecef_to_geodetic(wgs84.east_north_up_to_ecef([[10, 0, 0], [0, 10, 0], [0, 0, 10]], 50, 10))
    assert lon[0] > 10
    assert lat[1] > 50
    assert height[2] == pytest.approx(10)
    along, across = wgs84.radii_of_curvature(50.0)
    assert np.radians(lat[1] - 50) * along == pytest.approx(10, rel=1e-5)
    assert np.radians(lon[0] - 10) * across * np.cos(np.radians(50)) == pytest.approx(10, rel=1e-5)


def test_units_are_the_fields():
    assert units.NM_M == 1852.0
    assert units.FT_M == 0.3048
    assert pytest.approx(1852.0) == units.KT_MPS * 3600
    assert pytest.approx(0.3048) == units.FPM_MPS * 60
