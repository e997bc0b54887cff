"""One append inside the writer's open transaction: every row of it, or an error that leaves none.

The applier remembers what would otherwise be read before every write (next sequence, frontier of each log). What it
remembers is only trusted while the transaction lives: `reload` after a rollback.
"""

from functools import partial

import apsw
from msgspec import Struct, structs
from msgspec.msgpack import Decoder, Encoder

from steerclear.store.entries import Append, CheckpointEntry, JournalRow, LeafEntry, LogState, PlacedLeaf, Receipt
from steerclear.store.errors import AppendConflictError, CheckpointConflictError, LogConflictError
from steerclear.store.rows import one_row, one_value, read_nodes
from steerclear.store.views import Views
from steerclear.tlog import EMPTY_ROOT, Frontier, extend, leaf_hash, read_frontier, root_at


class _Log(Struct, frozen=True):
    """What the applier remembers of one log."""

    log_id: int
    frontier: Frontier
    root: bytes


_encoder = Encoder()
_decoder = Decoder(Receipt)


class Applier:
    """Writes appends through one connection; the caller owns the transaction."""

    def __init__(self, db: apsw.Connection, views: Views) -> None:
        self._db = db
        self._views = views
        self.reload()

    def reload(self) -> None:
        """Forget everything remembered and read it from the database again."""
        self.last_sequence: int = one_value(self._db, "SELECT coalesce(max(sequence), 0) FROM journal")
        self._logs: dict[str, _Log] = {}

    def finish(self) -> None:
        """To be called once all appends of a transaction are applied, before it is committed."""
        self._views.mark(self.last_sequence)

    def apply(self, append: Append, digest: bytes) -> Receipt:
        """Write an append inside a savepoint of its own.

        Raises AppendConflictError, LogConflictError, CheckpointConflictError; the transaction then stands as before.
        """
        earlier = self._earlier_receipt(append.key, digest)
        if earlier is not None:
            return structs.replace(earlier, duplicate=True)
        remembered = self.last_sequence, dict(self._logs)
        self._db.execute("SAVEPOINT one_append")
        try:
            receipt = self._write(append, digest)
        except BaseException:
            self.last_sequence, self._logs = remembered
            if self._db.in_transaction:  # a full disk may already have ended the whole transaction
                self._db.execute("ROLLBACK TO one_append")
                self._db.execute("RELEASE one_append")
            raise
        self._db.execute("RELEASE one_append")
        return receipt

    def _write(self, append: Append, digest: bytes) -> Receipt:
        first = self.last_sequence + 1
        rows = [
            JournalRow(first + offset, event.kind, event.payload, event.time_s)
            for offset, event in enumerate(append.events)
        ]
        self._db.executemany(
            "INSERT INTO journal(sequence, kind, payload, time_s) VALUES(?,?,?,?)",
            [(row.sequence, row.kind, row.payload, row.time_s) for row in rows],
        )
        self.last_sequence = rows[-1].sequence
        repeated_messages = self._queue_messages(append, first)
        self._mark_delivered(append, first)
        leaves = tuple(placed for group in _by_log(append.leaves) for placed in self._grow_log(group))
        touched = sorted({leaf.log for leaf in append.leaves})
        for checkpoint in append.checkpoints:
            self._store_checkpoint(checkpoint)
        self._views.apply(rows)
        receipt = Receipt(
            first_sequence=first,
            last_sequence=self.last_sequence,
            leaves=leaves,
            logs=tuple(LogState(log, self._logs[log].frontier.size, self._logs[log].root) for log in touched),
            repeated_messages=repeated_messages,
        )
        self._db.execute("INSERT INTO appends VALUES(?,?,?)", (append.key, digest, _encoder.encode(receipt)))
        return receipt

    def _earlier_receipt(self, key: str, digest: bytes) -> Receipt | None:
        row = one_row(self._db, "SELECT digest, receipt FROM appends WHERE key=?", key)
        if row is None:
            return None
        if row[0] != digest:
            raise AppendConflictError(
                f"append key {key!r} was used before for other content: repeat it unchanged, or give it a new key"
            )
        return _decoder.decode(row[1])

    def _queue_messages(self, append: Append, sequence: int) -> tuple[str, ...]:
        repeated = []
        for message in append.outbox:
            held = one_row(
                self._db,
                "SELECT payload FROM outbox WHERE link=? AND message_id=?",
                message.link,
                message.message_id,
            )
            if held is None:
                self._db.execute(
                    "INSERT INTO outbox(link, message_id, urgency, payload, sequence) VALUES(?,?,?,?,?)",
                    (message.link, message.message_id, message.urgency, message.payload, sequence),
                )
            elif held[0] == message.payload:
                repeated.append(message.message_id)
            else:
                raise AppendConflictError(
                    f"message id {message.message_id!r} on link {message.link!r} already stands for another payload"
                )
        return tuple(repeated)

    def _mark_delivered(self, append: Append, sequence: int) -> None:
        for delivery in append.deliveries:
            found = one_row(
                self._db,
                "UPDATE outbox SET delivered_sequence=coalesce(delivered_sequence, ?) WHERE link=? AND message_id=?"
                " RETURNING position",
                sequence,
                delivery.link,
                delivery.message_id,
            )
            if found is None:
                raise AppendConflictError(
                    f"message {delivery.message_id!r} on link {delivery.link!r} cannot be delivered: it was never sent"
                )

    def _grow_log(self, group: list[LeafEntry]) -> list[PlacedLeaf]:
        log = group[0].log
        frontier = self._log(log).frontier
        placed: list[PlacedLeaf] = []
        fresh: list[tuple[int, LeafEntry, bytes]] = []
        size = frontier.size
        for leaf in group:
            index = size if leaf.index is None else leaf.index
            if index > size or index < 0:
                raise LogConflictError(
                    f"log {log!r} has {size} entries, entry {index} would leave a gap: fetch the entries between first"
                )
            hashed = leaf_hash(leaf.entry)
            if index < frontier.size:
                self._check_repeated(log, index, hashed, leaf.content)
            elif index < size:
                offered = fresh[index - frontier.size]
                if offered[2] != hashed or offered[1].content != leaf.content:
                    raise LogConflictError(
                        f"one append offers two different entries or contents for {log!r} at {index}"
                    )
            else:
                fresh.append((index, leaf, hashed))
                size += 1
                placed.append(PlacedLeaf(log, index, hashed, repeated=False))
                continue
            placed.append(PlacedLeaf(log, index, hashed, repeated=True))
        if fresh:
            self._store_leaves(log, fresh)
        return placed

    def _store_leaves(self, log: str, fresh: list[tuple[int, LeafEntry, bytes]]) -> None:
        log_id = self._logs[log].log_id
        grown, hashes = extend(self._logs[log].frontier, [hashed for _, _, hashed in fresh])
        self._db.executemany(
            "INSERT INTO leaves VALUES(?,?,?,?)",
            [(log_id, index, leaf.entry, leaf.content) for index, leaf, _ in fresh],
        )
        self._db.executemany(
            "INSERT INTO hashes VALUES(?,?,?,?)", [(log_id, node.level, node.index, node.hash) for node in hashes]
        )
        root = grown.root()
        self._db.execute("UPDATE logs SET size=?, root=? WHERE id=?", (grown.size, root, log_id))
        self._logs[log] = _Log(log_id, grown, root)

    def _check_repeated(self, log: str, index: int, hashed: bytes, content: bytes) -> None:
        log_id = self._logs[log].log_id
        if read_nodes(self._db, log_id, [(0, index)]) != [hashed]:
            raise LogConflictError(
                f"log {log!r} already has another entry at {index}: someone rewrote history; keep both as evidence"
            )
        held = one_value(self._db, "SELECT content FROM leaves WHERE log_id=? AND position=?", log_id, index)
        if held != content:
            raise LogConflictError(
                f"log {log!r} already holds entry {index} with another content: one of the two is not what the entry"
                " commits to; keep both as evidence"
            )

    def _log(self, log: str) -> "_Log":
        if log not in self._logs:
            row = one_row(self._db, "SELECT id, size, root FROM logs WHERE name=?", log)
            log_id, size, root = row or one_value(
                self._db, "INSERT INTO logs(name, size, root) VALUES(?,0,?) RETURNING id, size, root", log, EMPTY_ROOT
            )
            self._logs[log] = _Log(log_id, read_frontier(size, partial(read_nodes, self._db, log_id)), root)
        return self._logs[log]

    def _store_checkpoint(self, checkpoint: CheckpointEntry) -> None:
        """A slot only moves forward, and never contradicts itself or the entries we hold."""
        log, slot, size = checkpoint.log, checkpoint.slot, checkpoint.size
        latest = one_row(
            self._db, "SELECT size, root FROM checkpoints WHERE log=? AND slot=? ORDER BY size DESC LIMIT 1", log, slot
        )
        if latest is not None and (size < latest[0] or (size == latest[0] and checkpoint.root != latest[1])):
            raise CheckpointConflictError(
                f"checkpoint of {log!r} at {size} entries under {slot!r} goes back on the one stored at {latest[0]}:"
                " do not cosign it, keep both as evidence"
            )
        held = self._log(log)
        read = partial(read_nodes, self._db, held.log_id)
        if size <= held.frontier.size and root_at(size, read) != checkpoint.root:
            raise CheckpointConflictError(
                f"checkpoint of {log!r} at {size} entries has another root than the entries held here:"
                " do not cosign it, keep it as evidence"
            )
        self._db.execute(
            "INSERT OR REPLACE INTO checkpoints VALUES(?,?,?,?,?)",
            (log, slot, size, checkpoint.root, checkpoint.note),
        )


def _by_log(leaves: tuple[LeafEntry, ...]) -> list[list[LeafEntry]]:
    groups: dict[str, list[LeafEntry]] = {}
    for leaf in leaves:
        groups.setdefault(leaf.log, []).append(leaf)
    return list(groups.values())
