"""The geodetic pair: relative motion of two aircraft on WGS84, and the rows of the results.

Frame: Earth-centred, Earth-fixed. P is the foot of the aircraft on the ellipsoid (height zero), N its unit surface
normal, V = east_mps * east + north_mps * north its horizontal velocity. The pair's vertical m is the normalised sum of
both normals; horizontal relative quantities are the parts of P_j - P_i and V_j - V_i perpendicular to m. Vertical
relative motion is the difference of altitudes and of up velocities. No trigonometry, no map projection, nothing
special at the poles or the antimeridian, and the same bits with i and j exchanged.
Units: metres, m/s. Bounds and touching: as in `intervals`.
What the frame costs: both feet are at height zero, so distances at flight altitude h are understated by h / 6,371 km
(0.19 % at 12 km: 17 m in 5 NM, towards reporting a conflict); a path of length d is straight in the pair's plane
instead of following the Earth, which moves an aircraft d from the pair's middle by d^3 / (6 R^2) (1.7 m at 75 km,
14 m at 150 km). tests/separation/test_frame.py measures both.
Relative horizontal speeds below 1e-9 m/s are the rounding of two parallel velocities and count as rest: over the
longest lookahead they move an aircraft by a thousandth of a millimetre.
"""

from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.separation.compiling import inlined
from steerclear.separation.intervals import closest_point, conflict_times, well_clear_times
from steerclear.separation.volumes import WellClearVolume

STATE_WORDS: Final = 13
"""Words of one state row: P (0-2), V (3-5), N (6-8), altitude (9), up velocity (10), horizontal minimum (11) and
vertical minimum (12)."""

_REST: Final = 1e-18

Words = NDArray[np.float64]
Halves = NDArray[np.int32]


@inlined
def relative_motion(states: Words, a: int, b: int) -> tuple[float, float, float, float, float, float]:
    """Return (rr, rv, vv, cross, rz, vz) of two rows of states, as `intervals` wants them."""
    mx = states[a, 6] + states[b, 6]
    my = states[a, 7] + states[b, 7]
    mz = states[a, 8] + states[b, 8]
    scale = 1.0 / sqrt(mx * mx + my * my + mz * mz)
    mx *= scale
    my *= scale
    mz *= scale
    px = states[b, 0] - states[a, 0]
    py = states[b, 1] - states[a, 1]
    pz = states[b, 2] - states[a, 2]
    vx = states[b, 3] - states[a, 3]
    vy = states[b, 4] - states[a, 4]
    vz = states[b, 5] - states[a, 5]
    lift = px * mx + py * my + pz * mz
    px -= lift * mx
    py -= lift * my
    pz -= lift * mz
    lift = vx * mx + vy * my + vz * mz
    vx -= lift * mx
    vy -= lift * my
    vz -= lift * mz
    rr = px * px + py * py + pz * pz
    vv = vx * vx + vy * vy + vz * vz
    rz = states[b, 9] - states[a, 9]
    climb = states[b, 10] - states[a, 10]
    if vv < _REST:
        return rr, 0.0, 0.0, 0.0, rz, climb
    rv = px * vx + py * vy + pz * vz
    cross = mx * (py * vz - pz * vy) + my * (pz * vx - px * vz) + mz * (px * vy - py * vx)
    return rr, rv, vv, cross, rz, climb


@inlined
def judge_pair(
    states: Words,
    a: int,
    b: int,
    row_a: int,
    row_b: int,
    terms: Words,
    found: NDArray[np.int64],
    pair_words: Words,
    pair_halves: Halves,
    clear_words: Words,
    clear_halves: Halves,
) -> None:
    """Decide one pair and append what it is to the results.

    `states[a]` and `states[b]` are rows `row_a` and `row_b` of the caller's input. `terms`: see `terms_of`. `found`
    counts conflicts and violations; past the room of its array a row is counted and not written, so that the caller
    can come again with enough room. `*_halves` is the int32 view of `*_words`.
    """
    rr, rv, vv, cross, rz, vz = relative_motion(states, a, b)
    first = min(row_a, row_b)
    second = max(row_a, row_b)
    lookahead = terms[0]
    if terms[1] > 0.0:
        horizontal = max(states[a, 11], states[b, 11])
        vertical = max(states[a, 12], states[b, 12])
        hit, t_in, t_out = conflict_times(rr, rv, vv, cross, rz, vz, horizontal, vertical, lookahead)
        if hit:
            k = found[0]
            found[0] = k + 1
            if k < pair_words.shape[0]:
                t_cpa, horizontal_cpa, vertical_cpa = closest_point(rr, rv, vv, cross, rz, vz, lookahead)
                pair_halves[k, 0] = first
                pair_halves[k, 1] = second
                pair_words[k, 1] = t_in
                pair_words[k, 2] = t_out
                pair_words[k, 3] = t_cpa
                pair_words[k, 4] = horizontal_cpa
                pair_words[k, 5] = vertical_cpa
                pair_halves[k, 12] = 1 if rr <= horizontal * horizontal and abs(rz) <= vertical else 0
                pair_halves[k, 13] = 0
    if terms[2] > 0.0:
        hit, t_in, t_out = well_clear_times(
            rr, rv, vv, cross, rz, vz, terms[3], terms[4], terms[5], terms[6], lookahead
        )
        if hit:
            k = found[1]
            found[1] = k + 1
            if k < clear_words.shape[0]:
                clear_halves[k, 0] = first
                clear_halves[k, 1] = second
                clear_words[k, 1] = t_in
                clear_words[k, 2] = t_out
                clear_halves[k, 6] = 1 if t_in == 0.0 else 0
                clear_halves[k, 7] = 0


def terms_of(lookahead_s: float, conflicts: bool, volume: WellClearVolume | None) -> Words:
    """Return what every pair is judged by: lookahead, whether conflicts and well clear are wanted, its thresholds."""
    wanted = [lookahead_s, float(conflicts), float(volume is not None)]
    thresholds = [0.0] * 4 if volume is None else [volume.dmod_m, volume.zthr_m, volume.tau_s, volume.tcoa_s]
    return np.array(wanted + thresholds)
