"""The life of a zone: by time, by what was booked before it, and by the others' word; each step once, on both sides."""

from __future__ import annotations

import pytest

from steerclear.model.intent import ConstraintBasis, ConstraintEvent
from steerclear.model.messages import Verdict
from steerclear.model.plans import ItemEnd
from steerclear.model.vocabulary import NoticeSubject
from steerclear.services.acknowledge import acknowledge, respond
from steerclear.services.declare_items import cancel, move_state
from steerclear.services.faults import LineRequestError
from steerclear.services.plan_events import PHASE, PLANS
from tests.services.parties import Node, settle
from tests.services.plans import circle, name, ours, pass_time, tell, terms, theirs, two_nodes, zone

BY = ("north-desk", "duty officer")


@pytest.fixture
def nodes():
    pair = two_nodes()
    yield pair
    for node in pair:
        node.close()


def states(nodes, number=100):
    north, south = nodes
    return ours(north, number).state, theirs(south, number).state


def phases(node: Node) -> int:
    return sum(row.kind == PHASE for row in node.store.journal(0, 10_000))


@pytest.mark.requirement("SC-PLN-10")
def test_a_zone_is_pre_active_active_and_closed_once_on_both_sides(nodes):
    tell(nodes[0], zone())
    settle(*nodes)
    for hours, state in (
        (0.5, "confirmed"),
        (1.74, "confirmed"),
        (1.75, "pre_active"),
        (1.76, "pre_active"),
        (2.0, "active"),
        (3.0, "active"),
        (3.001, "closed"),
        (9.0, "closed"),
    ):
        for _ in range(2):
            pass_time(hours, *nodes)
        assert states(nodes) == (state, state), hours
    assert [phases(node) for node in nodes] == [3, 3]
    assert ours(nodes[0], 100).ended is theirs(nodes[1], 100).ended is ItemEnd.EXPIRED


@pytest.mark.requirement("SC-PLN-10")
@pytest.mark.parametrize(("hours", "steps", "state"), [(1.8, 1, "pre_active"), (2.5, 2, "active"), (4.0, 1, "closed")])
def test_what_fell_due_while_the_node_was_down_is_made_up_for_once(nodes, hours, steps, state):
    north, south = nodes
    tell(north, zone())
    settle(north, south)
    pass_time(0.5, north, south)
    for node in nodes:
        for _ in range(3):
            pass_time(hours, node.restarted(terms()))
        assert phases(node) == steps
    assert states(nodes) == (state, state)
    for node in nodes:
        live = node.store.view_items(PLANS)
        node.store.rebuild_views()
        assert node.store.view_items(PLANS) == live


@pytest.mark.requirement("SC-PLN-11")
def test_back_to_back_bookings_both_keep_their_pending_state(nodes):
    north, _ = nodes
    tell(north, zone(100, volumes=(circle(from_h=2.0, until_h=2.2),)))
    settle(*nodes)
    for node in nodes:
        node.clock.time_s += 10.0
    second = zone(101, volumes=(circle(from_h=2.2, until_h=2.4),))
    if not (said := tell(north, second)).declared:
        read = tuple(one.finding_id for one in said.check.standing_against())
        assert tell(north, second, in_spite_of=read).declared
    settle(*nodes)
    assert states(nodes, 101) == ("confirmed", "confirmed")
    pass_time(1.97, *nodes)
    assert [states(nodes, number) for number in (100, 101)] == [("pre_active",) * 2, ("pre_active",) * 2]
    pass_time(2.05, *nodes)
    assert [states(nodes, number) for number in (100, 101)] == [("active",) * 2, ("pre_active",) * 2]
    pass_time(2.21, *nodes)
    assert [states(nodes, number) for number in (100, 101)] == [("closed",) * 2, ("active",) * 2]


