"""On which line of a TOML text a key stands, by its path."""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=")
_ENTRY = re.compile(r"\s*\{")


class Places:
    """The lines of a TOML text."""

    def __init__(self, source: str) -> None:
        self._lines: dict[str, int] = {}
        counts: dict[str, int] = {}
        table, key, entry = "", "", 0
        for line, content in enumerate(source.splitlines(), start=1):
            header = _HEADER.match(content)
            found = None if header else _KEY.match(content)
            if header:
                table, key = self._table(header[2], header[1] == "[[", counts), ""
                self._lines.setdefault(table, line)
            elif found:
                key, entry = f"{table}.{found[1]}" if table else found[1], 0
                self._lines.setdefault(key, line)
            elif key and _ENTRY.match(content):
                # A list written one inline table a line.
                self._lines.setdefault(f"{key}[{entry}]", line)
                entry += 1

    def named(self, path: str) -> str:
        """The path with the line that it, or what it is part of, stands on."""
        part = path
        while part:
            if part in self._lines:
                return f"{path} (line {self._lines[part]})"
            part = re.sub(r"(?:\[\d+\]|\.?[^.\[\]]+)$", "", part)
        return path

    @staticmethod
    def _table(name: str, several: bool, counts: dict[str, int]) -> str:
        parts, path = name.split("."), ""
        for depth, part in enumerate(parts):
            above = ".".join(parts[: depth + 1])
            if depth == len(parts) - 1 and several:
                counts[above] = counts.get(above, -1) + 1
                for below in [other for other in counts if other.startswith(f"{above}.")]:
                    del counts[below]
            path = f"{path}.{part}" if path else part
            if above in counts:
                path = f"{path}[{counts[above]}]"
        return path
