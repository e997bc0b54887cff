"""Promises 3 and 9 on seeded runs of the shipped services: see `steerclear.simulation.checks` and `.watch`.

STEERCLEAR_SEEDS sets the number of runs (10,000 unless told otherwise); `make prove` plays a million.
"""

from __future__ import annotations

import ast
import os
import threading
from pathlib import Path

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature

import steerclear.simulation
from steerclear.simulation.__main__ import main
from steerclear.simulation.cast import private_key
from steerclear.simulation.medium import Flaws
from steerclear.simulation.run import Outcome, Run
from steerclear.simulation.settings import drawn_settings
from tests.simulation.remembered import remembered_signatures
from tests.simulation.seeds import again, broken_seeds

SEEDS = int(os.environ.get("STEERCLEAR_SEEDS", "10000"))
PARTS = 40


def changed(seed: int, **troubles: object) -> Outcome:
    return Run(seed, msgspec.structs.replace(drawn_settings(seed), **troubles)).play()


@pytest.mark.requirement("SC-SIM-03")
@pytest.mark.requirement("SC-SIM-04")
@pytest.mark.parametrize("part", range(PARTS))
def test_every_promise_holds_in_every_run(part: int) -> None:
    broken = broken_seeds(range(part * SEEDS // PARTS, (part + 1) * SEEDS // PARTS))
    assert not broken, "\n".join(broken)


@pytest.mark.requirement("SC-SIM-02")
@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_a_seed_reproduces_its_run(seed: int) -> None:
    assert Run(seed).play() == Run(seed).play()


@pytest.mark.requirement("SC-SIM-02")
def test_no_thread_can_change_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of two threads is quicker does not follow from a seed."""

    def refuse(thread: threading.Thread) -> None:
        raise AssertionError(f"{thread.name} is started in a simulated run")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    for seed in range(120):
        assert not Run(seed).play().broken


@pytest.mark.requirement("SC-SIM-02")
def test_a_run_is_the_same_when_no_signature_is_verified_twice() -> None:
    seeds = range(200, 320)
    verified = [Run(seed).play() for seed in seeds]
    with remembered_signatures():
        assert [Run(seed).play() for seed in seeds] == verified


def test_only_what_was_signed_is_remembered() -> None:
    key = private_key("north", "signing")
    with remembered_signatures():
        signer = private_key("north", "signing")
        signature = signer.sign(b"said")
        assert signature == key.sign(b"said")
        public = signer.public_key()
        public.verify(signature, b"said")
        strangers = private_key("south", "signing").public_key()
        for held, sig, data in (
            (public, signature, b"Said"),
            (public, signature[::-1], b"said"),
            (strangers, signature, b"said"),
        ):
            with pytest.raises(InvalidSignature):
                held.verify(sig, data)


@pytest.mark.requirement("SC-SIM-02")
def test_two_seeds_are_two_runs() -> None:
    assert len({Run(seed).play().trace_hash for seed in range(20)}) == 20


def test_the_runs_are_as_bad_as_they_say() -> None:
    outcomes = [Run(seed).play() for seed in range(120)]
    settings = [drawn_settings(seed) for seed in range(120)]
    assert {one.parties for one in settings} == {2, 3, 4}
    assert max(one.weather.drop for one in settings) == 0.7
    assert sum(one.crashes for one in outcomes) > 50
    assert sum(one.messages for one in outcomes) > 1_200


@pytest.mark.requirement("SC-SIM-02")
def test_a_run_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "7"]) == 0
    shown = capsys.readouterr().out
    assert "every promise held" in shown
    assert Run(7).play().trace_hash[:16] in shown


@pytest.mark.requirement("SC-SIM-02")
def test_a_broken_seed_names_the_command_that_shows_it() -> None:
    found = broken_seeds(range(200), lambda seed: changed(seed, flaws=Flaws(lying_sync=True)))
    assert found
    assert all(line.startswith("python -m steerclear.simulation --seed ") for line in found)
    assert again(12) == "python -m steerclear.simulation --seed 12"


def test_only_seeded_chance_is_used() -> None:
    """No source of chance but instances of `random.Random`, each made from the seed."""
    for path in Path(steerclear.simulation.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "random":
                assert [name.name for name in node.names] == ["Random"], path.name
            elif isinstance(node, ast.Import):
                assert all(name.name != "random" for name in node.names), path.name
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "Random":
                assert node.args, f"{path.name}: a Random without a seed"


@pytest.mark.requirement("SC-SIM-04")
def test_every_promise_holds_when_clocks_are_set_at_any_moment() -> None:
    broken = broken_seeds(range(200), lambda seed: changed(seed, sudden=True))
    assert not broken, "\n".join(broken)
