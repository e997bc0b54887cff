"""Orbit files: a circle or a racetrack flown for a time, in TOML; docs/plan-files.md shows one.

A racetrack is two straight sides along `track`, `leg` long, joined by half circles of `radius`, around `centre`. The
volume contains what lies inside as well: an aircraft that turns back early stays in it.
"""

from __future__ import annotations

from typing import Any

from steerclear.geodesy.capsules import capsules
from steerclear.geodesy.paths import destination
from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.areas import circle_area
from steerclear.interfaces.plan_files.chain import positions_of, volume_of
from steerclear.interfaces.plan_files.common_parts import read_band, read_heading, read_window
from steerclear.interfaces.plan_files.coordinates import position
from steerclear.interfaces.plan_files.defaults import (
    Assumptions,
    PlanDefaults,
    read_half_width,
    read_radius,
    read_vertical,
    with_default,
)
from steerclear.interfaces.plan_files.fields import Fields
from steerclear.interfaces.plan_files.levels import Band, around, level
from steerclear.interfaces.plan_files.quantities import LENGTHS_M, quantity
from steerclear.interfaces.plan_files.readers import number
from steerclear.interfaces.plan_files.route_file import word_is
from steerclear.interfaces.plan_files.toml_text import parse_toml
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.volumes import CircleArea, PolygonArea

_read_leg: Any = quantity(LENGTHS_M, 1.0, limits.LONGEST_PIECE_M)


def decode_orbit(data: bytes, defaults: PlanDefaults) -> PlanDraft:
    """The plan of an orbit file. Raises PlanFileError with key and line."""
    fields, assume = parse_toml(data), Assumptions()
    fields.take("format", word_is("orbit"))
    name, priority, kind, identities = read_heading(fields, defaults, assume, "Orbit")
    area = _area(fields, defaults, assume)
    band = _band(fields, defaults, assume)
    window = read_window(fields, defaults, assume)
    fields.nothing_left()
    shape = "circle" if isinstance(area, CircleArea) else "racetrack"
    return PlanDraft(
        title=name,
        volumes=(volume_of(area, band, *window),),
        priority=priority,
        kind=kind,
        identities=identities,
        source=f"orbit file with a {shape}",
        assumptions=assume.taken(),
    )


def _area(fields: Fields, defaults: PlanDefaults, assume: Assumptions) -> CircleArea | PolygonArea:
    centre = fields.take("centre", position)
    radius_m = fields.take("radius", read_radius)
    if fields.has("half_width") or defaults.half_width_m is not None:
        half_width_m = with_default(fields, "half_width", read_half_width, defaults.half_width_m, assume, "m")
    else:
        half_width_m = 0.0
        assume.say("half_width is 0 m: the aircraft stays within the radius")
    reach_m = radius_m + half_width_m
    if not fields.has("track") and not fields.has("leg"):
        return circle_area(centre, reach_m, "radius")
    track_deg, leg_m = fields.take("track", number(0.0, 360.0)), fields.take("leg", _read_leg)
    if reach_m > limits.MAX_HALF_WIDTH_M:
        raise fields.fail("radius", f"is too wide for a racetrack; at most {limits.MAX_HALF_WIDTH_M:,.0f} m")
    at = (centre.latitude_deg, centre.longitude_deg)
    begin = destination(*at, track_deg + 180.0, leg_m / 2.0)
    end = destination(*at, track_deg, leg_m / 2.0)
    return PolygonArea(vertices=positions_of(*capsules(*begin, *end, reach_m)))


def _band(fields: Fields, defaults: PlanDefaults, assume: Assumptions) -> Band:
    if not fields.has("level"):
        return read_band(fields, defaults, assume)
    if fields.has("lower") or fields.has("upper"):
        raise fields.fail("level", "stands beside lower or upper; write either a level or both bounds")
    at = fields.take("level", level)
    return around(
        at, with_default(fields, "vertical_half_width", read_vertical, defaults.vertical_half_width_m, assume, "m")
    )
