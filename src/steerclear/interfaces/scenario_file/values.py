"""Values of a scenario file as people write them: times, durations, lengths, heights, positions; to SI."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time
from math import isfinite
from typing import Any, Final

from steerclear.interfaces.scenario_file import limits

_SECONDS: Final = {"d": 86_400.0, "h": 3_600.0, "min": 60.0, "s": 1.0}
_METRES: Final = {"NM": 1_852.0, "km": 1_000.0, "m": 1.0, "ft": 0.3048}
_PART: Final = re.compile(r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?) ?([A-Za-z]+)", re.ASCII)
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_ADDRESS: Final = re.compile(r"[0-9A-Fa-f]{6}", re.ASCII)
_DAY_S: Final = 86_400.0

Read = Callable[[Any], Any]


def start(value: Any) -> float:
    """The moment at which a scenario begins. Raises ValueError."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{_shown(value)} is no date and time in UTC such as 2026-03-01T06:00:00Z, without quotes")
    if not 2000 <= value.astimezone(UTC).year < 2100:
        raise ValueError(f"{_shown(value)} is not within the years 2000 to 2099")
    return value.timestamp()


def moment(start_s: float) -> Read:
    """A reader for a time of the scenario: "07:30:10" of its first day (earlier than its start: of the next), or
    "+1 h 30 min" from its start.
    """

    def read(value: Any) -> float:
        if isinstance(value, time) and value.tzinfo is None:
            return _of_day(value.hour * 3_600 + value.minute * 60 + value.second + value.microsecond * 1e-6)
        if isinstance(value, str) and value.startswith(("+", "-")):
            return start_s + signed(value)
        clock = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if clock is None:
            raise ValueError(f'{_shown(value)} is no time; write "07:30", "07:30:10", or "+90 s" from the start')
        return _of_day(int(clock[1]) * 3_600 + int(clock[2]) * 60 + int(clock[3] or 0))

    def _of_day(seconds: float) -> float:
        midnight_s = start_s - start_s % _DAY_S
        found_s = midnight_s + seconds
        return found_s if found_s >= start_s else found_s + _DAY_S

    return read


def duration(at_least_s: float = 0.0, at_most_s: float = limits.MAX_LENGTH_S) -> Read:
    """A reader for a duration such as "1 h 30 min"."""

    def read(value: Any) -> float:
        found_s = _sum(value, _SECONDS, '"5 min" or "1 h 30 min"')
        if not at_least_s <= found_s <= at_most_s:
            raise ValueError(f"{_shown(value)} is not within {at_least_s:g} s to {at_most_s:g} s")
        return found_s

    return read


def signed(value: Any, at_most_s: float = limits.MAX_LENGTH_S) -> float:
    """A duration with its sign. Raises ValueError."""
    if not isinstance(value, str) or not value.startswith(("+", "-")):
        raise ValueError(f'{_shown(value)} has no sign; write "+2 s" or "-2 s"')
    found_s = _sum(value[1:], _SECONDS, '"+90 s"')
    if found_s > at_most_s:
        raise ValueError(f"{_shown(value)} is more than {at_most_s:g} s")
    return -found_s if value.startswith("-") else found_s


def clock_ahead(value: Any) -> float:
    """How far a clock is ahead of the right time. Raises ValueError."""
    return signed(value, limits.MAX_CLOCK_AHEAD_S)


def length(value: Any) -> float:
    """A length such as "3 NM". Raises ValueError."""
    found_m = _sum(value, _METRES, '"3 km", "3 NM" or "900 ft"')
    if found_m > limits.MAX_DISTANCE_M:
        raise ValueError(f"{_shown(value)} is more than {limits.MAX_DISTANCE_M:g} m")
    return found_m


def height(value: Any) -> float:
    """A height such as "9,500 ft", below zero with a sign. Raises ValueError."""
    below = isinstance(value, str) and value.startswith("-")
    found_m = _sum(value[1:] if below else value, {"ft": _METRES["ft"], "m": 1.0}, '"9,500 ft" or "300 m"')
    found_m = -found_m if below else found_m
    if not limits.MIN_HEIGHT_M <= found_m <= limits.MAX_HEIGHT_M:
        raise ValueError(f"{_shown(value)} is not within {limits.MIN_HEIGHT_M:g} m to {limits.MAX_HEIGHT_M:g} m")
    return found_m


def degrees(value: Any) -> float:
    """An angle in degrees, -360 to 360. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -360.0 <= value <= 360.0:
        raise ValueError(f"{_shown(value)} is no number of degrees from -360 to 360")
    return float(value)


def position(value: Any) -> dict[str, float]:
    """A position as [latitude, longitude]. Raises ValueError."""
    good = isinstance(value, list) and len(value) == 2
    if not good or any(isinstance(one, bool) or not isinstance(one, int | float) for one in value):
        raise ValueError(f"{_shown(value)} is no [latitude, longitude] in degrees")
    latitude_deg, longitude_deg = float(value[0]), float(value[1])
    if not (abs(latitude_deg) <= 89.0 and abs(longitude_deg) <= 180.0 and isfinite(longitude_deg)):
        raise ValueError(f"{_shown(value)}: latitude within 89 and longitude within 180 degrees")
    return {"latitude_deg": latitude_deg, "longitude_deg": longitude_deg}


def positions(value: Any) -> list[dict[str, float]]:
    """A list of positions. Raises ValueError."""
    if not isinstance(value, list) or len(value) > limits.MAX_CORNERS:
        raise ValueError(f"is no list of at most {limits.MAX_CORNERS} positions")
    return [position(one) for one in value]


def address(value: Any) -> int:
    """A 24-bit aircraft address in six hexadecimal digits. Raises ValueError."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value) or not 0 < int(value, 16) < 0xFFFFFF:
        raise ValueError(f'{_shown(value)} is no address of six hexadecimal digits such as "3c0a01"')
    return int(value, 16)


def addresses(value: Any) -> list[int]:
    """Several addresses. Raises ValueError."""
    if not isinstance(value, list):
        raise ValueError(f"{_shown(value)} is no list of addresses")
    return [address(one) for one in value]


def sentences(value: Any) -> list[str]:
    """One text, or several. Raises ValueError."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"{_shown(value)} is no text, and no list of texts")
    return [_one_line(one) for one in found]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sum(value: Any, units: dict[str, float], example: str) -> float:
    text = value.strip() if isinstance(value, str) else ""
    found = list(_PART.finditer(text))
    if not found or " ".join(part[0] for part in found) != " ".join(text.split()):
        raise ValueError(f"{_shown(value)} is not understood; write it like {example}")
    unknown = [part[2] for part in found if part[2] not in units]
    if unknown:
        raise ValueError(f"{_shown(value)}: {unknown[0]!r} is no unit here; units: {', '.join(units)}")
    return sum(float(part[1].replace(",", "")) * units[part[2]] for part in found)


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, datetime) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
