"""The joint record: a bundle that is whole verifies; any change is refused, and the refusal says where."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.interfaces.agreement_file import load_signed_agreement
from steerclear.model.messages import Acknowledgement, LineCheckAnswer
from steerclear.services.acknowledge import acknowledge, find_standing
from steerclear.services.exchange import Draft
from steerclear.services.export_record import export_bytes
from steerclear.services.record_bundle import RecordError, read_bundle
from steerclear.services.verify_record import verify_record
from tests.services.parties import START_S, Node, make_agreement, make_alert, settle, signed_files

FILES = signed_files(make_agreement())
read_agreement = load_signed_agreement


def make_bundle() -> dict[str, bytes]:
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1), make_alert(2))
    south.announce(make_alert(3))
    settle(north, south)
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer", "seen").stored.result()
    settle(north, south)
    north.announce(make_alert(4))  # never posted
    north.clock.time_s = START_S + 100.0
    packed = export_bytes(north.exchange, "south", FILES)
    for node in (north, south):
        node.close()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


BUNDLE = make_bundle()
ENTRIES = "logs/north-to-south/entries.jsonl"
REPLIES = "logs/south-to-north/entries.jsonl"
RECEIPTS = "logs/north-to-south/checkpoints.jsonl"


@pytest.mark.requirement("SC-REC-01")
def test_a_whole_bundle_verifies_and_says_what_is_not_proven():
    report = verify_record(BUNDLE, read_agreement)
    ours, theirs = report.logs
    assert (ours.entries, ours.received, theirs.entries, theirs.received) == (3, 2, 2, 2)
    assert ours.kinds == {"alert_notice": 3}
    assert ours.unanswered == ("north:south:1", "north:south:2")
    assert theirs.unanswered == ("south:north:0",)
    assert ours.messages[0].answered_by == "duty officer at south-desk"
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
    packed = export_bytes(south.exchange, "north", FILES)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        report = verify_record({name: archive.read(name) for name in archive.namelist()}, read_agreement)
    theirs = next(log for log in report.logs if log.origin.endswith("north-to-south"))
    ours = next(log for log in report.logs if log.origin.endswith("south-to-north"))
    assert theirs.answered_late == ("north:south:0",)
    assert theirs.unanswered == ("north:south:1",)
    assert ours.unheeded == ("south:north:1",)
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
    with zipfile.ZipFile(io.BytesIO(export_bytes(north.exchange, "south", FILES))) as archive:
        report = verify_record({name: archive.read(name) for name in archive.namelist()}, read_agreement)
    assert report.logs[0].unanswered == ("north:south:0",)
    assert report.logs[1].unheeded == ("south:north:0",)
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer").stored.result()
    settle(north, south)
    assert find_standing(north.exchange, "north:south:0").answer is not None
    for node in (north, south):
        node.close()


def test_entries_of_another_version_of_the_agreement_are_told():
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1))
    settle(north, south)
    amended = make_agreement(version=2)
    later = north.restarted(amended), south.restarted(amended)
    later[0].announce(make_alert(2))
    settle(*later)
    with zipfile.ZipFile(io.BytesIO(export_bytes(later[0].exchange, "south", FILES))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    report = verify_record(files, lambda _data, _signatures: amended)
    assert [log.other_versions for log in report.logs] == [1, 0]
    assert any("north-to-south: what was agreed when 1 of its entries" in words for words in report.not_proven)
    assert verify_record(BUNDLE, read_agreement).logs[0].other_versions == 0
    for node in (north, south):
        node.close()


def test_a_file_of_nothing_but_line_ends_is_refused_at_the_first():
    tracemalloc.start()
    with pytest.raises(RecordError, match=r"line 1 \(entry 0\)"):
        verify_record({**BUNDLE, ENTRIES: b"\n" * 4_000_000}, read_agreement)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 16_000_000  # a list of the lines would take 32 MB


def changed(name: str, change) -> dict[str, bytes]:
    return {**BUNDLE, name: change(BUNDLE[name])}


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
    "entry dropped at the end": (lambda: changed(ENTRIES, lines(lambda found: found[:-1])), "head.note"),
    "entry dropped": (lambda: changed(ENTRIES, lines(lambda found: found[1:])), f"{ENTRIES} line 1 (entry 0)"),
    "entry doubled": (lambda: changed(ENTRIES, lines(lambda found: [found[0], *found])), f"{ENTRIES} line 2 (entry 1)"),
    "entries swapped": (lambda: changed(ENTRIES, lines(swapped)), f"{ENTRIES} line 1 (entry 0)"),
    "entries of the other log": (lambda: changed(ENTRIES, lines(from_other_log)), f"{ENTRIES} line 1 (entry 0)"),
    "empty line": (lambda: changed(ENTRIES, lambda data: data + b"\n"), f"{ENTRIES} line 4 (entry 3)"),
    "last line cut": (lambda: changed(ENTRIES, lambda data: data[:-1]), ENTRIES),
    "received entries dropped": (
        lambda: changed(ENTRIES, lines(lambda found: found[:1])),
        f"{RECEIPTS} line 1",
    ),
    "reply dropped": (lambda: changed(REPLIES, lines(lambda found: found[:-1])), "south-to-north/checkpoints.jsonl"),
    "receipt dropped": (lambda: changed(RECEIPTS, lines(lambda found: found[:-1])), RECEIPTS),
    "receipt doubled": (lambda: changed(RECEIPTS, lines(lambda found: [*found, found[-1]])), f"{RECEIPTS} line 2"),
    "receipt without cosignature": (lambda: changed(RECEIPTS, lines(without_cosignature)), f"{RECEIPTS} line 1"),
    "receipt is no text": (lambda: changed(RECEIPTS, lambda _: b"[]\n"), f"{RECEIPTS} line 1"),
    "agreement changed": (lambda: changed("agreement.toml", lambda data: data + b" "), "agreement.toml"),
    "signatures changed": (lambda: changed("agreement.sig", lambda data: data + b" "), "agreement.toml"),
    "file added": (lambda: {**BUNDLE, "note.txt": b"hello"}, "note.txt"),
    "verifier changed": (lambda: changed("verify.py", lambda data: data + b"\n"), "verify.py"),
    "exporter changed": (lambda: changed("manifest.note", lambda data: data.replace(b"north with", b"south with")), ""),
    "time changed": (
        lambda: changed("manifest.note", lambda data: data.replace(b" at 18", b" at 17")),
        "manifest.note",
    ),
    **{f"{name} missing": (lambda name=name: without(name), name) for name in BUNDLE},
}


@pytest.mark.requirement("SC-REC-02")
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_bundle_is_refused_and_the_place_is_named(name):
    make, where = MUTATIONS[name]
    with pytest.raises(RecordError) as caught:
        verify_record(make(), read_agreement)
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
        verify_record({**BUNDLE, name: bytes(damaged)}, read_agreement)


def test_a_folder_and_a_zip_file_are_the_same_bundle(tmp_path):
    for name, data in BUNDLE.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with zipfile.ZipFile(tmp_path / "record.zip", "w") as archive:
        for name, data in BUNDLE.items():
            archive.writestr(name, data)
    assert read_bundle(tmp_path / "folder") == read_bundle(tmp_path / "record.zip") == BUNDLE


@pytest.mark.requirement("SC-REC-03")
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_damaged_zip_file_is_refused_or_gives_the_same_files(tmp_path_factory, place, flip):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in BUNDLE.items():
            archive.writestr(name, data)
    damaged = bytearray(packed.getvalue())
    damaged[place % len(damaged)] ^= flip
    path = tmp_path_factory.mktemp("zip") / "record.zip"
    path.write_bytes(damaged)
    try:
        files = read_bundle(path)
    except RecordError:
        return
    if files != BUNDLE:
        with pytest.raises(RecordError):
            verify_record(files, read_agreement)


def test_what_is_no_bundle_is_refused(tmp_path):
    (tmp_path / "nothing.zip").write_bytes(b"")
    for path in (tmp_path / "nothing.zip", tmp_path / "missing.zip"):
        with pytest.raises(RecordError):
            read_bundle(path)
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(20):
            archive.writestr(f"{number}", b"")
    with pytest.raises(RecordError, match="at most 16 files"):
        read_bundle(tmp_path / "many.zip")
