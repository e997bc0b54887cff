"""A flight within its tolerances never leaves the chain of volumes; two oracles, sampling and numbers by hand."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.geodesy.vertical import sea_level_bounds
from steerclear.interfaces.plan_files.chain import Profile, Stretch, chain, route_line
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.levels import Band, Level, around, hull
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import Position, Volume4D
from tests.interfaces.plan_files.oracle import bearing_deg, contains, distance_m, onward

MSL = AltitudeDatum.MSL_GEOID
LEVEL = around(Level(1000.0, MSL), 100.0)
DEPARTURE_S = 1_764_576_000.0


def flown(
    places: list[tuple[float, float]],
    speed_mps: float = 50.0,
    half_width_m: float = 500.0,
    tolerance_s: float = 30.0,
    **more: float,
) -> tuple[Volume4D, ...]:
    positions = [Position(latitude_deg=latitude, longitude_deg=longitude) for latitude, longitude in places]
    line = route_line(positions, [f"waypoint {index}" for index in range(len(places))])
    moments = tuple(DEPARTURE_S + along / speed_mps for along in line.along_m)
    return chain(
        line,
        [Profile(line.along_m, moments)],
        [Stretch(0.0, line.length_m, LEVEL)],
        half_width_m=half_width_m,
        time_tolerance_s=tolerance_s,
        **more,
    )


@st.composite
def routes(draw: st.DrawFn) -> list[tuple[float, float]]:
    """Anywhere, also over a pole and the antimeridian: legs of 10 m to 400 km with any turns."""
    latitude = draw(st.sampled_from([0.0, 46.0, -75.0, 89.6, -89.9]) | st.floats(-89.0, 89.0))
    longitude = draw(st.sampled_from([0.0, 179.95, -180.0]) | st.floats(-180.0, 180.0))
    places = [(latitude, longitude)]
    for _ in range(draw(st.integers(1, 4))):
        leg_m = draw(st.sampled_from([10.0, 1_000.0, 30_000.0, 400_000.0]))
        places.append(onward(*places[-1], draw(st.floats(0.0, 360.0)), leg_m))
    return places


@pytest.mark.requirement("SC-FMT-01")
@settings(max_examples=40, deadline=None)
@given(
    places=routes(),
    half_width_m=st.sampled_from([5.0, 500.0, 9_260.0, 60_000.0]),
    speed_mps=st.sampled_from([8.0, 60.0, 250.0]),
    tolerance_s=st.sampled_from([0.0, 60.0, 900.0]),
    samples=st.lists(
        st.tuples(
            st.floats(0.0, 1.0),  # how far along the route
            st.sampled_from([0.0, 0.7, 1.0]),  # how far out, as a part of the half-width
            st.sampled_from([90.0, -90.0]) | st.floats(-180.0, 180.0),  # in which direction, from the route's
            st.sampled_from([-1.0, 0.0, 1.0]) | st.floats(-1.0, 1.0),  # how early or late, as a part of the tolerance
        ),
        min_size=8,
        max_size=8,
    ),
)
def test_every_flight_within_the_tolerances_is_inside(
    places: list[tuple[float, float]],
    half_width_m: float,
    speed_mps: float,
    tolerance_s: float,
    samples: list[tuple[float, float, float, float]],
) -> None:
    volumes = flown(places, speed_mps, half_width_m, tolerance_s)
    legs = [distance_m(*here, *there) for here, there in itertools.pairwise(places)]
    joins = [sum(legs[:index]) / sum(legs) for index in range(len(legs) + 1)]
    for share, out, direction, early in [*samples, *((join, 1.0, 90.0, 1.0) for join in joins)]:
        along = share * sum(legs)
        leg, rest = 0, along
        while leg < len(legs) - 1 and rest > legs[leg]:
            rest -= legs[leg]
            leg += 1
        first = bearing_deg(*places[leg], *places[leg + 1])
        here = onward(*places[leg], first, rest)
        heading = bearing_deg(*here, *places[leg + 1]) if rest < legs[leg] - 1.0 else first
        there = onward(*here, heading + direction, out * half_width_m)
        # A microsecond is what remains of a POSIX time in a double.
        moment_s = DEPARTURE_S + along / speed_mps + early * max(0.0, tolerance_s - 2e-6)
        moment_s = min(max(moment_s, volumes[0].from_s), volumes[-1].until_s)
        assert any(contains(volume, *there, 1000.0, moment_s) for volume in volumes)


@pytest.mark.requirement("SC-FMT-01")
def test_a_leg_of_one_degree_on_the_equator_by_hand() -> None:
    """A degree of the equator is 111,319.49 m: at 100 m/s that takes 1,113.19 s, cut into ten pieces of 120 s or less.

    Each piece is 0.1° long. Half a width of 1,000 m there is 0.0090437° of latitude (110,574 m to the degree); with the
    margin of 0.1 % and 2 cm it is 0.0090529°. The corners of the octagon lie 8.24 % out, at 22.5° and 67.5°.
    """
    volumes = flown([(0.0, 10.0), (0.0, 11.0)], speed_mps=100.0, half_width_m=1000.0, tolerance_s=60.0)
    assert len(volumes) == 10
    third = volumes[2]
    assert third.from_s == pytest.approx(DEPARTURE_S + 2 * 111.31949 - 60.0, abs=1e-3)
    assert third.until_s == pytest.approx(DEPARTURE_S + 3 * 111.31949 + 60.0, abs=1e-3)
    assert (third.lower_m, third.upper_m, third.altitude_datum) == (900.0, 1100.0, MSL)
    latitudes = [vertex.latitude_deg for vertex in third.area.vertices]  # type: ignore[union-attr]
    longitudes = [vertex.longitude_deg for vertex in third.area.vertices]  # type: ignore[union-attr]
    assert max(latitudes) == pytest.approx(0.0090529, abs=2e-6)
    assert min(latitudes) == pytest.approx(-0.0090529, abs=2e-6)
    corner_deg = 1001.02 / math.cos(math.radians(22.5)) * math.cos(math.radians(22.5)) / 111_319.49
    assert min(longitudes) == pytest.approx(10.2 - corner_deg, abs=2e-6)
    assert max(longitudes) == pytest.approx(10.3 + corner_deg, abs=2e-6)


@pytest.mark.requirement("SC-FMT-01")
def test_neighbouring_volumes_share_the_circle_around_their_join() -> None:
    places = [(46.0, 7.0), (46.1, 7.0), (46.1, 7.2)]
    volumes = flown(places, half_width_m=800.0, tolerance_s=10.0)
    join_s = DEPARTURE_S + distance_m(*places[0], *places[1]) / 50.0
    for direction in range(0, 360, 15):
        at = onward(*places[1], direction, 800.0)
        assert sum(contains(volume, *at, 1000.0, join_s) for volume in volumes) >= 2


@pytest.mark.requirement("SC-FMT-01")
def test_the_volumes_reach_no_farther_than_they_say() -> None:
    volumes = flown([(60.0, 10.0), (60.5, 11.0)], half_width_m=1000.0)
    length_m = distance_m(60.0, 10.0, 60.5, 11.0)
    for volume in (volumes[0], volumes[4], volumes[-1]):
        for vertex in volume.area.vertices:  # type: ignore[union-attr]
            at = (vertex.latitude_deg, vertex.longitude_deg)
            abeam_m = distance_m(60.0, 10.0, *at)
            steps = [min(max(abeam_m + step, 0.0), length_m) for step in range(-1500, 1500, 50)]
            to_route_m = min(distance_m(*at, *onward(60.0, 10.0, BEARING, along)) for along in steps)
            assert to_route_m <= 1000.0 * 1.084 + 1.0


BEARING = bearing_deg(60.0, 10.0, 60.5, 11.0)


@pytest.mark.requirement("SC-FMT-01")
def test_between_two_profiles_all_times_are_covered() -> None:
    line = route_line(
        [Position(latitude_deg=0.0, longitude_deg=10.0), Position(latitude_deg=0.0, longitude_deg=11.0)], ["a", "b"]
    )
    early = Profile(line.along_m, (0.0 + DEPARTURE_S, 1000.0 + DEPARTURE_S))
    late = Profile(line.along_m, (0.0 + DEPARTURE_S, 2000.0 + DEPARTURE_S))
    volumes = chain(line, [early, late], [Stretch(0.0, line.length_m, LEVEL)], half_width_m=100.0, time_tolerance_s=5.0)
    for share in (0.0, 0.25, 0.5, 0.99, 1.0):
        for pace in (1000.0, 1500.0, 2000.0):
            moment = DEPARTURE_S + share * pace
            assert any(contains(each, 0.0, 10.0 + share, 1000.0, moment) for each in volumes)


@pytest.mark.requirement("SC-FMT-02")
def test_bounds_of_two_datums_are_never_compared() -> None:
    flight_level = Level(1000.0, AltitudeDatum.PRESSURE_STANDARD)
    near = hull([around(Level(2000.0, MSL), 50.0), around(flight_level, 50.0)])
    assert near == Band(None, None)
    far = hull([around(Level(500.0, MSL), 50.0), around(Level(9000.0, AltitudeDatum.PRESSURE_STANDARD), 50.0)])
    assert far == Band(None, Level(9050.0, AltitudeDatum.PRESSURE_STANDARD))


@pytest.mark.requirement("SC-PLR-20")
@given(
    st.lists(st.builds(Level, st.floats(0.0, 20_000.0), st.sampled_from(list(AltitudeDatum))), min_size=1, max_size=4)
)
def test_the_upper_bound_of_a_hull_is_above_all_others_in_any_weather(levels: list[Level]) -> None:
    upper = hull([Band(None, each) for each in levels]).upper
    if upper is None:
        assert len({each.datum for each in levels}) > 1
        return
    lowest_m = sea_level_bounds(upper.height_m)[0] if upper.datum is AltitudeDatum.PRESSURE_STANDARD else upper.height_m
    for each in levels:
        if each.datum is upper.datum:
            assert each.height_m <= upper.height_m
        else:
            pressure = each.datum is AltitudeDatum.PRESSURE_STANDARD
            assert (sea_level_bounds(each.height_m)[1] if pressure else each.height_m) < lowest_m


@pytest.mark.requirement("SC-PLR-20")
def test_a_flight_level_that_may_be_below_an_altitude_in_cold_air_is_no_bound_of_it() -> None:
    both = [Level(10_058.0, AltitudeDatum.PRESSURE_STANDARD), Level(7_000.0, MSL)]
    assert hull([Band(None, each) for each in both]).upper is None


@pytest.mark.requirement("SC-FMT-05")
@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([(46.0, 7.0), (46.0, 7.0)], "waypoint 1: is the same place as the waypoint before it"),
        ([(0.0, 0.0), (0.0, 179.9)], "antipodal|at most 10,000 km"),
        ([(0.0, 0.0), (0.0, 100.0)], "waypoint 1: is 11,132 km from the waypoint before it"),
    ],
)
def test_a_route_that_is_none_is_refused_with_its_waypoint(places: list[tuple[float, float]], said: str) -> None:
    with pytest.raises(PlanFileError, match=said):
        flown(places)


@pytest.mark.requirement("SC-FMT-05")
def test_a_route_flown_at_a_crawl_is_refused() -> None:
    with pytest.raises(PlanFileError, match="takes longer than 31 days"):
        flown([(46.0, 7.0), (46.0, 17.0)], speed_mps=0.1)
