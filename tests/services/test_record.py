"""The joint record: a bundle that is whole verifies; any change is refused, and the refusal says where."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.app.commands.record import read_versions
from steerclear.interfaces.agreement_file import encode_agreement
from steerclear.model.agreement import MessageDeadline
from steerclear.model.messages import Acknowledgement, LineCheckAnswer
from steerclear.model.vocabulary import MessageKind, Urgency
from steerclear.services.acknowledge import acknowledge, find_standing
from steerclear.services.exchange import Draft
from steerclear.services.record_bundle import RecordError, read_bundle
from steerclear.services.verify_record import verify_record
from tests.services import every_kind
from tests.services.bundles import FILES, checked, export_bytes, go_over, packed_to, unpacked, verified
from tests.services.parties import START_S, Node, make_agreement, make_alert, settle, signed_files


def make_bundle() -> dict[str, bytes]:
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1), make_alert(2))
    south.announce(make_alert(3))
    settle(north, south)
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer", "seen").stored.result()
    settle(north, south)
    north.announce(make_alert(4))  # never posted
    north.clock.time_s = START_S + 100.0
    packed = export_bytes(north.exchange, "south")
    for node in (north, south):
        node.close()
    return unpacked(packed)


BUNDLE = make_bundle()
ENTRIES = "logs/north-to-south/entries.jsonl"
CONTENTS = "logs/north-to-south/contents.jsonl"
REPLIES = "logs/south-to-north/entries.jsonl"
RECEIPTS = "logs/north-to-south/checkpoints.jsonl"


@pytest.mark.requirement("SC-REC-01")
def test_a_whole_bundle_verifies_and_says_what_is_not_proven():
    report = verified(BUNDLE)
    ours, theirs = report.logs
    assert (ours.entries, ours.received, theirs.entries, theirs.received) == (3, 2, 2, 2)
    assert ours.kinds == {"alert_notice": 3}
    assert ours.unanswered == ("north:south:1", "north:south:2")
    assert theirs.unanswered == ("south:north:0",)
    assert ours.messages[0].acknowledged.by == "duty officer at south-desk"
    assert ours.messages[0].acknowledged.received_s == int(START_S)
    assert ours.messages[0].received_s == int(START_S)
    assert ours.messages[2].received_s is None
    assert any("last 1 entries ever reached south" in words for words in report.not_proven)
    assert any("compare their fingerprints" in words for words in report.not_proven)
    assert any("north can leave out the end of both logs" in words for words in report.not_proven)


def test_late_and_void_answers_are_told_apart():
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1), make_alert(2))
    settle(north, south)
    south.clock.time_s = north.clock.time_s = START_S + 61.0
    acknowledge(south.exchange, "north:south:0", "south-desk", "commander").stored.result()

    def void(message_id):
        return LineCheckAnswer(
            message_id=message_id, answers="north:south:1", desk_id="south-desk", function="commander"
        )

    south.exchange.send([Draft("north", void)]).stored.result()
    settle(north, south)
    report = verified(unpacked(export_bytes(south.exchange, "north")))
    theirs = next(log for log in report.logs if log.origin.endswith("north-to-south"))
    ours = next(log for log in report.logs if log.origin.endswith("south-to-north"))
    assert theirs.with_step("late", "acknowledgement") == ("north:south:0",)
    assert theirs.unanswered == ("north:south:1",)
    assert [line.message_id for line in ours.messages if line.without_effect] == ["south:north:1"]
    for node in (north, south):
        node.close()


def test_an_answer_given_beforehand_is_no_answer():
    """Names of messages can be foreseen; "read" said in advance must not become true when the message is sent."""
    north, south = Node("north"), Node("south")

    def beforehand(message_id):
        return Acknowledgement(
            message_id=message_id,
            acknowledges="north:south:0",
            desk_id="south-desk",
            function="duty officer",
            read_at_s=START_S,
        )

    south.exchange.send([Draft("north", beforehand)]).stored.result()
    north.announce(make_alert(1))  # it is in our log, and south has not seen it yet
    south.post_to(north)
    assert find_standing(north.exchange, "north:south:0").answer is None
    assert "before its sender had seen" in find_standing(north.exchange, "south:north:0").unheeded
    settle(north, south)
    north.clock.time_s = south.clock.time_s = START_S + 100.0
    report = verified(unpacked(export_bytes(north.exchange, "south")))
    assert report.logs[0].unanswered == ("north:south:0",)
    assert "before its sender had seen" in report.logs[1].messages[0].without_effect
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer").stored.result()
    settle(north, south)
    assert find_standing(north.exchange, "north:south:0").answer is not None
    for node in (north, south):
        node.close()


def amended_agreement():
    """A second version, in which the south's desk has another function."""
    first = make_agreement()
    parties = tuple(
        msgspec.structs.replace(
            party, desks=tuple(msgspec.structs.replace(desk, functions=("watch officer",)) for desk in party.desks)
        )
        for party in first.parties
    )
    return msgspec.structs.replace(
        first,
        version=2,
        amends=sha256(encode_agreement(first)).digest(),
        parties=parties,
        in_force_from_s=START_S + 10.0,
    )


