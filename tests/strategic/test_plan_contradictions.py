"""A plan that says two things is told so, and positions are held against the words by which they were told."""

from __future__ import annotations

import math

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from steerclear.model.declared import Declared, StatedPlace
from steerclear.model.known_place import KnownPlace
from steerclear.model.plan_check import FindingKind, PlanCheck, Weight
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import PolygonArea, Position, Volume4D
from steerclear.strategic.check import check
from steerclear.strategic.reading_back import contradicts, read_back
from tests.strategic.plan_scenes import HOME, HOUR_S, NOON_S, at, box, flight, terms, volume, zone

AIRFIELD = KnownPlace(name="airfield", position=Position(latitude_deg=HOME[0], longitude_deg=HOME[1]))
K = FindingKind


def found(*volumes: Volume4D, **more: object) -> PlanCheck:
    return check(flight("plan", "north", *volumes, **more), [], terms((AIRFIELD,), notice_times=()), NOON_S)


def kinds(checked: PlanCheck) -> list[FindingKind]:
    return sorted(finding.kind for finding in checked.findings)


@pytest.mark.requirement("SC-CHK-07")
@pytest.mark.parametrize(
    ("volumes", "kind", "numbers"),
    [
        ((), K.NOTHING_DECLARED, ()),
        ((volume(lower_m=1_500.0, upper_m=1_000.0),), K.UPPER_BELOW_LOWER, (0,)),
        ((volume(), volume(east_m=5_000.0, datum=None)), K.DATUM_MISSING, (1,)),
        ((volume(), volume(east_m=5_000.0, datum=AltitudeDatum.ELLIPSOID)), K.DATUM_MIXED, ()),
        ((volume(begin_s=5 * HOUR_S, end_s=4 * HOUR_S),), K.END_BEFORE_START, (0,)),
        ((volume(begin_s=-5 * HOUR_S, end_s=-4 * HOUR_S),), K.OVER_ALREADY, ()),
        ((volume(begin_s=9_000 * HOUR_S, end_s=9_001 * HOUR_S),), K.TOO_FAR_AHEAD, ()),
        ((volume(end_s=9_000 * HOUR_S),), K.TOO_FAR_AHEAD, ()),
        ((volume(radius_m=-5.0),), K.NOT_A_SHAPE, (0,)),
        ((volume(upper_m=math.nan),), K.NOT_A_SHAPE, (0,)),
        ((volume(), volume(upper_m=2_000.0)), K.TWO_LIMITS, (0, 1)),
        ((volume(), volume(lower_m=None)), K.TWO_LIMITS, (0, 1)),
    ],
)
def test_a_contradiction_is_named_with_its_volumes(
    volumes: tuple[Volume4D, ...], kind: FindingKind, numbers: tuple[int, ...]
) -> None:
    checked = found(*volumes)
    assert kinds(checked) == [kind]
    assert checked.findings[0].weight is Weight.CONTRADICTION
    assert checked.findings[0].volumes == numbers
    assert not checked.clear


def test_what_is_stacked_or_follows_in_time_contradicts_nothing() -> None:
    stacked = volume(), volume(lower_m=1_500.0, upper_m=2_000.0)
    following = volume(), volume(begin_s=5 * HOUR_S, end_s=6 * HOUR_S, upper_m=2_000.0)
    assert found(*stacked).clear
    assert found(*following).clear


def test_an_area_is_the_same_wherever_its_corners_begin() -> None:
    corners = box(-1_000.0, -1_000.0, 1_000.0, 1_000.0)
    turned = PolygonArea(vertices=corners.vertices[2:] + corners.vertices[:2])
    one, two = replace(volume(), area=corners), replace(volume(upper_m=3_000.0), area=turned)
    assert kinds(found(one, two)) == [K.TWO_LIMITS]


def test_a_self_crossing_outline_is_told_in_words() -> None:
    a, b, c, d = box(-1_000.0, -1_000.0, 1_000.0, 1_000.0).vertices
    checked = found(replace(volume(), area=PolygonArea(vertices=(a, c, b, d))))
    assert kinds(checked) == [K.NOT_A_SHAPE]
    assert checked.findings[0].said.startswith("area:")


def test_two_zones_of_one_party_with_two_limits_contradict() -> None:
    plan, other = zone("a", "north", volume()), zone("b", "north", volume(upper_m=3_000.0))
    checked = check(plan, [other], terms(notice_times=()), NOON_S)
    assert sorted(finding.kind for finding in checked.findings) == [K.OWN_ZONE, K.TWO_LIMITS]
    theirs = replace(other, party="south")
    assert [one.kind for one in check(plan, [theirs], terms(notice_times=()), NOON_S).findings] == [K.ZONE]


