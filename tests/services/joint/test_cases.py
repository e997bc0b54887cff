"""Identification cases on the joint timeline: each question as the messages of both sides have it by the end."""

from __future__ import annotations

import pytest

from steerclear.interfaces.report_page import render_report, report_content
from steerclear.model.identification import AnswerStanding
from steerclear.model.messages import Verdict
from steerclear.model.vocabulary import Urgency
from steerclear.services.acknowledge import acknowledge, relay, respond
from steerclear.services.identify.ask import Question, open_case
from steerclear.services.identify.tell_units import tell_units, unit_confirms
from steerclear.services.joint.join import join
from steerclear.services.joint.timeline import EventKind
from tests.services.joint.scene import Scene
from tests.strategic.sky import track


def ask(scene: Scene, number: int):
    question = Question(
        track=track(callsign="X9"), snippet=(), approach=None, urgency=Urgency.URGENT, number=number,
        desk_id="north-desk", function="duty officer",
    )  # fmt: skip
    case = open_case(scene.north.exchange, question)
    scene.wait(6.0)
    return case


@pytest.mark.requirement("SC-JNT-03")
def test_a_case_shows_what_was_said_relayed_and_told_and_what_was_not(tmp_path):
    with Scene(tmp_path) as scene:
        answered, silent = ask(scene, 0), ask(scene, 1)
        message_id = answered.asked[0].message_id
        scene.answer("south", acknowledge, message_id)
        scene.answer("south", relay, message_id, "South air service")
        scene.answer("south", respond, message_id, Verdict.OURS)
        scene.wait(6.0)
        scene.wait(6.0)
        tell_units(scene.north.exchange, answered.case_id, ["tower", "battery"], "north-desk", "duty officer")
        unit_confirms(scene.north.exchange, answered.case_id, "tower", "north-desk", "duty officer")
        scene.wait(60.0)
        scene.wait(6.0)
        timeline = join([scene.evidence("north"), scene.evidence("south")])
    cases = {case.case_id: case for party, case in timeline.cases if party == "north"}
    (one,) = cases[answered.case_id].asked
    assert (one.standing, one.overdue) == (AnswerStanding.OURS, False)
    assert one.answered_by == "duty officer at south-desk"
    assert one.received_s < one.answered_s
    assert [(agency.agency, agency.relayed_s is not None) for agency in one.agencies] == [("south air service", True)]
    units = {unit.unit: unit.confirmed_s is not None for unit in cases[answered.case_id].units}
    assert units == {"tower": True, "battery": False}
    (none,) = cases[silent.case_id].asked
    assert (none.standing, none.overdue) == (AnswerStanding.NO_ANSWER, True)
    assert none.agencies[0].relayed_s is None
    told = [event.words for event in timeline.events if event.kind is EventKind.IDENTIFICATION]
    assert any("battery was told whose it is by duty officer, and has not confirmed yet" in words for words in told)
    assert not [event for event in timeline.events if event.kind is EventKind.OTHER]
    page = render_report(report_content(timeline)).decode()
    assert "south: no answer, OVERDUE; south air service: not known to be reached" in page
    assert "tower: has confirmed; battery: told, has not confirmed" in page
