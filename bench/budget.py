"""How long a section may take, and what one measured call may cost before it is stopped.

These are the bench's own limits, in one place. A call that needs more is shown as such, not left out.
"""

from dataclasses import dataclass
from typing import Final

CALL_LIMIT_S: Final = 20.0
"""A single call that takes longer is stopped and shown as too slow."""

START_LIMIT_S: Final = 120.0
"""Longest wait for a contestant's imports and its warm-up on a small scene (compilation happens here)."""

MEMORY_SHARE: Final = 0.5
"""Share of the machine's memory that one contestant's process may address."""

MAX_SAMPLES: Final = 400
"""Most timed calls per contestant and scene: enough for a 99th percentile with four calls beyond it."""


@dataclass(frozen=True)
class Budget:
    """Wall-clock allowance of one section; `quick` asks for small sizes, for a look rather than a result."""

    quick: bool
    seconds: float
