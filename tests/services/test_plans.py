"""A plan is declared once, told in the same transaction, and in force on both sides until its own time is over."""

from __future__ import annotations

from math import cos, pi, sin

import msgspec
import pytest

from steerclear.dialogue.faults import FaultCode, peer_fault
from steerclear.dialogue.link_state import LinkState
from steerclear.model.intent import IntentEvent
from steerclear.model.messages import Notice, NoticeChange
from steerclear.model.plan_check import FindingKind, Weight
from steerclear.model.plans import ItemEnd
from steerclear.model.vocabulary import AircraftKind, Disclosure, NoticeSubject, Urgency
from steerclear.model.volumes import PolygonArea
from steerclear.services.check_plan import check_item
from steerclear.services.declare_items import UnknownItemError, Wish, cancel, move_state, submit
from steerclear.services.faults import LineRequestError, NotAnswerableError
from steerclear.services.line_views import line_views
from steerclear.services.plan_events import ITEM, PLANS
from steerclear.services.say import say
from steerclear.store import SqliteStore
from steerclear.store.errors import StoreError
from tests.services.parties import START_S, Node, settle
from tests.services.plans import (
    HOUR_S,
    circle,
    flight,
    here,
    movement,
    name,
    ours,
    pass_time,
    site,
    tell,
    terms,
    theirs,
    two_nodes,
    zone,
)

BY = ("north-desk", "duty officer")


@pytest.fixture
def nodes():
    pair = two_nodes()
    yield pair
    for node in pair:
        node.close()


def conflicts(checked):
    return [one.finding for one in checked.findings if one.finding.weight is Weight.CONFLICT]


@pytest.mark.requirement("SC-PLN-01")
@pytest.mark.parametrize("make", [flight, zone, site, movement])
def test_what_is_declared_is_known_in_full_on_the_other_side(nodes, make):
    north, south = nodes
    said = tell(north, make())
    assert said.declared, said
    settle(north, south)
    item_id = make().item_id
    number = int(item_id[:8], 16)
    mine, seen = ours(north, number), theirs(south, number)
    assert (mine.party, mine.ours, seen.party, seen.ours) == ("north", True, "north", False)
    assert seen.volumes == mine.volumes
    assert seen.subject is mine.subject is make().subject
    assert (seen.state, seen.revision, seen.ended) == (mine.state, 1, None)
    told, kept = seen.item.it, mine.item.it
    for field in set(kept.__struct_fields__) - {"declared_s", "revised_s"}:
        assert getattr(told, field) == getattr(kept, field), field


@pytest.mark.requirement("SC-PLN-02")
def test_a_plan_in_conflict_is_not_declared_unless_its_findings_were_read(nodes):
    north, south = nodes
    tell(north, flight())
    settle(north, south)
    mine = flight(2, volumes=(circle(),))
    said = tell(south, mine)
    assert (said.declared, ours(south, 2)) == (False, None)
    [conflict] = [one for one in said.check.findings if one.finding.weight is Weight.CONFLICT]
    assert conflict.finding.kind is FindingKind.FLIGHT
    assert (conflict.finding.other_party, conflict.finding.other_id) == ("north", name(1))
    assert not tell(south, mine, in_spite_of=("0000000000",)).declared
    again = tell(south, mine, in_spite_of=(conflict.finding_id,))
    assert again.declared
    assert ours(south, 2).findings == (conflict.finding_id,)
    # It is on record with the check that it was made in spite of.
    [row] = [row for row in south.store.journal(0, 1_000) if row.kind == ITEM]
    event = msgspec.json.decode(row.payload)
    assert event["in_spite_of"] == [conflict.finding_id]
    assert event["check"]["findings"][0]["other_id"] == name(1)
    # What one has read of a plan is not what it becomes.
    tell(north, flight(1, 2, volumes=(circle(0.001),)), new=False, in_spite_of=("",))
    settle(north, south)
    assert not tell(south, flight(3, volumes=(circle(),)), in_spite_of=(conflict.finding_id,)).declared


