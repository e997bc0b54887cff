"""Two verifiers that share no code follow the key changes of a record, and judge every signature the same."""

from __future__ import annotations

import io
import json
from hashlib import sha256

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.dialogue.entry import Entry, encode_content, encode_entry
from steerclear.dialogue.envelope import key_id, seal
from steerclear.dialogue.key_statement import KeyStatement, NewKey, sign_key_statement
from steerclear.dialogue.limits import MAX_KEY_STATEMENT_BYTES
from steerclear.dialogue.terms import first_link
from steerclear.model.keys import KeyRole
from steerclear.model.messages import KeyChange, LineCheck, Message
from steerclear.services.bundle_verifier import verifier_source
from steerclear.services.export_record import content_line, manifest_text
from steerclear.services.record_bundle import MANIFEST, VERIFIER
from steerclear.services.redact_record import WithholdError, redact_record
from steerclear.tlog import (
    Checkpoint,
    Ed25519Cosigner,
    Ed25519Signer,
    Frontier,
    cosign_checkpoint,
    encode_note,
    extend,
    leaf_hash,
    open_checkpoint,
    sign_checkpoint,
    sign_note,
    verifier_for,
)
from tests.dialogue.test_key_statement import HOSTILE, SIGNER, SOUND
from tests.services.bundles import (
    FILES,
    Files,
    checked,
    contents_withheld,
    export_bytes,
    first_bundle,
    read_versions,
    refusals,
    unpacked,
    verified,
)
from tests.services.parties import START_S, Node, make_agreement, private_key, settle, versions_of
from tests.services.test_key_changes import (
    BACK,
    OUT,
    SEED,
    cosigned_by,
    exchanged,
    keys_of,
    public,
    revoking,
    say,
    statement,
)

VERSION = versions_of(make_agreement()).newest.sha256


def agree(files: Files):
    """What both verifiers say of a bundle that both accept, compared."""
    first, second = verified(files), checked(files)
    assert (second["proven"], second["not_proven"]) == (list(first.proven), list(first.not_proven))
    for ours, theirs in zip(first.logs, second["logs"], strict=True):
        assert (theirs["entries"], theirs["received"], theirs["root"]) == (ours.entries, ours.received, ours.root.hex())
        assert theirs["key_changes"] == list(ours.key_changes)
        assert theirs["revoked"] == [msgspec.to_builtins(one) for one in ours.revoked]
        assert theirs["revoked_receipts"] == list(ours.revoked_receipts)
        assert json.loads(json.dumps(theirs["messages"])) == json.loads(json.dumps(msgspec.to_builtins(ours.messages)))
    return first


def exported(node: Node, other: Node) -> Files:
    return unpacked(export_bytes(node.exchange, other.party, FILES))


def changed_line() -> dict[str, Node]:
    """Both sides have talked, changed all their keys, and talked again; north has taken back what it said from 2 on."""
    ends = {party: Node(party) for party in ("north", "south")}
    for node in ends.values():
        say(node, 1, 2, 3)
    exchanged(ends)
    revoked = {
        "north": [revoking("north", KeyRole.SIGNING, 1)],
        "south": [revoking("south", KeyRole.WITNESS, 0, OUT)],
    }
    for party, node in ends.items():
        say(node, 4)
        said = statement(party, 1, signing=1, witness=1, revoked=revoked[party])
        ends[party] = node.restarted(keys=keys_of(party, 1, 1), statements=[said])
    exchanged(ends)
    say(ends["north"], 5)
    exchanged(ends)
    return ends


@pytest.mark.requirement("SC-KEY-06")
def test_a_record_over_changes_of_all_keys_holds_for_both_sides():
    ends = changed_line()
    for party, other in (("north", "south"), ("south", "north")):
        report = agree(exported(ends[party], ends[other]))
        norths, souths = report.logs if party == "north" else report.logs[::-1]
        assert (norths.key_changes, souths.key_changes) == ((4,), (4,))
        [revoked] = norths.revoked
        assert (revoked.key_id, revoked.last, revoked.first, revoked.end) == (
            key_id(public("north", "signing")),
            1,
            2,
            4,
        )
        assert souths.revoked == ()
        [taken_back] = norths.revoked_receipts
        assert "of 3 entries" in taken_back
        assert "revoked as of entry 0" in taken_back
        assert norths.received == norths.entries == 6
        assert sum("wrote entries 2 to 3" in words for words in report.not_proven) == 1
    for node in ends.values():
        node.close()


