"""Limits of plan files: a file beyond them is refused with the place where it passes them."""

MAX_FILE_BYTES = 4_000_000
"""GeoJSON, KML and F3548 JSON."""
MAX_TEXT_FILE_BYTES = 400_000
"""Route, orbit, waypoint and flight plan files, which people write by hand."""
MAX_JSON_DEPTH = 24
MAX_KML_DEPTH = 32
MAX_KML_ELEMENTS = 50_000
MAX_KML_TEXT_CHARS = 2_000_000
"""Text of one element."""
MAX_VOLUMES = 1_000
"""Volumes of one plan."""
MAX_VERTICES = 10_000
"""Of one plan, all volumes together; F3548-21 allows an operational intent no more."""
MAX_POSITIONS = 30_000
"""In a whole file, those of holes and of what is refused later included."""
MAX_FEATURES = 1_000
"""Features of a collection or Placemarks of a document."""
MAX_WAYPOINTS = 1_000
MAX_NAMED_POINTS = 100_000
"""Points of a waypoint file with which names are resolved."""
MAX_NAMED_POINTS_BYTES = 4_000_000
MAX_IDENTITIES = 64
MAX_CALLSIGN_CHARS = 16
MAX_REMOTE_ID_CHARS = 64
MAX_ROUTE_TOKENS = 1_000
"""Words in the route of a flight plan."""
MAX_HALF_WIDTH_M = 100_000.0
MAX_RADIUS_M = 500_000.0
MAX_LEG_M = 10_000_000.0
MIN_LEG_M = 0.01
"""Two waypoints nearer than this are one."""
MAX_ROUTE_M = 40_000_000.0
MIN_HEIGHT_M = -8_000.0
MAX_HEIGHT_M = 100_000.0
"""The bounds of heights in F3548-21."""
MAX_VERTICAL_HALF_WIDTH_M = 20_000.0
MIN_SPEED_MPS = 0.1
MAX_SPEED_MPS = 3_000.0
MAX_TIME_TOLERANCE_S = 86_400.0
MAX_DURATION_S = 31 * 86_400.0
"""From the first to the last moment of one volume or route."""
MIN_TIME_S = 315_532_800.0
"""1980-01-01."""
MAX_TIME_S = 4_102_444_800.0
"""2100-01-01."""
MAX_PRIORITY = 1_000_000
LONGEST_PIECE_M = 100_000.0
"""A leg is cut into volumes no longer than this."""
LONGEST_PIECE_S = 120.0
"""A leg is cut into volumes that are flown through in no more than this, unless that makes more than MAX_PIECES."""
MAX_PIECES = 400
EDGE_TOLERANCE_M = 0.01
"""A straight line of a map becomes shortest paths that stay so near to it, as long as MAX_VERTICES allows."""
WRITTEN_EDGE_TOLERANCE_M = 0.005
"""A shortest path is written as straight lines of a map that stay so near to it: near enough to be read as they are."""
MAX_WRITTEN_POINTS = 4_000
"""Of one ring; a ring that would need more, near a pole, is written with a larger tolerance."""
