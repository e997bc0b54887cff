"""Kernels over the ring of a polygon: edges cut on their geodesics, laid flat, measured, searched for crossings.

Frame: Earth-centred places (n, 3), or a plane of `planes`: rows x and y, shape (2, n). Units: metres, square metres.
A ring is closed by the edge from its last point to its first. Touching counts as crossing.
Accuracy: a great ellipse leaves the geodesic between the same ends by at most BULGE times the square of their distance.
Source: the angle between the plane of a great ellipse and the normal of the ellipsoid is at most f sin 2φ; area by
Gauss quadrature over the triangles from the plane's middle; crossings by a sweep over sorted edges, filtered without a
branch so that even n²/2 pairs are looked at in some tens of milliseconds.
"""

from math import asin, ceil, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import filter_kernel, inner_kernel, kernel
from steerclear.geodesy.geodesics import length_and_bearing, place_on_path
from steerclear.geodesy.planes import FRONT, foot, project, share
from steerclear.geodesy.wgs84 import ECCENTRICITY_SQUARED, SEMI_MAJOR_M

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

_LEAST_RADIUS_M: Final = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED)

BULGE: Final = 1.01 * ECCENTRICITY_SQUARED / 2.0 / _LEAST_RADIUS_M / 8.0
"""Per metre: 2 mm at 5.5 km."""

ROUNDING_M: Final = 1e-6
"""Edges of one ring nearer than this touch; a thousand times the rounding of coordinates in a plane."""

_BLOCK: Final = 64

_nodes, _weights = np.polynomial.legendre.leggauss(8)
_OUT: Final = tuple((0.5 * _nodes + 0.5).tolist())
_OUT_WEIGHT: Final = tuple((0.5 * _weights).tolist())
_ALONG: Final = (0.5 - 0.5 / 3.0**0.5, 0.5 + 0.5 / 3.0**0.5)


@inner_kernel
def feet_of(latitude_deg: Floats, longitude_deg: Floats) -> Floats:
    """Return the places, shape (n, 3)."""
    feet = np.empty((latitude_deg.size, 3))
    for k in range(latitude_deg.size):
        feet[k, 0], feet[k, 1], feet[k, 2] = foot(latitude_deg[k], longitude_deg[k])
    return feet


@kernel
def edges_of(feet: Floats) -> Floats:
    """Return length and first bearing (radians) of the geodesic from each place to the next, shape (n, 2)."""
    count = len(feet)
    edges = np.empty((count, 2))
    for k in range(count):
        n = (k + 1) % count
        edges[k, 0], edges[k, 1] = length_and_bearing(
            feet[k, 0], feet[k, 1], feet[k, 2], feet[n, 0], feet[n, 1], feet[n, 2]
        )
    return edges


@inner_kernel
def cut_edges(feet: Floats, edges: Floats, piece_m: float) -> tuple[Floats, Places]:
    """Return the ring with every edge in equal pieces of at most `piece_m`, and the edge that each point begins."""
    count = len(feet)
    total = 0
    for k in range(count):
        total += max(1, ceil(edges[k, 0] / piece_m))
    ring, origin = np.empty((total, 3)), np.empty(total, np.int64)
    at = 0
    for k in range(count):
        pieces = max(1, ceil(edges[k, 0] / piece_m))
        for part in range(pieces):
            origin[at] = k
            ring[at] = feet[k]
            if part > 0:
                ring[at, 0], ring[at, 1], ring[at, 2] = place_on_path(
                    feet[k, 0], feet[k, 1], feet[k, 2], edges[k, 1], edges[k, 0] * part / pieces
                )
            at += 1
    return ring, origin


@inner_kernel
def reach_of(plane: Floats, ring: Floats) -> float:
    """Return a bound (metres) of how far a ring's points are from a plane's middle, on the ellipsoid."""
    most = 0.0
    for k in range(len(ring)):
        dx, dy, dz = ring[k, 0] - plane[0], ring[k, 1] - plane[1], ring[k, 2] - plane[2]
        most = max(most, dx * dx + dy * dy + dz * dz)
    return 2.0 * _LEAST_RADIUS_M * asin(min(1.0, sqrt(most) / (2.0 * _LEAST_RADIUS_M)))


@kernel
def lay_flat(plane: Floats, ring: Floats) -> tuple[Floats, bool]:
    """Return a ring's coordinates in a plane, shape (2, n), and whether all of it is in front of the plane."""
    flat = np.empty((2, len(ring)))
    whole = True
    for k in range(len(ring)):
        flat[0, k], flat[1, k], w = project(plane, ring[k, 0], ring[k, 1], ring[k, 2])
        whole = whole and w > FRONT
    return flat, whole


