"""The joint record with one peer as files: what they are called, how they are packed, and how large they may be.

`manifest.note` is signed by the party that exported the bundle and names the SHA-256 of every other file but the
contents and attachments, which are bound by the signed entries themselves and can be withheld one by one. The rest is
every version of the agreement as it was signed, a verifier that needs nothing but Python, and per direction the
entries, one JSON envelope a line, what each of them commits to, and all cosigned checkpoints. A folder with these
files, and a ZIP file of it, are the same bundle. The format is written out in docs/record-format.md.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

MANIFEST: Final = "manifest.note"
AGREEMENTS: Final = "agreements/"
VERIFIER: Final = "verify.py"
ATTACHMENTS: Final = "attachments/"
HEAD: Final = "head.note"
ENTRIES: Final = "entries.jsonl"
CONTENTS: Final = "contents.jsonl"
CHECKPOINTS: Final = "checkpoints.jsonl"
FORMAT_LINE: Final = "steerclear record 2"
WITHHELD: Final = b"null"
"""Stands in `contents.jsonl` for a content that is not shown."""

MAX_BUNDLE_BYTES: Final = 16 * 1024 * 1024 * 1024
"""All files of a bundle together, unpacked; they are read line by line and never held."""
MAX_VERSIONS: Final = 1_000
"""Versions of the agreement."""
MAX_ATTACHMENTS: Final = 4_000
MAX_FILES: Final = 16 + 2 * MAX_VERSIONS + MAX_ATTACHMENTS
MAX_SMALL_FILE_BYTES: Final = 4_000_000
"""Agreement, signatures, manifest and head, each."""
MAX_ENTRIES: Final = 1_000_000
"""Of one log: a reader keeps some hundred bytes of each, to say what answers what."""
MAX_LINE_BYTES: Final = 512 * 1024
"""One entry, content or note with its line end."""
_CHUNK_BYTES: Final = 1024 * 1024


class RecordError(ValueError):
    """A bundle is not what it claims to be: `where` names the file and place, the text what is wrong there."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


class Bundle:
    """The files of a bundle, opened one at a time. Nothing is unpacked to disk, and no log is held in memory.

    What was read to its end is known by its SHA-256, so that the bytes that were checked are the bytes that count.
    """

    def __init__(self, names: Iterable[str], opened: Callable[[str], IO[bytes]]) -> None:
        found: set[str] = set()
        for name in names:
            if name in found:
                raise RecordError(name, "is in the bundle twice")
            if len(found) >= MAX_FILES:
                raise RecordError(name, f"a bundle has at most {MAX_FILES} files")
            found.add(name)
        self.names = frozenset(found)
        self._opened = opened
        self._digests: dict[str, str] = {}
        self._sizes: dict[str, int] = {}
        self._left = MAX_BUNDLE_BYTES

    def digest(self, name: str) -> str:
        """SHA-256 of a file in hex. Raises RecordError."""
        if name not in self._digests:
            for _ in self.chunks(name):
                pass
        return self._digests[name]

    def size(self, name: str) -> int:
        """Bytes of a file that was read to its end."""
        return self._sizes[name]

    def sizes(self) -> Iterable[int]:
        """Bytes of every file that was read to its end."""
        return self._sizes.values()

    def small(self, name: str, at_most: int = MAX_SMALL_FILE_BYTES) -> bytes:
        """A whole small file. Raises RecordError."""
        data = b""
        for chunk in self.chunks(name):
            data += chunk
            if len(data) > at_most:
                raise RecordError(name, f"has more than {at_most:,} bytes")
        return data

    def chunks(self, name: str) -> Iterator[bytes]:
        """A file in pieces. Raises RecordError."""
        return self._read(name, lambda file: file.read(_CHUNK_BYTES))

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file without their ends, one at a time. Raises RecordError."""
        for number, line in enumerate(self._read(name, lambda file: file.readline(MAX_LINE_BYTES + 1)), 1):
            if len(line) > MAX_LINE_BYTES:
                raise RecordError(f"{name} line {number}", f"has more than {MAX_LINE_BYTES} bytes")
            if not line.endswith(b"\n"):
                raise RecordError(name, "its last line is cut off")
            yield line[:-1]

    def _read(self, name: str, take: Callable[[IO[bytes]], bytes]) -> Iterator[bytes]:
        if name not in self.names:
            raise RecordError(name, "is missing from the bundle")
        digest, size, known = sha256(), 0, self._sizes.get(name, 0)
        try:
            with self._opened(name) as file:
                # The size in a directory is a claim; what is read is what counts.
                while part := take(file):
                    digest.update(part)
                    size += len(part)
                    if size > known + self._left:
                        raise RecordError(name, f"with it the bundle has more than {MAX_BUNDLE_BYTES:,} bytes")
                    yield part
        except (RecordError, GeneratorExit):
            raise
        except OSError as error:
            raise RecordError(name, f"cannot be read: {error.strerror or error}") from None
        except Exception as error:  # zlib.error and what else a damaged stream raises: none of it is ours
            raise RecordError(name, f"cannot be unpacked: {error}") from None
        self._left -= max(size - known, 0)
        self._sizes[name] = size
        self._digests[name] = digest.hexdigest()


def log_folder(sender: str, receiver: str) -> str:
    """Folder of one direction inside a bundle."""
    return f"logs/{sender}-to-{receiver}"


def agreement_names(place: int) -> tuple[str, str]:
    """Names of a version of the agreement and of its signatures; `place` counts from 1."""
    return f"{AGREEMENTS}{place:04d}.toml", f"{AGREEMENTS}{place:04d}.sig"


def agreement_pairs(bundle: Bundle) -> tuple[tuple[bytes, bytes], ...]:
    """The agreement's versions and their signatures, oldest first. Raises RecordError."""
    count = 1
    while count < MAX_VERSIONS and agreement_names(count + 1)[0] in bundle.names:
        count += 1
    pairs = (agreement_names(place) for place in range(1, count + 1))
    return tuple((bundle.small(agreement), bundle.small(signatures)) for agreement, signatures in pairs)


def signed_names(exporter: str, peer: str, versions: int) -> frozenset[str]:
    """Names of the files that the manifest lists: it has each of them and no other."""
    ours, theirs = log_folder(exporter, peer), log_folder(peer, exporter)
    logs = [f"{folder}/{name}" for folder in (ours, theirs) for name in (ENTRIES, CHECKPOINTS)]
    agreements = [name for place in range(1, versions + 1) for name in agreement_names(place)]
    return frozenset([VERIFIER, f"{ours}/{HEAD}", *agreements, *logs])


def read_bundle(path: Path) -> Bundle:
    """The bundle in a ZIP file or a folder. Raises RecordError."""
    try:
        if path.is_dir():
            found = (file.relative_to(path).as_posix() for file in sorted(path.rglob("*")) if file.is_file())
            return Bundle(found, lambda name: (path / name).open("rb"))
        if path.exists() and not path.is_file():
            raise RecordError(str(path), "is neither a file nor a folder")  # a device could be read forever
        with zipfile.ZipFile(path) as packed:
            return Bundle(packed.namelist(), lambda name: _from_zip(path, name))
    except RecordError:
        raise
    except OSError as error:
        raise RecordError(str(path), f"cannot be read: {error.strerror or error}") from None
    except Exception as error:  # a damaged directory raises many things: none of them is ours
        raise RecordError(str(path), f"is not a whole ZIP file: {error}") from None


def _from_zip(path: Path, name: str) -> IO[bytes]:
    with zipfile.ZipFile(path) as packed:
        return packed.open(name)  # keeps the file open for itself
