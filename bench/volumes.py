"""Volumes: check of one plan of ten volumes against a million active ones, beside shapely's STRtree and PostGIS.

One process, the same plans, asked in turns. What is asked with is prepared before the clock starts, for every
contestant; for steerclear preparing and inserting is measured apart. The goal is for the check itself, by the wall
clock; processor time, which other work on the machine disturbs less, is shown beside it.
"""

import gc
import sys
import time
from typing import Any

import numpy as np

from bench import machine, markdown
from bench.budget import Budget
from bench.volumes_peers import INSTALL, SpatialTree, percentile, post_gis
from bench.volumes_scene import VOLUMES_PER_PLAN, Plans, plans
from steerclear.strategic.volume_index import VolumeIndex
from steerclear.strategic.volumes import Buffer, prepare
from steerclear.strategic.warm import warm_volumes

VOLUMES = 1_000_000
QUICK_VOLUMES = 20_000
QUESTIONS = 2_000
GOAL_P99_S = 1e-3
BUFFERS = {
    "check, no buffer": Buffer(),
    "check, 500 m, 30 m, 60 s": Buffer(horizontal_m=500.0, vertical_m=30.0, time_s=60.0),
}


class Index:
    """The contestant: `VolumeIndex`."""

    def __init__(self, held: Plans) -> None:
        warm_volumes()
        self.index: VolumeIndex[int] = VolumeIndex()
        self.prepared_s = self.filled_s = 0.0
        for plan in range(len(held)):
            volumes = list(held.volumes(plan))
            begun = time.perf_counter()
            ready = [prepare(volume) for volume in volumes]
            done = time.perf_counter()
            self.index.insert(plan, ready)
            self.prepared_s += done - begun
            self.filled_s += time.perf_counter() - done

    def prepare(self, asked: Plans, plan: int) -> Any:
        """What a question needs, made outside of the clock."""
        return [prepare(volume) for volume in asked.volumes(plan)]

    def ask(self, question: Any, buffer: Buffer = Buffer()) -> set[int]:  # noqa: B008 - frozen
        """The plans that meet a plan."""
        return set(self.index.candidates(question, buffer))


def _timed(contestant: Any, asked: Plans, seconds: float, **more: Any) -> dict[str, Any]:
    """Ask until the questions or the seconds are spent."""
    questions = [contestant.prepare(asked, plan) for plan in range(len(asked))]
    for question in questions[:20]:
        contestant.ask(question, **more)
    gc.disable()
    times, own, answers = [], [], []
    until = time.monotonic() + seconds
    for question in questions:
        spent, begun = time.thread_time(), time.perf_counter()
        answer = contestant.ask(question, **more)
        times.append(time.perf_counter() - begun)
        own.append(time.thread_time() - spent)
        answers.append(answer)
        if time.monotonic() > until:
            break
    gc.enable()
    return {
        "status": "measured",
        "samples": len(times),
        "p50_s": percentile(times, 0.5),
        "p99_s": percentile(times, 0.99),
        "worst_s": max(times),
        "processor_p99_s": percentile(own, 0.99),
        "found": int(np.sum([len(answer) for answer in answers])),
        "answers": answers,
    }


def run(budget: Budget) -> dict[str, Any]:
    """Fill every contestant with the same volumes and ask each the same plans."""
    count = QUICK_VOLUMES if budget.quick else VOLUMES
    held = plans(count // VOLUMES_PER_PLAN, 1)
    asked = plans(200 if budget.quick else QUESTIONS, 2)
    print(f"    filling with {count:,} volumes", file=sys.stderr, flush=True)
    ours = Index(held)
    rows = {name: _timed(ours, asked, budget.seconds / 6.0, buffer=buffer) for name, buffer in BUFFERS.items()}
    tree = SpatialTree(held)
    rows["shapely STRtree"] = _timed(tree, asked, budget.seconds / 6.0)
    filled = {"prepared_per_s": count / ours.prepared_s, "inserted_per_s": count / ours.filled_s}
    with post_gis(held) as peer:
        rows["PostGIS"] = {"status": "not installed"} if peer is None else _timed(peer, asked, budget.seconds / 6.0)
        if peer is not None:
            filled["postgis_copied_per_s"] = count / peer.filled_s
            filled["postgis_indexed_s"] = peer.indexed_s
    filled["strtree_built_s"] = tree.filled_s
    truth = rows["check, no buffer"].pop("answers")
    rows["check, 500 m, 30 m, 60 s"].pop("answers")
    for row in rows.values():
        # Plans that only one of the two found; both asked the same number of plans or fewer.
        answers = row.pop("answers", None)
        row["differs"] = None if answers is None else sum(len(a ^ b) for a, b in zip(truth, answers, strict=False))
    return {
        "section": "volumes",
        "machine": machine.describe(),
        "volumes": count,
        "bytes_per_volume": sum(array.nbytes for array in ours.index._tables) / count,
        "rows": rows,
        "filled": filled,
    }


def table(result: dict[str, Any]) -> str:
    """Return a line for each contestant, then how fast volumes go in."""
    lines = []
    for name, row in result["rows"].items():
        label = f"steerclear: {name}" if name in BUFFERS else name
        if row["status"] != "measured":
            lines.append([label, f"{row['status']} ({INSTALL})", "", "", "", "", ""])
            continue
        met = ("met" if row["p99_s"] <= GOAL_P99_S else "not met") if name in BUFFERS else ""
        times = [f"{markdown.milliseconds(row[key])} ms" for key in ("p50_s", "p99_s", "worst_s", "processor_p99_s")]
        if name == "PostGIS":
            times[-1] = ""  # The server's work is another process's.
        lines.append([label, *times, markdown.count(row["found"]), met])
    count, goal = markdown.count(result["volumes"]), markdown.milliseconds(GOAL_P99_S)
    legend = (
        f"A plan of {VOLUMES_PER_PLAN} volumes of 1 to 2 km in time sequence, against {count} active volumes (goal: "
        f"p99 ≤ {goal} ms); found: plans that it meets, over all plans asked. The peers take longitude and latitude "
        f"for a plane. {result['bytes_per_volume']:.0f} bytes a volume. {machine.sentence(result['machine'])}, load "
        f"{result['machine']['load_at_start']}."
    )
    head = ["contestant", "p50", "p99", "worst", "p99 of processor time", "found", "goal"]
    return "\n\n".join([legend, markdown.table(head, lines), markdown.named_numbers(result["filled"], {})])
