"""The RFC 6962 Merkle tree over stored hashes of perfect subtrees.

Units: sizes and indexes count leaves from 0. A node `(level, index)` is the perfect subtree over leaves
`index * 2**level` up to, not including, `(index + 1) * 2**level`; level 0 holds the leaf hashes.
Hashes: leaf = SHA-256(0x00 || entry), node = SHA-256(0x01 || left || right), empty tree = SHA-256("").
Only perfect subtrees are ever stored, so a stored hash never changes; the ragged right edge is folded when
asked for. Source of the formulas: RFC 6962 section 2.1.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import TypeAlias

from msgspec import Struct

from steerclear.tlog.errors import MalformedInputError, RequestError, StoredHashesError
from steerclear.tlog.limits import HASH_BYTES, MAX_ENTRY_BYTES, MAX_TREE_SIZE

Node: TypeAlias = tuple[int, int]
"""A perfect subtree: (level, index)."""

HashReader: TypeAlias = Callable[[Sequence[Node]], Sequence[bytes]]
"""Gives the stored hash of each node asked for, in order: one call, so one round trip to a store."""

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves."""


class StoredHash(Struct, frozen=True, array_like=True):
    """The hash of one perfect subtree, to be stored once and never changed."""

    level: int
    index: int
    hash: bytes


class Frontier(Struct, frozen=True):
    """All a log must remember to grow: its size and the hashes of its perfect subtrees, largest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def root(self) -> bytes:
        """Root hash of the tree (32 bytes)."""
        return fold(self.hashes)


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry, 32 bytes.

    Raises MalformedInputError above MAX_ENTRY_BYTES. Source: RFC 6962 section 2.1.
    """
    return leaf_hashes([entry])[0]


def leaf_hashes(entries: Sequence[bytes]) -> list[bytes]:
    """Hashes of many entries, 32 bytes each; raises as `leaf_hash` does."""
    longest = max(map(len, entries), default=0)
    if longest > MAX_ENTRY_BYTES:
        msg = (
            f"a log entry has {longest} bytes, the limit is {MAX_ENTRY_BYTES}: put the content in by its SHA-256"
            " and keep the bytes beside the log"
        )
        raise MalformedInputError(msg)
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node from its two children (32 bytes each). Source: RFC 6962 section 2.1."""
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """Hash of a range from the hashes of its perfect subtrees, largest (leftmost) first; EMPTY_ROOT for none."""
    if not hashes:
        return EMPTY_ROOT
    folded = hashes[-1]
    for left in reversed(hashes[:-1]):
        folded = node_hash(left, folded)
    return folded


def perfect_subtrees(start: int, end: int) -> list[Node]:
    """Nodes that tile the leaves [start, end), largest first.

    `start` must be a multiple of the largest power of two in the range, as it is in every split of RFC 6962.
    """
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def frontier_nodes(size: int) -> list[Node]:
    """Nodes whose hashes make the frontier of a tree of this size."""
    check_size(size)
    return perfect_subtrees(0, size)


def read_frontier(size: int, read: HashReader) -> Frontier:
    """Frontier of a tree of `size` leaves from stored hashes. Raises StoredHashesError."""
    return Frontier(size, tuple(read_hashes(frontier_nodes(size), read)))


def root_at(size: int, read: HashReader) -> bytes:
    """Root of the tree as it was at `size` leaves, from stored hashes. Raises StoredHashesError."""
    return read_frontier(size, read).root()


def extend(frontier: Frontier, leaf_hashes: Iterable[bytes]) -> tuple[Frontier, list[StoredHash]]:
    """Append leaves: the new frontier, and every subtree hash that became perfect (leaves included), to be stored.

    `leaf_hashes` are outputs of `leaf_hash`, in order. Raises RequestError when the tree would outgrow MAX_TREE_SIZE.
    """
    size = frontier.size
    stack = list(frontier.hashes)
    stored = []
    for leaf in leaf_hashes:
        grown, level, index = leaf, 0, size
        stored.append(StoredHash(0, index, grown))
        while index & 1:
            grown, level, index = node_hash(stack.pop(), grown), level + 1, index >> 1
            stored.append(StoredHash(level, index, grown))
        stack.append(grown)
        size += 1
    check_size(size)
    return Frontier(size, tuple(stack)), stored


def perfect_levels(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """Hashes of all perfect subtrees over a run of equal subtrees, level by level, starting with the run itself.

    The run must start at a multiple of the power of two that covers it. The fast path of a full audit: it hashes a
    chunk at a time and compares whole levels with what is stored.
    """
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = zip(below[::2], below[1::2], strict=False)  # an odd last one waits for its sibling
        levels.append([sha256(b"\x01" + left + right).digest() for left, right in pairs])
    return levels


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """Root over leaf hashes alone, with nothing stored."""
    levels = perfect_levels(leaf_hashes)
    return fold([levels[level][index] for level, index in perfect_subtrees(0, len(leaf_hashes))])


def check_size(size: int) -> None:
    """Raises RequestError unless 0 <= size <= MAX_TREE_SIZE."""
    if not 0 <= size <= MAX_TREE_SIZE:
        msg = f"tree size {size} is outside 0..{MAX_TREE_SIZE}"
        raise RequestError(msg)


def read_hashes(nodes: Sequence[Node], read: HashReader) -> Sequence[bytes]:
    """Stored hashes of nodes, one each. Raises StoredHashesError when the store gives anything else."""
    hashes = read(nodes)
    if len(hashes) != len(nodes) or any(len(stored) != HASH_BYTES for stored in hashes):
        msg = (
            f"our store gave {len(hashes)} hashes for {len(nodes)} subtrees, or one that is not {HASH_BYTES} bytes:"
            " the log's tables are damaged, rebuild them from the leaves"
        )
        raise StoredHashesError(msg)
    return hashes
