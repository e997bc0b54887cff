"""steerclear: airspace de-confliction between parties that share a sky but no command.

The detection library is here at the top level; everything else lives in its room. Names are loaded on first use,
so that `import steerclear` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from steerclear.separation import (
        Conflicts,
        Detector,
        InvalidMinimumError,
        InvalidStateError,
        SeparationError,
        TooManyPairsError,
        WellClearVolume,
        brute_force_conflicts,
        conflict_interval,
        find_conflicts,
        find_well_clear_violations,
        well_clear_interval,
    )

__all__ = [
    "Conflicts",
    "Detector",
    "InvalidMinimumError",
    "InvalidStateError",
    "SeparationError",
    "TooManyPairsError",
    "WellClearVolume",
    "__version__",
    "brute_force_conflicts",
    "conflict_interval",
    "find_conflicts",
    "find_well_clear_violations",
    "well_clear_interval",
]


if not TYPE_CHECKING:  # Else every misspelt name would be known to type checkers.

    def __getattr__(name: str) -> Any:
        """Load a public name from the detection library when it is first asked for."""
        if name in __all__:
            return getattr(import_module("steerclear.separation"), name)
        raise AttributeError(f"module 'steerclear' has no attribute {name!r}; it has: {', '.join(__all__)}")


def __dir__() -> list[str]:
    """List the public names before their first use too, for help() and completion."""
    return sorted({*globals(), *__all__})
