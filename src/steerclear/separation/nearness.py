"""Kernels that tell whether two footprints are within a distance of each other, and how far apart they are.

Frame: the planes of `geodesy.planes`; a footprint is its words and its ring in its own plane. A circle is its centre
with a radius; what is compared is the core, a ring or a point, and the radii are added to the distance asked for.
Units: metres. Symbols: a the footprint with the smaller reach, in whose plane both are looked at; b the other.
Bounds: closed. In the plane pairs of edges are passed over only where they are farther apart than the distance can be
stretched; those left are measured in a plane between them, so that the answer does not depend on the plane of a.
Source: projective geometry for crossings; `geodesy.geodesics` for lengths beyond FAR_M.
"""

from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import kernel
from steerclear.geodesy.geodesics import length_and_bearing
from steerclear.geodesy.planes import (
    FRONT,
    PLANE_WORDS,
    arc_of_chord,
    lift,
    on_ellipsoid,
    project,
    stretch,
    touch,
    turn,
)
from steerclear.geodesy.rings import inside, near_edges, square_gap

Floats = NDArray[np.float64]

TOUCHING_M: Final = 0.01
"""Footprints nearer than this touch: the precision that F3548-21 asks for."""

FAR_M: Final = 30_000.0
"""Beyond this, lengths come from the geodesic and nearest parts are found on it, not in a plane between."""

MOST_MEASURED: Final = 100_000
"""Pairs of edges measured before a comparison answers yes unmeasured (some 50 ms; only hostile figures need it)."""


@kernel
def length(ax: float, ay: float, az: float, bx: float, by: float, bz: float) -> float:
    """Return the length of the shortest path between two places."""
    near = arc_of_chord(ax, ay, az, bx, by, bz)
    if near < FAR_M:
        return near
    exact, _ = length_and_bearing(ax, ay, az, bx, by, bz)
    return near if np.isnan(exact) else exact


@kernel
def _between(ends: Floats, row: int, part: float) -> tuple[float, float, float]:
    a, b = ends[row], ends[row + 1]
    return on_ellipsoid(a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]), a[2] + part * (b[2] - a[2]))


@kernel
def _nearest_part(ends: Floats, row: int, x: float, y: float, z: float) -> float:
    # The square distance along a short edge is a parabola but for some millionths.
    squares = np.empty(3)
    for k in range(3):
        px, py, pz = _between(ends, row, 0.5 * k)
        squares[k] = length(px, py, pz, x, y, z) ** 2
    bend = squares[0] - 2.0 * squares[1] + squares[2]
    if bend <= 0.0:
        return 0.0 if squares[0] <= squares[2] else 1.0
    return float(min(max(0.5 + (squares[0] - squares[2]) / (4.0 * bend), 0.0), 1.0))


@kernel
def edge_distance(ends: Floats, s: float, t: float) -> float:
    """Return the distance of two short edges on the ellipsoid.

    Args:
        ends: the two ends of the one and the two of the other, Earth-centred, shape (4, 3).
        s: a guess which part (0..1) of the one is nearest.
        t: a guess which part of the other.
    """
    px, py, pz = _between(ends, 0, s)
    qx, qy, qz = _between(ends, 2, t)
    plane, flat = np.empty(PLANE_WORDS), np.empty((4, 2))
    mx, my, mz = on_ellipsoid(px + qx, py + qy, pz + qz)
    touch(mx, my, mz, plane)
    for k in range(4):
        flat[k, 0], flat[k, 1], _ = project(plane, ends[k, 0], ends[k, 1], ends[k, 2])
    gap, s, t = square_gap(
        flat[0, 0], flat[0, 1], flat[1, 0], flat[1, 1], flat[2, 0], flat[2, 1], flat[3, 0], flat[3, 1]
    )
    if gap == 0.0:
        return 0.0
    px, py, pz = lift(plane, flat[0, 0] + s * (flat[1, 0] - flat[0, 0]), flat[0, 1] + s * (flat[1, 1] - flat[0, 1]))
    qx, qy, qz = lift(plane, flat[2, 0] + t * (flat[3, 0] - flat[2, 0]), flat[2, 1] + t * (flat[3, 1] - flat[2, 1]))
    best = length(px, py, pz, qx, qy, qz)
    if best < FAR_M:
        return best
    for _ in range(3):
        s = _nearest_part(ends, 0, qx, qy, qz)
        px, py, pz = _between(ends, 0, s)
        t = _nearest_part(ends, 2, px, py, pz)
        qx, qy, qz = _between(ends, 2, t)
        best = min(best, length(px, py, pz, qx, qy, qz))
    return best


@kernel
def _covers(words: Floats, flat: Floats, x: float, y: float, z: float) -> bool:
    if flat.shape[1] < 3:
        return False
    px, py, w = project(words, x, y, z)
    return w > FRONT and inside(flat, flat.shape[1], px, py)


@kernel
def cores_meet(a: Floats, flat_a: Floats, b: Floats, flat_b: Floats) -> bool:
    """Return whether the first point of one core is inside the other; near an edge either answer may come."""
    ax, ay, az = lift(a, flat_a[0, 0], flat_a[1, 0])
    bx, by, bz = lift(b, flat_b[0, 0], flat_b[1, 0])
    return _covers(b, flat_b, ax, ay, az) or _covers(a, flat_a, bx, by, bz)


