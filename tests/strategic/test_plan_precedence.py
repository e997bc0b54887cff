"""Who gives way: asked rule by rule, the same from both sides, and never more certain than what was signed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.intent import ConstraintBasis, FlightPurpose, IntentState
from steerclear.model.plan_check import GivesWay
from steerclear.model.precedence import DEFAULT_PRECEDENCE, PrecedenceBy, PrecedenceRule
from steerclear.model.vocabulary import AircraftKind
from steerclear.strategic.precedence import precedence
from tests.strategic.plan_scenes import agreement, flight, site, zone

RULES = agreement(
    precedence=(
        *DEFAULT_PRECEDENCE[:4],
        PrecedenceRule(by=PrecedenceBy.PARTY, first="south", before="north"),
        DEFAULT_PRECEDENCE[4],
    )
)
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], PrecedenceBy]] = {
    # what: (the one that gives way, the one that goes first, the rule that tells)
    "medical first": ({"priority": 9}, {"purpose": FlightPurpose.MEDICAL}, PrecedenceBy.EMERGENCY),
    "higher priority": (
        {"priority": 1, "state": IntentState.ACTIVATED},
        {"priority": 2, "aircraft": AircraftKind.UNCREWED},
        PrecedenceBy.PRIORITY,
    ),
    "crewed first": (
        {"aircraft": AircraftKind.UNCREWED, "state": IntentState.ACTIVATED},
        {"state": IntentState.ACCEPTED},
        PrecedenceBy.CREWED,
    ),
    "in use first": ({"state": IntentState.ACCEPTED}, {"state": IntentState.CONTINGENT}, PrecedenceBy.ACTIVATED),
    "earlier first": (
        {"party": "east", "declared_s": 20.0},
        {"party": "north", "declared_s": 10.0},
        PrecedenceBy.EARLIER,
    ),
    "named party": ({"declared_s": 10.0}, {"declared_s": 20.0, "party": "south"}, PrecedenceBy.PARTY),
}


def some_flight(name: str, fields: dict[str, Any]) -> Declared:
    return flight(name, fields.get("party", "north"), **{key: fields[key] for key in fields if key != "party"})


@pytest.mark.requirement("SC-CHK-09")
@pytest.mark.parametrize("what", CASES)
def test_the_first_rule_that_tells_two_plans_apart_decides(what: str) -> None:
    back, front, by = CASES[what]
    one, two = some_flight("one", back), some_flight("two", front)
    found = precedence(one, two, RULES)
    assert (found.gives_way, found.by, found.agreed) == (GivesWay.PLAN, by, True)
    assert precedence(two, one, RULES).gives_way is GivesWay.OTHER
    assert precedence(two, one, RULES).reason == found.reason


@pytest.mark.requirement("SC-CHK-09")
def test_without_rules_the_usual_order_is_shown_as_not_agreed() -> None:
    one, two = flight("one", "north", priority=1), flight("two", "south", priority=5)
    found = precedence(one, two, agreement())
    assert (found.gives_way, found.by, found.agreed) == (GivesWay.PLAN, PrecedenceBy.PRIORITY, False)


def test_what_no_rule_tells_apart_is_undecided() -> None:
    one, two = flight("one", "north"), flight("two", "east")
    assert precedence(one, two, RULES).gives_way is GivesWay.UNDECIDED
    unknown = flight("unknown", "east", aircraft=None)
    assert precedence(one, unknown, RULES).gives_way is GivesWay.UNDECIDED


def test_people_on_the_ground_never_give_way() -> None:
    hospital = site("hospital", "south")
    urgent = flight("urgent", "north", purpose=FlightPurpose.EMERGENCY, priority=100)
    assert precedence(urgent, hospital, RULES).gives_way is GivesWay.PLAN
    assert precedence(hospital, zone("range", "north", basis=ConstraintBasis.AGREED), RULES).gives_way is GivesWay.OTHER


def test_a_zone_that_is_only_declared_goes_before_nobody_by_itself() -> None:
    crossing = flight("crossing", "north")
    declared, agreed = (
        zone("range", "east", basis=basis) for basis in (ConstraintBasis.UNILATERAL, ConstraintBasis.AGREED)
    )
    assert precedence(crossing, declared, RULES).gives_way is GivesWay.UNDECIDED
    assert precedence(crossing, agreed, RULES).gives_way is GivesWay.PLAN


flights = st.builds(
    flight,
    st.sampled_from(["a", "b"]),
    st.sampled_from(["north", "south", "east"]),
    priority=st.integers(0, 2),
    aircraft=st.sampled_from([None, *AircraftKind]),
    state=st.sampled_from([None, *IntentState]),
    purpose=st.sampled_from(FlightPurpose),
    declared_s=st.none() | st.sampled_from([1.0, 2.0]),
)
others = st.builds(
    Declared,
    kind=st.sampled_from(DeclaredKind),
    declared_id=st.just("c"),
    party=st.sampled_from(["north", "south"]),
    basis=st.sampled_from([None, *ConstraintBasis]),
    declared_s=st.none() | st.sampled_from([1.0, 2.0]),
)
TURNED = {GivesWay.PLAN: GivesWay.OTHER, GivesWay.OTHER: GivesWay.PLAN, GivesWay.UNDECIDED: GivesWay.UNDECIDED}


@pytest.mark.requirement("SC-CHK-09")
@given(flights | others, flights | others, st.permutations(RULES.precedence), st.integers(0, 6))
def test_both_sides_see_the_same_one_give_way(
    one: Declared, two: Declared, rules: list[PrecedenceRule], count: int
) -> None:
    signed = agreement(precedence=tuple(rules[:count]))
    there, back = precedence(one, two, signed), precedence(two, one, signed)
    assert back.gives_way is TURNED[there.gives_way]
    assert (back.by, back.agreed, back.reason) == (there.by, there.agreed, there.reason)
    assert "must" not in there.reason
