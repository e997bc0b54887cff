"""What a peer may not do: forge, replay, cross links, rewrite, roll back, claim what never was."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from steerclear.dialogue.batch import Batch, decode_batch, encode_batch
from steerclear.dialogue.entry import Entry, encode_content
from steerclear.dialogue.envelope import seal
from steerclear.dialogue.faults import FAULT_RULES, FaultCode, FaultRule, LineFaultError
from steerclear.dialogue.limits import MAX_BATCH_ENTRIES, MAX_BODY_BYTES, MAX_CLOCK_SKEW_S
from steerclear.dialogue.outgoing import read_receipt
from steerclear.tlog import Checkpoint, Fault, cosign_checkpoint, leaf_hash, open_checkpoint, sign_checkpoint
from tests.dialogue.two_ends import End, root_of
from tests.services.parties import START_S, make_agreement, private_key


@pytest.fixture
def ends():
    north, south = End("north", "south"), End("south", "north")
    for _ in range(3):
        north.say()
    south.take(north.batch(0))
    north.say()
    return north, south


def refused(south: End, batch: Batch, **options) -> LineFaultError:
    before = south.incoming
    with pytest.raises(LineFaultError) as caught:
        south.take(batch, **options)
    assert south.incoming is before
    assert len(south.mirror) == before.frontier.size
    return caught.value


def resealed(north: End, change, position=3, signer=None) -> Batch:
    """The last entry changed by `change` and signed again, under a checkpoint that fits."""
    data, content = north.sent[position], north.contents[position]
    payload = msgspec.json.decode(data)["payload"]
    entry = change(msgspec.json.decode(msgspec.json.decode(f'"{payload}"'.encode(), type=bytes), type=Entry))
    if isinstance(entry, tuple):
        entry, content = entry
    forged = seal(msgspec.json.encode(entry), signer or north.signing, north.keyid)
    entries = [*north.sent[:position], forged]
    checkpoint = Checkpoint(north.terms.outgoing.origin, len(entries), root_of(entries))
    note = sign_checkpoint(checkpoint, [north.log_signer], int(START_S))
    return Batch(checkpoint.origin, position, note, (forged,), (content,))


def change(**fields):
    return lambda entry: msgspec.structs.replace(entry, **fields)


def saying(message):
    content = encode_content(message, b"s" * 32)
    return lambda entry: (msgspec.structs.replace(entry, commitment=sha256(content).digest()), content)


CHANGES = {
    "sequence": (change(sequence=2), FaultCode.WRONG_SEQUENCE),
    "later sequence": (change(sequence=4), FaultCode.WRONG_SEQUENCE),
    "previous": (change(previous=b"\0" * 32), FaultCode.BROKEN_CHAIN),
    "short previous": (change(previous=b"\0" * 31), FaultCode.MALFORMED),
    "origin": (change(origin="steerclear/two-skies/south-to-north"), FaultCode.WRONG_LINK),
    "other agreement": (change(origin="steerclear/other/north-to-south"), FaultCode.WRONG_LINK),
    "another agreement's bytes": (change(agreement_sha256=b"\2" * 32), FaultCode.WRONG_AGREEMENT),
    "another content": (change(commitment=b"\3" * 32), FaultCode.WRONG_CONTENT),
    "future": (change(issued_s=START_S + MAX_CLOCK_SKEW_S + 0.1), FaultCode.CLOCK_AHEAD),
    "before time": (change(issued_s=-1.0), FaultCode.MALFORMED),
    "seen too much": (change(peer_size=1), FaultCode.FALSE_VIEW),
    "seen another": (change(peer_root=b"\1" * 32), FaultCode.FALSE_VIEW),
    "message id": (saying(End.line_check("north:south:2")), FaultCode.MALFORMED),
    "someone else's id": (saying(End.line_check("south:north:3")), FaultCode.MALFORMED),
}


@pytest.mark.requirement("SC-LINE-03")
@pytest.mark.parametrize("name", CHANGES)
def test_an_entry_that_lies_about_itself_is_refused_though_it_is_signed(ends, name):
    north, south = ends
    make, code = CHANGES[name]
    fault = refused(south, resealed(north, make))
    assert (fault.code, fault.whose) == (code, Fault.PEER)


def test_an_unchanged_entry_signed_again_is_taken(ends):
    north, south = ends
    assert len(south.take(resealed(north, lambda entry: entry)).entries) == 1


@pytest.mark.requirement("SC-LINE-03")
def test_a_forged_signature_is_refused(ends):
    north, south = ends
    assert refused(south, resealed(north, change(), signer=private_key("mallory"))).code is FaultCode.BAD_SIGNATURE
    stranger = End("north", "south")
    stranger.log_signer.__init__(north.terms.outgoing.origin, private_key("mallory"))
    stranger.sent, stranger.contents = north.sent, north.contents
    assert refused(south, stranger.batch(3)).code is FaultCode.BAD_SIGNATURE


@pytest.mark.requirement("SC-LINE-03")
def test_entries_of_another_link_are_refused():
    agreement = make_agreement(("north", "south", "east"))
    to_east, south = End("north", "east", agreement), End("south", "north", agreement)
    to_east.say()
    assert refused(south, to_east.batch(0)).code is FaultCode.WRONG_LINK
    # The same entries under the right name still bear the other link's signature and origin.
    batch = to_east.batch(0)
    moved = Batch(south.terms.incoming.origin, 0, batch.checkpoint, batch.entries, batch.contents)
    assert refused(south, moved).code is FaultCode.BAD_SIGNATURE
    north = End("north", "south", agreement)
    north.sent, north.contents = to_east.sent, to_east.contents
    assert refused(south, north.batch(0)).code is FaultCode.WRONG_LINK


def test_our_own_words_sent_back_to_us_are_refused(ends):
    _, south = ends
    south.say()
    batch = south.batch(0)
    assert refused(south, batch).code is FaultCode.WRONG_LINK
    echoed = Batch(south.terms.incoming.origin, 0, batch.checkpoint, batch.entries, batch.contents)
    assert refused(south, echoed).code is FaultCode.BAD_SIGNATURE


def test_a_gap_is_refused_and_cured_by_sending_from_what_is_held(ends):
    north, south = ends
    north.say()
    fault = refused(south, north.batch(4))
    assert fault.code is FaultCode.GAP
    assert fault.rule is FaultRule.RETRY
    assert len(south.take(north.batch(3)).entries) == 2


@pytest.mark.requirement("SC-LINE-04")
def test_a_second_history_is_refused_with_both_checkpoints(ends):
    _, south = ends
    other = End("north", "south")
    for _ in range(3):
        other.say(End.notice)
    fault = refused(south, other.batch(0))
    assert fault.code is FaultCode.FORK
    for note in (fault.held_note, fault.offered_note):
        opened = open_checkpoint(note, south.terms.incoming.origin, south.terms.incoming.log_verifier)
        assert opened.checkpoint.size == 3
    other.say()
    assert refused(south, other.batch(3)).code is FaultCode.BROKEN_CHAIN
    assert refused(south, other.batch(0)).code is FaultCode.BROKEN_CHAIN
    shorter = End("north", "south")
    shorter.say(End.notice)
    assert refused(south, shorter.batch(0)).code is FaultCode.FORK


def test_a_checkpoint_over_other_entries_is_refused(ends):
    north, south = ends
    wrong = Checkpoint(north.terms.outgoing.origin, 4, b"\7" * 32)
    note = sign_checkpoint(wrong, [north.log_signer], 0)
    batch = north.batch(3)
    for changes, code in (
        ({"checkpoint": note}, FaultCode.WRONG_ROOT),
        ({"first": 2}, FaultCode.MALFORMED),
        ({"checkpoint": b"nonsense"}, FaultCode.MALFORMED),
        ({"contents": ()}, FaultCode.MALFORMED),
    ):
        assert refused(south, msgspec.structs.replace(batch, **changes)).code is code


def test_the_view_of_our_log_may_only_grow(ends):
    north, south = ends
    south.say()
    south.say()
    north.take(south.batch(0))
    north.say()
    south.take(north.batch(3))
    north.mirror = north.mirror[:1]
    north.say()
    assert refused(south, north.batch(5)).code is FaultCode.FALSE_VIEW


RECEIPTS = {
    "not cosigned": FaultCode.NOT_COSIGNED,
    "cosigned by another": FaultCode.NOT_COSIGNED,
    "of another log": FaultCode.BAD_SIGNATURE,
    "nonsense": FaultCode.MALFORMED,
    "from the future": FaultCode.CLOCK_AHEAD,
    "of more than we have": FaultCode.ROLLBACK,
    "of another history of ours": FaultCode.FORK,
}


@pytest.mark.requirement("SC-LINE-05")
@pytest.mark.parametrize("name", RECEIPTS)
def test_what_is_no_receipt_is_refused(ends, name):
    north, south = ends
    log = north.terms.outgoing
    own = north.batch(3).checkpoint
    opened = open_checkpoint(own, log.origin, log.log_verifier)
    south.say()
    south_note = north.take(south.batch(0)).state.note
    other = End("north", "south")
    for _ in range(4):
        other.say(End.notice)
    other_note = other.batch(0).checkpoint
    notes = {
        "not cosigned": own,
        "cosigned by another": cosign_checkpoint(opened, north.cosigner, int(START_S)),
        "of another log": south_note,
        "nonsense": b"\xff\n\n",
        "from the future": cosign_checkpoint(opened, south.cosigner, int(START_S + MAX_CLOCK_SKEW_S) + 1),
        "of more than we have": south.take(north.batch(3)).state.note,
        "of another history of ours": cosign_checkpoint(
            open_checkpoint(other_note, log.origin, log.log_verifier), south.cosigner, int(START_S)
        ),
    }
    own_size = 3 if name == "of more than we have" else 4
    with pytest.raises(LineFaultError) as caught:
        read_receipt(log.ring, log.receiver_ring, notes[name], own_size, north.own_root_at, lambda _: 0, START_S)
    assert caught.value.code is RECEIPTS[name]
    ours = caught.value.code in (FaultCode.ROLLBACK, FaultCode.FORK)
    assert caught.value.whose is (Fault.OURS if ours else Fault.PEER)


def test_every_fault_has_a_rule():
    assert set(FAULT_RULES) == set(FaultCode)


def test_a_message_that_the_peer_would_refuse_is_not_written(ends):
    north, _ = ends
    before = north.outgoing
    long_remark = north.acknowledgement("south:north:0", function="x" * 65)
    with pytest.raises(LineFaultError) as caught:
        north.say(long_remark)
    assert (caught.value.code, caught.value.whose) == (FaultCode.MALFORMED, Fault.OURS)
    assert north.outgoing is before


def test_limits_of_a_post():
    full = Batch("o", 0, b"", (b"x",) * MAX_BATCH_ENTRIES, (b"y",) * MAX_BATCH_ENTRIES)
    assert decode_batch(encode_batch(full)) == full
    with pytest.raises(LineFaultError):
        encode_batch(Batch("o", 0, b"", (b"x",) * (MAX_BATCH_ENTRIES + 1), ()))
    with pytest.raises(LineFaultError):
        decode_batch(msgspec.msgpack.encode(("o", 0, b"", [b"x"] * (MAX_BATCH_ENTRIES + 1), [])))
    with pytest.raises(LineFaultError):
        decode_batch(b"\0" * (MAX_BODY_BYTES + 1))
    with pytest.raises(LineFaultError):
        decode_batch(msgspec.msgpack.encode(("o", -1, b"", [], [])))


def test_the_first_entry_names_its_log():
    north, east = End("north", "south"), End("east", "north", make_agreement(("north", "south", "east")))
    north.say()
    east.say()
    assert north.outgoing.last_leaf == leaf_hash(north.sent[0])
    payloads = [msgspec.json.decode(end.sent[0], type=dict)["payload"] for end in (north, east)]
    assert payloads[0][:200] != payloads[1][:200]