def stated(
    east_m: float, north_m: float, distance_m: float, bearing_deg: float, place: str = "airfield"
) -> StatedPlace:
    return StatedPlace(position=at(east_m, north_m), place=place, distance_m=distance_m, bearing_deg=bearing_deg)


@pytest.mark.requirement("SC-CHK-10")
@pytest.mark.parametrize(
    ("told", "fits"),
    [
        (stated(0.0, -9_000.0, 9_000.0, 180.0), True),
        (stated(0.0, -9_000.0, 9_800.0, 190.0), True),
        (stated(0.0, -9_000.0, 3_000.0, 180.0), False),
        (stated(0.0, -9_000.0, 9_000.0, 160.0), False),
        (stated(0.0, 9_000.0, 9_000.0, 355.0), True),
        (stated(0.0, 300.0, 600.0, 180.0), True),
        (stated(0.0, 900.0, 5_000.0, 0.0), False),
    ],
)
def test_words_and_coordinates_are_held_against_each_other(told: StatedPlace, fits: bool) -> None:
    assert (contradicts(told, [AIRFIELD]) is None) is fits
    checked = found(volume(), stated=(told,))
    assert kinds(checked) == ([] if fits else [K.PLACE_MISMATCH])


def test_a_place_that_is_not_known_is_said_to_be_so() -> None:
    checked = found(volume(), stated=(stated(0.0, 0.0, 0.0, 0.0, "the mill"),))
    assert (kinds(checked), checked.clear) == ([K.PLACE_UNKNOWN], True)
    with pytest.raises(KeyError):
        contradicts(stated(0.0, 0.0, 0.0, 0.0, "the mill"), [AIRFIELD])


latitudes, longitudes = st.floats(-89, 89), st.floats(-180, 180)
positions = st.builds(Position, latitude_deg=latitudes, longitude_deg=longitudes)
places = st.lists(st.builds(KnownPlace, name=st.sampled_from("abc"), position=positions), max_size=3)


@pytest.mark.requirement("SC-CHK-10")
@given(positions, places)
def test_what_is_read_back_fits_the_position_it_was_read_from(position: Position, known: list[KnownPlace]) -> None:
    known = list({place.name: place for place in known}.values())
    near = read_back(position, known)
    if near is None:
        return
    told = StatedPlace(position=position, place=near.place, distance_m=near.distance_m, bearing_deg=near.bearing_deg)
    assert contradicts(told, known) is None
    if near.distance_m > 1_000.0:
        wrong = replace(told, distance_m=near.distance_m * 1.2 + 500.0)
        assert contradicts(wrong, known) is not None
        turned = replace(told, bearing_deg=(near.bearing_deg + 20.0) % 360.0)
        assert contradicts(turned, known) is not None


def test_a_declared_item_is_not_changed_by_its_own_order_of_volumes() -> None:
    pieces = volume(), volume(upper_m=2_000.0)

    def kinds_of(plan: Declared) -> list[FindingKind]:
        return kinds(check(plan, [], terms(), NOON_S))

    assert kinds_of(flight("a", "north", *pieces)) == kinds_of(flight("a", "north", *pieces[::-1]))


@pytest.mark.requirement("SC-CHK-21")
@settings(max_examples=60)
@given(st.data())
def test_of_many_places_it_is_the_nearest_that_is_read_back(data: st.DataObject) -> None:
    nearby = st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
    north, east = data.draw(st.sampled_from([0.0, 47.0, 89.5, -60.0])), data.draw(st.sampled_from([0.0, 10.0, 179.9]))

    def there(step: tuple[float, float]) -> Position:
        return Position(latitude_deg=north + step[0], longitude_deg=(east + step[1] + 180.0) % 360.0 - 180.0)

    steps = data.draw(st.lists(nearby, min_size=1, max_size=6))
    known = [KnownPlace(name=str(number), position=there(step)) for number, step in enumerate(steps)]
    position = there(data.draw(nearby))
    near = read_back(position, known)
    lengths_m = [
        Geodesic.WGS84.Inverse(
            place.position.latitude_deg, place.position.longitude_deg, position.latitude_deg, position.longitude_deg
        )["s12"]
        for place in known
    ]
    assert near is not None
    assert near.distance_m == pytest.approx(min(lengths_m), abs=1e-3)
