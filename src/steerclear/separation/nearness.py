"""Kernels that tell whether two footprints are within a distance of each other, and how far apart they are.

Frame: the planes of `geodesy.planes`; a footprint is its words and its ring in its own plane, `count` points from
`first` of flat coordinates. A circle is its centre with a radius; what is compared is the core, a ring or a point, and
the radii are added to the distance asked for. Units: metres.
Symbols: a the footprint with the smaller reach, in whose plane both are looked at; b the other.
Bounds: closed. In the plane pairs of edges are passed over only where they are farther apart than the distance can be
stretched; those left are estimated from the nearest parts in the plane, and where that does not decide, measured in a
plane between them, so that the answer does not depend on the plane of a.
Source: projective geometry for crossings; `edge_distance` for the rest.
"""

from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import inner_kernel, kernel
from steerclear.geodesy.planes import FRONT, SHRINK, lift, project, stretch, turn
from steerclear.geodesy.rings import enclose, inside, near_edges, square_gap
from steerclear.geodesy.wgs84 import SEMI_MINOR_M
from steerclear.separation.edge_distance import edge_distance, length

Floats = NDArray[np.float64]

TOUCHING_M: Final = 0.01
"""Footprints nearer than this touch: the precision that F3548-21 asks for."""

MOST_EFFORT: Final = 1_500_000
"""Pairs of edges estimated (and a tenth as many measured) before a comparison gives up and answers towards yes: some
150 ms. Only figures made to be slow need as many."""

_MEASURING: Final = 10
_CLOSE_M: Final = 1e-4
"""An estimate this good needs no measuring."""


@inner_kernel
def _covers(words: Floats, flat: Floats, first: int, count: int, x: float, y: float, z: float) -> bool:
    if count < 3:
        return False
    px, py, w = project(words, x, y, z)
    return w > FRONT and inside(flat, first, count, px, py)


@inner_kernel
def _box_of_other(a: Floats, b: Floats, most_m: float, box: Floats) -> None:
    # A box in b's plane that holds all places within most_m of a's core; without bounds where a is far from b's middle.
    px, py, w = project(b, a[0], a[1], a[2])
    dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    # An arc of less than a right angle is at most pi / (2 sqrt(2)) times its chord.
    away = 1.12 * sqrt(dx * dx + dy * dy + dz * dz) + a[14] - a[13] + most_m
    half = (a[14] - a[13] + most_m) * stretch(away) if w > FRONT and away < 8_000_000.0 else np.inf
    box[0], box[1], box[2], box[3] = px - half, px + half, py - half, py + half


@inner_kernel
def _edges_in(a: Floats, b: Floats, flat_b: Floats, first: int, box: Floats, other: Floats, edges: Floats) -> int:
    # b's edges that may be in both boxes, the one in a's plane and the other in b's; in a's plane: rows x, y, x, y.
    # An edge that is not wholly in front of the plane is far from the box, which is at most 60 degrees away.
    matrix = np.empty((3, 3))
    turn(b, a, matrix)
    count = edges.shape[1]
    found = 0
    bx, by = flat_b[0, first + count - 1], flat_b[1, first + count - 1]
    for k in range(first, first + count):
        ax, ay = bx, by
        bx, by = flat_b[0, k], flat_b[1, k]
        if max(ax, bx) < other[0] or min(ax, bx) > other[1] or max(ay, by) < other[2] or min(ay, by) > other[3]:
            continue
        v = matrix[2, 0] * ax + matrix[2, 1] * ay + matrix[2, 2]
        w = matrix[2, 0] * bx + matrix[2, 1] * by + matrix[2, 2]
        if v <= FRONT or w <= FRONT:
            continue
        px = (matrix[0, 0] * ax + matrix[0, 1] * ay + matrix[0, 2]) / v
        py = (matrix[1, 0] * ax + matrix[1, 1] * ay + matrix[1, 2]) / v
        qx = (matrix[0, 0] * bx + matrix[0, 1] * by + matrix[0, 2]) / w
        qy = (matrix[1, 0] * bx + matrix[1, 1] * by + matrix[1, 2]) / w
        if max(px, qx) < box[0] or min(px, qx) > box[1] or max(py, qy) < box[2] or min(py, qy) > box[3]:
            continue
        edges[0, found], edges[1, found], edges[2, found], edges[3, found] = px, py, qx, qy
        found += 1
    return found


