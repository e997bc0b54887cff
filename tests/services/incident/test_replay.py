"""Replay: the shipped code decides every recorded thing again; what comes out otherwise is named."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from steerclear.app.commands.record import read_versions
from steerclear.dialogue.ladder import planned_rungs as entry_events_planned
from steerclear.model.identification import Approach, AskedAgency, AskedParty, BoundaryKind, IdentificationCase
from steerclear.model.track import Identity
from steerclear.model.vocabulary import Urgency
from steerclear.services import entry_events
from steerclear.services.bundle_verifier import verify_incident
from steerclear.services.identify.events import case_event, identification_event
from steerclear.services.identify.watch import IdentifyTracks
from steerclear.services.incident import (
    choose_rows,
    replay_identities,
    replay_openings,
    replay_picture,
    write_bundle,
)
from steerclear.services.incident.comparison import DifferenceKind, MomentKind
from steerclear.services.incident.evidence import open_evidence
from steerclear.services.incident.redact_incident import redact_incident
from steerclear.services.incident.replay import Replay, replay
from steerclear.store.entries import Append
from steerclear.store.segments import drop_segments
from steerclear.strategic.identifying import NOTHING_YET
from steerclear.tactical import Terms
from steerclear.tactical import picture as picture_module
from tests.services.bundles import packed_to
from tests.services.incident.scenes import (
    an_incident,
    identifying,
    keeper_of,
    settle_clock,
    two_watching,
    unpacked,
    watched_bundle,
)
from tests.services.parties import START_S, settle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nodes")
    return packed_to(folder / "incident.zip", unpacked(watched_bundle(folder)))


@pytest.mark.requirement("SC-INC-41")
def test_every_recorded_decision_comes_out_the_same(bundle: Path) -> None:
    report = replay(open_evidence(bundle, read_versions))
    assert report.differences == ()
    assert report.reproduced
    assert report.decisions["alert"] >= 3
    assert report.decisions["rung"] >= 1
    assert report.decisions["silence"] >= 1
    assert report.same_software
    assert report.steps == 120


@pytest.mark.requirement("SC-INC-42")
def test_a_changed_threshold_shows_as_another_severity_or_time(bundle: Path, monkeypatch) -> None:
    """Code that would decide otherwise now: the minimum time to loss of a warning."""
    monkeypatch.setattr(Terms, "warning_within", lambda _self, _lookahead_s: 30.0)
    report = replay(open_evidence(bundle, read_versions))
    assert not report.reproduced
    kinds = {difference.kind for difference in report.differences if difference.decision == "alert"}
    assert kinds & {DifferenceKind.OTHER_SEVERITY, DifferenceKind.OTHER_TIME, DifferenceKind.MISSING}
    assert any(
        "severity" in " ".join(one.fields) or one.kind is DifferenceKind.OTHER_TIME for one in report.differences
    )


@pytest.mark.requirement("SC-INC-42")
def test_an_alert_that_would_not_be_raised_now_is_missing_and_a_new_one_is_extra(bundle: Path, monkeypatch) -> None:
    advance = picture_module.Picture.advance

    def quiet(picture, reports, now_s):
        return tuple(event for event in advance(picture, reports, now_s) if event.change != "escalated")

    monkeypatch.setattr(picture_module.Picture, "advance", quiet)
    report = replay(open_evidence(bundle, read_versions))
    assert {one.kind for one in report.differences} == {DifferenceKind.MISSING}
    assert all(one.name.endswith("escalated") for one in report.differences)

    def twice(picture, reports, now_s):
        events = advance(picture, reports, now_s)
        return events + tuple(msgspec.structs.replace(event, alert_id=f"{event.alert_id}/2") for event in events)

    monkeypatch.setattr(picture_module.Picture, "advance", twice)
    report = replay(open_evidence(bundle, read_versions))
    assert {one.kind for one in report.differences} == {DifferenceKind.EXTRA}


@pytest.mark.requirement("SC-INC-42")
def test_an_alert_that_comes_later_now_is_named_with_both_times(bundle: Path, monkeypatch) -> None:
    advance = picture_module.Picture.advance
    held: list = []

    def later(picture, reports, now_s):
        events = advance(picture, reports, now_s)
        out, held[:] = tuple(msgspec.structs.replace(event, time_s=now_s) for event in held), list(events)
        return out

    monkeypatch.setattr(picture_module.Picture, "advance", later)
    report = replay(open_evidence(bundle, read_versions))
    assert {one.kind for one in report.differences} == {DifferenceKind.OTHER_TIME}
    assert "recorded" in report.differences[0].fields[0]
    assert report.same == sum(report.decisions.values()) - report.decisions["alert"]


@pytest.mark.requirement("SC-INC-43")
def test_a_ladder_that_would_climb_otherwise_is_named(bundle: Path, monkeypatch) -> None:
    def slower(ladder, outgoing, begun_s):
        return tuple(
            msgspec.structs.replace(rung, due_s=rung.due_s + 5.0)
            for rung in entry_events_planned(ladder, outgoing, begun_s)
        )

    monkeypatch.setattr(entry_events, "planned_rungs", slower)
    report = replay(open_evidence(bundle, read_versions))
    assert {one.decision for one in report.differences} == {"deadlines and ladder of a message"}
    assert any("due_s" in field for one in report.differences for field in one.fields)


@pytest.mark.requirement("SC-INC-43")
def test_silences_and_rungs_that_a_node_should_have_recorded_are_missed(tmp_path: Path) -> None:
    """A node whose timekeeper never ran has recorded no silence: the replay says that they were due."""
    north, south = two_watching(tmp_path)
    north.timekeeper.tick = lambda: 0
    for _ in range(12):
        north.watch(10)
        south.watch(10)
        settle(north, south)
    path = packed_to(tmp_path / "quiet.zip", unpacked(north.bundle(an_incident(until_s=START_S + 120.0))))
    north.close()
    south.close()
    report = replay(open_evidence(path, read_versions))
    extra = {one.decision for one in report.differences if one.kind is DifferenceKind.EXTRA}
    assert extra == {"rung", "silence"}
    assert all(one.kind is DifferenceKind.EXTRA for one in report.differences)


@pytest.mark.requirement("SC-INC-44")
def test_what_is_withheld_is_not_counted_as_different(bundle: Path, tmp_path: Path) -> None:
    less = tmp_path / "less.zip"
    with less.open("wb") as file:
        redact_incident(bundle, ["rows:alert"], file, read_versions)
    report = replay(open_evidence(less, read_versions))
    assert report.different == 0
    assert "alert" not in report.decisions
    assert any("journal.jsonl" in words for words in report.not_replayed)


@pytest.mark.requirement("SC-INC-41")
def test_a_second_run_of_the_picture_is_replayed_from_its_own_start(tmp_path: Path) -> None:
    """The node was restarted in between: reports of both runs stand in one segment file."""
    north, south = two_watching(tmp_path)
    for _ in range(6):
        north.watch(10)
        settle_clock(north, south)
    north.picture = north.start_picture()
    for _ in range(6):
        north.watch(10)
        settle_clock(north, south)
    path = packed_to(tmp_path / "two.zip", unpacked(north.bundle(an_incident(until_s=START_S + 120.0))))
    north.close()
    south.close()
    evidence = open_evidence(path, read_versions)
    assert [run.run.record for run in evidence.picture_runs()] == [0, 60]
    assert [len(list(evidence.steps(run))) for run in evidence.picture_runs()] == [60, 60]
    assert replay(evidence).reproduced


@pytest.mark.requirement("SC-INC-45")
def test_moments_come_in_the_order_of_time_and_say_what_was_decided(bundle: Path) -> None:
    run = Replay(open_evidence(bundle, read_versions))
    moments = run.moments()
    assert [moment.time_s for moment in moments] == sorted(moment.time_s for moment in moments)
    assert {moment.kind for moment in moments} == {MomentKind.ALERT, MomentKind.CALL, MomentKind.SILENCE}
    silences = [moment.words for moment in moments if moment.kind is MomentKind.SILENCE]
    assert any("no answer" in words for words in silences)
    assert all(moment.decided for moment in moments)


@pytest.mark.requirement("SC-INC-46")
def test_whose_each_track_was_is_decided_again_on_what_was_known_at_each_step(tmp_path: Path, monkeypatch) -> None:
    path = identifying(tmp_path)
    evidence = open_evidence(path, read_versions)
    found = [json.loads(row.payload) for row in evidence.rows() if row.kind == "identification"]
    assert len({one["match"]["item_id"] for one in found if one["match"]}) == 2, "with and without the declared flight"
    report = replay(evidence)
    assert report.different == 0, report.differences
    assert report.decisions["identification"] == len(found) >= 3
    assert not any("identification" in words for words in report.not_replayed)
    monkeypatch.setattr(replay_identities, "identify", lambda *_: NOTHING_YET)
    report = replay(open_evidence(path, read_versions))
    assert {(one.decision, one.kind) for one in report.differences} == {("identification", DifferenceKind.MISSING)}


def with_more_rows(monkeypatch, more) -> None:
    """The bundle gets rows at its end that the party has made up: `more` of those that it has."""
    real_rows, real_choose = write_bundle.chosen_rows, write_bundle.choose

    def rows(journal, incident, chosen):
        told = list(real_rows(journal, incident, chosen))
        yield from told
        for number, row in enumerate(more(told), 1):
            yield msgspec.structs.replace(row, sequence=told[-1].sequence + number)

    def choose(journal, incident, last):
        return msgspec.structs.replace(real_choose(journal, incident, last), last_sequence=last + 10)

    monkeypatch.setattr(write_bundle, "chosen_rows", rows)
    monkeypatch.setattr(write_bundle, "choose", choose)


def invented_alert(told):
    row = next(row for row in told if row.kind == "alert")
    event = msgspec.json.decode(row.payload)
    event |= {"alert_id": "invented", "time_s": event["time_s"] + 0.5}
    return [msgspec.structs.replace(row, payload=msgspec.json.encode(event))]


def invented_identification(told):
    row = next(row for row in told if row.kind == "identification")
    found = msgspec.json.decode(row.payload)
    return [msgspec.structs.replace(row, payload=msgspec.json.encode(found | {"decided_s": found["decided_s"] + 0.5}))]


@pytest.mark.requirement("SC-INC-47")
@pytest.mark.parametrize("invented", [invented_alert, invented_identification])
def test_what_is_recorded_for_a_time_at_which_the_picture_made_no_step_is_missing(tmp_path, monkeypatch, invented):
    with_more_rows(monkeypatch, invented)
    report = replay(open_evidence(identifying(tmp_path), read_versions))
    assert [one.kind for one in report.differences] == [DifferenceKind.MISSING]
    assert not report.reproduced


@pytest.mark.requirement("SC-INC-47")
def test_what_a_picture_decided_of_which_the_beginning_is_not_here_is_said_not_to_be_compared(tmp_path, monkeypatch):
    real = write_bundle.choose

    def choose(journal, incident, last):
        return msgspec.structs.replace(real(journal, incident, last), runs=())

    monkeypatch.setattr(write_bundle, "choose", choose)
    path = packed_to(tmp_path / "no.zip", unpacked(watched_bundle(tmp_path)))
    evidence = open_evidence(path, read_versions)
    alerts = sum(row.kind == "alert" for row in evidence.rows())
    report = replay(evidence)
    assert "alert" not in report.decisions
    [words] = [one for one in report.not_replayed if "whose beginning is not in the bundle" in one]
    assert words.startswith(f"{alerts} alerts and identifications")


@pytest.mark.requirement("SC-INC-47")
def test_an_incident_of_a_picture_that_has_run_for_months_fits_into_its_bundle(tmp_path, monkeypatch):
    """A picture decides without end; what it decided months ago must not keep today's evidence from being frozen."""
    monkeypatch.setattr(choose_rows, "MAX_RUN_ROWS", 200)
    monkeypatch.setattr(write_bundle, "MAX_ROWS", 400)
    north, south = two_watching(tmp_path)
    north.identify = IdentifyTracks(north.exchange)
    for part in range(8):
        north.watch(10)
        settle_clock(north, south)
        found = next(iter(north.identify.identifications().values()))
        older = tuple(
            identification_event(msgspec.structs.replace(found, decided_s=START_S + number), north.clock.now_s())
            for number in range(60)
        )
        if part < 6:  # months of decisions
            north.store.append(Append(key=f"older/{part}", events=older))
        north.reports.seal()
    window = an_incident(
        at_s=north.clock.now_s() - 10.0, from_s=north.clock.now_s() - 20.0, until_s=north.clock.now_s()
    )
    path = packed_to(tmp_path / "late.zip", unpacked(north.bundle(window)))
    evidence = open_evidence(path, read_versions)
    [run] = evidence.picture_runs()
    assert not run.part.from_its_start
    assert run.part.first_segment == 4
    assert evidence.head.notes
    assert sum(row.kind == "identification" for row in evidence.rows()) in range(100, 201)
    assert [step.now_s for step in evidence.steps(run)] == [START_S + second for second in range(31, 81)]
    assert replay(evidence).differences == ()
    for one in (north, south):
        one.close()


