"""Two sources compared by the aircraft that both see: whether one shows them where the other has them, or how not.

Frame: east-north at the site of the source that is judged, where it is known, else at the middle of the traffic; places
are at the ellipsoid's surface, projected upright onto the plane. Units: metres, degrees, m/s.
Bounds: a radar's rotation about its site is a rotation of this frame but for the ellipsoid's flattening, below 1 m in
100 km; a displacement is the same all over the frame to 0.5 % within 600 km.
Altitudes are compared only in one datum, by the median of the differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.tactical.flat_frame import Frame, middle_of
from steerclear.tactical.limits import MAX_ALIGNED_M
from steerclear.tactical.misfit import Complexes, Misfit, fit
from steerclear.tactical.sightings import Pair
from steerclear.tactical.terms import AlignmentTerms

Floats = NDArray[np.float64]

_SIGMAS: Final = 3.0
_NORMAL_MAD: Final = 1.4826
_ALTITUDE_FLOOR_M: Final = 10.0
_SURE: Final = 2.0
"""A figure is one when it is so many times its stated uncertainty."""
_NEAR_CENTRES: Final = 3.0
"""The place about which all is turned is told when it is within so many times the traffic's own extent."""


class Verdict(StrEnum):
    """What a comparison says."""

    AGREES = "agrees"
    OFF = "off"
    NOT_KNOWN = "not_known"


class Comparison(NamedTuple):
    """One source against known traffic; figures are None where they are not known."""

    verdict: Verdict
    why: str
    """Where not known: what is missing."""
    aircraft: int
    used: int
    apart_m: float | None = None
    """Half of the aircraft are within this of where the known traffic is."""
    misfit: Misfit | None = None
    centre_deg: tuple[float, float] | None = None
    """Latitude and longitude of the place about which all is turned; the site where it is known."""
    altitude_off_m: float | None = None
    altitude_pm_m: float | None = None
    rotated: bool = False
    displaced: bool = False
    late: bool = False
    high_or_low: bool = False
    at_site: bool = False
    """The frame's origin is the source's own site."""


def compare(pairs: Sequence[Pair], terms: AlignmentTerms, site_deg: tuple[float, float] | None) -> Comparison:
    """Judge the second source of the pairs against the first; `site_deg` is the second's site, if it is known."""
    if len(pairs) < terms.min_aircraft:
        return Comparison(Verdict.NOT_KNOWN, _too_few(len(pairs), terms), len(pairs), 0)
    frame = Frame(
        site_deg or middle_of([pair.first.latitude_deg for pair in pairs], [pair.first.longitude_deg for pair in pairs])
    )
    known, seen, velocity = _rows(frame, pairs)
    near = (np.abs(known) <= MAX_ALIGNED_M) & (np.abs(seen) <= MAX_ALIGNED_M)
    count = int(near.sum())
    if count < terms.min_aircraft:
        return Comparison(Verdict.NOT_KNOWN, _too_few(count, terms), count, 0)
    known, seen, velocity = known[near], seen[near], velocity[near]
    misfit = fit(known, seen, velocity, at_site=site_deg is not None)
    apart_m = float(np.median(np.abs(seen - known)))
    altitude = _altitude([pair for pair, close in zip(pairs, near.tolist(), strict=True) if close], terms)
    off = _off(misfit, altitude, terms)
    if not any(off):
        doubt = _doubt(misfit, terms)
        if doubt:
            why = f"it may be {doubt}, which is not certain on {count} aircraft"
            return Comparison(Verdict.NOT_KNOWN, why, count, 0, apart_m, None, None, *altitude)
        allowed_m = terms.displaced_caution_m + terms.late_caution_s * float(np.median(np.abs(velocity)))
        agree = apart_m <= allowed_m
        verdict = Verdict.AGREES if agree else Verdict.NOT_KNOWN
        why = "" if agree else f"{count} aircraft in common are not where both see them, and no one shift explains it"
        used = misfit.used if misfit is not None and agree else 0
        return Comparison(verdict, why, count, used, apart_m, misfit if agree else None, None, *altitude)
    centre = _centre(misfit, known, frame) if off[0] and site_deg is None else (site_deg if off[0] else None)
    used = misfit.used if misfit is not None else count
    at_site = site_deg is not None
    return Comparison(Verdict.OFF, "", count, used, apart_m, misfit, centre, *altitude, *off, at_site)


