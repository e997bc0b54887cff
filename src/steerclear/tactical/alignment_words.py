"""A source's alignment in words for a person: what is wrong, by how much, how surely, and what not to do until then."""

from __future__ import annotations

from math import atan2, ceil, degrees

from steerclear.geodesy.compass import compass_point
from steerclear.geodesy.units import FT_M, NM_M
from steerclear.tactical.comparison import Comparison, Verdict
from steerclear.tactical.consensus import Finding


def reason_of(source: str, finding: Finding) -> str:
    """The sentence of an alert about a source that is off."""
    seen = finding.comparison
    if seen is None:
        return f"{source} is out of alignment"
    others = _named(finding.against)
    count = f"seen on {seen.used} aircraft"
    if finding.disputed:
        return (
            f"{source} and {others} disagree: {source} shows traffic {shown(seen)}, {count}; which of them is off is"
            " not known: do not identify aircraft by either until one is realigned"
        )
    return (
        f"{source} shows traffic {shown(seen)} against {others}, {count};"
        " do not identify aircraft by it until it is realigned"
    )


def shown(seen: Comparison) -> str:
    """How the traffic is shown: "rotated by 105.0 degrees (+-0.1) clockwise about its site"."""
    parts = []
    misfit = seen.misfit
    if misfit is not None and seen.rotated:
        turn = "clockwise" if misfit.rotation_deg >= 0.0 else "counter-clockwise"
        turned = _figure(abs(misfit.rotation_deg), misfit.rotation_pm_deg, "degrees")
        parts.append(f"rotated by {turned} {turn}{_about(seen)}")
    # About a place that is not known, the rotation is all of it.
    explained = seen.rotated and not seen.at_site and seen.centre_deg is not None
    if misfit is not None and seen.displaced and not explained:
        bearing = compass_point(degrees(atan2(misfit.displaced.real, misfit.displaced.imag)) % 360.0)
        parts.append(f"displaced by {_length(abs(misfit.displaced), misfit.displaced_pm_m)} to the {bearing}")
    if misfit is not None and seen.late:
        when = "ago" if misfit.late_s >= 0.0 else "ahead"
        parts.append(f"where it was {_figure(abs(misfit.late_s), misfit.late_pm_s, 's')} {when}")
    if seen.high_or_low and seen.altitude_off_m is not None and seen.altitude_pm_m is not None:
        side = "high" if seen.altitude_off_m >= 0.0 else "low"
        parts.append(f"{abs(seen.altitude_off_m) / FT_M:,.0f} ft (±{seen.altitude_pm_m / FT_M:,.0f}) too {side}")
    return " and ".join(parts)


def health_words(finding: Finding) -> str:
    """One line for the list of sources; what is not known is said so, never left out."""
    seen = finding.comparison
    if finding.verdict is Verdict.NOT_KNOWN or seen is None:
        return f"alignment not known: {finding.why}" if finding.why else "alignment not known"
    if finding.verdict is Verdict.AGREES:
        typical = "" if seen.apart_m is None else f", half of them within {seen.apart_m:,.0f} m"
        late = ""
        if seen.misfit is not None and abs(seen.misfit.late_s) > max(1.0, seen.misfit.late_pm_s):
            side = "later" if seen.misfit.late_s > 0.0 else "earlier"
            late = f", {abs(seen.misfit.late_s):.1f} s {side}"
        return f"agrees with {_named(finding.against)} on {seen.used} aircraft{typical}{late}"
    disputed = " (which of them is off is not known)" if finding.disputed else ""
    return f"OUT OF ALIGNMENT: {shown(seen)} against {_named(finding.against)}, {seen.used} aircraft{disputed}"


def agrees_again(source: str, finding: Finding) -> str:
    """The sentence of the all-clear."""
    used = 0 if finding.comparison is None else finding.comparison.used
    return f"{source} agrees again with {_named(finding.against)} on {used} aircraft"


def _about(seen: Comparison) -> str:
    if seen.at_site:
        return " about its site"
    if seen.centre_deg is None:
        return ""
    latitude, longitude = seen.centre_deg
    return (
        f" about {abs(latitude):.2f}{'N' if latitude >= 0.0 else 'S'}"
        f" {abs(longitude):.2f}{'E' if longitude >= 0.0 else 'W'}"
    )


def _figure(value: float, uncertainty: float, unit: str) -> str:
    """One decimal, the uncertainty rounded up to it."""
    return f"{value:.1f} {unit} (±{max(ceil(uncertainty * 10.0) / 10.0, 0.1):.1f})"


def _length(metres: float, uncertainty_m: float) -> str:
    if metres >= 0.5 * NM_M:
        return f"{metres / NM_M:.1f} NM (±{max(uncertainty_m / NM_M, 0.1):.1f})"
    return f"{metres:.0f} m (±{uncertainty_m:.0f})"


def _named(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "others"
