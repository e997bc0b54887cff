"""A careful scipy cKDTree detector: what a good engineer writes in an afternoon, and what an index must beat.

Frame: Earth-centred, Earth-fixed; the pair's plane is perpendicular to the sum of both surface normals, as in
`steerclear.separation.pairs`, so that both answer the same question. Units: metres, seconds, m/s, degrees at the edge.
How: a tree over the middle of each swept path (half the reach of a tree over present positions); fast aircraft
are looked up on their own, each with its own reach, so that one of them does not widen the search for all; swept
altitude bands drop most candidates before any arithmetic; a closest point of approach in 3D drops most of the rest;
the exact plane geometry sees what remains. Everything is vectorised over blocks that stay in the cache.
Bounds: closed, touching counts.
"""

from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy.spatial import cKDTree

from bench.problem import Problem

BLOCK = 1 << 16
LEAF = 16
SEMI_MAJOR_M = 6_378_137.0
SQUARED_ECCENTRICITY = 6.694379990141316e-3
LEAST_RADIUS_M = 6.33e6


@dataclass(frozen=True)
class Hits:
    """Pairs i, j with entry, exit and closest-approach times and the horizontal distance there."""

    i: np.ndarray
    j: np.ndarray
    t_in_s: np.ndarray
    t_out_s: np.ndarray
    t_cpa_s: np.ndarray
    horizontal_cpa_m: np.ndarray


@dataclass(frozen=True)
class Sky:
    """The problem in Earth-centred axes, one row each; `low` and `high` bound the swept altitude, widened."""

    problem: Problem
    foot: np.ndarray
    normal: np.ndarray
    velocity: np.ndarray
    middle: np.ndarray
    speed: np.ndarray
    low: np.ndarray
    high: np.ndarray


def find_conflicts(problem: Problem, threads: int = 1) -> Hits:
    """Return every pair predicted to be within both minima at some time of the lookahead."""
    sky = _project(problem)
    fast = _outliers(sky.speed)
    slow = np.setdiff1d(np.arange(problem.n), fast, assume_unique=True)
    slow_tree, among_slow = _among(sky, slow)
    if fast.size == 0:
        return _exact(sky, *among_slow)
    _, among_fast = _among(sky, fast)
    between = _near(sky, _between(sky, slow_tree, slow, fast, threads))
    return _exact(sky, *(np.concatenate(parts) for parts in zip(among_slow, among_fast, between, strict=True)))


def _among(sky: Sky, rows: np.ndarray) -> tuple[cKDTree, tuple[np.ndarray, np.ndarray]]:
    """Return a tree of these aircraft and the candidates among them."""
    tree = cKDTree(sky.middle[rows], leafsize=LEAF, balanced_tree=False)
    pairs = tree.query_pairs(_reach(sky, 2 * sky.speed[rows].max()), output_type="ndarray")
    return tree, _near(sky, rows[pairs])


def _project(problem: Problem) -> Sky:
    latitude, longitude = np.radians(problem.latitude_deg), np.radians(problem.longitude_deg)
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(latitude), np.cos(latitude), np.sin(longitude), np.cos(longitude)
    radius = SEMI_MAJOR_M / np.sqrt(1.0 - SQUARED_ECCENTRICITY * sin_lat * sin_lat)
    normal = np.column_stack((cos_lat * cos_lon, cos_lat * sin_lon, sin_lat))
    foot = normal * radius[:, None]
    foot[:, 2] *= 1.0 - SQUARED_ECCENTRICITY
    east, north = problem.east_mps, problem.north_mps
    velocity = np.column_stack(
        (-sin_lon * east - sin_lat * cos_lon * north, cos_lon * east - sin_lat * sin_lon * north, cos_lat * north)
    )
    end = problem.altitude_m + problem.up_mps * problem.lookahead_s
    return Sky(
        problem=problem,
        foot=foot,
        normal=normal,
        velocity=velocity,
        middle=foot + velocity * (0.5 * problem.lookahead_s),
        speed=np.hypot(east, north),
        low=np.minimum(problem.altitude_m, end) - 0.5 * problem.vertical_m,
        high=np.maximum(problem.altitude_m, end) + 0.5 * problem.vertical_m,
    )


def _outliers(speed: np.ndarray) -> np.ndarray:
    """Return the rows much faster than the rest, or none when a split would not pay."""
    usual = 1.1 * np.quantile(speed, 0.98)
    return np.flatnonzero(speed > usual) if speed.max() > 1.5 * usual else np.empty(0, dtype=np.intp)


def _lift(sky: Sky, both_mps: np.ndarray | float) -> np.ndarray | float:
    """Return the most that two paths can part along the pair's normal: each is tangential at its own foot."""
    travelled = both_mps * sky.problem.lookahead_s
    return 0.5 * travelled * (sky.problem.horizontal_m + travelled) / LEAST_RADIUS_M


