"""A folder that can lose its power: it records what our own code writes, renames and syncs in it.

What a cut may do: bytes written since the last sync of their file are kept, dropped or garbled sector by sector; names
made, renamed or removed since the last sync of their folder are there or not, each on its own.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.store.powercut import Disk


@contextmanager
def recorded_folder(folder: Path, operations: list[tuple[Any, ...]]) -> Iterator[None]:
    """Append to `operations` what happens in `folder` and to its own name, until the block ends."""
    known: dict[str, int] = {}
    fsync, rename, mkdir = os.fsync, Path.rename, Path.mkdir

    def note_writes() -> None:
        for path in folder.iterdir() if folder.exists() else ():
            if path.name not in known:
                operations.append(("name", path.name))
                known[path.name] = 0
            data = path.read_bytes()
            if len(data) < known[path.name]:
                operations.append(("truncate", path.name, len(data)))
            elif len(data) > known[path.name]:
                operations.append(("write", path.name, known[path.name], data[known[path.name] :]))
            known[path.name] = len(data)

    def recorded_fsync(descriptor: int) -> None:
        note_writes()
        synced = Path(f"/proc/self/fd/{descriptor}").readlink()
        fsync(descriptor)
        if synced == folder:
            operations.append(("sync names",))
        elif synced == folder.parent:
            operations.append(("sync folder",))
        else:
            operations.append(("sync", synced.name))

    def recorded_rename(path: Path, target: Path) -> Path:
        note_writes()
        operations.append(("rename", path.name, target.name))
        known[target.name] = known.pop(path.name)
        return rename(path, target)

    def recorded_mkdir(path: Path, *arguments: Any, **options: Any) -> None:
        mkdir(path, *arguments, **options)
        if path == folder:
            operations.append(("folder",))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", recorded_fsync)
        patch.setattr(Path, "rename", recorded_rename)
        patch.setattr(Path, "mkdir", recorded_mkdir)
        yield
        note_writes()


@dataclass
class FolderDisk:
    """What is certain to survive of a recorded folder, and what may."""

    contents: Disk = field(default_factory=Disk)
    """Bytes by the number of the file, whatever its name."""
    names: dict[str, str] = field(default_factory=dict)
    latest_names: dict[str, str] = field(default_factory=dict)
    unsynced: list[tuple[Any, ...]] = field(default_factory=list)
    made: bool = False
    files: int = 0

    def play(self, operation: tuple[Any, ...]) -> None:
        match operation:
            case ("folder",):
                self.made = False
            case ("sync folder",):
                self.made = True
            case ("sync names",):
                for change in self.unsynced:
                    _rename(self.names, change)
                self.unsynced = []
            case ("name", name):
                self.files += 1
                self._change(("name", name, str(self.files)))
            case ("rename", _, _):
                self._change(operation)
            case (what, name, *rest):
                self.contents.play((what, self.latest_names[name], *rest))

    def after_cut(self, chance: Random) -> dict[str, bytes | bytearray] | None:
        """Files as they may be found; None when the folder itself is gone."""
        if not self.made and chance.random() < 0.5:
            return None
        names = dict(self.names)
        for change in self.unsynced:
            if chance.random() < 0.5:
                _rename(names, change)
        found = self.contents.after_cut(chance)
        return {name: found.get(file, b"") for name, file in names.items()}

    def _change(self, change: tuple[Any, ...]) -> None:
        self.unsynced.append(change)
        _rename(self.latest_names, change)


def _rename(names: dict[str, str], change: tuple[Any, ...]) -> None:
    match change:
        case ("name", name, file):
            names[name] = file
        case ("rename", old, new) if old in names:
            names[new] = names.pop(old)
