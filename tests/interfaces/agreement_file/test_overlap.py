"""Areas of authority overlap or only touch, wherever on the Earth they lie."""

from __future__ import annotations

from math import cos, radians

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.geodesy.paths import distance_and_bearing
from steerclear.interfaces.agreement_file.overlap import (
    TOUCHING_M,
    Plane,
    areas_overlap,
    competing_areas,
    footprints_overlap,
)
from steerclear.model.agreement import AreaOfAuthority
from steerclear.model.track import AltitudeDatum
from steerclear.model.zone import Circle, Polygon

DEGREE_M = 111_195.0


def ring(*vertices: tuple[float, float]) -> Polygon:
    return Polygon(vertices_deg=vertices)


def square(south: float, west: float, north: float, east: float) -> Polygon:
    return ring((south, west), (north, west), (north, east), (south, east))


def shifted(shape: Circle | Polygon, longitude_deg: float) -> Circle | Polygon:
    """Turned around the Earth's axis, across the antimeridian if need be."""

    def turned(longitude: float) -> float:
        return (longitude + longitude_deg + 180.0) % 360.0 - 180.0

    if isinstance(shape, Circle):
        return msgspec.structs.replace(shape, longitude_deg=turned(shape.longitude_deg))
    return ring(*((latitude, turned(longitude)) for latitude, longitude in shape.vertices_deg))


CASES = {
    "apart": (square(0, 0, 1, 1), square(0, 2, 1, 3), False),
    "common edge": (square(0, 0, 1, 1), square(0, 1, 1, 2), False),
    "common corner": (square(0, 0, 1, 1), square(1, 1, 2, 2), False),
    "part of an edge in common": (square(0, 0, 1, 1), square(0.25, 1, 0.75, 2), False),
    "the same": (square(0, 0, 1, 1), square(0, 0, 1, 1), True),
    "the same, turned and begun elsewhere": (square(0, 0, 1, 1), ring((1, 1), (1, 0), (0, 0), (0, 1)), True),
    "crossing": (square(0, 0, 1, 1), square(0.5, 0.5, 2, 2), True),
    "a cross without a vertex inside": (square(0.4, 0, 0.6, 1), square(0, 0.4, 1, 0.6), True),
    "a narrow strip across, far from every middle": (square(0.3, 0, 0.4, 1), square(0, 0.05, 1, 0.1), True),
    "one within the other": (square(0, 0, 1, 1), square(0.4, 0.4, 0.6, 0.6), True),
    "half of it": (square(0, 0, 1, 1), square(0, 0, 0.5, 1), True),
    "across the middle, between two vertices": (square(0, 0, 1, 1), ring((0, 0), (1, 1), (1, 0)), True),
    "in the mouth of a horseshoe": (
        ring((0, 0), (0, 3), (3, 3), (3, 2), (1, 2), (1, 1), (3, 1), (3, 0)),
        square(1, 1, 2, 2),
        False,
    ),
    "over the arms of a horseshoe": (
        ring((0, 0), (0, 3), (3, 3), (3, 2), (1, 2), (1, 1), (3, 1), (3, 0)),
        square(2, 0.5, 2.5, 2.5),
        True,
    ),
    "circle over an edge": (square(0, 0, 1, 1), Circle(latitude_deg=0.5, longitude_deg=1.1, radius_m=20_000), True),
    "circle short of it": (
        square(0, 0, 1, 1),
        Circle(latitude_deg=0.5, longitude_deg=1.2, radius_m=20_000),
        False,
    ),
    "circle inside": (square(0, 0, 1, 1), Circle(latitude_deg=0.5, longitude_deg=0.5, radius_m=100), True),
    "circle around": (square(0, 0, 0.1, 0.1), Circle(latitude_deg=0.05, longitude_deg=0.05, radius_m=90_000), True),
}


@pytest.mark.requirement("SC-AGR-06")
@pytest.mark.parametrize("around_deg", [0.0, 179.5])
@pytest.mark.parametrize("what", CASES)
def test_footprints_overlap_where_they_share_more_than_a_border(what: str, around_deg: float) -> None:
    first, second, expected = CASES[what]
    first, second = shifted(first, around_deg), shifted(second, around_deg)
    assert footprints_overlap(first, second) is expected
    assert footprints_overlap(second, first) is expected


@pytest.mark.requirement("SC-AGR-06")
def test_at_a_pole_nothing_is_special() -> None:
    cap = ring(*((88.0, longitude) for longitude in (-150.0, -90.0, -30.0, 30.0, 90.0, 150.0)))
    assert footprints_overlap(cap, Circle(latitude_deg=90.0, longitude_deg=0.0, radius_m=1_000))
    assert footprints_overlap(cap, ring((89.9, 0.0), (89.9, 120.0), (89.9, -120.0)))
    assert not footprints_overlap(cap, square(86.0, 0.0, 87.5, 20.0))


