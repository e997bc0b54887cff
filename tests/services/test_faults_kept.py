"""What goes wrong on the line is journaled once, stops the link when it must, and never becomes part of the record."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from steerclear.dialogue.batch import Batch, encode_batch
from steerclear.dialogue.faults import FaultCode, LineFaultError
from steerclear.dialogue.link_state import LinkEvent, LinkState
from steerclear.model.alert import AlertChange, Severity
from steerclear.model.messages import Acknowledgement, LineCheck, MessageState
from steerclear.services.acknowledge import acknowledge, answer_line_check, find_standing
from steerclear.services.exchange import Draft, Exchange
from steerclear.services.faults import KeysError, NotAnswerableError, UnknownMessageError, UnknownPeerError
from steerclear.services.keep_time import send_line_check
from steerclear.services.line_end import LineKeys
from steerclear.services.line_events import FAULT, LINK, RECEIPT, SENT
from steerclear.services.line_status import line_status, listed_standings
from steerclear.services.line_views import line_views
from steerclear.store import Append, Event, SqliteStore, StoreFullError
from steerclear.tlog import Fault
from tests.services.parties import (
    ACKNOWLEDGE_WITHIN_S,
    START_S,
    Node,
    deliver,
    line_keys,
    make_agreement,
    make_alert,
    private_key,
    settle,
    versions_of,
)


@pytest.fixture
def nodes():
    made = Node("north"), Node("south")
    yield made
    for node in made:
        node.close()


def kinds(node: Node) -> list[str]:
    return [row.kind for row in node.store.journal(0, 10_000)]


@pytest.mark.requirement("SC-LINE-04")
def test_a_peer_that_was_set_back_halts_the_line_on_both_sides(nodes):
    north, south = nodes
    north.announce(*(make_alert(number) for number in range(3)))
    settle(north, south)
    forgetful = Node("north")
    forgetful.announce(make_alert(9))
    with pytest.raises(LineFaultError) as caught:
        forgetful.post_to(south)
    assert caught.value.code is FaultCode.FORK
    assert forgetful.exchange.line("south").link is LinkState.HALTED
    assert kinds(south).count(FAULT) == 1
    with pytest.raises(LineFaultError):
        forgetful.post_to(south)
    assert kinds(south).count(FAULT) == 1
    assert south.store.log_state(south.exchange.line("north").terms.incoming.origin).size == 3
    # South's own posts still go through, so its link is up; that north showed two histories must be seen all the same.
    told = line_status(south.exchange).peers[0]
    assert told.link is not LinkState.HALTED
    assert (told.last_fault.code, told.last_fault.whose) == (FaultCode.FORK, Fault.PEER)
    again = forgetful.restarted().exchange.line("south")
    assert again.link is LinkState.HALTED
    assert "fork" in again.link_reason
    forgetful.exchange.move_link("south", LinkEvent.RESUMED, "looked at")
    forgetful.store.append(Append(key="wait", events=(Event("test", b"", START_S),)))
    assert forgetful.restarted().exchange.line("south").link is LinkState.UNTRIED
    forgetful.close()


def test_a_send_that_was_given_up_does_not_hold_up_the_next(nodes):
    north, south = nodes
    with north.store._transaction_lock:  # the writer is held: what is sent now is still queued
        queued = [send_line_check(north.exchange, "south") for _ in range(3)]
        assert queued[-1].stored.cancel()
    later = send_line_check(north.exchange, "south")
    later.stored.result(10)
    settle(north, south)
    assert find_standing(north.exchange, later.message_ids[0]).state is MessageState.RECEIVED


@pytest.mark.requirement("SC-LINE-04")
def test_a_node_that_was_set_back_learns_it_from_the_receipt(nodes):
    north, south = nodes
    north.announce(make_alert(1))
    settle(north, south)
    note = south.exchange.line("north").incoming.note
    empty = Node("north")
    with pytest.raises(LineFaultError) as caught:
        empty.exchange.take_receipt("south", note)
    assert caught.value.code is FaultCode.ROLLBACK
    assert empty.exchange.line("south").link is LinkState.HALTED
    assert "restore it" in line_status(empty.exchange).peers[0].link_reason
    empty.close()


@pytest.mark.requirement("SC-LINE-04")
def test_a_peer_that_lost_our_log_halts_the_line(nodes):
    north, south = nodes
    north.announce(make_alert(1))
    settle(north, south)
    north.announce(make_alert(2))
    wiped = Node("south")
    with pytest.raises(LineFaultError) as caught:
        north.post_to(wiped)
    assert caught.value.code is FaultCode.GAP
    assert north.exchange.line("south").link is LinkState.HALTED
    north.exchange.move_link("south", LinkEvent.RESUMED, "looked at")
    settle(north, south)
    assert north.exchange.line("south").link is LinkState.UP
    wiped.close()


def test_a_clock_that_is_ahead_delays_and_does_not_halt(nodes):
    north, south = nodes
    north.clock.time_s += 60.0
    north.announce(make_alert(1))
    with pytest.raises(LineFaultError) as caught:
        north.post_to(south)
    assert caught.value.code is FaultCode.CLOCK_AHEAD
    assert north.exchange.line("south").link is LinkState.DOWN
    south.clock.time_s += 60.0
    settle(north, south)
    assert find_standing(north.exchange, "north:south:0").state is MessageState.RECEIVED


@pytest.mark.requirement("SC-LINE-08")
def test_an_acknowledgement_without_effect_stands_in_the_record_and_changes_nothing(nodes):
    north, south = nodes
    sent = send_line_check(north.exchange, "south")
    sent.stored.result()
    settle(north, south)
    stranger = south.exchange.line("north")

    # South's software is made to say what its own services would refuse to say.
    def make(message_id):
        return Acknowledgement(
            message_id=message_id,
            acknowledges=sent.message_ids[0],
            desk_id="south-desk",
            function="duty officer",
            read_at_s=0.0,
        )

    south.exchange.send([Draft("north", make)]).stored.result()
    settle(north, south)
    assert find_standing(north.exchange, sent.message_ids[0]).state is MessageState.RECEIVED
    unheeded = find_standing(north.exchange, stranger.terms.outgoing.message_id(0))
    assert "does not answer" in unheeded.unheeded


def test_only_our_own_functions_answer_and_only_what_was_asked_of_us(nodes):
    north, south = nodes
    north.announce(make_alert(1))
    check = send_line_check(north.exchange, "south")
    check.stored.result()
    settle(north, south)
    with pytest.raises(NotAnswerableError, match="no function"):
        acknowledge(south.exchange, "north:south:0", "south-desk", "passer-by")
    with pytest.raises(NotAnswerableError, match="no function"):
        acknowledge(south.exchange, "north:south:0", "north-desk", "duty officer")
    with pytest.raises(NotAnswerableError, match="sent by us"):
        acknowledge(north.exchange, "north:south:0", "north-desk", "duty officer")
    with pytest.raises(NotAnswerableError, match="check --answer"):
        acknowledge(south.exchange, "north:south:1", "south-desk", "duty officer")
    with pytest.raises(NotAnswerableError, match="line ack"):
        answer_line_check(south.exchange, "north:south:0", "south-desk", "duty officer")
    for unknown in ("north:south:7", "nonsense", "north:south:-1", "north:south:00", "north:south:٣"):
        with pytest.raises(UnknownMessageError):
            acknowledge(south.exchange, unknown, "south-desk", "duty officer")
    with pytest.raises(UnknownPeerError, match="lines to: north"):
        send_line_check(south.exchange, "east")


@pytest.mark.requirement("SC-LINE-09")
def test_no_node_answers_by_itself(nodes):
    north, south = nodes
    north.announce(make_alert(1))
    for _ in range(5):
        for node in nodes:
            node.timekeeper.tick()
            node.clock.time_s += 20.0
        settle(north, south)
    for node in nodes:
        assert all(standing.answer is None for standing in listed_standings(node.exchange))
        assert {standing.kind for standing in listed_standings(node.exchange)} <= {"alert_notice", "line_check"}


@pytest.mark.requirement("SC-LINE-10")
def test_line_checks_go_out_by_schedule_also_after_a_restart():
    agreement = make_agreement(every_s=100.0)
    north = Node("north", agreement)
    north.timekeeper.tick()
    north.clock.time_s += 99.0
    again = north.restarted(agreement)
    again.timekeeper.tick()
    assert kinds(again).count(SENT) == 1
    again.clock.time_s += 1.0
    again.timekeeper.tick()
    again.clock.time_s += 1_000.0
    again.timekeeper.tick()
    again.timekeeper.tick()
    assert kinds(again).count(SENT) == 3
    again.close()


@pytest.mark.requirement("SC-LINE-11")
def test_alerts_become_notices_to_those_concerned_only():
    agreement = make_agreement(("north", "south", "east"))
    north = Node("north", agreement)
    north.announce(
        make_alert(1, parties=("east", "north", "south")),
        make_alert(2, parties=("north",)),
        make_alert(3, change=AlertChange.CLEARED, parties=("east", "north")),
        make_alert(4, severity=Severity.ADVISORY),
    )
    sent = {standing.message.message_id: standing for standing in listed_standings(north.exchange)}
    assert set(sent) == {"north:south:0", "north:east:0", "north:east:1", "north:south:1"}
    due = north.clock.now_s() + ACKNOWLEDGE_WITHIN_S
    assert sent["north:south:0"].message.acknowledge_by_s == due
    assert sent["north:south:0"].message.to_function == "duty officer"
    assert sent["north:east:1"].message.acknowledge_by_s is None
    assert sent["north:south:1"].message.acknowledge_by_s is None
    assert kinds(north).count("alert") == 4
    north.close()


def test_alerts_recorded_again_are_sent_once(nodes):
    north, _ = nodes
    alerts = [make_alert(number) for number in range(3)]
    north.announce(*alerts)
    north.announce(*alerts)
    north.restarted().announce(*alerts)
    assert north.store.log_state("steerclear/two-skies/north-to-south").size == 3
    assert kinds(north).count("alert") == 3


class FullStore:
    """A store whose disk is full for a while."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.full = False

    def __getattr__(self, name):
        return getattr(self._store, name)

    def submit(self, append):
        if self.full:
            refused = Future()
            refused.set_exception(StoreFullError("no room"))
            return refused
        return self._store.submit(append)

    def append(self, append):
        return self.submit(append).result()


