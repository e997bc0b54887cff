"""Segment files: raw reports in batches, too many for the journal, bound to it by their SHA-256.

Order of work: records go to one open file; sealing syncs it, renames it to `<number>-<sha256>.segment` and syncs the
directory; the caller then appends `sealed.event(...)`. A crash before the append leaves a sealed file that
`sealed_above` finds again; a crash before sealing leaves an open file whose whole records are kept.

File: 8 bytes of magic, then per record a CRC-32 of what follows (uint32 big-endian), its length (uint32), its time
(float64, POSIX UTC seconds) and its bytes. The CRC only finds the torn end of an open file; trust in a sealed one rests
on its SHA-256.
"""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EFBIG, ENOSPC
from hashlib import sha256
from io import FileIO
from pathlib import Path
from struct import Struct as Packing
from typing import Self
from zlib import crc32

from msgspec import Struct
from msgspec.json import decode, encode

from steerclear.store.entries import Append, Event, JournalRow
from steerclear.store.errors import AppendRefusedError, StoreDamagedError, StoreFailedError, StoreFullError
from steerclear.store.folders import make_folder, sync_folder
from steerclear.store.limits import MAX_PAGE_ROWS, MAX_SEGMENT_BYTES, MAX_SEGMENT_RECORD_BYTES
from steerclear.store.protocol import Journal

SEGMENT_SEALED = "segment.sealed"
"""Kind of the event that binds a segment to the journal."""
SEGMENT_DROPPED = "segment.dropped"
"""Kind of the event that a segment is no longer kept; its file goes after that."""

_MAGIC = b"SCSEG\x00\x01\n"
_CHECKSUM = Packing(">I")
_HEADER = Packing(">Id")
_FRAME_BYTES = _CHECKSUM.size + _HEADER.size
_OPEN_NAME = "open.segment-part"
_NO_ROOM = (ENOSPC, EDQUOT, EFBIG)


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


class DroppedSegment(Struct, frozen=True):
    """A segment that is no longer kept."""

    number: int
    sha256: str

    def event(self, time_s: float) -> Event:
        """Its journal event."""
        return Event(SEGMENT_DROPPED, encode(self), time_s)


