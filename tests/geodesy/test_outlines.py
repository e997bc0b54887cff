"""Rings as they are drawn and written: around what they stand for, along shortest paths, cut where a map is cut."""

from __future__ import annotations

import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon
from shapely.ops import unary_union

from steerclear.geodesy.capsules import capsules
from steerclear.geodesy.faults import GeodesyError
from steerclear.geodesy.map_rings import map_polygons
from steerclear.geodesy.outlines import circle_outline, follow_paths

EARTH = Geodesic.WGS84


def ring_area_m2(latitudes: np.ndarray, longitudes: np.ndarray) -> float:
    polygon = EARTH.Polygon()
    for latitude, longitude in zip(latitudes.tolist(), longitudes.tolist(), strict=True):
        polygon.AddPoint(latitude, longitude)
    return abs(polygon.Compute(sign=True)[2])


def around(latitude: float, longitude: float, radii_m: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """A star-shaped ring, counter-clockwise, with one vertex in each direction."""
    places = [
        EARTH.Direct(latitude, longitude, -360.0 * index / len(radii_m), radius) for index, radius in enumerate(radii_m)
    ]
    return np.array([each["lat2"] for each in places]), np.array([each["lon2"] for each in places])


CENTRES = st.sampled_from(
    [
        (46.0, 7.0),
        (10.0, 180.0),
        (-17.0, 179.9),
        (0.0, -180.0),
        (89.9, 30.0),
        (-89.95, -120.0),
        (90.0, 0.0),
        (85.0, 179.0),
    ]
)


@pytest.mark.requirement("SC-FMT-07")
@settings(max_examples=30, deadline=None)
@given(centre=CENTRES, radii_m=st.lists(st.floats(2_000.0, 60_000.0), min_size=3, max_size=12))
def test_a_map_shows_exactly_the_area_of_a_ring_wherever_it_lies(
    centre: tuple[float, float], radii_m: list[float]
) -> None:
    ring = around(*centre, radii_m)
    parts = map_polygons(*follow_paths(*ring, 0.05))
    shapes = [Polygon(part) for part in parts]
    for part, shape in zip(parts, shapes, strict=True):
        assert shape.exterior.is_ccw
        assert all(-180.0 <= x <= 180.0 and -90.0 <= y <= 90.0 for x, y in part)
    # Karney's area of all parts, whose edges along the antimeridian and the poles cancel or have none.
    total = sum(ring_area_m2(np.array([y for _, y in part]), np.array([x for x, _ in part])) for part in parts)
    assert total == pytest.approx(ring_area_m2(*ring), rel=2e-5, abs=1.0)


@pytest.mark.requirement("SC-FMT-07")
def test_a_comb_across_the_antimeridian_becomes_its_teeth() -> None:
    """By hand: a bar west of 180 with three teeth over it; each tooth is a polygon of its own on the other side."""
    latitudes, longitudes = [0.0], [179.0]
    for tooth in range(3):
        latitudes += [0.2 * tooth, 0.2 * tooth, 0.2 * tooth + 0.1, 0.2 * tooth + 0.1]
        longitudes += [179.5, -179.5, -179.5, 179.5]
    latitudes += [0.5]
    longitudes += [179.0]
    parts = map_polygons(np.array(latitudes[1:] + latitudes[:1]), np.array(longitudes[1:] + longitudes[:1]))
    west = [part for part in parts if max(x for x, _ in part) < 0.0]
    assert len(west) == 3
    assert [sorted({round(y, 6) for _, y in part}) for part in sorted(west, key=lambda part: part[0][1])] == [
        [0.0, 0.1],
        [0.2, 0.3],
        [0.4, 0.5],
    ]
    assert len(parts) == 4


@pytest.mark.requirement("SC-FMT-07")
def test_what_contains_a_pole_is_closed_over_the_edge_of_the_map() -> None:
    parts = map_polygons(*circle_outline(90.0, 0.0, 100_000.0, 36))
    assert len(parts) == 1
    assert {x for x, y in parts[0] if y == 90.0} == {-180.0, 180.0}
    south = map_polygons(*follow_paths(*circle_outline(-89.0, 10.0, 300_000.0, 36), 1.0))
    assert any(y == -90.0 for part in south for _, y in part)
    assert unary_union([Polygon(part) for part in south]).contains(Point(100.0, -89.9))


@pytest.mark.requirement("SC-FMT-07")
def test_an_edge_through_the_pole_runs_up_one_meridian_and_down_the_other() -> None:
    latitudes, longitudes = follow_paths([88.0, 88.0, 80.0], [10.0, -170.0, -90.0], 1.0)
    parts = map_polygons(latitudes, longitudes)
    total = sum(ring_area_m2(np.array([y for _, y in part]), np.array([x for x, _ in part])) for part in parts)
    assert total == pytest.approx(ring_area_m2(np.array([88.0, 88.0, 80.0]), np.array([10.0, -170.0, -90.0])), rel=1e-3)


@pytest.mark.requirement("SC-FMT-07")
@pytest.mark.parametrize("latitude", [0.0, 46.0, -80.0, 90.0])
@pytest.mark.parametrize("radius_m", [1.0, 1_000.0, 100_000.0])
def test_a_circle_is_drawn_as_a_polygon_around_it(latitude: float, radius_m: float) -> None:
    latitudes, longitudes = circle_outline(latitude, 7.0, radius_m, 72)
    for index in range(72):
        begin = (latitudes[index], longitudes[index])
        end = (latitudes[(index + 1) % 72], longitudes[(index + 1) % 72])
        line = EARTH.InverseLine(*begin, *end)
        middle = line.Position(line.s13 / 2.0)
        away_m = EARTH.Inverse(latitude, 7.0, middle["lat2"], middle["lon2"])["s12"]
        assert radius_m <= away_m <= radius_m * 1.002 + 0.05


@pytest.mark.requirement("SC-FMT-07")
def test_points_are_added_until_the_map_follows_the_shortest_path() -> None:
    latitudes, longitudes = follow_paths([60.0, 60.0], [0.0, 10.0], 5.0, closed=False)
    line = EARTH.InverseLine(60.0, 0.0, 60.0, 10.0)
    for share in np.linspace(0.0, 1.0, 101):
        at = line.Position(share * line.s13)
        drawn = np.interp(at["lon2"], longitudes, latitudes)
        assert abs(drawn - at["lat2"]) * 111_000.0 < 5.5
    assert len(latitudes) < 200


@pytest.mark.requirement("SC-FMT-01")
@settings(max_examples=25, deadline=None)
@given(
    latitude=st.floats(-89.9, 89.9),
    longitude=st.floats(-180.0, 180.0),
    bearing=st.floats(0.0, 360.0),
    length_m=st.sampled_from([0.0, 5.0, 3_000.0, 100_000.0, 199_000.0]),
    within_m=st.sampled_from([1.0, 300.0, 9_260.0, 100_000.0, 500_000.0]),
)
def test_a_capsule_contains_all_within_its_distance(
    latitude: float, longitude: float, bearing: float, length_m: float, within_m: float
) -> None:
    """All around the piece, at the full distance: to the left of every edge, by bearings of Karney's geodesics."""
    end = EARTH.Direct(latitude, longitude, bearing, length_m)
    axes = capsules(latitude, longitude, end["lat2"], end["lon2"], within_m)
    ring = list(zip(axes[0].tolist(), axes[1].tolist(), strict=True))
    line = EARTH.DirectLine(latitude, longitude, bearing, length_m)
    probes = [(0.0, turn) for turn in range(90, 271, 36)] + [(length_m, turn) for turn in range(-90, 91, 36)]
    probes += [(share * length_m, side) for share in (0.2, 0.5) for side in (-90, 90)]
    for along_m, turn in probes:
        at = line.Position(along_m)
        probe = EARTH.Direct(at["lat2"], at["lon2"], at["azi2"] + turn, within_m)
        for here, there in zip(ring, ring[1:] + ring[:1], strict=True):
            edge = EARTH.Inverse(*here, *there)["azi1"]
            seen = EARTH.Inverse(*here, probe["lat2"], probe["lon2"])["azi1"]
            assert math.sin(math.radians(seen - edge)) <= 0.0


@pytest.mark.requirement("SC-FMT-01")
def test_a_piece_that_is_too_long_is_refused() -> None:
    with pytest.raises(GeodesyError, match="cut it into shorter ones"):
        capsules(0.0, 0.0, 0.0, 3.0, 100.0)
