"""Talk to contestants in their processes, stop those that take too long, and sum up what they took."""

import json
import os
import select
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

from bench import machine
from bench.budget import CALL_LIMIT_S, MAX_SAMPLES, MEMORY_SHARE, START_LIMIT_S

UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Settings of the surroundings that would hold a contestant's linear algebra back."""

TOO_SLOW = "too slow"
OUT_OF_MEMORY = "out of memory"


class StoppedError(Exception):
    """A contestant gave no answer; the argument says why, as the tables show it."""


def memory_limit() -> int:
    """Return how much memory one contestant may address."""
    return int(machine.memory_bytes() * MEMORY_SHARE)


class Process:
    """One contestant's process, started on first use and again after it was stopped."""

    def __init__(self, name: str, module: str = "bench.worker") -> None:
        self._name = name
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, limit_s: float, **command: Any) -> dict[str, Any]:
        """Send one command and return the answer.

        Raises:
            StoppedError: no answer within the limit, or a fault, or the process died.
        """
        process = self._running()
        process.stdin.write(json.dumps(command).encode() + b"\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], limit_s)
        if not ready:
            self.stop()
            raise StoppedError(TOO_SLOW)
        line = process.stdout.readline()
        if not line:
            code = process.wait()
            self.stop()
            # C++ code that cannot allocate aborts; the kernel kills when the machine itself has no more.
            raise StoppedError(OUT_OF_MEMORY if -code in (signal.SIGABRT, signal.SIGKILL) else f"died ({code})")
        answer = json.loads(line)
        if "fault" in answer:
            raise StoppedError(answer["fault"])
        return answer

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, self._name, str(memory_limit())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={key: value for key, value in os.environ.items() if key not in UNSET},
                cwd=machine.ROOT,
                bufsize=0,
            )
        return self._process


@dataclass
class Case:
    """One contestant on one problem: the timed calls so far, or why there are none."""

    process: Process
    times_s: list[float] = field(default_factory=list)
    status: str = "measured"

    def load(self, problem: Path) -> None:
        """Give the problem; the first call on it is a warm-up, unless it is so long that warmth no longer matters."""
        try:
            self.process.ask(START_LIMIT_S, do="load", path=str(problem))
            first = self.process.ask(CALL_LIMIT_S, do="measure", seconds=0.0, most=1)["times_s"]
        except StoppedError as stopped:
            self.status = str(stopped)
        else:
            self.times_s = first if first[0] > 1.0 else []

    def measure(self, seconds: float) -> None:
        """Spend about the seconds on timed calls, if the contestant is still there and has calls to spend."""
        left = MAX_SAMPLES - len(self.times_s)
        if self.status != "measured" or left <= 0 or sum(self.times_s) > 3 * seconds:
            return
        try:
            self.times_s += self.process.ask(CALL_LIMIT_S + seconds, do="measure", seconds=seconds, most=left)[
                "times_s"
            ]
        except StoppedError as stopped:
            self.status = str(stopped)

    def summary(self) -> dict[str, Any]:
        """Return status and, when measured, the smallest, the median and the 99th percentile of the times."""
        if self.status != "measured":
            return {"status": self.status}
        ordered = sorted(self.times_s)
        return {
            "status": self.status,
            "samples": len(ordered),
            "min_s": ordered[0],
            "median_s": statistics.median(ordered),
            "p99_s": ordered[ceil(0.99 * len(ordered)) - 1],
        }


def side_by_side(cases: dict[str, Case], seconds: float, rounds: int = 3) -> None:
    """Measure all cases in turns, so that a disturbance of the machine falls on all of them alike."""
    for _ in range(rounds):
        for case in cases.values():
            case.measure(seconds / rounds)


def elapsed(begun: float) -> str:
    """Return minutes and seconds since then, for progress lines."""
    seconds = int(time.monotonic() - begun)
    return f"{seconds // 60}:{seconds % 60:02d}"
