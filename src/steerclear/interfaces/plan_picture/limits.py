"""Limits of the picture: what is beyond them is counted in words instead of drawn."""

MAX_NEIGHBOURS_DRAWN = 400
"""Those with findings first, then the nearest."""
MAX_VOLUMES_DRAWN = 6_000
MAX_LETTERS = 60
"""Neighbours with a finding that get a letter of their own on map and strip."""
MAX_LETTERS_ELSE = 20
"""Neighbours in all up to which those without a finding get one."""
MAX_LEGEND_ROWS = 14
MAX_LEGEND_ROWS_BESIDE_FINDINGS = 7
MAX_FINDINGS_LISTED = 9
MAX_MARKERS = 99
MAX_PROPOSALS = 3
MAX_PICTURE_REACH_M = 5_000_000.0
"""From the middle of the map to its corner; a plan that reaches farther is drawn as far as this."""
MIN_PICTURE_REACH_M = 50.0
