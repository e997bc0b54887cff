"""Every limit on what the strategic room accepts, in one place; a value outside is refused by name."""

from typing import Final

MIN_ALTITUDE_M: Final = -2_000.0
MAX_ALTITUDE_M: Final = 100_000.0
"""Of a volume's lower and upper bound, whatever their datum."""

MIN_TIME_S: Final = 0.0
MAX_TIME_S: Final = 253_402_300_799.0
"""Volumes lie between the years 1970 and 9999."""

MAX_BUFFER_HORIZONTAL_M: Final = 500_000.0
MAX_BUFFER_VERTICAL_M: Final = 20_000.0
MAX_BUFFER_TIME_S: Final = 86_400.0

MAX_VOLUMES_PER_KEY: Final = 10_000
"""Most volumes of one plan or zone in the index."""

MAX_INDEXED_VOLUMES: Final = 4_000_000
"""Most volumes in one index (about 1.7 GB)."""

MAX_FINDINGS: Final = 1_000
"""Findings of one check that are named; of more, their number. Conflicts are named first."""

MAX_MEETINGS: Final = 20
"""Pairs of volumes named in one finding, the closest first; of more, their number."""

MAX_AHEAD_S: Final = 366 * 86_400.0
"""What begins later than this from now, or lasts longer, has a wrong date in it."""

DISTANCE_TOLERANCE_M: Final = 500.0
DISTANCE_TOLERANCE_PART: Final = 0.1
"""Distances from a known place are told rounded: within a tenth or 500 m they fit."""

BEARING_TOLERANCE_DEG: Final = 15.0
"""Directions are told by sixteen points of the compass, 22.5 degrees apart, or better."""

SAME_PLACE_M: Final = 1_000.0
"""Nearer than this to a known place, the direction from it is not held against the words."""

MAX_KNOWN_PLACES: Final = 10_000

MAX_PREPARED: Final = 20_000
"""Volumes kept ready for comparison."""

MAX_OVERDUE_S: Final = 6 * 3_600.0
"""So long after its time a flight that nobody has ended is still shown to who plans there."""

MAX_MARCH_STEPS: Final = 200
"""Rounds of one search for the smallest change; each gets past everything that was met in the one before."""

MAX_EXPECTED_FLIGHTS: Final = 20_000
"""Declared flights that all tracks are held against at once."""

MAX_COMPARISONS_KEPT: Final = 200_000
"""Comparisons of identities that are remembered."""

MAX_ALTERNATIVES: Final = 5
"""Other explanations of one aircraft that are kept, the most likely first."""

MAX_BOUNDARIES: Final = 20_000
"""Places that an aircraft may be in or head for: areas, zones, sites, movements and flights, with all their volumes."""

MAX_APPROACHES: Final = 20
"""Places that are named for one aircraft, the nearest in time first."""
