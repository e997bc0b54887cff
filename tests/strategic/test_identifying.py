"""Whose an aircraft is, from what is declared: what a desk would say of the same pictures."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.geodesy.footprints import circle_footprint
from steerclear.model.declared import Known
from steerclear.model.identification import IdentificationState, MatchBasis
from steerclear.model.track import AltitudeDatum, Identity, TrackAge
from steerclear.separation.overlap import contains, footprint_distance_m
from steerclear.strategic.answers import GivenAnswer
from steerclear.strategic.expected import ExpectedFlight, one_letter_apart
from steerclear.strategic.fitting import NEAR_M, NEAR_S, fits, measured, placed
from steerclear.strategic.flight_tables import ExpectedFlights
from steerclear.strategic.identifying import NOTHING_YET, identify
from steerclear.strategic.preparing import prepared
from tests.strategic.sky import NOW_S, corridor, disc, flight, found, moved, place, track, watched

IDENTIFIED, ELSEWHERE, UNKNOWN = IdentificationState


@pytest.mark.requirement("SC-IDN-01")
def test_an_aircraft_with_the_declared_address_where_it_was_declared_is_identified_at_once():
    one = found(watched([track(address=0x4B1234)], [flight(address=0x4B1234)], seconds=0))
    assert (one.state, one.match.party, one.match.item_id) == (IDENTIFIED, "north", "f1")
    assert one.match.basis is MatchBasis.DECLARED_IDENTITY
    assert one.match.confidence > 0.95
    assert "it says address 4b1234, as declared" in one.match.reasons


@pytest.mark.requirement("SC-IDN-01")
def test_an_aircraft_that_says_nothing_is_identified_by_where_it_flies_but_not_at_first_sight():
    first = found(watched([track()], [flight(address=0x4B1234)], seconds=0))
    assert first.state is UNKNOWN
    assert first.alternatives[0].item_id == "f1"
    later = found(watched([track()], [flight(address=0x4B1234)], seconds=60))
    assert (later.state, later.match.basis) == (IDENTIFIED, MatchBasis.VOLUME)
    assert any("where and when" in reason for reason in later.match.reasons)


@pytest.mark.requirement("SC-IDN-02")
@pytest.mark.parametrize(
    ("aircraft", "declared", "outside"),
    [
        (track(north_m=20_000.0, callsign="N12"), flight(callsign="N12"), "horizontal_outside_m"),
        (track(height_m=2_000.0, callsign="N12"), flight(callsign="N12"), "vertical_outside_m"),
        (track(callsign="N12"), flight(corridor(from_s=3_600.0, until_s=7_200.0), callsign="N12"), "time_outside_s"),
    ],
)
def test_a_declared_aircraft_elsewhere_does_not_conform_and_the_figures_say_by_how_much(aircraft, declared, outside):
    one = found(watched([aircraft], [declared], seconds=30))
    assert one.state is ELSEWHERE
    assert getattr(one.match, outside) == pytest.approx(
        {"horizontal_outside_m": 19_500.0, "vertical_outside_m": 800.0, "time_outside_s": 3_570.0}[outside], rel=0.01
    )
    others = {"horizontal_outside_m", "vertical_outside_m", "time_outside_s"} - {outside}
    assert all(getattr(one.match, name) == 0.0 for name in others)


@pytest.mark.requirement("SC-IDN-02")
def test_a_declared_aircraft_whose_flight_was_withdrawn_does_not_conform():
    one = found(watched([track(callsign="N12")], [flight(callsign="N12", over=True)], seconds=30))
    assert one.state is ELSEWHERE
    assert "the flight is over, or was withdrawn" in one.match.reasons


@pytest.mark.requirement("SC-IDN-03")
def test_what_nothing_explains_is_unidentified_and_says_no_more():
    one = found(watched([track(north_m=30_000.0)], [flight()], seconds=60))
    assert (one.state, one.match, one.alternatives) == (UNKNOWN, None, ())


@pytest.mark.requirement("SC-IDN-03")
def test_an_aircraft_that_says_another_identity_is_not_taken_for_the_flight_it_flies_through():
    one = found(watched([track(callsign="ZZ9", address=0x111111)], [flight(callsign="N12", address=0x4B1234)]))
    assert one.state is UNKNOWN


@pytest.mark.requirement("SC-IDN-04")
def test_two_explanations_equally_good_are_told_as_two_and_neither_is_taken():
    one = found(watched([track()], [flight(item_id="a"), flight(item_id="b", party="south")]))
    assert one.state is UNKNOWN
    assert {match.item_id for match in one.alternatives} == {"a", "b"}
    assert any("as good as this one" in reason for match in one.alternatives for reason in match.reasons)


@pytest.mark.requirement("SC-IDN-04")
def test_two_aircraft_in_one_flight_that_names_none_are_both_left_open():
    look = watched([track(), track(east_m=2_000.0, track_id="t2")], [flight()])
    assert [found(look, name).state for name in ("t1", "t2")] == [UNKNOWN, UNKNOWN]


@pytest.mark.requirement("SC-IDN-04")
def test_what_is_known_of_one_aircraft_makes_the_other_clear():
    """Two flights in one corridor: the one that says who it is leaves the other flight to the silent one."""
    look = watched(
        [track(callsign="N1"), track(east_m=2_000.0, track_id="t2")],
        [flight(callsign="N1", item_id="a"), flight(callsign="N2", item_id="b")],
    )
    assert found(look, "t1").match.item_id == "a"
    assert (found(look, "t2").state, found(look, "t2").match.item_id) == (IDENTIFIED, "b")


@pytest.mark.requirement("SC-IDN-05")
def test_an_address_claimed_at_two_places_counts_where_it_flies_as_declared_and_is_named_at_both():
    look = watched(
        [track(address=7), track(north_m=40_000.0, address=7, track_id="t2")], [flight(address=7)], seconds=30
    )
    assert found(look, "t1").state is IDENTIFIED
    assert any("claimed at 2 places" in reason for reason in found(look, "t1").match.reasons)
    false = found(look, "t2")
    assert false.state is UNKNOWN
    assert any("fits it better" in reason for reason in false.alternatives[0].reasons)


@pytest.mark.requirement("SC-IDN-05")
def test_an_address_claimed_twice_where_both_fit_identifies_neither():
    look = watched([track(address=7), track(east_m=3_000.0, address=7, track_id="t2")], [flight(address=7)])
    assert [found(look, name).state for name in ("t1", "t2")] == [UNKNOWN, UNKNOWN]


@pytest.mark.requirement("SC-IDN-05")
def test_a_fleet_address_claimed_at_two_places_is_nobodys():
    look = watched([track(address=7, party="north"), track(north_m=9e4, address=7, party="north", track_id="t2")], [])
    assert [found(look, name).state for name in ("t1", "t2")] == [UNKNOWN, UNKNOWN]
    assert found(look, "t1").alternatives[0].basis is MatchBasis.FLEET


@pytest.mark.requirement("SC-IDN-05")
def test_a_mistyped_callsign_is_a_hint_where_the_place_fits_and_no_more_elsewhere():
    here = found(watched([track(callsign="NR12B")], [flight(callsign="NR12C")], seconds=10))
    assert (here.state, here.match.item_id) == (IDENTIFIED, "f1")
    assert "one letter from the declared NR12C" in here.match.reasons[0]
    there = found(watched([track(callsign="NR12B", north_m=30_000.0)], [flight(callsign="NR12C")]))
    assert there.state is UNKNOWN
    assert there.alternatives[0].item_id == "f1"


@pytest.mark.requirement("SC-IDN-01")
def test_an_identity_of_a_partys_fleet_is_known_without_any_flight():
    one = found(watched([track(address=7, party="north")], [], seconds=0))
    assert (one.state, one.match.party, one.match.basis) == (IDENTIFIED, "north", MatchBasis.FLEET)


@pytest.mark.requirement("SC-IDN-01")
def test_an_aircraft_of_one_partys_fleet_is_not_taken_for_anothers_flight():
    one = found(watched([track(address=7, party="south")], [flight()]))
    assert (one.match.party, one.match.basis) == ("south", MatchBasis.FLEET)


@pytest.mark.requirement("SC-IDN-06")
def test_a_state_does_not_flicker_at_a_boundary():
    """Along the edge, in and out every two seconds: the state holds; outside for good: it follows after a while."""
    expected = ExpectedFlights([flight(callsign="N12")])
    previous, states = NOTHING_YET, []
    for second in range(0, 60, 2):
        edge_m = 490.0 if second % 4 else 510.0
        previous = identify([track(north_m=edge_m, callsign="N12")], expected, NOW_S + second, previous)
        states.append(found(previous).state)
    assert len(set(states)) == 1
    inside = identify([track(callsign="N12")], expected, NOW_S + 100.0)
    for second in range(0, 30, 2):
        inside = identify([track(north_m=600.0, callsign="N12")], expected, NOW_S + 102.0 + second, inside)
        assert found(inside).state is (IDENTIFIED if second < 10 else ELSEWHERE), second


@pytest.mark.requirement("SC-IDN-06")
def test_what_was_identified_by_where_it_flew_and_leaves_is_elsewhere_than_declared():
    silent = track(east_m=15_000.0)
    one = found(watched([silent], [flight()], seconds=180))
    assert (one.state, one.match.item_id) == (ELSEWHERE, "f1")


@pytest.mark.requirement("SC-IDN-06")
def test_a_change_is_told_once():
    look = watched([track(callsign="N12")], [flight(callsign="N12")], seconds=0)
    assert [one.track_id for one in look.changed] == ["t1"]
    again = watched([track(callsign="N12")], [flight(callsign="N12")], seconds=40, from_s=2.0, previous=look)
    assert again.changed == ()
    assert found(again).decided_s == NOW_S


@pytest.mark.requirement("SC-IDN-06")
def test_a_stale_track_keeps_what_was_known_of_it():
    look = watched([track(callsign="N12")], [flight(callsign="N12")], seconds=10)
    stale = track(north_m=30_000.0, callsign="N12", age=TrackAge.STALE)
    assert found(identify([stale], ExpectedFlights([flight(callsign="N12")]), NOW_S + 60, look)) == found(look)


@pytest.mark.requirement("SC-IDN-06")
def test_an_aircraft_on_the_ground_is_known_by_its_identity_and_never_elsewhere():
    parked = track(north_m=30_000.0, callsign="N12", on_ground=True)
    one = found(watched([parked], [flight(callsign="N12")], seconds=30))
    assert (one.state, one.match.item_id) == (IDENTIFIED, "f1")
    assert found(watched([track(on_ground=True)], [flight()], seconds=60)).state is UNKNOWN


@pytest.mark.requirement("SC-IDN-23")
def test_what_only_a_turned_radar_shows_is_known_by_its_identity_and_by_no_place():
    shown = track(north_m=30_000.0, callsign="N12", place_doubtful=True)
    one = found(watched([shown], [flight(callsign="N12")], seconds=30))
    assert (one.state, one.match.item_id) == (IDENTIFIED, "f1")
    assert any("out of alignment" in reason for reason in one.match.reasons)
    echo = track(place_doubtful=True)
    assert found(watched([echo], [flight()], seconds=120)).state is UNKNOWN


@pytest.mark.requirement("SC-IDN-01")
@pytest.mark.parametrize("height_m", [None, 1_000.0])
def test_unknown_heights_and_unlike_datums_never_speak_against_an_aircraft(height_m):
    above_sea = msgspec.structs.replace(corridor(), altitude_datum=AltitudeDatum.MSL_GEOID)
    one = found(watched([track(height_m=height_m, callsign="N12")], [flight(above_sea, callsign="N12")], seconds=30))
    assert one.state is IDENTIFIED
    assert any("height" in reason for reason in one.match.reasons)


@pytest.mark.requirement("SC-IDN-07")
def test_an_answer_ours_identifies_and_two_of_them_do_not():
    yes = GivenAnswer(party="south", ours=True, function="duty officer", reference="F12")
    one = found(watched([track()], [], answers={"t1": [yes]}, seconds=0))
    assert (one.state, one.match.party, one.match.basis) == (IDENTIFIED, "south", MatchBasis.ANSWER)
    assert "by reference F12" in one.match.reasons[0]
    both = found(watched([track()], [], answers={"t1": [yes, GivenAnswer(party="north", ours=True)]}, seconds=0))
    assert both.state is UNKNOWN
    assert {match.party for match in both.alternatives} == {"north", "south"}


@pytest.mark.requirement("SC-IDN-07")
def test_a_sealed_flight_answers_by_its_reference_and_by_nothing_else():
    sealed = ExpectedFlight(party="south", item_id="s1", known=Known.SEALED, from_s=NOW_S - 60, until_s=NOW_S + 3_600)
    assert found(watched([track()], [sealed], seconds=30)).state is UNKNOWN
    yes = GivenAnswer(party="south", ours=True, reference="s1", item=("south", "s1"), sealed=True)
    one = found(watched([track()], [sealed], answers={"t1": [yes]}, seconds=0))
    assert (one.match.basis, one.match.item_id) == (MatchBasis.SEALED_REFERENCE, "s1")


@pytest.mark.requirement("SC-IDN-07")
def test_not_ours_speaks_against_the_partys_own_flight():
    no = GivenAnswer(party="north", ours=False)
    one = found(watched([track()], [flight()], answers={"t1": [no]}))
    assert one.state is UNKNOWN
    assert "north has said that it is not theirs" in one.alternatives[0].reasons


@pytest.mark.requirement("SC-IDN-25")
@pytest.mark.parametrize("seconds", [0, 60])
@pytest.mark.parametrize(
    ("aircraft", "declared", "denial"),
    [
        (track(address=0x4B1234), [flight(address=0x4B1234)], "north has said that it is not theirs"),
        (track(address=0x4B1234, party="north"), [], "north has said that it is not theirs"),
        (track(callsign="N12", north_m=20_000.0), [flight(callsign="N12")], "north has said that it is not theirs"),
    ],
)
def test_what_its_own_party_denies_is_told_and_never_taken_whatever_the_aircraft_says(
    aircraft, declared, denial, seconds
):
    """Anybody can send another's address: whose it would be has said that it is not theirs."""
    assert found(watched([aircraft], declared, seconds=seconds)).state is not UNKNOWN
    no = GivenAnswer(party="north", ours=False, function="duty officer")
    one = found(watched([aircraft], declared, answers={"t1": [no]}, seconds=seconds))
    assert (one.state, one.match) == (UNKNOWN, None)
    [other] = one.alternatives
    assert (other.party, other.reasons.count(denial)) == ("north", 1)
    assert not any("neither is taken" in reason for reason in other.reasons)


