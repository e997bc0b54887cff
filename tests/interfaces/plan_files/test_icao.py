"""ICAO flight plans: coordinates, speeds, levels, days and elapsed times; names resolved or named, never guessed."""

from __future__ import annotations

from itertools import pairwise

import pytest

from steerclear.interfaces.plan_files import PlanDefaults, PlanFileError, decode_plan, defaults_from_words
from steerclear.interfaces.plan_files.icao_fields import filed_plan, speed_level, true_airspeed_mps
from steerclear.interfaces.plan_files.levels import Level
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import AircraftKind
from tests.interfaces.plan_files.oracle import bearing_deg, contains, distance_m, onward
from tests.interfaces.plan_files.samples import BEGIN_S, FPL, NAMED

POINTS = {"named_points": NAMED.encode()}
PRESSURE, MSL = AltitudeDatum.PRESSURE_STANDARD, AltitudeDatum.MSL_GEOID


def read(text: str, **beside: object) -> PlanDraft:
    return decode_plan(text.encode(), None, PlanDefaults(**(POINTS | beside)))


@pytest.mark.requirement("SC-FMT-09")
def test_a_flight_plan_is_read_as_it_says() -> None:
    draft = read(FPL)
    assert draft.title == "ABC123 4610N00700E to LSZB"
    assert draft.identities == (Identity(callsign="ABC123"),)
    assert draft.kind is AircraftKind.CREWED
    assert draft.volumes[0].from_s == BEGIN_S - 900.0
    places = [(46 + 10 / 60, 7.0), (46 + 20 / 60, 7.5), (46.5, 7.6), (46.9, 7.5)]
    legs = [distance_m(*here, *there) for here, there in pairwise(places)]
    by_speed_s = sum(legs) / (120 * 1852 / 3600)
    assert draft.volumes[-1].until_s == pytest.approx(BEGIN_S + max(by_speed_s, 45 * 60) + 900.0, abs=0.1)
    # FL095 with 300 ft; climb and descent of 200 ft/NM take 49 NM each, so all of this short flight may be lower.
    assert all(volume.upper_m == pytest.approx(9_800 * 0.3048) for volume in draft.volumes)
    assert {volume.lower_m for volume in draft.volumes} == {None}
    for said in ("5 NM", "300 ft", "15 minutes", "200 ft per NM", "crewed"):
        assert any(said in each for each in draft.assumptions)


@pytest.mark.requirement("SC-FMT-09")
def test_all_flights_between_speed_and_elapsed_time_are_inside() -> None:
    draft = read(FPL)
    start, end = (46 + 10 / 60, 7.0), (46 + 20 / 60, 7.5)
    leg_m = distance_m(*start, *end)
    total_m = leg_m + distance_m(*end, 46.5, 7.6) + distance_m(46.5, 7.6, 46.9, 7.5)
    for share in (0.1, 0.5, 0.9):
        at = onward(*start, bearing_deg(*start, *end), share * leg_m)
        by_speed_s = share * leg_m / (120 * 1852 / 3600)
        by_elapsed_s = share * leg_m / total_m * 2700.0
        for moment_s in (by_speed_s - 890.0, by_elapsed_s + 890.0, (by_speed_s + by_elapsed_s) / 2.0):
            beside = onward(*at, 75.0, 9_000.0)
            assert any(contains(volume, *beside, 2_000.0, BEGIN_S + moment_s) for volume in draft.volumes)


@pytest.mark.requirement("SC-FMT-09")
@pytest.mark.parametrize(
    ("word", "level_m", "datum", "speed_mps"),
    [
        ("N0450F350", 35_000 * 0.3048, PRESSURE, 450 * 1852 / 3600),
        ("K0830S1130", 11_300.0, PRESSURE, 830 / 3.6),
        ("N0110A045", 4_500 * 0.3048, MSL, 110 * 1852 / 3600),
        ("K0200M0084", 840.0, MSL, 200 / 3.6),
        # FL350 lies in air of 218.81 K in the standard atmosphere, where sound travels at 296.5 m/s.
        ("M082F350", 35_000 * 0.3048, PRESSURE, 0.82 * 296.54),
    ],
)
def test_speeds_and_levels(word: str, level_m: float, datum: AltitudeDatum, speed_mps: float) -> None:
    found = speed_level(word)
    assert found is not None
    assert found.level == Level(pytest.approx(level_m), datum)
    assert true_airspeed_mps(found.speed, found.level) == pytest.approx(speed_mps, rel=1e-4)


@pytest.mark.requirement("SC-FMT-09")
def test_a_change_of_level_holds_from_its_point_and_after_the_time_it_takes() -> None:
    """From FL100 to FL120 at 2°E of a flight along the equator: 2,600 ft take 13 NM, 24.1 km, at most."""
    text = (
        FPL.replace("N0120F095 4620N00730E DCT ULMES", "N0300F100 00N002E/N0300F120 00N004E")
        .replace("4610N00700E", "0000N00000E")
        .replace("LSZB0045", "ZZZZ0200")
        .replace(" RMK", " DEST/00N006E RMK")
    )
    volumes = read(text).volumes
    fl100, fl120 = 10_000 * 0.3048, 12_000 * 0.3048

    def band(longitude: float) -> tuple[float | None, float | None]:
        """The least heights that a flight there must have, over all volumes that hold the place."""
        here = [each for each in volumes if contains(each, 0.0, longitude, each.upper_m or 0.0, each.from_s)]
        lowest = [each.lower_m for each in here]
        return (None if None in lowest else min(lowest)), max(each.upper_m for each in here)  # type: ignore[type-var,return-value]

    assert band(0.3) == (None, pytest.approx(fl100 + 91.44))
    assert band(1.5) == (pytest.approx(fl100 - 91.44), pytest.approx(fl100 + 91.44))
    assert band(2.15) == (pytest.approx(fl100 - 91.44), pytest.approx(fl120 + 91.44))
    assert band(3.0) == (pytest.approx(fl120 - 91.44), pytest.approx(fl120 + 91.44))
    assert band(5.9) == (None, pytest.approx(fl120 + 91.44))


