"""Limits of the strategic room: what a check and a search look at, and from where on a figure is a mistake."""

MAX_FINDINGS = 1_000
"""Findings of one check that are named; of more, their number. Conflicts are named first."""
MAX_MEETINGS = 50
"""Pairs of volumes named in one finding, the closest first; of more, their number."""
MAX_AHEAD_S = 366 * 86_400.0
"""What begins later than this from now, or lasts longer, has a wrong date in it."""
DISTANCE_TOLERANCE_M = 500.0
DISTANCE_TOLERANCE_PART = 0.1
"""Distances from a known place are told rounded: within a tenth or 500 m they fit."""
BEARING_TOLERANCE_DEG = 15.0
"""Directions are told by sixteen points of the compass, 22.5 degrees apart, or better."""
SAME_PLACE_M = 1_000.0
"""Nearer than this to a known place, the direction from it is not held against the words."""
MAX_KNOWN_PLACES = 10_000
MAX_PREPARED = 20_000
"""Volumes kept ready for comparison."""
MAX_OVERDUE_S = 6 * 3_600.0
"""So long after its time a flight that nobody has ended is still shown to who plans there."""
MAX_MARCH_STEPS = 200
"""Rounds of one search for the smallest change; each gets past everything that was met in the one before."""
