"""What the commands about plans share: their common options, and what is given to them from other rooms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from uuid import uuid4

import msgspec
from cyclopts import Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.line_terms import LineTools, moment_s
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.model.plan_draft import PlanDraft

if TYPE_CHECKING:
    from steerclear.model.agreement import Agreement
    from steerclear.model.declared import Declared, StatedPlace
    from steerclear.model.plan_check import Finding
    from steerclear.model.plans import DeclaredItem, ItemStanding
    from steerclear.model.resolution import Resolutions
    from steerclear.model.volumes import CircleArea, PolygonArea, Position
    from steerclear.services.affected_plans import AffectedPlan
    from steerclear.services.check_plan import ItemCheck

Many = Annotated[list[str], Parameter(consume_multiple=True, negative=())]
How = Literal["full", "coarse", "sealed"]
Purpose = Literal["ordinary", "medical", "emergency"]
MAX_POINTS_BYTES: Final = 4_000_000


class PlanTools(msgspec.Struct, frozen=True, kw_only=True):
    """What the commands need from rooms they may not import, or not before it is used; all raise ValueError."""

    line: LineTools
    read_plan: Callable[[Path, str | None, dict[str, str], bytes | None], PlanDraft]
    draw: Callable[[Declared, Sequence[Declared], Sequence[Finding], Resolutions | None], str]
    geojson: Callable[[Sequence[Declared], Sequence[Finding]], bytes]
    read_agreement: Callable[[Path], Agreement]
    check_offline: Callable[[Agreement, DeclaredItem, Sequence[DeclaredItem], float, Sequence[StatedPlace]], ItemCheck]
    resolve_offline: Callable[
        [Agreement, DeclaredItem, Sequence[DeclaredItem], float, Sequence[StatedPlace]], Resolutions
    ]
    authority_affected: Callable[[Agreement, Agreement, Sequence[Declared]], Sequence[AffectedPlan]]
    middle_of: Callable[[CircleArea | PolygonArea], Position]
    as_declared: Callable[[DeclaredItem], Declared]
    standing_as_declared: Callable[[ItemStanding], Declared]


@Parameter(name="*")
@dataclass(kw_only=True, frozen=True)
class FileWords:
    """What the file does not say; whatever is used of it is shown as an assumption."""

    format: str | None = None
    """route, orbit, waypoints, geojson, kml, f3548 or icao; told from the content where not given."""
    title: str | None = None
    """One line that says what it is."""
    aircraft: Literal["crewed", "uncrewed"] | None = None
    """With or without a crew."""
    priority: int | None = None
    """Higher goes first; 0 is an ordinary flight."""
    from_: Annotated[str | None, Parameter(name="--from")] = None
    """When it begins: "now", "+30 min" or like 2026-01-31T06:00:00Z."""
    until: str | None = None
    """When it ends."""
    departure: str | None = None
    """When a route is begun."""
    lower: str | None = None
    """Lower limit of areas, for example "300 ft W84"."""
    upper: str | None = None
    """Upper limit of areas, for example "120 m W84", "FL65"."""
    level: str | None = None
    """The level at which a route is flown."""
    speed: str | None = None
    """Of a route, for example "90 kt"."""
    half_width: str | None = None
    """Of a route: how far to either side, for example "200 m"."""
    vertical_half_width: str | None = None
    """Of a route: how far above and below its level."""
    time_tolerance: str | None = None
    """Of a route: how much earlier or later it may be anywhere."""
    radius: str | None = None
    """Of points, for example "500 m"."""
    points: Path | None = None
    """A waypoint file (name, latitude, longitude) for the names in a flight plan."""

    def draft(self, tools: PlanTools, file: Path, now_s: float) -> PlanDraft:
        """The plan in a file. Raises CommandError."""
        words = {
            "title": self.title,
            "aircraft": self.aircraft,
            "priority": None if self.priority is None else str(self.priority),
            "from": _moment(tools, "--from", self.from_, now_s),
            "until": _moment(tools, "--until", self.until, now_s),
            "departure": _moment(tools, "--departure", self.departure, now_s),
            "lower": self.lower,
            "upper": self.upper,
            "level": self.level,
            "speed": self.speed,
            "half_width": self.half_width,
            "vertical_half_width": self.vertical_half_width,
            "time_tolerance": self.time_tolerance,
            "radius": self.radius,
        }
        said = {name: word for name, word in words.items() if word is not None}
        points = None if self.points is None else read_bytes(self.points)
        return draft_of(tools, file, self.format, said, points)


@Parameter(name="*")
@dataclass(kw_only=True, frozen=True)
class Declaring:
    """How it is declared."""

    disclosure: How | None = None
    """How much the other side is told; where not given, as the agreement has it, or in full."""
    region: Annotated[bool, Parameter(negative=())] = False
    """Sealed: also tell the coarse region that it lies in."""
    in_spite_of: Many = field(default_factory=list)
    """Findings of the check that you have read and declare in spite of, by their names."""
    contact: str = ""
    """The function that answers for it; where not given, the one that declares."""

    def body(self) -> dict[str, Any]:
        """What of it goes into a request."""
        named = [name for one in self.in_spite_of for name in one.replace(",", " ").split()]
        return {
            "disclosure": self.disclosure,
            "region": self.region,
            "in_spite_of": named,
            "contact_function": self.contact,
        }


@Parameter(name="*")
@dataclass(kw_only=True, frozen=True)
class Window:
    """From when until when."""

    from_: Annotated[str, Parameter(name="--from")] = "now"
    """When it begins: "now", "+30 min" or like 2026-01-31T06:00:00Z."""
    until: str = "+24 h"
    """When it ends."""


@Parameter(name="*")
@dataclass(kw_only=True, frozen=True)
class Drawn:
    """What is written beside the answer."""

    plot: Path | None = None
    """Draw the plan among what it may meet: an SVG file with map and heights over time."""
    geojson: Path | None = None
    """Write the plan and the findings as GeoJSON."""


NO_WORDS: Final = FileWords()
PLAINLY: Final = Declaring()
TODAY: Final = Window()
NOT_DRAWN: Final = Drawn()


def draft_of(tools: PlanTools, file: Path, kind: str | None, words: dict[str, str], points: bytes | None) -> PlanDraft:
    """The plan in a file. Raises CommandError."""
    try:
        return tools.read_plan(file, kind, words, points)
    except (ValueError, OSError) as fault:
        raise CommandError(ExitCode.PLAN_UNREADABLE, str(fault)) from None
    except ModuleNotFoundError as missing:
        raise CommandError(
            ExitCode.USAGE, f"reading it needs {missing.name}; install it with: pip install 'steerclear[plans]'"
        ) from None


def read_bytes(file: Path) -> bytes:
    """The bytes of a file that is not large. Raises CommandError."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_POINTS_BYTES + 1)
    except OSError as fault:
        raise CommandError(ExitCode.PLAN_UNREADABLE, f"{file}: {fault.strerror}") from None
    if len(data) > MAX_POINTS_BYTES:
        raise CommandError(ExitCode.PLAN_UNREADABLE, f"{file} is larger than {MAX_POINTS_BYTES:,} bytes")
    return data


def write_out(file: Path, data: bytes) -> None:
    """Write a file. Raises CommandError."""
    try:
        file.write_bytes(data)
    except OSError as fault:
        raise CommandError(ExitCode.USAGE, f"{file} cannot be written: {fault.strerror}") from None


def new_name() -> str:
    """A name for something new."""
    return str(uuid4())


def iso(time_s: float) -> str:
    """A time as files have it, whole seconds, cut off."""
    return datetime.fromtimestamp(int(time_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(tools: PlanTools, option: str, text: str | None, now_s: float) -> str | None:
    return None if text is None else iso(moment_s(tools.line, option, text, now_s))
