"""How one source's positions lie against known ones: turned, displaced, late. The numbers only, no sources, no time.

Frame: one flat east-north frame, as complex numbers east + i north, metres; its origin is the source's own site where
that is known, else the middle of the traffic. Velocities are of the known traffic, m/s. Shapes: (n,), one row for each
aircraft, so that every row errs for itself.
Model, of an aircraft known to be at p with velocity v:
    seen = e^(i phi) (p - tau v) + b
with a rotation phi (told clockwise, as a compass turns), a displacement b at the origin and a delay tau: the source
shows where the aircraft was tau seconds before. A rotation about an unknown place is the same model; that place is the
fixed point b / (1 - e^(i phi)).
Robust: the start is the least median of residuals over hypotheses made of two aircraft each, so just under half of the
rows may be anything; then reweighted least squares with Tukey's biweight.
Beliefs, each of one standard deviation: a source is late by LATE_BELIEF_S, and a source of known site is displaced at
its site by SITE_BELIEF_M. They decide only what the traffic cannot: whether a single stream of aircraft is shown late
or displaced, and whether a far cluster is turned or displaced.
Uncertainty: 3 standard deviations of the estimate, from the residuals of the rows that were used, widened to Student's
distribution for few rows, 3 (1 + 4 / degrees of freedom).
Source: weighted orthogonal Procrustes in the plane (Kabsch 1976; Umeyama 1991); least median of squares (Rousseeuw
1984); biweight and asymptotic covariance of M-estimates (Huber, Robust Statistics, ch. 7).
"""

from __future__ import annotations

from math import degrees, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Complexes = NDArray[np.complex128]
Floats = NDArray[np.float64]

LATE_BELIEF_S: Final = 10.0
SITE_BELIEF_M: Final = 2_000.0

_FREE_BELIEF_M: Final = 1e6
_HYPOTHESES: Final = 160
_ITERATIONS: Final = 30
_RAYLEIGH_MEDIAN: Final = 1.17741
"""Median length of a plane vector whose components have the standard deviation 1."""
_OUTLIER: Final = 5.0
"""Residuals beyond so many standard deviations of a component weigh nothing."""
_USED_WEIGHT: Final = 0.25
"""Rows of at least this weight (residual within 3.5 standard deviations) are counted as used."""
_FEWEST: Final = 3
_LOOSE: Final = 100.0
_BELIEVING: Final = 4
_STILL_RAD: Final = 1e-9
_STILL_M: Final = 1e-3
_STILL_S: Final = 1e-5
_NEARLY_RIGHT: Final = 0.1
"""Where most rows are this close, against the traffic's extent, least squares need no other start."""


class Misfit(NamedTuple):
    """The transformation that takes known positions to where the source shows them; `_pm` is three sigma."""

    rotation_deg: float
    """Clockwise, -180 to 180."""
    rotation_pm_deg: float
    displaced: complex
    """East + i north at the frame's origin, metres."""
    displaced_pm_m: float
    late_s: float
    late_pm_s: float
    scatter_m: float
    """Standard deviation, per component, of what the transformation leaves unexplained."""
    rows: int
    used: int
    """Rows that the transformation explains."""

    @property
    def fixed_point(self) -> complex | None:
        """The place, in the frame, about which all is turned; None when nothing is."""
        turn = 1.0 - np.exp(-1j * np.radians(self.rotation_deg))
        return None if abs(turn) < 1e-9 else complex(self.displaced / turn)


def fit(
    known: Complexes, seen: Complexes, velocity: Complexes, *, at_site: bool, noise_floor_m: float = 5.0
) -> Misfit | None:
    """The transformation of most aircraft; None below three rows or where they do not determine one.

    `at_site`: the origin is the source's own site. `noise_floor_m` is the least scatter that is believed.
    """
    rows = len(known)
    if rows < _FEWEST:
        return None
    beliefs = np.array([np.inf, *(2 * (SITE_BELIEF_M if at_site else _FREE_BELIEF_M,)), LATE_BELIEF_S])
    # First what the rows say by themselves: a scatter that a belief had a part in would strengthen the belief.
    state, sigma = _by_rows(known, seen, velocity, noise_floor_m, _LOOSE * beliefs)
    residual, jacobian = _linearised(state, known, seen, velocity)
    weights = _weights(residual, sigma)
    used = int((weights >= _USED_WEIGHT).sum())
    if used < _FEWEST:
        return None
    freedom = max(2.0 * float(weights.sum()) - 4.0, 1.0)
    scatter_m = max(noise_floor_m, sqrt(float((weights * np.abs(residual) ** 2).sum()) / freedom))
    for _ in range(_BELIEVING):
        residual, jacobian = _linearised(state, known, seen, velocity)
        step, covariance = _solve(residual, jacobian, weights / scatter_m**2, state, beliefs)
        state = state + step
    deviation = 3.0 * (1.0 + 4.0 / freedom) * np.sqrt(np.diag(covariance))
    return Misfit(
        rotation_deg=(-degrees(state[0]) + 180.0) % 360.0 - 180.0,
        rotation_pm_deg=degrees(deviation[0]),
        displaced=complex(state[1], state[2]),
        displaced_pm_m=float(np.hypot(deviation[1], deviation[2])),
        late_s=float(state[3]),
        late_pm_s=float(deviation[3]),
        scatter_m=scatter_m,
        rows=rows,
        used=used,
    )