@kernel
def _edges_in(a: Floats, b: Floats, flat_b: Floats, box: Floats, edges: Floats) -> int:
    # b's edges that may be in the box, in a's plane: rows x, y, x, y. An edge that is not wholly in front of the plane
    # is shorter than the room between the box, at most 60 degrees away, and the plane's horizon.
    matrix = np.empty((3, 3))
    turn(b, a, matrix)
    count = flat_b.shape[1]
    found = 0
    last_x = last_y = last_w = 0.0
    for k in range(-1, count):
        at = k if k >= 0 else count - 1
        x, y = flat_b[0, at], flat_b[1, at]
        w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
        safe = w if w > FRONT else 1.0
        px = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / safe
        py = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / safe
        if k >= 0 and w > FRONT and last_w > FRONT:
            apart = max(px, last_x) < box[0] or min(px, last_x) > box[1]
            if not (apart or max(py, last_y) < box[2] or min(py, last_y) > box[3]):
                edges[0, found], edges[1, found], edges[2, found], edges[3, found] = last_x, last_y, px, py
                found += 1
        last_x, last_y, last_w = px, py, w
    return found


@kernel
def least_distance(a: Floats, flat_a: Floats, b: Floats, flat_b: Floats, enough_m: float, most_m: float) -> float:
    """Return the distance of two cores' edges if it is at most `most_m`, else infinity.

    Any distance of at most `enough_m` may be returned instead of the least. `a` has the smaller reach.
    """
    grown = stretch(a[14] - a[13] + most_m)
    far = most_m * grown
    count = flat_a.shape[1]
    box = np.empty(4)
    box[0], box[1] = flat_a[0].min() - far, flat_a[0].max() + far
    box[2], box[3] = flat_a[1].min() - far, flat_a[1].max() + far
    edges = np.empty((4, flat_b.shape[1]))
    found = _edges_in(a, b, flat_b, box, edges)
    if found == 0:
        return np.inf
    low_x, high_x = (
        min(edges[0, :found].min(), edges[2, :found].min()),
        max(edges[0, :found].max(), edges[2, :found].max()),
    )
    low_y, high_y = (
        min(edges[1, :found].min(), edges[3, :found].min()),
        max(edges[1, :found].max(), edges[3, :found].max()),
    )
    best = np.inf
    ends = np.empty((4, 3))
    measured = 0
    for k in range(count):
        n = k + 1 if k + 1 < count else 0
        px, py, qx, qy = flat_a[0, k], flat_a[1, k], flat_a[0, n], flat_a[1, n]
        if max(px, qx) + far < low_x or min(px, qx) - far > high_x:
            continue
        if max(py, qy) + far < low_y or min(py, qy) - far > high_y:
            continue
        j = near_edges(px, py, qx, qy, edges, 0, found, far)
        while j < found:
            gap, s, t = square_gap(px, py, qx, qy, edges[0, j], edges[1, j], edges[2, j], edges[3, j])
            if gap == 0.0:
                return 0.0
            if gap <= far * far:
                measured += 1
                if measured > MOST_MEASURED:
                    return min(best, most_m)
                ends[0, 0], ends[0, 1], ends[0, 2] = lift(a, px, py)
                ends[1, 0], ends[1, 1], ends[1, 2] = lift(a, qx, qy)
                ends[2, 0], ends[2, 1], ends[2, 2] = lift(a, edges[0, j], edges[1, j])
                ends[3, 0], ends[3, 1], ends[3, 2] = lift(a, edges[2, j], edges[3, j])
                best = min(best, edge_distance(ends, s, t))
                if best <= enough_m:
                    return best
                if best < most_m:
                    far = min(far, best * grown)
            j = near_edges(px, py, qx, qy, edges, j + 1, found, far)
    return best if best <= most_m else np.inf


@kernel
def apart_at_least(a: Floats, b: Floats) -> float:
    """Return a bound: two footprints are not nearer than this (metres; negative where they may overlap)."""
    dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return float(sqrt(dx * dx + dy * dy + dz * dz) - a[14] - b[14])


@kernel
def within(a: Floats, flat_a: Floats, b: Floats, flat_b: Floats, within_m: float) -> bool:
    """Return whether two footprints are within a distance of each other, or touch (TOUCHING_M)."""
    slack = max(TOUCHING_M, a[15] + b[15])
    if apart_at_least(a, b) > within_m + slack:
        return False
    limit = within_m + a[13] + b[13] + slack
    if flat_a.shape[1] == 1 and flat_b.shape[1] == 1:
        return bool(length(a[0], a[1], a[2], b[0], b[1], b[2]) <= limit)
    if cores_meet(a, flat_a, b, flat_b):
        return True
    if a[14] - a[13] <= b[14] - b[13]:
        return bool(least_distance(a, flat_a, b, flat_b, limit, limit) <= limit)
    return bool(least_distance(b, flat_b, a, flat_a, limit, limit) <= limit)


@kernel
def distance(a: Floats, flat_a: Floats, b: Floats, flat_b: Floats, most_m: float) -> float:
    """Return the distance of two footprints, 0 where they meet, if it is at most `most_m`, else a bound below it."""
    radii = a[13] + b[13]
    if flat_a.shape[1] == 1 and flat_b.shape[1] == 1:
        return float(max(0.0, length(a[0], a[1], a[2], b[0], b[1], b[2]) - radii))
    bound = apart_at_least(a, b)
    if bound > most_m:
        return bound
    if cores_meet(a, flat_a, b, flat_b):
        return 0.0
    if a[14] - a[13] <= b[14] - b[13]:
        least = least_distance(a, flat_a, b, flat_b, 0.0, most_m + radii)
    else:
        least = least_distance(b, flat_b, a, flat_a, 0.0, most_m + radii)
    return float(max(most_m, bound) if np.isinf(least) else max(0.0, least - radii))
