"""GeoJSON (RFC 7946) areas: polygons, lines with a half-width and points with a radius, with heights and times.

Coordinates are longitude and latitude on WGS84; edges are straight on a map of these. Heights and times stand in the
properties of each feature, since GeoJSON has no names for them: `lower` and `upper` as texts with unit and datum, or
`lower_m`, `upper_m` (or `_ft`) beside `altitude_datum`; `from` and `until` in RFC 3339. Properties of other programs
are left alone.
"""

from __future__ import annotations

from typing import Any

import msgspec

from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.areas import circle_area, corridor, distance_m, open_ring, polygon_area
from steerclear.interfaces.plan_files.chain import volume_of
from steerclear.interfaces.plan_files.common_parts import (
    check_positions,
    check_totals,
    check_vertices,
    read_band,
    read_identities,
    read_kind,
    read_priority,
    read_title,
    read_window,
    vertex_count,
)
from steerclear.interfaces.plan_files.coordinates import latitude_deg, longitude_deg
from steerclear.interfaces.plan_files.defaults import (
    Assumptions,
    PlanDefaults,
    read_half_width,
    read_radius,
    with_default,
)
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.fields import Fields
from steerclear.interfaces.plan_files.json_text import parse_json
from steerclear.interfaces.plan_files.map_edges import MapLine, follow_map, without_polar_spikes
from steerclear.interfaces.plan_files.quantities import shown
from steerclear.interfaces.plan_files.readers import number, text, title
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.track import Identity
from steerclear.model.vocabulary import AircraftKind
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D

GEOMETRIES = ("Point", "LineString", "Polygon", "MultiPolygon", "MultiLineString", "MultiPoint", "GeometryCollection")
_WIDEST_RING = 1.1
"""The vertices of a circle written as a polygon lie no farther out, as a part of its radius."""


class Feature(msgspec.Struct, frozen=True):
    """What one feature says of the plan as a whole, and its volumes."""

    title: str | None
    priority: int
    kind: AircraftKind
    identities: tuple[Identity, ...]
    volumes: tuple[Volume4D, ...]


def looks_like_geojson(value: Any) -> bool:
    """Whether a JSON value is a GeoJSON object."""
    return isinstance(value, dict) and value.get("type") in ("FeatureCollection", "Feature", *GEOMETRIES)


def decode_geojson(data: bytes, defaults: PlanDefaults) -> PlanDraft:
    """The plan of a GeoJSON text. Raises PlanFileError with feature and field."""
    # Each position is a list; those around them are few.
    check_positions(data.count(b"["), "a GeoJSON file")
    return draft_of_geojson(parse_json(data), defaults)


def draft_of_geojson(value: Any, defaults: PlanDefaults) -> PlanDraft:
    """The plan of a parsed object. Raises PlanFileError with feature and field."""
    assume = Assumptions()
    root = Fields(value)
    name = next((found for found in (root.optional(key, title) for key in ("title", "name")) if found), None)
    kind = root.take("type", text)
    if "crs" in value:
        raise root.fail("crs", "another coordinate system: RFC 7946 knows only longitude and latitude on WGS84")
    if kind == "FeatureCollection":
        members = root.several("features", limits.MAX_FEATURES)
        features: list[Feature] = []
        vertices = 0
        for index, each in enumerate(members):
            if not _is_finding(each, assume):
                features.append(_feature(root.below("features", index, each), defaults, assume))
                vertices += sum(map(vertex_count, features[-1].volumes))
                check_vertices(vertices)
        if not features:
            raise root.fail("features", "holds findings only, no area")
    elif kind == "Feature":
        features = [_feature(Fields(value), defaults, assume)]
    elif kind in GEOMETRIES:
        features = [_feature(Fields({"type": "Feature", "geometry": value, "properties": {}}), defaults, assume)]
    else:
        raise root.fail("type", f"{shown(kind)} is not FeatureCollection, Feature or a geometry")
    for index, each in enumerate(features):
        if (each.priority, each.kind) != (features[0].priority, features[0].kind):
            raise PlanFileError(
                f"features[{index}].properties",
                "differs from features[0] in priority or aircraft; one plan has one of each, so split the file",
            )
    volumes = tuple(volume for each in features for volume in each.volumes)
    name = name or next((each.title for each in features if each.title), None)
    return check_totals(
        PlanDraft(
            title=read_title(name, defaults, assume, "GeoJSON plan"),
            volumes=volumes,
            priority=features[0].priority,
            kind=features[0].kind,
            identities=tuple(dict.fromkeys(identity for each in features for identity in each.identities)),
            source=f"GeoJSON with {len(features)} feature{'' if len(features) == 1 else 's'}",
            assumptions=assume.taken(),
        )
    )


