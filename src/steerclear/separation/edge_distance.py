"""Kernels for the distance of two short edges on the ellipsoid, to a tenth of a millimetre.

Units: metres; Earth-centred places. An edge is the great ellipse between two places at most some 12 km apart.
Method: the nearest parts in a plane that touches the ellipsoid between the edges, where lengths are true to the square
of their share of the Earth's radius, and directions with them; beyond FAR_M by turns on each edge, where the square of
the geodesic's length is a parabola.
Source: `geodesy.planes`, `geodesy.geodesics`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import inner_kernel
from steerclear.geodesy.geodesics import length_and_bearing
from steerclear.geodesy.planes import PLANE_WORDS, arc_of_chord, lift, on_ellipsoid, project, touch
from steerclear.geodesy.rings import square_gap

Floats = NDArray[np.float64]

FAR_M: Final = 30_000.0
"""Beyond this, lengths come from the geodesic and nearest parts are found on it, not in a plane between."""


@inner_kernel
def length(ax: float, ay: float, az: float, bx: float, by: float, bz: float) -> float:
    """Return the length of the shortest path between two places."""
    near = arc_of_chord(ax, ay, az, bx, by, bz)
    if near < FAR_M:
        return near
    exact, _ = length_and_bearing(ax, ay, az, bx, by, bz)
    return near if np.isnan(exact) else exact


@inner_kernel
def _between(ends: Floats, row: int, part: float) -> tuple[float, float, float]:
    a, b = ends[row], ends[row + 1]
    return on_ellipsoid(a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]), a[2] + part * (b[2] - a[2]))


@inner_kernel
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


@inner_kernel
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
