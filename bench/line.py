"""Line: messages between two nodes on loopback, as `bench.bench_line` measures them, beside the goals."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import bench_line, machine, markdown
from bench.budget import Budget

MESSAGES = 4_000
QUICK_MESSAGES = 1_000

GOALS = {"messages_per_s": 1_000.0, "receipt_p99_ms": 100.0}
"""A rate is met from below, a time from above."""


def run(budget: Budget) -> dict[str, Any]:
    """Measure in a fresh directory beside this file's repository, so on the disk that the project is on."""
    messages = QUICK_MESSAGES if budget.quick else MESSAGES
    print(f"    two nodes, {messages:,} messages a round", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=machine.ROOT / "bench", prefix="results-") as folder:
        numbers = bench_line.measure(Path(folder), messages)
    return {"section": "line", "machine": machine.describe(), "messages": messages, "numbers": numbers}


def table(result: dict[str, Any]) -> str:
    """Return a line for each number, with its unit and its goal."""
    legend = (
        "Two nodes on loopback, mutual TLS, every message durable on both sides before its receipt;"
        f" {markdown.count(result['messages'])} messages a round. {machine.sentence(result['machine'])}."
    )
    return "\n\n".join([legend, markdown.named_numbers(result["numbers"], GOALS)])
