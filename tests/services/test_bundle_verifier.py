"""Two verifiers of the joint record that share no code: they accept the same bundles and refuse the same ones."""

from __future__ import annotations

import ast
import base64
import json
import subprocess
import sys
from hashlib import sha256, sha512
from pathlib import Path

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.dialogue.entry import Entry, decode_content, decode_entry, encode_entry
from steerclear.dialogue.envelope import key_id, seal, unseal
from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.terms import first_link, line_terms
from steerclear.model.alert import AlertChange, AlertEvent, AlertKind, AlertNumbers, AlertSubject
from steerclear.model.identification import TrackPoint
from steerclear.model.incident import IncidentCause, MeasureState, ReviewItemKind
from steerclear.model.intent import ConstraintBasis, ConstraintState, FlightPurpose, IntentState
from steerclear.model.messages import (
    REVIEW_VERDICTS,
    STEPS,
    VERDICTS,
    Acknowledgement,
    AgreementStep,
    Attachment,
    Cause,
    ConsultationForm,
    IncidentWindow,
    KeyChange,
    LateMeans,
    LineCheck,
    LineCheckAnswer,
    Message,
    Notice,
    NoticeChange,
    Phrase,
    RequestKind,
    Verdict,
)
from steerclear.model.notice_items import ItemDetails, NoticeItem, Opening
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import AircraftKind, Disclosure, LineCondition, NoticeSubject, Urgency
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.services import record_log
from steerclear.services.acknowledge import acknowledge
from steerclear.services.bundle_verifier import verifier_source, verify
from steerclear.services.exchange import Draft
from steerclear.services.export_record import content_line, manifest_text
from steerclear.services.record_bundle import MANIFEST, RecordError, read_bundle
from steerclear.tlog import (
    Checkpoint,
    Ed25519Cosigner,
    Ed25519Signer,
    Frontier,
    MalformedInputError,
    cosign_checkpoint,
    encode_note,
    extend,
    leaf_hash,
    open_checkpoint,
    parse_note,
    sign_checkpoint,
    sign_note,
)
from tests.dialogue.test_decoding import ENVELOPES, HOSTILE_ENTRY, HOSTILE_MESSAGE, NOTICE, PAYLOAD, SAID, SALT
from tests.services import every_kind
from tests.services.bundles import (
    checked,
    contents_withheld,
    export_bytes,
    go_over,
    packed_to,
    refusals,
    unpacked,
    verified,
)
from tests.services.every_kind import MESSAGES
from tests.services.parties import (
    START_S,
    Node,
    line_keys,
    make_agreement,
    make_alert,
    private_key,
    settle,
    signed_files,
    versions_of,
)
from tests.services.test_record import BUNDLE, CONTENTS, ENTRIES, MUTATIONS, RECEIPTS, amended_agreement

SCRIPT = Path(verify.__file__)
THEIR_RECEIPTS = "logs/south-to-north/checkpoints.jsonl"
AGREEMENT = make_agreement()
TERMS = line_terms(versions_of(AGREEMENT), "north", "south")
THEIR_CONTENTS = "logs/south-to-north/contents.jsonl"


# --- Bundles that hold


def exported(north: Node, south: Node, agreements=(AGREEMENT,), by: str = "north") -> dict[str, bytes]:
    exporter, other = (north, south) if by == "north" else (south, north)
    files = unpacked(export_bytes(exporter.exchange, other.party, tuple(map(signed_files, agreements))))
    for node in (north, south):
        node.close()
    return files


def silent_line():
    return exported(Node("north"), Node("south"))


def nothing_received():
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1))
    return exported(north, south)


def unanswered():
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1), make_alert(2, AlertChange.CLEARED))
    settle(north, south)
    north.clock.time_s = START_S + 3_600.0
    return exported(north, south)


def answered_late_and_in_vain():
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1), make_alert(2), make_alert(3))
    settle(north, south)
    south.clock.time_s = north.clock.time_s = START_S + 61.0
    acknowledge(south.exchange, "north:south:0", "south-desk", "commander").stored.result()

    def answer(asked: str, function: str):
        return Draft(
            "north",
            lambda name: LineCheckAnswer(message_id=name, answers=asked, desk_id="south-desk", function=function),
        )

    def read(asked: str, function: str = "commander"):
        return Draft(
            "north",
            lambda name: Acknowledgement(
                message_id=name, acknowledges=asked, desk_id="south-desk", function=function, read_at_s=START_S
            ),
        )

    drafts = [
        answer("north:south:1", "commander"),
        read("north:south:1", "passer-by"),
        read("north:south:9"),
        read("south:north:0"),
        read("north:south:01"),
        read("north:south:0"),
        read("no name at all"),
    ]
    south.exchange.send(drafts).stored.result()
    settle(north, south)
    return exported(north, south, by="south")


