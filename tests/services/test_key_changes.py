"""Keys change and are revoked on a live line: what was said stays, what the old key says afterwards does not count."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.dialogue.batch import Batch, encode_batch
from steerclear.dialogue.entry import Entry, encode_content, encode_entry
from steerclear.dialogue.envelope import key_id, seal
from steerclear.dialogue.faults import FaultCode, LineFaultError
from steerclear.dialogue.key_statement import KeyStatement, NewKey, Revocation, sign_key_statement
from steerclear.dialogue.limits import MAX_BATCH_ENTRIES
from steerclear.dialogue.link_state import LinkState
from steerclear.model.keys import KeyRole
from steerclear.model.messages import KeyChange, LineCheck
from steerclear.services.exchange import Draft
from steerclear.services.faults import KeysError
from steerclear.services.line_end import LineKeys
from steerclear.services.line_events import FAULT, KEYS, decoded
from steerclear.tlog import (
    Checkpoint,
    Ed25519Cosigner,
    Ed25519Signer,
    cosign_checkpoint,
    extend,
    leaf_hash,
    sign_checkpoint,
)
from tests.services.parties import START_S, Node, deliver, line_keys, make_agreement, make_alert, private_key, settle

OUT, BACK = "steerclear/two-skies/north-to-south", "steerclear/two-skies/south-to-north"
SEED = MLDSA44PrivateKey.from_seed_bytes(sha256(b"north's second witness").digest())


def public(*names: str) -> bytes:
    return private_key(*names).public_key().public_bytes_raw()


def keys_of(party: str, signing=0, witness=0, ml_dsa=None, former=None) -> LineKeys:
    """A party's keys after so many changes of each."""
    held = line_keys(party)
    return LineKeys(
        private_key(party, "signing", str(signing)) if signing else held.signing,
        private_key(party, "witness", str(witness)) if witness else held.witness,
        ml_dsa,
        former,
    )


def statement(party: str, number: int, signing=0, witness=0, ml_dsa=None, revoked=(), agreement="two-skies") -> bytes:
    new = [
        NewKey(role, public(party, role, str(count)))
        for role, count in ((KeyRole.SIGNING, signing), (KeyRole.WITNESS, witness))
        if count
    ]
    if ml_dsa is not None:
        new.append(NewKey(KeyRole.WITNESS_ML_DSA, ml_dsa.public_key().public_bytes_raw()))
    said = KeyStatement(agreement_id=agreement, party_id=party, number=number, new=tuple(new), revoked=tuple(revoked))
    return sign_key_statement(said, Ed25519Signer(party, private_key(party, "root")))


def revoking(party: str, role: KeyRole, last: int, log=OUT, count=0) -> Revocation:
    return Revocation(role, key_id(public(party, role, *([str(count)] if count else []))), log, last)


@pytest.fixture
def nodes():
    made = Node("north"), Node("south")
    yield made
    for node in made:
        node.close()


def say(node: Node, *numbers: int) -> None:
    for number in numbers:
        node.announce(make_alert(number))


def journaled(node: Node, kind: str) -> list:
    return [decoded(row.kind, row.payload) for row in node.store.journal(0, 1_000) if row.kind == kind]


def faults(node: Node) -> list[FaultCode]:
    return [fault.code for fault in journaled(node, FAULT)]


def size(node: Node, log=OUT) -> int:
    return node.store.log_state(log).size


def forged(north: Node, signing, message=None, checkpoint_by=None) -> bytes:
    """A post that continues north's log under any keys, as one who has stolen them would write it."""
    line = north.exchange.line("south")
    place = size(north)
    salted = encode_content(
        (message or (lambda name: LineCheck(message_id=name, answer_by_s=START_S + 30)))(f"north:south:{place}"),
        b"s" * 32,
    )
    entry = Entry(
        origin=OUT,
        sequence=place,
        previous=line.outgoing.last_leaf,
        issued_s=START_S,
        agreement_sha256=north.exchange.versions.newest.sha256,
        peer_size=line.incoming.frontier.size,
        peer_root=line.incoming.frontier.root(),
        commitment=sha256(salted).digest(),
    )
    data = seal(encode_entry(entry), signing, key_id(signing.public_key().public_bytes_raw()))
    frontier, _ = extend(line.outgoing.frontier, [leaf_hash(data)])
    checkpoint = Checkpoint(OUT, frontier.size, frontier.root())
    note = sign_checkpoint(checkpoint, [Ed25519Signer(OUT, checkpoint_by or signing)], int(START_S))
    return encode_batch(Batch(OUT, place, note, (data,), (salted,)))


