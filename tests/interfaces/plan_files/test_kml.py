"""KML as people draw it: heights above the sea, times of the nearest span, nothing above ground, nothing fetched."""

from __future__ import annotations

import pytest

from steerclear.interfaces.plan_files import PlanFileError, decode_plan, defaults_from_words
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea
from tests.interfaces.plan_files.samples import BEGIN_S, data, placemark

LINE = """<LineString><altitudeMode>absolute</altitudeMode>
<coordinates>7,46,900 7.2,46,1100</coordinates></LineString>"""
FLAT = (
    "<Polygon>{mode}<outerBoundaryIs><LinearRing><coordinates>7,46,500 7.1,46,500 7.1,46.1,500 7,46,500</coordinates>"
    "</LinearRing></outerBoundaryIs>{hole}</Polygon>"
)


@pytest.mark.requirement("SC-FMT-03")
def test_an_extruded_polygon_reaches_from_the_ground_to_its_height() -> None:
    draft = decode_plan(placemark())
    (volume,) = draft.volumes
    assert draft.title == "Meadow"
    assert isinstance(volume.area, PolygonArea)
    assert [(each.latitude_deg, each.longitude_deg) for each in volume.area.vertices] == [
        (46.0, 7.0),
        (46.0, 7.1),
        (46.1, 7.1),
    ]
    assert (volume.lower_m, volume.upper_m, volume.altitude_datum) == (None, 500.0, AltitudeDatum.MSL_GEOID)
    assert (volume.from_s, volume.until_s) == (BEGIN_S, BEGIN_S + 3600.0)


@pytest.mark.requirement("SC-FMT-03")
def test_lines_and_points_take_their_widths_from_extended_data() -> None:
    extras = data(half_width="500 m", vertical_half_width="50 m", aircraft="crewed", priority="4")
    draft = decode_plan(placemark(extras, LINE))
    assert (draft.volumes[0].lower_m, draft.volumes[0].upper_m) == (850.0, 1150.0)
    assert (draft.kind.value, draft.priority) == ("crewed", 4)
    point = "<Point><coordinates>7,46</coordinates></Point>"
    draft = decode_plan(placemark(data(radius="1 NM", lower="FL100", upper="UNL"), point))
    assert isinstance(draft.volumes[0].area, CircleArea)
    assert draft.volumes[0].area.radius_m == 1852.0
    assert (draft.volumes[0].lower_m, draft.volumes[0].upper_m) == (pytest.approx(3048.0), None)
    two = f"<MultiGeometry>{LINE}{LINE.replace('46', '47')}</MultiGeometry>"
    assert len(decode_plan(placemark(extras, two)).volumes) == 2


@pytest.mark.requirement("SC-FMT-03")
def test_the_nearest_time_span_counts() -> None:
    outer = "<TimeSpan><begin>2026-12-01T08:00:00Z</begin><end>2026-12-01T09:00:00+00:00</end></TimeSpan>"
    text = placemark(span="").decode().replace("<name>Meadow</name>", f"<name>Meadow</name>{outer}")
    assert decode_plan(text.encode()).volumes[0].until_s == BEGIN_S + 3600.0
    inner = outer.replace("T09", "T10")
    folder = text.replace("<Placemark>", f"<Folder>{inner}<Placemark>").replace("</Placemark>", "</Placemark></Folder>")
    assert decode_plan(folder.encode()).volumes[0].until_s == BEGIN_S + 7200.0


@pytest.mark.requirement("SC-FMT-04")
def test_a_hole_is_filled_and_that_is_said() -> None:
    hole = "<innerBoundaryIs><LinearRing><coordinates>0,0</coordinates></LinearRing></innerBoundaryIs>"
    shape = FLAT.format(mode="<extrude>1</extrude><altitudeMode>absolute</altitudeMode>", hole=hole)
    draft = decode_plan(placemark(shape=shape))
    assert any(said.startswith("holes in polygons are filled") for said in draft.assumptions)


@pytest.mark.requirement("SC-FMT-02")
@pytest.mark.parametrize(
    "mode", ["", "<altitudeMode>clampToGround</altitudeMode>", "<altitudeMode>relativeToGround</altitudeMode>"]
)
def test_heights_above_ground_need_bounds_of_another_kind(mode: str) -> None:
    shape = FLAT.format(mode=mode, hole="")
    with pytest.raises(PlanFileError, match=r"line \d+, <Polygon>: has (no height|heights as 'relativeToGround')"):
        decode_plan(placemark(shape=shape))
    draft = decode_plan(placemark(data(lower="100 m AMSL", upper="200 m AMSL"), shape))
    assert (draft.volumes[0].lower_m, draft.volumes[0].upper_m) == (100.0, 200.0)
    beside = defaults_from_words({"lower": "GND", "upper": "FL050"})
    assert (
        decode_plan(placemark(shape=shape), None, beside).volumes[0].altitude_datum is AltitudeDatum.PRESSURE_STANDARD
    )


@pytest.mark.requirement("SC-FMT-05")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (placemark(shape=FLAT.format(mode="<altitudeMode>absolute</altitudeMode>", hole="")), "is flat: say extrude 1"),
        (placemark(span="<TimeStamp><when>2026-12-01</when></TimeStamp>"), "a plan needs a TimeSpan"),
        (placemark(span=""), r"line 3, <Placemark>.from: is missing"),
        (placemark(span="<TimeSpan><begin>2026-12-01</begin></TimeSpan>"), "is not a date and time such as"),
        (placemark(shape=LINE), "half_width: is missing"),
        (placemark(shape="<Model/>"), r"line 3, <Model>: is a model"),
        (placemark(shape=LINE.replace("7,46,900", "7,46,900,1")), r"<coordinates>, position 1: .* is not longitude"),
        (
            placemark(data(half_width="9 m"), LINE.replace("7,46,900", "7,x")),
            r"position 1: '7,x' is not longitude,latitude",
        ),
        (placemark(data(half_width="9 m"), LINE.replace("7,46,900", "nan,46")), "position 1: 'nan,46' is not"),
        (
            placemark(data(half_width="9 m"), LINE.replace("7,46,900", "7,96")),
            "position 1: latitude 96.0 is not within",
        ),
        (placemark(shape=FLAT.format(mode="", hole="").replace(" 7,46,500<", "<")), "has 3 positions; a ring has four"),
        (placemark(shape=FLAT.format(mode="", hole="").replace(" 7,46,500<", " 7,46.01,1<")), "is not closed"),
        (b"<html></html>", "line 1, <html>: is not the root of a KML document"),
        (b"<kml>", "line 1: is not XML"),
        (b"<kml></kml>", "has no Placemark"),
        (b"<kml><NetworkLink/></kml>", "points to another file"),
    ],
)
def test_what_cannot_be_a_plan_is_refused_with_line_and_element(text: bytes, said: str) -> None:
    with pytest.raises(PlanFileError, match=said):
        decode_plan(text)
