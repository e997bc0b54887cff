"""Quantities as people write them ("5 NM", "1,000 ft", "3 min") and as the rooms below need them (SI).

The unit is part of the text, so that a number can never be read in the wrong one.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_QUANTITY = re.compile(r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?) ?([A-Za-z]+)", re.ASCII)

LENGTH_M = {"NM": Decimal(1852), "km": Decimal(1000), "m": Decimal(1), "ft": Decimal("0.3048")}
HEIGHT_M = {"ft": LENGTH_M["ft"], "m": LENGTH_M["m"]}
DURATION_S = {"d": Decimal(86400), "h": Decimal(3600), "min": Decimal(60), "s": Decimal(1)}


def parse_quantity(text: object, units: dict[str, Decimal]) -> float:
    """The value of a text like "5 NM" in SI. Raises ValueError with the units that are understood."""
    wanted = ", ".join(units)
    example = f'write a number and a unit, for example "5 {next(iter(units))}"; units: {wanted}'
    if not isinstance(text, str):
        raise ValueError(f"{text!r} has no unit; {example}")
    match = _QUANTITY.fullmatch(text.strip())
    if match is None or match[2] not in units:
        raise ValueError(f"{text!r} is not understood; {example}")
    return float(Decimal(match[1].replace(",", "")) * units[match[2]])


def write_quantity(value: float, units: dict[str, Decimal]) -> str:
    """The text that `parse_quantity` reads back to exactly the same value.

    In the first unit in which it is at least 1 with at most three decimals, else in the plainest one.
    """
    smallest = min(units, key=lambda name: units[name] if units[name] >= 1 else Decimal("Infinity"))
    for name, factor in units.items() if value else ():
        try:
            number = (Decimal(repr(value)) / factor).quantize(Decimal("0.001")).normalize()
        except InvalidOperation:
            continue
        text = f"{number:f} {name}"
        if not 0 < number < 1 and parse_quantity(text, units) == value:
            return text
    return f"{Decimal(repr(value)):f} {smallest}" if value else f"0 {smallest}"
