"""How much of an item is told: in full, coarsely or sealed; and what an opening shows when it holds and when not."""

from __future__ import annotations

from hashlib import sha256
from math import cos, pi, sin

import msgspec
import pytest

from steerclear.dialogue.faults import FaultCode
from steerclear.model.agreement import DisclosureDefault
from steerclear.model.intent import IntentEvent
from steerclear.model.messages import IdentificationRequest, Notice, Verdict
from steerclear.model.plan_check import FindingKind
from steerclear.model.plans import ItemEnd
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.model.volumes import PolygonArea
from steerclear.privacy.coarse import coarse_volumes
from steerclear.services.acknowledge import find_standing, respond
from steerclear.services.check_plan import check_item
from steerclear.services.declare_items import cancel, last_declared, move_state
from steerclear.services.exchange import Draft
from steerclear.services.faults import LineRequestError, NotAnswerableError
from steerclear.services.line_events import read_last_fault
from steerclear.services.open_sealed import open_item
from steerclear.services.own_cover import cover_of_request, own_cover
from steerclear.services.plan_notices import Telling, notice_of
from steerclear.services.say import say
from tests.services.bundles import export_bytes, refusals, unpacked
from tests.services.parties import START_S, settle, signed_files
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
SECRET = ("Two helicopters", "N12", "4928052", "N1234")


@pytest.fixture
def nodes():
    pair = two_nodes()
    yield pair
    for node in pair:
        node.close()


def said_to_south(north) -> str:
    """Everything that went into our log to the other side, as it reads it."""
    return b"".join(content[32:] for content in north.store.contents("steerclear/two-skies/north-to-south")).decode()


@pytest.mark.requirement("SC-SEAL-03")
@pytest.mark.parametrize("make", [flight, zone, site, movement])
def test_told_coarsely_the_other_side_knows_airspace_that_contains_it_and_no_more(nodes, make):
    north, south = nodes
    assert tell(north, make(), disclosure=Disclosure.COARSE).declared
    settle(north, south)
    number = int(make().item_id[:8], 16)
    mine, seen = ours(north, number), theirs(south, number)
    assert seen.volumes == coarse_volumes(mine.volumes)
    assert (seen.disclosure, seen.item) == (Disclosure.COARSE, None)
    assert seen.from_s <= mine.from_s < mine.until_s <= seen.until_s
    said = said_to_south(north)
    for secret in (*SECRET, "a red cross", "white lorries", "46.52"):
        assert secret not in said
    assert mine.item is not None


@pytest.mark.requirement("SC-SEAL-03")
def test_a_coarse_plan_is_found_and_said_to_be_coarse(nodes):
    north, south = nodes
    tell(north, flight(priority=4), disclosure=Disclosure.COARSE)
    settle(north, south)
    [found] = [one.finding for one in check_item(south.exchange, flight(2))[0].findings]
    assert (found.kind, found.other_known) == (FindingKind.FLIGHT, "coarse")
    assert found.contacts[0].function == "duty officer"


@pytest.mark.requirement("SC-SEAL-03")
def test_the_agreement_says_how_much_is_told_unless_the_item_does():
    rule = DisclosureDefault(subject=NoticeSubject.FLIGHT, disclosure=Disclosure.COARSE)
    north, south = two_nodes(disclosure=(rule,))
    tell(north, flight())
    tell(north, flight(2, volumes=(circle(1.0),)), disclosure=Disclosure.FULL)
    tell(north, zone(volumes=(circle(2.0),)))
    settle(north, south)
    seen = [theirs(south, number).disclosure for number in (1, 2, 100)]
    assert seen == [Disclosure.COARSE, Disclosure.FULL, Disclosure.FULL]
    north.close()
    south.close()


