"""Limits of scenario files: a file beyond them is refused with the place where it passes them."""

MAX_FILE_BYTES = 400_000
"""People write scenarios by hand."""
MAX_PARTIES = 4
MIN_PARTIES = 2
MAX_TRACKS = 64
MAX_POINTS = 500
"""Of one aircraft's path."""
MAX_FEEDS = 32
MAX_STEPS = 500
"""Declarations, and as many sayings, people, outages and notes."""
MAX_EXPECTATIONS = 100
MAX_VARIANTS = 16
"""Parts of the mechanism that are taken away in turn."""
MAX_VOLUMES = 64
MAX_CORNERS = 500
MAX_LENGTH_S = 172_800.0
"""From the start of a scenario to its end: two days."""
MAX_REPORTS = 200_000
"""Reports of all feeds together."""
MIN_EVERY_S = 1.0
"""Between two reports of a feed about one aircraft."""
MAX_LATENCY_S = 600.0
MAX_CLOCK_AHEAD_S = 4.0
"""Of a party's clock: what is beyond 5 s is refused by the line, and is another drill."""
MAX_DISTANCE_M = 1_000_000.0
MIN_HEIGHT_M = -1_000.0
MAX_HEIGHT_M = 100_000.0
MAX_SPEED_MPS = 2_000.0
"""Between two points of a path."""
MAX_NESTING = 24
MAX_TEXT_CHARS = 1_000
