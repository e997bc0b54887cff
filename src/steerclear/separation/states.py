"""From latitude, longitude and velocity to the state rows the pair kernel reads, and the refusal of impossible rows.

Frame: WGS84 geodetic in, Earth-centred, Earth-fixed out (see `pairs`). Units: degrees in, metres and m/s out.
Angles are reduced exactly in degrees before they are converted, so that the poles, the equator and the antimeridian
come out exact (the sine of 90 degrees is 1, its cosine 0, and 180 and -180 degrees are one meridian up to the sign of
zero); the remaining polynomials are good to 2 units in the last place.
"""

from math import pi, sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steerclear.geodesy.wgs84 import ECCENTRICITY_SQUARED, SEMI_MAJOR_M
from steerclear.separation import limits
from steerclear.separation.compiling import kernel
from steerclear.separation.faults import InvalidMinimumError, InvalidStateError

Floats = NDArray[np.float64]

_DEGREE: Final = pi / 180.0
_E2: Final = ECCENTRICITY_SQUARED
_A: Final = SEMI_MAJOR_M
_MAX_SPEED_SQUARED: Final = limits.MAX_SPEED_MPS**2
_MIN_ALT: Final = limits.MIN_ALTITUDE_M
_MAX_ALT: Final = limits.MAX_ALTITUDE_M
_MAX_SPEED: Final = limits.MAX_SPEED_MPS
_MIN_LON: Final = limits.MIN_LONGITUDE_DEG
_MAX_LON: Final = limits.MAX_LONGITUDE_DEG


@kernel
def sine_cosine(angle: float) -> tuple[float, float]:
    """Return sine and cosine of an angle in degrees, |angle| <= 360, by Taylor series on the reduced angle."""
    quarter = np.floor(angle * (1.0 / 90.0) + 0.5)
    x = (angle - 90.0 * quarter) * _DEGREE
    half = np.floor(quarter * 0.5)
    odd = quarter - 2.0 * half
    sign = 1.0 - 2.0 * (half - 2.0 * np.floor(half * 0.5))
    y = x * x
    s = 1.0 / 355687428096000.0
    s = s * y - 1.0 / 1307674368000.0
    s = s * y + 1.0 / 6227020800.0
    s = s * y - 1.0 / 39916800.0
    s = s * y + 1.0 / 362880.0
    s = s * y - 1.0 / 5040.0
    s = s * y + 1.0 / 120.0
    s = s * y - 1.0 / 6.0
    s = x + x * (y * s)
    c = 1.0 / 20922789888000.0
    c = c * y - 1.0 / 87178291200.0
    c = c * y + 1.0 / 479001600.0
    c = c * y - 1.0 / 3628800.0
    c = c * y + 1.0 / 40320.0
    c = c * y - 1.0 / 720.0
    c = c * y + 1.0 / 24.0
    c = (1.0 - 0.5 * y) + c * (y * y)
    sine = s if odd == 0.0 else c
    cosine = c if odd == 0.0 else -s
    return sign * sine, sign * cosine


@kernel
def fill_states(
    latitude: Floats,
    longitude: Floats,
    altitude: Floats,
    east: Floats,
    north: Floats,
    up: Floats,
    horizontal: Floats,
    vertical: Floats,
    begin: int,
    end: int,
    states: Floats,
) -> int:
    """Fill rows begin..end of `states` and return how many of them are not possible states.

    `horizontal` and `vertical` hold one value, or one a row.
    """
    bad = 0
    one_h = horizontal.shape[0] == 1
    one_v = vertical.shape[0] == 1
    for k in range(begin, end):
        speed_square = east[k] * east[k] + north[k] * north[k]
        good = (
            (abs(latitude[k]) <= 90.0)
            & (longitude[k] >= _MIN_LON)
            & (longitude[k] <= _MAX_LON)
            & (altitude[k] >= _MIN_ALT)
            & (altitude[k] <= _MAX_ALT)
            & (speed_square <= _MAX_SPEED_SQUARED)
            & (abs(up[k]) <= _MAX_SPEED)
        )
        bad += 0 if good else 1
        sin_lat, cos_lat = sine_cosine(latitude[k])
        sin_lon, cos_lon = sine_cosine(longitude[k])
        radius = _A / sqrt(1.0 - _E2 * sin_lat * sin_lat)
        states[k, 0] = radius * cos_lat * cos_lon
        states[k, 1] = radius * cos_lat * sin_lon
        states[k, 2] = radius * (1.0 - _E2) * sin_lat
        states[k, 3] = -east[k] * sin_lon - north[k] * (sin_lat * cos_lon)
        states[k, 4] = east[k] * cos_lon - north[k] * (sin_lat * sin_lon)
        states[k, 5] = north[k] * cos_lat
        states[k, 6] = cos_lat * cos_lon
        states[k, 7] = cos_lat * sin_lon
        states[k, 8] = sin_lat
        states[k, 9] = altitude[k]
        states[k, 10] = up[k]
        states[k, 11] = horizontal[0] if one_h else horizontal[k]
        states[k, 12] = vertical[0] if one_v else vertical[k]
    return bad