@given(
    st.floats(-80, 80),
    st.floats(-180, 180),
    st.floats(1_000, 400_000),
    st.floats(-8, 8),
    st.floats(-10, 10),
    st.floats(1_000, 400_000),
)
def test_circles_overlap_as_the_distance_says(
    latitude: float, longitude: float, radius_1_m: float, north: float, east: float, radius_2_m: float
) -> None:
    first = Circle(latitude_deg=latitude, longitude_deg=longitude, radius_m=radius_1_m)
    second = shifted(Circle(latitude_deg=latitude + north, longitude_deg=longitude, radius_m=radius_2_m), east)
    assert isinstance(second, Circle)
    apart_m = float(distance_and_bearing(latitude, longitude, second.latitude_deg, second.longitude_deg)[0])
    assert footprints_overlap(first, second) is (apart_m < radius_1_m + radius_2_m - TOUCHING_M)


@st.composite
def stars(draw: st.DrawFn, latitude_deg: float, longitude_deg: float) -> Polygon:
    """Polygons without crossings of their edges: vertices at any distance, in order around a middle."""
    count = draw(st.integers(3, 8))
    reach = draw(st.lists(st.floats(0.2, 1.0), min_size=count, max_size=count))
    turn = draw(st.floats(0, 6.28))
    angles = turn + np.arange(count) * 2.0 * np.pi / count
    return ring(
        *(
            (float(latitude_deg + far * np.sin(angle)), float(longitude_deg + far * np.cos(angle)))
            for far, angle in zip(reach, angles, strict=True)
        )
    )


def deep_inside(points: np.ndarray, shape: Polygon, plane: Plane) -> np.ndarray:
    """Points well inside a polygon: by the angle that its border makes around them, not by counting edges."""
    corners = plane.ring(shape)
    to = corners[None, :, :] - points[:, None, :]
    angle = np.arctan2(to[..., 1], to[..., 0])
    step = np.angle(np.exp(1j * (np.roll(angle, -1, axis=1) - angle)))
    around = np.abs(step.sum(axis=1)) > np.pi
    along = (np.roll(corners, -1, axis=0) - corners)[None]
    part = np.clip((-to * along).sum(-1) / (along * along).sum(-1), 0, 1)
    return around & (np.linalg.norm(to + part[..., None] * along, axis=-1).min(axis=1) > 2 * TOUCHING_M)


@pytest.mark.requirement("SC-AGR-06")
@given(st.data())
def test_no_overlap_that_random_points_show_is_missed(data: st.DataObject) -> None:
    latitude = data.draw(st.sampled_from([0.0, 47.0, -70.0]))
    first = data.draw(stars(latitude, 10.0))
    second = data.draw(stars(latitude + data.draw(st.floats(-2, 2)), 10.0 + data.draw(st.floats(-2, 2))))
    plane = Plane.at(latitude, 10.0)
    points = np.random.default_rng(7).uniform(-1.2 * DEGREE_M, 1.2 * DEGREE_M, (400, 2))
    points[:, 0] *= cos(radians(latitude))
    shared = bool(np.any(deep_inside(points, first, plane) & deep_inside(points, second, plane)))
    found = footprints_overlap(first, second)
    assert found or not shared
    assert footprints_overlap(second, first) is found
    assert footprints_overlap(shifted(first, 170.0), shifted(second, 170.0)) is found


@given(st.data())
def test_a_polygon_cut_in_two_leaves_parts_that_only_touch(data: st.DataObject) -> None:
    whole = data.draw(stars(47.0, 10.0))
    middle = (47.0, 10.0)
    cut = data.draw(st.integers(1, len(whole.vertices_deg) - 1))
    first = ring(middle, *whole.vertices_deg[: cut + 1])
    second = ring(middle, *whole.vertices_deg[cut:], whole.vertices_deg[0])
    assert footprints_overlap(first, whole)
    assert footprints_overlap(whole, second)
    assert not footprints_overlap(first, second)


def area(area_id: str, claimed_by: tuple[str, ...] = ("north",), **changes: object) -> AreaOfAuthority:
    made = AreaOfAuthority(
        area_id=area_id,
        name=area_id,
        claimed_by=claimed_by,
        footprint=square(47, 10, 48, 11),
        lower_m=0.0,
        upper_m=1_000.0,
        altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
        from_s=0.0,
        until_s=100.0,
    )
    return msgspec.structs.replace(made, **changes)


@pytest.mark.requirement("SC-AGR-06")
def test_areas_above_or_after_one_another_do_not_overlap() -> None:
    below = area("below")
    assert areas_overlap(below, area("same"))
    assert not areas_overlap(below, area("above", lower_m=1_000.0, upper_m=2_000.0))
    assert not areas_overlap(below, area("after", from_s=100.0, until_s=200.0))
    other_datum = area("above", lower_m=1_000.0, upper_m=2_000.0, altitude_datum=AltitudeDatum.MSL_GEOID)
    assert areas_overlap(below, other_datum), "two datums cannot be compared, so they may overlap"


@pytest.mark.requirement("SC-AGR-06")
def test_only_areas_of_different_claimants_compete() -> None:
    north, more, south = area("a"), area("b"), area("c", ("south",))
    both = area("d", ("south", "north"), from_s=100.0, until_s=200.0)
    assert competing_areas((north, more, south, both)) == ((north, south), (more, south))