@pytest.mark.requirement("SC-LINE-12")
def test_after_a_full_disk_the_log_goes_on_where_it_stood():
    north = Node("north")
    store = FullStore(north.store)
    exchange = Exchange(store, versions_of(make_agreement()), "north", line_keys("north"), north.clock)
    send_line_check(exchange, "south").stored.result()
    store.full = True
    for _ in range(3):
        with pytest.raises(StoreFullError):
            send_line_check(exchange, "south").stored.result()
    store.full = False
    sent = send_line_check(exchange, "south")
    sent.stored.result()
    assert sent.message_ids == ("north:south:1",)
    south = Node("south")
    north.exchange = exchange
    settle(north, south)
    for node in (north, south):
        node.close()


def test_a_node_with_the_wrong_keys_does_not_start():
    keys = line_keys("north")
    for wrong in (
        LineKeys(private_key("mallory"), keys.witness),
        LineKeys(keys.signing, private_key("mallory")),
    ):
        with SqliteStore.in_memory(line_views()) as store, pytest.raises(KeysError, match="not the one that agreement"):
            Exchange(store, versions_of(make_agreement()), "north", wrong, None)


def test_link_changes_are_journaled_once(nodes):
    north, _ = nodes
    for _ in range(3):
        north.exchange.move_link("south", LinkEvent.UNREACHABLE, "no answer")
    north.exchange.move_link("south", LinkEvent.UNREACHABLE, "its certificate has expired")
    north.announce(make_alert(1))
    assert kinds(north).count(LINK) == 1
    assert line_status(north.exchange).peers[0].link_reason == "its certificate has expired"


