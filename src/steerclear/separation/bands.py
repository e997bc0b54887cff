"""Which targets of a manoeuvre keep clear of all traffic: free bands, as a detect-and-avoid display shows them.

Frame and manoeuvres: `manoeuvres`. Traffic flies straight on. Units: metres, m/s, seconds from now.
A target is free when its whole path, from now to each aircraft's own lookahead, never is within both minima of that
aircraft. Bounds: closed; touching a minimum is a loss, an edge of a band belongs to the band.
Conservative: a cell of targets is free only if its reference path is clear with minima grown by all that the paths of
the cell depart from it. So no target in a free band is in loss. What is lost by that: a free target is left out only if
its own path is not clear with horizontal and vertical minima larger by `blur_m` of its stem and the lookahead.
A larger minimum, a longer lookahead or more traffic never widens a band.
Source: bands by sampled kinematic manoeuvres as in RTCA DO-365 and NASA DAIDALUS (Munoz et al., "DAIDALUS: Detect and
Avoid Alerting Logic for Unmanned Systems", DASC 2015); the conflict of a growing cylinder is the quadratic
|r + v t|^2 <= (D + g t)^2.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.separation.compiling import inner_kernel, kernel
from steerclear.separation.intervals import conflict_times
from steerclear.separation.manoeuvres import Stem

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

ROUNDING_M: Final = 1e-6
"""Added to all minima: more than arithmetic can lose."""


class Traffic(NamedTuple):
    """Other aircraft, shape (n,) each and (n, 3) for places and velocities, in the own aircraft's frame at time 0."""

    place_m: Floats
    velocity_mps: Floats
    horizontal_m: Floats
    vertical_m: Floats
    lookahead_s: Floats

    def chosen(self, rows: Truths) -> Traffic:
        """Some of the rows."""
        return Traffic(*(column[rows] for column in self))


@inner_kernel
def half_line(bound: float, slope: float, first: float, last: float) -> tuple[float, float]:
    """The part of [first, last] where bound <= slope t."""
    if slope > 0.0:
        return max(first, bound / slope), last
    if slope < 0.0:
        return first, min(last, bound / slope)
    return (first, last) if bound <= 0.0 else (inf, -inf)


@inner_kernel
def growing_conflict(
    x: float,
    y: float,
    z: float,
    vx: float,
    vy: float,
    vz: float,
    horizontal: float,
    grow_h: float,
    vertical: float,
    grow_v: float,
    lookahead: float,
) -> bool:
    """Whether a relative motion is within both minima, which grow from now on, within [0, lookahead]."""
    a = vx * vx + vy * vy - grow_h * grow_h
    b = x * vx + y * vy - horizontal * grow_h
    c = x * x + y * y - horizontal * horizontal
    first, last = 0.0, lookahead
    if c > 0.0:
        spread = b * b - a * c
        if spread < 0.0:
            return False
        root = sqrt(spread)
        if root <= b:
            return False
        first = c / (root - b)
        if a > 0.0:
            last = min(lookahead, (root - b) / a)
    elif a > 0.0:
        last = min(lookahead, (sqrt(max(b * b - a * c, 0.0)) - b) / a)
    first, last = half_line(z - vertical, grow_v - vz, first, last)
    first, last = half_line(-z - vertical, grow_v + vz, first, last)
    return first <= last


