"""What an aircraft can do, as paths: a stem that it flies while it changes, and a branch from each point of the stem.

Frame: flat, x east, y north, z up, the own aircraft at the origin at time 0. Units: metres, m/s, seconds, radians
clockwise from north. Four manoeuvres, each from straight flight at the present velocity:
    turn    at a constant rate and ground speed to a heading, then straight; vertical speed is kept
    speed   at a constant acceleration along the track to a ground speed, then straight; vertical speed is kept
    climb   at a constant vertical acceleration to a vertical speed, which is then kept; ground track is kept
    level   at a constant vertical speed, taken up at once, to a height, which is then kept; ground track is kept
A stem is cut into cells between two targets. All paths whose target lies in a cell, both ends included, stay within
`off + grow t` of the cell's reference path (t from the cell's beginning), horizontally and vertically, because their
velocities differ from it by no more than `grow`, or their heights by no more than `off`. The stem itself is flown in
chords, from which it departs by no more than `sag`.
"""

from __future__ import annotations

from math import cos, sin
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TURN_STEP_RAD: Final = np.pi / 360.0
SPEED_STEP_MPS: Final = 1.0
CLIMB_STEP_MPS: Final = 0.5
LEVEL_STEP_M: Final = 30.48
"""Widths of a cell: half a degree, 1 m/s, 0.5 m/s, 100 ft."""


class Stem(NamedTuple):
    """A manoeuvre in one direction; n cells between n + 1 targets."""

    targets: Floats
    """Shape (n + 1,): what is flown to, from the present value on."""
    times_s: Floats
    """Shape (n + 1,): when it is reached."""
    nodes_m: Floats
    """Shape (n + 1, 3): where."""
    branch_m: Floats
    """Shape (n, 3): where the cell's reference path leaves, at `times_s[:n]`."""
    branch_mps: Floats
    """Shape (n, 3): with which velocity."""
    spread: Floats
    """Shape (n, 4): off and grow, horizontally, and off and grow, vertically."""
    sag_m: tuple[float, float]
    end_mps: Floats
    """Shape (3,): the velocity after the last target is reached."""


def turn_stem(velocity_mps: Floats, rate_rad_s: float, change_rad: float, step_rad: float = TURN_STEP_RAD) -> Stem:
    """Turn by up to `change_rad` (negative: to the left) at `rate_rad_s` > 0."""
    speed = float(np.hypot(velocity_mps[0], velocity_mps[1]))
    begin = float(np.arctan2(velocity_mps[0], velocity_mps[1]))
    offsets = _targets(0.0, change_rad, step_rad)
    headings, times = begin + offsets, np.abs(offsets) / rate_rad_s
    radius = speed / rate_rad_s * (1.0 if change_rad >= 0.0 else -1.0)
    nodes = np.stack(
        [radius * (cos(begin) - np.cos(headings)), radius * (np.sin(headings) - sin(begin)), velocity_mps[2] * times],
        axis=1,
    )
    middle = 0.5 * (headings[1:] + headings[:-1])
    width = np.abs(np.diff(headings))
    branch = np.stack([speed * np.sin(middle), speed * np.cos(middle), np.full(len(middle), velocity_mps[2])], axis=1)
    # Velocities differ by at most the chord of half the cell's angle.
    spread = _spread(len(middle), grow_h=2.0 * speed * np.sin(0.25 * width))
    sag = 0.25 * speed * float(np.diff(times).max(initial=0.0)) * float(width.max(initial=0.0))
    end = np.array([speed * np.sin(headings[-1]), speed * np.cos(headings[-1]), velocity_mps[2]])
    return Stem(headings, times, nodes, nodes[:-1], branch, spread, (sag, 0.0), end)


def speed_stem(velocity_mps: Floats, rate_mps2: float, target_mps: float, step_mps: float = SPEED_STEP_MPS) -> Stem:
    """Accelerate, or slow down, along the track to up to `target_mps`."""
    speed = float(np.hypot(velocity_mps[0], velocity_mps[1]))
    along = np.array([velocity_mps[0], velocity_mps[1]]) / speed
    speeds = _targets(speed, target_mps, step_mps)
    times = np.abs(speeds - speed) / rate_mps2
    flown = 0.5 * (speed + speeds) * times
    nodes = np.concatenate([flown[:, None] * along, (velocity_mps[2] * times)[:, None]], axis=1)
    middle = 0.5 * (speeds[1:] + speeds[:-1])
    branch = np.concatenate([middle[:, None] * along, np.full((len(middle), 1), velocity_mps[2])], axis=1)
    spread = _spread(len(middle), grow_h=0.5 * np.abs(np.diff(speeds)))
    sag = 0.25 * rate_mps2 * float(np.diff(times).max(initial=0.0)) ** 2
    end = np.array([speeds[-1] * along[0], speeds[-1] * along[1], velocity_mps[2]])
    return Stem(speeds, times, nodes, nodes[:-1], branch, spread, (sag, 0.0), end)


