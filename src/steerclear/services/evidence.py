"""Evidence against a peer, written out when the line refuses what it sent: a ZIP file that anyone can check.

A file is written only if what is in it proves something by itself (`check_evidence` is asked first); a fault that
rests on our word alone (a gap, a bad signature, a refusal that nobody signed) leaves none.
"""

from __future__ import annotations

import json
import logging
import os
import zipfile
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from steerclear.dialogue.entry import Entry
from steerclear.dialogue.faults import FaultCode, LineFaultError
from steerclear.services.bundle_verifier import verifier_source
from steerclear.services.check_evidence import (
    EVIDENCE,
    MAX_SIGNED,
    STATEMENT,
    Evidence,
    Proves,
    statement_of,
)
from steerclear.services.evidence_keys import (
    CHANGE_CONTENTS,
    CHANGE_ENTRIES,
    SIGNED_ENTRIES,
    SIGNED_NOTES,
    AccusedKeys,
    ShownChange,
)
from steerclear.services.exchange import Exchange
from steerclear.services.export_record import AgreementFiles, BundleWriter
from steerclear.services.line_end import COSIGNED, LineEnd
from steerclear.services.line_events import read_key_changes
from steerclear.services.record_bundle import VERIFIER, RecordError
from steerclear.store.protocol import Journal
from steerclear.tlog import Fault, OpenedCheckpoint

EVIDENCE_FOLDER: Final = "evidence"
"""In a node's data folder."""
MAX_EVIDENCE_FILES: Final = 1_000
"""In one folder: a peer that cheats without end must not fill our disk with its cheating."""

_logger = logging.getLogger("steerclear.evidence")