@pytest.mark.requirement("SC-SEAL-04")
def test_of_a_sealed_flight_a_commitment_and_a_wide_window_are_told(nodes):
    north, south = nodes
    tell(north, flight(), disclosure=Disclosure.SEALED)
    settle(north, south)
    seen = theirs(south, 1)
    assert (seen.item, seen.volumes, seen.state) == (None, (), "")
    assert len(seen.commitments["1"]) == 64
    assert seen.commitments == ours(north, 1).commitments
    assert seen.from_s % 900.0 == seen.until_s % 900.0 == 0.0
    assert all(secret not in said_to_south(north) for secret in SECRET)
    checked, _ = check_item(south.exchange, flight(2))
    assert [one.finding.kind for one in checked.findings] == [FindingKind.SEALED]
    assert checked.clear
    assert checked.unseen == 1
    # At another time it does not come up at all.
    assert check_item(south.exchange, flight(2, volumes=(circle(from_h=5.0, until_h=6.0),)))[0].unseen == 0


@pytest.mark.requirement("SC-SEAL-04")
def test_a_sealed_flight_with_its_region_is_compared_by_that(nodes):
    north, south = nodes
    tell(north, flight(), disclosure=Disclosure.SEALED, region=True)
    settle(north, south)
    assert theirs(south, 1).volumes == coarse_volumes(flight().volumes)
    assert not check_item(south.exchange, flight(2))[0].clear
    assert check_item(south.exchange, flight(2, volumes=(circle(2.0),)))[0].clear


@pytest.mark.requirement("SC-SEAL-05")
@pytest.mark.parametrize("when", ["in force", "cancelled", "expired"])
def test_an_opening_shows_what_was_sealed_whenever_it_comes(nodes, when):
    north, south = nodes
    tell(north, flight(), disclosure=Disclosure.SEALED)
    settle(north, south)
    ended = None
    if when == "cancelled":
        cancel(north.exchange, NoticeSubject.FLIGHT, name(1), *BY)
        ended = ItemEnd.CANCELLED
    elif when == "expired":
        pass_time(4.0, north, south)
        ended = ItemEnd.EXPIRED
    settle(north, south)
    opened = open_item(north.exchange, NoticeSubject.FLIGHT, name(1), *BY)
    assert opened.declared
    settle(north, south)
    seen, mine = theirs(south, 1), ours(north, 1)
    assert all(one.holds for one in seen.openings)
    assert [one.revision for one in seen.openings] == ([1, 2] if when == "cancelled" else [1])
    assert seen.item.flight.volumes == flight().flight.volumes
    assert seen.item.flight.identities == flight().flight.identities
    assert (seen.fault, seen.ended, mine.ended) == ("", ended, ended)
    assert read_last_fault(south.store, "north") is None
    assert open_item(north.exchange, NoticeSubject.FLIGHT, name(1), *BY).repeated


@pytest.mark.requirement("SC-SEAL-05")
def test_every_revision_of_a_sealed_flight_is_committed_to_and_opened(nodes):
    north, south = nodes
    tell(north, flight(), disclosure=Disclosure.SEALED)
    tell(north, flight(1, 2, volumes=(circle(until_h=5.0),)), new=False, disclosure=Disclosure.SEALED)
    move_state(north.exchange, NoticeSubject.FLIGHT, name(1), IntentEvent.ACTIVATE, *BY)
    settle(north, south)
    assert set(theirs(south, 1).commitments) == {"1", "2", "3"}
    assert len(set(theirs(south, 1).commitments.values())) == 3
    open_item(north.exchange, NoticeSubject.FLIGHT, name(1), *BY, 2)
    settle(north, south)
    assert [(one.revision, one.holds) for one in theirs(south, 1).openings] == [(2, True)]
    assert theirs(south, 1).item is None
    open_item(north.exchange, NoticeSubject.FLIGHT, name(1), *BY)
    settle(north, south)
    assert [(one.revision, one.holds) for one in theirs(south, 1).openings] == [(2, True), (1, True), (3, True)]
    assert (theirs(south, 1).state, theirs(south, 1).until_s) == ("activated", START_S + 5 * HOUR_S)


