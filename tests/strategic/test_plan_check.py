"""What a check finds, by hand-computed scenarios: with what, where, when, by how much, who goes first, whom to call.

Minima 5 km or 300 m. The plan is a circle of 1 km around home, 1,000 to 1,500 m, from 16:00 to 17:00; it is noon.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from steerclear.model.declared import Declared, DeclaredKind, Known
from steerclear.model.intent import ConstraintState, IntentState
from steerclear.model.known_place import KnownPlace
from steerclear.model.plan_check import Contact, Finding, FindingKind, GivesWay, PlanCheck, Weight
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import Position
from steerclear.model.zone import Circle, Zone
from steerclear.strategic.check import check
from tests.strategic.plan_scenes import HOME, HOUR_S, NOON_S, at, flight, site, terms, volume, zone

PLAN = flight("plan", "north", volume())
K, W = FindingKind, Weight


def checked(*neighbours: Declared, plan: Declared = PLAN, now_s: float = NOON_S, **changes: Any) -> PlanCheck:
    return check(plan, neighbours, terms(**changes), now_s)


def only(found: PlanCheck) -> Finding:
    assert len(found.findings) == 1
    return found.findings[0]


GOLD: dict[str, tuple[dict[str, Any], bool, float | None, float | None]] = {
    # another flight: (where it is, conflict?, horizontal m, vertical m)
    "same place and time": ({}, True, 0.0, 0.0),
    "6.9 km away: 4.9 km between the edges": ({"east_m": 6_900.0}, True, 4_900.0, 0.0),
    "7.0 km away: exactly the minimum": ({"east_m": 7_000.0}, True, 5_000.0, 0.0),
    "7.1 km away": ({"east_m": 7_100.0}, False, None, None),
    "299 m above": ({"lower_m": 1_799.0, "upper_m": 2_000.0}, True, 0.0, 299.0),
    "300 m above: exactly the minimum": ({"lower_m": 1_800.0, "upper_m": 2_000.0}, True, 0.0, 300.0),
    "301 m above": ({"lower_m": 1_801.0, "upper_m": 2_000.0}, False, None, None),
    "301 m below": ({"lower_m": 100.0, "upper_m": 699.0}, False, None, None),
    "near in both, less than either minimum": (
        {"north_m": 6_000.0, "lower_m": 1_700.0, "upper_m": 1_800.0},
        True,
        4_000.0,
        200.0,
    ),
    "ends when the plan begins": ({"begin_s": 3 * HOUR_S, "end_s": 4 * HOUR_S}, True, 0.0, 0.0),
    "ends a second before": ({"begin_s": 3 * HOUR_S, "end_s": 4 * HOUR_S - 1}, False, None, None),
    "begins when the plan ends": ({"begin_s": 5 * HOUR_S, "end_s": 6 * HOUR_S}, True, 0.0, 0.0),
    "unlimited in height": ({"lower_m": None, "upper_m": None, "datum": None}, True, 0.0, 0.0),
    # 150 to 2,400 m of pressure altitude may well be 1,000 to 1,500 m above the sea.
    "another datum, 400 m above by the numbers": (
        {"lower_m": 1_900.0, "upper_m": 2_400.0, "datum": AltitudeDatum.PRESSURE_STANDARD},
        True,
        0.0,
        0.0,
    ),
    "another datum, far above": (
        {"lower_m": 6_000.0, "upper_m": 7_000.0, "datum": AltitudeDatum.PRESSURE_STANDARD},
        False,
        None,
        None,
    ),
}


@pytest.mark.requirement("SC-CHK-01")
@pytest.mark.parametrize("what", GOLD)
@pytest.mark.parametrize("home", [HOME, (0.0, 179.999), (89.97, 30.0), (-33.0, -70.0)])
def test_two_flights_conflict_exactly_within_the_minima(what: str, home: tuple[float, float]) -> None:
    place, conflict, horizontal_m, vertical_m = GOLD[what]
    plan = flight("plan", "north", volume(home=home))
    found = checked(flight("other", "south", volume(home=home, **place)), plan=plan)
    assert found.clear is not conflict
    if conflict:
        finding = only(found)
        assert (finding.kind, finding.weight) == (K.FLIGHT, W.CONFLICT)
        meeting = finding.meetings[0]
        assert meeting.horizontal_m == pytest.approx(horizontal_m, abs=0.5)
        assert meeting.vertical_m == pytest.approx(vertical_m, abs=0.02)
        assert (meeting.horizontal_required_m, meeting.vertical_required_m) == (5_000.0, 300.0)
        assert (meeting.datum_uncertainty_m is not None) == ("another datum" in what)


@pytest.mark.requirement("SC-CHK-02")
def test_the_answer_says_with_what_where_when_by_how_much_who_goes_first_and_whom_to_call() -> None:
    other = flight(
        "other", "south", volume(east_m=4_000.0, begin_s=4.5 * HOUR_S, end_s=6 * HOUR_S), priority=2,
        contact_function="planning",
    )  # fmt: skip
    finding = only(checked(other, places=(KnownPlace(name="the bridge", position=at(2_000.0, -3_000.0)),)))
    assert (finding.other_id, finding.other_party, finding.other_title) == ("other", "south", "other")
    assert (finding.from_s, finding.until_s) == (NOON_S + 4.5 * HOUR_S, NOON_S + 5 * HOUR_S)
    middle, where = at(2_000.0, 0.0), finding.where
    assert where is not None
    assert where.latitude_deg == pytest.approx(middle.latitude_deg, abs=1e-4)
    assert where.longitude_deg == pytest.approx(middle.longitude_deg, abs=1e-4)
    assert finding.near is not None
    assert finding.near.place == "the bridge"
    assert finding.near.distance_m == pytest.approx(3_000.0, abs=5.0)
    assert min(finding.near.bearing_deg, 360.0 - finding.near.bearing_deg) < 0.5
    assert finding.meetings[0].horizontal_m == pytest.approx(2_000.0, abs=0.5)
    assert finding.precedence is not None
    assert finding.precedence.gives_way is GivesWay.PLAN
    assert finding.contacts == (Contact(party="south", desk="south-desk", function="planning"),)


def test_without_a_desk_for_its_function_the_first_one_is_called() -> None:
    assert only(checked(flight("other", "south", volume(), contact_function="pilot"))).contacts == (
        Contact(party="south", desk="south-desk", function="duty officer"),
    )
    assert only(checked(flight("other", "strangers", volume(), contact_function="pilot"))).contacts == (
        Contact(party="strangers", desk="", function="pilot"),
    )


@pytest.mark.requirement("SC-CHK-03")
def test_zones_sites_and_movements_are_held_against_a_plan() -> None:
    crossed = zone("range", "south", volume(east_m=1_900.0))
    beside = zone("range", "south", volume(east_m=2_100.0))
    assert only(checked(crossed)).kind is K.ZONE
    assert checked(beside).clear, "a zone ends at its edge"
    hospital = site("hospital", "south", volume(east_m=1_700.0, radius_m=100.0, lower_m=None, upper_m=None))
    finding = only(checked(hospital))
    assert (finding.kind, finding.weight) == (K.SITE, W.CONFLICT)
    assert finding.meetings[0].horizontal_required_m == 600.0
    assert finding.meetings[0].horizontal_m == pytest.approx(600.0, abs=0.5)
    assert finding.precedence is not None
    assert finding.precedence.gives_way is GivesWay.PLAN
    assert checked(hospital, standoff_m=599.0).clear
    convoy = replace(hospital, kind=DeclaredKind.MOVEMENT)
    assert only(checked(convoy)).kind is K.MOVEMENT
    assert checked(convoy, people_top_m=999.0).clear
    assert not checked(convoy, people_top_m=1_000.0).clear


def test_the_agreements_own_zones_count_without_being_given() -> None:
    place = Circle(latitude_deg=HOME[0], longitude_deg=HOME[1], radius_m=500.0)
    agreed = Zone(
        zone_id="dam", name="Dam", party="south", footprint=place, lower_m=0.0, upper_m=1_000.0,
        altitude_datum=AltitudeDatum.MSL_GEOID, from_s=NOON_S, until_s=NOON_S + 24 * HOUR_S,
    )  # fmt: skip
    finding = only(checked(zones=(agreed,)))
    assert (finding.kind, finding.other_kind, finding.other_id) == (K.ZONE, DeclaredKind.AGREED_ZONE, "dam")
    assert finding.precedence is not None
    assert finding.precedence.gives_way is GivesWay.PLAN
    own = only(checked(zones=(replace(agreed, party="north"),)))
    assert (own.kind, own.weight) == (K.OWN_ZONE, W.ADVICE)


@pytest.mark.requirement("SC-CHK-03")
def test_crossing_a_zone_of_ones_own_party_is_told_and_is_no_conflict() -> None:
    found = checked(zone("range", "north", volume()))
    assert found.clear
    assert (only(found).kind, only(found).weight) == (K.OWN_ZONE, W.ADVICE)


def test_zones_back_to_back_do_not_conflict_and_flights_at_the_same_instant_do() -> None:
    reserved = zone("b", "north", volume(begin_s=5 * HOUR_S, end_s=6 * HOUR_S))
    assert checked(zone("a", "south", volume()), plan=reserved).clear
    assert not checked(flight("a", "south", volume()), plan=flight("b", "north", *reserved.volumes)).clear


@pytest.mark.requirement("SC-CHK-04")
@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"state": IntentState.ACCEPTED}, True),
        ({"state": IntentState.CONTINGENT}, True),
        ({"reachable": False}, True),
        ({"reachable": False, "state": IntentState.ACCEPTED}, True),
        ({"state": IntentState.ENDED}, False),
        ({"withdrawn": True}, False),
    ],
)
def test_only_its_own_party_and_its_own_time_take_a_plan_out_of_the_airspace(
    changes: dict[str, Any], counts: bool
) -> None:
    other = flight("other", "south", volume(), **changes)
    found = checked(other)
    assert found.clear is not counts
    if not changes.get("reachable", True):
        assert only(found).other_reachable is False
        assert "cannot be reached" in only(found).said
        full, down = (only(checked(replace(other, reachable=up))) for up in (True, False))
        assert full.meetings == down.meetings, "a party that is down counts in full"


def test_zones_count_also_while_they_are_only_requested() -> None:
    for state in ConstraintState:
        ended = state in (ConstraintState.CLOSED, ConstraintState.CANCELLED)
        assert checked(zone("range", "south", volume(), state=state)).clear is ended


@pytest.mark.requirement("SC-CHK-04")
def test_a_flight_whose_time_ran_out_without_a_word_is_asked_about() -> None:
    past = volume(begin_s=-2 * HOUR_S, end_s=-HOUR_S)
    silent = flight("silent", "south", past, state=IntentState.ACTIVATED)
    finding = only(checked(silent))
    assert (finding.kind, finding.weight) == (K.OVERDUE, W.ADVICE)
    assert finding.contacts[0].party == "south"
    assert not checked(replace(silent, state=IntentState.ENDED)).findings
    assert not checked(replace(silent, state=IntentState.ACCEPTED)).findings
    assert not checked(replace(silent, volumes=(volume(east_m=20_000.0, begin_s=-2, end_s=-1),))).findings


@pytest.mark.requirement("SC-CHK-05")
def test_what_is_known_coarsely_or_not_at_all_is_said_to_be_so() -> None:
    coarse = only(checked(flight("other", "south", volume(), known=Known.COARSE)))
    assert coarse.weight is W.CONFLICT
    assert "coarse" in coarse.said
    hidden = Declared(kind=DeclaredKind.FLIGHT, declared_id="hidden", party="south", known=Known.SEALED)
    found = checked(hidden)
    assert (found.clear, found.unseen, only(found).kind) == (True, 1, K.SEALED)
    later = replace(hidden, from_s=NOON_S + 6 * HOUR_S, until_s=NOON_S + 7 * HOUR_S)
    assert checked(later).unseen == 0
    assert checked(replace(later, from_s=NOON_S + 5 * HOUR_S)).unseen == 1
    over = replace(hidden, until_s=NOON_S - 1)
    assert checked(over).unseen == 0


def test_the_newest_version_of_an_item_counts_and_two_of_one_number_both_do() -> None:
    old, new = flight("other", "south", volume()), flight("other", "south", volume(east_m=50_000.0), revision=2)
    assert checked(old, new).clear
    assert checked(new, old).clear
    clash = replace(new, revision=1)
    kinds = {finding.kind for finding in checked(old, clash).findings}
    assert kinds == {K.FLIGHT, K.TWO_VERSIONS}
    assert checked(old, old).compared == 1


def test_an_earlier_revision_of_the_plan_itself_is_not_held_against_it() -> None:
    assert checked(PLAN, replace(PLAN, revision=2, volumes=(volume(east_m=100.0),))).findings == ()


@pytest.mark.requirement("SC-CHK-06")
def test_notice_times_are_held_against_a_plan() -> None:
    late = only(checked(now_s=NOON_S + 2 * HOUR_S + 1))
    assert (late.kind, late.weight) == (K.NOTICE_LATE, W.NOTICE_RULE)
    assert (late.time_s, late.time_required_s) == (2 * HOUR_S - 1, 2 * HOUR_S)
    assert checked(now_s=NOON_S + 2 * HOUR_S).clear
    given = replace(PLAN, declared_s=NOON_S, state=IntentState.ACTIVATED)
    assert checked(plan=given, now_s=NOON_S + 4 * HOUR_S).clear, "it was notified in time, whenever it is looked at"
    moved = replace(given, revised_s=NOON_S + 3 * HOUR_S)
    assert only(checked(plan=moved, now_s=NOON_S + 4 * HOUR_S)).time_s == HOUR_S
    long = flight("plan", "north", volume(end_s=28 * HOUR_S), volume(begin_s=28 * HOUR_S, end_s=28.5 * HOUR_S))
    finding = only(checked(plan=long))
    assert (finding.kind, finding.time_s, finding.time_required_s) == (K.VALID_TOO_LONG, 24.5 * HOUR_S, 24 * HOUR_S)


def test_a_check_names_its_terms_and_its_time() -> None:
    found = checked(version=3)
    assert (found.plan_id, found.revision, found.made_at_s) == ("plan", 1, NOON_S)
    assert (found.agreement_id, found.agreement_version, found.compared) == ("valley", 3, 0)


def test_a_neighbour_that_contradicts_itself_is_compared_in_its_widest_reading() -> None:
    upside_down = volume(lower_m=1_500.0, upper_m=1_000.0, begin_s=5 * HOUR_S, end_s=4 * HOUR_S)
    assert only(checked(flight("other", "south", upside_down))).kind is K.FLIGHT
    no_datum = volume(lower_m=9_000.0, upper_m=9_100.0, datum=None)
    assert only(checked(flight("other", "south", no_datum))).kind is K.FLIGHT
    nowhere = volume()
    nowhere = replace(nowhere, area=replace(nowhere.area, centre=Position(latitude_deg=91.0, longitude_deg=0.0)))
    finding = only(checked(flight("other", "south", nowhere)))
    assert (finding.kind, finding.weight) == (K.NOT_A_SHAPE, W.ADVICE)
