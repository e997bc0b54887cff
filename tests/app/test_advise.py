"""A real node with two feeds, one of them turned: its sources say so, and `advise` keeps an own aircraft clear."""

from __future__ import annotations

import csv
import json
import math
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from steerclear.app.main import main
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.model.advice import Advice
from tests.app.two_nodes import NodeProcess, eventually, set_up
from tests.tactical.recordings import KNOT_MPS
from tests.tactical.scenes import FOOT_M, START_S, flight
from tests.tactical.test_alignment import radar, sky

pytestmark = pytest.mark.xdist_group("two-nodes")

SECONDS = 70


def write(path, reports):
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        names = "timestamp latitude longitude altitude groundspeed track vertical_rate icao24 callsign"
        rows.writerow(names.split())
        for one in reports:
            speed = math.hypot(one.east_mps, one.north_mps) / KNOT_MPS
            track = math.degrees(math.atan2(one.east_mps, one.north_mps)) % 360.0
            rows.writerow(
                [one.time_s, one.latitude_deg, one.longitude_deg, one.pressure_altitude_m / FOOT_M, speed, track, 0.0,
                 f"{one.icao_address:06x}", one.callsign]
            )  # fmt: skip


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    folder = tmp_path_factory.mktemp("advise")
    config = set_up(folder)["north"]
    north = folder / "north"
    known = own_sky()
    write(north / "adsb.csv", known)
    seen = [one for one in known if one.icao_address >= 100]  # of the two that meet it sees nothing
    write(north / "radar.csv", radar(seen, rotated_deg=105.0, latency_s=(0.0, 0.0)))
    with (north / "node.toml").open("a") as file:
        file.write(f'\n[picture]\nsources = ["csv:{north}/adsb.csv", "csv:{north}/radar.csv"]\nspeed = 10000.0\n')
    running = NodeProcess(type(config)(config.file, config.folder)).start()
    running.wait_ready(60.0)
    eventually(lambda: running.call("GET", "/api/v1/picture")["ended"], 120.0)
    yield running
    assert running.stop() == 0


def own_sky():
    """Traffic around the radar, of which N7 and S8 meet head-on."""
    ours = flight(7, source="adsb", north_m=-30_000.0, north_mps=200.0, callsign="N7")
    theirs = flight(8, source="adsb", north_m=28_000.0, north_mps=-200.0, callsign="S8")
    met = [one(float(t)) for t in range(0, SECONDS, 2) for one in (ours, theirs)]
    others = [one for one in sky(seconds=SECONDS, first=100) if one.icao_address]
    return sorted([*met, *others], key=lambda one: one.time_s)


def run(capfdbinary, *arguments, code=ExitCode.OK):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    out, err = (part.decode() for part in capfdbinary.readouterr())
    assert ended.value.code == code, (out, err)
    return out if code == ExitCode.OK else err


def said(node):
    """All that was sent, but for what the machine tells when it has frozen evidence, whenever it comes to it."""
    sent = node.call("GET", "/api/v1/messages")
    return {one["message_id"]: one for one in sent if one["message"]["type"] != "incident_report"}


@pytest.mark.requirement("SC-ALN-07")
def test_the_node_says_how_each_of_its_sources_lies(node):
    sources = {one["name"]: one["alignment"] for one in node.call("GET", "/api/v1/picture")["sources"]}
    assert sources["radar"]["state"] == "off"
    assert "rotated by 10" in sources["radar"]["words"]
    assert abs(sources["radar"]["rotation_deg"] - 105.0) < 1.0
    alerts = node.call("GET", "/api/v1/picture")["open_alerts"]
    told = [one for one in alerts if one["kind"] == "feed_misaligned"]
    assert "radar" in {one["source"] for one in told}
    # Whose sensors are wrong is this side's own matter.
    sent = node.call("GET", "/api/v1/messages")
    assert not [one for one in sent if one["message"].get("alert", {}).get("kind") == "feed_misaligned"]


@pytest.mark.requirement("SC-ADV-06")
def test_advice_for_an_own_aircraft_by_command(node, tmp_path, capfdbinary, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    file = node.config.folder / "node.toml"
    before = said(node)
    found = json.loads(run(capfdbinary, "advise", "N7", "--config", file, "--json"))
    assert found["label"] == "N7"
    assert "S8" in [one["label"] for one in found["losses"]]
    assert {row["kind"] for row in found["bands"]} == {"heading", "level", "speed", "vertical_speed"}
    assert found.keys() == set(Advice.__struct_fields__)
    shown = run(capfdbinary, "advise", "000007", "--config", file, "--plot", tmp_path / "bands.svg")
    assert "LOSS OF SEPARATION with S8" in shown
    assert "out of alignment" in shown
    assert "heading" in shown
    picture = ET.fromstring((tmp_path / "bands.svg").read_text())
    assert picture.tag.endswith("svg")
    more = [one["message"] for name, one in said(node).items() if name not in before]
    assert not more, "advice is never sent by itself"


@pytest.mark.requirement("SC-ADV-06")
def test_what_cannot_be_advised_on_is_refused_by_name(node, tmp_path, capfdbinary):
    file = node.config.folder / "node.toml"
    assert "no aircraft 'N99'" in run(capfdbinary, "advise", "N99", "--config", file, code=ExitCode.REFUSED)
    assert "S8 is south's aircraft" in run(capfdbinary, "advise", "S8", "--config", file, code=ExitCode.REFUSED)
    nowhere = tmp_path / "no" / "folder.svg"
    said = run(capfdbinary, "advise", "N7", "--config", file, "--plot", nowhere, code=ExitCode.CONFIGURATION)
    assert "cannot write" in said


@pytest.mark.requirement("SC-ADV-06")
def test_a_recording_can_be_asked_without_a_node(tmp_path, capfdbinary):
    write(tmp_path / "adsb.csv", own_sky())
    recording = f"csv:{tmp_path}/adsb.csv"
    at = datetime.fromtimestamp(START_S + 40.0, UTC).isoformat()
    found = json.loads(run(capfdbinary, "advise", "N7", recording, "--at", at, "--json"))
    assert found["time_s"] == pytest.approx(START_S + 40.0, abs=1.0)
    assert "S8" in [one["label"] for one in found["losses"]]
    assert found["manoeuvres"]
    for arguments, code, words in (
        (("N99", recording), ExitCode.REFUSED, "no aircraft"),
        (("N7", recording, "--at", "soon"), ExitCode.USAGE, "write a time"),
        (("N7", "--at", at), ExitCode.USAGE, "are for recordings"),
        (("N7", tmp_path / "none.csv"), ExitCode.SOURCE_UNREADABLE, "no such file"),
        (("N7", "tcp://127.0.0.1:1"), ExitCode.USAGE, "live feed"),
        (("N7", recording, "--agreement", tmp_path / "none.toml"), ExitCode.AGREEMENT_UNREADABLE, "none.toml"),
    ):
        assert words in run(capfdbinary, "advise", *arguments, code=code)