def _reach(sky: Sky, both_mps: np.ndarray | float) -> np.ndarray | float:
    """Return the largest distance between the middles of two paths whose speeds sum to `both_mps` and that conflict."""
    return np.hypot(sky.problem.horizontal_m + 0.5 * both_mps * sky.problem.lookahead_s, _lift(sky, both_mps)) + 0.01


def _between(sky: Sky, slow_tree: cKDTree, slow: np.ndarray, fast: np.ndarray, threads: int) -> np.ndarray:
    """Return candidate pairs of one fast and one slow aircraft."""
    reach = _reach(sky, sky.speed[fast] + sky.speed[slow].max())
    near = slow_tree.query_ball_point(sky.middle[fast], reach, workers=threads, return_sorted=False)
    sizes = np.fromiter(map(len, near), dtype=np.intp, count=len(near))
    other = np.fromiter(chain.from_iterable(near), dtype=np.intp, count=int(sizes.sum()))
    return np.column_stack((np.repeat(fast, sizes), slow[other]))


def _near(sky: Sky, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the candidates whose altitude bands overlap and that pass close in 3D, widened by what the Earth bends."""
    half = 0.5 * sky.problem.lookahead_s
    horizontal = sky.problem.horizontal_m
    kept_i, kept_j = [], []
    for start in range(0, len(pairs), BLOCK):
        i, j = pairs[start : start + BLOCK, 0], pairs[start : start + BLOCK, 1]
        level = np.flatnonzero((sky.low.take(i) <= sky.high.take(j)) & (sky.low.take(j) <= sky.high.take(i)))
        i, j = i.take(level), j.take(level)
        apart = sky.middle.take(i, 0)
        apart -= sky.middle.take(j, 0)
        moving = sky.velocity.take(i, 0)
        moving -= sky.velocity.take(j, 0)
        rr, rv, vv = (np.einsum("nk,nk->n", a, b) for a, b in ((apart, apart), (apart, moving), (moving, moving)))
        when = np.clip(-rv / np.maximum(vv, 1e-18), -half, half)
        lift = _lift(sky, sky.speed.take(i) + sky.speed.take(j))
        close = np.flatnonzero(rr + when * (2.0 * rv + when * vv) <= horizontal * horizontal + lift * lift + 1.0)
        kept_i.append(i.take(close))
        kept_j.append(j.take(close))
    empty = [np.empty(0, dtype=np.intp)]
    return np.concatenate(kept_i or empty), np.concatenate(kept_j or empty)


def _exact(sky: Sky, i: np.ndarray, j: np.ndarray) -> Hits:
    """Return the conflicts among the candidates, decided in each pair's own plane."""
    problem = sky.problem
    up = sky.normal[i] + sky.normal[j]
    up /= np.sqrt(np.einsum("nk,nk->n", up, up))[:, None]
    apart, moving = sky.foot[j] - sky.foot[i], sky.velocity[j] - sky.velocity[i]
    apart -= np.einsum("nk,nk->n", apart, up)[:, None] * up
    moving -= np.einsum("nk,nk->n", moving, up)[:, None] * up
    rr, rv, vv = (np.einsum("nk,nk->n", a, b) for a, b in ((apart, apart), (apart, moving), (moving, moving)))
    climb, above = problem.up_mps[j] - problem.up_mps[i], problem.altitude_m[j] - problem.altitude_m[i]
    square = problem.horizontal_m**2
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(rv * rv - vv * (rr - square))
        rest = vv < 1e-18
        first = np.where(rest, np.where(rr <= square, -np.inf, np.inf), (-rv - root) / vv)
        last = np.where(rest, np.inf, (-rv + root) / vv)
        edges = (-problem.vertical_m - above) / climb, (problem.vertical_m - above) / climb
        never = np.where(np.abs(above) <= problem.vertical_m, -np.inf, np.inf)
        entered = np.where(climb == 0.0, never, np.minimum(*edges))
        left = np.where(climb == 0.0, np.inf, np.maximum(*edges))
        t_in = np.maximum(np.maximum(first, entered), 0.0)
        t_out = np.minimum(np.minimum(last, left), problem.lookahead_s)
        hit = np.flatnonzero(t_in <= t_out)
        t_cpa = np.clip(np.where(rest, 0.0, -rv / vv), 0.0, problem.lookahead_s)[hit]
    distance = np.sqrt(np.maximum(rr[hit] + t_cpa * (2.0 * rv[hit] + t_cpa * vv[hit]), 0.0))
    return Hits(i[hit], j[hit], t_in[hit], t_out[hit], t_cpa, distance)
