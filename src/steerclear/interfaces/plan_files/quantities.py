"""Lengths, speeds and durations as people write them ("2 NM", "1,000 ft", "15 m/s", "5 min"), converted once to SI.

The unit is part of the text, so that a number can never be read in the wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from steerclear.geodesy.units import FT_M, KT_MPS, NM_M

LENGTHS_M: Final = {"NM": NM_M, "km": 1000.0, "m": 1.0, "ft": FT_M}
HEIGHTS_M: Final = {"ft": FT_M, "m": 1.0}
SPEEDS_MPS: Final = {"kt": KT_MPS, "m/s": 1.0, "km/h": 1.0 / 3.6}
DURATIONS_S: Final = {"h": 3600.0, "min": 60.0, "s": 1.0}

_QUANTITY = re.compile(r"(\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?|\d{1,9}(?:\.\d{1,6})?) ?([A-Za-z/]{1,4})", re.ASCII)


def quantity(units: dict[str, float], low: float, high: float) -> Callable[[Any], float]:
    """A reader for a text like "2 NM": its value in SI; ValueError says what may be written instead.

    Args:
        units: name of each unit and its size in SI.
        low: smallest value allowed, SI.
        high: largest value allowed, SI.
    """
    wanted = f'a number and a unit, for example "5 {next(iter(units))}"; units: {", ".join(units)}'

    def read(value: Any) -> float:
        if not isinstance(value, str):
            raise ValueError(f"{shown(value)} has no unit; write {wanted}")
        match = _QUANTITY.fullmatch(value.strip())
        if match is None or match[2] not in units:
            raise ValueError(f"{shown(value)} is not understood; write {wanted}")
        number = float(match[1].replace(",", "")) * units[match[2]]
        if not low <= number <= high:
            unit = match[2]
            raise ValueError(
                f"{shown(value)} is outside the limits, {low / units[unit]:,.10g} to {high / units[unit]:,.10g} {unit}"
            )
        return number

    return read


def shown(value: object) -> str:
    """A value of the file as it may stand in an error: short and on one line."""
    text = repr(value[:80] if isinstance(value, str) else value)
    return text if len(text) <= 60 else f"{text[:56]}…"