def _by_rows(
    known: Complexes, seen: Complexes, velocity: Complexes, noise_floor_m: float, beliefs: Floats
) -> tuple[Floats, float]:
    """The state (phi, east, north, tau) by reweighted least squares, and the scale that its weights had."""
    state = _start(known, seen)
    sigma = noise_floor_m
    for _ in range(_ITERATIONS):
        residual, jacobian = _linearised(state, known, seen, velocity)
        # The median of few rows that four numbers were fitted to is too small.
        median = float(np.median(np.abs(residual)))
        sigma = max(noise_floor_m, median / _RAYLEIGH_MEDIAN * (1.0 + 2.0 / len(known)))
        step, _ = _solve(residual, jacobian, _weights(residual, sigma) / sigma**2, state, beliefs)
        state = state + step
        if abs(step[0]) < _STILL_RAD and np.abs(step[1:3]).max() < _STILL_M and abs(step[3]) < _STILL_S:
            break
    return state, sigma


def _weights(residual: Complexes, sigma: float) -> Floats:
    return np.clip(1.0 - (np.abs(residual) / (_OUTLIER * sigma)) ** 2, 0.0, None) ** 2


def _start(known: Complexes, seen: Complexes) -> Floats:
    """Rotation and displacement with the least median residual, among hypotheses of two aircraft each."""
    unmoved = np.median(np.abs(seen - known))
    extent = np.median(np.abs(known - complex(np.median(known.real), np.median(known.imag))))
    if unmoved <= _NEARLY_RIGHT * extent:
        shift = seen - known
        return np.array([0.0, float(np.median(shift.real)), float(np.median(shift.imag)), 0.0])
    first, second = np.triu_indices(len(known), 1)
    apart = np.abs(known[first] - known[second])
    # The far pairs tell the rotation best; of the rest as many evenly, lest all of them have an aircraft that lies.
    far = np.argsort(-apart, kind="stable")
    chosen = far[:: max(1, len(far) // _HYPOTHESES)]
    chosen = chosen[apart[chosen] > 0.0]
    turned = np.conj(known[first[chosen]] - known[second[chosen]]) * (seen[first[chosen]] - seen[second[chosen]])
    size = np.abs(turned)
    factors = np.concatenate([[1.0 + 0.0j], turned[size > 0.0] / size[size > 0.0]])
    moved = seen[None, :] - factors[:, None] * known[None, :]
    shifts = np.median(moved.real, axis=1) + 1j * np.median(moved.imag, axis=1)
    best = int(np.argmin(np.median(np.abs(moved - shifts[:, None]), axis=1)))
    shift = shifts[best]
    return np.array([float(np.angle(factors[best])), shift.real, shift.imag, 0.0])


def _linearised(state: Floats, known: Complexes, seen: Complexes, velocity: Complexes) -> tuple[Complexes, Complexes]:
    """Residuals, shape (n,), and the derivatives of the model, shape (n, 4)."""
    factor = np.exp(1j * state[0])
    turned = factor * (known - state[3] * velocity)
    ones = np.ones(len(known), dtype=np.complex128)
    jacobian = np.stack([1j * turned, ones, 1j * ones, -factor * velocity], axis=1)
    return seen - turned - complex(state[1], state[2]), jacobian


def _solve(
    residual: Complexes, jacobian: Complexes, weights: Floats, state: Floats, beliefs: Floats
) -> tuple[Floats, Floats]:
    """The step of least squares, with the beliefs as further observations of zero, and its covariance."""
    precision = 1.0 / beliefs**2
    weighted = jacobian.conj() * weights[:, None]
    normal = (weighted.T @ jacobian).real + np.diag(precision)
    pull = (weighted.T @ residual).real - precision * state
    # Scaled to a unit diagonal: radians, metres and seconds are of very different sizes.
    scale = 1.0 / np.sqrt(np.maximum(np.diag(normal), 1e-30))
    inverse = np.linalg.pinv(normal * scale[:, None] * scale[None, :], hermitian=True) * scale[:, None] * scale[None, :]
    return inverse @ pull, inverse
