"""What is told of a drill beside what was seen in it: the agreed ladder and deadlines, and what is uncertain."""

from __future__ import annotations

from collections.abc import Iterator

from steerclear.model.agreement import Agreement
from steerclear.model.scenario import Scenario, ScenarioPart
from steerclear.simulation.drill.observing import span


def ladders_said(agreement: Agreement) -> tuple[str, ...]:
    """Who is reached when nobody acknowledges, ladder by ladder."""
    return tuple(
        f"{ladder.ladder_id}: "
        + ", ".join(
            f"{rung.function} {'at once' if rung.after_s == 0 else f'after {span(rung.after_s)}'}"
            for rung in ladder.rungs
        )
        for ladder in agreement.ladders
    )


def uncertain_of(scenario: Scenario) -> tuple[str, ...]:
    """What of the pattern is not known for sure, in the words of the file."""
    return tuple(_uncertain(scenario))


def _uncertain(scenario: Scenario) -> Iterator[str]:
    parts: list[tuple[str, ScenarioPart]] = [("the pattern", scenario.drill)]
    parts += [(f"party {one.id}", one) for one in scenario.parties]
    parts += [(f"feed {one.name}", one) for one in scenario.feeds]
    for track in scenario.tracks:
        parts.append((f"aircraft {track.name}", track))
        parts += [(f"the path of {track.name}", point) for point in track.path]
    parts += [(f"{one.party} declares {one.name}", one) for one in scenario.declares]
    parts += [(f"{one.party} says {one.name or one.kind}", one) for one in scenario.says]
    parts += [(f"{one.party}'s {one.function}", one) for one in scenario.people]
    parts += [("an outage", one) for one in scenario.outages]
    parts += [(f'"{one.text}"', one) for one in scenario.notes]
    parts += [(f"expectation {one.name}", one) for one in scenario.expect]
    for what, part in parts:
        if part.uncertain:
            yield f"{what}: {part.note}" if part.note else what
