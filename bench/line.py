"""Line: the promise of speed between two nodes, beside a message broker and a database used as a queue."""

import asyncio
import importlib
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import bench_line, machine, markdown
from bench.budget import Budget
from bench.line_pace import FULL, QUICK, Course
from bench.line_peers import PEERS, Peer, measure

STEERCLEAR = "steerclear, two nodes"
GOALS = {"messages_per_s": 1_000.0, "receipt_p99_ms": 100.0}
"""Of our row. The rate is met from below, the time, at that rate, from above."""

NOT_INSTALLED = "not installed"

DIFFERENCES = """\
What the rows do not have in common:

- steerclear: TLS with certificates pinned at both ends. Every message is signed, is chained to the one before it and
  stands in a Merkle log; it is durable on **both** sides, in two stores, before its receipt, and the receipt is a
  checkpoint that the other side has cosigned.
- NATS JetStream: TLS; `sync_interval: always`. One server holds the only durable copy, of messages and of receipts.
  No signatures, no mirrored log, nothing to show to a third party; the server is believed.
- PostgreSQL: `fsync` and `synchronous_commit` on; without TLS, which this build lacks. One server holds the only
  durable copy. No signatures, no mirrored log; whoever administers the database can change any row.

The receipts of NATS and PostgreSQL hold the SHA-256 of what the receiving process got, and the sender compares it.
"""


def run(budget: Budget) -> dict[str, Any]:
    """Measure in fresh directories beside this file's repository, so on the disk that the project is on."""
    course = QUICK if budget.quick else FULL
    facts = machine.describe()
    body = bench_line.message_bytes()
    rows = [_row(STEERCLEAR, lambda folder: bench_line.measure(folder, course))]
    rows += [_peer_row(peer, body, course) for peer in PEERS]
    packages = sorted({package for peer in PEERS for package in peer.packages})
    versions = {name: version for name in packages if (version := machine.installed_version(name))}
    return {
        "section": "line",
        "machine": facts,
        "peer_versions": versions,
        "message_bytes": len(body),
        "seconds": course.seconds,
        "rate_per_s": course.rate_per_s,
        "rows": rows,
    }


def table(result: dict[str, Any]) -> str:
    """Return a row for each contestant, the goals against our row, and what the rows do not have in common."""
    seconds = f"{result['seconds']:g} s"
    rate = f"{result['rate_per_s']:,.0f}/s"
    versions = ", ".join(f"{name} {version}" for name, version in result["peer_versions"].items())
    legend = (
        f"Messages of {markdown.count(result['message_bytes'])} bytes, a receipt for each. As fast as receipts allow"
        f" for {seconds}; {seconds} at exactly {rate}; then one at a time. Times run from when a message was due to"
        " when its sender had verified the receipt, ms; `behind`: messages without receipt when the last had gone."
        f" {machine.sentence(result['machine'])}, load {result['machine']['load_at_start']} when it began (work of"
        f" others on the same cores makes every row slower){'; ' + versions if versions else ''}."
    )
    head = ["", "fastest", f"at {rate}: median", "p99", "max", "behind", "alone: median", "p99"]
    cells = [_cells(row) for row in result["rows"]]
    return "\n\n".join([legend, markdown.table(head, cells), _verdict(result["rows"][0]), DIFFERENCES.rstrip()])


def _row(name: str, measured: Callable[[Path], dict[str, float]]) -> dict[str, Any]:
    """Numbers of one contestant, or how it failed: that must not take the others' numbers with it."""
    print(f"    {name}", file=sys.stderr, flush=True)
    try:
        with tempfile.TemporaryDirectory(dir=machine.ROOT / "bench", prefix="results-") as folder:
            return {"name": name, "numbers": measured(Path(folder))}
    except Exception as error:
        traceback.print_exc()
        return {"name": name, "missing": f"failed: {type(error).__name__}"}


def _peer_row(peer: Peer, body: bytes, course: Course) -> dict[str, Any]:
    if not peer.installed():
        return {"name": peer.name, "missing": NOT_INSTALLED}
    opened = importlib.import_module(peer.module).open_line
    return _row(peer.name, lambda folder: asyncio.run(measure(opened, folder, body, peer.mode, course)))


def _cells(row: dict[str, Any]) -> list[str]:
    if "missing" in row:
        return [row["name"], row["missing"], *[""] * 6]
    numbers = row["numbers"]
    times = ["receipt_median_ms", "receipt_p99_ms", "receipt_max_ms"]
    alone = ["alone_receipt_median_ms", "alone_receipt_p99_ms"]
    return [
        row["name"],
        f"{numbers['messages_per_s']:,.0f}/s",
        *(_milliseconds(numbers[name]) for name in times),
        f"{numbers['behind_at_end_messages']:,.0f}",
        *(_milliseconds(numbers[name]) for name in alone),
    ]


def _milliseconds(value: float) -> str:
    return markdown.milliseconds(value / 1e3)


def _verdict(row: dict[str, Any]) -> str:
    if "missing" in row:
        return f"Goals: not measured ({row['missing']})."
    numbers = row["numbers"]
    rate, p99 = GOALS["messages_per_s"], GOALS["receipt_p99_ms"]
    return (
        f"Goals of {row['name']}: ≥ {rate:,.0f} messages/s sustained:"
        f" {_met(numbers['messages_per_s'] >= rate)}; p99 ≤ {p99:,.0f} ms at that rate:"
        f" {_met(numbers['receipt_p99_ms'] <= p99)}."
    )


def _met(met: bool) -> str:
    return "met" if met else "not met"
