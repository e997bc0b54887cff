"""A language's own words and patterns for figures: how it says a time, a height, a position, a cause.

Figures keep the digits and the unit in which they were said: both sides read the same number. Thousands are never
grouped, because the same sign means "thousand" in one language and "decimal" in the next.
"""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.interfaces.phrases.limits import MAX_CAUSE_CHARS, MAX_PATTERN_CHARS, MAX_WORD_CHARS
from steerclear.interfaces.phrases.template import hides, parse
from steerclear.model.track import AltitudeDatum

UNITS: Final = ("m", "km", "NM", "ft")
CAUSES: Final = (
    "weather",
    "power",
    "network",
    "equipment",
    "maintenance",
    "desk_unmanned",
    "ordered",
    "other",
    "unknown",
)


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[words]` of a language's file."""

    decimal_mark: str
    first_of_month: str
    """How the day is written on the first of a month."""
    months: tuple[str, ...]
    time: str
    flight_level: str
    bearing: str
    angle: str
    position: str
    hemispheres: dict[str, str]
    units: dict[str, str]
    datums: dict[str, str]
    causes: dict[str, str]


_PATTERNS: Final = {
    "time": {"day", "month", "year", "clock"},
    "flight_level": {"level"},
    "bearing": {"degrees"},
    "angle": {"degrees", "minutes", "hemisphere"},
    "position": {"latitude", "longitude"},
}


def check_words(words: Words) -> None:
    """Raises ValueError naming the key that is wrong."""
    _check_text("decimal_mark", words.decimal_mark, 1)
    _check_text("first_of_month", words.first_of_month, 4)
    if len(words.months) != 12:
        raise ValueError(f"words.months: there are {len(words.months)}; a year has 12")
    for number, month in enumerate(words.months, 1):
        _check_text(f"months, {number}", month, MAX_WORD_CHARS)
    for name, blanks in _PATTERNS.items():
        _check_pattern(name, getattr(words, name), blanks)
    _check_table("hemispheres", words.hemispheres, ("north", "south", "east", "west"), 4)
    _check_table("units", words.units, UNITS, MAX_WORD_CHARS)
    _check_table("causes", words.causes, CAUSES, MAX_CAUSE_CHARS)
    _check_table("datums", words.datums, tuple(AltitudeDatum), MAX_PATTERN_CHARS)
    for name, pattern in words.datums.items():
        _check_pattern(f"datums.{name}", pattern, {"height"})


def _check_table(key: str, table: dict[str, str], wanted: tuple[str, ...], at_most: int) -> None:
    if set(table) != set(wanted):
        differs = ", ".join(sorted(set(table) ^ set(wanted)))
        raise ValueError(f"words.{key}: must have exactly {', '.join(wanted)}; look at: {differs}")
    for name, word in table.items():
        _check_text(f"{key}.{name}", word, at_most)
    if len(set(table.values())) != len(table):
        raise ValueError(f"words.{key}: two different things must not be said in the same words")


def _check_text(key: str, word: str, at_most: int) -> None:
    if not word.strip() or word != word.strip() or len(word) > at_most or hides(word):
        raise ValueError(f"words.{key}: must be 1 to {at_most} visible characters")


def _check_pattern(key: str, pattern: str, blanks: set[str]) -> None:
    _check_text(key, pattern, MAX_PATTERN_CHARS)
    try:
        template = parse(pattern)
    except ValueError as fault:
        raise ValueError(f"words.{key}: {fault}") from None
    if template.blanks != dict.fromkeys(blanks, ""):
        wanted = ", ".join(sorted(f"{{{name}}}" for name in blanks))
        raise ValueError(f"words.{key}: must have exactly the blanks {wanted}")
