"""Areas that a USS watches: boxes in latitude, longitude and time that subscriptions of its own are made over.

Frame: WGS84 degrees; POSIX seconds; every height. Bounds: closed. A box holds a plan only where it holds it by more
than the shortest paths between its corners leave the parallels, so a DSS that looks exactly agrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from steerclear.model.volumes import PolygonArea, Position, Volume4D
from steerclear.services.uss.airspace import extent_of
from steerclear.services.uss.surroundings import MAX_BOX_LATITUDE_DEG, outermost

MAX_SIDE_DEG: Final = 0.4
"""Longest side of an area: 2,000 square kilometres at the equator, of the 2,500 that a DSS takes."""
MARGIN_DEG: Final = 0.05
"""How far a new area reaches beyond the plan it is made for, so that the next plan near it needs none of its own."""
MAX_SPAN_S: Final = 86_400.0 - 60.0
"""A subscription lasts a day at most; a minute less, for the difference of the clocks."""
LATE_S: Final = 240.0
"""A subscription may begin so long ago, for a plan that began a moment ago; a DSS takes five minutes."""
_INSET_DEG: Final = 0.002
_ROUNDING_S: Final = 0.001
"""Times that go over the wire come back rounded; a DSS allows for it too."""


class WatchedArea(msgspec.Struct, frozen=True, kw_only=True):
    """A box, and from when to when it is watched."""

    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float
    from_s: float
    until_s: float


def area_of(volumes: Sequence[Volume4D]) -> WatchedArea | None:
    """The box around volumes; None where no box of the size allowed holds them, at the antimeridian and near a pole."""
    points = [point for volume in volumes for point in outermost(volume.area)]
    south, north = min(point[0] for point in points), max(point[0] for point in points)
    west, east = min(point[1] for point in points), max(point[1] for point in points)
    from_s, until_s = extent_of(tuple(volumes))
    area = WatchedArea(south_deg=south, west_deg=west, north_deg=north, east_deg=east, from_s=from_s, until_s=until_s)
    return area if _allowed(area, 2 * _INSET_DEG) else None


def new_area(plan: WatchedArea, now_s: float, watch_s: float) -> WatchedArea | None:
    """What is to be watched for a plan that no area holds: from now on; None where that cannot be for a day at most."""
    from_s = min(now_s, plan.from_s)
    if from_s < now_s - LATE_S or plan.until_s > from_s + MAX_SPAN_S:
        return None
    until_s = min(max(plan.until_s, now_s + watch_s), from_s + MAX_SPAN_S)
    wide = _grown(plan, MARGIN_DEG)
    area = wide if _allowed(wide) else _grown(plan, 2 * _INSET_DEG)
    return msgspec.structs.replace(area, from_s=from_s, until_s=until_s)


def holds(area: WatchedArea, plan: WatchedArea) -> bool:
    """Whether an area holds a plan in place and time."""
    inner = _grown(plan, _INSET_DEG)
    placed = area.south_deg <= inner.south_deg and inner.north_deg <= area.north_deg
    placed = placed and area.west_deg <= inner.west_deg and inner.east_deg <= area.east_deg
    return placed and area.from_s <= plan.from_s + _ROUNDING_S and plan.until_s <= area.until_s + _ROUNDING_S


def widened(area: WatchedArea, plan: WatchedArea) -> WatchedArea | None:
    """The area with room for a plan too; None where it would be too large, last too long, or the plan began before."""
    until_s = max(area.until_s, plan.until_s)
    if plan.from_s < area.from_s or until_s > area.from_s + MAX_SPAN_S:
        return None
    inner = _grown(plan, 2 * _INSET_DEG)
    wider = WatchedArea(
        south_deg=min(area.south_deg, inner.south_deg),
        west_deg=min(area.west_deg, inner.west_deg),
        north_deg=max(area.north_deg, inner.north_deg),
        east_deg=max(area.east_deg, inner.east_deg),
        from_s=area.from_s,
        until_s=until_s,
    )
    return wider if _allowed(wider) else None


def renewed(area: WatchedArea, until_s: float, now_s: float) -> WatchedArea:
    """The area, watched for longer; from now on where it would otherwise last more than a day."""
    from_s = area.from_s if until_s <= area.from_s + MAX_SPAN_S else now_s
    return msgspec.structs.replace(area, from_s=from_s, until_s=min(until_s, from_s + MAX_SPAN_S))


def as_volume(area: WatchedArea) -> Volume4D:
    """The area as it is subscribed to."""
    places = (
        (area.south_deg, area.west_deg),
        (area.south_deg, area.east_deg),
        (area.north_deg, area.east_deg),
        (area.north_deg, area.west_deg),
    )
    vertices = tuple(Position(latitude_deg=latitude, longitude_deg=longitude) for latitude, longitude in places)
    return Volume4D(
        area=PolygonArea(vertices=vertices),
        lower_m=None,
        upper_m=None,
        altitude_datum=None,
        from_s=area.from_s,
        until_s=area.until_s,
    )


def _grown(area: WatchedArea, by_deg: float) -> WatchedArea:
    return msgspec.structs.replace(
        area,
        south_deg=area.south_deg - by_deg,
        west_deg=area.west_deg - by_deg,
        north_deg=area.north_deg + by_deg,
        east_deg=area.east_deg + by_deg,
    )


def _allowed(area: WatchedArea, more_deg: float = 0.0) -> bool:
    tall, wide = area.north_deg - area.south_deg, area.east_deg - area.west_deg
    small = max(tall, wide) + 2 * more_deg <= MAX_SIDE_DEG
    low = max(-area.south_deg, area.north_deg) + more_deg <= MAX_BOX_LATITUDE_DEG
    return small and low and area.west_deg - more_deg >= -180.0 and area.east_deg + more_deg <= 180.0
