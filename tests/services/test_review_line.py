"""What went wrong on the line under a hostile look, each as a person would have met it."""

from __future__ import annotations

import json
from contextlib import suppress

import msgspec
import pytest

from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.limits import MAX_UNRECEIPTED_ENTRIES
from steerclear.interfaces.local_api.answers import message_view
from steerclear.model.alert import AlertChange, AlertEvent
from steerclear.model.messages import (
    AlertNotice,
    IncidentReport,
    LineCheck,
    Request,
    RequestKind,
    SafetyStop,
    Step,
    StepState,
)
from steerclear.model.vocabulary import MessageKind, Urgency
from steerclear.services.acknowledge import acknowledge, find_standing, relay
from steerclear.services.announce_alerts import ALERT
from steerclear.services.exchange import Draft
from steerclear.services.line_events import SUMMONED, UNANSWERED
from steerclear.services.line_status import line_status, listed_standings
from steerclear.services.reach import Outcome
from steerclear.services.summon import Summoner
from steerclear.store.errors import StoreFullError
from tests.services.parties import ACKNOWLEDGE_WITHIN_S, START_S, Node, make_agreement, make_alert, settle
from tests.services.test_amendments import CHANGE_S, versions
from tests.services.test_amendments import node as amended_node
from tests.services.test_key_changes import keys_of, statement
from tests.services.test_ladder import SteadyHand, agreement_with_ladder, said_by, stop, with_outlets


class Pagers:
    """Outlets that fail or not, and what they were told."""

    def __init__(self, *working: str) -> None:
        self.working, self.told = working, []

    def names(self) -> frozenset[str]:
        return frozenset({"desk phone", "screen", "pager"})

    def reach(self, outlet, summons) -> Outcome:
        self.told.append((outlet, summons))
        return Outcome(outlet=outlet, reached=outlet in self.working, detail="", took_s=0.0)


@pytest.fixture
def pair():
    agreement = with_outlets(agreement_with_ladder())
    nodes = Node("north", agreement, SteadyHand()), Node("south", agreement, SteadyHand())
    yield nodes
    for node in nodes:
        node.close()


def dies_after(node: Node, monkeypatch, appends: int) -> None:
    """Nothing more reaches the node's disk after so many appends, until `monkeypatch.undo`."""
    submit, left = node.store.submit, [None] * appends

    def dying(append):
        if not left:
            raise StoreFullError("the process is gone")
        left.pop()
        return submit(append)

    monkeypatch.setattr(node.store, "submit", dying)
    monkeypatch.setattr(node.store, "append", lambda append: dying(append).result())


def read_and_left(pair):
    """A safety stop that the duty officer has read; its relay is due in 180 s."""
    north, south = pair
    (message_id,) = said_by(north, stop()).message_ids
    settle(north, south)
    south.timekeeper.tick()
    acknowledge(south.exchange, message_id, "south-desk", "duty officer").stored.result()
    settle(north, south)
    Summoner(south.exchange, Pagers("screen")).work()
    return message_id


@pytest.mark.requirement("SC-LINE-30")
def test_a_rung_raised_for_an_overdue_relay_reaches_people_though_the_message_was_read(pair):
    _, south = pair
    read_and_left(pair)
    south.clock.time_s += 181.0
    south.timekeeper.tick()
    pagers = Pagers("pager")
    assert Summoner(south.exchange, pagers).work() == 1
    [(outlet, summons)] = pagers.told
    assert (outlet, summons.function) == ("pager", "commander")
    assert summons.step is Step.RELAY
    assert summons.due_s == START_S + 180.0


@pytest.mark.requirement("SC-LINE-30")
def test_nobody_is_called_for_a_relay_that_was_given_meanwhile(pair):
    _, south = pair
    message_id = read_and_left(pair)
    south.clock.time_s += 181.0
    south.timekeeper.tick()
    relay(south.exchange, message_id, "south-desk", "duty officer", "air wing").stored.result()
    pagers = Pagers("pager")
    Summoner(south.exchange, pagers).work()
    assert pagers.told == []


@pytest.mark.requirement("SC-LINE-30")
@pytest.mark.parametrize("appends", range(4))
def test_a_process_that_dies_as_a_relay_goes_overdue_still_raises_the_rung(pair, monkeypatch, appends):
    _, south = pair
    message_id = read_and_left(pair)
    south.clock.time_s += 181.0
    dies_after(south, monkeypatch, appends)
    with suppress(StoreFullError):
        for _ in range(3):
            south.timekeeper.tick()
    monkeypatch.undo()
    again = south.restarted(with_outlets(agreement_with_ladder()))
    for _ in range(4):
        again.timekeeper.tick()
    standing = find_standing(again.exchange, message_id)
    assert standing.relay.state is StepState.OVERDUE
    assert [(rung.rung, rung.why) for rung in standing.raised if rung.ours][1:] == [(1, "the relay is overdue")]
    told = [json.loads(row.payload) for row in again.store.journal(0, 1_000) if row.kind == UNANSWERED]
    assert [one["step"] for one in told if one["message_id"] == message_id] == ["relay"]


