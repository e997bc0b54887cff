"""Routes, waypoint texts and orbits as people write them."""

from __future__ import annotations

import pytest

from steerclear.interfaces.plan_files import PlanDefaults, PlanFileError, decode_plan, defaults_from_words
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import AircraftKind
from steerclear.model.volumes import CircleArea
from tests.interfaces.plan_files.oracle import contains, distance_m, onward
from tests.interfaces.plan_files.samples import BEGIN_S, ORBIT, ROUTE, WAYPOINTS


@pytest.mark.requirement("SC-FMT-03")
def test_a_route_file_is_read_as_it_says() -> None:
    draft = decode_plan(ROUTE.encode())
    assert (draft.title, draft.priority, draft.kind) == ("Survey of the ridge", 3, AircraftKind.UNCREWED)
    assert draft.identities == (Identity(callsign="RIDGE1", icao_address=0x4B1812),)
    assert draft.source == "route file with 2 waypoints"
    assert draft.assumptions == ()
    # 3 minutes of latitude at 46°: 5,557.4 m, at 20 m/s 277.9 s, in pieces of 120 s at most: three of 92.6 s.
    assert len(draft.volumes) == 3
    assert draft.volumes[0].from_s == BEGIN_S - 60.0
    assert draft.volumes[-1].until_s == pytest.approx(BEGIN_S + 277.9 + 60.0, abs=0.1)
    for volume in draft.volumes:
        assert volume.altitude_datum is AltitudeDatum.MSL_GEOID
        assert volume.lower_m == pytest.approx(457.2 - 30.0)
        assert volume.upper_m == pytest.approx(457.2 + 30.0)


@pytest.mark.requirement("SC-FMT-03")
def test_a_waypoint_text_is_read_as_it_says() -> None:
    draft = decode_plan(WAYPOINTS.encode())
    assert draft.title == "Pipeline"
    assert draft.volumes[0].lower_m == pytest.approx(304.8 - 20.0)
    # On the climbing leg any height between the two may be flown.
    assert (draft.volumes[-1].lower_m, draft.volumes[-1].upper_m) == (
        pytest.approx(304.8 - 20.0),
        pytest.approx(365.76 + 20.0),
    )
    assert any("any height between the two" in said for said in draft.assumptions)
    length_m = distance_m(46.0, 7.0, 46.01, 7.0) + distance_m(46.01, 7.0, 46.01, 7.02)
    assert draft.volumes[-1].until_s == pytest.approx(BEGIN_S + length_m / 10.0 + 30.0, abs=1e-3)


@pytest.mark.requirement("SC-FMT-03")
@pytest.mark.parametrize(
    "rows",
    [
        "46.0,7.0\n46.1,7.1\n",
        "46.0;7.0\n46.1;7.1\n",
        "46.0\t7.0\n46.1\t7.1\n",
        "A,46.0,7.0\nB,46.1,7.1\n",
        "lon,lat\n7.0,46.0\n7.1,46.1\n",
        "Latitude,Longitude,level\n46.0,7.0,100 m W84\n46.1,7.1,\n",
        "# altitude: m W84\n46.0,7.0,100\n46.1,7.1,100\n",
        "# altitude: m W84\nlat,lon,alt\n46.0,7.0,100\n46.1,7.1,100\n",
    ],
)
def test_waypoints_come_in_many_spellings(rows: str) -> None:
    words = {"departure": "2026-12-01T08:00:00Z", "speed": "10 m/s", "half_width": "50 m"}
    words |= {"vertical_half_width": "10 m", "level": "100 m W84"}
    draft = decode_plan(rows.encode(), "waypoints", defaults_from_words(words))
    first = draft.volumes[0]
    assert (first.lower_m, first.upper_m, first.altitude_datum) == (90.0, 110.0, AltitudeDatum.ELLIPSOID)
    assert contains(first, 46.0, 7.0, 100.0, BEGIN_S)
    assert contains(draft.volumes[-1], 46.1, 7.1, 100.0, draft.volumes[-1].until_s)


@pytest.mark.requirement("SC-FMT-04")
def test_what_is_said_beside_the_file_is_told_and_yields_to_the_file() -> None:
    beside = defaults_from_words({"speed": "5 m/s", "departure": "2027-01-01T00:00:00Z", "title": "Other"})
    assert decode_plan(ROUTE.encode(), None, beside) == decode_plan(ROUTE.encode())
    without = ROUTE.replace('speed = "20 m/s"\n', "")
    draft = decode_plan(without.encode(), None, beside)
    assert draft.assumptions == ("speed is 5 m/s, as said beside the file; the file does not say it",)
    assert draft.volumes[-1].until_s == pytest.approx(BEGIN_S + 4 * 277.9 + 60.0, abs=0.5)


