"""Received, acknowledged and unanswered are different things, whatever order events come in."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.dialogue.lifecycle import after_answer, after_deadline, after_receipt, begin, due_s, why_unheeded
from steerclear.dialogue.link_state import LINK_STATES, LinkEvent, LinkState, next_check_in_s, next_link_state
from steerclear.model.agreement import LineCheckSchedule
from steerclear.model.messages import MESSAGE_STATES, LineCheckAnswer, MessageEvent, MessageState, Step
from tests.dialogue.two_ends import End
from tests.services.parties import START_S, make_party

SOUTH = End("south", "north")
ASKED = begin(End.notice("north:south:0"), "south", True, 0, START_S, START_S)
ACKNOWLEDGEMENT = SOUTH.acknowledgement("north:south:0")("south:north:0")


@pytest.mark.requirement("SC-LINE-07")
@given(st.lists(st.sampled_from(["receipt", "answer", "deadline"]), max_size=8))
def test_no_state_stands_for_another(events):
    standing = ASKED
    for event in events:
        if event == "receipt":
            standing = after_receipt(standing, START_S + 1)
        elif event == "answer":
            standing = after_answer(standing, ACKNOWLEDGEMENT, START_S + 2)
        else:
            standing = after_deadline(standing, Step.ACKNOWLEDGEMENT, START_S + 60)
    assert (standing.received_s is not None) == ("receipt" in events)
    assert (standing.answer is not None) == ("answer" in events)
    assert (standing.state is MessageState.ACKNOWLEDGED) == ("answer" in events)
    before_answer = events[: events.index("answer")] if "answer" in events else events
    missed = "deadline" in before_answer
    assert (standing.unanswered_since_s is not None) == missed
    if "answer" not in events:
        expected = MessageState.UNANSWERED if missed else None
        expected = expected or (MessageState.RECEIVED if "receipt" in events else MessageState.WAITING)
        assert standing.state is expected


def test_the_deadline_counts_from_its_very_moment():
    assert due_s(ASKED.message) == START_S + 60.0
    assert after_deadline(ASKED, Step.ACKNOWLEDGEMENT, START_S + 59.999) is ASKED
    assert after_deadline(ASKED, Step.ACKNOWLEDGEMENT, START_S + 60.0).state is MessageState.UNANSWERED


def test_the_time_of_the_first_receipt_is_kept():
    first = after_receipt(ASKED, START_S + 1)
    assert after_receipt(first, START_S + 9) is first


def test_the_first_answer_is_kept():
    first = after_answer(ASKED, ACKNOWLEDGEMENT, START_S + 2)
    second = after_answer(first, SOUTH.acknowledgement("north:south:0", "commander")("south:north:1"), START_S + 9)
    assert second.answer.function == "duty officer"
    assert second.answer.issued_s == START_S + 2


@pytest.mark.requirement("SC-LINE-08")
def test_only_the_right_answer_by_an_agreed_function_counts():
    party = make_party("south")
    check = begin(End.line_check("north:south:1"), "south", True, 1, START_S, START_S)
    answer = LineCheckAnswer(message_id="s", answers="north:south:1", desk_id="south-desk", function="commander")
    assert why_unheeded(ASKED, ACKNOWLEDGEMENT, party, 9) is None
    assert why_unheeded(check, answer, party, 9) is None
    assert "never sent" in why_unheeded(None, ACKNOWLEDGEMENT, party, 9)
    assert "does not answer" in why_unheeded(check, ACKNOWLEDGEMENT, party, 9)
    assert "does not answer" in why_unheeded(ASKED, answer, party, 9)
    stranger = SOUTH.acknowledgement("north:south:0", "passer-by")("south:north:0")
    assert "passer-by" in why_unheeded(ASKED, stranger, party, 9)
    assert why_unheeded(ASKED, ACKNOWLEDGEMENT, make_party("east"), 9) is not None
    assert "before its sender had seen" in why_unheeded(ASKED, ACKNOWLEDGEMENT, party, ASKED.sequence)
    assert why_unheeded(ASKED, ACKNOWLEDGEMENT, party, ASKED.sequence + 1) is None


def test_tables_hold_known_states_only():
    assert {state for state, _ in MESSAGE_STATES} | set(MESSAGE_STATES.values()) == set(MessageState)
    assert {event for _, event in MESSAGE_STATES} == set(MessageEvent)
    assert {state for state, _ in LINK_STATES} | set(LINK_STATES.values()) == set(LinkState)


def test_a_halted_link_goes_on_only_when_a_person_says_so():
    for event in LinkEvent:
        expected = LinkState.UNTRIED if event is LinkEvent.RESUMED else LinkState.HALTED
        assert next_link_state(LinkState.HALTED, event) is expected
    for state, event in itertools.product(LinkState, LinkEvent):
        if event is LinkEvent.FAULT:
            assert next_link_state(state, event) is LinkState.HALTED


def test_after_a_pause_one_line_check_is_due():
    schedule = LineCheckSchedule(every_s=60.0, answer_within_s=10.0)
    assert next_check_in_s(None, schedule, START_S) == 0.0
    assert next_check_in_s(START_S, schedule, START_S + 59.0) == 1.0
    assert next_check_in_s(START_S, schedule, START_S + 1_000.0) == 0.0
    assert next_check_in_s(START_S + 1_000.0, schedule, START_S) == 60.0, (
        "a clock set back delays it by one turn at most"
    )
