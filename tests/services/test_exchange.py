"""Two nodes without a network: what they say arrives, is answered, and silence shows."""

from __future__ import annotations

import pytest

from steerclear.model.messages import MessageState
from steerclear.services.acknowledge import acknowledge, find_standing
from steerclear.services.line_status import line_status, listed_standings
from tests.services.parties import ACKNOWLEDGE_WITHIN_S, Node, make_alert, settle


@pytest.fixture
def nodes():
    made = Node("north"), Node("south")
    yield made
    for node in made:
        node.close()


def test_an_alert_crosses_the_line_and_is_acknowledged_by_a_named_function(nodes):
    north, south = nodes
    north.announce(make_alert())
    message_id = "north:south:0"
    assert find_standing(north.exchange, message_id).state is MessageState.WAITING

    settle(north, south)
    sent = find_standing(north.exchange, message_id)
    assert sent.state is MessageState.RECEIVED
    assert sent.answer is None
    assert sent.received_s == north.clock.now_s()

    acknowledge(south.exchange, message_id, "south-desk", "duty officer", "looking").stored.result()
    assert find_standing(north.exchange, message_id).state is MessageState.RECEIVED
    settle(north, south)
    answered = find_standing(north.exchange, message_id)
    assert answered.state is MessageState.ACKNOWLEDGED
    assert (answered.answer.desk_id, answered.answer.function) == ("south-desk", "duty officer")
    assert answered.answer.remark == "looking"
    assert find_standing(south.exchange, message_id).state is MessageState.ACKNOWLEDGED


def test_both_logs_agree_after_an_exchange(nodes):
    north, south = nodes
    north.announce(*(make_alert(number) for number in range(1_100)))
    south.announce(*(make_alert(number) for number in range(30)))
    settle(north, south)
    for one, other in ((north, south), (south, north)):
        mine = line_status(one.exchange).peers[0]
        theirs = line_status(other.exchange).peers[0]
        assert mine.waiting == 0
        assert mine.outgoing.root == theirs.incoming.root
        assert mine.outgoing.size == theirs.incoming.size == mine.outgoing.received
    north.store.audit()


def test_silence_becomes_an_event_once_and_stays_visible(nodes):
    north, south = nodes
    north.announce(make_alert())
    settle(north, south)
    north.timekeeper.tick()  # the first line check
    settle(north, south)
    north.clock.time_s += ACKNOWLEDGE_WITHIN_S - 0.1
    assert north.timekeeper.tick() == 1  # only the line check's 30 s have passed
    north.clock.time_s += 0.1
    assert north.timekeeper.tick() == 1
    assert north.timekeeper.tick() == 0
    again = north.restarted()
    assert again.timekeeper.tick() == 0
    top = listed_standings(again.exchange)[0]
    assert top.state is MessageState.UNANSWERED
    assert find_standing(again.exchange, "north:south:0").unanswered_since_s is not None
