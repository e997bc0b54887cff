"""Outlines that are none, from a peer or by hand: they are named where they are, and stop nothing else."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.intent import IntentEvent
from steerclear.model.messages import Notice, NoticeChange
from steerclear.model.plan_check import FindingKind
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.model.volumes import PolygonArea
from steerclear.services.check_plan import check_item
from steerclear.services.declare_items import move_state
from steerclear.services.exchange import Draft
from steerclear.services.faults import LineRequestError
from steerclear.services.own_cover import own_cover
from steerclear.services.plan_notices import Telling, notice_of
from steerclear.services.say import say
from tests.services.parties import START_S, settle
from tests.services.plans import HOUR_S, box, circle, flight, here, name, ours, pass_time, tell, theirs, two_nodes, zone

BY = ("north-desk", "duty officer")
BOW = msgspec.structs.replace(
    circle(), area=PolygonArea(vertices=(here(1.0), here(1.1, 0.1), here(1.1), here(1.0, 0.1)))
)
INSIDE = (here(0.01, 0.01), START_S + 2.5 * HOUR_S)


@pytest.fixture
def nodes():
    pair = two_nodes()
    yield pair
    for node in pair:
        node.close()


def tell_unchecked(node, item, change, revision):
    """A notice as a node would send it that checks nothing."""
    notice = notice_of(item, Telling(disclosure=Disclosure.FULL), change, revision)
    notice = msgspec.structs.replace(notice, to_function="duty officer", contact_function="duty officer")
    node.exchange.send(
        [Draft("south", lambda own_id: msgspec.structs.replace(notice, message_id=own_id))]
    ).stored.result()


@pytest.mark.requirement("SC-PLR-03")
def test_a_zone_of_a_peer_that_is_no_shape_stops_neither_our_clock_nor_what_we_declare(nodes):
    north, south = nodes
    tell(south, zone(101, volumes=(circle(2.0),)))
    tell_unchecked(north, zone(100, volumes=(BOW,), state="confirmed"), NoticeChange.NEW, 1)
    settle(north, south)
    pass_time(0.5, north, south)
    for item in (flight(1), zone(102, volumes=(circle(3.0),))):
        said = tell(south, item)
        assert said.declared
        assert FindingKind.NOT_A_SHAPE in {one.finding.kind for one in said.check.findings}
    pass_time(2.5, north, south)
    assert ours(south, 101).state == "active"


@pytest.mark.requirement("SC-PLR-03")
def test_where_an_aircraft_that_left_its_volumes_may_be_is_told_as_shapes_only(nodes):
    north, south = nodes
    tell(north, flight())
    with pytest.raises(LineRequestError, match="off-nominal volume 0"):
        move_state(north.exchange, NoticeSubject.FLIGHT, name(1), IntentEvent.LEAVE, *BY, (BOW,))
    assert ours(north, 1).revision == 1
    assert move_state(north.exchange, NoticeSubject.FLIGHT, name(1), IntentEvent.LEAVE, *BY, (circle(1.0),)).declared
    settle(north, south)
    assert theirs(south, 1).item.flight.off_nominal_volumes == (circle(1.0),)


@pytest.mark.requirement("SC-PLR-04")
def test_a_volume_that_is_none_does_not_hide_that_an_aircraft_is_ours(nodes):
    north, _ = nodes
    by_hand = Notice(
        notice_id="two-areas", revision=1, change=NoticeChange.NEW, subject=NoticeSubject.FLIGHT, title="survey",
        volumes=(BOW, box()), from_s=box().from_s, until_s=box().until_s, disclosure=Disclosure.FULL,
        contact_function="duty officer",
    )  # fmt: skip
    say(north.exchange, ["south"], by_hand, *BY).stored.result()
    [cover] = own_cover(north.exchange, *INSIDE, 700.0, AltitudeDatum.ELLIPSOID)
    assert cover.inside


@pytest.mark.requirement("SC-PLR-04")
@pytest.mark.parametrize("height_m", [-1e9, 150_000.0, 1e9])
def test_a_height_that_cannot_be_rules_nothing_out(nodes, height_m):
    north, _ = nodes
    tell(north, flight())
    [cover] = own_cover(north.exchange, *INSIDE, height_m, AltitudeDatum.ELLIPSOID)
    assert cover.inside


@pytest.mark.requirement("SC-PLR-04")
def test_a_flight_in_use_is_still_ours_when_its_time_has_run_out_until_it_is_said_to_have_ended(nodes):
    north, _ = nodes
    tell(north, flight())
    pass_time(2.0, north)
    move_state(north.exchange, NoticeSubject.FLIGHT, name(1), IntentEvent.ACTIVATE, *BY)
    pass_time(3.5, north)
    seen = (here(0.01, 0.01), START_S + 3.5 * HOUR_S, 700.0, AltitudeDatum.ELLIPSOID, Identity(callsign="N12"))
    [cover] = own_cover(north.exchange, *seen)
    assert (cover.inside, cover.identity_fits) == (False, True)
    assert own_cover(north.exchange, *seen[:4]) != ()
    move_state(north.exchange, NoticeSubject.FLIGHT, name(1), IntentEvent.END, *BY)
    assert own_cover(north.exchange, *seen) == ()


@pytest.mark.requirement("SC-PLR-05")
def test_what_a_peer_says_last_holds_and_an_older_number_makes_it_no_opening(nodes):
    north, south = nodes
    tell(north, flight())
    tell(north, flight(revision=2), new=False)
    settle(north, south)
    moved = flight(revision=1, volumes=(circle(3.0),))
    tell_unchecked(north, moved, NoticeChange.AMENDED, 3)
    settle(north, south)
    seen = theirs(south, 1)
    assert seen.volumes == moved.flight.volumes
    assert seen.openings == ()
    checked, _ = check_item(south.exchange, flight(7, volumes=(circle(3.0),)))
    assert FindingKind.FLIGHT in {one.finding.kind for one in checked.findings}


@pytest.mark.requirement("SC-PLR-19")
@pytest.mark.parametrize("heights", [(-5_000.0, 1_000.0), (500.0, 150_000.0), (-9_000.0, 2e6)])
def test_a_zone_of_a_peer_whose_heights_are_beyond_all_measure_is_compared(nodes, heights):
    north, south = nodes
    lower_m, upper_m = heights
    high = msgspec.structs.replace(circle(), lower_m=lower_m, upper_m=upper_m)
    tell_unchecked(north, zone(100, volumes=(high,), state="confirmed"), NoticeChange.NEW, 1)
    settle(north, south)
    checked, _ = check_item(south.exchange, flight(7, volumes=(circle(),)))
    assert FindingKind.ZONE in {one.finding.kind for one in checked.findings}


@pytest.mark.requirement("SC-PLR-19")
@pytest.mark.parametrize("heights", [(-2_000.0, 500.0), (0.0, 100_000.0)])
def test_what_reaches_to_the_limits_is_compared_when_it_is_told_coarsely(nodes, heights):
    north, south = nodes
    lower_m, upper_m = heights
    tell(north, zone(100, volumes=(msgspec.structs.replace(circle(), lower_m=lower_m, upper_m=upper_m),)),
         disclosure=Disclosure.COARSE)  # fmt: skip
    settle(north, south)
    checked, _ = check_item(south.exchange, flight(7, volumes=(circle(lower_m=100.0, upper_m=400.0),)))
    assert FindingKind.ZONE in {one.finding.kind for one in checked.findings}
