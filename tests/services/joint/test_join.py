"""Two sides' evidence on one timeline: complete, the same in any order, with the clocks' difference bracketed."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from steerclear.model.messages import IncidentReport, Verdict
from steerclear.services.acknowledge import acknowledge, respond
from steerclear.services.joint.faults import JoinError
from steerclear.services.joint.join import join
from steerclear.services.joint.timeline import EventKind
from tests.services.joint.scene import SKEW_S, Scene, question, stop
from tests.services.parties import START_S


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The scene's messages by name, and both evidences."""
    with Scene(tmp_path_factory.mktemp("joint")) as scene:
        said = scene.story()
        yield said, (scene.evidence("north"), scene.evidence("south")), scene


@pytest.fixture(scope="module")
def timeline(told):
    return join(told[1])


def message(timeline, message_id):
    (found,) = (one for one in timeline.messages if one.message_id == message_id)
    return found


@pytest.mark.requirement("SC-JNT-01")
def test_every_row_of_either_side_is_on_the_timeline_once(told, timeline):
    shown = [row for event in timeline.events for row in event.rows]
    assert len(shown) == len(set(shown))
    assert set(shown) == {(one.party, row.sequence) for one in told[1] for row in one.rows()}
    assert list(timeline.events) == sorted(timeline.events, key=lambda event: event.time_s)


@pytest.mark.requirement("SC-JNT-01")
def test_the_order_in_which_evidences_are_given_does_not_matter(told, timeline):
    for order in itertools.permutations(told[1]):
        assert msgspec.json.encode(join(order)) == msgspec.json.encode(timeline)


@pytest.mark.requirement("SC-JNT-02")
def test_the_difference_of_the_clocks_is_bracketed(timeline):
    north, south = timeline.clocks
    assert (north.party, north.estimate_s) == ("north", 0.0)
    assert south.low_s <= SKEW_S <= south.high_s
    assert abs(south.estimate_s - SKEW_S) <= (south.high_s - south.low_s) / 2
    assert south.high_s - south.low_s < 3.0
    assert south.consistent
    assert "ahead of that of north" in south.words


@pytest.mark.requirement("SC-JNT-02")
@pytest.mark.parametrize("skew_s", [-4.0, -0.4, 0.0, 3.75])
@pytest.mark.parametrize("which", ["both", "north", "south"])
def test_one_sides_evidence_bounds_the_clocks_too(tmp_path, skew_s, which):
    with Scene(tmp_path, skew_s, delay_s=0.5) as scene:
        for _ in range(3):
            asked = scene.tell("north", stop())
            scene.wait(4.7)
            scene.answer("south", acknowledge, asked)
            scene.wait(6.3)
        parties = ("north", "south") if which == "both" else (which,)
        timeline = join([scene.evidence(party) for party in parties])
    (other,) = (clock for clock in timeline.clocks if clock.party != timeline.reference)
    true_s = skew_s if timeline.reference == "north" else -skew_s
    assert other.low_s is None or other.low_s <= true_s + 1e-6
    assert other.high_s is None or true_s <= other.high_s + 1e-6
    assert other.estimate_s is not None


@pytest.mark.requirement("SC-JNT-02")
def test_a_clock_that_was_set_meanwhile_is_told(tmp_path):
    with Scene(tmp_path, -4.0) as scene:
        scene.tell("north", stop())
        scene.wait(5.0)
        scene.south.clock.time_s += 8.0
        scene.tell("north", stop())
        scene.wait(5.0)
        timeline = join([scene.evidence("north"), scene.evidence("south")])
    south = timeline.clocks[1]
    assert not south.consistent
    assert "a clock was set" in south.words


@pytest.mark.requirement("SC-JNT-03")
def test_all_five_states_of_a_message_stand_apart(told, timeline):
    said, _, _ = told
    stop = message(timeline, said["stop"])
    assert stop.received_s is not None
    assert stop.receipted
    assert stop.acknowledged.by == "commander at south-desk"
    assert stop.acknowledged.late
    assert stop.relayed.says == "first battalion"
    assert (stop.no_objection, stop.approved, stop.other_verdict) == (None, None, None)
    assert stop.unanswered == ()
    assert stop.held_by == ("north", "south")
    question = message(timeline, said["question"])
    assert question.other_verdict.says == "not_ours"
    assert question.relayed is None
    nobody = message(timeline, said["unanswered"])
    assert nobody.acknowledged is None
    assert nobody.unanswered == ("acknowledgement", "response")


@pytest.mark.requirement("SC-JNT-03")
def test_silences_are_events_of_their_own_and_of_both_sides(told, timeline):
    silences = [one for one in timeline.events if one.kind is EventKind.SILENCE]
    stop = [one for one in silences if one.message_id == told[0]["stop"]]
    (only,) = stop
    assert {party for party, _ in only.rows} == {"north", "south"}
    assert only.words.startswith("silence: by now nobody at south had acknowledged north:south:")
    assert only.time_s == message(timeline, told[0]["stop"]).time_s + 15.0
    assert len([one for one in silences if one.message_id == told[0]["unanswered"]]) == 2


