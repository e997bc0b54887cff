"""`--stated "9 km 045 airfield"`: where something is, in words, so that a wrong coordinate is found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from cyclopts import Parameter

from steerclear.geodesy.compass import bearing_of_point
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.line_terms import parsed
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.plan_tools import Many, PlanTools
from steerclear.model.declared import StatedPlace
from steerclear.model.volumes import Position

EXAMPLE: Final = '"9 km 045 airfield" or "9 km north-east of airfield"'
_WORDS: Final = re.compile(
    r"(?P<length>[0-9][0-9.,]* ?[A-Za-z]+) +(?P<bearing>[0-9]{1,3}(?:\.[0-9]+)?°?|[a-z]+(?:-[a-z]+)*) +"
    r"(?:(?:of|from) +)?(?P<place>\S.*)"
)


@Parameter(name="*")
@dataclass(kw_only=True, frozen=True)
class Stated:
    """Where it is, in words."""

    stated: Many = field(default_factory=list)
    """Where its middle (of a movement: its first point) is in words: distance, bearing and known place, for example
    "9 km 045 airfield". Coordinates that say something else are then found. May be given for several places."""

    def places(self, tools: PlanTools, where: Position) -> tuple[StatedPlace, ...]:
        """The words beside the position that they are about. Raises CommandError."""
        return tuple(_stated(tools, text.strip(), where) for text in self.stated)

    def body(self, tools: PlanTools, where: Position) -> dict[str, Any]:
        """What of it goes into a request. Raises CommandError."""
        return {"stated": msgspec.to_builtins(self.places(tools, where))}


UNSTATED: Final = Stated()


def _stated(tools: PlanTools, text: str, where: Position) -> StatedPlace:
    match = _WORDS.fullmatch(text)
    if match is None:
        raise CommandError(ExitCode.USAGE, f"--stated: {text!r} must be distance, bearing and place, like {EXAMPLE}")
    return StatedPlace(
        position=where,
        place=match["place"],
        distance_m=parsed(tools.line.length_m, "--stated", match["length"]),
        bearing_deg=parsed(_bearing_deg, "--stated", match["bearing"]),
    )


def _bearing_deg(text: str) -> float:
    if not text[0].isdigit():
        return bearing_of_point(text)
    bearing_deg = float(text.rstrip("°"))
    if bearing_deg > 360.0:
        raise ValueError(f"{text} is no bearing: 000 to 360 degrees, clockwise from north")
    return bearing_deg % 360.0