@pytest.mark.requirement("SC-PLN-04")
def test_one_append_holds_declaration_check_and_notice(nodes):
    north, _ = nodes
    before = north.store.last_sequence()
    said = tell(north, flight())
    rows = north.store.journal(before, 100)
    assert [row.kind for row in rows] == ["plan.item", "line.sent"]
    assert north.store.receipt(f"plan/{name(1)}/1").last_sequence == rows[-1].sequence
    assert said.message_ids == (f"north:south:{north.exchange.line('south').outgoing.frontier.size - 1}",)


class Failing:
    """A journal of which the next append fails, as when the process dies or the disk is full."""

    def __init__(self, store):
        self._store = store
        self.fails = False

    def __getattr__(self, name):
        return getattr(self._store, name)

    def submit(self, append):
        if self.fails:
            raise StoreError("the disk is full")
        return self._store.submit(append)


@pytest.mark.requirement("SC-PLN-04")
def test_nothing_is_known_or_told_of_a_declaration_that_could_not_be_stored(nodes):
    north, south = nodes
    journal = Failing(north.store)
    north.exchange.journal = journal
    journal.fails = True
    with pytest.raises(StoreError):
        tell(north, flight())
    journal.fails = False
    assert ours(north, 1) is None
    settle(north, south)
    assert theirs(south, 1) is None
    assert tell(north, flight()).declared
    settle(north, south)
    assert theirs(south, 1).revision == 1


@pytest.mark.requirement("SC-PLN-05")
def test_the_same_declaration_again_changes_and_says_nothing(nodes):
    north, south = nodes
    first = tell(north, flight())
    settle(north, south)
    size = north.store.last_sequence()
    again = tell(north, flight())
    assert (again.declared, again.repeated, again.standing) == (True, True, ours(north, 1))
    assert north.store.last_sequence() == size
    assert not first.repeated
    with pytest.raises(LineRequestError, match="another content"):
        tell(north, flight(title="Something else"))
    with pytest.raises(LineRequestError, match="declared already"):
        tell(north, flight(revision=2))


@pytest.mark.requirement("SC-PLN-05")
def test_a_declaration_whose_answer_was_lost_is_answered_after_a_restart(nodes):
    north, _ = nodes
    tell(north, flight())
    again = north.restarted(terms())
    assert tell(again, flight()).repeated


@pytest.mark.requirement("SC-PLN-06")
def test_a_plan_is_amended_activated_and_ended_and_the_other_side_follows(nodes):
    north, south = nodes
    tell(north, flight())
    assert tell(north, flight(1, 2, volumes=(circle(until_h=4.0),)), new=False).declared
    settle(north, south)
    seen = theirs(south, 1)
    assert (seen.revision, seen.until_s, seen.state) == (2, START_S + 4 * HOUR_S, "accepted")
    for event, state, revision in (
        (IntentEvent.ACTIVATE, "activated", 3),
        (IntentEvent.LEAVE, "nonconforming", 4),
        (IntentEvent.RETURN, "activated", 5),
        (IntentEvent.END, "ended", 6),
    ):
        outside = (circle(radius_m=6_000.0),) if event is IntentEvent.LEAVE else None
        move_state(north.exchange, NoticeSubject.FLIGHT, name(1), event, *BY, outside)
        settle(north, south)
        mine, seen = ours(north, 1), theirs(south, 1)
        assert (mine.state, mine.revision) == (seen.state, seen.revision) == (state, revision)
        assert len(seen.item.flight.off_nominal_volumes) == (event is IntentEvent.LEAVE)
        assert seen.item.flight.volumes == mine.item.flight.volumes
    assert mine.ended is seen.ended is ItemEnd.ENDED
    assert [step.what for step in mine.history] == ["new", "amended", "activate", "leave", "return", "end"]
    assert [step.state for step in seen.history][-1] == "ended"
    with pytest.raises(LineRequestError, match="its end"):
        move_state(north.exchange, NoticeSubject.FLIGHT, name(1), IntentEvent.ACTIVATE, *BY)


