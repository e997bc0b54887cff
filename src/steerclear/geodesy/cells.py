"""Index cells: numbers under which a footprint is kept, so that what intersects it is found by equality alone.

A cell is a 64-bit signed integer (a BIGINT), never negative; `covers` says how the Earth is divided. A cover is
at most MAX_COVER_CELLS cells of one level, the finest that is enough: small areas get small cells, a continent large
ones. Two footprints that intersect may have covers of different levels, hence two kinds of key:

- a footprint is stored under its cover, and under every larger cell round those up to 160 km, marked "something smaller
  is in here";
- it is sought under its cover and every larger cell round those, which finds footprints of the same or a larger size,
  and under its cover marked so, which finds smaller ones. Where its cover has cells above 160 km, which are never
  marked, all smaller cells in them down to that size take their place.

For keys the finest cells are those of 610 m. So two footprints that intersect, or touch, share at least one key,
whichever is stored; sharing one does not mean that they intersect. A footprint is stored under some six keys as a rule
and at most MAX_KEYS_STORED, and sought under MAX_KEYS at most: a part of the world.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from steerclear.geodesy import covers
from steerclear.geodesy.faults import FootprintError
from steerclear.geodesy.footprints import Footprint
from steerclear.geodesy.limits import MAX_COVER_CELLS, MAX_KEYS, MAX_KEYS_STORED, MAX_WITHIN_M


def covering(footprint: Footprint, within_m: float = 0.0) -> tuple[int, ...]:
    """Return cells that together hold every place within a distance (metres) of a footprint, and perhaps more.

    Raises:
        FootprintError: `within_m` is negative or above MAX_WITHIN_M.
    """
    if not 0.0 <= within_m <= MAX_WITHIN_M:
        raise FootprintError(f"a distance of {within_m!r} m round a footprint: give 0..{MAX_WITHIN_M:,.0f}")
    cells, boxes = np.empty(MAX_COVER_CELLS, np.int64), np.empty((6, 4))
    words, flat = footprint.words, footprint.flat
    count = covers.cover(words, flat, 0, flat.shape[1], float(within_m), MAX_COVER_CELLS, boxes, cells)
    return tuple(cells[:count].tolist())


def with_ancestors(cells: Iterable[int]) -> tuple[int, ...]:
    """Return cells together with every larger cell that one of them is in, in order."""
    found = set(cells)
    for cell in tuple(found):
        larger = covers.parent(cell)
        while larger not in found:
            found.add(larger)
            larger = covers.parent(larger)
    return tuple(sorted(found))


def keys_stored(footprint: Footprint) -> tuple[int, ...]:
    """Return the keys under which a footprint is stored."""
    return _keys(footprint, 0.0, sought=False)


def keys_sought(footprint: Footprint, within_m: float = 0.0) -> tuple[int, ...]:
    """Return the keys under which everything within a distance (metres) of a footprint is stored, and perhaps more.

    Raises:
        FootprintError: `within_m` is negative or above MAX_WITHIN_M.
    """
    return _keys(footprint, within_m, sought=True)


def _keys(footprint: Footprint, within_m: float, *, sought: bool) -> tuple[int, ...]:
    cells = np.array(covering(footprint, within_m), np.int64)
    few = not sought or all((cell >> 41) & 15 >= covers.MARKED_FROM for cell in cells)
    keys = np.empty(MAX_KEYS_STORED if few else MAX_KEYS, np.int64)
    return tuple(keys[: covers.write_keys(cells, len(cells), sought, keys)].tolist())
