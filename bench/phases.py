"""Phases: where the time of one scan goes, kernel by kernel, on one thread.

Each compiled function that the scan calls is timed around its call; what is left is Python, allocation and the
assembly of the answer. The clock around a call costs about a microsecond, so small scenes show slightly too much.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from typing import Any

from numba.core.dispatcher import Dispatcher

from bench import machine, markdown
from bench.budget import Budget
from bench.scenes import SCENES, Scene

FULL = (("en_route", 10_000), ("en_route", 100_000), ("en_route", 1_000_000), ("drones", 100_000), ("mixed", 100_000))
QUICK = (("en_route", 10_000), ("drones", 10_000))
CALLERS = ("steerclear.separation.scan", "steerclear.separation.search", "steerclear.separation.results")
REST = "everything else"


def run(budget: Budget, scenes: tuple[tuple[str, int], ...] | None = None) -> dict[str, Any]:
    """Return, for each scene, the seconds of its quickest scan and of each kernel in it."""
    scenes = scenes or (QUICK if budget.quick else FULL)
    rows = []
    for family, n in scenes:
        print(f"    {family}, N = {n:,}", file=sys.stderr, flush=True)
        rows.append({"family": family, "n": n, **measure(SCENES[family](n), budget.seconds / len(scenes))})
    return {"section": "phases", "machine": machine.describe(), "rows": rows}


def measure(scene: Scene, seconds: float) -> dict[str, Any]:
    """Time one scene's scans for about the seconds, at least three of them after a warm-up."""
    from steerclear import find_conflicts  # noqa: PLC0415 - compiled code is loaded when it is measured

    spent: dict[str, float] = defaultdict(float)
    restore = _time_kernels(spent)
    best: dict[str, float] = {}
    best_s, samples = float("inf"), 0
    try:
        find_conflicts(*scene.columns, **scene.minima, threads=1)
        begun = time.perf_counter()
        while samples < 3 or time.perf_counter() - begun < seconds:
            spent.clear()
            start = time.perf_counter()
            find_conflicts(*scene.columns, **scene.minima, threads=1)
            total = time.perf_counter() - start
            samples += 1
            if total < best_s:
                best_s, best = total, {**spent, REST: total - sum(spent.values())}
    finally:
        restore()
    return {"samples": samples, "total_s": best_s, "kernels_s": best}


def _time_kernels(spent: dict[str, float]) -> Callable[[], None]:
    """Put a clock around every compiled function the scan calls; return what takes them off again."""
    replaced = []
    for module in map(import_module, CALLERS):
        for name, kernel in list(vars(module).items()):
            if isinstance(kernel, Dispatcher):
                replaced.append((module, name, kernel))
                setattr(module, name, _timed(name, kernel, spent))

    def restore() -> None:
        for module, name, kernel in replaced:
            setattr(module, name, kernel)

    return restore


def _timed(name: str, kernel: Callable[..., Any], spent: dict[str, float]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        start = time.perf_counter()
        answer = kernel(*arguments)
        spent[name] += time.perf_counter() - start
        return answer

    return call


def table(result: dict[str, Any]) -> str:
    """Return milliseconds and shares, a line for each kernel and a column for each scene."""
    rows = result["rows"]
    kernels = sorted(
        {kernel for row in rows for kernel in row["kernels_s"]},
        key=lambda kernel: -max(row["kernels_s"].get(kernel, 0.0) / row["total_s"] for row in rows),
    )
    lines = [["one scan", *(markdown.milliseconds(row["total_s"]) for row in rows)]]
    for kernel in kernels:
        own = [row["kernels_s"].get(kernel, 0.0) for row in rows]
        lines.append([kernel] + [_share(took, row["total_s"]) for took, row in zip(own, rows, strict=True)])
    head = ["milliseconds, 1 thread", *(f"{row['family']} {row['n']:,}" for row in rows)]
    legend = f"Where the time of a scan goes, in the quickest of its scans. {machine.sentence(result['machine'])}."
    return "\n\n".join([legend, markdown.table(head, lines)])


def _share(took_s: float, total_s: float) -> str:
    return f"{markdown.milliseconds(took_s)} ({100 * took_s / total_s:.0f} %)"