@pytest.mark.requirement("SC-IDN-25")
def test_a_denial_takes_back_what_an_aircraft_was_taken_for_by_its_flight():
    before = watched([track()], [flight()], seconds=60)
    assert found(before).state is IDENTIFIED
    no = GivenAnswer(party="north", ours=False)
    after = identify([track()], ExpectedFlights([flight()]), NOW_S + 61.0, before, {"t1": [no]})
    assert found(after).state is UNKNOWN


@given(
    st.lists(st.tuples(st.floats(-9e3, 9e3), st.floats(-9e3, 9e3), st.floats(-400, 400)), min_size=1, max_size=6),
    st.lists(
        st.tuples(st.floats(-9e3, 9e3), st.floats(-9e3, 9e3), st.floats(1, 4e3), st.floats(-500, 500)), max_size=6
    ),
)
@settings(max_examples=60, deadline=None)
def test_the_prefilter_drops_no_pair_that_fits(aircraft, discs):
    """Against every pair measured by brute force with the exact predicates of another room."""
    tracks = [track(east, north, speed_mps=0.0, track_id=str(n)) for n, (east, north, _) in enumerate(aircraft)]
    flights = [flight(disc(east, north, radius, from_s, from_s + 100.0), item_id=str(n))
               for n, (east, north, radius, from_s) in enumerate(discs)]  # fmt: skip
    expected, where = ExpectedFlights(flights), placed(tracks)
    told = fits(where, expected, NOW_S)
    pairs = zip(told.tracks.tolist(), told.flights.tolist(), told.words.tolist(), strict=True)
    fit = {(t, f): words[0] for t, f, words in pairs}
    for t, one in enumerate(tracks):
        for f, other in enumerate(flights):
            footprint = prepared(other.volumes[0]).footprint
            point = circle_footprint(one.latitude_deg, one.longitude_deg, 0.01)
            late_s = max(other.from_s - NOW_S, NOW_S - other.until_s, 0.0)
            away_m = (
                0.0
                if contains(footprint, one.latitude_deg, one.longitude_deg)
                else footprint_distance_m(footprint, point)
            )
            assert fit.get((t, f), 0.0) == pytest.approx(max(0.0, 1.0 - away_m / NEAR_M - late_s / NEAR_S), abs=1e-4)


