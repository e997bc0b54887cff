"""Detection: every pair in predicted loss of separation, each contestant on the same scenes in one run.

Units: seconds of wall clock for one call, scenes as `bench.scenes` makes them. The reference of the pairs is brute
force up to `BRUTE_FORCE_AIRCRAFT`, above that steerclear on one thread (which the tests hold to brute force).
"""

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import machine, markdown
from bench.budget import CALL_LIMIT_S, Budget
from bench.contestants import CONTESTANTS, installed
from bench.measure import OUT_OF_MEMORY, TOO_SLOW, Case, Process, StoppedError, elapsed, memory_limit, side_by_side
from bench.problem import Problem
from bench.scenes import SCENES
from steerclear import brute_force_conflicts

BRUTE_FORCE_AIRCRAFT = 100_000
PAIRS_LIMIT_S = 60.0
NOT_RUN = "not run"
NOT_INSTALLED = "not installed"
BASE = "steerclear_1"
SHORT = {NOT_RUN: "·", NOT_INSTALLED: "–", OUT_OF_MEMORY: "no memory", TOO_SLOW: f"> {CALL_LIMIT_S:.0f} s"}


@dataclass(frozen=True)
class Row:
    """One line of the tables: a family of scenes at one size, whether well clear means something in it, and its weight.

    Rows share the budget by weight: slow calls need more of it for a percentile that means something.
    """

    family: str
    n: int
    well_clear: bool = False
    weight: int = 1


FULL = (
    Row("en_route", 1_000, well_clear=True),
    Row("en_route", 10_000, well_clear=True),
    Row("en_route", 100_000, well_clear=True, weight=2),
    Row("en_route", 1_000_000, well_clear=True, weight=5),
    Row("spoofed", 100_000, well_clear=True),
    Row("drones", 10_000),
    Row("drones", 100_000),
    Row("mixed", 100_000),
    Row("wide_drones", 10_000),
    Row("wide_drones", 100_000),
)
QUICK = (Row("en_route", 1_000, well_clear=True), Row("en_route", 5_000, well_clear=True), Row("drones", 5_000))

TITLES = {
    "en_route": "en route, 5 NM, 1,000 ft, 300 s",
    "spoofed": "… one track at 2,000 m/s",
    "drones": "drones, 50 m, 30 m, 60 s",
    "mixed": "… 1 % at 150 to 250 m/s",
    "wide_drones": "drones, 600 m, 75 m, 60 s",
}
DISTURBED = {"spoofed": "en_route", "mixed": "drones"}
"""Scenes that are another one with a few unusual tracks, to be compared with it."""

GOALS_S = {10_000: 1.5e-3, 100_000: 15e-3, 1_000_000: 200e-3}
"""What the en-route scene may take at the 99th percentile, by number of aircraft."""


def run(budget: Budget, rows: tuple[Row, ...] | None = None, names: tuple[str, ...] = tuple(CONTESTANTS)) -> dict:
    """Measure the contestants on the rows within about the budget and return what the tables are made of."""
    rows = rows or (QUICK if budget.quick else FULL)
    begun, whole = time.monotonic(), sum(row.weight for row in rows)
    processes = {name: Process(name) for name in names}
    stopped: set[tuple[str, str]] = set()
    lines = []
    try:
        for row in rows:
            _say(f"[{elapsed(begun)}] {TITLES[row.family]}, N = {markdown.count(row.n)}")
            lines.append(_measure_row(row, processes, stopped, budget.seconds * row.weight / whole))
    finally:
        for process in processes.values():
            process.stop()
    return {
        "section": "detection",
        "machine": machine.describe(),
        "limits": {"call_s": CALL_LIMIT_S, "memory_bytes": memory_limit()},
        "contestants": [
            {
                "name": name,
                "title": CONTESTANTS[name].title,
                "version": machine.installed_version(CONTESTANTS[name].package),
            }
            for name in names
        ],
        "rows": lines,
    }


