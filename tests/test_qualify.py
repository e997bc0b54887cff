"""`make qualify`: what it asks and tells. The framework itself needs an environment of its own and is not run here."""

from __future__ import annotations

import errno
import json
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from qualify import flights
from qualify.__main__ import PAGE, RESULTS, ROOT, found_python
from qualify.inside.summaries import summary_of
from qualify.left_out import left_out
from qualify.page import BEGIN, END, failures, passed, rendered, with_results
from qualify.playing import ROUNDS
from qualify.prober import read_results
from qualify.rounds import dss_round, uss_round
from qualify.servers import Servers, free_port

PASSING = {"scenario": "scenarios.astm.utm.dss.report.Report", "cases": 1, "passed": 2, "failed": [], "took_s": 0.1}
WRONG = {"case": "Planning", "step": "Plan Flight 1", "check": "Flight is shared", "summary": "it\n is not"}


def results(**rounds: Any) -> dict[str, Any]:
    facts = {"framework": "0.1", "python": "3.13.0", "when": "2026-01-01 00:00", "commit": "abc", "schemas": True}
    return {**facts, "rounds": rounds, "left_out": {}}


@pytest.mark.requirement("SC-IUS-02")
def test_the_page_is_what_the_result_file_says() -> None:
    kept = json.loads(RESULTS.read_text())
    assert PAGE.read_text() == with_results(PAGE.read_text(), kept)
    assert list(kept["rounds"]) == [one.name for one in ROUNDS]
    assert kept["schemas"], "run it where the official OpenAPI is at hand"


@pytest.mark.requirement("SC-IUS-02")
def test_every_scenario_is_played_or_has_a_reason() -> None:
    kept = json.loads(RESULTS.read_text())
    assert "" not in kept["left_out"], kept["left_out"].get("")
    played = left_out(["scenarios.astm.utm.new.Thing", "scenarios.astm.netrid.v19.One"], ["scenarios.astm.utm.Two"])
    assert played[""] == ["scenarios.astm.utm.new.Thing"]
    assert "**no reason is known**: Thing" in rendered({**results(), "left_out": played})


@pytest.mark.requirement("SC-IUS-03")
def test_what_failed_and_what_was_not_run_is_told() -> None:
    failing = {**PASSING, "scenario": "scenarios.astm.utm.DownUSS", "passed": 3, "failed": [WRONG]}
    refused = {"scenario": "scenarios.astm.utm.AggregateChecks", "not_run": "a resource is missing"}
    modules = {
        "test_versions": {
            "passed": 4,
            "failed": [{"test": "test_one", "summary": "assert 400 == 200"}],
            "not_run": [{"test": "test_two", "summary": "no option"}],
        }
    }
    told = results(
        dss={"title": "one", "scenarios": [PASSING]},
        uss={"title": "two", "scenarios": [failing, refused]},
        prober={"title": "one", "modules": modules, "left_out": {"aux_/test_x.py": "not ours"}},
    )
    page = with_results(f"before\n{BEGIN}\nold\n{END}\nafter\n", told)
    assert page.startswith(f"before\n{BEGIN}\n\n9 checks passed, 2 failed: interuss-monitoring 0.1 on Python 3.13.0")
    assert page.endswith(f"{END}\nafter\n")
    assert "old" not in page
    for words in (
        "| Report | 2 |",
        "| DownUSS | 3, **1 failed** |",
        "| AggregateChecks | not run |",
        "| test_versions | 4, **1 failed** |",
        "- uss, DownUSS: Planning / Plan Flight 1 / Flight is shared: it is not",
        "- uss, AggregateChecks: a resource is missing",
        "- prober, test_versions: test_one: assert 400 == 200",
        "- prober, test_versions, test_two: no option",
        "- prober, aux_/test_x.py: not ours",
    ):
        assert words in page
    assert "no answer was held against" in rendered({**told, "schemas": False})


class Said(dict[str, Any]):
    """A dictionary whose keys are attributes too, as the framework's reports are."""

    __getattr__ = dict.__getitem__


class Moment(Said):
    """A moment of the framework."""

    def __init__(self, second: int) -> None:
        super().__init__(datetime=datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC))


@pytest.mark.requirement("SC-IUS-03")
def test_checks_of_cleaning_up_and_errors_count() -> None:
    check = Said(name="Flight is shared", summary="it is not")
    step = Said(name="Plan Flight 1", passed_checks=[check, check], failed_checks=[check])
    report = Said(
        scenario_type="scenarios.astm.utm.DownUSS",
        cases=[Said(name="Planning", steps=[step])],
        cleanup=Said(name="Cleanup", passed_checks=[check], failed_checks=[]),
        execution_error=Said(type="KeyError", message="'ovn'"),
        start_time=Moment(1),
        end_time=Moment(3),
    )
    told = summary_of(Said(test_scenario=report))
    assert (told["passed"], told["cases"], told["took_s"]) == (3, 1, 2.0)
    assert [one["summary"] for one in told["failed"]] == ["it is not", "KeyError: 'ovn'"]
    skipped = Said(reason="no resource", declaration=Said(get_child_type=lambda: "scenarios.astm.utm.DownUSS"))
    assert summary_of(Said(skipped_action=skipped)) == {
        "scenario": "scenarios.astm.utm.DownUSS",
        "not_run": "no resource",
    }


