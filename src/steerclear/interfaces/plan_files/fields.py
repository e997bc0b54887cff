"""Reading nested tables and objects key by key, with the place of a fault in every error."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.quantities import shown

T = TypeVar("T")

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")


class Fields:
    """One table or object of a file; what has not been taken can be refused at the end."""

    def __init__(self, values: Any, place: str = "", lines: dict[str, int] | None = None) -> None:
        self.place = place
        self._lines = lines or {}
        if not isinstance(values, dict):
            raise PlanFileError(self._named(place) or "the file", f"{shown(values)} is not a table of names and values")
        self._values: dict[str, Any] = values
        self._taken: set[str] = set()

    def _path(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place and key else self.place or key

    def _named(self, path: str) -> str:
        part = path
        while part:
            if part in self._lines:
                return f"{path} (line {self._lines[part]})"
            part = re.sub(r"(?:\[\d+\]|\.?[^.\[\]]+)$", "", part)
        return path

    def fail(self, key: str, reason: str) -> PlanFileError:
        """The error that names where a key stands; an empty key is the table itself."""
        return PlanFileError(self._named(self._path(key)), reason)

    def has(self, key: str) -> bool:
        """Whether there is such a key, and it is not null."""
        return self._values.get(key) is not None

    def take(self, key: str, read: Callable[[Any], T]) -> T:
        """The value of a key that must be there, through a reader that raises ValueError."""
        if not self.has(key):
            raise self.fail(key, "is missing")
        self._taken.add(key)
        return self.read(key, self._values[key], read)

    def optional(self, key: str, read: Callable[[Any], T]) -> T | None:
        """The value of a key, or None where it is absent or null."""
        return self.take(key, read) if self.has(key) else None

    def read(self, key: str, value: Any, read: Callable[[Any], T]) -> T:
        """A value through a reader, a ValueError turned into the error that names its place."""
        try:
            return read(value)
        except PlanFileError:
            raise
        except ValueError as fault:
            raise self.fail(key, str(fault)) from None

    def child(self, key: str) -> Fields:
        """The table under a key that must be there."""
        value = self.take(key, lambda found: found)
        return Fields(value, self._path(key), self._lines)

    def several(self, key: str, at_most: int, at_least: int = 1) -> list[Any]:
        """The list under a key that must be there, of bounded length."""
        values = self.take(key, lambda found: found)
        if not isinstance(values, list):
            raise self.fail(key, f"{shown(values)} is not a list")
        if not at_least <= len(values) <= at_most:
            raise self.fail(key, f"has {len(values):,} entries; {at_least:,} to {at_most:,} are allowed")
        return values

    def below(self, key: str, index: int, value: Any) -> Fields:
        """The table that is an entry of the list under a key."""
        return Fields(value, f"{self._path(key)}[{index}]", self._lines)

    def nothing_left(self) -> None:
        """Refuse what was not asked for: a misspelt key would otherwise be silently without effect."""
        for key in self._values.keys() - self._taken:
            raise self.fail(key, "is not a key of this table; check the spelling")


def toml_lines(source: str) -> dict[str, int]:
    """Line of every key of a TOML text, by its path as `Fields` writes it, such as `waypoints[2].level`."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for line, content in enumerate(source.splitlines(), start=1):
        header = _HEADER.match(content)
        if header:
            name = header[2]
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table = f"{name}[{counts[name]}]"
            else:
                table = name
            lines.setdefault(table, line)
            continue
        key = _KEY.match(content)
        if key:
            lines.setdefault(f"{table}.{key[1]}" if table else key[1], line)
    return lines
