"""Power cuts by the thousand: one recorded run of a store, cut at every sync and at random, and looked at each time.

A part of the cuts comes while the store recovers from a first cut, goes on and is closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from unittest.mock import patch

from steerclear.store import SqliteStore, StoreDamagedError, StoreFailedError, writer
from tests.store.checks import stored_numbers
from tests.store.powercut import Disk, RecordingVFS, Tape, UnsyncedVFS
from tests.store.samples import sample

APPENDS = 40
CUTS_A_RECOVERY = 10
"""Cuts of one recording of a recovery; it costs as much as two cuts."""
APPENDS_AFTER = 4
ENOUGH_LOSSES = 10
LOOKING = "after-the-cut"


@dataclass
class Cuts:
    """How many cuts there were, where they fell, and how many broke the promise."""

    made: int = 0
    places: Counter[str] = field(default_factory=Counter)
    """"a sync" (right before or behind one), "a fold" (unsynced pages in the database), "recovery"; may be several."""
    lost: list[str] = field(default_factory=list)


def record(path: Path, numbers: range, chance: Random, *, lying: bool = False, closed: bool = False) -> Tape:
    """Tape of a run that appends these samples, some alone and some in groups, up to its orderly end or just before."""
    tape = Tape(lying=lying)
    name = f"recording-{path.parent.name}"
    vfs = RecordingVFS(tape, name)
    store = SqliteStore.open(path, vfs=name)
    waiting = []
    for number in numbers:
        future = store.submit(sample(number))
        future.add_done_callback(lambda _, number=number: tape.ack(number))
        waiting.append(future)
        if chance.random() < 0.55:
            waiting.pop().result()
    for future in waiting:
        future.result()
    before_closing = len(tape.operations)
    store.close()
    vfs.unregister()
    if not closed:
        del tape.operations[before_closing:]
    return tape


def cut_many(folder: Path, cuts: int, seed: int, *, existing: bool = False, lying: bool = False) -> Cuts:
    """Record one run in `folder` and cut its power many times; stops at the tenth loss.

    The run starts by creating the store, unless a store was created with care before.
    """
    chance = Random(seed)
    counted = Cuts()
    vfs = UnsyncedVFS(LOOKING)
    with patch.object(writer, "CHECKPOINT_AFTER_PAGES", chance.choice((6, 12, 40))):  # so that folds are cut too
        live = folder / "live"
        live.mkdir(parents=True)
        if existing:
            with patch("steerclear.store.schema.SYNCHRONOUS", "EXTRA"):
                SqliteStore.open(live / "store.db").close()
        disk = Disk(durable=_files(live))
        tape = record(live / "store.db", range(APPENDS), chance, lying=lying, closed=chance.random() < 0.5)
        recoveries = max(1, cuts // 4 // CUTS_A_RECOVERY) if cuts > CUTS_A_RECOVERY else 0
        points = _points(tape, cuts - recoveries * CUTS_A_RECOVERY, chance)
        first_of_two = set(chance.sample(range(len(points)), recoveries))
        for number, point in enumerate(_played(disk, tape, points)):
            files = disk.after_cut(chance)
            _look(counted, _written(folder / "cut", files), disk, f"seed {seed}: cut before operation {point}")
            counted.places["a sync"] += _at_sync(tape, point)
            if number in first_of_two:
                _cut_recovery(counted, folder / "again", files, disk.acked, chance, f"seed {seed}: cut {point}, then")
            if len(counted.lost) >= ENOUGH_LOSSES:
                break
    vfs.unregister()
    return counted


def _cut_recovery(
    counted: Cuts, folder: Path, files: dict[str, bytearray], acked: set[int], chance: Random, words: str
) -> None:
    """Lose power a second time while the store recovers from the first cut, goes on, folds and closes."""
    path = _written(folder, files)
    try:
        tape = record(path, range(APPENDS, APPENDS + APPENDS_AFTER), chance, closed=True)
    except (StoreDamagedError, StoreFailedError):
        return  # counted when the first cut was looked at
    disk = Disk(durable={name: bytearray(data) for name, data in files.items()}, acked=set(acked))
    for point in _played(disk, tape, _points(tape, CUTS_A_RECOVERY, chance)):
        _look(counted, _written(folder, disk.after_cut(chance)), disk, f"{words} before operation {point}")
        counted.places["recovery"] += 1


def _look(counted: Cuts, path: Path, disk: Disk, words: str) -> None:
    """Open what a cut has left, and check that all that was acknowledged is there and everything is whole."""
    counted.made += 1
    counted.places["a fold"] += "store.db" in disk.unsynced
    try:
        with SqliteStore.open(path, vfs=LOOKING) as store:
            lost = disk.acked - stored_numbers(store, APPENDS + APPENDS_AFTER)
        if lost:
            counted.lost.append(f"{words}: acknowledged and lost: {sorted(lost)}")
    except (StoreDamagedError, StoreFailedError, AssertionError) as damage:
        counted.lost.append(f"{words}: {damage}")


def _points(tape: Tape, count: int, chance: Random) -> list[int]:
    """Where to cut: right before and behind each sync, as far as there are cuts for it, the others anywhere."""
    length = len(tape.operations)
    syncs = [place for place in range(length + 1) if _at_sync(tape, place)]
    points = syncs if len(syncs) <= count else chance.sample(syncs, count // 2)
    return sorted(points + [chance.randrange(length + 1) for _ in range(count - len(points))])


def _at_sync(tape: Tape, point: int) -> bool:
    return any(operation[0] == "sync" for operation in tape.operations[max(0, point - 1) : point + 1])


def _played(disk: Disk, tape: Tape, points: list[int]) -> Iterator[int]:
    """Each point in turn, once the disk has seen all operations before it."""
    played = 0
    for point in points:
        for operation in tape.operations[played:point]:
            disk.play(operation)
        played = point
        yield point


def _files(folder: Path) -> dict[str, bytearray]:
    return {file.name: bytearray(file.read_bytes()) for file in folder.iterdir()}


def _written(folder: Path, files: dict[str, bytearray]) -> Path:
    """The store in a folder with these files only; a new folder for each cut would cost as much as the cut."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder / "store.db"
