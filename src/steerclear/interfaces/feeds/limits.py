"""Limits of the feeds: a record beyond them is set aside, a file beyond them is refused."""

MAX_IN_MEMORY_BYTES = 512 * 1024 * 1024
"""Size after decompression of a file whose format must be held in memory as a whole (JSON, GeoJSON, Parquet)."""
MAX_COMPRESSION_RATIO = 200
"""Honest recordings compress 5 to 30 times; a bomb about 1,000 times."""
RATIO_FREE_BYTES = 1024 * 1024
"""Decompressed size below which the ratio says nothing."""
MAX_RECORD_BYTES = 64 * 1024
"""One line of a line-based format, or one snapshot entry."""
MAX_JSON_DEPTH = 32
MAX_CSV_COLUMNS = 512
MAX_ROWS = 20_000_000
"""Rows of one columnar file."""
MAX_SNAPSHOT_BYTES = 32 * 1024 * 1024
"""One aircraft.json, from a file or over HTTP."""
MAX_SNAPSHOT_FILES = 1_000_000
MAX_DATAGRAM_BYTES = 65_535
MAX_PACKET_BYTES = 262_144
"""One captured packet."""
MAX_PCAP_INTERFACES = 1_024
MAX_AIRCRAFT_REMEMBERED = 50_000
"""Aircraft whose last velocity and callsign a message-wise format keeps; the longest unheard goes first."""
MAX_SENSORS = 4_096
MAX_SOURCE_NAME_CHARS = 64
"""As much as the picture takes; a longer name, as an address may be, is cut in its middle."""

MIN_TIME_S = 315_532_800.0
"""1980-01-01: before GNSS there is no time of applicability that we could trust."""
MAX_TIME_S = 4_102_444_800.0
"""2100-01-01."""
MAX_FUTURE_S = 60.0
"""A report may be applicable at most so long after it was received: clocks differ, but not by more."""
MAX_CLOCK_DIFFERENCE_S = 300.0
"""Beyond this a stream's own times and this machine's clock do not belong together."""
MIN_ALTITUDE_M = -2_000.0
MAX_ALTITUDE_M = 60_000.0
MAX_GROUND_SPEED_MPS = 3_000.0
"""Above anything that flies in the atmosphere under control; spoofed tracks below it stay visible."""
MAX_VERTICAL_SPEED_MPS = 1_000.0
MAX_ACCURACY_M = 1_000_000.0
MAX_CALLSIGN_CHARS = 16

REPORTS_PER_BATCH = 256
MIN_RECONNECT_S = 0.5
MAX_RECONNECT_S = 30.0
CONNECT_TIMEOUT_S = 10.0
SILENT_AFTER_S = 60.0
"""A connected stream that says nothing for so long is closed and opened again."""
POLL_PERIOD_S = 1.0
