"""Segment files: raw reports in batches, too many for the journal, bound to it by their SHA-256.

Order of work: records go to one open file; sealing syncs it, renames it to `<number>-<sha256>.segment` and syncs the
directory; the caller then appends `sealed.event(...)`. A crash before the append leaves a sealed file that
`sealed_above` finds again; a crash before sealing leaves an open file whose whole records are kept.

File: 8 bytes of magic, then per record a CRC-32 of what follows (uint32 big-endian), its length (uint32), its time
(float64, POSIX UTC seconds) and its bytes. The CRC only finds the torn end of an open file; trust in a sealed one rests
on its SHA-256.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from struct import Struct as Packing
from typing import Self
from zlib import crc32

from msgspec import Struct
from msgspec.json import decode, encode

from steerclear.store.entries import Event
from steerclear.store.errors import AppendRefusedError, StoreDamagedError
from steerclear.store.folders import make_folder, sync_folder
from steerclear.store.limits import MAX_PAGE_ROWS, MAX_SEGMENT_BYTES, MAX_SEGMENT_RECORD_BYTES
from steerclear.store.protocol import Journal

SEGMENT_SEALED = "segment.sealed"
"""Kind of the event that binds a segment to the journal."""

_MAGIC = b"SCSEG\x00\x01\n"
_CHECKSUM = Packing(">I")
_HEADER = Packing(">Id")
_FRAME_BYTES = _CHECKSUM.size + _HEADER.size
_OPEN_NAME = "open.segment-part"


class SealedSegment(Struct, frozen=True):
    """A finished segment file: its place in the order, its digest, and what is in it."""

    number: int
    sha256: str
    records: int
    size_bytes: int
    first_time_s: float
    last_time_s: float

    @property
    def file_name(self) -> str:
        """Name made from number and digest alone, never from anything supplied."""
        return f"{self.number:08d}-{self.sha256}.segment"

    def event(self, time_s: float) -> Event:
        """Event that binds this file to the journal."""
        return Event(SEGMENT_SEALED, encode(self), time_s)


class SegmentWriter:
    """Writes records to the open segment of a directory; one writer per directory."""

    def __init__(self, directory: Path) -> None:
        make_folder(directory)
        self._directory = directory
        self.number = max((number for number, _ in _sealed_files(directory)), default=0) + 1
        """Of the open segment."""
        self._path = directory / _OPEN_NAME
        self._salvage()

    def write(self, record: bytes, time_s: float) -> None:
        """Add a record. It is durable after `sync` or `seal`. Raises AppendRefusedError above a limit."""
        if len(record) > MAX_SEGMENT_RECORD_BYTES:
            raise AppendRefusedError(
                f"a segment record has {len(record)} bytes, the limit is {MAX_SEGMENT_RECORD_BYTES}: make it smaller"
            )
        checked = _HEADER.pack(len(record), time_s) + record
        framed = _CHECKSUM.pack(crc32(checked)) + checked
        if self.size_bytes + len(framed) > MAX_SEGMENT_BYTES:
            raise AppendRefusedError(f"the open segment would exceed {MAX_SEGMENT_BYTES} bytes: seal it first")
        self._file.write(framed)
        self._note(framed, time_s)

    def sync(self) -> None:
        """Bring all records written so far to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def seal(self) -> SealedSegment | None:
        """Finish the open segment and begin the next; None when it holds no record."""
        if not self.records:
            return None
        self.sync()
        self._file.close()
        sealed = SealedSegment(
            self.number, self._hash.hexdigest(), self.records, self.size_bytes, self._first_time_s, self._last_time_s
        )
        self._path.rename(self._directory / sealed.file_name)
        sync_folder(self._directory)
        self.number += 1
        self._salvage()
        return sealed

    def close(self) -> None:
        """Bring everything to the disk and let go; the open segment goes on with the next writer."""
        if not self._file.closed:
            self.sync()
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _salvage(self) -> None:
        """Go on with what a crash left: keep whole records, cut off a torn end."""
        self._hash = sha256()
        self.records = 0
        self.size_bytes = 0
        self._first_time_s = self._last_time_s = 0.0
        left = self._path.read_bytes() if self._path.exists() else b""
        if left.startswith(_MAGIC):
            self._count(_MAGIC)
            for time_s, start, end in _whole_records(left):
                self._note(left[start - _FRAME_BYTES : end], time_s)
        self._file = self._path.open("ab")
        self._file.truncate(self.size_bytes)
        if not self.size_bytes:
            self._file.write(_MAGIC)
            self._count(_MAGIC)
            self.sync()
            sync_folder(self._directory)

    def _note(self, framed: bytes, time_s: float) -> None:
        self._count(framed)
        self._first_time_s = time_s if self.records == 0 else self._first_time_s
        self._last_time_s = time_s
        self.records += 1

    def _count(self, data: bytes) -> None:
        self._hash.update(data)
        self.size_bytes += len(data)