@kernel
def _free_cells(
    times: Floats,
    nodes: Floats,
    branch: Floats,
    branch_velocity: Floats,
    spread: Floats,
    sag_h: float,
    sag_v: float,
    place: Floats,
    velocity: Floats,
    horizontal: Floats,
    vertical: Floats,
    lookahead: Floats,
    apart: Floats,
    closing: Floats,
    free: Truths,
) -> None:
    for k in range(len(branch)):
        begin, lasts = times[k], times[k + 1] - times[k]
        clear = True
        for i in range(len(place)):
            left = lookahead[i] - begin
            if left < 0.0:
                continue
            # The own aircraft seen from the other one, at the cell's beginning.
            ox = place[i, 0] + velocity[i, 0] * begin
            oy = place[i, 1] + velocity[i, 1] * begin
            oz = place[i, 2] + velocity[i, 2] * begin
            x, y, z = nodes[k, 0] - ox, nodes[k, 1] - oy, nodes[k, 2] - oz
            if lasts > 0.0 and apart[i] - closing[i] * times[k + 1] <= horizontal[i] + sag_h:
                vx = (nodes[k + 1, 0] - nodes[k, 0]) / lasts - velocity[i, 0]
                vy = (nodes[k + 1, 1] - nodes[k, 1]) / lasts - velocity[i, 1]
                vz = (nodes[k + 1, 2] - nodes[k, 2]) / lasts - velocity[i, 2]
                hit, _, _ = conflict_times(
                    x * x + y * y, x * vx + y * vy, vx * vx + vy * vy, x * vy - y * vx, z, vz,
                    horizontal[i] + sag_h, vertical[i] + sag_v, min(lasts, left),
                )  # fmt: skip
                if hit:
                    # Every farther target leads through this piece of the stem.
                    return
            if clear and growing_conflict(
                branch[k, 0] - ox,
                branch[k, 1] - oy,
                branch[k, 2] - oz,
                branch_velocity[k, 0] - velocity[i, 0],
                branch_velocity[k, 1] - velocity[i, 1],
                branch_velocity[k, 2] - velocity[i, 2],
                horizontal[i] + spread[k, 0],
                spread[k, 1],
                vertical[i] + spread[k, 2],
                spread[k, 3],
                left,
            ):
                clear = False
        free[k] = clear


def free_cells(stem: Stem, traffic: Traffic) -> Truths:
    """Which cells of a stem are free of all traffic, shape (n,)."""
    free = np.zeros(len(stem.branch_m), dtype=np.bool_)
    flown = np.diff(stem.nodes_m[:, :2], axis=0)
    lasts = np.diff(stem.times_s)
    fastest_mps = float((np.hypot(flown[:, 0], flown[:, 1]) / np.maximum(lasts, 1e-9)).max(initial=0.0))
    _free_cells(
        stem.times_s,
        stem.nodes_m,
        stem.branch_m,
        stem.branch_mps,
        stem.spread,
        stem.sag_m[0],
        stem.sag_m[1],
        np.ascontiguousarray(traffic.place_m),
        np.ascontiguousarray(traffic.velocity_mps),
        traffic.horizontal_m + ROUNDING_M,
        traffic.vertical_m + ROUNDING_M,
        np.ascontiguousarray(traffic.lookahead_s),
        np.hypot(traffic.place_m[:, 0], traffic.place_m[:, 1]) - ROUNDING_M,
        np.hypot(traffic.velocity_mps[:, 0], traffic.velocity_mps[:, 1]) + fastest_mps,
        free,
    )
    return free


def blur_m(stem: Stem, lookahead_s: float) -> tuple[float, float]:
    """By how much larger minima, horizontally and vertically, the paths of a stem must be clear to be surely free."""
    if not len(stem.spread):
        return 0.0, 0.0
    most = stem.spread.max(axis=0)
    # Twice: the path lies on one side of the reference, the growth on both; and a cell is free only as a whole.
    return (
        3.0 * (most[0] + most[1] * lookahead_s) + 2.0 * stem.sag_m[0] + ROUNDING_M,
        3.0 * (most[2] + most[3] * lookahead_s) + 2.0 * stem.sag_m[1] + ROUNDING_M,
    )


def bands(targets: Floats, free: Truths) -> list[tuple[float, float]]:
    """Closed intervals (from, to) of free targets, in the order of the targets; neighbouring cells are one."""
    found: list[tuple[float, float]] = []
    begin: int | None = None
    for k, cell in enumerate([*free.tolist(), False]):
        if cell and begin is None:
            begin = k
        elif not cell and begin is not None:
            found.append((float(targets[begin]), float(targets[k])))
            begin = None
    return found


def within_reach(traffic: Traffic, fastest_mps: float, climb_mps: float) -> Truths:
    """Rows that an own aircraft of at most these speeds can meet at all, whatever it does."""
    apart_m = np.hypot(traffic.place_m[:, 0], traffic.place_m[:, 1])
    speeds = np.hypot(traffic.velocity_mps[:, 0], traffic.velocity_mps[:, 1])
    near = apart_m <= traffic.horizontal_m + (fastest_mps + speeds) * traffic.lookahead_s + 1.0
    above = np.abs(traffic.place_m[:, 2])
    rates = np.abs(traffic.velocity_mps[:, 2])
    return near & (above <= traffic.vertical_m + (climb_mps + rates) * traffic.lookahead_s + 1.0)
