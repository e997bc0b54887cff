"""Heights with their datum, as people write them: "FL350", "3,000 ft AMSL", "120 m W84", "GND", "UNL".

A height keeps the datum that it was written in; nothing here converts one datum into another. A volume has one datum,
so bounds of two datums are refused, or covered by a volume without the bound that cannot be compared.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from steerclear.geodesy.units import FT_M
from steerclear.geodesy.vertical import LARGEST_UNDULATION_M, sea_level_bounds
from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.quantities import HEIGHTS_M, shown
from steerclear.model.track import AltitudeDatum

DATUM_WORDS: Final = {
    "AMSL": AltitudeDatum.MSL_GEOID,
    "MSL": AltitudeDatum.MSL_GEOID,
    "W84": AltitudeDatum.ELLIPSOID,
    "WGS84": AltitudeDatum.ELLIPSOID,
    "HAE": AltitudeDatum.ELLIPSOID,
    "STD": AltitudeDatum.PRESSURE_STANDARD,
}
DATUM_NAMES: Final = {
    AltitudeDatum.MSL_GEOID: "above mean sea level",
    AltitudeDatum.ELLIPSOID: "above the WGS84 ellipsoid",
    AltitudeDatum.PRESSURE_STANDARD: "on the 1013.25 hPa surface (flight level)",
}
_FLIGHT_LEVEL = re.compile(r"FL ?(\d{2,3})")
_HEIGHT = re.compile(r"(-?\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?|-?\d{1,6}(?:\.\d{1,6})?) ?(ft|m|FT|M) ([A-Z0-9]{2,5})")
_GROUND = ("GND", "SFC")
_UNLIMITED = ("UNL", "UNLIMITED")
_HOW = 'write for example "FL350", "3,000 ft AMSL", "120 m W84"'


class Level(msgspec.Struct, frozen=True):
    """A height (metres) above a datum."""

    height_m: float
    datum: AltitudeDatum

    def __str__(self) -> str:
        return f"{self.height_m:,.5g} m {DATUM_NAMES[self.datum]}"


class Band(msgspec.Struct, frozen=True):
    """From one level to another; None downwards is the ground, None upwards is without limit."""

    lower: Level | None
    upper: Level | None


def level(value: Any) -> Level:
    """The level of a text. Raises ValueError with what may be written."""
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} has no unit and no datum; {_HOW}")
    wanted = value.strip().upper()
    flight_level = _FLIGHT_LEVEL.fullmatch(wanted)
    if flight_level:
        return _within(int(flight_level[1]) * 100 * FT_M, AltitudeDatum.PRESSURE_STANDARD, value)
    height = _HEIGHT.fullmatch(wanted)
    if height is None:
        raise ValueError(f"{shown(value)} is not a height with unit and datum; {_HOW}")
    if height[3] in ("AGL", *_GROUND):
        raise ValueError(
            f"{shown(value)} is a height above ground, which needs terrain data; write it above mean sea level (AMSL)"
            " or above the ellipsoid (W84)"
        )
    if height[3] not in DATUM_WORDS:
        raise ValueError(f"{shown(value)}: datum {height[3]!r} is not one of {', '.join(DATUM_WORDS)}")
    return _within(float(height[1].replace(",", "")) * HEIGHTS_M[height[2].lower()], DATUM_WORDS[height[3]], value)


def lower_level(value: Any) -> Level | None:
    """As `level`; "GND" and "SFC" are the ground, None."""
    return None if isinstance(value, str) and value.strip().upper() in _GROUND else level(value)


def upper_level(value: Any) -> Level | None:
    """As `level`; "UNL" is without limit, None."""
    return None if isinstance(value, str) and value.strip().upper() in _UNLIMITED else level(value)


def _within(height_m: float, datum: AltitudeDatum, written: object) -> Level:
    if not limits.MIN_HEIGHT_M <= height_m <= limits.MAX_HEIGHT_M:
        raise ValueError(
            f"{shown(written)} is outside the limits, {limits.MIN_HEIGHT_M:,.0f} to {limits.MAX_HEIGHT_M:,.0f} m"
        )
    return Level(height_m, datum)


def checked_band(lower: Level | None, upper: Level | None) -> Band:
    """A band whose ends can be compared. Raises ValueError: two datums, or upper not above lower."""
    if lower is not None and upper is not None:
        if lower.datum is not upper.datum:
            raise ValueError(
                f"lower is {lower} and upper is {upper}: one volume keeps one datum; write both in the same one"
            )
        if upper.height_m <= lower.height_m:
            raise ValueError(f"upper ({upper}) is not above lower ({lower})")
    return Band(lower, upper)


def around(at: Level, half_m: float) -> Band:
    """The band of that half-width around a level."""
    return Band(Level(at.height_m - half_m, at.datum), Level(at.height_m + half_m, at.datum))


def hull(bands: list[Band]) -> Band:
    """The least band that certainly contains all, also where their datums differ.

    Bounds of two datums cannot be compared exactly: downwards the ground stands for them, upwards the one that is above
    the others in any weather, else there is no upper bound.
    """
    lowers = [band.lower for band in bands]
    uppers = [band.upper for band in bands]
    upper = _highest([each for each in uppers if each is not None]) if None not in uppers else None
    known = [each for each in lowers if each is not None]
    datums = {each.datum for each in known} | ({upper.datum} if upper is not None else set())
    lower = min(known, key=lambda each: each.height_m) if len(known) == len(lowers) and len(datums) == 1 else None
    return Band(lower, upper)


def above_sea(at: Level) -> tuple[float, float]:
    """Between which heights above mean sea level (metres) a level lies, in any weather and at any place."""
    if at.datum is AltitudeDatum.PRESSURE_STANDARD:
        return sea_level_bounds(at.height_m)
    spread_m = LARGEST_UNDULATION_M if at.datum is AltitudeDatum.ELLIPSOID else 0.0
    return at.height_m - spread_m, at.height_m + spread_m


def _highest(levels: list[Level]) -> Level | None:
    highest = max(levels, key=lambda each: above_sea(each)[0])
    alike = [each for each in levels if each.datum is highest.datum]
    top = max(alike, key=lambda each: each.height_m)
    others = [above_sea(each)[1] for each in levels if each.datum is not highest.datum]
    return top if not others or above_sea(top)[0] > max(others) else None