class EvidenceKeeper:
    """Writes evidence of a node's faults into a folder; `keep` is what an exchange is told to call."""

    def __init__(self, exchange: Exchange, files: Sequence[AgreementFiles], folder: Path) -> None:
        self._exchange = exchange
        self._files = files
        self._folder = folder

    def keep(self, peer: str, fault: LineFaultError) -> None:
        """Write what proves a fault of a peer's, if anything does. Never raises: the fault itself comes first."""
        try:
            evidence = find_evidence(self._exchange, peer, fault)
            if evidence is None:
                return
            path = self._write(peer, fault, *evidence)
        except Exception:
            _logger.exception("evidence could not be kept", extra={"peer": peer, "code": fault.code})
            return
        _logger.warning("evidence kept", extra={"peer": peer, "code": fault.code, "file": str(path)})

    def _write(self, peer: str, fault: LineFaultError, evidence: Evidence, statement: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(1, MAX_EVIDENCE_FILES + 1):
            path = self._folder / f"evidence-{peer}-{fault.code}-{number}.zip"
            if not path.exists():
                break
        else:
            raise OSError(f"{self._folder} holds {MAX_EVIDENCE_FILES} files about {peer}: {fault.code}; put some away")
        aside = path.with_suffix(".new")
        with aside.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
                write_evidence(BundleWriter(packed), evidence, statement, self._files)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        return path


def write_evidence(writer: BundleWriter, evidence: Evidence, statement: str, files: Sequence[AgreementFiles]) -> None:
    """Write the files of evidence; `statement` is what `statement_of` says of it."""
    claim = {
        "format": evidence.format,
        "proves": evidence.proves,
        "against": evidence.against,
        "by": evidence.by,
        "root": b64encode(evidence.root).decode(),
        "hashes": [b64encode(each).decode() for each in evidence.hashes],
    }
    writer.add(EVIDENCE, [json.dumps(claim, indent=1).encode() + b"\n"])
    writer.add(STATEMENT, [f"{statement}\n".encode()])
    writer.add(SIGNED_ENTRIES, (entry + b"\n" for entry in evidence.entries))
    notes = (json.dumps(note.decode(), ensure_ascii=False).encode() + b"\n" for note in evidence.notes)
    writer.add(SIGNED_NOTES, notes)
    if evidence.changes:
        writer.add(CHANGE_ENTRIES, (change.entry + b"\n" for change in evidence.changes))
        contents = (b64encode(change.content) for change in evidence.changes)
        writer.add(CHANGE_CONTENTS, (b'"' + content + b'"\n' for content in contents))
    writer.add_agreements(files)
    writer.add(VERIFIER, [verifier_source()])


def find_evidence(exchange: Exchange, peer: str, fault: LineFaultError) -> tuple[Evidence, str] | None:
    """The first contradiction in what a fault rests on that proves itself, and what it proves; None when none does."""
    if fault.whose is not Fault.PEER:
        return None
    line = exchange.line(peer)
    changes, keys = _key_changes(exchange.journal, line, fault)
    for found in _candidates(exchange.journal, line, fault, keys):
        evidence = msgspec.structs.replace(found, changes=changes)
        try:
            return evidence, statement_of(evidence, line.terms)
        except RecordError:
            continue
    return None


def _key_changes(journal: Journal, line: LineEnd, fault: LineFaultError) -> tuple[tuple[ShownChange, ...], AccusedKeys]:
    """All key changes of the peer's that we know: those we hold, and of those in what is refused all that hold."""
    origin, changes = line.terms.incoming.origin, []
    for place, _ in read_key_changes(journal, line.peer, outgoing=False):
        [entry], [content] = journal.leaves(origin, place, 1), journal.contents(origin, place, 1)
        changes.append(ShownChange(entry, content))
    keys = AccusedKeys(line.terms.incoming).following(changes)
    for entry, content in fault.key_changes:
        change = ShownChange(entry, content)
        try:
            keys = keys.following([change])
        except RecordError:
            break
        changes.append(change)
    return tuple(changes), keys


def _candidates(journal: Journal, line: LineEnd, fault: LineFaultError, keys: AccusedKeys) -> Iterator[Evidence]:
    """Everything that the fault may prove; whether it does is asked afterwards."""
    last_entry = fault.entries[-1] if fault.entries else b""
    if last_entry:
        yield from _of_entries(journal, line, keys, fault.entries[0], last_entry)
        yield from _of_view(journal, line, keys, last_entry)
    if fault.offered_note:
        yield from _of_notes(journal, line, keys, fault)
    if fault.code is FaultCode.ROLLBACK:
        receipt = journal.latest_checkpoint(line.terms.outgoing.origin, COSIGNED)
        if receipt is not None:
            yield _evidence(line, Proves.HELD, notes=(receipt.note,))


def _of_entries(
    journal: Journal, line: LineEnd, keys: AccusedKeys, before: bytes, offered: bytes
) -> Iterator[Evidence]:
    """Against the entry of ours at the same place, and against the one that it should follow."""
    origin = line.terms.incoming.origin
    size = journal.log_state(origin).size
    entry = _read(keys, offered)
    if entry is not None and entry.sequence < size:
        yield _evidence(line, Proves.EQUIVOCATION, (journal.leaves(origin, entry.sequence, 1)[0], offered))
    if not before and size:
        before = journal.leaves(origin, size - 1, 1)[0]
    pair = (before, offered) if before else (offered,)
    for proves in (Proves.BROKEN_CHAIN, Proves.GAP, Proves.ROLLBACK):
        yield _evidence(line, proves, pair)


def _of_view(journal: Journal, line: LineEnd, keys: AccusedKeys, offered: bytes) -> Iterator[Evidence]:
    """Against what the peer has cosigned of our log."""
    origin = line.terms.outgoing.origin
    entry, receipt = _read(keys, offered), journal.latest_checkpoint(origin, COSIGNED)
    if entry is not None and receipt is not None and entry.peer_size <= receipt.size:
        yield _evidence(
            line,
            Proves.FALSE_VIEW,
            (offered,),
            (receipt.note,),
            journal.root_at(origin, entry.peer_size),
            journal.consistency_proof(origin, entry.peer_size, receipt.size),
        )


def _of_notes(journal: Journal, line: LineEnd, keys: AccusedKeys, fault: LineFaultError) -> Iterator[Evidence]:
    """Against the checkpoint held: of the same size or a larger one; or against the entries under the offered one."""
    origin, offered = line.terms.incoming.origin, _open(keys, fault.offered_note)
    held = journal.log_state(origin)
    if offered is None:
        return
    if fault.held_note and offered.checkpoint.size <= held.size:
        size = offered.checkpoint.size
        yield _evidence(
            line,
            Proves.FORK,
            notes=(fault.offered_note, fault.held_note),
            root=journal.root_at(origin, size),
            hashes=journal.consistency_proof(origin, size, held.size),
        )
    if fault.entries and all(fault.entries):
        notes = (fault.held_note, fault.offered_note) if held.size else (fault.offered_note,)
        hashes = journal.frontier(origin).hashes
        yield _evidence(line, Proves.WRONG_ROOT, fault.entries, notes, hashes=hashes)
        if held.size + len(fault.entries) <= MAX_SIGNED:
            # The checkpoint held may be under a key that was revoked meanwhile; the chain of the entries is not.
            entries = (*journal.leaves(origin, 0, held.size), *fault.entries)
            yield _evidence(line, Proves.WRONG_ROOT, entries, (fault.offered_note,))


def _evidence(
    line: LineEnd,
    proves: Proves,
    entries: tuple[bytes, ...] = (),
    notes: tuple[bytes, ...] = (),
    root: bytes = b"",
    hashes: tuple[bytes, ...] = (),
) -> Evidence:
    return Evidence(
        proves=proves,
        against=line.peer,
        by=line.terms.us,
        entries=entries,
        notes=notes,
        root=root,
        hashes=hashes,
    )


def _read(keys: AccusedKeys, data: bytes) -> Entry | None:
    """An entry that counts against the peer; None for anything else."""
    try:
        return keys.entries([data])[0]
    except RecordError:
        return None


def _open(keys: AccusedKeys, note: bytes) -> OpenedCheckpoint | None:
    try:
        return keys.checkpoint(note)
    except RecordError:
        return None
