"""Every measure against small journals that were counted by hand; what was not measured is said to be so."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.dialogue.link_state import LinkState
from steerclear.model.alert import AlertChange, Severity
from steerclear.model.messages import Cause, NoticeChange, Verdict
from steerclear.model.track import TrackReport
from steerclear.model.vocabulary import LineCondition, NoticeSubject
from steerclear.services.acknowledge import acknowledge, answer_line_check, relay, respond
from steerclear.services.effectiveness.flight_time import flight_seconds
from steerclear.services.effectiveness.from_journal import EffectivenessError
from steerclear.services.effectiveness.make_report import make_report
from steerclear.services.effectiveness.report import Judgement, MeasureName
from steerclear.services.keep_reports import RecordedStep
from steerclear.services.keep_time import send_line_check
from steerclear.services.line_events import LinkChanged, journal_event
from steerclear.store.entries import Append
from tests.services.effectiveness.story import HOUR_S, Story, condition, notice, one, question, stop
from tests.services.parties import START_S, make_alert


@pytest.fixture
def story():
    told = Story()
    yield told
    told.close()


def test_of_an_empty_period_nothing_is_measured_and_nothing_is_zero(story):
    report = story.report()
    assert {measure.judgement for measure in report.measures} == {Judgement.NOT_MEASURED}
    assert {measure.measure for measure in report.measures} == set(MeasureName)
    assert all(value is None or measure.count == 0 for measure in report.measures for value in measure.figures.values())
    assert all("Not measured" in measure.words for measure in report.measures)
    assert report.functioning.startswith("Not known")


@pytest.mark.requirement("SC-EFF-01")
def test_times_to_acknowledge_and_missed_ones(story):
    # Acknowledged after 10 s, 20 s and 90 s (30 s late), and one never; the third one's relay came in time.
    for seconds in (10.0, 20.0):
        asked = story.tell("north", stop())
        story.wait(seconds)
        story.answer("south", acknowledge, asked)
    late = story.tell("north", stop())
    story.wait(90.0)
    story.answer("south", acknowledge, late)
    story.answer("south", relay, late, "first battalion")
    story.tell("north", stop())
    story.wait(61.0)
    for party in ("north", "south"):
        report = story.report(party)
        times = one(report, "acknowledgement_time", "south")
        assert (times.figures["median_s"], times.figures["p95_s"], times.count) == (20.0, 90.0, 3)
        assert times.outcomes == {"in_time": 2, "late": 1}
        assert times.judgement is Judgement.FALLS_SHORT
        missed = one(report, "missed_acknowledgements", "south")
        assert missed.outcomes == {"in_time": 2, "late": 1, "missed": 1, "open": 0, "not_shown": 0}
        assert missed.figures["share_missed"] == 0.5
        # North was asked for nothing, and that is not "none missed".
        assert one(report, "missed_acknowledgements", "north").judgement is Judgement.NOT_MEASURED
        assert one(report, "missed_acknowledgements", "north").figures == {}
        assert one(report, "missed_acknowledgements").outcomes == missed.outcomes
        assert "Not as agreed" in report.functioning


@pytest.mark.requirement("SC-EFF-01")
def test_relays_that_are_not_due_yet_are_open(story):
    first = story.tell("north", stop())
    story.answer("south", acknowledge, first)
    story.answer("south", relay, first, "first battalion")
    story.wait(181.0)
    second = story.tell("north", stop())
    story.answer("south", acknowledge, second)
    story.wait(181.0)
    story.answer("south", acknowledge, story.tell("north", stop()))
    found = one(story.report(), "relay_completeness", "south")
    assert found.outcomes == {"in_time": 1, "late": 0, "missed": 1, "open": 1, "not_shown": 0}
    assert found.figures["share_in_time"] == 0.5
    assert found.times.count == 1
    assert found.judgement is Judgement.FALLS_SHORT


@pytest.mark.requirement("SC-EFF-02")
def test_line_checks_with_and_without_a_cause(story):
    def check() -> str:
        sent = send_line_check(story.north.exchange, "south")
        sent.stored.result()
        story.wait(0.0)
        return sent.message_ids[0]

    in_time = check()
    story.wait(5.0)
    story.answer("south", answer_line_check, in_time)
    late = check()
    story.wait(40.0)
    story.answer("south", answer_line_check, late, Cause.POWER)
    for _ in range(2):
        check()
        story.wait(31.0)
    story.tell("south", condition(LineCondition.SUSPENDED, story.clock.time_s, Cause.WEATHER))
    check()
    story.wait(31.0)
    check()  # not due yet
    for party in ("north", "south"):
        found = one(story.report(party), "line_checks", "south")
        assert found.outcomes == {
            "in_time": 1,
            "late": 0,
            "late_with_cause": 1,
            "unanswered": 2,
            "unanswered_with_cause": 1,
            "open": 1,
            "not_shown": 0,
        }
        assert found.figures["longest_series"] == 2
        assert found.judgement is Judgement.HOLDS  # the agreement calls three in a row more than an accident
    story.tell("south", condition(LineCondition.UP, story.clock.time_s))
    check()
    story.wait(31.0)
    assert one(story.report(), "line_checks", "south").judgement is Judgement.FALLS_SHORT


@pytest.mark.requirement("SC-EFF-02")
def test_notice_given_against_notice_required(story):
    story.tell("north", notice("z1", 3.0, 5.0))  # 3 h given, 1 h required
    story.tell("north", notice("z2", 0.5, 5.0))  # half an hour short
    story.tell("north", notice("z1", 2.0, 5.0, revision=2, change=NoticeChange.AMENDED))  # 2 h given
    story.tell("north", notice("f1", 0.1, 1.0, subject=NoticeSubject.FLIGHT))  # nothing is agreed for flights
    for party in ("north", "south"):
        found = one(story.report(party), "notice_given", "north")
        assert found.outcomes == {"in_time": 2, "short": 1}
        assert found.figures["longest_short_s"] == pytest.approx(1_800.0)
        assert found.figures["median_given_s"] == pytest.approx(2 * HOUR_S)
        assert found.judgement is Judgement.FALLS_SHORT
        assert "30 min too late" in found.words


@pytest.mark.requirement("SC-EFF-02")
def test_entries_that_ran_out_without_a_word_are_stale(story):
    story.tell("north", notice("ran-out", 2.0, 3.0))
    story.tell("north", notice("cancelled", 2.0, 3.0))
    story.tell("north", notice("renewed", 2.0, 3.0))
    story.tell("north", notice("flown", 2.0, 3.0, subject=NoticeSubject.FLIGHT))
    story.tell("north", notice("still-on", 2.0, 30.0))
    story.wait(2.5 * HOUR_S)
    story.tell("north", notice("cancelled", 2.0, 3.0, revision=2, change=NoticeChange.CANCELLED))
    story.tell("north", notice("renewed", 2.0, 40.0, revision=2, change=NoticeChange.RENEWED))
    story.wait(2 * HOUR_S)
    for party in ("north", "south"):
        found = one(story.report(party), "stale_entries", "north")
        assert found.outcomes == {"ended_by_word": 1, "renewed": 1, "flown": 1, "stale": 1}
        assert found.judgement is Judgement.FALLS_SHORT
        assert "That what ran out has ended is not said by that." in found.words


def test_a_renewal_that_comes_after_the_end_renews_nothing(story):
    story.tell("north", notice("late", 2.0, 3.0))
    story.wait(4 * HOUR_S)
    seen = story.observations("south")
    (told,) = (held for held in seen.messages.values() if held.notice is not None)
    renewed = msgspec.structs.replace(
        told.notice, change=NoticeChange.RENEWED, revision=2, until_s=START_S + 40 * HOUR_S
    )
    seen.messages["north:south:99"] = msgspec.structs.replace(
        told, message_id="north:south:99", issued_s=START_S + 3.5 * HOUR_S, notice=renewed
    )
    report = make_report([seen], START_S, START_S + 24 * HOUR_S)
    assert one(report, "stale_entries", "north").outcomes["stale"] == 1


@pytest.mark.requirement("SC-EFF-03")
def test_a_party_that_changes_its_answer_had_answered_in_time(story):
    asked = story.tell("north", question("t1"))
    story.wait(10.0)
    story.answer("south", respond, asked, Verdict.NOT_OURS)
    story.wait(1_000.0)
    story.answer("south", respond, asked, Verdict.OURS)
    for party in ("north", "south"):
        found = one(story.report(party), "identification", "south")
        assert found.outcomes["in_time"] == 1
        assert found.times.longest_s == 10.0


@pytest.mark.requirement("SC-EFF-03")
def test_how_long_each_rung_took_and_which_were_not_needed(story):
    story.tell("north", stop())
    story.wait(121.0)
    story.wait(30.0)
    story.wait(150.0)
    short = story.tell("north", stop())
    story.wait(130.0)
    story.answer("south", acknowledge, short)  # after the first rung, before the second
    story.answer("south", relay, short, "first battalion")  # or the next rung would be raised for that
    story.wait(600.0)
    for party in ("north", "south"):
        report = story.report(party)
        first = one(report, "rung_time", "south", "rung 1: commander")
        assert first.figures == {"median_s": 121.0, "longest_s": 130.0}
        assert first.outcomes == {"in_time": 1, "late": 1, "not_raised": 0, "message_not_arrived": 0}
        mine = one(report, "rung_time", "north", "rung 2: commander")
        assert (mine.count, mine.figures["median_s"]) == (1, 151.0)
        last = one(report, "rung_time", "south", "rung 3: duty officer")
        assert (last.count, last.figures["longest_s"], last.judgement) == (1, 301.0, Judgement.HOLDS)


@pytest.mark.requirement("SC-EFF-03")
def test_aircraft_that_were_asked_about(story):
    in_time = story.tell("north", question("t1"))
    story.answer("south", respond, in_time, Verdict.CHECKING)
    story.wait(100.0)
    story.answer("south", respond, in_time, Verdict.OURS)
    late = story.tell("north", question("t2"))
    story.wait(301.0)
    story.answer("south", respond, late, Verdict.NOT_OURS)
    checking = story.tell("north", question("t3"))
    story.answer("south", respond, checking, Verdict.CHECKING)
    story.wait(301.0)
    found = one(story.report(), "identification", "south")
    assert found.outcomes == {"in_time": 1, "late": 1, "missed": 1, "open": 0, "not_shown": 0}
    assert found.figures["aircraft"] == 3
    assert found.figures["aircraft_answered_in_time_by_all_asked"] == 1
    assert found.figures["checking_only"] == 1


def life(number: int, *steps: tuple[AlertChange, Severity, float]):
    return [
        msgspec.structs.replace(make_alert(number, change, severity), time_s=START_S + at_s)
        for change, severity, at_s in steps
    ]


@pytest.mark.requirement("SC-EFF-04")
def test_predicted_losses_that_came_true_and_alerts_per_flight_hour(story):
    raised, escalated, cleared = AlertChange.RAISED, AlertChange.ESCALATED, AlertChange.CLEARED
    lives = (
        life(1, (raised, Severity.CAUTION, 1), (escalated, Severity.BREACH, 61), (cleared, Severity.BREACH, 90)),
        life(2, (raised, Severity.CAUTION, 2), (escalated, Severity.WARNING, 9), (cleared, Severity.WARNING, 50)),
        life(3, (raised, Severity.WARNING, 3), (AlertChange.LAPSED, Severity.WARNING, 50)),
        life(4, (raised, Severity.WARNING, 4)),
        life(5, (raised, Severity.BREACH, 5), (cleared, Severity.BREACH, 9)),
    )
    story.north.announce(*(event for events in lives for event in events))
    seen = story.observations("north")
    assert seen.flight_s is None
    unmeasured = one(make_report([seen], START_S, START_S + HOUR_S), "alert_rate", "north")
    assert (unmeasured.judgement, unmeasured.figures, unmeasured.count) == (Judgement.NOT_MEASURED, {}, 5)
    seen.flight_s = 2 * HOUR_S
    report = make_report([seen], START_S, START_S + HOUR_S)
    assert one(report, "alert_rate", "north").figures == {"alerts_per_flight_hour": 2.5, "flight_hours": 2.0}
    found = one(report, "alerts_came_true", "north")
    assert found.outcomes == {"came_true": 1, "did_not": 1, "nobody_knows": 1, "open": 1}
    assert found.figures == {"share_came_true": 0.5, "losses_not_predicted": 1}
    assert found.times.median_s == 60.0
    # South's picture is not in north's journal.
    assert one(report, "alerts_came_true", "south").judgement is Judgement.NOT_MEASURED


@pytest.mark.requirement("SC-EFF-04")
def test_flight_hours_are_the_times_between_reports_that_are_not_too_far_apart():
    def report(at_s, **named):
        where = {"latitude_deg": 46.0, "longitude_deg": 7.0}
        return TrackReport(source="r", time_s=at_s, receipt_time_s=at_s, **where, **named)

    steps = [
        RecordedStep(0.0, (report(0.0, icao_address=1), report(0.0, callsign="A"))),
        RecordedStep(10.0, (report(10.0, icao_address=1), report(10.0, icao_address=1), report(30.0, callsign="A"))),
        RecordedStep(99.0, (report(99.0, icao_address=1), report(90.0, callsign="A", on_ground=True))),
        RecordedStep(120.0, (report(120.0, icao_address=1), report(121.0), report(500.0, icao_address=1))),
    ]
    # 10 s, then a gap of 89 s that is not counted, then 21 s; and 30 s of A. What names nothing is no aircraft.
    assert flight_seconds(steps, 0.0, 200.0) == 10.0 + 21.0 + 30.0


def test_availability_is_of_the_time_that_the_node_watched(story):
    def link(state: LinkState) -> None:
        changed = LinkChanged(peer="south", state=state, reason="")
        event = journal_event(changed, story.clock.time_s)
        story.north.store.append(Append(key=f"test/{story.clock.time_s}", events=(event,)))

    story.clock.time_s += 100.0
    link(LinkState.DOWN)  # it was up from the first post on
    story.clock.time_s += 50.0
    link(LinkState.UP)
    story.clock.time_s += 50.0
    story.tell("north", stop())  # the last sign of life before the node was off for 1,000 s
    story.clock.time_s += 1_000.0
    link(LinkState.UP)
    story.clock.time_s += 100.0
    found = one(story.report(until_s=story.clock.time_s), "line_availability", "north", "line to south")
    assert found.figures == {"share_up": 250.0 / 300.0, "observed_s": 300.0, "up_s": 250.0, "interruptions": 1}
    assert found.judgement is Judgement.NO_TERM


@pytest.mark.requirement("SC-EFF-05")
def test_two_sides_count_the_same_and_a_difference_is_named(story):
    asked = story.tell("north", stop())
    story.wait(20.0)
    story.answer("south", acknowledge, asked)
    both = [story.observations("north"), story.observations("south")]
    report = make_report(both, START_S, START_S + HOUR_S)
    assert not report.disagreements
    assert len(report.sources) == 2
    forged = both[1].messages[asked]
    both[1].messages[asked] = msgspec.structs.replace(forged, taken={})
    (named,) = make_report(both, START_S, START_S + HOUR_S).disagreements
    assert (named.detail, named.party) == (asked, "south")


def test_a_period_that_ends_before_it_begins_is_refused(story):
    with pytest.raises(EffectivenessError, match="--from before --until"):
        story.report(from_s=START_S + 1.0, until_s=START_S)
