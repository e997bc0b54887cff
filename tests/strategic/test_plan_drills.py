"""Cases from real life in which what was declared did not protect: each is a plan that the check must speak up about.

The sources of the cases are public inquiries; places, parties and numbers here are made up.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from steerclear.model.declared import StatedPlace
from steerclear.model.intent import ConstraintBasis, Movement, OperationalIntent, ProtectedSite
from steerclear.model.intent import IntentState as I
from steerclear.model.known_place import KnownPlace
from steerclear.model.plan_check import FindingKind, GivesWay, Weight
from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import NoticeSubject
from steerclear.strategic.check import check
from steerclear.strategic.declaring import of_flight, of_movement, of_site
from tests.strategic.plan_scenes import HOUR_S, NOON_S, at, flight, terms, volume, zone

AIRFIELD = KnownPlace(name="airfield", position=at(0.0, 0.0))
K = FindingKind


@pytest.mark.requirement("SC-CHK-14")
def test_a_closure_with_two_upper_limits_is_questioned_before_anyone_relies_on_it() -> None:
    # 2014: one closure was published with two different upper limits for one area.
    pressure = AltitudeDatum.PRESSURE_STANDARD
    low = volume(radius_m=40_000.0, lower_m=0.0, upper_m=9_754.0, datum=pressure)
    high = replace(low, upper_m=16_154.0)
    closure = zone("closure", "south", low, high)
    said = check(closure, [], terms(), NOON_S).of_weight(Weight.CONTRADICTION)
    assert [finding.kind for finding in said] == [K.TWO_LIMITS]
    assert "two upper limits: 9,754 m and 16,154 m" in said[0].said
    # Published twice over, as two closures, the same holds.
    again = check(zone("b", "south", high), [zone("a", "south", low)], terms(), NOON_S)
    assert [finding.kind for finding in again.of_weight(Weight.CONTRADICTION)] == [K.TWO_LIMITS]
    # Until it is cleared up, a flight between the two limits is in conflict: the higher one counts.
    between = flight("airliner", "north", volume(lower_m=10_000.0, upper_m=10_100.0, datum=pressure))
    assert [finding.kind for finding in check(between, [closure], terms(), NOON_S).findings] == [K.ZONE]


@pytest.mark.requirement("SC-CHK-14")
def test_a_hospital_on_the_list_is_matched_with_the_place_of_an_activity() -> None:
    # 2015: the list of protected places and the grid of the activity were both known; nobody laid one on the other.
    hospital = ProtectedSite(
        site_id="h", revision=1, party="south", function="field hospital", position=at(350.0, -80.0), radius_m=120.0,
        markings="flag on the roof", contact_function="planning", from_s=NOON_S, until_s=NOON_S + 90 * 24 * HOUR_S,
    )  # fmt: skip
    activity = flight("activity", "north", volume(radius_m=30.0, lower_m=2_000.0, upper_m=5_000.0))
    found = check(activity, [of_site(hospital)], terms((AIRFIELD,)), NOON_S).findings[0]
    assert (found.kind, found.weight, found.other_title) == (K.SITE, Weight.CONFLICT, "field hospital")
    assert found.precedence is not None
    assert found.precedence.gives_way is GivesWay.PLAN
    assert (found.contacts[0].party, found.contacts[0].function) == ("south", "planning")
    assert found.near is not None
    assert found.near.place == "airfield"


@pytest.mark.requirement("SC-CHK-14")
def test_a_place_told_several_kilometres_wrong_is_noticed_by_reading_it_back() -> None:
    # 2016: the place that was notified lay kilometres from the place that was meant.
    meant, written = at(2_000.0, -9_000.0), at(2_000.0, -3_000.0)
    told = StatedPlace(position=written, place="airfield", distance_m=9_220.0, bearing_deg=167.0)
    activity = flight("activity", "north", volume(2_000.0, -3_000.0), stated=(told,))
    found = check(activity, [], terms((AIRFIELD,)), NOON_S)
    assert not found.clear
    assert [finding.kind for finding in found.findings] == [K.PLACE_MISMATCH]
    assert "3.6 km, 146 degrees" in found.findings[0].said
    right = replace(activity, volumes=(volume(2_000.0, -9_000.0),), stated=(replace(told, position=meant),))
    assert check(right, [], terms((AIRFIELD,)), NOON_S).clear


@pytest.mark.requirement("SC-CHK-14")
def test_an_aid_convoy_is_known_to_every_plan_over_its_road_as_it_was_last_amended() -> None:
    # 2024: a convoy had been coordinated, and those who acted did not know of its change of road and of its escort.
    convoy = Movement(
        movement_id="m", revision=1, party="south", function="aid convoy with escort",
        route=(at(0.0, 20_000.0), at(0.0, 12_000.0), at(5_000.0, 8_000.0)), half_width_m=200.0, vehicles=4,
        contact_function="duty officer", from_s=NOON_S + 3 * HOUR_S, until_s=NOON_S + 6 * HOUR_S,
    )  # fmt: skip
    other_road = replace(convoy, revision=2, route=(at(0.0, 20_000.0), at(0.0, 12_000.0), at(0.0, 400.0)))
    activity = flight("activity", "north", volume())
    first, amended = of_movement(convoy), of_movement(other_road)
    assert check(activity, [first], terms(), NOON_S).clear
    for known in ([first, amended], [amended, first]):
        found = check(activity, known, terms(), NOON_S).findings[0]
        assert (found.kind, found.other_title) == (K.MOVEMENT, "aid convoy with escort")
        assert (found.from_s, found.until_s) == (NOON_S + 4 * HOUR_S, NOON_S + 5 * HOUR_S)
    # A line that is down afterwards takes nothing of it away.
    unreachable = replace(amended, reachable=False)
    assert not check(activity, [unreachable], terms(), NOON_S).clear
    after = flight("activity", "north", volume(begin_s=6 * HOUR_S + 1, end_s=7 * HOUR_S))
    assert check(after, [amended], terms(), NOON_S).clear


@pytest.mark.requirement("SC-CHK-14")
def test_a_drone_that_would_enter_a_declared_operating_zone_is_told_before_it_flies() -> None:
    # 2023: strikes and a drone's second entry fell into a restricted operating zone that the other side had declared.
    declared = zone("operating zone", "south", volume(radius_m=5_000.0, lower_m=None, upper_m=None, begin_s=0),
                    basis=ConstraintBasis.UNILATERAL, contact_function="duty officer")  # fmt: skip
    drone = OperationalIntent(
        intent_id="d", revision=1, party="north", state=I.ACCEPTED, title="survey",
        volumes=(volume(north_m=5_900.0), volume(north_m=12_000.0)),
        off_nominal_volumes=(volume(north_m=4_000.0),),
    )  # fmt: skip
    found = check(of_flight(drone), [declared], terms(notice_times=()), NOON_S).findings
    assert [finding.kind for finding in found] == [K.ZONE]
    assert {meeting.volume for meeting in found[0].meetings} == {0, 2}
    assert found[0].precedence is not None
    assert not found[0].precedence.agreed, "a zone that nobody has agreed to gives no precedence by itself"
    assert found[0].contacts[0].desk == "south-desk"


@pytest.mark.requirement("SC-CHK-14")
def test_a_closure_given_after_it_begins_is_late() -> None:
    # 2024: a closure was learned of minutes after it was needed; closure precedes activity.
    from steerclear.model.agreement import NoticeTime  # noqa: PLC0415 used here alone

    rule = NoticeTime(subject=NoticeSubject.ACTIVITY, before_s=HOUR_S, valid_s=24 * HOUR_S)
    closure = zone("closure", "south", volume(begin_s=-300.0), subject=NoticeSubject.ACTIVITY)
    found = check(closure, [], terms(notice_times=(rule,)), NOON_S).findings
    assert [(finding.kind, finding.time_s) for finding in found] == [(K.NOTICE_LATE, -300.0)]
