"""Minima, closest point of approach, loss of separation and well clear over arrays of states.

The compiled kernels load with the first function that needs them, not with this package.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from steerclear.separation.cartesian import INTERVAL_DTYPE, conflict_interval, well_clear_interval
    from steerclear.separation.faults import (
        InvalidMinimumError,
        InvalidStateError,
        SeparationError,
        TooManyPairsError,
    )
    from steerclear.separation.layout import PAIR_DTYPE, WELL_CLEAR_DTYPE
    from steerclear.separation.results import Conflicts
    from steerclear.separation.scan import (
        Detector,
        brute_force_conflicts,
        find_conflicts,
        find_well_clear_violations,
    )
    from steerclear.separation.volumes import WellClearVolume

_HOME: Final = {
    "INTERVAL_DTYPE": "cartesian",
    "conflict_interval": "cartesian",
    "well_clear_interval": "cartesian",
    "InvalidMinimumError": "faults",
    "InvalidStateError": "faults",
    "SeparationError": "faults",
    "TooManyPairsError": "faults",
    "PAIR_DTYPE": "layout",
    "WELL_CLEAR_DTYPE": "layout",
    "Conflicts": "results",
    "Detector": "scan",
    "brute_force_conflicts": "scan",
    "find_conflicts": "scan",
    "find_well_clear_violations": "scan",
    "WellClearVolume": "volumes",
}

__all__ = [
    "INTERVAL_DTYPE",
    "PAIR_DTYPE",
    "WELL_CLEAR_DTYPE",
    "Conflicts",
    "Detector",
    "InvalidMinimumError",
    "InvalidStateError",
    "SeparationError",
    "TooManyPairsError",
    "WellClearVolume",
    "brute_force_conflicts",
    "conflict_interval",
    "find_conflicts",
    "find_well_clear_violations",
    "well_clear_interval",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
