"""Plots without identity laid over known traffic: which turn and shift puts most of them onto aircraft.

What a radar without identities shows cannot be compared aircraft by aircraft. But a turn changes no distance: of the
site to an aircraft where the site is known, between two aircraft where it is not. Plots and aircraft at equal distances
propose turns; each proposal is judged by how many plots it puts within GATE_M of an aircraft that flies as they do.
That nothing is turned is always proposed first.

Frame: as `comparison`; q plots, P[j, i] aircraft i flown on to the time of plot j. Units: metres, m/s, seconds.
A proposal counts when it explains at least `min_aircraft` and `min_share` of the plots (or of the aircraft, if they are
fewer), and clearly more than any proposal that is not nearly the same. Whatever a rotation leaves equal filters before:
speed within SPEED_GATE_MPS and pressure altitude within ALTITUDE_GATE_M, each where both are known.
Cannot see: a radar that is displaced or late where its site is known (its plots then match nothing and its alignment is
not known); plots that are mostly no aircraft of the known traffic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.model.track import TrackReport
from steerclear.tactical.flat_frame import Frame, middle_of
from steerclear.tactical.limits import MAX_ALIGNED_AIRCRAFT, MAX_ALIGNED_M, MAX_PLOTS
from steerclear.tactical.misfit import Complexes
from steerclear.tactical.sightings import Key, Pair, Place
from steerclear.tactical.terms import AlignmentTerms

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

GATE_M: Final = 1_000.0
SPEED_GATE_MPS: Final = 40.0
ALTITUDE_GATE_M: Final = 600.0
FLOWN_ON_S: Final = 15.0
"""An aircraft is flown straight on for at most this long to meet a plot."""

_BINS: Final = 720
_PROPOSALS: Final = 12
_TOO_NEAR_M: Final = 4_000.0
"""So near its site a plot's azimuth says nothing."""
_FREE_PLOTS: Final = 24
_FREE_AIRCRAFT: Final = 100
_PLOT_PAIRS: Final = 40
_PER_PAIR: Final = 48
_CLEARLY: Final = 0.75
_SAMPLE: Final = 12
_SAMPLE_SHARE: Final = 0.3
"""Far below `min_share`: a sample of so few may have bad luck."""


class Proposal(NamedTuple):
    """A turn (counter-clockwise, radians) about the frame's origin, then a shift."""

    turn: float
    shift: complex


class _Scene:
    """Plots and aircraft in one frame."""

    def __init__(self, frame: Frame, plots: Sequence[TrackReport], aircraft: Sequence[TrackReport]) -> None:
        self.q = frame.points(plots)
        self.vq = frame.velocities([_place(one) for one in plots])
        at = frame.points(aircraft)
        self.vp = frame.velocities([_place(one) for one in aircraft])
        flown_s = np.array([one.time_s for one in plots])[:, None] - np.array([one.time_s for one in aircraft])[None, :]
        self.p = at[None, :] + self.vp[None, :] * flown_s
        self.moving = np.array([one.east_mps is not None and one.north_mps is not None for one in plots])
        with np.errstate(invalid="ignore"):
            self.may = (np.abs(flown_s) <= FLOWN_ON_S) & (np.abs(self.p) <= MAX_ALIGNED_M)
            speeds = np.abs(np.abs(self.vq)[:, None] - np.abs(self.vp)[None, :])
            self.may &= ~self.moving[:, None] | (speeds <= SPEED_GATE_MPS)
            high = np.abs(_levels(plots)[:, None] - _levels(aircraft)[None, :])
            self.may &= ~(high > ALTITUDE_GATE_M)

    def matches(self, proposal: Proposal) -> list[tuple[int, int]]:
        """(plot, aircraft) by what the proposal puts onto each other, each aircraft once."""
        factor = np.exp(1j * proposal.turn)
        apart = np.where(self.may, np.abs(self.q[:, None] - factor * self.p - proposal.shift), np.inf)
        # A radar's own tracker is turned as its plots are; a velocity sent down by the aircraft is not.
        turned = np.abs(self.vq[:, None] - factor * self.vp[None, :])
        straight = np.abs(self.vq[:, None] - self.vp[None, :])
        apart[self.moving[:, None] & (np.minimum(turned, straight) > SPEED_GATE_MPS)] = np.inf
        nearest = np.argmin(apart, axis=1)
        distance = apart[np.arange(len(nearest)), nearest]
        found: dict[int, tuple[float, int]] = {}
        for plot in np.flatnonzero(distance <= GATE_M).tolist():
            one = int(nearest[plot])
            if one not in found or distance[plot] < found[one][0]:
                found[one] = float(distance[plot]), plot
        return [(plot, one) for one, (_, plot) in found.items()]


def matched(
    plots: Sequence[TrackReport],
    aircraft: Sequence[tuple[Key, TrackReport]],
    terms: AlignmentTerms,
    site_deg: tuple[float, float] | None,
) -> dict[Key, Pair]:
    """Pairs (known place, plot) by the aircraft's key, under the best turn and shift; none where nothing stands out."""
    plots = plots[:MAX_PLOTS]
    aircraft = aircraft[:MAX_ALIGNED_AIRCRAFT]
    if min(len(plots), len(aircraft)) < terms.min_aircraft:
        return {}
    frame = Frame(
        site_deg or middle_of([one.latitude_deg for _, one in aircraft], [one.longitude_deg for _, one in aircraft])
    )
    scene = _Scene(frame, plots, [report for _, report in aircraft])
    least = max(terms.min_aircraft, int(np.ceil(terms.min_share * min(len(plots), len(aircraft)))))
    best = _best(scene, least, at_site=site_deg is not None)
    found: dict[Key, Pair] = {}
    for plot, one in best:
        known = frame.place(complex(scene.p[plot, one]))
        key, report = aircraft[one]
        found[key] = Pair(
            plots[plot].time_s,
            _place(report)._replace(latitude_deg=known[0], longitude_deg=known[1]),
            _place(plots[plot]),
        )
    return found