@pytest.mark.requirement("SC-KEY-06")
def test_a_receipt_that_was_taken_back_proves_nothing():
    north, south = Node("north"), Node("south")
    say(north, 1, 2)
    north.exchange.take_receipt("south", cosigned_by(north, private_key("south", "witness")))
    assert agree(exported(north, south)).logs[0].received == 2
    said = statement("south", 1, witness=1, revoked=[revoking("south", KeyRole.WITNESS, 0, OUT)])
    south = south.restarted(keys=keys_of("south", witness=1), statements=[said])
    assert south.post_to(north)
    report = agree(exported(north, south))
    assert report.logs[0].received == 0
    assert any("that the last 2 entries ever reached south" in words for words in report.not_proven)
    assert any("taken back" in words for words in report.not_proven)
    for node in (north, south):
        node.close()


@pytest.mark.requirement("SC-KEY-06")
def test_a_second_witness_key_counts_from_its_statement_on():
    north, south = Node("north"), Node("south")
    say(north, 1)
    settle(north, south)
    south = south.restarted(keys=keys_of("south", ml_dsa=SEED), statements=[statement("south", 1, ml_dsa=SEED)])
    settle(south, north)
    say(north, 2)
    settle(north, south)
    assert [
        agree(exported(*pair)).logs[place].received for place, pair in enumerate(((north, south), (south, north)))
    ] == [
        2,
        2,
    ]
    for node in (north, south):
        node.close()


@pytest.mark.requirement("SC-KEY-06")
def test_a_key_change_cannot_be_withheld():
    ends = changed_line()
    files = exported(ends["north"], ends["south"])
    name = "logs/north-to-south/contents.jsonl"
    agree(contents_withheld(files, name, 0, 5))
    hidden = refusals(contents_withheld(files, name, 4))
    assert hidden[0] == hidden[1] == "logs/north-to-south/entries.jsonl line 5 (entry 4)"
    with pytest.raises(WithholdError, match="key change"):
        redact_record(first_bundle(files), ["north:south:4"], io.BytesIO(), read_versions)
    for node in ends.values():
        node.close()


class Writer:
    """A bundle under any keys: what two parties could sign if they did not care."""

    def __init__(self) -> None:
        self.lines: dict[str, list[bytes]] = {OUT: [], BACK: []}
        self.contents: dict[str, list[bytes]] = {OUT: [], BACK: []}
        self.notes: dict[str, list[bytes]] = {OUT: [], BACK: []}

    def write(self, log: str, key: Ed25519PrivateKey, statement: bytes | None = None, seen: int | None = None) -> None:
        place, other = len(self.lines[log]), BACK if log == OUT else OUT
        name = f"{'north:south' if log == OUT else 'south:north'}:{place}"
        message: Message = LineCheck(message_id=name, answer_by_s=START_S)
        if statement is not None:
            message = KeyChange(message_id=name, statement=statement)
        content = encode_content(message, sha256(f"{log} {place}".encode()).digest())
        seen = len(self.lines[other]) if seen is None else seen
        entry = Entry(
            origin=log,
            sequence=place,
            previous=leaf_hash(self.lines[log][-1]) if place else first_link(log),
            issued_s=START_S,
            agreement_sha256=VERSION,
            peer_size=seen,
            peer_root=self.root(other, seen),
            commitment=sha256(content).digest(),
        )
        self.lines[log].append(seal(encode_entry(entry), key, key_id(key.public_key().public_bytes_raw())))
        self.contents[log].append(content)

    def root(self, log: str, size: int) -> bytes:
        return extend(Frontier(), [leaf_hash(line) for line in self.lines[log][:size]])[0].root()

    def receive(self, log: str, key: Ed25519PrivateKey, witness: Ed25519PrivateKey, size: int | None = None) -> None:
        size = len(self.lines[log]) if size is None else size
        signer = Ed25519Signer(log, key)
        note = sign_checkpoint(Checkpoint(log, size, self.root(log, size)), [signer], 0)
        name = f"steerclear/two-skies/{'south' if log == OUT else 'north'}/witness"
        opened = open_checkpoint(note, log, verifier_for(signer.key))
        self.notes[log].append(cosign_checkpoint(opened, Ed25519Cosigner(name, witness), int(START_S)))

    def files(self, exporter: Ed25519PrivateKey) -> Files:
        signer = Ed25519Signer(OUT, exporter)
        size = len(self.lines[OUT])
        files = {
            "agreements/0001.toml": FILES[0].agreement,
            "agreements/0001.sig": FILES[0].signatures,
            VERIFIER: verifier_source(),
            "logs/north-to-south/head.note": sign_checkpoint(Checkpoint(OUT, size, self.root(OUT, size)), [signer], 0),
        }
        unsigned = {}
        for log, folder in ((OUT, "north-to-south"), (BACK, "south-to-north")):
            files[f"logs/{folder}/entries.jsonl"] = b"".join(line + b"\n" for line in self.lines[log])
            notes = [json.dumps(note.decode()).encode() + b"\n" for note in self.notes[log]]
            files[f"logs/{folder}/checkpoints.jsonl"] = b"".join(notes)
            unsigned[f"logs/{folder}/contents.jsonl"] = b"".join(map(content_line, self.contents[log]))
        digests = {name: sha256(data).hexdigest() for name, data in files.items()}
        text = manifest_text("two-skies", "north", "south", START_S + 100.0, digests)
        return {**files, **unsigned, MANIFEST: encode_note(sign_note(text, [signer], 0))}