@pytest.mark.requirement("SC-KEEP-04")
def test_an_incident_whose_older_reports_are_no_longer_kept_is_frozen_with_those_that_are(tmp_path):
    north, south = two_watching(tmp_path)
    for _ in range(8):
        north.watch(10)
        settle_clock(north, south)
        north.reports.seal()
    now_s = north.clock.now_s()
    assert drop_segments(north.folder, north.store, START_S + 35.0, now_s) == 3
    window = an_incident(at_s=now_s - 10.0, from_s=now_s - 60.0, until_s=now_s)
    late = packed_to(tmp_path / "late.zip", unpacked(north.bundle(window)))
    evidence = open_evidence(late, read_versions)
    [run] = evidence.picture_runs()
    assert (run.part.first_segment, run.part.from_its_start) == (4, False)
    assert "3 segments of reports are left out or no longer kept" in evidence.head.notes[0]
    assert [step.now_s for step in evidence.steps(run)] == [START_S + second for second in range(31, 81)]
    assert replay(evidence).differences == ()
    # Of a window that lies before everything that is kept there is no report, and the bundle holds all the same.
    drop_segments(north.folder, north.store, now_s + 1.0, now_s)
    early = an_incident(at_s=START_S + 20.0, from_s=START_S, until_s=START_S + 25.0)
    past = packed_to(tmp_path / "early.zip", unpacked(north.bundle(early)))
    evidence = open_evidence(past, read_versions)
    [run] = evidence.picture_runs()
    assert list(evidence.steps(run)) == []
    assert replay(evidence).differences == ()
    for path in (late, past):
        verify_incident.check(verify_incident.V.open_bundle(path))
    for one in (north, south):
        one.close()


