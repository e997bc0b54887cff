"""Two nodes without a network: what they say arrives, is answered, and silence shows."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.messages import AlertNotice, MessageState
from steerclear.services import line_end
from steerclear.services.acknowledge import acknowledge, find_standing
from steerclear.services.keep_time import send_line_check
from steerclear.services.line_events import STORED
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


@pytest.mark.requirement("SC-LINE-22")
def test_a_persons_word_is_not_held_up_by_what_machines_tell(monkeypatch):
    monkeypatch.setattr(line_end, "MAX_UNRECEIPTED_ENTRIES", 6)
    north, south = Node("north"), Node("south")
    for start in range(0, 20, 5):
        north.announce(*(make_alert(number) for number in range(start, start + 5)))
    assert north.store.log_state(north.exchange.line("south").terms.outgoing.origin).size == 6
    assert line_status(north.exchange).peers[0].waiting == 20
    check = send_line_check(north.exchange, "south")
    check.stored.result()
    assert check.message_ids == ("north:south:6",)
    # Also over a restart: what waits outside the log is as durable as what is in it.
    north = north.restarted()
    settle(north, south)
    assert north.store.pending("south") == []
    heard = [standing.message for standing in reversed(listed_standings(south.exchange, 100))]
    alerts = sorted(message.message_id for message in heard if isinstance(message, AlertNotice))
    assert len(alerts) == 20
    order = [
        msgspec.json.decode(row.payload)["message"]["alert"]["alert_id"]
        for row in south.store.journal(0, 1_000)
        if row.kind == STORED and b"alert_notice" in row.payload
    ]
    assert order == [make_alert(number).alert_id for number in range(20)]