def _measure_row(row: Row, processes: dict[str, Process], stopped: set[tuple[str, str]], seconds: float) -> dict:
    problem = Problem.of(SCENES[row.family](row.n))
    cases = {name: Case(process) for name, process in processes.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.npz"
        problem.save(path)
        for name, case in cases.items():
            case.status = _reason_not_to_run(name, row, stopped) or case.status
            if case.status == "measured":
                case.load(path)
                _say(f"    {CONTESTANTS[name].title}: {case.status if case.status != 'measured' else 'ready'}")
            if case.status in (TOO_SLOW, OUT_OF_MEMORY):
                stopped.add((name, row.family))
        running = sum(case.status == "measured" for case in cases.values())
        side_by_side(cases, seconds / max(2 * running, 1))
        reference, source = _reference(problem, cases, Path(folder))
        results = {name: _result(case, reference, Path(folder)) for name, case in cases.items()}
    return {
        "family": row.family,
        "title": TITLES[row.family],
        "n": row.n,
        "horizontal_m": problem.horizontal_m,
        "vertical_m": problem.vertical_m,
        "lookahead_s": problem.lookahead_s,
        "reference": source,
        "conflicts": len(reference),
        "results": results,
    }


def _reason_not_to_run(name: str, row: Row, stopped: set[tuple[str, str]]) -> str | None:
    """Return why a contestant sits this row out: it is not here, has nothing to find, or gave up on a smaller scene."""
    contestant = CONTESTANTS[name]
    if not installed(contestant):
        return NOT_INSTALLED
    if contestant.well_clear and not row.well_clear:
        return NOT_RUN
    if (name, row.family) in stopped or (name, DISTURBED.get(row.family, "")) in stopped:
        return NOT_RUN
    return None


def _reference(problem: Problem, cases: dict[str, Case], folder: Path) -> tuple[np.ndarray, str]:
    """Return the true pairs as sorted numbers i * n + j, and where they come from."""
    if problem.n > BRUTE_FORCE_AIRCRAFT and cases[BASE].status == "measured":
        return _pairs_of(cases[BASE], folder), BASE
    _say("    brute force")
    pairs = brute_force_conflicts(*problem.states, **problem.terms).pairs
    return np.sort(pairs["i"].astype(np.int64) * problem.n + pairs["j"]), "brute force"


def _pairs_of(case: Case, folder: Path) -> np.ndarray:
    path = folder / "pairs.npy"
    case.process.ask(PAIRS_LIMIT_S, do="pairs", path=str(path))
    return np.load(path)


def _result(case: Case, reference: np.ndarray, folder: Path) -> dict[str, Any]:
    """Return a case's times, and the pairs it missed and the pairs it has too many."""
    if case.status != "measured":
        return case.summary()
    try:
        found = _pairs_of(case, folder)
    except StoppedError as stopped:
        return {"status": str(stopped)}
    common = np.intersect1d(found, reference, assume_unique=True).size
    return {**case.summary(), "pairs": found.size, "missed": reference.size - common, "extra": found.size - common}


def table(result: dict[str, Any]) -> str:
    """Return the result as Markdown: times with ratios, what they answer to, and the pairs that differ."""
    shown = [who for who in result["contestants"] if any(_known(row, who["name"]) for row in result["rows"])]
    times = [
        [row["title"], markdown.count(row["n"]), *(_time_cell(row, who["name"]) for who in shown)]
        for row in result["rows"]
    ]
    pairs = [
        [row["title"], markdown.count(row["n"]), markdown.count(row["conflicts"])]
        + [_pairs_cell(row, who["name"]) for who in shown if not who["name"].startswith("well_clear")]
        for row in result["rows"]
    ]
    titles = [who["title"] for who in shown]
    judged = [who["title"] for who in shown if not who["name"].startswith("well_clear")]
    return "\n\n".join(
        [
            _legend(result),
            markdown.table(["scene", "N", *titles], times),
            *_findings(result),
            "Pairs missed and pairs too many, against brute force"
            f" (against steerclear above N = {markdown.count(BRUTE_FORCE_AIRCRAFT)}). The simulators place aircraft on"
            " other Earth models, so pairs near the edge of the minima differ:",
            markdown.table(["scene", "N", "conflicts", *judged], pairs),
        ]
    )


def draw(result: dict[str, Any], stem: Path) -> None:
    """Write the plot beside the tables."""
    from bench import plot  # noqa: PLC0415 - matplotlib is needed for this alone

    plot.detection(result, GOALS_S, stem)


def _legend(result: dict[str, Any]) -> str:
    limits = result["limits"]
    versions = ", ".join(
        f"{package} {version}"
        for package, version in result["machine"]["versions"].items()
        if package in ("bluesky-simulator", "minisky", "scipy", "numba", "numpy")
    )
    return (
        "Milliseconds for one scan, median of warm calls; steerclear's 99th percentile in brackets; the others' factor"
        f" over steerclear on one thread behind theirs. `> {limits['call_s']:.0f} s`: stopped; `no memory`: more than"
        f" {limits['memory_bytes'] / 2**30:.0f} GiB; `·`: not run, a smaller scene was too much already or there is"
        f" nothing to find; `–`: not installed. {machine.sentence(result['machine'])}; {versions}."
    )


def _findings(result: dict[str, Any]) -> list[str]:
    """Return sentences that set the rows against each other and against the goals."""
    sentences = []
    rows = {(row["family"], row["n"]): row for row in result["rows"]}
    for (family, n), row in rows.items():
        calm = rows.get((DISTURBED.get(family, ""), n))
        if calm and _known(row, BASE) and _known(calm, BASE):
            cost = row["results"][BASE]["median_s"] / calm["results"][BASE]["median_s"]
            sentences.append(f"{row['title'].removeprefix('… ')}: {cost:.2f} times the scene without.")
    for n, goal_s in GOALS_S.items():
        p99 = [
            own["p99_s"]
            for name, own in rows.get(("en_route", n), {"results": {}})["results"].items()
            if name.startswith("steerclear") and own["status"] == "measured"
        ]
        if p99:
            verdict = "met" if min(p99) <= goal_s else "not met"
            sentences.append(
                f"Goal at N = {markdown.count(n)}: {markdown.milliseconds(goal_s)} ms at the 99th percentile;"
                f" measured {markdown.milliseconds(min(p99))} ms: {verdict}."
            )
    return ["\n".join(f"- {sentence}" for sentence in sentences)] if sentences else []


def _known(row: dict[str, Any], name: str) -> bool:
    return row["results"][name]["status"] == "measured"


def _time_cell(row: dict[str, Any], name: str) -> str:
    own, base = row["results"][name], row["results"].get(BASE, {"status": NOT_RUN})
    if own["status"] != "measured":
        return SHORT.get(own["status"], "failed")
    median = markdown.milliseconds(own["median_s"])
    if CONTESTANTS[name].package == "steerclear":
        return f"{median} ({markdown.milliseconds(own['p99_s'])})"
    if base["status"] != "measured":
        return median
    return f"{median} ({markdown.ratio(own['median_s'] / base['median_s'])})"


def _pairs_cell(row: dict[str, Any], name: str) -> str:
    own = row["results"][name]
    if own["status"] != "measured":
        return SHORT.get(own["status"], "failed")
    return "0" if own["missed"] == own["extra"] == 0 else f"−{own['missed']:,} +{own['extra']:,}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
