"""A party that freezes a bundle may write into it what it likes; what was said is what the record of the line holds."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.app.commands.record import read_versions
from steerclear.interfaces.report_page import render_report, report_content
from steerclear.model.messages import Verdict
from steerclear.services.effectiveness.from_evidence import read_evidence
from steerclear.services.incident import write_bundle
from steerclear.services.incident.bundle_files import IncidentRefusedError
from steerclear.services.incident.choose_rows import chosen_rows
from steerclear.services.incident.comparison import DifferenceKind
from steerclear.services.incident.replay import replay
from steerclear.services.joint.join import join
from steerclear.services.joint.what_if import what_if
from steerclear.services.line_events import ReceiptTaken, journal_event
from steerclear.store.entries import JournalRow
from tests.services.joint.scene import Scene, stop, terms
from tests.services.parties import START_S


def lying(monkeypatch, change):
    """The rows of a bundle as `change` leaves them: (row) -> rows in its place."""

    def told(journal, incident, chosen):
        for row in chosen_rows(journal, incident, chosen):
            yield from change(row)

    monkeypatch.setattr(write_bundle, "chosen_rows", told)


def room_for_more(monkeypatch, rows=5):
    """The bundle says that the journal went on for some rows more than it did."""
    real = write_bundle.choose

    def choose(journal, incident, last):
        return msgspec.structs.replace(real(journal, incident, last), last_sequence=last + rows)

    monkeypatch.setattr(write_bundle, "choose", choose)


def reworded(row: JournalRow, old: bytes, new: bytes) -> JournalRow:
    assert old in row.payload
    return msgspec.structs.replace(row, payload=row.payload.replace(old, new))


@pytest.mark.requirement("SC-JNT-14")
def test_an_answer_that_a_journal_words_otherwise_is_no_evidence_and_stands_as_a_contradiction(tmp_path, monkeypatch):
    """South's question was answered "not ours"; its bundle says that north had said "ours"."""

    def change(row):
        forged = row.kind == "line.stored" and b'"not_ours"' in row.payload
        return [reworded(row, b'"not_ours"', b'"ours"') if forged else row]

    with Scene(tmp_path) as scene:
        said = scene.story()
        lying(monkeypatch, change)
        evidence = scene.evidence("south")
        report = replay(evidence)
        joined = join([evidence])
        other = what_if([evidence], terms())
    [false] = [one for one in report.differences if one.kind is DifferenceKind.OTHER_THAN_RECORD]
    assert false.fields == ("verdict: the journal 'ours', the record 'not_ours'",)
    assert not report.reproduced
    [question] = [one for one in joined.messages if one.message_id == said["question"]]
    assert question.other_verdict is not None, "the record tells the answer"
    assert question.other_verdict.says == Verdict.NOT_OURS
    [claim] = [one for one in joined.claims if one.matter == "a journal that the record contradicts"]
    assert claim.says["the record"] == "verdict: the journal 'ours', the record 'not_ours'"
    assert other.in_words


@pytest.mark.requirement("SC-JNT-14")
def test_an_acknowledgement_that_was_never_given_is_not_shown_as_one(tmp_path, monkeypatch):
    """North's bundle holds an acknowledgement of its last question, which nobody had read."""

    def change(row):
        yield row
        if row.kind == "line.stored" and b'"acknowledgement"' in row.payload:
            invented = msgspec.json.decode(row.payload)
            invented["sequence"] += 40
            invented["answers_sequence"] = int(said["unanswered"].rpartition(":")[2])
            invented["message"]["message_id"] = f"south:north:{invented['sequence']}"
            invented["message"]["acknowledges"] = said["unanswered"]
            rows.append(msgspec.structs.replace(row, payload=msgspec.json.encode(invented)))

    rows: list[JournalRow] = []

    def with_invented(journal, incident, chosen):
        told = [one for row in chosen_rows(journal, incident, chosen) for one in change(row)]
        last = told[-1]
        yield from told
        for number, row in enumerate(rows[:1], 1):
            yield msgspec.structs.replace(row, sequence=last.sequence + number, time_s=last.time_s)

    with Scene(tmp_path) as scene:
        said = scene.story()
        monkeypatch.setattr(write_bundle, "chosen_rows", with_invented)
        room_for_more(monkeypatch)
        evidence = scene.evidence("north")
        joined, report = join([evidence]), replay(evidence)
    [message] = [one for one in joined.messages if one.message_id == said["unanswered"]]
    assert message.acknowledged is None
    assert "acknowledgement" in message.unanswered
    [claim] = [one for one in joined.claims if one.matter == "a journal that the record contradicts"]
    assert claim.says["the record"] == "the record of the line holds no such message"
    assert [one.kind for one in report.differences] == [DifferenceKind.OTHER_THAN_RECORD]


