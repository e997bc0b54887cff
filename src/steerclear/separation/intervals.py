"""Exact entry and exit times of one pair in straight relative motion: the one kernel that decides everything.

Frame: any plane for the horizontal part and its normal for the vertical part. Units: metres, seconds, m/s.
Symbols, all of the relative motion of one aircraft seen from the other:
    rr = |r|^2, rv = r.v, vv = |v|^2, cross = r x v (horizontal position r and velocity v), rz and vz vertical.
Every formula is even under (r, v, rz, vz) -> (-r, -v, -rz, -vz), so the answer does not depend on who is first.
Bounds: closed. A distance equal to the minimum counts, an interval of length zero counts, and so do its ends at 0 and
at the lookahead. Horizontal at rest (vv = 0) and level (vz = 0) are decided by distance alone, without dividing.
Exactness: float64 without reassociation or fused operations. Being inside at time 0 is decided by comparing distances,
never by comparing times, and the times are then bound to agree with it.
Source: circle and slab intersection of a straight line; the modified-tau interval follows from solving
    D^2 - |r + v t|^2 = tau (r + v t).v    whose discriminant is that of the circle plus (tau |v|^2 / 2)^2
(Munoz, Narkawicz et al., "A Family of Well-Clear Boundary Models for the Integration of UAS in the NAS", AIAA 2014).
"""

from math import inf, sqrt
from typing import Final

from steerclear.separation.compiling import kernel

STILL: Final = 1e-290
"""Square speeds below it are rest: products of smaller ones lose their digits, and nobody moves at such a speed."""


@kernel
def disc_times(rr: float, rv: float, vv: float, cross: float, distance: float, tau: float) -> tuple[bool, float, float]:
    """Return (ever, first, last): when the pair is horizontally within `distance`, or modified tau within `tau`.

    Times are over the whole real line; `tau` = 0 is the plain disc.
    """
    square = distance * distance
    inside = rr <= square
    if vv < STILL:
        return inside, -inf, inf
    spread = square * vv - cross * cross
    if spread < 0.0:
        if not inside:
            return False, inf, -inf
        spread = 0.0
    root = sqrt(spread)
    # Each end is computed without subtracting nearly equal numbers: the product of the roots is known.
    last = (root - rv) / vv if rv <= 0.0 else (square - rr) / (root + rv)
    half = 0.5 * tau * vv
    edge = sqrt(spread + half * half) if tau > 0.0 else root
    ahead = -rv - half
    first = (rr + tau * rv - square) / (ahead + edge) if ahead > 0.0 else (ahead - edge) / vv
    if inside:
        first = min(first, 0.0)
        last = max(last, 0.0)
    return True, first, last


@kernel
def slab_times(rz: float, vz: float, distance: float, tcoa: float) -> tuple[bool, float, float]:
    """Return (ever, first, last): when the pair is vertically within `distance`, or will be within `tcoa` seconds."""
    if vz == 0.0:
        return abs(rz) <= distance, -inf, inf
    speed = abs(vz)
    ahead = -rz if vz > 0.0 else rz
    wide = max(distance, tcoa * speed)
    return True, (ahead - wide) / speed, (ahead + distance) / speed


@kernel
def conflict_times(
    rr: float,
    rv: float,
    vv: float,
    cross: float,
    rz: float,
    vz: float,
    horizontal: float,
    vertical: float,
    lookahead: float,
) -> tuple[bool, float, float]:
    """Return (conflict, t_in, t_out) of the cylinder, clipped to [0, lookahead]; (False, inf, -inf) if none."""
    near, first, last = disc_times(rr, rv, vv, cross, horizontal, 0.0)
    if not near:
        return False, inf, -inf
    level, low, high = slab_times(rz, vz, vertical, 0.0)
    t_in = max(first, low, 0.0) + 0.0  # never -0.0: who is first must not show
    t_out = min(last, high, lookahead) + 0.0
    if not level or t_in > t_out:
        return False, inf, -inf
    return True, t_in, t_out


@kernel
def well_clear_times(
    rr: float,
    rv: float,
    vv: float,
    cross: float,
    rz: float,
    vz: float,
    dmod: float,
    zthr: float,
    tau: float,
    tcoa: float,
    lookahead: float,
) -> tuple[bool, float, float]:
    """Return (violation, t_in, t_out) of the well-clear volume, clipped to [0, lookahead]; as `conflict_times`."""
    near, first, last = disc_times(rr, rv, vv, cross, dmod, tau)
    if not near:
        return False, inf, -inf
    level, low, high = slab_times(rz, vz, zthr, tcoa)
    t_in = max(first, low, 0.0) + 0.0  # never -0.0: who is first must not show
    t_out = min(last, high, lookahead) + 0.0
    if not level or t_in > t_out:
        return False, inf, -inf
    return True, t_in, t_out


@kernel
def closest_point(
    rr: float, rv: float, vv: float, cross: float, rz: float, vz: float, lookahead: float
) -> tuple[float, float, float]:
    """Return (t_cpa, horizontal, vertical): horizontal closest point within [0, lookahead] and both distances there.

    At rest the distance never changes and the time is 0.
    """
    if vv < STILL or rv >= 0.0:
        return 0.0, sqrt(rr), abs(rz)
    time = min(-rv / vv, lookahead)
    along = rv + vv * time
    return time, sqrt((cross * cross + along * along) / vv), abs(rz + vz * time)
