"""The detection section: what it writes, and that its tables say the same as its numbers."""

import json
import re

import pytest
from bench.budget import Budget
from bench.detection import Row

from bench import detection, markdown

# One worker measures once for all tests of this file.
pytestmark = pytest.mark.xdist_group("bench-detection")

NAMES = ("steerclear_1", "well_clear_1", "kdtree", "bluesky_compiled")


@pytest.fixture(scope="module")
def result():
    rows = (Row("en_route", 400, well_clear=True), Row("drones", 500))
    return json.loads(json.dumps(detection.run(Budget(quick=True, seconds=0.4), rows, NAMES)))


def cells(text, title, n):
    """Return the cells of each table line that starts with this scene and size."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [line[2:] for line in lines if line[:2] == [title, markdown.count(n)]]


@pytest.mark.requirement("SC-BEN-03")
def test_result_names_machine_versions_limits_and_every_contestant(result):
    machine = result["machine"]
    assert {"cpu", "cores", "memory_bytes", "python", "versions", "date", "commit"} <= machine.keys()
    assert machine["versions"]["numpy"]
    assert result["limits"].keys() == {"call_s", "memory_bytes"}
    assert [who["name"] for who in result["contestants"]] == list(NAMES)


@pytest.mark.requirement("SC-BEN-01")
def test_ours_and_the_tree_find_what_brute_force_finds(result):
    for row in result["rows"]:
        assert row["reference"] == "brute force"
        assert row["conflicts"] > 0
        for name in ("steerclear_1", "kdtree"):
            own = row["results"][name]
            assert (own["status"], own["pairs"], own["missed"], own["extra"]) == ("measured", row["conflicts"], 0, 0)
            assert own["samples"] >= 1
            assert 0.0 < own["min_s"] <= own["median_s"] <= own["p99_s"]


@pytest.mark.requirement("SC-BEN-03")
def test_table_shows_the_numbers_of_the_result(result):
    text = detection.table(result)
    assert result["machine"]["cpu"] in text
    for row in result["rows"]:
        times, pairs = cells(text, row["title"], row["n"])
        ours, tree = row["results"]["steerclear_1"], row["results"]["kdtree"]
        assert times[0] == f"{markdown.milliseconds(ours['median_s'])} ({markdown.milliseconds(ours['p99_s'])})"
        ratio = markdown.ratio(tree["median_s"] / ours["median_s"])
        assert times[2] == f"{markdown.milliseconds(tree['median_s'])} ({ratio})"
        assert pairs[:2] == [markdown.count(row["conflicts"]), "0"]


def test_well_clear_is_measured_where_it_means_something(result):
    statuses = [row["results"]["well_clear_1"]["status"] for row in result["rows"]]
    assert statuses == ["measured", "not run"]


def constructed(**statuses):
    """Return a result in which steerclear took 2 ms and the others what is given: seconds, or a status."""
    measured = {"status": "measured", "samples": 9, "min_s": 2e-3, "median_s": 2e-3, "p99_s": 3e-3, "pairs": 10}
    row = {"family": "en_route", "title": "sky", "n": 10_000, "conflicts": 10, "reference": "brute force"}
    results = {"steerclear_1": {**measured, "missed": 0, "extra": 0}}
    for name, given in statuses.items():
        took = {"median_s": given, "p99_s": given, "missed": 2, "extra": 1}
        results[name] = {"status": given} if isinstance(given, str) else {**measured, **took}
    other = {"steerclear_1": results["steerclear_1"]} | {
        name: {**measured, "missed": 0, "extra": 0} for name in statuses
    }
    facts = {"cpu": "c", "cores": 2, "memory_bytes": 2**34, "python": "3", "date": "2026-01-01T", "commit": "x"}
    return {
        "machine": {**facts, "versions": {}},
        "limits": {"call_s": 20.0, "memory_bytes": 2**33},
        "contestants": [{"name": name, "title": name, "version": None} for name in results],
        "rows": [{**row, "results": results}, {**row, "title": "calm", "family": "drones", "results": other}],
    }


@pytest.mark.requirement("SC-BEN-02")
def test_table_shows_who_was_stopped_and_why():
    given = {"kdtree": 0.2, "minisky": "out of memory", "bluesky_compiled": "too slow", "bluesky_numpy": "not run"}
    text = detection.table(constructed(**given))
    times, pairs = cells(text, "sky", 10_000)
    assert times == ["2.00 (3.00)", "200 (100×)", "no memory", "> 20 s", "·"]
    assert pairs == ["10", "0", "−2 +1", "no memory", "> 20 s", "·"]


def test_table_judges_the_goal_by_the_99th_percentile():
    text = detection.table(constructed())
    assert "Goal at N = 10,000: 1.50 ms at the 99th percentile; measured 3.00 ms: not met." in text


def test_a_contestant_stopped_on_a_scene_sits_out_its_larger_and_disturbed_forms():
    stopped = {("kdtree", "en_route")}
    assert detection._reason_not_to_run("kdtree", Row("en_route", 10), stopped) == "not run"
    assert detection._reason_not_to_run("kdtree", Row("spoofed", 10), stopped) == "not run"
    assert detection._reason_not_to_run("kdtree", Row("drones", 10), stopped) is None


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(1.524e-4, "0.15"), (1.392e-3, "1.39"), (31.44e-3, "31.4"), (99.96e-3, "100"), (0.1464, "146"), (2.7044, "2,700")],
)
def test_durations_are_written_with_the_digits_that_mean_something(seconds, written):
    assert markdown.milliseconds(seconds) == written


@pytest.mark.parametrize(("factor", "written"), [(1.26, "1.3×"), (24.4, "24×"), (99.6, "100×"), (1944.0, "1,900×")])
def test_ratios(factor, written):
    assert markdown.ratio(factor) == written


def test_tables_line_up():
    widths = {len(line) for line in markdown.table(["a", "b"], [["long word", "1"], ["x", "22,000"]]).splitlines()}
    assert len(widths) == 1
    assert re.search(r"-:", markdown.table(["a", "b"], [["x", "y"]]))