@pytest.mark.requirement("SC-REC-80")
def test_each_answer_is_judged_by_the_desks_of_the_version_that_its_entry_names():
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1), make_alert(2))
    settle(north, south)
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer").stored.result()
    versions = make_agreement(), amended_agreement()
    for node in (north, south):
        node.clock.time_s += 20.0
        go_over(node, *versions)
    acknowledge(south.exchange, "north:south:1", "south-desk", "watch officer").stored.result()
    settle(north, south)
    files = unpacked(export_bytes(north.exchange, "south", tuple(map(signed_files, versions))))
    report = verified(files)
    assert len(report.agreements) == 2
    assert [line.acknowledged.by for line in report.logs[0].messages] == [
        "duty officer at south-desk",
        "watch officer at south-desk",
    ]
    assert any("versions 1 to 2" in words for words in report.proven)
    # Without the second version, what was said under it cannot be judged: refused, not guessed.
    with pytest.raises(RecordError, match="not in the bundle"):
        verified(unpacked(export_bytes(north.exchange, "south", FILES)))
    for node in (north, south):
        node.close()


def test_a_file_of_nothing_but_line_ends_is_refused_at_the_first():
    tracemalloc.start()
    with pytest.raises(RecordError, match=r"line 1 \(entry 0\)"):
        verified({**BUNDLE, ENTRIES: b"\n" * 4_000_000})
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 16_000_000  # a list of the lines would take 32 MB


def changed(name: str, change) -> dict[str, bytes]:
    return {**BUNDLE, name: change(BUNDLE[name])}


def both_changed(one: str, other: str, change) -> dict[str, bytes]:
    return {**BUNDLE, one: change(BUNDLE[one]), other: change(BUNDLE[other])}


def without(name: str) -> dict[str, bytes]:
    return {key: value for key, value in BUNDLE.items() if key != name}


def lines(change):
    def apply(data: bytes) -> bytes:
        found = data.split(b"\n")[:-1]
        return b"".join(line + b"\n" for line in change(found))

    return apply


def swapped(found):
    return [found[1], found[0], *found[2:]]


def from_other_log(_found):
    return BUNDLE[REPLIES].split(b"\n")[:-1]


def without_cosignature(found):
    note = json.loads(found[0])
    return [json.dumps(note[: note.index("\n", note.index("\n\n") + 2) + 1]).encode(), *found[1:]]


