"""Inclusion and consistency proofs of the RFC 6962 tree: made from stored hashes, verified from nothing.

Units: sizes and indexes count leaves from 0. Proofs are tuples of 32-byte hashes in the order of RFC 6962, from
the leaves up. Making one costs at most about 2 log2(size) stored hashes; verifying at most 2 log2(size) hash runs.
Sources: RFC 6962 sections 2.1.1 and 2.1.2 (making), RFC 9162 sections 2.1.3.2 and 2.1.4.2 (what a verifier must
refuse). The verifier walks a path in two parts: `inner`, below the point where the path to the leaf leaves the right
border of the tree and siblings stand on either side, and `border`, where every sibling stands on the left.
"""

from collections.abc import Sequence
from typing import TypeAlias

from steerclear.tlog.errors import ProofError, RequestError
from steerclear.tlog.limits import HASH_BYTES, MAX_PROOF_HASHES
from steerclear.tlog.tree import EMPTY_ROOT, HashReader, check_size, fold, node_hash, perfect_subtrees, read_hashes

Proof: TypeAlias = tuple[bytes, ...]
Range: TypeAlias = tuple[int, int]


def inclusion_proof(index: int, size: int, read: HashReader) -> Proof:
    """Proof that leaf `index` is in the tree of `size` leaves.

    Raises RequestError for an index outside the tree. Source: RFC 6962 section 2.1.1.
    """
    check_size(size)
    if not 0 <= index < size:
        msg = f"no leaf {index} in a tree of {size} leaves"
        raise RequestError(msg)
    ranges: list[Range] = []
    low, high = 0, size
    while high - low > 1:
        split = _split(low, high)
        if index < split:
            ranges.append((split, high))
            high = split
        else:
            ranges.append((low, split))
            low = split
    return _hash_ranges(ranges[::-1], read)


def consistency_proof(old_size: int, new_size: int, read: HashReader) -> Proof:
    """Proof that the tree of `old_size` leaves is a prefix of the tree of `new_size` leaves.

    Empty when nothing has to be shown (sizes equal, or old tree empty). Raises RequestError when old is larger.
    Source: RFC 6962 section 2.1.2.
    """
    check_size(new_size)
    if not 0 <= old_size <= new_size:
        msg = f"no consistency proof from {old_size} to {new_size} leaves: a log only grows"
        raise RequestError(msg)
    if old_size in (0, new_size):
        return ()
    ranges: list[Range] = []
    low, high = 0, new_size
    while high != old_size:
        split = _split(low, high)
        if old_size <= split:
            ranges.append((split, high))
            high = split
        else:
            ranges.append((low, split))
            low = split
    if low:
        ranges.append((low, high))
    return _hash_ranges(ranges[::-1], read)


def verify_inclusion(index: int, size: int, leaf: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the leaf hash `leaf` stands at `index` in the tree of `size` leaves with this root.

    Raises ProofError for anything else, whatever the arguments. Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        msg = f"inclusion proof refused: index {index} is not in a tree of {size} leaves"
        raise ProofError(msg)
    inner, border = _path_lengths(index, size)
    _check_hashes(proof, inner + border)
    found = _climb_border(_climb_inner(leaf, proof[:inner], index), proof[inner:])
    if found != root:
        msg = f"inclusion proof refused: leaf {index} of {size} leads to another root than the one claimed"
        raise ProofError(msg)


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree (old_size, old_root) is a prefix of the tree (new_size, new_root).

    Raises ProofError for anything else, whatever the arguments. Source: RFC 9162 section 2.1.4.2.
    """
    if not 0 <= old_size <= new_size:
        msg = f"consistency proof refused: {old_size} leaves cannot grow to {new_size}"
        raise ProofError(msg)
    if old_size in (0, new_size):
        _check_hashes(proof, 0)
        if old_root != (new_root if old_size == new_size else EMPTY_ROOT):
            msg = f"consistency proof refused: two different roots for {old_size} leaves"
            raise ProofError(msg)
        return
    # The largest perfect subtree that ends the old tree is where both walks start; it needs no proof hash when it
    # is the whole old tree.
    ending_level = (old_size & -old_size).bit_length() - 1
    inner, border = _path_lengths(old_size - 1, new_size)
    inner -= ending_level
    whole = old_size == 1 << ending_level
    _check_hashes(proof, inner + border + (0 if whole else 1))
    seed, path = (old_root, proof) if whole else (proof[0], proof[1:])
    position = (old_size - 1) >> ending_level
    old_found = _climb_border(_climb_inner_left(seed, path[:inner], position), path[inner:])
    new_found = _climb_border(_climb_inner(seed, path[:inner], position), path[inner:])
    if old_found != old_root or new_found != new_root:
        msg = f"consistency proof refused: it does not show that {old_size} leaves became {new_size}"
        raise ProofError(msg)


def _split(low: int, high: int) -> int:
    """Where RFC 6962 splits [low, high): the largest power of two smaller than its length, from the left."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def _hash_ranges(ranges: list[Range], read: HashReader) -> Proof:
    """Hashes of ranges, with a single call to the reader."""
    tilings = [perfect_subtrees(low, high) for low, high in ranges]
    hashes = iter(read_hashes([node for tiling in tilings for node in tiling], read))
    return tuple(fold([next(hashes) for _ in tiling]) for tiling in tilings)


def _path_lengths(index: int, size: int) -> tuple[int, int]:
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _check_hashes(proof: Sequence[bytes], expected: int) -> None:
    if len(proof) != expected or expected > MAX_PROOF_HASHES:
        msg = f"proof refused: {len(proof)} hashes where this claim takes exactly {expected}"
        raise ProofError(msg)
    if any(len(part) != HASH_BYTES for part in proof):
        msg = f"proof refused: a hash in it is not {HASH_BYTES} bytes"
        raise ProofError(msg)


def _climb_inner(seed: bytes, path: Sequence[bytes], position: int) -> bytes:
    for sibling in path:
        seed = node_hash(sibling, seed) if position & 1 else node_hash(seed, sibling)
        position >>= 1
    return seed


def _climb_inner_left(seed: bytes, path: Sequence[bytes], position: int) -> bytes:
    """Climb in the old tree: siblings on the right did not exist yet."""
    for sibling in path:
        if position & 1:
            seed = node_hash(sibling, seed)
        position >>= 1
    return seed


def _climb_border(seed: bytes, path: Sequence[bytes]) -> bytes:
    for sibling in path:
        seed = node_hash(sibling, seed)
    return seed
