"""The fields of an ICAO filed flight plan (FPL): what stands in items 7 to 18, in SI, its names not yet resolved.

Source: ICAO Doc 4444 (PANS-ATM), Appendix 2 and 3.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec

from steerclear.geodesy.units import FT_M, KT_MPS
from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.common_parts import as_text, bounded
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.levels import Level
from steerclear.interfaces.plan_files.quantities import shown
from steerclear.model.track import AltitudeDatum

_NAMES = (
    "item 3 (message type)",
    "item 7 (aircraft identification)",
    "item 8 (flight rules)",
    "item 9 (aircraft type)",
    "item 10 (equipment)",
    "item 13 (departure)",
    "item 15 (route)",
    "item 16 (destination)",
    "item 18 (other information)",
)
DEPARTURE, ROUTE, DESTINATION, OTHER = _NAMES[5], _NAMES[6], _NAMES[7], _NAMES[8]
_KEYWORD = re.compile(r"(?:^| )([A-Z]{2,4})/")
_SPEED = re.compile(r"N(\d{4})|K(\d{4})|M(\d{3})")
_SPEED_LEVEL = re.compile(r"(N\d{4}|K\d{4}|M\d{3})(F\d{3}|S\d{4}|A\d{3}|M\d{4}|VFR)(F\d{3}|S\d{4}|A\d{3}|M\d{4}|PLUS)?")
_SOUND_MPS = 340.294
"""Speed of sound at 288.15 K; it goes with the root of the temperature."""
_TROPOPAUSE_M = 11_000.0


class SpeedLevel(msgspec.Struct, frozen=True):
    """A speed and the levels at which it is flown; a level of None is unknown (VFR) or without limit (PLUS)."""

    speed: str
    level: Level | None
    upper: Level | None = None
    """The top of a cruise climb."""
    plus: bool = False
    """A cruise climb without a top."""


class FiledPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A flight plan as it was filed."""

    callsign: str
    aircraft: int
    """How many fly together."""
    departure: str
    off_block: str
    """HHMM, UTC."""
    cruise: SpeedLevel
    route: tuple[str, ...]
    destination: str
    elapsed_s: float
    other: dict[str, str]

    def off_block_s(self, day_s: float | None) -> float:
        """When it leaves, POSIX seconds: on the day of flight in item 18, else on the day of `day_s`.

        Raises:
            PlanFileError: neither is there, or it is no day.
        """
        filed = self.other.get("DOF")
        if filed is not None:
            try:
                if not re.fullmatch(r"\d{6}", filed):
                    raise ValueError
                day = datetime.strptime(filed, "%y%m%d").replace(tzinfo=UTC)
            except ValueError:
                raise PlanFileError(OTHER, f"DOF/{filed} is no day; write YYMMDD, as DOF/261201") from None
        elif day_s is not None:
            day = datetime.fromtimestamp(day_s, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        else:
            raise PlanFileError(OTHER, "has no DOF/ (day of flight); add DOF/YYMMDD, or say departure beside the file")
        return (day + timedelta(hours=int(self.off_block[:2]), minutes=int(self.off_block[2:]))).timestamp()


def filed_plan(data: bytes) -> FiledPlan:
    """The plan of an FPL message. Raises PlanFileError with the item."""
    source = " ".join(as_text(bounded(data, limits.MAX_TEXT_FILE_BYTES, "a flight plan")).upper().split())
    source = source.removeprefix("(").removesuffix(")")
    parts = [part.strip() for part in source.split("-")]
    if not parts[0].startswith("FPL"):
        raise PlanFileError(_NAMES[0], f"{shown(parts[0])} is not FPL; only filed flight plans are read")
    if len(parts) < len(_NAMES) - 1:
        raise PlanFileError(_NAMES[len(parts)], "is missing; the items are parted by '-'")
    fields = dict(zip(_NAMES, parts, strict=False))
    words = fields[ROUTE].split()
    if len(words) > limits.MAX_ROUTE_TOKENS:
        raise PlanFileError(ROUTE, f"has {len(words):,} words; at most {limits.MAX_ROUTE_TOKENS:,} are read")
    if not words:
        raise PlanFileError(ROUTE, "is empty")
    cruise = speed_level(words[0])
    if cruise is None:
        raise PlanFileError(ROUTE, f"{shown(words[0])} is not speed and level, as N0450F350, K0830S1130 or M082F350")
    destination, elapsed_s = _destination(fields[DESTINATION])
    departure, off_block = _departure(fields[DEPARTURE])
    return FiledPlan(
        callsign=_matched(_NAMES[1], fields[_NAMES[1]], r"([A-Z0-9]{1,7})(?:/[A-Z]\d{4})?", "ABC123")[1],
        aircraft=_aircraft(fields[_NAMES[2]], fields[_NAMES[3]]),
        departure=departure,
        off_block=off_block,
        cruise=cruise,
        route=tuple(words[1:]),
        destination=destination,
        elapsed_s=elapsed_s,
        other=_other(fields.get(OTHER, "0")),
    )


def _matched(name: str, value: str, pattern: str, example: str) -> re.Match[str]:
    match = re.fullmatch(pattern, value, re.ASCII)
    if match is None:
        raise PlanFileError(name, f"{shown(value)} is not of the form {example}")
    return match


def _aircraft(rules: str, aircraft_type: str) -> int:
    _matched(_NAMES[2], rules, r"[IVYZ][SNGMX]?", "IS")
    match = _matched(_NAMES[3], aircraft_type, r"(\d{1,2})?([A-Z][A-Z0-9]{1,3})/([LMHJ])", "C172/L")
    return int(match[1] or 1)


def _departure(value: str) -> tuple[str, str]:
    if value.startswith("AFIL"):
        raise PlanFileError(DEPARTURE, "AFIL, filed in flight, has no place to begin at; write a route file instead")
    match = _matched(DEPARTURE, value, r"([A-Z]{4}) ?((?:[01]\d|2[0-3])[0-5]\d)", "LSGG0800")
    return match[1], match[2]


def _destination(value: str) -> tuple[str, float]:
    match = _matched(DESTINATION, value, r"([A-Z]{4}) ?(\d{2})([0-5]\d)((?: [A-Z]{4}){0,2})", "LSZB0045 LSZH")
    elapsed_s = int(match[2]) * 3600.0 + int(match[3]) * 60.0
    if elapsed_s <= 0.0:
        raise PlanFileError(DESTINATION, "an estimated elapsed time of 0000 is none")
    return match[1], elapsed_s


def _other(value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    keywords = list(_KEYWORD.finditer(value))
    for index, match in enumerate(keywords):
        end = keywords[index + 1].start() if index + 1 < len(keywords) else len(value)
        text = value[match.end() : end].strip()
        if match[1] in found and match[1] in ("DOF", "DEP", "DEST"):
            raise PlanFileError(OTHER, f"{match[1]}/ is there twice; keep one")
        found[match[1]] = f"{found[match[1]]} {text}" if match[1] in found else text
    return found


def speed_level(word: str) -> SpeedLevel | None:
    """Speed and level of a word such as N0450F350; None where it is no such word."""
    match = _SPEED_LEVEL.fullmatch(word)
    if match is None:
        return None
    plus = match[3] == "PLUS"
    upper = None if plus or match[3] is None else _level(match[3])
    return SpeedLevel(match[1], None if match[2] == "VFR" else _level(match[2]), upper, plus)


def _level(word: str) -> Level:
    digits = int(word[1:])
    if word[0] == "F":
        return Level(digits * 100 * FT_M, AltitudeDatum.PRESSURE_STANDARD)
    if word[0] == "A":
        return Level(digits * 100 * FT_M, AltitudeDatum.MSL_GEOID)
    datum = AltitudeDatum.PRESSURE_STANDARD if word[0] == "S" else AltitudeDatum.MSL_GEOID
    return Level(digits * 10.0, datum)


def true_airspeed_mps(speed: str, at: Level) -> float:
    """The speed of a word such as N0450, K0830 or M082; Mach at the standard temperature of a level.

    Raises:
        PlanFileError: it is zero, or beyond the limits.
    """
    match = _SPEED.fullmatch(speed)
    if match is None:
        raise PlanFileError(ROUTE, f"{shown(speed)} is not a speed")
    if match[1]:
        found = int(match[1]) * KT_MPS
    elif match[2]:
        found = int(match[2]) / 3.6
    else:
        kelvin = 288.15 - 0.0065 * min(max(at.height_m, 0.0), _TROPOPAUSE_M)
        found = int(match[3]) / 100.0 * _SOUND_MPS * (kelvin / 288.15) ** 0.5
    if not limits.MIN_SPEED_MPS <= found <= limits.MAX_SPEED_MPS:
        raise PlanFileError(ROUTE, f"speed {speed} is outside the limits")
    return found
