"""The recorded incident under other terms; under its own terms it comes out as it was recorded."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.agreement import Ladder, LadderSide, MessageDeadline, Rung
from steerclear.model.messages import Step
from steerclear.model.vocabulary import MessageKind, Urgency
from steerclear.services.joint.faults import JoinError
from steerclear.services.joint.join import join
from steerclear.services.joint.side import line_event, read_side
from steerclear.services.joint.what_if import what_if
from steerclear.services.joint.what_if_report import Change
from steerclear.services.line_events import RungRaised
from tests.services.joint.scene import Scene, terms


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    with Scene(tmp_path_factory.mktemp("what_if")) as scene:
        said = scene.story()
        yield said, (scene.evidence("north"), scene.evidence("south"))


@pytest.mark.requirement("SC-JNT-08")
def test_under_its_own_terms_everything_comes_out_as_it_was_recorded(told):
    _, evidences = told
    found = what_if(evidences, terms())
    assert found.in_words == ("Nothing that was run again would have been otherwise.",)
    assert {one.change for one in found.rungs} == {Change.SAME}
    # The same rungs that the nodes' own journals hold, of each side, to the tick.
    recorded = set()
    for evidence in evidences:
        for row in read_side(evidence).rows:
            event = line_event(row)
            if isinstance(event, RungRaised):
                recorded.add((event.message_id, evidence.party, event.function))
    assert {(one.message_id, one.party, one.function) for one in found.rungs} == recorded
    assert len(recorded) == 2
    silences = {(one.message_id, one.step) for one in found.deadlines if one.recorded_missed}
    timeline = join(evidences)
    assert silences == {
        (event.message_id, step)
        for event in timeline.events
        if event.kind == "silence"
        for step in ("acknowledgement", "relay", "response")
        if _about(event.words, step)
    }
    assert found.steps > 0
    assert found.alerts


def _about(words: str, step: str) -> bool:
    return {"acknowledgement": "had acknowledged", "relay": "not relayed", "response": "was not answered"}[
        step
    ] in words


def quicker():
    """The commander is reached after 5 s instead of 20 s, an acknowledgement is due after 10 min instead of 15 s."""
    ladder = Ladder(
        ladder_id="stop",
        rungs=(
            Rung(function="commander", after_s=5.0),
            Rung(function="commander", after_s=28.5, side=LadderSide.SENDER),
            Rung(function="duty officer", after_s=60.0, last=True),
        ),
    )
    base = terms()
    deadline = MessageDeadline(
        message=MessageKind.SAFETY_STOP,
        urgency=Urgency.IMMEDIATE,
        acknowledge_s=600.0,
        relay_s=40.0,
        ladder_id="stop",
    )
    return msgspec.structs.replace(base, ladders=(ladder,), message_deadlines=(deadline, base.message_deadlines[1]))


@pytest.mark.requirement("SC-JNT-08")
def test_another_ladder_and_other_deadlines(told):
    said, evidences = told
    found = what_if(evidences, quicker())
    rungs = {(one.party, one.function): one for one in found.rungs if one.message_id == said["stop"]}
    south = rungs["south", "commander"]
    # South's clock began to run when its machine stored the stop, 3 s after it was said; its node looks once a tick.
    assert south.change is Change.EARLIER
    stop = next(one for one in join(evidences).messages if one.message_id == said["stop"])
    assert south.other_s == pytest.approx(stop.received_s + 5.0)
    assert "earlier than at" in south.words
    # Somebody had read it by then: nobody climbs further, here as on a node.
    assert ("south", "duty officer") not in rungs
    deadlines = {one.step: one for one in found.deadlines if one.message_id == said["stop"]}
    assert (deadlines[Step.ACKNOWLEDGEMENT].recorded_missed, deadlines[Step.ACKNOWLEDGEMENT].other_missed) == (
        True,
        False,
    )
    assert (deadlines[Step.RELAY].recorded_missed, deadlines[Step.RELAY].other_missed) == (False, True)
    assert any(line.startswith("south's commander would have been reached for") for line in found.in_words)
    assert "kept as it was recorded" in found.assumptions[0]


@pytest.mark.requirement("SC-JNT-08")
def test_a_late_relay_would_have_woken_the_next_function(told):
    said, evidences = told
    base = quicker()
    deadline = msgspec.structs.replace(base.message_deadlines[0], relay_s=1.0)
    slow = Ladder(
        ladder_id="stop",
        rungs=(Rung(function="duty officer", after_s=3_000.0), Rung(function="commander", after_s=3_600.0, last=True)),
    )
    other = msgspec.structs.replace(base, ladders=(slow,), message_deadlines=(deadline,))
    found = what_if(evidences, other)
    south = {one.function: one for one in found.rungs if (one.message_id, one.party) == (said["stop"], "south")}
    # Read, but not confirmed by the unit in time: the first function of the ladder is called at once when it was read.
    stop = next(one for one in join(evidences).messages if one.message_id == said["stop"])
    assert south["duty officer"].other_s == pytest.approx(stop.acknowledged.time_s)
    assert south["commander"].change is Change.ONLY_RECORDED


@pytest.mark.requirement("SC-JNT-09")
def test_other_minima_change_when_the_picture_warns(told):
    _, evidences = told
    wide = msgspec.structs.replace(
        terms(), minima=msgspec.structs.replace(terms().minima, horizontal_m=20_000.0, lookahead_s=600.0)
    )
    found = what_if(evidences, wide)
    changed = {one.change for one in found.alerts}
    assert changed & {Change.EARLIER, Change.ONLY_OTHER}
    narrow = msgspec.structs.replace(
        terms(), minima=msgspec.structs.replace(terms().minima, horizontal_m=1.0, lookahead_s=2.0)
    )
    found = what_if(evidences, narrow)
    gone = [one for one in found.alerts if one.change is Change.ONLY_RECORDED]
    assert {one.party for one in gone} == {"north", "south"}
    assert all("would not have been raised" in one.words for one in gone)


@pytest.mark.requirement("SC-JNT-08")
def test_one_sides_evidence_is_enough_and_strangers_terms_are_refused(told):
    said, (north, _) = told
    found = what_if([north], quicker())
    assert any(one.party == "south" and one.message_id == said["stop"] for one in found.rungs)
    stranger = msgspec.structs.replace(terms(), parties=terms().parties[:1])
    with pytest.raises(JoinError, match="has no party 'south'"):
        what_if([north], stranger)
