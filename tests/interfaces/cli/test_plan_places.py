"""`--stated "9 km 045 airfield"` and `plan authority`: places in words on the command line, and amended control."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from steerclear.interfaces.agreement_file import decode_agreement, encode_agreement
from steerclear.interfaces.cli.node_file import read_node_config
from steerclear.model.agreement import AreaOfAuthority
from tests.interfaces.cli.test_plan_commands import AGREEMENT, BY, HIGH, WHEN, files, line, run
from tests.services.parties import settle
from tests.services.plans import name, ours, theirs

__all__ = ["files", "line", "run"]
EXAMPLE = AGREEMENT.read_text()
HUT = '\n[[places]]\nname = "the hut"\nat = "46.50,7.40"\n'
FITS, FAR = "8 km 085 the hut", "80 km 085 the hut"
"""Of the middle of the survey (46.505 N, 7.505 E), and what a digit makes of it."""


@pytest.fixture
def agreement(files: Path) -> str:
    path = files / "agreement.toml"
    path.write_text(EXAMPLE.replace("\n[[areas]]", f"{HUT}\n[[areas]]", 1))
    return str(path)


@pytest.mark.requirement("SC-CHK-22")
@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ([], 0),
        ([FITS], 0),
        (["8.1 km east of The Hut"], 0),
        (["4.4 NM 090° from the hut"], 0),
        ([FAR], 11),
        (["8 km 265 the hut"], 11),
        ([FITS, FAR], 11),
        (["8 km the hut"], 2),
        (["8 km upwards the hut"], 2),
        (["8 km 400 the hut"], 2),
        (["8 miles 085 the hut"], 2),
        (["near the hut"], 2),
    ],
)
def test_a_coordinate_that_contradicts_the_words_is_found(agreement, run, stated, code):
    words = ("--stated", *stated) if stated else ()
    ended, told = run("plan", "check", "area.geojson", *WHEN, *HIGH, "--agreement", agreement, *words)
    assert ended == code, told
    if code == 11:
        assert "CONTRADICTION" in told
        assert "but the coordinates are 8.1 km, 086 degrees from there" in told, told
    if code == 2:
        assert "--stated" in told, told


@pytest.mark.requirement("SC-CHK-21")
def test_findings_are_read_back_in_the_table_and_in_json(agreement, run):
    check = ("plan", "check", "area.geojson", *WHEN, *HIGH, "--agreement", agreement, "--against", "south=route.toml")
    code, told = run(*check)
    assert code == 11, told
    assert "8.5 km east (082°) of" in told, told
    found = json.loads(run(*check, "--json")[1])["check"]["findings"]
    assert found[0]["finding"]["near"]["place"] == "the hut"


@pytest.mark.requirement("SC-CHK-24")
def test_a_route_names_its_positions_as_the_command_line_does(agreement, run):
    Path("text.toml").write_text(Path("route.toml").read_text().replace("[46.50, 7.50]", '"46.50,7.50"'))
    check = ("--agreement", agreement, "--json")
    first, second = (json.loads(run("plan", "check", file, *check)[1]) for file in ("route.toml", "text.toml"))
    for found in (first, second):
        found["check"].pop("made_at_s")
    assert first == second


@pytest.mark.requirement("SC-CHK-22")
def test_what_is_declared_with_words_that_do_not_fit_says_so(line, run):
    north, south = line
    unknown = ("--stated", "9 km 045 airfield")
    area = ("area.geojson", *WHEN, *HIGH, *BY, "--json", *unknown)
    site = ("--function", "field hospital", "--at", "46.9,7.9", "--radius", "300 m", *WHEN, *BY, "--json", *unknown)
    route = ("--route", "47.1,7.9", "47.2,7.9", "--half-width", "50 m", *WHEN, *BY, "--json", *unknown)
    for number, arguments, where in (
        (7, ("plan", "submit", *area), None),
        (8, ("zone", "declare", *area), None),
        (9, ("site", "declare", *site), (46.9, 7.9)),
        (10, ("movement", "declare", "--function", "aid convoy", *route), (47.1, 7.9)),
    ):
        code, told = run(*arguments, "--name", name(number))
        assert code == 0, told
        found = [one["finding"] for one in json.loads(told)["check"]["findings"]]
        said = [one for one in found if one["kind"] == "place_unknown"]
        assert len(said) == 1, found
        at = said[0]["where"]
        assert (at["latitude_deg"], at["longitude_deg"]) == pytest.approx(where or (46.505, 7.505), abs=1e-3)
    settle(north, south)
    assert theirs(south, 9).item.protected_site.radius_m == 300.0
    assert ours(north, 8) is not None


# --- Amended control


def claimed_by_both(area: AreaOfAuthority) -> AreaOfAuthority:
    return replace(area, claimed_by=("north", "south"))


@pytest.mark.requirement("SC-CHK-23")
def test_an_amendment_names_the_plans_that_it_concerns(line, run):
    north, _ = line
    Path("old.toml").write_text(EXAMPLE)
    valley = EXAMPLE.replace("[47.00, 10.60], radius", "[46.50, 7.50], radius")
    Path("new.toml").write_text(valley.replace('upper = "14,000 ft"', 'upper = "19,000 ft"'))
    files_only = ("plan", "authority", "--agreement", "old.toml", "--plans", "south=route.toml")
    code, told = run(*files_only, "--amended", "old.toml")
    assert (code, "0 of 1 declared" in told) == (0, True), told
    code, told = run(*files_only, "--amended", "new.toml")
    assert code == 11, told
    for words in ("Supply to the hut", "south", "The pass", "disputed", "north: duty officer"):
        assert words in told, told
    assert run("plan", "submit", "route.toml", *BY, "--name", name(7))[0] == 0
    assert ours(north, 7) is not None
    code, told = run("plan", "authority", "--agreement", "old.toml", "--amended", "new.toml", "--json")
    assert code == 11, told
    found = json.loads(told)
    assert [one["item_id"] for one in found["affected"]] == [name(7)]
    code, told = run("plan", "authority", "--amended", "new.toml")
    assert (code, "names no version before 1" in told) == (2, True), told
    node = read_node_config(Path("node.toml"))
    held = decode_agreement(node.path(node.file.node.agreement).read_bytes())
    later = replace(held, version=2, amends=b"\1" * 32, areas=decode_agreement(Path("new.toml").read_bytes()).areas)
    Path("later.toml").write_bytes(encode_agreement(replace(later, areas=tuple(map(claimed_by_both, later.areas)))))
    code, told = run("plan", "authority", "--amended", "later.toml")
    assert (code, "1 of 1" in told, "version 2" in told) == (11, True, True), told
    assert run("plan", "authority", "--agreement", "old.toml", "--amended", "none.toml")[0] == 5
