"""The field's units, for use at the edge alone: inside everything is SI and says so in its name."""

from typing import Final

NM_M: Final = 1852.0
"""One international nautical mile in metres (exact)."""
FT_M: Final = 0.3048
"""One international foot in metres (exact)."""
KT_MPS: Final = NM_M / 3600.0
"""One knot in metres per second."""
FPM_MPS: Final = FT_M / 60.0
"""One foot per minute in metres per second."""
