"""A fork at two sizes is proved to a stranger; no honest log can be accused of one."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json, structs

from steerclear.tlog import (
    Checkpoint,
    Ed25519Signer,
    ForkEvidence,
    MalformedInputError,
    ProofError,
    RequestError,
    SignatureError,
    check_fork,
    fork_evidence,
    leaf_hash,
    sign_checkpoint,
)
from tests.tlog.test_compare import HONEST, ORIGIN, VERIFIER, OneLog, honest

sizes = st.integers(1, 40)


def rewritten_at(index: int) -> OneLog:
    return OneLog([*HONEST[:index], leaf_hash(b"another"), *HONEST[index + 1 :]])


@pytest.mark.requirement("SC-REC-10")
@settings(max_examples=200, deadline=None)
@given(sizes, sizes, st.data())
def test_every_rewriting_is_proved_by_two_signed_sizes(one: int, two: int, data: st.DataObject) -> None:
    old, new = sorted((one, two))
    rewritten = rewritten_at(data.draw(st.integers(0, old - 1)))
    evidence = fork_evidence(honest.at(old), rewritten.at(new), rewritten.read)
    check_fork(evidence, VERIFIER)
    check_fork(json.decode(json.encode(evidence), type=ForkEvidence), VERIFIER)
    evidence = fork_evidence(rewritten.at(old), honest.at(new), honest.read)
    check_fork(evidence, VERIFIER)


@pytest.mark.requirement("SC-REC-10")
@settings(max_examples=60, deadline=None)
@given(sizes, sizes, st.integers(0, 39))
def test_a_log_that_only_grew_cannot_be_accused_by_any_proof_of_any_other_history(one: int, two: int, edit: int):
    old, new = sorted((one, two))
    rewritten = rewritten_at(edit)
    notes = (honest.at(old).note, honest.at(new).note)
    roots = {log.at(size).checkpoint.root for log in (honest, rewritten) for size in (old, new)}
    proofs = {log.proof(old, last) for log in (honest, rewritten) for last in (new, 40)} | {honest.proof(1, new)}
    for other_root in roots | {HONEST[old - 1], bytes(32)}:
        for proof in proofs:
            with pytest.raises(ProofError):
                check_fork(ForkEvidence(ORIGIN, *notes, other_root, proof), VERIFIER)


@pytest.mark.requirement("SC-REC-10")
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_change_to_a_true_history_makes_it_evidence(data: st.DataObject) -> None:
    old, new = sorted((data.draw(sizes), data.draw(sizes)))
    part = list(honest.proof(old, new))
    root = data.draw(
        st.one_of(st.binary(max_size=65), st.just(honest.at(old).checkpoint.root), st.sampled_from(HONEST))
    )
    for _ in range(data.draw(st.integers(0, 3))):
        match data.draw(st.integers(0, 3)):
            case 0 if part:
                part.pop(data.draw(st.integers(0, len(part) - 1)))
            case 1 if part:
                place = data.draw(st.integers(0, len(part) - 1))
                bit = data.draw(st.integers(0, 255))
                part[place] = (int.from_bytes(part[place]) ^ 1 << bit).to_bytes(32)
            case 2:
                part.insert(data.draw(st.integers(0, len(part))), data.draw(st.binary(max_size=65)))
            case _:
                part.reverse()
    with pytest.raises(ProofError):
        check_fork(ForkEvidence(ORIGIN, honest.at(old).note, honest.at(new).note, root, tuple(part)), VERIFIER)


@pytest.mark.requirement("SC-REC-10")
def test_evidence_needs_the_logs_own_signature_under_both_checkpoints_in_order() -> None:
    rewritten = rewritten_at(2)
    evidence = fork_evidence(honest.at(5), rewritten.at(9), rewritten.read)
    impostor = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
    framed = sign_checkpoint(Checkpoint(ORIGIN, 5, bytes(32)), [impostor], 0)
    for changed in (
        structs.replace(evidence, old_note=framed),
        structs.replace(evidence, new_note=framed),
        structs.replace(evidence, origin="line.example/south-to-north"),
    ):
        with pytest.raises(SignatureError):
            check_fork(changed, VERIFIER)
    with pytest.raises(MalformedInputError):
        check_fork(structs.replace(evidence, new_note=b"note"), VERIFIER)
    swapped = structs.replace(evidence, old_note=evidence.new_note, new_note=evidence.old_note)
    with pytest.raises(ProofError, match="cannot grow"):
        check_fork(swapped, VERIFIER)
    with pytest.raises(ProofError):
        check_fork(structs.replace(evidence, proof=evidence.proof[:-1]), VERIFIER)


@pytest.mark.requirement("SC-REC-10")
def test_what_proves_nothing_is_not_made_into_evidence() -> None:
    with pytest.raises(RequestError, match="no fork"):
        fork_evidence(honest.at(5), honest.at(9), honest.read)
    with pytest.raises(RequestError, match="no fork"):
        fork_evidence(honest.at(5), rewritten_at(7).at(9), rewritten_at(7).read)
    with pytest.raises(RequestError, match="the smaller one first"):
        fork_evidence(rewritten_at(2).at(9), honest.at(5), honest.read)
    with pytest.raises(RequestError, match="not those of the tree"):
        fork_evidence(honest.at(5), rewritten_at(2).at(9), rewritten_at(3).read)
    other = structs.replace(honest.at(9), checkpoint=Checkpoint("other", 9, bytes(32)))
    with pytest.raises(RequestError, match="one log"):
        fork_evidence(honest.at(5), other, honest.read)
