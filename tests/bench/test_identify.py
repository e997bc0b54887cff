"""The section of identification: what it measures on a real recording, and what the page says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.budget import Budget
from bench.identify_day import declared, flights_of, name_of, read_scans, recording, stripped_sky

from bench import identify, readme
from steerclear.separation.overlap import contains
from steerclear.strategic.preparing import prepared

ROOT = Path(__file__).parents[2]
FIRST_S = 1_500.0


@pytest.fixture(scope="module")
def start():
    whole = read_scans(recording(), 1_633_608_000.0 + FIRST_S)
    return whole, flights_of(whole)


@pytest.mark.requirement("SC-IDN-22")
def test_declared_flights_hold_the_paths_that_they_were_made_from(start):
    _, flights = start
    for flown in flights[:10]:
        volumes = [prepared(volume) for volume in declared(flown).volumes]
        for report in flown.reports[:: max(1, len(flown.reports) // 40)]:
            if report.pressure_altitude_m is None:
                continue
            assert any(
                one.volume.from_s <= report.time_s <= one.volume.until_s
                and one.own[0] <= report.pressure_altitude_m <= one.own[1]
                and contains(one.footprint, report.latitude_deg, report.longitude_deg)
                for one in volumes
            )


@pytest.mark.requirement("SC-IDN-22")
def test_a_stripped_aircraft_says_nothing_and_the_seed_says_which_it_is(start):
    read, flights = start
    one, again = (stripped_sky(read, flights, 0.2, 0.1, 5) for _ in range(2))
    assert one.stripped == again.stripped
    assert one.undeclared < one.stripped
    names = {report.source_track for scan in one.scans for report in scan.reports if report.icao_address is None}
    assert names <= {name_of(number) for number in one.stripped}
    assert all(
        report.callsign is None for scan in one.scans for report in scan.reports if report.source_track is not None
    )


@pytest.mark.requirement("SC-IDN-22")
def test_no_aircraft_without_identity_is_taken_for_anothers_flight_in_the_first_minutes(start):
    read, flights = start
    told = identify._case("a fifth", stripped_sky(read, flights, 0.2, 0.0, 5))
    assert told["precision"] == 1.0
    assert told["recall"] > 0.8
    assert told["known_right"] > 0.99


@pytest.mark.requirement("SC-IDN-22")
def test_the_table_says_what_was_measured_and_the_page_carries_it():
    result = json.loads((ROOT / "bench" / "results" / "identify.json").read_text())
    assert result["recording"] == "quickstart.json.gz"
    text = identify.table(result)
    assert text == (ROOT / "bench" / "results" / "identify.md").read_text().strip()
    assert readme.main(["--check"]) == 0
    assert text in (ROOT / "docs" / "identification.md").read_text()


def test_the_scene_for_timing_follows_from_its_seed():
    told = identify._speed(30, Budget(quick=True, seconds=1.0))
    assert (told["tracks"], told["flights"], told["volumes"]) == (30, 30, 300)
    assert sum(told["states"].values()) == 30
