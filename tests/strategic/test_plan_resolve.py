"""The smallest change that clears a plan: each option passes the check, and one step less does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.intent import IntentState
from steerclear.model.plan_check import FindingKind, GivesWay, Weight
from steerclear.model.resolution import ChangeKind, Resolution, Resolutions, ResolveLimits, Trim, TrimmedEdge
from steerclear.model.volumes import Volume4D
from steerclear.strategic.changes import Shift, delayed, raised, with_trims
from steerclear.strategic.check import check
from steerclear.strategic.resolve import resolve, resolve_pair, search_reach
from steerclear.strategic.terms import PlanTerms
from tests.strategic.plan_scenes import HOUR_S, NOON_S, flight, site, terms, volume, zone
from tests.strategic.test_plan_check_oracle import HOMES, volumes

PLAN = flight("plan", "north", volume())
TERMS = terms()


def of(found: Resolutions, kind: ChangeKind) -> list[Resolution]:
    return [option for option in found.options if option.kind is kind]


def reasons(found: Resolutions) -> dict[ChangeKind, str]:
    return {nothing.kind: nothing.reason for nothing in found.nothing_found}


def solved(
    *neighbours: Declared, plan: Declared = PLAN, limits: ResolveLimits | None = None, **changes: Any
) -> Resolutions:
    return resolve(plan, neighbours, terms(**changes), NOON_S, limits)


@pytest.mark.requirement("SC-RES-01")
def test_each_way_out_is_as_small_as_it_can_be() -> None:
    # The other flight has the place, 200 m above, from half past four to six: 301 m are needed, or 5,001 m.
    other = flight("other", "south", volume(lower_m=1_700.0, upper_m=2_000.0, begin_s=4.5 * HOUR_S, end_s=6 * HOUR_S))
    found = solved(other)
    assert [option.delay_s for option in of(found, ChangeKind.DELAY)] == [2 * HOUR_S + 1]
    assert {option.level_m for option in of(found, ChangeKind.LEVEL)} == {-101.0, 1_301.0}
    assert {option.lateral_m for option in of(found, ChangeKind.LATERAL)} == {7_001.0}
    assert {option.trims for option in of(found, ChangeKind.TRIM)} == {
        (Trim(volume=0, edge=TrimmedEdge.END, by_s=0.5 * HOUR_S + 1),),
        (Trim(volume=0, edge=TrimmedEdge.TOP, by_m=101.0),),
    }
    assert of(found, ChangeKind.DROP) == []
    assert reasons(found) == {ChangeKind.DROP: "every volume of it is in the way"}
    assert [option.disruption for option in found.options] == sorted(option.disruption for option in found.options)
    assert found.options[0].said == "101 m lower"
    assert all(option.check.clear for option in found.options)


@pytest.mark.requirement("SC-RES-02")
def test_delays_lead_into_each_gap() -> None:
    busy = [
        flight(f"busy {hour}", "south", volume(begin_s=hour * HOUR_S, end_s=(hour + 0.5) * HOUR_S))
        for hour in (4.0, 6.0, 6.4, 9.0)
    ]
    found = solved(*busy)
    # The plan takes an hour: from 16:30, from 18:54, and after 21:30.
    assert [option.delay_s / HOUR_S for option in of(found, ChangeKind.DELAY)] == pytest.approx(
        [0.5 + 1 / 3_600, 2.9 + 1 / 3_600, 5.5 + 1 / 3_600]
    )


def test_a_gap_that_is_too_short_is_none() -> None:
    busy = [
        flight(str(end), "south", volume(begin_s=begin * HOUR_S, end_s=end * HOUR_S))
        for begin, end in ((4, 5), (5.9, 7))
    ]
    assert [option.delay_s for option in of(solved(*busy), ChangeKind.DELAY)] == [3 * HOUR_S + 1]


@pytest.mark.requirement("SC-RES-02")
def test_a_late_notice_is_mended_by_a_delay_and_a_conflict_beside_it_by_a_longer_one() -> None:
    late = flight("plan", "north", volume(begin_s=HOUR_S, end_s=2 * HOUR_S))
    found = solved(plan=late)
    assert [(option.delay_s, option.check.clear) for option in found.options] == [(HOUR_S, True)]
    assert "only a notice rule" in reasons(found)[ChangeKind.LEVEL]
    other = flight("other", "south", volume(begin_s=1.2 * HOUR_S, end_s=1.5 * HOUR_S))
    found = solved(other, plan=late)
    assert {(option.delay_s, option.check.clear) for option in of(found, ChangeKind.DELAY)} == {
        (0.5 * HOUR_S + 1, False),
        (HOUR_S, True),
    }
    assert found.options[0].delay_s == HOUR_S, "what leaves no rule broken comes first"
    raised_ = of(found, ChangeKind.LEVEL)[0]
    assert [finding.kind for finding in raised_.check.findings] == [FindingKind.NOTICE_LATE]


def test_only_what_is_in_the_way_is_trimmed_or_left_out() -> None:
    route = flight("plan", "north", volume(), volume(east_m=9_000.0), volume(east_m=18_000.0))
    other = zone("range", "south", volume(east_m=18_000.0, lower_m=1_400.0, upper_m=5_000.0))
    found = solved(other, plan=route)
    assert [option.trims for option in of(found, ChangeKind.DROP)] == [(Trim(volume=2, edge=TrimmedEdge.WHOLE),)]
    top = Trim(volume=2, edge=TrimmedEdge.TOP, by_m=101.0)
    assert (top,) in [option.trims for option in of(found, ChangeKind.TRIM)]
    best = of(found, ChangeKind.TRIM)[0]
    assert best.trims == (top,)
    assert best.volumes == (*route.volumes[:2], replace(route.volumes[2], upper_m=1_399.0))


def test_each_volume_may_be_trimmed_by_another_bound() -> None:
    plan = flight("plan", "north", volume(), volume(east_m=20_000.0))
    others = (
        zone("above", "south", volume(lower_m=1_490.0, upper_m=3_000.0)),
        zone(
            "late", "south", volume(east_m=20_000.0, lower_m=None, upper_m=None, begin_s=4.9 * HOUR_S, end_s=6 * HOUR_S)
        ),
    )
    found = of(solved(*others, plan=plan), ChangeKind.TRIM)
    assert found[0].trims == (
        Trim(volume=0, edge=TrimmedEdge.TOP, by_m=11.0),
        Trim(volume=1, edge=TrimmedEdge.END, by_s=361.0),
    )


@pytest.mark.requirement("SC-RES-03")
def test_where_nothing_is_found_that_is_said_with_its_reason() -> None:
    for_ever = zone(
        "closed", "south", volume(radius_m=60_000.0, lower_m=None, upper_m=None, begin_s=0, end_s=99 * HOUR_S)
    )
    found = solved(for_ever)
    assert found.options == ()
    within = "none was found within the limits of the search"
    assert reasons(found) == {
        ChangeKind.DELAY: within,
        ChangeKind.LEVEL: within,
        ChangeKind.LATERAL: within,
        ChangeKind.TRIM: within,
        ChangeKind.DROP: "every volume of it is in the way",
    }
    assert set(reasons(solved()).values()) == {"nothing stands against the plan"}
    upside_down = flight("plan", "north", volume(lower_m=2_000.0, upper_m=1_000.0))
    assert all("contradicts itself" in reason for reason in reasons(solved(for_ever, plan=upside_down)).values())
    in_use = replace(PLAN, state=IntentState.ACTIVATED)
    assert reasons(solved(for_ever, plan=in_use))[ChangeKind.DELAY] == "it is in use already"
    from_the_ground = flight("plan", "north", volume(lower_m=None))
    assert "which no change of level moves" in reasons(solved(for_ever, plan=from_the_ground))[ChangeKind.LEVEL]
    few = solved(flight("other", "south", volume()), limits=ResolveLimits(max_comparisons=3))
    assert "the search ended after comparing 3 pairs" in reasons(few)[ChangeKind.LATERAL]


def test_people_on_the_ground_are_not_moved() -> None:
    people = replace(site("aid", "north", volume(lower_m=None, upper_m=None)), kind=DeclaredKind.MOVEMENT)
    found = resolve(people, [flight("other", "south", volume())], TERMS, NOON_S)
    assert {option.kind for option in found.options} == {ChangeKind.DELAY}
    place = replace(people, kind=DeclaredKind.SITE)
    assert resolve(place, [flight("other", "south", volume())], TERMS, NOON_S).options == ()


def test_a_descent_stays_above_its_floor() -> None:
    other = zone("range", "south", volume(lower_m=600.0, upper_m=9_000.0))
    assert {option.level_m for option in of(solved(other), ChangeKind.LEVEL)} == {-901.0}
    assert of(solved(other, limits=ResolveLimits(lowest_m=200.0)), ChangeKind.LEVEL) == []


@pytest.mark.requirement("SC-RES-04")
def test_of_two_plans_the_one_that_gives_way_gets_a_proposal_and_so_does_the_other() -> None:
    mine, theirs = PLAN, flight("other", "south", volume(east_m=3_000.0), priority=3)
    proposal = resolve_pair(mine, theirs, [], TERMS, NOON_S)
    assert proposal.precedence.gives_way is GivesWay.PLAN
    assert proposal.of_first.options
    for held, stays, found in ((mine, theirs, proposal.of_first), (theirs, mine, proposal.of_second)):
        for option in found.options:
            assert check(replace(held, volumes=option.volumes), [stays], TERMS, NOON_S).clear


def test_what_lies_beyond_the_reach_of_the_search_changes_nothing() -> None:
    limits = ResolveLimits(max_delay_s=HOUR_S, max_level_m=500.0, max_lateral_m=3_000.0)
    reach = search_reach(TERMS, limits)
    assert (reach.horizontal_m, reach.vertical_m, reach.time_s) == (8_000.0, 800.0, HOUR_S)
    other = flight("other", "south", volume(east_m=6_900.0))
    beyond = [
        flight("far", "south", volume(east_m=2_000.0 + reach.horizontal_m + 1.0)),
        flight("high", "south", volume(lower_m=1_500.0 + reach.vertical_m + 1.0, upper_m=9_000.0)),
        flight("late", "south", volume(begin_s=5 * HOUR_S + reach.time_s + 1.0, end_s=9 * HOUR_S)),
    ]
    alone, among = (solved(*known, limits=limits) for known in ([other], [other, *beyond]))
    assert [(option.said, option.volumes) for option in alone.options] == [
        (option.said, option.volumes) for option in among.options
    ]


def changed(plan: Declared, option: Resolution, less: float) -> Declared:
    """The plan with a little less of the change that an option makes."""

    def moved(one: Volume4D) -> Volume4D:
        if option.kind is ChangeKind.DELAY:
            return delayed(one, option.delay_s - less)
        if option.kind is ChangeKind.LEVEL:
            return raised(one, option.level_m - less * (1 if option.level_m > 0 else -1))
        return Shift(plan.volumes, option.bearing_deg).moved(one, option.lateral_m - less)

    return replace(plan, volumes=tuple(moved(one) for one in plan.volumes))


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Declared, list[Declared]]:
    """A plan of one to three volumes in a small, busy sky: almost always in the way of something."""
    home = draw(HOMES)
    size_m = st.floats(200, 2_500)

    def some(spread_m: float) -> Volume4D:
        lower_m, begin_s = draw(st.floats(500, 1_500)), draw(st.floats(4.0, 4.6)) * HOUR_S
        held = volume(
            draw(st.floats(-spread_m, spread_m)), draw(st.floats(-spread_m, spread_m)), draw(size_m), lower_m,
            lower_m + draw(st.floats(50, 600)), begin_s, begin_s + draw(st.floats(0.2, 1.0)) * HOUR_S, home=home,
        )  # fmt: skip
        return replace(held, area=draw(volumes(home)).area) if draw(st.booleans()) else held

    plan = flight("plan", "north", *(some(9_000.0) for _ in range(draw(st.integers(1, 3)))))
    others = [
        draw(st.sampled_from([flight, flight, zone]))(f"other {number}", "south", some(6_000.0))
        for number in range(draw(st.integers(1, 4)))
    ]
    return plan, others


@pytest.mark.requirement("SC-RES-01")
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(crowds())
def test_every_option_clears_and_a_little_less_does_not(drawn: tuple[Declared, list[Declared]]) -> None:
    plan, crowd = drawn
    limits = ResolveLimits(max_delay_s=3 * HOUR_S, max_level_m=1_500.0, max_lateral_m=9_000.0, max_options=8)
    known = terms(notice_times=())
    found = resolve(plan, crowd, known, NOON_S, limits)
    before = check(plan, crowd, known, NOON_S)
    assert found.before == before
    assert not found.options or not before.clear
    for option in found.options:
        after = check(replace(plan, volumes=option.volumes), crowd, known, NOON_S)
        assert not after.of_weight(Weight.CONFLICT)
        assert not _conflicts(plan, option.volumes, crowd, known)
        if option.kind in (ChangeKind.TRIM, ChangeKind.DROP):
            assert option.volumes == with_trims(plan.volumes, option.trims)
            _every_trim_is_needed(plan, option, crowd, known)
        else:
            assert changed(plan, option, 0.0).volumes == option.volumes
            assert _conflicts(plan, changed(plan, option, 1.0).volumes, crowd, known)


def _conflicts(plan: Declared, held: tuple[Volume4D, ...], crowd: list[Declared], known: PlanTerms) -> bool:
    return bool(check(replace(plan, volumes=held), crowd, known, NOON_S).of_weight(Weight.CONFLICT))


def _every_trim_is_needed(plan: Declared, option: Resolution, crowd: list[Declared], known: PlanTerms) -> None:
    for number, trim in enumerate(option.trims):
        rest = option.trims[:number] + option.trims[number + 1 :]
        less: tuple[Trim, ...] = ()
        if trim.edge is not TrimmedEdge.WHOLE:
            less = (replace(trim, by_s=max(0.0, trim.by_s - 1.0), by_m=max(0.0, trim.by_m - 1.0)),)
        assert _conflicts(plan, with_trims(plan.volumes, (*rest, *less)), crowd, known)


@given(st.floats(0, 360), st.floats(0, 20_000), HOMES)
def test_a_shift_keeps_the_parts_of_a_plan_as_they_lie(
    bearing_deg: float, by_m: float, home: tuple[float, float]
) -> None:
    from steerclear.geodesy.paths import surface_distance  # noqa: PLC0415 used here alone

    parts = (volume(home=home), volume(east_m=4_000.0, north_m=3_000.0, home=home))
    shift = Shift(parts, bearing_deg)
    moved = [shift.moved(part, by_m).area.centre for part in parts]
    was = [part.area.centre for part in parts]

    def apart(one: Any, two: Any) -> float:
        places = (one.latitude_deg, one.longitude_deg, two.latitude_deg, two.longitude_deg)
        return float(surface_distance(*places))

    assert apart(*moved) == pytest.approx(apart(*was), rel=1e-3)
    assert apart(was[0], moved[0]) == pytest.approx(by_m, rel=1e-3, abs=0.01)


@given(st.permutations(range(4)))
def test_the_order_of_neighbours_changes_no_proposal(order: list[int]) -> None:
    crowd = [
        flight("a", "south", volume(east_m=3_000.0)),
        flight("b", "south", volume(north_m=-7_500.0)),
        zone("c", "east", volume(east_m=-4_000.0, begin_s=4.9 * HOUR_S, end_s=9 * HOUR_S)),
        flight("d", "east", volume(lower_m=2_500.0, upper_m=4_000.0)),
    ]
    straight = _cached(tuple(range(4)), crowd)
    assert _cached(tuple(order), crowd) == straight


_SEEN: dict[tuple[int, ...], Resolutions] = {}


def _cached(order: tuple[int, ...], crowd: list[Declared]) -> Resolutions:
    if order not in _SEEN:
        _SEEN[order] = solved(*(crowd[number] for number in order))
    return _SEEN[order]