def answered_beforehand():
    north, south = Node("north"), Node("south")
    forged = Draft(
        "north",
        lambda name: Acknowledgement(
            message_id=name, acknowledges="north:south:0", desk_id="south-desk", function="commander", read_at_s=START_S
        ),
    )
    south.exchange.send([forged]).stored.result()
    north.announce(make_alert(1))
    settle(north, south)
    return exported(north, south)


def many_receipts():
    north, south = Node("north"), Node("south")
    for number in range(9):
        north.announce(*(make_alert(10 * number + more) for more in range(1 + number % 3)))
        settle(north, south)
        south.announce(make_alert(100 + number))
        acknowledge(
            south.exchange, f"north:south:{number}", "south-desk", "duty officer", "gelesen – ✓"
        ).stored.result()
        settle(north, south)
    north.exchange.send(
        [Draft("south", lambda name: LineCheck(message_id=name, answer_by_s=START_S + 30.0))]
    ).stored.result()
    return exported(north, south)


def two_versions():
    versions = make_agreement(), amended_agreement()
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1), make_alert(2))
    settle(north, south)
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer").stored.result()
    for node in (north, south):
        node.clock.time_s += 20.0
        go_over(node, *versions)
    acknowledge(south.exchange, "north:south:1", "south-desk", "watch officer").stored.result()
    settle(north, south)
    south.exchange.send([Draft("north", lambda name: answer_to("north:south:1", name, "duty officer"))]).stored.result()
    settle(north, south)
    return exported(north, south, versions)


def answer_to(asked: str, name: str, function: str):
    return Acknowledgement(
        message_id=name, acknowledges=asked, desk_id="south-desk", function=function, read_at_s=START_S
    )


def say(node: Node, peer: str, message) -> None:
    """Send a message under the name of its place."""
    draft = Draft(peer, lambda name: msgspec.structs.replace(message, message_id=name))
    node.exchange.send([draft]).stored.result()


SAYABLE = [message for message in MESSAGES if not isinstance(message, KeyChange)]
"""A key change needs the signature of a root key."""


def every_message():
    """Every kind asked, and each answered in every way, fitting or not, sooner or later."""
    north, south = Node("north"), Node("south")
    for message in SAYABLE:
        say(north, "south", message)
    settle(north, south)
    verdicts = [Verdict.CHECKING, Verdict.APPROVED, Verdict.OURS, Verdict.NO_OBJECTION, Verdict.OBJECTION]
    for place in range(len(SAYABLE)):
        for node in (north, south):
            node.clock.time_s += 20.0
        for answer in every_kind.answers(f"north:south:{place}", verdict=verdicts[place % len(verdicts)]):
            say(south, "north", answer)
        if place % 3:
            settle(north, south)
    for answer in every_kind.answers("north:south:3"):
        say(north, "south", answer)
    return exported(north, south)


def some_withheld():
    files = every_message()
    files = contents_withheld(files, CONTENTS, 1, 6, 15)
    return contents_withheld(files, THEIR_CONTENTS, 0, 22, 40)


def all_withheld():
    files = every_message()
    return contents_withheld(contents_withheld(files, CONTENTS, *range(99)), THEIR_CONTENTS, *range(99))


def with_attachment():
    files = every_message()
    return {**files, f"attachments/{every_kind.PHOTOGRAPH_SHA256}": every_kind.PHOTOGRAPH}


def misdated():
    """The south's clock goes back, and it dates an answer before it can have seen the question."""
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1))
    north.clock.time_s = south.clock.time_s = START_S + 100.0
    settle(north, south)
    south.clock.time_s = START_S + 30.0
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer").stored.result()
    south.clock.time_s = START_S + 100.0
    settle(north, south)
    return exported(north, south)


def three_parties():
    agreement = make_agreement(("north", "south", "east"))
    north, south = Node("north", agreement), Node("south", agreement)
    north.announce(make_alert(1))
    settle(north, south)
    return exported(north, south, (agreement,))


SHAPES = {
    "both logs empty": silent_line,
    "nothing received": nothing_received,
    "unanswered": unanswered,
    "late and void answers": answered_late_and_in_vain,
    "answered beforehand": answered_beforehand,
    "many receipts": many_receipts,
    "two versions of the agreement": two_versions,
    "three parties": three_parties,
    "every kind of message": every_message,
    "some contents withheld": some_withheld,
    "all contents withheld": all_withheld,
    "an attachment": with_attachment,
    "misdated": misdated,
    "as in the other tests": lambda: BUNDLE,
}


