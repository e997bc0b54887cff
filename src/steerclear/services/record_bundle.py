"""The joint record with one peer as files: what they are called, how they are packed, and how large they may be.

`manifest.note` is signed by the party that exported the bundle and names the SHA-256 of every other file; the rest
is the agreement as it was signed, a verifier that needs nothing but Python, and per direction the entries, one JSON
envelope a line, with all cosigned checkpoints, one JSON string a line. A folder with these files, and a ZIP file of
it, are the same bundle. The format is written out in docs/record-format.md.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

MANIFEST: Final = "manifest.note"
AGREEMENT: Final = "agreement.toml"
SIGNATURES: Final = "agreement.sig"
VERIFIER: Final = "verify.py"
HEAD: Final = "head.note"
ENTRIES: Final = "entries.jsonl"
CHECKPOINTS: Final = "checkpoints.jsonl"
FORMAT_LINE: Final = "steerclear record 1"

MAX_BUNDLE_BYTES: Final = 1024 * 1024 * 1024
"""All files of a bundle together, unpacked."""
MAX_FILES: Final = 16
MAX_SMALL_FILE_BYTES: Final = 16 * 1024 * 1024
"""Agreement, signatures, manifest and head, each."""
MAX_LINE_BYTES: Final = 512 * 1024
"""One entry or one note with its line end."""


class RecordError(ValueError):
    """A bundle is not what it claims to be: `where` names the file and place, the text what is wrong there."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


def log_folder(sender: str, receiver: str) -> str:
    """Folder of one direction inside a bundle."""
    return f"logs/{sender}-to-{receiver}"


def bundle_names(exporter: str, peer: str) -> frozenset[str]:
    """Names of all files of a bundle: it has each of them and no other."""
    ours, theirs = log_folder(exporter, peer), log_folder(peer, exporter)
    logs = [f"{folder}/{name}" for folder in (ours, theirs) for name in (ENTRIES, CHECKPOINTS)]
    return frozenset([MANIFEST, AGREEMENT, SIGNATURES, VERIFIER, f"{ours}/{HEAD}", *logs])


def read_bundle(path: Path) -> dict[str, bytes]:
    """Files of a bundle, from a ZIP file or a folder. Raises RecordError; nothing is unpacked to disk."""
    try:
        return _from_folder(path) if path.is_dir() else _from_zip(path)
    except OSError as error:
        raise RecordError(str(path), f"cannot be read: {error.strerror or error}") from None


def _from_folder(path: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MAX_BUNDLE_BYTES
    for file in sorted(path.rglob("*")):
        if not file.is_file():
            continue
        name = file.relative_to(path).as_posix()
        left -= file.stat().st_size
        _check(files, name, left)
        files[name] = file.read_bytes()
    return files


def _from_zip(path: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MAX_BUNDLE_BYTES
    try:
        with zipfile.ZipFile(path) as packed:
            for info in packed.infolist():
                _check(files, info.filename, left)
                with packed.open(info) as file:
                    # The size in the directory is a claim; what is read is what counts.
                    data = file.read(left + 1)
                left -= len(data)
                _check(files, info.filename, left)
                files[info.filename] = data
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        if isinstance(error, RecordError):
            raise
        raise RecordError(str(path), f"is not a whole ZIP file: {error}") from None
    except OSError:
        raise
    except Exception as error:  # zlib.error and what else a damaged stream raises: none of it is ours
        raise RecordError(str(path), f"cannot be unpacked: {error}") from None
    return files


def _check(files: Mapping[str, bytes], name: str, left: int) -> None:
    if name in files:
        raise RecordError(name, "is in the bundle twice")
    if len(files) >= MAX_FILES:
        raise RecordError(name, f"a bundle has at most {MAX_FILES} files")
    if left < 0:
        raise RecordError(name, f"a bundle has at most {MAX_BUNDLE_BYTES:,} bytes")