def _is_finding(value: Any, assume: Assumptions) -> bool:
    """Whether a feature is a finding that was written beside a plan: a remark about it, not a part of it."""
    properties = value.get("properties") if isinstance(value, dict) else None
    found = isinstance(properties, dict) and properties.get("role") == "finding"
    if found:
        assume.say("findings in the file are left out: they are remarks about a plan, not a part of it")
    return found


def _feature(fields: Fields, defaults: PlanDefaults, assume: Assumptions) -> Feature:
    kind = fields.take("type", text)
    if kind != "Feature":
        raise fields.fail("type", f"{shown(kind)} is not Feature")
    if not fields.has("geometry"):
        raise fields.fail("geometry", "is missing; a feature without a place is no part of a plan")
    geometry = fields.child("geometry")
    properties = fields.child("properties") if fields.has("properties") else Fields({}, fields.place + ".properties")
    band = read_band(properties, defaults, assume)
    window = read_window(properties, defaults, assume)
    areas = _areas(geometry, properties, defaults, assume)
    names = [properties.optional(key, title) for key in ("title", "name")]
    return Feature(
        title=next((found for found in names if found), None),
        priority=read_priority(properties, defaults, assume),
        kind=read_kind(properties, defaults, assume),
        identities=read_identities(properties),
        volumes=tuple(volume_of(area, band, *window) for area in areas),
    )


def _areas(
    geometry: Fields, properties: Fields, defaults: PlanDefaults, assume: Assumptions
) -> tuple[CircleArea | PolygonArea, ...]:
    kind = geometry.take("type", text)
    place = f"{geometry.place}.coordinates" if geometry.place else "coordinates"
    if kind == "Point":
        point = _position(geometry.take("coordinates", _list), place, assume)
        return (circle_area(point, _metres(properties, "radius", read_radius, defaults.radius_m, assume), place),)
    if kind == "LineString":
        points = _positions(geometry.take("coordinates", _list), place, assume)
        half_width_m = _metres(properties, "half_width", read_half_width, defaults.half_width_m, assume)
        if len(points) < 2:
            raise PlanFileError(place, "a line needs two positions or more")
        # What the line may lie off is added to the half-width; fewer pieces are worth some of it.
        near_m = max(limits.EDGE_TOLERANCE_M, half_width_m / 50.0)
        line = follow_map(points, place, closed=False, at_most=limits.MAX_WAYPOINTS, tolerance_m=near_m)
        _say(line, assume)
        return corridor(line.points, half_width_m + line.apart_m, place)
    if kind in ("Polygon", "MultiPolygon"):
        alone = kind == "Polygon"
        members = (
            [geometry.take("coordinates", _list)] if alone else geometry.several("coordinates", limits.MAX_VOLUMES)
        )
        rings = {
            f"{place}[0]" if alone else f"{place}[{index}][0]": _outer_ring(
                each, place, assume, index=None if alone else index
            )
            for index, each in enumerate(members)
        }
        if properties.has("circle"):
            return (_circle(properties.child("circle"), rings),)
        return tuple(_polygon(ring, where, assume) for where, ring in rings.items())
    raise geometry.fail("type", f"{shown(kind)} is not Point, LineString, Polygon or MultiPolygon")


