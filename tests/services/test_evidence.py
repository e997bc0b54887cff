"""Evidence: every cheat that can be proven is proven to a third party, and no honest party can be accused."""

from __future__ import annotations

import json
import subprocess
import sys

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.app.commands.record import read_versions
from steerclear.dialogue.batch import Refusal, encode_batch
from steerclear.dialogue.entry import Entry, decode_entry
from steerclear.dialogue.envelope import unseal
from steerclear.dialogue.faults import FaultCode, LineFaultError
from steerclear.services.bundle_verifier import verify
from steerclear.services.check_evidence import Evidence, Proves, verify_evidence
from steerclear.services.evidence import EvidenceKeeper
from steerclear.services.line_end import COSIGNED
from steerclear.services.record_bundle import RecordError, read_bundle
from steerclear.tlog import (
    Fault,
    leaf_hash,
    root_of,
)
from tests.services.bundles import FILES, first_bundle, second_bundle
from tests.services.cheats import CHEATS, TERMS, South, fork_of_one_size, hold
from tests.services.evidence_checks import (
    against_south,
    both_prove,
    evidence_files,
    frontier_of,
    proof_of,
    proven_by_the_first,
    proven_by_the_second,
)
from tests.services.parties import (
    START_S,
    Node,
    make_alert,
    private_key,
    settle,
)

SOUTH = South()
HELD, OTHER = SOUTH.held, SOUTH.other


@pytest.fixture
def north(tmp_path):
    node = Node("north")
    node.exchange.on_fault = EvidenceKeeper(node.exchange, FILES, tmp_path / "evidence").keep
    yield node
    node.close()


def kept(tmp_path):
    return sorted((tmp_path / "evidence").glob("*"))


@pytest.mark.requirement("SC-REC-84")
@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.__name__)
def test_a_cheat_is_refused_and_proven_to_a_third_party(cheat, north, tmp_path):
    code, proves = CHEATS[cheat]
    body = cheat(north, SOUTH)
    for _ in range(2):  # however often it is repeated
        with pytest.raises(LineFaultError) as caught:
            north.exchange.receive("south", body)
        assert caught.value.code is code
    (path,) = kept(tmp_path)
    assert path.name == f"evidence-south-{code}-1.zip"
    report, _ = verify_evidence(read_bundle(path), read_versions)
    assert (report.proves, report.against, report.by) == (proves, "south", "north")
    second = verify.check_evidence(verify.open_bundle(path))
    assert second["statement"] == report.statement
    assert (second["proves"], second["against"], second["by"]) == (proves, "south", "north")
    assert report.statement.startswith("south has signed ")


@pytest.mark.requirement("SC-REC-84")
def test_a_receipt_shows_what_a_peer_held_that_says_it_does_not(north, tmp_path):
    north.announce(make_alert(1), make_alert(2))
    post = north.exchange.next_post("south")
    north.exchange.take_receipt("south", SOUTH.receipt(post.batch.checkpoint))
    refusal = Refusal(code=FaultCode.GAP, whose=Fault.PEER, detail="", size=1)
    north.exchange.take_refusal("south", refusal)
    (path,) = kept(tmp_path)
    report, _ = verify_evidence(read_bundle(path), read_versions)
    assert report.statement == verify.check_evidence(verify.open_bundle(path))["statement"]
    assert report.statement.startswith(f"south has cosigned the first 2 entries of north-to-south at {int(START_S)}")


@pytest.mark.requirement("SC-REC-85")
def test_what_rests_on_our_word_alone_is_no_evidence(north, tmp_path):
    hold(north, SOUTH)
    stranger = South()
    stranger.signing = lambda _: private_key("stranger")
    for body in (SOUTH.post(5, [SOUTH.entry(5, bytes(32))]), stranger.post(0, OTHER), b"nonsense"):
        with pytest.raises(LineFaultError):
            north.exchange.receive("south", body)
    assert kept(tmp_path) == []


def test_a_full_folder_stops_neither_the_refusal_nor_the_node(north, tmp_path):
    (tmp_path / "evidence").write_bytes(b"a file where the folder should be")
    with pytest.raises(LineFaultError):
        north.exchange.receive("south", fork_of_one_size(north, SOUTH))