@pytest.mark.requirement("SC-INC-47")
def test_an_alert_that_is_missing_before_a_withheld_part_is_missing_all_the_same(tmp_path, monkeypatch):
    with_more_rows(monkeypatch, invented_alert)
    north, south = two_watching(tmp_path)
    for part in range(12):
        north.watch(10)
        settle_clock(north, south)
        if part == 8:
            north.reports.seal()
    path = packed_to(tmp_path / "two.zip", unpacked(north.bundle(an_incident(until_s=START_S + 120.0))))
    north.close()
    south.close()
    less = tmp_path / "less.zip"
    segments = [part.name for part in open_evidence(path, read_versions).head.segments]
    assert len(segments) == 2
    with less.open("wb") as file:
        redact_incident(path, [segments[1]], file, read_versions)
    report = replay(open_evidence(less, read_versions))
    assert any("withheld" in words for words in report.not_replayed)
    assert [(one.kind, one.name.partition(" ")[0]) for one in report.differences] == [
        (DifferenceKind.MISSING, "invented")
    ]


@pytest.mark.requirement("SC-INC-47")
def test_a_picture_that_this_software_cannot_run_is_a_difference_and_not_the_same(bundle, monkeypatch):
    def refuse(*_):
        raise ValueError("the run had terms that this software does not know: x")

    monkeypatch.setattr(replay_picture, "picture_of", refuse)
    report = replay(open_evidence(bundle, read_versions))
    assert [one.kind for one in report.differences] == [DifferenceKind.OTHER_TERMS]
    assert "does not know: x" in report.differences[0].fields[0]