@pytest.mark.requirement("SC-PLN-06")
def test_a_cancelled_plan_stands_in_nobodys_way(nodes):
    north, south = nodes
    tell(north, flight())
    settle(north, south)
    mine = flight(2, volumes=(circle(),))
    assert not tell(south, mine).declared
    assert cancel(north.exchange, NoticeSubject.FLIGHT, name(1), *BY).declared
    assert cancel(north.exchange, NoticeSubject.FLIGHT, name(1), *BY).repeated
    settle(north, south)
    assert ours(north, 1).ended is theirs(south, 1).ended is ItemEnd.CANCELLED
    assert tell(south, mine).declared


REFUSED = {
    "a name that is none": (lambda node: tell(node, flight(intent_id="plan-1")), "UUID"),
    "a name in capitals": (lambda node: tell(node, flight(intent_id=name(0xABC).upper())), "UUID"),
    "a first revision 2": (lambda node: tell(node, flight(revision=2)), "next revision"),
    "amended before it is there": (lambda node: tell(node, flight(1, 2), new=False), "to amend"),
    "no volume": (lambda node: tell(node, flight(volumes=())), "no volume"),
    "upper below lower": (
        lambda node: tell(node, flight(volumes=(circle(lower_m=900.0, upper_m=800.0),))),
        "upper|lower",
    ),
    "longer than agreed": (lambda node: tell(node, flight(volumes=(circle(until_h=30.0),)), in_spite_of=ALL), "longer"),
    "more than a notice carries": (
        lambda node: tell(node, flight(volumes=tuple(circle(radius_m=100.0 + n) for n in range(65))), in_spite_of=ALL),
        "64 volumes",
    ),
    "ended before it flew": (
        lambda node: move_state(node.exchange, NoticeSubject.FLIGHT, name(1), IntentEvent.END, *BY),
        "no flight",
    ),
}


class _All(tuple):
    """Every finding was read."""

    __slots__ = ()

    def __contains__(self, _):
        return True


ALL = _All()


@pytest.mark.requirement("SC-PLN-07")
@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_declared_is_refused_and_leaves_nothing(nodes, why):
    north, _ = nodes
    before = north.store.last_sequence()
    ask, words = REFUSED[why]
    with pytest.raises(LineRequestError, match=words):
        ask(north)
    assert north.store.last_sequence() == before


def test_only_a_function_of_the_desk_declares(nodes):
    north, _ = nodes
    with pytest.raises(NotAnswerableError):
        submit(north.exchange, Wish(item=flight()), "north-desk", "gardener")


@pytest.mark.requirement("SC-PLN-08")
def test_a_peer_that_is_down_or_whose_line_is_halted_keeps_its_plans_until_they_expire(nodes):
    north, south = nodes
    tell(north, flight())
    settle(north, south)
    fault = peer_fault(FaultCode.FORK, "two histories")
    south.exchange.note_fault("north", fault, "out/1")
    assert south.exchange.line("north").link is LinkState.HALTED
    mine = flight(2, volumes=(circle(),))
    for hours in (0.0, 1.0, 1.5, 2.9):
        pass_time(hours, south)
        checked, _ = check_item(south.exchange, mine)
        [conflict] = conflicts(checked)
        assert conflict.other_id == name(1)
        assert not conflict.other_reachable
    again = south.restarted(terms())
    assert conflicts(check_item(again.exchange, mine)[0])
    pass_time(3.01, south)
    assert theirs(south, 1).ended is ItemEnd.EXPIRED
    assert not conflicts(check_item(south.exchange, flight(2, volumes=(circle(from_h=2.0, until_h=4.0),)))[0])


