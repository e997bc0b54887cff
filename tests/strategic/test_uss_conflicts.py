"""Which overlaps F3548-21 lets a plan have: the whole table of decisions, against rules written down a second time."""

from __future__ import annotations

from itertools import product

import pytest

from steerclear.model.intent import IntentState
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.strategic.uss_conflicts import (
    MANY_PAIRS,
    NO_BUFFER,
    HiddenIntent,
    KnownConstraint,
    KnownIntent,
    PlannedIntent,
    PriorityRules,
    check_conflicts,
    first_overlap,
)
from steerclear.strategic.volumes import PreparedVolume, overlap, prepare

STATES = [one for one in IntentState if one is not IntentState.ENDED]
IN_FLIGHT = {IntentState.ACTIVATED, IntentState.NONCONFORMING, IntentState.CONTINGENT}


def disc(east: float = 0.0, lower_m: float = 0.0, upper_m: float = 100.0, from_s: float = 0.0) -> PreparedVolume:
    return prepare(
        Volume4D(
            area=CircleArea(centre=Position(latitude_deg=40.0, longitude_deg=179.999 + east), radius_m=300.0)
            if 179.999 + east <= 180.0
            else CircleArea(centre=Position(latitude_deg=40.0, longitude_deg=-180.001 + east), radius_m=300.0),
            lower_m=lower_m,
            upper_m=upper_m,
            altitude_datum=AltitudeDatum.ELLIPSOID,
            from_s=1_000.0 + from_s,
            until_s=2_000.0 + from_s,
        )
    )


def allowed(plan: PlannedIntent, other: KnownIntent, rules: PriorityRules) -> bool:
    """The standard's rules in another form: what must hold for the plan to be allowed."""
    if plan.state in (IntentState.NONCONFORMING, IntentState.CONTINGENT):
        return True
    if not _meet(plan.volumes, other.volumes):
        return True
    if _meet(plan.flown, other.volumes):
        return True
    if plan.priority == other.priority:
        return plan.priority in rules.conflicts_permitted_at
    return plan.priority > other.priority


def _meet(some: tuple[PreparedVolume, ...], others: tuple[PreparedVolume, ...]) -> bool:
    def flat(one: PreparedVolume) -> tuple[float, ...]:
        volume = one.volume
        assert isinstance(volume.area, CircleArea)
        east = volume.area.centre.longitude_deg % 360.0
        assert volume.lower_m is not None
        assert volume.upper_m is not None
        return east, volume.lower_m, volume.upper_m, volume.from_s, volume.until_s

    for one, other in product(map(flat, some), map(flat, others)):
        near = abs(one[0] - other[0]) * 85_000.0 <= 600.0
        if near and one[1] <= other[2] and other[1] <= one[2] and one[3] <= other[4] and other[3] <= one[4]:
            return True
    return False


@pytest.mark.requirement("SC-USS-02")
@pytest.mark.requirement("SC-USS-03")
def test_every_combination_of_states_priorities_and_places_is_decided_as_the_standard_has_it() -> None:
    places = [disc(), disc(0.004), disc(0.02), disc(lower_m=100.0, upper_m=150.0), disc(lower_m=101.0, upper_m=150.0)]
    places.append(disc(from_s=1_000.5))
    checked = 0
    for state, other_state, own, theirs, place, permitted, flown in product(
        STATES, STATES, (0, 5), (0, 5, 9), places, ((), (0, 5)), ((), (disc(),), (disc(0.02),))
    ):
        rules = PriorityRules(conflicts_permitted_at=frozenset(permitted))
        plan = PlannedIntent(state=state, priority=own, volumes=(disc(),), flown=flown)
        other = KnownIntent(intent_id="o", manager="m", state=other_state, priority=theirs, volumes=(place,))
        found = check_conflicts(plan, [other], [], [], rules)
        assert found.permitted is allowed(plan, other, rules), (plan.state, other.state, own, theirs)
        assert bool(found.conflicts) is _meet(plan.volumes, other.volumes)
        checked += 1
    assert checked == 4 * 4 * 2 * 3 * 6 * 2 * 3


@pytest.mark.requirement("SC-USS-04")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("theirs", STATES)
def test_of_a_down_uss_what_is_in_use_forbids_and_what_is_not_does_not(state: IntentState, theirs: IntentState) -> None:
    hidden = HiddenIntent(intent_id="h", manager="down", state=theirs)
    plan = PlannedIntent(state=state, priority=10**9, volumes=(disc(),))
    found = check_conflicts(plan, [], [hidden], [], PriorityRules())
    as_flown = state in (IntentState.NONCONFORMING, IntentState.CONTINGENT)
    assert found.permitted is (as_flown or theirs not in IN_FLIGHT)
    # Where the highest priority may conflict with itself, and only there, it may.
    top = PriorityRules(highest=100, conflicts_permitted_at=frozenset({100}))
    plan = PlannedIntent(state=IntentState.ACCEPTED, priority=100, volumes=(disc(),))
    assert check_conflicts(plan, [], [hidden], [], top).permitted
    lower = PlannedIntent(state=IntentState.ACCEPTED, priority=99, volumes=(disc(),))
    assert check_conflicts(lower, [], [hidden], [], top).permitted is (theirs not in IN_FLIGHT)


@pytest.mark.requirement("SC-USS-14")
def test_a_constraint_is_told_and_forbids_nothing() -> None:
    plan = PlannedIntent(state=IntentState.ACCEPTED, priority=0, volumes=(disc(), disc(0.02)))
    zones = [
        KnownConstraint(constraint_id="met", manager="m", volumes=(disc(0.021),)),
        KnownConstraint(constraint_id="clear", manager="m", volumes=(disc(0.05),)),
    ]
    found = check_conflicts(plan, [], [], zones, PriorityRules())
    assert [one.constraint_id for one in found.constraints] == ["met"]
    assert found.permitted


@pytest.mark.requirement("SC-USS-02")
def test_many_volumes_are_compared_as_few_are() -> None:
    row = [disc(number * 1e-3, from_s=-10.0 * number) for number in range(-90, 0)]
    for shift in (0.0, 0.0069, 0.0072, 0.02):
        place = [disc(shift, from_s=10.0 * number) for number in range(90)]
        assert len(row) * len(place) > MANY_PAIRS
        plain = any(overlap(one, other, NO_BUFFER) is not None for one in row for other in place)
        assert (first_overlap(row, place) is not None) is plain
        assert (first_overlap(row[:9], place[:9]) is not None) <= plain
