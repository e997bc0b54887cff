"""Open a file, compressed or not, without letting it take more than its share of memory."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steerclear.interfaces.feeds.limits import (
    MAX_COMPRESSION_RATIO,
    MAX_IN_MEMORY_BYTES,
    MAX_RECORD_BYTES,
    RATIO_FREE_BYTES,
)
from steerclear.services.report_sources import SourceError

GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 1 << 20


class CountingFile(io.RawIOBase):
    """The compressed bytes of a file, counted as they are read, for progress and for the compression ratio."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.consumed_bytes = 0
        self.size_bytes = path.stat().st_size

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read as the file does."""
        count = self._file.readinto(buffer) or 0
        self.consumed_bytes += count
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


class BoundedReader:
    """Chunks of a file's content after decompression, refused when it looks like a decompression bomb.

    Raises:
        SourceError: the file cannot be opened or read, its compressed data are damaged or cut off, or it decompresses
            beyond MAX_COMPRESSION_RATIO.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._counting = CountingFile(path)
        except OSError as error:
            raise SourceError(f"{path}: cannot be opened: {error.strerror or error}") from error
        buffered = io.BufferedReader(self._counting, _CHUNK_BYTES)
        self.compressed = buffered.peek(2)[:2] == GZIP_MAGIC
        self._stream: Any = gzip.GzipFile(fileobj=buffered) if self.compressed else buffered
        self.produced_bytes = 0

    def __enter__(self) -> BoundedReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._counting.close()

    @property
    def fraction(self) -> float:
        """Share of the file that was read."""
        return min(1.0, self._counting.consumed_bytes / max(1, self._counting.size_bytes))

    def read(self, size_bytes: int) -> bytes:
        """At most `size_bytes` bytes, as many as come at once; none only at the end.

        What precedes the damage in a damaged file is given before the damage is reported.
        """
        try:
            data: bytes = self._stream.read1(size_bytes)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise SourceError(
                f"{self.path}: its compressed data are damaged or cut off ({error}); get a complete copy"
            ) from error
        except OSError as error:
            raise SourceError(f"{self.path}: cannot be read: {error.strerror or error}") from error
        self.produced_bytes += len(data)
        if (
            self.compressed
            and self.produced_bytes > RATIO_FREE_BYTES
            and self.produced_bytes > MAX_COMPRESSION_RATIO * max(1, self._counting.consumed_bytes)
        ):
            raise SourceError(
                f"{self.path}: decompresses to more than {MAX_COMPRESSION_RATIO} times its size, which no honest"
                " recording does; refused"
            )
        return data

    def read_exactly(self, size_bytes: int) -> bytes:
        """`size_bytes` bytes, or fewer where the file ends before."""
        parts: list[bytes] = []
        missing_bytes = size_bytes
        while missing_bytes and (data := self.read(missing_bytes)):
            parts.append(data)
            missing_bytes -= len(data)
        return b"".join(parts)

    def lines(self) -> Iterator[bytes | None]:
        """Lines without their end; None in place of a line longer than MAX_RECORD_BYTES, which is skipped."""
        rest = b""
        skipping = False
        while chunk := self.read(_CHUNK_BYTES):
            pieces = (rest + chunk).split(b"\n")
            rest = pieces.pop()
            for piece in pieces:
                if skipping or len(piece) > MAX_RECORD_BYTES:
                    skipping = False
                    yield None
                else:
                    yield piece.rstrip(b"\r")
            if len(rest) > MAX_RECORD_BYTES:
                rest, skipping = b"", True
        if skipping or len(rest) > MAX_RECORD_BYTES:
            yield None
        elif rest:
            yield rest.rstrip(b"\r")


def read_whole(path: Path, limit_bytes: int = MAX_IN_MEMORY_BYTES) -> bytes:
    """The whole content after decompression.

    Raises:
        SourceError: the file cannot be opened or read to its end, is a decompression bomb, or is larger than
            `limit_bytes`.
    """
    parts: list[bytes] = []
    with BoundedReader(path) as reader:
        while chunk := reader.read(_CHUNK_BYTES):
            parts.append(chunk)
            if reader.produced_bytes > limit_bytes:
                raise SourceError(
                    f"{path}: larger than {limit_bytes // 1024 // 1024} MiB, and its format has to be held in memory;"
                    " split it, or use SBS or ASTERIX, which are read as streams"
                )
    return b"".join(parts)
