"""`steerclear incident` with the agreement file and the units."""

from __future__ import annotations

from functools import partial

from steerclear.app.commands.record import read_versions
from steerclear.interfaces.agreement_file.quantities import DURATION_S, HEIGHT_M, LENGTH_M, parse_quantity
from steerclear.interfaces.cli.incident import incident_commands
from steerclear.interfaces.cli.line_terms import LineTools
from steerclear.interfaces.phrases.catalogue import load_catalogue

_catalogue = load_catalogue()

incident = incident_commands(
    LineTools(
        length_m=partial(parse_quantity, units=LENGTH_M),
        height_m=partial(parse_quantity, units=HEIGHT_M),
        duration_s=partial(parse_quantity, units=DURATION_S),
        render=_catalogue.render,
        languages=tuple(_catalogue.languages),
    ),
    read_versions=read_versions,
)
