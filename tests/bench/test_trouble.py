"""A contestant that cannot do a scene is stopped and shown as such; nobody else suffers."""

import numpy as np
import pytest
from bench.problem import Problem
from bench.scenes import en_route

from bench import measure

MODULE = "tests.bench.troublesome"


@pytest.fixture
def scene(tmp_path):
    path = tmp_path / "problem.npz"
    Problem.of(en_route(400)).save(path)
    return path


def loaded(name, scene):
    process = measure.Process(name, MODULE)
    case = measure.Case(process)
    case.load(scene)
    return process, case


@pytest.mark.requirement("SC-BEN-02")
@pytest.mark.parametrize(
    ("name", "status"),
    [("greedy", "out of memory"), ("dying", "out of memory"), ("failing", "ValueError: cannot do this scene")],
)
def test_a_contestant_that_gives_up_is_shown_with_its_reason(scene, name, status):
    process, case = loaded(name, scene)
    process.stop()
    assert case.summary() == {"status": status}


@pytest.mark.requirement("SC-BEN-02")
def test_a_contestant_that_takes_too_long_is_stopped(scene, monkeypatch):
    monkeypatch.setattr(measure, "CALL_LIMIT_S", 0.2)
    process, case = loaded("slow", scene)
    process.stop()
    assert case.summary() == {"status": measure.TOO_SLOW}


def test_what_a_contestant_prints_is_not_taken_for_an_answer(scene, tmp_path):
    process, case = loaded("noisy", scene)
    case.measure(0.01)
    process.ask(10.0, do="pairs", path=str(tmp_path / "pairs.npy"))
    process.stop()
    assert case.summary()["status"] == "measured"
    # Both ways round and in any order: each pair counts once, as i * n + j with i < j.
    assert np.load(tmp_path / "pairs.npy").tolist() == [1, 2 * 400 + 4]


def test_a_stopped_contestant_starts_anew(scene):
    process, _ = loaded("noisy", scene)
    process.stop()
    again = measure.Case(process)
    again.load(scene)
    again.measure(0.01)
    process.stop()
    assert again.summary()["samples"] > 0


def test_summary_is_minimum_median_and_99th_percentile():
    case = measure.Case(measure.Process("nobody"), times_s=[float(k) for k in range(200, 0, -1)])
    assert case.summary() == {"status": "measured", "samples": 200, "min_s": 1.0, "median_s": 100.5, "p99_s": 198.0}


def test_settings_that_slow_linear_algebra_do_not_reach_a_contestant(scene, monkeypatch, tmp_path):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    process, _ = loaded("noisy", scene)
    environment = (measure.Path("/proc") / str(process._process.pid) / "environ").read_bytes()
    process.stop()
    assert b"OPENBLAS_CORETYPE" not in environment
