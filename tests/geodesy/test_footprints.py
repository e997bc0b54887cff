"""What is a footprint, what is none and why, and how large it is."""

import math

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from steerclear.geodesy import limits
from steerclear.geodesy.faults import FootprintError
from steerclear.geodesy.footprints import circle_footprint, polygon_footprint
from steerclear.separation.overlap import contains

EARTH = Geodesic.WGS84
SURFACE_M2 = 510_065_621_724_088.44
TURN = np.linspace(0.0, 2.0 * np.pi, 9_999, endpoint=False)


def area_and_perimeter(latitude, longitude):
    polygon = EARTH.Polygon()
    for vertex in zip(latitude, longitude, strict=True):
        polygon.AddPoint(*vertex)
    _, perimeter, area = polygon.Compute(False, True)
    return min(abs(area), SURFACE_M2 - abs(area)), perimeter


KNOWN = {
    "a kilometre": ([47.0, 47.01, 47.01, 47.0], [8.0, 8.0, 8.013, 8.013]),
    "across the antimeridian": ([50.0, 50.5, 50.5, 50.0], [179.8, 179.8, -179.7, -179.7]),
    "counted from 0 to 360": ([50.0, 50.5, 50.5, 50.0], [179.8, 179.8, 180.3, 180.3]),
    "round the north pole": ([80.0] * 4, [0.0, 90.0, 180.0, -90.0]),
    "round the south pole": ([-60.0] * 7, list(np.arange(7) * 50.0)),
    "a vertex at the pole": ([-89.0, -90.0, -89.0], [0.0, 13.0, 90.0]),
    "a continent": ([0.0, 30.0, 20.0, -30.0], [0.0, 5.0, 40.0, 30.0]),
    "on the equator": ([0.0, 0.0, 0.5], [0.0, 1.0, 0.5]),
    "a corridor": ([10.0, 10.3, 10.3005, 10.0005], [20.0, 20.4, 20.4, 20.0]),
}


@pytest.mark.requirement("SC-VOL-01")
@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("backwards", [False, True])
def test_area_and_perimeter_are_those_of_geographiclib(name, backwards):
    latitude, longitude = (values[:: -1 if backwards else 1] for values in KNOWN[name])
    footprint = polygon_footprint(latitude, longitude)
    area, perimeter = area_and_perimeter(latitude, longitude)
    assert footprint.area_m2 == pytest.approx(area, rel=1e-7)
    assert footprint.perimeter_m == pytest.approx(perimeter, rel=1e-9)


@pytest.mark.requirement("SC-VOL-01")
def test_areas_of_centimetres_are_measured_too():
    side = 0.02 / 111_319.49
    footprint = polygon_footprint([0.0, 0.0, side, side], [10.0, 10.0 + side, 10.0 + side, 10.0])
    # GeographicLib itself sums areas of the size of the Earth; here the flat rectangle is the better judge.
    assert footprint.area_m2 == pytest.approx(0.02 * 0.02 * 0.9933, rel=1e-3)


@pytest.mark.requirement("SC-VOL-01")
def test_either_winding_bounds_the_smaller_area():
    for latitude, longitude in ([10.0, 10.0, 11.0, 11.0], [5.0, 6.0, 6.0, 5.0]), ([70.0] * 3, [0.0, 120.0, 240.0]):
        middle = (10.5, 5.5) if latitude[0] == 10.0 else (89.0, 77.0)
        for step in (1, -1):
            footprint = polygon_footprint(latitude[::step], longitude[::step])
            assert contains(footprint, *middle)
            assert not contains(footprint, -middle[0], middle[1])


@pytest.mark.requirement("SC-VOL-01")
@pytest.mark.parametrize("radius_m", [0.01, 100.0, 30_000.0, 49_999.0, 50_001.0, 2_000_000.0])
def test_a_circle_is_as_large_as_a_polygon_of_many_sides(radius_m):
    footprint = circle_footprint(50.0, 179.99, radius_m)
    sides = 720
    ring = [EARTH.Direct(50.0, 179.99, 360.0 * k / sides, radius_m) for k in range(sides)]
    area, perimeter = area_and_perimeter([p["lat2"] for p in ring], [p["lon2"] for p in ring])
    lack = (math.pi / sides) ** 2
    if radius_m >= 100.0:
        assert footprint.area_m2 == pytest.approx(area * (1.0 + 2.0 * lack / 3.0), rel=2e-6)
    assert footprint.perimeter_m == pytest.approx(perimeter * (1.0 + lack / 6.0), rel=2e-6)


SQUARE = ([0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0])
REFUSED = {
    "two vertices": ([0.0, 1.0], [0.0, 1.0], "2 vertices; it needs at least 3"),
    "uneven": ([0.0, 1.0, 1.0], [0.0, 1.0], "as many latitudes as longitudes"),
    "too many": ([*TURN, 1.0, 2.0], [*TURN, 1.0, 2.0], "10001 vertices; at most 10000"),
    "no number": ([0.0, math.nan, 1.0], [0.0, 1.0, 1.0], "vertex 2: latitude nan"),
    "no latitude": ([0.0, 1.0, 91.0], [0.0, 1.0, 1.0], "vertex 3: latitude 91.0"),
    "no longitude": ([0.0, 1.0, 1.0], [0.0, 1.0, math.inf], "vertex 3: longitude inf"),
    "closed": ([0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 1.0, 0.0], "the last vertex repeats the first: leave vertex 4 out"),
    "closed over the antimeridian": ([0.0, 1.0, 1.0, 0.0], [180.0, 179.0, 178.0, -180.0], "repeats the first"),
    "the pole twice": ([90.0, 80.0, 90.0, 80.0], [0.0, 10.0, 20.0, 30.0], "vertices 1 and 3 are the same place"),
    "a place twice": ([0.0, 1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0, 0.0], "vertices 2 and 5 are the same place"),
    "a bow tie": ([0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0], "edges after vertices 1 and 3 cross or touch"),
    "a vertex on an edge": ([0.0, 0.0, 1.0, 0.0], [0.0, 2.0, 1.0, 1.0], "cross or touch|run back"),
    "a spike": ([0.0, 0.0, 1.0, 2.0, 1.0], [0.0, 1.0, 1.0, 1.0, 0.0], None),
    "there and back": ([10.0, 11.0, 12.0], [20.0, 20.0, 20.0], "cross or touch|no area|run back"),
    "round the equator": ([0.0] * 4, [0.0, 90.0, 180.0, 270.0], "reaches farther than 5,000 km"),
    "half the Earth": ([50.0, 0.0, -50.0, 0.0], [0.0, 50.0, 0.0, -50.0], "reaches farther than 5,000 km"),
    "a hair": ([0.0, 0.0, 1e-9], [0.0, 1.0, 0.5], "no area"),
}


