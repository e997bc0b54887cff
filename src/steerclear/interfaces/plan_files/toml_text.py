"""TOML that a stranger may have written: parsed within limits, faults with their line."""

from __future__ import annotations

import re
import tomllib

from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.common_parts import as_text, bounded
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.fields import Fields, toml_lines

_PLACE = re.compile(r"(.*) \(at (line \d+), column \d+\)")


def parse_toml(data: bytes) -> Fields:
    """The document. Raises PlanFileError: too large, not UTF-8, not TOML."""
    source = as_text(bounded(data, limits.MAX_TEXT_FILE_BYTES, "a TOML file"))
    # The parser walks a dotted name once for every dot in it.
    for line, content in enumerate(source.splitlines(), start=1):
        if content.partition("=")[0].count(".") > 8:
            raise PlanFileError(f"line {line}", "has a name of more than eight parts, which no plan has")
    try:
        return Fields(tomllib.loads(source), "", toml_lines(source))
    except tomllib.TOMLDecodeError as fault:
        place = _PLACE.fullmatch(str(fault))
        raise PlanFileError(place[2] if place else "the file", f"is not TOML: {place[1] if place else fault}") from None
    except (RecursionError, ValueError) as fault:
        raise PlanFileError("the file", f"is not TOML that can be read: {str(fault)[:80]}") from None
