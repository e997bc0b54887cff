"""Threads for compiled kernels that let go of the interpreter lock."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

from steerclear.separation.faults import InvalidMinimumError
from steerclear.separation.limits import MAX_THREADS

Task = TypeVar("Task")
Result = TypeVar("Result")

SMALL_SCAN = 5_000
"""Below this many aircraft one thread does it all: a scan is then shorter than the wait for a busy second core."""


def thread_count(asked: int | None, aircraft: int) -> int:
    """Return how many threads to use: the caller's choice, or the cores this process may run on.

    Raises:
        InvalidMinimumError: the caller's choice is not a count in 1..MAX_THREADS.
    """
    if asked is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return 1 if aircraft < SMALL_SCAN else min(cores, MAX_THREADS)
    if not 1 <= asked <= MAX_THREADS:
        raise InvalidMinimumError(f"threads is {asked!r}; give a count in 1..{MAX_THREADS}, or None")
    return int(asked)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="steerclear-separation")


def _forget_pool() -> None:
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):
    # A forked child inherits the pool object but none of its threads.
    os.register_at_fork(after_in_child=_forget_pool)


def run(task: Callable[[Task], Result], parts: Sequence[Task], threads: int) -> list[Result]:
    """Return the task's result for each part, in the order of the parts; this thread takes its share of the work.

    If a part fails, parts not begun are given up, and those begun are waited for before the error goes on: nothing
    writes to the caller's workspace afterwards.
    """
    if threads == 1 or len(parts) == 1:
        return [task(part) for part in parts]
    queue = list(enumerate(parts))[::-1]
    results: list[tuple[int, Result]] = []

    def work() -> None:
        while True:
            try:
                index, part = queue.pop()
            except IndexError:
                return
            try:
                results.append((index, task(part)))
            except BaseException:
                queue.clear()
                raise

    helpers = [_pool().submit(work) for _ in range(min(threads, len(parts)) - 1)]
    try:
        work()
    finally:
        wait(helpers)
    for helper in helpers:
        helper.result()
    results.sort(key=lambda entry: entry[0])
    return [result for _, result in results]
