"""Promise 2: no acknowledged append is lost when the power goes, and a disk set up any weaker is caught.

STEERCLEAR_POWER_CUTS sets the number of simulated cuts (300 unless told otherwise).
"""

import os
from pathlib import Path
from random import Random

import pytest

from steerclear.store import SqliteStore, StoreDamagedError, StoreFailedError, schema, writer
from tests.store.checks import stored_numbers
from tests.store.powercut import Disk, RecordingVFS, Tape
from tests.store.samples import sample

CUTS = int(os.environ.get("STEERCLEAR_POWER_CUTS", "300"))
APPENDS = 120


@pytest.fixture(autouse=True)
def fold_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fold the WAL every few pages, so that cuts fall into checkpoints and WAL restarts too."""
    monkeypatch.setattr(writer, "CHECKPOINT_AFTER_PAGES", 12)


def record(path: Path, numbers: range, *, lying: bool = False) -> Tape:
    """Tape of a run that appends these samples, some alone and some in groups, and never closes in an orderly way."""
    tape = Tape(lying=lying)
    name = f"recording-{path.parent.name}"
    vfs = RecordingVFS(tape, name)
    store = SqliteStore.open(path, vfs=name)
    waiting = []
    for number in numbers:
        future = store.submit(sample(number))
        future.add_done_callback(lambda _, number=number: tape.ack(number))
        waiting.append(future)
        if number % 7 < 4:
            waiting.pop().result()
    for future in waiting:
        future.result()
    operations = list(tape.operations)  # closing folds the WAL: power goes before
    store.close()
    vfs.unregister()
    tape.operations = operations
    return tape


def write_disk(directory: Path, files: dict[str, bytes]) -> Path:
    directory.mkdir()
    for name, data in files.items():
        (directory / name).write_bytes(data)
    return directory / "store.db"


def lost_after_cut(path: Path, acked: set[int]) -> set[int]:
    with SqliteStore.open(path) as store:
        return acked - stored_numbers(store, APPENDS + 10)


def cut_many(tmp_path: Path, cuts: int, *, lying: bool = False) -> int:
    """Acknowledged appends lost over many cuts; a damaged store counts as one.

    The run starts by creating the store, unless one is there already.
    """
    live = tmp_path / "live"
    live.mkdir(exist_ok=True)
    disk = Disk(durable={file.name: file.read_bytes() for file in live.iterdir()})
    tape = record(live / "store.db", range(APPENDS), lying=lying)
    chance = Random(20260101)
    points = sorted(chance.randrange(len(tape.operations) + 1) for _ in range(cuts))
    played, lost = 0, 0
    for number, point in enumerate(points):
        for operation in tape.operations[played:point]:
            disk.play(operation)
        played = point
        directory = tmp_path / f"cut-{number}"
        path = write_disk(directory, disk.after_cut(chance))
        try:
            if number % 10 == 0:
                lost += len(_cut_again(tmp_path / f"again-{number}", path, disk.acked, chance))
            else:
                lost += len(lost_after_cut(path, disk.acked))
        except (StoreDamagedError, StoreFailedError, AssertionError):
            lost += 1
    return lost


def _cut_again(directory: Path, path: Path, acked: set[int], chance: Random) -> set[int]:
    """Lose power a second time while the store recovers from the first cut and goes on."""
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    tape = record(path, range(APPENDS, APPENDS + 4))
    disk = Disk(durable=before, acked=set(acked))
    for operation in tape.operations[: chance.randrange(len(tape.operations) + 1)]:
        disk.play(operation)
    return lost_after_cut(write_disk(directory, disk.after_cut(chance)), disk.acked)


@pytest.mark.requirement("SC-STO-10")
def test_no_acknowledged_append_is_lost_in_a_power_cut(tmp_path: Path) -> None:
    assert cut_many(tmp_path, CUTS) == 0


@pytest.fixture
def created(tmp_path: Path) -> Path:
    """A directory where a store was created with care, so that only what comes after it is at stake."""
    (tmp_path / "live").mkdir()
    SqliteStore.open(tmp_path / "live" / "store.db").close()
    return tmp_path


@pytest.mark.requirement("SC-STO-10")
@pytest.mark.parametrize("weaker", ["NORMAL", "OFF"])
def test_a_weaker_synchronous_setting_is_caught(created: Path, weaker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "SYNCHRONOUS", weaker)
    assert cut_many(created, 40) > 0


@pytest.mark.requirement("SC-STO-10")
def test_a_disk_that_lies_about_syncing_is_caught(created: Path) -> None:
    assert cut_many(created, 40, lying=True) > 0


@pytest.mark.requirement("SC-STO-10")
def test_full_is_enough_for_an_existing_store_but_not_for_creating_one(
    created: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "SYNCHRONOUS", "FULL")
    assert cut_many(created, 40) == 0
    assert cut_many(tmp_path_factory.mktemp("new"), 40) > 0
