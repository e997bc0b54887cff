"""Readers of single values, whatever format they come in: from a parsed value to the model's, or ValueError."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.quantities import shown
from steerclear.model.limits import MAX_NAME_CHARS

W = TypeVar("W", bound=StrEnum)

_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,12})?(Z|z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)
_CALLSIGN = re.compile(rf"[A-Z0-9][A-Z0-9-]{{0,{limits.MAX_CALLSIGN_CHARS - 1}}}")


def number(low: float, high: float) -> Callable[[Any], float]:
    """A reader for a plain, finite number in a closed range."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{shown(value)} is not a number")
        if not low <= value <= high:
            raise ValueError(f"{shown(value)} is not within {low:,.10g} to {high:,.10g}")
        return float(value)

    return read


def whole(low: int, high: int) -> Callable[[Any], int]:
    """A reader for a whole number in a closed range."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{shown(value)} is not a whole number from {low:,} to {high:,}")
        return value

    return read


def text(value: Any) -> str:
    """Any text. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not a text")
    return value


def title(value: Any) -> str:
    """A title as it may stand on a screen: one line of printable characters, cut to MAX_NAME_CHARS."""
    words = "".join(sign if sign.isprintable() else " " for sign in text(value)[: 4 * MAX_NAME_CHARS]).split()
    return " ".join(words)[:MAX_NAME_CHARS].rstrip()


def word_of(words: type[W]) -> Callable[[Any], W]:
    """A reader for one of a vocabulary's words."""

    def read(value: Any) -> W:
        known = [word.value for word in words]
        if value not in known:
            raise ValueError(f"{shown(value)} is not one of {', '.join(known)}")
        return words(value)

    return read


def moment_s(value: Any) -> float:
    """POSIX seconds of an RFC 3339 text or a TOML date-time; its offset from UTC must be there. Raises ValueError."""
    if isinstance(value, datetime):
        when = value
    else:
        match = _MOMENT.fullmatch(text(value).strip())
        if match is None:
            raise ValueError(f"{shown(value)} is not a date and time such as 2026-12-01T08:00:00Z")
        try:
            when = datetime.fromisoformat(value.strip().upper())
        except ValueError as fault:
            raise ValueError(f"{shown(value)} is no moment of the calendar: {fault}") from None
    if when.tzinfo is None:
        raise ValueError(f"{shown(str(value))} has no time zone; write UTC with a final Z")
    moment = when.timestamp()
    if not limits.MIN_TIME_S <= moment <= limits.MAX_TIME_S:
        raise ValueError(f"{shown(str(value))} is not within the years 1980 to 2099")
    return moment


def moment_text(moment: float) -> str:
    """A moment as the messages show it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def callsign(value: Any) -> str:
    """A callsign in capitals. Raises ValueError."""
    if not isinstance(value, str) or not _CALLSIGN.fullmatch(value.strip().upper()):
        raise ValueError(f"{shown(value)} is not a callsign (1 to {limits.MAX_CALLSIGN_CHARS} letters, digits, '-')")
    return value.strip().upper()


def address(value: Any) -> int:
    """A 24-bit aircraft address in six hexadecimal digits. Raises ValueError."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{6}", value):
        raise ValueError(f"{shown(value)} is not a 24-bit address in six hexadecimal digits")
    found = int(value, 16)
    if not 0 < found < 0xFFFFFF:
        raise ValueError(f"{shown(value)} is nobody's address")
    return found


def remote_id(value: Any) -> str:
    """A remote id: printable ASCII. Raises ValueError."""
    if (
        not isinstance(value, str)
        or not 0 < len(value.strip()) <= limits.MAX_REMOTE_ID_CHARS
        or not (value.isascii() and value.isprintable())
    ):
        raise ValueError(f"{shown(value)} is not a remote id (printable ASCII)")
    return value.strip()


def finite(value: float) -> bool:
    """Whether a number is one that can be reckoned with."""
    return math.isfinite(value)
