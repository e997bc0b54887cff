"""What a plan says against itself: limits, datums, times and words that cannot all be meant.

These are found before anything is compared, because a plan that says two things can be compared with neither. Real
cases: a closure with two different upper limits for one area (2014); a site told several kilometres wrong (2016).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isfinite

from steerclear.model.declared import Declared
from steerclear.model.known_place import KnownPlace
from steerclear.model.plan_check import Finding, FindingKind, NearPlace, Weight
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.strategic.faults import VolumeError
from steerclear.strategic.limits import MAX_AHEAD_S
from steerclear.strategic.preparing import prepared
from steerclear.strategic.reading_back import contradicts, read_back
from steerclear.strategic.widest import turned


def contradictions(plan: Declared, known_places: Sequence[KnownPlace], now_s: float) -> Iterator[Finding]:
    """Every contradiction within a plan, volume by volume and then between its volumes."""
    if not plan.volumes:
        yield _finding(FindingKind.NOTHING_DECLARED, "it names no volume, so nothing of it can be compared")
    for number, volume in enumerate(plan.volumes):
        yield from _within_volume(number, volume)
    yield from _datums(plan.volumes)
    yield from _times(plan.volumes, now_s)
    yield from _two_limits(plan.volumes)
    yield from _words(plan, known_places)


def two_limits(one: Volume4D, other: Volume4D) -> bool:
    """Whether two volumes give one area, for some time, the same bound on one side and two on the other.

    Volumes stacked on each other share neither bound, and those that follow one another no time: that is no fault.
    """
    if outline(one) != outline(other) or max(one.from_s, other.from_s) >= min(one.until_s, other.until_s):
        return False
    return (one.lower_m == other.lower_m) != (one.upper_m == other.upper_m)


def outline(volume: Volume4D) -> CircleArea | frozenset[Position]:
    """What tells one area from another, wherever the list of its corners begins and whichever way it goes."""
    return volume.area if isinstance(volume.area, CircleArea) else frozenset(volume.area.vertices)


def _within_volume(number: int, volume: Volume4D) -> Iterator[Finding]:
    where = (number,)
    heights = [height_m for height_m in (volume.lower_m, volume.upper_m) if height_m is not None]
    if not all(isfinite(value) for value in (volume.from_s, volume.until_s, *heights)):
        yield _finding(FindingKind.NOT_A_SHAPE, "a time or height is not a finite number", where)
        return
    if volume.until_s < volume.from_s:
        yield _finding(FindingKind.END_BEFORE_START, "it ends before it begins", where)
    if len(heights) == 2 and heights[1] < heights[0]:
        yield _finding(
            FindingKind.UPPER_BELOW_LOWER,
            f"its upper limit, {heights[1]:,.0f} m, is below its lower one, {heights[0]:,.0f} m",
            where,
        )
    if heights and volume.altitude_datum is None:
        yield _finding(FindingKind.DATUM_MISSING, "its heights do not say what they are measured from", where)
    try:
        prepared(turned(volume))
    except VolumeError as fault:
        yield _finding(FindingKind.NOT_A_SHAPE, str(fault), where)


def _datums(volumes: tuple[Volume4D, ...]) -> Iterator[Finding]:
    named = sorted({volume.altitude_datum.value for volume in volumes if volume.altitude_datum is not None})
    if len(named) > 1:
        yield _finding(FindingKind.DATUM_MIXED, f"its volumes are measured from different surfaces: {', '.join(named)}")


def _times(volumes: tuple[Volume4D, ...], now_s: float) -> Iterator[Finding]:
    sound = [volume for volume in volumes if isfinite(volume.from_s) and isfinite(volume.until_s)]
    if not sound:
        return
    begins_s, ends_s = min(volume.from_s for volume in sound), max(volume.until_s for volume in sound)
    if ends_s < now_s:
        yield _finding(FindingKind.OVER_ALREADY, "all of it is in the past", from_s=begins_s, until_s=ends_s)
    if begins_s - now_s > MAX_AHEAD_S or ends_s - begins_s > MAX_AHEAD_S:
        days = MAX_AHEAD_S / 86_400.0
        yield _finding(
            FindingKind.TOO_FAR_AHEAD,
            f"it begins more than {days:.0f} days ahead or lasts longer than that; look at the dates again",
            from_s=begins_s,
            until_s=ends_s,
        )


def _two_limits(volumes: tuple[Volume4D, ...]) -> Iterator[Finding]:
    by_area: dict[CircleArea | frozenset[Position], list[int]] = {}
    for number, volume in enumerate(volumes):
        by_area.setdefault(outline(volume), []).append(number)
    for numbers in by_area.values():
        for first, second in combinations(numbers, 2):
            if two_limits(volumes[first], volumes[second]):
                said = f"one area at one time has {limits_said(volumes[first], volumes[second])}"
                yield _finding(FindingKind.TWO_LIMITS, said, (first, second))


def limits_said(one: Volume4D, other: Volume4D) -> str:
    """The two limits that contradict each other, in words."""
    side = "upper" if one.lower_m == other.lower_m else "lower"
    first_m, second_m = (one.upper_m, other.upper_m) if side == "upper" else (one.lower_m, other.lower_m)
    return f"two {side} limits: {_height(first_m)} and {_height(second_m)}"


def _height(height_m: float | None) -> str:
    return "none" if height_m is None else f"{height_m:,.0f} m"


def _words(plan: Declared, known_places: Sequence[KnownPlace]) -> Iterator[Finding]:
    for stated in plan.stated:
        told = f"{stated.distance_m / 1_000.0:,.1f} km, {stated.bearing_deg:03.0f} degrees from {stated.place}"
        try:
            wrong = contradicts(stated, known_places)
        except KeyError:
            yield Finding(
                kind=FindingKind.PLACE_UNKNOWN,
                weight=Weight.ADVICE,
                said=f"told as {told}, a place that is not known here; the coordinates stand unproven",
                where=stated.position,
                near=read_back(stated.position, known_places),
            )
            continue
        if wrong is not None:
            found = f"{wrong.distance_m / 1_000.0:,.1f} km, {wrong.bearing_deg:03.0f} degrees"
            yield Finding(
                kind=FindingKind.PLACE_MISMATCH,
                weight=Weight.CONTRADICTION,
                said=f"told as {told}, but the coordinates are {found} from there",
                where=stated.position,
                near=NearPlace(place=stated.place, distance_m=wrong.distance_m, bearing_deg=wrong.bearing_deg),
            )


def _finding(
    kind: FindingKind,
    said: str,
    volumes: tuple[int, ...] = (),
    from_s: float | None = None,
    until_s: float | None = None,
) -> Finding:
    return Finding(kind=kind, weight=Weight.CONTRADICTION, said=said, volumes=volumes, from_s=from_s, until_s=until_s)