MUTATIONS = {
    "entry dropped at the end": (lambda: changed(ENTRIES, lines(lambda found: found[:-1])), CONTENTS),
    "entry dropped": (lambda: changed(ENTRIES, lines(lambda found: found[1:])), f"{ENTRIES} line 1 (entry 0)"),
    "entry doubled": (lambda: changed(ENTRIES, lines(lambda found: [found[0], *found])), f"{ENTRIES} line 2 (entry 1)"),
    "entries swapped": (lambda: changed(ENTRIES, lines(swapped)), f"{ENTRIES} line 1 (entry 0)"),
    "entries of the other log": (lambda: changed(ENTRIES, lines(from_other_log)), f"{ENTRIES} line 1 (entry 0)"),
    "empty line": (lambda: changed(ENTRIES, lambda data: data + b"\n"), f"{ENTRIES} line 4 (entry 3)"),
    "last line cut": (lambda: changed(ENTRIES, lambda data: data[:-1]), ENTRIES),
    "received entries dropped": (
        lambda: both_changed(ENTRIES, CONTENTS, lines(lambda found: found[:1])),
        f"{RECEIPTS} line 1",
    ),
    "entries dropped at the end": (
        lambda: both_changed(ENTRIES, CONTENTS, lines(lambda found: found[:-1])),
        "head.note",
    ),
    "reply dropped": (
        lambda: both_changed(REPLIES, REPLIES.replace("entries", "contents"), lines(lambda found: found[:-1])),
        "south-to-north/checkpoints.jsonl",
    ),
    "content dropped": (lambda: changed(CONTENTS, lines(lambda found: found[:-1])), f"{CONTENTS} line 3 (entry 2)"),
    "contents swapped": (lambda: changed(CONTENTS, lines(swapped)), f"{CONTENTS} line 1 (entry 0)"),
    "content in another spelling": (
        lambda: changed(CONTENTS, lines(lambda found: [found[0].replace(b'"', b"'"), *found[1:]])),
        f"{CONTENTS} line 1 (entry 0)",
    ),
    "receipt dropped": (lambda: changed(RECEIPTS, lines(lambda found: found[:-1])), RECEIPTS),
    "receipt doubled": (lambda: changed(RECEIPTS, lines(lambda found: [*found, found[-1]])), f"{RECEIPTS} line 2"),
    "receipt without cosignature": (lambda: changed(RECEIPTS, lines(without_cosignature)), f"{RECEIPTS} line 1"),
    "receipt is no text": (lambda: changed(RECEIPTS, lambda _: b"[]\n"), f"{RECEIPTS} line 1"),
    "agreement changed": (lambda: changed("agreements/0001.toml", lambda data: data + b" "), "agreements/"),
    "signatures changed": (lambda: changed("agreements/0001.sig", lambda data: data + b" "), "agreements/"),
    "attachment nobody names": (lambda: {**BUNDLE, "attachments/" + sha256(b"x").hexdigest(): b"x"}, "attachments/"),
    "file added": (lambda: {**BUNDLE, "note.txt": b"hello"}, "note.txt"),
    "verifier changed": (lambda: changed("verify.py", lambda data: data + b"\n"), "verify.py"),
    "exporter changed": (lambda: changed("manifest.note", lambda data: data.replace(b"north with", b"south with")), ""),
    "time changed": (
        lambda: changed("manifest.note", lambda data: data.replace(b" at 18", b" at 17")),
        "manifest.note",
    ),
    **{
        f"{name} missing": (lambda name=name: without(name), "agreements/" if "agreem" in name else name)
        for name in BUNDLE
    },
}


@pytest.mark.requirement("SC-REC-02")
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_bundle_is_refused_and_the_place_is_named(name):
    make, where = MUTATIONS[name]
    with pytest.raises(RecordError) as caught:
        verified(make())
    assert where in caught.value.where


@pytest.mark.requirement("SC-REC-02")
@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_single_byte_of_any_file_can_change_unseen(data):
    name = data.draw(st.sampled_from(sorted(BUNDLE)))
    place = data.draw(st.integers(0, len(BUNDLE[name]) - 1))
    flip = data.draw(st.integers(1, 255))
    damaged = bytearray(BUNDLE[name])
    damaged[place] ^= flip
    with pytest.raises(RecordError):
        verified({**BUNDLE, name: bytes(damaged)})


