"""The interface every store offers, whatever database is below it; one conformance suite runs against all.

Writes go through `submit`: the future it gives is done when the append is durable, never earlier. An asyncio service
awaits `asyncio.wrap_future(store.submit(append))`; many appends that wait at once share one transaction.
Reads see committed rows only. All methods may be called from any thread.

Restoring: an older copy of the store is opened, and what the peer holds of our log and of theirs beyond
`log_state(log).size` comes back in appends of its own, each with the leaves of one of `leaf_batches` and the events
that belong to them. Entries carry their index, so what is there already is a visible no-op, a gap or another entry is
a LogConflictError, and a restore that was interrupted simply goes on. `frontier` with `tlog.extend` gives the root to
compare with the cosigned checkpoint before anything is appended.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from msgspec import Struct

from steerclear.store.entries import (
    Append,
    CheckpointEntry,
    JournalRow,
    LogState,
    OutboxRow,
    Receipt,
)
from steerclear.tlog import Frontier, Proof


class AuditReport(Struct, frozen=True):
    """What a full audit looked at; it raises when something is wrong, so a report means all is well."""

    journal_rows: int
    logs: tuple[LogState, ...]


class Journal(Protocol):
    """An append-only journal with outbox, Merkle logs, checkpoints and views in the same transaction."""

    def submit(self, append: Append) -> "Future[Receipt]":
        """Queue an append; the future holds its receipt once it is durable.

        Raises at once: AppendRefusedError (limits), StoreOverloadedError (queue full), StoreClosedError,
        StoreFailedError. The future raises: AppendConflictError, LogConflictError, CheckpointConflictError,
        StoreFullError, StoreFailedError; then nothing of this append was stored (after StoreFailedError: unknown).
        """
        ...

    def append(self, append: Append) -> Receipt:
        """Store an append and wait for its receipt. Raises all that `submit` and its future raise."""
        ...

    def on_commit(self, listener: Callable[[int], None]) -> None:
        """Call `listener(last_sequence)` after each commit, on the writer's thread: it must only wake someone up.

        A listener that raises (its event loop was closed) is not called again; appends go on.
        """
        ...

    def last_sequence(self) -> int:
        """Sequence of the newest journal row, 0 when there is none."""
        ...

    def journal(self, after: int = 0, limit: int = 1_000) -> list[JournalRow]:
        """Rows with a sequence above `after`, in order, at most `limit`; to follow, call it again."""
        ...

    def receipt(self, key: str) -> Receipt | None:
        """Receipt of the append stored under a key, None when there is none."""
        ...

    def pending(self, link: str, limit: int = 1_000) -> list[OutboxRow]:
        """Undelivered messages of a link, highest urgency first, then as they were appended, at most `limit`."""
        ...

    def pending_counts(self) -> dict[str, int]:
        """How many messages wait per link; links with none are left out."""
        ...

    def logs(self) -> list[LogState]:
        """State of every log, by name."""
        ...

    def log_state(self, log: str) -> LogState:
        """Size and root of a log; a log never written to is empty."""
        ...

    def frontier(self, log: str) -> Frontier:
        """Frontier of a log: with `tlog.extend` a caller can know the root of entries it is about to append."""
        ...

    def leaves(self, log: str, start: int = 0, limit: int = 1_000) -> list[bytes]:
        """Entries of a log from index `start`, in order, at most `limit`."""
        ...

    def contents(self, log: str, start: int = 0, limit: int = 1_000) -> list[bytes]:
        """What the entries of a log commit to, beside `leaves`; empty where an entry was given none."""
        ...

    def root_at(self, log: str, size: int) -> bytes:
        """Root of a log as it was at `size` entries. Raises tlog.RequestError when it was never that large."""
        ...

    def inclusion_proof(self, log: str, index: int, size: int) -> Proof:
        """Proof that entry `index` is in the log of `size` entries. Raises tlog.RequestError."""
        ...

    def consistency_proof(self, log: str, old_size: int, new_size: int) -> Proof:
        """Proof that the log only grew between two sizes. Raises tlog.RequestError."""
        ...

    def latest_checkpoint(self, log: str, slot: str) -> CheckpointEntry | None:
        """Largest checkpoint stored under a slot, None when there is none."""
        ...

    def checkpoints(self, log: str, slot: str, above_size: int = -1, limit: int = 1_000) -> list[CheckpointEntry]:
        """Checkpoints of a slot with a size above `above_size`, by size, at most `limit`."""
        ...

    def view(self, name: str, key: str) -> bytes | None:
        """Value of a key in a view, None when absent."""
        ...

    def view_items(self, name: str, after: str = "", limit: int = 1_000) -> list[tuple[str, bytes]]:
        """Keys above `after` with their values, by key, at most `limit`."""
        ...

    def rebuild_views(self) -> None:
        """Drop every view and derive it again from the journal."""
        ...

    def audit(self) -> AuditReport:
        """Recompute everything that can be recomputed: row order, every leaf hash, subtree hash and root.

        Raises StoreDamagedError naming the first contradiction.
        """
        ...

    def close(self) -> None:
        """Store what is queued, then release the store. Safe to call twice."""
        ...
