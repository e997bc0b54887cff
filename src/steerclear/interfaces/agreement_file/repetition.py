"""What TOML refuses as written twice, in words that say where both stand."""

from __future__ import annotations

import re

_PLACE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)$")
_KEY = re.compile(r"""\s*["']?([\w\-]+)["']?\s*=""")


def told(fault: str, text: str) -> str:
    """What a person can do about a TOML parser's complaint; the complaint itself where nothing better is known."""
    place = _PLACE.search(fault)
    if place is None:
        return fault
    lines = text.splitlines()
    number = min(int(place[1] or len(lines)), len(lines))
    if fault.startswith("Cannot overwrite a value"):
        return _key_twice(lines, number) or fault
    if fault.startswith("Cannot declare"):
        return f"the table {lines[number - 1].strip()} (line {number}) is there already; write everything of it once"
    return fault


def _key_twice(lines: list[str], number: int) -> str | None:
    # The parser stops at the end of the second value, which may have begun some lines above.
    second: str | None = None
    stands = number
    for line in range(number, 0, -1):
        key = _KEY.match(lines[line - 1])
        if key is not None and second is None:
            second, stands = key[1], line
        elif key is not None and key[1] == second:
            return (
                f"{second} (line {stands}) is said already on line {line}; two values for one thing contradict, "
                "keep one"
            )
        elif second is not None and lines[line - 1].lstrip().startswith("["):
            return None
    return None
