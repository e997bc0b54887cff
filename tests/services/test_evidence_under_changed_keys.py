"""Evidence after key changes: a cheat under a new key is proven too, and a stolen old one accuses nobody."""

from __future__ import annotations

import json
from base64 import b64encode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.app.commands.record import read_versions
from steerclear.dialogue.batch import Refusal
from steerclear.dialogue.entry import Entry
from steerclear.dialogue.envelope import Envelope, key_id, seal
from steerclear.dialogue.faults import FaultCode, LineFaultError
from steerclear.dialogue.key_statement import KeyStatement, NewKey, sign_key_statement
from steerclear.dialogue.terms import first_link
from steerclear.model.keys import KeyRole
from steerclear.services import evidence_keys
from steerclear.services.bundle_verifier import verify
from steerclear.services.check_evidence import Evidence, Proves, statement_of, verify_evidence
from steerclear.services.evidence import EvidenceKeeper
from steerclear.services.evidence_keys import ShownChange
from steerclear.services.line_end import LineKeys
from steerclear.services.record_bundle import RecordError, read_bundle
from steerclear.tlog import (
    EMPTY_ROOT,
    Checkpoint,
    Ed25519Cosigner,
    Ed25519Signer,
    Fault,
    cosign_checkpoint,
    leaf_hash,
    open_checkpoint,
    root_of,
    sign_checkpoint,
)
from tests.services.bundles import FILES, Files, first_bundle, second_bundle
from tests.services.cheats import (
    CHEATS,
    TERMS,
    South,
    broken_chain,
    broken_chain_in_one_post,
    change,
    fork_of_a_smaller_size,
    fork_of_one_size,
    hold,
    keyid,
    other_history_that_is_longer,
    two_entries_for_one_place,
    view_that_never_was,
    wrong_root,
    wrong_root_over_what_is_held,
)
from tests.services.evidence_checks import (
    against_south,
    both_prove,
    evidence_files,
    frontier_of,
    proof_of,
    proven_by_the_first,
    proven_by_the_second,
)
from tests.services.parties import START_S, Node, line_keys, make_alert, private_key

NAME = "south-to-north"


@pytest.fixture
def north(tmp_path):
    node = keeping(Node("north"), tmp_path)
    yield node
    node.close()


def keeping(node: Node, tmp_path) -> Node:
    node.exchange.on_fault = EvidenceKeeper(node.exchange, FILES, tmp_path / "evidence").keep
    return node


def refused(north: Node, body: bytes) -> LineFaultError:
    with pytest.raises(LineFaultError) as caught:
        north.exchange.receive("south", body)
    return caught.value


def kept(tmp_path):
    return sorted((tmp_path / "evidence").glob("*"))


def proven(tmp_path):
    """What the one file of evidence proves, as both verifiers say it."""
    (path,) = kept(tmp_path)
    report, _ = verify_evidence(read_bundle(path), read_versions)
    second = verify.check_evidence(verify.open_bundle(path))
    assert second["statement"] == report.statement
    assert (second["proves"], second["against"], second["by"]) == (report.proves, "south", "north")
    assert (report.against, report.by) == ("south", "north")
    return report


def named_key(number: int, place: int, role=KeyRole.SIGNING) -> str:
    return f"{role} {keyid('south', role, str(number))} of key change {number} at entry {place} of {NAME}"


IN_THE_SAME_POST = (
    wrong_root,
    wrong_root_over_what_is_held,
    other_history_that_is_longer,
    broken_chain,
    view_that_never_was,
)
"""Cheats that come together with the change of the key that they are signed with."""
CASES = [(cheat, place) for cheat in CHEATS for place in range(4)] + [(cheat, 4) for cheat in IN_THE_SAME_POST]
UNDER_ANOTHER_NAME = {
    (two_entries_for_one_place, 1): FaultCode.BAD_KEY_CHANGE,  # the change is said again
    (two_entries_for_one_place, 2): FaultCode.BAD_SIGNATURE,  # entry 1 is under the former key
    (two_entries_for_one_place, 3): FaultCode.BAD_SIGNATURE,
}


