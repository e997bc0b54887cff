"""Manoeuvres in the words of the cockpit: "turn right to 075 degrees (30 degrees)", "climb to FL340 (2,000 ft)"."""

from __future__ import annotations

from steerclear.geodesy.units import FT_M, KT_MPS
from steerclear.model.advice import ManoeuvreKind
from steerclear.model.track import AltitudeDatum


def manoeuvre_words(kind: ManoeuvreKind, change: float, target: float, datum: AltitudeDatum | None) -> str:
    """What the manoeuvre is; `change` and `target` in the kind's own unit. It is a proposal, not a clearance."""
    up = change >= 0.0
    if kind is ManoeuvreKind.HEADING:
        side = "right" if up else "left"
        return f"turn {side} to {round(target) % 360:03d} degrees ({abs(change):.0f} degrees)"
    if kind is ManoeuvreKind.LEVEL:
        return f"{'climb' if up else 'descend'} to {level_words(target, datum)} ({abs(change) / FT_M:,.0f} ft)"
    if kind is ManoeuvreKind.SPEED:
        verb = "speed up" if up else "slow down"
        return f"{verb} to {target / KT_MPS:.0f} kt over ground ({abs(change) / KT_MPS:.0f} kt)"
    return rate_words(target)


def level_words(altitude_m: float, datum: AltitudeDatum | None) -> str:
    """An altitude with its datum, as `watch` shows it."""
    feet = altitude_m / FT_M
    if datum is AltitudeDatum.PRESSURE_STANDARD and feet >= 0.0:
        return f"FL{round(feet / 100.0):03d}"
    name = {AltitudeDatum.ELLIPSOID: "ellipsoid", AltitudeDatum.MSL_GEOID: "MSL"}.get(datum, "std") if datum else ""
    return f"{feet:,.0f} ft {name}".rstrip()


def rate_words(rate_mps: float) -> str:
    """A vertical speed as something to do."""
    feet = round(rate_mps / FT_M * 60.0 / 10.0) * 10
    if feet == 0:
        return "keep level"
    return f"{'climb' if feet > 0 else 'descend'} at {abs(feet):,} ft/min"