class SegmentWriter:
    """Writes records to the open segment of a directory; one writer per directory.

    What a full or failing disk refuses (StoreFullError, StoreFailedError) is not written in part: try it again.
    """

    def __init__(self, directory: Path) -> None:
        make_folder(directory)
        self._directory = directory
        self.number = max((number for number, _ in _sealed_files(directory)), default=0) + 1
        """Of the open segment."""
        self._path = directory / _OPEN_NAME
        self._file: FileIO | None = None
        self._torn = False
        """Whether something may stand behind the last whole record."""
        self._begin()
        self._salvage()

    def write(self, record: bytes, time_s: float) -> None:
        """Add a record. It is durable after `sync` or `seal`. Raises AppendRefusedError above a limit."""
        self.write_all((record,), time_s)

    def write_all(self, records: Collection[bytes], time_s: float) -> None:
        """Add records of one time, all or none; as `write`."""
        framed = []
        for record in records:
            if len(record) > MAX_SEGMENT_RECORD_BYTES:
                raise AppendRefusedError(
                    f"a segment record has {len(record)} bytes, the limit is {MAX_SEGMENT_RECORD_BYTES}:"
                    " make it smaller"
                )
            checked = _HEADER.pack(len(record), time_s) + record
            framed.append(_CHECKSUM.pack(crc32(checked)) + checked)
        data = b"".join((b"" if self.size_bytes else _MAGIC, *framed))
        if self.size_bytes + len(data) > MAX_SEGMENT_BYTES:
            raise AppendRefusedError(f"the open segment would exceed {MAX_SEGMENT_BYTES} bytes: seal it first")
        with self._disk_told():
            self._put(data)
        self._note(data, len(framed), time_s)

    def sync(self) -> None:
        """Bring all records written so far to the disk."""
        if self._file is not None:
            with self._disk_told():
                os.fsync(self._file.fileno())

    def seal(self) -> SealedSegment | None:
        """Finish the open segment; None when it holds no record. The next begins with its first record."""
        if not self.records:
            return None
        self.sync()
        sealed = SealedSegment(
            self.number, self._hash.hexdigest(), self.records, self.size_bytes, self._first_time_s, self._last_time_s
        )
        with self._disk_told():
            self._drop_torn()
            self._path.rename(self._directory / sealed.file_name)
            if self._file is not None:
                self._file.close()
                self._file = None
            self.number += 1
            self._begin()
            sync_folder(self._directory)
        return sealed

    def close(self) -> None:
        """Bring everything to the disk and let go; the open segment goes on with the next writer."""
        if self._file is not None:
            file, self._file = self._file, None
            with self._disk_told(), file:
                os.fsync(file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        self._hash = sha256()
        self.records = 0
        self.size_bytes = 0
        self._first_time_s = self._last_time_s = 0.0

    def _salvage(self) -> None:
        """Go on with what a crash left: keep whole records, cut off a torn end."""
        if not self._path.exists():
            return
        left = self._path.read_bytes()
        if left.startswith(_MAGIC):
            self._hash.update(_MAGIC)
            self.size_bytes = len(_MAGIC)
            for time_s, start, end in _whole_records(left):
                self._note(left[start - _FRAME_BYTES : end], 1, time_s)
        self._torn = len(left) != self.size_bytes

    def _put(self, data: bytes) -> None:
        """Write to the file itself, so that what a full disk refuses waits in no buffer."""
        if self._file is None:
            self._file = FileIO(self._path, "a")
            sync_folder(self._directory)
        self._drop_torn()
        self._torn = True
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            with suppress(OSError):  # then with the next record
                self._drop_torn()
            raise
        self._torn = False

    def _drop_torn(self) -> None:
        if self._torn:
            os.truncate(self._path, self.size_bytes)
            self._torn = False

    @contextmanager
    def _disk_told(self) -> Iterator[None]:
        """Turn what the disk says into errors of this room."""
        try:
            yield
        except OSError as error:
            what = error.strerror or str(error)
            if error.errno in _NO_ROOM:
                raise StoreFullError(f"no room for the reports in {self._directory} ({what}): free space") from error
            raise StoreFailedError(
                f"the reports in {self._directory} cannot be written ({what}): check the disk"
            ) from error

    def _note(self, data: bytes, records: int, time_s: float) -> None:
        self._hash.update(data)
        self.size_bytes += len(data)
        self._first_time_s = time_s if self.records == 0 else self._first_time_s
        self._last_time_s = time_s
        self.records += records


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


class ToldSegments:
    """Segments that journal rows speak of."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, str], SealedSegment] = {}
        """By number and digest, in the order they were sealed."""
        self.dropped: list[SealedSegment] = []

    def take(self, row: JournalRow) -> None:
        """The next row of the journal, whatever its kind."""
        if row.kind == SEGMENT_SEALED:
            sealed = decode(row.payload, type=SealedSegment)
            self.kept[sealed.number, sealed.sha256] = sealed
        elif row.kind == SEGMENT_DROPPED:
            gone = decode(row.payload, type=DroppedSegment)
            if (gone.number, gone.sha256) in self.kept:
                self.dropped.append(self.kept.pop((gone.number, gone.sha256)))


def told_segments(journal: Journal) -> ToldSegments:
    """All segments that the journal speaks of."""
    told, after = ToldSegments(), 0
    while rows := journal.journal(after, MAX_PAGE_ROWS):
        for row in rows:
            told.take(row)
        after = rows[-1].sequence
    return told


def journaled_segments(journal: Journal) -> list[SealedSegment]:
    """Segments that the journal speaks of and that are kept, in the order they were sealed."""
    return list(told_segments(journal).kept.values())


def drop_segments(directory: Path, journal: Journal, before_s: float, now_s: float) -> int:
    """Remove the segments that were sealed before a time, oldest first: how many. The journal hears of each first.

    Both times are POSIX seconds by the clock that the journal is kept by. Segments that the journal does not know are
    left, and so is everything behind the first one that is to be kept. Raises StoreError, OSError.
    """
    dropped = 0
    # Never the newest: the next one is numbered after it.
    for number, path in _sealed_files(directory)[:-1]:
        one = DroppedSegment(number, path.stem.partition("-")[2])
        bound = journal.receipt(binding_key(number, one.sha256))
        if bound is None:
            continue
        [row] = journal.journal(bound.first_sequence - 1, 1)
        if row.time_s >= before_s:
            break
        key = f"segment.dropped/{number}/{one.sha256}"
        if journal.receipt(key) is None:  # otherwise a crash came between the two
            journal.append(Append(key=key, events=(one.event(now_s),)))
        path.unlink(missing_ok=True)
        dropped += 1
    return dropped


def binding_key(number: int, digest: str) -> str:
    """Key of the append that binds a segment to the journal."""
    return f"segment/{number}/{digest}"


def sealed_above(
    directory: Path, number: int, is_known: Callable[[tuple[int, str]], bool] = lambda _: False
) -> list[SealedSegment]:
    """Sealed files with a higher number, read from the files themselves: those a crash kept out of the journal.

    Those that are known by their number and digest are left out, unread.

    Raises StoreDamagedError when one of them is not what its name says.
    """
    found = []
    for file_number, path in _sealed_files(directory):
        named = path.stem.partition("-")[2]
        if file_number > number and not is_known((file_number, named)):
            data = path.read_bytes()
            times = [time_s for time_s, _, _ in _whole_records(data)]
            digest = sha256(data).hexdigest()
            if not times or digest != named:
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
