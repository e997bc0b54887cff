"""What `make prove` proves: for each part its promise, its full size, and the work of one block of it.

A block is told its first unit, its number of units and the size of the whole part; it runs in a process of its own.
"""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from steerclear.simulation.run import Outcome, Run
from tests.app.kills import kill_nodes
from tests.app.partition_proxy import Trouble
from tests.app.partitions import FORGOTTEN_WITHIN_S, TROUBLES, late, part_nodes
from tests.services.edits import (
    EDITED_FILES,
    all_moves,
    bits_at,
    cuts_at,
    edited_bytes,
    first_verifier,
    judged,
    second_verifier,
)
from tests.services.resumed import judged_from_there
from tests.simulation.remembered import remembered_signatures
from tests.simulation.seeds import broken_seeds
from tests.store.cuts import cut_many
from tests.strategic.judged_pairs import judge_pairs

ROOT = Path(__file__).parents[1]
RUNS_PER_COLLECTION = 10
"""Seeded runs whose garbage lies about: more of it no longer fits into a processor's cache."""


@dataclass
class Done:
    """What came of one block, or of many."""

    made: int = 0
    broken: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """What is worth telling of what was made."""
    worst_s: float = 0.0
    """The longest time of what a promise sets a time for."""

    def add(self, more: Done) -> None:
        """Put what came of another block to this."""
        self.made += more.made
        self.broken += more.broken
        self.counts += more.counts
        self.worst_s = max(self.worst_s, more.worst_s)


@dataclass(frozen=True)
class Part:
    """One proof of a promise."""

    variable: str
    """Name of the make variable with its size."""
    promise: str
    what: str
    """What one unit is, in the plural."""
    full: int
    block: int
    unit_s: float
    """About how long a unit takes on one core, for those who wait."""
    work: Callable[[int, int, int], Done]
    workers: int | None = None
    """Blocks at a time; None for one per core."""


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="steerclear-prove-") as name:
        yield Path(name)


