"""A velocity for aircraft that report none, from their last positions.

Each component is the median of the rates between successive positions: one position that is wrong makes two wrong
rates, of opposite sign, which the median of the others outvotes. Frame: local east, north, up at the last position.
Units: degrees, metres, seconds, m/s. With a single position the aircraft is taken to stand still.
"""

from __future__ import annotations

from itertools import pairwise
from math import cos, isnan, nan, radians
from statistics import median

from steerclear.geodesy.wgs84 import MEAN_RADIUS_M
from steerclear.model.track import TrackReport
from steerclear.tactical.limits import MAX_HISTORY, MAX_SPEED_MPS
from steerclear.tactical.table import TrackNames

_LONGEST_GAP_S = 120.0
_SHORTEST_GAP_S = 0.5
"""Positions closer in time than this give rates of their rounding, not of the aircraft."""


def estimate(names: TrackNames, report: TrackReport) -> tuple[float, float, float]:
    """Add the report's position to the track's history and return (east_mps, north_mps, up_mps).

    Only one source's positions are compared with each other: the offset between two sources is not a movement.
    """
    history = names.history
    if report.source != names.history_source:
        if history and report.time_s - history[-1][0] <= _LONGEST_GAP_S:
            return rates(history)
        names.history_source = report.source
        history.clear()
    if history and report.time_s - history[-1][0] > _LONGEST_GAP_S:
        history.clear()
    if history and report.time_s - history[-1][0] < _SHORTEST_GAP_S:
        return rates(history)
    altitude = report.pressure_altitude_m
    if altitude is None:
        altitude = report.ellipsoid_altitude_m
    history.append((report.time_s, report.latitude_deg, report.longitude_deg, nan if altitude is None else altitude))
    if len(history) > MAX_HISTORY:
        del history[0]
    return rates(history)


def rates(history: list[tuple[float, float, float, float]]) -> tuple[float, float, float]:
    """The median rate of change of (time, latitude, longitude, altitude) rows that ascend in time."""
    east, north, up = [], [], []
    for (t0, lat0, lon0, alt0), (t1, lat1, lon1, alt1) in pairwise(history):
        seconds = t1 - t0
        around = (lon1 - lon0 + 180.0) % 360.0 - 180.0
        metres_per_radian = MEAN_RADIUS_M / seconds
        north.append(radians(lat1 - lat0) * metres_per_radian)
        east.append(radians(around) * metres_per_radian * cos(radians(lat1)))
        climb = (alt1 - alt0) / seconds
        if not isnan(climb):
            up.append(climb)
    return _middle(east), _middle(north), _middle(up)


def _middle(component: list[float]) -> float:
    return min(max(median(component), -MAX_SPEED_MPS), MAX_SPEED_MPS) if component else 0.0