def climb_stem(velocity_mps: Floats, rate_mps2: float, target_mps: float, step_mps: float = CLIMB_STEP_MPS) -> Stem:
    """Change to a vertical speed of up to `target_mps` (negative: down)."""
    rates = _targets(float(velocity_mps[2]), target_mps, step_mps)
    times = np.abs(rates - velocity_mps[2]) / rate_mps2
    heights = 0.5 * (velocity_mps[2] + rates) * times
    nodes = np.stack([velocity_mps[0] * times, velocity_mps[1] * times, heights], axis=1)
    middle = 0.5 * (rates[1:] + rates[:-1])
    branch = np.stack([np.full(len(middle), velocity_mps[0]), np.full(len(middle), velocity_mps[1]), middle], axis=1)
    spread = _spread(len(middle), grow_v=0.5 * np.abs(np.diff(rates)))
    sag = 0.25 * rate_mps2 * float(np.diff(times).max(initial=0.0)) ** 2
    end = np.array([velocity_mps[0], velocity_mps[1], rates[-1]])
    return Stem(rates, times, nodes, nodes[:-1], branch, spread, (0.0, sag), end)


def level_stem(velocity_mps: Floats, rate_mps: float, change_m: float, step_m: float = LEVEL_STEP_M) -> Stem:
    """Climb (or descend, `change_m` negative) at `rate_mps` > 0 to up to `change_m` from here, then level."""
    heights = _targets(0.0, change_m, step_m)
    times = np.abs(heights) / rate_mps
    nodes = np.stack([velocity_mps[0] * times, velocity_mps[1] * times, heights], axis=1)
    branch_m = nodes[:-1].copy()
    branch_m[:, 2] = 0.5 * (heights[1:] + heights[:-1])
    level = np.array([velocity_mps[0], velocity_mps[1], 0.0])
    branch = np.broadcast_to(level, (len(heights) - 1, 3)).copy()
    spread = _spread(len(branch), off_v=0.5 * np.abs(np.diff(heights)))
    return Stem(heights, times, nodes, branch_m, branch, spread, (0.0, 0.0), level)


def straight_stem(velocity_mps: Floats) -> Stem:
    """Nothing changed: a stem of no cells, for `path_of`."""
    here = np.zeros((1, 3))
    none = np.zeros((0, 3))
    return Stem(np.zeros(1), np.zeros(1), here, none, none, np.zeros((0, 4)), (0.0, 0.0), velocity_mps)


def path_of(stem: Stem) -> Stem:
    """The manoeuvre to a stem's last target alone: whether its last cell is free is whether this one path is.

    The stem is flown in the same chords; the branch leaves exactly at the target, with exactly its velocity.
    """
    last = len(stem.times_s) - 1
    return Stem(
        targets=np.append(stem.targets, stem.targets[last]),
        times_s=np.append(stem.times_s, stem.times_s[last]),
        nodes_m=np.vstack([stem.nodes_m, stem.nodes_m[last]]),
        branch_m=stem.nodes_m,
        branch_mps=np.vstack([stem.branch_mps, stem.end_mps]),
        spread=np.zeros((last + 1, 4)),
        sag_m=stem.sag_m,
        end_mps=stem.end_mps,
    )


def _targets(begin: float, end: float, step: float) -> Floats:
    """From `begin` to `end` in whole steps, the last one shorter."""
    size = abs(end - begin)
    whole = np.arange(0.0, size, step)
    whole = whole[whole <= size - 1e-9 * step] if size > 0.0 else whole
    return np.asarray(begin + np.sign(end - begin) * np.append(whole, size))


def _spread(
    cells: int,
    *,
    grow_h: Floats | float = 0.0,
    off_v: Floats | float = 0.0,
    grow_v: Floats | float = 0.0,
) -> Floats:
    spread = np.zeros((cells, 4))
    spread[:, 1], spread[:, 2], spread[:, 3] = grow_h, off_v, grow_v
    return spread
