"""Planted faults must be caught by the cheats or by the seeded runs; one that survives fails with its name."""

from __future__ import annotations

import os
from itertools import islice

import msgspec
import pytest

from steerclear.simulation.attempts import try_everything
from steerclear.simulation.medium import Flaws
from steerclear.simulation.run import Run
from steerclear.simulation.settings import drawn_settings
from tests.simulation.mutants import CHEATS, MUTANTS, Edit, Mutant, planted

SEEDS = int(os.environ.get("STEERCLEAR_MUTANT_SEEDS", "250"))


def caught_by_cheats() -> str | None:
    return next((wrong for seed in range(2) for wrong in islice(try_everything(seed), 1)), None)


def caught_by_runs() -> str | None:
    played = (Run(seed).play().broken for seed in range(SEEDS))
    return next((broken[0] for broken in played if broken), None)


def caught(mutant: Mutant) -> str | None:
    ways = (caught_by_cheats, caught_by_runs) if mutant.first == CHEATS else (caught_by_runs, caught_by_cheats)
    with planted(mutant):
        return ways[0]() or ways[1]()


@pytest.mark.requirement("SC-SIM-06")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_fault_is_caught(mutant: Mutant) -> None:
    assert caught(mutant), f"survived: {mutant.name}"


@pytest.mark.requirement("SC-SIM-06")
@pytest.mark.parametrize("flaws", [Flaws(lying_sync=True), Flaws(forgotten_keys=True)], ids=str)
def test_a_planted_fault_of_the_disk_is_caught(flaws: Flaws) -> None:
    def broken(seed: int) -> tuple[str, ...]:
        return Run(seed, msgspec.structs.replace(drawn_settings(seed), flaws=flaws)).play().broken

    assert any(broken(seed) for seed in range(SEEDS))


def test_nothing_is_caught_where_nothing_is_planted() -> None:
    assert caught_by_cheats() is None
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 30


def test_a_mutant_that_no_longer_applies_is_told() -> None:
    gone = Mutant("gone", (Edit("dialogue.incoming:accept", "words that are not there", "False"),))
    with pytest.raises(AssertionError, match="not once"), planted(gone):
        pass