@pytest.mark.requirement("SC-REC-04")
@pytest.mark.parametrize("shape", SHAPES)
def test_both_verifiers_accept_a_bundle_and_say_the_same_of_it(shape):
    files = SHAPES[shape]()
    first, second = verified(files), checked(files)
    assert second["proven"] == list(first.proven)
    assert second["not_proven"] == list(first.not_proven)
    assert (second["agreement_id"], second["agreements"]) == (first.agreement_id, list(first.agreements))
    assert (second["exported_by"], second["exported_s"]) == (first.exported_by, first.exported_s)
    assert second["attachments"] == first.attachments
    for ours, theirs in zip(first.logs, second["logs"], strict=True):
        assert (theirs["entries"], theirs["received"], theirs["root"]) == (ours.entries, ours.received, ours.root.hex())
        assert theirs["withheld"] == list(ours.withheld)
        assert (theirs["origin"], theirs["kinds"], theirs["states"]) == (ours.origin, ours.kinds, ours.states)
        for one, other in zip(msgspec.to_builtins(ours.messages), theirs["messages"], strict=True):
            assert json.loads(json.dumps(other)) == json.loads(json.dumps(one))


def test_the_shapes_show_what_they_are_named_for():
    late = verified(answered_late_and_in_vain())
    ours, theirs = late.logs
    assert sum(line.without_effect is not None for line in ours.messages) == 6
    assert theirs.with_step("late", "acknowledgement") == ("north:south:0",)
    assert len(verified(many_receipts()).logs[0].kinds) == 2
    assert "before its sender had seen" in verified(answered_beforehand()).logs[1].messages[0].without_effect
    every = verified(every_message())
    assert len(every.logs[0].kinds) == 17
    assert all(count > 0 for count in every.logs[0].states.values())
    assert {why for line in every.logs[0].messages for why in line.late.values()}
    hidden = verified(some_withheld())
    assert [len(log.withheld) for log in hidden.logs] == [3, 3]
    assert any(line.not_shown for line in hidden.logs[0].messages)
    assert hidden.logs[0].states != every.logs[0].states
    assert verified(misdated()).logs[1].messages[0].misdated
    assert list(verified(with_attachment()).attachments.values()) == ["shown"]
    assert [line.without_effect for line in verified(two_versions()).logs[1].messages][:2] == [None, None]
    assert "no function" in verified(two_versions()).logs[1].messages[2].without_effect


# --- Bundles that do not


@pytest.mark.requirement("SC-REC-04")
@pytest.mark.parametrize("name", MUTATIONS)
def test_both_verifiers_refuse_a_changed_bundle(name):
    make, where = MUTATIONS[name]
    first, second = refusals(make())
    assert first is not None
    assert second is not None
    assert where in second


@pytest.mark.requirement("SC-REC-04")
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_both_verifiers_see_every_changed_byte(data):
    name = data.draw(st.sampled_from(sorted(BUNDLE)))
    place = data.draw(st.integers(0, len(BUNDLE[name]) - 1))
    damaged = bytearray(BUNDLE[name])
    damaged[place] ^= data.draw(st.integers(1, 255))
    first, second = refusals({**BUNDLE, name: bytes(damaged)})
    assert first is not None
    assert second is not None


HARD_TO_READ = [
    b"",
    b"\n",
    b"\n\n",
    b"[" * 100_000,
    b"a = " + b"[" * 9_000,
    b'"' + b"\\ud800" * 9 + b'"\n',
    b"9" * 9_000 + b"\n",
]
HARD_TO_READ += [b"\xff\xfe{\x00}\x00\n", b"parties = 5\n[agreement]\nid = 1\nversion = 1\n", b"null\n", b"{}\n"]


@pytest.mark.requirement("SC-REC-04")
@pytest.mark.parametrize("name", sorted(BUNDLE))
@pytest.mark.parametrize("content", HARD_TO_READ, ids=lambda content: repr(content[:12]))
def test_whatever_stands_in_a_file_is_refused_and_nothing_else_happens(name, content):
    assert None not in refusals({**BUNDLE, name: content})


def resigned(
    change=lambda entries: entries,
    *,
    chained=True,
    receipts=(2,),
    head=None,
    witness="south",
    exporter="north",
    contents=lambda found: found,
):
    """The bundle as it would be had north and south signed other entries; each check then stands alone."""
    keys, log = line_keys("north"), TERMS.outgoing
    lines = BUNDLE[ENTRIES].splitlines()
    held = change([decode_entry(unseal(line, log.sender_keys)) for line in lines])
    sealed, leaves, previous = [], [], first_link(log.origin)
    for entry in held:
        placed = msgspec.structs.replace(entry, previous=previous) if chained else entry
        key = keys.signing
        sealed.append(seal(encode_entry(placed), key, key_id(key.public_key().public_bytes_raw())))
        previous = leaf_hash(sealed[-1])
        leaves.append(previous)
    signer = Ed25519Signer(log.origin, keys.signing)
    cosigner = Ed25519Cosigner(f"steerclear/two-skies/{witness}/witness", line_keys(witness).witness)

    def note(size: int) -> bytes:
        root = extend(Frontier(), leaves[:size])[0].root()
        return sign_checkpoint(Checkpoint(log.origin, size, root), [signer], 0)

    def receipt(size: int) -> bytes:
        opened = open_checkpoint(note(size), log.origin, log.log_verifier)
        return json.dumps(cosign_checkpoint(opened, cosigner, int(START_S)).decode()).encode() + b"\n"

    kept = contents(BUNDLE[CONTENTS].splitlines(keepends=True))[: len(sealed)]
    files = {
        **BUNDLE,
        ENTRIES: b"".join(line + b"\n" for line in sealed),
        CONTENTS: b"".join(kept),
        RECEIPTS: b"".join(map(receipt, receipts)),
        "logs/north-to-south/head.note": note(len(leaves) if head is None else head),
    }
    # What south says it has seen of north stays true only when nothing was changed.
    return signed_again(files, exporter)


