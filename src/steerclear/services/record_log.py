"""One direction of a bundle, read line by line: every signature, place, chain, commitment and receipt in it checked.

Of each entry only what a verdict needs is kept: some hundred bytes, however long its message is.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from itertools import accumulate
from typing import Any, Final

import msgspec

from steerclear.dialogue.entry import Entry, decode_content, key_change_in
from steerclear.dialogue.faults import FaultCode, LineFaultError
from steerclear.dialogue.incoming import check_message_id, check_place, read_entry, ring_after
from steerclear.dialogue.key_ring import KeyRing
from steerclear.dialogue.ladder import due_under
from steerclear.dialogue.terms import Direction, Versions, first_link
from steerclear.model.messages import IncidentReport, KeyChange, Message, Step
from steerclear.services.record_bundle import (
    CHECKPOINTS,
    CONTENTS,
    ENTRIES,
    MAX_ENTRIES,
    WITHHELD,
    Bundle,
    RecordError,
    log_folder,
)
from steerclear.tlog import (
    Checkpoint,
    Frontier,
    TlogError,
    extend,
    leaf_hash,
)

_LIGHT: Final[dict[str, Any]] = {
    "alert": None,
    "volumes": (),
    "item": msgspec.UNSET,
    "agencies": msgspec.UNSET,
    "snippet": msgspec.UNSET,
    "approach": msgspec.UNSET,
    "case_id": msgspec.UNSET,
    "volume": None,
    "phrase": None,
    "text": "",
    "remark": "",
    "statement": b"",
    "topics": (),
    "agreed": (),
    "position": None,
    "attachments": (),
    "fallback": "",
    "message_id": "",
    "to_function": "",
    "from_desk": "",
    "from_function": "",
    "contact_function": "",
    "notice_id": "",
    "incident_id": "",
    "window": msgspec.UNSET,
    "words": (),
    "item_id": "",
    "owner_party": "",
    "owner_function": "",
    "title": "",
    "about": "",
    "why": "",
}
"""What no verdict needs once it was checked."""
_NOTHING_DUE: Final[dict[Step, float]] = {}
"""Of most entries; one for all of them."""


class Said(msgspec.Struct, frozen=True, gc=False):
    """What is kept of one entry."""

    issued_s: float
    peer_size: int
    version: int
    """Place of the version of the agreement that it was written under, from 0."""
    message: Message | None
    """Without its texts, figures and lists; None when the content is withheld."""
    due: dict[Step, float]
    """When each step of it is due under that version; what it says itself counts only where that is the agreed time."""


class Receipt(msgspec.Struct, frozen=True):
    """A checkpoint that the receiver has cosigned: at `time_s` of its clock it held the first `size` entries."""

    size: int
    root: bytes
    time_s: int


class RecordLog(msgspec.Struct):
    """One direction as the bundle has it; its roots are still to be compared with the other's references."""

    log: Direction
    folder: str
    said: list[Said]
    leaves: list[bytes]
    references: list[tuple[int, int, bytes]]
    """(place, size, root) of the other log, where an entry is the first to have seen it."""
    receipts: list[Receipt]
    revoked_receipts: list[str]
    """Why each of the receipts that do not count was taken back."""
    covered: int
    """Entries under any receipt, taken back or not."""
    ring: KeyRing
    """The sender's keys, with the key changes in this log."""
    withheld: list[int]
    attachments: dict[str, set[int]]
    """SHA-256 of every file that shown incident reports name, and the places of the reports."""
    roots: dict[int, bytes]

    @property
    def received(self) -> int:
        """Entries covered by a cosignature of the receiver's that counts."""
        return self.receipts[-1].size if self.receipts else 0

    @property
    def name(self) -> str:
        """The direction in short."""
        return f"{self.log.sender}-to-{self.log.receiver}"

    @property
    def entries_file(self) -> str:
        """Name of the file with the entries."""
        return f"{self.folder}/{ENTRIES}"

    def place(self, sequence: int) -> str:
        """Where an entry stands, for a person."""
        return f"{self.entries_file} line {sequence + 1} (entry {sequence})"


