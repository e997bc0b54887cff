"""Declared items: how a node finds what a plan is near to, among many items that are declared.

One process, an embedded journal in memory. The first build reads every item once, as a node does beside its other work
after a start; the questions are plans that nobody has declared, each asked once, so that what was asked before helps
little. Processor time of the thread, which other work on the machine disturbs less, is shown beside the wall clock.
"""

import sys
import time
import uuid
from functools import partial
from typing import Any

import numpy as np

from bench import machine, markdown
from bench.budget import Budget
from bench.volumes_peers import percentile
from bench.volumes_scene import START_S, VOLUMES_PER_PLAN, Plans, plans
from steerclear.app.serving import settle_interpreter
from steerclear.model.intent import IntentState, OperationalIntent
from steerclear.model.plans import declared
from steerclear.model.vocabulary import Disclosure
from steerclear.services.item_index import ItemIndex, Span
from steerclear.services.plan_events import ItemDeclared, declared_event, plans_view
from steerclear.services.plan_neighbours import declared_of
from steerclear.store import SqliteStore
from steerclear.store.entries import Append, Event
from steerclear.strategic.volumes import Buffer
from steerclear.strategic.warm import warm_volumes

VOLUMES = 100_000
QUICK_VOLUMES = 5_000
QUESTIONS = 1_000
SIZES = (1, VOLUMES_PER_PLAN)
REACH = Buffer(horizontal_m=1_000.0, vertical_m=150.0, time_s=120.0)
GOAL_P99_S = 5e-3
_PER_APPEND = 500


def _flight(scene: Plans, number: int, volumes: int, seed: int) -> OperationalIntent:
    return OperationalIntent(
        intent_id=str(uuid.UUID(int=(seed << 80) + number, version=4)),
        revision=1,
        party="north",
        state=IntentState.ACCEPTED,
        title="",
        volumes=tuple(scene.volumes(number))[:volumes],
    )


def _event(flight: OperationalIntent) -> Event:
    said = ItemDeclared(item=declared(flight), what="new", disclosure=Disclosure.FULL)
    return declared_event(said, START_S - 60.0)


def _timed(index: ItemIndex, store: SqliteStore, volumes: int, seconds: float, changing: bool) -> dict[str, Any]:
    """Ask until the questions or the seconds are spent; `changing`: something is declared before each of them."""
    seed = 3 if changing else 2
    scene = plans(QUESTIONS, seed)
    times, own, found = [], [], []
    until = time.monotonic() + seconds
    for number in range(QUESTIONS):
        flight = _flight(scene, number, volumes, seed)
        if changing:
            store.append(Append(key=f"changed-{number}", events=(_event(flight),)))
        span = Span(flight.volumes[0].from_s, flight.volumes[-1].until_s, 300.0, START_S, 86_400.0)
        spent, begun = time.thread_time(), time.perf_counter()
        near = index.near(flight.volumes, REACH)
        index.count(span, "")
        times.append(time.perf_counter() - begun)
        own.append(time.thread_time() - spent)
        found.append(len(near))
        if time.monotonic() > until:
            break
    return {
        "samples": len(times),
        "p50_s": percentile(times, 0.5),
        "p99_s": percentile(times, 0.99),
        "worst_s": max(times),
        "processor_p50_s": percentile(own, 0.5),
        "processor_p99_s": percentile(own, 0.99),
        "found_p50": int(np.percentile(found, 50)),
        "found_p99": int(np.percentile(found, 99)),
    }


def _measured(items: int, volumes: int, seconds: float) -> dict[str, Any]:
    store = SqliteStore.in_memory([plans_view()])
    scene = plans(items, 1)
    for first in range(0, items, _PER_APPEND):
        flights = [_flight(scene, number, volumes, 1) for number in range(first, min(items, first + _PER_APPEND))]
        store.append(Append(key=f"filled-{first}", events=tuple(map(_event, flights))))
    del scene
    index = ItemIndex(store, partial(declared_of, reachable=True))
    spent, begun = time.thread_time(), time.perf_counter()
    index.refresh()
    built = {"built_s": time.perf_counter() - begun, "built_processor_s": time.thread_time() - spent}
    settle_interpreter()
    questions = {
        "a question": _timed(index, store, volumes, seconds, changing=False),
        "after a change": _timed(index, store, volumes, seconds, changing=True),
    }
    store.close()
    return {"items": items, "volumes": volumes, **built, "questions": questions}


def run(budget: Budget) -> dict[str, Any]:
    """Build and ask, with few and with many volumes an item."""
    warm_volumes()
    count = QUICK_VOLUMES if budget.quick else VOLUMES
    rows = []
    for volumes in SIZES:
        items = count // volumes
        print(f"    {items:,} items of {volumes}", file=sys.stderr, flush=True)
        rows.append(_measured(items, volumes, budget.seconds / 8.0))
    return {"section": "declared", "machine": machine.describe(), "rows": rows}


def table(result: dict[str, Any]) -> str:
    """Return a line for each size and kind of question, then how long the first build took."""
    lines, built = [], []
    for row in result["rows"]:
        size = f"{markdown.count(row['items'])} items of {row['volumes']}"
        built.append([size, f"{row['built_s']:.1f} s", f"{row['built_processor_s']:.1f} s"])
        for name, asked in row["questions"].items():
            keys = ("p50_s", "p99_s", "worst_s", "processor_p50_s", "processor_p99_s")
            met = "met" if asked["p99_s"] <= GOAL_P99_S else "not met"
            times = [f"{markdown.milliseconds(asked[key])} ms" for key in keys]
            lines.append([f"{size}, {name}", *times, f"{asked['found_p50']} / {asked['found_p99']}", met])
    legend = (
        f"Flights of so many volumes of 1 to 2 km in time sequence, declared in a node's journal; what comes within "
        f"{REACH.horizontal_m:,.0f} m, {REACH.vertical_m:.0f} m and {REACH.time_s:.0f} s of a plan like them is found "
        f"and read (goal: p99 ≤ {markdown.milliseconds(GOAL_P99_S)} ms); found: items, p50 / p99. "
        f"{machine.sentence(result['machine'])}, load {result['machine']['load_at_start']}."
    )
    head = ["question", "p50", "p99", "worst", "processor p50", "processor p99", "found", "goal"]
    return "\n\n".join(
        [legend, markdown.table(head, lines), markdown.table(["first build", "wall clock", "processor time"], built)]
    )