@pytest.mark.requirement("SC-FMT-09")
def test_names_without_a_position_are_named_all_at_once() -> None:
    text = FPL.replace("4620N00730E DCT ULMES", "KPT UN871 FRI L856 GVA/N0110F105 DCT")
    with pytest.raises(PlanFileError) as refused:
        decode_plan(text.encode())
    said = str(refused.value)
    assert "no position is known for KPT, FRI, GVA, LSZB; give a waypoint file" in said
    assert "UN871, L856 cannot be followed, being airways" in said


@pytest.mark.requirement("SC-FMT-09")
def test_the_day_comes_from_the_plan_or_from_beside_it() -> None:
    without = FPL.replace("DOF/261201 ", "")
    with pytest.raises(PlanFileError, match="has no DOF/"):
        read(without)
    beside = defaults_from_words({"departure": "2026-12-05T23:00:00Z"}).departure_s
    draft = read(without, departure_s=beside)
    assert draft.volumes[0].from_s == BEGIN_S + 4 * 86_400.0 - 900.0
    assert any("day of flight" in said for said in draft.assumptions)


@pytest.mark.requirement("SC-FMT-09")
def test_elapsed_times_to_points_count() -> None:
    """ULMES is 62.8 km on the way, reached after 17 minutes by speed; by its elapsed time after 40."""
    later = read(FPL.replace("RMK/TEST", "EET/ULMES0040 LFFF0010")).volumes
    assert any(contains(each, 46.5, 7.6, 1_000.0, BEGIN_S + 40 * 60.0 + 899.0) for each in later)
    assert not any(contains(each, 46.5, 7.6, 1_000.0, BEGIN_S + 40 * 60.0 + 899.0) for each in read(FPL).volumes)
    with pytest.raises(PlanFileError, match="elapsed times do not rise"):
        read(FPL.replace("RMK/TEST", "EET/4620N00730E0030 ULMES0010"))


@pytest.mark.requirement("SC-FMT-09")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("(FPL", "(CHG", "the format cannot be told"),
        ("-ZZZZ0800\n", "-ZZZZ2500\n", "item 13 .departure.: 'ZZZZ2500' is not of the form"),
        ("-ZZZZ0800\n", "-AFIL0800\n", "filed in flight"),
        ("-C172/L", "-C172", "item 9"),
        ("-ABC123-IS", "-ABC123456-IS", "item 7"),
        ("N0120F095", "F095", "item 15 .route.: 'F095' is not speed and level"),
        ("N0120F095", "N0120VFR", "level VFR says no height"),
        ("N0120F095", "N0000F095", "speed N0000 is outside"),
        ("DCT ULMES", "ULMES180040", "magnetic bearing"),
        ("DCT ULMES", "DCT ULMES T", "ends in T"),
        ("DCT ULMES", "DCT ULMES/F090", "is not speed and level"),
        ("4620N00730E", "4670N00730E", "minutes and seconds go to 59"),
        ("4620N00730E", "9120N00730E", "latitude 91.3333"),
        ("LSZB0045", "LSZB0000", "0000 is none"),
        ("DOF/261201", "DOF/261301", "is no day"),
        ("DEP/4610N00700E ", "", "has no DEP/"),
        ("-LSZB0045 LSZH\n-DOF/261201 DEP/4610N00700E RMK/TEST)", "", "item 16 .destination.: is missing"),
    ],
)
def test_a_fault_in_a_flight_plan_is_named_with_its_item(old: str, new: str, said: str) -> None:
    assert old in FPL
    with pytest.raises(PlanFileError, match=said):
        read(FPL.replace(old, new))


@pytest.mark.requirement("SC-FMT-09")
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("name,lat,lon\nULMES,46.5,7.6\nULMES,46.6,7.6\n", "line 3: ULMES is there already"),
        ("lat,lon\n46.5,7.6\n", "line 2: has no name"),
        ("name,lat,lon\nULMES,96.5,7.6\n", "line 2: latitude 96.5"),
        ("", "has no points"),
    ],
)
def test_a_waypoint_file_that_contradicts_itself_is_refused(rows: str, said: str) -> None:
    with pytest.raises(PlanFileError, match=said):
        decode_plan(FPL.encode(), None, PlanDefaults(named_points=rows.encode()))


@pytest.mark.requirement("SC-FMT-09")
def test_forms_of_coordinates_and_messages() -> None:
    one_line = " ".join(FPL.split()).lower()
    assert read(one_line).volumes == read(FPL).volumes
    assert filed_plan(FPL.encode()).other == {"DOF": "261201", "DEP": "4610N00700E", "RMK": "TEST"}
    for word in ("462000N0073000E", "4620N00730E"):
        assert read(FPL.replace("4620N00730E", word)).volumes[0] == read(FPL).volumes[0]
