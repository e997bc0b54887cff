"""The other sections: what they hand over and what they show."""

import pytest
from bench.budget import Budget
from bench.scenes import drones, en_route

from bench import aids, markdown, phases, replay
from steerclear.separation import scan

FACTS = {"cpu": "c", "cores": 2, "memory_bytes": 2**34, "python": "3", "date": "2026-01-01T", "commit": "x"}


def test_phases_name_every_kernel_and_sum_to_the_whole():
    result = phases.run(Budget(quick=True, seconds=0.0), (("en_route", 400), ("drones", 400)))
    for row in result["rows"]:
        assert row["samples"] >= 3
        assert sum(row["kernels_s"].values()) == pytest.approx(row["total_s"])
        assert row["kernels_s"].keys() > {"fill_states", phases.REST}
    text = phases.table(result)
    assert "fill_states" in text
    assert "en_route 400" in text


def test_phases_leave_the_scan_as_it_was():
    before = dict(vars(scan))
    phases.measure(drones(300), 0.0)
    assert vars(scan) == before


def test_phases_take_their_clocks_off_even_when_the_scan_fails():
    before = dict(vars(scan))
    scene = en_route(50)
    with pytest.raises(Exception, match="lookahead_s"):
        phases.measure(type(scene)(scene.name, scene.columns, {**scene.minima, "lookahead_s": -1.0}), 0.0)
    assert vars(scan) == before


def test_replay_says_what_to_install_without_the_recording(monkeypatch):
    monkeypatch.setattr(replay, "find_spec", lambda name: None)
    with pytest.raises(replay.RecordingMissingError, match=r"requirements/recordings\.txt"):
        replay.recording()


@pytest.mark.requirement("SC-BEN-03")
def test_replay_table_judges_the_goal_by_the_median_run():
    run = {"reports": 139_098, "aircraft": 1_243, "alerts": 7, "watched_s": 61_200.0, "peak_memory_bytes": 2**28}
    runs = [{**run, "wall_s": wall_s, "factor": 61_200.0 / wall_s} for wall_s in (10.0, 12.0, 60.0)]
    text = replay.table({"recording": "day.json.gz", "runs": runs, "machine": FACTS})
    assert "goal 5,000×: met" in text
    assert " 17.0 h " in text
    assert "12.0 s" in text
    assert "5,100×" in text
    assert "256 MiB" in text


def test_named_numbers_are_held_to_their_goals_from_the_right_side():
    numbers = {"appends_per_s": 900.0, "proof_p99_us": 41.2, "cold_start_s": 1.5}
    text = markdown.named_numbers(numbers, {"appends_per_s": 1_000.0, "proof_p99_us": 50.0, "cold_start_s": 1.0})
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    assert lines == [
        ["appends", "900", "/s", "≥ 1,000", "not met"],
        ["proof p99", "41.2", "µs", "≤ 50", "met"],
        ["cold start", "1.5", "s", "≤ 1", "not met"],
    ]


def test_the_aids_section_measures_alignment_and_advice():
    result = aids.run(Budget(quick=True, seconds=0.0))
    assert all(value > 0.0 for value in result["numbers"].values())
    text = aids.table({**result, "machine": FACTS})
    assert "bands of one aircraft" in text
    assert "comparison of three feeds" in text
