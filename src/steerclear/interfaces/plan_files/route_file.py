"""Route files: waypoints, speed, level and tolerances in TOML; docs/plan-files.md shows one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.chain import Profile, Stretch, chain, route_line
from steerclear.interfaces.plan_files.common_parts import read_heading
from steerclear.interfaces.plan_files.coordinates import position
from steerclear.interfaces.plan_files.defaults import (
    Assumptions,
    PlanDefaults,
    read_half_width,
    read_speed,
    read_tolerance,
    read_vertical,
    with_default,
)
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.fields import Fields
from steerclear.interfaces.plan_files.levels import Level, around, hull, level
from steerclear.interfaces.plan_files.readers import moment_s, moment_text, title
from steerclear.interfaces.plan_files.toml_text import parse_toml
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.volumes import Position, Volume4D


class Waypoint:
    """A point of a route as a file has it; level and speed hold from here on."""

    def __init__(self, where: Position, place: str, at: Level | None = None, speed_mps: float | None = None) -> None:
        self.position = where
        self.place = place
        self.level = at
        self.speed_mps = speed_mps


class Tolerances:
    """How far from its route a flight may be: metres to the side and in height, seconds early or late."""

    def __init__(self, half_width_m: float, vertical_m: float, time_s: float) -> None:
        self.half_width_m = half_width_m
        self.vertical_m = vertical_m
        self.time_s = time_s


def decode_route(data: bytes, defaults: PlanDefaults) -> PlanDraft:
    """The plan of a route file. Raises PlanFileError with key and line."""
    fields, assume = parse_toml(data), Assumptions()
    fields.take("format", word_is("route"))
    name, priority, kind, identities = read_heading(fields, defaults, assume, "Route")
    waypoints = _waypoints(fields)
    departure_s = fields.optional("departure", moment_s)
    volumes = route_volumes(fields, waypoints, departure_s, defaults, assume)
    fields.nothing_left()
    return PlanDraft(
        title=name,
        volumes=volumes,
        priority=priority,
        kind=kind,
        identities=identities,
        source=f"route file with {len(waypoints)} waypoints",
        assumptions=assume.taken(),
    )


def word_is(word: str) -> Any:
    """A reader that takes one word only."""

    def read(value: Any) -> str:
        if value != word:
            raise ValueError(f"{value!r} is not {word!r}")
        return word

    return read


def _waypoints(fields: Fields) -> list[Waypoint]:
    found = []
    for index, value in enumerate(fields.several("waypoints", limits.MAX_WAYPOINTS, 2)):
        key = f"waypoints[{index}]"
        if isinstance(value, dict):
            table = fields.below("waypoints", index, value)
            table.optional("name", title)
            at, speed_mps = table.optional("level", level), table.optional("speed", read_speed)
            where = table.take("at", position)
            table.nothing_left()
            found.append(Waypoint(where, key, at, speed_mps))
        else:
            found.append(Waypoint(fields.read(key, value, position), key))
    return found


def route_volumes(
    fields: Fields,
    waypoints: list[Waypoint],
    departure_s: float | None,
    defaults: PlanDefaults,
    assume: Assumptions,
) -> tuple[Volume4D, ...]:
    """The volumes of a route whose speed, level and tolerances stand in a table.

    Raises:
        PlanFileError: one of them is missing or wrong.
    """
    if departure_s is None:
        if defaults.departure_s is None:
            raise fields.fail("departure", "is missing; write it as 2026-12-01T08:00:00Z, or say departure beside it")
        departure_s = defaults.departure_s
        assume.from_defaults("departure", moment_text(departure_s))
    half_width_m = with_default(fields, "half_width", read_half_width, defaults.half_width_m, assume, "m")
    vertical_m = with_default(fields, "vertical_half_width", read_vertical, defaults.vertical_half_width_m, assume, "m")
    tolerance_s = fields.optional("time_tolerance", read_tolerance)
    if tolerance_s is None and defaults.time_tolerance_s is not None:
        tolerance_s = defaults.time_tolerance_s
        assume.from_defaults("time_tolerance", f"{tolerance_s:g} s")
    if tolerance_s is None:
        tolerance_s = 0.0
        assume.say("time_tolerance is 0 s: the flight keeps its times exactly, or the plan does not hold it")
    levels = _levels(fields, waypoints, defaults, assume)
    line = route_line([each.position for each in waypoints], [each.place for each in waypoints])
    moments = _moments(fields, waypoints, line.along_m, departure_s, defaults, assume)
    stretches = [
        Stretch(begin_m, end_m, hull([around(levels[leg], vertical_m), around(levels[leg + 1], vertical_m)]))
        for leg, (begin_m, end_m) in enumerate(pairwise(line.along_m))
    ]
    if any(one != other for one, other in pairwise(levels)):
        assume.say("where the level changes, the flight may be at any height between the two along the whole leg")
        _say_mixed(levels, assume)
    return chain(
        line,
        [Profile(line.along_m, tuple(moments))],
        stretches,
        half_width_m=half_width_m,
        time_tolerance_s=tolerance_s,
    )


def _say_mixed(levels: list[Level], assume: Assumptions) -> None:
    if len({each.datum for each in levels}) > 1:
        assume.say(
            "between levels of two datums, which cannot be compared exactly, the volume begins at the ground, and has"
            " no upper bound unless one level is above the other in any weather"
        )


def _levels(fields: Fields, waypoints: list[Waypoint], defaults: PlanDefaults, assume: Assumptions) -> list[Level]:
    common = fields.optional("level", level)
    if common is None and any(each.level is None for each in waypoints[:1]):
        if defaults.level is None:
            raise fields.fail("level", 'is missing; write it as "120 m AMSL", here or with the first waypoint')
        common = defaults.level
        assume.from_defaults("level", common)
    found: list[Level] = []
    for each in waypoints:
        now = each.level or (found[-1] if found else common)
        if now is None:
            raise PlanFileError(each.place, "has no level")
        found.append(now)
    return found


def _moments(
    fields: Fields,
    waypoints: list[Waypoint],
    along_m: tuple[float, ...],
    departure_s: float,
    defaults: PlanDefaults,
    assume: Assumptions,
) -> list[float]:
    speed_mps = waypoints[0].speed_mps
    if speed_mps is None:
        speed_mps = with_default(fields, "speed", read_speed, defaults.speed_mps, assume, "m/s")
    else:
        fields.optional("speed", read_speed)
    moments = [departure_s]
    for leg_m, each in zip(np.diff(along_m).tolist(), waypoints[:-1], strict=True):
        speed_mps = each.speed_mps or speed_mps
        moments.append(moments[-1] + leg_m / speed_mps)
    return moments
