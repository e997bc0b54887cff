"""Flat figures of zones against brute force: points along the flight, tested one by one on the sphere."""

from math import asin, atan2, cos, degrees, inf, radians, sin, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.model.track import AltitudeDatum
from steerclear.model.zone import Circle, Polygon, Zone
from steerclear.tactical import PictureError
from steerclear.tactical.footprint import band, figure_of, first_inside, foot
from steerclear.tactical.reckoning import move

LOOKAHEAD_S = 300.0


def zone(footprint) -> Zone:
    return Zone(
        zone_id="z",
        name="Z",
        party="north",
        footprint=footprint,
        lower_m=0.0,
        upper_m=1e4,
        altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
        from_s=0.0,
        until_s=1e12,
    )


def entry_s(footprint, latitude_deg, longitude_deg, east_mps, north_mps, window=(0.0, LOOKAHEAD_S)):
    words, ring = figure_of(zone(footprint))
    start = np.array(foot(latitude_deg, longitude_deg))
    end = np.array(foot(*move(latitude_deg, longitude_deg, east_mps, north_mps, LOOKAHEAD_S)))
    return first_inside(start, end, words, ring, window, LOOKAHEAD_S)


def metres(a, b):
    """Distance on a sphere whose radius fits mid latitudes: good to 0.4 %."""
    lat0, lon0, lat1, lon1 = map(radians, (*a, *b))
    h = sin((lat1 - lat0) / 2) ** 2 + cos(lat0) * cos(lat1) * sin((lon1 - lon0) / 2) ** 2
    return 2 * 6_371_000.0 * asin(sqrt(h))


@given(
    centre=st.tuples(st.floats(-89.9, 89.9), st.floats(-180.0, 180.0)),
    radius_m=st.floats(50.0, 200_000.0),
    bearing_deg=st.floats(0.0, 360.0),
    far=st.floats(0.0, 2.0),
    track_deg=st.floats(0.0, 360.0),
    speed_mps=st.floats(0.0, 400.0),
)
@settings(max_examples=150, deadline=None)
@pytest.mark.requirement("SC-TAC-16")
def test_circle_against_points_along_the_flight(centre, radius_m, bearing_deg, far, track_deg, speed_mps):
    out_m = far * radius_m
    start = move(*centre, out_m * sin(radians(bearing_deg)), out_m * cos(radians(bearing_deg)), 1.0)
    east, north = speed_mps * sin(radians(track_deg)), speed_mps * cos(radians(track_deg))
    found = entry_s(Circle(latitude_deg=centre[0], longitude_deg=centre[1], radius_m=radius_m), *start, east, north)
    inner, outer = inf, inf
    for t in np.linspace(0.0, LOOKAHEAD_S, 601):
        away = metres(centre, move(*start, east, north, float(t)))
        if away <= radius_m * 0.99 - 1.0:
            inner = min(inner, t)
        if away <= radius_m * 1.01 + speed_mps + 5.0:
            outer = min(outer, t)
    # Surely inside on the way must be found, not later than then; surely outside throughout must not be found.
    assert found <= inner + 0.02 * LOOKAHEAD_S
    if outer == inf:
        assert found == inf
    else:
        assert found >= outer - 0.02 * LOOKAHEAD_S or found == inf


SQUARE = ((-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5))


@pytest.mark.parametrize("longitude_deg", [0.0, 179.9, -180.0, 77.0])
def test_a_polygon_may_lie_anywhere(longitude_deg):
    ring = tuple((lat, (lon + longitude_deg + 180.0) % 360.0 - 180.0) for lat, lon in SQUARE)
    inside = (0.2, (longitude_deg + 0.2 + 180.0) % 360.0 - 180.0)
    west = (0.0, (longitude_deg - 0.6 + 180.0) % 360.0 - 180.0)
    assert entry_s(Polygon(vertices_deg=ring), *inside, 0.0, 0.0) == 0.0
    assert entry_s(Polygon(vertices_deg=ring), *west, 100.0, 0.0) == pytest.approx(0.1 * 111_320.0 / 100.0, rel=0.01)
    assert entry_s(Polygon(vertices_deg=ring), *west, -100.0, 0.0) == inf


def test_a_polygon_around_the_pole():
    ring = tuple((89.0, lon) for lon in (0.0, 90.0, 180.0, -90.0))
    assert entry_s(Polygon(vertices_deg=ring), 90.0, 0.0, 0.0, 0.0) == 0.0
    assert entry_s(Polygon(vertices_deg=ring), 88.9, 0.0, 0.0, 100.0) == pytest.approx(111.7, rel=0.02)


def test_the_edge_and_the_corner_belong_to_it():
    polygon = Polygon(vertices_deg=SQUARE)
    assert entry_s(polygon, 0.5, 0.5, 0.0, 0.0) == 0.0
    assert entry_s(polygon, 0.0, -0.5, 0.0, 0.0) == 0.0
    # Along a line that touches the corner from outside only.
    assert entry_s(polygon, 0.6, 0.4, 70.71, -70.35) < inf


