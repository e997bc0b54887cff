"""Well-clear volumes of DO-365: the thresholds, published sets as constants.

Frame: none; these are thresholds. Units: metres and seconds.
Symbols: DMOD distance modification of modified tau, HMD horizontal miss distance, ZTHR vertical distance, tau
modified-tau time, TCOA time to co-altitude. Touching a threshold counts as a violation.
Source: RTCA DO-365 phase I and II well-clear definitions; Munoz, Narkawicz et al., "A Family of Well-Clear Boundary
Models for the Integration of UAS in the NAS", AIAA 2014.
"""

import math
from typing import ClassVar

import msgspec

from steerclear.geodesy.units import FT_M, NM_M
from steerclear.separation.faults import InvalidMinimumError
from steerclear.separation.limits import MAX_HORIZONTAL_M, MAX_TAU_S, MAX_VERTICAL_M


class WellClearVolume(msgspec.Struct, frozen=True):
    """Thresholds of one TAUMOD well-clear volume, in metres and seconds.

    A pair violates it while it is within `zthr_m` vertically, or will be within `tcoa_s`, and at the same time within
    `dmod_m` horizontally, or closing with a modified tau of at most `tau_s` and a horizontal miss distance of at most
    `hmd_m`.

    Raises:
        InvalidMinimumError: a threshold is not finite, negative or absurd, or `hmd_m` differs from `dmod_m` (every
            published volume has them equal; only then is the violation one interval of time).
    """

    dmod_m: float
    hmd_m: float
    zthr_m: float
    tau_s: float
    tcoa_s: float = 0.0

    PHASE_I: ClassVar["WellClearVolume"]
    PHASE_I_PREVENTIVE: ClassVar["WellClearVolume"]
    PHASE_I_BUFFERED: ClassVar["WellClearVolume"]
    PHASE_II: ClassVar["WellClearVolume"]
    NON_COOPERATIVE: ClassVar["WellClearVolume"]

    def __post_init__(self) -> None:
        limits = (
            ("dmod_m", self.dmod_m, MAX_HORIZONTAL_M),
            ("hmd_m", self.hmd_m, MAX_HORIZONTAL_M),
            ("zthr_m", self.zthr_m, MAX_VERTICAL_M),
            ("tau_s", self.tau_s, MAX_TAU_S),
            ("tcoa_s", self.tcoa_s, MAX_TAU_S),
        )
        for name, value, largest in limits:
            if not (math.isfinite(value) and 0.0 <= value <= largest):
                raise InvalidMinimumError(f"well-clear volume: {name} is {value!r}; give a number in 0..{largest:g}")
        if self.hmd_m != self.dmod_m:
            raise InvalidMinimumError(
                f"well-clear volume: hmd_m {self.hmd_m!r} differs from dmod_m {self.dmod_m!r}; use one value for both"
            )


WellClearVolume.PHASE_I = WellClearVolume(0.66 * NM_M, 0.66 * NM_M, 450 * FT_M, 35.0)
WellClearVolume.PHASE_I_PREVENTIVE = WellClearVolume(0.66 * NM_M, 0.66 * NM_M, 700 * FT_M, 35.0)
WellClearVolume.PHASE_I_BUFFERED = WellClearVolume(1.0 * NM_M, 1.0 * NM_M, 450 * FT_M, 35.0, 20.0)
WellClearVolume.PHASE_II = WellClearVolume(1500 * FT_M, 1500 * FT_M, 450 * FT_M, 0.0)
WellClearVolume.NON_COOPERATIVE = WellClearVolume(2200 * FT_M, 2200 * FT_M, 450 * FT_M, 0.0)
