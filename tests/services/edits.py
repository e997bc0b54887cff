"""Every edit of a log of 256 entries in a bundle, each told to a verifier of its own.

Nothing is left out of the verifiers to be quick: the whole of `verify_record` runs over the bundle once, and wherever
it asks for a line that has edits, its process is forked once for each of them. The child goes on with the edited file
to its verdict; the parent goes on with the line as it was. So a verdict costs what comes behind the edit only.
"""

from __future__ import annotations

import gc
import io
import os
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import cache
from random import Random
from typing import IO

import msgspec

from steerclear.app.commands.record import read_versions
from steerclear.model.messages import KeyChange, LineCheck
from steerclear.services.bundle_verifier import verify
from steerclear.services.exchange import Draft
from steerclear.services.record_bundle import CHECKPOINTS, CONTENTS, ENTRIES, Bundle, RecordError
from steerclear.services.verify_record import verify_record
from tests.services import every_kind
from tests.services.bundles import Files, export_bytes, unpacked
from tests.services.parties import START_S, Node, settle

ENTRIES_IN_LOG = 256
ENTRIES_A_RECEIPT = 16
FOLDERS = ("logs/north-to-south", "logs/south-to-north")
EDITED_FILES = tuple(f"{folder}/{name}" for folder in FOLDERS for name in (ENTRIES, CONTENTS, CHECKPOINTS))
Verifier = Callable[[Iterable[str], Callable[[str], IO[bytes]]], None]
"""(names of the files, what opens one): raises what refuses the bundle."""


