"""What fills a blank: typed values, each with one spelling on the line and its own words in every language.

| type | on the line | frame and units |
|---|---|---|
| text, name, function | as it is | one line of visible characters |
| callsign | `NORTH 21` | capital letters, digits, spaces and hyphens inside |
| time | `2026-01-31T06:00:00Z` | UTC, whole seconds |
| distance | `3 NM` | m, km, NM or ft |
| altitude | `1500 ft msl_geoid`, `FL150` | m or ft above a datum of the model; a flight level is pressure altitude |
| latitude, longitude | `33.5138`, `-36.2765` | degrees, WGS84, north and east positive |
| position | `33.5138,36.2765` | latitude and longitude |
| bearing | `045` | degrees from true north, 000 to 360 |
| cause | `power` | a word of the catalogue |

Angles are said in degrees and thousandths of a minute: rounding moves a point by less than 1 m along each axis.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import msgspec

from steerclear.interfaces.phrases.limits import (
    MAX_CALLSIGN_CHARS,
    MAX_FUNCTION_CHARS,
    MAX_NAME_CHARS,
    MAX_TEXT_CHARS,
)
from steerclear.interfaces.phrases.template import hides, parse
from steerclear.interfaces.phrases.words import CAUSES, UNITS, Words
from steerclear.model.track import AltitudeDatum

_FIGURE: Final = r"(?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,3})?"
_DISTANCE: Final = re.compile(rf"({_FIGURE}) ({'|'.join(UNITS)})")
_ALTITUDE: Final = re.compile(rf"(-?{_FIGURE}) (m|ft) ({'|'.join(AltitudeDatum)})")
_FLIGHT_LEVEL: Final = re.compile(r"FL([0-9]{3})")
_ANGLE: Final = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,7})?")
_BEARING: Final = re.compile(r"[0-9]{3}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_CALLSIGN: Final = re.compile(rf"[A-Z0-9](?:[A-Z0-9 -]{{0,{MAX_CALLSIGN_CHARS - 2}}}[A-Z0-9])?")


class ValueType(msgspec.Struct, frozen=True, kw_only=True):
    """How values of a type are said."""

    say: Callable[[str, Words], str]
    """The value in a language's words. Raises ValueError saying how it is to be written."""
    extremes: tuple[str, ...]
    """Values of which one is said in as many characters as any value of the type, whatever the language."""
    example: str

    def most_chars(self, words: Words) -> int:
        """Characters of the longest value in a language."""
        return max(len(self.say(value, words)) for value in self.extremes)


def _visible(at_most: int) -> Callable[[str, Words], str]:
    def say(value: str, _: Words) -> str:
        if not value or value != value.strip() or len(value) > at_most or hides(value):
            raise ValueError(f"must be one line of 1 to {at_most} visible characters without spaces around it")
        return value

    return say


def _callsign(value: str, _: Words) -> str:
    if not _CALLSIGN.fullmatch(value):
        raise ValueError(f"must be 1 to {MAX_CALLSIGN_CHARS} of A-Z, 0-9 and, inside, spaces and hyphens")
    return value


def _time(value: str, words: Words) -> str:
    try:
        moment = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if _TIME.fullmatch(value) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError("must be a UTC time like 2026-01-31T06:00:00Z")
    return parse(words.time).fill(
        {
            "day": words.first_of_month if moment.day == 1 else str(moment.day),
            "month": words.months[moment.month - 1],
            "year": f"{moment.year:04d}",
            "clock": moment.strftime("%H:%M:%S" if moment.second else "%H:%M"),
        }
    )


def _distance(value: str, words: Words) -> str:
    found = _DISTANCE.fullmatch(value)
    if found is None:
        raise ValueError(f"must be a number and a unit like 3 NM; units: {', '.join(UNITS)}")
    return f"{_figure(found[1], words)} {words.units[found[2]]}"


def _altitude(value: str, words: Words) -> str:
    if level := _FLIGHT_LEVEL.fullmatch(value):
        return parse(words.flight_level).fill({"level": level[1]})
    found = _ALTITUDE.fullmatch(value)
    if found is None:
        raise ValueError(f"must be like FL150 or 1500 ft msl_geoid; datums: {', '.join(AltitudeDatum)}")
    return parse(words.datums[found[3]]).fill({"height": f"{_figure(found[1], words)} {words.units[found[2]]}"})


