"""Two bundles side by side: equal, one a beginning of the other, or a contradiction with what proves it."""

from __future__ import annotations

import json

import pytest

from steerclear.app.commands.record import read_versions
from steerclear.services.acknowledge import acknowledge
from steerclear.services.compare_records import Agree, compare_records
from steerclear.services.record_bundle import RecordError
from tests.services.bundles import contents_withheld, export_bytes, first_bundle, go_over, unpacked
from tests.services.parties import START_S, Node, make_agreement, make_alert, settle, signed_files
from tests.services.test_record import BUNDLE, CONTENTS, amended_agreement


def compared(one: dict[str, bytes], two: dict[str, bytes]):
    return compare_records(first_bundle(one), first_bundle(two), read_versions)


def bundle_of(node: Node, peer: str, *agreements) -> dict[str, bytes]:
    files = tuple(map(signed_files, agreements or (make_agreement(),)))
    return unpacked(export_bytes(node.exchange, peer, files))


@pytest.fixture
def nodes():
    made = Node("north"), Node("south")
    yield made
    for node in made:
        node.close()


def by_name(found):
    return {log.log: log for log in found.logs}


@pytest.mark.requirement("SC-REC-86")
def test_the_bundles_of_both_parties_agree(nodes):
    north, south = nodes
    north.announce(make_alert(1), make_alert(2))
    settle(north, south)
    acknowledge(south.exchange, "north:south:0", "south-desk", "commander").stored.result()
    settle(north, south)
    ours, theirs = bundle_of(north, "south"), bundle_of(south, "north")
    found = compared(ours, theirs)
    assert found.exported_by == ("north", "south")
    assert {log.verdict for log in found.logs} == {Agree.EQUAL}
    assert found.agreements is Agree.EQUAL
    assert not found.contradict
    # What is newer in one of them is named.
    north.announce(make_alert(3))
    later = bundle_of(north, "south")
    log = by_name(compared(later, theirs))["north-to-south"]
    assert (log.verdict, log.entries) == (Agree.FIRST_HAS_MORE, (3, 2))
    log = by_name(compared(theirs, later))["north-to-south"]
    assert (log.verdict, log.entries) == (Agree.SECOND_HAS_MORE, (2, 3))


@pytest.mark.requirement("SC-REC-86")
def test_a_receipt_that_only_one_side_has_is_named(nodes):
    north, south = nodes
    north.announce(make_alert(1))
    post = north.exchange.next_post("south")
    from steerclear.dialogue.batch import encode_batch  # noqa: PLC0415

    south.exchange.receive("north", encode_batch(post.batch))  # the answer is lost
    log = by_name(compared(bundle_of(north, "south"), bundle_of(south, "north")))["north-to-south"]
    assert log.verdict is Agree.EQUAL
    assert (log.receipts_only_in_first, log.receipts_only_in_second) == ((), (1,))


@pytest.mark.requirement("SC-REC-86")
def test_what_only_one_of_them_shows_is_named():
    hidden = contents_withheld(BUNDLE, CONTENTS, 0, 2)
    log = by_name(compared(hidden, BUNDLE))["north-to-south"]
    assert log.withheld_only_in_first == ("north:south:0", "north:south:2")
    assert by_name(compared(BUNDLE, hidden))["north-to-south"].withheld_only_in_second == log.withheld_only_in_first
    assert not compared(hidden, BUNDLE).contradict


@pytest.mark.requirement("SC-REC-87")
def test_two_histories_are_a_contradiction_and_what_was_signed_over_them_is_shown(nodes):
    north, south = nodes
    twin, other = Node("north"), Node("south")
    for node in (north, twin):
        node.announce(make_alert(1))
    settle(north, south)
    settle(twin, other)
    north.announce(make_alert(2))
    twin.announce(make_alert(3))
    settle(north, south)
    settle(twin, other)
    ours, theirs = bundle_of(south, "north"), bundle_of(twin, "south")
    for node in (twin, other):
        node.close()
    found = compared(ours, theirs)
    log = by_name(found)["north-to-south"]
    assert found.contradict
    assert (log.verdict, log.sender) == (Agree.CONTRADICTION, "north")
    # The salts of the two differ, so their first entries do already.
    assert log.first_difference == 0
    assert [signed.size for signed in log.proof] == [1, 1]
    assert log.proof[0].root != log.proof[1].root
    assert log.proof[0].cosigned_s == int(START_S)
    assert by_name(found)["south-to-north"].verdict is Agree.EQUAL


@pytest.mark.requirement("SC-REC-86")
def test_a_newer_version_of_the_agreement_is_no_contradiction(nodes):
    north, south = nodes
    north.announce(make_alert(1))
    settle(north, south)
    before = bundle_of(north, "south")
    versions = make_agreement(), amended_agreement()
    for node in nodes:
        node.clock.time_s += 20.0
        go_over(node, *versions)
    found = compared(before, bundle_of(north, "south", *versions))
    assert found.agreements is Agree.SECOND_HAS_MORE
    assert not found.contradict


def test_bundles_of_different_lines_and_false_ones_are_refused(nodes):
    agreement = make_agreement(("north", "south", "east"))
    north, east = Node("north", agreement), Node("east", agreement)
    one = unpacked(export_bytes(north.exchange, "south", (signed_files(agreement),)))
    two = unpacked(export_bytes(east.exchange, "north", (signed_files(agreement),)))
    for node in (north, east):
        node.close()
    with pytest.raises(RecordError, match="different lines"):
        compared(one, two)
    with pytest.raises(RecordError) as caught:
        compared(BUNDLE, {**BUNDLE, CONTENTS: b""})
    assert caught.value.where.startswith("second: ")
    assert json.dumps(caught.value.what)
