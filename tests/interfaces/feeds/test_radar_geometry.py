"""Range and azimuth to latitude and longitude, against the exact measurement of a known place."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.geodesy.wgs84 import ecef_to_east_north_up, geodetic_to_ecef
from steerclear.interfaces.feeds.radar_geometry import SensorPosition, target_position

latitudes = st.floats(-89.0, 89.0)
longitudes = st.floats(-180.0, 180.0)


@pytest.mark.requirement("SC-FEED-01")
@given(
    latitudes,
    longitudes,
    st.floats(0.0, 3_000.0),
    st.floats(0.0, 360.0),
    st.floats(0.02, 3.5),
    st.floats(0.0, 15_000.0),
)
def test_a_measured_place_is_found_again(
    latitude_deg: float, longitude_deg: float, antenna_m: float, bearing_deg: float, away_deg: float, height_m: float
) -> None:
    """Oracle: what an ideal radar measures of a place, from Earth-centred coordinates alone."""
    sensor = SensorPosition(latitude_deg=latitude_deg, longitude_deg=longitude_deg, height_m=antenna_m)
    north_deg = max(-89.9, min(89.9, latitude_deg + away_deg * math.cos(math.radians(bearing_deg))))
    east_deg = longitude_deg + away_deg * math.sin(math.radians(bearing_deg))
    place_m = geodetic_to_ecef(north_deg, east_deg, height_m)
    east_m, north_m, up_m = ecef_to_east_north_up(place_m, latitude_deg, longitude_deg, antenna_m)
    range_m = math.sqrt(east_m**2 + north_m**2 + up_m**2)
    azimuth_deg = math.degrees(math.atan2(east_m, north_m)) % 360.0
    found_latitude_deg, found_longitude_deg, uncertain_m = target_position(sensor, range_m, azimuth_deg, height_m)
    found_m = geodetic_to_ecef(found_latitude_deg, found_longitude_deg, height_m)
    assert np.linalg.norm(found_m - place_m) < 5.0
    assert uncertain_m == 0.0


@pytest.mark.requirement("SC-FEED-11")
@given(st.floats(0.0, 400_000.0), st.floats(0.0, 360.0), st.floats(0.0, 20_000.0))
def test_an_unknown_height_is_off_by_no_more_than_it_says(range_m: float, azimuth_deg: float, height_m: float) -> None:
    sensor = SensorPosition(latitude_deg=46.0, longitude_deg=14.5, height_m=0.0)
    if height_m > range_m:
        return
    blind_latitude, blind_longitude, uncertain_m = target_position(sensor, range_m, azimuth_deg, None)
    latitude, longitude, _ = target_position(sensor, range_m, azimuth_deg, height_m)
    blind_m, true_m = geodetic_to_ecef(blind_latitude, blind_longitude), geodetic_to_ecef(latitude, longitude)
    assert np.linalg.norm(blind_m - true_m) <= uncertain_m + 0.01 * range_m + 1.0


@pytest.mark.requirement("SC-FEED-01")
def test_overhead_and_at_the_antenna() -> None:
    sensor = SensorPosition(latitude_deg=46.0, longitude_deg=14.5, height_m=400.0)
    for range_m, height_m in ((0.0, 10_000.0), (5_000.0, 12_000.0), (9_600.0, 10_000.0)):
        latitude_deg, longitude_deg, _ = target_position(sensor, range_m, 45.0, height_m)
        assert (latitude_deg, longitude_deg) == pytest.approx((46.0, 14.5), abs=1e-3)