def refused(south: Node, body: bytes) -> LineFaultError:
    before = size(south)
    with pytest.raises(LineFaultError) as caught:
        south.exchange.receive("north", body)
    assert size(south) == before
    return caught.value


@pytest.mark.requirement("SC-KEY-02")
def test_a_signing_key_changes_while_the_line_goes_on(nodes):
    north, south = nodes
    say(north, 1, 2)
    settle(north, south)
    say(north, 3)
    north = north.restarted(keys=keys_of("north", signing=1), statements=[statement("north", 1, signing=1)])
    say(north, 4)
    say(south, 5)
    settle(north, south)
    assert north.exchange.line("south").received_size == size(north) == size(south) == 5
    assert size(south, BACK) == size(north, BACK) == 1
    assert faults(north) == faults(south) == []
    for node, outgoing in ((north, True), (south, False)):
        [changed] = journaled(node, KEYS)
        assert (changed.outgoing, changed.sequence, changed.number) == (outgoing, 3, 1)
        assert changed.signing == key_id(public("north", "signing", "1"))
        assert changed.revoked == ()


@pytest.mark.requirement("SC-KEY-02")
def test_a_key_change_is_written_once_however_often_the_node_starts(nodes):
    north, south = nodes
    said = {"keys": keys_of("north", signing=1), "statements": [statement("north", 1, signing=1)]}
    north = north.restarted(**said).restarted(**said)
    settle(north, south)
    north = north.restarted(**said)
    assert size(north) == size(south) == 1
    settle(north, south)
    assert south.restarted().exchange.line("north").incoming.ring.number == 1


@pytest.mark.requirement("SC-KEY-02")
def test_a_node_starts_only_with_the_keys_that_count(nodes):
    north, _ = nodes
    change = statement("north", 1, signing=1)
    for wrong in (
        {"keys": keys_of("north", signing=1)},
        {"keys": keys_of("north", signing=1), "statements": [statement("north", 1, witness=1)]},
        {"keys": keys_of("north", signing=1), "statements": [statement("south", 1, signing=1)]},
        {"keys": keys_of("north", signing=1), "statements": [statement("north", 1, signing=1, agreement="other")]},
        {"keys": keys_of("north", witness=1), "statements": [change]},
        {"statements": [change]},
    ):
        with pytest.raises(KeysError):
            north.restarted(**wrong)
        assert size(north) == 0, "a node that does not start writes nothing"
    north.restarted(keys=keys_of("north", signing=1), statements=[change])
    with pytest.raises(KeysError, match="not the one that agreement"):
        north.restarted()


@pytest.mark.requirement("SC-KEY-03")
def test_what_the_old_key_signs_after_its_replacement_is_refused(nodes):
    north, south = nodes
    say(north, 1)
    settle(north, south)
    old, new = private_key("north", "signing"), private_key("north", "signing", "1")
    north = north.restarted(keys=keys_of("north", signing=1), statements=[statement("north", 1, signing=1)])
    settle(north, south)
    for body in (forged(north, old), forged(north, old, checkpoint_by=new), forged(north, new, checkpoint_by=old)):
        fault = refused(south, body)
        assert fault.code is FaultCode.BAD_SIGNATURE
        assert key_id(public("north", "signing")) in fault.detail
    south.exchange.receive("north", forged(north, new))
    assert size(south) == 3


@pytest.mark.requirement("SC-KEY-03")
def test_entries_that_stand_already_stay_and_are_named_when_their_key_is_revoked(nodes):
    north, south = nodes
    say(north, 1, 2, 3, 4)
    settle(north, south)
    said = statement("north", 1, signing=1, revoked=[revoking("north", KeyRole.SIGNING, 1)])
    north = north.restarted(keys=keys_of("north", signing=1), statements=[said])
    settle(north, south)
    assert size(south) == 5
    for node in (north, south):
        [changed] = journaled(node, KEYS)
        [revoked] = changed.revoked
        assert (revoked.key_id, revoked.last, revoked.first, revoked.end) == (
            key_id(public("north", "signing")),
            1,
            2,
            4,
        )
    fault = refused(south, forged(north, private_key("north", "signing")))
    assert "revoked as of entry 1" in fault.detail