def _metres(properties: Fields, key: str, read: Any, default: float | None, assume: Assumptions) -> float:
    """A length: a text with its unit under a key, or a number under the key with `_m`."""
    if properties.has(f"{key}_m"):
        most = limits.MAX_RADIUS_M if key == "radius" else limits.MAX_HALF_WIDTH_M
        return properties.take(f"{key}_m", number(0.01, most))
    return with_default(properties, key, read, default, assume, "m")


def _outer_ring(value: Any, place: str, assume: Assumptions, *, index: int | None) -> list[Position]:
    """The vertices of a polygon's outer ring."""
    place = place if index is None else f"{place}[{index}]"
    try:
        rings = _list(value)
    except ValueError as fault:
        raise PlanFileError(place, str(fault)) from None
    if not rings:
        raise PlanFileError(place, "has no ring")
    if len(rings) > 1:
        assume.say("holes in polygons are filled: what they leave out belongs to the plan as well")
    return open_ring(_positions(rings[0], f"{place}[0]", assume), f"{place}[0]")


def _polygon(ring: list[Position], place: str, assume: Assumptions) -> PolygonArea:
    line = follow_map(ring, place, closed=True)
    _say(line, assume)
    try:
        return polygon_area(without_polar_spikes(line.points), place)
    except PlanFileError:
        # What is wrong is better told by the numbers of the file's own vertices, where these show it too.
        polygon_area(ring, place)
        raise


def _circle(fields: Fields, rings: dict[str, list[Position]]) -> CircleArea:
    """The circle that polygons stand for, if they really are around it; by the antimeridian they may be two."""
    centre = _position(fields.take("centre", _list), f"{fields.place}.centre", Assumptions())
    radius_m = fields.take("radius_m", number(0.01, limits.MAX_RADIUS_M))
    for place, ring in rings.items():
        for index, each in enumerate(ring):
            # A map is closed over a pole by points at it, which are no part of the edge.
            if (
                abs(each.latitude_deg) != 90.0
                and not radius_m <= distance_m(centre, each) <= radius_m * _WIDEST_RING + 1.0
            ):
                raise PlanFileError(
                    f"{place}[{index}]", "does not lie around the circle that the properties name; keep one of the two"
                )
    return circle_area(centre, radius_m, fields.place)


def _say(line: MapLine, assume: Assumptions) -> None:
    if line.added:
        assume.say(
            "edges are straight on a map of longitude and latitude, as RFC 7946 says; points were added so that the"
            f" shortest paths between them stay within {max(line.apart_m, limits.EDGE_TOLERANCE_M):.2f} m of that"
        )
    if line.across:
        assume.say("an edge over more than 180° of longitude is taken the short way, across the antimeridian")


def _positions(value: Any, place: str, assume: Assumptions) -> list[Position]:
    if not isinstance(value, list):
        raise PlanFileError(place, f"{shown(value)} is not a list of positions")
    if len(value) > limits.MAX_VERTICES + 1:
        raise PlanFileError(place, f"has {len(value):,} positions; at most {limits.MAX_VERTICES:,} are allowed")
    return [_position(each, f"{place}[{index}]", assume) for index, each in enumerate(value)]


def _position(value: Any, place: str, assume: Assumptions) -> Position:
    if not isinstance(value, list) or not 2 <= len(value) <= 4:
        raise PlanFileError(place, f"{shown(value)} is not a [longitude, latitude] pair")
    if len(value) > 2:
        assume.say("heights in the coordinates are not used: lower and upper say how high the volume is")
    try:
        return Position(longitude_deg=longitude_deg(value[0]), latitude_deg=latitude_deg(value[1]))
    except ValueError as fault:
        raise PlanFileError(place, str(fault)) from None


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{shown(value)} is not a list")
    return value