class LogReading(msgspec.Struct):
    """A log while its entries are read: what the next one is checked against.

    Nothing behind an entry changes what was made of it, so a reading can be kept and gone on with.
    """

    read: RecordLog
    versions: Versions
    places: dict[bytes, int]
    """Place of every version of the agreement by its SHA-256."""
    previous: bytes
    seen: tuple[int, bytes] = (-1, b"")
    version: int = 0

    def take(self, line: bytes, said: bytes | None) -> None:
        """Check the next entry and its content. Raises RecordError."""
        read, sequence = self.read, len(self.read.said)
        where = read.place(sequence)
        if sequence >= MAX_ENTRIES:
            raise RecordError(where, f"a log of a bundle has at most {MAX_ENTRIES:,} entries")
        try:
            entry = _read_entry(read, sequence, line, said)
            check_place(entry, sequence, self.previous)
            self.previous = leaf_hash(line)
        except (LineFaultError, TlogError) as fault:
            raise RecordError(where, str(fault)) from None
        if entry.peer_size < self.seen[0]:
            raise RecordError(where, "has seen less of the other log than the entry before it")
        version = self.places.get(entry.agreement_sha256)
        if version is None:
            raise RecordError(where, "was written under a version of the agreement that is not in the bundle")
        if version < self.version:
            raise RecordError(where, "goes back to an older version of the agreement")
        self.version = version
        if (entry.peer_size, entry.peer_root) != self.seen:
            self.seen = entry.peer_size, entry.peer_root
            read.references.append((sequence, *self.seen))
        message = _message(read, sequence, said, entry.commitment)
        if isinstance(message, KeyChange) and not read.ring.has_statement_at(sequence):
            _change_keys(read, sequence, message, line)
        agreement = self.versions.known[version].agreement
        due = {} if message is None else due_under(agreement, message, entry.issued_s)
        read.said.append(Said(entry.issued_s, entry.peer_size, version, _light(message), due or _NOTHING_DUE))
        read.leaves.append(self.previous)


def begin_log(log: Direction, versions: Versions) -> LogReading:
    """A log before its first entry."""
    read = RecordLog(log, log_folder(log.sender, log.receiver), [], [], [], [], [], 0, log.ring, [], {}, {})
    places = {version.sha256: place for place, version in enumerate(versions.known)}
    return LogReading(read, versions, places, first_link(log.origin))


def go_on_reading(reading: LogReading, entries: Iterator[bytes], contents: Iterator[bytes]) -> None:
    """Check the lines of entries that are left, with their contents. Raises RecordError."""
    for line in entries:
        reading.take(line, next(contents, None))
    if next(contents, None) is not None:
        read = reading.read
        raise RecordError(f"{read.folder}/{CONTENTS}", f"has more lines than {read.entries_file}")


def read_log(bundle: Bundle, log: Direction, versions: Versions) -> RecordLog:
    """Check the entries and contents of a log, following the sender's keys as they change. Raises RecordError."""
    reading = begin_log(log, versions)
    folder = reading.read.folder
    go_on_reading(reading, bundle.lines(f"{folder}/{ENTRIES}"), bundle.lines(f"{folder}/{CONTENTS}"))
    return reading.read


def read_receipts(bundle: Bundle, read: RecordLog, other: RecordLog) -> None:
    """Check the receipts of a log under its sender's keys, and under the receiver's as its own log changes them.

    Raises RecordError.
    """
    for index, line in enumerate(bundle.lines(f"{read.folder}/{CHECKPOINTS}")):
        take_receipt(read, other, index, line)


def take_receipt(read: RecordLog, other: RecordLog, index: int, line: bytes) -> None:
    """Check the next receipt of a log, counted from 0. Raises RecordError."""
    where = f"{read.folder}/{CHECKPOINTS} line {index + 1}"
    receipt, revoked = _read_receipt(read, other.ring, line, where)
    if receipt.size <= read.covered and index:
        raise RecordError(where, "covers no more entries than the receipt before it")
    read.covered = receipt.size
    if revoked:
        read.revoked_receipts.append(f"line {index + 1}, of {receipt.size} entries: {revoked}")
    else:
        read.receipts.append(receipt)


def _message(read: RecordLog, sequence: int, line: bytes | None, commitment: bytes) -> Message | None:
    where = f"{read.folder}/{CONTENTS} line {sequence + 1} (entry {sequence})"
    if line is None:
        raise RecordError(where, "is missing; a content that is not shown is said to be so")
    if line == WITHHELD:
        read.withheld.append(sequence)
        return None
    try:
        message = decode_content(content_of(line), commitment)
        check_message_id(read.log, sequence, message)
    except (LineFaultError, ValueError) as fault:
        raise RecordError(where, str(fault)) from None
    if isinstance(message, IncidentReport):
        for attachment in message.attachments:
            read.attachments.setdefault(attachment.sha256, set()).add(sequence)
    return message


def _light(message: Message | None) -> Message | None:
    if message is None:
        return None
    light = {name: light for name, light in _LIGHT.items() if name in message.__struct_fields__}
    return msgspec.structs.replace(message, **light)


def _read_entry(read: RecordLog, sequence: int, line: bytes, said: bytes | None) -> Entry:
    """The entry under the key that counts there; a key change may bring in the very key that it is signed with."""
    try:
        return read_entry(read.log, read.ring, sequence, line)
    except LineFaultError as fault:
        if fault.code is not FaultCode.BAD_SIGNATURE or said is None or said == WITHHELD:
            raise
        try:
            change = key_change_in(content_of(said))
        except (LineFaultError, ValueError):
            change = None
        if change is None:
            raise
    read.ring = ring_after(read.ring, sequence, change)
    return read_entry(read.log, read.ring, sequence, line)