@pytest.mark.requirement("SC-KEY-03")
def test_a_stolen_key_cannot_put_its_own_key_in_its_place(nodes):
    north, south = nodes
    say(north, 1)
    settle(north, south)
    stolen, mallory = private_key("north", "signing"), private_key("mallory")
    fake = KeyStatement(
        agreement_id="two-skies",
        party_id="north",
        number=1,
        new=(NewKey(KeyRole.SIGNING, mallory.public_key().public_bytes_raw()),),
    )
    for signer in (stolen, mallory):
        note = sign_key_statement(fake, Ed25519Signer("north", signer))
        for key in (stolen, mallory):
            body = forged(north, key, lambda name, note=note: KeyChange(message_id=name, statement=note))
            assert refused(south, body).code is FaultCode.BAD_KEY_CHANGE
    real = statement("north", 1, signing=1)
    for key in (stolen, mallory):
        body = forged(north, key, lambda name: KeyChange(message_id=name, statement=real))
        assert refused(south, body).code is FaultCode.BAD_SIGNATURE, "only the new key brings itself in"


@pytest.mark.requirement("SC-KEY-01")
def test_replayed_and_foreign_statements_are_refused(nodes):
    north, south = nodes
    first = statement("north", 1, signing=1)
    north = north.restarted(keys=keys_of("north", signing=1), statements=[first])
    second = statement("north", 2, signing=2)
    north = north.restarted(keys=keys_of("north", signing=2), statements=[first, second])
    settle(north, south)
    key = private_key("north", "signing", "2")
    for note in (
        first,
        second,
        statement("south", 3, witness=1),
        statement("north", 3, witness=1, agreement="other"),
        b"",
        b"steerclear key change\n",
        statement("north", 3, witness=1)[:-3],
    ):
        body = forged(north, key, lambda name, note=note: KeyChange(message_id=name, statement=note))
        assert refused(south, body).code is FaultCode.BAD_KEY_CHANGE
    assert refused(south, forged(north, private_key("north", "signing", "1"))).code is FaultCode.BAD_SIGNATURE


@pytest.mark.requirement("SC-KEY-04")
def test_a_witness_key_changes_and_receipts_go_on(nodes):
    north, south = nodes
    say(north, 1, 2)
    settle(north, south)
    south = south.restarted(keys=keys_of("south", witness=1), statements=[statement("south", 1, witness=1)])
    say(north, 3)
    # South cosigns with a key of which north does not know yet: no receipt, but nothing a person must look at either.
    with pytest.raises(LineFaultError) as caught:
        north.post_to(south)
    assert caught.value.code is FaultCode.UNKNOWN_KEY
    assert north.exchange.line("south").link is not LinkState.HALTED
    assert north.exchange.line("south").received_size == 2
    assert south.post_to(north)
    assert north.post_to(south), "what south had taken already is cosigned again"
    assert north.exchange.line("south").received_size == 3
    assert not any(north.post_to(south) for _ in range(2))


def cosigned_by(north: Node, witness) -> bytes:
    """A receipt for all of north's log as whoever holds a witness key can make it."""
    line = north.exchange.line("south")
    checkpoint = Checkpoint(OUT, size(north), line.own_root_at(size(north)))
    own = sign_checkpoint(checkpoint, [line.log_signer], int(START_S))
    opened, _ = line.outgoing.ring.open_checkpoint(own)
    name = line.incoming.ring.witness_name
    return cosign_checkpoint(opened, [Ed25519Cosigner(name, witness)], int(START_S))


@pytest.mark.requirement("SC-KEY-04")
def test_a_receipt_may_carry_the_old_witness_key_up_to_the_first_entry_that_knew_of_the_new_one(nodes):
    north, south = nodes
    old = private_key("south", "witness")
    say(north, 1, 2)
    settle(north, south)
    say(north, 3)
    south = south.restarted(keys=keys_of("south", witness=1), statements=[statement("south", 1, witness=1)])
    assert south.post_to(north)
    north.exchange.take_receipt("south", cosigned_by(north, old))
    assert north.exchange.line("south").received_size == 3, "entry 2 was written before north had seen the change"
    say(north, 4)
    with pytest.raises(LineFaultError, match="replaced at entry 0") as caught:
        north.exchange.take_receipt("south", cosigned_by(north, old))
    assert caught.value.code is FaultCode.BAD_SIGNATURE
    north.exchange.take_receipt("south", cosigned_by(north, private_key("south", "witness", "1")))
    assert north.exchange.line("south").received_size == 4