@given(st.floats(-9e3, 9e3), st.floats(-3e3, 3e3))
@settings(max_examples=60, deadline=None)
def test_distances_from_a_polygon_are_those_of_the_ellipsoid(east_m, north_m):
    volume = corridor()
    expected, where = ExpectedFlights([flight(volume)]), placed([track(east_m, north_m)])
    words = measured(where, expected, NOW_S, np.zeros(1, np.int64), np.zeros(1, np.int64), whole=True).words[0]
    at = place(east_m, north_m)
    point = circle_footprint(at.latitude_deg, at.longitude_deg, 0.01)
    assert words[2] == pytest.approx(footprint_distance_m(prepared(volume).footprint, point), abs=0.1, rel=0.01)


@given(st.text("ABC", max_size=4), st.text("ABC", max_size=4))
def test_one_letter_apart_is_an_edit_distance_of_one(one, other):
    def edits(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        return min(edits(a[1:], b) + 1, edits(a, b[1:]) + 1, edits(a[1:], b[1:]) + (a[0] != b[0]))

    assert one_letter_apart(one, other) is (edits(one, other) == 1)


@given(st.permutations(range(4)), st.permutations(range(4)))
@settings(max_examples=30, deadline=None)
def test_the_order_of_tracks_and_flights_says_nothing(order, other):
    tracks = [track(1_000.0 * n, 300.0 * n, track_id=f"t{n}", callsign="N1" if n == 2 else None) for n in range(4)]
    flights = [flight(corridor(north_m=400.0 * n), item_id=f"f{n}", callsign=f"N{n}") for n in range(4)]
    straight = watched(tracks, flights, seconds=40)
    mixed = watched([tracks[n] for n in order], [flights[n] for n in other], seconds=40)
    assert {name: one.found for name, one in straight.tracks.items()} == {
        name: one.found for name, one in mixed.tracks.items()
    }


def test_a_flight_may_have_as_many_aircraft_as_it_names():
    pair = msgspec.structs.replace(flight(), identities=(Identity(callsign="N1"), Identity(callsign="N2")))
    look = watched([track(callsign="N1"), track(east_m=500.0, callsign="N2", track_id="t2")], [pair], seconds=0)
    assert [found(look, name).state for name in ("t1", "t2")] == [IDENTIFIED, IDENTIFIED]


def test_an_aircraft_that_flies_against_the_chain_of_volumes_fits_worse():
    """The same place and time; the volumes ahead of it are already over."""
    chain = [
        corridor(1_000.0 * n, 1_000.0 * (n + 1), from_s=20.0 * n - 30.0, until_s=20.0 * n + 30.0) for n in range(9)
    ]
    with_it, against = track(500.0), track(500.0, speed_mps=-50.0)
    expected = ExpectedFlights([flight(*chain)])
    ahead = [fits(placed([one]), expected, NOW_S).words[0][1] for one in (with_it, against)]
    assert ahead[0] == 1.0
    assert ahead[1] < 0.8


def test_moving_all_of_it_in_time_changes_nothing():
    look = watched([track()], [flight()], seconds=60)
    later = msgspec.structs.replace(flight(), volumes=(corridor(from_s=86_100.0, until_s=87_300.0),))
    assert found(watched([moved(track(), 0.0)], [later], seconds=60, from_s=0.0)).state is UNKNOWN
    assert found(look).state is IDENTIFIED