def case_id(value) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.requirement("SC-REC-90")
@pytest.mark.parametrize(("cheat", "place"), CASES, ids=case_id)
def test_a_cheat_is_proven_wherever_its_author_has_changed_its_keys(cheat, place, north, tmp_path):
    code, proves = CHEATS[cheat]
    fault = refused(north, cheat(north, South({place: change(1)})))
    assert fault.code is UNDER_ANOTHER_NAME.get((cheat, place), code)
    report = proven(tmp_path)
    assert report.proves is proves
    if place == 0:
        assert named_key(1, 0) in report.statement
        assert "of the agreement" not in report.statement
        assert "Not shown: that south had not replaced or revoked one of them" in report.statement


WITH_THE_REVOKED_KEY = {
    (fork_of_a_smaller_size, 3),
    (broken_chain_in_one_post, 2),
    (two_entries_for_one_place, 2),
    (two_entries_for_one_place, 3),
    (other_history_that_is_longer, 4),
    (broken_chain, 4),
    (view_that_never_was, 4),
}
"""One half of the contradiction is signed by a key that its owner has revoked, and by it alone: who stole it could have
done that.
"""


@pytest.mark.requirement("SC-REC-90")
@pytest.mark.parametrize(("cheat", "place"), CASES, ids=case_id)
def test_revoking_the_old_key_takes_away_only_what_rests_on_it(cheat, place, north, tmp_path):
    """The usual change: the old keys are revoked as of what they have signed last."""
    said = change(1, revoked=[(KeyRole.SIGNING, 0, place - 1), (KeyRole.WITNESS, 0, 5)])
    refused(north, cheat(north, South({place: said})))
    if (cheat, place) in WITH_THE_REVOKED_KEY:
        assert kept(tmp_path) == []
    else:
        assert proven(tmp_path).proves is CHEATS[cheat][1]


@pytest.mark.requirement("SC-REC-90")
def test_evidence_follows_every_key_change_that_the_accuser_holds(north, tmp_path):
    said = {0: change(1, roles=(KeyRole.SIGNING,)), 1: change(2, roles=(KeyRole.WITNESS,)), 3: change(3)}
    refused(north, fork_of_one_size(north, South(said)))
    assert named_key(3, 3) in proven(tmp_path).statement
    (path,) = kept(tmp_path)
    assert len(read_bundle(path).small("key_entries.jsonl").splitlines()) == 3


@pytest.mark.requirement("SC-REC-90")
@pytest.mark.parametrize("north_changes", [False, True])
def test_a_receipt_under_a_changed_witness_key_shows_what_the_peer_held(north, tmp_path, north_changes):
    south = South({1: change(1)})
    hold(north, south)
    if north_changes:  # the accuser signs its own log with another key than the agreement's
        new = NewKey(KeyRole.SIGNING, private_key("north", "signing", "1").public_key().public_bytes_raw())
        said = KeyStatement(agreement_id="two-skies", party_id="north", number=1, new=(new,))
        note = sign_key_statement(said, Ed25519Signer("north", private_key("north", "root")))
        held = line_keys("north")
        north = keeping(
            north.restarted(keys=LineKeys(private_key("north", "signing", "1"), held.witness), statements=[note]),
            tmp_path,
        )
    north.announce(make_alert(1), make_alert(2))
    checkpoint = north.exchange.next_post("south").batch.checkpoint
    log = north.exchange.line("south").outgoing.ring.current.log_verifier
    opened = open_checkpoint(checkpoint, TERMS.outgoing.origin, log)
    cosigner = Ed25519Cosigner("steerclear/two-skies/south/witness", south.key(KeyRole.WITNESS, 9))
    north.exchange.take_receipt("south", cosign_checkpoint(opened, cosigner, int(START_S)))
    north.exchange.take_refusal("south", Refusal(code=FaultCode.GAP, whose=Fault.PEER, detail="", size=1))
    report = proven(tmp_path)
    assert report.proves is Proves.HELD
    assert report.statement.startswith(f"south has cosigned the first {2 + north_changes} entries of north-to-south")
    assert named_key(1, 1, KeyRole.WITNESS) in report.statement


