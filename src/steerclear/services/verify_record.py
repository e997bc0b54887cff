"""Check a bundle of the joint record with nothing but the bundle: every signature, hash, root and reference in it.

The first contradiction refuses the bundle and says where it stands. What is left says, in words a person can repeat,
what is proven and what is not.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256

import msgspec

from steerclear.dialogue.entry import Entry
from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.incoming import check_place, read_entry
from steerclear.dialogue.lifecycle import Standing, answered_id, begin, due_s, kind_of, why_unheeded
from steerclear.dialogue.terms import Direction, TermsError, first_link, line_terms
from steerclear.model.agreement import Agreement
from steerclear.model.messages import Acknowledgement, LineCheckAnswer
from steerclear.services.bundle_verifier import verifier_source
from steerclear.services.export_record import manifest_text
from steerclear.services.record_bundle import (
    AGREEMENT,
    CHECKPOINTS,
    ENTRIES,
    FORMAT_LINE,
    HEAD,
    MANIFEST,
    MAX_LINE_BYTES,
    MAX_SMALL_FILE_BYTES,
    SIGNATURES,
    VERIFIER,
    RecordError,
    bundle_names,
    log_folder,
)
from steerclear.tlog import (
    Checkpoint,
    Frontier,
    TlogError,
    extend,
    leaf_hash,
    open_checkpoint,
    parse_note,
    verify_note,
)

ReadAgreement = Callable[[bytes, bytes], Agreement]
"""(agreement file, signature file) -> agreement; raises ValueError when not all parties have signed these bytes."""


class MessageLine(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the record, as it is listed."""

    message_id: str
    kind: str
    issued_s: float
    received_s: int | None
    """Time of the first receipt that covers it, by the receiver's clock; None when there is none."""
    answer_due_s: float | None
    answered_by: str | None
    answered_s: float | None
    unheeded: str | None = None


class LogReport(msgspec.Struct, frozen=True, kw_only=True):
    """One direction of the record."""

    origin: str
    entries: int
    root: bytes
    received: int
    """Entries covered by the receiver's cosignature."""
    other_versions: int
    """Entries sent under another version of the agreement than the one in the bundle."""
    kinds: dict[str, int]
    unanswered: tuple[str, ...]
    """Messages whose answer was due before the export and is not in this record."""
    still_open: tuple[str, ...]
    """Messages whose answer was not due yet."""
    answered_late: tuple[str, ...]
    unheeded: tuple[str, ...]
    messages: tuple[MessageLine, ...]


