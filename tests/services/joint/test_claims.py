"""What the sides tell differently is found; what accuracy, clocks or blindness explain is not called a difference."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.messages import LateEntry, LateMeans, Verdict
from steerclear.model.track import TrackReport
from steerclear.model.vocabulary import MessageKind
from steerclear.services.acknowledge import respond
from steerclear.services.joint.join import join
from steerclear.services.joint.timeline import JointTimeline
from tests.services.joint.scene import SKEW_S, Scene, question
from tests.services.parties import START_S


def joined(tmp_path, *, south_sees=lambda report: report, seconds=90, skew_s=SKEW_S) -> JointTimeline:
    with Scene(tmp_path, skew_s) as scene:
        scene.watch(seconds, south_sees)
        scene.wait(6.0)
        scene.wait(6.0)
        return join([scene.evidence("north"), scene.evidence("south")])


def matters(timeline: JointTimeline) -> list[str]:
    return [claim.matter for claim in timeline.claims]


@pytest.mark.requirement("SC-JNT-06")
def test_a_source_that_shows_an_aircraft_elsewhere_is_a_claim_of_each_side(tmp_path):
    def off_by_ten_miles(report: TrackReport) -> TrackReport:
        off = 10 * 1_852.0 / 111_320.0
        return (
            msgspec.structs.replace(report, latitude_deg=report.latitude_deg + off)
            if report.callsign == "S1"
            else report
        )

    timeline = joined(tmp_path, south_sees=off_by_ten_miles, seconds=40)
    claims = [claim for claim in timeline.claims if claim.matter == "where an aircraft was"]
    (only,) = claims
    assert only.about == "S1"
    assert set(only.says) == {"north", "south"}
    assert only.says["north"].startswith("S1 was at 46.50000")
    assert only.says["south"].startswith("S1 was at 46.66637")
    # A skew of 3 s at 200 m/s allows 600 m and more, accuracies 370 m; ten miles are beyond that.
    assert "40 of 40" in only.says["north"] or "37 of 37" in only.says["north"]


@pytest.mark.requirement("SC-JNT-06")
def test_heights_are_compared_of_one_datum_only(tmp_path):
    def higher(report: TrackReport) -> TrackReport:
        return msgspec.structs.replace(report, pressure_altitude_m=3_200.0)

    def of_another_datum(report: TrackReport) -> TrackReport:
        return msgspec.structs.replace(report, pressure_altitude_m=None, ellipsoid_altitude_m=3_200.0)

    told = [
        claim
        for claim in joined(tmp_path / "a", south_sees=higher, seconds=20).claims
        if "in height" in str(claim.says)
    ]
    assert {claim.about for claim in told} == {"N1", "S1"}
    other = joined(tmp_path / "b", south_sees=of_another_datum, seconds=20)
    assert "where an aircraft was" not in matters(other)


@pytest.mark.requirement("SC-JNT-06")
def test_what_accuracy_or_clocks_explain_is_no_claim(tmp_path):
    def a_little_off(report: TrackReport) -> TrackReport:
        return msgspec.structs.replace(report, latitude_deg=report.latitude_deg + 300.0 / 111_320.0)

    assert "where an aircraft was" not in matters(joined(tmp_path, south_sees=a_little_off, seconds=30))


@pytest.mark.requirement("SC-JNT-06")
def test_an_alert_that_one_side_did_not_have(tmp_path):
    def level_above(report: TrackReport) -> TrackReport:
        # Ten thousand feet apart, as south's source has it: no conflict there.
        return msgspec.structs.replace(report, pressure_altitude_m=6_000.0) if report.callsign == "S1" else report

    timeline = joined(tmp_path, south_sees=level_above)
    (only,) = [claim for claim in timeline.claims if claim.matter.startswith("an alert")]
    assert only.says["south"] == "its sources saw the same aircraft, and its picture raised no such alert"
    assert only.says["north"].startswith("separation,")


@pytest.mark.requirement("SC-JNT-06")
def test_who_did_not_see_the_aircraft_contradicts_nobody(tmp_path):
    timeline = joined(tmp_path, south_sees=lambda report: report if report.callsign == "S1" else None)
    assert not [matter for matter in matters(timeline) if matter.startswith("an alert")]


@pytest.mark.requirement("SC-JNT-06")
def test_disputes_and_changed_words(tmp_path):
    with Scene(tmp_path) as scene:
        asked = scene.tell("north", question("X9"))
        scene.wait(6.0)
        scene.answer("south", respond, asked, Verdict.OURS)
        scene.wait(6.0)
        scene.answer("south", respond, asked, Verdict.NOT_OURS)
        entry = LateEntry(
            said_s=START_S,
            means=LateMeans.TELEPHONE,
            of_kind=MessageKind.SAFETY_STOP,
            by_us=True,
            our_function="duty officer",
            their_function="duty officer",
            text="we called and said stop",
        )
        late = scene.tell("north", entry)
        scene.wait(6.0)
        scene.answer("south", respond, late, Verdict.DISPUTED)
        scene.wait(6.0)
        scene.wait(6.0)
        timeline = join([scene.evidence("north"), scene.evidence("south")])
    changed = next(claim for claim in timeline.claims if claim.matter == "a party that has changed its word")
    assert changed.says == {"south": "first ours, then not ours; the last one holds"}
    disputed = next(claim for claim in timeline.claims if "disputes" in claim.matter)
    assert disputed.says["north"] == "entered afterwards: a safety stop by telephone"
    assert disputed.says["south"].startswith("disputed, said duty officer")