def forged(north, change) -> Notice:
    """The opening of north's sealed flight with something in it that is not what was sealed."""
    held = ours(north, 1)
    said = last_declared(north.exchange, held)
    item, salt = said.item, said.salt
    if change == "another flight":
        moved = msgspec.structs.replace(item.flight, volumes=(circle(3.0),))
        item = msgspec.structs.replace(item, flight=moved)
    elif change == "another salt":
        salt = bytes(32)
    notice = notice_of(item, Telling(disclosure=Disclosure.SEALED, salt=salt, opened=True), "opened", 2)
    told = notice.item
    if change == "told otherwise":
        notice = msgspec.structs.replace(notice, title="Nothing at all")
    if change != "told otherwise":
        told = msgspec.structs.replace(told, commitment=held.commitments["1"])
    if change == "no item":
        opening = msgspec.structs.replace(told.opening, content=(b"{}",))
        told = msgspec.structs.replace(told, opening=opening, commitment=sha256(told.opening.salt + b"{}").hexdigest())
    if change == "never sealed":
        told = msgspec.structs.replace(told, revision=7)
    by = {"to_function": "duty officer", "from_desk": "north-desk", "from_function": "commander"}
    return msgspec.structs.replace(notice, change="opened", item=told, **by)


@pytest.mark.requirement("SC-SEAL-06")
@pytest.mark.parametrize("change", ["another flight", "another salt", "told otherwise", "no item", "never sealed"])
def test_a_wrong_opening_is_refused_and_shown(nodes, change):
    north, south = nodes
    tell(north, flight(), disclosure=Disclosure.SEALED)
    settle(north, south)
    said = last_declared(north.exchange, ours(north, 1))
    notice = forged(north, change)
    notice = msgspec.convert(msgspec.to_builtins(notice), Notice)
    north.exchange.send(
        [Draft("south", lambda own_id: msgspec.structs.replace(notice, message_id=own_id))]
    ).stored.result()
    settle(north, south)
    seen = theirs(south, 1)
    assert seen.item is None
    assert seen.fault
    assert [one.holds for one in seen.openings] == [False]
    fault = read_last_fault(south.store, "north")
    assert (fault.code, fault.whose) == (FaultCode.WRONG_OPENING, "peer")
    assert name(1) in fault.detail
    live = south.store.view_items("plans")
    south.store.rebuild_views()
    assert south.store.view_items("plans") == live
    # The right one still comes through, and says so.
    told = msgspec.structs.replace(notice, revision=3)
    right = notice_of(said.item, Telling(disclosure=Disclosure.SEALED, salt=said.salt, opened=True), "opened", 3)
    right = msgspec.structs.replace(told, item=right.item, title=right.title, volumes=right.volumes)
    north.exchange.send(
        [Draft("south", lambda own_id: msgspec.structs.replace(right, message_id=own_id))]
    ).stored.result()
    settle(north, south)
    assert (theirs(south, 1).fault, theirs(south, 1).openings[-1].holds) == ("", True)


@pytest.mark.requirement("SC-SEAL-06")
def test_a_commitment_cannot_be_exchanged_for_another(nodes):
    north, south = nodes
    tell(north, flight(), disclosure=Disclosure.SEALED)
    settle(north, south)
    first = theirs(south, 1).commitments
    other = notice_of(ours(north, 1).item, Telling(disclosure=Disclosure.SEALED, salt=bytes(32)), "amended", 2)
    other = msgspec.convert(msgspec.to_builtins(other), Notice)
    other = msgspec.structs.replace(other, to_function="duty officer")
    north.exchange.send(
        [Draft("south", lambda own_id: msgspec.structs.replace(other, message_id=own_id))]
    ).stored.result()
    settle(north, south)
    assert theirs(south, 1).commitments == first
    assert "another commitment" in theirs(south, 1).fault
    assert read_last_fault(south.store, "north").code is FaultCode.WRONG_OPENING


def test_what_was_never_sealed_cannot_be_opened(nodes):
    north, _ = nodes
    tell(north, flight())
    with pytest.raises(LineRequestError, match="never sealed"):
        open_item(north.exchange, NoticeSubject.FLIGHT, name(1), *BY)
    tell(north, flight(2, volumes=(circle(2.0),)), disclosure=Disclosure.SEALED)
    with pytest.raises(LineRequestError, match="revision 9"):
        open_item(north.exchange, NoticeSubject.FLIGHT, name(2), *BY, 9)


