"""The `watch` command wired as the composition root wires it, with an agreement that is not read from a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from cyclopts import App

from steerclear.interfaces.cli.watch import watch_command
from steerclear.model.agreement import (
    Agreement,
    FleetRule,
    LineCheckSchedule,
    Party,
    SeparationMinima,
    TimeInBreachRule,
)
from steerclear.services.report_sources import OpenedSources


def open_sources(descriptions: Sequence[str], *, sensors: Sequence[str] = (), date: str | None = None) -> OpenedSources:
    """As the composition root does: loaded when needed."""
    from steerclear.interfaces.feeds import open_sources as opened  # noqa: PLC0415

    return opened(descriptions, sensors=sensors, date=date)


def load_agreement(path: Path) -> Agreement:
    """Two parties, told apart by address; an agreement named bad.toml does not hold."""
    if path.name == "bad.toml":
        raise ValueError("party north has not signed")
    path.read_bytes()
    parties = tuple(
        Party(
            party_id=name, name=name, agencies=(), desks=(), fleet=FleetRule(icao_address_ranges=((low, low + 0xFF),))
        )
        for name, low in (("north", 0x100000), ("south", 0x200000))
    )
    return Agreement(
        agreement_id="test",
        version=1,
        title="Test",
        in_force_from_s=0.0,
        parties=parties,
        minima=SeparationMinima(horizontal_m=5_556.0, vertical_m=914.4, lookahead_s=180.0),
        time_in_breach=TimeInBreachRule(horizontal_m=5_556.0, vertical_m=914.4, longest_s=180.0),
        zones=(),
        deadlines=(),
        line_checks=LineCheckSchedule(every_s=3600.0, answer_within_s=60.0),
    )


app = App(name="steerclear")
app.command(watch_command(open_sources=open_sources, load_agreement=load_agreement), name="watch")

if __name__ == "__main__":
    sys.exit(app())
