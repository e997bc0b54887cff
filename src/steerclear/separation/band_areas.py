"""Free bands against areas: polygons and circles with limits in height and time, which no path may touch.

Frame, manoeuvres and cells: `manoeuvres`; a ring of one vertex is a circle of radius `buffer_m`. Units: metres,
seconds.
Bounds: closed; the edge, both heights and both times belong to the area. Edges are straight in the plane; what that
costs belongs into `buffer_m`.
Conservative: a cell is free only if its reference path, and the stem up to the cell's end, keep farther from the area
than all that the paths of the cell depart from them, at the end of the lookahead. An own aircraft that is inside at the
beginning has no free cell; leave such an area out.
"""

from __future__ import annotations

from math import hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.separation.bands import ROUNDING_M, half_line
from steerclear.separation.compiling import inner_kernel, kernel
from steerclear.separation.manoeuvres import Stem, path_of, straight_stem

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


class Area(NamedTuple):
    """One area in the own aircraft's frame at time 0."""

    ring_m: Floats
    """Shape (vertices, 2)."""
    buffer_m: float
    lower_m: float
    """Above the own aircraft's present height."""
    upper_m: float
    opens_s: float
    closes_s: float


@inner_kernel
def point_to_segment(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Distance of a point from a segment."""
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    share = 0.0
    if square > 0.0:
        share = min(1.0, max(0.0, ((px - ax) * dx + (py - ay) * dy) / square))
    return hypot(px - ax - share * dx, py - ay - share * dy)


@inner_kernel
def segments_apart(ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float) -> float:
    """Distance of two segments; 0 where they cross."""
    one = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    two = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    three = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    four = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    if one * two < 0.0 and three * four < 0.0:
        return 0.0
    return min(
        point_to_segment(ax, ay, cx, cy, dx, dy),
        point_to_segment(bx, by, cx, cy, dx, dy),
        point_to_segment(cx, cy, ax, ay, bx, by),
        point_to_segment(dx, dy, ax, ay, bx, by),
    )


@inner_kernel
def touches(ax: float, ay: float, bx: float, by: float, ring: Floats, within: float) -> bool:
    """Whether a segment comes within a distance of a ring's inside."""
    inside = False
    for k in range(len(ring)):
        cx, cy = ring[k, 0], ring[k, 1]
        dx, dy = ring[(k + 1) % len(ring), 0], ring[(k + 1) % len(ring), 1]
        if segments_apart(ax, ay, bx, by, cx, cy, dx, dy) <= within:
            return True
        if (cy > ay) != (dy > ay) and ax < cx + (ay - cy) * (dx - cx) / (dy - cy):
            inside = not inside
    return inside


@inner_kernel
def leg_touches(
    x: float,
    y: float,
    z: float,
    vx: float,
    vy: float,
    vz: float,
    begin: float,
    lasts: float,
    ring: Floats,
    limits: Floats,
    more_h: float,
    more_v: float,
) -> bool:
    """Whether a leg of straight flight touches an area grown by `more`; limits: buffer, lower, upper, opens, closes."""
    first = max(0.0, limits[3] - begin)
    last = min(lasts, limits[4] - begin)
    first, last = half_line(z - limits[2] - more_v, -vz, first, last)
    first, last = half_line(limits[1] - more_v - z, vz, first, last)
    if first > last:
        return False
    return touches(x + vx * first, y + vy * first, x + vx * last, y + vy * last, ring, limits[0] + more_h)


@kernel
def _free_of(
    times: Floats,
    nodes: Floats,
    branch: Floats,
    velocity: Floats,
    spread: Floats,
    sag_h: float,
    sag_v: float,
    ring: Floats,
    limits: Floats,
    lookahead: float,
    free: Truths,
) -> None:
    for k in range(len(branch)):
        begin = times[k]
        left = lookahead - begin
        if left < 0.0:
            continue
        lasts = min(times[k + 1] - begin, left)
        if lasts > 0.0:
            whole = times[k + 1] - begin
            vx = (nodes[k + 1, 0] - nodes[k, 0]) / whole
            vy = (nodes[k + 1, 1] - nodes[k, 1]) / whole
            vz = (nodes[k + 1, 2] - nodes[k, 2]) / whole
            if leg_touches(nodes[k, 0], nodes[k, 1], nodes[k, 2], vx, vy, vz, begin, lasts, ring, limits, sag_h, sag_v):
                free[k:] = False
                return
        if free[k] and leg_touches(
            branch[k, 0],
            branch[k, 1],
            branch[k, 2],
            velocity[k, 0],
            velocity[k, 1],
            velocity[k, 2],
            begin,
            left,
            ring,
            limits,
            spread[k, 0] + spread[k, 1] * left,
            spread[k, 2] + spread[k, 3] * left,
        ):
            free[k] = False


def free_of_area(stem: Stem, area: Area, lookahead_s: float) -> Truths:
    """Which cells of a stem keep out of an area within the lookahead, shape (n,)."""
    free = np.ones(len(stem.branch_m), dtype=np.bool_)
    bounded = (max(area.lower_m, -1e9), min(area.upper_m, 1e9), max(area.opens_s, -1e9), min(area.closes_s, 1e9))
    _free_of(
        stem.times_s,
        stem.nodes_m,
        np.ascontiguousarray(stem.branch_m),
        stem.branch_mps,
        stem.spread,
        stem.sag_m[0],
        stem.sag_m[1],
        np.ascontiguousarray(area.ring_m, dtype=np.float64),
        np.array([area.buffer_m + ROUNDING_M, *bounded]),
        lookahead_s,
        free,
    )
    return free


def is_inside(area: Area) -> bool:
    """Whether the own aircraft is inside an area now."""
    return not bool(free_of_area(path_of(straight_stem(np.zeros(3))), area, 0.0)[-1])
