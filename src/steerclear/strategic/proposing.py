"""Later, at another level, to one side: proposals that move a whole plan, in whole seconds and metres.

Each search yields proposals whose volumes meet nothing any more, or a sentence that says why there is none. A
proposal still carries the check of the plan as it was; `resolve` puts its own in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor

from steerclear.model.plan_check import FindingKind, PlanCheck
from steerclear.model.resolution import ChangeKind, Resolution, ResolveLimits
from steerclear.model.volumes import Volume4D
from steerclear.strategic.changes import Shift, delayed, raised
from steerclear.strategic.declaring import FLYING
from steerclear.strategic.disruption import of_delay, of_lateral, of_level
from steerclear.strategic.marching import March

_POINTS: Sequence[tuple[str, float]] = (
    ("north", 0.0),
    ("north-east", 45.0),
    ("east", 90.0),
    ("south-east", 135.0),
    ("south", 180.0),
    ("south-west", 225.0),
    ("west", 270.0),
    ("north-west", 315.0),
)
_GROUND = "height above the ground was not looked at"


def delays(march: March, before: PlanCheck, limits: ResolveLimits) -> Iterator[Resolution | str]:
    """The first delays that clear a plan: one into each gap between what is in the way, the shortest first."""
    if march.plan.state in FLYING:
        yield "it is in use already"
        return
    most = floor(limits.max_delay_s)
    owed = [
        finding.time_required_s - finding.time_s
        for finding in before.findings
        if finding.kind is FindingKind.NOTICE_LATE
        and finding.time_s is not None
        and finding.time_required_s is not None
    ]
    begins = {0, *(ceil(late_s) for late_s in owed)}
    first = march.first_clear(delayed, most)
    begins |= set() if first is None else _ends_of_what_is_in_the_way(march, first, most)
    found: set[int] = set()
    for begin in sorted(begins):
        if len(found) >= limits.max_options:
            break
        delay_s = first if begin == 0 else march.first_clear(delayed, most, begin=begin)
        if not delay_s or delay_s in found:
            continue
        # A longer delay into the same gap is no option of its own, unless it mends the notice.
        if begin not in (0, *(ceil(late_s) for late_s in owed)) and _clear(march, delay_s - 1):
            continue
        found.add(delay_s)
        yield Resolution(
            kind=ChangeKind.DELAY,
            said=f"begin {duration_text(delay_s)} later",
            disruption=of_delay(delay_s),
            volumes=tuple(delayed(volume, delay_s) for volume in march.volumes),
            check=before,
            delay_s=float(delay_s),
        )


def _clear(march: March, delay_s: int) -> bool:
    return march.first_clear(delayed, delay_s, begin=delay_s) == delay_s


def _ends_of_what_is_in_the_way(march: March, after_s: int, most_s: int) -> set[int]:
    """The delays, beyond one, with which a volume of the plan would begin just after one that shares its place."""
    ends: set[int] = set()
    for other in march.situation.standing_against(march.plan):
        for there in other.volumes:
            for volume in march.volumes:
                delay_s = None if there is None else floor(there.until_s - volume.from_s) + 1
                if there is None or delay_s is None or not after_s < delay_s <= most_s or delay_s in ends:
                    continue
                if march.situation.meets(march.plan, delayed(volume, there.until_s - volume.from_s), other.it, there):
                    ends.add(delay_s)
    return ends


def levels(march: March, before: PlanCheck, limits: ResolveLimits) -> Iterator[Resolution | str]:
    """The smallest climb and the smallest descent of all of a plan."""
    if any(volume.lower_m is None or volume.upper_m is None for volume in march.volumes):
        yield "it has volumes without a lower or upper limit, which no change of level moves"
        return
    lowest_m = min(volume.lower_m for volume in march.volumes if volume.lower_m is not None)
    room = {1: floor(limits.max_level_m), -1: floor(min(limits.max_level_m, lowest_m - limits.lowest_m))}
    for side, word in ((1, "higher"), (-1, "lower")):
        if room[side] <= 0:
            continue

        def moved(volume: Volume4D, steps: int, side: int = side) -> Volume4D:
            return raised(volume, float(side * steps))

        by_m = march.first_clear(moved, room[side])
        if by_m:
            yield Resolution(
                kind=ChangeKind.LEVEL,
                said=f"{by_m:,} m {word}",
                disruption=of_level(by_m),
                volumes=tuple(moved(volume, by_m) for volume in march.volumes),
                check=before,
                level_m=float(side * by_m),
                note=_GROUND,
            )


def shifts(march: March, before: PlanCheck, limits: ResolveLimits) -> Iterator[Resolution | str]:
    """The smallest shifts of all of a plan, in eight directions."""
    most = floor(limits.max_lateral_m)
    shortest: list[int] = []
    for word, bearing_deg in _POINTS:
        shift = Shift(march.volumes, bearing_deg)

        def moved(volume: Volume4D, steps: int, shift: Shift = shift) -> Volume4D:
            return shift.moved(volume, float(steps))

        # A direction that is worse than enough others need not be followed to its end.
        enough = sorted(shortest)[limits.max_options - 1] if len(shortest) >= limits.max_options else most
        by_m = march.first_clear(moved, enough)
        if by_m:
            shortest.append(by_m)
            yield Resolution(
                kind=ChangeKind.LATERAL,
                said=f"{by_m:,} m to the {word}",
                disruption=of_lateral(by_m),
                volumes=tuple(moved(volume, by_m) for volume in march.volumes),
                check=before,
                lateral_m=float(by_m),
                bearing_deg=bearing_deg,
                note=f"what lies on the ground there and {_GROUND}",
            )


def duration_text(time_s: int) -> str:
    """A duration in words."""
    hours, minutes, seconds = time_s // 3_600, time_s // 60 % 60, time_s % 60
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
