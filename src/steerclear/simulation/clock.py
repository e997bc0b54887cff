"""Clocks of simulated parties: wrong by some seconds, drifting, and set forwards or back while the node runs.

`TrueTime` is the run's own time, in seconds from its start; no party sees it.
"""

from __future__ import annotations

from typing import Final

START_S: Final = 1_800_000_000.0
"""POSIX UTC seconds at the start of every run."""


class TrueTime:
    """Simulated time; only the run moves it."""

    def __init__(self) -> None:
        self.seconds = 0.0


class PartyClock:
    """One machine's two clocks: the one that people set, and the steady one, which nobody can."""

    def __init__(self, true: TrueTime, offset_s: float, drift: float) -> None:
        self._true = true
        self._rate = 1.0 + drift
        self.offset_s = offset_s
        """How far the clock is ahead, beside its drift."""
        self._steady_base_s = 0.0

    def now_s(self) -> float:
        """POSIX UTC seconds, as this machine has them."""
        return START_S + self._true.seconds * self._rate + self.offset_s

    def steady_s(self) -> float:
        """Seconds since some moment of this process."""
        return self._steady_base_s + self._true.seconds * self._rate

    def new_process(self, base_s: float) -> None:
        """A steady clock means nothing to the next process: it begins anywhere."""
        self._steady_base_s = base_s - self._true.seconds * self._rate
