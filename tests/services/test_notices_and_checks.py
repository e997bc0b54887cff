"""Notices have a life of their own; a missed line check, one with a stated cause and a series are different things."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.dialogue.notices import after_expiry, after_notice, why_out_of_turn
from steerclear.model.agreement import LineFallback, NoticeTime
from steerclear.model.messages import (
    Cause,
    LateEntry,
    LateMeans,
    LineStateNotice,
    Notice,
    NoticeChange,
    Verdict,
)
from steerclear.model.notices import NOTICE_STATES, NoticeEvent, NoticeState
from steerclear.model.vocabulary import LineCondition, MessageKind, NoticeSubject
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.acknowledge import answer_line_check, find_standing, respond
from steerclear.services.faults import LineRequestError
from steerclear.services.keep_time import send_line_check
from steerclear.services.line_checks import CheckTally, read_declared, read_tally
from steerclear.services.notice_events import EXPIRED, notice_key, read_notice
from steerclear.services.say import say
from tests.services.parties import START_S, Node, make_agreement, settle

HOUR_S = 3_600.0


def terms():
    return msgspec.structs.replace(
        make_agreement(every_s=1e6),
        notice_times=(NoticeTime(subject=NoticeSubject.MOVEMENT, before_s=24 * HOUR_S, valid_s=72 * HOUR_S),),
        fallbacks=(LineFallback(condition=LineCondition.SUSPENDED, measure="telephone the other duty officer"),),
    )


@pytest.fixture
def nodes():
    pair = Node("north", terms()), Node("south", terms())
    for node in pair:
        node.timekeeper.tick()
    settle(*pair)
    yield pair
    for node in pair:
        node.close()


def movement(revision=1, change=NoticeChange.NEW, from_h=48.0, until_h=60.0, **changes) -> Notice:
    from_s, until_s = START_S + from_h * HOUR_S, START_S + until_h * HOUR_S
    area = CircleArea(centre=Position(latitude_deg=36.5, longitude_deg=38.0), radius_m=2_000.0)
    notice = Notice(
        notice_id="convoy-7",
        revision=revision,
        change=change,
        subject=NoticeSubject.MOVEMENT,
        title="Four lorries to the hospital",
        volumes=(Volume4D(area=area, from_s=from_s, until_s=until_s),),
        from_s=from_s,
        until_s=until_s,
        contact_function="duty officer",
    )
    return msgspec.structs.replace(notice, **changes)


def tell(node: Node, message, peer="south"):
    sent = say(node.exchange, [peer], message, f"{node.party}-desk", "duty officer")
    sent.stored.result()
    return sent.message_ids[0]


def known(node: Node, outgoing: bool):
    return read_notice(node.store, notice_key("south" if node.party == "north" else "north", outgoing, "convoy-7"))


@pytest.mark.requirement("SC-NOTICE-01")
def test_both_sides_hold_the_newest_revision_and_its_end(nodes):
    north, south = nodes
    tell(north, movement())
    tell(north, movement(2, NoticeChange.AMENDED, until_h=62.0))
    settle(north, south)
    for node, outgoing in ((north, True), (south, False)):
        standing = known(node, outgoing)
        assert (standing.state, standing.notice.revision) == (NoticeState.CURRENT, 2)
        assert standing.notice.until_s == START_S + 62 * HOUR_S
        assert standing.short_by_s is None
    # The first revision's end passes and means nothing; the second one's ends it, once, on both sides.
    for hours, state in ((61.0, NoticeState.CURRENT), (62.0, NoticeState.EXPIRED), (63.0, NoticeState.EXPIRED)):
        for node, outgoing in ((north, True), (south, False)):
            node.clock.time_s = START_S + hours * HOUR_S
            node.timekeeper.tick()
            assert known(node, outgoing).state is state
    assert [row.kind for row in south.store.journal(0, 1_000)].count(EXPIRED) == 1


def test_a_notice_runs_out_though_its_node_was_down_at_the_time(nodes):
    north, south = nodes
    tell(north, movement())
    settle(north, south)
    south.clock.time_s = START_S + 61 * HOUR_S
    again = south.restarted(terms())
    again.timekeeper.tick()
    assert known(again, False).state is NoticeState.EXPIRED


@pytest.mark.requirement("SC-NOTICE-02")
def test_notice_shorter_than_agreed_is_told_by_how_much_and_is_not_refused(nodes):
    north, south = nodes
    tell(north, movement(from_h=20.0, until_h=30.0))
    settle(north, south)
    for node, outgoing in ((north, True), (south, False)):
        assert known(node, outgoing).short_by_s == pytest.approx(4 * HOUR_S)


OUT_OF_TURN = {
    "amended before it is there": [movement(1, NoticeChange.AMENDED)],
    "announced twice": [movement(), movement(2)],
    "a revision skipped": [movement(), movement(3, NoticeChange.AMENDED)],
    "a revision repeated": [movement(), movement(1, NoticeChange.AMENDED)],
    "of another subject": [movement(), movement(2, NoticeChange.AMENDED, subject=NoticeSubject.ZONE)],
    "after its cancellation": [movement(), movement(2, NoticeChange.CANCELLED), movement(3, NoticeChange.RENEWED)],
    "longer than agreed": [movement(until_h=48.0 + 73.0)],
}


@pytest.mark.parametrize("name", OUT_OF_TURN)
def test_a_notice_that_does_not_follow_is_refused_before_it_is_sent(nodes, name):
    north, _ = nodes
    *before, last = OUT_OF_TURN[name]
    for notice in before:
        tell(north, notice)
    size = north.store.log_state("steerclear/two-skies/north-to-south").size
    with pytest.raises(LineRequestError):
        tell(north, last)
    assert north.store.log_state("steerclear/two-skies/north-to-south").size == size


CHANGES = st.tuples(st.sampled_from(list(NoticeChange)), st.integers(1, 4), st.sampled_from([0.0, 59.9, 60.0, 61.0]))


@pytest.mark.requirement("SC-NOTICE-01")
@settings(max_examples=200, deadline=None)
@given(st.lists(CHANGES, max_size=10))
def test_an_illegal_message_about_a_notice_changes_nothing_but_is_remembered(steps):
    held = None
    for change, revision, hours in steps:
        before = held
        issued_s = START_S + hours * HOUR_S
        notice = movement(revision, change, message_id=f"north:south:{revision}")
        refused = why_out_of_turn(held, notice, issued_s)
        held = after_notice(held, notice, "north", False, issued_s, None)
        if refused is None:
            assert held.notice is notice
            state = NoticeState.NONE if before is None else before.state
            if state in (NoticeState.CURRENT, NoticeState.EXPIRED):
                # Its end and the time of issue decide, whatever an earlier message or a clock had made of it.
                state = NoticeState.CURRENT if issued_s < before.notice.until_s else NoticeState.EXPIRED
            assert NOTICE_STATES[state, NoticeEvent(change)] is held.state
        elif before is not None:
            assert (held.state, held.notice) == (before.state, before.notice)
            assert held.refused[-1] == notice.message_id


@pytest.mark.requirement("SC-NOTICE-01")
@settings(max_examples=200, deadline=None)
@given(st.lists(CHANGES, max_size=10), st.sets(st.integers(0, 10)))
def test_both_sides_hold_the_same_wherever_a_clock_strikes_between_two_messages(steps, strikes):
    one = other = None
    for place, (change, revision, hours) in enumerate(steps):
        notice = movement(revision, change, message_id=f"north:south:{place}")
        issued_s = START_S + hours * HOUR_S
        if place in strikes and other is not None and issued_s >= other.notice.until_s - HOUR_S:
            other = after_expiry(other, other.notice.revision)  # this side's clock is ahead
        one = after_notice(one, notice, "north", True, issued_s, None)
        other = after_notice(other, notice, "north", True, issued_s, None)
    if one is not None:
        assert after_expiry(one, one.notice.revision) == after_expiry(other, other.notice.revision)


def test_what_was_renewed_in_time_holds_though_the_renewal_came_after_the_end(nodes):
    north, south = nodes
    tell(north, movement())
    settle(north, south)
    north.clock.time_s = START_S + 59.9 * HOUR_S
    tell(north, movement(2, NoticeChange.RENEWED, until_h=70.0))
    for node in (north, south):  # the line is down meanwhile
        node.clock.time_s = START_S + 60.5 * HOUR_S
        node.timekeeper.tick()
    assert known(south, False).state is NoticeState.EXPIRED
    settle(north, south)
    for node, outgoing in ((north, True), (south, False)):
        assert (known(node, outgoing).state, known(node, outgoing).notice.revision) == (NoticeState.CURRENT, 2)


def test_what_has_run_out_is_not_renewed_though_no_clock_has_struck_yet(nodes):
    north, south = nodes
    tell(north, movement())
    settle(north, south)
    north.clock.time_s = START_S + 60 * HOUR_S
    with pytest.raises(LineRequestError, match="expired"):
        tell(north, movement(2, NoticeChange.RENEWED, until_h=70.0))


def ask(nodes, answer_after_s: float | None, cause=None) -> None:
    north, south = nodes
    sent = send_line_check(north.exchange, "south")
    sent.stored.result()
    settle(north, south)
    for elapsed_s, passed in ((0.0, 10.0), (10.0, 25.0), (35.0, 15.0)):
        if answer_after_s is not None and answer_after_s <= elapsed_s:
            answer_line_check(south.exchange, *sent.message_ids, "south-desk", "duty officer", cause).stored.result()
            settle(north, south)
            answer_after_s = None
        for node in nodes:
            node.clock.time_s += passed
            node.timekeeper.tick()
        settle(north, south)


@pytest.mark.requirement("SC-CHECK-01")
def test_missed_with_a_cause_missed_without_and_a_series_are_three_things(nodes):
    north, south = nodes
    north.clock.time_s += 60.0  # the scheduled one of the start is missed too
    south.clock.time_s += 60.0
    north.timekeeper.tick()
    assert read_tally(north.store, "south") == CheckTally(missed=1, series=1)
    ask(nodes, None)
    assert read_tally(north.store, "south") == CheckTally(missed=2, series=2)
    state = LineStateNotice(condition=LineCondition.SUSPENDED, cause=Cause.POWER, from_s=south.clock.time_s)
    tell(south, state, "north")
    settle(north, south)
    ask(nodes, None)
    assert read_tally(north.store, "south") == CheckTally(missed=2, series=2, missed_with_cause=1)
    ask(nodes, 5.0)
    assert read_tally(north.store, "south") == CheckTally(missed=2, missed_with_cause=1, in_time=1)
    ask(nodes, 35.0, Cause.DESK_UNMANNED)
    assert read_tally(north.store, "south").late_with_cause == 1
    assert read_tally(north.store, "south").missed == 2


@pytest.mark.requirement("SC-CHECK-02")
def test_a_declared_condition_comes_with_the_agreed_fallback(nodes):
    north, south = nodes
    state = LineStateNotice(condition=LineCondition.SUSPENDED, cause=Cause.WEATHER, from_s=START_S)
    tell(south, state, "north")
    settle(north, south)
    declared = read_declared(north.store, "south", outgoing=False)
    assert (declared.condition, declared.cause) == (LineCondition.SUSPENDED, Cause.WEATHER)
    assert declared.fallback == "telephone the other duty officer"
    assert read_declared(south.store, "north", outgoing=True) == declared


@pytest.mark.requirement("SC-LATE-01")
def test_what_was_said_by_telephone_counts_once_the_other_side_confirms_it(nodes):
    north, south = nodes
    entry = LateEntry(
        said_s=START_S - 600.0,
        means=LateMeans.TELEPHONE,
        of_kind=MessageKind.SAFETY_STOP,
        by_us=True,
        our_function="duty officer",
        their_function="commander",
        text="keep clear of the hospital",
    )
    message_id = tell(north, entry)
    settle(north, south)
    assert find_standing(south.exchange, message_id).response.given is None
    respond(
        south.exchange, message_id, "south-desk", "commander", Verdict.DISPUTED, remark="no such call"
    ).stored.result()
    settle(north, south)
    standing = find_standing(north.exchange, message_id)
    assert standing.message.said_s == START_S - 600.0
    assert (standing.response.given.verdict, standing.response.given.remark) == (Verdict.DISPUTED, "no such call")
    with pytest.raises(LineRequestError, match="future"):
        tell(north, msgspec.structs.replace(entry, said_s=START_S + 60.0))