@pytest.mark.requirement("SC-PLN-08")
def test_our_own_plan_expires_once_also_while_the_node_is_down(nodes):
    north, south = nodes
    tell(north, flight())
    settle(north, south)
    north.clock.time_s = START_S + 5 * HOUR_S
    again = north.restarted(terms())
    again.timekeeper.tick()
    assert ours(again, 1).ended is ItemEnd.EXPIRED


@pytest.mark.requirement("SC-PLN-09")
def test_the_views_built_anew_equal_those_that_grew(nodes, tmp_path):
    north, south = nodes
    tell(north, flight())
    tell(north, zone(volumes=(circle(0.5),)))
    tell(north, site(), disclosure=Disclosure.COARSE)
    tell(north, flight(2, volumes=(circle(1.5),)), disclosure=Disclosure.SEALED)
    settle(north, south)
    move_state(north.exchange, NoticeSubject.FLIGHT, name(1), IntentEvent.ACTIVATE, *BY)
    settle(north, south)
    pass_time(1.9, north, south)
    for node in nodes:
        live = node.store.view_items(PLANS)
        assert len(live) == 4
        node.store.rebuild_views()
        assert node.store.view_items(PLANS) == live


def test_a_plain_notice_of_a_desk_counts_like_a_plan(nodes):
    north, south = nodes
    plain = Notice(
        notice_id="by-hand",
        revision=1,
        change=NoticeChange.NEW,
        subject=NoticeSubject.ACTIVITY,
        title="Balloons",
        volumes=(circle(),),
        from_s=circle().from_s,
        until_s=circle().until_s,
        contact_function="duty officer",
    )
    say(north.exchange, ["south"], plain, *BY).stored.result()
    settle(north, south)
    for node in nodes:
        found = conflicts(check_item(node.exchange, flight(2))[0])
        assert {one.other_id for one in found} <= {"by-hand"}
    [conflict] = conflicts(check_item(south.exchange, flight(2))[0])
    assert (conflict.kind, conflict.other_party) == (FindingKind.ZONE, "north")


def test_a_flight_with_a_crew_is_told_as_one(nodes):
    north, south = nodes
    tell(north, flight(kind=AircraftKind.CREWED, priority=3, contact_function="commander"))
    settle(north, south)
    seen = theirs(south, 1)
    assert (seen.item.flight.kind, seen.item.flight.priority) == (AircraftKind.CREWED, 3)
    assert seen.contact_function == "commander"
    assert seen.notice.notice.urgency is Urgency.ROUTINE


def test_unknown_items_are_said_to_be_unknown(nodes):
    north, _ = nodes
    with pytest.raises(UnknownItemError):
        cancel(north.exchange, NoticeSubject.ZONE, name(1), *BY)
    tell(north, flight())
    with pytest.raises(UnknownItemError):
        cancel(north.exchange, NoticeSubject.ZONE, name(1), *BY)


def test_a_store_of_another_process_has_the_plans(tmp_path):
    store = SqliteStore.open(tmp_path / "north.sqlite", line_views())
    north = Node("north", terms(), store=store)
    tell(north, flight())
    north.close()
    again = Node("north", terms(), store=SqliteStore.open(tmp_path / "north.sqlite", line_views()))
    assert ours(again, 1).revision == 1
    again.close()


@pytest.mark.parametrize(("corners", "fits"), [(512, True), (513, False)])
def test_an_outline_of_many_corners_is_told_in_full_up_to_the_limit(nodes, corners, fits):
    north, south = nodes
    turns = [2.0 * pi * number / corners for number in range(corners)]
    outline = PolygonArea(vertices=tuple(here(0.2 * sin(turn), 0.2 * cos(turn)) for turn in turns))
    wide = flight(volumes=(msgspec.structs.replace(circle(), area=outline),))
    if not fits:
        with pytest.raises(LineRequestError, match="512 corners"):
            tell(north, wide)
        return
    assert tell(north, wide).declared
    settle(north, south)
    assert theirs(south, 1).item.flight.volumes == wide.flight.volumes