@pytest.mark.requirement("SC-VOL-02")
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_footprint_is_refused_with_the_reason(name):
    latitude, longitude, reason = REFUSED[name]
    if reason is None:
        assert polygon_footprint(latitude, longitude).vertices == len(latitude)
        return
    with pytest.raises(FootprintError, match=reason):
        polygon_footprint(latitude, longitude)


@pytest.mark.requirement("SC-VOL-02")
@pytest.mark.parametrize("radius_m", [0.0, -1.0, math.nan, math.inf, 2_000_001.0])
def test_what_is_no_circle_is_refused(radius_m):
    with pytest.raises(FootprintError, match="radius"):
        circle_footprint(0.0, 0.0, radius_m)
    with pytest.raises(FootprintError, match="the centre: latitude"):
        circle_footprint(90.1, 0.0, 10.0)


def comb(teeth, turn_deg, size_deg=0.02):
    x, y = np.repeat(np.arange(teeth) / teeth, 2), np.tile([0.0, 1.0, 1.0, 0.0], teeth // 2 + 1)[: 2 * teeth]
    x, y = np.append(x, [1.0, 0.0]), np.append(y, [-0.1, -0.1])
    turn = np.radians(turn_deg)
    return 10.0 + size_deg * (np.sin(turn) * x + np.cos(turn) * y), size_deg * (np.cos(turn) * x - np.sin(turn) * y)


def spiral(vertices, turns):
    out = np.linspace(0.0, 1.0, vertices // 2)
    angle = np.concatenate([out, out[::-1]]) * turns * 2.0 * np.pi
    radius = np.concatenate([0.2 + out, 0.2 + out[::-1] + 0.4 / turns])
    return 10.0 + 0.01 * radius * np.sin(angle), 0.01 * radius * np.cos(angle)


def crossed(latitude, longitude):
    latitude, longitude = latitude.copy(), longitude.copy()
    half = len(latitude) // 2
    latitude[[half, half + 2]] = latitude[[half + 2, half]]
    longitude[[half, half + 2]] = longitude[[half + 2, half]]
    return latitude, longitude


@pytest.mark.requirement("SC-VOL-02")
@pytest.mark.parametrize("turn_deg", [0.0, 22.5, 45.0, 90.0])
def test_a_comb_of_ten_thousand_vertices_is_taken_and_a_crossed_one_refused(turn_deg):
    whole = comb(4_999, turn_deg)
    footprint = polygon_footprint(*whole)
    assert footprint.vertices == 10_000
    with pytest.raises(FootprintError, match=r"cross or touch|same place"):
        polygon_footprint(*crossed(*whole))


@pytest.mark.requirement("SC-VOL-02")
def test_made_up_figures_of_ten_thousand_vertices_are_refused():
    random = np.random.default_rng(4)
    star = 10.0 + 0.01 * np.sin(TURN * 4_999), 0.01 * np.cos(TURN * 4_999)
    scribble = 10.0 + 0.01 * random.random(10_000), 0.01 * random.random(10_000)
    there_and_back = np.where(np.arange(10_000) % 2, 0.0, 0.01) + np.arange(10_000) * 1e-10, np.arange(10_000) * 1e-10
    for figure in (star, scribble, crossed(*spiral(10_000, 300)), there_and_back):
        with pytest.raises(FootprintError, match=r"cross or touch|same place"):
            polygon_footprint(*figure)
    for figure in (comb(4_999, 45.0, 10.0), (40.0 * random.random(10_000), 40.0 * random.random(10_000))):
        with pytest.raises(FootprintError, match="longer than 100,000 km round"):
            polygon_footprint(*figure)


@pytest.mark.requirement("SC-VOL-02")
@pytest.mark.parametrize("seed", range(40))
def test_crossings_are_found_wherever_brute_force_finds_them(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(4, 40))
    angle = np.sort(random.uniform(0.0, 2.0 * np.pi, count)) + random.normal(0.0, 0.3 / count, count)
    out = random.uniform(0.5, 1.0, count)
    latitude, longitude = 1e-3 * out * np.sin(angle), 1e-3 * out * np.cos(angle)
    simple = bool(shapely.is_simple(shapely.linearrings(np.column_stack([longitude, latitude]))))
    if simple:
        assert polygon_footprint(latitude, longitude).vertices == count
    else:
        with pytest.raises(FootprintError, match="cross or touch"):
            polygon_footprint(latitude, longitude)


def test_no_piece_of_an_edge_is_longer_than_stated():
    footprint = polygon_footprint(*KNOWN["a continent"])
    assert footprint.flat.shape[1] <= 4 + limits.MAX_CUTS
    assert footprint.excess_m <= 0.0021
