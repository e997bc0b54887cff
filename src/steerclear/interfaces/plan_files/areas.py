"""Areas of a file, checked: polygons without holes, circles, and the corridor around a line."""

from __future__ import annotations

from collections.abc import Sequence

from steerclear.geodesy.capsules import capsules
from steerclear.geodesy.faults import GeodesyError
from steerclear.geodesy.paths import distance_and_bearing
from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.chain import positions_of, route_line
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.model.volumes import CircleArea, PolygonArea, Position


def polygon_area(vertices: Sequence[Position], place: str) -> PolygonArea:
    """A polygon of the vertices, its first one not repeated at the end.

    Raises:
        PlanFileError: too many or too few vertices, a vertex twice, edges that cross, no area, too large.
    """
    from steerclear.geodesy.footprints import polygon_footprint  # noqa: PLC0415 after the limits

    if len(vertices) > limits.MAX_VERTICES:
        raise PlanFileError(place, f"has {len(vertices):,} vertices; at most {limits.MAX_VERTICES:,} are allowed")
    if len(vertices) < 3:
        raise PlanFileError(place, f"has {len(vertices)} vertices; a polygon needs three or more")
    try:
        polygon_footprint([each.latitude_deg for each in vertices], [each.longitude_deg for each in vertices])
    except GeodesyError as fault:
        raise PlanFileError(place, str(fault)) from None
    return PolygonArea(vertices=tuple(vertices))


def circle_area(centre: Position, radius_m: float, place: str) -> CircleArea:
    """A circle. Raises PlanFileError as `polygon_area`."""
    from steerclear.geodesy.footprints import circle_footprint  # noqa: PLC0415 as above

    try:
        circle_footprint(centre.latitude_deg, centre.longitude_deg, radius_m)
    except GeodesyError as fault:
        raise PlanFileError(place, str(fault)) from None
    return CircleArea(centre=centre, radius_m=radius_m)


def corridor(positions: Sequence[Position], half_width_m: float, place: str) -> tuple[PolygonArea, ...]:
    """Polygons that together contain everything within a distance of a line.

    Raises:
        PlanFileError: too many vertices, or as `chain.route_line`.
    """
    import numpy as np  # noqa: PLC0415 as above

    if len(positions) > limits.MAX_WAYPOINTS:
        raise PlanFileError(place, f"has {len(positions):,} points; at most {limits.MAX_WAYPOINTS:,} are allowed")
    line = route_line(positions, [f"{place}[{index}]" for index in range(len(positions))])
    marks = [0.0]
    for begin_m, end_m in zip(line.along_m[:-1], line.along_m[1:], strict=True):
        count = int(-(-(end_m - begin_m) // limits.LONGEST_PIECE_M))
        if len(marks) + count > limits.MAX_VOLUMES:
            raise PlanFileError(place, f"makes more than {limits.MAX_VOLUMES:,} volumes; split it")
        marks += [begin_m + (end_m - begin_m) * step / count for step in range(1, count + 1)]
    latitudes, longitudes = line.at(np.array(marks))
    ring = capsules(latitudes[:-1], longitudes[:-1], latitudes[1:], longitudes[1:], half_width_m)
    return tuple(PolygonArea(vertices=positions_of(*each)) for each in zip(*ring, strict=True))


def open_ring(points: list[Position], place: str) -> list[Position]:
    """The vertices of a ring that repeats its first position at the end, without that.

    Raises:
        PlanFileError: the ring is not closed.
    """
    if len(points) < 4:
        raise PlanFileError(place, f"has {len(points)} positions; a ring has four or more, the last equal to the first")
    if not _same(points[0], points[-1]):
        raise PlanFileError(place, "is not closed: its last position must equal its first")
    return points[:-1]


def _same(one: Position, other: Position) -> bool:
    apart = abs(one.longitude_deg - other.longitude_deg)
    return one.latitude_deg == other.latitude_deg and apart in (0.0, 360.0)


def distance_m(one: Position, other: Position) -> float:
    """The length of the shortest path between two positions."""
    return float(distance_and_bearing(one.latitude_deg, one.longitude_deg, other.latitude_deg, other.longitude_deg)[0])
