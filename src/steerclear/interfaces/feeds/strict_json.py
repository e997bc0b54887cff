"""JSON that a stranger wrote: decoded fast where it is sound, record by record where it is not.

The fast way gives typed structs. It refuses the whole text for one bad record and takes the last of two equal keys
silently; `decode_columns` notices both, and its caller falls back to the tolerant way: there a bad object becomes a
`Broken` in its place and its neighbours live.
"""

from __future__ import annotations

import json
import math
import re
from operator import attrgetter
from typing import Any

import msgspec

from steerclear.interfaces.feeds.limits import MAX_JSON_DEPTH
from steerclear.services.report_sources import RejectionReason

_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class Broken(msgspec.Struct, frozen=True):
    """Stands where an object stood that cannot be trusted."""

    reason: RejectionReason
    detail: str


class JsonError(Exception):
    """The text as a whole is not JSON, or nests deeper than MAX_JSON_DEPTH."""


def decode_columns(data: bytes, row_type: type[msgspec.Struct]) -> dict[str, list[Any]] | None:
    """The columns of a JSON list of flat objects, typed; None where any row needs a closer look.

    Every field of `row_type` must default to UNSET, which stands in the rows without that key: a key is repeated
    exactly if it occurs more often in the text than the field is set.
    """
    if b"\\u" in data:
        return None  # a key may be spelled with escapes
    try:
        rows = msgspec.json.decode(data, type=list[row_type])  # type: ignore[valid-type]
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    columns: dict[str, list[Any]] = {}
    for name in row_type.__struct_fields__:
        column = list(map(attrgetter(name), rows))
        if data.count(b'"' + name.encode() + b'"') > len(column) - column.count(msgspec.UNSET):
            return None
        columns[name] = column
    return columns


def decode_tolerant(data: bytes) -> Any:
    """The JSON value, with `Broken` in place of every object that repeats a key; numbers too large become infinite.

    Raises:
        JsonError: not JSON at all, or nested too deeply.
    """
    check_depth(data)
    try:
        # One byte that is not UTF-8 spoils one text, not the file.
        return json.loads(
            data.decode("utf-8-sig", "replace"), object_pairs_hook=_object, parse_constant=float, parse_int=_integer
        )
    except (ValueError, RecursionError) as error:
        raise JsonError(f"not JSON: {error}") from error


def check_depth(data: bytes) -> None:
    """Refuse a text that nests deeper than MAX_JSON_DEPTH.

    Raises:
        JsonError: it does.
    """
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(data):
        token = match[0]
        if token in (b"[", b"{"):
            depth += 1
            if depth > MAX_JSON_DEPTH:
                raise JsonError(f"nested deeper than {MAX_JSON_DEPTH} levels")
        elif token in (b"]", b"}"):
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Broken:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        repeated = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        return Broken(RejectionReason.DUPLICATE_KEY, f"key {repeated[:40]!r} occurs twice")
    return found


def _integer(digits: str) -> int | float:
    if len(digits) < 20:
        return int(digits)
    value = float(digits)
    return value if math.isinf(value) else int(value)