def signing(count: int, party="north") -> Ed25519PrivateKey:
    return private_key(party, "signing", str(count)) if count else private_key(party, "signing")


def witness(count: int, party="south") -> Ed25519PrivateKey:
    return private_key(party, "witness", str(count)) if count else private_key(party, "witness")


def lies():
    """Name -> (what is written, where it is refused; None where it is accepted)."""
    entries, receipts = "logs/north-to-south/entries.jsonl", "logs/north-to-south/checkpoints.jsonl"
    first = statement("north", 1, signing=1)

    def honest() -> Writer:
        writer = Writer()
        writer.write(OUT, signing(0))
        writer.write(OUT, signing(1), first)
        writer.write(OUT, signing(1))
        return writer

    def at_the_end(*steps, exporter=1) -> Files:
        writer = honest()
        for step in steps:
            step(writer)
        return writer.files(signing(exporter))

    def write(count: int, note: bytes | None = None):
        return lambda writer: writer.write(OUT, signing(count), note)

    def receipt(count: int, size: int, by=0):
        return lambda writer: writer.receive(OUT, signing(count), witness(by), size)

    souths = statement("south", 1, witness=1)
    late = f"{entries} line 4 (entry 3)"
    return {
        "nothing wrong": (at_the_end(receipt(1, 3)), None),
        "the old key signs on": (at_the_end(write(0)), late),
        "the old key signs the change": (at_the_end(write(1, statement("north", 2, signing=2))), late),
        "a key that nobody named": (at_the_end(write(7)), late),
        "the change said again": (at_the_end(write(1, first)), late),
        "a change of the peer's": (at_the_end(write(1, souths)), late),
        "another agreement": (at_the_end(write(1, statement("north", 2, witness=1, agreement="other"))), late),
        "a number below": (at_the_end(write(2, statement("north", 1, signing=2))), late),
        "the first key again": (at_the_end(write(0, _back_to_the_first())), late),
        "revokes what goes on": (
            at_the_end(write(1, statement("north", 2, revoked=[revoking("north", KeyRole.SIGNING, 1, count=1)]))),
            late,
        ),
        "revokes what is not there yet": (
            at_the_end(write(1, statement("north", 2, revoked=[revoking("north", KeyRole.SIGNING, 3)]))),
            late,
        ),
        "revokes in no log of its own": (
            at_the_end(write(1, statement("north", 2, revoked=[revoking("north", KeyRole.SIGNING, 0, BACK)]))),
            late,
        ),
        "revokes in what is no log": (
            at_the_end(
                write(
                    1,
                    statement(
                        "north", 2, revoked=[revoking("north", KeyRole.SIGNING, 0, "steerclear/two-skies/north")]
                    ),
                )
            ),
            late,
        ),
        "revokes for another peer": (
            at_the_end(
                write(
                    1,
                    statement(
                        "north",
                        2,
                        revoked=[revoking("north", KeyRole.SIGNING, 99, "steerclear/two-skies/north-to-east")],
                    ),
                )
            ),
            None,
        ),
        "revokes honestly": (
            at_the_end(write(1, statement("north", 2, revoked=[revoking("north", KeyRole.SIGNING, -1)]))),
            None,
        ),
        "the exporter signs with its old key": (at_the_end(exporter=0), MANIFEST),
        "a receipt under the old key for as much as it signed": (at_the_end(receipt(0, 1)), None),
        "a receipt under the new key for what the old one signed": (at_the_end(receipt(1, 1)), None),
        "a receipt under the old key for more": (at_the_end(receipt(0, 2)), f"{receipts} line 1"),
        "a receipt under a witness key that nobody named": (at_the_end(receipt(1, 3, by=1)), f"{receipts} line 1"),
    }


