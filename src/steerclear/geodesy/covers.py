"""Kernels that cover a footprint with cells of six grids, one on each face of a cube round the Earth.

Frame: face 0 to 5 looks along +x, +y, +z, -x, -y, -z of the Earth; on it a place has two angles, -45 to 45 degrees
each, from the Earth's centre. A grid of level k divides both angles into 4^k equal parts (10,000 km at level 0, 610 m
at level 7, 38 m at level 9; a fourth less towards a corner). Cells are closed. In the plane of a face (tangents of the
angles) cells are rectangles and great ellipses are lines, at the poles and the antimeridian as elsewhere.
Bounds: a cover holds every place within the distance asked for; it may hold more.
"""

from math import asin, atan, atan2, floor, pi, sin, sqrt, tan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import inner_kernel, kernel
from steerclear.geodesy.planes import PLANE_WORDS, turn
from steerclear.geodesy.rings import inside
from steerclear.geodesy.wgs84 import SEMI_MINOR_M

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

FINEST: Final = 9
"""The level with the smallest cells."""

FINEST_KEY: Final = 7
"""The level of the smallest cells that are keys, 610 m: finer ones would cost more rows than they save candidates."""

MARKED_FROM: Final = 3
"""The level of the largest cells (160 km) that are marked as having something smaller in them.

Few footprints are sought by larger cells, and each row less for every footprint that is stored counts.
"""

CELL_MARGIN_M: Final = 0.02
"""Every cover is grown by this, so that footprints that touch within 1 cm share a cell."""

_MOST_LOOKED_AT: Final = 64
_IN_SIGHT_M: Final = 1_000_000.0
_QUARTER: Final = pi / 4.0


@inner_kernel
def _face_plane(face: int, plane: Floats) -> None:
    # A plane that does not touch the ellipsoid: its middle is the unit vector of the face.
    plane[:] = 0.0
    axis = face % 3
    towards = 1.0 if face < 3 else -1.0
    plane[axis] = plane[9 + axis] = towards
    plane[3 + (axis + 1) % 3] = towards
    plane[6 + (axis + 2) % 3] = 1.0
    plane[12] = 1.0


@inner_kernel
def _angles(towards: float, aside: float, across: float, reach: float) -> tuple[float, float]:
    # The angles from a face's middle plane between which a cap lies: its middle, as components, and its angular radius.
    flat = sqrt(max(0.0, 1.0 - across * across))
    if sin(reach) >= flat * 0.999999:
        return -pi, pi
    middle, half = atan2(aside, towards), asin(sin(reach) / flat) + 1e-12
    return middle - half, middle + half


@inner_kernel
def _lay_on_face(words: Floats, flat: Floats, first: int, plane: Floats, out: Floats) -> bool:
    # The ring in the face's plane; False where some of it is out of sight of the face.
    matrix = np.empty((3, 3))
    turn(words, plane, matrix)
    for k in range(out.shape[1]):
        x, y = flat[0, first + k], flat[1, first + k]
        w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
        if w < _IN_SIGHT_M:
            return False
        out[0, k] = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / w
        out[1, k] = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / w
    return True


@inner_kernel
def _frame_faces(
    words: Floats, flat: Floats, first: int, grown_m: float, boxes: Floats, rings: Floats, seen: Places
) -> None:
    # For each face the angles between which the grown footprint lies on it: low, high, low, high; low > high: nowhere.
    plane = np.empty(PLANE_WORDS)
    size = sqrt(words[0] ** 2 + words[1] ** 2 + words[2] ** 2)
    # A geodesic is at least as long as its angle times the smallest distance from the Earth's centre.
    reach = (words[14] + grown_m) / SEMI_MINOR_M
    for face in range(6):
        _face_plane(face, plane)
        parts = np.empty(3)
        for row in range(3):
            axis = 3 + 3 * row
            parts[row] = (words[0] * plane[axis] + words[1] * plane[axis + 1] + words[2] * plane[axis + 2]) / size
        aside, across, towards = parts[0], parts[1], parts[2]
        box = boxes[face]
        box[0], box[1] = _angles(towards, aside, across, reach)
        box[2], box[3] = _angles(towards, across, aside, reach)
        seen[face] = 0
        for k in range(0, 4, 2):
            box[k], box[k + 1] = max(box[k], -_QUARTER), min(box[k + 1], _QUARTER)
        if box[0] > box[1] or box[2] > box[3] or rings.shape[2] < 3:
            continue
        ring = rings[face]
        if _lay_on_face(words, flat, first, plane, ring):
            seen[face] = 1
            for row in range(2):
                low, high = np.inf, -np.inf
                for k in range(ring.shape[1]):
                    low, high = min(low, ring[row, k]), max(high, ring[row, k])
                grown = _grown(grown_m, max(abs(low), abs(high), 1.0), 1.0)
                box[2 * row] = max(box[2 * row], atan(low - grown))
                box[2 * row + 1] = min(box[2 * row + 1], atan(high + grown))


