"""Where the sensor of a source stands, and how the source lies against the others."""

from __future__ import annotations

from typing import Final

import msgspec


class SensorSite(msgspec.Struct, frozen=True, kw_only=True):
    """Where the sensor of a source stands; what it measures can be turned about this place."""

    source: str
    latitude_deg: float
    longitude_deg: float


class FeedAlignment(msgspec.Struct, frozen=True, kw_only=True):
    """How a source lies against known traffic; figures are None where not known, uncertainties are three sigma."""

    state: str
    """"agrees", "off" or "not_known"."""
    words: str
    against: tuple[str, ...] = ()
    """The sources that it agrees with, or is off against."""
    aircraft: int = 0
    """Seen by both it and the one it was measured against."""
    used: int = 0
    """Of these, what one transformation explains."""
    rotation_deg: float | None = None
    """Clockwise."""
    rotation_pm_deg: float | None = None
    displaced_m: float | None = None
    displaced_pm_m: float | None = None
    late_s: float | None = None
    late_pm_s: float | None = None
    altitude_off_m: float | None = None
    altitude_pm_m: float | None = None


NOT_COMPARED: Final = FeedAlignment(state="not_known", words="alignment not known: no other source to compare it with")
"""Of a source that was never compared."""
