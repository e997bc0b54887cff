"""From an aircraft that nobody knows to the answers of all parties, over real exchanges."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.identification import AnswerStanding, IdentificationState, MatchBasis
from steerclear.model.messages import Verdict
from steerclear.model.vocabulary import Disclosure, Urgency
from steerclear.services.acknowledge import acknowledge, relay, respond
from steerclear.services.faults import NotInForceError
from steerclear.services.identify import cases, events, limits, watch
from steerclear.services.identify.events import CASE, IDENTIFICATION, read_cases, read_not_asked, read_tracks
from steerclear.services.identify.figures import CaseCounter
from steerclear.services.line_events import UNANSWERED, read_standing, standing_key
from tests.services.identify.questions import AREA, Desk, desks, person_only, questions, settle, track
from tests.services.parties import START_S
from tests.services.plans import flight, name, tell
from tests.strategic.sky import corridor, disc

SOUTH = ("south-desk", "duty officer")


def rows(desk, kind):
    return [row for row in desk.store.journal(0, 1_000) if row.kind == kind]


def asked_of(desk, party="south"):
    return next(one for one in cases(desk.exchange)[0].asked if one.party == party)


def stored(sent):
    sent.stored.result()


@pytest.fixture
def pair():
    north, south = desks()
    north.tracks = [track()]
    yield north, south
    north.close()
    south.close()


@pytest.mark.requirement("SC-IDN-10")
def test_an_unknown_aircraft_in_an_area_of_ours_is_asked_about_by_the_node_itself(pair):
    north, south = pair
    north.look(10.0)
    settle(north, south)
    [question] = questions(south)
    [case] = cases(north.exchange)
    assert (case.track_id, case.automatic, case.urgency) == ("t1", True, Urgency.IMMEDIATE)
    assert (case.approach.item_id, case.approach.time_to_boundary_s) == ("valley", 0.0)
    assert question.agencies == ("south air service",)
    assert question.case_id == case.case_id
    assert question.approach == "it is inside the area of authority 'Upper valley'"
    assert question.urgency is Urgency.IMMEDIATE
    assert question.respond_by_s == case.opened_s + 120.0
    assert question.from_function == ""  # no person has asked
    assert [one.party for one in case.asked] == ["south"]
    assert case.asked[0].standing is AnswerStanding.NO_ANSWER
    assert case.asked[0].agencies[0].relayed_s is None


@pytest.mark.requirement("SC-IDN-10")
def test_every_party_and_every_agency_is_asked():
    many = tuple(f"air service {number}" for number in range(130))
    north, _, _ = desks(("north", "south", "east"))
    agreement = north.exchange.versions.newest.agreement
    wide = [msgspec.structs.replace(one, agencies=many) if one.party_id == "south" else one
            for one in agreement.parties]  # fmt: skip
    nodes = [
        Desk(party, msgspec.structs.replace(agreement, parties=tuple(wide))) for party in ("north", "south", "east")
    ]
    north, south, east = nodes
    for one in nodes:
        one.clock = one.exchange.clock = north.clock
        one.timekeeper.tick()
    north.tracks = [track()]
    north.look(10.0)
    settle(*nodes)
    named = [agency for question in questions(south) for agency in question.agencies]
    assert sorted(named) == sorted(many)
    assert [question.agencies for question in questions(east)] == [("east air service",)]
    [case] = cases(north.exchange)
    assert {agency.agency for one in case.asked if one.party == "south" for agency in one.agencies} == set(many)
    stored(respond(south.exchange, questions(south)[1].message_id, *SOUTH, Verdict.NOT_OURS))
    settle(*nodes)
    [case] = cases(north.exchange)
    said = [(one.party, one.standing) for one in case.asked]
    assert said == [("east", AnswerStanding.NO_ANSWER), *[("south", AnswerStanding.NOT_OURS)] * 3]


@pytest.mark.requirement("SC-IDN-10")
def test_the_question_shows_where_the_aircraft_was(pair):
    north, south = pair
    north.tracks = [track(east_m=-28_000.0, speed_mps=100.0)]
    north.look(40.0)
    settle(north, south)
    first = questions(south)[0]
    assert first.snippet
    assert [point.time_s for point in first.snippet] == sorted(point.time_s for point in first.snippet)
    assert first.snippet[-1].time_s <= first.seen_at_s


@pytest.mark.requirement("SC-IDN-11")
@pytest.mark.parametrize(
    ("west_m", "urgency"), [(-28_000.0, Urgency.IMMEDIATE), (-40_000.0, Urgency.URGENT), (-60_000.0, None)]
)
def test_how_urgent_it_is_follows_from_the_time_to_the_boundary(pair, west_m, urgency):
    north, south = pair
    north.tracks = [track(east_m=west_m, speed_mps=100.0)]
    north.look(6.0)
    settle(north, south)
    assert [question.urgency for question in questions(south)] == ([] if urgency is None else [urgency])


@pytest.mark.requirement("SC-IDN-11")
def test_it_is_asked_again_for_something_more_urgent_and_after_the_agreed_time_and_not_before(pair):
    north, _ = pair
    north.tracks = [track(east_m=-40_000.0, speed_mps=100.0)]
    north.look(60.0)
    assert [case.urgency for case in cases(north.exchange)] == [Urgency.URGENT]
    north.look(60.0)
    found = cases(north.exchange)
    assert [case.urgency for case in found] == [Urgency.IMMEDIATE, Urgency.URGENT]
    assert (found[0].closed_s, found[1].closed_why) == (None, "asked about again")
    north.look(200.0, step_s=10.0)
    assert len(cases(north.exchange)) == 2
    north.tracks = [track(speed_mps=0.0)]
    north.look(901.0, step_s=30.0)
    assert len(cases(north.exchange)) == 3


@pytest.mark.requirement("SC-IDN-12")
def test_what_is_identified_flies_elsewhere_on_the_ground_or_nowhere_near_is_not_asked_about(pair):
    north, _ = pair
    north.tracks = [
        track(callsign="N1", party="north", track_id="known"),
        track(on_ground=True, track_id="parked"),
        track(north_m=90_000.0, track_id="far"),
    ]
    north.look(60.0)
    assert cases(north.exchange) == []


@pytest.mark.requirement("SC-IDN-12")
def test_people_decide_where_the_agreement_says_so_and_ask_by_one_call():
    north, south = desks(identification=person_only())
    north.tracks = [track()]
    north.look(60.0)
    assert cases(north.exchange) == []
    case = north.identify.ask("t1", "north-desk", "duty officer", "it circles")
    settle(north, south)
    [question] = questions(south)
    assert (question.from_function, question.text, question.case_id) == ("duty officer", "it circles", case.case_id)
    assert not case.automatic


@pytest.mark.requirement("SC-IDN-13")
def test_a_restart_asks_nothing_twice_and_tells_nothing_twice(pair):
    north, south = pair
    north.look(20.0)
    told = len(rows(north, IDENTIFICATION))
    later = north.again()
    later.look(20.0)
    settle(later, south)
    assert len(questions(south)) == 1
    assert len(rows(later, CASE)) == 1
    assert len(rows(later, IDENTIFICATION)) == told
    later.store.rebuild_views()
    assert len(cases(later.exchange)) == 1


@pytest.mark.requirement("SC-IDN-14")
def test_each_answer_stands_as_what_it_is(pair):
    north, south = pair
    north.look(10.0)
    settle(north, south)
    message_id = asked_of(north).message_id
    stored(acknowledge(south.exchange, message_id, *SOUTH))
    settle(north, south)
    one = asked_of(north)
    assert (one.standing, one.answered_s) == (AnswerStanding.NO_ANSWER, None)
    assert one.acknowledged_s is not None
    stored(respond(south.exchange, message_id, *SOUTH, Verdict.CHECKING))
    stored(relay(south.exchange, message_id, *SOUTH, "South Air Service", remark="by radio"))
    settle(north, south)
    one = asked_of(north)
    assert one.standing is AnswerStanding.CHECKING
    assert (one.agencies[0].agency, one.agencies[0].remark) == ("south air service", "by radio")
    assert one.agencies[0].relayed_s == north.clock.time_s
    stored(respond(south.exchange, message_id, *SOUTH, Verdict.NOT_OURS))
    settle(north, south)
    one = asked_of(north)
    assert (one.standing, one.answered_by) == (AnswerStanding.NOT_OURS, "duty officer")
    north.look(10.0)
    assert north.state() is IdentificationState.UNIDENTIFIED


@pytest.mark.requirement("SC-IDN-14")
def test_silence_stays_no_answer_and_is_overdue_once_its_time_has_passed(pair):
    north, _ = pair
    north.look(10.0)
    north.clock.time_s += 300.0
    north.timekeeper.tick()
    one = asked_of(north)
    assert (one.standing, one.overdue, one.answered_s) == (AnswerStanding.NO_ANSWER, True, None)
    assert len(rows(north, UNANSWERED)) > 0


@pytest.mark.requirement("SC-IDN-15")
def test_an_answer_ours_identifies_the_aircraft_and_closes_the_case(pair):
    north, south = pair
    north.look(10.0)
    settle(north, south)
    stored(respond(south.exchange, asked_of(north).message_id, *SOUTH, Verdict.OURS, reference="F12"))
    settle(north, south)
    north.look(4.0)
    found = north.identify.identifications()["t1"]
    assert (found.state, found.match.party, found.match.basis) == (
        IdentificationState.IDENTIFIED, "south", MatchBasis.ANSWER,
    )  # fmt: skip
    [case] = cases(north.exchange)
    assert (case.closed_why, case.asked[0].reference) == ("identified", "F12")
    north.look(1_000.0, step_s=50.0)
    assert len(cases(north.exchange)) == 1


@pytest.mark.requirement("SC-IDN-15")
def test_a_sealed_flight_is_answered_by_its_reference_alone(pair):
    north, south = pair
    tell(
        south, flight(volumes=(corridor(from_s=-100.0, until_s=7_200.0),), identities=()), disclosure=Disclosure.SEALED
    )
    settle(north, south)
    north.look(10.0)
    assert north.state() is IdentificationState.UNIDENTIFIED
    settle(north, south)
    stored(respond(south.exchange, asked_of(north).message_id, *SOUTH, Verdict.OURS, reference=name(1)))
    settle(north, south)
    north.look(4.0)
    found = north.identify.identifications()["t1"]
    assert (found.match.basis, found.match.item_id) == (MatchBasis.SEALED_REFERENCE, name(1))


@pytest.mark.requirement("SC-IDN-16")
def test_two_parties_that_say_ours_contradict_each_other_and_identify_nobody():
    north, south, east = desks(("north", "south", "east"))
    north.tracks = [track()]
    north.look(10.0)
    settle(north, south, east)
    for desk in (south, east):
        message_id = asked_of(north, desk.party).message_id
        stored(respond(desk.exchange, message_id, f"{desk.party}-desk", "duty officer", Verdict.OURS))
    settle(north, south, east)
    north.look(4.0)
    [case] = cases(north.exchange)
    assert case.contradiction == "east and south have each said that it is theirs"
    assert case.closed_s is None
    assert north.state() is IdentificationState.UNIDENTIFIED


@pytest.mark.requirement("SC-IDN-16")
def test_who_says_ours_after_not_ours_has_said_both(pair):
    north, south = pair
    north.look(10.0)
    settle(north, south)
    for verdict in (Verdict.NOT_OURS, Verdict.OURS):
        stored(respond(south.exchange, asked_of(north).message_id, *SOUTH, verdict))
        settle(north, south)
    [case] = cases(north.exchange)
    assert case.contradiction == "south has said 'not ours' and then 'ours'"


@pytest.mark.requirement("SC-IDN-16")
def test_not_ours_while_its_own_flight_fits_stands_as_a_contradiction(pair):
    north, south = pair
    tell(
        south,
        flight(volumes=(disc(60_000.0, from_s=-100.0, until_s=7_200.0),), identities=(track(callsign="Z9").identity,)),
    )
    settle(north, south)
    north.tracks = [track(callsign="Z9")]
    north.look(10.0)
    assert north.state() is IdentificationState.NON_CONFORMING
    settle(north, south)
    stored(respond(south.exchange, asked_of(north).message_id, *SOUTH, Verdict.NOT_OURS))
    settle(north, south)
    for _ in range(2):
        assert "not theirs, while its own declared flight" in cases(north.exchange)[0].contradiction
        north.look(10.0)
    assert north.state() is IdentificationState.UNIDENTIFIED


@pytest.mark.requirement("SC-IDN-11")
def test_a_clock_that_was_a_day_ahead_and_is_put_right_keeps_nobody_from_being_asked_about(pair):
    north, _ = pair
    right_s = north.clock.time_s
    north.clock.time_s = right_s + 86_400.0
    north.tracks = [track(speed_mps=0.0, track_id="t1"), track(north_m=900.0, speed_mps=0.0, track_id="t2")]
    north.look(20.0)
    assert len(cases(north.exchange)) == 2
    north.clock.time_s = right_s
    north.tracks = [one for one in north.tracks if one.track_id == "t1"]
    north.tracks.append(track(north_m=1_800.0, speed_mps=0.0, track_id="t3"))
    north.look(20.0)
    asked = [case.track_id for case in cases(north.exchange) if case.opened_s < right_s + 3_600.0]
    assert sorted(asked) == ["t1", "t3"]
    north.look(watch.LOST_AFTER_S + 60.0, step_s=30.0)
    [lost] = [case for case in cases(north.exchange) if case.track_id == "t2"]
    assert "not in the picture any more" in lost.closed_why


@pytest.mark.requirement("SC-IDN-17")
def test_more_than_the_limit_is_not_asked_and_it_is_said_of_each(pair, monkeypatch):
    north, south = pair
    monkeypatch.setattr(watch, "MAX_QUESTIONS_PER_MINUTE", 2)
    north.tracks = [track(north_m=500.0 * number, track_id=f"t{number}") for number in range(5)]
    north.look(20.0)
    settle(north, south)
    assert len(questions(south)) == 2
    silent = list(read_not_asked(north.store))
    assert len(silent) == 3
    assert all(one.why.startswith("not asked: limit of 2 questions a minute") for one in silent)
    north.look(150.0)
    assert list(read_not_asked(north.store)) == []
    assert len(cases(north.exchange)) == 5


@pytest.mark.requirement("SC-IDN-23")
def test_a_question_about_what_only_a_turned_radar_shows_says_so(pair):
    north, south = pair
    north.tracks = [track(place_doubtful=True)]
    north.look(60.0)
    settle(north, south)
    (asked,) = questions(south)
    assert asked.text.startswith("Only radar shows it, which is out of alignment")


@pytest.mark.requirement("SC-IDN-17")
def test_the_number_of_open_cases_is_bounded(pair, monkeypatch):
    north, _ = pair
    monkeypatch.setattr(watch, "MAX_OPEN_CASES", 1)
    north.tracks = [track(), track(north_m=900.0, track_id="t2")]
    north.look(200.0)
    assert sum(case.closed_s is None for case in cases(north.exchange)) == 1
    assert [one.track_id for one in read_not_asked(north.store)] == ["t2"]
    assert limits.MAX_OPEN_CASES > 1


@pytest.mark.requirement("SC-IDN-12")
def test_a_flight_that_only_needs_more_of_its_path_is_given_the_time(pair):
    north, south = pair
    tell(south, flight(volumes=(corridor(-20_000.0, 60_000.0, from_s=-300.0, until_s=7_200.0),), identities=()))
    settle(north, south)
    north.look(60.0)
    assert north.state() is IdentificationState.IDENTIFIED
    assert cases(north.exchange) == []


def test_a_case_is_not_closed_by_a_track_that_is_gone_but_told_as_lost_after_long(pair):
    north, _ = pair
    north.look(10.0)
    north.tracks = []
    north.look(600.0, step_s=60.0)
    assert cases(north.exchange)[0].closed_s is None
    north.look(1_500.0, step_s=60.0)
    assert "says nothing of whose it was" in cases(north.exchange)[0].closed_why


assert AREA.from_s < START_S


@pytest.mark.requirement("SC-IDN-10")
def test_nobody_learns_of_anothers_or_a_sealed_item_from_a_question():
    """Unknown in the air of a sealed flight of ours: the question says that it matters, and not what is there."""
    north, south, east = desks(("north", "south", "east"), areas=())
    tell(
        north, flight(volumes=(disc(from_s=-100.0, until_s=7_200.0),), title="Quiet lift"), disclosure=Disclosure.SEALED
    )
    settle(north, south, east)
    north.tracks = [track(callsign="ZZ1")]
    north.look(10.0)
    settle(north, south, east)
    [question] = questions(south)
    assert question.approach == "it is inside something that matters to us"
    assert b"Quiet" not in msgspec.json.encode(question)
    for one in (north, south, east):
        one.close()


@pytest.mark.requirement("SC-IDN-11")
def test_a_rung_above_the_duty_officer_is_reached_while_nobody_reads_the_question(pair):
    north, south = pair
    north.look(10.0)
    settle(north, south)
    north.clock.time_s += 121.0
    south.timekeeper.tick()
    key = standing_key(
        "north", False, south.exchange.line("north").terms.incoming.sequence_of(asked_of(north).message_id)
    )
    assert [(rung.function, rung.last) for rung in read_standing(south.store, key).raised] == [
        ("duty officer", False),
        ("commander", True),
    ]


@pytest.mark.requirement("SC-IDN-10")
def test_a_party_that_cannot_be_asked_yet_is_told_as_such_and_asked_later(pair):
    north, south = pair
    line = north.exchange.line("south")
    line.answer_awaited = True
    north.look(10.0)
    one = asked_of(north)
    assert (one.message_id, one.standing) == ("", AnswerStanding.NO_ANSWER)
    assert "asked as soon as it has been heard" in one.not_asked
    line.answer_awaited = False
    north.look(4.0)
    settle(north, south)
    assert [question.case_id for question in questions(south)] == [cases(north.exchange)[0].case_id]
    assert asked_of(north).not_asked == ""


@pytest.mark.requirement("SC-IDN-15")
def test_an_answer_to_an_earlier_question_about_the_same_aircraft_counts(pair):
    north, south = pair
    north.tracks = [track(east_m=-40_000.0, speed_mps=100.0)]
    north.look(60.0)
    settle(north, south)
    first = asked_of(north).message_id
    north.look(60.0)
    assert len(cases(north.exchange)) == 2
    settle(north, south)
    stored(respond(south.exchange, first, *SOUTH, Verdict.OURS))
    settle(north, south)
    north.look(4.0)
    assert north.state() is IdentificationState.IDENTIFIED
    assert [case.closed_s is None for case in cases(north.exchange)] == [False, False]


@pytest.mark.requirement("SC-IDN-24")
def test_a_case_of_before_a_restart_whose_aircraft_never_comes_back_is_closed_as_lost(pair):
    north, _ = pair
    north.look(10.0)
    later = north.again()
    later.tracks = []
    later.look(600.0, step_s=60.0)
    assert cases(later.exchange)[0].closed_s is None
    later.look(1_500.0, step_s=60.0)
    assert "says nothing of whose it was" in cases(later.exchange)[0].closed_why


@pytest.mark.requirement("SC-IDN-24")
def test_what_is_long_over_is_let_go_and_a_name_that_comes_again_gets_a_case_of_its_own(pair):
    """Track names are used again: the second aircraft of one name is asked about under another case's name."""
    north, south = pair
    north.tracks = [track(speed_mps=0.0)]
    north.look(10.0)
    first = cases(north.exchange)[0].case_id
    tracks, north.tracks = north.tracks, []
    north.look(2_400.0, step_s=60.0)
    north.look(8 * 3_600.0, step_s=600.0)
    kept = north.identify
    assert [len(one) for one in (kept._latest, kept._history, kept._counts, kept._seen_at_s)] == [0, 0, 0, 0]
    north.tracks = tracks
    north.look(10.0)
    again = [case.case_id for case in cases(north.exchange)]
    assert len(set(again)) == 2
    assert first in again
    settle(north, south)
    assert len(questions(south)) == 2


