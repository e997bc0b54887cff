"""Flights whose time runs out without a word: shown until their party says that they have ended, which it still can."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.agreement import NoticeTime
from steerclear.model.intent import ConstraintBasis, IntentEvent
from steerclear.model.messages import Verdict
from steerclear.model.plan_check import FindingKind
from steerclear.model.plans import ItemEnd
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.services import keep_zones
from steerclear.services.acknowledge import respond
from steerclear.services.check_plan import check_item
from steerclear.services.declare_items import cancel, move_state
from steerclear.services.faults import LineRequestError
from tests.services.parties import START_S, Node, settle
from tests.services.plans import (
    HOUR_S,
    box,
    circle,
    flight,
    name,
    ours,
    pass_time,
    tell,
    terms,
    theirs,
    two_nodes,
    zone,
)

BY = ("north-desk", "duty officer")


@pytest.fixture
def nodes():
    pair = two_nodes()
    yield pair
    for node in pair:
        node.close()


def move(node, event, number=1):
    return move_state(node.exchange, NoticeSubject.FLIGHT, name(number), event, *BY)


def found(node):
    """Kinds of what a flight there at half past three would be told."""
    checked, _ = check_item(node.exchange, flight(7, volumes=(box(3.5, 4.0),)))
    return {one.finding.kind for one in checked.findings} - {FindingKind.NOTICE_LATE}


@pytest.mark.requirement("SC-PLR-02")
@pytest.mark.parametrize("disclosure", [Disclosure.FULL, Disclosure.COARSE])
def test_a_flight_in_use_whose_time_runs_out_is_shown_from_the_first_moment_until_its_party_says_that_it_ended(
    nodes, disclosure
):
    north, south = nodes
    tell(north, flight(), disclosure=disclosure)
    settle(north, south)
    pass_time(2.0, north, south)
    move(north, IntentEvent.ACTIVATE)
    settle(north, south)
    # The time is over, and nobody has looked at the clock since.
    over_h = 3.3 if disclosure is Disclosure.COARSE else 3.01
    for node in nodes:
        node.clock.time_s = START_S + over_h * HOUR_S
        assert FindingKind.OVERDUE in found(node)
    pass_time(over_h, north, south)
    assert ours(north, 1).ended is theirs(south, 1).ended is ItemEnd.EXPIRED
    assert all(FindingKind.OVERDUE in found(node) for node in nodes)
    assert move(north, IntentEvent.END).declared
    settle(north, south)
    assert ours(north, 1).ended is theirs(south, 1).ended is ItemEnd.ENDED
    assert [found(node) for node in nodes] == [set(), set()]
    pass_time(over_h + 0.1, north, south)
    assert ours(north, 1).ended is theirs(south, 1).ended is ItemEnd.ENDED
    for node in nodes:
        live = node.store.view_items("plans")
        node.store.rebuild_views()
        assert node.store.view_items("plans") == live


@pytest.mark.requirement("SC-PLR-02")
def test_of_a_flight_whose_time_ran_out_only_its_end_can_be_said_and_once(nodes):
    north, south = nodes
    tell(north, flight())
    settle(north, south)
    pass_time(2.0, north, south)
    move(north, IntentEvent.ACTIVATE)
    pass_time(3.1, north, south)
    settle(north, south)
    for event in (IntentEvent.ACTIVATE, IntentEvent.LEAVE, IntentEvent.GIVE_UP):
        with pytest.raises(LineRequestError, match="come to its end"):
            move(north, event)
    with pytest.raises(LineRequestError, match="come to its end"):
        cancel(north.exchange, NoticeSubject.FLIGHT, name(1), *BY)
    move(north, IntentEvent.END)
    with pytest.raises(LineRequestError, match="come to its end"):
        move(north, IntentEvent.END)


@pytest.mark.requirement("SC-PLR-15")
@pytest.mark.parametrize("disclosure", [Disclosure.FULL, Disclosure.COARSE, Disclosure.SEALED])
def test_what_becomes_of_a_flight_that_was_notified_in_time_is_no_late_notice(nodes, disclosure):
    north, south = nodes
    tell(north, flight(), disclosure=disclosure)
    settle(north, south)
    pass_time(2.0, north, south)
    for event, outside in (
        (IntentEvent.ACTIVATE, None),
        (IntentEvent.LEAVE, (circle(0.5),)),
        (IntentEvent.RETURN, None),
    ):
        move_state(north.exchange, NoticeSubject.FLIGHT, name(1), event, *BY, outside)
        settle(north, south)
        assert theirs(south, 1).notice.short_by_s is None, event
    move(north, IntentEvent.END)
    settle(north, south)
    assert theirs(south, 1).notice.short_by_s is None


@pytest.mark.requirement("SC-PLR-15")
def test_what_is_moved_is_notified_anew_and_what_was_late_stays_late(nodes):
    north, south = nodes
    tell(north, flight())
    settle(north, south)
    pass_time(1.5, north, south)
    moved = flight(revision=2, volumes=(box(2.0, 2.9),))
    said = tell(north, moved, new=False)
    read = tuple(one.finding_id for one in said.check.standing_against())
    assert tell(north, moved, new=False, in_spite_of=read).declared
    settle(north, south)
    assert theirs(south, 1).notice.short_by_s == pytest.approx(1_800.0)
    pass_time(2.0, north, south)
    move(north, IntentEvent.ACTIVATE)
    settle(north, south)
    assert theirs(south, 1).notice.short_by_s == pytest.approx(1_800.0)


@pytest.mark.requirement("SC-PLR-15")
def test_the_others_word_on_a_zone_makes_its_notice_no_later_than_it_was():
    rules = (NoticeTime(subject=NoticeSubject.ZONE, before_s=HOUR_S, valid_s=24 * HOUR_S),)
    agreement = msgspec.structs.replace(terms(), notice_times=rules)
    north, south = Node("north", agreement), Node("south", agreement)
    said = tell(north, zone(sought=ConstraintBasis.AGREED))
    settle(north, south)
    pass_time(1.5, north, south)
    respond(south.exchange, said.message_ids[0], "south-desk", "duty officer", Verdict.APPROVED).stored.result()
    settle(north, south)
    pass_time(1.5, north, south)
    settle(north, south)
    seen = theirs(south, 100)
    assert seen.item.zone.basis is ConstraintBasis.AGREED
    assert seen.notice.short_by_s is None
    north.close()
    south.close()


def with_shorter_notices(node):
    """The node under an agreement by which notices hold for ten minutes."""
    rules = tuple(
        NoticeTime(subject=subject, before_s=0.0, valid_s=600.0)
        for subject in (NoticeSubject.FLIGHT, NoticeSubject.ZONE)
    )
    return node.restarted(msgspec.structs.replace(terms(), notice_times=rules))


@pytest.mark.requirement("SC-PLR-24")
def test_what_becomes_of_an_item_is_told_also_when_an_amendment_has_made_it_too_long(nodes):
    north, south = nodes
    tell(north, flight())
    said = tell(north, zone(sought=ConstraintBasis.AGREED, volumes=(circle(2.0),)))
    settle(north, south)
    respond(south.exchange, said.message_ids[0], "south-desk", "duty officer", Verdict.APPROVED).stored.result()
    settle(north, south)
    north = with_shorter_notices(north)
    pass_time(0.1, north)
    assert ours(north, 100).item.zone.basis is ConstraintBasis.AGREED
    for event in (IntentEvent.ACTIVATE, IntentEvent.LEAVE):
        assert move(north, event).declared
    long = flight(2, volumes=(box(5.0, 6.0),))
    read = tuple(one.finding_id for one in tell(north, long).check.standing_against())
    with pytest.raises(LineRequestError, match="in parts"):
        tell(north, long, in_spite_of=read)


@pytest.mark.requirement("SC-PLR-24")
def test_a_zone_whose_word_cannot_be_told_stops_no_clock(nodes, monkeypatch):
    north, south = nodes
    said = tell(north, zone(sought=ConstraintBasis.AGREED))
    tell(north, zone(101, volumes=(circle(2.0),)))
    settle(north, south)
    respond(south.exchange, said.message_ids[0], "south-desk", "duty officer", Verdict.APPROVED).stored.result()
    settle(north, south)

    def refuse(*_told):
        raise LineRequestError("it cannot be told")

    monkeypatch.setattr(keep_zones, "restate_zone", refuse)
    pass_time(0.1, north)
    pass_time(1.8, north)
    assert [ours(north, number).state for number in (100, 101)] == ["requested", "pre_active"]
