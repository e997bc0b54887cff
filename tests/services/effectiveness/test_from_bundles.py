"""The same figures from a record and from both journals; what is withheld counts as nothing; a rolling day."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.app.commands.record import read_versions
from steerclear.model.messages import Acknowledgement, Verdict
from steerclear.services.acknowledge import acknowledge, relay, respond
from steerclear.services.effectiveness.flight_files import flight_seconds_on_disk
from steerclear.services.effectiveness.from_files import read_files
from steerclear.services.effectiveness.from_record import read_record
from steerclear.services.effectiveness.make_report import make_report
from steerclear.services.effectiveness.report import Judgement
from steerclear.services.effectiveness.rolling import RollingEffectiveness
from steerclear.services.exchange import Draft
from steerclear.services.record_bundle import RecordError
from steerclear.store.segments import drop_segments
from tests.services.bundles import contents_withheld, export_bytes, first_bundle, packed_to, signed_files, unpacked
from tests.services.effectiveness.story import Story, notice, one, question, stop, terms
from tests.services.incident.scenes import an_incident, two_watching
from tests.services.parties import START_S, settle

OF_MESSAGES = (
    "acknowledgement_time",
    "missed_acknowledgements",
    "line_checks",
    "notice_given",
    "relay_completeness",
    "stale_entries",
    "rung_time",
    "identification",
)
FILES = (signed_files(terms()),)


@pytest.fixture
def story():
    told = Story()
    yield told
    told.close()


def busy(story: Story) -> str:
    asked = story.tell("north", stop())
    story.wait(70.0)
    story.answer("south", acknowledge, asked)
    story.answer("south", relay, asked, "first battalion")
    story.wait(130.0)
    question_id = story.tell("south", question())
    story.answer("north", respond, question_id, Verdict.NOT_OURS)
    story.tell("south", stop())
    story.wait(400.0)
    story.tell("north", notice("z1", 0.5, 0.6))
    story.wait(3_600.0)
    return asked


@pytest.mark.requirement("SC-EFF-05")
def test_a_record_gives_the_figures_that_both_journals_give(story):
    busy(story)
    told = [story.report("north"), story.report("south")]
    for party, peer in (("north", "south"), ("south", "north")):
        bundle = first_bundle(unpacked(export_bytes(story.nodes[party].exchange, peer, FILES)))
        seen = read_record(bundle, read_versions, "record.zip")
        told.append(make_report([seen], told[0].from_s, told[0].until_s))
    plain = [
        [msgspec.to_builtins(measure) for measure in report.measures if measure.measure in OF_MESSAGES]
        for report in told
    ]
    assert plain[0] == plain[1]
    for fields in plain[2:]:
        assert fields == plain[0]
    for report in told[2:]:
        for name in ("line_availability", "alert_rate", "alerts_came_true"):
            assert one(report, name).judgement is Judgement.NOT_MEASURED
    assert {measure["judgement"] for measure in plain[0]} >= {"holds", "falls_short"}


@pytest.mark.requirement("SC-EFF-05")
def test_where_an_answer_may_be_withheld_nobody_counts_it_as_missing(story):
    asked = busy(story)
    files = unpacked(export_bytes(story.north.exchange, "south", FILES))
    name = "logs/south-to-north/contents.jsonl"
    lines = files[name].splitlines()
    hidden = contents_withheld(files, name, *range(len(lines)))
    seen = read_record(first_bundle(hidden), read_versions, "record.zip")
    report = make_report([seen], START_S, START_S + 3_600.0)
    found = one(report, "missed_acknowledgements", "south")
    assert found.outcomes["not_shown"] == found.count > 0
    assert found.judgement is Judgement.NOT_MEASURED
    assert report.withheld == len(lines)
    # The other side's record has what is missing.
    whole = read_record(
        first_bundle(unpacked(export_bytes(story.south.exchange, "north", FILES))), read_versions, "other.zip"
    )
    both = make_report([seen, whole], START_S, START_S + 3_600.0)
    assert one(both, "missed_acknowledgements", "south").outcomes["late"] == 1
    assert asked in whole.messages
    assert not both.disagreements


@pytest.mark.requirement("SC-EFF-05")
def test_an_answer_that_does_not_count_is_counted_by_nobody(story):
    asked = story.tell("north", stop())

    def read_by_a_stranger(own_id: str) -> Acknowledgement:
        return Acknowledgement(
            message_id=own_id, acknowledges=asked, desk_id="south-desk", function="cook", read_at_s=START_S
        )

    story.south.exchange.send([Draft("north", read_by_a_stranger)]).stored.result()
    story.wait(120.0)
    bundle = first_bundle(unpacked(export_bytes(story.north.exchange, "south", FILES)))
    record = read_record(bundle, read_versions, "record.zip")
    for seen in (record, story.observations("north")):
        found = one(make_report([seen], START_S, START_S + 3_600.0), "missed_acknowledgements", "south")
        assert found.outcomes["missed"] == 1


def test_a_bundle_that_does_not_hold_gives_no_figures(story, tmp_path):
    busy(story)
    files = unpacked(export_bytes(story.north.exchange, "south", FILES))
    name = "logs/south-to-north/entries.jsonl"
    path = packed_to(
        tmp_path / "record.zip",
        files | {name: files[name].replace(b'"sig":"A', b'"sig":"B').replace(b'"sig":"', b'"sig":"A', 1)},
    )
    with pytest.raises(RecordError, match="entries"):
        read_files([path], read_versions, None, None)


@pytest.mark.requirement("SC-EFF-04")
def test_the_evidence_of_an_incident_gives_alerts_and_flight_hours_too(tmp_path):
    north, south = two_watching(tmp_path)
    for _ in range(12):
        north.watch(10)
        south.watch(10)
        settle(north, south)
    path = tmp_path / "incident.zip"
    path.write_bytes(north.bundle(an_incident(until_s=START_S + 130.0)))
    on_disk = flight_seconds_on_disk(north.folder, north.store, START_S, START_S + 1_000.0)
    found, period = read_files([path], read_versions, None, None)
    report = make_report(found, *period)
    rate = one(report, "alert_rate", "north")
    # Two aircraft, reported every second for 120 s.
    assert rate.figures["flight_hours"] == pytest.approx(2 * 119.0 / 3_600.0)
    assert on_disk == 2 * 119.0
    north.reports.keep((), north.clock.now_s(), durable=False)
    north.reports.seal()
    assert drop_segments(north.folder, north.store, north.clock.now_s() + 1.0, north.clock.now_s()) >= 1
    assert flight_seconds_on_disk(north.folder, north.store, START_S, START_S + 1_000.0) is None, "no longer all here"
    assert rate.count >= 1
    assert one(report, "alerts_came_true", "north").count == 1
    north.close()
    south.close()


def test_the_last_day_for_monitoring_forgets_what_is_older(story):
    rolling = RollingEffectiveness(story.north.exchange)
    busy(story)
    latest = rolling.latest()
    assert latest.complete
    assert one(latest.report, "acknowledgement_time", "south").count == 1
    story.clock.time_s += 86_500.0
    story.tell("north", stop())
    newer = rolling.latest()
    assert one(newer.report, "missed_acknowledgements", "south").outcomes["open"] == 1
    assert one(newer.report, "missed_acknowledgements", "south").count == 1
    # Within a minute it is not made anew.
    story.tell("north", stop())
    assert rolling.latest() is newer
