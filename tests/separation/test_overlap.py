"""Footprints that meet and those that do not: large ones, hostile ones, and laws that hold for all."""

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.geodesy.faults import FootprintError
from steerclear.geodesy.footprints import circle_footprint, polygon_footprint
from steerclear.separation.overlap import contains, footprint_distance_m, footprints_intersect
from tests.geodesy.test_cells import footprints, pairs, places
from tests.geodesy.test_footprints import comb

EARTH = Geodesic.WGS84


def direct(place, bearing, distance):
    there = EARTH.Direct(*place, bearing, distance)
    return there["lat2"], there["lon2"]


@pytest.mark.requirement("SC-VOL-03")
@settings(max_examples=400)
@given(pairs())
def test_order_does_not_matter_and_a_larger_distance_finds_no_less(pair):
    a, b, within_m = pair
    meets = footprints_intersect(a, b, within_m)
    assert footprints_intersect(b, a, within_m) == meets
    if meets:
        assert footprints_intersect(a, b, min(1.1 * within_m + 1.0, 500_000.0))
    apart = footprint_distance_m(a, b)
    assert footprint_distance_m(b, a) == pytest.approx(apart, abs=2e-3)
    slack = 0.01 + 2.0 * (a.excess_m + b.excess_m)
    if apart <= within_m:
        assert meets
    if within_m + slack < apart < 450_000.0:
        assert not meets


@pytest.mark.requirement("SC-VOL-03")
@settings(max_examples=200)
@given(st.data())
def test_everything_meets_itself_and_what_is_in_it(data):
    place = data.draw(places)
    footprint = data.draw(footprints(place, 10.0 ** data.draw(st.floats(0.0, 6.0))))
    assert footprints_intersect(footprint, footprint)
    assert footprint_distance_m(footprint, footprint) < 1e-6
    assert contains(footprint, *footprint.middle_deg) == footprints_intersect(
        footprint, circle_footprint(*footprint.middle_deg, 0.01)
    )


# Edges of thousands of kilometres: the geodesic between the ends is far from every simpler line.
LARGE = {
    "away from the equator": ((0.0, 10.0), (55.0, 60.0)),
    "along a parallel": ((55.0, -30.0), (55.0, 40.0)),
    "over the pole": ((65.0, 0.0), (70.0, 178.0)),
    "across the antimeridian": ((-20.0, 160.0), (-45.0, -160.0)),
}


@pytest.mark.requirement("SC-VOL-03")
@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("part", [0.02, 0.37, 0.5, 0.81])
def test_small_things_beside_a_long_edge_are_told_apart_to_the_centimetre(name, part):
    start, end = LARGE[name]
    path = EARTH.Inverse(*start, *end)
    tip = direct(start, path["azi1"] + 40.0, 0.6 * path["s12"])
    large = polygon_footprint([start[0], end[0], tip[0]], [start[1], end[1], tip[1]])
    on = EARTH.Direct(*start, path["azi1"], part * path["s12"])
    for out in (0.004, 0.03, 5.0, 1_000.0):
        beside = direct((on["lat2"], on["lon2"]), on["azi2"] - 90.0, out)
        within = direct((on["lat2"], on["lon2"]), on["azi2"] + 90.0, out)
        assert contains(large, *beside) == (out < 0.01)
        assert contains(large, *within)
        # Points are 1e-9 degrees apart in double precision at best: a tenth of a millimetre.
        assert contains(large, *beside, within_m=out - 0.003 if out > 0.01 else 0.0)
        spike = direct(beside, on["azi2"] - 90.0, 100.0)
        aside = direct(beside, on["azi2"] - 45.0, 100.0)
        small = polygon_footprint([beside[0], spike[0], aside[0]], [beside[1], spike[1], aside[1]])
        assert footprints_intersect(small, large) == (out < 0.01)
        assert footprint_distance_m(small, large) == pytest.approx(out, abs=0.006)