FORK = Evidence(
    proves=Proves.FORK,
    against="south",
    by="north",
    notes=(
        SOUTH.note(3, root_of([leaf_hash(data) for data, _ in OTHER[:3]])),
        SOUTH.note(4, root_of([leaf_hash(data) for data, _ in HELD])),
    ),
    root=root_of([leaf_hash(data) for data, _ in HELD[:3]]),
    hashes=proof_of([leaf_hash(data) for data, _ in HELD], 3, 4),
)


@pytest.mark.requirement("SC-REC-84")
def test_evidence_runs_on_nothing_but_python_and_every_change_to_it_is_refused(tmp_path):
    statement = both_prove(FORK)
    assert statement is not None
    files = evidence_files(FORK, statement)
    path = tmp_path / "evidence"
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    command = [sys.executable, "-I", "-S", "-W", "error", verify.__file__, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0
    assert ran.stdout.startswith(f"PROVEN against south: {statement}\n")
    for name in sorted(files):
        if name == "verify.py":
            continue
        for place in range(0, len(files[name]), max(1, len(files[name]) // 40)):
            damaged = bytearray(files[name])
            damaged[place] ^= 1
            changed = {**files, name: bytes(damaged)}
            told = [proven_by_the_first(changed), proven_by_the_second(changed)]
            if name == "statement.txt":
                assert told[0] is None
                continue
            assert set(told) <= {None, statement}
            assert told[0] == told[1], (name, place)
    for name in files:
        left = {other: data for other, data in files.items() if other != name}
        assert (proven_by_the_first(left), proven_by_the_second(left)) == (None, None)


def honest_pool():
    """Everything that an honest south has ever signed on a line that was busy, repeated itself and was restarted."""
    north, south = Node("north"), Node("south")
    notes = {}
    for number in range(5):
        north.announce(*(make_alert(10 * number + more) for more in range(1 + number % 2)))
        south.announce(make_alert(100 + number))
        for one, other in ((north, south), (south, north)):
            post = one.exchange.next_post(other.party)
            if post is not None:
                body = encode_batch(post.batch)
                if one is south:
                    notes[post.size] = post.batch.checkpoint
                other.exchange.receive(one.party, body)
                answer = other.exchange.receive(one.party, body)
                if number % 2:  # else the answer is lost
                    one.exchange.take_receipt(other.party, answer)
        if number == 2:
            south.clock.time_s -= 4.0  # the clock jumps back
            south = south.restarted()
    south.clock.time_s += 4.0
    settle(north, south)
    log, told = TERMS.incoming, TERMS.outgoing
    entries = south.store.leaves(log.origin, 0, 1_000)
    ours = north.store.leaves(told.origin, 0, 1_000)
    leaves, our_leaves = [leaf_hash(entry) for entry in entries], [leaf_hash(entry) for entry in ours]
    for size in range(len(leaves) + 1):
        notes.setdefault(size, SOUTH.note(size, root_of(leaves[:size])))
    receipts = [checkpoint.note for checkpoint in north.store.checkpoints(told.origin, COSIGNED)]
    for node in (north, south):
        node.close()
    return entries, [*notes.values()], receipts, leaves, our_leaves


ENTRIES, NOTES, RECEIPTS, LEAVES, OUR_LEAVES = honest_pool()


@pytest.mark.requirement("SC-REC-85")
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_choice_of_what_an_honest_party_has_signed_accuses_it(data):
    """The accuser may choose, repeat, omit, mix logs, and make hashes of his own."""
    proves = data.draw(st.sampled_from([kind for kind in Proves if kind is not Proves.HELD]))
    of_told = proves is Proves.FALSE_VIEW
    leaves = OUR_LEAVES if of_told else LEAVES
    notes = data.draw(st.lists(st.sampled_from(RECEIPTS if of_told else NOTES), max_size=2))
    first = data.draw(st.integers(0, len(ENTRIES) - 1))
    entries = data.draw(
        st.one_of(
            st.lists(st.sampled_from(ENTRIES), max_size=2),
            st.just(ENTRIES[first : first + data.draw(st.integers(0, 3))]),
        )
    )
    sizes = st.integers(0, len(leaves))
    root = data.draw(st.one_of(sizes.map(lambda size: root_of(leaves[:size])), st.sampled_from([b"", bytes(32)])))
    hashes = data.draw(
        st.one_of(
            st.builds(lambda old, new: proof_of(leaves, old, new), sizes, sizes),
            st.lists(st.sampled_from([*leaves, bytes(32)]), max_size=4).map(tuple),
            sizes.map(lambda size: frontier_of(leaves, size)),
        )
    )
    evidence = against_south(proves, entries=tuple(entries), notes=tuple(notes), root=root, hashes=tuple(hashes))
    assert both_prove(evidence) is None


def note_of(size: int) -> bytes:
    return next(note for note in NOTES if note.split(b"\n")[1] == b"%d" % size)


def truths():
    """What south has signed, whole and in order, in the form of each kind of evidence."""
    count = len(LEAVES)
    for old in range(count + 1):
        for new in range(old, count + 1):
            proof = proof_of(LEAVES, old, new)
            notes, root = (note_of(old), note_of(new)), root_of(LEAVES[:old])
            yield against_south(Proves.FORK, notes=notes, root=root, hashes=proof)
            made = {"entries": tuple(ENTRIES[old:new]), "hashes": frontier_of(LEAVES, old)}
            yield against_south(Proves.WRONG_ROOT, notes=notes[0 if old else 1 :], **made)
    for receipt in RECEIPTS:
        held = int(receipt.split(b"\n")[1])
        for entry, said in zip(ENTRIES, map(decoded, ENTRIES), strict=True):
            seen = said.peer_size
            if seen <= held:
                view = {"root": root_of(OUR_LEAVES[:seen]), "hashes": proof_of(OUR_LEAVES, seen, held)}
                yield against_south(Proves.FALSE_VIEW, entries=(entry,), notes=(receipt,), **view)
    for one in ENTRIES:
        for proves in (Proves.EQUIVOCATION, Proves.BROKEN_CHAIN, Proves.GAP, Proves.ROLLBACK):
            yield from (against_south(proves, entries=(one, two)) for two in ENTRIES)
            yield against_south(proves, entries=(one,))


def decoded(entry: bytes) -> Entry:
    return decode_entry(unseal(entry, TERMS.incoming.sender_keys))


@pytest.mark.requirement("SC-REC-85")
def test_the_truth_in_the_form_of_evidence_accuses_nobody():
    told = list(truths())
    assert len(told) > 150
    assert [evidence for evidence in told if both_prove(evidence) is not None] == []


def test_the_accuser_cannot_turn_the_evidence_against_another():
    for field, value in (("against", "north"), ("by", "south"), ("against", "east")):
        files = evidence_files(FORK, str(both_prove(FORK)))
        claim = {**json.loads(files["evidence.json"]), field: value}
        changed = {**files, "evidence.json": json.dumps(claim).encode()}
        with pytest.raises(RecordError):
            verify_evidence(first_bundle(changed), read_versions)
        with pytest.raises(verify.Refused):
            verify.check_evidence(second_bundle(changed))
    assert msgspec.structs.asdict(FORK)["against"] == "south"


@pytest.mark.requirement("SC-REC-85")
def test_a_post_that_comes_in_while_we_write_makes_no_false_view():
    """Size and root of what an entry has seen belong to one moment."""
    north, south = Node("north"), Node("south")
    line = south.exchange.line("north")
    north.announce(make_alert(1))

    class Meanwhile:
        """What is held: at every look a post has just come in."""

        @property
        def frontier(self):
            held = now.frontier
            north.announce(make_alert(2))
            post = north.exchange.next_post("south")
            line.incoming = now
            south.exchange.receive("north", encode_batch(post.batch))
            north.exchange.take_receipt("south", line.incoming.note)
            return held

    north.post_to(south)
    now = line.incoming
    line.incoming = Meanwhile()
    south.announce(make_alert(3))
    entry = decoded(south.store.leaves(TERMS.incoming.origin, 0, 1)[0])
    assert (entry.peer_size, entry.peer_root) == (1, north.store.root_at(TERMS.outgoing.origin, 1))
    for node in (north, south):
        node.close()
