"""docs/interuss.md: what was run, between marks that this writes between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

BEGIN: Final = "<!-- what was run: written by python -m qualify -->"
END: Final = "<!-- end of what was run -->"
DSS: Final = ("dss", "pool-first", "pool-second")
USS: Final = ("uss", "mock")
PROBER: Final = ("prober", "prober-pool")

Results = Mapping[str, Any]


def with_results(page: str, results: Results) -> str:
    """The page with these results between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{rendered(results)}\n\n{END}{after}"


def rendered(results: Results) -> str:
    """The results in Markdown."""
    rounds = results["rounds"]
    parts = [_summary(results), *_scenarios(rounds, DSS, "DSS"), *_scenarios(rounds, USS, "USS"), *_prober(rounds)]
    return "\n\n".join([*parts, _failed(rounds), _not_played(results)])


def passed(rounds: Mapping[str, Any]) -> int:
    """Checks and tests that passed in all rounds."""
    checks = sum(one["passed"] for name in (*DSS, *USS) for one in _played(rounds, name))
    return checks + sum(one["passed"] for name in PROBER for one in _modules(rounds, name).values())


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
    schemas = "" if results["schemas"] else "; without the official OpenAPI, so that no answer was held against its schemas"
    return (
        f"{passed(results['rounds']):,} checks passed, {count:,} failed: interuss-monitoring {results['framework']} "
        f"on Python {results['python']}, {results['when']} UTC, commit {results['commit']}{schemas}."
    )


def _scenarios(rounds: Mapping[str, Any], names: Iterable[str], title: str) -> list[str]:
    shown = [name for name in names if name in rounds]
    if not shown:
        return []
    head = [f"| {title} scenario | " + " | ".join(rounds[name]["title"] for name in shown) + " |"]
    head.append("|---|" + "---:|" * len(shown))
    cells: dict[str, dict[str, str]] = {}
    for name in shown:
        for one in rounds[name]["scenarios"]:
            cells.setdefault(one["scenario"], {})[name] = _cell(one)
    rows = [f"| {_short(kind)} | " + " | ".join(row.get(name, "–") for name in shown) + " |" for kind, row in cells.items()]
    totals = [str(sum(one["passed"] for one in _played(rounds, name))) for name in shown]
    return ["\n".join([*head, *rows, f"| all | {' | '.join(totals)} |"])]


def _cell(one: Mapping[str, Any]) -> str:
    if "not_run" in one:
        return "not run"
    return f"{one['passed']}, **{len(one['failed'])} failed**" if one["failed"] else str(one["passed"])


def _prober(rounds: Mapping[str, Any]) -> list[str]:
    shown = [name for name in PROBER if name in rounds]
    if not shown:
        return []
    head = ["| prober module | " + " | ".join(rounds[name]["title"] for name in shown) + " |"]
    head.append("|---|" + "---:|" * len(shown))
    modules = sorted({module for name in shown for module in _modules(rounds, name)})
    rows = []
    for module in modules:
        cells = [_cell(_modules(rounds, name).get(module, {"not_run": ""})) for name in shown]
        rows.append(f"| {module} | " + " | ".join(cells) + " |")
    totals = [str(sum(one["passed"] for one in _modules(rounds, name).values())) for name in shown]
    return ["\n".join([*head, *rows, f"| all | {' | '.join(totals)} |"])]


def _failed(rounds: Mapping[str, Any]) -> str:
    return "\n".join(["Failed:", "", *(f"- {words}" for words in failures(rounds) or ["nothing"])])


def _not_played(results: Results) -> str:
    told = ["Not run:", ""]
    for reason, scenarios in results["left_out"].items():
        told.append(f"- {reason or '**no reason is known**'}: {_named(scenarios)}")
    for name in (*DSS, *USS):
        for one in results["rounds"].get(name, {}).get("scenarios", ()):
            if "not_run" in one:
                told.append(f"- {name}, {_short(one['scenario'])}: {one['not_run']}")
    skipped: dict[str, None] = {}
    for name in PROBER:
        for module, why in results["rounds"].get(name, {}).get("left_out", {}).items():
            skipped[f"- prober, {module}: {why}"] = None
        for module, one in _modules(results["rounds"], name).items():
            for test in one["not_run"]:
                skipped[f"- prober, {module}, {test['test']}: {test['summary']}"] = None
    return "\n".join([*told, *skipped])


def _named(scenarios: list[str]) -> str:
    if len(scenarios) > 6:
        return f"{len(scenarios)} scenarios"
    return ", ".join(_short(name) for name in scenarios)


def _short(scenario: str) -> str:
    return scenario.rpartition(".")[2]


def _played(rounds: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [one for one in rounds.get(name, {}).get("scenarios", ()) if "not_run" not in one]


def _modules(rounds: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    modules: Mapping[str, Any] = rounds.get(name, {}).get("modules", {})
    return modules
