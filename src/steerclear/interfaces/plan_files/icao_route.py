"""The route of a flight plan as points with speed and level; names are resolved or named, never guessed.

Airways, departure and arrival routes and bearings from a beacon cannot be followed without a navigation database: their
points must be written instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from steerclear.interfaces.plan_files.coordinates import compact_position
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.icao_fields import (
    DEPARTURE,
    DESTINATION,
    OTHER,
    ROUTE,
    FiledPlan,
    SpeedLevel,
    speed_level,
)
from steerclear.interfaces.plan_files.quantities import shown
from steerclear.model.volumes import Position

_IGNORED = ("DCT", "IFR", "VFR", "GAT", "OAT")
_NAME = re.compile(r"[A-Z]{2,5}")
_AIRWAY = re.compile(r"[A-Z]{1,5}\d{1,4}[A-Z]{0,2}|SID|STAR")
_BEARING = re.compile(r"[A-Z]{2,5}\d{6}")
_INSIDE = re.compile(r"\d{2}(?:\d{2}){0,2}[NS]/?\d{3}(?:\d{2}){0,2}[EW]")


class RoutePoint(msgspec.Struct, frozen=True):
    """A point of the route, and what changes there."""

    name: str
    position: Position
    change: SpeedLevel | None = None


def route_points(plan: FiledPlan, known: Mapping[str, Position]) -> list[RoutePoint]:
    """The points from departure to destination.

    Args:
        plan: as filed.
        known: positions by name, in capitals.

    Raises:
        PlanFileError: names that are not known, all of them at once, or words that cannot be followed.
    """
    missing: dict[str, None] = {}
    airways: dict[str, None] = {}
    points = [_aerodrome(plan.departure, "DEP", DEPARTURE, plan, known, missing)]
    for word in plan.route:
        name, change = _parted(word)
        if change is None and name in _IGNORED:
            continue
        points.append(_point(name, change, known, missing, airways))
    points.append(_aerodrome(plan.destination, "DEST", DESTINATION, plan, known, missing))
    _refuse_names(missing, airways)
    found = [point for point in points if point is not None]
    return [point for index, point in enumerate(found) if index == 0 or not _repeated(found[index - 1], point)]


def _refuse_names(missing: Mapping[str, None], airways: Mapping[str, None]) -> None:
    """Refuse what a route names and nobody here knows, all of it at once. Raises PlanFileError."""
    reasons = []
    if missing:
        reasons.append(
            f"no position is known for {_listed(missing)}; give a waypoint file with name, latitude, longitude of each,"
            " or write coordinates such as 4620N00730E in their place"
        )
    if airways:
        reasons.append(
            f"{_listed(airways)} cannot be followed, being airways, SIDs or STARs; write the points along them instead,"
            " with DCT between them"
        )
    if reasons:
        raise PlanFileError("flight plan", "; ".join(reasons))


def _listed(names: Mapping[str, None]) -> str:
    return ", ".join(list(names)[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def _repeated(before: RoutePoint, point: RoutePoint) -> bool:
    """Whether a point only repeats the place of the one before it, as routes do that begin at their aerodrome."""
    return before.position == point.position and point.change is None


def _parted(word: str) -> tuple[str, SpeedLevel | None]:
    """A word of the route as its point and the change there."""
    if word.startswith("C/"):
        word = word[2:]
    name, slash, rest = word.rpartition("/")
    if not slash:
        return word, None
    change = speed_level(rest)
    if change is None:
        if compact_word(word):
            return word, None
        raise PlanFileError(ROUTE, f"{shown(word)}: {shown(rest)} is not speed and level, as N0450F350")
    return name, change


def compact_word(word: str) -> Position | None:
    """The position of a compact word. Raises PlanFileError for one that is beyond the globe."""
    try:
        return compact_position(word)
    except ValueError as fault:
        raise PlanFileError(ROUTE, str(fault)) from None


def _point(
    name: str,
    change: SpeedLevel | None,
    known: Mapping[str, Position],
    missing: dict[str, None],
    airways: dict[str, None],
) -> RoutePoint | None:
    position = compact_word(name) or known.get(name)
    if position is not None:
        return RoutePoint(name, position, change)
    if name == "T":
        raise PlanFileError(ROUTE, "ends in T: it is cut off; write it to its end")
    if _BEARING.fullmatch(name):
        raise PlanFileError(
            ROUTE, f"{shown(name)} is a magnetic bearing and a distance from a point; write its coordinates instead"
        )
    if _NAME.fullmatch(name) and name not in ("SID", "STAR"):
        missing.setdefault(name)
        return None
    if _AIRWAY.fullmatch(name):
        airways.setdefault(name)
        return None
    raise PlanFileError(ROUTE, f"{shown(name)} is neither a point, nor coordinates such as 4620N00730E")


def _aerodrome(
    name: str, keyword: str, place: str, plan: FiledPlan, known: Mapping[str, Position], missing: dict[str, None]
) -> RoutePoint | None:
    if name != "ZZZZ":
        if name not in known:
            missing.setdefault(name)
            return None
        return RoutePoint(name, known[name])
    said = plan.other.get(keyword, "")
    inside = _INSIDE.search(said)
    position = compact_word(inside[0]) if inside else known.get(said)
    if position is None:
        if not said:
            raise PlanFileError(OTHER, f"has no {keyword}/, which must say where ZZZZ in {place} is")
        missing.setdefault(said[:40])
        return None
    return RoutePoint(said[:40], position)