def signed_again(files: dict[str, bytes], exporter: str = "north") -> dict[str, bytes]:
    unsigned = (MANIFEST, CONTENTS, THEIR_CONTENTS)
    digests = {name: sha256(data).hexdigest() for name, data in files.items() if name not in unsigned}
    text = manifest_text(AGREEMENT.agreement_id, "north", "south", START_S + 100.0, digests)
    signer = Ed25519Signer(TERMS.outgoing.origin, line_keys(exporter).signing)
    return {**files, MANIFEST: encode_note(sign_note(text, [signer], 0))}


def replaced(place: int, **fields):
    def change(entries: list[Entry]) -> list[Entry]:
        return [msgspec.structs.replace(entry, **fields) if at == place else entry for at, entry in enumerate(entries)]

    return change


def committed(place: int, content: bytes):
    """The bundle as it would be had north signed for another content."""

    def contents(found: list[bytes]) -> list[bytes]:
        return [content_line(content) if at == place else line for at, line in enumerate(found)]

    return resigned(replaced(place, commitment=sha256(content).digest()), contents=contents)


BORROWED = bytes(32) + msgspec.json.encode(LineCheck(message_id="north:south:1", answer_by_s=START_S))
SIGNED_LIES = {
    "another link": lambda: resigned(replaced(2, origin="steerclear/two-skies/north-to-east")),
    "another place": lambda: resigned(replaced(2, sequence=3)),
    "another message's name": lambda: committed(2, BORROWED),
    "a message that is none": lambda: committed(2, bytes(32) + b"{}"),
    "a message without salt": lambda: committed(2, BORROWED[32:]),
    "nothing said": lambda: committed(2, bytes(32)),
    "another commitment": lambda: resigned(replaced(2, commitment=bytes(32))),
    "a version nobody has signed": lambda: resigned(replaced(2, agreement_sha256=bytes(32))),
    "another history": lambda: resigned(replaced(2, previous=bytes(32)), chained=False),
    "a view that never was": lambda: resigned(replaced(2, peer_root=bytes(32))),
    "a view of the future": lambda: resigned(replaced(2, peer_size=99)),
    "a view that shrinks": lambda: resigned(
        lambda entries: [msgspec.structs.replace(entries[0], peer_size=2, peer_root=entries[2].peer_root), *entries[1:]]
    ),
    "another entry under a receipt": lambda: resigned(replaced(0, issued_s=START_S + 7.0)),
    "a receipt beyond the end": lambda: signed_again(
        {**resigned(lambda entries: entries[:2]), RECEIPTS: resigned(receipts=(3,))[RECEIPTS]}
    ),
    "receipts that do not grow": lambda: resigned(receipts=(2, 2)),
    "no receipt for what the other saw": lambda: resigned(lambda entries: entries[:1], receipts=()),
    "a head that is too short": lambda: resigned(head=2),
    "a receipt by a third party": lambda: resigned(witness="east"),
    "a manifest by the other party": lambda: resigned(exporter="south"),
    "the other's entries without receipts": lambda: signed_again({**BUNDLE, THEIR_RECEIPTS: b""}),
    "a file that the exporter added": lambda: signed_again({**BUNDLE, "more.txt": b"hello"}),
    "a file that the exporter left out": lambda: signed_again(
        {name: data for name, data in BUNDLE.items() if name != "verify.py"}
    ),
}


@pytest.mark.requirement("SC-REC-04")
@pytest.mark.parametrize("name", SIGNED_LIES)
def test_both_verifiers_refuse_what_was_signed_and_is_not_true(name):
    first, second = refusals(SIGNED_LIES[name]())
    assert first is not None
    assert second is not None
    assert first.split(" ")[0] == second.split(" ")[0].strip("'")


def test_signing_again_alone_changes_no_verdict():
    assert refusals(resigned()) == (None, None)