@pytest.mark.requirement("SC-LADDER-04")
@pytest.mark.parametrize("appends", range(2))
def test_a_process_that_dies_once_the_outlets_have_failed_still_raises_the_next_rung(pair, monkeypatch, appends):
    north, south = pair
    (message_id,) = said_by(north, stop()).message_ids
    settle(north, south)
    south.timekeeper.tick()
    dies_after(south, monkeypatch, appends)
    with suppress(StoreFullError):
        Summoner(south.exchange, Pagers()).work()
    monkeypatch.undo()
    again = south.restarted(with_outlets(agreement_with_ladder()))
    Summoner(again.exchange, Pagers("pager")).work()
    assert [rung.rung for rung in find_standing(again.exchange, message_id).raised if rung.ours] == [0, 1]


@pytest.mark.requirement("SC-LADDER-02")
def test_an_acknowledgement_while_the_outlets_fail_spares_the_commander(pair):
    north, south = pair
    (message_id,) = said_by(north, stop()).message_ids
    settle(north, south)
    south.timekeeper.tick()

    class Slow(Pagers):
        def reach(self, outlet, summons) -> Outcome:
            if not self.told:
                acknowledge(south.exchange, message_id, "south-desk", "duty officer").stored.result()
            return super().reach(outlet, summons)

    Summoner(south.exchange, Slow()).work()
    assert [rung.rung for rung in find_standing(south.exchange, message_id).raised if rung.ours] == [0]
    [told] = [json.loads(row.payload) for row in south.store.journal(0, 1_000) if row.kind == SUMMONED]
    assert [one["reached"] for one in told["outlets"]] == [False, False]


def agreement_for_requests():
    """Requests are to be acknowledged in 600 s, answered in 1,200 s, and have a ladder; a relay is not asked for."""
    base = agreement_with_ladder()
    deadlines = tuple(
        msgspec.structs.replace(one, ladder_id="stop") if one.message is MessageKind.REQUEST else one
        for one in base.message_deadlines
    )
    return msgspec.structs.replace(base, message_deadlines=deadlines)


def slip_in(north: Node, south: Node, **says):
    """A message of a party whose node writes what it likes."""
    kind = says.pop("kind", Request)
    common = {"to_function": "duty officer", "from_desk": "north-desk", "from_function": "duty officer"}
    if kind is Request:
        common |= {"asks": RequestKind.MOVE, "about": ""}
    elif kind is SafetyStop:
        common |= {"volume": stop().volume, "urgency": Urgency.IMMEDIATE}
    sent = north.exchange.send([Draft("south", lambda own_id: kind(message_id=own_id, **(common | says)))])
    sent.stored.result()
    settle(north, south)
    return sent.message_ids[0]


@pytest.mark.requirement("SC-LINE-31")
def test_a_peer_cannot_wake_our_commander_by_times_of_its_own_choice():
    agreement = agreement_for_requests()
    north, south = Node("north", agreement), Node("south", agreement)
    message_id = slip_in(north, south, acknowledge_by_s=0.0, relay_by_s=START_S + 5.0, respond_by_s=START_S + 6.0)
    south.timekeeper.tick()
    acknowledge(south.exchange, message_id, "south-desk", "duty officer").stored.result()
    south.clock.time_s += 10.0
    south.timekeeper.tick()
    standing = find_standing(south.exchange, message_id)
    assert standing.unanswered_since_s is None, "nobody here is late"
    assert standing.relay.state is StepState.NOT_ASKED
    assert standing.response.due_s == START_S + 1_200.0
    assert [rung.rung for rung in standing.raised if rung.ours] == [0]
    assert message_view(standing).answer_due_s == START_S + 600.0
    rebuilt = south.restarted(agreement)
    rebuilt.store.rebuild_views()
    assert find_standing(rebuilt.exchange, message_id) == standing


@pytest.mark.requirement("SC-LINE-31")
def test_a_stop_that_names_no_times_is_owed_what_is_agreed_and_climbs():
    agreement = agreement_with_ladder()
    north, south = Node("north", agreement), Node("south", agreement)
    message_id = slip_in(north, south, kind=SafetyStop)
    south.clock.time_s += 121.0
    south.timekeeper.tick()
    standing = find_standing(south.exchange, message_id)
    assert standing.unanswered_since_s == START_S + 60.0
    assert [rung.rung for rung in standing.raised if rung.ours] == [0, 1]
    assert listed_standings(south.exchange, 1)[0].message.message_id == message_id


@pytest.mark.requirement("SC-LINE-31")
def test_a_line_check_cannot_be_missed_before_the_agreed_time():
    north, south = Node("north"), Node("south")
    sent = north.exchange.send([Draft("south", lambda own_id: LineCheck(message_id=own_id, answer_by_s=0.0))])
    sent.stored.result()
    settle(north, south)
    south.timekeeper.tick()
    assert find_standing(south.exchange, *sent.message_ids).unanswered_since_s is None