def _best(scene: _Scene, least: int, *, at_site: bool) -> list[tuple[int, int]]:
    """The matches of the proposal that explains most, if it stands out."""
    best: tuple[Proposal, list[tuple[int, int]]] | None = None
    rival = 0
    for proposal in (Proposal(0.0, 0j), *(_turns(scene) if at_site else ())):
        best, rival = _weighed(scene, proposal, best, rival)
    if not at_site and (best is None or len(best[1]) < least):
        for proposal in _free(scene):
            best, rival = _weighed(scene, proposal, best, rival)
            if best is not None and len(best[1]) >= max(least, 0.8 * min(scene.may.shape)):
                break
    if best is None or len(best[1]) < least or rival > _CLEARLY * len(best[1]):
        return []
    return best[1]


def _weighed(
    scene: _Scene, proposal: Proposal, best: tuple[Proposal, list[tuple[int, int]]] | None, rival: int
) -> tuple[tuple[Proposal, list[tuple[int, int]]] | None, int]:
    found = scene.matches(proposal)
    if best is None:
        return (proposal, found), rival
    same = _nearly_same(proposal, best[0])
    if len(found) > len(best[1]):
        return (proposal, found), rival if same else max(rival, len(best[1]))
    return best, rival if same else max(rival, len(found))


def _nearly_same(one: Proposal, other: Proposal) -> bool:
    turn = abs((one.turn - other.turn + np.pi) % (2.0 * np.pi) - np.pi)
    return bool(turn <= np.radians(4.0)) and abs(one.shift - other.shift) <= 10.0 * GATE_M


def _turns(scene: _Scene) -> Iterator[Proposal]:
    """Turns about the origin that many plots and aircraft at equal distances from it ask for."""
    ranges = np.abs(scene.q)[:, None], np.abs(scene.p)
    with np.errstate(invalid="ignore"):
        equal = scene.may & (np.abs(ranges[0] - ranges[1]) <= GATE_M) & (ranges[1] >= _TOO_NEAR_M)
    plot, one = np.nonzero(equal)
    turns = np.angle(scene.q[plot] * np.conj(scene.p[plot, one]))
    place = np.floor((turns + np.pi) / (2.0 * np.pi) * _BINS).astype(np.int64) % _BINS
    votes = np.bincount(place, minlength=_BINS)
    around = sum(np.roll(votes, shift) for shift in range(-2, 3))
    for middle in np.argsort(-np.asarray(around), kind="stable")[:_PROPOSALS].tolist():
        near = np.abs((place - middle + _BINS // 2) % _BINS - _BINS // 2) <= 2
        if near.any():
            units = np.exp(1j * turns[near])
            yield Proposal(float(np.angle(np.median(units.real) + 1j * np.median(units.imag))), 0j)


def _free(scene: _Scene) -> Iterator[Proposal]:
    """Turns and shifts that put two plots onto two aircraft that are as far from each other as they."""
    count = min(len(scene.q), _FREE_PLOTS)
    few = min(scene.p.shape[1], _FREE_AIRCRAFT)
    first, second = np.triu_indices(count, 1)
    length = np.abs(scene.q[first] - scene.q[second])
    for k in np.argsort(-length, kind="stable")[:: max(1, len(length) // _PLOT_PAIRS)].tolist():
        j, other = int(first[k]), int(second[k])
        between = scene.p[j, :few, None] - scene.p[other, None, :few]
        with np.errstate(invalid="ignore"):
            differ = np.abs(np.abs(between) - length[k])
        differ[~(scene.may[j, :few, None] & scene.may[other, None, :few])] = np.inf
        np.fill_diagonal(differ, np.inf)
        equal = np.flatnonzero(differ <= GATE_M)
        flat = equal[np.argsort(differ.flat[equal], kind="stable")[:_PER_PAIR]]
        one, two = np.unravel_index(flat, differ.shape)
        turns = np.angle((scene.q[j] - scene.q[other]) / between[one, two])
        shifts = scene.q[j] - np.exp(1j * turns) * scene.p[j, one]
        for chosen in np.flatnonzero(_promising(scene, turns, shifts, few)).tolist():
            yield Proposal(float(turns[chosen]), complex(shifts[chosen]))


def _promising(scene: _Scene, turns: Floats, shifts: Complexes, few: int) -> Truths:
    """Which proposals put enough of a sample of the plots onto aircraft; the others are not looked at further."""
    sample = np.unique(np.linspace(0, len(scene.q) - 1, _SAMPLE).astype(np.int64))
    moved = np.exp(1j * turns)[:, None, None] * scene.p[None, sample, :few] + shifts[:, None, None]
    apart = np.where(scene.may[None, sample, :few], np.abs(scene.q[None, sample, None] - moved), np.inf)
    return np.asarray((apart.min(axis=2) <= GATE_M).sum(axis=1) >= _SAMPLE_SHARE * len(sample))


def _levels(reports: Sequence[TrackReport]) -> Floats:
    return np.array([np.nan if one.pressure_altitude_m is None else one.pressure_altitude_m for one in reports])


def _place(report: TrackReport) -> Place:
    nan = float("nan")
    return Place(
        report.latitude_deg,
        report.longitude_deg,
        nan if report.east_mps is None else report.east_mps,
        nan if report.north_mps is None else report.north_mps,
        nan if report.pressure_altitude_m is None else report.pressure_altitude_m,
        nan if report.ellipsoid_altitude_m is None else report.ellipsoid_altitude_m,
    )