@pytest.mark.requirement("SC-REC-06")
def test_another_verifier_in_the_bundle_is_said_to_be_another():
    files = signed_again({**BUNDLE, "verify.py": b"print('The record holds.')\n"})
    for statements in (verified(files).not_proven, checked(files)["not_proven"]):
        assert any("verify.py in the bundle is honest" in words for words in statements)


@pytest.mark.requirement("SC-REC-06")
def test_a_bundle_carries_exactly_the_file_that_is_shipped():
    assert BUNDLE["verify.py"] == verifier_source() == SCRIPT.read_bytes()


def test_the_agreement_needs_every_signature_and_sound_keys():
    files = signed_files(make_agreement())
    one = b"".join(line for line in files.signatures.splitlines(keepends=True) if b" south " not in line)
    assert None not in refusals(signed_again({**BUNDLE, "agreements/0001.sig": one}))


@pytest.mark.requirement("SC-REC-07")
def test_an_agreement_that_names_a_key_for_which_anyone_can_sign_is_refused_even_when_all_have_signed_it():
    good = signed_files(AGREEMENT)
    key = base64.b64encode(AGREEMENT.party("south").keys.witness)
    beyond = [(y + P).to_bytes(32, "little") for y in range(2, 19)]
    for weak in [*WEAK_KEYS, *beyond]:
        data = good.agreement.replace(key, base64.b64encode(weak))
        text = f"steerclear agreement\ntwo-skies 1\nsha256 {sha256(data).hexdigest()}\n"
        signers = [Ed25519Signer(party, private_key(party, "root")) for party in ("north", "south")]
        signatures = encode_note(sign_note(text, signers, 0))
        files = signed_again({**BUNDLE, "agreements/0001.toml": data, "agreements/0001.sig": signatures})
        assert refusals(files) == ("agreements/", "agreements/0001.toml")


def test_an_agreement_with_more_parties_than_the_format_has_is_refused():
    item = "[[parties]]\nid = 'p{}'\n[[parties.desks]]\nid = 'd'\nfunctions = ['f']\n"
    data = "[agreement]\nid = 'a'\nversion = 1\n" + "".join(map(item.format, range(17)))
    with pytest.raises(verify.Refused, match="more than 16 parties"):
        verify.read_version(data.encode(), b"", "agreements/0001.toml")


GOOD_NOTE = BUNDLE[MANIFEST]
NOTES = {
    "as it is": GOOD_NOTE,
    "a second line by another key": GOOD_NOTE
    + GOOD_NOTE.splitlines(keepends=True)[-1].replace(b"north-to", b"other-to"),
    "a space in the name": GOOD_NOTE.replace(b"steerclear/", b"steer clear/"),
    "a space that does not look like one": GOOD_NOTE.replace(b"\xe2\x80\x94 steer", b"\xe2\x80\x94 steer\xc2\xa0"),
    "a plus sign": GOOD_NOTE.replace(b"\xe2\x80\x94 steer", b"\xe2\x80\x94 steer+"),
    "a hyphen for the dash": GOOD_NOTE.replace(b"\xe2\x80\x94", b"-"),
    "a tab": GOOD_NOTE.replace(b"agreement ", b"agreement\t"),
    "carriage returns": GOOD_NOTE.replace(b"\n", b"\r\n"),
    "no last newline": GOOD_NOTE[:-1],
    "an empty line more": GOOD_NOTE + b"\n",
    "no padding": GOOD_NOTE.rstrip(b"=\n") + b"\n",
    "a short signature": GOOD_NOTE[: GOOD_NOTE.rindex(b" ") + 1] + b"AAAA\n",
    "too many signatures": GOOD_NOTE + GOOD_NOTE.splitlines(keepends=True)[-1] * 64,
    "too long": b"x" * 65_536 + GOOD_NOTE,
}


@pytest.mark.requirement("SC-REC-04")
@pytest.mark.parametrize("name", NOTES)
def test_both_readers_agree_on_what_is_a_signed_note(name):
    try:
        first = parse_note(NOTES[name])
    except MalformedInputError:
        with pytest.raises(verify.Refused):
            verify.read_note(NOTES[name], "")
        assert name not in ("as it is", "a second line by another key")
        return
    second = verify.read_note(NOTES[name], "")
    assert second.text == first.text
    assert second.signatures == [(sig.name, sig.key_id, sig.payload) for sig in first.signatures]


# --- What an entry may hold


def both_read(payload: bytes) -> bool:
    """Whether a payload, signed by its sender, is an entry; both readers must agree."""
    try:
        decode_entry(payload)
        first = True
    except LineFaultError:
        first = False
    key = private_key("reader")
    public = key.public_key().public_bytes_raw()
    try:
        verify.read_entry(seal(payload, key, key_id(public)), public)
        second = True
    except ValueError:
        second = False
    assert first is second, payload
    return first