@inner_kernel
def _grown(margin_m: float, x: float, y: float) -> float:
    # A length on the ellipsoid in the units of a face's plane at (x, y), at most.
    return 1.02 * margin_m / SEMI_MINOR_M * (1.0 + x * x + y * y)


@inner_kernel
def _meets(ring: Floats, low_x: float, high_x: float, low_y: float, high_y: float) -> bool:
    # Whether a polygon and a rectangle of the face's plane share a point.
    count = ring.shape[1]
    bx, by = ring[0, count - 1], ring[1, count - 1]
    for k in range(count):
        ax, ay = bx, by
        bx, by = ring[0, k], ring[1, k]
        if max(ax, bx) < low_x or min(ax, bx) > high_x or max(ay, by) < low_y or min(ay, by) > high_y:
            continue
        dx, dy = bx - ax, by - ay
        one, two = dx * (low_y - ay) - dy * (low_x - ax), dx * (low_y - ay) - dy * (high_x - ax)
        three, four = dx * (high_y - ay) - dy * (low_x - ax), dx * (high_y - ay) - dy * (high_x - ax)
        if min(one, two, three, four) <= 0.0 <= max(one, two, three, four):
            return True
    return inside(ring, 0, count, 0.5 * (low_x + high_x), 0.5 * (low_y + high_y))


@inner_kernel
def _place_in_grid(angle: float, parts: int) -> int:
    at = floor((angle / (2.0 * _QUARTER) + 0.5) * parts)
    return min(max(at, 0), parts - 1)


@inner_kernel
def _cells_at(level: int, boxes: Floats, rings: Floats, seen: Places, grown_m: float, most: int, cells: Places) -> int:
    # Writes the cells of a level that the footprint may touch; -1 if there are too many.
    parts = 1 << (2 * level)
    spans = np.empty((6, 4), np.int64)
    looked_at = 0
    for face in range(6):
        box = boxes[face]
        if box[0] > box[1] or box[2] > box[3]:
            spans[face] = 0
            spans[face, 0] = 1
            continue
        for k in range(4):
            spans[face, k] = _place_in_grid(box[k], parts)
        looked_at += (spans[face, 1] - spans[face, 0] + 1) * (spans[face, 3] - spans[face, 2] + 1)
        if looked_at > _MOST_LOOKED_AT:
            return -1
    found = 0
    step = 2.0 * _QUARTER / parts
    for face in range(6):
        high_x = tan(spans[face, 0] * step - _QUARTER)
        for i in range(spans[face, 0], spans[face, 1] + 1):
            low_x, high_x = high_x, tan((i + 1) * step - _QUARTER)
            high_y = tan(spans[face, 2] * step - _QUARTER)
            for j in range(spans[face, 2], spans[face, 3] + 1):
                low_y, high_y = high_y, tan((j + 1) * step - _QUARTER)
                if seen[face] == 1:
                    more = _grown(grown_m, max(abs(low_x), abs(high_x)), max(abs(low_y), abs(high_y)))
                    if not _meets(rings[face], low_x - more, high_x + more, low_y - more, high_y + more):
                        continue
                if found >= most and level > 0:
                    return -1
                cells[found] = ((face * 16 + level) << 41) | (i << 21) | (j << 1)
                found += 1
    return found


