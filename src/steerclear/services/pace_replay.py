"""Plays the scans of a recording at a steady multiple of real time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from steerclear.services.replay_sources import Scan

_LONGEST_NAP_S = 0.1


def paced(steps: Iterator[Scan], speed: float, scan_period_s: float, nap: Callable[[float], object]) -> Iterator[Scan]:
    """The scans, each at its moment; a gap that the replay skipped takes one period.

    `nap` waits for at most the given seconds; it is called often, so that whoever waits can also look around. When it
    returns true, the play ends.
    """
    due_s = time.monotonic()
    last_s: float | None = None
    for scan in steps:
        if last_s is not None:
            due_s += min(scan.now_s - last_s, scan_period_s) / speed
        last_s = scan.now_s
        while (wait_s := due_s - time.monotonic()) > 0.0:
            if nap(min(wait_s, _LONGEST_NAP_S)):
                return
        yield scan
