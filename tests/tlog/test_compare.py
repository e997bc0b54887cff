"""Growth is accepted; rollback, fork and unproven growth are told apart, and a fork can be proved to a stranger."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from steerclear.tlog import (
    Checkpoint,
    Ed25519Signer,
    Frontier,
    OpenedCheckpoint,
    ProofError,
    RequestError,
    SignatureError,
    Verdict,
    compare_checkpoints,
    consistency_proof,
    extend,
    leaf_hash,
    open_checkpoint,
    prove_fork,
    root_at,
    sign_checkpoint,
    verifier_for,
)

ORIGIN = "line.example/north-to-south"
LOG = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
VERIFIER = verifier_for(LOG.key)
HONEST = [leaf_hash(b"entry %d" % index) for index in range(40)]


class OneLog:
    def __init__(self, leaves: list[bytes]) -> None:
        self.nodes = {(node.level, node.index): node.hash for node in extend(Frontier(), leaves)[1]}

    def read(self, nodes: object) -> list[bytes]:
        return [self.nodes[node] for node in nodes]  # type: ignore[attr-defined]

    def at(self, size: int) -> OpenedCheckpoint:
        checkpoint = Checkpoint(ORIGIN, size, root_at(size, self.read))
        return open_checkpoint(sign_checkpoint(checkpoint, [LOG], 0), ORIGIN, VERIFIER)

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        return consistency_proof(old, new, self.read)


honest = OneLog(HONEST)


@pytest.mark.requirement("SC-LOG-12")
@settings(max_examples=100, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40))
def test_a_log_that_only_grows_is_consistent_and_a_smaller_one_is_a_rollback(old: int, new: int) -> None:
    if old <= new:
        comparison = compare_checkpoints(honest.at(old), honest.at(new), honest.proof(old, new))
        assert comparison.verdict is Verdict.CONSISTENT
    else:
        assert compare_checkpoints(honest.at(old), honest.at(new), ()).verdict is Verdict.ROLLBACK


@pytest.mark.requirement("SC-LOG-12")
@settings(max_examples=100, deadline=None)
@given(st.integers(0, 29), st.integers(30, 40), st.integers(30, 40))
def test_a_log_that_rewrote_an_entry_is_never_consistent(edited: int, old: int, new: int) -> None:
    rewritten = OneLog([*HONEST[:edited], leaf_hash(b"another"), *HONEST[edited + 1 :]])
    proof = rewritten.proof(old, new) if old <= new else ()
    comparison = compare_checkpoints(honest.at(old), rewritten.at(new), proof)
    expected = Verdict.FORK if old == new else Verdict.UNPROVEN if old < new else Verdict.ROLLBACK
    assert comparison.verdict is expected
    if expected is Verdict.FORK:
        prove_fork(comparison, VERIFIER)
    else:
        with pytest.raises(ProofError, match="do not contradict"):
            prove_fork(comparison, VERIFIER)


@pytest.mark.requirement("SC-LOG-12")
def test_evidence_of_a_fork_cannot_be_made_up() -> None:
    rewritten = OneLog([leaf_hash(b"another"), *HONEST[1:]])
    evidence = compare_checkpoints(honest.at(9), rewritten.at(9), ())
    prove_fork(evidence, VERIFIER)
    with pytest.raises(ProofError):
        prove_fork(structs.replace(evidence, new_note=evidence.old_note), VERIFIER)
    impostor = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
    framed = sign_checkpoint(Checkpoint(ORIGIN, 9, bytes(32)), [impostor], 0)
    with pytest.raises(SignatureError):
        prove_fork(structs.replace(evidence, new_note=framed), VERIFIER)


def test_growth_without_a_proof_or_with_another_ones_proof_stays_unproven() -> None:
    for proof in ((), honest.proof(4, 9), honest.proof(5, 10)):
        comparison = compare_checkpoints(honest.at(5), honest.at(9), proof)
        assert comparison.verdict is Verdict.UNPROVEN
        assert "refused" in comparison.reason


def test_checkpoints_of_two_logs_are_not_compared() -> None:
    other = structs.replace(honest.at(3), checkpoint=Checkpoint("other", 3, bytes(32)))
    with pytest.raises(RequestError, match="two different logs"):
        compare_checkpoints(honest.at(3), other, ())