@pytest.mark.requirement("SC-KEY-03")
@pytest.mark.parametrize("last", [-1, 0, 1])
def test_a_receipt_under_a_revoked_witness_key_counts_for_exactly_the_entries_before(nodes, last):
    north, south = nodes
    said = statement("south", 1, witness=1, revoked=[revoking("south", KeyRole.WITNESS, last, OUT)])
    old = private_key("south", "witness")
    for number in range(last + 1):
        say(north, number)
    south = south.restarted(keys=keys_of("south", witness=1), statements=[said])
    if last >= 0:
        before = cosigned_by(north, old)
        say(north, 7)
        after = cosigned_by(north, old)
        assert south.post_to(north)
        north.exchange.take_receipt("south", before)
        assert north.exchange.line("south").received_size == last + 1
    else:
        say(north, 7)
        after = cosigned_by(north, old)
        assert south.post_to(north)
    with pytest.raises(LineFaultError, match=f"revoked as of entry {last}") as caught:
        north.exchange.take_receipt("south", after)
    assert caught.value.code is FaultCode.BAD_SIGNATURE
    assert north.exchange.line("south").received_size == last + 1


@pytest.mark.requirement("SC-KEY-04")
def test_a_second_witness_key_is_needed_once_it_was_named(nodes):
    north, south = nodes
    say(north, 1)
    settle(north, south)
    said = {"keys": keys_of("south", ml_dsa=SEED), "statements": [statement("south", 1, ml_dsa=SEED)]}
    south = south.restarted(**said)
    settle(south, north)
    say(north, 2)
    with pytest.raises(LineFaultError) as caught:
        north.exchange.take_receipt("south", cosigned_by(north, private_key("south", "witness")))
    assert caught.value.code is FaultCode.BAD_SIGNATURE
    settle(north, south)
    assert north.exchange.line("south").received_size == 2


@pytest.mark.requirement("SC-KEY-02")
def test_both_sides_change_all_their_keys_at_once(nodes):
    north, south = nodes
    say(north, 1)
    say(south, 2)
    settle(north, south)
    say(north, 3)
    say(south, 4)
    changed = []
    for node in (north, south):
        party = node.party
        keys = keys_of(party, signing=1, witness=1)
        changed.append(node.restarted(keys=keys, statements=[statement(party, 1, signing=1, witness=1)]))
    north, south = changed
    for _ in range(4):
        for one, other in ((north, south), (south, north)):
            posted(one, other)
    for one, other in ((north, south), (south, north)):
        assert one.exchange.line(other.party).received_size == 3
        assert one.exchange.line(other.party).link is LinkState.UP


@pytest.mark.requirement("SC-KEY-02")
def test_a_lost_reply_before_or_after_the_change_is_no_obstacle(nodes):
    north, south = nodes
    say(north, 1, 2)
    south.exchange.receive("north", encode_batch(north.exchange.next_post("south").batch))
    stale = encode_batch(north.exchange.next_post("south").batch)
    revoked = [revoking("north", KeyRole.SIGNING, 0)]
    north = north.restarted(
        keys=keys_of("north", signing=1), statements=[statement("north", 1, signing=1, revoked=revoked)]
    )
    south.exchange.receive("north", encode_batch(north.exchange.next_post("south").batch))
    assert size(south) == 3
    south = south.restarted()
    north = north.restarted()
    assert south.exchange.receive("north", stale), "a late repetition is answered, whichever key signed it"
    settle(north, south)
    assert north.exchange.line("south").received_size == 3
    assert faults(north) == faults(south) == []


@pytest.mark.requirement("SC-KEY-04")
def test_a_receipt_whose_key_was_revoked_before_it_arrived_is_given_again_under_the_new_one(nodes):
    north, south = nodes
    say(north, 1)
    south.exchange.receive("north", encode_batch(north.exchange.next_post("south").batch))
    revoked = [revoking("south", KeyRole.WITNESS, -1, OUT)]
    south = south.restarted(
        keys=keys_of("south", witness=1), statements=[statement("south", 1, witness=1, revoked=revoked)]
    )
    assert south.post_to(north)
    assert north.post_to(south)
    assert north.exchange.line("south").received_size == 1


@pytest.mark.requirement("SC-KEY-02")
def test_what_waits_from_before_the_change_goes_under_the_former_key_when_it_fills_a_post(nodes):
    north, south = nodes
    north.exchange.send([_check() for _ in range(MAX_BATCH_ENTRIES + 5)]).stored.result()
    said = [statement("north", 1, signing=1)]
    alone = north.restarted(keys=keys_of("north", signing=1), statements=said)
    assert refused(south, encode_batch(alone.exchange.next_post("south").batch)).code is FaultCode.BAD_SIGNATURE
    keys = keys_of("north", signing=1, former=private_key("north", "signing"))
    north = north.restarted(keys=keys, statements=said)
    settle(north, south)
    assert north.exchange.line("south").received_size == size(south) == MAX_BATCH_ENTRIES + 6
    say(north, 1)
    north = north.restarted(keys=keys_of("north", signing=1), statements=said)
    settle(north, south)
    assert size(south) == MAX_BATCH_ENTRIES + 7


