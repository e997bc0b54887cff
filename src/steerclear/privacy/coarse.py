"""Items told coarsely: circles on a fixed grid that contain the volume, with times and heights widened to fixed steps.

Frame: WGS84, degrees and metres; times POSIX UTC seconds. Every result contains what it was made from: whoever checks
against it may see a conflict too many, never one too few. Circles, because they are as good over a pole and across
the antimeridian as anywhere else. The grid and the steps are fixed, so two declarations of one flight cannot be
laid over each other to find it; what can still be told from them is where it is to about 10 km.

A polygon lies inside a circle that holds its vertices: a geodesic disc far smaller than a hemisphere is convex. The
radius has 0.1 % and 1 m to spare for what the ellipsoid and rounding do to that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from steerclear.geodesy.faults import GeodesyError
from steerclear.geodesy.paths import distance_and_bearing
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.privacy.limits import (
    COARSE_GRID_DEG,
    COARSE_HEIGHT_STEP_M,
    COARSE_RADIUS_STEP_M,
    COARSE_TIME_STEP_S,
    MAX_COARSE_RADIUS_M,
)

_SPARE: Final = 1.001
_SPARE_M: Final = 1.0


class CoarseError(ValueError):
    """The volume cannot be told coarsely; the text says what to do."""


def coarse_window(from_s: float, until_s: float) -> tuple[float, float]:
    """The window widened to full steps; what lies on a step stays there."""
    step_s = COARSE_TIME_STEP_S
    return math.floor(from_s / step_s) * step_s, math.ceil(until_s / step_s) * step_s


def coarse_volume(volume: Volume4D) -> Volume4D:
    """A volume of the grid that contains `volume`. Raises CoarseError for one wider than 500 km around its middle."""
    from_s, until_s = coarse_window(volume.from_s, volume.until_s)
    step_m = COARSE_HEIGHT_STEP_M
    return Volume4D(
        area=coarse_area(volume.area),
        lower_m=None if volume.lower_m is None else math.floor(volume.lower_m / step_m) * step_m,
        upper_m=None if volume.upper_m is None else math.ceil(volume.upper_m / step_m) * step_m,
        altitude_datum=volume.altitude_datum,
        from_s=from_s,
        until_s=until_s,
    )


def coarse_volumes(volumes: Sequence[Volume4D]) -> tuple[Volume4D, ...]:
    """Volumes of the grid that contain all of `volumes`, none twice. Raises CoarseError."""
    return tuple(dict.fromkeys(coarse_volume(volume) for volume in volumes))


def coarse_area(area: CircleArea | PolygonArea) -> CircleArea:
    """A circle of the grid that contains an area. Raises CoarseError."""
    points = (area.centre,) if isinstance(area, CircleArea) else area.vertices
    own_m = area.radius_m if isinstance(area, CircleArea) else 0.0
    centre = _on_grid(_middle(points))
    try:
        away_m, _ = distance_and_bearing(
            centre.latitude_deg,
            centre.longitude_deg,
            [point.latitude_deg for point in points],
            [point.longitude_deg for point in points],
        )
    except GeodesyError:
        raise _too_wide() from None
    needed_m = (float(away_m.max()) + own_m) * _SPARE + _SPARE_M
    radius_m = math.ceil(needed_m / COARSE_RADIUS_STEP_M) * COARSE_RADIUS_STEP_M
    if radius_m > MAX_COARSE_RADIUS_M:
        raise _too_wide()
    return CircleArea(centre=centre, radius_m=radius_m)


def _too_wide() -> CoarseError:
    return CoarseError(
        f"an area reaches farther than {MAX_COARSE_RADIUS_M / 1_000.0:,.0f} km from its middle: declare it in parts"
    )


def _middle(points: Sequence[Position]) -> Position:
    """Some point in the midst of all; any would do, a good one gives a small circle."""
    x = y = z = 0.0
    for point in points:
        latitude, longitude = math.radians(point.latitude_deg), math.radians(point.longitude_deg)
        x += math.cos(latitude) * math.cos(longitude)
        y += math.cos(latitude) * math.sin(longitude)
        z += math.sin(latitude)
    return Position(
        latitude_deg=math.degrees(math.atan2(z, math.hypot(x, y))), longitude_deg=math.degrees(math.atan2(y, x))
    )


def _on_grid(point: Position) -> Position:
    rows = round(90.0 / COARSE_GRID_DEG)
    latitude_deg = max(-rows, min(rows, round(point.latitude_deg / COARSE_GRID_DEG))) * 90.0 / rows
    steps = max(1, math.floor(4 * rows * math.cos(math.radians(latitude_deg))))
    longitude_deg = round(point.longitude_deg * steps / 360.0) * 360.0 / steps
    return Position(latitude_deg=latitude_deg, longitude_deg=min(180.0, max(-180.0, longitude_deg)))
