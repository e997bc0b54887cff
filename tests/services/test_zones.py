"""The life of a zone: by time, by what was booked before it, and by the others' word; each step once, on both sides."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.intent import ConstraintBasis, ConstraintEvent
from steerclear.model.messages import Notice, NoticeChange, Verdict
from steerclear.model.plans import ItemEnd, declared
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.services.acknowledge import acknowledge, respond
from steerclear.services.check_plan import check_item
from steerclear.services.declare_items import cancel, move_state
from steerclear.services.exchange import Draft
from steerclear.services.faults import LineRequestError
from steerclear.services.plan_events import PHASE, PLANS
from steerclear.services.plan_notices import Telling, notice_of
from tests.services.parties import Node, settle
from tests.services.plans import circle, flight, name, ours, pass_time, tell, terms, theirs, two_nodes, zone

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


def agreed_zone(nodes, hours=0.2):
    """A zone of north's that south has approved, and what south's approval answers."""
    said = tell(nodes[0], zone(sought=ConstraintBasis.AGREED))
    settle(*nodes)
    answer(nodes, said.message_ids[0], Verdict.APPROVED, hours)
    assert states(nodes) == ("confirmed", "confirmed")
    return said.message_ids[0]


def answer(nodes, message_id, verdict, hours):
    respond(nodes[1].exchange, message_id, "south-desk", "duty officer", verdict).stored.result()
    settle(*nodes)
    pass_time(hours, *nodes)
    settle(*nodes)


def basis(nodes):
    return ours(nodes[0], 100).item.zone.basis, theirs(nodes[1], 100).item.zone.basis


@pytest.mark.requirement("SC-PLR-16")
@pytest.mark.parametrize("verdict", [Verdict.OBJECTION, Verdict.NO_OBJECTION])
@pytest.mark.parametrize("restart", [False, True])
def test_an_agreed_zone_is_requested_again_when_the_approval_it_stands_on_is_taken_back(nodes, verdict, restart):
    north, south = nodes
    asked = agreed_zone(nodes)
    if restart:
        nodes = (north.restarted(terms()), south)
    answer(nodes, asked, verdict, 0.4)
    assert states(nodes) == ("requested", "requested")
    assert basis(nodes) == (ConstraintBasis.UNILATERAL,) * 2
    size = north.store.last_sequence()
    pass_time(0.5, *nodes)
    assert north.store.last_sequence() == size, "said once"
    # The word it had before does not bring it back: the party is asked anew, and may agree again.
    assert states(nodes) == ("requested", "requested")
    newest = theirs(south, 100).notice.notice.message_id
    answer(nodes, newest, Verdict.APPROVED, 0.6)
    assert states(nodes) == ("confirmed", "confirmed")
    assert basis(nodes) == (ConstraintBasis.AGREED,) * 2


@pytest.mark.requirement("SC-PLR-16")
def test_an_objection_to_what_was_told_since_takes_the_approval_back_too(nodes):
    agreed_zone(nodes)
    answer(nodes, theirs(nodes[1], 100).notice.notice.message_id, Verdict.OBJECTION, 0.4)
    assert states(nodes) == ("requested", "requested")


@pytest.mark.requirement("SC-PLR-16")
def test_a_zone_that_is_active_stays_so_over_an_objection_and_is_no_longer_said_to_be_agreed(nodes):
    asked = agreed_zone(nodes)
    pass_time(2.1, *nodes)
    answer(nodes, asked, Verdict.OBJECTION, 2.2)
    assert states(nodes) == ("active", "active")
    assert basis(nodes) == (ConstraintBasis.UNILATERAL,) * 2
    pass_time(3.1, *nodes)
    assert states(nodes) == ("closed", "closed")


@pytest.mark.requirement("SC-PLR-16")
def test_while_a_party_is_checking_again_its_approval_stands(nodes):
    asked = agreed_zone(nodes)
    answer(nodes, asked, Verdict.CHECKING, 0.4)
    assert states(nodes) == ("confirmed", "confirmed")


def gives_way(node):
    """Who gives way of a flight of the node through the zone, and a zone that says that all have agreed to it."""
    checked, _ = check_item(node.exchange, flight(7, volumes=(circle(),)))
    [met] = [one.finding for one in checked.findings if one.finding.other_id == name(100)]
    return met.precedence


@pytest.mark.requirement("SC-PLR-17")
def test_that_all_have_agreed_to_a_zone_is_believed_only_of_what_our_own_desk_has_approved(nodes):
    _, south = nodes
    agreed_zone(nodes)
    assert gives_way(south).reason == "all parties have agreed to the zone"
    objected = theirs(south, 100).notice.notice.message_id
    respond(south.exchange, objected, "south-desk", "duty officer", Verdict.OBJECTION).stored.result()
    assert gives_way(south).reason != "all parties have agreed to the zone"


@pytest.mark.requirement("SC-PLR-17")
def test_a_peer_that_says_agreed_of_what_we_have_not_approved_or_of_another_place_goes_before_nobody(nodes):
    north, south = nodes
    claimed = zone(basis="agreed", sought="agreed", state="confirmed", contact_function="duty officer")
    for revision, radius_m in ((1, 2_000.0), (2, 3_000.0)):
        item = msgspec.structs.replace(claimed.zone, volumes=(circle(radius_m=radius_m),), revision=revision)
        change = "new" if revision == 1 else "amended"
        notice = notice_of(declared(item), Telling(disclosure=Disclosure.FULL), NoticeChange(change), revision)
        notice = msgspec.structs.replace(notice, to_function="duty officer")
        notice = msgspec.convert(msgspec.to_builtins(notice), Notice)
        draft = Draft("south", lambda own_id, told=notice: msgspec.structs.replace(told, message_id=own_id))
        north.exchange.send([draft]).stored.result()
        settle(*nodes)
        assert gives_way(south).reason != "all parties have agreed to the zone"
        if revision == 1:
            approved = theirs(south, 100).notice.notice.message_id
            respond(south.exchange, approved, "south-desk", "duty officer", Verdict.APPROVED).stored.result()
            assert gives_way(south).reason == "all parties have agreed to the zone"