@pytest.mark.requirement("SC-FMT-04")
def test_a_word_beside_the_file_that_means_nothing_is_refused() -> None:
    for words, said in (
        ({"speed": "fast"}, "speed: 'fast' is not understood"),
        ({"lower": "GND"}, "upper: is missing"),
        ({"lower": "FL100", "upper": "900 m AMSL"}, "one volume keeps one datum"),
        ({"colour": "red"}, "colour: is not a key"),
    ):
        with pytest.raises(PlanFileError, match=said):
            defaults_from_words(words)


@pytest.mark.requirement("SC-FMT-03")
def test_an_orbit_is_a_circle_with_its_half_width() -> None:
    draft = decode_plan(ORBIT.encode())
    (volume,) = draft.volumes
    assert isinstance(volume.area, CircleArea)
    assert volume.area.radius_m == 2_500.0
    assert (volume.lower_m, volume.upper_m) == (pytest.approx(9_500 * 0.3048), pytest.approx(10_500 * 0.3048))
    assert volume.altitude_datum is AltitudeDatum.PRESSURE_STANDARD
    assert (volume.from_s, volume.until_s) == (BEGIN_S, BEGIN_S + 7200.0)
    assert draft.kind is AircraftKind.CREWED


@pytest.mark.requirement("SC-FMT-01")
def test_a_racetrack_contains_its_track() -> None:
    source = ORBIT.replace('half_width = "500 m"', 'track = 30\nleg = "20 km"').replace("FL095", "FL100")
    (volume,) = decode_plan(source.encode()).volumes
    for along in range(-10_000, 10_001, 1_000):
        at = onward(46.0, 7.0, 30.0, along)
        for side in (-60.0, 120.0):
            assert contains(volume, *onward(*at, side, 2_000.0), 3_100.0, BEGIN_S)
    for end, heading in ((10_000, 30.0), (-10_000, 210.0)):
        for turn in range(-90, 91, 10):
            at = onward(*onward(46.0, 7.0, 30.0, end), heading + turn, 2_000.0)
            assert contains(volume, *at, 3_100.0, BEGIN_S)


@pytest.mark.requirement("SC-FMT-02")
@pytest.mark.parametrize(
    ("words", "datum", "height_m"),
    [
        ("FL350", AltitudeDatum.PRESSURE_STANDARD, 35_000 * 0.3048),
        ("3,000 ft AMSL", AltitudeDatum.MSL_GEOID, 914.4),
        ("900 m msl", AltitudeDatum.MSL_GEOID, 900.0),
        ("120.5 m W84", AltitudeDatum.ELLIPSOID, 120.5),
        ("-20 m HAE", AltitudeDatum.ELLIPSOID, -20.0),
        ("10,000 ft STD", AltitudeDatum.PRESSURE_STANDARD, 3_048.0),
    ],
)
def test_a_height_keeps_its_datum(words: str, datum: AltitudeDatum, height_m: float) -> None:
    draft = decode_plan(ROUTE.replace("1,500 ft AMSL", words).encode())
    assert {volume.altitude_datum for volume in draft.volumes} == {datum}
    assert draft.volumes[0].lower_m == pytest.approx(height_m - 30.0)


@pytest.mark.requirement("SC-FMT-02")
@pytest.mark.parametrize("words", ["120 m AGL", "400 ft GND", "120", "120 m", "FL", "12 parsecs AMSL", "900 m QFE"])
def test_a_height_without_a_known_datum_is_refused(words: str) -> None:
    with pytest.raises(PlanFileError, match=r"level \(line 8\)"):
        decode_plan(ROUTE.replace("1,500 ft AMSL", words).encode())


@pytest.mark.requirement("SC-FMT-02")
def test_a_leg_between_two_datums_reaches_from_the_ground() -> None:
    source = ROUTE.replace('"4603N00700E"', '{ at = [46.05, 7.0], level = "FL350" }')
    draft = decode_plan(source.encode())
    assert draft.volumes[0].lower_m is None
    assert draft.volumes[0].upper_m == pytest.approx(35_000 * 0.3048 + 30.0)
    assert draft.volumes[0].altitude_datum is AltitudeDatum.PRESSURE_STANDARD
    assert any("two datums" in said for said in draft.assumptions)


