"""How much a change disturbs a plan: a number to rank changes of one plan, so that the smallest comes first.

1 is what a flight takes without a word: ten minutes' delay, 500 ft of level, half a mile to the side, a tenth of what
was to be flown or reserved. A volume that is left out counts as all of it lost, and 5 on top, because what is left may
no longer be the flight that was meant. The choice is a judgement, not a measurement: it orders, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from steerclear.geodesy.units import FT_M, NM_M
from steerclear.model.resolution import Trim, TrimmedEdge
from steerclear.model.volumes import Volume4D

UNIT_DELAY_S: Final = 600.0
UNIT_LEVEL_M: Final = 500.0 * FT_M
UNIT_LATERAL_M: Final = 0.5 * NM_M
UNIT_LOST: Final = 0.1
LEFT_OUT: Final = 5.0


def of_delay(delay_s: float) -> float:
    """The disruption of a delay."""
    return delay_s / UNIT_DELAY_S


def of_level(level_m: float) -> float:
    """The disruption of a change of level, up or down."""
    return abs(level_m) / UNIT_LEVEL_M


def of_lateral(lateral_m: float) -> float:
    """The disruption of a shift."""
    return lateral_m / UNIT_LATERAL_M


def of_trims(trims: Sequence[Trim], volumes: Sequence[Volume4D]) -> float:
    """The disruption of trimming: the share of the plan that is lost, each volume counting alike."""
    lost = sum(share_lost(trim, volumes[trim.volume]) for trim in trims) / len(volumes)
    return lost / UNIT_LOST + LEFT_OUT * sum(trim.edge is TrimmedEdge.WHOLE for trim in trims)


def share_lost(trim: Trim, volume: Volume4D) -> float:
    """The share of a volume that a trim takes, 0 to 1; where it has no top or bottom, metres count by the kilometre."""
    if trim.edge is TrimmedEdge.WHOLE:
        return 1.0
    if trim.edge in (TrimmedEdge.START, TrimmedEdge.END):
        return min(1.0, trim.by_s / max(volume.until_s - volume.from_s, 1e-9))
    if volume.lower_m is None or volume.upper_m is None:
        return min(1.0, trim.by_m / 1_000.0)
    return min(1.0, trim.by_m / max(volume.upper_m - volume.lower_m, 1e-9))