# -- nobody is accused who is honest -----------------------------------------------------------------------------------

HONEST = South({2: change(1, revoked=[(KeyRole.SIGNING, 0, 1), (KeyRole.WITNESS, 0, 1)]), 5: change(2)})
"""Revokes its first keys, which are stolen, at entry 2; changes the second ones, which are not, at entry 5."""
THIEF = South()
"""Has the first keys, and signs with them whatever helps."""
HISTORY = HONEST.history(8, seen=[(place // 2, EMPTY_ROOT) for place in range(8)])
ENTRIES = [data for data, _ in HISTORY]
LEAVES = [leaf_hash(data) for data in ENTRIES]
NOTES = [HONEST.note(size, root_of(LEAVES[:size])) for size in range(1, 9)]
NOTES += [HONEST.note(size, root_of(LEAVES[:size]), HONEST.signing(9)) for size in (2, 4)]
CHANGES = tuple(ShownChange(*HISTORY[place]) for place in (2, 5))
OUR_LEAVES = [bytes([number]) * 32 for number in range(1, 7)]


def told_note(size: int, leaves=OUR_LEAVES) -> bytes:
    origin = TERMS.outgoing.origin
    signer = Ed25519Signer(origin, private_key("north", "signing"))
    return sign_checkpoint(Checkpoint(origin, size, root_of(leaves[:size])), [signer], 0)


RECEIPTS = [HONEST.receipt(told_note(size), place) for size in range(1, 7) for place in (3, 9)]
VIEWS = HONEST.history(8, seen=[(place // 2 + 1, root_of(OUR_LEAVES[: place // 2 + 1])) for place in range(8)])
"""The same log as one that has seen ours truly."""

STOLEN = THIEF.history(8, answer_by_s=START_S + 7.0, seen=[(9 - place, bytes(32)) for place in range(8)])
FORGED = [
    *(data for data, _ in STOLEN),
    THIEF.entry(1, LEAVES[0], 9, bytes(32))[0],
    THIEF.entry(2, LEAVES[1], 9, bytes(32))[0],
    THIEF.entry(7, LEAVES[6])[0],
    THIEF.entry(0, bytes(32))[0],
]
FORGED_NOTES = [THIEF.note(size, bytes([size]) * 32) for size in (1, 2, 3, 5, 8)]
FORGED_RECEIPTS = [THIEF.receipt(told_note(size, [bytes(32)] * 9)) for size in (1, 2, 6, 9)]


def accusations():
    """What an accuser can put together of all that was ever signed, and hashes of its own."""

    def of(proves: Proves):
        of_ours = proves in (Proves.FALSE_VIEW, Proves.HELD)
        leaves = OUR_LEAVES if of_ours else LEAVES
        entry = st.sampled_from(
            [*ENTRIES, *FORGED, *(data for data, _ in VIEWS[:2])] if of_ours else [*ENTRIES, *FORGED]
        )
        runs = st.integers(0, 7).flatmap(lambda first: st.just(ENTRIES[first : first + 3]))
        stolen = st.integers(0, 7).flatmap(lambda first: st.just([data for data, _ in STOLEN[first : first + 2]]))
        note = st.sampled_from([*RECEIPTS, *FORGED_RECEIPTS] if of_ours else [*NOTES, *FORGED_NOTES])
        sizes = st.integers(0, len(leaves))
        return st.builds(
            against_south,
            st.just(proves),
            entries=st.one_of(st.lists(entry, max_size=2), runs, stolen).map(tuple),
            notes=st.lists(note, max_size=2).map(tuple),
            root=st.one_of(sizes.map(lambda size: root_of(leaves[:size])), st.sampled_from([b"", bytes(32)])),
            hashes=st.one_of(
                st.just(()),
                st.builds(lambda old, new: proof_of(leaves, old, new), sizes, sizes),
                sizes.map(lambda size: frontier_of(leaves, size)),
            ),
        )

    return st.sampled_from(list(Proves)).flatmap(of)


@pytest.mark.requirement("SC-REC-91")
@settings(max_examples=150, deadline=None)
@given(accusations())
def test_what_a_thief_signs_with_a_revoked_key_proves_nothing_against_its_owner(evidence):
    statement = both_prove(msgspec.structs.replace(evidence, changes=CHANGES))
    if evidence.proves is Proves.HELD and statement is not None:  # no accusation: a receipt of its own
        assert evidence.notes[0] in RECEIPTS
    else:
        assert statement is None


@pytest.mark.requirement("SC-REC-91")
@settings(max_examples=150, deadline=None)
@given(accusations(), st.sampled_from([(), CHANGES[:1], CHANGES[1:]]))
def test_whoever_adds_a_key_change_that_was_left_out_takes_the_proof_away(evidence, shown):
    part = msgspec.structs.replace(evidence, changes=shown)
    if both_prove(part) is not None and evidence.proves is not Proves.HELD:
        assert both_prove(msgspec.structs.replace(evidence, changes=CHANGES)) is None


def thefts():
    """The contradictions that a thief of the first keys can make, in the form of each kind."""
    first = ENTRIES[0]
    yield against_south(Proves.EQUIVOCATION, entries=(first, STOLEN[0][0]))
    yield against_south(Proves.BROKEN_CHAIN, entries=(FORGED[-1],))
    yield against_south(Proves.BROKEN_CHAIN, entries=(first, STOLEN[1][0]))
    much = THIEF.entry(0, first_link(TERMS.incoming.origin), 9, bytes(32))[0]
    yield against_south(Proves.ROLLBACK, entries=(much, ENTRIES[1]))
    yield against_south(Proves.GAP, entries=(ENTRIES[0], THIEF.entry(2, LEAVES[0])[0]))
    yield against_south(Proves.FORK, notes=(THIEF.note(2, bytes(32)), NOTES[1]), root=root_of(LEAVES[:2]))
    yield against_south(Proves.WRONG_ROOT, entries=(first,), notes=(FORGED_NOTES[0],))
    seen = THIEF.entry(0, first_link(TERMS.incoming.origin), 1, bytes(32))[0]
    yield against_south(
        Proves.FALSE_VIEW, entries=(seen,), notes=(HONEST.receipt(told_note(1), 0),), root=OUR_LEAVES[0]
    )
    for size, stolen in ((1, FORGED_RECEIPTS[0]), (9, FORGED_RECEIPTS[3])):
        proof = proof_of([bytes(32)] * 9, 1, size)
        yield against_south(Proves.FALSE_VIEW, entries=(VIEWS[0][0],), notes=(stolen,), root=bytes(32), hashes=proof)
        yield against_south(Proves.HELD, notes=(stolen,))


@pytest.mark.requirement("SC-REC-91")
def test_the_thief_of_a_revoked_key_accuses_nobody_and_without_its_revocation_the_words_say_so():
    made = list(thefts())
    assert {evidence.proves for evidence in made} == set(Proves)
    for evidence in made:
        assert both_prove(evidence) is not None, evidence.proves
        changed = msgspec.structs.replace(evidence, changes=CHANGES)
        assert both_prove(changed) is None, evidence.proves
    kept_back = msgspec.structs.replace(FORK_UNDER_NEW_KEY, changes=CHANGES[:1])
    assert "by another key change than those in the evidence" in str(both_prove(kept_back))


OTHER = South(HONEST.changes).history(4, answer_by_s=START_S + 3.0)
OTHER_LEAVES = [leaf_hash(data) for data, _ in OTHER]
FORK_UNDER_NEW_KEY = against_south(
    Proves.FORK,
    notes=(HONEST.note(3, root_of(OTHER_LEAVES[:3])), HONEST.note(4, root_of(LEAVES[:4]))),
    root=root_of(LEAVES[:3]),
    hashes=proof_of(LEAVES, 3, 4),
    changes=CHANGES,
)
"""A true cheat under the second keys."""
SECOND = HONEST.signing(3)


@pytest.mark.requirement("SC-REC-91")
def test_a_key_counts_neither_before_its_own_change_nor_after_the_next_one():
    early = HONEST.entry(1, LEAVES[0], signing=SECOND)[0]
    late = HONEST.entry(6, LEAVES[4], signing=SECOND)[0]
    at_the_change = HONEST.entry(5, LEAVES[4], signing=SECOND)[0]
    third = HONEST.signing(9)
    for evidence in (
        against_south(Proves.EQUIVOCATION, entries=(ENTRIES[1], early)),
        against_south(Proves.EQUIVOCATION, entries=(early, HONEST.entry(1, bytes(32), signing=SECOND)[0])),
        against_south(Proves.EQUIVOCATION, entries=(ENTRIES[5], at_the_change)),
        against_south(Proves.GAP, entries=(ENTRIES[4], late)),
        against_south(Proves.EQUIVOCATION, entries=(ENTRIES[4], HONEST.entry(4, bytes(32), signing=third)[0])),
        against_south(
            Proves.FORK,
            notes=(HONEST.note(6, bytes(32), SECOND), HONEST.note(6, root_of(LEAVES[:6]))),
            root=root_of(LEAVES[:6]),
        ),
    ):
        assert both_prove(msgspec.structs.replace(evidence, changes=CHANGES)) is None
    true = against_south(
        Proves.EQUIVOCATION, entries=(ENTRIES[4], HONEST.entry(4, bytes(32), signing=SECOND)[0]), changes=CHANGES
    )
    assert both_prove(true) is not None
    five = against_south(
        Proves.FORK,
        notes=(HONEST.note(5, bytes(32), SECOND), HONEST.note(6, root_of(LEAVES[:6]))),
        root=root_of(LEAVES[:5]),
        hashes=proof_of(LEAVES, 5, 6),
        changes=CHANGES,
    )
    assert both_prove(five) is not None


def test_an_entry_under_a_revoked_key_counts_when_one_that_counts_follows_it():
    before = HONEST.entry(1, LEAVES[0], 3, EMPTY_ROOT)
    after = HONEST.entry(2, leaf_hash(before[0]), 0, EMPTY_ROOT)
    shown = (ShownChange(*after),)
    rollback = against_south(Proves.ROLLBACK, entries=(before[0], after[0]), changes=shown)
    assert str(both_prove(rollback)).startswith("south has signed in entry 1 of south-to-north that it had seen 3")
    unbound = THIEF.entry(1, LEAVES[0], 7, EMPTY_ROOT)[0]
    assert both_prove(msgspec.structs.replace(rollback, entries=(unbound, after[0]))) is None


# -- both verifiers say the same ---------------------------------------------------------------------------------------


@pytest.mark.requirement("SC-REC-92")
def test_every_change_to_evidence_with_key_changes_is_judged_alike():
    statement = both_prove(FORK_UNDER_NEW_KEY)
    assert statement is not None
    files = evidence_files(FORK_UNDER_NEW_KEY, statement)
    for name in ("evidence.json", "key_entries.jsonl", "key_contents.jsonl", "checkpoints.jsonl"):
        for place in range(0, len(files[name]), max(1, len(files[name]) // 50)):
            for bit in (1, 32):
                damaged = bytearray(files[name])
                damaged[place] ^= bit
                changed = {**files, name: bytes(damaged)}
                told = [proven_by_the_first(changed), proven_by_the_second(changed)]
                assert told[0] == told[1], (name, place)
                assert set(told) <= {None, statement}
                assert name == "evidence.json" or told == [None, None]


def lines(files: Files, name: str, edit) -> Files:
    return {**files, name: b"".join(edit(files[name].splitlines(keepends=True)))}


def foreign_change(**signed) -> ShownChange:
    """A key change of south's as it never stood in its log."""
    return ShownChange(*South({2: change(1)}).entry(2, LEAVES[1], **signed))


def moved(content: int) -> tuple[ShownChange, ...]:
    return (ShownChange(CHANGES[0].entry, CHANGES[content].content), CHANGES[1])


SHOWN = {
    "none": (),
    "the first": CHANGES[:1],
    "the second": CHANGES[1:],
    "backwards": CHANGES[::-1],
    "twice": (CHANGES[0], CHANGES[0]),
    "contents moved": moved(1),
    "an entry that is no change": (ShownChange(*HISTORY[3]), *CHANGES),
    "signed by the old key": (foreign_change(signing=THIEF.signing(0)), CHANGES[1]),
    "signed by another party": (foreign_change(signing=private_key("north", "signing")), CHANGES[1]),
    "said in another place too": (CHANGES[0], ShownChange(*South({6: change(1)}).entry(6, LEAVES[5]))),
    "another statement of that number": (CHANGES[0], ShownChange(*South({5: change(1)}).entry(5, LEAVES[4]))),
    "empty": (ShownChange(b"", b""),),
    "an envelope and nothing": (ShownChange(CHANGES[0].entry, b""),),
    "no content": (ShownChange(CHANGES[0].entry, b"x" * 40),),
}


@pytest.mark.requirement("SC-REC-92")
@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_key_changes_that_are_composed_falsely_are_judged_alike(shown):
    told = both_prove(msgspec.structs.replace(FORK_UNDER_NEW_KEY, changes=SHOWN[shown]))
    assert (told is not None) == (shown == "the first")


def resealed(data: bytes, **changes) -> bytes:
    """A key change's entry with other words, under the key that it brings."""
    payload = msgspec.json.decode(data, type=Envelope).payload
    entry = msgspec.structs.replace(msgspec.json.decode(payload, type=Entry), **changes)
    return seal(msgspec.json.encode(entry), SECOND, key_id(SECOND.public_key().public_bytes_raw()))


@pytest.mark.requirement("SC-REC-92")
def test_a_key_change_counts_only_as_it_stands_in_the_log():
    """Told by a receipt, for which every place of the changes would do."""
    held = against_south(Proves.HELD, notes=(HONEST.receipt(told_note(1), 9),), changes=CHANGES)
    assert both_prove(held) is not None
    first, second = CHANGES
    falling = (
        ShownChange(*South({5: change(1)}).entry(5, LEAVES[4])),
        ShownChange(*South({2: change(2)}).entry(2, LEAVES[1])),
    )
    for shown in (
        falling,
        (ShownChange(resealed(first.entry, sequence=3), first.content), second),
        (ShownChange(resealed(first.entry, commitment=bytes(32)), first.content), second),
        (ShownChange(resealed(first.entry, origin=TERMS.outgoing.origin), first.content), second),
    ):
        assert both_prove(msgspec.structs.replace(held, changes=shown)) is None


@pytest.mark.requirement("SC-REC-92")
def test_the_files_of_key_changes_belong_to_the_second_format_and_are_whole():
    files = evidence_files(FORK_UNDER_NEW_KEY, str(both_prove(FORK_UNDER_NEW_KEY)))
    assert json.loads(files["evidence.json"])["format"] == "steerclear evidence 2"
    first = {**files, "evidence.json": files["evidence.json"].replace(b"evidence 2", b"evidence 1")}
    names = ("key_entries.jsonl", "key_contents.jsonl")
    wrong = [
        first,
        {name: data for name, data in first.items() if name not in names},
        {**files, "evidence.json": files["evidence.json"].replace(b"evidence 2", b"evidence 3")},
        {**files, names[0]: b"", names[1]: b""},
        *({name: data for name, data in files.items() if name != gone} for gone in names),
        *(lines(files, name, lambda all_lines: all_lines[:1]) for name in names),
        *(lines(files, name, lambda all_lines: [all_lines[0][:-1]]) for name in names),
        lines(files, names[1], lambda all_lines: [b"null\n", *all_lines[1:]]),
        lines(files, names[1], lambda all_lines: [b" " + all_lines[0], *all_lines[1:]]),
        lines(files, names[1], lambda all_lines: [all_lines[0].replace(b'"\n', b'="\n'), *all_lines[1:]]),
    ]
    for number, changed in enumerate(wrong):
        assert (proven_by_the_first(changed), proven_by_the_second(changed)) == (None, None), number


@pytest.mark.requirement("SC-REC-92")
def test_more_key_changes_than_a_log_may_hold_are_refused_before_they_are_read(monkeypatch):
    assert evidence_keys.MAX_CHANGES == verify.MAX_CHANGES == 1_000
    files = evidence_files(FORK_UNDER_NEW_KEY, str(both_prove(FORK_UNDER_NEW_KEY)))
    monkeypatch.setattr(verify, "MAX_CHANGES", 1)
    monkeypatch.setattr("steerclear.services.check_evidence.MAX_CHANGES", 1)
    with pytest.raises(RecordError, match="more than 1 lines"):
        verify_evidence(first_bundle(files), read_versions)
    with pytest.raises(verify.Refused, match="not too many"):
        verify.check_evidence(second_bundle(files))


@pytest.mark.requirement("SC-REC-92")
def test_evidence_of_the_first_format_says_what_it_always_said():
    held = South().history(2)
    two = (held[1][0], South().history(2, answer_by_s=START_S + 1.0)[1][0])
    evidence: Evidence = against_south(Proves.EQUIVOCATION, entries=two)
    statement = "south has signed two different entries 1 of south-to-north."
    assert both_prove(evidence) == statement
    files = evidence_files(evidence, statement)
    assert json.loads(files["evidence.json"])["format"] == "steerclear evidence 1"
    assert not {"key_entries.jsonl", "key_contents.jsonl"} & files.keys()


@pytest.mark.requirement("SC-REC-92")
def test_what_no_log_can_hold_is_judged_alike():
    """An empty tree with another root than its own, and a place beyond all numbers of the format."""
    of_nothing = South().note(1, bytes(32), None).replace(b"\n1\n", b"\n0\n")
    assert both_prove(against_south(Proves.FORK, notes=(of_nothing, NOTES[0]), root=EMPTY_ROOT)) is None
    signer = Ed25519Signer(TERMS.incoming.origin, private_key("south", "signing"))
    signed = sign_checkpoint(Checkpoint(TERMS.incoming.origin, 0, bytes(32)), [signer], 0)
    assert both_prove(against_south(Proves.FORK, notes=(signed, NOTES[0]), root=EMPTY_ROOT)) is None
    for far in (10**15, 10**15 + 1, 2**62):
        both_prove(against_south(Proves.EQUIVOCATION, entries=(far_entry(far, 1.0), far_entry(far, 2.0))))


def far_entry(place: int, more_s: float) -> bytes:
    return South().entry(place, bytes(32), answer_by_s=START_S + more_s)[0]


def test_who_is_told_which_key_does_not_count():
    forged = against_south(Proves.EQUIVOCATION, entries=(ENTRIES[0], STOLEN[0][0]), changes=CHANGES)
    with pytest.raises(RecordError, match=f"signing key {keyid('south', 'signing')} was revoked"):
        statement_of(forged, TERMS)
    with pytest.raises(verify.Refused, match=f"signing key {keyid('south', 'signing')} was revoked"):
        verify.check_evidence(second_bundle(evidence_files(forged, "")))
    assert b64encode(CHANGES[0].content) in evidence_files(forged, "")["key_contents.jsonl"]


@pytest.mark.requirement("SC-REC-91")
def test_a_receipt_under_two_witness_keys_counts_by_the_one_that_was_not_revoked():
    south = South({1: change(1), 2: change(2), 3: change(3, revoked=[(KeyRole.WITNESS, 2, -1)])})
    made = south.history(4)
    shown = tuple(ShownChange(*made[place]) for place in (1, 2, 3))
    twice = south.receipt(south.receipt(told_note(1), 1), 2)
    held = against_south(Proves.HELD, notes=(twice,), changes=shown)
    assert named_key(1, 1, KeyRole.WITNESS) in str(both_prove(held))
    assert both_prove(msgspec.structs.replace(held, notes=(south.receipt(told_note(1), 2),))) is None