@pytest.mark.requirement("SC-REC-04")
@pytest.mark.parametrize("name", HOSTILE_ENTRY)
def test_both_readers_refuse_a_hostile_payload(name):
    found, replacement = HOSTILE_ENTRY[name]
    assert not both_read(PAYLOAD.replace(found, replacement, 1))


@pytest.mark.requirement("SC-REC-04")
@pytest.mark.parametrize("name", ENVELOPES)
def test_the_second_reader_refuses_a_hostile_envelope(name):
    key = private_key("north", "signing").public_key().public_bytes_raw()
    with pytest.raises(ValueError, match="envelope"):
        verify.read_entry(ENVELOPES[name](NOTICE.data), key)


JSON_PARTS = [b"null", b"true", b"1.0", b"-0", b"1e2", b"{}", b"[]", b'""', b'"x"', b"1e999", b"1e15", b"1.1e15", b"0"]
JSON_PARTS += [
    b"true",
    b"-1",
    b"90",
    b"91",
    b"500001",
    b'["x"]',
    b"[{}]",
    b'"' + b"x" * 65 + b'"',
    b'"' + b"x" * 201 + b'"',
]
JSON_PARTS += [
    b'"checking"',
    b'"circle"',
    b'"' + b"0f" * 32 + b'"',
    b"253402300800",
    b'{"type":"circle"}',
    b"1800000000.0",
    b'"zone"',
    b'{"type":"zone","state":"active","basis":"agreed","sought":"agreed"}',
    b'"' + base64.b64encode(bytes(32)) + b'"',
]


def both_understand(said: bytes) -> bool:
    """Whether a content that its entry commits to is a message; both readers must agree."""
    content = SALT + said
    commitment = sha256(content).digest()
    try:
        decode_content(content, commitment)
        first = True
    except LineFaultError:
        first = False
    try:
        verify.read_content(content_line(content)[:-1], base64.b64encode(commitment).decode())
        second = True
    except ValueError:
        second = False
    assert first is second, said
    return first


@pytest.mark.requirement("SC-REC-04")
@pytest.mark.parametrize("name", HOSTILE_MESSAGE)
def test_both_readers_refuse_a_hostile_message(name):
    found, replacement = HOSTILE_MESSAGE[name]
    assert found in SAID
    assert not both_understand(SAID.replace(found, replacement, 1))


def with_part(plain: dict, data) -> bytes:
    """The JSON of an object with another value somewhere in it."""
    holders = [plain]
    for holder in holders:
        for value in holder.values():
            inner = value if isinstance(value, list) else [value]
            holders.extend(item for item in inner if isinstance(item, dict))
    holder = data.draw(st.sampled_from([holder for holder in holders if holder]))
    field = data.draw(st.sampled_from(sorted(holder)))
    holder[field] = "<here>"
    part = data.draw(st.sampled_from(JSON_PARTS))
    return json.dumps(plain).encode().replace(b'"<here>"', part)


@pytest.mark.requirement("SC-REC-04")
@settings(max_examples=1_500, deadline=None)
@given(st.data())
def test_both_readers_agree_on_every_value_of_every_field(data):
    message = data.draw(st.sampled_from([None, *MESSAGES]))
    if message is None:
        both_read(with_part(json.loads(PAYLOAD), data))
    else:
        both_understand(with_part(json.loads(msgspec.json.encode(message)), data))


@pytest.mark.requirement("SC-REC-04")
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_both_readers_understand_every_kind_of_message(message):
    assert both_understand(msgspec.json.encode(message))


@pytest.mark.requirement("SC-PLN-03")
def test_a_notice_without_an_item_is_spelled_as_before_there_were_items():
    [notice] = [one for one in every_kind.asked() if isinstance(one, Notice)]
    said = msgspec.json.encode(notice)
    assert b'"item"' not in said
    assert both_understand(said)
    assert not both_understand(said[:-1] + b',"item":null}')


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(PAYLOAD) - 1), st.binary(max_size=3))
def test_both_readers_agree_on_damaged_payloads(place, patch):
    both_read(PAYLOAD[:place] + patch + PAYLOAD[place + len(patch) :])
    both_understand(SAID[: place % len(SAID)] + patch + SAID[place % len(SAID) + len(patch) :])


@pytest.mark.requirement("SC-REC-05")
def test_both_verifiers_name_the_limit_of_a_log_that_is_too_long(monkeypatch):
    files = every_message()
    monkeypatch.setattr(record_log, "MAX_ENTRIES", 3)
    with pytest.raises(RecordError, match="at most 3 entries"):
        verified(files)
    monkeypatch.setattr(verify, "MAX_ENTRIES", 3)
    with pytest.raises(verify.Refused, match="at most 3 entries"):
        checked(files)


