"""JSON that a stranger wrote, strictly: RFC 8259 without what the standard library adds or lets pass.

Refused with a sentence: more bytes or levels than allowed, NaN and Infinity, numbers beyond the range of a double, a
name twice in one object, bytes that are not UTF-8.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.common_parts import as_text, bounded
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.quantities import shown

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}\n]', re.DOTALL)


def parse_json(data: bytes) -> Any:
    """The value. Raises PlanFileError with the line."""
    source = as_text(bounded(data, limits.MAX_FILE_BYTES, "a JSON file"))
    _check_depth(source)
    try:
        return json.loads(
            source,
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except json.JSONDecodeError as fault:
        raise PlanFileError(f"line {fault.lineno}", f"is not JSON: {fault.msg} in column {fault.colno}") from None
    except PlanFileError:
        raise
    except (ValueError, RecursionError) as fault:
        raise PlanFileError("the file", f"is not JSON that can be read: {fault}") from None


def _check_depth(source: str) -> None:
    depth, line = 0, 1
    for match in _STRING_OR_BRACKET.finditer(source):
        sign = match[0]
        if sign == "\n":
            line += 1
        elif sign in "[{":
            depth += 1
            if depth > limits.MAX_JSON_DEPTH:
                raise PlanFileError(f"line {line}", f"nests deeper than {limits.MAX_JSON_DEPTH} levels")
        elif sign in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                others = ", ".join(shown(each) for each in list(found)[:4])
                raise PlanFileError(f"the object with {others}", f"name {shown(name)} is there twice; keep one")
            seen.add(name)
    return found


def _no_constant(name: str) -> NoReturn:
    raise PlanFileError("the file", f"{name} is not a number of JSON; write a number or leave the value out")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise PlanFileError("the file", f"{shown(digits)} is too large a number")
    return value


def _whole(digits: str) -> int:
    if len(digits) > 20:
        raise PlanFileError("the file", f"{shown(digits)} has too many digits")
    return int(digits)
