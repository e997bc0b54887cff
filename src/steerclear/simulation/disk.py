"""A store in memory that keeps every promise of `store.protocol.Journal`, on a disk that can lose what was not synced.

`Medium` is what survives a crash; `MemoryJournal` is one process that has it open. An append is applied when it is
synced and not before, so that the state of the medium is always a durable one. A crash keeps a prefix of the appends
that were submitted and not yet synced: they may have reached the disk, but nobody was told.
Whoever waits for an append (`result`) makes the disk sync: in a simulation nothing else could.
`Flaws` are planted faults: a run on a flawed disk must be caught.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from random import Random
from threading import RLock

from msgspec import Struct

from steerclear.simulation.limits import MAX_QUEUED_APPENDS
from steerclear.simulation.medium import Flaws, Medium
from steerclear.store.entries import (
    Append,
    CheckpointEntry,
    JournalRow,
    LogState,
    OutboxRow,
    Receipt,
    View,
    check_append,
)
from steerclear.store.errors import StoreClosedError, StoreFullError, StoreOverloadedError
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import AuditReport
from steerclear.tlog import (
    Frontier,
    Proof,
    RequestError,
    consistency_proof,
    inclusion_proof,
    root_at,
)

__all__ = ["Flaws", "Medium", "MemoryJournal", "PowerCut"]


class PowerCut(BaseException):
    """The process died in the middle of a write; no `except Exception` of the code under test may survive it."""


class Promise(Future[Receipt]):
    """The future of a queued append: waiting for it makes the disk sync."""

    def __init__(self, journal: MemoryJournal) -> None:
        super().__init__()
        self._journal = journal

    def result(self, timeout: float | None = None) -> Receipt:
        """Receipt of the append, once it is durable."""
        self._sync()
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Why the append was not stored; None when it was."""
        self._sync()
        return super().exception(timeout)

    def _sync(self) -> None:
        if not self.done():
            self._journal.sync()


class _Queued(Struct, frozen=True):
    append: Append
    promise: Promise