@pytest.mark.requirement("SC-IUS-03")
def test_results_of_the_prober_are_read_by_module(tmp_path: Path) -> None:
    file = tmp_path / "prober.xml"
    file.write_text(
        "<testsuites><testsuite>"
        "<testcase classname='scd.test_a' name='test_1'/><testcase classname='scd.test_a' name='test_2'/>"
        "<testcase classname='scd.test_a' name='test_3'><failure message='assert 1&#10;more'/></testcase>"
        "<testcase classname='scd.test_b' name='test_4'><skipped message='why'/></testcase>"
        "</testsuite></testsuites>"
    )
    assert read_results(file) == {
        "test_a": {"passed": 2, "failed": [{"test": "test_3", "summary": "assert 1"}], "not_run": []},
        "test_b": {"passed": 0, "failed": [], "not_run": [{"test": "test_4", "summary": "why"}]},
    }


@pytest.mark.requirement("SC-IUS-02")
def test_every_scenario_is_given_what_is_declared() -> None:
    urls = ["http://127.0.0.1:1", "http://127.0.0.1:2"]
    told = [dss_round("http://127.0.0.1:3/token", urls[:count], 0) for count in (1, 2)]
    told += [
        uss_round("http://127.0.0.1:3/token", urls, ("north", urls[0]), ("south", urls[1]), beside_mock=mock)
        for mock in (False, True)
    ]
    for round_ in told:
        names = set(round_["resources"])
        for scenario in round_["scenarios"]:
            assert set(scenario["resources"].values()) <= names, scenario
        for one in round_["resources"].values():
            assert set(one["dependencies"].values()) <= names, one


def meet(collection: Any, one: str, other: str) -> bool:
    """Whether two flights of a collection share a place; all are at one height and time."""

    def boxes(name: str) -> list[list[float]]:
        areas = collection["specification"]["intent_collection"]["intents"][name]["full"]["basic_information"]["area"]
        rings = [area["outline_polygon"]["vertices"] for area in areas]
        return [[pick(p[axis] for p in ring) for axis in ("lat", "lng") for pick in (min, max)] for ring in rings]

    return any(
        a[0] <= b[1] and b[0] <= a[1] and a[2] <= b[3] and b[2] <= a[3] for a, b in product(boxes(one), boxes(other))
    )


@pytest.mark.requirement("SC-IUS-02")
def test_flights_meet_as_the_scenarios_need_it() -> None:
    equal, higher = flights.equal_priorities(), flights.higher_priority()
    for one, other, expected in (
        ("flight1_planned", "equal_prio_flight2_planned", True),
        ("flight1m_activated", "equal_prio_flight2_nonconforming", True),
        ("flight1c_activated", "equal_prio_flight2_planned", False),
        ("flight1_planned", "equal_prio_flight2m_planned", False),
    ):
        assert meet(equal, one, other) is expected, (one, other)
    for one, other, expected in (
        ("flight1_planned", "flight2_planned", True),
        ("flight1m_activated", "flight2_activated", True),
        ("flight1_activated", "flight2m_activated", False),
        ("flight1m_planned", "flight2m_activated", False),
        ("flight1c_activated", "flight2m_activated", True),
    ):
        assert meet(higher, one, other) is expected, (one, other)
    assert meet(flights.validated(), "valid_flight", "valid_conflict_tiny_overlap")
    assert not meet(flights.nearby(), "flight_1", "flight_2")
    assert not meet(flights.noticed(), "flight_1_planned", "flight_2_planned_modified")


LISTENING = """
import os, socket, time
kept = socket.create_server(("127.0.0.1", {port}))
if os.fork():
    kept.close()  # the child keeps it
time.sleep(600)
"""


@pytest.mark.requirement("SC-IUS-03")
def test_a_server_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    servers = Servers(tmp_path / "round")
    with pytest.raises(SystemExit, match=r"(?s)broken does not start.*no port is free"):
        servers.start_other("broken", [sys.executable, "-c", "raise OSError('no port is free')"], free_port(), {})
    servers.close()


def listened(port: int) -> bool:
    """Whether the port is taken; one whose queue is full answers nothing."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) != errno.ECONNREFUSED


@pytest.mark.requirement("SC-IUS-03")
def test_a_server_is_ended_with_the_children_it_leaves_behind(tmp_path: Path) -> None:
    servers, port = Servers(tmp_path / "round"), free_port()
    servers.start_other("parent", [sys.executable, "-c", LISTENING.format(port=port)], port, {})
    assert listened(port)
    servers.close()
    until = time.monotonic() + 10.0
    while listened(port):
        assert time.monotonic() < until, "the child still listens"
        time.sleep(0.01)


@pytest.mark.requirement("SC-IUS-03")
def test_the_framework_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    assert found_python("./python") == str(tmp_path / "python")
    with pytest.raises(SystemExit, match=r"there is no \./pythom"):
        found_python("./pythom")


@pytest.mark.requirement("SC-IUS-03")
def test_without_python_3_13_one_is_told(tmp_path: Path) -> None:
    ready = tmp_path / "qualify" / ".ready"
    command = ["make", "--no-print-directory", str(ready), f"QUALIFY={ready.parent}", "PYTHON313=python0.0"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "needs Python 3.13 or later: set PYTHON313=" in ran.stdout
    assert passed({}) == 0
    assert failures({}) == []