def hostile_statement(note: bytes) -> Files:
    """North's log as it would be if it began its key changes with this, at entry 5."""
    writer = Writer()
    for _ in range(5):
        writer.write(OUT, signing(0))
    key = private_key("north", "second", "signing")
    writer.write(OUT, key, note)
    return writer.files(key)


@pytest.mark.requirement("SC-KEY-06")
@pytest.mark.parametrize("name", [name for name, note in HOSTILE.items() if len(note) <= MAX_KEY_STATEMENT_BYTES])
def test_both_verifiers_refuse_a_hostile_statement(name):
    agree(hostile_statement(sign_key_statement(SOUND, SIGNER)))
    where = "logs/north-to-south/entries.jsonl line 6 (entry 5)"
    assert refusals(hostile_statement(HOSTILE[name])) == (where, where)


def _back_to_the_first() -> bytes:
    first = signing(0).public_key().public_bytes_raw()
    said = KeyStatement(agreement_id="two-skies", party_id="north", number=2, new=(NewKey(KeyRole.SIGNING, first),))
    return sign_key_statement(said, Ed25519Signer("north", private_key("north", "root")))


LIES = lies()


@pytest.mark.requirement("SC-KEY-06")
@pytest.mark.parametrize("name", LIES)
def test_both_verifiers_judge_what_was_signed_under_which_key(name):
    files, where = LIES[name]
    assert refusals(files) == (where, where)
    if where is None:
        agree(files)


@pytest.mark.requirement("SC-KEY-06")
@pytest.mark.parametrize(
    ("seen", "by", "holds"), [(0, 0, True), (1, 0, True), (2, 0, False), (2, 1, True), (0, 1, True)]
)
def test_an_old_witness_key_counts_until_the_sender_had_seen_its_replacement(seen, by, holds):
    """South changes its witness key at entry 1 of its log: seeing two entries of it is to know of the change."""
    writer = Writer()
    writer.write(BACK, signing(0, "south"))
    writer.write(BACK, signing(0, "south"), statement("south", 1, witness=1))
    writer.receive(BACK, signing(0, "south"), witness(0, "north"))
    writer.write(OUT, signing(0), seen=seen)
    writer.receive(OUT, signing(0), witness(by))
    where = None if holds else "logs/north-to-south/checkpoints.jsonl line 1"
    files = writer.files(signing(0))
    assert refusals(files) == (where, where)
    if holds:
        agree(files)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 3)),
        st.tuples(
            st.just("change"), st.integers(0, 3), st.integers(0, 4), st.booleans(), st.integers(-1, 4), st.booleans()
        ),
        st.tuples(st.just("receive"), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("souths change"), st.integers(1, 3), st.integers(-1, 4), st.booleans()),
    ),
    max_size=8,
)


@pytest.mark.requirement("SC-KEY-06")
@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(0, 3))
def test_both_verifiers_say_the_same_of_anything_signed_under_any_keys(steps, exporter):
    writer, numbers = Writer(), {"north": 0, "south": 0}
    key = 0
    for what, *values in steps:
        if what == "say":
            # Mostly the right key, so that the record gets somewhere.
            writer.write(OUT, signing(key if values[0] else 1 - key))
        elif what == "receive":
            if not writer.notes[OUT] or writer.lines[OUT]:
                writer.receive(OUT, signing(min(values[0], key)), witness(values[1]))
        elif what == "change":
            new, by, right, last, revokes = values
            numbers["north"] += 1
            revoked = [revoking("north", KeyRole.SIGNING, last, OUT, max(new - 1, 0))] if revokes else []
            if not (new or revoked):
                continue
            note = statement("north", numbers["north"], signing=new, revoked=revoked)
            writer.write(OUT, signing(new or key if right else by), note)
            key = new or key
        else:
            new, last, revokes = values
            numbers["south"] += 1
            revoked = [revoking("south", KeyRole.WITNESS, last, OUT, new - 1)] if revokes else []
            note = statement("south", numbers["south"], witness=new, revoked=revoked)
            writer.write(BACK, signing(0, "south"), note)
    if writer.lines[BACK]:
        writer.receive(BACK, signing(0, "south"), witness(0, "north"))
    files = writer.files(signing(exporter or key))
    first, second = refusals(files)
    assert first == second
    if first is None:
        agree(files)