@inner_kernel
def _own_box(flat: Floats, first: int, count: int, far: float, box: Floats) -> None:
    box[0] = box[2] = np.inf
    box[1] = box[3] = -np.inf
    for k in range(first, first + count):
        box[0], box[1] = min(box[0], flat[0, k]), max(box[1], flat[0, k])
        box[2], box[3] = min(box[2], flat[1, k]), max(box[3], flat[1, k])
    box[0] -= far
    box[1] += far
    box[2] -= far
    box[3] += far


@inner_kernel
def flat_gap(flat: Floats, first: int, count: int, edges: Floats, found: int, blocks: Floats, far: float) -> float:
    """Return the least distance in the plane of a core's edges from other edges if it is below `far`, else `far`."""
    least = far * far
    qx, qy = flat[0, first + count - 1], flat[1, first + count - 1]
    for k in range(first, first + count):
        px, py, qx, qy = qx, qy, flat[0, k], flat[1, k]
        j = near_edges(px, py, qx, qy, edges, blocks, 0, found, far)
        while j < found:
            gap, _, _ = square_gap(px, py, qx, qy, edges[0, j], edges[1, j], edges[2, j], edges[3, j])
            if gap == 0.0:
                return 0.0
            if gap < least:
                # A little less, so that edges as near as the nearest are passed over.
                least, far = gap, sqrt(gap) * 0.9999999
            j = near_edges(px, py, qx, qy, edges, blocks, j + 1, found, far)
    return sqrt(least)


@inner_kernel
def _estimate(a: Floats, p: Floats, q: Floats, s: float, t: float, ends: Floats) -> float:
    # Writes the ends of two edges of a's plane, and returns the true distance of the parts that are nearest there.
    ends[0, 0], ends[0, 1], ends[0, 2] = lift(a, p[0], p[1])
    ends[1, 0], ends[1, 1], ends[1, 2] = lift(a, p[2], p[3])
    ends[2, 0], ends[2, 1], ends[2, 2] = lift(a, q[0], q[1])
    ends[3, 0], ends[3, 1], ends[3, 2] = lift(a, q[2], q[3])
    px, py, pz = lift(a, p[0] + s * (p[2] - p[0]), p[1] + s * (p[3] - p[1]))
    qx, qy, qz = lift(a, q[0] + t * (q[2] - q[0]), q[1] + t * (q[3] - q[1]))
    return length(px, py, pz, qx, qy, qz)


@inner_kernel
def least_distance(
    a: Floats,
    flat_a: Floats,
    first_a: int,
    count_a: int,
    b: Floats,
    flat_b: Floats,
    first_b: int,
    count_b: int,
    enough_m: float,
    most_m: float,
) -> float:
    """Return the distance of two cores' edges if it is at most `most_m`, else infinity; -1 when it gives up.

    Any distance of at most `enough_m` may be returned instead of the least. `a` has the smaller reach.
    """
    grown = stretch(a[14] - a[13] + most_m)
    far = most_m * grown
    box, other, edges = np.empty(4), np.empty(4), np.empty((4, count_b))
    _own_box(flat_a, first_a, count_a, far, box)
    _box_of_other(a, b, most_m, other)
    found = _edges_in(a, b, flat_b, first_b, box, other, edges)
    if found == 0:
        return np.inf
    blocks = enclose(edges, found)
    if enough_m == 0.0:
        # Places that are nearest in the plane are hardly farther apart than they seem there.
        more = 1.0 + SHRINK * (a[14] - a[13] + most_m) / SEMI_MINOR_M
        most_m = min(most_m, more * flat_gap(flat_a, first_a, count_a, edges, found, blocks, far) + _CLOSE_M)
        far = most_m * grown
    # Directions in the plane are true to this share, and lengths between nearest parts to its square.
    bent = 4.0 * (grown - 1.0) ** 2 if grown < 1.05 else 1.0
    best, effort = np.inf, 0
    p, ends = np.empty(4), np.empty((4, 3))
    p[2], p[3] = flat_a[0, first_a + count_a - 1], flat_a[1, first_a + count_a - 1]
    for k in range(first_a, first_a + count_a):
        p[0], p[1], p[2], p[3] = p[2], p[3], flat_a[0, k], flat_a[1, k]
        j = near_edges(p[0], p[1], p[2], p[3], edges, blocks, 0, found, far)
        while j < found:
            q = edges[:, j]
            gap, s, t = square_gap(p[0], p[1], p[2], p[3], q[0], q[1], q[2], q[3])
            if gap == 0.0:
                return 0.0
            if gap <= far * far:
                about = _estimate(a, p, q, s, t, ends)
                least = max(sqrt(gap) / grown, about * (1.0 - bent))
                effort += 1
                if about > enough_m and about - least > _CLOSE_M and least <= min(best, most_m):
                    about = min(about, edge_distance(ends, s, t))
                    effort += _MEASURING
                best = min(best, about)
                if best <= enough_m:
                    return best
                if effort > MOST_EFFORT:
                    return -1.0
                far = min(far, best * grown)
            j = near_edges(p[0], p[1], p[2], p[3], edges, blocks, j + 1, found, far)
    return best if best <= most_m else np.inf


