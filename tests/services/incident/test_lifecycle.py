"""An incident from its cause to its closing: opened once, frozen on both sides, reviewed by both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from steerclear.app.commands.record import read_versions
from steerclear.dialogue.link_state import LinkEvent
from steerclear.model.alert import AlertKind, Severity
from steerclear.model.identification import IdentificationMatch, IdentificationState, MatchBasis, TrackIdentification
from steerclear.model.incident import IncidentCause, IncidentState, MeasureState, ReviewItemKind
from steerclear.model.messages import IncidentReport, IncidentWindow, ReviewItem, Verdict
from steerclear.model.track import Identity
from steerclear.services.announce_alerts import ALERT
from steerclear.services.exchange import Draft
from steerclear.services.faults import UnknownMessageError
from steerclear.services.identify.events import identification_event
from steerclear.services.incident import incident_events, review, watch
from steerclear.services.incident.evidence import open_evidence
from steerclear.services.incident.freeze import IncidentKeeper
from steerclear.services.incident.incident_events import IncidentStanding, read_incident, read_incidents, read_pending
from steerclear.services.incident.open_incident import ByHand, IncidentRequestError, open_by_hand
from steerclear.services.incident.policy import IncidentPolicy
from steerclear.services.incident.review import (
    Said,
    answer_item,
    close_incident,
    incidents_after,
    put_item,
    read_outs,
    review_of,
    why_not_closed,
)
from steerclear.services.incident.watch import IncidentWatch
from steerclear.services.line_status import listed_standings
from steerclear.store.entries import Append, Event
from tests.services.incident.scenes import WatchingNode, keeper_of, two_watching
from tests.services.parties import START_S, make_alert, settle

DESK = "north-desk"
OFFICER = "duty officer"
Both = tuple[WatchingNode, WatchingNode]


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    pair = two_watching(tmp_path)
    yield pair
    for node in pair:
        node.close()


@pytest.fixture
def keepers(both: Both, tmp_path: Path) -> tuple[IncidentKeeper, IncidentKeeper]:
    north, south = both
    return keeper_of(north, tmp_path / "frozen-north"), keeper_of(south, tmp_path / "frozen-south")


def live(node: WatchingNode) -> list[IncidentStanding]:
    """Incidents that go by their own name."""
    return [standing for standing in read_incidents(node.store) if standing.joined_into is None]


def run(both: Both, keepers: tuple[IncidentKeeper, IncidentKeeper], seconds: int) -> None:
    """Both sides watch the same sky and talk."""
    for _ in range(seconds // 5):
        for node, keeper in zip(both, keepers, strict=True):
            node.watch(5)
            keeper.tick()
        settle(*both)


@pytest.mark.requirement("SC-INC-21")
def test_a_loss_of_separation_is_one_incident_on_both_sides_and_both_freeze_it(both, keepers) -> None:
    run(both, keepers, 170)
    of_separation = [
        [one for one in live(node) if one.incident.cause is IncidentCause.SEPARATION_LOST] for node in both
    ]
    assert [len(found) for found in of_separation] == [1, 1]
    [[ours], [theirs]] = of_separation
    assert ours.incident.incident_id == theirs.incident.incident_id
    assert ours.subjects == theirs.subjects == ("address 4b0001", "address 4b0002")
    assert ours.state is theirs.state is IncidentState.FROZEN
    assert ours.whole
    assert theirs.whole
    # Each side's hash stands in the other's journal, and is covered by a cosigned checkpoint.
    for mine, other in ((ours, theirs), (theirs, ours)):
        assert [bundle.sha256 for bundle in mine.bundles] == [bundle.sha256 for bundle in other.peer_bundles]
    for node, keeper, standing in zip(both, keepers, (ours, theirs), strict=True):
        evidence = open_evidence(keeper.path(standing.bundles[-1]), read_versions)
        assert evidence.party == node.party
        assert evidence.marking == "EXERCISE"
        said = [one for one in listed_standings(node.exchange, 1_000) if isinstance(one.message, IncidentReport)]
        told = [one for one in said if one.outgoing and one.message.attachments]
        assert told
        assert all(one.received_s is not None for one in told)
        assert all(not one.due for one in told), "a machine's word about a hash asks nobody for anything"


@pytest.mark.requirement("SC-INC-22")
def test_the_same_cause_opens_nothing_twice_over_a_restart(both, keepers, tmp_path: Path) -> None:
    run(both, keepers, 100)
    before = [one.incident.incident_id for one in read_incidents(both[0].store)]
    assert before
    again = keeper_of(both[0], tmp_path / "frozen-north")
    again.tick()
    assert [one.incident.incident_id for one in read_incidents(both[0].store)] == before


@pytest.mark.requirement("SC-INC-23")
def test_a_last_rung_without_an_answer_is_an_incident_and_an_answer_in_time_is_none(both, keepers) -> None:
    north, _ = both
    run(both, keepers, 170)
    ended = [one for one in live(north) if one.incident.cause is IncidentCause.LADDER_ENDED]
    assert ended
    assert all(one.incident.message_ids for one in ended)
    unread = {
        standing.message.message_id for standing in listed_standings(north.exchange, 1_000) if not standing.acknowledged
    }
    assert {one.incident.message_ids[0] for one in ended} <= unread


def move_link(node: WatchingNode, event: LinkEvent, reason: str) -> None:
    """The link moves, and the journal has it: what is appended after it waits for it."""
    node.exchange.move_link("south", event, reason)
    node.store.append(Append(key=f"after/{event}/{node.clock.now_s()}", events=(Event("test", b"{}", START_S),)))


@pytest.mark.requirement("SC-INC-24")
def test_a_line_that_stays_down_is_an_incident_and_one_that_comes_back_is_not(both, tmp_path: Path) -> None:
    north, _ = both
    keeper = keeper_of(north, tmp_path / "frozen", line_down_s=60.0)
    move_link(north, LinkEvent.UNREACHABLE, "no route")
    north.clock.time_s += 30.0
    keeper.tick()
    assert live(north) == []
    move_link(north, LinkEvent.ANSWERED, "")
    north.clock.time_s += 60.0
    keeper.tick()
    assert live(north) == [], "it came back in time"
    move_link(north, LinkEvent.UNREACHABLE, "no route")
    north.clock.time_s += 61.0
    keeper.tick()
    [lost] = live(north)
    assert lost.incident.cause is IncidentCause.LINK_LOST
    assert "no route" in lost.incident.title


@pytest.mark.requirement("SC-INC-25")
def test_what_a_peer_reports_is_frozen_at_the_time_of_our_picture_where_that_plays_a_recording(both, keepers) -> None:
    north, south = both
    ago_s = 1_000_000.0
    for node in both:
        played = make_alert(severity=Severity.CAUTION)
        played = msgspec.structs.replace(played, time_s=node.clock.now_s() - ago_s)
        node.announcer.record([played], [], played.time_s)
    keepers[1].tick()
    asked = ByHand(title="Seen in the recording", until_s=START_S + 10.0, at_s=START_S)
    mine = open_by_hand(north.exchange, keepers[0].policy, asked, DESK, OFFICER, "token")
    settle(north, south)
    keepers[1].tick()
    theirs = read_incident(south.store, mine.incident.incident_id)
    assert theirs is not None
    assert theirs.incident.picture_now_s == pytest.approx(theirs.incident.at_s - ago_s, abs=1.0)


@pytest.mark.requirement("SC-INC-25")
def test_what_one_side_opens_by_hand_the_other_freezes_without_any_person(both, keepers) -> None:
    north, south = both
    asked = ByHand(title="Shots heard near the bridge", until_s=START_S + 10.0, at_s=START_S)
    mine = open_by_hand(north.exchange, keepers[0].policy, asked, DESK, OFFICER, "token")
    settle(north, south)
    for node, keeper in zip(both, keepers, strict=True):
        node.clock.time_s += 15.0
        keeper.tick()
    settle(north, south)
    theirs = read_incident(south.store, mine.incident.incident_id)
    assert theirs is not None
    assert theirs.incident.cause is IncidentCause.REPORTED
    assert (theirs.incident.from_s, theirs.incident.until_s) == (mine.incident.from_s, mine.incident.until_s)
    assert theirs.incident.title == "Shots heard near the bridge"
    mine = read_incident(north.store, mine.incident.incident_id)
    assert mine is not None
    assert [one.sha256 for one in mine.peer_bundles] == [one.sha256 for one in theirs.bundles]
    assert len(mine.peer_bundles) == 1


def test_a_hostile_window_is_cut_to_what_a_node_keeps(both, keepers) -> None:
    north, south = both
    huge = IncidentWindow(
        cause=IncidentCause.BY_HAND, title="everything, always", from_s=0.0, until_s=2e11, subjects=()
    )

    def make(message_id: str) -> IncidentReport:
        return IncidentReport(
            message_id=message_id,
            to_function=OFFICER,
            incident_id="../../etc/passwd",
            at_s=START_S,
            window=huge,
        )

    north.exchange.send([Draft("south", make)]).stored.result()
    settle(north, south)
    keepers[1].tick()
    [held] = live(south)
    assert held.incident.until_s - held.incident.from_s <= 2 * 86_400.0
    for second in (30.0, 33.0):
        south.clock.time_s = START_S + second
        frozen_now = keepers[1].tick()
    assert frozen_now == 1, "a window of days does not hold up our own evidence"
    [held] = live(south)
    assert [bundle.whole for bundle in held.bundles] == [False]
    assert keepers[1].tick() == 0
    frozen = keepers[1].freeze("../../etc/passwd")
    assert keepers[1].path(frozen).resolve().is_relative_to(keepers[1].folder.resolve())


@pytest.fixture
def frozen(both: Both, keepers) -> tuple[WatchingNode, WatchingNode, str]:
    north, south = both
    asked = ByHand(title="A near miss", at_s=START_S, until_s=START_S + 1.0)
    mine = open_by_hand(north.exchange, keepers[0].policy, asked, DESK, OFFICER, "token")
    settle(north, south)
    for node, keeper in zip(both, keepers, strict=True):
        node.clock.time_s += 15.0
        keeper.tick()
    settle(north, south)
    return north, south, mine.incident.incident_id


def measure(**more) -> Said:
    fields = {"kind": ReviewItemKind.MEASURE, "item_id": "m1", "words": ("Tell the second battery as well.",)}
    owner = {"owner_party": "south", "owner_function": "commander", "due_s": START_S + 3_600.0}
    return Said(**{**fields, **owner, **more})


@pytest.mark.requirement("SC-INC-51")
def test_a_read_out_is_signed_by_both_only_when_this_very_revision_was_approved(frozen) -> None:
    north, south, name = frozen
    said = Said(kind=ReviewItemKind.READ_OUT, item_id="words", words=("Two aircraft came too close.",))
    put_item(north.exchange, name, said, DESK, OFFICER).stored.result()
    settle(north, south)
    [out] = read_outs(north.exchange, name)
    assert not out.signed
    answer_item(south.exchange, name, "north", "words", Verdict.APPROVED, "south-desk", OFFICER).stored.result()
    settle(north, south)
    for node in (north, south):
        [out] = read_outs(node.exchange, name)
        assert out.signed
        assert out.proven
        assert out.item.answers[0].by_function == OFFICER
    changed = Said(kind=ReviewItemKind.READ_OUT, item_id="words", words=("One aircraft came too close.",))
    put_item(north.exchange, name, changed, DESK, OFFICER).stored.result()
    settle(north, south)
    for node in (north, south):
        [out] = read_outs(node.exchange, name)
        assert out.item.revision == 2
        assert not out.signed, "nobody has approved the new words"
    with pytest.raises(IncidentRequestError, match="approved, objection, checking"):
        answer_item(south.exchange, name, "north", "words", Verdict.CONFIRMED, "south-desk", OFFICER)


@pytest.mark.requirement("SC-INC-52")
def test_an_incident_is_closed_only_when_every_measure_is_done_and_both_have_said_their_word(frozen) -> None:
    north, south, name = frozen
    with pytest.raises(IncidentRequestError, match="south has said nothing to it yet"):
        close_incident(north.exchange, name, DESK, OFFICER)
    put_item(north.exchange, name, measure(), DESK, OFFICER).stored.result()
    settle(north, south)
    with pytest.raises(IncidentRequestError, match="neither done nor dropped"):
        close_incident(north.exchange, name, DESK, OFFICER)
    answer_item(south.exchange, name, "north", "m1", Verdict.APPROVED, "south-desk", OFFICER).stored.result()
    settle(north, south)
    assert [item.overdue for item in review_of(north.exchange, name)] == [False]
    for node in (north, south):
        node.clock.time_s += 7_200.0
    assert [item.overdue for item in review_of(north.exchange, name)] == [True]
    put_item(north.exchange, name, measure(words=(), state=MeasureState.DONE), DESK, OFFICER).stored.result()
    settle(north, south)
    standing = read_incident(north.store, name)
    assert standing is not None
    against = why_not_closed(standing, review_of(north.exchange, name), "north")
    assert against == [
        "measure m1 of north: south has given no answer",
        "south has said nothing to it yet",
    ]
    answer_item(south.exchange, name, "north", "m1", Verdict.APPROVED, "south-desk", OFFICER).stored.result()
    settle(north, south)
    assert close_incident(north.exchange, name, DESK, OFFICER).state is IncidentState.CLOSED
    # A new item opens it again, on both sides.
    put_item(south.exchange, name, Said(kind=ReviewItemKind.STATEMENT, item_id="s", words=("More came up.",)),
             "south-desk", OFFICER).stored.result()  # fmt: skip
    settle(north, south)
    again = read_incident(north.store, name)
    assert again is not None
    assert again.state is IncidentState.UNDER_REVIEW


def test_nothing_is_put_on_an_incident_whose_evidence_is_not_frozen(both, keepers) -> None:
    north, _ = both
    mine = open_by_hand(north.exchange, keepers[0].policy, ByHand(title="Now"), DESK, OFFICER, "token")
    said = Said(kind=ReviewItemKind.STATEMENT, item_id="s", words=("It was so.",))
    with pytest.raises(IncidentRequestError, match="not frozen yet"):
        put_item(north.exchange, mine.incident.incident_id, said, DESK, OFFICER)


@pytest.mark.requirement("SC-INC-26")
def test_the_view_of_incidents_built_anew_equals_the_one_that_grew(frozen) -> None:
    north, south, name = frozen
    put_item(north.exchange, name, measure(), DESK, OFFICER).stored.result()
    settle(north, south)
    for node in (north, south):
        before = node.store.view_items("incidents")
        node.store.rebuild_views()
        assert node.store.view_items("incidents") == before
        assert len(before) >= 3


@pytest.mark.requirement("SC-INC-53")
def test_a_closing_is_told_on_the_line_and_each_side_closes_for_itself(frozen) -> None:
    north, south, name = frozen
    agree_on_nothing_more(north, south, name)
    closed = close_incident(north.exchange, name, DESK, OFFICER, "nothing more to find")
    assert (closed.state, closed.closed_by) == (IncidentState.CLOSED, OFFICER)
    settle(north, south)
    seen = read_incident(south.store, name)
    assert seen is not None
    assert seen.state is IncidentState.UNDER_REVIEW, "north's closing closes nothing on south's side"
    [told] = seen.peer_closings
    assert (told.party, told.function, told.remark) == ("north", OFFICER, "nothing more to find")
    assert close_incident(south.exchange, name, "south-desk", OFFICER).state is IncidentState.CLOSED
    settle(north, south)
    both_closed = read_incident(north.store, name)
    assert both_closed is not None
    assert both_closed.state is IncidentState.CLOSED, "the other side's closing does not open ours again"
    assert [one.party for one in both_closed.peer_closings] == ["south"]
    kinds = {(item.party, item.kind): item.words for item in review_of(north.exchange, name)}
    assert kinds["south", ReviewItemKind.CLOSING] == ("closed on this side",)
    for node in (north, south):
        before = node.store.view_items("incidents")
        node.store.rebuild_views()
        assert node.store.view_items("incidents") == before


@pytest.mark.requirement("SC-INC-53")
def test_what_is_put_after_both_have_closed_opens_it_on_both_sides_and_no_closing_stands(frozen) -> None:
    north, south, name = frozen
    agree_on_nothing_more(north, south, name)
    close_incident(north.exchange, name, DESK, OFFICER)
    settle(north, south)
    close_incident(south.exchange, name, "south-desk", OFFICER)
    settle(north, south)
    more = Said(kind=ReviewItemKind.STATEMENT, item_id="more", words=("A witness has come forward.",))
    put_item(south.exchange, name, more, "south-desk", OFFICER).stored.result()
    settle(north, south)
    for node in (north, south):
        held = read_incident(node.store, name)
        assert held is not None
        assert (held.state, held.closed_s, held.peer_closings) == (IncidentState.UNDER_REVIEW, None, ())
    again = close_incident(north.exchange, name, DESK, OFFICER, "once more")
    settle(north, south)
    assert again.state is IncidentState.CLOSED
    seen = read_incident(south.store, name)
    assert seen is not None
    assert [one.remark for one in seen.peer_closings] == ["once more"]


@pytest.mark.requirement("SC-INC-53")
def test_nobody_puts_a_closing_by_hand(frozen) -> None:
    north, _, name = frozen
    said = Said(kind=ReviewItemKind.CLOSING, item_id="closing", words=("It is over.",))
    with pytest.raises(IncidentRequestError, match="closed by closing it"):
        put_item(north.exchange, name, said, DESK, OFFICER)


@pytest.mark.requirement("SC-INC-53")
def test_who_has_put_all_that_he_may_can_still_close(frozen, monkeypatch) -> None:
    north, south, name = frozen
    monkeypatch.setattr(review, "MAX_ITEMS", 1)
    agree_on_nothing_more(north, south, name)
    more = Said(kind=ReviewItemKind.STATEMENT, item_id="more", words=("And so.",))
    with pytest.raises(IncidentRequestError, match="you have put 1 items"):
        put_item(north.exchange, name, more, DESK, OFFICER)
    assert close_incident(north.exchange, name, DESK, OFFICER).state is IncidentState.CLOSED


def test_a_peer_cannot_heap_items_on_an_incident(frozen, monkeypatch) -> None:
    north, south, name = frozen
    monkeypatch.setattr(incident_events, "MAX_ITEMS", 3)
    for number in range(8):
        said = Said(kind=ReviewItemKind.STATEMENT, item_id=f"s{number}", words=("So it was.",))
        put_item(south.exchange, name, said, "south-desk", OFFICER).stored.result()
    put_item(north.exchange, name, measure(), DESK, OFFICER).stored.result()
    changed = Said(kind=ReviewItemKind.STATEMENT, item_id="s0", words=("So it was not.",))
    put_item(south.exchange, name, changed, "south-desk", OFFICER).stored.result()
    settle(north, south)
    items = {(item.party, item.item_id): item.revision for item in review_of(north.exchange, name)}
    assert items == {("north", "m1"): 1, **{("south", f"s{number}"): 1 for number in range(1, 4)}, ("south", "s0"): 2}
    assert len([one for one in listed_standings(north.exchange, 100) if isinstance(one.message, ReviewItem)]) == 10


def test_incidents_come_in_pages_and_none_is_left_out(frozen, keepers) -> None:
    north, _, _ = frozen
    for number in range(4):
        asked = ByHand(title=f"No. {number}", at_s=START_S + 5.0 * (number % 2))
        open_by_hand(north.exchange, keepers[0].policy, asked, DESK, OFFICER, f"token {number}")
    found: list[str] = []
    while page := incidents_after(north.exchange, found[-1] if found else "")[:2]:
        found += [one.incident.incident_id for one in page]
    assert found == [one.incident.incident_id for one in read_incidents(north.store)]
    assert len(found) == 5
    with pytest.raises(IncidentRequestError, match="no incident 'x'"):
        incidents_after(north.exchange, "x")


def agree_on_nothing_more(north: WatchingNode, south: WatchingNode, name: str) -> None:
    """Both sides state what they saw; nothing stands against closing."""
    for node in (north, south):
        said = Said(kind=ReviewItemKind.STATEMENT, item_id="seen", words=("It was so.",))
        put_item(node.exchange, name, said, f"{node.party}-desk", OFFICER).stored.result()
    settle(north, south)


@pytest.mark.requirement("SC-INC-28")
def test_only_what_is_still_to_be_frozen_is_looked_at_every_time(frozen, keepers) -> None:
    north, south, name = frozen
    assert [one.incident.incident_id for one in read_pending(north.store)] == []
    asked = ByHand(title="Another", at_s=north.clock.now_s())
    other = open_by_hand(north.exchange, keepers[0].policy, asked, DESK, OFFICER, "another")
    assert [one.incident.incident_id for one in read_pending(north.store)] == [other.incident.incident_id]
    assert {one.incident.incident_id for one in read_incidents(north.store)} == {name, other.incident.incident_id}
    settle(north, south)
    for node, keeper in zip((north, south), keepers, strict=True):
        node.clock.time_s += 60.0
        keeper.tick()
    assert [read_pending(node.store) for node in (north, south)] == [[], []]


@pytest.mark.requirement("SC-INC-25")
def test_reports_that_tell_hashes_do_not_use_up_what_a_peer_may_report(both, keepers, monkeypatch) -> None:
    north, south = both
    monkeypatch.setattr(watch, "MAX_REPORTED_PER_DAY", 3)
    names = []
    for number in range(3):
        asked = ByHand(title=f"No. {number}", at_s=north.clock.now_s(), until_s=north.clock.now_s() + 1.0)
        names.append(
            open_by_hand(north.exchange, keepers[0].policy, asked, DESK, OFFICER, str(number)).incident.incident_id
        )
        settle(north, south)
        for node, keeper in zip(both, keepers, strict=True):
            node.clock.time_s += 15.0
            keeper.tick()
        settle(north, south)
    assert {one.incident.incident_id for one in live(south)} == set(names)
    assert all(len(one.peer_bundles) == 1 for one in live(south))


@pytest.mark.requirement("SC-INC-25")
def test_a_party_that_is_named_twice_is_told_once(both, keepers) -> None:
    north, south = both
    asked = ByHand(title="Shots heard", to=("south", "south"))
    assert open_by_hand(north.exchange, keepers[0].policy, asked, DESK, OFFICER, "token").peers == ("south",)
    settle(north, south)
    reports = [one for one in listed_standings(south.exchange) if one.kind == "incident_report"]
    assert len(reports) == 1


@pytest.mark.requirement("SC-INC-25")
def test_an_incident_is_not_opened_about_a_message_that_nobody_sent(both, keepers) -> None:
    north, south = both
    asked = ByHand(title="Shots heard", message_ids=("north:south:99999",))
    with pytest.raises(UnknownMessageError, match="north:south:99999"):
        open_by_hand(north.exchange, keepers[0].policy, asked, DESK, OFFICER, "token")
    settle(north, south)
    assert not live(north)
    assert not live(south)


@pytest.mark.requirement("SC-INC-29")
@pytest.mark.parametrize(
    ("party", "titled"),
    [
        ("north", "an aircraft without identity, taken for north's, in zone z"),
        ("south", "an aircraft without identity, taken for south's, in zone z"),
        ("east", "unidentified in zone z"),
    ],
)
def test_a_title_says_whose_an_aircraft_is_taken_for_where_all_who_are_told_may_know(both, party, titled) -> None:
    north, _ = both
    subject = msgspec.structs.replace(make_alert().subjects[0], track_id="t9", identity=Identity())
    match = IdentificationMatch(party=party, basis=MatchBasis.VOLUME, confidence=0.8)
    found = TrackIdentification(
        track_id="t9", identity=Identity(), state=IdentificationState.IDENTIFIED, decided_s=START_S, match=match
    )
    alert = msgspec.structs.replace(
        make_alert(), kind=AlertKind.ZONE, zone_id="z", severity=Severity.BREACH, subjects=(subject,),
        parties=("north", "south"), time_s=north.clock.now_s(),
    )  # fmt: skip
    events = (
        identification_event(found, START_S),
        Event(ALERT, msgspec.json.encode(alert), north.clock.now_s()),
    )
    north.store.append(Append(key="both", events=events))
    [opened] = IncidentWatch(north.exchange, IncidentPolicy()).follow()
    assert opened.incident.title == titled