@pytest.mark.requirement("SC-JNT-14")
def test_a_receipt_that_only_a_journal_tells_of_is_no_proof(tmp_path, monkeypatch):
    def with_receipt(journal, incident, chosen):
        told = list(chosen_rows(journal, incident, chosen))
        yield from told
        receipt = ReceiptTaken(peer="south", from_size=0, size=5, time_s=told[-1].time_s)
        event = journal_event(receipt, told[-1].time_s)
        yield JournalRow(told[-1].sequence + 1, event.kind, event.payload, event.time_s)

    with Scene(tmp_path) as scene:
        message_id = scene.tell("north", stop())
        scene.wait(4.0, line=False)
        monkeypatch.setattr(write_bundle, "chosen_rows", with_receipt)
        room_for_more(monkeypatch)
        joined = join([scene.evidence("north", from_s=START_S - 60.0, at_s=START_S)])
    [message] = [one for one in joined.messages if one.message_id == message_id]
    assert message.received_s is not None, "the journal's word is shown"
    assert not message.receipted, "and is not called proved"


@pytest.mark.requirement("SC-JNT-14")
@pytest.mark.parametrize("kind", ["alert", "line.stored", "line.sent", "picture.run", "line.rung"])
def test_a_row_that_is_none_refuses_the_bundle_by_its_file(tmp_path, monkeypatch, kind):
    def change(row):
        return [msgspec.structs.replace(row, payload=b'{"what": "is this"}') if row.kind == kind else row]

    with Scene(tmp_path) as scene:
        scene.story()
        lying(monkeypatch, change)
        evidence = scene.evidence("north")
        for work in (replay, lambda one: join([one]), lambda one: what_if([one], terms())):
            with pytest.raises(IncidentRefusedError) as refused:
                work(evidence)
            assert refused.value.where == "journal.jsonl"


@pytest.mark.requirement("SC-JNT-14")
def test_raw_reports_of_no_place_and_no_height_are_not_drawn_and_end_nothing(tmp_path):
    """What a source gave is kept as it came, also where it is no number."""

    def odd(report):
        if report.callsign == "S1":
            return msgspec.structs.replace(report, latitude_deg=float("nan"))
        return msgspec.structs.replace(report, pressure_altitude_m=float("inf"))

    with Scene(tmp_path) as scene:
        scene.watch(20, odd)
        scene.wait(6.0)
        timeline = join([scene.evidence("south")])
    [track] = timeline.tracks
    assert track.label == "N1"
    assert {point.altitude_m for point in track.points} == {None}
    assert b"N1" in render_report(report_content(timeline))


@pytest.mark.requirement("SC-EFF-01")
def test_a_receipt_over_more_than_any_log_can_hold_is_read_in_no_time(tmp_path, monkeypatch):
    def change(row):
        if row.kind != "line.receipt":
            return [row]
        event = msgspec.json.decode(row.payload)
        return [msgspec.structs.replace(row, payload=msgspec.json.encode(event | {"size": 10**18}))]

    with Scene(tmp_path) as scene:
        scene.story()
        lying(monkeypatch, change)
        evidence = scene.evidence("north")
        [own, record] = read_evidence(evidence, read_versions, (START_S - 60.0, START_S + 600.0))
    assert own.messages.keys() == record.messages.keys()