@inner_kernel
def apart_at_least(a: Floats, b: Floats) -> float:
    """Return a bound: two footprints are not nearer than this (metres; negative where they may overlap)."""
    dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return float(sqrt(dx * dx + dy * dy + dz * dz) - a[14] - b[14])


@inner_kernel
def cores_apart(
    a: Floats,
    flat_a: Floats,
    first_a: int,
    count_a: int,
    b: Floats,
    flat_b: Floats,
    first_b: int,
    count_b: int,
    enough_m: float,
    most_m: float,
) -> float:
    """Return the distance of two cores as `least_distance` does, 0 where the one is in the other."""
    if count_a == 1 and count_b == 1:
        apart = length(a[0], a[1], a[2], b[0], b[1], b[2])
        return apart if apart <= most_m else np.inf
    # A first point that is inside decides; near an edge, where either answer may come, the edges do.
    ax, ay, az = lift(a, flat_a[0, first_a], flat_a[1, first_a])
    if _covers(b, flat_b, first_b, count_b, ax, ay, az):
        return 0.0
    bx, by, bz = lift(b, flat_b[0, first_b], flat_b[1, first_b])
    if _covers(a, flat_a, first_a, count_a, bx, by, bz):
        return 0.0
    if a[14] - a[13] <= b[14] - b[13]:
        return least_distance(a, flat_a, first_a, count_a, b, flat_b, first_b, count_b, enough_m, most_m)
    return least_distance(b, flat_b, first_b, count_b, a, flat_a, first_a, count_a, enough_m, most_m)


@kernel
def within(
    a: Floats,
    flat_a: Floats,
    first_a: int,
    count_a: int,
    b: Floats,
    flat_b: Floats,
    first_b: int,
    count_b: int,
    within_m: float,
) -> bool:
    """Return whether two footprints are within a distance of each other, or touch (TOUCHING_M)."""
    slack = max(TOUCHING_M, a[15] + b[15])
    if apart_at_least(a, b) > within_m + slack:
        return False
    limit = within_m + a[13] + b[13] + slack
    return bool(cores_apart(a, flat_a, first_a, count_a, b, flat_b, first_b, count_b, limit, limit) <= limit)


@kernel
def distance(
    a: Floats,
    flat_a: Floats,
    first_a: int,
    count_a: int,
    b: Floats,
    flat_b: Floats,
    first_b: int,
    count_b: int,
    most_m: float,
) -> float:
    """Return the distance of two footprints, 0 where they meet, if it is at most `most_m`, else a bound below it."""
    radii = a[13] + b[13]
    if count_a == 1 and count_b == 1:
        return float(max(0.0, length(a[0], a[1], a[2], b[0], b[1], b[2]) - radii))
    bound = apart_at_least(a, b)
    if bound > most_m:
        return float(bound)
    apart = cores_apart(a, flat_a, first_a, count_a, b, flat_b, first_b, count_b, 0.0, most_m + radii)
    if apart < 0.0:
        return float(max(0.0, bound))
    return float(max(most_m, bound) if np.isinf(apart) else max(0.0, apart - radii))
