"""Every tree to 300 leaves against the definition and an independent library; no flipped bit survives."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_scales.tlog import ConsistencyProof, ConsistencyProofInvalid, InclusionProof, InclusionProofInvalid

from steerclear.tlog import (
    EMPTY_ROOT,
    Frontier,
    HashReader,
    MalformedInputError,
    ProofError,
    RequestError,
    StoredHashesError,
    consistency_proof,
    extend,
    frontier_nodes,
    inclusion_proof,
    leaf_hash,
    read_frontier,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from steerclear.tlog.limits import MAX_ENTRY_BYTES, MAX_TREE_SIZE
from tests.tlog import naive

ENTRIES = [b"entry %d" % index for index in range(300)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NODES = {(node.level, node.index): node.hash for node in extend(Frontier(), LEAVES)[1]}
ROOTS = [naive.mth(ENTRIES[:size]) for size in range(301)]


def read(nodes: object) -> list[bytes]:
    return [NODES[node] for node in nodes]  # type: ignore[attr-defined]


def flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data) ^ 1 << bit).to_bytes(len(data))


def refused(check: Callable[[], None]) -> bool:
    try:
        check()
    except ProofError:
        return True
    return False


@pytest.mark.requirement("SC-LOG-01")
def test_roots_and_frontiers_follow_the_definition_at_every_size() -> None:
    frontier = Frontier()
    for size, leaf in enumerate(LEAVES):
        assert frontier.root() == root_at(size, read) == root_of(LEAVES[:size]) == ROOTS[size]
        assert read_frontier(size, read) == frontier
        frontier, fresh = extend(frontier, [leaf])
        assert len(fresh) == ((size + 1) & -(size + 1)).bit_length()  # amortised two hashes a leaf
    assert frontier.root() == ROOTS[300]


@pytest.mark.requirement("SC-LOG-02")
def test_every_inclusion_proof_to_size_90_is_right_and_accepted_by_both_verifiers() -> None:
    for size in range(1, 91):
        for index in range(size):
            proof = inclusion_proof(index, size, read)
            assert list(proof) == naive.path(index, ENTRIES[:size])
            verify_inclusion(index, size, LEAVES[index], ROOTS[size], proof)
            InclusionProof(index, size, list(proof)).check(LEAVES[index], ROOTS[size])


@pytest.mark.requirement("SC-LOG-02")
def test_every_inclusion_proof_to_size_300_verifies() -> None:
    for size in range(91, 301):
        for index in range(size):
            verify_inclusion(index, size, LEAVES[index], ROOTS[size], inclusion_proof(index, size, read))


@pytest.mark.requirement("SC-LOG-03")
def test_every_consistency_proof_to_size_90_is_right_and_accepted_by_both_verifiers() -> None:
    for new in range(91):
        for old in range(new + 1):
            proof = consistency_proof(old, new, read)
            assert list(proof) == naive.proof(old, ENTRIES[:new])
            verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)
            ConsistencyProof(old, new, list(proof)).check(ROOTS[old], ROOTS[new])


@pytest.mark.requirement("SC-LOG-03")
def test_every_consistency_proof_to_size_300_verifies() -> None:
    for new in range(91, 301):
        for old in range(new + 1):
            verify_consistency(old, new, ROOTS[old], ROOTS[new], consistency_proof(old, new, read))


@pytest.mark.requirement("SC-LOG-04")
@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.data())
def test_no_single_flipped_bit_survives_an_inclusion_proof(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, read)
    leaf, root = LEAVES[index], ROOTS[size]
    for bit in range(256):
        assert refused(lambda bit=bit: verify_inclusion(index, size, flipped(leaf, bit), root, proof))
        assert refused(lambda bit=bit: verify_inclusion(index, size, leaf, flipped(root, bit), proof))
    for place, part in enumerate(proof):
        bit = data.draw(st.integers(0, 255))
        bad = (*proof[:place], flipped(part, bit), *proof[place + 1 :])
        assert refused(lambda bad=bad: verify_inclusion(index, size, leaf, root, bad))


@pytest.mark.requirement("SC-LOG-04")
@settings(max_examples=60, deadline=None)
@given(st.integers(2, 300), st.data())
def test_no_single_flipped_bit_survives_a_consistency_proof(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, read)
    for bit in range(256):
        assert refused(lambda bit=bit: verify_consistency(old, new, flipped(ROOTS[old], bit), ROOTS[new], proof))
        assert refused(lambda bit=bit: verify_consistency(old, new, ROOTS[old], flipped(ROOTS[new], bit), proof))
    for place, part in enumerate(proof):
        bit = data.draw(st.integers(0, 255))
        bad = (*proof[:place], flipped(part, bit), *proof[place + 1 :])
        assert refused(lambda bad=bad: verify_consistency(old, new, ROOTS[old], ROOTS[new], bad))


@pytest.mark.requirement("SC-LOG-04")
@settings(max_examples=300, deadline=None)
@given(st.integers(-1, 40), st.integers(-1, 40), st.integers(0, 39), st.lists(st.sampled_from(LEAVES[:6]), max_size=7))
def test_verifiers_agree_with_the_other_library_on_proofs_made_of_anything(
    first: int, second: int, root: int, proof: list[bytes]
) -> None:
    ours = refused(lambda: verify_inclusion(first, second, LEAVES[0], ROOTS[root], proof))
    try:
        InclusionProof(first, second, proof).check(LEAVES[0], ROOTS[root])
        theirs = first < 0  # the other library takes a negative index; ours does not
    except InclusionProofInvalid:
        theirs = True
    assert ours == theirs
    if first >= 0 and second >= 0:
        ours = refused(lambda: verify_consistency(first, second, ROOTS[first], ROOTS[root], proof))
        try:
            ConsistencyProof(first, second, proof).check(ROOTS[first], ROOTS[root])
            # The other library takes any root for "empty grew to empty"; ours knows that there is only one.
            theirs = first == second == 0 and ROOTS[root] != EMPTY_ROOT
        except ConsistencyProofInvalid:
            theirs = True
        assert ours == theirs


@pytest.mark.requirement("SC-LOG-04")
def test_proofs_of_a_wrong_shape_are_refused_without_a_crash() -> None:
    proof = inclusion_proof(5, 8, read)
    for bad in (proof[:-1], (*proof, LEAVES[0]), (proof[0][:-1], *proof[1:]), (b"", b"", b"")):
        assert refused(lambda bad=bad: verify_inclusion(5, 8, LEAVES[5], ROOTS[8], bad))
        assert refused(lambda bad=bad: verify_consistency(5, 8, ROOTS[5], ROOTS[8], bad))
    for index, size in ((-1, 8), (8, 8), (0, 0), (2**200, 2**201)):
        assert refused(lambda index=index, size=size: verify_inclusion(index, size, LEAVES[0], ROOTS[8], ()))
    for old, new in ((-1, 8), (9, 8), (2**200, 2**201)):
        assert refused(lambda old=old, new=new: verify_consistency(old, new, ROOTS[8], ROOTS[8], ()))
    assert refused(lambda: verify_consistency(0, 8, ROOTS[1], ROOTS[8], ()))
    assert refused(lambda: verify_consistency(0, 8, EMPTY_ROOT, ROOTS[8], (LEAVES[0],)))


@pytest.mark.requirement("SC-LOG-05")
@settings(max_examples=40, deadline=None)
@given(st.integers(2, 256), st.data())
def test_every_edit_deletion_swap_and_truncation_of_a_log_changes_its_root(size: int, data: st.DataObject) -> None:
    entries = ENTRIES[:size]
    at = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda other: other != at))
    bit = data.draw(st.integers(0, len(entries[at]) * 8 - 1))
    swapped = list(entries)
    swapped[at], swapped[other] = swapped[other], swapped[at]
    for edited in (
        [*entries[:at], flipped(entries[at], bit), *entries[at + 1 :]],
        [*entries[:at], *entries[at + 1 :]],
        swapped,
        entries[:-1],
    ):
        assert root_of([leaf_hash(entry) for entry in edited]) != ROOTS[size]


@pytest.mark.requirement("SC-LOG-06")
def test_requests_beyond_the_tree_are_our_own_fault_and_say_so() -> None:
    for request in (
        lambda: inclusion_proof(5, 5, read),
        lambda: inclusion_proof(-1, 5, read),
        lambda: consistency_proof(6, 5, read),
        lambda: consistency_proof(-1, 5, read),
        lambda: frontier_nodes(MAX_TREE_SIZE + 1),
    ):
        with pytest.raises(RequestError) as caught:
            request()
        assert caught.value.fault == "ours"


@pytest.mark.requirement("SC-LOG-06")
def test_an_entry_above_the_limit_is_refused_and_one_at_the_limit_is_not() -> None:
    assert len(leaf_hash(bytes(MAX_ENTRY_BYTES))) == 32
    with pytest.raises(MalformedInputError, match="SHA-256"):
        leaf_hash(bytes(MAX_ENTRY_BYTES + 1))


@pytest.mark.parametrize("damaged", [lambda nodes: [], lambda nodes: [b"short"] * len(nodes)])
def test_a_store_that_gives_back_something_else_than_hashes_is_named_as_damaged(damaged: HashReader) -> None:
    with pytest.raises(StoredHashesError, match="damaged"):
        root_at(5, damaged)
