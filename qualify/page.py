"""docs/interuss.md: what was run, between marks that this writes between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

BEGIN: Final = "<!-- what was run: written by python -m qualify -->"
END: Final = "<!-- end of what was run -->"
DSS: Final = ("dss", "pool-first", "pool-second")
USS: Final = ("uss", "mock")
PROBER: Final = ("prober", "prober-pool")
NAMED_AT_MOST: Final = 6
"""Scenarios of one reason that are named; more are counted."""

Results = Mapping[str, Any]


def with_results(page: str, results: Results) -> str:
    """The page with these results between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{rendered(results)}\n\n{END}{after}"


def rendered(results: Results) -> str:
    """The results in Markdown."""
    rounds = results["rounds"]
    tables = [_scenarios(rounds, DSS, "DSS"), _scenarios(rounds, USS, "USS"), _prober(rounds)]
    failed = "\n".join(["Failed:", "", *(f"- {words}" for words in failures(rounds) or ["nothing"])])
    return "\n\n".join([_summary(results), *(one for one in tables if one), failed, _not_run(results)])


def passed(rounds: Mapping[str, Any]) -> int:
    """Checks and tests that passed in all rounds."""
    counts: list[int] = [one["passed"] for name in (*DSS, *USS) for one in _played(rounds, name)]
    counts += [one["passed"] for name in PROBER for one in _modules(rounds, name).values()]
    return sum(counts)


def failures(rounds: Mapping[str, Any]) -> list[str]:
    """Every failed check and test, in words."""
    told = []
    for name in (*DSS, *USS):
        for one in _played(rounds, name):
            for failed in one["failed"]:
                where = " / ".join(failed[key] for key in ("case", "step", "check") if failed[key])
                told.append(f"{name}, {_short(one['scenario'])}: {where}: {failed['summary']}")
    for name in PROBER:
        for module, one in _modules(rounds, name).items():
            told += [f"{name}, {module}: {failed['test']}: {failed['summary']}" for failed in one["failed"]]
    return [" ".join(words.split()) for words in told]


def _summary(results: Results) -> str:
    count = len(failures(results["rounds"]))
    schemas = "" if results["schemas"] else "; no answer was held against the official OpenAPI"
    return (
        f"{passed(results['rounds']):,} checks passed, {count:,} failed: interuss-monitoring {results['framework']} "
        f"on Python {results['python']}, {results['when']} UTC, commit {results['commit']}{schemas}."
    )


def _scenarios(rounds: Mapping[str, Any], names: Iterable[str], title: str) -> str:
    shown = [name for name in names if name in rounds]
    cells: dict[str, dict[str, str]] = {}
    for name in shown:
        for one in rounds[name]["scenarios"]:
            cells.setdefault(one["scenario"], {})[name] = "not run" if "not_run" in one else _cell(one)
    rows = [_row(_short(kind), (row.get(name, "–") for name in shown)) for kind, row in cells.items()]
    totals = [sum(one["passed"] for one in _played(rounds, name)) for name in shown]
    return _table(f"{title} scenario", rounds, shown, rows, totals)


def _prober(rounds: Mapping[str, Any]) -> str:
    shown = [name for name in PROBER if name in rounds]
    rows = []
    for module in sorted({module for name in shown for module in _modules(rounds, name)}):
        told = [_modules(rounds, name).get(module) for name in shown]
        rows.append(_row(module, ("–" if one is None else _cell(one) for one in told)))
    totals = [sum(one["passed"] for one in _modules(rounds, name).values()) for name in shown]
    return _table("prober module", rounds, shown, rows, totals)


def _table(title: str, rounds: Mapping[str, Any], shown: list[str], rows: list[str], totals: list[int]) -> str:
    if not shown:
        return ""
    head = [_row(title, (rounds[name]["title"] for name in shown)), "|---|" + "---:|" * len(shown)]
    return "\n".join([*head, *rows, _row("all", (f"{total:,}" for total in totals))])


def _row(title: str, cells: Iterable[str]) -> str:
    return f"| {title} | {' | '.join(cells)} |"


def _cell(one: Mapping[str, Any]) -> str:
    return f"{one['passed']}, **{len(one['failed'])} failed**" if one["failed"] else str(one["passed"])


def _not_run(results: Results) -> str:
    rounds = results["rounds"]
    told = [f"- {why or '**no reason is known**'}: {_named(kinds)}" for why, kinds in results["left_out"].items()]
    every = [(name, one) for name in (*DSS, *USS) for one in rounds.get(name, {}).get("scenarios", ())]
    told += [f"- {name}, {_short(one['scenario'])}: {one['not_run']}" for name, one in every if "not_run" in one]
    for name in PROBER:
        told += [f"- prober, {file}: {why}" for file, why in rounds.get(name, {}).get("left_out", {}).items()]
        for module, one in _modules(rounds, name).items():
            told += [f"- prober, {module}, {test['test']}: {test['summary']}" for test in one["not_run"]]
    return "\n".join(["Not run:", "", *(dict.fromkeys(told) or ["- nothing"])])


def _named(scenarios: list[str]) -> str:
    if len(scenarios) > NAMED_AT_MOST:
        return f"{len(scenarios)} scenarios"
    return ", ".join(_short(name) for name in scenarios)


def _short(scenario: str) -> str:
    return scenario.rpartition(".")[2]


def _played(rounds: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [one for one in rounds.get(name, {}).get("scenarios", ()) if "not_run" not in one]


def _modules(rounds: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    modules: Mapping[str, Any] = rounds.get(name, {}).get("modules", {})
    return modules
