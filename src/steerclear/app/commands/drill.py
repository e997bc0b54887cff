"""`steerclear drill` with the scenario files, the simulation and the page."""

from __future__ import annotations

import logging
from collections.abc import Callable

from steerclear.interfaces.cli.drill import DrillTools, drill_commands
from steerclear.interfaces.scenario_file import decode_scenario, shipped_names, shipped_scenario, starter_file
from steerclear.model.drill import DrillOutcome
from steerclear.model.scenario import Scenario, Without


def _check(scenario: Scenario) -> None:
    from steerclear.simulation.drill import drill_terms  # noqa: PLC0415 it takes time to load

    for without in (None, *scenario.without):
        drill_terms(scenario, without)


def _play(scenario: Scenario, without: Without | None, progress: Callable[[float], None] | None) -> DrillOutcome:
    from steerclear.simulation.drill import play  # noqa: PLC0415 it takes time to load

    # What a drill's nodes write into their logs is not about this program, and the story tells it.
    logging.getLogger("steerclear").addHandler(logging.NullHandler())
    return play(scenario, without, progress)


def _page(outcome: DrillOutcome) -> bytes:
    from steerclear.interfaces.drill_page import render_drill  # noqa: PLC0415

    return render_drill(outcome)


drill = drill_commands(
    DrillTools(
        names=shipped_names,
        shipped=shipped_scenario,
        starter=starter_file,
        decode=decode_scenario,
        check=_check,
        play=_play,
        page=_page,
    )
)