@pytest.mark.requirement("SC-JNT-04")
def test_who_could_have_known_what_when(told, timeline):
    (fact,) = (one for one in timeline.facts if one.about == told[0]["stop"])
    stages = [(one.party, one.who, one.how.split(",")[0], one.person) for one in fact.knowing]
    assert stages[0] == ("north", "duty officer at north-desk", "said it", True)
    assert stages[1] == ("south", "the machine", "held it; no person is known to have read it by that", False)
    assert ("south", "commander", "was being reached", False) in stages
    assert ("south", "commander at south-desk", "had read it", True) in stages
    assert stages[-1] == ("south", "first battalion", "had confirmed it", True)
    times = [one.time_s for one in fact.knowing]
    assert times == sorted(times)
    # By north's clock: said, held one second later (3 s later by south's own clock, which is ahead).
    held = fact.knowing[1]
    assert held.own_s - fact.time_s == pytest.approx(SKEW_S + 3.0)
    assert held.time_s - fact.time_s == pytest.approx(3.0, abs=1.5)
    assert "south: commander at south-desk had read it at 08:01:10Z" in fact.in_words
    (unanswered,) = (one for one in timeline.facts if one.about == told[0]["unanswered"])
    assert unanswered.in_words.endswith("; no function of south is known to have read it.")
    assert unanswered.nobody == ("no function of south is known to have read it",)
    assert any(one.words.startswith("south's picture: separation") for one in timeline.facts)


@pytest.mark.requirement("SC-JNT-05")
def test_tracks_are_thinned_for_display_and_counted_in_full(timeline):
    assert {(track.seen_by, track.label, track.party) for track in timeline.tracks} == {
        (seen_by, label, party) for seen_by in ("north", "south") for label, party in (("N1", "north"), ("S1", "south"))
    }
    assert {track.reports for track in timeline.tracks} == {40}
    assert timeline.tracks[0].points[0].altitude_m == 3_000.0


@pytest.mark.requirement("SC-JNT-06")
def test_what_the_sides_tell_differently_stands_side_by_side(timeline):
    (owner,) = (claim for claim in timeline.claims if claim.matter == "whose an aircraft is")
    assert owner.says == {
        "north": "N1 is not ours, said duty officer at north-desk",
        "the agreement": "its fleet rules name N1 as an aircraft of north",
    }
    # The same sky, seen by clocks 3 s apart: that explains the difference of the tracks, so it is no claim.
    assert not [claim for claim in timeline.claims if claim.matter == "where an aircraft was"]


@pytest.mark.requirement("SC-JNT-07")
def test_one_sides_evidence_alone_says_what_is_missing(told):
    said, (north, _), _ = told
    alone = join([north])
    assert [side.party for side in alone.sides] == ["north"]
    assert any("no evidence of south is here" in gap.words for gap in alone.gaps)
    stop = message(alone, said["stop"])
    assert stop.held_by == ("north",)
    assert stop.acknowledged is not None
    assert {row for event in alone.events for row in event.rows} == {("north", row.sequence) for row in north.rows()}


@pytest.mark.requirement("SC-JNT-07")
def test_evidences_that_do_not_belong_together_are_refused(told):
    _, (north, south), scene = told
    with pytest.raises(JoinError, match="both the evidence of north"):
        join([north, north])
    with pytest.raises(JoinError, match="different incidents"):
        join([north, scene.evidence("south", incident_id="inc-2")])
    later = south.incident.until_s
    apart = scene.evidence("south", from_s=later + 100.0, until_s=later + 200.0)
    with pytest.raises(JoinError, match="no time in common"):
        join([north, apart])
    with pytest.raises(JoinError, match="1 to 8 parties"):
        join([])


@pytest.mark.requirement("SC-JNT-03")
def test_of_several_verdicts_the_last_one_holds_whichever_evidence_is_older(tmp_path):
    with Scene(tmp_path) as scene:
        asked = scene.tell("north", question("X9"))
        scene.wait(6.0)
        scene.answer("south", respond, asked, Verdict.CHECKING)
        scene.wait(6.0)
        scene.wait(6.0)
        early = scene.evidence("north")
        scene.answer("south", respond, asked, Verdict.NOT_OURS)
        late = scene.evidence("south", from_s=early.incident.from_s, until_s=scene.south.clock.now_s())
        timeline = join([early, late])
    found = message(timeline, asked)
    assert found.checking.says == "checking"
    assert found.other_verdict.says == "not_ours"
    assert "response" not in found.unanswered


@pytest.mark.requirement("SC-JNT-07")
def test_an_incident_that_each_side_opened_under_its_own_name_is_one_where_one_names_the_others(tmp_path):
    with Scene(tmp_path) as scene:
        report = IncidentReport(incident_id="north-7", at_s=START_S, text="too close")
        scene.tell("north", report)
        scene.wait(6.0)
        scene.wait(6.0)
        timeline = join(
            [scene.evidence("north", incident_id="north-7"), scene.evidence("south", incident_id="south-3")]
        )
        assert timeline.incident_id == "north-7"
        with pytest.raises(JoinError, match="different incidents"):
            join([scene.evidence("north", incident_id="north-8"), scene.evidence("south", incident_id="south-3")])