def test_a_folder_and_a_zip_file_are_the_same_bundle(tmp_path):
    for name, data in BUNDLE.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with zipfile.ZipFile(tmp_path / "record.zip", "w") as archive:
        for name, data in BUNDLE.items():
            archive.writestr(name, data)
    for path in (tmp_path / "folder", tmp_path / "record.zip"):
        bundle = read_bundle(path)
        assert bundle.names == BUNDLE.keys()
        assert {name: bundle.small(name) for name in bundle.names} == BUNDLE


@pytest.mark.requirement("SC-REC-03")
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_damaged_zip_file_is_refused_or_gives_the_same_files(tmp_path_factory, place, flip):
    path = packed_to(tmp_path_factory.mktemp("zip") / "record.zip", BUNDLE)
    damaged = bytearray(path.read_bytes())
    damaged[place % len(damaged)] ^= flip
    path.write_bytes(damaged)
    try:
        verify_record(read_bundle(path), read_versions)
        bundle = read_bundle(path)
        files = {name: bundle.small(name) for name in bundle.names}
    except RecordError:
        return
    assert files == BUNDLE


def test_what_is_no_bundle_is_refused(tmp_path):
    (tmp_path / "nothing.zip").write_bytes(b"")
    for path in (tmp_path / "nothing.zip", tmp_path / "missing.zip"):
        with pytest.raises(RecordError):
            read_bundle(path)
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(6_100):
            archive.writestr(f"{number}", b"")
    with pytest.raises(RecordError, match="at most 6016 files"):
        read_bundle(tmp_path / "many.zip")


def answered(answer_s: float, carried_s: float, due_s: float = 60.0):
    """A message answered at a time by its sender's clock, the answer carried over at another."""
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1))
    settle(north, south)
    north.clock.time_s = south.clock.time_s = START_S + answer_s
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer").stored.result()
    north.clock.time_s = south.clock.time_s = START_S + carried_s
    settle(north, south)
    report = verified(unpacked(export_bytes(north.exchange, "south")))
    for node in (north, south):
        node.close()
    line = report.logs[0].messages[0]
    assert line.due_s == {"acknowledgement": START_S + due_s}
    return line


@pytest.mark.requirement("SC-REC-88")
def test_an_answer_is_late_by_its_own_word_or_by_the_first_receipt_for_it():
    assert answered(30.0, 40.0).late == {}
    assert "issued after" in answered(61.0, 62.0).late["acknowledgement"]
    held_up = answered(30.0, 61.0)
    assert "first proved to have arrived after" in held_up.late["acknowledgement"]
    assert (held_up.acknowledged.issued_s, held_up.acknowledged.received_s) == (START_S + 30.0, int(START_S + 61.0))


@pytest.mark.requirement("SC-REC-88")
def test_an_answer_that_was_dated_back_is_bound_by_the_receipt_that_its_sender_had_given():
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1))
    north.clock.time_s = south.clock.time_s = START_S + 100.0
    settle(north, south)  # south cosigns at 100 s: before that it had not seen the message
    south.clock.time_s = START_S + 30.0
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer").stored.result()
    south.clock.time_s = START_S + 100.0
    settle(north, south)
    report = verified(unpacked(export_bytes(north.exchange, "south")))
    for node in (north, south):
        node.close()
    line, answer = report.logs[0].messages[0], report.logs[1].messages[0]
    assert line.acknowledged.issued_s == START_S + 30.0  # its word stands in the record
    assert "a receipt that its sender had given before shows" in line.late["acknowledgement"]
    assert answer.misdated
    assert any("state times before receipts" in words for words in report.not_proven)