@pytest.mark.requirement("SC-IDN-24")
def test_the_views_keep_the_newest_and_a_view_built_anew_the_same(pair, monkeypatch):
    north, _ = pair
    monkeypatch.setattr(events, "MAX_REMEMBERED", 3)
    monkeypatch.setattr(events, "MAX_CASES_KEPT", 2)
    north.tracks = [track(north_m=400.0 * number, track_id=f"t{number}") for number in range(5)]
    north.look(20.0)
    assert [one.track_id for one in read_tracks(north.store)] == ["t2", "t3", "t4"]
    assert len(list(read_cases(north.store))) == 2
    assert len(rows(north, CASE)) == 5
    grown = list(read_tracks(north.store)), list(read_cases(north.store))
    north.store.rebuild_views()
    assert (list(read_tracks(north.store)), list(read_cases(north.store))) == grown


@pytest.mark.requirement("SC-IDN-10")
def test_where_nobody_can_be_asked_what_was_asked_before_stays_open(pair):
    north, _ = pair
    north.look(10.0)
    [before] = cases(north.exchange)
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(north.exchange, "send", _refuse)
        with pytest.raises(NotInForceError):
            north.identify.ask("t1", "north-desk", "duty officer")
    [case] = cases(north.exchange)
    assert (case.case_id, case.closed_s) == (before.case_id, None)
    assert len({*_all_ids(north), north.identify.ask("t1", "north-desk", "duty officer").case_id}) == 2


