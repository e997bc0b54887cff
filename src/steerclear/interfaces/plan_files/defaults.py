"""What a person says beside the file, for what the file does not say; every use of it becomes an assumption."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.fields import Fields
from steerclear.interfaces.plan_files.levels import Band, Level, checked_band, level, lower_level, upper_level
from steerclear.interfaces.plan_files.quantities import DURATIONS_S, HEIGHTS_M, LENGTHS_M, SPEEDS_MPS, quantity
from steerclear.interfaces.plan_files.readers import moment_s, title, whole, word_of
from steerclear.model.vocabulary import AircraftKind

T = TypeVar("T")

read_speed: Callable[[Any], float] = quantity(SPEEDS_MPS, limits.MIN_SPEED_MPS, limits.MAX_SPEED_MPS)
read_half_width: Callable[[Any], float] = quantity(LENGTHS_M, 0.01, limits.MAX_HALF_WIDTH_M)
read_radius: Callable[[Any], float] = quantity(LENGTHS_M, 0.01, limits.MAX_RADIUS_M)
read_vertical: Callable[[Any], float] = quantity(HEIGHTS_M, 0.01, limits.MAX_VERTICAL_HALF_WIDTH_M)
read_tolerance: Callable[[Any], float] = quantity(DURATIONS_S, 0.0, limits.MAX_TIME_TOLERANCE_S)


class PlanDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What holds where the file is silent; None where nothing does. Metres, metres per second, POSIX UTC seconds."""

    title: str | None = None
    kind: AircraftKind | None = None
    priority: int | None = None
    from_s: float | None = None
    until_s: float | None = None
    band: Band | None = None
    """Lower and upper bound of areas."""
    level: Level | None = None
    """The level at which a route is flown."""
    departure_s: float | None = None
    speed_mps: float | None = None
    half_width_m: float | None = None
    vertical_half_width_m: float | None = None
    time_tolerance_s: float | None = None
    radius_m: float | None = None
    """Of points."""
    named_points: bytes | None = None
    """A waypoint file (name, latitude, longitude) that resolves the names in a flight plan."""


def defaults_from_words(words: dict[str, str], named_points: bytes | None = None) -> PlanDefaults:
    """Defaults as a person writes them, by name.

    Names: title, aircraft, priority, from, until, lower, upper, level, departure, speed, half_width,
    vertical_half_width, time_tolerance, radius.

    Raises:
        PlanFileError: names the word that means nothing.
    """
    priority = {name: int(word) for name, word in words.items() if name == "priority" and word.isdecimal()}
    said = Fields(words | priority)
    band = None
    if said.has("lower") or said.has("upper"):
        lower, upper = said.take("lower", lower_level), said.take("upper", upper_level)
        try:
            band = checked_band(lower, upper)
        except ValueError as fault:
            raise PlanFileError("lower and upper", str(fault)) from None
    found = PlanDefaults(
        title=said.optional("title", title),
        kind=said.optional("aircraft", word_of(AircraftKind)),
        priority=said.optional("priority", whole(-limits.MAX_PRIORITY, limits.MAX_PRIORITY)),
        from_s=said.optional("from", moment_s),
        until_s=said.optional("until", moment_s),
        band=band,
        level=said.optional("level", level),
        departure_s=said.optional("departure", moment_s),
        speed_mps=said.optional("speed", read_speed),
        half_width_m=said.optional("half_width", read_half_width),
        vertical_half_width_m=said.optional("vertical_half_width", read_vertical),
        time_tolerance_s=said.optional("time_tolerance", read_tolerance),
        radius_m=said.optional("radius", read_radius),
        named_points=named_points,
    )
    said.nothing_left()
    return found


class Assumptions:
    """The sentences about what was supplied, each once, in the order in which it was needed."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def say(self, sentence: str) -> None:
        """Add one."""
        self._said.setdefault(sentence)

    def taken(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(self._said)

    def from_defaults(self, name: str, value: object) -> None:
        """Say that a value comes from what was said beside the file."""
        self.say(f"{name} is {value}, as said beside the file; the file does not say it")


def with_default(
    fields: Fields, key: str, read: Callable[[Any], T], default: T | None, assume: Assumptions, unit: str = ""
) -> T:
    """The value of a key; where it is missing, the default, said as an assumption.

    Raises:
        PlanFileError: neither is there.
    """
    found = fields.optional(key, read)
    if found is not None:
        return found
    if default is None:
        raise fields.fail(key, f"is missing; write it in the file, or say {key} beside it")
    shown = f"{default:,.6g}" if isinstance(default, float) else str(default)
    assume.from_defaults(key, f"{shown} {unit}".strip())
    return default