@pytest.mark.requirement("SC-LINE-31")
def test_a_desk_cannot_choose_times_where_none_are_agreed():
    north = Node("north", agreement_with_ladder())
    report = IncidentReport(incident_id="one", at_s=START_S, acknowledge_by_s=1.0, relay_by_s=2.0, respond_by_s=3.0)
    (message_id,) = said_by(north, report).message_ids
    said = find_standing(north.exchange, message_id).message
    assert (said.acknowledge_by_s, said.relay_by_s, said.respond_by_s) == (None, None, None)


def full_line():
    """North with as much in its log as may be there without a receipt."""
    north, south = Node("north"), Node("south")
    for start in range(0, MAX_UNRECEIPTED_ENTRIES, 128):
        north.announce(*(make_alert(number) for number in range(start, start + 128)))
    return north, south


def test_an_alert_that_waited_outside_the_log_is_not_late_when_it_is_told():
    north, south = full_line()
    north.announce(make_alert(9_999))
    assert north.exchange.line("south").waiting == 1
    for node in (north, south):
        node.clock.time_s += 3_600.0
    settle(north, south)
    told = f"north:south:{MAX_UNRECEIPTED_ENTRIES}"
    for node in (north, south):
        node.timekeeper.tick()
        standing = find_standing(node.exchange, told)
        assert standing.due == {Step.ACKNOWLEDGEMENT: START_S + 3_600.0 + ACKNOWLEDGE_WITHIN_S}
        assert standing.message.acknowledge_by_s == standing.due[Step.ACKNOWLEDGEMENT]
        assert standing.unanswered_since_s is None


@pytest.mark.requirement("SC-LINE-22")
def test_a_message_that_the_peer_would_refuse_does_not_block_what_waits_behind_it():
    north, south = full_line()
    hidden = msgspec.structs.replace(make_alert(9_998), reason="closest \x1b[2J at 1.2 NM")
    with pytest.raises(LineFaultError):
        north.exchange.send([Draft("south", lambda name: AlertNotice(message_id=name, alert=hidden), bulk=True)])
    assert north.exchange.line("south").waiting == 0
    north.announce(hidden, make_alert(9_999))
    settle(north, south)
    rows = [row.payload for row in north.store.journal(north.store.last_sequence() - 50, 100) if row.kind == ALERT]
    assert [msgspec.json.decode(row, type=AlertEvent) for row in rows[-2:]] == [hidden, make_alert(9_999)]
    assert find_standing(south.exchange, f"north:south:{MAX_UNRECEIPTED_ENTRIES}").message.alert == make_alert(9_999)


@pytest.mark.requirement("SC-LINE-32")
def test_a_clock_set_back_over_an_amendment_does_not_stop_the_line_for_ever():
    known = versions()
    north, south = amended_node("north", known), amended_node("south", known)
    for one in (north, south):
        one.clock.time_s = CHANGE_S + 1.0
    north.announce(make_alert(1))
    settle(north, south)
    north.clock.time_s = CHANGE_S - 2.0
    north.announce(make_alert(2))
    settle(north, south)
    again = amended_node("north", known, north.store, north.clock)
    again.announce(make_alert(3))
    settle(again, south)
    assert south.exchange.line("north").incoming.frontier.size == 3
    assert line_status(again.exchange).agreement_version == 2


@pytest.mark.requirement("SC-LINE-32")
def test_a_clock_that_says_1970_stops_no_ladder_and_no_node():
    agreement = agreement_with_ladder()
    north, south = Node("north", agreement, SteadyHand()), Node("south", agreement, SteadyHand())
    south.timekeeper.tick()
    (message_id,) = said_by(north, stop()).message_ids
    settle(north, south)
    south.timekeeper.tick()
    south.clock.set_s = -START_S
    south.clock.time_s += 121.0
    south.timekeeper.tick()
    assert [rung.rung for rung in find_standing(south.exchange, message_id).raised if rung.ours] == [0, 1]
    again = south.restarted(agreement)
    again.timekeeper.tick()
    acknowledge(again.exchange, message_id, "south-desk", "commander").stored.result()
    assert find_standing(again.exchange, message_id).answer.function == "commander"


def test_a_key_change_before_the_agreement_begins_does_not_begin_it():
    later = msgspec.structs.replace(make_agreement(), in_force_from_s=START_S + 60.0)
    change = statement("north", 1, signing=1)
    north = Node("north", later, keys=keys_of("north", signing=1), statements=(change,))
    for one in (north, north.restarted(later)):
        one.announce(make_alert(1))
        assert one.exchange.line("south").stored_size() == 1, "only the key change; nothing can be told yet"


@pytest.mark.requirement("SC-LINE-07")
def test_a_message_that_is_dated_back_stands_among_the_newest_all_the_same(pair):
    """By a time of its own choice a sender could hide below all others what nobody has to acknowledge."""
    north, south = pair
    south.announce(*(make_alert(number, change=AlertChange.EASED) for number in range(30)))
    settle(north, south)
    for node in pair:
        node.clock.time_s += 10.0
    south.clock.set_s = -START_S + 1_000.0
    south.announce(make_alert(99, change=AlertChange.EASED))
    south.clock.set_s = 0.0
    settle(north, south)
    newest = [one for one in listed_standings(north.exchange, limit=10) if not one.outgoing]
    assert newest[0].message.alert.alert_id == make_alert(99).alert_id
