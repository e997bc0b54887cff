"""The check against two oracles that know nothing of it, and what must hold for any plans at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.intent import IntentState
from steerclear.model.plan_check import Finding, FindingKind, PlanCheck, Weight
from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import AircraftKind
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.strategic.check import check
from tests.strategic.plan_scenes import (
    HOUR_S,
    NOON_S,
    agreement,
    area,
    at,
    flight,
    minima,
    pair_rule,
    site,
    terms,
    volume,
    zone,
)

HOMES = st.sampled_from([(47.0, 10.0), (0.0, -179.99), (89.9, 0.0), (-60.0, 120.0)])
TERMS = terms()


@st.composite
def volumes(draw: st.DrawFn, home: tuple[float, float]) -> Volume4D:
    lower_m, begin_s = draw(st.floats(0, 2_000)), draw(st.floats(3 * HOUR_S, 6 * HOUR_S))
    east_m, north_m = draw(st.floats(-6_000, 6_000)), draw(st.floats(-6_000, 6_000))
    size_m = draw(st.floats(100, 4_000))
    round_ = volume(
        east_m, north_m, size_m, lower_m, lower_m + draw(st.floats(0, 500)), begin_s,
        begin_s + draw(st.floats(0, HOUR_S)), home=home,
    )  # fmt: skip
    if draw(st.booleans()):
        return round_
    # A star around its middle: simple, and not always convex.
    count = draw(st.integers(3, 7))
    reaches = draw(st.lists(st.floats(0.3, 1.0), min_size=count, max_size=count))
    turns = [2 * np.pi * number / count for number in range(count)]
    corners = tuple(
        at(east_m + size_m * reach * np.cos(turn), north_m + size_m * reach * np.sin(turn), home)
        for reach, turn in zip(reaches, turns, strict=True)
    )
    return replace(round_, area=PolygonArea(vertices=corners))


@st.composite
def flights(draw: st.DrawFn, name: str, home: tuple[float, float]) -> Declared:
    return flight(
        name,
        draw(st.sampled_from(["north", "south"])),
        *draw(st.lists(volumes(home), min_size=1, max_size=3)),
        aircraft=draw(st.sampled_from([None, *AircraftKind])),
        state=draw(st.sampled_from([None, *IntentState])),
        priority=draw(st.integers(0, 1)),
    )


two_flights = HOMES.flatmap(lambda home: st.tuples(flights("one", home), flights("two", home), st.just(home)))


def conflicts(found: PlanCheck) -> list[Finding]:
    return [finding for finding in found.findings if finding.weight is Weight.CONFLICT]


def flat(area_: CircleArea | PolygonArea, home: tuple[float, float]) -> shapely.Geometry:
    """The area in a plane around home in which distances near it are right to some centimetres."""

    def point(place: Position) -> tuple[float, float]:
        line = Geodesic.WGS84.Inverse(*home, place.latitude_deg, place.longitude_deg)
        turn = np.radians(line["azi1"])
        return line["s12"] * np.sin(turn), line["s12"] * np.cos(turn)

    if isinstance(area_, CircleArea):
        return shapely.Point(point(area_.centre)).buffer(area_.radius_m, quad_segs=128)
    return shapely.Polygon([point(vertex) for vertex in area_.vertices])


@pytest.mark.requirement("SC-CHK-01")
@settings(max_examples=25)
@given(two_flights)
def test_conflicts_are_those_of_another_geometry_library(
    drawn: tuple[Declared, Declared, tuple[float, float]],
) -> None:
    one, two, home = drawn
    shapes = {id(held): flat(held.area, home) for held in (*one.volumes, *two.volumes)}
    gaps = [
        (
            max(a.from_s - b.until_s, b.from_s - a.until_s, 0.0),
            max((a.lower_m or 0) - (b.upper_m or 0), (b.lower_m or 0) - (a.upper_m or 0), 0.0),
            float(shapely.distance(shapes[id(a)], shapes[id(b)])),
        )
        for a in one.volumes
        for b in two.volumes
    ]
    # Where the answer hangs on centimetres the other library is not exact enough to judge.
    assume(all(abs(gap[2] - 5_000.0) > 1.0 and abs(gap[1] - 300.0) > 0.05 for gap in gaps))
    expected = {
        (index // len(two.volumes), index % len(two.volumes))
        for index, (apart_s, vertical_m, horizontal_m) in enumerate(gaps)
        if apart_s <= 0.0 and vertical_m <= 300.0 and horizontal_m <= 5_000.0
    }
    ended = two.state is IntentState.ENDED
    found = conflicts(check(one, [two], TERMS, NOON_S))
    met = {(meeting.volume, meeting.other_volume) for finding in found for meeting in finding.meetings}
    assert met == (set() if ended else expected)


@pytest.mark.requirement("SC-CHK-01")
@settings(max_examples=30)
@given(two_flights, st.integers(0, 2**32 - 1))
def test_no_two_sampled_aircraft_come_within_the_minima_unseen(
    drawn: tuple[Declared, Declared, tuple[float, float]], seed: int
) -> None:
    one, two, home = drawn
    assume(two.state is not IntentState.ENDED)
    chance = np.random.default_rng(seed)
    if conflicts(check(one, [two], TERMS, NOON_S)):
        return
    for a in one.volumes:
        for b in two.volumes:
            time_s = chance.uniform(max(a.from_s, b.from_s), max(a.from_s, b.from_s) + 1)
            if not (a.from_s <= time_s <= a.until_s and b.from_s <= time_s <= b.until_s):
                continue
            places_a, places_b = (_places_in(held, home, chance) for held in (a, b))
            apart_m = np.linalg.norm(places_a[:, None, :2] - places_b[None, :, :2], axis=-1)
            vertical_m = np.abs(places_a[:, None, 2] - places_b[None, :, 2])
            assert not np.any((apart_m < 4_999.0) & (vertical_m < 299.0))


def _places_in(held: Volume4D, home: tuple[float, float], chance: np.random.Generator) -> np.ndarray:
    shape = flat(held.area, home)
    edge = shapely.get_coordinates(shapely.segmentize(shape.exterior, 200.0))
    heights = chance.uniform(held.lower_m, held.upper_m, len(edge))
    return np.column_stack([edge, heights])


@pytest.mark.requirement("SC-CHK-11")
@settings(max_examples=40)
@given(two_flights)
def test_a_conflict_between_two_plans_is_the_same_from_both_sides(
    drawn: tuple[Declared, Declared, tuple[float, float]],
) -> None:
    one, two, _ = drawn
    one, two = (replace(each, state=IntentState.ACCEPTED) for each in (one, two))
    there, back = (conflicts(check(a, [b], TERMS, NOON_S)) for a, b in ((one, two), (two, one)))
    assert len(there) == len(back)
    for mine, theirs in zip(there, back, strict=True):
        assert (mine.from_s, mine.until_s) == (theirs.from_s, theirs.until_s)
        pairs = {(meeting.volume, meeting.other_volume): meeting for meeting in mine.meetings}
        turned = {(meeting.other_volume, meeting.volume): meeting for meeting in theirs.meetings}
        assert pairs.keys() == turned.keys()
        for key, meeting in pairs.items():
            assert meeting.horizontal_m == pytest.approx(turned[key].horizontal_m, abs=0.01)
            assert meeting.vertical_m == pytest.approx(turned[key].vertical_m, abs=1e-6)


@pytest.mark.requirement("SC-CHK-11")
@settings(max_examples=40)
@given(two_flights, st.floats(0, 8_000), st.floats(0, 600), st.floats(1, 2_000), st.floats(1, 300))
def test_larger_minima_never_lose_a_conflict(
    drawn: tuple[Declared, Declared, tuple[float, float]],
    horizontal_m: float,
    vertical_m: float,
    wider_m: float,
    higher_m: float,
) -> None:
    one, two, _ = drawn
    small = terms(minima=minima(horizontal_m + 1.0, vertical_m + 1.0))
    large = terms(minima=minima(horizontal_m + 1.0 + wider_m, vertical_m + 1.0 + higher_m))
    if conflicts(check(one, [two], small, NOON_S)):
        assert conflicts(check(one, [two], large, NOON_S))


def _crowd() -> list[Declared]:
    return [
        flight("a", "south", volume(east_m=500.0), priority=1),
        flight("b", "south", volume(north_m=3_000.0), volume(north_m=-3_000.0)),
        flight("b", "south", volume(north_m=4_000.0)),
        flight("c", "north", volume(begin_s=4.5 * HOUR_S, end_s=7 * HOUR_S)),
        zone("d", "east", volume()),
        zone("e", "north", volume()),
        site("f", "south", volume(lower_m=None, upper_m=None)),
        Declared(kind=DeclaredKind.FLIGHT, declared_id="g", party="east"),
        flight("h", "east", volume(begin_s=-2, end_s=-1), state=IntentState.NONCONFORMING),
    ]


@pytest.mark.requirement("SC-CHK-11")
@given(st.permutations(range(9)))
def test_the_order_in_which_things_are_known_changes_nothing(order: list[int]) -> None:
    plan, crowd = flight("plan", "north", volume(), volume(lower_m=1_400.0, upper_m=1_900.0)), _crowd()
    held = terms(areas=(area("valley", "south"), area("pass", "south", "east")))
    straight = check(plan, crowd, held, NOON_S)
    assert check(plan, [crowd[number] for number in order], held, NOON_S) == straight
    assert check(plan, [*crowd, *crowd], held, NOON_S) == straight
    assert [finding.weight for finding in straight.findings] == sorted(
        (finding.weight for finding in straight.findings), key=list(Weight).index
    )


@pytest.mark.requirement("SC-CHK-11")
@settings(max_examples=30)
@given(two_flights, st.lists(st.sampled_from(range(9)), unique=True))
def test_nothing_found_is_lost_when_more_is_known(
    drawn: tuple[Declared, Declared, tuple[float, float]], more: list[int]
) -> None:
    one, two, _ = drawn
    crowd = [replace(_crowd()[number], declared_id=f"crowd {number}") for number in more]
    alone, among = (check(one, known, TERMS, NOON_S) for known in ([two], [*crowd, two]))
    assert set(alone.findings) <= set(among.findings)


CREWED, UNCREWED = AircraftKind.CREWED, AircraftKind.UNCREWED
INSIDE, ACROSS, OUTSIDE = 0.0, 29_500.0, 40_000.0
"""East of home, of a plan of 1 km radius, for an area of 30 km around home."""


def _required(east_m: float, other_east_m: float, held: Any, **more: Any) -> tuple[float, float] | None:
    plan, other = flight("a", "north", volume(east_m=east_m), **more), flight("b", "south", volume(east_m=other_east_m))
    found = conflicts(check(plan, [other], held, NOON_S))
    if not found:
        return None
    meeting = found[0].meetings[0]
    return meeting.horizontal_required_m, meeting.vertical_required_m


@pytest.mark.requirement("SC-CHK-12")
def test_minima_by_kind_and_area_hold_where_they_surely_do() -> None:
    small, large = minima(500.0, 100.0), minima(9_000.0, 600.0)
    in_area = (area("valley", "north"),)
    smaller = terms(areas=in_area, pair_minima=(pair_rule(CREWED, CREWED, "valley", small),))
    assert _required(INSIDE, INSIDE, smaller) == (500.0, 100.0)
    assert _required(INSIDE, INSIDE + 3_000.0, smaller) is None
    assert _required(ACROSS, ACROSS, smaller) == (5_000.0, 300.0), "one that leaves the area keeps what holds outside"
    assert _required(OUTSIDE, OUTSIDE, smaller) == (5_000.0, 300.0)
    larger = terms(areas=in_area, pair_minima=(pair_rule(CREWED, CREWED, "valley", large),))
    assert _required(INSIDE, INSIDE, larger) == (9_000.0, 600.0)
    assert _required(ACROSS, OUTSIDE, larger) == (9_000.0, 600.0), "one inside is enough for the larger"
    assert _required(OUTSIDE, OUTSIDE + 8_000.0, larger) is None
    assert _required(OUTSIDE, OUTSIDE, larger) == (5_000.0, 300.0)


@pytest.mark.requirement("SC-CHK-12")
def test_minima_by_kind_hold_everywhere_and_an_unknown_kind_gets_the_larger() -> None:
    held = terms(
        pair_minima=(
            pair_rule(CREWED, UNCREWED, None, minima(2_000.0, 150.0)),
            pair_rule(UNCREWED, UNCREWED, None, minima(100.0, 30.0)),
        )
    )
    assert _required(0.0, 0.0, held, aircraft=UNCREWED) == (2_000.0, 150.0)
    assert _required(0.0, 0.0, held, aircraft=CREWED) == (5_000.0, 300.0)
    assert _required(0.0, 0.0, held, aircraft=None) == (5_000.0, 300.0)


def test_the_time_and_the_heights_of_an_area_bound_its_rule() -> None:
    small = (pair_rule(CREWED, CREWED, "valley", minima(500.0, 100.0)),)

    def required(**changes: Any) -> tuple[float, float] | None:
        return _required(0.0, 0.0, terms(areas=(area("valley", "north", **changes),), pair_minima=small))

    assert required() == (500.0, 100.0)
    assert required(until_s=NOON_S + 4.5 * HOUR_S) == (5_000.0, 300.0)
    assert required(upper_m=1_400.0) == (5_000.0, 300.0)
    assert required(altitude_datum=AltitudeDatum.ELLIPSOID) == (5_000.0, 300.0), "heights that cannot be compared"


def test_a_rule_in_a_convex_area_holds_for_corners_and_circles_inside_it() -> None:
    from steerclear.model.zone import Polygon  # noqa: PLC0415 used here alone

    def claimed(*corners: tuple[float, float]) -> Any:
        places = [at(east_m, north_m) for east_m, north_m in corners]
        shape = Polygon(vertices_deg=tuple((place.latitude_deg, place.longitude_deg) for place in places))
        rule = pair_rule(CREWED, CREWED, "valley", minima(500.0, 100.0))
        return terms(areas=(area("valley", "north", footprint=shape),), pair_minima=(rule,))

    square = claimed((-9_000, -9_000), (9_000, -9_000), (9_000, 9_000), (-9_000, 9_000))
    turned = claimed((-9_000, 9_000), (9_000, 9_000), (9_000, -9_000), (-9_000, -9_000))
    bay = claimed((-9_000, -9_000), (9_000, -9_000), (9_000, 9_000), (0, -2_000), (-9_000, 9_000))
    assert _required(7_900.0, 7_900.0, square) == _required(0.0, 0.0, turned) == (500.0, 100.0)
    assert _required(8_100.0, 8_100.0, square) == (5_000.0, 300.0)
    assert _required(0.0, -6_000.0, bay) is None or _required(0.0, 0.0, bay) == (5_000.0, 300.0)


@pytest.mark.requirement("SC-CHK-13")
def test_areas_of_authority_are_advice_with_every_claimant() -> None:
    plan = flight("plan", "north", volume())
    held = terms(areas=(area("mine", "north"), area("theirs", "south"), area("pass", "north", "south", "east")))
    found = check(plan, [], held, NOON_S)
    told = {
        finding.other_id: (finding.kind, [contact.party for contact in finding.contacts]) for finding in found.findings
    }
    assert found.clear
    assert told == {"theirs": (FindingKind.AUTHORITY, ["south"]), "pass": (FindingKind.DISPUTED, ["south", "east"])}
    later = terms(areas=(area("theirs", "south", from_s=NOON_S + 6 * HOUR_S),))
    assert check(plan, [], later, NOON_S).findings == ()


def _changed(change: Callable[[], Any]) -> list[str]:
    from steerclear.strategic.authority import authority_changes  # noqa: PLC0415 used here alone

    plans = [flight("plan", "north", volume()), flight("far", "north", volume(east_m=90_000.0))]
    changes = authority_changes(agreement(areas=(area("valley", "south"),)), change(), plans)
    assert {plan.declared_id for plan, _ in changes} <= {"plan"}
    return [finding.said for _, findings in changes for finding in findings]


@pytest.mark.requirement("SC-CHK-13")
def test_an_amendment_tells_which_plans_it_puts_under_whose_control() -> None:
    assert _changed(lambda: agreement(version=2, areas=(area("valley", "east"),))) == [
        "who controls there: south until now, east under version 2"
    ]
    assert _changed(lambda: agreement(version=2, areas=(area("valley", "south", "north"),))) == [
        "who controls there: south until now, disputed between south and north under version 2"
    ]
    assert _changed(lambda: agreement(version=2, areas=())) == [
        "who controls there: south until now, nobody by the agreement under version 2"
    ]
    assert _changed(lambda: agreement(version=2, areas=(replace(area("valley", "south"), name="New name"),))) == []
    assert _changed(lambda: agreement(version=2, areas=(area("valley", "south", until_s=NOON_S + 9 * HOUR_S),))) == []
    assert len(_changed(lambda: agreement(version=2, areas=(area("valley", "south", upper_m=1_200.0),)))) == 1
