"""Reading TOML tables key by key, with the place of a fault in every error."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from steerclear.interfaces.agreement_file.errors import AgreementError
from steerclear.interfaces.agreement_file.readers import typed

T = TypeVar("T")


class Table:
    """One TOML table that is emptied while it is read, so that what is left over is known to be unknown."""

    def __init__(self, values: dict[str, Any], path: str, text: str) -> None:
        self._values = dict(values)
        self.path = path
        self._text = text

    def fail(self, key: str, reason: str) -> AgreementError:
        """The error that names where a key of this table stands."""
        place = f"{self.path}.{key}" if self.path else key
        line = line_of(self._text, self.path, key)
        return AgreementError(f"{place}{f' (line {line})' if line else ''}: {reason}")

    def take(self, key: str, read: Callable[[Any], T], default: T | None = None) -> T:
        """The value of a key, through a reader that raises ValueError; required unless there is a default."""
        if key not in self._values:
            if default is None:
                raise self.fail(key, "is missing")
            return default
        try:
            return read(self._values.pop(key))
        except ValueError as fault:
            raise self.fail(key, str(fault)) from None

    def has(self, key: str) -> bool:
        """Whether there is such a key that has not been taken."""
        return key in self._values

    def optional(self, key: str, read: Callable[[Any], T]) -> T | None:
        """The value of a key, or None where there is none."""
        return self.take(key, read) if key in self._values else None

    def table(self, key: str) -> Table:
        """The table under a key."""
        value = self.take(key, typed(dict, "a table"))
        return Table(value, f"{self.path}.{key}" if self.path else key, self._text)

    def optional_table(self, key: str) -> Table | None:
        """The table under a key, or None where there is none."""
        return self.table(key) if key in self._values else None

    def tables(self, key: str, at_most: int, at_least: int = 0) -> list[Table]:
        """The tables of an array of tables."""
        empty: list[Any] = []
        values = self.take(key, typed(list, "an array of tables"), empty)
        if not at_least <= len(values) <= at_most or not all(isinstance(value, dict) for value in values):
            raise self.fail(key, f"needs {at_least} to {at_most} tables, it has {len(values)}")
        prefix = f"{self.path}.{key}" if self.path else key
        return [Table(value, f"{prefix}[{index}]", self._text) for index, value in enumerate(values)]

    def nothing_left(self) -> None:
        """Refuse what was not asked for. Raises AgreementError."""
        for key in self._values:
            raise self.fail(key, "is not a key of this table; check the spelling")


def no_two(rows: Sequence[tuple[Table, Hashable]], key: str) -> None:
    """Refuse two tables of one list that speak of one thing. Raises AgreementError at the later of them."""
    first: dict[Hashable, Table] = {}
    for table, name in rows:
        if name in first:
            raise table.fail(
                key, f"{name} is already there as {first[name].path}; two terms for one thing contradict, keep one"
            )
        first[name] = table


def line_of(text: str, path: str, key: str) -> int | None:
    """Line on which a key of a table stands, for a table path such as `parties[1].desks[0]`; None if not found.

    What is written inline (`circle = { centre = … }`) stands on the line of the key that it belongs to.
    """
    found = _line_in_table(text, path, key)
    if found is None and path:
        above, _, inline = path.rpartition(".")
        return line_of(text, above, re.sub(r"\[\d+\]$", "", inline))
    return found


def _line_in_table(text: str, path: str, key: str) -> int | None:
    header = re.sub(r"\[\d+\]", "", path)
    wanted = [int(index) for index in re.findall(r"\[(\d+)\]", path)]
    seen: dict[str, int] = {}
    inside = path == ""
    start = None
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"\s*\[{1,2}\s*([\w.\-]+)\s*\]{1,2}", line)
        if match:
            name = match[1]
            if line.lstrip().startswith("[["):
                seen[name] = seen.get(name, -1) + 1
                for inner in [other for other in seen if other.startswith(name + ".")]:
                    del seen[inner]
            parents = [".".join(header.split(".")[: depth + 1]) for depth in range(header.count(".") + 1)]
            counts = [seen[parent] for parent in parents if parent in seen]
            inside = name == header and counts == wanted
            start = number if inside else start
        elif inside and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return start
