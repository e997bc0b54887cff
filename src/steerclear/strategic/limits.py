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
