"""How coarse "coarse" is, and how large what is sealed may be; part of what the parties agree on by using it."""

COARSE_GRID_DEG = 0.1
"""Grid of latitudes on which the centres of coarse circles lie; along a parallel they lie about as far apart."""

COARSE_RADIUS_STEP_M = 10_000.0
"""Radii of coarse circles are multiples of it: what is smaller than about 2 km always looks the same."""

COARSE_TIME_STEP_S = 900.0
"""Times told coarsely are widened to full quarters of an hour."""

COARSE_HEIGHT_STEP_M = 300.0
"""Heights told coarsely are widened to multiples of it, about 1,000 ft."""

MAX_COARSE_RADIUS_M = 500_000.0
"""A larger circle cannot be told in a notice."""

SEAL_SALT_BYTES = 32
"""Random bytes before what is sealed: without them a plan could be guessed from its commitment."""

MAX_SEALED_BYTES = 24_000
"""What is sealed must fit into the notice that opens it, beside the item in full."""
