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


def metres_from_nm(distance_nm: float) -> float:
    """Return metres."""
    return distance_nm * NM_M


def metres_from_ft(distance_ft: float) -> float:
    """Return metres."""
    return distance_ft * FT_M


def mps_from_kt(speed_kt: float) -> float:
    """Return metres per second."""
    return speed_kt * KT_MPS


def mps_from_fpm(speed_fpm: float) -> float:
    """Return metres per second."""
    return speed_fpm * FPM_MPS


def nm_from_metres(distance_m: float) -> float:
    """Return nautical miles."""
    return distance_m / NM_M


def ft_from_metres(distance_m: float) -> float:
    """Return feet."""
    return distance_m / FT_M


def kt_from_mps(speed_mps: float) -> float:
    """Return knots."""
    return speed_mps / KT_MPS


def fpm_from_mps(speed_mps: float) -> float:
    """Return feet per minute."""
    return speed_mps / FPM_MPS
