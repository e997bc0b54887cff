"""Every limit on what one picture accepts, in one place.

What is over a limit is set aside and counted under the reason that names the limit; nothing is dropped in silence.
"""

from typing import Final

import msgspec

MAX_SPEED_MPS: Final = 2_500.0
"""Largest horizontal speed and largest climb or descent of a report; beyond it the velocity is not used."""

MIN_ALTITUDE_M: Final = -1_000.0
MAX_ALTITUDE_M: Final = 60_000.0
"""Outside of these the altitude of a report is not used."""

MAX_TEXT_CHARS: Final = 64
"""Longest source name, callsign, remote id or track number."""

MAX_HISTORY: Final = 5
"""Positions kept per aircraft to estimate a velocity that is not reported."""

FEWEST_TO_ALIGN: Final = 5
"""The alignment of a source has four unknowns; fewer aircraft than this say nothing about it."""

MAX_ALIGNED_SOURCES: Final = 16
"""Sources that are compared with each other, those with most reports; of the others the alignment is not known."""

MAX_ALIGNED_AIRCRAFT: Final = 200
"""Aircraft by which two sources are compared; more would not make the answer better."""

MAX_SIGHTINGS: Final = 20_000
"""Aircraft kept for each source for that comparison."""

MAX_PLOTS: Final = 48
"""Plots without identity that are compared with known traffic at a time."""

MAX_ALIGNED_M: Final = 700_000.0
"""Traffic farther than this from the site, or the middle of the traffic, is not compared: no plane is that flat."""


class PictureLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one picture holds and how wrong a clock may be."""

    max_tracks: int = 200_000
    max_reports_per_step: int = 1_000_000
    max_sources: int = 1_000
    max_open_alerts: int = 100_000
    max_pairs_per_scan: int = 500_000
    """Over it, a scan looks less far ahead until it fits, and the counts say how far."""
    max_claims_per_identity: int = 4
    """How many places may claim one address or remote id at a time."""
    max_candidates: int = 64
    """Of more tracks that a new aircraft could be, none is looked at: that many cannot name one."""
    max_kept_aside: int = 200
    """How many of the reports that were set aside are kept for a person to look at; all are counted."""
    max_ahead_s: float = 5.0
    """A report may claim to be of this much after `now`: the clocks of honest sources differ a little."""
    max_behind_s: float = 120.0
    """A report may be of this much before `now`."""