@inner_kernel
def turn_round(flat: Floats) -> None:
    """Turn the order of a ring's points round."""
    count = flat.shape[1]
    for k in range(count // 2):
        for row in range(2):
            flat[row, k], flat[row, count - 1 - k] = flat[row, count - 1 - k], flat[row, k]


@kernel
def signed_area_m2(plane: Floats, flat: Floats) -> float:
    """Return the area on the ellipsoid of the ring of great ellipses, positive if it runs anticlockwise."""
    count = flat.shape[1]
    area = 0.0
    for k in range(count):
        n = (k + 1) % count
        ax, ay, bx, by = flat[0, k], flat[1, k], flat[0, n], flat[1, n]
        double = ax * by - ay * bx
        if double == 0.0:
            continue
        part = 0.0
        for along in _ALONG:
            ex, ey = ax + along * (bx - ax), ay + along * (by - ay)
            for q in range(8):
                out = _OUT[q]
                part += 0.5 * _OUT_WEIGHT[q] * out * share(plane, out * ex, out * ey)
        area += double * part
    return area


@inner_kernel
def inside(flat: Floats, first: int, count: int, x: float, y: float) -> bool:
    """Return whether a point of the plane is in a ring, by the even-odd rule; near an edge either answer may come.

    The ring is `count` points from `first` of the flat coordinates.
    """
    odd = False
    bx, by = flat[0, first + count - 1], flat[1, first + count - 1]
    for k in range(first, first + count):
        ax, ay = bx, by
        bx, by = flat[0, k], flat[1, k]
        if (ay > y) != (by > y) and (x - ax) * (by - ay) * (1.0 if by > ay else -1.0) < (y - ay) * (bx - ax) * (
            1.0 if by > ay else -1.0
        ):
            odd = not odd
    return odd


@inner_kernel
def enclose(edges: Floats, count: int) -> Floats:
    """Return the boxes of edges in blocks of _BLOCK, shape (4, blocks): low x, high x, low y, high y."""
    total = (count + _BLOCK - 1) // _BLOCK
    blocks = np.empty((4, total))
    for n in range(total):
        low_x = low_y = np.inf
        high_x = high_y = -np.inf
        for k in range(n * _BLOCK, min((n + 1) * _BLOCK, count)):
            low_x, high_x = min(low_x, edges[0, k], edges[2, k]), max(high_x, edges[0, k], edges[2, k])
            low_y, high_y = min(low_y, edges[1, k], edges[3, k]), max(high_y, edges[1, k], edges[3, k])
        blocks[0, n], blocks[1, n], blocks[2, n], blocks[3, n] = low_x, high_x, low_y, high_y
    return blocks


@filter_kernel
def near_edges(
    px: float, py: float, qx: float, qy: float, edges: Floats, blocks: Floats, first: int, last: int, within_m: float
) -> int:
    """Return the first of the edges first..last-1 that may be within a distance of the edge from p to q, else `last`.

    No edge within the distance is passed over.

    Args:
        px: p and q are the ends of the edge.
        py: see px.
        qx: see px.
        qy: see px.
        edges: rows x, y of the start and x, y of the end.
        blocks: their boxes, by `enclose`.
        first: where to begin.
        last: where to stop.
        within_m: the distance.
    """
    low_x, high_x, low_y, high_y = min(px, qx), max(px, qx), min(py, qy), max(py, qy)
    dx, dy = qx - px, qy - py
    square = within_m * within_m * 1.000001
    side = within_m * sqrt(dx * dx + dy * dy) * 1.000001
    base = first
    while base < last:
        block = base // _BLOCK
        stop = min((block + 1) * _BLOCK, last)
        aside = max(low_x - blocks[1, block], blocks[0, block] - high_x, 0.0)
        along = max(low_y - blocks[3, block], blocks[2, block] - high_y, 0.0)
        if aside * aside + along * along <= square:
            hits = 0
            start, count = np.uintp(base), np.uintp(stop - base)
            for k in range(count):
                hits += excess(edges, start + k, px, py, dx, dy, low_x, high_x, low_y, high_y, square, side) <= 0.0
            if hits:
                for k in range(count):
                    if excess(edges, start + k, px, py, dx, dy, low_x, high_x, low_y, high_y, square, side) <= 0.0:
                        return base + int(k)
        base = stop
    return last


@filter_kernel
def excess(
    edges: Floats,
    at: np.uintp,
    px: float,
    py: float,
    dx: float,
    dy: float,
    low_x: float,
    high_x: float,
    low_y: float,
    high_y: float,
    square: float,
    side: float,
) -> float:
    """Return a number that is positive only if an edge's box is apart from a box, or the edge on one side of a line."""
    ax, ay, bx, by = edges[0, at], edges[1, at], edges[2, at], edges[3, at]
    one, two = dx * (ay - py) - dy * (ax - px), dx * (by - py) - dy * (bx - px)
    aside = max(low_x - max(ax, bx), min(ax, bx) - high_x, 0.0)
    along = max(low_y - max(ay, by), min(ay, by) - high_y, 0.0)
    most = aside * aside + along * along - square
    most = max(most, min(one, two) - side)
    return float(max(most, -max(one, two) - side))


@inner_kernel
def square_gap(
    px: float, py: float, qx: float, qy: float, ax: float, ay: float, bx: float, by: float
) -> tuple[float, float, float]:
    """Return the square distance of two edges, p q and a b, and which parts (0..1) of each are nearest."""
    dx, dy, ex, ey, ox, oy = qx - px, qy - py, bx - ax, by - ay, ax - px, ay - py
    area = dx * ey - dy * ex
    if area != 0.0:
        s, t = (ox * ey - oy * ex) / area, (ox * dy - oy * dx) / area
        if 0.0 <= s <= 1.0 and 0.0 <= t <= 1.0:
            return 0.0, s, t
    one, two = dx * dx + dy * dy, ex * ex + ey * ey
    best, at, to = np.inf, 0.0, 0.0
    for end in range(4):
        # In turn the nearest to a, b, p and q on the other edge.
        if end < 2:
            t = float(end)
            x, y = ox + t * ex, oy + t * ey
            s = min(max((x * dx + y * dy) / one, 0.0), 1.0) if one > 0.0 else 0.0
        else:
            s = float(end - 2)
            x, y = s * dx - ox, s * dy - oy
            t = min(max((x * ex + y * ey) / two, 0.0), 1.0) if two > 0.0 else 0.0
        x, y = ox + t * ex - s * dx, oy + t * ey - s * dy
        size = x * x + y * y
        if size < best:
            best, at, to = size, s, t
    return best, at, to


@inner_kernel
def _first_beyond(ordered: Floats, value: float) -> int:
    low, high = 0, ordered.size
    while low < high:
        middle = (low + high) // 2
        if ordered[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low


@inner_kernel
def first_crossing(flat: Floats) -> tuple[int, int]:
    """Return two edges of a ring that are not neighbours and cross or touch, or (-1, -1)."""
    count = flat.shape[1]
    wide = tall = 0.0
    for k in range(count):
        n = (k + 1) % count
        wide += abs(flat[0, n] - flat[0, k])
        tall += abs(flat[1, n] - flat[1, k])
    # Swept along the axis on which the edges are shorter, so that fewer overlap.
    x = 0 if wide <= tall else 1
    y = 1 - x
    low = np.empty(count)
    for k in range(count):
        low[k] = min(flat[x, k], flat[x, (k + 1) % count])
    order = np.argsort(low)
    edges, starts = np.empty((4, count)), np.empty(count)
    for k in range(count):
        e = order[k]
        n = (e + 1) % count
        starts[k] = low[e] - ROUNDING_M
        edges[0, k], edges[1, k], edges[2, k], edges[3, k] = flat[x, e], flat[y, e], flat[x, n], flat[y, n]
    blocks = enclose(edges, count)
    for k in range(count):
        px, py, qx, qy = edges[0, k], edges[1, k], edges[2, k], edges[3, k]
        last = _first_beyond(starts, max(px, qx))
        j = k + 1
        while j < last:
            j = near_edges(px, py, qx, qy, edges, blocks, j, last, ROUNDING_M)
            if j >= last:
                break
            apart = abs(order[k] - order[j])
            if apart not in (1, count - 1):
                gap, _, _ = square_gap(px, py, qx, qy, edges[0, j], edges[1, j], edges[2, j], edges[3, j])
                if gap <= ROUNDING_M * ROUNDING_M:
                    return order[k], order[j]
            j += 1
    return -1, -1


@inner_kernel
def first_fold(flat: Floats) -> int:
    """Return a point of a ring where the next edge runs back along the last one, or -1."""
    count = flat.shape[1]
    for k in range(count):
        b, n = (k - 1) % count, (k + 1) % count
        dx, dy, ex, ey = (
            flat[0, b] - flat[0, k],
            flat[1, b] - flat[1, k],
            flat[0, n] - flat[0, k],
            flat[1, n] - flat[1, k],
        )
        longer = max(dx * dx + dy * dy, ex * ex + ey * ey)
        if dx * ex + dy * ey > 0.0 and abs(dx * ey - dy * ex) <= ROUNDING_M * sqrt(longer):
            return k
    return -1
