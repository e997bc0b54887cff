"""The line's figures: each is what happened, counted once, whenever the journal is looked at."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.agreement import MessageDeadline
from steerclear.model.messages import Verdict
from steerclear.model.vocabulary import MessageKind, Urgency
from steerclear.services.acknowledge import acknowledge, answer_line_check, relay, respond
from steerclear.services.keep_time import send_line_check
from steerclear.services.line_metrics import LineMetrics
from steerclear.services.say import say
from tests.services.parties import HandClock, Node, make_agreement, make_alert, settle
from tests.services.test_ladder import stop

ROLE = ("south-desk", "duty officer")


@pytest.fixture
def pair():
    clock = HandClock()
    nodes = Node("north", clock=clock), Node("south", clock=clock)
    yield nodes
    for node in nodes:
        node.close()


def check_line(north, south) -> str:
    sent = send_line_check(north.exchange, "south")
    sent.stored.result()
    settle(north, south)
    return sent.message_ids[0]


def answer(north, south, message_id) -> None:
    answer_line_check(south.exchange, message_id, *ROLE).stored.result()
    settle(north, south)


@pytest.mark.requirement("SC-OPS-04")
def test_line_checks_are_told_apart_by_what_became_of_them(pair):
    north, south = pair
    metrics = LineMetrics(north.exchange)
    in_time = check_line(north, south)
    north.clock.time_s += 5.0
    answer(north, south, in_time)
    late, never, last = (check_line(north, south) for _ in range(3))
    north.clock.time_s += 60.0
    north.timekeeper.tick()
    metrics.follow()
    found = metrics.checks["south"]
    assert (found.answered, found.answered_late, found.missed_without_cause, found.missed_with_cause) == (1, 0, 3, 0)
    assert found.series == 3
    answer(north, south, late)
    metrics.follow()
    assert (found.answered, found.answered_late, found.missed_without_cause, found.series) == (1, 1, 3, 0)
    assert never != last


@pytest.mark.requirement("SC-OPS-04")
def test_the_time_to_an_acknowledgement_is_that_of_the_first_one(pair):
    north, south = pair
    metrics = LineMetrics(north.exchange)
    north.announce(make_alert())
    settle(north, south)
    message_id = north.exchange.line("south").terms.outgoing.message_id(0)
    north.clock.time_s += 20.0
    acknowledge(south.exchange, message_id, *ROLE).stored.result()
    north.clock.time_s += 20.0
    acknowledge(south.exchange, message_id, *ROLE).stored.result()
    settle(north, south)
    metrics.follow()
    metrics.follow()
    (histogram,) = (held for key, held in metrics.taken_s.items() if key[0] == "alert_notice")
    assert histogram.sum_s == 20.0
    assert sum(histogram.counts) == 1
    assert histogram.counts[histogram.bounds_s.index(30.0)] == 1
    assert not metrics.owed


@pytest.mark.requirement("SC-OPS-04")
def test_figures_that_begin_in_the_middle_agree_on_what_is_owed(pair):
    north, south = pair
    early = LineMetrics(north.exchange)
    for number in (1, 2):
        north.announce(make_alert(number))
    settle(north, south)
    north.clock.time_s += 61.0
    north.timekeeper.tick()
    north.announce(make_alert(3))
    settle(north, south)
    early.follow()
    late = LineMetrics(north.exchange)
    late.follow()
    assert late.owed == early.owed
    # Only the alerts; a schedule's own line check may be owed too.
    assert sorted(step.missed for step in early.owed.values() if step.kind == "alert_notice") == [False, True, True]
    assert late.receipt_s == early.receipt_s


@pytest.mark.requirement("SC-KEEP-04")
def test_a_clock_is_confirmed_by_what_a_peer_has_said_within_a_day(pair):
    north, south = pair
    metrics = LineMetrics(north.exchange)
    assert not metrics.confirms_clock(north.clock.now_s()), "nobody has said anything"
    north.announce(make_alert())
    settle(north, south)
    metrics.follow()
    heard_s = north.clock.now_s()
    assert metrics.confirms_clock(heard_s + 86_400.0)
    assert not metrics.confirms_clock(heard_s + 86_401.0)
    assert not metrics.confirms_clock(heard_s - 1.0), "the clock went back"
    metrics.clock_offset_s["south"] = -301.0
    assert not metrics.confirms_clock(heard_s)


def test_availability_is_the_time_the_line_was_up(pair):
    north, south = pair
    metrics = LineMetrics(north.exchange)
    start_s = north.clock.time_s
    north.clock.time_s += 10.0
    north.announce(make_alert())
    settle(north, south)
    eventually_followed(metrics, lambda: metrics.up_s("south", start_s + 40.0) == 30.0)


def eventually_followed(metrics, holds) -> None:
    """A link's change is stored without waiting for it."""
    for _ in range(1_000):
        metrics.follow()
        if holds():
            return
    raise AssertionError("the figures never came right")


def test_commits_are_measured_from_the_event_to_the_disk(pair):
    north, _ = pair
    metrics = LineMetrics(north.exchange)
    north.announce(make_alert())
    eventually_followed(metrics, lambda: sum(metrics.commit_s.counts) == 1)


@pytest.mark.requirement("SC-OPS-04")
@pytest.mark.parametrize("given", ["acknowledgement", "relay", "response"])
def test_a_node_starts_again_while_a_message_has_been_given_one_of_the_steps_that_it_asks_for(given):
    """An acknowledged safety stop whose relay is still owed is a most ordinary state to be stopped in."""
    deadline = MessageDeadline(
        message=MessageKind.SAFETY_STOP,
        urgency=Urgency.IMMEDIATE,
        acknowledge_s=60.0,
        relay_s=180.0,
        respond_s=300.0,
    )
    agreement = msgspec.structs.replace(make_agreement(), message_deadlines=(deadline,))
    north, south = Node("north", agreement), Node("south", agreement)
    sent = say(north.exchange, ["south"], stop(), "north-desk", "duty officer")
    sent.stored.result()
    settle(north, south)
    [stop_id] = sent.message_ids
    if given == "acknowledgement":
        said = acknowledge(south.exchange, stop_id, *ROLE)
    elif given == "relay":
        said = relay(south.exchange, stop_id, *ROLE, "air wing 3")
    else:
        said = respond(south.exchange, stop_id, *ROLE, Verdict.KEEPING_CLEAR)
    said.stored.result()
    settle(north, south)
    for node in (north, south):
        again = node.restarted(agreement)
        owed = {owed.step for owed in LineMetrics(again.exchange).owed.values()}
        assert owed == {"acknowledgement", "relay", "response"} - {given}
        node.close()
