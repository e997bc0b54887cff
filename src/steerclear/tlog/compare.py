"""Two checkpoints of one log: has it only grown, was it rolled back, or does it show different faces?

What is proof and what is not: two checkpoints of one size with different roots, both signed by the log, prove to
anyone that it cheated. A smaller checkpoint, or growth without a valid consistency proof, must be refused but proves
nothing to a third party: an old checkpoint was once true, and anyone can make a bad proof. Whoever has the hashes of
the larger tree can still make proof of it (`evidence`).
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from steerclear.tlog.checkpoint import OpenedCheckpoint, open_checkpoint
from steerclear.tlog.errors import ProofError, RequestError
from steerclear.tlog.proofs import verify_consistency
from steerclear.tlog.verifier_key import Verifier


class Verdict(StrEnum):
    """What a second checkpoint of the same log says about the log."""

    CONSISTENT = "consistent"
    """The log has only grown (or stood still): accept and cosign."""
    ROLLBACK = "rollback"
    """Smaller than what we have seen: refuse. A stale copy, or history taken back."""
    FORK = "fork"
    """Same size, another root: refuse; the two notes together prove it to anyone."""
    UNPROVEN = "unproven"
    """Larger, but not shown to contain what we have seen: refuse and ask for a valid proof."""


class Comparison(Struct, frozen=True):
    """Verdict on two checkpoints with the notes it was reached from; keep it whole as evidence."""

    verdict: Verdict
    reason: str
    origin: str
    old_note: bytes
    new_note: bytes
    proof: tuple[bytes, ...]


def compare_checkpoints(old: OpenedCheckpoint, new: OpenedCheckpoint, proof: Sequence[bytes]) -> Comparison:
    """Judge a new checkpoint against the last one accepted; `proof` is the consistency proof the log sent with it.

    Raises RequestError when the two are of different logs.
    """
    first, second = old.checkpoint, new.checkpoint
    if first.origin != second.origin:
        msg = f"checkpoints of two different logs cannot be compared: {first.origin!r} and {second.origin!r}"
        raise RequestError(msg)
    if second.size < first.size:
        verdict = Verdict.ROLLBACK
        reason = f"{second.size} entries offered after {first.size} were seen"
    elif second.size == first.size and second.root != first.root:
        verdict = Verdict.FORK
        reason = f"two different roots for {first.size} entries, both signed by the log"
    else:
        verdict, reason = _judge_growth(old, new, proof)
    return Comparison(verdict, reason, first.origin, old.note, new.note, tuple(proof))


def prove_fork(comparison: Comparison, log_verifier: Verifier) -> None:
    """Check, trusting nothing but the log's key, that this comparison proves a fork: the offline side of evidence.

    Raises MalformedInputError or SignatureError for notes the log did not sign, ProofError when they do not conflict.
    """
    old = open_checkpoint(comparison.old_note, comparison.origin, log_verifier).checkpoint
    new = open_checkpoint(comparison.new_note, comparison.origin, log_verifier).checkpoint
    if old.size != new.size or old.root == new.root:
        msg = "evidence refused: the two checkpoints do not contradict each other"
        raise ProofError(msg)


def _judge_growth(old: OpenedCheckpoint, new: OpenedCheckpoint, proof: Sequence[bytes]) -> tuple[Verdict, str]:
    first, second = old.checkpoint, new.checkpoint
    try:
        verify_consistency(first.size, second.size, first.root, second.root, proof)
    except ProofError as refused:
        return Verdict.UNPROVEN, str(refused)
    return Verdict.CONSISTENT, f"{second.size} entries contain the {first.size} seen before"
