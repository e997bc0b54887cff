"""`steerclear plan`, `zone`, `site`, `movement`: a planner's way from a file to a declared plan and its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from steerclear.app.main import main
from steerclear.interfaces.cli.node_file import RUNTIME_FILE, Runtime, token_path, write_whole
from steerclear.model.plans import ItemEnd
from steerclear.model.vocabulary import Disclosure
from tests.app.two_nodes import set_up
from tests.interfaces.local_api.served import OFFICER, READER, make_app, serving
from tests.services.parties import settle
from tests.services.plans import circle, flight, name, ours, tell, theirs, two_nodes

AGREEMENT = Path(__file__).parents[3] / "docs" / "example-agreement.toml"
ROUTE = """
format = "route"
title = "Supply to the hut"
departure = 2027-01-15T10:00:00Z
speed = "60 kt"
half_width = "200 m"
level = "800 m W84"
vertical_half_width = "100 m"
time_tolerance = "2 min"
[[waypoints]]
at = [46.50, 7.50]
[[waypoints]]
at = [46.52, 7.52]
"""
AREA = {
    "type": "Feature",
    "properties": {"name": "Survey"},
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[7.48, 46.48], [7.53, 46.48], [7.53, 46.53], [7.48, 46.53], [7.48, 46.48]]],
    },
}
WHEN = ("--from", "2027-01-15T10:00:00Z", "--until", "2027-01-15T11:00:00Z")
HIGH = ("--lower", "700 m W84", "--upper", "900 m W84")
BY = ("--as", "duty officer")


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "250")
    Path("route.toml").write_text(ROUTE)
    Path("area.geojson").write_text(json.dumps(AREA))
    return tmp_path


@pytest.fixture
def run(capfd):
    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        told = capfd.readouterr()
        return ended.value.code, told.out + told.err

    return run


@pytest.fixture
def line(files):
    """North with a local API that the command line finds, and south."""
    north, south = two_nodes()
    config = set_up(files)["north"]
    for function, token in ((None, READER), ("duty officer", OFFICER)):
        path = token_path(config, None if function is None else "north-desk", function)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(token + "\n")
    with serving(make_app(north)) as address:
        url = f"http://{address}"
        write_whole(config.data_folder / RUNTIME_FILE, Runtime(os.getpid(), "north", url, url, 0.0))
        Path("node.toml").symlink_to(config.folder / "node.toml")
        os.chdir(config.folder)
        for file in ("route.toml", "area.geojson"):
            Path(file).write_bytes((files / file).read_bytes())
        yield north, south
    north.close()
    south.close()


# --- Without a node


@pytest.mark.requirement("SC-PLN-20")
def test_a_plan_is_checked_from_files_alone(files, run):
    code, told = run("plan", "check", "route.toml", "--agreement", str(AGREEMENT))
    assert code == 0, told
    assert "no conflict known" in told
    assert "permitted" not in told
    assert "approved" not in told
    against = ("--agreement", str(AGREEMENT), "--against", "south=route.toml")
    code, told = run("plan", "check", "area.geojson", *WHEN, *HIGH, *against)
    assert code == 11, told
    for words in (
        "CONFLICT",
        "south",
        "2027-01-15 10:00:00Z",
        "duty officer",
        "south-desk",
        "this plan",
        "500 m across",
    ):
        assert words in told, told
    code, told = run("plan", "check", "area.geojson", *WHEN, *HIGH, *against, "--json", "--resolve")
    assert code == 11
    found = json.loads(told)
    assert found["check"]["findings"][0]["finding"]["kind"] == "flight"
    assert found["resolutions"]["options"][0]["check"]["clear"]
    assert found["assumptions"]


@pytest.mark.requirement("SC-PLN-20")
def test_a_check_draws_the_plan_and_writes_it_for_maps(files, run):
    drawn = ("--plot", "plan.svg", "--geojson", "plan.geojson")
    against = ("--agreement", str(AGREEMENT), "--against", "route.toml")
    code, told = run("plan", "check", "area.geojson", *WHEN, *HIGH, *against, *drawn)
    assert code == 11, told
    assert Path("plan.svg").read_text().startswith("<svg")
    assert json.loads(Path("plan.geojson").read_text())["type"] == "FeatureCollection"


WRONG = {
    "no such file": (("plan", "check", "none.toml", "--agreement", str(AGREEMENT)), 12),
    "no plan": (("plan", "check", str(AGREEMENT), "--agreement", str(AGREEMENT)), 12),
    "no agreement": (("plan", "check", "route.toml", "--agreement", "none.toml"), 5),
    "no such party": (("plan", "check", "route.toml", "--agreement", str(AGREEMENT), "--party", "west"), 2),
    "against without an agreement": (("plan", "check", "route.toml", "--against", "route.toml"), 2),
    "no node": (("plan", "check", "route.toml"), 9),
    "a time that is none": (("plan", "check", "area.geojson", "--from", "noon", "--agreement", str(AGREEMENT)), 2),
}


@pytest.mark.requirement("SC-PLN-21")
@pytest.mark.parametrize("why", WRONG)
def test_wrong_use_ends_with_the_code_that_says_whose_fault_it_is(files, run, why):
    arguments, code = WRONG[why]
    ended, told = run(*arguments)
    assert ended == code, told
    assert told.startswith("steerclear: ") or "steerclear: " in told


# --- With a node


@pytest.mark.requirement("SC-PLN-22")
def test_from_a_file_to_a_declared_plan_to_an_amendment_to_its_end(line, run):
    north, south = line
    code, told = run("plan", "submit", "route.toml", *BY, "--name", name(7))
    assert code == 0, told
    settle(north, south)
    assert theirs(south, 7).item.flight.title == "Supply to the hut"
    code, told = run("plan", "submit", "route.toml", *BY, "--name", name(7))
    assert (code, "exactly so" in told) == (0, True), told
    code, told = run("plan", "amend", name(7), "area.geojson", *WHEN, *HIGH, *BY, "--json")
    assert code == 0, told
    assert json.loads(told)["standing"]["revision"] == 2
    for command, state in (("activate", "activated"), ("leave", "nonconforming"), ("return", "activated")):
        code, told = run("plan", command, name(7), *BY)
        assert code == 0, told
        settle(north, south)
        assert theirs(south, 7).state == state
    code, told = run("plan", "list")
    assert (code, name(7) in told, "activated" in told) == (0, True, True)
    code, told = run("plan", "show", name(7))
    assert (code, "Survey" in told, "revision 2: amended by duty officer" in told) == (0, True, True)
    assert run("plan", "end", name(7), *BY)[0] == 0
    settle(north, south)
    assert theirs(south, 7).ended is ItemEnd.ENDED
    assert name(7) not in run("plan", "list")[1]
    assert name(7) in run("plan", "list", "--all")[1]
    assert run("plan", "activate", name(7), *BY)[0] == 7
    assert run("plan", "show", name(8))[0] == 7


@pytest.mark.requirement("SC-PLN-22")
def test_a_plan_in_conflict_is_declared_only_with_the_names_of_what_was_read(line, run):
    north, south = line
    tell(south, flight(1, volumes=(circle(radius_m=6_000.0),)))
    settle(north, south)
    code, told = run("plan", "check", "route.toml")
    assert (code, "CONFLICT" in told) == (11, True), told
    code, told = run("plan", "submit", "route.toml", *BY, "--name", name(7), "--json")
    found = json.loads(told)
    assert (code, found["declared"], ours(north, 7)) == (11, False, None)
    code, told = run("plan", "submit", "route.toml", *BY, "--name", name(7))
    assert (code, "NOT DECLARED" in told) == (11, True)
    names = told.split("--in-spite-of ")[1].split()
    code, told = run("plan", "submit", "route.toml", *BY, "--name", name(7), "--in-spite-of", *names)
    assert (code, f"{name(7)} revision 1: declared" in told) == (0, True), told
    assert set(ours(north, 7).findings) == set(names)


@pytest.mark.requirement("SC-PLN-22")
def test_a_sealed_plan_is_opened_from_the_command_line(line, run):
    north, south = line
    code, told = run("plan", "submit", "route.toml", *BY, "--name", name(7), "--disclosure", "sealed")
    assert (code, "told sealed to south" in told) == (0, True), told
    settle(north, south)
    assert theirs(south, 7).item is None
    assert run("plan", "open", name(7), *BY)[0] == 0
    settle(north, south)
    assert theirs(south, 7).item.flight.title == "Supply to the hut"
    code, told = run("plan", "show", name(7))
    assert "it is what was sealed" in told


@pytest.mark.requirement("SC-PLN-23")
def test_zones_sites_and_movements_from_the_command_line(line, run):
    north, south = line
    words = (*WHEN, *HIGH, *BY)
    assert run("zone", "check", "area.geojson", *WHEN, *HIGH)[0] == 0
    code, told = run("zone", "declare", "area.geojson", *words, "--name", name(9), "--sought", "agreed")
    assert code == 0, told
    code, told = run("zone", "show", name(9))
    assert "requested" in told
    assert run("zone", "amend", name(9), "area.geojson", *words, "--title", "Range")[0] == 0
    assert run("zone", "cancel", name(9), *BY)[0] == 0
    site = ("--function", "field hospital", "--at", "46.9,7.9", "--radius", "300 m", "--name", name(10))
    code, told = run("site", "declare", *site, *WHEN, *BY, "--disclosure", "coarse", "--markings", "a red cross")
    assert code == 0, told
    again = ("--function", "field hospital", "--at", "46.9,7.9", "--radius", "400 m", "--amends", name(10))
    assert run("site", "declare", *again, *WHEN, *BY)[0] == 0
    route = ("--route", "47.1,7.9", "47.2,7.9", "--half-width", "50 m", "--vehicles", "4", "--name", name(11))
    code, told = run("movement", "declare", "--function", "aid convoy", *route, *WHEN, *BY)
    assert code == 0, told
    settle(north, south)
    assert theirs(south, 9).ended is ItemEnd.CANCELLED
    assert theirs(south, 10).item.protected_site.radius_m == 400.0
    assert theirs(south, 11).item.movement.vehicles == 4
    for noun, number in (("site", 10), ("movement", 11)):
        code, told = run(noun, "list", "--json")
        assert [one["item_id"] for one in json.loads(told)] == [name(number)]


def test_help_of_every_command_is_there():
    for noun in ("plan", "zone", "site", "movement"):
        command = [sys.executable, "-c", "from steerclear.app.main import main; main()", noun, "--help"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (ran.returncode, "list" in ran.stdout) == (0, True), ran.stderr
    assert msgspec.json.encode(Disclosure.FULL) == b'"full"'
