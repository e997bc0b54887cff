"""One contestant in its own process: `python -m bench.worker NAME MEMORY_BYTES`, commands and answers as JSON lines.

A process of its own lets a call be stopped when it takes too long, gives it a hard memory limit, and keeps one
contestant's libraries and threads away from another's. Contestants that print get the error stream for it.
"""

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.contestants import CONTESTANTS, Contestant
from bench.problem import Problem

WARM_AIRCRAFT = 300


class Worker:
    """Holds one prepared call and its last answer."""

    def __init__(self, contestant: Contestant) -> None:
        self._contestant = contestant
        self._call: Callable[[], Any] | None = None
        self._answer: Any = None
        self._n = 0

    def load(self, path: str) -> dict[str, Any]:
        """Prepare a problem after a warm-up on its first few hundred aircraft, where imports and compilation happen."""
        problem = Problem.load(Path(path))
        self._n = problem.n
        self._answer = None
        self._contestant.prepare(problem.first(WARM_AIRCRAFT))()
        self._call = self._contestant.prepare(problem)
        return {}

    def measure(self, seconds: float, most: int) -> dict[str, Any]:
        """Time calls one by one until the seconds or the count are used up; at least one."""
        times: list[float] = []
        gc.collect()
        gc.disable()
        begun = time.perf_counter()
        while not times or (len(times) < most and time.perf_counter() - begun < seconds):
            self._answer = None
            start = time.perf_counter()
            self._answer = self._call()
            times.append(time.perf_counter() - start)
        gc.enable()
        return {"times_s": times}

    def pairs(self, path: str) -> dict[str, Any]:
        """Write the last answer's pairs, each once, as sorted numbers i * n + j with i < j."""
        i, j = (np.asarray(column, dtype=np.int64) for column in self._contestant.rows(self._answer))
        np.save(path, np.unique(np.minimum(i, j) * self._n + np.maximum(i, j)))
        return {}


def main() -> None:
    """Answer commands until the input ends."""
    name, memory = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    worker = Worker(CONTESTANTS[name])
    commands = {"load": worker.load, "measure": worker.measure, "pairs": worker.pairs}
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = commands[command.pop("do")](**command)
        except MemoryError:
            answer = {"fault": "out of memory"}
        except Exception as error:  # whatever a contestant raises is its result, and shown as such
            answer = {"fault": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
