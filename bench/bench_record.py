"""How fast the record is: durable appends, proofs from a large log, audit and cold start, beside the disk's own floor.

Every number is taken on the machine at hand and is as noisy as it: rates are the best of a few rounds, times are median
and 99th percentile. Run `python bench/bench_record.py [--entries N] [--directory DIR]`; `measure` gives the same
numbers as a dict for JSON.
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable
from concurrent.futures import wait
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from steerclear.store import Append, Event, LeafEntry, OutboxEntry, SqliteStore
from steerclear.tlog import (
    Checkpoint,
    Ed25519Cosigner,
    Ed25519Signer,
    cosign_checkpoint,
    leaf_hash,
    open_checkpoint,
    sign_checkpoint,
    verifier_for,
    verify_consistency,
    verify_inclusion,
)

PAYLOAD_BYTES = 500
LOG = "north-to-south"
ROUNDS = 3
CALLS = 2_000


def measure(directory: Path, entries: int = 1_000_000) -> dict[str, float]:
    """All numbers by name; the unit is the last word of a name. Writes about 300 bytes an entry into `directory`."""
    results: dict[str, float] = {"log_entries": entries}
    results |= measure_appends(directory)
    results |= measure_large_log(directory, entries)
    results |= measure_signatures()
    return results


def measure_appends(directory: Path) -> dict[str, float]:
    """Rates of durable appends that carry an event, an outbox message and a leaf of PAYLOAD_BYTES each."""
    rates: dict[str, list[float]] = {"alone": [], "together": [], "leaves": []}
    for attempt in range(ROUNDS):
        with SqliteStore.open(directory / f"appends-{attempt}.db") as store:
            rates["alone"].append(_rate(500, lambda: [store.append(_append(n)) for n in range(500)]))
            rates["together"].append(
                _rate(5_000, lambda: wait([store.submit(_append(n)) for n in range(1_000, 6_000)]))
            )
            rates["leaves"].append(
                _rate(
                    20_000,
                    lambda: [store.append(_leaves(f"batch-{n}", range(n, n + 100))) for n in range(0, 20_000, 100)],
                )
            )
    return {
        "disk_sync_floor_per_s": _sync_rate(directory),
        "appends_one_by_one_per_s": max(rates["alone"]),
        "appends_waiting_together_per_s": max(rates["together"]),
        "leaves_in_durable_batches_of_100_per_s": max(rates["leaves"]),
    }


def measure_large_log(directory: Path, entries: int) -> dict[str, float]:
    """Proofs, verification, cold start and full audit of a log of `entries` entries."""
    path = directory / "large.db"
    chance = Random(1)
    with SqliteStore.open(path) as store:
        for start in range(0, entries, 10_000):
            store.append(_leaves(f"fill-{start}", range(start, min(start + 10_000, entries))))
    start_s = perf_counter()
    with SqliteStore.open(path) as store:
        results = {"cold_start_s": perf_counter() - start_s}
        root = store.log_state(LOG).root
        indexes = [chance.randrange(entries) for _ in range(CALLS)]
        olds = [chance.randrange(1, entries) for _ in range(CALLS)]
        results |= _times("inclusion_proof", [partial(store.inclusion_proof, LOG, at, entries) for at in indexes])
        results |= _times("consistency_proof", [partial(store.consistency_proof, LOG, old, entries) for old in olds])
        results |= _times(
            "inclusion_verify",
            [
                partial(
                    verify_inclusion, at, entries, leaf_hash(_entry(at)), root, store.inclusion_proof(LOG, at, entries)
                )
                for at in indexes
            ],
        )
        results |= _times(
            "consistency_verify",
            [
                partial(
                    verify_consistency,
                    old,
                    entries,
                    store.root_at(LOG, old),
                    root,
                    store.consistency_proof(LOG, old, entries),
                )
                for old in olds
            ],
        )
        start_s = perf_counter()
        store.audit()
        results["full_audit_s"] = perf_counter() - start_s
    return results


def measure_signatures() -> dict[str, float]:
    """Times of one checkpoint: signed by the log, opened, cosigned by the peer."""
    log = Ed25519Signer("line.example/log", Ed25519PrivateKey.generate())
    peer = Ed25519Cosigner("line.example/peer", Ed25519PrivateKey.generate())
    checkpoint = Checkpoint("line.example/log", 1_000_000, bytes(32))
    note = sign_checkpoint(checkpoint, [log], 0)
    verifier = verifier_for(log.key)
    opened = open_checkpoint(note, checkpoint.origin, verifier)
    return (
        _times("checkpoint_sign", [lambda: sign_checkpoint(checkpoint, [log], 0)] * CALLS)
        | _times("checkpoint_open", [lambda: open_checkpoint(note, checkpoint.origin, verifier)] * CALLS)
        | _times("checkpoint_cosign", [lambda: cosign_checkpoint(opened, peer, 0)] * CALLS)
    )


def print_table(results: dict[str, float]) -> None:
    """The numbers, one a line."""
    width = max(map(len, results))
    for name, value in results.items():
        print(f"{name:<{width}}  {value:>14,.4g}" if value < 1_000 else f"{name:<{width}}  {value:>14,.0f}")


def _entry(number: int) -> bytes:
    return b"entry %012d " % number + bytes(100)


def _leaves(key: str, numbers: range) -> Append:
    leaves = tuple(LeafEntry(LOG, _entry(number)) for number in numbers)
    return Append(key=key, events=(Event("bench", b"", 0.0),), leaves=leaves)


def _append(number: int) -> Append:
    payload = b"%d " % number + bytes(PAYLOAD_BYTES)
    return Append(
        key=f"append-{number}",
        events=(Event("bench", payload, float(number)),),
        outbox=(OutboxEntry("south", f"message-{number}", payload),),
        leaves=(LeafEntry("appends", payload),),
    )


def _rate(count: int, work: Callable[[], object]) -> float:
    start_s = perf_counter()
    work()
    return count / (perf_counter() - start_s)


def _sync_rate(directory: Path) -> float:
    """How often a second the disk syncs one more page at the end of a file."""
    descriptor = os.open(directory / "floor", os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def work() -> None:
        for _ in range(300):
            os.write(descriptor, bytes(4096))
            os.fdatasync(descriptor)

    try:
        return max(_rate(300, work) for _ in range(ROUNDS))
    finally:
        os.close(descriptor)


def _times(name: str, calls: list[Callable[[], object]]) -> dict[str, float]:
    times_us = []
    for call in calls:
        start_s = perf_counter()
        call()
        times_us.append((perf_counter() - start_s) * 1e6)
    return {
        f"{name}_median_us": statistics.median(times_us),
        f"{name}_p99_us": statistics.quantiles(times_us, n=100)[98],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--directory", type=Path, help="where to write (a fresh temporary directory unless given)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        print_table(measure(Path(directory), options.entries))


if __name__ == "__main__":
    main()
