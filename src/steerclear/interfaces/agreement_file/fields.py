"""Reading TOML tables key by key, with the place of a fault in every error."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from steerclear.interfaces.agreement_file.errors import AgreementError
from steerclear.interfaces.agreement_file.quantities import parse_quantity
from steerclear.model import limits

T = TypeVar("T")
_FIELD = 2**255 - 19
_ORDER_EIGHT_Y = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_YS = frozenset({0, 1, _FIELD - 1, _ORDER_EIGHT_Y, _FIELD - _ORDER_EIGHT_Y})
"""The y of the eight points of small order: keys under which anyone can make signatures that verify."""
_IDENTIFIER = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{limits.MAX_IDENTIFIER_CHARS - 1}}}")


class Table:
    """One TOML table that is emptied while it is read, so that what is left over is known to be unknown."""

    def __init__(self, values: dict[str, Any], path: str, text: str) -> None:
        self._values = dict(values)
        self.path = path
        self._text = text

    def fail(self, key: str, reason: str) -> AgreementError:
        """The error that names where a key of this table stands."""
        place = f"{self.path}.{key}" if self.path else key
        line = _line_of(self._text, self.path, key)
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


def _line_of(text: str, path: str, key: str) -> int | None:
    """Line on which a key of a table stands, for a table path such as `parties[1].desks[0]`; None if not found."""
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


def typed(kind: type[T], what: str) -> Callable[[Any], T]:
    """A reader for values of one type."""

    def read(value: Any) -> T:
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise ValueError(f"{value!r} must be {what}")
        return value

    return read


def printable(at_most: int = limits.MAX_NAME_CHARS) -> Callable[[Any], str]:
    """A reader for one printable text."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > at_most or not value.isprintable():
            raise ValueError(f"{value!r} must be a printable text of 1 to {at_most} characters")
        return value

    return read


def identifier(value: Any) -> str:
    """An identifier. Raises ValueError."""
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        most = limits.MAX_IDENTIFIER_CHARS
        raise ValueError(f"{value!r} must be 1 to {most} of a-z, 0-9, '.', '_', '-', beginning with a letter or digit")
    if "-to-" in value:
        raise ValueError(f"{value!r}: '-to-' joins two parties in the name of their log; use another word")
    return value


def quantity(units: dict[str, Decimal], at_most: float, *, zero: bool = False) -> Callable[[Any], float]:
    """A reader for a positive quantity with its unit."""

    def read(value: Any) -> float:
        number = parse_quantity(value, units)
        if number > at_most or number < 0 or (number == 0 and not zero):
            raise ValueError(f"{value!r} is outside the limit of {at_most:g} (SI)")
        return number

    return read


def number(low: float, high: float) -> Callable[[Any], float]:
    """A reader for a plain number in a closed range."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise ValueError(f"{value!r} must be a number from {low:g} to {high:g}")
        return float(value)

    return read


def integer(low: int, high: int) -> Callable[[Any], int]:
    """A reader for a whole number in a closed range."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{value!r} must be a whole number from {low} to {high}")
        return value

    return read


def utc_time(value: Any) -> float:
    """POSIX seconds of a date and time with offset. Raises ValueError."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{value} must be a date and time with its offset, for example 2026-01-31T06:00:00Z")
    return value.timestamp()


def several(at_most: int, read: Callable[[Any], T], at_least: int = 0) -> Callable[[Any], tuple[T, ...]]:
    """A reader for a list of values."""

    def read_all(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or not at_least <= len(value) <= at_most:
            raise ValueError(f"must be a list of {at_least} to {at_most:,} values")
        return tuple(read(item) for item in value)

    return read_all


def address(value: Any) -> int:
    """A 24-bit aircraft address. Raises ValueError."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{6}", value):
        raise ValueError(f"{value!r} must be a 24-bit address in six hexadecimal digits")
    return int(value, 16)


def address_range(value: Any) -> tuple[int, int]:
    """An inclusive range of aircraft addresses. Raises ValueError."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{value!r} must be a pair of addresses, first and last")
    first, last = address(value[0]), address(value[1])
    if first > last:
        raise ValueError(f"{value!r}: the first address is above the last")
    return first, last


def public_key(value: Any) -> bytes:
    """A raw Ed25519 public key. Raises ValueError."""
    try:
        key = b64decode(value, validate=True) if isinstance(value, str) else b""
    except (Base64Error, ValueError):
        key = b""
    if len(key) != 32:
        raise ValueError(f"{value!r} must be a 32-byte Ed25519 public key in base64")
    y = int.from_bytes(key, "little") % 2**255  # the highest bit is the sign of x
    if y >= _FIELD or y in _SMALL_ORDER_YS:
        raise ValueError(f"{value!r} is no sound key: others could sign for it; make one with `steerclear keys new`")
    return key


def position(value: Any) -> tuple[float, float]:
    """Latitude and longitude in degrees. Raises ValueError."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{value!r} must be a [latitude, longitude] pair in degrees")
    return number(-90, 90)(value[0]), number(-180, 180)(value[1])
