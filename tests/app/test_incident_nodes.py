"""Two real nodes watch one sky: a loss of separation is frozen by both, told by hash, verified and replayed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from steerclear.app.node_incidents import configuration_note
from steerclear.interfaces.cli.node_file import read_node_config
from tests.app.two_nodes import NodeProcess, eventually, set_up

SPEED = 60.0
SECONDS = 150


def steerclear(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from steerclear.app.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def crossing_rows() -> list[dict]:
    """Two aircraft on one level that meet after two minutes, as a recording."""
    rows = []
    for second in range(SECONDS):
        for callsign, address, longitude, knots, track in (
            ("N1", "4b0001", 7.0, 389.0, 90.0),
            ("S1", "4b0002", 7.6, 389.0, 270.0),
        ):
            moved = second * 200.0 / 76_600.0 * (1 if track == 90.0 else -1)
            row = {"timestamp": 1_633_615_200_000 + second * 1_000, "latitude": 46.5, "longitude": longitude + moved}
            row |= {"altitude": 9_842.5, "groundspeed": knots, "track": track, "vertical_rate": 0.0}
            rows.append(row | {"icao24": address, "callsign": callsign})
    return rows


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[dict[str, NodeProcess]]:
    (tmp_path / "sky.json").write_text(json.dumps(crossing_rows()))
    running = {}
    for party, config in set_up(tmp_path).items():
        path = config.folder / "node.toml"
        picture = f'\n[picture]\nsources = ["../sky.json"]\nspeed = {SPEED}\n'
        policy = '\n[incidents]\nbefore_s = 600.0\nafter_s = 3.0\nmarking = "EXERCISE"\n'
        path.write_text(path.read_text() + picture + policy)
        running[party] = NodeProcess(read_node_config(path)).start()
    try:
        for node in running.values():
            node.wait_ready()
        yield running
    finally:
        for node in running.values():
            node.stop()


@pytest.mark.requirement("SC-INC-61")
def test_a_breach_is_frozen_by_both_nodes_verified_told_and_replayed(
    nodes: dict[str, NodeProcess], tmp_path: Path
) -> None:
    def frozen(party: str) -> list[dict]:
        found = nodes[party].call("GET", "/api/v1/incidents", function=None)
        return [
            one
            for one in found
            if one["joined_into"] is None
            and one["incident"]["cause"] == "separation_lost"
            and one["whole"]
            and one["peer_bundles"]
        ]

    ours = {party: eventually(lambda party=party: frozen(party), 60.0) for party in nodes}
    assert [len(found) for found in ours.values()] == [1, 1]
    [[north], [south]] = ours.values()
    name = north["incident"]["incident_id"]
    assert south["incident"]["incident_id"] == name
    for mine, other in ((north, south), (south, north)):
        assert mine["bundles"][-1]["sha256"] == other["peer_bundles"][-1]["sha256"]

    def cosigned(party: str) -> bool:
        detail = nodes[party].call("GET", f"/api/v1/incidents/{name}", function=None)
        return len(detail["proofs"][-1]["received_s"]) == 1

    for party, node in nodes.items():
        eventually(lambda party=party: cosigned(party))
        out = tmp_path / f"{party}.zip"
        made = steerclear("incident", "export", name, out, "--config", node.config.folder / "node.toml")
        assert made.returncode == 0, made.stderr
        told = steerclear("incident", "verify", out)
        assert told.returncode == 0, told.stderr
        assert "MARKING: EXERCISE" in told.stdout
        again = steerclear("incident", "replay", out, "--json")
        assert again.returncode == 0, again.stdout + again.stderr
        report = json.loads(again.stdout)["report"]
        assert report["different"] == 0
        assert report["decisions"]["alert"] >= 3
        assert report["same_software"] is True

    silences = steerclear("incident", "replay", tmp_path / "north.zip", "--jump", "alert", "--speed", "100000")
    assert silences.returncode == 0
    assert "same: separation raised" in silences.stdout
    listed = steerclear("incident", "list", "--config", nodes["north"].config.folder / "node.toml")
    assert name in listed.stdout


@pytest.mark.requirement("SC-INC-62")
def test_desks_review_an_incident_to_its_closing_on_the_command_line(
    nodes: dict[str, NodeProcess], tmp_path: Path
) -> None:
    def run(party: str, *arguments: str) -> str:
        config = nodes[party].config.folder / "node.toml"
        ran = steerclear("incident", *arguments, "--config", config)
        assert ran.returncode == 0, ran.stderr + ran.stdout
        return ran.stdout

    officer = ("--as", "duty officer")
    opened = json.loads(run("north", "open", "--title", "A near miss", "--until", "+1 s", "--json", *officer))
    name = opened["incident"]["incident_id"]

    def state(party: str) -> str:
        found = nodes[party].call("GET", "/api/v1/incidents", function=None)
        return next((one["state"] for one in found if one["incident"]["incident_id"] == name and one["whole"]), "")

    for party in nodes:
        eventually(lambda party=party: state(party) == "frozen", 40.0)
    listed = [one["incident"]["incident_id"] for one in json.loads(run("north", "list", "--json"))]
    assert name in listed
    following = nodes["north"].call("GET", f"/api/v1/incidents?after={name}&limit=1", function=None)
    assert [one["incident"]["incident_id"] for one in following] == listed[listed.index(name) + 1 :][:1]
    run("north", "read-out", name, "words", "--text", "Two aircraft came too close. Nobody was hurt.", *officer)

    def known() -> bool:
        return bool(nodes["south"].call("GET", f"/api/v1/incidents/{name}", function=None)["items"])

    eventually(known)
    run("south", "answer", name, "north", "words", "approved", *officer)

    def signed(party: str) -> bool:
        [out] = nodes[party].call("GET", f"/api/v1/incidents/{name}/read-outs", function=None)
        return out["signed"] and out["proven"]

    for party in nodes:
        eventually(lambda party=party: signed(party))
        assert "SIGNED BY BOTH SIDES; receipts cover both entries" in run(party, "read-out", name)
    assert "closed on this side" in run("north", "close", name, *officer)
    eventually(lambda: "closed on the side of north by duty officer of north" in run("south", "show", name))
    shown = run("north", "show", name)
    assert "against closing" not in shown
    assert "CLOSING" not in shown, "nobody is asked to answer it"
    metrics = nodes["north"].call("GET", "/metrics", function=None).decode()
    assert 'steerclear_incidents{state="closed"} 1.0' in metrics
    assert re.search(r'steerclear_source_reports_total\{source="sky"\} [1-9]', metrics)


@pytest.mark.requirement("SC-INC-11")
def test_the_configuration_in_a_bundle_holds_no_secret_of_the_nodes_file(tmp_path: Path) -> None:
    config = set_up(tmp_path)["north"]
    path = config.folder / "node.toml"
    picture = '\n[picture]\nsources = ["readsb:https://desk:secret@radar.example/a.json?key=secret", "sky.json"]\n'
    outlet = '\n[outlets.telephone]\napprise = ["mailto://secret@example.org"]\n'
    path.write_text(path.read_text() + picture + outlet)
    note = configuration_note(read_node_config(path))
    assert b"secret" not in msgspec.json.encode(note)
    assert note.values["picture"]["sources"] == ["readsb:https://...@radar.example/a.json?...", "sky.json"]
    assert any("picture.sources" in what for what in note.left_out)
