"""The clock as the services see it: given to them, so that a simulation or a replay can drive it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now_s(self) -> float:
        """POSIX UTC seconds."""
        ...

    def steady_s(self) -> float:
        """Seconds from some moment on, which nobody can set: for what must take its time whatever the clock does."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_s(self) -> float:
        """POSIX UTC seconds."""
        return time.time()

    def steady_s(self) -> float:
        """Seconds of the machine's monotonic clock."""
        return time.monotonic()
