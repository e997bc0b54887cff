"""The page about drills names what there is, all of it and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from steerclear.interfaces.scenario_file import shipped_names
from steerclear.interfaces.scenario_file.checks import OBSERVATIONS
from steerclear.model import scenario
from steerclear.model.scenario import Scenario, ScenarioPart, Weakness

PAGE = (Path(__file__).parents[3] / "docs/drills.md").read_text()
UNITS = re.compile(r"_(s|m|deg)$")
PARTS = {
    "drill": scenario.DrillHead,
    "parties": scenario.ScenarioParty,
    "tracks": scenario.ScenarioTrack,
    "feeds": scenario.Feed,
    "declares": scenario.Declares,
    "says": scenario.Says,
    "people": scenario.Person,
    "tells": scenario.Tells,
    "outages": scenario.Outage,
    "notes": scenario.Narrated,
    "expect": scenario.Expect,
    "without": scenario.Without,
}


@pytest.mark.requirement("SC-DRL-21")
def test_every_shipped_drill_is_on_the_page() -> None:
    table = PAGE[: PAGE.index("## How a drill is played")]
    assert re.findall(r"^\| `([a-z-]+)` \| [^`]+ \| [^`]+ \|$", table, re.MULTILINE) == list(shipped_names())


def test_everything_that_can_be_expected_is_on_the_page_with_its_facts() -> None:
    table = PAGE[PAGE.index("*What can be expected*") :]
    rows = re.findall(r"^\| (`.+?`) \| (.+?) \| .+ \|$", table, re.MULTILINE)[1:]
    named = {name for names, _ in rows for name in re.findall(r"`(\w+)`", names)}
    assert named == set(OBSERVATIONS)
    for names, facts in rows:
        told = set(re.findall(r"`(\w+)`", facts))
        for name in re.findall(r"`(\w+)`", names):
            if "the same" not in facts:
                assert set(OBSERVATIONS[name]) <= told, name


def test_every_part_that_can_be_taken_away_is_on_the_page() -> None:
    told = PAGE[PAGE.index("*Parts that can be taken away*") : PAGE.index("*What can be expected*")]
    assert set(re.findall(r"`(\w+)`", told)) - {"off"} == set(Weakness)


@pytest.mark.requirement("SC-DRL-10")
@pytest.mark.parametrize("table", PARTS)
def test_every_key_of_a_table_is_on_the_page(table: str) -> None:
    [row] = re.findall(rf"^\| `\[+{table}\]+`.* \| (.+) \|$", PAGE, re.MULTILINE)
    told = set(re.findall(r"`(\w+)`", row)) | set(re.findall(r"\b(\w+)\b", " ".join(re.findall(r"`([^`]*)`", row))))
    common = {field.name for field in msgspec.structs.fields(ScenarioPart)}
    keys = {UNITS.sub("", field.name) for field in msgspec.structs.fields(PARTS[table])} - common
    assert keys <= told, keys - told


def test_the_page_knows_every_table() -> None:
    tables = {field.name for field in msgspec.structs.fields(Scenario)} - {"agreement", "source"}
    assert tables == set(PARTS)