@pytest.mark.requirement("SC-REC-88")
def test_an_answer_that_never_arrived_is_not_taken_for_one_in_time():
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1))
    settle(north, south)
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer").stored.result()
    in_time = verified(unpacked(export_bytes(south.exchange, "north"))).logs[1].messages[0]
    south.clock.time_s = START_S + 61.0
    line = verified(unpacked(export_bytes(south.exchange, "north"))).logs[1].messages[0]
    for node in (north, south):
        node.close()
    assert (in_time.late, in_time.acknowledged.received_s) == ({}, None)
    assert "not proved to have arrived" in line.late["acknowledgement"]


@pytest.mark.requirement("SC-REC-88")
def test_every_state_of_a_message_is_told_on_its_own():
    asked = MessageDeadline(
        message=MessageKind.NOTICE, urgency=Urgency.ROUTINE, acknowledge_s=60.0, relay_s=120.0, respond_s=180.0
    )
    agreement = msgspec.structs.replace(make_agreement(), message_deadlines=(asked,))
    north, south = Node("north", agreement), Node("south", agreement)
    notice = next(message for message in every_kind.asked() if type(message).__name__ == "Notice")

    def say(node, peer, message):
        named = Draft(peer, lambda name: msgspec.structs.replace(message, message_id=name))
        node.exchange.send([named]).stored.result()

    for _ in range(6):
        say(north, "south", notice)
    settle(north, south)
    read, _, relayed, _, raised = every_kind.answers("north:south:0")
    for place, answer in enumerate([read, relayed, None, None]):
        if answer is not None:
            field = "acknowledges" if place == 0 else "relays"
            say(south, "north", msgspec.structs.replace(answer, **{field: f"north:south:{place + 1}"}))
    for place, verdict in ((3, "no_objection"), (4, "approved"), (5, "objection")):
        say(south, "north", every_kind.answers(f"north:south:{place}", verdict=every_kind.Verdict(verdict))[3])
    say(south, "north", msgspec.structs.replace(raised, escalates="north:south:0"))
    settle(north, south)
    north.clock.time_s = START_S + 150.0
    report = verified(unpacked(export_bytes(north.exchange, "south", (signed_files(agreement),))))
    for node in (north, south):
        node.close()
    states = ("acknowledged", "relayed", "no_objection", "approved", "other_verdict")
    lines = report.logs[0].messages
    assert [[name for name in states if getattr(line, name)] for line in lines] == [[], *([name] for name in states)]
    assert all(line.received_s is not None for line in lines)
    assert report.logs[0].states == dict.fromkeys(states, 1)
    assert lines[0].overdue == ("acknowledgement", "relay")
    assert lines[0].open == ("response",)
    (rung,) = lines[0].rungs
    assert (rung.party, rung.rung, rung.function, rung.raised_at_s) == ("south", 1, "commander", START_S + 60.0)
    assert lines[2].relayed.says == "second battery"


@pytest.mark.requirement("SC-REC-89")
@pytest.mark.parametrize("check", [verified, checked])
def test_memory_does_not_grow_with_what_entries_say(check):
    peaks_bytes, sizes_bytes = [], []
    for chars in (0, 4_000):
        files = saying("x" * chars)
        sizes_bytes.append(sum(map(len, files.values())))
        tracemalloc.start()
        check(files)
        peaks_bytes.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert sizes_bytes[1] - sizes_bytes[0] > 3_000_000
    assert peaks_bytes[1] - peaks_bytes[0] < 200_000


def saying(text: str) -> dict[str, bytes]:
    """A record of 600 requests."""
    north, south = Node("north"), Node("south")
    request = next(message for message in every_kind.asked() if type(message).__name__ == "Request")
    said = msgspec.structs.replace(request, text=text)
    for _ in range(6):
        drafts = [Draft("south", lambda name: msgspec.structs.replace(said, message_id=name))] * 100
        north.exchange.send(drafts).stored.result()
    settle(north, south)
    files = unpacked(export_bytes(north.exchange, "south"))
    for node in (north, south):
        node.close()
    return files
