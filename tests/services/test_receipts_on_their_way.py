"""The next post does not wait until the last receipt is on our disk; nobody is told of a receipt before it is."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from steerclear.dialogue.batch import Refusal, encode_batch
from steerclear.dialogue.faults import FaultCode
from steerclear.dialogue.link_state import LinkState
from steerclear.model.messages import MessageState
from steerclear.services.acknowledge import find_standing
from steerclear.services.announce_alerts import AlertAnnouncer
from steerclear.services.exchange import Exchange
from steerclear.services.line_events import RECEIPT
from steerclear.store.entries import Append
from steerclear.store.errors import StoreFullError
from tests.services.parties import Node, line_keys, make_agreement, make_alert, settle, versions_of


class SlowDisk:
    """The store, but receipts reach the disk when the test says so, or never."""

    def __init__(self, store) -> None:
        self._store = store
        self.held: list[tuple[Append, Future]] = []
        self.holding = True

    def __getattr__(self, name):
        return getattr(self._store, name)

    def submit(self, append: Append) -> Future:
        if not (self.holding and any(event.kind == RECEIPT for event in append.events)):
            return self._store.submit(append)
        waiting = Future()
        self.held.append((append, waiting))
        return waiting

    def store_one(self) -> None:
        append, waiting = self.held.pop(0)
        waiting.set_result(self._store.append(append))

    def fail_one(self) -> None:
        self.held.pop(0)[1].set_exception(StoreFullError("no room left on the disk"))


@pytest.fixture
def nodes():
    north, south = Node("north"), Node("south")
    disk = SlowDisk(north.store)
    north.exchange = Exchange(disk, versions_of(make_agreement()), "north", line_keys("north"), north.clock)
    north.announcer = AlertAnnouncer(north.exchange)
    yield north, south, disk
    north.close()
    south.close()


def say(north: Node, number: int) -> None:
    north.announce(make_alert(number))


def carry(north: Node, south: Node) -> int:
    """One post and the beginning of its receipt's way to the disk; the place where the post began."""
    batch = north.exchange.next_post("south").batch
    north.exchange.begin_receipt("south", south.exchange.receive("north", encode_batch(batch)))
    return batch.first


def test_the_next_post_begins_after_a_receipt_that_is_not_on_the_disk_yet(nodes):
    north, south, disk = nodes
    say(north, 1)
    assert carry(north, south) == 0
    assert north.exchange.next_post("south") is None, "nothing goes twice while its receipt is on its way"
    say(north, 2)
    post = north.exchange.next_post("south")
    assert (post.batch.first, post.size) == (1, 2)
    line = north.exchange.line("south")
    assert line.received_size == 0
    assert find_standing(north.exchange, "north:south:0").state is MessageState.WAITING
    disk.store_one()
    assert line.received_size == 1
    assert find_standing(north.exchange, "north:south:0").state is MessageState.RECEIVED
    assert find_standing(north.exchange, "north:south:1").state is MessageState.WAITING


def test_a_receipt_that_could_not_be_stored_is_asked_for_again(nodes):
    north, south, disk = nodes
    say(north, 1)
    carry(north, south)
    disk.fail_one()
    with pytest.raises(StoreFullError):
        north.exchange.settle_receipt("south")
    north.exchange.settle_receipt("south")  # said once
    disk.holding = False
    assert carry(north, south) == 0
    north.exchange.settle_receipt("south")
    assert north.exchange.line("south").received_size == 1
    assert south.exchange.line("north").incoming.frontier.size == 1


def test_the_failure_of_one_receipt_shows_at_the_next_and_nothing_is_skipped(nodes):
    north, south, disk = nodes
    say(north, 1)
    carry(north, south)
    say(north, 2)
    batch = north.exchange.next_post("south").batch
    disk.fail_one()
    with pytest.raises(StoreFullError):
        north.exchange.begin_receipt("south", south.exchange.receive("north", encode_batch(batch)))
    assert north.exchange.next_post("south").batch.first == 0
    disk.holding = False
    settle(north, south)
    assert north.exchange.line("south").received_size == 2


def test_taking_a_receipt_whole_ends_when_it_is_durable(nodes):
    north, south, disk = nodes
    disk.holding = False
    for number in range(20):
        say(north, number)
        batch = north.exchange.next_post("south").batch
        north.exchange.take_receipt("south", south.exchange.receive("north", encode_batch(batch)))
        assert north.exchange.line("south").received_size == number + 1


def test_a_peer_that_falls_behind_a_receipt_on_its_way_was_set_back(nodes):
    north, south, disk = nodes
    say(north, 1)
    carry(north, south)
    blank = Node("south")
    say(north, 2)
    batch = north.exchange.next_post("south").batch
    with pytest.raises(Exception, match="missing") as gap:
        blank.exchange.receive("north", encode_batch(batch))
    assert gap.value.code is FaultCode.GAP
    refusal = Refusal(code=FaultCode.GAP, whose=gap.value.whose, detail="", size=0)
    north.exchange.take_refusal("south", refusal)
    assert north.exchange.line("south").link is LinkState.HALTED
    disk.store_one()
    blank.close()