@pytest.mark.requirement("SC-SEAL-07")
def test_a_sealed_flight_answers_whose_it_is_and_stays_sealed(nodes):
    north, south = nodes
    tell(north, flight(), disclosure=Disclosure.SEALED)
    tell(north, flight(2, volumes=(circle(3.0),)))
    settle(north, south)
    asked = IdentificationRequest(
        track_id="t-7",
        position=here(0.01, 0.01),
        altitude_m=700.0,
        altitude_datum=AltitudeDatum.ELLIPSOID,
        identity=Identity(callsign="N12"),
        seen_at_s=START_S + 2.5 * HOUR_S,
    )
    sent = say(south.exchange, ["north"], asked, "south-desk", "duty officer")
    sent.stored.result()
    [request] = sent.message_ids
    settle(north, south)
    covers = cover_of_request(north.exchange, request)
    assert [(one.reference, one.inside, one.identity_fits, one.disclosure) for one in covers] == [
        (name(1), True, True, Disclosure.SEALED),
        (name(2), False, True, Disclosure.FULL),
    ]
    respond(north.exchange, request, *BY, Verdict.OURS, covers[0].reference).stored.result()
    settle(north, south)
    given = find_standing(south.exchange, request).response.given
    assert (given.verdict, given.reference) == (Verdict.OURS, name(1))
    seen = theirs(south, 1)
    assert (seen.item, seen.disclosure) == (None, Disclosure.SEALED)
    with pytest.raises(NotAnswerableError):
        cover_of_request(south.exchange, "north:south:0")


@pytest.mark.requirement("SC-SEAL-07")
@pytest.mark.parametrize(
    ("position", "hours", "altitude_m", "found"),
    [
        (here(0.01, 0.01), 2.5, 700.0, "inside"),
        (here(0.01, 0.01), 2.5, None, "inside"),
        (here(0.025, 0.01), 2.5, 700.0, "near"),
        (here(0.01, 0.01), 2.5, 1_800.0, "near"),
        (here(0.01, 0.01), 2.5, 2_500.0, None),
        (here(0.01, 0.01), 3.05, 700.0, "near"),
        (here(0.01, 0.01), 3.2, 700.0, None),
        (here(0.2, 0.01), 2.5, 700.0, None),
    ],
)
def test_an_aircraft_is_ours_where_our_plan_is(nodes, position, hours, altitude_m, found):
    north, _ = nodes
    tell(north, flight())
    datum = None if altitude_m is None else AltitudeDatum.ELLIPSOID
    covers = own_cover(north.exchange, position, START_S + hours * HOUR_S, altitude_m, datum)
    assert [("inside" if one.inside else "near") for one in covers] == ([] if found is None else [found])


@pytest.mark.parametrize(("corners", "fits"), [(3, True), (160, False), (400, False)])
def test_what_could_not_be_opened_later_is_not_sealed(nodes, corners, fits):
    north, south = nodes
    turns = [2.0 * pi * number / corners for number in range(corners)]
    outline = PolygonArea(vertices=tuple(here(0.2 * sin(turn), 0.2 * cos(turn)) for turn in turns))
    circles = tuple(circle(radius_m=500.0 + number) for number in range(60))
    large = flight(volumes=(msgspec.structs.replace(circle(), area=outline), *circles))
    if not fits:
        with pytest.raises(LineRequestError, match="in parts"):
            tell(north, large, disclosure=Disclosure.SEALED)
        assert ours(north, 1) is None
        return
    tell(north, large, disclosure=Disclosure.SEALED)
    open_item(north.exchange, NoticeSubject.FLIGHT, name(1), *BY)
    settle(north, south)
    assert theirs(south, 1).item.flight.volumes == large.flight.volumes


@pytest.mark.requirement("SC-PLN-03")
def test_a_record_with_items_told_in_every_way_passes_both_verifiers(nodes):
    north, south = nodes
    tell(north, flight())
    tell(north, site(), disclosure=Disclosure.COARSE)
    tell(north, movement(), disclosure=Disclosure.SEALED, region=True)
    open_item(north.exchange, NoticeSubject.MOVEMENT, name(300), *BY)
    tell(south, zone(volumes=(circle(2.0),)))
    settle(north, south)
    files = unpacked(export_bytes(north.exchange, "south", (signed_files(terms()),)))
    assert refusals(files) == (None, None)
