"""What goes into the store and what comes back: frozen values that know nothing of SQL.

An `Append` is the unit of durability: all of it is stored in one transaction, or none. Its `key` makes it
idempotent: a caller that lost its receipt in a crash appends the same again and gets the first receipt.
Units: `time_s` is POSIX UTC seconds chosen by the caller; sequences count journal rows from 1; indexes count leaves
from 0.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import TypeAlias

from msgspec import Struct
from msgspec.msgpack import Encoder

from steerclear.store import limits
from steerclear.store.errors import AppendRefusedError


class Event(Struct, frozen=True):
    """One thing that happened or was decided."""

    kind: str
    payload: bytes
    time_s: float


class OutboxEntry(Struct, frozen=True):
    """A message that must reach the other end of `link`; (link, message_id) is stored once.

    It waits until a `Delivery` names it. A message that only waits for its turn in a log leaves the same way: one
    append carries its leaf, its delivery and the event. `urgency` is 0..MAX_URGENCY, the highest goes first.
    """

    link: str
    message_id: str
    payload: bytes
    urgency: int = 0


class Delivery(Struct, frozen=True):
    """An outbox message has gone where it had to go (to the other end, or into a log): it is no longer pending."""

    link: str
    message_id: str


class LeafEntry(Struct, frozen=True):
    """An entry for the Merkle log `log`: our own, or one mirrored from the peer.

    `index` is where it must stand; None takes the next place. Mirrored entries always give it. `entry` alone is
    hashed; `content` is what it commits to (salt and message), kept beside it so that it can be withheld later.
    """

    log: str
    entry: bytes
    index: int | None = None
    content: bytes = b""


class CheckpointEntry(Struct, frozen=True):
    """A signed checkpoint note of `log` at `size` with `root`, kept under a `slot` ("published", "cosigned", ...)."""

    log: str
    slot: str
    size: int
    root: bytes
    note: bytes


class Append(Struct, frozen=True, kw_only=True):
    """Everything one step of a service stores, in one transaction. At least one event: no change goes unjournaled."""

    key: str
    events: tuple[Event, ...]
    outbox: tuple[OutboxEntry, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    leaves: tuple[LeafEntry, ...] = ()
    checkpoints: tuple[CheckpointEntry, ...] = ()


class LogState(Struct, frozen=True):
    """Size and root of one log."""

    log: str
    size: int
    root: bytes


class PlacedLeaf(Struct, frozen=True):
    """Where an entry stands in its log; `repeated` when it already stood there before this append."""

    log: str
    index: int
    leaf_hash: bytes
    repeated: bool


class Receipt(Struct, frozen=True):
    """Proof to the caller that its append is durable.

    `duplicate` means the same append had been stored before and nothing was added now. `logs` holds the state right
    after this append of every log it touched; `repeated_messages` names outbox ids that were already there.
    """

    first_sequence: int
    last_sequence: int
    leaves: tuple[PlacedLeaf, ...]
    logs: tuple[LogState, ...]
    repeated_messages: tuple[str, ...] = ()
    duplicate: bool = False


class JournalRow(Struct, frozen=True):
    """An event at its place in the journal."""

    sequence: int
    kind: str
    payload: bytes
    time_s: float


class OutboxRow(Struct, frozen=True):
    """A pending message; positions grow in the order of appending."""

    position: int
    link: str
    message_id: str
    payload: bytes
    urgency: int
    sequence: int


ViewChange: TypeAlias = tuple[str, bytes | None]
"""A key of a view with its new value; None removes it."""

Reduce: TypeAlias = Callable[[JournalRow, Callable[[str], bytes | None]], Iterable[ViewChange]]
"""(row, read the view's current value of a key) -> changes. Pure: the same journal always gives the same view."""


class View(Struct, frozen=True):
    """A table of keys and values derived from the journal alone; a new `version` makes the store rebuild it."""

    name: str
    version: int
    reduce: Reduce
    kinds: frozenset[str] | None = None
    """Kinds of the events that may change it: `reduce` is not asked about others. None where any may."""

    def heeds(self, kind: str) -> bool:
        """Whether an event of this kind may change it."""
        return self.kinds is None or kind in self.kinds


_encoder = Encoder()


def append_digest(append: Append) -> bytes:
    """SHA-256 over all of an append: tells a repeated append from a reused key."""
    return sha256(_encoder.encode(append)).digest()


def check_append(append: Append) -> None:
    """Raises AppendRefusedError when an append breaks a limit of `limits` or carries no event."""
    if not append.events:
        raise AppendRefusedError("an append carries at least one event: no change goes unjournaled")
    _check_name(append.key, "append key")
    rows = (append.events, append.outbox, append.deliveries, append.leaves, append.checkpoints)
    if max(map(len, rows)) > limits.MAX_ROWS_PER_APPEND:
        raise AppendRefusedError(f"append {append.key!r} has more than {limits.MAX_ROWS_PER_APPEND} rows of one sort")
    total_bytes = 0
    for event in append.events:
        _check_name(event.kind, "event kind", limits.MAX_KIND_CHARS)
        if not abs(event.time_s) < 1e12:  # also refuses NaN and infinities
            raise AppendRefusedError(f"event {event.kind!r}: {event.time_s!r} is not a time in seconds")
        total_bytes += _checked_bytes(event.payload, f"event {event.kind!r}", limits.MAX_PAYLOAD_BYTES)
    for message in append.outbox:
        _check_name(message.link, "link")
        _check_name(message.message_id, "message id")
        if not 0 <= message.urgency <= limits.MAX_URGENCY:
            raise AppendRefusedError(
                f"message {message.message_id!r} has urgency {message.urgency}, it must be 0..{limits.MAX_URGENCY}"
            )
        total_bytes += _checked_bytes(message.payload, f"message {message.message_id!r}", limits.MAX_PAYLOAD_BYTES)
    for leaf in append.leaves:
        _check_name(leaf.log, "log")
        total_bytes += _checked_bytes(leaf.entry, f"entry of log {leaf.log!r}", limits.MAX_LEAF_BYTES)
        total_bytes += _checked_bytes(leaf.content, f"content in log {leaf.log!r}", limits.MAX_CONTENT_BYTES)
    for checkpoint in append.checkpoints:
        _check_name(checkpoint.log, "log")
        _check_name(checkpoint.slot, "slot")
        total_bytes += _checked_bytes(checkpoint.note, f"checkpoint of {checkpoint.log!r}", limits.MAX_NOTE_BYTES)
    if total_bytes > limits.MAX_APPEND_BYTES:
        raise AppendRefusedError(
            f"append {append.key!r} has {total_bytes} bytes, the limit is {limits.MAX_APPEND_BYTES}: split it"
        )


def _check_name(name: str, what: str, longest: int = limits.MAX_KEY_CHARS) -> None:
    if not 1 <= len(name) <= longest or "\x00" in name:
        raise AppendRefusedError(f"{what} {name[:80]!r} must have 1..{longest} characters")


def _checked_bytes(data: bytes, what: str, longest: int) -> int:
    if len(data) > longest:
        raise AppendRefusedError(
            f"{what} has {len(data)} bytes, the limit is {longest}: keep it in a file by its SHA-256"
        )
    return len(data)