def _check():
    return Draft("south", lambda name: LineCheck(message_id=name, answer_by_s=START_S + 30))


@pytest.mark.requirement("SC-KEY-02")
def test_two_changes_made_while_the_line_was_down_need_the_key_between(nodes):
    north, south = nodes
    first, second = statement("north", 1, signing=1), statement("north", 2, signing=2)
    with pytest.raises(KeysError, match="former_signing"):
        north.restarted(keys=keys_of("north", signing=2), statements=[first, second])
    assert size(north) == 0
    keys = keys_of("north", signing=2, former=private_key("north", "signing", "1"))
    north = north.restarted(keys=keys, statements=[first, second])
    settle(north, south)
    assert size(south) == 2
    assert south.exchange.line("north").incoming.ring.current.signing_id == key_id(public("north", "signing", "2"))


@pytest.mark.requirement("SC-KEY-02")
def test_a_key_change_reaches_every_peer_in_one_transaction():
    agreement = make_agreement(("north", "south", "east"))
    north = Node("north", agreement)
    north = north.restarted(agreement, keys_of("north", signing=1), [statement("north", 1, signing=1)])
    assert [size(north, f"steerclear/two-skies/north-to-{peer}") for peer in ("south", "east")] == [1, 1]
    assert len({row.time_s for row in north.store.journal(0, 100)}) == 1
    for peer in ("south", "east"):
        other = Node(peer, agreement)
        deliver(north, other, encode_batch(north.exchange.next_post(peer).batch))
        other.close()
    north.close()


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["north", "south"]),
        st.booleans(),
        st.booleans(),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(-1, 6),
        st.booleans(),
    ).filter(lambda step: step[1] or step[2]),
    min_size=1,
    max_size=5,
)


@pytest.mark.requirement("SC-KEY-05")
@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_both_ends_agree_which_entries_count_whatever_is_changed_when(steps):
    """Each step: who changes signing and witness key, what both have said before, and what is revoked from when."""
    ends = {party: Node(party) for party in ("north", "south")}
    counts = {party: [0, 0] for party in ends}
    said: dict[str, list[bytes]] = {party: [] for party in ends}
    for party, signing, witness, ours, theirs, last, settled in steps:
        other = "south" if party == "north" else "north"
        say(ends[party], *range(ours))
        say(ends[other], *range(theirs))
        if settled:
            exchanged(ends)
        log = f"steerclear/two-skies/{party}-to-{other}"
        revoked = []
        if signing and last < size(ends[party], log):
            revoked = [revoking(party, KeyRole.SIGNING, last, log, counts[party][0])]
        counts[party][0] += signing
        counts[party][1] += witness
        said[party].append(
            statement(
                party,
                len(said[party]) + 1,
                counts[party][0] if signing else 0,
                counts[party][1] if witness else 0,
                revoked=revoked,
            )
        )
        ends[party] = ends[party].restarted(keys=keys_of(party, *counts[party]), statements=said[party])
    exchanged(ends)
    for party, other in (("north", "south"), ("south", "north")):
        log = f"steerclear/two-skies/{party}-to-{other}"
        sender, receiver = ends[party].exchange.line(other), ends[other].exchange.line(party)
        restarted = ends[other].restarted().exchange.line(party)
        assert sender.received_size == size(ends[party], log) == size(ends[other], log)
        for place in range(size(ends[party], log)):
            signed_by = key_under(ends[other].store.leaves(log, place, 1)[0])
            for ring in (sender.outgoing.ring, receiver.incoming.ring, restarted.incoming.ring):
                assert ring.at(place).signing_id == signed_by
                assert ring.revoked_at(place) == sender.outgoing.ring.revoked_at(place)
        assert all(code is FaultCode.UNKNOWN_KEY for code in faults(ends[party]))
    for node in ends.values():
        node.close()


def posted(one: Node, other: Node) -> bool:
    """One post; False where there was none, or its receipt is under a key that `one` does not know yet."""
    before = len(faults(one))
    with suppress(LineFaultError):
        return one.post_to(other)
    assert faults(one)[before:] in ([], [FaultCode.UNKNOWN_KEY])
    return False


def key_under(data: bytes) -> str:
    return msgspec.json.decode(data)["signatures"][0]["keyid"]


def exchanged(ends: dict[str, Node]) -> None:
    """Post both ways until nothing is left; a receipt under a key still unknown comes again with the next post."""
    for _ in range(6):
        for one, other in (("north", "south"), ("south", "north")):
            while posted(ends[one], ends[other]):
                pass
