"""A disk that can lose its power: it records every write and sync of SQLite, then shows what a cut may leave.

What a cut may do to bytes written since the last sync of their file, in pieces of one 512-byte sector: keep them, drop
them, or leave garbage in their place, each piece on its own. Synced bytes stay. The shared-memory file dies with the
machine. `lying` is a disk that says "synced" and does nothing.
"""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import apsw

SECTOR_BYTES = 512


@dataclass
class Tape:
    """Operations in the order they reached the disk: ("write", file, offset, data), ("sync", file), ("ack", number)."""

    lying: bool = False
    operations: list[tuple[Any, ...]] = field(default_factory=list)

    def ack(self, number: int) -> None:
        self.operations.append(("ack", number))


class RecordingFile(apsw.VFSFile):
    def __init__(self, tape: Tape, name: Any, flags: list[int]) -> None:
        self._tape = tape
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name).name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._tape.operations.append(("write", self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._tape.operations.append(("truncate", self._name, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        if not self._tape.lying:
            self._tape.operations.append(("sync", self._name))


class RecordingVFS(apsw.VFS):
    def __init__(self, tape: Tape, name: str) -> None:
        self._tape = tape
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> RecordingFile:
        return RecordingFile(self._tape, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        name = Path(filename).name
        self._tape.operations.append(("delete", name))
        if syncdir and not self._tape.lying:
            self._tape.operations.append(("sync", name))
        super().xDelete(filename, syncdir)


class UnsyncedVFS(apsw.VFS):
    """Looks at what a cut has left, as any disk would, but waits for no real one."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        return _UnsyncedFile("", name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, False)


class _UnsyncedFile(apsw.VFSFile):
    def xSync(self, flags: int) -> None:
        pass


@dataclass
class Disk:
    """What is certain to survive, what may, and which appends were acknowledged so far."""

    durable: dict[str, bytearray] = field(default_factory=dict)
    unsynced: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    acked: set[int] = field(default_factory=set)

    def play(self, operation: tuple[Any, ...]) -> None:
        match operation:
            case ("ack", number):
                self.acked.add(number)
            case ("sync", name):
                for pending in self.unsynced.pop(name, []):
                    _apply(self.durable, pending)
            case (_, name, *_):
                self.unsynced.setdefault(name, []).append(operation)

    def after_cut(self, chance: Random) -> dict[str, bytearray]:
        """Files as they may be found when power comes back."""
        files = {name: bytearray(data) for name, data in self.durable.items()}
        for operations in self.unsynced.values():
            mood = chance.choice(("keep", "drop", "mixed", "mixed"))
            for operation in operations:
                for piece in _pieces(operation):
                    fate = chance.choice(("keep", "drop", "garble")) if mood == "mixed" else mood
                    if fate == "garble" and piece[0] == "write":
                        piece = (*piece[:3], chance.randbytes(len(piece[3])))  # noqa: PLW2901
                    if fate != "drop":
                        _apply(files, piece)
        return files


def _pieces(operation: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    if operation[0] != "write":
        return [operation]
    _, name, offset, data = operation
    pieces = []
    at = 0
    while at < len(data):
        length = min(SECTOR_BYTES - (offset + at) % SECTOR_BYTES, len(data) - at)
        pieces.append(("write", name, offset + at, data[at : at + length]))
        at += length
    return pieces


def _apply(files: dict[str, bytearray], operation: tuple[Any, ...]) -> None:
    match operation:
        case ("delete", name):
            files.pop(name, None)
        case ("truncate", name, size):
            file = files.setdefault(name, bytearray())
            del file[size:]
            file.extend(bytes(size - len(file)))
        case (_, name, offset, data):
            file = files.setdefault(name, bytearray())
            file.extend(bytes(max(0, offset - len(file))))
            file[offset : offset + len(data)] = data
