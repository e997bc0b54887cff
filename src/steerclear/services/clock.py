"""The clock as the services see it: given to them, so that a simulation or a replay can drive it."""

from __future__ import annotations

import time
from typing import Final, Protocol


class Clock(Protocol):
    """Tells the time."""

    def now_s(self) -> float:
        """POSIX UTC seconds."""
        ...

    def steady_s(self) -> float:
        """Seconds from some moment on, which nobody can set: for what must take its time whatever the clock does."""
        ...


_SINCE_BOOT: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
"""The monotonic clock of Linux stands still while a machine is suspended: every deadline would come so much late."""


class SystemClock:
    """The machine's clock."""

    def now_s(self) -> float:
        """POSIX UTC seconds."""
        return time.time()

    def steady_s(self) -> float:
        """Seconds since the machine's start, those in which it was suspended too."""
        return time.monotonic() if _SINCE_BOOT is None else time.clock_gettime(_SINCE_BOOT)
