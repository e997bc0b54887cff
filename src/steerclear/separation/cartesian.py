"""The pair kernels on flat coordinates, for those who have their own frame: relative motion in, times out.

Frame: any flat frame with x east, y north, z up; what is given is the motion of one aircraft relative to another (it
does not matter which). Units: metres, m/s, seconds. Shapes: all arguments broadcast to one; so is the result.
Bounds and touching: closed, as `intervals` says.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steerclear.separation import limits
from steerclear.separation.compiling import kernel
from steerclear.separation.faults import InvalidMinimumError, InvalidStateError
from steerclear.separation.intervals import closest_point, conflict_times, well_clear_times
from steerclear.separation.states import numbers_of
from steerclear.separation.volumes import WellClearVolume

Floats = NDArray[np.float64]

INTERVAL_DTYPE: Final = np.dtype(
    [
        ("conflict", np.bool_),
        ("now", np.bool_),
        ("t_in_s", np.float64),
        ("t_out_s", np.float64),
        ("t_cpa_s", np.float64),
        ("horizontal_cpa_m", np.float64),
        ("vertical_cpa_m", np.float64),
    ]
)
"""Answer for one pair: whether and when within [0, lookahead]; `t_in_s` is inf and `t_out_s` -inf where never."""

_ARGUMENTS: Final = ("east_m", "north_m", "up_m", "east_mps", "north_mps", "up_mps")
_LARGEST: Final = 1e8


@kernel
def _judge_all(motion: Floats, limit: Floats, well_clear: bool, answer: Floats) -> None:
    # limit rows: horizontal or dmod, vertical or zthr, tau, tcoa, lookahead
    for k in range(motion.shape[1]):
        x, y, z = motion[0, k], motion[1, k], motion[2, k]
        vx, vy, vz = motion[3, k], motion[4, k], motion[5, k]
        rr = x * x + y * y
        rv = x * vx + y * vy
        vv = vx * vx + vy * vy
        cross = x * vy - y * vx
        lookahead = limit[4, k]
        if well_clear:
            hit, t_in, t_out = well_clear_times(
                rr, rv, vv, cross, z, vz, limit[0, k], limit[1, k], limit[2, k], limit[3, k], lookahead
            )
            now = hit and t_in == 0.0
        else:
            hit, t_in, t_out = conflict_times(rr, rv, vv, cross, z, vz, limit[0, k], limit[1, k], lookahead)
            now = rr <= limit[0, k] * limit[0, k] and abs(z) <= limit[1, k]
        t_cpa, horizontal_cpa, vertical_cpa = closest_point(rr, rv, vv, cross, z, vz, lookahead)
        answer[0, k] = hit
        answer[1, k] = now
        answer[2, k] = t_in
        answer[3, k] = t_out
        answer[4, k] = t_cpa
        answer[5, k] = horizontal_cpa
        answer[6, k] = vertical_cpa


def _finite(name: str, value: ArrayLike) -> Floats:
    column = numbers_of(value).reshape(np.shape(value))
    good = np.abs(column) <= _LARGEST
    if not good.all():
        row = int(np.argmin(good))
        fault = f"pair {row}: {name} is {column.flat[row]:g}; give a finite number within ±{_LARGEST:g}"
        raise InvalidStateError(fault, row=row, field=name)
    return column


def _bounded(name: str, value: ArrayLike, largest: float) -> Floats:
    column = numbers_of(value).reshape(np.shape(value))
    good = (column >= 0.0) & (column <= largest)
    if not good.all():
        worst = column.flat[int(np.argmin(good))]
        raise InvalidMinimumError(f"{name} is {worst:g}; give a number in 0..{largest:g}")
    return column


def _judge(motion: tuple[ArrayLike, ...], limit: tuple[Floats, ...], well_clear: bool) -> NDArray[np.void]:
    given = [_finite(name, value) for name, value in zip(_ARGUMENTS, motion, strict=True)]
    spread = np.broadcast_arrays(*given, *limit)
    shape = spread[0].shape
    table = np.stack([column.reshape(-1) for column in spread])
    answer = np.empty((7, table.shape[1]))
    _judge_all(table[:6], table[6:], well_clear, answer)
    rows = np.empty(table.shape[1], INTERVAL_DTYPE)
    for name, column in zip(INTERVAL_DTYPE.names or (), answer, strict=True):
        rows[name] = column
    return rows.reshape(shape)


def conflict_interval(
    east_m: ArrayLike,
    north_m: ArrayLike,
    up_m: ArrayLike,
    east_mps: ArrayLike,
    north_mps: ArrayLike,
    up_mps: ArrayLike,
    *,
    horizontal_m: ArrayLike,
    vertical_m: ArrayLike,
    lookahead_s: ArrayLike,
) -> NDArray[np.void]:
    """Return when pairs in relative motion are within both minima, as `INTERVAL_DTYPE` in the broadcast shape.

    Raises:
        InvalidStateError: a position or velocity is not finite or beyond 1e8; names the pair and the argument.
        InvalidMinimumError: a minimum or the lookahead is out of range.
    """
    limit = (
        _bounded("horizontal_m", horizontal_m, limits.MAX_HORIZONTAL_M),
        _bounded("vertical_m", vertical_m, limits.MAX_VERTICAL_M),
        np.zeros(()),
        np.zeros(()),
        _bounded("lookahead_s", lookahead_s, limits.MAX_LOOKAHEAD_S),
    )
    return _judge((east_m, north_m, up_m, east_mps, north_mps, up_mps), limit, False)


def well_clear_interval(
    east_m: ArrayLike,
    north_m: ArrayLike,
    up_m: ArrayLike,
    east_mps: ArrayLike,
    north_mps: ArrayLike,
    up_mps: ArrayLike,
    *,
    volume: WellClearVolume,
    lookahead_s: ArrayLike,
) -> NDArray[np.void]:
    """Return when pairs in relative motion violate a well-clear volume, as `INTERVAL_DTYPE` in the broadcast shape.

    Raises:
        InvalidStateError: a position or velocity is not finite or beyond 1e8; names the pair and the argument.
        InvalidMinimumError: the lookahead is out of range.
    """
    thresholds = (volume.dmod_m, volume.zthr_m, volume.tau_s, volume.tcoa_s)
    limit = (*(np.array(value) for value in thresholds), _bounded("lookahead_s", lookahead_s, limits.MAX_LOOKAHEAD_S))
    return _judge((east_m, north_m, up_m, east_mps, north_mps, up_mps), limit, True)
