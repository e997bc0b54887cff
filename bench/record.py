"""Record: durable appends, proofs and start of a large log, as `bench.bench_record` measures them, beside the goals."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import bench_record, machine, markdown
from bench.budget import Budget

ENTRIES = 1_000_000
QUICK_ENTRIES = 20_000

GOALS = {
    "appends_waiting_together_per_s": 1_000.0,
    "inclusion_proof_p99_us": 5_000.0,
    "consistency_proof_p99_us": 5_000.0,
    "inclusion_verify_p99_us": 50.0,
    "consistency_verify_p99_us": 50.0,
    "cold_start_s": 1.0,
    "full_audit_s": 5.0,
}
"""At 10^6 entries. A rate is met from below, a time from above."""


def run(budget: Budget) -> dict[str, Any]:
    """Measure in a fresh directory beside this file's repository, so on the disk that the project is on."""
    entries = QUICK_ENTRIES if budget.quick else ENTRIES
    print(f"    a log of {entries:,} entries", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=machine.ROOT / "bench", prefix="results-") as folder:
        numbers = bench_record.measure(Path(folder), entries)
    return {"section": "record", "machine": machine.describe(), "numbers": numbers}


def table(result: dict[str, Any]) -> str:
    """Return a line for each number, with its unit and, where there is one, its goal."""
    numbers = dict(result["numbers"])
    entries = int(numbers.pop("log_entries"))
    legend = f"A log of {markdown.count(entries)} entries. {machine.sentence(result['machine'])}."
    return "\n\n".join([legend, markdown.named_numbers(numbers, GOALS if entries == ENTRIES else {})])
