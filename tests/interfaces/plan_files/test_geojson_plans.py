"""GeoJSON in and out: areas come back as they were, wherever they lie, and maps get what RFC 7946 promises them."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, shape
from shapely.ops import unary_union

from steerclear.geodesy.footprints import polygon_footprint
from steerclear.interfaces.plan_files import PlanFileError, decode_plan, defaults_from_words, plan_geojson
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.intent import Constraint, ConstraintBasis, ConstraintState, IntentState, OperationalIntent
from steerclear.model.plan_check import Finding, FindingKind, Weight
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.separation.overlap import contains
from tests.interfaces.plan_files.oracle import distance_m, onward
from tests.interfaces.plan_files.samples import BEGIN_S, SQUARE, encoded, feature


def read(*features: dict[str, Any], **members: Any) -> Any:
    return decode_plan(encoded({"type": "FeatureCollection", "features": list(features)} | members))


@pytest.mark.requirement("SC-FMT-03")
def test_a_feature_is_read_as_it_says() -> None:
    draft = read(feature(), feature(lower="100 m W84", upper="200 m W84"), title="Two fields")
    assert draft.title == "Two fields"
    first, second = draft.volumes
    assert [(each.latitude_deg, each.longitude_deg) for each in first.area.vertices][:2] == [(46.0, 7.0), (46.0, 7.004)]
    assert (first.lower_m, first.upper_m, first.altitude_datum) == (None, 120.0, AltitudeDatum.MSL_GEOID)
    assert (second.lower_m, second.upper_m, second.altitude_datum) == (100.0, 200.0, AltitudeDatum.ELLIPSOID)
    assert (first.from_s, first.until_s) == (BEGIN_S, BEGIN_S + 3600.0)


@pytest.mark.requirement("SC-FMT-03")
def test_points_lines_and_parts() -> None:
    point = read(feature({"type": "Point", "coordinates": [7.0, 46.0]}, radius="1 NM")).volumes[0]
    assert point.area == CircleArea(centre=Position(latitude_deg=46.0, longitude_deg=7.0), radius_m=1852.0)
    metres = read(feature({"type": "Point", "coordinates": [7.0, 46.0]}, radius_m=500)).volumes[0]
    assert metres.area.radius_m == 500.0
    parts = {"type": "MultiPolygon", "coordinates": [[SQUARE], [[[x + 1.0, y] for x, y in SQUARE]]]}
    assert len(read(feature(parts)).volumes) == 2
    line = read(feature({"type": "LineString", "coordinates": [[7.0, 60.0], [7.5, 60.0]]}, half_width="100 m"))
    # On the map the line runs along the 60th parallel, up to 53 m from the shortest path: all of it must be inside.
    areas = [polygon_footprint(*_axes(each.area)) for each in line.volumes]
    for step in range(51):
        at = (60.0, 7.0 + step / 100.0)
        assert any(contains(area, *at) for area in areas)
        assert any(contains(area, *onward(*at, 0.0, 99.9)) for area in areas)


def _axes(area: PolygonArea) -> tuple[list[float], list[float]]:
    return [each.latitude_deg for each in area.vertices], [each.longitude_deg for each in area.vertices]


@pytest.mark.requirement("SC-FMT-03")
def test_edges_follow_the_straight_lines_of_the_map() -> None:
    """An edge of 100 km along the 46th parallel: the shortest path runs 203 m north of it in the middle."""
    wide = [[7.0, 45.0], [8.291, 45.0], [8.291, 46.0], [7.0, 46.0], [7.0, 45.0]]
    draft = read(feature({"type": "Polygon", "coordinates": [wide]}))
    area = polygon_footprint(*_axes(draft.volumes[0].area))
    assert contains(area, 45.9999, 7.6)
    assert not contains(area, 46.0005, 7.6)
    assert any("shortest paths between them stay within" in said for said in draft.assumptions)


@pytest.mark.requirement("SC-FMT-04")
def test_what_is_filled_or_ignored_is_said() -> None:
    hole = [[x / 10.0 + 6.302, y / 10.0 + 41.402] for x, y in SQUARE]
    draft = read(feature({"type": "Polygon", "coordinates": [[[*each, 50.0] for each in SQUARE], hole]}))
    assert any("holes in polygons are filled" in said for said in draft.assumptions)
    assert any("heights in the coordinates are not used" in said for said in draft.assumptions)
    across = [[179.9, 0.0], [-179.9, 0.0], [-179.9, 0.1], [179.9, 0.1], [179.9, 0.0]]
    draft = read(feature({"type": "Polygon", "coordinates": [across]}))
    assert any("the short way, across the antimeridian" in said for said in draft.assumptions)
    assert polygon_footprint(*_axes(draft.volumes[0].area)).area_m2 == pytest.approx(2.46e8, rel=0.01)
    beside = defaults_from_words({"from": "2026-12-01T08:00:00Z", "until": "2026-12-01T09:00:00Z"})
    bare = encoded(feature({"type": "Polygon", "coordinates": [SQUARE]}, **{"from": None, "until": None}))
    assert (
        "from is 2026-12-01 08:00:00Z, as said beside the file; the file does not say it"
        in decode_plan(bare, None, beside).assumptions
    )


CORNERS = st.sampled_from(
    [(46.0, 7.0), (-17.0, 179.99), (10.0, -180.0), (89.99, 30.0), (-90.0, 0.0), (88.0, 179.0), (0.0, 0.0)]
)


@pytest.mark.requirement("SC-FMT-07")
@settings(max_examples=20, deadline=None)
@given(
    centre=CORNERS,
    radii_m=st.lists(st.floats(500.0, 40_000.0), min_size=3, max_size=9),
    probes=st.lists(st.tuples(st.floats(0.0, 360.0), st.floats(0.0, 60_000.0)), min_size=10, max_size=10),
)
def test_an_area_comes_back_as_it_was_wherever_it_lies(
    centre: tuple[float, float], radii_m: list[float], probes: list[tuple[float, float]]
) -> None:
    places = [onward(*centre, -360.0 * index / len(radii_m), radius) for index, radius in enumerate(radii_m)]
    area = PolygonArea(vertices=tuple(Position(latitude_deg=y, longitude_deg=x) for y, x in places))
    volume = Volume4D(
        area=area,
        lower_m=1.0,
        upper_m=2.0,
        altitude_datum=AltitudeDatum.ELLIPSOID,
        from_s=BEGIN_S,
        until_s=BEGIN_S + 0.25,
    )
    text = plan_geojson([volume], title="There and back")
    back = decode_plan(text)
    assert back.title == "There and back"
    for each in back.volumes:
        assert (each.lower_m, each.upper_m, each.altitude_datum) == (1.0, 2.0, AltitudeDatum.ELLIPSOID)
        assert (each.from_s, each.until_s) == (volume.from_s, volume.until_s)
    before = polygon_footprint(*_axes(area))
    after = [polygon_footprint(*_axes(each.area)) for each in back.volumes]
    # Two centimetres all around: half a one in writing, one in reading; near a pole the number of points decides.
    apart_m = 0.02 if abs(centre[0]) < 85.0 else 0.3
    perimeter_m = sum(distance_m(*here, *there) for here, there in pairwise([*places, places[0]]))
    assert sum(each.area_m2 for each in after) == pytest.approx(before.area_m2, rel=1e-6, abs=apart_m * perimeter_m)
    for bearing, away_m in probes:
        at = onward(*centre, bearing, away_m)
        if contains(before, *at) and not any(contains(each, *at) for each in after):
            assert any(contains(each, *at, within_m=5.0 * apart_m) for each in after)
        if any(contains(each, *at) for each in after):
            assert contains(before, *at, within_m=5.0 * apart_m)


@pytest.mark.requirement("SC-FMT-07")
def test_a_small_area_comes_back_vertex_by_vertex_and_a_circle_as_a_circle() -> None:
    draft = read(feature(), feature({"type": "Point", "coordinates": [179.9999, 46.0]}, radius_m=700.0))
    again = decode_plan(plan_geojson([draft]))
    assert again.volumes == draft.volumes
    assert (again.title, again.priority, again.kind) == (draft.title, draft.priority, draft.kind)


@pytest.mark.requirement("SC-FMT-07")
def test_a_circle_in_the_file_contains_the_circle() -> None:
    circle = CircleArea(centre=Position(latitude_deg=70.0, longitude_deg=25.0), radius_m=30_000.0)
    volume = Volume4D(area=circle, from_s=BEGIN_S, until_s=BEGIN_S + 60.0)
    (only,) = json.loads(plan_geojson([volume]))["features"]
    drawn = shape(only["geometry"])
    for bearing in range(0, 360, 3):
        latitude, longitude = onward(70.0, 25.0, bearing, 30_000.0)
        assert drawn.contains(Point(longitude, latitude))
    assert only["properties"]["lower"] == "GND"
    assert only["properties"]["upper"] == "UNL"


@pytest.mark.requirement("SC-FMT-07")
def test_what_crosses_the_antimeridian_is_cut_there() -> None:
    circle = CircleArea(centre=Position(latitude_deg=-17.0, longitude_deg=179.9), radius_m=50_000.0)
    (only,) = json.loads(plan_geojson([Volume4D(area=circle, from_s=BEGIN_S, until_s=BEGIN_S + 60.0)]))["features"]
    assert only["geometry"]["type"] == "MultiPolygon"
    parts = [shape({"type": "Polygon", "coordinates": each}) for each in only["geometry"]["coordinates"]]
    assert len(parts) == 2
    assert all(each.is_valid and each.exterior.is_ccw for each in parts)
    assert {round(max(abs(x) for x, _ in each.exterior.coords), 9) for each in parts} == {180.0}
    both = unary_union(parts)
    assert both.contains(Point(179.7, -17.0))
    assert both.contains(Point(-179.8, -17.0))
    assert not both.intersects(Point(0.0, -17.0))


@pytest.mark.requirement("SC-FMT-07")
def test_plans_zones_and_findings_stand_side_by_side() -> None:
    volume = read(feature()).volumes[0]
    intent = OperationalIntent(
        intent_id="2f8343be-6482-4d1b-a474-16847e01af1e",
        revision=1,
        party="north",
        state=IntentState.ACCEPTED,
        title="Survey",
        volumes=(volume,),
    )
    zone = Constraint(
        constraint_id="3f8343be-6482-4d1b-a474-16847e01af1e",
        revision=1,
        party="south",
        state=ConstraintState.CONFIRMED,
        basis=ConstraintBasis.AGREED,
        title="Range",
        volumes=(volume, volume),
    )
    other = Declared(kind=DeclaredKind.SITE, declared_id="s", party="relief", title="Hospital", volumes=(volume,))
    finding = Finding(
        kind=FindingKind.ZONE,
        weight=Weight.CONFLICT,
        said="Enters a zone",
        where=Position(latitude_deg=46.0, longitude_deg=7.0),
        from_s=BEGIN_S,
        until_s=BEGIN_S + 1.0,
    )
    text = plan_geojson(
        [intent, zone, other], [finding, Finding(kind=FindingKind.NOTICE_LATE, weight=Weight.ADVICE, said="x")]
    )
    features = json.loads(text)["features"]
    assert [each["properties"]["role"] for each in features] == ["flight", "zone", "zone", "site", "finding"]
    assert features[-1]["properties"] | {"geometry": features[-1]["geometry"]} == {
        "role": "finding",
        "number": 1,
        "kind": "zone",
        "weight": "conflict",
        "said": "Enters a zone",
        "from": "2026-12-01T08:00:00Z",
        "until": "2026-12-01T08:00:01Z",
        "geometry": {"type": "Point", "coordinates": [7.0, 46.0]},
    }
    back = decode_plan(plan_geojson([intent], [finding]))
    assert back.volumes == (volume,)
    assert any("findings in the file are left out" in said for said in back.assumptions)


@pytest.mark.requirement("SC-FMT-07")
def test_a_circle_that_is_not_what_the_polygon_shows_is_refused() -> None:
    draft = read(feature({"type": "Point", "coordinates": [7.0, 46.0]}, radius_m=700.0))
    value = json.loads(plan_geojson([draft]))
    value["features"][0]["properties"]["circle"]["radius_m"] = 900.0
    with pytest.raises(PlanFileError, match="does not lie around the circle that the properties name"):
        decode_plan(encoded(value))


BOW = [[7.0, 46.0], [7.1, 46.1], [7.1, 46.0], [7.0, 46.1], [7.0, 46.0]]


ROUND = [[-180.0, 80.0], [180.0, 80.0], [180.0, 85.0], [-180.0, 85.0], [-180.0, 80.0]]
TWO_PRIORITIES = {"type": "FeatureCollection", "features": [feature(), feature(priority=2)]}


def polygon(ring: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.mark.requirement("SC-FMT-05")
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (feature(polygon(BOW)), r"geometry.coordinates\[0\]: .*(cross|meet)"),
        (feature(polygon(SQUARE[:3])), r"coordinates\[0\]: has 3 positions; a ring has four or more"),
        (feature(polygon([*SQUARE[:4], [7.5, 46.0]])), r"coordinates\[0\]: is not closed"),
        (feature(polygon([[190.0, 46.0], *SQUARE[1:]])), r"coordinates\[0\]\[0\]: longitude 190.0 is not within"),
        (feature(polygon([[7.0], *SQUARE[1:]])), r"coordinates\[0\]\[0\]: \[7.0\] is not a \[longitude, latitude\]"),
        (feature(polygon([["7", "46"], *SQUARE[1:]])), r"longitude '7' is not a number"),
        (feature({"type": "Polygon", "coordinates": []}), r"coordinates: has no ring"),
        (feature({"type": "Polygon", "coordinates": {}}), r"\{\} is not a list"),
        (feature({"type": "Point", "coordinates": [7.0, 46.0]}), "radius: is missing"),
        (feature({"type": "LineString", "coordinates": [[7.0, 46.0], [7.1, 46.0]]}), "half_width: is missing"),
        (feature({"type": "MultiPoint", "coordinates": []}), "'MultiPoint' is not Point, LineString"),
        (feature(upper="120 m"), "properties.upper: '120 m' is not a height with unit and datum"),
        (feature(upper=None), "properties: upper is missing"),
        (feature(upper=None, upper_m=120), "properties.upper_m: has no datum; add altitude_datum"),
        (feature(upper_m=120, altitude_datum="msl_geoid"), "properties.upper: is there twice"),
        (feature(upper=None, lower=None, altitude=120), "properties.altitude: has no unit and no datum"),
        (feature(lower="200 m AMSL"), r"properties: upper .* is not above lower"),
        (feature(until="2026-12-01T07:00:00Z"), "until: .* is not after from"),
        (feature(until="2026-12-01T09:00:00"), "until: .* has no time zone"),
        (feature(priority="high"), "priority: 'high' is not a whole number"),
        ({"type": "Feature", "geometry": None, "properties": {}}, "geometry: is missing"),
        ({"type": "FeatureCollection", "features": []}, "features: has 0 entries"),
        ({"type": "Feature", "geometry": polygon(SQUARE), "crs": {}}, "another coordinate system"),
        (TWO_PRIORITIES, r"features\[1\].properties: differs"),
        ({"type": "Topology"}, "neither GeoJSON nor an F3548-21 object"),
        (feature(polygon(ROUND)), "goes around the globe"),
    ],
)
def test_what_cannot_be_a_plan_is_refused_with_its_path(value: Any, said: str) -> None:
    with pytest.raises(PlanFileError, match=said):
        decode_plan(encoded(value))


@pytest.mark.requirement("SC-FMT-07")
def test_the_distance_of_a_drawn_circle_is_bounded() -> None:
    circle = CircleArea(centre=Position(latitude_deg=0.0, longitude_deg=0.0), radius_m=10_000.0)
    (only,) = json.loads(plan_geojson([Volume4D(area=circle, from_s=BEGIN_S, until_s=BEGIN_S + 60.0)]))["features"]
    for longitude, latitude in only["geometry"]["coordinates"][0]:
        assert 10_000.0 <= distance_m(0.0, 0.0, latitude, longitude) <= 10_000.0 * 1.001 / math.cos(math.pi / 72) + 1.0
