"""What is told coarsely contains what it was made from, wherever that lies, and does not tell where exactly."""

from __future__ import annotations

import msgspec
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.privacy.coarse import CoarseError, coarse_area, coarse_volume, coarse_volumes, coarse_window
from steerclear.privacy.limits import COARSE_HEIGHT_STEP_M, COARSE_RADIUS_STEP_M, COARSE_TIME_STEP_S

EARTH = Geodesic.WGS84
LATITUDES = st.floats(-90.0, 90.0) | st.sampled_from([-90.0, 0.0, 89.99, 90.0])
LONGITUDES = st.floats(-180.0, 180.0) | st.sampled_from([-180.0, -179.999, 0.0, 179.999, 180.0])
WIDTHS_M = st.floats(1.0, 5_000.0) | st.floats(1.0, 200_000.0)


def around(centre: Position, away_m: float, bearing_deg: float) -> Position:
    found = EARTH.Direct(centre.latitude_deg, centre.longitude_deg, bearing_deg, away_m)
    return Position(latitude_deg=found["lat2"], longitude_deg=found["lon2"])


def distance_m(one: Position, other: Position) -> float:
    return EARTH.Inverse(one.latitude_deg, one.longitude_deg, other.latitude_deg, other.longitude_deg)["s12"]


def points_of(area) -> list[Position]:
    """Points on the edge of an area, by Karney's algorithm."""
    if isinstance(area, CircleArea):
        return [around(area.centre, area.radius_m, bearing) for bearing in range(0, 360, 10)]
    found = []
    for one, other in zip(area.vertices, (*area.vertices[1:], area.vertices[0]), strict=True):
        line = EARTH.InverseLine(one.latitude_deg, one.longitude_deg, other.latitude_deg, other.longitude_deg)
        for part in range(11):
            at = line.Position(line.s13 * part / 10)
            found.append(Position(latitude_deg=at["lat2"], longitude_deg=at["lon2"]))
    return found


@st.composite
def areas(draw):
    centre = Position(latitude_deg=draw(LATITUDES), longitude_deg=draw(LONGITUDES))
    if draw(st.booleans()):
        return CircleArea(centre=centre, radius_m=draw(WIDTHS_M))
    bearings = draw(st.lists(st.floats(0.0, 359.0), min_size=3, max_size=8, unique=True))
    return PolygonArea(vertices=tuple(around(centre, draw(WIDTHS_M), bearing) for bearing in sorted(bearings)))


@st.composite
def volumes(draw):
    lower_m = draw(st.none() | st.floats(-500.0, 5_000.0))
    upper_m = draw(st.none() | st.floats(5_001.0, 20_000.0))
    from_s = draw(st.floats(1.7e9, 1.8e9))
    return Volume4D(
        area=draw(areas()),
        lower_m=lower_m,
        upper_m=upper_m,
        altitude_datum=AltitudeDatum.ELLIPSOID,
        from_s=from_s,
        until_s=from_s + draw(st.floats(1.0, 86_400.0)),
    )


@pytest.mark.requirement("SC-SEAL-01")
@settings(max_examples=300, deadline=None)
@given(volumes())
def test_a_coarse_volume_contains_the_volume(volume):
    coarse = coarse_volume(volume)
    for point in points_of(volume.area):
        assert distance_m(coarse.area.centre, point) <= coarse.area.radius_m
    assert coarse.from_s <= volume.from_s < volume.until_s <= coarse.until_s
    assert (coarse.lower_m is None) == (volume.lower_m is None)
    assert coarse.lower_m is None or coarse.lower_m <= volume.lower_m
    assert (coarse.upper_m is None) == (volume.upper_m is None)
    assert coarse.upper_m is None or coarse.upper_m >= volume.upper_m
    assert coarse.altitude_datum is volume.altitude_datum


@settings(max_examples=200, deadline=None)
@given(volumes())
def test_only_the_grid_and_the_steps_show(volume):
    coarse = coarse_volume(volume)
    assert coarse.area.radius_m % COARSE_RADIUS_STEP_M == 0.0
    assert coarse.from_s % COARSE_TIME_STEP_S == coarse.until_s % COARSE_TIME_STEP_S == 0.0
    assert (coarse.lower_m or 0.0) % COARSE_HEIGHT_STEP_M == 0.0
    assert coarse.area.centre.latitude_deg * 10.0 == pytest.approx(round(coarse.area.centre.latitude_deg * 10.0))
    # No larger than needed by more than the grid's own width and a step.
    needed_m = max(distance_m(coarse.area.centre, point) for point in points_of(volume.area))
    assert coarse.area.radius_m <= needed_m * 1.01 + COARSE_RADIUS_STEP_M + 2.0


@pytest.mark.requirement("SC-SEAL-01")
@settings(max_examples=200, deadline=None)
@given(LATITUDES, LONGITUDES, st.floats(0.0, 360.0), st.floats(0.0, 900.0))
def test_two_flights_a_few_hundred_metres_apart_mostly_look_the_same(latitude, longitude, bearing, away_m):
    here = Position(latitude_deg=latitude, longitude_deg=longitude)
    one = coarse_area(CircleArea(centre=here, radius_m=200.0))
    other = coarse_area(CircleArea(centre=around(here, away_m, bearing), radius_m=900.0))
    assume(one.centre == other.centre)
    assert one.radius_m == other.radius_m == COARSE_RADIUS_STEP_M


def test_the_same_coarse_volume_is_told_once():
    here = CircleArea(centre=Position(latitude_deg=46.5, longitude_deg=7.5), radius_m=300.0)
    one = Volume4D(area=here, from_s=900_000.0, until_s=900_100.0)
    other = msgspec.structs.replace(one, from_s=900_100.0, until_s=900_700.0)
    assert coarse_volumes([one, other]) == (coarse_volume(one),)


def test_what_is_on_a_step_stays_there():
    assert coarse_window(1_800_000_000.0, 1_800_000_900.0) == (1_800_000_000.0, 1_800_000_900.0)


def test_what_is_too_wide_is_refused():
    here = Position(latitude_deg=0.0, longitude_deg=0.0)
    with pytest.raises(CoarseError, match="in parts"):
        coarse_area(CircleArea(centre=here, radius_m=499_900.0))
    far = tuple(Position(latitude_deg=0.0, longitude_deg=longitude) for longitude in (0.0, 179.9, -90.0))
    with pytest.raises(CoarseError, match="in parts"):
        coarse_area(PolygonArea(vertices=far))
