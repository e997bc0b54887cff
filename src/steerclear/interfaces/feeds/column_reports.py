"""Reports from columns: one array operation per check instead of one per record.

Frame and units of the columns are those of a profile: `traffic` (feet, knots, feet per minute) or OpenSky state vectors
(SI). They are converted here, once. The checks and bounds are those of `checks.checked_report`, applied to whole
columns; a test holds the two together. A row is set aside with the first thing that is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from steerclear.geodesy.units import FPM_MPS, FT_M, KT_MPS
from steerclear.interfaces.feeds.checks import RejectedRecordError, clean_callsign, icao_address
from steerclear.interfaces.feeds.limits import (
    MAX_ALTITUDE_M,
    MAX_GROUND_SPEED_MPS,
    MAX_TIME_S,
    MAX_VERTICAL_SPEED_MPS,
    MIN_ALTITUDE_M,
    MIN_TIME_S,
)
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import MAX_SAMPLES_PER_REASON, RejectionReason, Rejections, SourceStatus

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Column = Sequence[Any] | Floats

_ABSENT_TEXTS = frozenset({"", "nan", "null", "none", "<na>", "nat"})
_NUMBER_TEXT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?[iI]nf(inity)?")


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Which column says what, and the factor that makes it SI."""

    name: str
    time: str
    latitude: str
    longitude: str
    pressure_altitude: str
    ellipsoid_altitude: str
    altitude_m: float
    ellipsoid_altitude_m: float
    ground_speed: str
    ground_speed_mps: float
    track: str
    vertical_speed: str
    vertical_speed_mps: float
    address: str = "icao24"
    callsign: str = "callsign"
    on_ground: str = "onground"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the profile reads."""
        return (
            self.time, self.latitude, self.longitude, self.pressure_altitude, self.ellipsoid_altitude,
            self.ground_speed, self.track, self.vertical_speed, self.address, self.callsign, self.on_ground,
        )  # fmt: skip


TRAFFIC = Profile(
    name="traffic",
    time="timestamp",
    latitude="latitude",
    longitude="longitude",
    pressure_altitude="altitude",
    ellipsoid_altitude="geoaltitude",
    altitude_m=FT_M,
    ellipsoid_altitude_m=FT_M,
    ground_speed="groundspeed",
    ground_speed_mps=KT_MPS,
    track="track",
    vertical_speed="vertical_rate",
    vertical_speed_mps=FPM_MPS,
)
OPENSKY = Profile(
    name="opensky",
    time="time",
    latitude="lat",
    longitude="lon",
    pressure_altitude="baroaltitude",
    ellipsoid_altitude="geoaltitude",
    altitude_m=1.0,
    ellipsoid_altitude_m=1.0,
    ground_speed="velocity",
    ground_speed_mps=1.0,
    track="heading",
    vertical_speed="vertrate",
    vertical_speed_mps=1.0,
)
PROFILES = (TRAFFIC, OPENSKY)


def profile_of(names: Sequence[str]) -> Profile | None:
    """The profile whose time, latitude and longitude are among the column names."""
    found = set(names)
    for profile in PROFILES:
        if {profile.time, profile.latitude, profile.longitude} <= found:
            return profile
    return None


class _Verdicts:
    """Which rows are out, and why: the first reason found for a row is the one that counts."""

    def __init__(self, count: int, rejections: Rejections, row_numbers: Sequence[int]) -> None:
        self.out = np.zeros(count, dtype=bool)
        self._rejections = rejections
        self._row_numbers = row_numbers

    def reject(self, mask: Mask, reason: RejectionReason, detail: Callable[[int], str]) -> None:
        """Set the rows under `mask` aside, unless they are already."""
        rows = np.flatnonzero(mask & ~self.out)
        self.out[rows] = True
        for row in rows[:MAX_SAMPLES_PER_REASON].tolist():
            self._rejections.add(reason, f"row {self._row_numbers[row]}", detail(row))
        self._rejections.add_many(reason, len(rows) - MAX_SAMPLES_PER_REASON)


def column_reports(
    table: Mapping[str, Column],
    profile: Profile,
    status: SourceStatus,
    *,
    row_numbers: Sequence[int] | None = None,
    from_text: bool = False,
) -> list[TrackReport]:
    """Reports of the rows that pass every check, in order of time; the others are set aside in `status`.

    `from_text` says that every cell is a text, as in CSV; otherwise a text in a column of numbers is a wrong type.
    Columns that the table does not have are absent in every row. `row_numbers` are the places to show a person; counted
    from 1 where not given.
    """
    count = len(table[profile.time])
    verdicts = _Verdicts(count, status.rejections, row_numbers or range(1, count + 1))

    def numbers(name: str, factor: float = 1.0) -> Floats:
        if name not in table:
            return np.full(count, np.nan)
        values, wrong = _numbers(table[name], from_text)
        if wrong is not None:
            verdicts.reject(
                wrong, RejectionReason.WRONG_TYPE, lambda row: f"{name}: {_shown(table[name][row])} is not a number"
            )
        infinite = np.isinf(values)
        if infinite.any():
            verdicts.reject(infinite, RejectionReason.NOT_FINITE, lambda _: f"{name} is infinite")
        return values if factor == 1.0 else values * factor

    time_s = _times(table[profile.time], from_text, verdicts, status)
    latitude_deg, longitude_deg = numbers(profile.latitude), numbers(profile.longitude)
    pressure_m = numbers(profile.pressure_altitude, profile.altitude_m)
    ellipsoid_m = numbers(profile.ellipsoid_altitude, profile.ellipsoid_altitude_m)
    speed_mps = numbers(profile.ground_speed, profile.ground_speed_mps)
    track_deg = numbers(profile.track)
    up_mps = numbers(profile.vertical_speed, profile.vertical_speed_mps)

    def texts(name: str, convert: Callable[[Any], Any], wanted: str) -> list[Any]:
        values, wrong = _mapped(table.get(name), count, convert)
        verdicts.reject(
            wrong, RejectionReason.WRONG_TYPE, lambda row: f"{name}: {_shown(table[name][row])} is not {wanted}"
        )
        return values

    addresses = texts(profile.address, icao_address, "six hexadecimal digits as a text")
    callsigns = texts(profile.callsign, clean_callsign, "a text")
    on_ground = texts(profile.on_ground, _truth, "true or false")

    _check_position(verdicts, time_s, latitude_deg, longitude_deg)
    nobody = np.fromiter((a is None and c is None for a, c in zip(addresses, callsigns, strict=True)), bool, count)
    verdicts.reject(nobody, RejectionReason.MISSING_IDENTITY, lambda _: "no address and no callsign")
    _check_motion(verdicts, speed_mps, track_deg, up_mps)
    for values, name in ((pressure_m, profile.pressure_altitude), (ellipsoid_m, profile.ellipsoid_altitude)):
        verdicts.reject(
            (values < MIN_ALTITUDE_M) | (values > MAX_ALTITUDE_M),
            RejectionReason.ALTITUDE_OUT_OF_RANGE,
            lambda row, values=values, name=name: f"{name} {values[row]:.6g} m",  # type: ignore[misc]
        )

    good = np.flatnonzero(~verdicts.out)
    good = good[np.argsort(time_s[good], kind="stable")]
    track_rad = np.radians(track_deg[good])
    east_mps, north_mps = speed_mps[good] * np.sin(track_rad), speed_mps[good] * np.cos(track_rad)
    order = good.tolist()
    return [
        TrackReport(
            source=status.name,
            time_s=at_s,
            receipt_time_s=at_s,
            latitude_deg=latitude,
            longitude_deg=longitude,
            pressure_altitude_m=pressure,
            ellipsoid_altitude_m=ellipsoid,
            east_mps=east,
            north_mps=north,
            up_mps=up,
            icao_address=addresses[row],
            callsign=callsigns[row],
            on_ground=on_ground[row],
        )
        for row, at_s, latitude, longitude, pressure, ellipsoid, east, north, up in zip(
            order,
            time_s[good].tolist(),
            latitude_deg[good].tolist(),
            longitude_deg[good].tolist(),
            _optional(pressure_m[good]),
            _optional(ellipsoid_m[good]),
            _optional(east_mps),
            _optional(north_mps),
            _optional(up_mps[good]),
            strict=True,
        )
    ]


def _check_position(verdicts: _Verdicts, time_s: Floats, latitude_deg: Floats, longitude_deg: Floats) -> None:
    verdicts.reject(np.isnan(time_s), RejectionReason.MISSING_TIME, lambda _: "no time")
    verdicts.reject(
        (time_s < MIN_TIME_S) | (time_s > MAX_TIME_S),
        RejectionReason.TIME_OUT_OF_RANGE,
        lambda row: f"time {time_s[row]:.6g} s, not within 1980 to 2100",
    )
    verdicts.reject(
        np.isnan(latitude_deg) | np.isnan(longitude_deg),
        RejectionReason.MISSING_POSITION,
        lambda _: "no latitude or no longitude",
    )
    verdicts.reject(
        (np.abs(latitude_deg) > 90.0) | (np.abs(longitude_deg) > 180.0),
        RejectionReason.POSITION_OUT_OF_RANGE,
        lambda row: f"latitude {latitude_deg[row]:.6g}°, longitude {longitude_deg[row]:.6g}°",
    )


def _check_motion(verdicts: _Verdicts, speed_mps: Floats, track_deg: Floats, up_mps: Floats) -> None:
    verdicts.reject(
        (speed_mps < 0.0) | (speed_mps > MAX_GROUND_SPEED_MPS),
        RejectionReason.SPEED_OUT_OF_RANGE,
        lambda row: f"ground speed {speed_mps[row]:.6g} m/s",
    )
    verdicts.reject(
        np.abs(track_deg) > 360.0,
        RejectionReason.SPEED_OUT_OF_RANGE,
        lambda row: f"track angle {track_deg[row]:.6g}°",
    )
    verdicts.reject(
        np.abs(up_mps) > MAX_VERTICAL_SPEED_MPS,
        RejectionReason.SPEED_OUT_OF_RANGE,
        lambda row: f"vertical speed {up_mps[row]:.6g} m/s",
    )


def _optional(values: Floats) -> list[float | None]:
    absent = np.isnan(values)
    if not absent.any():
        return values.tolist()  # type: ignore[no-any-return]
    boxed = values.astype(object)
    boxed[absent] = None
    return boxed.tolist()  # type: ignore[no-any-return]


def _numbers(values: Column, from_text: bool) -> tuple[Floats, Mask | None]:
    """The column as floats with NaN for absent, and which cells are no numbers (None: all are)."""
    if isinstance(values, np.ndarray):
        return values, None
    kinds = set(map(type, values))
    if kinds <= {float, int, type(None)}:
        try:
            return np.array(values, dtype=np.float64), None
        except OverflowError:
            pass
    numbers = np.full(len(values), np.nan)
    wrong = np.zeros(len(values), dtype=bool)
    for row, value in enumerate(values):
        try:
            numbers[row] = _number(value, from_text)
        except (ValueError, OverflowError):
            wrong[row] = True
    return numbers, wrong


def _number(value: Any, from_text: bool) -> float:
    if value is None:
        return np.nan
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if from_text and isinstance(value, str):
        text = value.strip()
        if text.lower() in _ABSENT_TEXTS:
            return np.nan
        if _NUMBER_TEXT.fullmatch(text):
            return float(text)
    raise ValueError("not a number")


def _times(values: Column, from_text: bool, verdicts: _Verdicts, status: SourceStatus) -> Floats:
    """POSIX seconds from numbers in s, ms, µs or ns (told apart by size) or ISO 8601 texts."""
    numbers, wrong = _numbers(values, from_text)
    if wrong is not None and wrong.any():
        naive = False
        for row in np.flatnonzero(wrong).tolist():
            try:
                moment = datetime.fromisoformat(values[row].strip())
                naive = naive or moment.tzinfo is None
                numbers[row] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
                wrong[row] = False
            except (ValueError, AttributeError, OverflowError):
                continue
        if naive:
            status.note("times without a time zone are taken as UTC")
        verdicts.reject(wrong, RejectionReason.WRONG_TYPE, lambda row: f"time: {_shown(values[row])}")
    finite = np.abs(numbers[np.isfinite(numbers)])
    typical = float(np.median(finite)) if len(finite) else 0.0
    # 1980 to 2100 is 3.2e8 to 4.1e9 in seconds: the four units cannot be taken for each other.
    for factor, upper in ((1.0, 1e11), (1e-3, 1e14), (1e-6, 1e17), (1e-9, np.inf)):
        if typical < upper:
            return numbers if factor == 1.0 else numbers * factor
    raise AssertionError("unreachable: the last unit has no upper bound")


def _mapped(values: Column | None, count: int, convert: Callable[[Any], Any]) -> tuple[list[Any], Mask]:
    """Every cell through `convert`, each distinct value once; and which cells it refused."""
    wrong = np.zeros(count, dtype=bool)
    if values is None:
        return [None] * count, wrong
    cells: list[Any] = list(values)
    known: dict[Any, Any] = {None: None}
    refused = set()
    try:
        distinct = set(cells)
    except TypeError:  # a list or an object where a text belongs
        cells = [cell if isinstance(cell, str | int | float | None) else _Unusable for cell in cells]
        distinct = set(cells)
    for value in distinct:
        try:
            known[value] = convert(_text_or_none(value, convert))
        except (RejectedRecordError, ValueError):
            refused.add(value)
            known[value] = None
    if refused:
        wrong = np.fromiter((cell in refused for cell in cells), bool, count)
    return [known[cell] for cell in cells], wrong


class _Unusable:
    """Stands for a cell that cannot even be compared."""


def _text_or_none(value: Any, convert: Callable[[Any], Any]) -> Any:
    if convert is _truth or value is None:
        return value
    if isinstance(value, float) and np.isnan(value):
        return None
    if not isinstance(value, str):
        raise ValueError("not a text")
    return None if value.strip().lower() in _ABSENT_TEXTS else value


def _truth(value: Any) -> bool | None:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    text = str(value).strip().lower()
    if text in _ABSENT_TEXTS:
        return None
    if text in ("true", "1", "1.0"):
        return True
    if text in ("false", "0", "0.0"):
        return False
    raise ValueError("neither true nor false")


def _shown(value: Any) -> str:
    return repr(value)[:60]
