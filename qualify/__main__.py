"""Play InterUSS's scenarios and prober against this project's servers: `make qualify`.

`--framework` names the Python that has the framework; `--only ROUND…` plays some rounds and writes nothing. Logs and
the framework's own reports stay in the folder that is told. Exit code 1 when a check failed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.interfaces.f3548.official import found
from tests.prove import commit

from qualify.left_out import left_out
from qualify.page import failures, passed, with_results
from qualify.playing import ROOT, ROUNDS, Framework

PAGE: Final = ROOT / "docs" / "interuss.md"
RESULTS: Final = ROOT / "docs" / "interuss.json"


def main(words: Sequence[str]) -> int:
    """Run what is asked for; the exit code."""
    options = _options(words)
    official = found() if options.openapi is None else Path(options.openapi)
    if official is None:
        print("the official OpenAPI of F3548-21 is not at hand (--openapi FILE): answers are not held against it")
    framework = Framework(found_python(options.framework), None if official is None else str(official.resolve()))
    work = Path(options.folder or tempfile.mkdtemp(prefix="steerclear-qualify-"))
    print(f"logs and reports: {work}")
    results = _results(framework, work, options.only)
    print(f"{passed(results['rounds']):,} checks passed, {len(failures(results['rounds'])):,} failed")
    if not options.only:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        PAGE.write_text(with_results(PAGE.read_text(), results))
        print(f"written: {PAGE.relative_to(ROOT)}, {RESULTS.relative_to(ROOT)}")
    return 1 if failures(results["rounds"]) else 0


def found_python(word: str) -> str:
    """The framework's Python by its full path: servers run in folders of their own. Links are kept."""
    path = shutil.which(word)
    if path is None:
        raise SystemExit(f"there is no {word}: --framework names the Python that has InterUSS's framework")
    return str(Path(path).absolute())


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m qualify", description=__doc__)
    parser.add_argument("--framework", required=True, help="Python with the package interuss-monitoring")
    parser.add_argument("--openapi", help="the official OpenAPI of F3548-21")
    parser.add_argument("--folder", help="where logs and reports go")
    parser.add_argument("--only", nargs="*", default=[], choices=[one.name for one in ROUNDS])
    return parser.parse_args(words)


def _results(framework: Framework, work: Path, only: Sequence[str]) -> dict[str, Any]:
    rounds: dict[str, Any] = {}
    known: set[str] = set()
    for one in ROUNDS:
        if only and one.name not in only:
            continue
        print(f"{one.name}: {one.title} …", flush=True)
        began_s = time.monotonic()
        played = one.play(framework, work / one.name)
        known |= set(played.pop("known", ()))
        rounds[one.name] = {"title": one.title, **played, "took_s": round(time.monotonic() - began_s)}
        told = {one.name: rounds[one.name]}
        print(f"{one.name}: {passed(told):,} passed, {len(failures(told)):,} failed, {rounds[one.name]['took_s']} s")
        print("".join(f"  {words}\n" for words in failures(told)), end="", flush=True)
    names = [one["scenario"] for played in rounds.values() for one in played.get("scenarios", ())]
    return {
        **_framework_facts(framework.python),
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "commit": commit(),
        "schemas": framework.openapi is not None,
        "rounds": rounds,
        "left_out": left_out(known, names),
    }


def _framework_facts(python: str) -> dict[str, str]:
    script = (
        "import importlib.metadata, json, platform;"
        "print(json.dumps([importlib.metadata.version('interuss-monitoring'), platform.python_version()]))"
    )
    asked = subprocess.run([python, "-c", script], capture_output=True, check=True, text=True).stdout
    version, interpreter = json.loads(asked)
    return {"framework": version, "python": interpreter}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
