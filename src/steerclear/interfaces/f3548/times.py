"""Moments on the wire and in seconds: RFC3339 with the zone Z, to the microsecond; POSIX UTC seconds inside."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from steerclear.interfaces.f3548.wire_values import Time, TimeFormat

_RFC3339_Z: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,18})?Z")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class TimeError(ValueError):
    """Not a moment in RFC3339 with the zone Z."""


def read_time(time: Time) -> float:
    """POSIX UTC seconds of a moment. Raises TimeError saying what is wrong with it."""
    return read_moment(time.value)


def read_moment(text: str) -> float:
    """POSIX UTC seconds of a text as 2026-01-31T06:00:00.25Z. Raises TimeError."""
    if _RFC3339_Z.fullmatch(text) is None:
        raise TimeError(f"{text[:40]!r} is not a time as 2026-01-31T06:00:00Z; the zone must be Z")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise TimeError(f"{text[:40]!r} is not a time: {error}") from None
    # By hand: timestamp() rounds through another path for years before 1970.
    return (moment - _EPOCH).total_seconds()


def write_time(time_s: float) -> Time:
    """A moment for the wire."""
    return Time(value=write_moment(time_s), format=TimeFormat.RFC3339)


def write_moment(time_s: float) -> str:
    """A moment as 2026-01-31T06:00:00.250000Z."""
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="microseconds")[:-6] + "Z"