_FIELDS: Final = (
    ("latitude_deg", limits.MIN_LATITUDE_DEG, limits.MAX_LATITUDE_DEG),
    ("longitude_deg", limits.MIN_LONGITUDE_DEG, limits.MAX_LONGITUDE_DEG),
    ("altitude_m", limits.MIN_ALTITUDE_M, limits.MAX_ALTITUDE_M),
    ("east_mps", -limits.MAX_SPEED_MPS, limits.MAX_SPEED_MPS),
    ("north_mps", -limits.MAX_SPEED_MPS, limits.MAX_SPEED_MPS),
    ("up_mps", -limits.MAX_SPEED_MPS, limits.MAX_SPEED_MPS),
)


def numbers_of(values: ArrayLike) -> Floats:
    """Return real numbers as contiguous float64; what a masked array masks is unknown, so NaN.

    Raises:
        TypeError, ValueError: not real numbers. Dates and durations would turn into counts of their own unit.
    """
    dtype = getattr(values, "dtype", None)
    if getattr(dtype, "kind", "") in ("c", "m", "M"):
        raise TypeError(f"its elements are {dtype}")
    column = np.ascontiguousarray(values, dtype=np.float64)
    if isinstance(values, np.ma.MaskedArray):
        column = np.where(np.ma.getmaskarray(values).reshape(column.shape), np.nan, column)
    return column


def columns_of(*arrays: ArrayLike) -> tuple[Floats, ...]:
    """Return the six state arguments as contiguous float64 columns of one length.

    Raises:
        InvalidStateError: an argument is no one-dimensional array of numbers, or lengths differ, or there are too many.
    """
    columns: list[Floats] = []
    for (name, _, _), array in zip(_FIELDS, arrays, strict=True):
        try:
            column = numbers_of(array)
        except (TypeError, ValueError) as error:
            raise InvalidStateError(f"{name}: not an array of numbers ({error})", row=-1, field=name) from error
        if np.ndim(array) != 1:
            raise InvalidStateError(
                f"{name}: has {np.ndim(array)} dimensions; give one number for each aircraft", row=-1, field=name
            )
        if columns and len(column) != len(columns[0]):
            raise InvalidStateError(
                f"{name}: {len(column)} values, but latitude_deg has {len(columns[0])}; give one for each aircraft",
                row=-1,
                field=name,
            )
        columns.append(column)
    if len(columns[0]) > limits.MAX_AIRCRAFT:
        raise InvalidStateError(
            f"{len(columns[0])} aircraft; one scan takes at most {limits.MAX_AIRCRAFT}: split the region",
            row=-1,
            field="latitude_deg",
        )
    return tuple(columns)


def possible_rows(columns: tuple[Floats, ...]) -> NDArray[np.bool_]:
    """Return, for each row, whether it is a possible aircraft state."""
    good = np.ones(len(columns[0]), np.bool_)
    for (_, low, high), column in zip(_FIELDS, columns, strict=True):
        good &= (column >= low) & (column <= high)
    east, north = columns[3], columns[4]
    good &= east * east + north * north <= _MAX_SPEED_SQUARED
    return good


def refuse_first(columns: tuple[Floats, ...], good: NDArray[np.bool_]) -> InvalidStateError:
    """Return the error that names the first impossible row, its field and what to do."""
    row = int(np.argmin(good))
    others = int(len(good) - np.count_nonzero(good)) - 1
    also = f" ({others} more rows are impossible too)" if others else ""
    remedy = 'correct the row or pass on_invalid="mask" to set such rows aside'
    for (name, low, high), column in zip(_FIELDS, columns, strict=True):
        value = float(column[row])
        if not low <= value <= high:
            fault = f"row {row}: {name} is {value:g}, outside {low:g}..{high:g}{also}; {remedy}"
            return InvalidStateError(fault, row=row, field=name)
    speed = sqrt(float(columns[3][row]) ** 2 + float(columns[4][row]) ** 2)
    fault = f"row {row}: east_mps and north_mps make {speed:g} m/s, above {limits.MAX_SPEED_MPS:g}{also}; {remedy}"
    return InvalidStateError(fault, row=row, field="east_mps")


def minimum_column(name: str, value: ArrayLike, count: int, largest: float) -> Floats:
    """Return a separation minimum as a column of one value, or of one a row.

    Raises:
        InvalidMinimumError: not numbers, of another length, negative, not finite or above `largest`.
    """
    try:
        column = numbers_of(value)
    except (TypeError, ValueError) as error:
        raise InvalidMinimumError(f"{name}: not a number or an array of numbers ({error})") from error
    if np.ndim(value) != 0 and column.shape != (count,):
        raise InvalidMinimumError(f"{name}: shape {column.shape}; give one number, or one for each of {count} aircraft")
    column = column.reshape(-1)
    good = (column >= 0.0) & (column <= largest)
    if not good.all():
        row = int(np.argmin(good))
        where = "" if np.ndim(value) == 0 else f"row {row}: "
        raise InvalidMinimumError(f"{where}{name} is {column[row]:g}; give a number in 0..{largest:g}")
    return column
