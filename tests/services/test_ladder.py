"""An unacknowledged message climbs: every rung once, in time, on record on both sides, whatever the clock does."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import msgspec
import pytest

from steerclear.model.agreement import FunctionOutlets, Ladder, LadderSide, MessageDeadline, Rung
from steerclear.model.messages import (
    Escalation,
    MessageState,
    Request,
    RequestKind,
    SafetyStop,
    StepState,
    Verdict,
)
from steerclear.model.vocabulary import MessageKind, Urgency
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.acknowledge import acknowledge, find_standing, relay, respond
from steerclear.services.faults import LineRequestError, NotAnswerableError
from steerclear.services.keep_time import MAX_IN_TURN
from steerclear.services.keep_zones import ZoneKeeper
from steerclear.services.line_events import RUNG, SUMMONED, open_summons
from steerclear.services.line_status import listed_standings
from steerclear.services.reach import Outcome
from steerclear.services.say import say
from steerclear.services.summon import SUMMONS_AT_ONCE, Summoner
from steerclear.store.errors import StoreFullError
from tests.services.parties import START_S, HandClock, Node, make_agreement, make_alert, settle

LADDER = Ladder(
    ladder_id="stop",
    rungs=(
        Rung(function="duty officer", after_s=0.0),
        Rung(function="commander", after_s=120.0),
        Rung(function="duty officer", after_s=150.0, side=LadderSide.SENDER),
        Rung(function="commander", after_s=300.0, last=True),
    ),
)


def agreement_with_ladder():
    base = make_agreement()
    return msgspec.structs.replace(
        base,
        ladders=(LADDER,),
        message_deadlines=(
            MessageDeadline(
                message=MessageKind.SAFETY_STOP,
                urgency=Urgency.IMMEDIATE,
                acknowledge_s=60.0,
                relay_s=180.0,
                ladder_id="stop",
            ),
            MessageDeadline(
                message=MessageKind.REQUEST, urgency=Urgency.ROUTINE, acknowledge_s=600.0, respond_s=1_200.0
            ),
        ),
    )


def stop(**changes) -> SafetyStop:
    area = CircleArea(centre=Position(latitude_deg=36.5, longitude_deg=38.0), radius_m=2_000.0)
    volume = Volume4D(area=area, from_s=START_S, until_s=START_S + 3_600.0)
    message = SafetyStop(text="people of ours are here", volume=volume)
    return msgspec.structs.replace(message, **changes)


class SteadyHand(HandClock):
    """A clock that can be set without time having passed."""

    def __init__(self) -> None:
        super().__init__()
        self.set_s = 0.0

    def now_s(self) -> float:
        return self.time_s + self.set_s

    def steady_s(self) -> float:
        return self.time_s


@pytest.fixture
def nodes():
    agreement = agreement_with_ladder()
    pair = Node("north", agreement, SteadyHand()), Node("south", agreement, SteadyHand())
    yield pair
    for node in pair:
        node.close()


def pass_time(nodes, until_s: float, every_s: float = 0.5) -> None:
    """Tick both nodes until a time after the start, posting as a live line would."""
    north, south = nodes
    while north.clock.time_s < START_S + until_s:
        for node in nodes:
            node.clock.time_s += every_s
        for node in nodes:
            node.timekeeper.tick()
        settle(north, south)


def said_by(node: Node, message):
    sent = say(node.exchange, ["south"], message, "north-desk", "duty officer")
    sent.stored.result()
    return sent


def rungs(node: Node, message_id: str):
    """(rung, ours, when) as a node knows them."""
    raised = find_standing(node.exchange, message_id).raised
    return sorted((rung.rung, rung.ours, round(rung.raised_at_s - START_S)) for rung in raised)


@pytest.mark.requirement("SC-LADDER-01")
def test_no_rung_waits_for_what_a_peer_has_declared(nodes, monkeypatch):
    """Zones of which a thousand lie in one place are compared for seconds, each time one more comes."""
    north, south = nodes
    sent = said_by(north, stop())
    settle(north, south)
    comparing, compared = Event(), Event()

    def compare(_):
        comparing.set()
        return int(not compared.wait(30))

    monkeypatch.setattr(ZoneKeeper, "tick", compare)
    with ThreadPoolExecutor(1) as elsewhere:
        slow = elsewhere.submit(south.timekeeper.keep_items)
        assert comparing.wait(30)
        south.timekeeper.keep_deadlines()
        assert rungs(south, sent.message_ids[0]) == [(0, True, 0)]
        compared.set()
        assert slow.result() == 0


@pytest.mark.requirement("SC-LADDER-01")
def test_every_rung_is_raised_once_in_time_and_known_to_both(nodes):
    north, south = nodes
    sent = said_by(north, stop())
    settle(north, south)
    pass_time(nodes, 400.0)
    (message_id,) = sent.message_ids
    assert rungs(south, message_id) == [(0, True, 0), (1, True, 120), (2, False, 150), (3, True, 300)]
    assert rungs(north, message_id) == [(0, False, 0), (1, False, 120), (2, True, 150), (3, False, 300)]
    standing = find_standing(north.exchange, message_id)
    assert standing.state is MessageState.UNANSWERED
    assert standing.unanswered_since_s == START_S + 60.0
    assert standing.relay.state is StepState.OVERDUE
    times = [row.time_s for row in south.store.journal(0, 1_000) if row.kind == RUNG]
    assert all(0.0 <= raised - START_S - due <= 1.0 for raised, due in zip(times, (0, 120, 300), strict=True))


@pytest.mark.requirement("SC-LADDER-02")
def test_an_acknowledgement_stops_the_ladder_and_a_raised_rung_is_none(nodes):
    north, south = nodes
    sent = said_by(north, stop())
    settle(north, south)
    pass_time(nodes, 130.0)
    (message_id,) = sent.message_ids
    assert find_standing(north.exchange, message_id).answer is None
    acknowledge(south.exchange, message_id, "south-desk", "commander").stored.result()
    relay(south.exchange, message_id, "south-desk", "commander", "air wing").stored.result()
    settle(north, south)
    pass_time(nodes, 400.0)
    assert [rung for rung, *_ in rungs(south, message_id)] == [0, 1]
    standing = find_standing(north.exchange, message_id)
    assert standing.answer.function == "commander"
    assert standing.unanswered_since_s == START_S + 60.0, "late stays visible"
    assert (standing.relay.state, standing.relay.given.unit) == (StepState.GIVEN, "air wing")
    assert standing.response.state is StepState.NOT_ASKED


@pytest.mark.requirement("SC-LADDER-03")
@pytest.mark.parametrize("step_s", [-3_600.0, 3_600.0])
def test_a_clock_that_is_set_neither_hurries_nor_delays_a_rung(nodes, step_s):
    north, south = nodes
    sent = said_by(north, stop())
    settle(north, south)
    pass_time(nodes, 60.0)
    south.clock.set_s = step_s
    for _ in range(118):
        south.clock.time_s += 0.5
        south.timekeeper.tick()
    assert [rung.rung for rung in find_standing(south.exchange, *sent.message_ids).raised if rung.ours] == [0]
    south.clock.time_s += 1.5
    south.timekeeper.tick()
    assert [rung.rung for rung in find_standing(south.exchange, *sent.message_ids).raised if rung.ours] == [0, 1]


@pytest.mark.requirement("SC-LADDER-03")
@pytest.mark.parametrize("set_s", [-7_200.0, 0.0])
def test_a_restart_even_under_a_clock_set_back_loses_no_rung_and_raises_none_twice(nodes, set_s):
    north, south = nodes
    sent = said_by(north, stop())
    settle(north, south)
    pass_time(nodes, 125.0)
    south.clock.set_s = set_s
    again = south.restarted(agreement_with_ladder())
    for _ in range(360):
        again.clock.time_s += 0.5
        again.timekeeper.tick()
    assert [rung.rung for rung in find_standing(again.exchange, *sent.message_ids).raised if rung.ours] == [0, 1, 3]
    assert [row.kind for row in again.store.journal(0, 1_000)].count(RUNG) == 3


def test_an_overdue_relay_raises_the_next_rung_though_it_was_read(nodes):
    north, south = nodes
    sent = said_by(north, stop())
    settle(north, south)
    pass_time(nodes, 10.0)
    acknowledge(south.exchange, *sent.message_ids, "south-desk", "duty officer").stored.result()
    settle(north, south)
    pass_time(nodes, 200.0)
    standing = find_standing(south.exchange, *sent.message_ids)
    ours = [(rung.rung, rung.why) for rung in standing.raised if rung.ours]
    assert ours == [(0, "not acknowledged in time"), (1, "the relay is overdue")]
    assert standing.relay.state is StepState.OVERDUE


class Outlets:
    """Outlets that fail or not, by name."""

    def __init__(self, *working: str) -> None:
        self.working, self.tried = working, []

    def names(self) -> frozenset[str]:
        return frozenset({"desk phone", "screen", "pager"})

    def reach(self, outlet, summons) -> Outcome:
        self.tried.append((outlet, summons.function))
        return Outcome(outlet=outlet, reached=outlet in self.working, detail="", took_s=0.0)


def with_outlets(agreement):
    def desk_with(desk):
        reach = (
            FunctionOutlets(function="duty officer", outlets=("desk phone", "screen")),
            FunctionOutlets(function="commander", outlets=("pager",)),
        )
        return msgspec.structs.replace(desk, outlets=reach)

    parties = tuple(
        msgspec.structs.replace(party, desks=tuple(desk_with(desk) for desk in party.desks))
        for party in agreement.parties
    )
    return msgspec.structs.replace(agreement, parties=parties)


@pytest.mark.requirement("SC-LADDER-04")
def test_a_rung_whose_outlets_all_fail_raises_the_next_at_once():
    agreement = with_outlets(agreement_with_ladder())
    north, south = Node("north", agreement), Node("south", agreement)
    sent = said_by(north, stop())
    settle(north, south)
    south.timekeeper.tick()
    outlets = Outlets("pager")
    summoner = Summoner(south.exchange, outlets)
    assert summoner.work() == 1
    assert [rung.rung for rung in find_standing(south.exchange, *sent.message_ids).raised if rung.ours] == [0, 1]
    assert summoner.work() == 1
    assert outlets.tried == [("desk phone", "duty officer"), ("screen", "duty officer"), ("pager", "commander")]
    assert summoner.work() == 0
    told = [json.loads(row.payload) for row in south.store.journal(0, 1_000) if row.kind == SUMMONED]
    assert [[one["reached"] for one in event["outlets"]] for event in told] == [[False, False], [True]]
    settle(north, south)
    said = [standing.message for standing in listed_standings(north.exchange) if not standing.outgoing]
    assert any(isinstance(message, Escalation) and "no outlet" in message.why for message in said)


class Hanging(Outlets):
    """One outlet hangs until it is let go; the others work."""

    def __init__(self) -> None:
        super().__init__("desk phone", "screen", "pager")
        self.let_go = Event()

    def reach(self, outlet, summons) -> Outcome:
        if outlet == "desk phone":
            self.let_go.wait(30)
        return super().reach(outlet, summons)


def test_an_outlet_that_hangs_holds_up_no_other_rung():
    agreement = with_outlets(agreement_with_ladder())
    north, south = Node("north", agreement), Node("south", agreement)
    said_by(north, stop())
    settle(north, south)
    south.timekeeper.tick()
    outlets = Hanging()
    summoner = Summoner(south.exchange, outlets)
    assert summoner.start() == 1
    south.clock.time_s += 121.0
    south.timekeeper.tick()
    try:
        assert summoner.start() == 1, "the one that hangs is not begun with again"
        give_up_s = time.monotonic() + 10.0
        while ("pager", "commander") not in outlets.tried and time.monotonic() < give_up_s:
            time.sleep(0.01)
        assert ("pager", "commander") in outlets.tried
        assert ("desk phone", "duty officer") not in outlets.tried
    finally:
        outlets.let_go.set()
    summoner.work()
    assert outlets.tried.count(("desk phone", "duty officer")) == 1


@pytest.mark.requirement("SC-LINE-20")
def test_a_request_that_nobody_answers_lapses_and_is_neither_accepted_nor_declined(nodes):
    north, south = nodes
    request = Request(asks=RequestKind.PAUSE, about="")
    sent = said_by(north, request)
    settle(north, south)
    pass_time(nodes, 10.0)
    acknowledge(south.exchange, *sent.message_ids, "south-desk", "duty officer").stored.result()
    respond(south.exchange, *sent.message_ids, "south-desk", "duty officer", Verdict.CHECKING).stored.result()
    settle(north, south)
    pass_time(nodes, 1_201.0, every_s=5.0)
    standing = find_standing(north.exchange, *sent.message_ids)
    assert standing.response.state is StepState.OVERDUE
    assert standing.response.given is None
    assert standing.response.interim.verdict is Verdict.CHECKING
    respond(south.exchange, *sent.message_ids, "south-desk", "duty officer", Verdict.DECLINED).stored.result()
    settle(north, south)
    standing = find_standing(north.exchange, *sent.message_ids)
    assert (standing.response.state, standing.response.given.verdict) == (StepState.GIVEN, Verdict.DECLINED)
    assert standing.response.overdue_since_s == START_S + 1_200.0


def test_verdicts_that_mean_nothing_to_a_kind_are_refused(nodes):
    north, south = nodes
    sent = said_by(north, stop())
    settle(north, south)
    with pytest.raises(NotAnswerableError, match="keeping_clear"):
        respond(south.exchange, *sent.message_ids, "south-desk", "duty officer", Verdict.APPROVED)


@pytest.mark.requirement("SC-LINE-21")
def test_only_a_safety_stop_may_go_past_the_duty_officer(nodes):
    north, south = nodes
    request = Request(to_function="commander", asks=RequestKind.MOVE, about="")
    with pytest.raises(LineRequestError, match="duty officer"):
        say(north.exchange, ["south"], request, "north-desk", "duty officer")
    sent = said_by(north, stop(to_function="commander"))
    settle(north, south)
    standing = find_standing(south.exchange, *sent.message_ids)
    assert (standing.message.to_function, standing.message.urgency) == ("commander", Urgency.IMMEDIATE)


def test_an_unacknowledged_urgent_message_stays_on_top(nodes):
    north, south = nodes
    sent = said_by(north, stop())
    north.announce(*(make_alert(number) for number in range(5)))
    settle(north, south)
    for node in nodes:
        assert listed_standings(node.exchange, 3)[0].message.message_id == sent.message_ids[0]


@pytest.mark.requirement("SC-LADDER-01")
def test_a_peer_that_floods_us_makes_no_other_peers_rung_late():
    """Each rung is a write to the disk: what one side sends in a second may take many to climb for."""
    base = agreement_with_ladder()
    parties = make_agreement(("north", "south", "east")).parties
    agreement = msgspec.structs.replace(base, parties=parties)
    north, south, east = (Node(party, agreement, SteadyHand()) for party in ("north", "south", "east"))
    for _ in range(200):
        say(south.exchange, ["north"], stop(), "south-desk", "duty officer").stored.result()
    say(east.exchange, ["north"], stop(), "east-desk", "duty officer").stored.result()
    settle(south, north)
    north.clock.time_s += 0.5
    settle(east, north)
    north.timekeeper.tick()
    raised = [json.loads(row.payload) for row in north.store.journal(0, 10_000) if row.kind == RUNG]
    assert len(raised) == 201
    assert [one["peer"] for one in raised].index("east") <= MAX_IN_TURN
    for node in (north, south, east):
        node.close()


@pytest.mark.requirement("SC-LADDER-04")
def test_a_full_disk_calls_nobody_twice(monkeypatch, caplog):
    """The rung is on record, the outlets took the summons, and only then there is no room for what came of it."""
    agreement = with_outlets(agreement_with_ladder())
    north, south = Node("north", agreement), Node("south", agreement)
    said_by(north, stop())
    settle(north, south)
    south.timekeeper.tick()
    outlets = Outlets("desk phone", "screen")
    summoner = Summoner(south.exchange, outlets)
    with monkeypatch.context() as patched:
        patched.setattr(south.store, "append", full_disk)
        for _ in range(5):
            with pytest.raises(StoreFullError):
                summoner.work()
    assert summoner.work() == 1
    assert summoner.work() == 0
    assert sorted(outlets.tried) == [("desk phone", "duty officer"), ("screen", "duty officer")]
    assert [row.kind for row in south.store.journal(0, 1_000)].count(SUMMONED) == 1
    assert caplog.text.count("what came of a summons cannot be recorded") == 1


def full_disk(_):
    raise StoreFullError("no room left on the disk")


@pytest.mark.requirement("SC-LADDER-04")
def test_summonses_that_hang_hold_up_neither_an_immediate_one_nor_another_peers():
    base = with_outlets(agreement_with_ladder())
    parties = tuple(with_outlets(make_agreement(("north", "south", "east"))).parties)
    routine = MessageDeadline(
        message=MessageKind.REQUEST, urgency=Urgency.ROUTINE, acknowledge_s=60.0, ladder_id="stop"
    )
    agreement = msgspec.structs.replace(base, parties=parties, message_deadlines=(base.message_deadlines[0], routine))
    clock = SteadyHand()
    east, north, south = (Node(party, agreement, clock) for party in ("east", "north", "south"))
    hanging = Hanging()
    summoner = Summoner(south.exchange, hanging)
    try:
        for number in range(SUMMONS_AT_ONCE + 4):
            request = Request(asks=RequestKind.PAUSE, about=str(number))
            say(east.exchange, ["south"], request, "east-desk", "duty officer").stored.result()
        settle(east, south)
        south.timekeeper.tick()
        assert summoner.start() == SUMMONS_AT_ONCE
        assert summoner.start() == 0
        for node in (east, north):
            say(node.exchange, ["south"], stop(), f"{node.party}-desk", "duty officer").stored.result()
            settle(node, south)
        south.timekeeper.tick()
        assert summoner.start() == 2
    finally:
        hanging.let_go.set()
        while summoner.work() or any(open_summons(south.store, peer, 1) for peer in ("east", "north")):
            pass
    assert hanging.tried.count(("desk phone", "duty officer")) == SUMMONS_AT_ONCE + 4 + 2
    for node in (east, north, south):
        node.close()


def test_a_unit_cannot_have_confirmed_in_the_future(nodes):
    north, south = nodes
    sent = said_by(north, stop())
    settle(north, south)
    now_s = south.clock.now_s()
    with pytest.raises(LineRequestError, match="in the future"):
        relay(south.exchange, *sent.message_ids, "south-desk", "duty officer", "air wing 3", now_s + 1.0)
    relay(south.exchange, *sent.message_ids, "south-desk", "duty officer", "air wing 3", now_s).stored.result()
    assert find_standing(south.exchange, *sent.message_ids).relay.given.unit == "air wing 3"
