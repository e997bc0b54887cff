"""The runner: the same outcome byte for byte, clocks that are wrong, lines that are cut, nodes that go down."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from steerclear.interfaces.scenario_file import decode_scenario, starter_file
from steerclear.model.drill import DrillOutcome
from steerclear.model.scenario import Feed, Outage, Scenario, Span
from steerclear.simulation.drill import DrillError, play
from steerclear.simulation.drill.feeds import flown_of, reports_of
from tests.simulation.drill.played import judged, played, scenario


@pytest.fixture(scope="module")
def starter() -> Scenario:
    return decode_scenario(starter_file())


def changed(scenario: Scenario, **parts: Any) -> Scenario:
    return msgspec.structs.replace(scenario, **parts)


def seen(outcome: DrillOutcome, what: str, **facts: str) -> list[float]:
    return [
        one.time_s - outcome.start_s
        for one in outcome.observations
        if one.what == what and all(one.facts.get(key) == value for key, value in facts.items())
    ]


@pytest.mark.requirement("SC-DRL-04")
@pytest.mark.parametrize("name", ["calls-unanswered", "two-limits"])
def test_the_same_scenario_gives_the_same_outcome_byte_for_byte(name: str) -> None:
    again = play(scenario(name))
    assert msgspec.json.encode(again) == msgspec.json.encode(played(name))


@pytest.mark.requirement("SC-DRL-04")
def test_the_starter_is_met_and_time_never_goes_back(starter: Scenario) -> None:
    outcome = play(starter)
    assert outcome.met
    times = [one.time_s for one in outcome.observations]
    assert times == sorted(times)
    assert outcome.start_s <= times[0]
    assert times[-1] <= outcome.until_s


def test_progress_is_told_from_begin_to_end(starter: Scenario) -> None:
    told: list[float] = []
    play(starter, progress=told.append)
    assert told == sorted(told)
    assert told[0] < 0.01
    assert 0.99 < told[-1] <= 1.0


@pytest.mark.requirement("SC-DRL-05")
def test_a_wrong_clock_moves_the_partys_own_deadlines_by_no_more(starter: Scenario) -> None:
    """A deadline runs for as long as agreed by each side's own clock, wherever that clock stands."""
    north, south = starter.parties
    ahead = changed(starter, parties=(north, msgspec.structs.replace(south, clock_ahead_s=3.0)))
    [reached] = seen(play(ahead), "rung", name="keep-clear", function="deputy")
    [right] = seen(play(starter), "rung", name="keep-clear", function="deputy")
    assert abs(reached - right) <= 1.0


@pytest.mark.requirement("SC-DRL-05")
def test_a_cut_line_delivers_nothing_and_then_what_waited(starter: Scenario) -> None:
    start_s = starter.drill.start_s
    cut = Outage(between=("north", "south"), from_s=start_s + 1_200.0, until_s=start_s + 1_800.0)
    outcome = play(changed(starter, outages=(cut,)))
    assert not [at for at in seen(outcome, "received", name="keep-clear") if at < 1_800.0]
    assert seen(outcome, "received", name="keep-clear")
    assert seen(outcome, "link", peer="south", state="down")
    assert seen(outcome, "unanswered", name="keep-clear", step="acknowledgement") == [pytest.approx(1_320.0, abs=1.0)]


@pytest.mark.requirement("SC-DRL-05")
def test_a_node_that_was_down_comes_back_over_what_its_disk_held(starter: Scenario) -> None:
    start_s = starter.drill.start_s
    down = Outage(between=("south",), from_s=start_s + 1_290.0, until_s=start_s + 1_500.0)
    outcome = play(changed(starter, outages=(down,)))
    received = seen(outcome, "received", name="keep-clear")
    assert received
    assert received[0] < 1_290.0
    reached = seen(outcome, "rung", name="keep-clear", function="deputy")
    assert len(reached) == 1
    assert 1_500.0 <= reached[0] <= 1_512.0, "what fell due meanwhile is made up for at the start"
    assert seen(outcome, "record", same="yes")