class MemoryJournal:
    """A `Journal` on a `Medium`; see `store.protocol.Journal` for what each method promises.

    With `hold`, submitted appends wait for `sync` or for someone who needs their receipt; without, each is synced at
    once.
    """

    def __init__(self, medium: Medium, views: Sequence[View] = (), hold: bool = False) -> None:
        self._medium = medium
        self._hold = hold
        self._queue: list[_Queued] = []
        self._listeners: list[Callable[[int], None]] = []
        self._closed = False
        self._lock = RLock()
        self.dies_after: int | None = None
        """The process dies in the sync of that number from now on; None for never."""
        medium.open_views(views)

    # -- writing -----------------------------------------------------------------------------------------------------

    def submit(self, append: Append) -> Future[Receipt]:
        """Queue an append; the future holds its receipt once it is durable."""
        check_append(append)
        promise = Promise(self)
        with self._lock:
            self._check_open("appending")
            if len(self._queue) >= MAX_QUEUED_APPENDS:
                raise StoreOverloadedError(f"{MAX_QUEUED_APPENDS} appends wait for the disk: slow down")
            self._queue.append(_Queued(append, promise))
            if not self._hold:
                self.sync()
        return promise

    def append(self, append: Append) -> Receipt:
        """Store an append and wait for its receipt."""
        return self.submit(append).result()

    def sync(self) -> int:
        """Make what is queued durable and give out the receipts; how many there were."""
        with self._lock:
            if not self._queue:
                return 0
            if self.dies_after is not None:
                self.dies_after -= 1
                if self.dies_after <= 0:
                    raise PowerCut
            queue, self._queue = self._queue, []
            outcomes = [self._outcome(queued.append) for queued in queue]
            if not self._medium.full:
                self._medium.mark_durable()
            for queued, outcome in zip(queue, outcomes, strict=True):
                if isinstance(outcome, Receipt):
                    queued.promise.set_result(outcome)
                else:
                    queued.promise.set_exception(outcome)
            if any(isinstance(outcome, Receipt) for outcome in outcomes):
                self._tell_listeners()
        return len(queue)

    @property
    def queued(self) -> int:
        """Appends that wait for a sync."""
        return len(self._queue)

    def crash(self, chance: Random) -> int:
        """The process dies: a prefix of what was queued has reached the disk, the rest is lost; no receipt goes out.

        How many of the queued appends are lost.
        """
        survived = chance.randint(0, len(self._queue))
        for queued in self._queue[:survived]:
            self._outcome(queued.append)
        if survived and not self._medium.full:
            self._medium.mark_durable()
        lost = len(self._queue) - survived
        self._queue, self._listeners, self._closed = [], [], True
        self._medium.after_crash(chance)
        return lost

    def _outcome(self, append: Append) -> Receipt | Exception:
        if self._medium.full:
            return StoreFullError("no room left on the disk: nothing of this append was stored; free space and retry")
        try:
            return self._medium.apply(append)
        except Exception as refused:  # a refused append fails alone, whatever was wrong with it
            return refused

    def on_commit(self, listener: Callable[[int], None]) -> None:
        """Call `listener(last_sequence)` after each commit."""
        self._listeners.append(listener)

    def _tell_listeners(self) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(len(self._medium.rows))
            except Exception:
                self._listeners.remove(listener)

    def close(self) -> None:
        """Store what is queued, then release the medium."""
        if not self._closed:
            self.sync()
            self._closed = True

    # -- reading -----------------------------------------------------------------------------------------------------

    def last_sequence(self) -> int:
        """Sequence of the newest journal row."""
        return len(self._open().rows)

    def journal(self, after: int = 0, limit: int = 1_000) -> list[JournalRow]:
        """Rows with a sequence above `after`, in order."""
        after = max(after, 0)
        return self._open().rows[after : after + _page(limit)]

    def receipt(self, key: str) -> Receipt | None:
        """Receipt of the append stored under a key."""
        return self._open().receipt(key)

    def pending(self, link: str, limit: int = 1_000) -> list[OutboxRow]:
        """Undelivered messages of a link, the most urgent first."""
        waiting = [row for row in self._open().outbox.values() if row.link == link and self._medium.is_pending(row)]
        waiting.sort(key=lambda row: -row.urgency)
        return waiting[: _page(limit)]

    def pending_counts(self) -> dict[str, int]:
        """How many messages wait per link."""
        counts: dict[str, int] = {}
        for row in self._open().outbox.values():
            if self._medium.is_pending(row):
                counts[row.link] = counts.get(row.link, 0) + 1
        return counts

    def logs(self) -> list[LogState]:
        """State of every log, by name."""
        return [self.log_state(name) for name in sorted(self._open().logs)]

    def log_state(self, log: str) -> LogState:
        """Size and root of a log."""
        held = self._open().log(log)
        return LogState(log, held.frontier.size, held.root)

    def frontier(self, log: str) -> Frontier:
        """Frontier of a log."""
        return self._open().log(log).frontier

    def leaves(self, log: str, start: int = 0, limit: int = 1_000) -> list[bytes]:
        """Entries of a log from index `start`, in order."""
        return self._open().log(log).entries[start : start + _page(limit)]

    def contents(self, log: str, start: int = 0, limit: int = 1_000) -> list[bytes]:
        """What the entries of a log commit to, from index `start`, in order."""
        return self._open().log(log).contents[start : start + _page(limit)]

    def root_at(self, log: str, size: int) -> bytes:
        """Root of a log as it was at `size` entries."""
        held = self._open().log(log)
        held.check_grown(log, size)
        return root_at(size, held.read)

    def inclusion_proof(self, log: str, index: int, size: int) -> Proof:
        """Proof that entry `index` is in the log of `size` entries."""
        held = self._open().log(log)
        held.check_grown(log, size)
        return inclusion_proof(index, size, held.read)

    def consistency_proof(self, log: str, old_size: int, new_size: int) -> Proof:
        """Proof that the log only grew between two sizes."""
        held = self._open().log(log)
        held.check_grown(log, new_size)
        return consistency_proof(old_size, new_size, held.read)

    def latest_checkpoint(self, log: str, slot: str) -> CheckpointEntry | None:
        """Largest checkpoint stored under a slot."""
        kept = self._open().checkpoints.get((log, slot))
        return kept[-1] if kept else None

    def checkpoints(self, log: str, slot: str, above_size: int = -1, limit: int = 1_000) -> list[CheckpointEntry]:
        """Checkpoints of a slot with a size above `above_size`, by size."""
        kept = self._open().checkpoints.get((log, slot), [])
        return [checkpoint for checkpoint in kept if checkpoint.size > above_size][: _page(limit)]

    def view(self, name: str, key: str) -> bytes | None:
        """Value of a key in a view."""
        table = self._open().views.get(name)
        return None if table is None else table.values.get(key)

    def view_items(self, name: str, after: str = "", limit: int = 1_000) -> list[tuple[str, bytes]]:
        """Keys above `after` with their values, by key."""
        table, page = self._open().views.get(name), _page(limit)
        return [] if table is None else table.items(after, page)

    def rebuild_views(self) -> None:
        """Drop every view and derive it again from the journal."""
        with self._lock:
            self._check_open("rebuilding views")
            self._medium.rebuild_views()

    def audit(self) -> AuditReport:
        """Recompute everything that can be recomputed."""
        return self._open().audit()

    def _open(self) -> Medium:
        self._check_open("reading")
        return self._medium

    def _check_open(self, purpose: str) -> None:
        if self._closed:
            raise StoreClosedError(f"the store was closed: open it again before {purpose}")


def _page(limit: int) -> int:
    if not 1 <= limit <= MAX_PAGE_ROWS:
        raise RequestError(f"a page has 1..{MAX_PAGE_ROWS} rows, not {limit}")
    return limit
