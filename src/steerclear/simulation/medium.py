"""What survives a crash of a simulated node: journal, receipts, outbox, logs, checkpoints and views as plain tables.

An append is applied whole or not at all: what can be undone is undone when a later part of it is refused.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from random import Random

from msgspec import Struct, structs

from steerclear.store.entries import (
    Append,
    CheckpointEntry,
    JournalRow,
    LeafEntry,
    LogState,
    OutboxRow,
    PlacedLeaf,
    Receipt,
    View,
)
from steerclear.store.errors import (
    AppendConflictError,
    AppendRefusedError,
    CheckpointConflictError,
    LogConflictError,
    StoreDamagedError,
)
from steerclear.store.protocol import AuditReport
from steerclear.tlog import (
    EMPTY_ROOT,
    Frontier,
    RequestError,
    extend,
    leaf_hash,
    leaf_hashes,
    perfect_levels,
    root_at,
    root_of,
)


class Flaws(Struct):
    """Planted faults of a disk; a run on a flawed disk must be caught."""

    lying_sync: bool = False
    """A sync is reported that did not happen: a crash may take what was receipted."""
    forgotten_keys: bool = False
    """The key of an append is not remembered, so the same append is stored again."""


class Log:
    """Entries of one Merkle log and the hashes of its perfect subtrees, level by level."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.contents: list[bytes] = []
        self.levels: list[list[bytes]] = []
        self.frontier = Frontier()
        self.root = EMPTY_ROOT

    def read(self, nodes: Sequence[tuple[int, int]]) -> list[bytes]:
        """Stored hashes of nodes."""
        return [self.levels[level][index] for level, index in nodes]

    def check_grown(self, name: str, size: int) -> None:
        """Raises RequestError when the log was never that large."""
        if size > len(self.entries):
            raise RequestError(f"log {name!r} has {len(self.entries)} entries, asked for its state at {size}")

    def grow(self, fresh: Sequence[LeafEntry], hashes: Sequence[bytes]) -> None:
        """Add entries."""
        self.frontier, stored = extend(self.frontier, hashes)
        for node in stored:
            if node.level == len(self.levels):
                self.levels.append([])
            self.levels[node.level].append(node.hash)
        self.entries += [leaf.entry for leaf in fresh]
        self.contents += [leaf.content for leaf in fresh]
        self.root = self.frontier.root()

    def cut(self, frontier: Frontier) -> None:
        """Take entries off again, down to an earlier state."""
        size = frontier.size
        del self.entries[size:], self.contents[size:]
        for level, hashes in enumerate(self.levels):
            del hashes[size >> level :]
        while self.levels and not self.levels[-1]:
            self.levels.pop()
        self.frontier, self.root = frontier, frontier.root()

    def audit(self, name: str) -> LogState:
        """Recompute every hash. Raises StoreDamagedError."""
        hashes = leaf_hashes(self.entries)
        if self.levels != [level for level in perfect_levels(hashes) if level] or root_of(hashes) != self.root:
            raise StoreDamagedError(f"log {name!r}: its stored hashes do not follow from its entries")
        return LogState(name, len(self.entries), self.root)


