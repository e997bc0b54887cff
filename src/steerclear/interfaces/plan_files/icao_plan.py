"""From an ICAO flight plan to volumes: its route with the tolerances that a flight plan does not state.

A flight plan says nothing of how far from its route, level and times a flight will be. What is assumed unless something
else is said beside the file: 5 NM to the side (RNAV 5), 300 ft in height, 15 minutes in time; climbs and descents of at
least 200 ft per NM, the least gradient of instrument procedures (ICAO Doc 8168); true airspeed as ground speed. Where
speed and estimated elapsed time disagree, all times between the two are covered.
"""

from __future__ import annotations

import re
from itertools import pairwise

from steerclear.geodesy.units import FT_M, NM_M
from steerclear.interfaces.plan_files.chain import Profile, Stretch, chain, route_line
from steerclear.interfaces.plan_files.defaults import Assumptions, PlanDefaults
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.icao_fields import ROUTE, FiledPlan, SpeedLevel, filed_plan, true_airspeed_mps
from steerclear.interfaces.plan_files.icao_route import RoutePoint, route_points
from steerclear.interfaces.plan_files.levels import Band, Level, above_sea, checked_band, hull
from steerclear.interfaces.plan_files.readers import moment_text
from steerclear.interfaces.plan_files.waypoint_text import named_points
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.track import Identity
from steerclear.model.vocabulary import AircraftKind

ASSUMED_HALF_WIDTH_M = 5.0 * NM_M
ASSUMED_VERTICAL_M = 300.0 * FT_M
ASSUMED_TOLERANCE_S = 900.0
LEAST_GRADIENT = 200.0 * FT_M / NM_M
_ELAPSED = re.compile(r"([A-Z0-9/]{2,15})(\d{2})([0-5]\d)")


def decode_icao(data: bytes, defaults: PlanDefaults) -> PlanDraft:
    """The plan of an FPL message. Raises PlanFileError with the item, or the names without a position."""
    plan, assume = filed_plan(data), Assumptions()
    known = {} if defaults.named_points is None else named_points(defaults.named_points)
    points = route_points(plan, known)
    line = route_line([each.position for each in points], [f"route, {each.name}" for each in points])
    departure_s = plan.off_block_s(defaults.departure_s)
    if "DOF" not in plan.other:
        assume.say(f"the day of flight is that of the departure said beside the file, {moment_text(departure_s)[:10]}")
    half_width_m, vertical_m, tolerance_s = _tolerances(defaults, assume)
    cruises = _cruises(plan, points, defaults, assume)
    volumes = chain(
        line,
        _profiles(plan, points, line.along_m, departure_s, cruises, assume),
        _stretches(line.along_m, cruises, vertical_m, assume),
        half_width_m=half_width_m,
        time_tolerance_s=tolerance_s,
    )
    return PlanDraft(
        title=defaults.title or f"{plan.callsign} {points[0].name} to {points[-1].name}"[:200],
        volumes=volumes,
        priority=defaults.priority or 0,
        kind=_kind(plan, defaults, assume),
        identities=(Identity(callsign=plan.callsign),),
        source=f"ICAO flight plan with {len(points)} points",
        assumptions=assume.taken(),
    )


def _tolerances(defaults: PlanDefaults, assume: Assumptions) -> tuple[float, float, float]:
    half_width_m, vertical_m, tolerance_s = (
        defaults.half_width_m,
        defaults.vertical_half_width_m,
        defaults.time_tolerance_s,
    )
    if half_width_m is None:
        half_width_m = ASSUMED_HALF_WIDTH_M
        assume.say("the flight stays within 5 NM of its route (RNAV 5)")
    if vertical_m is None:
        vertical_m = ASSUMED_VERTICAL_M
        assume.say("the flight stays within 300 ft of its level")
    if tolerance_s is None:
        tolerance_s = ASSUMED_TOLERANCE_S
        assume.say("the flight takes off, and is everywhere, within 15 minutes of its times by off-block time")
    return half_width_m, vertical_m, tolerance_s


def _kind(plan: FiledPlan, defaults: PlanDefaults, assume: Assumptions) -> AircraftKind:
    if plan.aircraft > 1:
        assume.say(f"the {plan.aircraft} aircraft fly as one, all within the same tolerances")
    if defaults.kind is not None:
        return defaults.kind
    assume.say("aircraft is crewed: a flight plan does not say otherwise")
    return AircraftKind.CREWED


def _cruises(
    plan: FiledPlan, points: list[RoutePoint], defaults: PlanDefaults, assume: Assumptions
) -> list[tuple[int, str, Band]]:
    """(index of the point from which it holds, speed, levels), the first at the departure."""
    found = [(0, plan.cruise.speed, _levels(plan.cruise, defaults, assume))]
    for index, point in enumerate(points):
        if point.change is not None:
            found.append((index, point.change.speed, _levels(point.change, defaults, assume)))
    return found