def _too_few(count: int, terms: AlignmentTerms) -> str:
    seen = f"only {count} aircraft are" if count > 1 else "one aircraft is" if count else "no aircraft is"
    return f"{seen} seen by both, {terms.min_aircraft} are needed"


def _off(
    misfit: Misfit | None, altitude: tuple[float | None, float | None], terms: AlignmentTerms
) -> tuple[bool, bool, bool, bool]:
    """Which of rotation, displacement, delay and altitude are out of alignment, for certain."""
    off_m, pm_m = altitude
    high_or_low = off_m is not None and pm_m is not None and _counts(off_m, pm_m, terms.altitude_caution_m)
    if (
        misfit is None
        or misfit.used < terms.min_aircraft
        or misfit.used < terms.min_share * misfit.rows
        or misfit.scatter_m > terms.max_scatter_m
    ):
        return False, False, False, high_or_low
    return (
        _counts(misfit.rotation_deg, misfit.rotation_pm_deg, terms.rotation_caution_deg),
        _counts(abs(misfit.displaced), misfit.displaced_pm_m, terms.displaced_caution_m),
        _counts(misfit.late_s, misfit.late_pm_s, terms.late_caution_s),
        high_or_low,
    )


def _doubt(misfit: Misfit | None, terms: AlignmentTerms) -> str:
    """What would count if it were more certain; empty where nothing is."""
    if misfit is None or misfit.used < terms.min_share * misfit.rows:
        return ""
    for value, uncertainty, caution, word in (
        (misfit.rotation_deg, misfit.rotation_pm_deg, terms.rotation_caution_deg, "rotated"),
        (abs(misfit.displaced), misfit.displaced_pm_m, terms.displaced_caution_m, "displaced"),
        (misfit.late_s, misfit.late_pm_s, terms.late_caution_s, "late"),
    ):
        if abs(value) >= max(caution, uncertainty):
            return word
    return ""


def _counts(value: float, uncertainty: float, caution: float) -> bool:
    return abs(value) >= max(caution, _SURE * uncertainty)


def _altitude(pairs: Sequence[Pair], terms: AlignmentTerms) -> tuple[float | None, float | None]:
    """The median difference in the datum in which most aircraft have one, and three sigma of it."""
    differences = np.array(
        [(two.pressure_m - one.pressure_m, two.ellipsoid_m - one.ellipsoid_m) for _, one, two in pairs]
    )
    known = ~np.isnan(differences)
    datum = int(known[:, 1].sum() > known[:, 0].sum())
    column = differences[known[:, datum], datum]
    if len(column) < terms.min_aircraft:
        return None, None
    middle = float(np.median(column))
    spread = _NORMAL_MAD * float(np.median(np.abs(column - middle)))
    # The median of n varies by sqrt(pi / 2 n) standard deviations.
    deviation = max(spread, _ALTITUDE_FLOOR_M) * sqrt(np.pi / 2.0 / len(column)) * (1.0 + 4.0 / len(column))
    return middle, _SIGMAS * deviation


def _centre(misfit: Misfit | None, known: Complexes, frame: Frame) -> tuple[float, float] | None:
    point = None if misfit is None else misfit.fixed_point
    if point is None or abs(point) > _NEAR_CENTRES * max(float(np.abs(known).max()), 1.0):
        return None
    return frame.place(point)


def _rows(frame: Frame, pairs: Sequence[Pair]) -> tuple[Complexes, Complexes, Complexes]:
    """Known places, seen places and known velocities."""
    first, second = [pair.first for pair in pairs], [pair.second for pair in pairs]
    return frame.points(first), frame.points(second), frame.velocities(first)