def _change_keys(read: RecordLog, sequence: int, change: KeyChange, line: bytes) -> None:
    """Follow a key change that the key before it has signed; it may do that as long as it stays."""
    try:
        ring = ring_after(read.ring, sequence, change)
        read_entry(read.log, ring, sequence, line)
    except LineFaultError as fault:
        raise RecordError(read.place(sequence), str(fault)) from None
    read.ring = ring


def content_of(line: bytes) -> bytes:
    """Content from its line in a bundle. Raises ValueError."""
    data = b64decode(line[1:-1], validate=True)
    if b'"' + b64encode(data) + b'"' != line:
        raise ValueError('is neither a content in base64, in its one canonical spelling within "", nor null')
    return data


def recorded_messages(bundle: Bundle, folder: str) -> Iterator[tuple[int, Message | None]]:
    """(place, message) of a log of a bundle that was checked, read again; None for a content that is withheld.

    Raises RecordError for contents that have changed since.
    """
    name = f"{folder}/{CONTENTS}"
    checked = bundle.digest(name)
    for sequence, line in enumerate(bundle.lines(name)):
        if line == WITHHELD:
            yield sequence, None
            continue
        content = content_of(line)
        yield sequence, decode_content(content, sha256(content).digest())
    if bundle.digest(name) != checked:
        raise RecordError(name, "was changed while it was read")


def _read_receipt(read: RecordLog, receiver: KeyRing, line: bytes, where: str) -> tuple[Receipt, str]:
    """A receipt from its line in a bundle, and why it was taken back if it was. Raises RecordError."""
    try:
        note = json.loads(line)
        if not isinstance(note, str):
            raise RecordError(where, "is not a JSON string")
        opened, keys = read.ring.open_checkpoint(note.encode(), receiver.all_witness_verifiers)
    except RecordError:
        raise
    except (ValueError, RecursionError, TlogError) as error:
        raise RecordError(where, str(error)) from None
    size = opened.checkpoint.size
    cosigned = receiver.cosigned(opened, read.said[size - 1].peer_size if 0 < size <= len(read.said) else 0)
    if cosigned is None:
        raise RecordError(where, f"{read.log.receiver} has not cosigned it with every key of its own: it is no receipt")
    replaced = read.ring.why_replaced(keys, size) or cosigned.replaced
    if replaced:
        raise RecordError(where, f"is signed by a key that did not count any more: {replaced}")
    return Receipt(size, opened.checkpoint.root, cosigned.time_s), cosigned.revoked


def check_references(ours: RecordLog, theirs: RecordLog) -> None:
    """Receipts and references of both logs against the roots of the entries in the bundle. Raises RecordError."""
    for one, other in ((ours, theirs), (theirs, ours)):
        needed = {receipt.size for receipt in one.receipts} | {size for _, size, _ in other.references}
        one.roots = _roots_at(one.leaves, needed | {len(one.leaves)})
        for index, receipt in enumerate(one.receipts):
            where = f"{one.folder}/{CHECKPOINTS} line {index + 1}"
            check_root(one, Checkpoint(one.log.origin, receipt.size, receipt.root), where)
    for one, other in ((ours, theirs), (theirs, ours)):
        for sequence, size, root in one.references:
            # The exporter's own view of the peer's log is all here; the peer may have seen entries of ours, and of
            # these too all must be here, because we hold our own log whole.
            if other.roots.get(size) != root:
                what = f"has seen another log of {other.log.sender} than the one in the bundle"
                raise RecordError(one.place(sequence), what)


def check_root(read: RecordLog, checkpoint: Checkpoint, where: str) -> None:
    """Raises RecordError unless a checkpoint is of the entries in the bundle."""
    held = len(read.leaves)
    if checkpoint.size > held:
        raise RecordError(where, f"covers {checkpoint.size} entries and the bundle has {held}: some are missing")
    if read.roots[checkpoint.size] != checkpoint.root:
        raise RecordError(where, f"was signed over other entries than the first {checkpoint.size} of the bundle")


def _roots_at(leaves: list[bytes], sizes: set[int]) -> dict[int, bytes]:
    roots: dict[int, bytes] = {}
    frontier = Frontier()
    for size in sorted(size for size in sizes if size <= len(leaves)):
        frontier, _ = extend(frontier, leaves[frontier.size : size])
        roots[size] = frontier.root()
    return roots


def latest_times(read: RecordLog) -> Iterator[tuple[int, int]]:
    """(size, latest time that the receiver had stated by then) of the receipts, by size."""
    times_s = accumulate((receipt.time_s for receipt in read.receipts), max)
    return zip((receipt.size for receipt in read.receipts), times_s, strict=True)
