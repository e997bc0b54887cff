"""From a route with tolerances to a chain of volumes that contains every flight within them.

What is contained: a flight that is at any moment t within the half-width (metres along the surface) of a point of the
route at which it may be at t, that is, a point whose time by one of the profiles, or between two of them, differs from
t by no more than the time tolerance; and whose height is within a band that holds there. A piece of the route, cut at
every waypoint, every change of band and at least every `longest_m` and `longest_s`, gives one volume: the polygon that
contains all within the half-width of the piece, the hull of its bands, the time from the earliest beginning to the
latest end. Neighbouring volumes share the whole circle around the point where they meet.

Units: metres, degrees, POSIX seconds. Source of the polygons: `geodesy.capsules`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.capsules import capsules
from steerclear.geodesy.faults import GeodesyError
from steerclear.geodesy.paths import destination, distance_and_bearing
from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.levels import Band, hull
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D

Floats = NDArray[np.float64]


class RouteLine(msgspec.Struct, frozen=True):
    """A route on the ground: its waypoints, and how far each lies along it."""

    latitudes_deg: tuple[float, ...]
    longitudes_deg: tuple[float, ...]
    along_m: tuple[float, ...]
    """0 for the first; rising."""

    @property
    def length_m(self) -> float:
        """From the first waypoint to the last."""
        return self.along_m[-1]

    def at(self, along_m: Floats) -> tuple[Floats, Floats]:
        """Latitudes and longitudes of points so far along the route."""
        along = np.asarray(self.along_m)
        leg = np.clip(np.searchsorted(along, along_m, side="right") - 1, 0, len(along) - 2)
        latitudes, longitudes = np.asarray(self.latitudes_deg), np.asarray(self.longitudes_deg)
        _, bearings = distance_and_bearing(latitudes[:-1], longitudes[:-1], latitudes[1:], longitudes[1:])
        return destination(latitudes[leg], longitudes[leg], bearings[leg], along_m - along[leg])


class Profile(msgspec.Struct, frozen=True):
    """When the flight is where: moments at distances along the route, straight lines between them."""

    along_m: tuple[float, ...]
    moments_s: tuple[float, ...]


class Stretch(msgspec.Struct, frozen=True):
    """The band within which the flight may be on a stretch of the route; stretches may overlap."""

    from_m: float
    until_m: float
    band: Band


def route_line(positions: Sequence[Position], places: Sequence[str]) -> RouteLine:
    """The line through positions.

    Args:
        positions: two or more.
        places: how each is named in an error.

    Raises:
        PlanFileError: names the waypoint that is one with its predecessor, or too far from it.
    """
    latitudes = np.array([each.latitude_deg for each in positions])
    longitudes = np.array([each.longitude_deg for each in positions])
    if len(positions) < 2:
        raise PlanFileError(places[0] if places else "", "a route needs two waypoints or more")
    try:
        legs_m, _ = distance_and_bearing(latitudes[:-1], longitudes[:-1], latitudes[1:], longitudes[1:])
    except GeodesyError as fault:
        raise PlanFileError(f"{places[0]} to {places[-1]}", f"{fault}; add waypoints between them") from None
    for index, leg_m in enumerate(legs_m, start=1):
        if leg_m < limits.MIN_LEG_M:
            raise PlanFileError(
                places[index], "is the same place as the waypoint before it; leave it out, or write an orbit to wait"
            )
        if leg_m > limits.MAX_LEG_M:
            raise PlanFileError(
                places[index],
                f"is {leg_m / 1000.0:,.0f} km from the waypoint before it; at most {limits.MAX_LEG_M / 1000.0:,.0f} km",
            )
    along_m = np.concatenate([[0.0], np.cumsum(legs_m)])
    if along_m[-1] > limits.MAX_ROUTE_M:
        raise PlanFileError(places[-1], f"the route is over {limits.MAX_ROUTE_M / 1000.0:,.0f} km long; split it")
    return RouteLine(tuple(latitudes.tolist()), tuple(longitudes.tolist()), tuple(along_m.tolist()))


def chain(
    line: RouteLine,
    profiles: Sequence[Profile],
    stretches: Sequence[Stretch],
    *,
    half_width_m: float,
    time_tolerance_s: float,
    longest_m: float = limits.LONGEST_PIECE_M,
    longest_s: float = limits.LONGEST_PIECE_S,
) -> tuple[Volume4D, ...]:
    """The chain of volumes, in the order of flight; what it contains stands above.

    Args:
        line: the route.
        profiles: one or more; where they differ, everything between the earliest and the latest is contained.
        stretches: together over the whole route.
        half_width_m: how far from the route the flight may be.
        time_tolerance_s: how much earlier or later.
        longest_m: length of a piece.
        longest_s: time in which a piece is flown; stretched where it would make more than MAX_PIECES.

    Raises:
        PlanFileError: it takes longer than MAX_DURATION_S, or more than MAX_VOLUMES pieces.
    """
    marks = _cuts(line, profiles, stretches, longest_m, longest_s)
    if len(marks) - 1 > limits.MAX_VOLUMES:
        raise PlanFileError("route", f"makes {len(marks) - 1:,} volumes; at most {limits.MAX_VOLUMES:,}; split it")
    moments = np.stack([np.interp(marks, each.along_m, each.moments_s) for each in profiles])
    earliest = moments.min(axis=0)[:-1] - time_tolerance_s
    latest = moments.max(axis=0)[1:] + time_tolerance_s
    if latest[-1] - earliest[0] > limits.MAX_DURATION_S:
        days = limits.MAX_DURATION_S / 86_400.0
        raise PlanFileError("route", f"takes longer than {days:g} days at this speed; check speed and waypoints")
    latitudes, longitudes = line.at(marks)
    ring = capsules(latitudes[:-1], longitudes[:-1], latitudes[1:], longitudes[1:], half_width_m)
    volumes = []
    for index, (begin_m, end_m) in enumerate(pairwise(marks.tolist())):
        band = hull([each.band for each in stretches if each.from_m < end_m and each.until_m > begin_m])
        area = PolygonArea(vertices=positions_of(ring[0][index], ring[1][index]))
        volumes.append(volume_of(area, band, float(earliest[index]), float(latest[index])))
    return tuple(volumes)


def _cuts(
    line: RouteLine, profiles: Sequence[Profile], stretches: Sequence[Stretch], longest_m: float, longest_s: float
) -> Floats:
    """Where the route is cut: distances along it, rising, from 0 to its length."""
    fixed = {*line.along_m, *(edge for each in stretches for edge in (each.from_m, each.until_m))}
    fixed |= {mark for each in profiles for mark in each.along_m}
    marks = np.array(sorted(mark for mark in fixed if 0.0 <= mark <= line.length_m))
    # Cuts nearer than a centimetre to the one before would make pieces without a direction.
    marks = marks[np.concatenate([[True], np.diff(marks) > limits.MIN_LEG_M / 2.0])]
    marks[-1] = line.length_m
    moments = np.interp(marks, profiles[0].along_m, profiles[0].moments_s)
    total_s = float(moments[-1] - moments[0])
    longest_s = max(longest_s, total_s / limits.MAX_PIECES)
    pieces = [marks[:1]]
    for begin_m, end_m, took_s in zip(marks[:-1], marks[1:], np.diff(moments), strict=True):
        count = max(1, math.ceil((end_m - begin_m) / longest_m), math.ceil(took_s / longest_s - 1e-9))
        pieces.append(np.linspace(begin_m, end_m, min(count, limits.MAX_VOLUMES + 1) + 1)[1:])
    return np.concatenate(pieces)


def positions_of(latitudes_deg: Floats, longitudes_deg: Floats) -> tuple[Position, ...]:
    """Positions of two arrays."""
    pairs = zip(latitudes_deg.tolist(), longitudes_deg.tolist(), strict=True)
    return tuple(Position(latitude_deg=latitude, longitude_deg=longitude) for latitude, longitude in pairs)


def volume_of(area: CircleArea | PolygonArea, band: Band, from_s: float, until_s: float) -> Volume4D:
    """A volume over an area within a band."""
    known = band.lower or band.upper
    return Volume4D(
        area=area,
        lower_m=None if band.lower is None else band.lower.height_m,
        upper_m=None if band.upper is None else band.upper.height_m,
        altitude_datum=None if known is None else known.datum,
        from_s=from_s,
        until_s=until_s,
    )