@pytest.mark.requirement("SC-INC-48")
def test_what_was_opened_by_itself_is_decided_again(tmp_path, monkeypatch):
    """Incidents by the alert that is their cause; whom a question is put to and how urgently, by the agreement."""
    north, south = two_watching(tmp_path)
    keeper = keeper_of(north, tmp_path / "incidents")
    north.identify = IdentifyTracks(north.exchange)
    for _ in range(12):
        north.watch(10)
        settle_clock(north, south)
        keeper.tick()
    case = IdentificationCase(
        case_id="case-1",
        track_id="nobody",
        identity=Identity(callsign="X1"),
        opened_s=START_S + 5.0,
        automatic=True,
        urgency=Urgency.IMMEDIATE,
        approach=Approach(kind=BoundaryKind.ZONE, item_id="z", title="z", parties=("north",), time_to_boundary_s=0.0),
        asked=(AskedParty(party="south", message_id="north:south:0", asked_s=START_S, agencies=(
            AskedAgency(agency="south air service"),)),),
    )  # fmt: skip
    north.store.append(Append(key="case", events=(case_event(case, START_S + 5.0),)))
    packed = unpacked(north.bundle(an_incident(until_s=START_S + 120.0)))
    path = packed_to(tmp_path / "opened.zip", packed)
    north.close()
    south.close()
    report = replay(open_evidence(path, read_versions))
    assert report.different == 0, report.differences
    assert report.decisions["opening of an incident"] >= 1
    assert report.decisions["opening of a question whose an aircraft is"] == 1
    monkeypatch.setattr(replay_openings, "of_alert", lambda *_: None)
    monkeypatch.setattr(replay_openings, "urgency_of", lambda *_: Urgency.ROUTINE)
    report = replay(open_evidence(path, read_versions))
    found = {(one.decision, one.kind) for one in report.differences}
    assert found == {
        ("opening of an incident", DifferenceKind.MISSING),
        ("opening of a question whose an aircraft is", DifferenceKind.OTHER_FIELD),
    }
