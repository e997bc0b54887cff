"""Less of a plan: volumes that begin later, end earlier, reach less far up or down, or are left out.

Each volume in the way is trimmed by itself, in whole seconds or metres, no more than it takes. Four options draw in the
same bound of each, one takes for each volume the bound that costs it least; only volumes that meet something change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import floor
from typing import Final

from steerclear.model.plan_check import PlanCheck
from steerclear.model.resolution import ChangeKind, Resolution, ResolveLimits, Trim, TrimmedEdge
from steerclear.model.volumes import Volume4D
from steerclear.strategic.changes import trimmed, with_trims
from steerclear.strategic.disruption import of_trims, share_lost
from steerclear.strategic.marching import March

_EDGES: Final = (TrimmedEdge.END, TrimmedEdge.START, TrimmedEdge.TOP, TrimmedEdge.BOTTOM)
_APART: Final = "whether the parts still join up was not looked at"


def trims(march: March, before: PlanCheck, limits: ResolveLimits) -> Iterator[Resolution | str]:
    """Trims that clear a plan: one bound for all volumes in the way, or the cheapest for each."""
    in_the_way = _in_the_way(march)
    if not in_the_way:
        return
    by_edge = {edge: _trim_each(march, in_the_way, edge, limits) for edge in _EDGES}
    seen: set[tuple[Trim, ...]] = set()
    for chosen in (*(tuple(by_edge[edge].values()) for edge in _EDGES), _cheapest(march, in_the_way, by_edge)):
        if len(chosen) == len(in_the_way) and chosen not in seen:
            seen.add(chosen)
            yield _resolution(march, before, ChangeKind.TRIM, chosen)


def drops(march: March, before: PlanCheck, _: ResolveLimits) -> Iterator[Resolution | str]:
    """The plan without the volumes that are in the way; nothing is left where all of them are."""
    in_the_way = _in_the_way(march)
    if len(in_the_way) == len(march.volumes):
        yield "every volume of it is in the way"
    elif in_the_way:
        chosen = tuple(Trim(volume=number, edge=TrimmedEdge.WHOLE) for number in in_the_way)
        yield _resolution(march, before, ChangeKind.DROP, chosen)


def _in_the_way(march: March) -> list[int]:
    return sorted({obstacle.volume for obstacle in march.obstacles(march.volumes)})


def _trim_each(march: March, numbers: list[int], edge: TrimmedEdge, limits: ResolveLimits) -> dict[int, Trim]:
    """For each volume, how far this bound must be drawn in; a volume that cannot be cleared so is not among them."""
    found: dict[int, Trim] = {}
    for number in numbers:
        most = _most(march.volumes[number], edge, limits)
        if most <= 0:
            continue
        steps = march.first_clear(_drawn_in(number, edge), most, only=number)
        if steps:
            found[number] = _trim(number, edge, steps)
    return found


def _most(volume: Volume4D, edge: TrimmedEdge, limits: ResolveLimits) -> int:
    """The steps by which a bound can be drawn in so that enough of the volume is left."""
    if edge in (TrimmedEdge.START, TrimmedEdge.END):
        return floor(volume.until_s - volume.from_s - limits.least_left_s)
    if (volume.upper_m if edge is TrimmedEdge.TOP else volume.lower_m) is None:
        return 0
    if volume.lower_m is None or volume.upper_m is None:
        return floor(limits.max_level_m)
    return floor(volume.upper_m - volume.lower_m - limits.least_left_m)


def _trim(number: int, edge: TrimmedEdge, steps: int) -> Trim:
    if edge in (TrimmedEdge.START, TrimmedEdge.END):
        return Trim(volume=number, edge=edge, by_s=float(steps))
    return Trim(volume=number, edge=edge, by_m=float(steps))


def _drawn_in(number: int, edge: TrimmedEdge) -> Callable[[Volume4D, int], Volume4D]:
    return lambda volume, steps: trimmed(volume, _trim(number, edge, steps))


def _cheapest(march: March, numbers: list[int], by_edge: dict[TrimmedEdge, dict[int, Trim]]) -> tuple[Trim, ...]:
    chosen = []
    for number in numbers:
        ways = [by_edge[edge][number] for edge in _EDGES if number in by_edge[edge]]
        if ways:
            chosen.append(min(ways, key=lambda way: share_lost(way, march.volumes[way.volume])))
    return tuple(chosen)


def _resolution(march: March, before: PlanCheck, kind: ChangeKind, chosen: tuple[Trim, ...]) -> Resolution:
    return Resolution(
        kind=kind,
        said="; ".join(_said(trim) for trim in chosen),
        disruption=of_trims(chosen, march.volumes),
        trims=chosen,
        volumes=with_trims(march.volumes, chosen),
        check=before,
        note=_APART if len(march.volumes) > 1 else "",
    )


def _said(trim: Trim) -> str:
    name = f"volume {trim.volume + 1}"
    match trim.edge:
        case TrimmedEdge.START:
            return f"{name} begins {trim.by_s:,.0f} s later"
        case TrimmedEdge.END:
            return f"{name} ends {trim.by_s:,.0f} s earlier"
        case TrimmedEdge.TOP:
            return f"{name} reaches {trim.by_m:,.0f} m less high"
        case TrimmedEdge.BOTTOM:
            return f"{name} begins {trim.by_m:,.0f} m higher"
        case TrimmedEdge.WHOLE:
            return f"without {name}"
