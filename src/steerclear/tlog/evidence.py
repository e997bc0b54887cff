"""Evidence that a log signed two histories, which anyone can check who has nothing but the log's key.

Two checkpoints of one size with different roots need no more than themselves. At different sizes the larger
checkpoint's root binds every earlier root of its own history: if some hashes lead from a root R at the smaller size
to the larger root, then R, and no other, is what that history had at that size (another one would be a SHA-256
collision). If R is not the root that the log signed at the smaller size, the log signed two histories. It does not
matter who found R and the hashes, so they need no signature; and an honest log cannot be accused, because the only
root from which such hashes lead to its larger checkpoint is the one it signed.
Source of the argument: RFC 9162 section 2.1.4.2, read from the larger root down.
"""

from msgspec import Struct

from steerclear.tlog.checkpoint import OpenedCheckpoint, open_checkpoint
from steerclear.tlog.errors import ProofError, RequestError
from steerclear.tlog.proofs import consistency_proof, verify_consistency
from steerclear.tlog.tree import HashReader, root_at
from steerclear.tlog.verifier_key import Verifier


class ForkEvidence(Struct, frozen=True):
    """Two notes of a log that contradict each other, and what shows it; believed only after `check_fork`."""

    origin: str
    old_note: bytes
    """Checkpoint at the smaller size (or at the same size)."""
    new_note: bytes
    """Checkpoint at the larger size."""
    other_root: bytes
    """Root (32 bytes) that the larger checkpoint's history had at the smaller size."""
    proof: tuple[bytes, ...]
    """Consistency proof from `other_root` to the larger checkpoint; empty at the same size."""


def fork_evidence(old: OpenedCheckpoint, new: OpenedCheckpoint, read_new: HashReader) -> ForkEvidence:
    """Evidence from two checkpoints and the stored hashes of the tree that the larger one was signed over.

    Raises RequestError when there is nothing to prove: other logs, a larger `old`, hashes of another tree than the
    larger checkpoint's, or a tree that contains `old`.
    """
    first, second = old.checkpoint, new.checkpoint
    if first.origin != second.origin or first.size > second.size:
        msg = "a fork is shown by two checkpoints of one log, the smaller one first"
        raise RequestError(msg)
    other_root = root_at(first.size, read_new)
    if root_at(second.size, read_new) != second.root:
        msg = f"the hashes given are not those of the tree that {second.origin!r} signed at {second.size} entries"
        raise RequestError(msg)
    if other_root == first.root:
        msg = f"no fork: the first {first.size} entries are those that {first.origin!r} signed before"
        raise RequestError(msg)
    proof = consistency_proof(first.size, second.size, read_new)
    return ForkEvidence(first.origin, old.note, new.note, other_root, proof)


def check_fork(evidence: ForkEvidence, log_verifier: Verifier) -> None:
    """Check, trusting nothing but the log's key, that the log signed two histories: the offline side of evidence.

    Raises MalformedInputError or SignatureError for notes the log did not sign, ProofError when they do not conflict
    or the proof does not show it.
    """
    old = open_checkpoint(evidence.old_note, evidence.origin, log_verifier).checkpoint
    new = open_checkpoint(evidence.new_note, evidence.origin, log_verifier).checkpoint
    if evidence.other_root == old.root:
        msg = "evidence refused: the two checkpoints do not contradict each other"
        raise ProofError(msg)
    verify_consistency(old.size, new.size, evidence.other_root, new.root, evidence.proof)