def _levels(cruise: SpeedLevel, defaults: PlanDefaults, assume: Assumptions) -> Band:
    lower = cruise.level
    if lower is None:
        if defaults.level is None:
            raise PlanFileError(ROUTE, "level VFR says no height; say level beside the file, as 5,500 ft AMSL")
        lower = defaults.level
        assume.from_defaults("the level of the parts flown VFR", lower)
    if cruise.plus:
        assume.say("PLUS: the cruise climb has no upper bound")
        return Band(lower, None)
    if cruise.upper is None or cruise.upper == lower:
        return Band(lower, lower)
    try:
        return checked_band(lower, cruise.upper)
    except ValueError as fault:
        raise PlanFileError(ROUTE, f"cruise climb: {fault}") from None


def _wider(band: Band, by_m: float) -> Band:
    lower, upper = band.lower, band.upper
    return Band(
        None if lower is None else Level(lower.height_m - by_m, lower.datum),
        None if upper is None else Level(upper.height_m + by_m, upper.datum),
    )


def _stretches(
    along_m: tuple[float, ...], cruises: list[tuple[int, str, Band]], vertical_m: float, assume: Assumptions
) -> list[Stretch]:
    """Where which band holds: climb, cruises, the changes between them, descent."""
    assume.say("climbs and descents take no longer than 200 ft per NM; until then any height on the way may be flown")
    length_m = along_m[-1]
    bands = [_wider(band, vertical_m) for _, _, band in cruises]
    begins_m = [along_m[index] for index, _, _ in cruises] + [length_m]
    found = [Stretch(begin_m, end_m, band) for (begin_m, end_m), band in zip(pairwise(begins_m), bands, strict=True)]
    first, last = bands[0], bands[-1]
    found.append(Stretch(0.0, _reach_m(first), Band(None, first.upper)))
    found.append(Stretch(max(0.0, length_m - _reach_m(last)), length_m, Band(None, last.upper)))
    for index, (before, after) in enumerate(pairwise(bands), start=1):
        begin_m = begins_m[index]
        found.append(Stretch(begin_m, begin_m + _change_m(before, after), hull([before, after])))
    datums = {bound.datum for band in bands for bound in (band.lower, band.upper) if bound is not None}
    if len(datums) > 1:
        assume.say(
            "between a flight level and an altitude, which cannot be compared exactly, the volume begins at the ground,"
            " and has no upper bound unless one is above the other in any weather"
        )
    return found


def _reach_m(band: Band) -> float:
    """How far a climb from the ground to a band takes, at most."""
    top = band.upper or band.lower
    return 0.0 if top is None else max(0.0, top.height_m) / LEAST_GRADIENT


def _change_m(before: Band, after: Band) -> float:
    """How far a change between two bands takes, at most."""
    levels = [each for band in (before, after) for each in (band.lower, band.upper) if each is not None]
    heights_m = [each.height_m for each in levels]
    if len({each.datum for each in levels}) > 1:
        heights_m = [height_m for each in levels for height_m in above_sea(each)]
    return (max(heights_m) - min(heights_m)) / LEAST_GRADIENT


def _profiles(
    plan: FiledPlan,
    points: list[RoutePoint],
    along_m: tuple[float, ...],
    departure_s: float,
    cruises: list[tuple[int, str, Band]],
    assume: Assumptions,
) -> list[Profile]:
    """The times by the filed speeds, and by the estimated elapsed times."""
    assume.say("true airspeed is taken as ground speed; between that and the elapsed times, all times are covered")
    if any(speed.startswith("M") for _, speed, _ in cruises):
        assume.say("Mach numbers are taken at the temperature of the standard atmosphere")
    moments = [departure_s]
    for index, (begin_m, end_m) in enumerate(pairwise(along_m)):
        _, speed, band = [each for each in cruises if each[0] <= index][-1]
        assert band.lower is not None  # noqa: S101 every cruise has a level
        moments.append(moments[-1] + (end_m - begin_m) / true_airspeed_mps(speed, band.lower))
    by_speed = Profile(along_m, tuple(moments))
    anchors = {0.0: 0.0, **_elapsed(plan, points, along_m), along_m[-1]: plan.elapsed_s}
    ordered = sorted(anchors.items())
    if any(later[1] < earlier[1] for earlier, later in pairwise(ordered)):
        raise PlanFileError("item 18 (other information)", "EET/: the elapsed times do not rise along the route")
    return [
        by_speed,
        Profile(tuple(at for at, _ in ordered), tuple(departure_s + elapsed for _, elapsed in ordered)),
    ]


def _elapsed(plan: FiledPlan, points: list[RoutePoint], along_m: tuple[float, ...]) -> dict[float, float]:
    """Elapsed times that item 18 names for points of the route; those of boundaries are no points."""
    where = {point.name: at for point, at in zip(points, along_m, strict=True)}
    found = {}
    for word in plan.other.get("EET", "").split():
        match = _ELAPSED.fullmatch(word)
        if match and match[1] in where:
            found[where[match[1]]] = int(match[2]) * 3600.0 + int(match[3]) * 60.0
    return found
