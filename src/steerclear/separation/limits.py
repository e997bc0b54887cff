"""Every limit on what the separation room accepts, in one place.

They keep each pair that is compared on one side of the Earth (the pair frame needs less than 90 degrees between two
aircraft that can meet) and keep arithmetic far from overflow. A value outside is the data's fault and is refused by
name, or its row is set aside when the caller asks for that.
"""

from typing import Final

MAX_AIRCRAFT: Final = 4_000_000
"""Most aircraft in one scan (about 1.3 GB of workspace)."""

MAX_PAIRS: Final = 10_000_000
"""Most pairs returned by one scan unless the caller says otherwise; more is an error, never a truncated answer."""

MAX_THREADS: Final = 64
"""Most threads that one scan may use."""

MIN_LATITUDE_DEG: Final = -90.0
MAX_LATITUDE_DEG: Final = 90.0
MIN_LONGITUDE_DEG: Final = -180.0
MAX_LONGITUDE_DEG: Final = 360.0
"""Both habits of writing longitude are read: -180 to 180 and 0 to 360."""

MIN_ALTITUDE_M: Final = -2_000.0
MAX_ALTITUDE_M: Final = 100_000.0

MAX_SPEED_MPS: Final = 2_500.0
"""Largest east, north and up velocity component and largest horizontal speed."""

MAX_LOOKAHEAD_S: Final = 1_200.0
"""Straight flight for longer than this is no prediction."""

MAX_HORIZONTAL_M: Final = 200_000.0
MAX_VERTICAL_M: Final = 20_000.0
MAX_TAU_S: Final = 300.0
"""Largest time threshold of a well-clear volume (modified tau and time to co-altitude)."""