class Edit(msgspec.Struct, frozen=True):
    """One edit at a line of a file, counted from 0."""

    kind: str
    """"bit", "delete", "swap" (with the next), "repeat" or "cut" (the rest of the file is gone)."""
    file: str
    line: int
    place: int = 0
    """Of a bit in the line, or of the byte from which on a cut takes away."""
    both: bool = False
    """The same is done to the content of the entry, so that entries and contents still stand side by side."""

    def applied(self, rest: bytes) -> bytes:
        """The file from the edited line on."""
        line, behind = _first_line(rest)
        match self.kind:
            case "bit":
                changed = bytearray(rest)
                changed[self.place // 8] ^= 1 << self.place % 8
                return bytes(changed)
            case "delete":
                return behind
            case "swap":
                following, behind = _first_line(behind)
                return following + line + behind
            case "repeat":
                return line + line + behind
            case "cut":
                return line[: self.place]
        raise ValueError(f"no edit is called {self.kind}")


def _first_line(data: bytes) -> tuple[bytes, bytes]:
    end = data.find(b"\n") + 1
    return data[:end], data[end:]


@cache
def long_record() -> Files:
    """A bundle with 256 entries in one direction, every kind of message among them, and receipts all along."""
    north, south = Node("north"), Node("south")
    sayable = [message for message in every_kind.MESSAGES if not isinstance(message, KeyChange)]
    check = LineCheck(message_id="", answer_by_s=START_S + 30.0)
    for number in range(ENTRIES_IN_LOG):
        message = sayable[number // 8 % len(sayable)] if number % 8 == 0 else check
        north.exchange.send([Draft("south", _named(message))]).stored.result()
        if (number + 1) % ENTRIES_A_RECEIPT == 0:
            settle(north, south)
            south.exchange.send([Draft("north", _named(check))]).stored.result()
            settle(north, south)
    files = unpacked(export_bytes(north.exchange, "south"))
    for node in (north, south):
        node.close()
    assert files[EDITED_FILES[0]].count(b"\n") == ENTRIES_IN_LOG
    return files


def _named(message) -> Callable[[str], object]:
    return lambda name: msgspec.structs.replace(message, message_id=name)


def line_lengths(file: str) -> list[int]:
    """Bytes of each line of a file of the record, line ends included."""
    return [len(line) for line in long_record()[file].splitlines(keepends=True)]


def edited_bytes() -> int:
    """Bytes of all files that are edited."""
    return sum(len(long_record()[file]) for file in EDITED_FILES)


def bits_at(numbers: Iterable[int]) -> Iterator[Edit]:
    """Bits of all edited files by their number, rising, as if the files stood one behind the other."""
    return (Edit("bit", file, line, place) for file, line, place in _places_at(numbers, 8))


def cuts_at(numbers: Iterable[int]) -> Iterator[Edit]:
    """The file cut before a byte, by the number of the byte as in `bits_at`."""
    return (Edit("cut", file, line, place) for file, line, place in _places_at(numbers, 1))


def _places_at(numbers: Iterable[int], places_a_byte: int) -> Iterator[tuple[str, int, int]]:
    lines = ((file, line, length) for file in EDITED_FILES for line, length in enumerate(line_lengths(file)))
    first = end = 0
    for number in numbers:
        while number >= end:
            file, line, length = next(lines)
            first, end = end, end + length * places_a_byte
        yield file, line, number - first


def some_bits(file: str, a_line: int, chance: Random) -> Iterator[Edit]:
    """Bits of every line: at its end, and elsewhere at random."""
    for line, length in enumerate(line_lengths(file)):
        places = {8 * length - 1 - chance.randrange(8), *(chance.randrange(8 * length) for _ in range(a_line - 1))}
        yield from (Edit("bit", file, line, place) for place in sorted(places))


def all_moves(file: str) -> Iterator[Edit]:
    """Every line deleted, repeated, swapped with the next, and the file cut before every line and within it.

    Done to entries, the same is also done to the contents beside them.
    """
    lengths = line_lengths(file)
    for both in (False, True) if file.endswith(ENTRIES) else (False,):
        for line in range(len(lengths)):
            yield Edit("delete", file, line, both=both)
            yield Edit("cut", file, line, 0, both=both)
            if line + 1 < len(lengths):
                yield Edit("swap", file, line, both=both)
    for line, length in enumerate(lengths):
        yield Edit("repeat", file, line)
        yield Edit("cut", file, line, length - 1)


def first_verifier(names: Iterable[str], opened: Callable[[str], IO[bytes]]) -> None:
    """What `steerclear record verify` does."""
    verify_record(Bundle(names, opened), read_versions)


def second_verifier(names: Iterable[str], opened: Callable[[str], IO[bytes]]) -> None:
    """What `verify.py` does."""
    verify.check(verify.Bundle(names, opened))


class Verdict(Enum):
    """What became of an edited record; the value is the exit code of the process that found out."""

    REFUSED = 0
    ACCEPTED = 1
    REFUSED_ELSEWHERE = 2
    """Not at any place within the logs."""
    FAILED = 3


def judged(edits: Iterable[Edit], verifier: Verifier) -> tuple[int, list[str]]:
    """How many edits there were, and what a verifier should have refused and did not.

    To be called in a process with one thread. Raises AssertionError unless the record as it is is accepted and each
    edit was come to.
    """
    trial = _Trial(edits)
    gc.collect()
    gc.freeze()  # or children copy the pages of what they only read
    try:
        verdict = _verdict(trial, verifier)
    finally:
        if trial.is_child:
            os._exit(verdict.value)
        gc.unfreeze()
    assert verdict is Verdict.ACCEPTED, "the record as it is is not accepted"
    assert not trial.waiting, f"no line was asked for where these edits are: {trial.waiting}"
    return trial.judged, trial.missed


def _verdict(trial: _Trial, verifier: Verifier) -> Verdict:
    try:
        verifier(trial.files, trial.open)
    except Exception as refusal:
        return verdict_of(refusal)
    return verdict_of(None)


def verdict_of(refusal: Exception | None) -> Verdict:
    """What a verifier has made of an edited record, by what it raised."""
    if refusal is None:
        return Verdict.ACCEPTED
    if not isinstance(refusal, (RecordError, verify.Refused)):
        return Verdict.FAILED
    return Verdict.REFUSED if refusal.where.startswith(FOLDERS) else Verdict.REFUSED_ELSEWHERE


class _Trial:
    """Files of the record that fork the process that reads them, once for each edit."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self.files = dict(long_record())
        self.waiting: dict[tuple[str, int], list[Edit]] = {}
        for edit in edits:
            self.waiting.setdefault((edit.file, edit.line), []).append(edit)
        self.is_child = False
        self.judged = 0
        self.missed: list[str] = []
        self._readers: dict[str, _Reader] = {}

    def open(self, name: str) -> IO[bytes]:
        self._readers[name] = _Reader(self, name, self.files[name])
        return self._readers[name]

    def at_line(self, file: str, line: int) -> None:
        """Called before a line is read."""
        for edit in self.waiting.pop((file, line), []):
            child = os.fork()
            if child == 0:
                self.is_child = True
                self.waiting = {}
                self._apply(edit)
                return
            _, status = os.waitpid(child, 0)
            self.judged += 1
            verdict = Verdict(os.waitstatus_to_exitcode(status))
            if verdict is not Verdict.REFUSED:
                self.missed.append(f"{verdict.name.lower()}: {edit}")

    def _apply(self, edit: Edit) -> None:
        names = [edit.file, edit.file.replace(ENTRIES, CONTENTS)] if edit.both else [edit.file]
        for name in names:
            lines = self.files[name].splitlines(keepends=True)
            start = sum(map(len, lines[: edit.line]))
            self.files[name] = self.files[name][:start] + edit.applied(self.files[name][start:])
            if name in self._readers and not self._readers[name].replace(self.files[name], start):
                os._exit(Verdict.FAILED.value)  # it was read already: this edit was not judged


class _Reader(io.BytesIO):
    def __init__(self, trial: _Trial, name: str, data: bytes) -> None:
        super().__init__(data)
        self._trial, self._name, self._lines = trial, name, 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self._trial.at_line(self._name, self._lines)
        self._lines += 1
        return super().readline(size)

    def replace(self, data: bytes, start: int) -> bool:
        """Give `data` from here on; False when what comes from `start` on was read already."""
        place = self.tell()
        if place > start:
            return False
        self.seek(0)
        self.truncate()
        self.write(data)
        self.seek(place)
        return True
