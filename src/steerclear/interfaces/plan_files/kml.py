"""KML areas: Placemarks with polygons, lines with a half-width and points with a radius; docs/plan-files.md shows one.

`absolute` heights are metres above mean sea level (the EGM96 geoid). Heights above ground need terrain data, which is
not there, so they are refused unless the Placemark says `lower` and `upper` in its ExtendedData, in the words of
GeoJSON plans; so are half-widths and radii. Times are those of the nearest TimeSpan. Nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.areas import circle_area, corridor, open_ring, polygon_area
from steerclear.interfaces.plan_files.chain import volume_of
from steerclear.interfaces.plan_files.common_parts import (
    check_positions,
    check_totals,
    read_band,
    read_identities,
    read_kind,
    read_priority,
    read_title,
    read_window,
)
from steerclear.interfaces.plan_files.coordinates import latitude_deg, longitude_deg
from steerclear.interfaces.plan_files.defaults import (
    Assumptions,
    PlanDefaults,
    read_half_width,
    read_radius,
    read_vertical,
    with_default,
)
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.fields import Fields
from steerclear.interfaces.plan_files.kml_text import Element, parse_kml
from steerclear.interfaces.plan_files.levels import Band, Level, checked_band
from steerclear.interfaces.plan_files.quantities import shown
from steerclear.interfaces.plan_files.readers import finite, title
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D

_SHAPES: Final = ("Polygon", "LineString", "LinearRing", "Point")
_UNREADABLE: Final = {
    "NetworkLink": "points to another file; open that file instead",
    "Track": "is a recorded track, not a plan",
    "MultiTrack": "is a recorded track, not a plan",
    "Model": "is a model of a building or vehicle, not an area",
}
_PICTURES: Final = ("GroundOverlay", "PhotoOverlay", "ScreenOverlay")


def decode_kml(data: bytes, defaults: PlanDefaults) -> PlanDraft:
    """The plan of a KML document. Raises PlanFileError with line and element."""
    root, assume = parse_kml(data), Assumptions()
    check_positions(data.count(b",") // 2, "a KML file")
    placemarks = list(_placemarks(root, None, assume))
    if len(placemarks) > limits.MAX_FEATURES:
        raise PlanFileError(
            placemarks[limits.MAX_FEATURES][0].place, f"is one of more than {limits.MAX_FEATURES:,} Placemarks"
        )
    if not placemarks:
        raise PlanFileError(root.place, "has no Placemark")
    volumes: list[Volume4D] = []
    heads = []
    for placemark, span in placemarks:
        fields = _extended(placemark)
        volumes += _volumes(placemark, span, fields, defaults, assume)
        heads.append((read_priority(fields, defaults, assume), read_kind(fields, defaults, assume)))
        if heads[-1] != heads[0]:
            raise PlanFileError(
                placemark.place, "differs from the first Placemark in priority or aircraft; one plan has one of each"
            )
    return check_totals(
        PlanDraft(
            title=read_title(_name(root, placemarks[0][0]), defaults, assume, "KML plan"),
            volumes=tuple(volumes),
            priority=heads[0][0],
            kind=heads[0][1],
            identities=read_identities(Fields({})),
            source=f"KML with {len(placemarks)} Placemark{'' if len(placemarks) == 1 else 's'}",
            assumptions=assume.taken(),
        )
    )


def _name(root: Element, placemark: Element) -> str | None:
    document = root.child("Document") or root.child("Folder")
    for element in (document, placemark):
        name = None if element is None else element.text_of("name")
        if name and title(name):
            return title(name)
    return None


def _placemarks(
    element: Element, span: Element | None, assume: Assumptions
) -> Iterator[tuple[Element, Element | None]]:
    """The Placemarks below an element, each with the TimeSpan nearest to it."""
    span = element.child("TimeSpan") or span
    for each in element.children:
        if each.name in _UNREADABLE:
            raise PlanFileError(each.place, _UNREADABLE[each.name])
        if each.name in _PICTURES:
            assume.say("pictures laid over the map are left out")
        elif each.name == "Placemark":
            yield each, each.child("TimeSpan") or span
        elif each.name in ("Document", "Folder"):
            yield from _placemarks(each, span, assume)


def _extended(placemark: Element) -> Fields:
    """The names and values that a Placemark carries beside its geometry."""
    values: dict[str, object] = {}
    holder = placemark.child("ExtendedData")
    if holder is not None:
        rows = [(each, each.text_of("value") or "") for each in holder.all("Data")]
        for schema in holder.all("SchemaData"):
            rows += [(each, each.text) for each in schema.all("SimpleData")]
        for each, value in rows:
            name = each.attributes.get("name", "")
            if name in values:
                raise PlanFileError(each.place, f"{shown(name)} is there twice; keep one")
            if value:
                values[name] = int(value) if name == "priority" and value.isdecimal() and len(value) < 10 else value
    return Fields(values, placemark.place)


def _volumes(
    placemark: Element, span: Element | None, fields: Fields, defaults: PlanDefaults, assume: Assumptions
) -> list[Volume4D]:
    shapes = list(_shapes(placemark))
    if not shapes:
        raise PlanFileError(placemark.place, f"has no {', '.join(_SHAPES[:2])} or {_SHAPES[-1]}")
    said = fields.has("lower") or fields.has("upper")
    band = read_band(fields, defaults, assume) if said else None
    half_m = None
    if not said and fields.has("vertical_half_width"):
        half_m = fields.take("vertical_half_width", read_vertical)
    window = read_window(_times(placemark, span), defaults, assume)
    found = []
    for shape in shapes:
        areas, heights_m = _areas(shape, fields, defaults, assume)
        its_band = band or _band(shape, heights_m, half_m, defaults, assume)
        found += [volume_of(area, its_band, *window) for area in areas]
    return found


def _shapes(element: Element) -> Iterator[Element]:
    for each in element.children:
        if each.name in _UNREADABLE:
            raise PlanFileError(each.place, _UNREADABLE[each.name])
        if each.name in _SHAPES:
            yield each
        elif each.name == "MultiGeometry":
            yield from _shapes(each)


def _times(placemark: Element, span: Element | None) -> Fields:
    if span is None:
        if placemark.child("TimeStamp") is not None:
            raise PlanFileError(placemark.place, "has a TimeStamp, one moment; a plan needs a TimeSpan, begin and end")
        return Fields({}, placemark.place)
    values = {"from": span.text_of("begin"), "until": span.text_of("end")}
    return Fields({name: value for name, value in values.items() if value}, span.place)


def _band(
    shape: Element, heights_m: list[float | None], half_m: float | None, defaults: PlanDefaults, assume: Assumptions
) -> Band:
    mode = shape.text_of("altitudeMode") or "clampToGround"
    if mode != "absolute":
        if defaults.band is not None:
            assume.from_defaults("the height", f"{defaults.band.lower or 'the ground'} to {defaults.band.upper}")
            return defaults.band
        why = "has no height" if mode == "clampToGround" else f"has heights as {shown(mode)}, which needs terrain data"
        raise PlanFileError(
            shape.place, f'{why}; add lower and upper to its ExtendedData, for example "GND" and "120 m AMSL"'
        )
    known = [height_m for height_m in heights_m if height_m is not None]
    if len(known) != len(heights_m):
        raise PlanFileError(shape.place, "is absolute, yet not all of its coordinates have a height")
    lowest = Level(min(known), AltitudeDatum.MSL_GEOID)
    highest = Level(max(known), AltitudeDatum.MSL_GEOID)
    half_m = defaults.vertical_half_width_m if half_m is None else half_m
    try:
        if shape.text_of("extrude") in ("1", "true"):
            return checked_band(None, highest)
        if half_m is None:
            if lowest.height_m == highest.height_m:
                raise ValueError("is flat: say extrude 1 (down to the ground), lower and upper, or vertical_half_width")
            return checked_band(lowest, highest)
        return checked_band(
            Level(lowest.height_m - half_m, lowest.datum), Level(highest.height_m + half_m, highest.datum)
        )
    except ValueError as fault:
        raise PlanFileError(shape.place, str(fault)) from None


def _areas(
    shape: Element, fields: Fields, defaults: PlanDefaults, assume: Assumptions
) -> tuple[tuple[CircleArea | PolygonArea, ...], list[float | None]]:
    if shape.name == "Point":
        points, heights_m = _coordinates(shape)
        if len(points) != 1:
            raise PlanFileError(shape.place, f"has {len(points)} positions, not one")
        radius_m = with_default(fields, "radius", read_radius, defaults.radius_m, assume, "m")
        return (circle_area(points[0], radius_m, shape.place),), heights_m
    if shape.name == "LineString":
        points, heights_m = _coordinates(shape)
        half_width_m = with_default(fields, "half_width", read_half_width, defaults.half_width_m, assume, "m")
        return corridor(points, half_width_m, shape.place), heights_m
    if shape.name == "LinearRing":
        ring = shape
    else:
        outer = shape.child("outerBoundaryIs")
        ring = (None if outer is None else outer.child("LinearRing")) or shape
        if shape.child("innerBoundaryIs") is not None:
            assume.say("holes in polygons are filled: what they leave out belongs to the plan as well")
    points, heights_m = _coordinates(ring)
    return (polygon_area(open_ring(points, ring.place), ring.place),), heights_m


def _coordinates(shape: Element) -> tuple[list[Position], list[float | None]]:
    holder = shape.child("coordinates")
    if holder is None:
        raise PlanFileError(shape.place, "has no coordinates")
    words = holder.text.split()
    if len(words) > limits.MAX_VERTICES + 1:
        raise PlanFileError(holder.place, f"has {len(words):,} positions; at most {limits.MAX_VERTICES:,} are allowed")
    points: list[Position] = []
    heights_m: list[float | None] = []
    for index, word in enumerate(words, start=1):
        try:
            numbers = [float(part) for part in word.split(",")] if "_" not in word else []
            if not 2 <= len(numbers) <= 3 or not all(finite(each) for each in numbers):
                raise ValueError(f"{shown(word)} is not longitude,latitude[,height], commas without spaces")
            if len(numbers) == 3 and not limits.MIN_HEIGHT_M <= numbers[2] <= limits.MAX_HEIGHT_M:
                raise ValueError(f"height {numbers[2]:g} m is outside the limits")
            points.append(Position(longitude_deg=longitude_deg(numbers[0]), latitude_deg=latitude_deg(numbers[1])))
        except ValueError as fault:
            reason = str(fault)
            if reason.startswith("could not convert"):
                reason = f"{shown(word)} is not longitude,latitude[,height] in numbers"
            raise PlanFileError(f"{holder.place}, position {index}", reason) from None
        heights_m.append(numbers[2] if len(numbers) == 3 else None)
    return points, heights_m