def test_a_polygon_with_a_bay_is_not_entered_in_the_bay():
    bay = ((-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, 0.1), (-0.3, 0.1), (-0.3, -0.1), (0.5, -0.1), (0.5, -0.5))
    assert entry_s(Polygon(vertices_deg=bay), 0.3, 0.0, 0.0, 0.0) == inf
    assert entry_s(Polygon(vertices_deg=bay), 0.3, 0.0, 0.0, -300.0) == pytest.approx(0.6 * 110_574.0 / 300.0, rel=0.01)
    assert entry_s(Polygon(vertices_deg=bay), 0.3, 0.0, 100.0, 0.0) == pytest.approx(0.1 * 111_320.0 / 100.0, rel=0.01)


@given(
    seed=st.integers(0, 10_000),
    count=st.integers(3, 12),
    start=st.tuples(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5)),
    track_deg=st.floats(0.0, 360.0),
)
@settings(max_examples=150, deadline=None)
@pytest.mark.requirement("SC-TAC-16")
def test_polygon_against_points_along_the_flight(seed, count, start, track_deg):
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0.0, 2.0 * np.pi, count))
    radii = rng.uniform(0.1, 1.0, count)
    ring = tuple(zip((radii * np.cos(angles)).tolist(), (radii * np.sin(angles)).tolist(), strict=True))
    east, north = 300.0 * sin(radians(track_deg)), 300.0 * cos(radians(track_deg))
    found = entry_s(Polygon(vertices_deg=ring), *start, east, north)
    inside = [t for t in np.linspace(0.0, LOOKAHEAD_S, 301) if even_odd(move(*start, east, north, float(t)), ring)]
    if inside:
        assert found <= inside[0] + 1.0
    if found < inf:
        latitude, longitude = move(*start, east, north, found)
        assert near_or_in(latitude, longitude, ring)


def even_odd(place, ring):
    latitude, longitude = place
    odd = False
    for (a_lat, a_lon), (b_lat, b_lon) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (a_lat > latitude) != (b_lat > latitude):
            odd ^= longitude < a_lon + (latitude - a_lat) * (b_lon - a_lon) / (b_lat - a_lat)
    return odd


def near_or_in(latitude, longitude, ring, near_deg=0.01):
    around = [(latitude + near_deg * sin(a), longitude + near_deg * cos(a)) for a in np.linspace(0, 6.28, 16)]
    return any(even_odd(place, ring) for place in [(latitude, longitude), *around])


def test_the_window_cuts_the_stay():
    circle = Circle(latitude_deg=0.0, longitude_deg=0.0, radius_m=5_000.0)
    # Inside from 150 s to 250 s.
    start = (0.0, degrees(-20_000.0 / 6_378_137.0))
    assert entry_s(circle, *start, 100.0, 0.0) == pytest.approx(150.0, rel=0.01)
    assert entry_s(circle, *start, 100.0, 0.0, (200.0, 300.0)) == 200.0
    assert entry_s(circle, *start, 100.0, 0.0, (260.0, 300.0)) == inf
    assert entry_s(circle, *start, 100.0, 0.0, (0.0, 140.0)) == inf


def test_the_far_side_of_the_earth_is_far():
    circle = Circle(latitude_deg=10.0, longitude_deg=10.0, radius_m=400_000.0)
    assert entry_s(circle, -10.0, -170.0, 100.0, 0.0) == inf


@pytest.mark.parametrize(
    ("altitude", "up", "expected"),
    [
        (500.0, 0.0, (0.0, 300.0)),
        (1_000.0, 0.0, (0.0, 300.0)),
        (1_001.0, 0.0, None),
        (1_100.0, -10.0, (10.0, 110.0)),
        (1_100.0, 10.0, None),
        (-50.0, 1.0, (50.0, 300.0)),
        (float("nan"), 0.0, (0.0, 300.0)),
    ],
)
def test_the_time_in_an_altitude_band(altitude, up, expected):
    first, last = band(altitude, up, 0.0, 1_000.0, 300.0)
    assert (first, last) == expected if expected else first > last


@pytest.mark.parametrize(
    "footprint",
    [
        Circle(latitude_deg=0.0, longitude_deg=0.0, radius_m=500_001.0),
        Circle(latitude_deg=0.0, longitude_deg=0.0, radius_m=float("nan")),
        Circle(latitude_deg=91.0, longitude_deg=0.0, radius_m=1.0),
        Polygon(vertices_deg=((0.0, 0.0), (1.0, 1.0))),
        Polygon(vertices_deg=((0.0, 0.0), (0.0, 120.0), (0.0, -120.0))),
        Polygon(vertices_deg=((0.0, 0.0), (30.0, 0.0), (0.0, 30.0))),
        Polygon(vertices_deg=((0.0, 0.0),) * 1_001),
    ],
)
def test_a_footprint_that_cannot_be_watched_is_refused(footprint):
    with pytest.raises(PictureError, match="zone 'z'"):
        figure_of(zone(footprint))


def test_bearing_convention():
    latitude, longitude = move(0.0, 0.0, 1.0, 2.0, 1_000.0)
    assert atan2(longitude, latitude) == pytest.approx(atan2(1.0, 2.0), rel=0.01)