@pytest.mark.requirement("SC-VOL-04")
@pytest.mark.parametrize("radius_m", [50.0, 20_000.0, 900_000.0])
@pytest.mark.parametrize("centre", [(0.0, 179.99), (89.99, 20.0), (-47.0, 8.0)])
def test_circles_are_round_on_the_ellipsoid(radius_m, centre):
    circle = circle_footprint(*centre, radius_m)
    for bearing in (0.0, 33.0, 90.0, 201.0):
        path = EARTH.Direct(*centre, bearing, radius_m + 0.5)
        near = path["lat2"], path["lon2"]
        far, left = direct(near, path["azi2"], 700.0), direct(near, path["azi2"] + 60.0, 700.0)
        triangle = polygon_footprint([near[0], far[0], left[0]], [near[1], far[1], left[1]])
        assert footprint_distance_m(circle, triangle) == pytest.approx(0.5, abs=2e-3)
        assert not footprints_intersect(circle, triangle)
        assert not footprints_intersect(circle, triangle, 0.485)
        assert footprints_intersect(circle, triangle, 0.5)
        other = circle_footprint(*direct(centre, bearing, radius_m + 800.5), 800.0)
        assert footprint_distance_m(circle, other) == pytest.approx(0.5, abs=2e-3)


@pytest.mark.requirement("SC-VOL-04")
def test_distances_are_those_of_the_geodesic_however_large():
    random = np.random.default_rng(6)
    for _ in range(60):
        place = float(np.degrees(np.arcsin(random.uniform(-1, 1)))), float(random.uniform(-180, 180))
        size, away = 10.0 ** random.uniform(2.0, 5.3), 10.0 ** random.uniform(3.0, 5.4)
        bearing = random.uniform(0.0, 360.0)
        # Two needles point at each other along a geodesic; their tips are the nearest points.
        tip, other = direct(place, bearing, size), direct(place, bearing, size + away)
        on = EARTH.Inverse(*tip, *other)
        ends = [direct(tip, on["azi1"] + turn, size) for turn in (170.0, 190.0)]
        more = [direct(other, on["azi2"] + turn, size) for turn in (-10.0, 10.0)]
        a = polygon_footprint([tip[0], *(p[0] for p in ends)], [tip[1], *(p[1] for p in ends)])
        b = polygon_footprint([other[0], *(p[0] for p in more)], [other[1], *(p[1] for p in more)])
        assert footprint_distance_m(a, b) == pytest.approx(on["s12"], abs=5e-3)
        assert footprints_intersect(a, b, on["s12"])
        assert not footprints_intersect(a, b, on["s12"] - 0.02)


def hanging(teeth, turn_deg, size_deg=0.02):
    """A comb that hangs from above into the gaps of `comb`, a tenth of a tooth away from it."""
    left = (2.0 * np.arange(teeth // 2) + 1.1) / teeth
    x = np.column_stack([left, left, left + 0.8 / teeth, left + 0.8 / teeth]).ravel()
    y = np.tile([1.2, 0.05, 0.05, 1.2], teeth // 2)
    x, y = np.append(x, [1.1, -0.1]), np.append(y, [1.5, 1.5])
    turn = np.radians(turn_deg)
    return 10.0 + size_deg * (np.sin(turn) * x + np.cos(turn) * y), size_deg * (np.cos(turn) * x - np.sin(turn) * y)


@pytest.mark.requirement("SC-VOL-02")
@pytest.mark.parametrize("turn_deg", [0.0, 30.0])
def test_combs_of_ten_thousand_vertices_that_reach_into_each_other_are_told_apart(turn_deg):
    one, other = polygon_footprint(*comb(4_998, turn_deg)), polygon_footprint(*hanging(4_998, turn_deg))
    # A tenth of a tooth of 0.02 degrees / 4,998 is 4.5 cm; geodesics of unequal length bend unequally by another 1 cm.
    assert not footprints_intersect(one, other)
    assert 0.03 < footprint_distance_m(one, other) < 0.05
    assert footprints_intersect(one, other, 0.05)


@pytest.mark.parametrize("within_m", [-1.0, float("nan"), 500_001.0])
def test_absurd_distances_are_refused(within_m):
    circle = circle_footprint(0.0, 0.0, 10.0)
    with pytest.raises(FootprintError, match="round a footprint"):
        footprints_intersect(circle, circle, within_m)
    with pytest.raises(FootprintError, match="latitude"):
        contains(circle, 91.0, 0.0)
