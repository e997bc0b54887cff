"""Every drill is played once for all tests of this folder that look at its outcome."""

from __future__ import annotations

from functools import cache

from steerclear.interfaces.scenario_file import decode_scenario, shipped_names, shipped_scenario
from steerclear.model.drill import DrillOutcome, Judged
from steerclear.model.scenario import Scenario, Without
from steerclear.simulation.drill import play

NAMES = shipped_names()


@cache
def scenario(name: str) -> Scenario:
    return decode_scenario(shipped_scenario(name))


@cache
def played(name: str, without: str | None = None) -> DrillOutcome:
    return play(scenario(name), None if without is None else variant(name, without))


def variant(name: str, without: str) -> Without:
    return next(one for one in scenario(name).without if one.name == without)


def judged(outcome: DrillOutcome, name: str) -> Judged:
    return next(one for one in outcome.judged if one.name == name)


def missed(outcome: DrillOutcome) -> set[str]:
    return {one.name for one in outcome.judged if not one.met}
