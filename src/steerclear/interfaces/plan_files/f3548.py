"""ASTM F3548-21 JSON: operational intents, their details, constraints, requests to a DSS, or a bare list of volumes.

Field names and units are those of the standard's OpenAPI: heights in metres (`M`) above the WGS84 ellipsoid (`W84`),
radii in metres, times in RFC 3339 with `Z`. Unknown fields are ignored, as the standard says.
"""

from __future__ import annotations

from typing import Any

from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.areas import circle_area, polygon_area
from steerclear.interfaces.plan_files.chain import volume_of
from steerclear.interfaces.plan_files.common_parts import (
    check_positions,
    check_totals,
    check_window,
    read_kind,
    read_title,
)
from steerclear.interfaces.plan_files.coordinates import latitude_deg, longitude_deg
from steerclear.interfaces.plan_files.defaults import Assumptions, PlanDefaults
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.fields import Fields
from steerclear.interfaces.plan_files.json_text import parse_json
from steerclear.interfaces.plan_files.levels import Level, checked_band
from steerclear.interfaces.plan_files.quantities import shown
from steerclear.interfaces.plan_files.readers import moment_s, moment_text, number, text, whole
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D

_WRAPPERS = ("operational_intent", "constraint")
_DETAILS = ("volumes", "off_nominal_volumes")


def looks_like_f3548(value: Any) -> bool:
    """Whether a JSON value is one of the objects read here."""
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], dict) and "volume" in value[0]
    known = {*_WRAPPERS, *_DETAILS, "details", "extents", "volume"}
    return isinstance(value, dict) and not known.isdisjoint(value)


def decode_f3548(data: bytes, defaults: PlanDefaults) -> PlanDraft:
    """The plan of an F3548-21 object. Raises PlanFileError with the path of the field."""
    check_positions(data.count(b'"lat"'), "an F3548-21 object")
    return draft_of_f3548(parse_json(data), defaults)


def draft_of_f3548(value: Any, defaults: PlanDefaults) -> PlanDraft:
    """The plan of a parsed object. Raises PlanFileError with the path of the field."""
    assume = Assumptions()
    if isinstance(value, list):
        root, what = Fields({"volumes": value}), "list of volumes"
    else:
        root, what = Fields(value), "details"
        if root.has("volume"):
            root, what = Fields({"volumes": [value]}), "one volume"
    for wrapper in _WRAPPERS:
        if root.has(wrapper):
            root, what = root.child(wrapper), wrapper.replace("_", " ")
    reference = root.child("reference") if root.has("reference") else None
    if root.has("details"):
        root = root.child("details")
    name = None if reference is None or not reference.has("id") else reference.take("id", text)[:64]
    if root.has("extents"):
        what = "extents of a request to a DSS"
        volumes = _volumes(root, "extents", defaults, assume)
        off_nominal: tuple[Volume4D, ...] = ()
        assume.say("the extents of a request bound the plan; its own volumes may be smaller")
    else:
        volumes = _volumes(root, "volumes", defaults, assume)
        off_nominal = _volumes(root, "off_nominal_volumes", defaults, assume)
    count = len(volumes) + len(off_nominal)
    return check_totals(
        PlanDraft(
            title=read_title(None if name is None else f"F3548-21 {name}", defaults, assume, "F3548-21 plan"),
            volumes=volumes,
            off_nominal_volumes=off_nominal,
            priority=root.optional("priority", whole(-(2**31), 2**31 - 1)) or 0,
            kind=read_kind(Fields({}), defaults, assume),
            source=f"F3548-21 {what} with {count} volume{'' if count == 1 else 's'}",
            assumptions=assume.taken(),
        )
    )


def _volumes(root: Fields, key: str, defaults: PlanDefaults, assume: Assumptions) -> tuple[Volume4D, ...]:
    if not root.has(key):
        return ()
    values = root.several(key, limits.MAX_VOLUMES, 0)
    return tuple(_volume(root.below(key, index, value), defaults, assume) for index, value in enumerate(values))


def _volume(fields: Fields, defaults: PlanDefaults, assume: Assumptions) -> Volume4D:
    inner = fields.child("volume")
    circle, polygon = inner.has("outline_circle"), inner.has("outline_polygon")
    if circle == polygon:
        raise inner.fail("", "needs exactly one of outline_circle and outline_polygon")
    area = _circle(inner.child("outline_circle")) if circle else _polygon(inner.child("outline_polygon"))
    lower = _altitude(inner.child("altitude_lower")) if inner.has("altitude_lower") else None
    upper = _altitude(inner.child("altitude_upper")) if inner.has("altitude_upper") else None
    try:
        band = checked_band(lower, upper)
    except ValueError as fault:
        raise inner.fail("altitude_upper", str(fault)) from None
    if lower is None:
        assume.say("a volume without altitude_lower begins at the ground")
    if upper is None:
        assume.say("a volume without altitude_upper has no upper bound")
    from_s = _time(fields, "time_start", defaults.from_s, assume)
    until_s = _time(fields, "time_end", defaults.until_s, assume)
    check_window(from_s, until_s, fields)
    return volume_of(area, band, from_s, until_s)


def _time(fields: Fields, key: str, default: float | None, assume: Assumptions) -> float:
    if not fields.has(key):
        if default is None:
            raise fields.fail(key, "is missing; without it nobody knows when the volume holds")
        assume.from_defaults(key, moment_text(default))
        return default
    time = fields.child(key)
    time.take("format", _only("RFC3339"))
    return time.take("value", _utc)


def _utc(value: Any) -> float:
    if not text(value).endswith("Z"):
        raise ValueError(f"{shown(value)} is not in UTC with a final Z, as the standard demands")
    return moment_s(value)


def _only(word: str) -> Any:
    def read(value: Any) -> str:
        if value != word:
            raise ValueError(f"{shown(value)} is not {word!r}, the only one that the standard knows")
        return word

    return read


def _altitude(fields: Fields) -> Level:
    fields.take("units", _only("M"))
    fields.take("reference", _only("W84"))
    return Level(fields.take("value", number(limits.MIN_HEIGHT_M, limits.MAX_HEIGHT_M)), AltitudeDatum.ELLIPSOID)


def _point(fields: Fields) -> Position:
    return Position(latitude_deg=fields.take("lat", latitude_deg), longitude_deg=fields.take("lng", longitude_deg))


def _circle(fields: Fields) -> CircleArea:
    centre = _point(fields.child("center"))
    radius = fields.child("radius")
    radius.take("units", _only("M"))
    radius_m = radius.take("value", number(0.0, limits.MAX_RADIUS_M))
    if radius_m <= 0.0:
        raise radius.fail("value", "is not above 0")
    return circle_area(centre, radius_m, radius.place)


def _polygon(fields: Fields) -> PolygonArea:
    values = fields.several("vertices", limits.MAX_VERTICES, 3)
    vertices = [_point(fields.below("vertices", index, value)) for index, value in enumerate(values)]
    if vertices[0] == vertices[-1]:
        raise PlanFileError(f"{fields.place}.vertices", "repeats its first vertex at the end; the edge back is implied")
    return polygon_area(vertices, f"{fields.place}.vertices")
