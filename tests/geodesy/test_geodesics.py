"""Compiled shortest paths and planes against GeographicLib."""

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from steerclear.geodesy import planes, rings
from steerclear.geodesy.geodesics import length_and_bearing, place_on_path

EARTH = Geodesic.WGS84


def places(seed, count, spread_deg):
    random = np.random.default_rng(seed)
    for _ in range(count):
        latitude, longitude = np.degrees(np.arcsin(random.uniform(-1, 1))), random.uniform(-180, 180)
        path = EARTH.Direct(latitude, longitude, random.uniform(0, 360), spread_deg * 111_000 * random.random())
        yield latitude, longitude, path["lat2"], path["lon2"]
    yield 90.0, 0.0, 89.0, 40.0
    yield 89.0, 40.0, 90.0, 0.0
    yield -90.0, 13.0, -80.0, 100.0
    yield 0.0, 179.9, 0.0, -179.9


@pytest.mark.parametrize("spread_deg", [0.001, 1.0, 80.0])
def test_length_bearing_and_places_between_agree_with_geographiclib(spread_deg):
    for lat_1, lon_1, lat_2, lon_2 in places(1, 300, spread_deg):
        one, other = planes.foot(lat_1, lon_1), planes.foot(lat_2, lon_2)
        length, bearing = length_and_bearing(*one, *other)
        truth = EARTH.Inverse(lat_1, lon_1, lat_2, lon_2)
        assert length == pytest.approx(truth["s12"], abs=2e-4)
        x, y, z = place_on_path(*one, bearing, 0.3 * length)
        between = EARTH.Direct(lat_1, lon_1, truth["azi1"], 0.3 * truth["s12"])
        assert np.linalg.norm(np.array([x, y, z]) - planes.foot(between["lat2"], between["lon2"])) < 1e-3


def test_the_arc_of_a_chord_is_the_geodesic():
    for lat_1, lon_1, lat_2, lon_2 in places(2, 300, 1.0):
        arc = planes.arc_of_chord(*planes.foot(lat_1, lon_1), *planes.foot(lat_2, lon_2))
        truth = EARTH.Inverse(lat_1, lon_1, lat_2, lon_2)["s12"]
        assert arc == pytest.approx(truth, abs=1e-7 if truth < 10_000 else 1e-3 if truth < 300_000 else 0.2)


@pytest.mark.requirement("SC-VOL-01")
@pytest.mark.parametrize("length_m", [1_000.0, 5_500.0, 12_000.0, 24_000.0])
def test_a_great_ellipse_leaves_the_geodesic_by_at_most_what_is_said(length_m):
    worst = 0.0
    for latitude in np.linspace(-89.9, 89.9, 61):
        for bearing in np.linspace(0.0, 180.0, 25):
            middle, end = (EARTH.Direct(latitude, 10.0, bearing, s) for s in (length_m / 2.0, length_m))
            a, b = planes.foot(latitude, 10.0), planes.foot(end["lat2"], end["lon2"])
            normal = np.cross(a, b) / np.linalg.norm(np.cross(a, b))
            worst = max(worst, abs(np.dot(normal, planes.foot(middle["lat2"], middle["lon2"]))))
    bound = rings.BULGE * length_m**2
    assert 0.9 * bound < worst <= bound


def test_planes_show_the_same_places_and_bound_the_stretch_of_lengths():
    random = np.random.default_rng(3)
    for _ in range(200):
        latitude, longitude = np.degrees(np.arcsin(random.uniform(-1, 1))), random.uniform(-180, 180)
        plane, other, matrix = np.empty(13), np.empty(13), np.empty((3, 3))
        planes.touch(*planes.foot(latitude, longitude), plane)
        away = 10.0 ** random.uniform(1.0, 6.6)
        near = EARTH.Direct(latitude, longitude, random.uniform(0, 360), away)
        planes.touch(*planes.foot(near["lat2"], near["lon2"]), other)
        planes.turn(other, plane, matrix)
        step = away * 1e-3
        end = EARTH.Direct(near["lat2"], near["lon2"], random.uniform(0, 360), step)
        x, y, w = matrix @ [*planes.project(other, *planes.foot(end["lat2"], end["lon2"]))[:2], 1.0]
        there = planes.project(plane, *planes.foot(end["lat2"], end["lon2"]))
        assert (x / w, y / w) == pytest.approx(there[:2], abs=1e-7 + 1e-14 * away)
        lifted = planes.lift(plane, *there[:2])
        assert lifted == pytest.approx(planes.foot(end["lat2"], end["lon2"]), abs=1e-6)
        start = planes.project(plane, *planes.foot(near["lat2"], near["lon2"]))
        seen = np.hypot(there[0] - start[0], there[1] - start[1])
        rounding = 1e-8
        assert seen <= step * planes.stretch(away + step) + rounding
        assert seen >= step * (1.0 - planes.SHRINK * (away + step) / 6_356_752.0) - rounding