def read_segment(directory: Path, sealed: SealedSegment) -> Iterator[tuple[float, bytes]]:
    """Records of a segment in the order written, as (time in seconds, bytes); nothing before its digest is right.

    Raises StoreDamagedError when the file is missing or is not the one the journal speaks of.
    """
    path = directory / sealed.file_name
    if not path.is_file() or path.stat().st_size != sealed.size_bytes:
        raise StoreDamagedError(f"segment {sealed.file_name} is missing or cut: restore it from a backup")
    data = path.read_bytes()
    if sha256(data).hexdigest() != sealed.sha256:
        raise StoreDamagedError(f"segment {sealed.file_name} was changed: restore it from a backup")
    for time_s, start, end in _whole_records(data):
        yield time_s, data[start:end]


def segment_records(data: bytes) -> Iterator[tuple[float, bytes]]:
    """Whole records in the bytes of a segment, as (time in seconds, bytes); whoever asks has checked its SHA-256."""
    if data.startswith(_MAGIC):
        for time_s, start, end in _whole_records(data):
            yield time_s, data[start:end]


def unsealed_records(directory: Path) -> list[tuple[float, bytes]]:
    """Whole records of the open segment as it stands, also while a writer goes on with it; empty without one."""
    try:
        data = (directory / _OPEN_NAME).read_bytes()
    except FileNotFoundError:
        return []
    return list(segment_records(data))


def journaled_segments(journal: Journal) -> Iterator[SealedSegment]:
    """Segments the journal speaks of, in the order they were sealed."""
    after = 0
    while rows := journal.journal(after, MAX_PAGE_ROWS):
        for row in rows:
            if row.kind == SEGMENT_SEALED:
                yield decode(row.payload, type=SealedSegment)
        after = rows[-1].sequence


def sealed_above(directory: Path, number: int) -> list[SealedSegment]:
    """Sealed files with a higher number, read from the files themselves: those a crash kept out of the journal.

    Raises StoreDamagedError when one of them is not what its name says.
    """
    found = []
    for file_number, path in _sealed_files(directory):
        if file_number > number:
            data = path.read_bytes()
            times = [time_s for time_s, _, _ in _whole_records(data)]
            digest = sha256(data).hexdigest()
            if not times or not path.name.endswith(f"-{digest}.segment"):
                raise StoreDamagedError(
                    f"segment {path.name} is not what its name says, and the journal does not know it:"
                    " move it out of the folder and keep it"
                )
            found.append(SealedSegment(file_number, digest, len(times), len(data), times[0], times[-1]))
    return found


def _whole_records(data: bytes) -> Iterator[tuple[float, int, int]]:
    """(time, start, end) of each record that is wholly there."""
    at = len(_MAGIC)
    while at + _FRAME_BYTES <= len(data):
        (checksum,) = _CHECKSUM.unpack_from(data, at)
        length, time_s = _HEADER.unpack_from(data, at + _CHECKSUM.size)
        start, end = at + _FRAME_BYTES, at + _FRAME_BYTES + length
        if end > len(data) or crc32(data[at + _CHECKSUM.size : end]) != checksum:
            return
        yield time_s, start, end
        at = end


def _sealed_files(directory: Path) -> list[tuple[int, Path]]:
    return sorted((int(path.name.split("-")[0]), path) for path in directory.glob("*-*.segment"))
