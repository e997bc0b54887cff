"""Limits of the model's types: what a value may not exceed wherever it comes from."""

MAX_IDENTIFIER_CHARS = 64
MAX_NAME_CHARS = 200
MAX_TEXT_CHARS = 4_000
MAX_PARTIES = 16
MAX_AGENCIES_PER_PARTY = 256
MAX_DESKS_PER_PARTY = 64
MAX_FLEET_RULES_PER_PARTY = 100_000
MAX_ZONES = 10_000
MAX_ZONE_VERTICES = 1_000
MAX_ZONE_RADIUS_M = 500_000.0
MAX_MINIMUM_HORIZONTAL_M = 100_000.0
MAX_MINIMUM_VERTICAL_M = 20_000.0
MAX_LOOKAHEAD_S = 3_600.0
MAX_TRACKS_PER_ALERT = 2
"""An alert is about one aircraft, or about a pair."""
MAX_FUNCTIONS_PER_DESK = 16
MAX_OUTLETS_PER_FUNCTION = 8
MAX_LANGUAGES = 8
MAX_AREAS = 100
MAX_AREA_VERTICES = 100
"""An area of authority is read aloud, and compared with every other one."""
MAX_AREA_REACH_M = 1_000_000.0
"""From the middle of an area's footprint to its farthest point."""
MAX_PAIR_MINIMA = 303
"""Three pairs of kinds, everywhere and in each of 100 areas."""
MAX_PRECEDENCE_RULES = 125
"""Five rules for all, and one for each pair of 16 parties."""
MAX_PLACES = 100
"""Places that an agreement names are read aloud, and every finding is read back from the nearest of them."""
MAX_LADDERS = 32
MAX_RUNGS_PER_LADDER = 16
