"""A worker whose contestants misbehave in the ways real ones do."""

import os
import sys
import time

import numpy as np
from bench.contestants import CONTESTANTS

from bench import worker


class Troublesome:
    title = "troublesome"
    package = "numpy"
    well_clear = False

    def __init__(self, name, behave):
        self.name = name
        self._behave = behave

    def prepare(self, problem):
        return lambda: self._behave(problem) if problem.n > worker.WARM_AIRCRAFT else None

    def rows(self, answer):
        return answer


def greedy(problem):
    return np.ones((100_000, 100_000, 1_000))


def noisy(problem):
    os.write(1, b"not an answer\n")
    return np.array([1, 0, 2]), np.array([0, 1, 4])


def failing(problem):
    raise ValueError("cannot do this scene")


BEHAVIOURS = {
    "slow": lambda problem: time.sleep(60),
    "greedy": greedy,
    "dying": lambda problem: os.abort(),
    "failing": failing,
    "noisy": noisy,
}

if __name__ == "__main__":
    for name, behave in BEHAVIOURS.items():
        CONTESTANTS[name] = Troublesome(name, behave)
    sys.exit(worker.main())
