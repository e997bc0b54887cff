"""Readers of the values in an agreement file: from what TOML holds to what the model holds, or ValueError."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from steerclear.interfaces.agreement_file.quantities import parse_quantity
from steerclear.model import limits
from steerclear.model.identifiers import checked_identifier, folded
from steerclear.model.keys import is_sound_ed25519

T = TypeVar("T")
W = TypeVar("W", bound=StrEnum)
ML_DSA_44_KEY_BYTES = 1_312
_DEGREES = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,15})?), ?([+-]?\d{1,3}(?:\.\d{1,15})?)", re.ASCII)


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
    return checked_identifier(value)


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


def literally(value: Any) -> bool:
    """A yes or no. Raises ValueError."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} must be true or false")
    return value


def word_of(words: type[W]) -> Callable[[Any], W]:
    """A reader for one of a vocabulary's words."""

    def read(value: Any) -> W:
        known = [word.value for word in words]
        if value not in known:
            raise ValueError(f"{value!r} must be one of {', '.join(known)}")
        return words(value)

    return read


def sha256_digest(value: Any) -> bytes:
    """A SHA-256 in 64 hexadecimal digits. Raises ValueError."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError(f"{value!r} must be a SHA-256 in 64 lower-case hexadecimal digits, as `sha256sum` prints it")
    return bytes.fromhex(value)


def language(value: Any) -> str:
    """A language by its code. Raises ValueError."""
    if not isinstance(value, str) or not re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", value):
        raise ValueError(f'{value!r} must be the code of a language, for example "en" or "pt-BR"')
    return value


def several(at_most: int, read: Callable[[Any], T], at_least: int = 0) -> Callable[[Any], tuple[T, ...]]:
    """A reader for a list of values."""

    def read_all(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or not at_least <= len(value) <= at_most:
            raise ValueError(f"must be a list of {at_least} to {at_most:,} values")
        return tuple(read(item) for item in value)

    return read_all


def several_different(at_most: int, read: Callable[[Any], T], at_least: int = 0) -> Callable[[Any], tuple[T, ...]]:
    """A reader for a list of values that are all different, letters' case and spaces aside."""
    read_each = several(at_most, read, at_least)

    def read_all(value: Any) -> tuple[T, ...]:
        values = read_each(value)
        seen: set[str] = set()
        for item in values:
            if folded(str(item)) in seen:
                raise ValueError(f"{item!r} is there twice; name it once")
            seen.add(folded(str(item)))
        return values

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
    if not is_sound_ed25519(key):
        raise ValueError(f"{value!r} is no sound key: others could sign for it; make one with `steerclear keys new`")
    return key


def ml_dsa_44_key(value: Any) -> bytes:
    """A raw ML-DSA-44 public key. Raises ValueError."""
    try:
        key = b64decode(value, validate=True) if isinstance(value, str) else b""
    except (Base64Error, ValueError):
        key = b""
    if len(key) != ML_DSA_44_KEY_BYTES:
        raise ValueError(f"must be a {ML_DSA_44_KEY_BYTES:,}-byte ML-DSA-44 public key in base64")
    return key


def position(value: Any) -> tuple[float, float]:
    """Latitude and longitude in degrees: a pair, or a text as the command line takes it. Raises ValueError."""
    if isinstance(value, str):
        match = _DEGREES.fullmatch(value)
        value = [float(match[1]), float(match[2])] if match else value
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f'{value!r} must be a [latitude, longitude] pair in degrees, or a text like "46.50,7.50"')
    return number(-90, 90)(value[0]), number(-180, 180)(value[1])