@pytest.mark.requirement("SC-DRL-06")
def test_a_turned_and_a_shifted_feed_report_where_they_see_it(starter: Scenario) -> None:
    [feed] = starter.feeds
    site = starter.tracks[0].path[0].position
    flown = flown_of(starter)
    true = reports_of(starter, flown)["north"]
    turned = reports_of(changed(starter, feeds=(with_faults(feed, rotation_deg=90.0, site=site),)), flown)["north"]
    shifted = reports_of(changed(starter, feeds=(with_faults(feed, shift_m=3_704.0),)), flown)["north"]
    assert len(true) == len(turned) == len(shifted)
    # Due south of the site becomes due west of it, and so does the way it flies.
    assert turned[100].latitude_deg == pytest.approx(site.latitude_deg, abs=1e-3)
    assert turned[100].longitude_deg < site.longitude_deg - 0.1
    assert turned[100].east_mps == pytest.approx(true[100].north_mps, abs=0.1)
    # 2 NM to the north is two minutes of latitude.
    assert shifted[50].latitude_deg - true[50].latitude_deg == pytest.approx(2.0 / 60.0, rel=0.01)


@pytest.mark.requirement("SC-DRL-06")
def test_reports_are_on_the_path_at_even_speed(starter: Scenario) -> None:
    reports = reports_of(starter, flown_of(starter))["north"]
    path = starter.tracks[0].path
    at = {report.time_s: report for report in reports}
    for point in path:
        if point.at_s in at:
            assert at[point.at_s].latitude_deg == pytest.approx(point.position.latitude_deg, abs=1e-9)
    steps = [b.latitude_deg - a.latitude_deg for a, b in itertools.pairwise(reports[:100])]
    assert max(steps) - min(steps) < 1e-7
    assert all(report.receipt_time_s == report.time_s + 1.0 for report in reports)
    assert all(report.callsign is None and report.icao_address is None for report in reports)


@pytest.mark.requirement("SC-DRL-06")
def test_a_feed_is_silent_when_it_is_said_to_be(starter: Scenario) -> None:
    [feed] = starter.feeds
    start_s = starter.drill.start_s
    quiet = msgspec.structs.replace(feed, silent=(Span(from_s=start_s + 720.0, until_s=start_s + 900.0),))
    times = [one.time_s - start_s for one in reports_of(changed(starter, feeds=(quiet,)), flown_of(starter))["north"]]
    assert not [at for at in times if 720.0 <= at < 900.0]
    assert 715.0 in times
    assert 900.0 in times


def test_an_agreement_that_does_not_hold_is_refused_with_its_line(starter: Scenario) -> None:
    wrong = starter_file().replace(b'radius = "6 km" }\nlower', b'radius = "6 parsec" }\nlower', 1)
    with pytest.raises(DrillError, match=r"agreement\.zones\[0\].* \(line \d+\).*parsec"):
        play(decode_scenario(wrong))


def test_a_scenario_does_not_write_the_parties_of_its_agreement(starter: Scenario) -> None:
    with pytest.raises(DrillError, match="parties have tables of their own"):
        play(changed(starter, agreement={"parties": []}))


@pytest.mark.requirement("SC-DRL-07")
def test_an_entry_of_the_agreement_replaces_the_one_that_is_called_the_same(starter: Scenario) -> None:
    rule = {"message": "safety_stop", "urgency": "immediate", "acknowledge_within": "30 s", "ladder": "urgent"}
    quicker = changed(starter, agreement={**starter.agreement, "message_deadlines": [rule]})
    outcome = play(quicker)
    assert seen(outcome, "unanswered", name="keep-clear", step="acknowledgement") == [pytest.approx(1_290.0, abs=1.0)]
    # The others stay: the alert notice still has its minute.
    assert seen(outcome, "unanswered", kind="alert_notice")


def test_an_expectation_that_is_late_is_missed_and_says_when(starter: Scenario) -> None:
    late = [
        msgspec.structs.replace(one, by_s=starter.drill.start_s + 1_300.0) if one.name == "deputy-reached" else one
        for one in starter.expect
    ]
    one = judged(play(changed(starter, expect=tuple(late))), "deputy-reached")
    assert not one.met
    assert one.seen_s == pytest.approx(starter.drill.start_s + 1_381.0, abs=1.5)


def with_faults(feed: Feed, **faults: Any) -> Feed:
    return msgspec.structs.replace(feed, **faults)