class RecordReport(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that was checked and found whole."""

    agreement_id: str
    agreement_version: int
    agreement_sha256: str
    exported_by: str
    exported_s: int
    logs: tuple[LogReport, LogReport]
    proven: tuple[str, ...]
    not_proven: tuple[str, ...]


class _Log(msgspec.Struct):
    """One direction while it is being checked."""

    log: Direction
    folder: str
    entries: list[Entry]
    leaves: list[bytes]
    receipts: list[tuple[Checkpoint, int]]
    roots: dict[int, bytes]

    @property
    def received(self) -> int:
        return self.receipts[-1][0].size if self.receipts else 0


def verify_record(files: Mapping[str, bytes], read_agreement: ReadAgreement) -> RecordReport:
    """Check a bundle. Raises RecordError naming the file and the place that is wrong."""
    agreement, agreement_bytes = _read_agreement(files, read_agreement)
    exporter, peer, exported_s = _read_manifest_head(files)
    try:
        terms = line_terms(agreement, exporter, peer)
    except (TermsError, KeyError) as error:
        raise RecordError(MANIFEST, f"it is about a line that the agreement does not have: {error}") from None
    manifest = _signed_manifest(files, terms.outgoing)
    ours, theirs = _read_log(files, terms.outgoing), _read_log(files, terms.incoming)
    _check_roots(ours, theirs)
    _check_head(files, ours)
    for name in sorted(files.keys() ^ bundle_names(exporter, peer)):
        what = "does not belong into a bundle" if name in files else "is missing from the bundle"
        raise RecordError(name, what)
    # Last, though it would find any change: what is said above names the very entry.
    _check_manifest(files, manifest, manifest_text(agreement, exporter, peer, exported_s, _digests(files)))
    reports = _report(ours, theirs, agreement, exported_s), _report(theirs, ours, agreement, exported_s)
    proven, not_proven = _statements(agreement, exporter, reports)
    if files[VERIFIER] != verifier_source():
        not_proven += ("That verify.py in the bundle is honest: it is another file than this verifier ships or is.",)
    return RecordReport(
        agreement_id=agreement.agreement_id,
        agreement_version=agreement.version,
        agreement_sha256=sha256(agreement_bytes).hexdigest(),
        exported_by=exporter,
        exported_s=exported_s,
        logs=reports,
        proven=proven,
        not_proven=not_proven,
    )


def _read_agreement(files: Mapping[str, bytes], read_agreement: ReadAgreement) -> tuple[Agreement, bytes]:
    data, signatures = _small(files, AGREEMENT), _small(files, SIGNATURES)
    try:
        return read_agreement(data, signatures), data
    except ValueError as error:
        raise RecordError(AGREEMENT, str(error)) from None


def _read_manifest_head(files: Mapping[str, bytes]) -> tuple[str, str, int]:
    """Exporter, peer and time that the manifest claims; the agreement then says by whose key it must be signed."""
    try:
        lines = parse_note(_small(files, MANIFEST)).text.split("\n")
        words = lines[2].split(" ")
        exporter, peer, time_text = words[2], words[4], words[6]
        exported_s = int(time_text)
    except (TlogError, IndexError, ValueError) as error:
        raise RecordError(MANIFEST, f"cannot be read: {error}") from None
    if lines[0] != FORMAT_LINE:
        raise RecordError(MANIFEST, f"is of another format than {FORMAT_LINE!r}")
    return exporter, peer, exported_s


def _signed_manifest(files: Mapping[str, bytes], own_log: Direction) -> str:
    note = parse_note(_small(files, MANIFEST))
    try:
        verify_note(note, [own_log.log_verifier])
    except TlogError as error:
        raise RecordError(MANIFEST, f"{own_log.sender} has not signed it: {error}") from None
    return note.text


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: sha256(data).hexdigest() for name, data in files.items() if name != MANIFEST}


def _check_manifest(files: Mapping[str, bytes], signed: str, expected: str) -> None:
    if signed == expected:
        return
    listed = dict(line.split(" ", 1)[::-1] for line in signed.split("\n")[3:-1] if " " in line)
    digests = _digests(files)
    for name in sorted({*listed, *digests}):
        if name not in digests:
            raise RecordError(name, "is missing from the bundle")
        if name not in listed:
            raise RecordError(name, "was not in the bundle when it was exported")
        if listed[name] != digests[name]:
            raise RecordError(
                name, f"was changed after the export; its {len(files[name]):,} bytes have another SHA-256"
            )
    raise RecordError(MANIFEST, "does not describe this bundle")


def _read_log(files: Mapping[str, bytes], log: Direction) -> _Log:
    read = _Log(log, log_folder(log.sender, log.receiver), [], [], [], {})
    previous = first_link(log.origin)
    name = f"{read.folder}/{ENTRIES}"
    for sequence, line in _lines(files, name):
        where = f"{name} line {sequence + 1} (entry {sequence})"
        try:
            entry = read_entry(log, line)
            check_place(log, entry, sequence, previous)
            previous = leaf_hash(line)
        except (LineFaultError, TlogError) as fault:
            raise RecordError(where, str(fault)) from None
        if read.entries and entry.peer_size < read.entries[-1].peer_size:
            raise RecordError(where, "it has seen less of the other log than the entry before")
        read.entries.append(entry)
        read.leaves.append(previous)
    name = f"{read.folder}/{CHECKPOINTS}"
    for index, line in _lines(files, name):
        where = f"{name} line {index + 1}"
        read.receipts.append(_receipt(log, line, where))
        if index and read.receipts[-1][0].size <= read.receipts[-2][0].size:
            raise RecordError(where, "receipts must grow in size")
    return read


def _receipt(log: Direction, line: bytes, where: str) -> tuple[Checkpoint, int]:
    try:
        note = json.loads(line)
        if not isinstance(note, str):
            raise RecordError(where, "is not a JSON string")
        opened = open_checkpoint(note.encode(), log.origin, log.log_verifier, [log.witness_verifier])
    except (ValueError, RecursionError, TlogError) as error:
        if isinstance(error, RecordError):
            raise
        raise RecordError(where, str(error)) from None
    times_s = [sig.time_s for sig in opened.cosignatures if sig.key == log.witness_verifier.key]
    if not times_s or times_s[0] is None:
        raise RecordError(where, f"{log.receiver} has not cosigned it: it is no receipt")
    return opened.checkpoint, times_s[0]


def _check_roots(ours: _Log, theirs: _Log) -> None:
    for one, other in ((ours, theirs), (theirs, ours)):
        needed = {checkpoint.size for checkpoint, _ in one.receipts}
        needed |= {entry.peer_size for entry in other.entries}
        needed.add(len(one.entries))
        one.roots = _roots_at(one.leaves, needed)
        for index, (checkpoint, _) in enumerate(one.receipts):
            where = f"{one.folder}/{CHECKPOINTS} line {index + 1}"
            _same_root(one, checkpoint, where)
    for one, other in ((ours, theirs), (theirs, ours)):
        for sequence, entry in enumerate(one.entries):
            where = f"{one.folder}/{ENTRIES} line {sequence + 1} (entry {sequence})"
            # The exporter's own view of the peer's log is all here; the peer may have seen entries of ours, and of
            # these too all must be here, because we hold our own log whole.
            if other.roots.get(entry.peer_size) != entry.peer_root:
                raise RecordError(where, f"it has seen a log of {other.log.sender} that is not the one in the bundle")
    if theirs.received != len(theirs.entries):
        what = f"{theirs.received} entries are covered by receipts, {len(theirs.entries)} are in the bundle"
        raise RecordError(f"{theirs.folder}/{ENTRIES}", what)


def _check_head(files: Mapping[str, bytes], ours: _Log) -> None:
    name = f"{ours.folder}/{HEAD}"
    try:
        head = open_checkpoint(_small(files, name), ours.log.origin, ours.log.log_verifier).checkpoint
    except TlogError as error:
        raise RecordError(name, str(error)) from None
    if head.size != len(ours.entries):
        raise RecordError(name, f"it is signed over {head.size} entries, the bundle has {len(ours.entries)}")
    _same_root(ours, head, name)


def _same_root(read: _Log, checkpoint: Checkpoint, where: str) -> None:
    if checkpoint.size > len(read.entries):
        raise RecordError(where, f"it covers {checkpoint.size} entries, the bundle has {len(read.entries)}")
    if read.roots[checkpoint.size] != checkpoint.root:
        raise RecordError(where, f"the first {checkpoint.size} entries of the bundle have another root")


def _roots_at(leaves: list[bytes], sizes: set[int]) -> dict[int, bytes]:
    roots: dict[int, bytes] = {}
    frontier = Frontier()
    for size in sorted(size for size in sizes if size <= len(leaves)):
        frontier, _ = extend(frontier, leaves[frontier.size : size])
        roots[size] = frontier.root()
    return roots


def _report(one: _Log, other: _Log, agreement: Agreement, exported_s: int) -> LogReport:
    """What a direction holds, and which of its messages the other direction answers."""
    asked = {
        entry.message.message_id: begin(entry.message, one.log.receiver, True, entry.sequence, entry.issued_s, 0.0)
        for entry in one.entries
    }
    answers = _answers(asked, other, agreement)
    unheeded = {
        entry.message.message_id: reason
        for entry in one.entries
        if (reason := _unheeded(entry, other, one, agreement)) is not None
    }
    lines = []
    receipts = iter(one.receipts)
    covering = next(receipts, None)
    for entry in one.entries:
        while covering is not None and covering[0].size <= entry.sequence:
            covering = next(receipts, None)
        answer = answers.get(entry.message.message_id)
        lines.append(_message_line(entry, None if covering is None else covering[1], answer, unheeded))
    silent = [line for line in lines if line.answer_due_s is not None and line.answered_s is None]
    overdue = {line.message_id for line in silent if line.answer_due_s is not None and line.answer_due_s <= exported_s}
    return LogReport(
        origin=one.log.origin,
        entries=len(one.entries),
        root=one.roots[len(one.entries)],
        received=one.received,
        other_versions=sum(entry.agreement_version != agreement.version for entry in one.entries),
        kinds=dict(Counter(line.kind for line in lines)),
        unanswered=tuple(line.message_id for line in silent if line.message_id in overdue),
        still_open=tuple(line.message_id for line in silent if line.message_id not in overdue),
        answered_late=tuple(line.message_id for line in lines if _late(line)),
        unheeded=tuple(unheeded),
        messages=tuple(lines),
    )


def _answers(asked: Mapping[str, Standing], other: _Log, agreement: Agreement) -> dict[str, Entry]:
    answers: dict[str, Entry] = {}
    answering = agreement.party(other.log.sender)
    for entry in other.entries:
        message_id = answered_id(entry.message)
        if message_id is None:
            continue
        if why_unheeded(asked.get(message_id), entry.message, answering, entry.peer_size) is None:
            answers.setdefault(message_id, entry)
    return answers


def _unheeded(entry: Entry, asked_log: _Log, answering_log: _Log, agreement: Agreement) -> str | None:
    message_id = answered_id(entry.message)
    if message_id is None:
        return None
    sequence = asked_log.log.sequence_of(message_id)
    asked = None
    if sequence is not None and sequence < len(asked_log.entries):
        held = asked_log.entries[sequence]
        asked = begin(held.message, answering_log.log.sender, True, sequence, held.issued_s, 0.0)
    return why_unheeded(asked, entry.message, agreement.party(answering_log.log.sender), entry.peer_size)


def _message_line(
    entry: Entry, received_s: int | None, answer: Entry | None, unheeded: Mapping[str, str]
) -> MessageLine:
    message = entry.message
    by = None
    if answer is not None and isinstance(answer.message, Acknowledgement | LineCheckAnswer):
        by = f"{answer.message.function} at {answer.message.desk_id}"
    return MessageLine(
        message_id=message.message_id,
        kind=kind_of(message),
        issued_s=entry.issued_s,
        received_s=received_s,
        answer_due_s=due_s(message),
        answered_by=by,
        answered_s=None if answer is None else answer.issued_s,
        unheeded=unheeded.get(message.message_id),
    )


def _late(line: MessageLine) -> bool:
    return line.answered_s is not None and line.answer_due_s is not None and line.answered_s > line.answer_due_s


def _statements(
    agreement: Agreement, exporter: str, logs: tuple[LogReport, LogReport]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    proven = [
        f"The root keys of all parties have signed agreement {agreement.agreement_id}, version {agreement.version}.",
        f"{exporter} handed out this bundle; nothing in it was changed since.",
    ]
    not_proven = [
        "That the root keys in the agreement belong to the parties: compare their fingerprints with the parties.",
        "That any clock was right: times of issue are the sender's word, times of receipt the receiver's.",
        f"That the newest entries are here: {exporter} can leave out the end of both logs, and with it an answer that"
        " seems missing. The other party's record of the same time shows it.",
        "That a person read a message that no named function has acknowledged: a receipt is a machine's.",
        "That a verifier which came with the bundle is honest: use one from a source you trust.",
    ]
    for log in logs:
        name = log.origin.rpartition("/")[2]
        receiver = name.rpartition("-to-")[2]
        proven.append(
            f"{name}: {log.entries} entries, each signed by its sender, in one unbroken order; {receiver} has"
            f" cosigned the first {log.received}, so it held them and cannot deny them, nor the sender change them."
        )
        if log.received < log.entries:
            not_proven.append(f"{name}: that the last {log.entries - log.received} entries ever reached {receiver}.")
        if log.other_versions:
            not_proven.append(
                f"{name}: what was agreed when {log.other_versions} of its entries were sent; they name another version"
                f" of the agreement than the one here, by whose keys and desks they were judged."
            )
    return tuple(proven), tuple(not_proven)


def _small(files: Mapping[str, bytes], name: str) -> bytes:
    data = files.get(name)
    if data is None:
        raise RecordError(name, "is missing from the bundle")
    if len(data) > MAX_SMALL_FILE_BYTES:
        raise RecordError(name, f"has {len(data):,} bytes; the limit is {MAX_SMALL_FILE_BYTES:,}")
    return data


def _lines(files: Mapping[str, bytes], name: str) -> Iterator[tuple[int, bytes]]:
    data = files.get(name)
    if data is None:
        raise RecordError(name, "is missing from the bundle")
    if data and not data.endswith(b"\n"):
        raise RecordError(name, "its last line is cut off")
    for index, line in enumerate(io.BytesIO(data)):  # one at a time: a list of a billion empty lines fills any memory
        if len(line) > MAX_LINE_BYTES:
            raise RecordError(f"{name} line {index + 1}", f"has more than {MAX_LINE_BYTES} bytes")
        yield index, line[:-1]
