"""`python -m bench [SECTION ...] [--quick]`: measure, print the tables, write them with the machine's facts."""

import argparse
import importlib
import json
import sys
import time
import traceback
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from rich.console import Console
from rich.markdown import Markdown

from bench import machine, readme
from bench.budget import Budget

SECTIONS = {
    "detection": "bench.detection",
    "phases": "bench.phases",
    "record": "bench.record",
    "line": "bench.line",
    "replay": "bench.replay",
    "volumes": "bench.volumes",
    "declared": "bench.declared",
    "f3548": "bench.f3548",
    "identify": "bench.identify",
    "aids": "bench.aids",
}
"""A section is a module with `run(budget) -> dict` and `table(dict) -> str`, and `draw(dict, stem)` for a plot."""

FULL_S = {
    "detection": 300.0,
    "phases": 20.0,
    "record": 60.0,
    "line": 300.0,
    "replay": 45.0,
    "volumes": 240.0,
    "declared": 240.0,
    "f3548": 300.0,
    "identify": 240.0,
    "aids": 30.0,
}
QUICK_S = {
    "detection": 15.0,
    "phases": 3.0,
    "record": 8.0,
    "line": 45.0,
    "replay": 15.0,
    "volumes": 10.0,
    "declared": 20.0,
    "f3548": 45.0,
    "identify": 45.0,
    "aids": 6.0,
}
RESULTS = machine.ROOT / "bench" / "results"


def load(section: str) -> ModuleType | None:
    """Return the section's module, or None when this version of the project has no such section."""
    if find_spec(SECTIONS[section]) is None:
        return None
    module = importlib.import_module(SECTIONS[section])
    return module if hasattr(module, "run") and hasattr(module, "table") else None


def write(section: str, module: ModuleType, result: dict, results: Path) -> str:
    """Write a section's result as JSON, Markdown and, where it has one, a plot; return the Markdown."""
    results.mkdir(parents=True, exist_ok=True)
    text = module.table(result)
    (results / f"{section}.json").write_text(json.dumps(result, indent=1) + "\n")
    (results / f"{section}.md").write_text(text + "\n")
    if hasattr(module, "draw"):
        if find_spec("matplotlib"):
            module.draw(result, results / section)
        else:
            print("matplotlib is not installed: no plot", file=sys.stderr)
    return text


def show(text: str) -> None:
    """Print Markdown: laid out for a person at a terminal, as it is into a file or a pipe."""
    if sys.stdout.isatty():
        Console().print(Markdown(text))
    else:
        print(text, end="\n\n", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the sections asked for, one after the other; return 1 if one could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("section", nargs="*", help=f"one or more of {', '.join(SECTIONS)}; all of them by default")
    parser.add_argument("--quick", action="store_true", help="small sizes, within a minute: a look, not a result")
    parser.add_argument("--results", type=Path, help="where to write (default: bench/results, or bench/results/quick)")
    asked = parser.parse_args(arguments)
    unknown = [section for section in asked.section if section not in SECTIONS]
    if unknown:
        parser.error(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    results = asked.results or (RESULTS / "quick" if asked.quick else RESULTS)
    failed = []
    for section in asked.section or SECTIONS:
        module = load(section)
        if module is None:
            print(f"== {section}: not in this version", file=sys.stderr)
            continue
        print(f"== {section}", file=sys.stderr, flush=True)
        begun = time.monotonic()
        try:
            result = module.run(Budget(quick=asked.quick, seconds=(QUICK_S if asked.quick else FULL_S)[section]))
        except Exception as error:  # a section that cannot run must not take the others' results with it
            traceback.print_exc()
            print(f"{section}: not measured: {error}", file=sys.stderr)
            failed.append(section)
            continue
        result.setdefault("machine", machine.describe())
        show(write(section, module, result, results))
        print(f"{section}: {time.monotonic() - begun:.0f} s, written to {results}", file=sys.stderr)
    if results == RESULTS:
        readme.rewrite_all(RESULTS)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
