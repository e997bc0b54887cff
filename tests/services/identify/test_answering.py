"""The answering desk's suggestion, units that are told, and a safety stop in one action."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.known_place import KnownPlace
from steerclear.model.messages import SafetyStop, Verdict
from steerclear.model.track import TrackAge
from steerclear.model.vocabulary import Disclosure
from steerclear.model.volumes import CircleArea
from steerclear.separation.overlap import contains
from steerclear.services.acknowledge import respond
from steerclear.services.faults import LineRequestError, NotAnswerableError
from steerclear.services.identify import cases
from steerclear.services.identify.doubts import doubt_about, silent_s
from steerclear.services.identify.standings import UnknownCaseError
from steerclear.services.identify.suggest import POSSIBLY, PROBABLY, UNKNOWN, suggest
from steerclear.services.identify.tell_units import tell_units, unit_confirms
from steerclear.services.line_events import read_standings
from steerclear.services.stop_from import (
    StopWish,
    read_back_words,
    send_stop,
    volume_around_item,
    volume_around_track,
)
from steerclear.strategic.preparing import prepared
from tests.services.identify.questions import desks, questions, settle, track
from tests.services.parties import START_S
from tests.services.plans import flight, name, site, tell
from tests.strategic.sky import corridor, disc, moved, place

NORTH, SOUTH = ("north-desk", "duty officer"), ("south-desk", "duty officer")


@pytest.fixture
def pair():
    north, south = desks(places=(KnownPlace(name="hut", position=place(-9_000.0, 0.0)),))
    north.tracks = [track()]
    yield north, south
    north.close()
    south.close()


def asked(north, south) -> str:
    north.look(40.0)
    settle(north, south)
    return questions(south)[-1].message_id


@pytest.mark.requirement("SC-IDN-18")
@pytest.mark.parametrize("disclosure", [Disclosure.FULL, Disclosure.SEALED])
def test_the_answering_desk_is_shown_which_of_its_own_flights_explains_the_path(pair, disclosure):
    north, south = pair
    # Declared and not posted yet, or sealed: the asking side cannot know it.
    tell(south, flight(volumes=(corridor(-20_000.0, 60_000.0, from_s=-300.0, until_s=7_200.0),), identities=()),
         disclosure=disclosure)  # fmt: skip
    if disclosure is Disclosure.FULL:
        south.exchange.line("north")  # its notice still waits in its log
        north.look(40.0)
        while north.post_to(south):
            pass
        message_id = questions(south)[-1].message_id
    else:
        message_id = asked(north, south)
    found = suggest(south.exchange, message_id)
    assert found.says == f"{PROBABLY}: Two helicopters to the hut"
    assert found.suggestions[0].reference == name(1)
    assert any("where and when" in reason for reason in found.suggestions[0].reasons)
    assert found.agencies == ("south air service",)
    assert cases(north.exchange)[0].asked[0].standing.value == "no_answer"


@pytest.mark.requirement("SC-IDN-18")
def test_what_is_not_known_is_not_said_to_be_anothers(pair):
    north, south = pair
    tell(south, flight(volumes=(disc(0.0, 60_000.0, from_s=-300.0, until_s=7_200.0),), identities=()))
    found = suggest(south.exchange, asked(north, south))
    assert (found.says, found.suggestions) == (UNKNOWN, ())


@pytest.mark.requirement("SC-IDN-18")
def test_a_flight_nearby_is_possibly_ours_and_our_fleet_is_known_by_its_rules(pair):
    north, south = pair
    tell(south, flight(volumes=(corridor(-20_000.0, 60_000.0, north_m=1_100.0, from_s=-300.0, until_s=7_200.0),),
                       identities=()), disclosure=Disclosure.SEALED)  # fmt: skip
    found = suggest(south.exchange, asked(north, south))
    assert [one.says for one in found.suggestions] == [POSSIBLY]
    north.tracks = [track(callsign="S77", north_m=5_000.0, track_id="t2")]
    found = suggest(south.exchange, asked(north, south))
    assert found.suggestions[0].title == "our fleet"


def test_only_a_peers_question_has_a_suggestion(pair):
    north, south = pair
    message_id = asked(north, south)
    with pytest.raises(NotAnswerableError):
        suggest(north.exchange, message_id)


@pytest.mark.requirement("SC-IDN-19")
def test_units_are_told_whose_it_is_and_each_confirms(pair):
    north, south = pair
    message_id = asked(north, south)
    case_id = cases(north.exchange)[0].case_id
    with pytest.raises(LineRequestError, match="nobody has said that it is theirs"):
        tell_units(north.exchange, case_id, ["second battery"], *NORTH)
    respond(south.exchange, message_id, *SOUTH, Verdict.OURS, reference="F12").stored.result()
    settle(north, south)
    told = tell_units(north.exchange, case_id, ["second battery", "patrol"], *NORTH)
    assert [(unit.unit, unit.confirmed_s) for unit in told.units] == [("patrol", None), ("second battery", None)]
    assert told.units[0].said == "known friendly here: south (duty officer) has said that it is theirs, reference F12"
    north.clock.time_s += 30.0
    later = unit_confirms(north.exchange, case_id, "patrol", *NORTH, "by radio")
    assert [(unit.unit, unit.confirmed_s is None) for unit in later.units] == [
        ("patrol", False),
        ("second battery", True),
    ]
    assert tell_units(north.exchange, case_id, ["patrol"], *NORTH).units[0].confirmed_s == north.clock.time_s
    with pytest.raises(UnknownCaseError, match="was not told"):
        unit_confirms(north.exchange, case_id, "third battery", *NORTH)


@pytest.mark.requirement("SC-IDN-19")
def test_no_unit_is_told_while_the_answers_contradict_and_what_changed_must_be_confirmed_again(pair):
    north, south = pair
    message_id = asked(north, south)
    case_id = cases(north.exchange)[0].case_id
    for verdict in (Verdict.NOT_OURS, Verdict.OURS):
        respond(south.exchange, message_id, *SOUTH, verdict).stored.result()
    settle(north, south)
    with pytest.raises(LineRequestError, match="contradict"):
        tell_units(north.exchange, case_id, ["patrol"], *NORTH)


@pytest.mark.requirement("SC-IDN-20")
def test_a_stop_around_a_track_holds_its_way_ahead_and_goes_to_every_party(pair):
    north, south = pair
    north.look(4.0)
    wish = StopWish(margin_m=500.0, ahead_s=120.0, text="clear the valley")
    one = north.identify.track("t1")
    sent = send_stop(north.exchange, volume_around_track(one, north.clock.time_s, wish), wish, *NORTH)
    settle(north, south)
    [arrived] = [held for held in read_standings(south.store, "north", False, "", 100)
                 if isinstance(held.message, SafetyStop)]  # fmt: skip
    assert arrived.message.message_id in sent.message_ids
    footprint = prepared(arrived.message.volume).footprint
    for after_s in (0.0, 60.0, 119.0):
        at = moved(one, after_s)
        assert contains(footprint, at.latitude_deg, at.longitude_deg)
    beyond = moved(one, 180.0)
    assert not contains(footprint, beyond.latitude_deg, beyond.longitude_deg)
    assert sent.read_back.endswith("of hut")
    assert read_back_words(south.exchange, arrived.message.volume) == sent.read_back


@pytest.mark.requirement("SC-IDN-20")
def test_a_stop_around_a_site_a_zone_and_one_that_stands(pair):
    north, south = pair
    tell(south, site(from_s=START_S - 60.0))
    settle(north, south)
    wish = StopWish(margin_m=700.0)
    around = volume_around_item(north.exchange, name(200), START_S, wish)
    assert isinstance(around.area, CircleArea)
    assert around.area.radius_m == pytest.approx(1_000.0, abs=1.0)
    standing = volume_around_track(track(speed_mps=0.0), START_S, wish)
    assert standing.area.radius_m == 700.0
    with pytest.raises(LineRequestError, match="no zone or site"):
        volume_around_item(north.exchange, "nowhere", START_S, wish)
    with pytest.raises(LineRequestError, match="margin_m"):
        msgspec.structs.replace(wish, margin_m=0.0).check()


@pytest.mark.requirement("SC-IDN-20")
def test_a_stop_for_what_is_no_longer_heard_holds_where_it_was_and_says_so(pair):
    """The picture shows it as if it had flown straight on; it may have turned since, or stand."""
    north, south = pair
    heard_s = START_S - 90.0
    lost = track(age=TrackAge.STALE, time_s=heard_s)
    doubt = doubt_about(lost, START_S)
    assert doubt == "It was last heard 90 s ago: where it is now is not known."
    wish = StopWish(margin_m=500.0, ahead_s=60.0, text="keep clear")
    volume = volume_around_track(lost, START_S, wish, silent_s(lost, START_S))
    footprint = prepared(volume).footprint
    for after_s in (-90.0, 0.0, 59.0):
        at = moved(lost, after_s)
        assert contains(footprint, at.latitude_deg, at.longitude_deg), after_s
    narrow = prepared(volume_around_track(lost, START_S, wish)).footprint
    then = moved(lost, -90.0)
    assert not contains(narrow, then.latitude_deg, then.longitude_deg)
    sent = send_stop(north.exchange, volume, wish, *NORTH, doubt)
    settle(north, south)
    [arrived] = [held for held in read_standings(south.store, "north", False, "", 100)
                 if isinstance(held.message, SafetyStop)]  # fmt: skip
    assert arrived.message.text == f"keep clear {doubt}"
    assert sent.doubt == doubt


@pytest.mark.requirement("SC-IDN-20")
def test_a_stop_for_what_only_a_turned_radar_shows_says_that_it_is_elsewhere():
    assert doubt_about(track(), START_S) == ""
    words = doubt_about(track(place_doubtful=True), START_S)
    assert words == "Only radar shows it, which is out of alignment: it is there, but not where it is shown."


@pytest.mark.requirement("SC-IDN-23")
def test_a_persons_question_about_it_says_so_as_well(pair):
    north, south = pair
    north.tracks = [track(place_doubtful=True)]
    north.look(2.0)
    north.identify.ask("t1", *NORTH, "it circles")
    settle(north, south)
    [question] = questions(south)
    assert question.text.startswith("it circles Only radar shows it")