@pytest.mark.requirement("SC-PLN-11")
def test_a_zone_waits_for_the_one_before_it_and_goes_on_when_that_is_taken_back(nodes):
    north, south = nodes
    tell(north, zone(100))
    settle(*nodes)
    for node in nodes:
        node.clock.time_s += 60.0
    said = tell(south, zone(101, volumes=(circle(from_h=2.5, until_h=4.0),)))
    assert not said.declared
    ids = tuple(one.finding_id for one in said.check.standing_against())
    assert tell(south, zone(101, volumes=(circle(from_h=2.5, until_h=4.0),)), in_spite_of=ids).declared
    settle(*nodes)
    assert (ours(south, 101).state, theirs(north, 101, "south").state) == ("queued", "queued")
    pass_time(0.5, *nodes)
    cancel(north.exchange, NoticeSubject.ZONE, name(100), *BY)
    settle(*nodes)
    for _ in range(2):
        pass_time(0.6, *nodes)
    assert (ours(south, 101).state, theirs(north, 101, "south").state) == ("confirmed", "confirmed")


@pytest.mark.requirement("SC-PLN-12")
@pytest.mark.parametrize("sought", [ConstraintBasis.ACKNOWLEDGED, ConstraintBasis.AGREED])
def test_a_zone_that_seeks_the_others_word_is_requested_until_it_has_it(nodes, sought):
    north, south = nodes
    said = tell(north, zone(sought=sought))
    settle(*nodes)
    pass_time(0.1, *nodes)
    assert states(nodes) == ("requested", "requested")
    [message_id] = said.message_ids
    acknowledge(south.exchange, message_id, "south-desk", "duty officer").stored.result()
    settle(*nodes)
    pass_time(0.2, *nodes)
    if sought is ConstraintBasis.AGREED:
        assert states(nodes) == ("requested", "requested")
        respond(south.exchange, message_id, "south-desk", "duty officer", Verdict.NO_OBJECTION).stored.result()
        settle(*nodes)
        pass_time(0.3, *nodes)
        assert states(nodes) == ("requested", "requested")
        respond(south.exchange, message_id, "south-desk", "duty officer", Verdict.APPROVED).stored.result()
        settle(*nodes)
        pass_time(0.4, *nodes)
    settle(*nodes)
    assert states(nodes) == ("confirmed", "confirmed")
    assert theirs(south, 100).item.zone.basis is sought
    size = north.store.last_sequence()
    pass_time(0.5, *nodes)
    assert north.store.last_sequence() == size


@pytest.mark.requirement("SC-PLN-12")
def test_silence_confirms_no_zone(nodes):
    north, _ = nodes
    tell(north, zone(sought=ConstraintBasis.AGREED))
    settle(*nodes)
    for hours in (1.8, 2.5):
        pass_time(hours, *nodes)
        assert states(nodes) == ("requested", "requested")
    pass_time(3.1, *nodes)
    assert states(nodes) == ("closed", "closed")


def test_an_active_zone_is_closed_and_not_cancelled(nodes):
    north, south = nodes
    tell(north, zone())
    settle(*nodes)
    pass_time(2.5, *nodes)
    with pytest.raises(LineRequestError, match="close it"):
        cancel(north.exchange, NoticeSubject.ZONE, name(100), *BY)
    move_state(north.exchange, NoticeSubject.ZONE, name(100), ConstraintEvent.CLOSE, *BY)
    settle(*nodes)
    assert states(nodes) == ("closed", "closed")
    assert theirs(south, 100).ended is ItemEnd.ENDED


def test_a_clock_that_is_set_back_takes_no_state_back(nodes):
    north, _ = nodes
    tell(north, zone())
    pass_time(1.8, north)
    pass_time(1.0, north)
    assert ours(north, 100).state == "pre_active"
    north = north.restarted(terms())
    pass_time(1.0, north)
    assert ours(north, 100).state == "pre_active"
    pass_time(2.0, north)
    assert ours(north, 100).state == "active"
    assert phases(north) == 2
