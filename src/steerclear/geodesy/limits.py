"""Every limit on footprints and index cells, in one place.

A value outside is the data's fault and is refused by name. They keep a footprint and all that can touch it on one side
of the Earth, and keep the time of every refusal and of every comparison bounded.
"""

from typing import Final

MAX_VERTICES: Final = 10_000
"""Most vertices of one polygon (ASTM F3548-21 allows an operational intent as many)."""

MAX_REACH_M: Final = 5_000_000.0
"""Farthest that a polygon's vertex may lie from the polygon's middle: a continent fits."""

MAX_PERIMETER_M: Final = 100_000_000.0
"""Longest way round a polygon."""

MAX_RADIUS_M: Final = 2_000_000.0
"""Largest radius of a circle."""

MIN_RADIUS_M: Final = 0.01
"""Smallest radius of a circle, the precision of coordinates that F3548-21 asks for."""

MIN_WIDTH_M: Final = 0.001
"""A polygon whose area is less than half its perimeter times this is a line, not an area."""

SAME_PLACE_M: Final = 0.0001
"""Vertices nearer than this are the same place."""

PIECE_M: Final = 5_500.0
"""Edges longer than this are cut into pieces on the geodesic; between cuts a great ellipse is within 2 mm of it."""

MAX_CUTS: Final = 8_192
"""Most cuts of one polygon; round polygons that are longer than this many pieces, pieces are longer (24 km at most)."""

MAX_WITHIN_M: Final = 500_000.0
"""Largest buffer round a footprint."""

MAX_COVER_CELLS: Final = 8
"""Most cells in the cover of one footprint; a larger footprint gets larger cells."""

MAX_KEYS_STORED: Final = 88
"""Most keys under which one footprint is stored, or sought unless it is larger than a country; about six is usual."""

MAX_KEYS: Final = 50_800
"""Most keys under which one footprint is sought: all cells of the six faces down to 160 km, twice at that size."""