@pytest.mark.requirement("SC-FMT-05")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('half_width = "100 m"', "", "half_width: is missing; write it in the file, or say half_width beside it"),
        ('half_width = "100 m"', "half_width = 100", r"half_width \(line 9\): 100 has no unit"),
        ('half_width = "100 m"', 'half_width = "200 km"', r"half_width \(line 9\): '200 km' is outside the limits"),
        ('half_width = "100 m"', 'halfwidth = "100 m"', "half_width: is missing"),
        ('half_width = "100 m"', 'half_width = "100 m"\ncolour = "red"', r"colour \(line 10\): is not a key"),
        ("[46.0, 7.0]", "[46.0, 187.0]", r"waypoints\[0\] \(line 11\): longitude 187.0 is not within"),
        ("[46.0, 7.0]", "[46.0, nan]", r"waypoints\[0\] \(line 11\): longitude nan is not within"),
        ("[46.0, 7.0]", "[46.05, 7.0]", r"waypoints\[1\]: is the same place"),
        ("4603N00700E", "4663N00700E", "minutes and seconds go to 59"),
        ("4603N00700E", "46.50,187.0", "longitude 187.0 is not within"),
        ("4603N00700E", "somewhere", "is not a position such as 4620N00730E"),
        ("2026-12-01T08:00:00Z", "2026-12-01T08:00:00", r"departure \(line 5\): .* has no time zone"),
        ("2026-12-01T08:00:00Z", "2026-13-01T08:00:00Z", "line 5"),
        ('aircraft = "uncrewed"', 'aircraft = "balloon"', r"aircraft \(line 3\): 'balloon' is not one of crewed"),
        ("priority = 3", "priority = 3.5", r"priority \(line 4\): 3.5 is not a whole number"),
        ('"4b1812"', '"000000"', r"identities\[0\].address \(line 18\): '000000' is nobody's address"),
        ('format = "route"', 'format = "rout"', "the format cannot be told"),
    ],
)
def test_a_fault_in_a_route_file_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert old in ROUTE
    source = ROUTE.replace(old, new)
    if "same place" in said:
        source = source.replace("4603N", "4603N")
    with pytest.raises(PlanFileError, match=said):
        decode_plan(source.encode())


@pytest.mark.requirement("SC-FMT-05")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("B,46.01,7.0,1000", "B,46.01,x,1000", "line 10: 'x' is not a number"),
        ("B,46.01,7.0,1000", "B,46.01,7.0", "line 10: has 3 columns, not 4"),
        ("B,46.01,7.0,1000", "B,1e1,7.0,1000", "line 10: '1e1' is not a number"),
        ("altitude_ft_amsl", "altitude", "line 8: column 'altitude' has no datum"),
        ("name,lat,lon", "name,lat,lat", "line 8: the header names 2 columns for latitude"),
        ("# speed: 36 km/h", "# speed: 36 km/h\n# speed: 9 km/h", "line 5: speed is there twice"),
        ("# speed: 36 km/h", "# sped: 36 km/h", "speed: is missing"),
        ("C,46.01,7.02,1200\n", "C,46.01,7.02,999999\n", "line 11: height 999999 ft is outside"),
    ],
)
def test_a_fault_in_a_waypoint_text_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert old in WAYPOINTS
    with pytest.raises(PlanFileError, match=said):
        decode_plan(WAYPOINTS.replace(old, new).encode())


@pytest.mark.requirement("SC-FMT-05")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('upper = "FL105"', 'upper = "FL090"', "upper .* is not above lower"),
        ('upper = "FL105"', 'upper = "3,200 m AMSL"', "one volume keeps one datum"),
        ('upper = "FL105"', "", "upper is missing"),
        ('lower = "FL095"', 'level = "FL100"', r"level \(line 7\): stands beside lower or upper"),
        ("T10:00:00Z", "T07:00:00Z", r"until \(line 10\): \(2026-12-01 07:00:00Z\) is not after"),
        ("2026-12-01T10", "2027-12-01T10", "more than 31 days after from"),
        ('radius = "2 km"', 'radius = "2 km"\ntrack = 10', "leg: is missing"),
    ],
)
def test_a_fault_in_an_orbit_file_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert old in ORBIT
    with pytest.raises(PlanFileError, match=said):
        decode_plan(ORBIT.replace(old, new).encode())


@pytest.mark.requirement("SC-FMT-04")
def test_nothing_is_assumed_where_nobody_says() -> None:
    with pytest.raises(PlanFileError, match="departure: is missing"):
        decode_plan(ROUTE.replace("departure = 2026-12-01T08:00:00Z\n", "").encode(), None, PlanDefaults())
