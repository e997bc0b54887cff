"""A backup of a node in one folder, made while it runs or not: whole, checked, or not there.

The store is read from its file by SQLite's online backup, past the node: it needs no token, works on a node that hangs
or is stopped, and holds nothing up. Private keys and tokens are left out; whoever has the backup can read what was
said, but can sign nothing. Order of work: everything goes into a folder of a passing name beside the target, the copy
of the store is audited, all of it is synced, and only then it gets its name.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from steerclear.store.errors import BackupRefusedError
from steerclear.store.folders import sync_folder
from steerclear.store.snapshot import AuditedCopy, audit_copy, copy_store

MANIFEST: Final = "backup.json"
FORMAT: Final = "steerclear backup 1"
DATA: Final = "data"
"""In a backup: what goes back into the node's data folder."""
MAX_MANIFEST_BYTES: Final = 64 * 1024 * 1024
"""A segment an hour for a century takes less."""
_CHUNK_BYTES: Final = 1024 * 1024

Told = Callable[[str, int, int], None]
"""(what is done, how much of it, of how much)"""


class BackupError(ValueError):
    """A folder is not the backup that it claims to be."""


class NodeFiles(msgspec.Struct, frozen=True):
    """What of a node goes into a backup."""

    party: str
    agreement_id: str
    agreements: tuple[str, ...]
    """SHA-256 of every version of the agreement in hex, oldest first."""
    data: Path
    store: str
    """Names of the store, the folder of segments and the folder of evidence in the data folder."""
    segments: str
    evidence: str
    others: Mapping[str, bytes]
    """The node's file, agreements, signatures and key statements by their names in the backup."""
    incidents: str = "incidents"
    """Folder of frozen bundles in the data folder, each in the folder of its incident."""


class BackupLog(msgspec.Struct, frozen=True, kw_only=True):
    """A log as the backup has it."""

    log: str
    size: int
    root: str


class BackupManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds; `files` names the SHA-256 of each of them."""

    format: str
    party: str
    agreement_id: str
    agreements: tuple[str, ...]
    made_s: float
    journal_rows: int
    logs: tuple[BackupLog, ...]
    missing: tuple[str, ...]
    """Segments that the journal names and that are not there, or are not what it says."""
    files: dict[str, str]


def back_up(target: Path, node: NodeFiles, now_s: float, told: Told) -> BackupManifest:
    """Write a backup to the new folder `target`, or nothing. Raises BackupRefusedError, StoreError, OSError."""
    if os.path.lexists(target):
        raise BackupRefusedError(f"{target} is there already; backups never overwrite, choose another name")
    part = Path(tempfile.mkdtemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent))
    try:
        manifest = _fill(part, node, now_s, told)
        for folder, _, names in os.walk(part):
            for name in names:
                _sync_file(Path(folder, name))
            sync_folder(Path(folder))
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    sync_folder(target.parent)
    return manifest


def read_backup(folder: Path) -> BackupManifest:
    """What a backup holds, once the SHA-256 of each of its files was compared. Raises BackupError."""
    try:
        data = (folder / MANIFEST).read_bytes()
        if len(data) > MAX_MANIFEST_BYTES:
            raise BackupError(f"{folder / MANIFEST} has {len(data):,} bytes; the limit is {MAX_MANIFEST_BYTES:,}")
        manifest = msgspec.json.decode(data, type=BackupManifest)
        if manifest.format != FORMAT:
            raise BackupError(f"{folder} is of another format than {FORMAT!r}: use the release that made it")
        for name, digest in manifest.files.items():
            path = folder / name
            # A name is looked up below the backup and below the new data folder: it must be the same place in both.
            climbs = PurePosixPath(name).as_posix() != name or ".." in PurePosixPath(name).parts
            if climbs or not path.resolve().is_relative_to(folder.resolve()):
                raise BackupError(f"{folder / MANIFEST} names a file outside of the backup: {name!r}")
            if _digest(path) != digest:
                raise BackupError(f"{path} was changed since the backup was made; use another backup")
    except OSError as error:
        raise BackupError(f"{folder} is no whole backup: {error.strerror}: {error.filename}") from None
    except msgspec.MsgspecError as error:
        raise BackupError(f"{folder / MANIFEST} cannot be read: {error}") from None
    return manifest


def _fill(part: Path, node: NodeFiles, now_s: float, told: Told) -> BackupManifest:
    data = part / DATA
    data.mkdir(mode=0o700)
    copy_store(node.data / node.store, data / node.store, lambda done, of: told("copying the store", done, of))
    told("checking the copy", 0, 1)
    copy = audit_copy(data / node.store)
    told("checking the copy", 1, 1)
    missing = _copy_segments(node, data, copy, told)
    _copy_evidence(node, data)
    for name, content in node.others.items():
        path = part / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o600)
    names = sorted(path.relative_to(part).as_posix() for path in part.rglob("*") if path.is_file())
    manifest = BackupManifest(
        format=FORMAT,
        party=node.party,
        agreement_id=node.agreement_id,
        agreements=node.agreements,
        made_s=now_s,
        journal_rows=copy.audit.journal_rows,
        logs=tuple(BackupLog(log=one.log, size=one.size, root=one.root.hex()) for one in copy.audit.logs),
        missing=missing,
        files={name: _digest(part / name) for name in names},
    )
    path = part / MANIFEST
    path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    path.chmod(0o600)
    return manifest


def _copy_segments(node: NodeFiles, data: Path, copy: AuditedCopy, told: Told) -> tuple[str, ...]:
    """Copy the segments; the names of those that are not there as the journal has them."""
    missing = []
    folder = data / node.segments
    for number, segment in enumerate(copy.segments, 1):
        source = node.data / node.segments / segment.file_name
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            digest = _copied(source, folder / segment.file_name)
        except FileNotFoundError:
            digest = ""
        if digest != segment.sha256:
            (folder / segment.file_name).unlink(missing_ok=True)
            missing.append(f"{DATA}/{node.segments}/{segment.file_name}")
        told("copying reports", number, len(copy.segments))
    return tuple(missing)


def _copy_evidence(node: NodeFiles, data: Path) -> None:
    """Copy evidence against peers, and the frozen bundles of incidents."""
    for folder, pattern in ((node.evidence, "*.zip"), (node.incidents, "*/*.zip")):
        for source in sorted((node.data / folder).glob(pattern)):
            target = data / source.relative_to(node.data)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _copied(source, target)


def _copied(source: Path, target: Path) -> str:
    """SHA-256 of a file while it is copied, readable by its owner only."""
    digest = sha256()
    with source.open("rb") as reading, target.open("xb") as writing:
        target.chmod(0o600)
        while chunk := reading.read(_CHUNK_BYTES):
            digest.update(chunk)
            writing.write(chunk)
    return digest.hexdigest()


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
