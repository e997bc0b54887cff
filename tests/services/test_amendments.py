"""Amendments: each side goes over at the agreed time; what was said before stays good, what is unknown waits."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.dialogue.faults import FaultCode, LineFaultError
from steerclear.dialogue.link_state import LinkState
from steerclear.model.messages import AgreementEvent, AgreementStep
from steerclear.services.exchange import Exchange
from steerclear.services.faults import NotInForceError
from steerclear.services.keep_time import Timekeeper, send_line_check
from steerclear.services.line_status import line_status, listed_standings
from tests.services.parties import START_S, HandClock, Node, line_keys, make_agreement, make_alert, settle, versions_of

CHANGE_S = START_S + 600.0


def versions(count=2):
    first = make_agreement(every_s=1e6)
    return [
        first,
        msgspec.structs.replace(
            first,
            version=2,
            in_force_from_s=CHANGE_S,
            amends=b"\1" * 32,
            line_checks=msgspec.structs.replace(first.line_checks, answer_within_s=5.0),
        ),
    ][:count]


def node(party, known, store=None, clock=None):
    made = Node(party, known[0], clock or HandClock(), store)
    made.exchange = Exchange(made.store, versions_of(*known), party, line_keys(party), made.clock)
    made.timekeeper = Timekeeper(made.exchange)
    made.announcer._exchange = made.exchange
    return made


@pytest.mark.requirement("SC-AGR-30")
def test_entries_that_waited_under_the_old_version_are_taken_after_both_have_gone_over():
    north, south = node("north", versions()), node("south", versions())
    north.announce(make_alert(1))
    north.clock.time_s = south.clock.time_s = CHANGE_S
    check = send_line_check(north.exchange, "south")
    check.stored.result()
    settle(north, south)
    assert line_status(south.exchange).agreement_version == 2
    heard = {standing.message.message_id: standing.message for standing in listed_standings(south.exchange)}
    assert set(heard) == {"north:south:0", "north:south:1"}
    assert heard["north:south:1"].answer_by_s == CHANGE_S + 5.0, "the new terms hold"


def test_a_version_comes_into_force_without_a_restart_and_is_told_once():
    north, south = node("north", versions()), node("south", versions())
    for one in (north, south):
        one.timekeeper.tick()
    settle(north, south)
    north.clock.time_s = south.clock.time_s = CHANGE_S + 1.0
    for _ in range(3):
        for one in (north, south):
            one.timekeeper.tick()
        settle(north, south)
    again = node("north", versions(), north.store, north.clock)
    again.timekeeper.tick()
    settle(again, south)
    told = [
        standing.message
        for standing in listed_standings(south.exchange)
        if isinstance(standing.message, AgreementEvent) and not standing.outgoing
    ]
    assert [(event.step, event.version) for event in told] == [(AgreementStep.IN_FORCE, 2)]


@pytest.mark.requirement("SC-AGR-31")
def test_a_version_that_this_side_has_not_seen_signed_waits_until_it_has():
    north, south = node("north", versions()), node("south", versions(1))
    north.clock.time_s = south.clock.time_s = CHANGE_S
    send_line_check(north.exchange, "south").stored.result()
    with pytest.raises(LineFaultError) as caught:
        settle(north, south)
    assert caught.value.code is FaultCode.WRONG_AGREEMENT
    assert north.exchange.line("south").link is LinkState.DOWN, "it is tried again"
    informed = node("south", versions(), south.store, south.clock)
    settle(north, informed)
    assert len(listed_standings(informed.exchange)) == 1


@pytest.mark.requirement("SC-AGR-31")
def test_nobody_goes_back_to_an_older_version():
    north, south = node("north", versions()), node("south", versions())
    north.clock.time_s = south.clock.time_s = CHANGE_S
    send_line_check(north.exchange, "south").stored.result()
    settle(north, south)
    older = node("north", versions(1), north.store, north.clock)
    send_line_check(older.exchange, "south").stored.result()
    with pytest.raises(LineFaultError) as caught:
        settle(older, south)
    assert caught.value.code is FaultCode.WRONG_AGREEMENT


@pytest.mark.requirement("SC-AGR-32")
def test_nothing_is_said_before_the_agreement_is_in_force():
    early = msgspec.structs.replace(make_agreement(), in_force_from_s=START_S + 60.0)
    north, south = node("north", [early]), node("south", [early])
    with pytest.raises(NotInForceError, match="not in force before"):
        send_line_check(north.exchange, "south")
    assert north.timekeeper.tick() == 0
    north.clock.time_s = south.clock.time_s = START_S + 60.0
    assert north.timekeeper.tick() == 1
    settle(north, south)


@pytest.mark.requirement("SC-AGR-32")
def test_an_alert_before_the_agreement_is_in_force_is_recorded_for_our_own_desks_and_told_to_nobody():
    early = msgspec.structs.replace(make_agreement(), in_force_from_s=START_S + 60.0)
    north, south = node("north", [early]), node("south", [early])
    for _ in range(2):
        north.announce(make_alert(1))
    assert [row.kind for row in north.store.journal(0, 100)] == ["alert"]
    north.clock.time_s = south.clock.time_s = START_S + 60.0
    north.announce(make_alert(2))
    settle(north, south)
    told = [one.message.alert.alert_id for one in listed_standings(south.exchange) if one.kind == "alert_notice"]
    assert told == ["separation/N2/S2"]
