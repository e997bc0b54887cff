"""A segment whose hash is in the journal is on the disk whole after a power cut, and so is every record once synced."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from steerclear.store import (
    Append,
    SegmentWriter,
    SqliteStore,
    StoreDamagedError,
    folders,
    journaled_segments,
    read_segment,
    sealed_above,
    segments,
)
from tests.store.folder_tape import FolderDisk, recorded_folder
from tests.store.powercut import Disk, RecordingVFS, Tape

RECORDS = 40


def record_bytes(number: int) -> bytes:
    return b"report %d " % number + b"." * (number % 7 * 150)


def record_run(live: Path) -> list[tuple[str, tuple[Any, ...]]]:
    """What a keeper of raw reports does, as ("raw" or "store", operation): write, sync now and then, seal, journal."""
    operations: list[tuple[str, tuple[Any, ...]]] = []

    class Tagged(list[tuple[Any, ...]]):
        def __init__(self, place: str) -> None:
            self.place = place

        def append(self, operation: tuple[Any, ...]) -> None:
            operations.append((self.place, operation))

    raw = Tagged("raw")
    vfs = RecordingVFS(Tape(operations=Tagged("store")), "recording-segments")
    with (
        SqliteStore.open(live / "store.db", vfs="recording-segments") as store,
        recorded_folder(live / "raw", raw),
        SegmentWriter(live / "raw") as writer,
    ):
        for number in range(RECORDS):
            writer.write(record_bytes(number), float(number))
            if number % 3 == 0:
                writer.sync()
                raw.append(("ack", number))
            if number % 10 == 9:
                sealed = writer.seal()
                assert sealed is not None
                store.append(Append(key=sealed.file_name, events=(sealed.event(0.0),)))
                operations.append(("store", ("ack", sealed.number)))
        end = len(operations)  # closing syncs: power goes before
    vfs.unregister()
    return operations[:end]


def write_folder(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def broken_after_cut(place: Path, store_disk: Disk, raw_disk: FolderDisk, chance: Random) -> bool:
    """Whether a promise is broken in what this cut leaves."""
    write_folder(place, store_disk.after_cut(chance))
    left = raw_disk.after_cut(chance)
    if left is not None:
        write_folder(place / "raw", left)
    with SqliteStore.open(place / "store.db") as store:
        journaled = list(journaled_segments(store))
    assert {segment.number for segment in journaled} >= store_disk.acked
    found: list[bytes] = []
    try:
        for segment in [*journaled, *sealed_above(place / "raw", len(journaled))]:
            found += [data for _, data in read_segment(place / "raw", segment)]
    except StoreDamagedError:
        return True
    with SegmentWriter(place / "raw") as writer:  # goes on with what the cut left
        writer.write(b"after the cut", 1e9)
        sealed = writer.seal()
    assert sealed is not None
    found += [data for _, data in read_segment(place / "raw", sealed)]
    assert found.pop() == b"after the cut"
    synced = max(raw_disk.contents.acked, default=-1) + 1
    return len(found) < synced or found != [record_bytes(number) for number in range(len(found))]


def broken_promises(tmp_path: Path, cuts: int) -> int:
    live = tmp_path / "live"
    live.mkdir()
    operations = record_run(live)
    chance = Random(20260101)
    store_disk, raw_disk = Disk(), FolderDisk()
    points = sorted(chance.randrange(len(operations) + 1) for _ in range(cuts))
    played, broken = 0, 0
    for number, point in enumerate(points):
        for place, operation in operations[played:point]:
            (store_disk if place == "store" else raw_disk.contents if operation[0] == "ack" else raw_disk).play(
                operation
            )
        played = point
        broken += broken_after_cut(tmp_path / f"cut-{number}", store_disk, raw_disk, chance)
    return broken


@pytest.mark.requirement("SC-STO-14")
def test_journaled_segments_and_synced_records_are_whole_after_a_power_cut(tmp_path: Path) -> None:
    assert broken_promises(tmp_path, 120) == 0


@pytest.mark.requirement("SC-STO-14")
@pytest.mark.parametrize("forgotten", ["records", "names", "folder"])
def test_a_forgotten_sync_is_caught(tmp_path: Path, forgotten: str, monkeypatch: pytest.MonkeyPatch) -> None:
    match forgotten:
        case "records":
            monkeypatch.setattr(SegmentWriter, "sync", lambda writer: writer._file.flush())
        case "names":
            monkeypatch.setattr(segments, "sync_folder", lambda folder: None)
        case "folder":
            monkeypatch.setattr(folders, "sync_folder", lambda folder: None)
    assert broken_promises(tmp_path, 30) > 0
