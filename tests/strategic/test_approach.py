"""What an aircraft is in or heads for, and the time to the boundary."""

from __future__ import annotations

from math import cos, radians, sin

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from steerclear.geodesy.paths import destination
from steerclear.model.identification import BoundaryKind
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.separation.overlap import contains
from steerclear.strategic.approach import Boundaries, Boundary, _Reach
from steerclear.strategic.preparing import prepared
from tests.strategic.sky import NOW_S, corridor, disc, track


def boundary(*volumes, kind=BoundaryKind.ZONE, item_id="z1", parties=("north",)):
    return Boundary(kind=kind, item_id=item_id, title="the range", parties=parties, volumes=volumes)


def ahead(one, *boundaries, lookahead_s=300.0, own=()):
    return Boundaries(boundaries).of(one, NOW_S, lookahead_s, own)


@pytest.mark.requirement("SC-IDN-08")
def test_inside_is_now_and_on_the_way_is_when():
    [inside] = ahead(track(), boundary(disc()))
    assert inside.time_to_boundary_s == 0.0
    [coming] = ahead(track(east_m=-12_000.0), boundary(disc()))
    assert coming.time_to_boundary_s == pytest.approx(200.0, rel=0.01)  # 10 km at 50 m/s
    assert (coming.kind, coming.item_id, coming.parties) == (BoundaryKind.ZONE, "z1", ("north",))


@pytest.mark.requirement("SC-IDN-08")
@pytest.mark.parametrize(
    ("one", "volume"),
    [
        (track(east_m=-12_000.0, speed_mps=-50.0), disc()),
        (track(east_m=-12_000.0, north_m=2_100.0), disc()),
        (track(east_m=-30_000.0), disc()),
        (track(east_m=-12_000.0), disc(from_s=-300.0, until_s=100.0)),
        (track(east_m=-12_000.0, height_m=5_000.0), disc(low=0.0, high=1_000.0)),
        (track(east_m=-12_000.0, height_m=2_000.0, up_mps=-5.0), disc(low=0.0, high=1_000.0)),
    ],
)
def test_what_flies_away_past_too_far_too_late_or_above_heads_for_nothing(one, volume):
    assert ahead(one, boundary(volume)) == ()


@pytest.mark.requirement("SC-IDN-08")
def test_a_zone_that_comes_into_force_around_it_a_descent_into_it_and_an_unknown_height_count():
    [opens] = ahead(track(speed_mps=0.0), boundary(disc(from_s=120.0)))
    assert opens.time_to_boundary_s == pytest.approx(120.0)
    [down] = ahead(track(height_m=1_200.0, up_mps=-10.0, speed_mps=1.0), boundary(disc(low=0.0, high=1_000.0)))
    assert down.time_to_boundary_s == pytest.approx(20.0)
    assert ahead(track(height_m=None), boundary(disc(low=9_000.0, high=9_500.0)))


@pytest.mark.requirement("SC-IDN-08")
def test_the_nearest_comes_first_and_a_partys_own_things_are_passed_over():
    near, far = boundary(disc(4_000.0, radius_m=500.0), item_id="near"), boundary(disc(9_000.0), item_id="far")
    disputed = boundary(disc(), item_id="both", parties=("north", "south"))
    assert [one.item_id for one in ahead(track(), far, near)] == ["near", "far"]
    assert [one.item_id for one in ahead(track(), far, near, disputed, own=("north",))] == ["both"]


@given(
    st.floats(-15e3, 15e3), st.floats(-15e3, 15e3), st.floats(0.5, 200), st.floats(0, 360), st.floats(100, 5e3),
    st.booleans(),
)  # fmt: skip
@example(0.0, 1797.0, 2.0, 98.0, 1782.0, True)
@settings(max_examples=120, deadline=None)
def test_entries_are_those_of_a_walk_in_small_steps(east_m, north_m, speed, course_deg, radius_m, round_one):
    """Against the exact `contains` at every half second: none is missed, none is named too early."""
    volume = disc(radius_m=radius_m) if round_one else corridor(-radius_m, radius_m, half_m=radius_m / 2, low=0.0)
    one = msgspec.structs.replace(
        track(east_m, north_m), east_mps=speed * sin(radians(course_deg)), north_mps=speed * cos(radians(course_deg))
    )
    footprint, first = prepared(volume).footprint, None
    for half in range(241):
        latitude, longitude = destination(one.latitude_deg, one.longitude_deg, course_deg, speed * half / 2.0)
        if contains(footprint, float(latitude), float(longitude)):
            first = half / 2.0
            break
    told = ahead(one, boundary(volume), lookahead_s=120.0)
    if first is not None:
        assert told
        assert told[0].time_to_boundary_s <= first + 0.11
    # Flying along a boundary, a metre is many seconds: then it is the place that must be right.
    if told and (first is None or told[0].time_to_boundary_s < first - 0.7):
        at = destination(one.latitude_deg, one.longitude_deg, course_deg, speed * told[0].time_to_boundary_s)
        assert contains(footprint, float(at[0]), float(at[1]), within_m=0.2 * speed + 1.0)


@given(
    st.floats(-85, 85),
    st.floats(-180, 180),
    st.floats(0, 360),
    st.floats(0, 330),
    st.lists(st.tuples(st.floats(0, 360), st.floats(0, 1.2e6), st.floats(10, 2e5)), min_size=1, max_size=8),
)
@settings(max_examples=150, deadline=None)
def test_the_prefilter_of_boundaries_drops_none_that_is_reached(latitude, longitude, course_deg, speed, circles):
    """Far away and near the poles, against every boundary looked at alone."""
    one = msgspec.structs.replace(
        track(),
        latitude_deg=latitude,
        longitude_deg=longitude,
        east_mps=speed * sin(radians(course_deg)),
        north_mps=speed * cos(radians(course_deg)),
    )
    found = []
    for number, (bearing_deg, away_m, radius_m) in enumerate(circles):
        at = destination(latitude, longitude, bearing_deg, away_m)
        centre = Position(latitude_deg=float(at[0]), longitude_deg=float(at[1]))
        area = CircleArea(centre=centre, radius_m=radius_m)
        found.append(boundary(Volume4D(area=area, from_s=NOW_S - 1.0, until_s=NOW_S + 9_999.0), item_id=f"z{number}"))
    boundaries = Boundaries(found)
    reach = _Reach(one, NOW_S, 3_600.0, boundaries._tables)
    reached = {f"z{number}" for number in range(len(found)) if reach.into_s(number) <= 3_600.0}
    assert {told.item_id for told in boundaries.of(one, NOW_S, 3_600.0)} == reached