def test_the_second_verifier_knows_every_kind_of_message_and_every_field():
    """Whoever adds a kind or a field is reminded here that the format has a second reader."""
    kinds = {str(kind.__struct_config__.tag): kind for kind in Message.__args__}
    assert set(verify.WORDS["message"]) == kinds.keys()
    words = {
        "alert_kind": AlertKind,
        "change": AlertChange,
        "urgency": Urgency,
        "step": NoticeChange,
        "subject_of_notice": NoticeSubject,
        "disclosure": Disclosure,
        "datum": AltitudeDatum,
        "asks": RequestKind,
        "form": ConsultationForm,
        "condition": LineCondition,
        "cause": Cause,
        "agreement_step": AgreementStep,
        "means": LateMeans,
        "verdict": Verdict,
        "intent_state": IntentState,
        "zone_state": ConstraintState,
        "basis": ConstraintBasis,
        "purpose": FlightPurpose,
        "aircraft": AircraftKind,
        "incident_cause": IncidentCause,
        "review": ReviewItemKind,
        "measure": MeasureState,
    }
    for name, enum in words.items():
        assert set(verify.WORDS[name]) == set(enum), name
    details = {str(kind.__struct_config__.tag): kind for kind in ItemDetails.__args__}
    assert set(verify.WORDS["details"]) == details.keys()
    tagged = {**kinds, **details, "circle": CircleArea, "polygon": PolygonArea}
    others = {
        "entry": Entry,
        "alert": AlertEvent,
        "subject": AlertSubject,
        "identity": Identity,
        "numbers": AlertNumbers,
        "phrase": Phrase,
        "position": Position,
        "volume": Volume4D,
        "attachment": Attachment,
        "item": NoticeItem,
        "opening": Opening,
        "window": IncidentWindow,
        "point": TrackPoint,
    }
    assert verify.FIELDS.keys() == {*tagged, *others}
    for name, struct in {**tagged, **others}.items():
        fields = set(struct.__struct_encode_fields__) | ({"type"} if name in tagged else set())
        assert verify.FIELDS[name].keys() == fields, name
    assert {kinds[name]: set(steps) for name, steps in verify.STEPS.items()} == STEPS
    assert {kinds[name]: tuple(verdicts) for name, verdicts in verify.VERDICTS.items()} == VERDICTS
    assert {name: tuple(verdicts) for name, verdicts in verify.REVIEW_VERDICTS.items()} == REVIEW_VERDICTS


# --- Ed25519

VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        b"",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        b"\x72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        b"\xaf\x82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        sha512(b"abc").digest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]
"""RFC 8032 section 7.1: tests 1, 2, 3 and SHA(abc): key, message, signature."""

P = 2**255 - 19
ORDER_8_Y = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
WEAK_KEYS = [
    (y | sign << 255).to_bytes(32, "little")
    for y in (0, 1, P - 1, P, P + 1, ORDER_8_Y, P - ORDER_8_Y)
    for sign in (0, 1)
]
"""Every spelling of the eight points of small order."""


def library_holds(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def both_hold(key: bytes, signature: bytes, message: bytes) -> bool:
    verdict = verify.ed25519_holds(key, signature, message)
    assert verdict is library_holds(key, signature, message)
    return verdict


@pytest.mark.requirement("SC-REC-07")
@pytest.mark.parametrize("vector", VECTORS)
def test_the_published_vectors_hold(vector):
    key, message, signature = bytes.fromhex(vector[0]), vector[1], bytes.fromhex(vector[2])
    assert both_hold(key, signature, message)
    assert not both_hold(key, signature, message + b"x")
    beyond = int.from_bytes(signature[32:], "little") + verify.L
    assert not both_hold(key, signature[:32] + beyond.to_bytes(32, "little"), message)
    assert not verify.ed25519_holds(key, signature[:-1], message)
    assert not verify.ed25519_holds(key, b"", message)


@pytest.mark.requirement("SC-REC-07")
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["a", "b"]), st.binary(max_size=200), st.integers(0, 511), st.booleans())
def test_a_signature_and_one_with_another_bit_are_judged_as_the_library_does(name, message, bit, in_signature):
    private = private_key(name)
    key, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert both_hold(key, signature, message)
    if in_signature:
        flipped = int.from_bytes(signature, "little") ^ 1 << bit
        assert not both_hold(key, flipped.to_bytes(64, "little"), message)
    else:
        flipped = int.from_bytes(key, "little") ^ 1 << bit % 256
        assert not both_hold(flipped.to_bytes(32, "little"), signature, message)