@kernel
def cover(
    words: Floats, flat: Floats, first: int, count: int, within_m: float, most: int, boxes: Floats, cells: Places
) -> int:
    """Write the cover of a footprint and return how many cells it has.

    Args:
        words: the footprint.
        flat: coordinates, of which its ring is `count` points from `first`.
        first: see flat.
        count: see flat.
        within_m: how far round the footprint is to be covered.
        most: most cells; the finest level that is enough is taken. At level 0, whole faces, there may be six.
        boxes: shape (6, 4), written: on each face the angles between which all that is covered lies; `in_box`.
        cells: room for `most` and for six, written. A cell is its face, level and place in the grid: 3, 4, 20 and 20
            bits; the lowest bit is 0.
    """
    grown_m = within_m + words[15] + CELL_MARGIN_M
    seen = np.empty(6, np.int64)
    rings = np.empty((6, 2, count))
    _frame_faces(words, flat, first, grown_m, boxes, rings, seen)
    # Even a thin footprint needs cells that are an eighth as long as it.
    level = FINEST
    while level > 0 and 0.25 * (words[14] + grown_m) > 10_000_000.0 / (1 << (2 * level)):
        level -= 1
    found = _cells_at(level, boxes, rings, seen, grown_m, most, cells)
    while found <= 0 and level > 0:
        level -= 1
        found = _cells_at(level, boxes, rings, seen, grown_m, most, cells)
    return found


@inner_kernel
def in_box(cell: int, boxes: Floats) -> bool:
    """Return whether a cell touches the box, on its face, that `cover` has written."""
    box = boxes[cell >> 45]
    step = 2.0 * _QUARTER / (1 << (2 * ((cell >> 41) & 15)))
    i, j = (cell >> 21) & 0xFFFFF, (cell >> 1) & 0xFFFFF
    beside = i * step - _QUARTER > box[1] or (i + 1) * step - _QUARTER < box[0]
    return not (beside or j * step - _QUARTER > box[3] or (j + 1) * step - _QUARTER < box[2])


@inner_kernel
def _added(key: int, keys: Places, first: int, found: int) -> int:
    # Writes a key unless it is there already, at `first` or behind; returns how many keys there are then.
    for n in range(first, found):
        if keys[n] == key:
            return found
    keys[found] = key
    return found + 1


@kernel
def write_keys(cells: Places, count: int, sought: bool, keys: Places) -> int:
    """Write the keys under which a footprint with this cover is stored, or sought; return how many.

    The lowest bit of a key tells a cell that covers (0) from one that something smaller is in (1). Smaller cells than
    those of FINEST_KEY count as the one that they are in; larger ones than those of MARKED_FROM are never marked.
    """
    own = 0
    for k in range(count):
        cell = cells[k]
        while (cell >> 41) & 15 > FINEST_KEY:
            cell = parent(cell)
        own = _added(cell, keys, 0, own)
    found = own
    for k in range(own):
        cell = keys[k]
        lowest = 0 if sought else MARKED_FROM
        for _ in range(((cell >> 41) & 15) - lowest):
            cell = parent(cell)
            found = _added(cell if sought else cell | 1, keys, own, found)
    for k in range(own if sought else 0):
        cell = keys[k]
        level = (cell >> 41) & 15
        if level >= MARKED_FROM:
            keys[found] = cell | 1
            found += 1
            continue
        # Nothing is marked at this level: every cell in it, down to where there are marks.
        face, i, j = cell >> 45, (cell >> 21) & 0xFFFFF, (cell >> 1) & 0xFFFFF
        for below in range(level + 1, MARKED_FROM + 1):
            wide = 1 << (2 * (below - level))
            for at in range(wide * wide):
                smaller = ((face * 16 + below) << 41) | ((i * wide + at // wide) << 21) | ((j * wide + at % wide) << 1)
                keys[found] = smaller
                found += 1
                if below == MARKED_FROM:
                    keys[found] = smaller | 1
                    found += 1
    return found


@kernel
def parent(cell: int) -> int:
    """Return the cell of the next coarser level that a cell is in; the cell itself at level 0."""
    level = (cell >> 41) & 15
    if level == 0:
        return cell
    face = cell >> 45
    i, j = ((cell >> 21) & 0xFFFFF) >> 2, ((cell >> 1) & 0xFFFFF) >> 2
    return ((face * 16 + level - 1) << 41) | (i << 21) | (j << 1)