@pytest.mark.requirement("SC-IDN-10")
def test_a_party_that_still_cannot_be_asked_does_not_end_the_look(pair):
    """The agreement runs out, or a party leaves it, while a case waits for it."""
    north, _ = pair
    line = north.exchange.line("south")
    line.answer_awaited = True
    north.look(10.0)
    line.answer_awaited = False
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(north.exchange, "send", _refuse)
        north.look(10.0)
    assert asked_of(north).not_asked
    north.look(2.0)
    assert not asked_of(north).not_asked


@pytest.mark.requirement("SC-IDN-24")
def test_the_figures_of_cases_are_those_of_looking_each_up_also_when_old_ones_are_remembered(pair):
    north, south = pair
    counter = CaseCounter(north.exchange)
    north.look(10.0)
    settle(north, south)
    assert counter.figures() == CaseCounter(north.exchange).figures()
    stored(respond(south.exchange, asked_of(north).message_id, *SOUTH, Verdict.OURS))
    settle(north, south)
    north.look(10.0)
    assert counter.figures().answers["south"]["in_time"] == 1
    north.clock.time_s += 7 * 3_600.0
    assert counter.figures() == counter.figures() == CaseCounter(north.exchange).figures()


def _refuse(*_args, **_named):
    raise NotInForceError("no version is in force")


def _all_ids(desk):
    return [case.case_id for case in cases(desk.exchange)]