def store_kills(first: int, count: int, size: int) -> Done:
    # In a program of its own: whoever is killed is forked from one that has loaded the store and nothing else.
    with _folder() as folder:
        command = [sys.executable, "-m", "tests.store.kills", str(folder), str(first), str(count)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        return Done(count, ended.stdout.splitlines() or [ended.stderr[-3_000:]])
    return Done(count)


def node_kills(first: int, count: int, size: int) -> Done:
    with _folder() as folder:
        kill_nodes(folder / "pair", count, first)
    return Done(count)


def power_cuts(first: int, count: int, size: int) -> Done:
    with _folder() as folder:
        cuts = cut_many(folder / "run", count, first)
    return Done(cuts.made, cuts.lost, cuts.places)


def seeded_runs(first: int, count: int, size: int) -> Done:
    with remembered_signatures(), _collecting_by_hand():
        return Done(count, broken_seeds(range(first, first + count), _play))


@contextmanager
def _collecting_by_hand() -> Iterator[None]:
    """What is loaded is never looked through for garbage again; of a run all is garbage, once it is over."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _play(seed: int) -> Outcome:
    if seed % RUNS_PER_COLLECTION == 0:
        gc.collect()
    return Run(seed).play()


def volume_pairs(first: int, count: int, size: int) -> Done:
    broken, counts = judge_pairs(first, count)
    return Done(count, broken, counts)


def partitions(first: int, count: int, size: int) -> Done:
    draw = random.Random(first)
    troubles = [draw.choice(TROUBLES) for _ in range(count)]
    with _folder() as folder:
        heals = part_nodes(folder / "pair", troubles, first, long_every=10)
    counts = Counter(trouble.name.lower().replace("_", " ") for trouble in troubles)
    return Done(count, late(heals), counts, max(heal.drained_s for heal in heals))


def forgotten_connections(first: int, count: int, size: int) -> Done:
    with _folder() as folder:
        heals = part_nodes(folder / "pair", [Trouble.FORGOTTEN] * count, first)
    return Done(count, late(heals, FORGOTTEN_WITHIN_S), worst_s=max(heal.drained_s for heal in heals))


def _spread(first: int, count: int, size: int, places: int) -> range | list[int]:
    """The places of a block when `size` of all places are taken, evenly."""
    return sorted({number * places // size for number in range(first, first + count)})


def edited_bits(first: int, count: int, size: int) -> Done:
    return Done(*judged_from_there(bits_at(_spread(first, count, size, 8 * edited_bytes()))))


def edited_bits_again(first: int, count: int, size: int) -> Done:
    return Done(*judged(bits_at(_spread(first, count, size, 8 * edited_bytes())), second_verifier))


def cut_files(first: int, count: int, size: int) -> Done:
    return Done(*judged_from_there(cuts_at(_spread(first, count, size, edited_bytes()))))


def moved_lines(first: int, count: int, size: int) -> Done:
    done = Done()
    for number in range(first, first + count):
        verifier = (first_verifier, second_verifier)[number // len(EDITED_FILES) % 2]
        made, missed = judged(all_moves(EDITED_FILES[number % len(EDITED_FILES)]), verifier)
        done.add(Done(1, missed, Counter(edits=made)))
    return done


def suite(first: int, count: int, size: int, *, files: tuple[str, ...], variable: str = "") -> Done:
    """A test module in a process of its own; `variable` is told the number of rounds."""
    environment = {**os.environ, variable: str(size)} if variable else dict(os.environ)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(count, [] if ran.returncode == 0 else [ran.stdout[-3_000:]])


ALL_BITS = 2_142_984
"""Of the six files of both logs; more than there are is all of them."""

PARTS = (
    Part("KILLS", "1", "kill -9 of a store under load", 9_000, 90, 0.07, store_kills),
    Part("NODE_KILLS", "1", "kill -9 of one of two live nodes", 1_000, 50, 0.5, node_kills, workers=1),
    Part("POWER_CUTS", "2", "simulated power cuts", 1_000_000, 500, 0.004, power_cuts),
    Part(
        "WEAKER_DISKS",
        "2",
        "rounds of weaker settings and a lying disk, all of them caught",
        1,
        1,
        5.0,
        partial(suite, files=("tests/store/test_power_cut.py", "-k", "caught or enough")),
        workers=1,
    ),
    Part("SEEDS", "3, 9", "seeded runs of whole nodes", 1_000_000, 500, 0.017, seeded_runs),
    Part("PARTITIONS", "4", "partitions of two live nodes", 1_000, 50, 1.3, partitions, workers=1),
    Part("FORGOTTEN", "4", "connections that the network forgets", 10, 5, 12.0, forgotten_connections, workers=1),
    Part("BITS", "5", "single bits of a record, our verifier", ALL_BITS, 10_000, 0.0002, edited_bits),
    Part(
        "SECOND_BITS",
        "5",
        "single bits of a record, second verifier",
        50_000,
        1_000,
        0.007,
        edited_bits_again,
    ),
    Part("TRUNCATIONS", "5", "truncations of a record, at any byte", ALL_BITS // 8, 10_000, 0.0001, cut_files),
    Part("MOVES", "5", "files with all lines deleted, repeated, swapped, cut; both verifiers", 12, 1, 8.0, moved_lines),
    Part(
        "ROUNDS",
        "6, 13",
        "rounds of every cheat and forgery",
        100,
        100,
        3.0,
        partial(suite, files=("tests/simulation/test_malice.py",), variable="STEERCLEAR_ROUNDS"),
        workers=1,
    ),
    Part(
        "BUNDLES",
        "7",
        "rounds of all bundles through both verifiers, whole and changed",
        1,
        1,
        120.0,
        partial(
            suite,
            files=("tests/services/test_bundle_verifier.py", "tests/services/test_record.py"),
        ),
        workers=1,
    ),
    Part(
        "VOLUME_PAIRS", "15", "random pairs of 4D volumes, beside an oracle", 10_000_000, 10_000, 0.0002, volume_pairs
    ),
)
