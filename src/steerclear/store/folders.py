"""What a folder needs beyond its files: paths from it, its names brought to the disk, how much room is left on it."""

import os
from pathlib import Path


def path_from(folder: Path, written: str) -> Path:
    """A path as a person wrote it into a file of that folder: absolute, from the home folder with ~/, or from there."""
    path = Path(written)
    return folder / (path.expanduser() if written.startswith("~/") else path)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: a file that was made, renamed or removed stays so. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder that is not there yet, and those above it, so that they survive a power cut. Raises OSError."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written to the disk of a folder. Raises OSError."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
