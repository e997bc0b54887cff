"""Two real nodes freeze one breach: their two bundles give one joint timeline, one report, and the same figures."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from steerclear.services.effectiveness.report import EffectivenessReport
from steerclear.services.joint.timeline import EventKind, JointTimeline
from tests.app.test_incident_nodes import nodes, steerclear
from tests.app.two_nodes import NodeProcess, eventually

assert nodes  # the fixture, by its name


@pytest.mark.requirement("SC-JNT-13")
@pytest.mark.requirement("SC-EFF-06")
def test_both_nodes_bundles_give_one_timeline_one_report_and_the_same_figures(
    nodes: dict[str, NodeProcess],
    tmp_path: Path,
) -> None:
    def whole(party: str) -> list[str]:
        found = nodes[party].call("GET", "/api/v1/incidents", function=None)
        lost = [one for one in found if one["incident"]["cause"] == "separation_lost" and one["joined_into"] is None]
        return [one["incident"]["incident_id"] for one in lost if one["whole"] and one["peer_bundles"]]

    ((name,), (other,)) = (eventually(lambda party=party: whole(party), 120.0) for party in nodes)
    assert name == other
    bundles = [tmp_path / f"{party}.zip" for party in nodes]
    for out, node in zip(bundles, nodes.values(), strict=True):
        assert steerclear("incident", "export", name, out, "--config", node.config.folder / "node.toml").returncode == 0

    told = steerclear("incident", "timeline", *bundles, "--json")
    assert told.returncode == 0, told.stderr
    timeline = msgspec.json.decode(told.stdout, type=JointTimeline)
    assert [side.party for side in timeline.sides] == ["north", "south"]
    assert {event.party for event in timeline.events if event.kind is EventKind.ALERT} == {"north", "south"}
    assert not [event.words for event in timeline.events if event.kind is EventKind.OTHER]
    # One machine, one clock: whatever is told of the difference must hold nothing against that.
    south = timeline.clocks[1]
    assert south.low_s <= 0.0 <= south.high_s
    notices = [one for one in timeline.messages if one.kind == "alert_notice"]
    assert notices
    assert all(one.received_s is not None and one.held_by == ("north", "south") for one in notices)
    assert {track.label for track in timeline.tracks} == {"N1", "S1"}
    # A recording of 2021 was played: what happened stands at today's time, the sky at its own.
    assert any("played a recording" in gap.words for gap in timeline.gaps)
    assert all(one.picture_s < 1.7e9 < one.time_s for one in timeline.events if one.kind is EventKind.ALERT)

    page, pdf = tmp_path / "report.html", tmp_path / "report.pdf"
    made = steerclear("incident", "report", *bundles, "--html", page, "--pdf", pdf)
    assert made.returncode == 0, made.stderr
    assert page.read_text().count("EXERCISE") >= 2  # the marking of the bundles
    assert pdf.read_bytes().startswith(b"%PDF-")

    def figures(*arguments: str | Path) -> EffectivenessReport:
        ran = steerclear("report", "effectiveness", *arguments, "--json")
        assert ran.returncode == 0, ran.stderr
        return msgspec.json.decode(ran.stdout, type=EffectivenessReport)

    from_s = int(timeline.from_s) - 600
    live = figures("--from", _utc(from_s), "--config", nodes["north"].config.folder / "node.toml")
    offline = figures(*bundles, "--from", _utc(from_s))
    assert not offline.disagreements
    counted = {(one.measure, one.party): one.count for one in live.measures if one.measure == "missed_acknowledgements"}
    assert counted["missed_acknowledgements", "south"] >= 1
    again = {(one.measure, one.party): one.count for one in offline.measures}
    assert all(again[key] <= count for key, count in counted.items())
    assert json.loads(told.stdout)["incident_id"] == name


def _utc(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
