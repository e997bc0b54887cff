"""`steerclear stop` with the units."""

from __future__ import annotations

from functools import partial

from steerclear.interfaces.agreement_file.quantities import DURATION_S, HEIGHT_M, LENGTH_M, parse_quantity
from steerclear.interfaces.cli.line_terms import LineTools
from steerclear.interfaces.cli.stop import stop_command

stop = stop_command(
    LineTools(
        length_m=partial(parse_quantity, units=LENGTH_M),
        height_m=partial(parse_quantity, units=HEIGHT_M),
        duration_s=partial(parse_quantity, units=DURATION_S),
        render=lambda code, _parameters, _language: code,
        languages=(),
    )
)