class Table:
    """One view: its keys with their values, also in the order of the keys."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.values: dict[str, bytes] = {}
        self.keys: list[str] = []
        self.sequence = 0

    def put(self, key: str, value: bytes | None) -> None:
        """Set or remove a key."""
        if value is None:
            if self.values.pop(key, None) is not None:
                del self.keys[bisect_right(self.keys, key) - 1]
            return
        if key not in self.values:
            insort(self.keys, key)
        self.values[key] = value

    def items(self, after: str, limit: int) -> list[tuple[str, bytes]]:
        """Keys above `after` with their values."""
        start = bisect_right(self.keys, after)
        return [(key, self.values[key]) for key in self.keys[start : start + limit]]

    def reduce(self, row: JournalRow, undo: list[tuple[Table, str, bytes | None]]) -> None:
        """Apply a row; what takes it back, the last one first, is put behind `undo`."""
        for key, value in self.view.reduce(row, self.values.get):
            undo.append((self, key, self.values.get(key)))
            self.put(key, value)


class Medium:
    """The disk of one node. `full` makes every sync fail until there is room again."""

    def __init__(self, flaws: Flaws | None = None) -> None:
        self.flaws = Flaws() if flaws is None else flaws
        self.full = False
        self._empty()
        self.views: dict[str, Table] = {}
        self._open_views: list[Table] = []
        self._heeding: dict[str, list[Table]] = {}
        self._durable = 0

    def _empty(self) -> None:
        self.rows: list[JournalRow] = []
        self.outbox: dict[tuple[str, str], OutboxRow] = {}
        self.logs: dict[str, Log] = {}
        self.checkpoints: dict[tuple[str, str], list[CheckpointEntry]] = {}
        self._receipts: dict[str, tuple[Append, Receipt]] = {}
        self._delivered: set[tuple[str, str]] = set()
        self._tape: list[Append] = []

    def open_views(self, views: Sequence[View]) -> None:
        """Bring the views of the process that opens the medium to the end of the journal."""
        if len({view.name for view in views}) != len(views):
            raise AppendRefusedError("two views share a name: give each its own")
        for view in views:
            table = self.views.get(view.name)
            if table is None or table.view.version != view.version:
                table = self.views[view.name] = Table(view)
            table.view = view
            # Of all kinds: where a view is wrong about those that it heeds, a rebuild differs from it.
            for row in self.rows[table.sequence :]:
                table.reduce(row, [])
            table.sequence = len(self.rows)
        self._open_views = [self.views[view.name] for view in views]
        self._heeding = {}

    def rebuild_views(self) -> None:
        """Drop every view and derive it again."""
        views = [table.view for table in self._open_views]
        self.views = {}
        self.open_views(views)

    def log(self, name: str) -> Log:
        """A log; one never written to is empty."""
        return self.logs.get(name) or Log()

    def receipt(self, key: str) -> Receipt | None:
        """Receipt of the append stored under a key."""
        held = None if self.flaws.forgotten_keys else self._receipts.get(key)
        return None if held is None else held[1]

    def is_pending(self, row: OutboxRow) -> bool:
        """Whether a message still has to be delivered."""
        return (row.link, row.message_id) not in self._delivered

    def mark_durable(self) -> None:
        """What was applied until now survives a crash, unless the disk lies."""
        if not self.flaws.lying_sync:
            self._durable = len(self._tape)

    def after_crash(self, chance: Random) -> None:
        """Lose what an honest disk would not have receipted yet."""
        if not self.flaws.lying_sync:
            return
        kept = self._tape[: chance.randint(self._durable, len(self._tape))]
        self._empty()
        self.views, self._open_views, self._heeding = {}, [], {}
        for append in kept:
            self.apply(append)
        self._durable = len(kept)

    def apply(self, append: Append) -> Receipt:
        """Store an append whole, or raise and store nothing of it."""
        held = None if self.flaws.forgotten_keys else self._receipts.get(append.key)
        if held is not None:
            if held[0] != append:
                raise AppendConflictError(
                    f"append key {append.key!r} was used before for other content: repeat it unchanged, or give it a"
                    " new key"
                )
            return structs.replace(held[1], duplicate=True)
        return _Step(self, append).take()

    def record(self, append: Append, receipt: Receipt) -> None:
        """Remember an append that was applied."""
        self._receipts[append.key] = (append, receipt)
        self._tape.append(append)

    def reduce(self, rows: Sequence[JournalRow]) -> None:
        """Bring the open views on by rows just added; all of them or none."""
        undo: list[tuple[Table, str, bytes | None]] = []
        try:
            for row in rows:
                heeding = self._heeding.get(row.kind)
                if heeding is None:
                    heeding = [table for table in self._open_views if table.view.heeds(row.kind)]
                    self._heeding[row.kind] = heeding
                for table in heeding:
                    table.reduce(row, undo)
        except BaseException:
            for table, key, value in reversed(undo):
                table.put(key, value)
            raise
        for table in self._open_views:
            table.sequence = rows[-1].sequence

    def deliver(self, places: Sequence[tuple[str, str]]) -> None:
        """Messages that are no longer pending."""
        self._delivered.update(places)

    def audit(self) -> AuditReport:
        """Recompute rows and logs. Raises StoreDamagedError."""
        if [row.sequence for row in self.rows] != list(range(1, len(self.rows) + 1)):
            raise StoreDamagedError("the journal has a gap: rows are missing")
        return AuditReport(len(self.rows), tuple(self.logs[name].audit(name) for name in sorted(self.logs)))


class _Step:
    """One append on its way into a medium; everything it changed is undone when a part of it is refused."""

    def __init__(self, medium: Medium, append: Append) -> None:
        self._medium = medium
        self._append = append
        self._cuts: dict[str, Frontier | None] = {}

    def take(self) -> Receipt:
        medium, append = self._medium, self._append
        first = len(medium.rows) + 1
        messages, repeated = self._messages(first)
        delivered = self._deliveries(messages)
        try:
            placed = tuple(place for leaves in _by_log(append.leaves) for place in self._grow(leaves))
            checkpoints = self._checkpoints()
            rows = [
                JournalRow(first + offset, event.kind, event.payload, event.time_s)
                for offset, event in enumerate(append.events)
            ]
            medium.reduce(rows)
        except BaseException:
            for name, frontier in self._cuts.items():
                if frontier is None:
                    del medium.logs[name]
                else:
                    medium.logs[name].cut(frontier)
            raise
        medium.rows += rows
        medium.outbox.update(messages)
        medium.deliver(delivered)
        medium.checkpoints.update(checkpoints)
        logs = sorted({leaf.log for leaf in append.leaves})
        receipt = Receipt(
            first_sequence=first,
            last_sequence=rows[-1].sequence,
            leaves=placed,
            logs=tuple(LogState(log, medium.logs[log].frontier.size, medium.logs[log].root) for log in logs),
            repeated_messages=repeated,
        )
        medium.record(append, receipt)
        return receipt

    def _messages(self, sequence: int) -> tuple[dict[tuple[str, str], OutboxRow], tuple[str, ...]]:
        fresh: dict[tuple[str, str], OutboxRow] = {}
        repeated = []
        for entry in self._append.outbox:
            place = (entry.link, entry.message_id)
            held = self._medium.outbox.get(place) or fresh.get(place)
            if held is None:
                position = len(self._medium.outbox) + len(fresh) + 1
                fresh[place] = OutboxRow(position, *place, entry.payload, entry.urgency, sequence)
            elif held.payload == entry.payload:
                repeated.append(entry.message_id)
            else:
                raise AppendConflictError(
                    f"message id {entry.message_id!r} on link {entry.link!r} already stands for another payload"
                )
        return fresh, tuple(repeated)

    def _deliveries(self, fresh: dict[tuple[str, str], OutboxRow]) -> list[tuple[str, str]]:
        places = [(delivery.link, delivery.message_id) for delivery in self._append.deliveries]
        for link, message_id in places:
            if (link, message_id) not in self._medium.outbox and (link, message_id) not in fresh:
                raise AppendConflictError(
                    f"message {message_id!r} on link {link!r} cannot be delivered: it was never sent"
                )
        return places

    def _log(self, name: str) -> Log:
        held = self._medium.logs.get(name)
        if held is None:
            self._cuts[name] = None
            held = self._medium.logs[name] = Log()
        elif name not in self._cuts:
            self._cuts[name] = held.frontier
        return held

    def _grow(self, leaves: Sequence[LeafEntry]) -> list[PlacedLeaf]:
        name = leaves[0].log
        log = self._log(name)
        held = len(log.entries)
        placed: list[PlacedLeaf] = []
        fresh: list[LeafEntry] = []
        hashes: list[bytes] = []
        for leaf in leaves:
            size = held + len(fresh)
            index = size if leaf.index is None else leaf.index
            if not 0 <= index <= size:
                raise LogConflictError(f"log {name!r} has {size} entries, entry {index} would leave a gap")
            hashed = leaf_hash(leaf.entry)
            if index == size:
                fresh.append(leaf)
                hashes.append(hashed)
            else:
                self._check_same(log, leaf, index, fresh)
            placed.append(PlacedLeaf(name, index, hashed, repeated=index < size))
        if fresh:
            log.grow(fresh, hashes)
        return placed

    @staticmethod
    def _check_same(log: Log, leaf: LeafEntry, index: int, fresh: Sequence[LeafEntry]) -> None:
        held = len(log.entries)
        if index >= held:
            other = fresh[index - held]
            if (other.entry, other.content) != (leaf.entry, leaf.content):
                raise LogConflictError(
                    f"one append offers two different entries or contents for {leaf.log!r} at {index}"
                )
        elif log.entries[index] != leaf.entry:
            raise LogConflictError(
                f"log {leaf.log!r} already has another entry at {index}: someone rewrote history; keep both as evidence"
            )
        elif log.contents[index] != leaf.content:
            raise LogConflictError(f"log {leaf.log!r} already holds entry {index} with another content")

    def _checkpoints(self) -> dict[tuple[str, str], list[CheckpointEntry]]:
        changed: dict[tuple[str, str], list[CheckpointEntry]] = {}
        for checkpoint in self._append.checkpoints:
            place = (checkpoint.log, checkpoint.slot)
            kept = changed.get(place) or self._medium.checkpoints.get(place, [])
            if kept and (
                checkpoint.size < kept[-1].size
                or (checkpoint.size == kept[-1].size and checkpoint.root != kept[-1].root)
            ):
                raise CheckpointConflictError(
                    f"checkpoint of {checkpoint.log!r} at {checkpoint.size} entries under {checkpoint.slot!r} goes back"
                    f" on the one stored at {kept[-1].size}: do not cosign it, keep both as evidence"
                )
            log = self._log(checkpoint.log)
            if checkpoint.size <= len(log.entries) and root_at(checkpoint.size, log.read) != checkpoint.root:
                raise CheckpointConflictError(
                    f"checkpoint of {checkpoint.log!r} at {checkpoint.size} entries has another root than the entries"
                    " held here: do not cosign it, keep it as evidence"
                )
            same = bool(kept) and kept[-1].size == checkpoint.size
            changed[place] = [*(kept[:-1] if same else kept), checkpoint]
        return changed


def _by_log(leaves: Sequence[LeafEntry]) -> list[list[LeafEntry]]:
    groups: dict[str, list[LeafEntry]] = {}
    for leaf in leaves:
        groups.setdefault(leaf.log, []).append(leaf)
    return list(groups.values())
