"""Positions as files write them: pairs of degrees, and texts like "46.50,7.50" or, as in flight plans, "4620N00730E".

Longitude 180 and -180 are one meridian. Degrees on WGS84.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from steerclear.interfaces.plan_files.quantities import shown
from steerclear.interfaces.plan_files.readers import number
from steerclear.model.volumes import Position

_COMPACT = re.compile(r"(\d{2})(\d{2})?(\d{2})?([NS])/?(\d{3})(\d{2})?(\d{2})?([EW])", re.ASCII)
_PAIR = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,20})?)\s*,\s*([+-]?\d{1,3}(?:\.\d{1,20})?)", re.ASCII)
_latitude = number(-90.0, 90.0)
_longitude = number(-180.0, 180.0)


def latitude_deg(value: Any) -> float:
    """A latitude. Raises ValueError."""
    return _coordinate(value, _latitude, "latitude")


def longitude_deg(value: Any) -> float:
    """A longitude. Raises ValueError."""
    return _coordinate(value, _longitude, "longitude")


def _coordinate(value: Any, read: Any, name: str) -> float:
    try:
        return float(read(value))
    except ValueError as fault:
        raise ValueError(f"{name} {fault}") from None


def position(value: Any) -> Position:
    """[latitude, longitude] or "latitude,longitude" in degrees, or a compact text. Raises ValueError."""
    if isinstance(value, str):
        pair = _PAIR.fullmatch(value.strip())
        found = None if pair else compact_position(value.strip().upper())
        if pair:
            return position([float(pair[1]), float(pair[2])])
        if found is None:
            raise ValueError(f"{shown(value)} is not a position such as 4620N00730E, or 46.50,7.50 in degrees")
        return found
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{shown(value)} is not a [latitude, longitude] pair in degrees, nor a text as 4620N00730E")
    return Position(latitude_deg=latitude_deg(value[0]), longitude_deg=longitude_deg(value[1]))


def compact_position(word: str) -> Position | None:
    """The position of a word such as 46N007E, 4620N00730E or 462030N0073015E; None where it is no such word.

    Raises:
        ValueError: minutes or seconds over 59, or degrees beyond the globe.
    """
    match = _COMPACT.fullmatch(word)
    if match is None:
        return None
    return Position(
        latitude_deg=latitude_deg(_degrees(word, match.groups()[:3], match[4] == "S")),
        longitude_deg=longitude_deg(_degrees(word, match.groups()[4:7], match[8] == "W")),
    )


def _degrees(word: str, parts: Sequence[str | None], negative: bool) -> float:
    degrees, minutes, seconds = (int(part or 0) for part in parts)
    if minutes > 59 or seconds > 59:
        raise ValueError(f"{word}: minutes and seconds go to 59")
    value = degrees + minutes / 60.0 + seconds / 3600.0
    return -value if negative else value
