"""The index beside the SQLite file is never synced: after a crash it is built anew, and nothing else depends on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from steerclear.store.airspace import Bounds, Kind, Placed, Places
from steerclear.store.airspace.sqlite import SqliteAirspaceStore
from tests.store.airspace.samples import intent, placed, places, subscription

POOL = "5f1a5d0e-0c5b-4f0e-9d8e-3a1f5f0d2c11"


@pytest.mark.requirement("SC-DSS-54")
@pytest.mark.parametrize("damage", ["none", "gone", "garbled", "empty", "killed", "lost"])
def test_everything_is_found_again_whatever_became_of_the_index(tmp_path: Path, damage: str) -> None:
    path, index = tmp_path / "a.sqlite", tmp_path / "a.sqlite-index"
    store = SqliteAirspaceStore(str(path), POOL)
    before = intent()
    store.submit(lambda tx: tx.put(placed(before, 1, 2))).result(10)
    store.close()
    store = SqliteAirspaceStore(str(path), POOL)
    # What of the index had reached the disk when the power went, if it goes later.
    early = {file.name: file.read_bytes() for file in tmp_path.glob("a.sqlite-index*")}
    parts = (Places((7,), Bounds(0, 10, 0, 100)), Places((8, 9), Bounds(20, 30, 0, 100)))
    after, moved = subscription(), intent(before.entity_id, version=2)
    store.submit(lambda tx: (tx.put(Placed(after, parts)), tx.put(placed(moved, 3)))).result(10)
    if damage in ("killed", "lost"):
        # What is on the disk while the store is open is what a process that dies now leaves behind.
        for file in tmp_path.glob("a.sqlite*"):
            shutil.copy(file, tmp_path / f"crashed{file.name[1:]}")
        for name, content in early.items() if damage == "lost" else ():
            (tmp_path / f"crashed{name[1:]}").write_bytes(content)
        path = tmp_path / "crashed.sqlite"
    store.close()
    for leftover in tmp_path.glob("a.sqlite-index-*") if damage in ("gone", "garbled", "empty") else ():
        leftover.unlink()
    match damage:
        case "gone":
            index.unlink()
        case "garbled":
            index.write_bytes(b"not SQLite at all" * 1_000)
        case "empty":
            index.write_bytes(b"")
    store = SqliteAirspaceStore(str(path), POOL)

    def found(kind: Kind, key: int, bounds: Bounds) -> list[str]:
        return [one.entity_id for one in store.read(lambda tx: tx.found(kind, places(key, bounds=bounds))).result(10)]

    assert found(Kind.INTENT, 3, Bounds()) == [before.entity_id]
    assert found(Kind.INTENT, 1, Bounds()) == []
    assert found(Kind.SUBSCRIPTION, 9, Bounds(25, 26)) == [after.entity_id]
    assert found(Kind.SUBSCRIPTION, 9, Bounds(0, 10)) == []
    assert store.read(lambda tx: tx.get(Kind.INTENT, before.entity_id)).result(10) == moved
    store.close()
