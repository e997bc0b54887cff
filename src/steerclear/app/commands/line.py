"""`steerclear line` with the units and the phrases."""

from __future__ import annotations

from functools import partial

from steerclear.interfaces.agreement_file.quantities import DURATION_S, HEIGHT_M, LENGTH_M, parse_quantity
from steerclear.interfaces.cli.line import line_commands
from steerclear.interfaces.cli.line_terms import LineTools
from steerclear.interfaces.phrases.catalogue import load_catalogue

_catalogue = load_catalogue()

tools = LineTools(
    length_m=partial(parse_quantity, units=LENGTH_M),
    height_m=partial(parse_quantity, units=HEIGHT_M),
    duration_s=partial(parse_quantity, units=DURATION_S),
    render=_catalogue.render,
    languages=tuple(_catalogue.languages),
)

line = line_commands(tools)