def _latitude(value: str, words: Words) -> str:
    return _angle(value, words, 90, ("north", "south"))


def _longitude(value: str, words: Words) -> str:
    return _angle(value, words, 180, ("east", "west"))


def _position(value: str, words: Words) -> str:
    latitude, comma, longitude = value.partition(",")
    if not comma:
        raise ValueError("must be latitude and longitude like 33.5138,36.2765")
    said = {"latitude": _latitude(latitude, words), "longitude": _longitude(longitude, words)}
    return parse(words.position).fill(said)


def _bearing(value: str, words: Words) -> str:
    if not _BEARING.fullmatch(value) or int(value) > 360:
        raise ValueError("must be three digits from 000 to 360, from true north")
    return parse(words.bearing).fill({"degrees": value})


def _cause(value: str, words: Words) -> str:
    if value not in words.causes:
        raise ValueError(f"must be one of {', '.join(words.causes)}")
    return words.causes[value]


def _angle(value: str, words: Words, at_most: int, sides: tuple[str, str]) -> str:
    if not _ANGLE.fullmatch(value) or abs(Decimal(value)) > at_most:
        raise ValueError(f"must be degrees from -{at_most} to {at_most} with at most seven decimals")
    # Whole thousandths of a minute first: 59.9999' must become the next degree, never 60.000'.
    degrees, thousandths = divmod(round(abs(Decimal(value)) * 60_000), 60_000)
    return parse(words.angle).fill(
        {
            "degrees": f"{degrees:0{len(str(at_most))}d}",
            "minutes": _figure(f"{thousandths // 1_000:02d}.{thousandths % 1_000:03d}", words),
            "hemisphere": words.hemispheres[sides[Decimal(value) < 0]],
        }
    )


def _figure(digits: str, words: Words) -> str:
    return digits.replace(".", words.decimal_mark)


_MOST_FIGURE: Final = "9999999.999"
_CORNERS: Final = ("89.9999999", "-89.9999"), ("179.9999999", "-179.9999")
TYPES: Final = {
    "text": ValueType(
        say=_visible(MAX_TEXT_CHARS), extremes=("x" * MAX_TEXT_CHARS,), example="low cloud over the airfield"
    ),
    "name": ValueType(say=_visible(MAX_NAME_CHARS), extremes=("x" * MAX_NAME_CHARS,), example="Ridge Hospital"),
    "function": ValueType(
        say=_visible(MAX_FUNCTION_CHARS), extremes=("x" * MAX_FUNCTION_CHARS,), example="duty officer"
    ),
    "callsign": ValueType(say=_callsign, extremes=("X" * MAX_CALLSIGN_CHARS,), example="NORTH 21"),
    "time": ValueType(
        say=_time,
        extremes=tuple(f"2026-{month:02d}-{day}T23:59:59Z" for month in range(1, 13) for day in ("01", "28")),
        example="2026-01-31T06:00:00Z",
    ),
    "distance": ValueType(say=_distance, extremes=tuple(f"{_MOST_FIGURE} {unit}" for unit in UNITS), example="3 NM"),
    "altitude": ValueType(
        say=_altitude,
        extremes=(
            "FL150",
            *(f"-{_MOST_FIGURE} {unit} {datum}" for unit in ("m", "ft") for datum in AltitudeDatum),
        ),
        example="1500 ft msl_geoid",
    ),
    "latitude": ValueType(say=_latitude, extremes=_CORNERS[0], example="33.5138"),
    "longitude": ValueType(say=_longitude, extremes=_CORNERS[1], example="-36.2765"),
    "position": ValueType(
        say=_position,
        extremes=tuple(f"{latitude},{longitude}" for latitude in _CORNERS[0] for longitude in _CORNERS[1]),
        example="33.5138,36.2765",
    ),
    "bearing": ValueType(say=_bearing, extremes=("360",), example="045"),
    "cause": ValueType(say=_cause, extremes=CAUSES, example="power"),
}
"""Every type there is, by its name in the catalogue."""
