"""F3548-21 objects from files: read exactly, and refused by the path of the field that is wrong."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.interfaces.plan_files import PlanFileError, decode_plan, defaults_from_words
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from tests.interfaces.plan_files.samples import BEGIN_S, encoded, f3548_volume

REFERENCE = {"id": "2f8343be-6482-4d1b-a474-16847e01af1e", "manager": "uss1", "extra": {"ignored": [1]}}


def written(volume: Volume4D) -> dict[str, Any]:
    """The volume as the standard writes it: a writer of its own, so that reading is held against it."""

    def time(seconds: float) -> dict[str, str]:
        whole = math.floor(seconds)
        micros = round((seconds - whole) * 1e6)
        days, rest = divmod(whole - 1_796_083_200, 86_400)  # 2026-12-01
        clock = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
        return {"value": f"2026-12-{1 + days:02d}T{clock}.{micros:06d}Z", "format": "RFC3339"}

    def height(metres: float) -> dict[str, Any]:
        return {"value": metres, "reference": "W84", "units": "M"}

    outline: dict[str, Any]
    if isinstance(volume.area, CircleArea):
        centre = {"lat": volume.area.centre.latitude_deg, "lng": volume.area.centre.longitude_deg}
        outline = {"outline_circle": {"center": centre, "radius": {"value": volume.area.radius_m, "units": "M"}}}
    else:
        vertices = [{"lat": each.latitude_deg, "lng": each.longitude_deg} for each in volume.area.vertices]
        outline = {"outline_polygon": {"vertices": vertices}}
    assert volume.lower_m is not None
    assert volume.upper_m is not None
    heights = {"altitude_lower": height(volume.lower_m), "altitude_upper": height(volume.upper_m)}
    return {
        "volume": outline | heights,
        "time_start": time(volume.from_s),
        "time_end": time(volume.until_s),
    }


@st.composite
def volumes(draw: st.DrawFn) -> Volume4D:
    latitude, longitude = draw(st.floats(-89.0, 89.0)), draw(st.floats(-180.0, 180.0))
    area: CircleArea | PolygonArea
    if draw(st.booleans()):
        area = CircleArea(
            centre=Position(latitude_deg=latitude, longitude_deg=longitude), radius_m=draw(st.floats(1.0, 50_000.0))
        )
    else:
        size = draw(st.floats(0.001, 0.5))
        east = size / math.cos(math.radians(latitude))
        corners = [(0.0, 0.0), (0.0, east), (size, east), (size, 0.0)]
        wrapped = [(latitude + y, (longitude + x + 180.0) % 360.0 - 180.0) for y, x in corners]
        area = PolygonArea(vertices=tuple(Position(latitude_deg=y, longitude_deg=x) for y, x in wrapped))
    lower_m = draw(st.floats(-100.0, 5_000.0))
    begin_s = BEGIN_S + draw(st.integers(0, 10**6)) / 1_000.0
    return Volume4D(
        area=area,
        lower_m=lower_m,
        upper_m=lower_m + draw(st.floats(1.0, 1_000.0)),
        altitude_datum=AltitudeDatum.ELLIPSOID,
        from_s=begin_s,
        until_s=begin_s + draw(st.integers(1, 10**6)) / 1_000.0,
    )


@pytest.mark.requirement("SC-FMT-08")
@settings(max_examples=25, deadline=None)
@given(given_volumes=st.lists(volumes(), min_size=1, max_size=4))
def test_volumes_come_back_as_they_were_written(given_volumes: list[Volume4D]) -> None:
    draft = decode_plan(encoded([written(each) for each in given_volumes]))
    for read, given_volume in zip(draft.volumes, given_volumes, strict=True):
        assert read.area == given_volume.area
        assert (read.lower_m, read.upper_m) == (given_volume.lower_m, given_volume.upper_m)
        assert read.altitude_datum is AltitudeDatum.ELLIPSOID
        assert read.from_s == pytest.approx(given_volume.from_s, abs=1e-6)
        assert read.until_s == pytest.approx(given_volume.until_s, abs=1e-6)


@pytest.mark.requirement("SC-FMT-08")
@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({"reference": REFERENCE, "details": {"volumes": [f3548_volume()], "priority": 7}}, "details with 1 volume"),
        (
            {"operational_intent": {"reference": REFERENCE, "details": {"volumes": [f3548_volume()]}}},
            "operational intent",
        ),
        ({"constraint": {"reference": REFERENCE, "details": {"volumes": [f3548_volume()], "type": "x"}}}, "constraint"),
        ({"volumes": [f3548_volume()], "priority": 7}, "details with 1 volume"),
        ({"extents": [f3548_volume()], "state": "Accepted", "uss_base_url": "https://uss"}, "extents of a request"),
        ([f3548_volume(), f3548_volume()], "list of volumes with 2 volumes"),
        (f3548_volume(), "one volume"),
    ],
)
def test_every_object_that_holds_volumes_is_read(value: Any, what: str) -> None:
    draft = decode_plan(encoded(value))
    assert what in draft.source
    (volume, *_) = draft.volumes
    assert volume == Volume4D(
        area=CircleArea(centre=Position(latitude_deg=46.0, longitude_deg=7.0), radius_m=150.0),
        lower_m=100.0,
        upper_m=200.0,
        altitude_datum=AltitudeDatum.ELLIPSOID,
        from_s=BEGIN_S,
        until_s=BEGIN_S + 3600.5,
    )
    if isinstance(value, dict) and "priority" in str(value):
        assert draft.priority == 7


@pytest.mark.requirement("SC-FMT-08")
def test_off_nominal_volumes_stand_apart() -> None:
    draft = decode_plan(encoded({"volumes": [], "off_nominal_volumes": [f3548_volume()]}))
    assert (len(draft.volumes), len(draft.off_nominal_volumes)) == (0, 1)


@pytest.mark.requirement("SC-FMT-04")
def test_bounds_that_a_constraint_leaves_open_are_said() -> None:
    draft = decode_plan(encoded([f3548_volume(altitude_lower=None, altitude_upper=None)]))
    assert (draft.volumes[0].lower_m, draft.volumes[0].upper_m, draft.volumes[0].altitude_datum) == (None, None, None)
    assert "a volume without altitude_lower begins at the ground" in draft.assumptions
    assert "a volume without altitude_upper has no upper bound" in draft.assumptions
    beside = defaults_from_words({"from": "2026-12-01T08:00:00Z", "until": "2026-12-01T09:00:00Z"})
    timed = decode_plan(encoded([f3548_volume(time_start=None, time_end=None)]), None, beside)
    assert timed.volumes[0].from_s == BEGIN_S
    assert any(said.startswith("time_start is 2026-12-01 08:00:00Z") for said in timed.assumptions)


def point(lat: float, lng: float) -> dict[str, float]:
    return {"lat": lat, "lng": lng}


def polygon(*vertices: dict[str, float]) -> dict[str, Any]:
    return {"outline_circle": None, "outline_polygon": {"vertices": list(vertices)}}


BOW = polygon(point(46.0, 7.0), point(46.1, 7.1), point(46.1, 7.0), point(46.0, 7.1))


@pytest.mark.requirement("SC-FMT-08", "SC-FMT-05")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"altitude_lower": {"value": 1, "reference": "SFC", "units": "M"}},
            r"altitude_lower.reference: 'SFC' is not 'W84'",
        ),
        ({"altitude_lower": {"value": 1, "reference": "W84", "units": "FT"}}, r"altitude_lower.units: 'FT' is not 'M'"),
        ({"altitude_lower": {"reference": "W84", "units": "M"}}, r"altitude_lower.value: is missing"),
        (
            {"altitude_lower": {"value": 300, "reference": "W84", "units": "M"}},
            r"altitude_upper: upper .* is not above",
        ),
        (
            {"altitude_upper": {"value": 1e6, "reference": "W84", "units": "M"}},
            r"altitude_upper.value: 1000000.0 is not",
        ),
        ({"time_start": {"value": "2026-12-01T08:00:00+00:00", "format": "RFC3339"}}, r"time_start.value: .* final Z"),
        ({"time_start": {"value": "2026-12-01T08:00:00Z", "format": "ISO"}}, r"time_start.format: 'ISO' is not"),
        ({"time_start": {"value": "2026-12-01T10:00:00Z", "format": "RFC3339"}}, r"is not after from"),
        ({"time_start": {"value": "2026-02-30T10:00:00Z", "format": "RFC3339"}}, r"no moment of the calendar"),
        ({"time_end": None}, r"volumes\[0\].time_end: is missing"),
        ({"outline_circle": None}, r"exactly one of outline_circle and outline_polygon"),
        ({"outline_polygon": {"vertices": []}}, r"exactly one of outline_circle and outline_polygon"),
        (
            {"outline_circle": {"center": point(91, 7), "radius": {"value": 1, "units": "M"}}},
            r"center.lat: latitude 91",
        ),
        (
            {"outline_circle": {"center": point(46, 7), "radius": {"value": 0, "units": "M"}}},
            r"radius.value: is not above 0",
        ),
        (
            {"outline_circle": {"center": point(46, 7), "radius": {"value": True, "units": "M"}}},
            r"True is not a number",
        ),
        (polygon(point(46, 7), point(46, 8)), r"vertices: has 2 entries; 3 to 10,000"),
        (polygon(point(46, 7), point(46, 8), point(47, 7), point(46, 7)), r"repeats its first vertex"),
        (BOW, r"volumes\[0\].volume.outline_polygon.vertices: .*(cross|meet)"),
    ],
)
def test_what_the_standard_does_not_allow_is_refused_with_its_path(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanFileError, match=said):
        decode_plan(encoded([f3548_volume(**changes)]))
