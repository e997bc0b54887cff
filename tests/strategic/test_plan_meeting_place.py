"""The place that is pointed at lies in both areas where they meet, and between them where they do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from steerclear.geodesy.footprints import Footprint, circle_footprint, polygon_footprint
from steerclear.model.volumes import CircleArea, PolygonArea, Volume4D
from steerclear.separation.overlap import contains, footprint_distance_m, footprints_intersect
from steerclear.strategic.meeting_place import meeting_place
from steerclear.strategic.within import surely_within
from tests.strategic.plan_scenes import NOON_S, box, volume
from tests.strategic.test_plan_check_oracle import HOMES, volumes

two_volumes = HOMES.flatmap(lambda home: st.tuples(volumes(home), volumes(home)))


def footprint(area: CircleArea | PolygonArea) -> Footprint:
    if isinstance(area, CircleArea):
        return circle_footprint(area.centre.latitude_deg, area.centre.longitude_deg, area.radius_m)
    return polygon_footprint(
        [vertex.latitude_deg for vertex in area.vertices], [vertex.longitude_deg for vertex in area.vertices]
    )


@pytest.mark.requirement("SC-CHK-02")
@settings(max_examples=30)
@given(two_volumes)
def test_the_place_is_in_both_or_in_the_middle_of_the_gap(drawn: tuple[Volume4D, Volume4D]) -> None:
    one, two = (footprint(held.area) for held in drawn)
    place = meeting_place(drawn[0].area, drawn[1].area)
    # Circles count as rings of 48 corners here: a place may lie up to 0.3 % of the radius off.
    off_m = 20.0
    if footprints_intersect(one, two):
        assert contains(one, place.latitude_deg, place.longitude_deg, off_m)
        assert contains(two, place.latitude_deg, place.longitude_deg, off_m)
    else:
        half_m = footprint_distance_m(one, two) / 2.0
        assert contains(one, place.latitude_deg, place.longitude_deg, half_m + off_m)
        assert contains(two, place.latitude_deg, place.longitude_deg, half_m + off_m)


def test_areas_around_the_world_have_a_place_too() -> None:
    wide = CircleArea(centre=volume().area.centre, radius_m=1_900_000.0)
    there = meeting_place(wide, volume().area)
    assert contains(footprint(wide), there.latitude_deg, there.longitude_deg)
    far = volume(home=(-47.0, -170.0)).area
    assert -90.0 <= meeting_place(volume().area, far).latitude_deg <= 90.0


@pytest.mark.requirement("SC-CHK-12")
@settings(max_examples=40)
@given(two_volumes)
def test_what_surely_lies_within_an_area_does(drawn: tuple[Volume4D, Volume4D]) -> None:
    area = replace(drawn[0], lower_m=None, upper_m=None, altitude_datum=None, from_s=NOON_S, until_s=NOON_S + 1e6)
    inner = replace(drawn[1], from_s=NOON_S, until_s=NOON_S)
    if surely_within(inner, area):
        held, around = footprint(inner.area), footprint(area.area)
        corners = [inner.area.centre] if isinstance(inner.area, CircleArea) else inner.area.vertices
        assert all(contains(around, corner.latitude_deg, corner.longitude_deg) for corner in corners)
        assert held.area_m2 <= around.area_m2


def test_within_is_claimed_up_to_the_border_and_not_beyond() -> None:
    area = Volume4D(area=box(-5_000, -5_000, 5_000, 5_000), from_s=0.0, until_s=4e9)
    assert surely_within(volume(east_m=3_900.0), area)
    assert not surely_within(volume(east_m=4_001.0), area)
    small = Volume4D(area=box(4_000, 4_000, 4_990, 4_990), from_s=NOON_S, until_s=NOON_S)
    assert surely_within(small, area)
    assert not surely_within(area, small)