@pytest.mark.requirement("SC-REC-07")
def test_points_of_small_order_are_judged_as_the_library_does_and_are_refused_as_keys():
    assert len(WEAK_KEYS) == len(set(WEAK_KEYS)) == 14
    accepted = 0
    for key in WEAK_KEYS:
        for r in WEAK_KEYS:
            for message in (b"0", b"1", b"2"):
                accepted += both_hold(key, r + bytes(32), message)
        assert verify.is_weak_key(key)
    # The library lets such a key "sign" what nobody signed: that is why no agreement may name one.
    assert accepted > 0
    sound = private_key("a").public_key().public_bytes_raw()
    assert not verify.is_weak_key(sound)
    second_spelling = next(y for y in range(2, 19) if verify.decode_point(y.to_bytes(32, "little")) is not None)
    assert verify.is_weak_key((second_spelling + P).to_bytes(32, "little"))
    assert not verify.is_weak_key(second_spelling.to_bytes(32, "little"))


# --- The command


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The file as a stranger runs it: no installed package, no environment."""
    command = [sys.executable, "-I", "-S", "-W", "error", str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.requirement("SC-REC-05")
def test_it_runs_on_nothing_but_python(tmp_path):
    ran = run(packed_to(tmp_path / "record.zip", BUNDLE))
    assert ran.returncode == 0
    assert ran.stdout.startswith("The record holds. Exported by north, 2027-01-15 08:01:40 UTC.")
    for statement in checked(BUNDLE)["not_proven"]:
        assert f"  - {statement}\n" in ran.stdout
    modules = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text())):
        if isinstance(node, ast.ImportFrom):
            modules.add(node.module)
        elif isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
    assert {str(name).split(".")[0] for name in modules} <= sys.stdlib_module_names


def test_it_reads_a_folder_and_says_it_in_json(tmp_path):
    for name, data in BUNDLE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    ran = run(tmp_path, "--json")
    assert ran.returncode == 0
    assert json.loads(ran.stdout) == json.loads(json.dumps(checked(BUNDLE)))


@pytest.mark.requirement("SC-REC-05")
def test_it_says_where_a_record_was_changed(tmp_path):
    changed = BUNDLE[ENTRIES].replace(b'"sig":"A', b'"sig":"B').replace(b'"sig":"', b'"sig":"A', 1)
    path = packed_to(tmp_path / "record.zip", {**BUNDLE, ENTRIES: changed})
    ran = run(path, "--json")
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["where"] == f"{ENTRIES} line 1 (entry 0)"
    assert f"The record does NOT hold: {ENTRIES} line 1 (entry 0): " in ran.stderr


@pytest.mark.parametrize("arguments", [(), ("missing.zip",), ("one", "two"), ("--help",), ("--what", ".")])
def test_wrong_usage_is_told_apart(arguments, tmp_path):
    ran = run(*arguments)
    assert ran.returncode == 2
    assert ran.stderr.startswith("usage: ")


def test_what_is_no_bundle_is_refused(tmp_path):
    (tmp_path / "nothing.zip").write_bytes(b"")
    packed_to(tmp_path / "many.zip", {str(number): b"" for number in range(6_100)})
    for name in ("nothing.zip", "many.zip"):
        with pytest.raises(verify.Refused):
            verify.open_bundle(tmp_path / name)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_both_read_the_same_from_a_damaged_zip_file(tmp_path_factory, place, flip):
    path = packed_to(tmp_path_factory.mktemp("zip") / "record.zip", BUNDLE)
    damaged = bytearray(path.read_bytes())
    damaged[place % len(damaged)] ^= flip
    path.write_bytes(damaged)
    outcomes = []
    for read, refused in ((read_bundle, RecordError), (verify.open_bundle, verify.Refused)):
        try:
            bundle = read(path)
            outcomes.append({name: bundle.small(name) for name in bundle.names})
        except refused:
            outcomes.append(None)
    assert outcomes[0] == outcomes[1]


@pytest.mark.requirement("SC-REC-05")
def test_both_readers_know_the_figures_of_a_source_out_of_alignment_and_may_miss_them():
    """They came into the format later and are left out of every other alert; null is no way to leave them out."""
    alert = msgspec.structs.replace(
        make_alert(),
        kind=AlertKind.FEED_MISALIGNED,
        numbers=AlertNumbers(rotation_deg=105.0, displaced_m=10.0, late_s=-0.5, altitude_off_m=3.0, aircraft=14),
    )
    (notice,) = [one for one in every_kind.asked() if isinstance(one, every_kind.AlertNotice)]
    said = msgspec.json.encode(msgspec.structs.replace(notice, alert=alert))
    assert both_understand(said)
    plain = msgspec.json.encode(notice)
    assert b"rotation_deg" not in plain
    assert both_understand(plain)
    for wrong in (b'"rotation_deg":null', b'"rotation_deg":"105"', b'"rotation_deg":true', b'"rotation_deg":1e999'):
        assert not both_understand(said.replace(b'"rotation_deg":105.0', wrong))
    for wrong in (b'"aircraft":14.5', b'"aircraft":14.0', b'"aircraft":null', b'"aircraft":"14"'):
        assert not both_understand(said.replace(b'"aircraft":14', wrong))
