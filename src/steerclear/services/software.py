"""Which software is running: version, the SHA-256 of every file of the package, and what it stands on."""

from __future__ import annotations

import platform
import sys
from functools import cache
from hashlib import sha256
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import Final

from steerclear import __version__

_PACKAGE: Final = "steerclear"
_CODE: Final = (".py", ".toml", ".json")
"""Endings of the files of the package that decide anything."""


@cache
def source_digests() -> dict[str, str]:
    """SHA-256 of every code file of the package, by its path in it."""
    found: dict[str, str] = {}
    waiting: list[tuple[str, Traversable]] = [("", resources.files(_PACKAGE))]
    while waiting:
        path, folder = waiting.pop()
        for entry in folder.iterdir():
            name = f"{path}{entry.name}"
            if entry.is_dir() and entry.name != "__pycache__":
                waiting.append((f"{name}/", entry))
            elif entry.name.endswith(_CODE):
                found[name] = sha256(entry.read_bytes()).hexdigest()
    return dict(sorted(found.items()))


@cache
def source_digest() -> str:
    """One SHA-256 over all of them: of the lines `HEX PATH`, by path."""
    return sha256("".join(f"{digest} {path}\n" for path, digest in source_digests().items()).encode()).hexdigest()


def software_name() -> str:
    """Version and digest in one text."""
    return f"{__version__} {source_digest()}"


@cache
def dependencies() -> dict[str, str]:
    """Versions of the installed packages that ours names, by name; what is not installed is left out."""
    found: dict[str, str] = {}
    try:
        wanted = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        return found
    for requirement in wanted:
        name = "".join(char if char.isalnum() or char in "-_." else " " for char in requirement).split()[0]
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return dict(sorted(found.items()))


def python_version() -> str:
    """The interpreter."""
    return f"{platform.python_implementation()} {sys.version.split()[0]}"


def platform_name() -> str:
    """System and processor, without the machine's name."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"