def test_a_post_for_another_line_is_refused_before_anything_is_read(nodes):
    north, south = nodes
    north.announce(make_alert(1))
    post = north.exchange.next_post("south")
    wrong = Batch("steerclear/other/north-to-south", 0, post.batch.checkpoint, post.batch.entries, post.batch.contents)
    with pytest.raises(LineFaultError) as caught:
        deliver(north, south, encode_batch(wrong))
    assert caught.value.code is FaultCode.WRONG_LINK


def test_views_rebuilt_from_the_journal_are_the_same(nodes):
    north, south = nodes
    north.announce(*(make_alert(number) for number in range(5)))
    settle(north, south)
    acknowledge(south.exchange, "north:south:2", "south-desk", "commander").stored.result()
    settle(north, south)
    north.clock.time_s += 61.0
    north.timekeeper.tick()
    for node in nodes:
        before = listed_standings(node.exchange), node.store.view_items("line.open")
        node.store.rebuild_views()
        assert (listed_standings(node.exchange), node.store.view_items("line.open")) == before


@pytest.mark.requirement("SC-LINE-12")
def test_no_receipt_is_given_for_what_is_not_durable(nodes):
    north, south = nodes
    north.announce(make_alert(1))
    store = FullStore(south.store)
    south.exchange = Exchange(store, versions_of(make_agreement()), "south", line_keys("south"), south.clock)
    store.full = True
    with pytest.raises(StoreFullError):
        north.post_to(south)
    assert south.exchange.line("north").incoming.frontier.size == 0
    store.full = False
    settle(north, south)
    assert south.exchange.line("north").incoming.frontier.size == 1


def test_a_late_receipt_changes_nothing(nodes):
    north, south = nodes
    north.announce(make_alert(1))
    settle(north, south)
    early = south.exchange.line("north").incoming.note
    north.announce(make_alert(2))
    settle(north, south)
    for note in (early, south.exchange.line("north").incoming.note):
        north.exchange.take_receipt("south", note)
    assert north.exchange.line("south").received_size == 2
    assert kinds(north).count(RECEIPT) == 2


def test_of_several_messages_all_are_sent_or_none(nodes):
    north, south = nodes

    def check(message_id):
        return LineCheck(message_id=message_id, answer_by_s=START_S)

    def unspeakable(message_id):
        return LineCheck(message_id=message_id, answer_by_s=1e300)

    with pytest.raises(LineFaultError, match="out of all proportion"):
        north.exchange.send([Draft("south", check), Draft("south", unspeakable)])
    sent = north.exchange.send([Draft("south", check)])
    sent.stored.result()
    assert sent.message_ids == ("north:south:0",)
    settle(north, south)
    assert north.exchange.line("south").received_size == 1
