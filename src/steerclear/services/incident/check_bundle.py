"""Check every signature, hash and record of an incident bundle, and say what is wrong by the name of what was changed.

Order: the manifest's form; the embedded records, each by its own verifier, and under the key that each of them ends
with the signature of the manifest; the list of files against the manifest; each file against the list; the journal
rows against their hashes; the raw reports against the rows that state their SHA-256.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from steerclear.dialogue.limits import MAX_TIME_S
from steerclear.dialogue.terms import Versions
from steerclear.model.plans import ItemStanding
from steerclear.services.bundle_verifier import incident_verifier_source, verifier_source
from steerclear.services.incident.bundle_files import (
    ALWAYS,
    CONFIGURATION,
    FILES,
    FORMAT_LINE,
    HEAD,
    INCIDENT_VERIFIER,
    ITEMS,
    JOURNAL,
    JOURNAL_HASHES,
    MANIFEST,
    NO_MARKING,
    RECORDS,
    SEGMENTS,
    SOFTWARE,
    VERIFIER,
    WITHHELD,
    WITHHOLDABLE,
    ConfigurationNote,
    EvidenceRow,
    IncidentHead,
    IncidentRefusedError,
    SoftwareNote,
    manifest_text,
    record_line_name,
    record_name,
)
from steerclear.services.incident.incident_words import statements
from steerclear.services.incident.limits import (
    MAX_BUNDLE_BYTES,
    MAX_FILES,
    MAX_JSON_BYTES,
    MAX_MARKING_CHARS,
    MAX_RECORD_BYTES,
    MAX_ROW_BYTES,
    MAX_ROWS,
    MAX_SEGMENTS,
)
from steerclear.services.record_bundle import MANIFEST as RECORD_MANIFEST
from steerclear.services.record_bundle import Bundle, RecordError, read_bundle
from steerclear.services.record_log import RecordLog
from steerclear.services.verify_record import ReadVersions, RecordReport, check_record, report_record
from steerclear.store.limits import MAX_SEGMENT_BYTES
from steerclear.store.segments import SEGMENT_SEALED, SealedSegment
from steerclear.tlog import SignedNote, TlogError, parse_note, verify_note

_HEAD: Final = re.compile(
    re.escape(FORMAT_LINE) + r"\nagreement (\S+)\nincident (\S+) frozen by (\S+) at (0|[1-9][0-9]{0,11})"
    rf"\nmarking ([^\n]{{1,{MAX_MARKING_CHARS}}})\nfiles ([0-9a-f]{{64}})\n"
)
_LISTED: Final = re.compile(r"([0-9a-f]{64}) (\S{1,200})")
_HEX: Final = re.compile(rb"[0-9a-f]{64}")
_SEGMENT: Final = re.compile(rf"{SEGMENTS}[0-9]{{8,19}}\.segment")


class CheckedIncident(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle whose every signature and hash was checked."""

    head: IncidentHead
    marking: str
    versions: Versions
    records: dict[str, RecordReport]
    logs: dict[str, tuple[RecordLog, RecordLog]]
    """By peer: our log and the peer's, without texts and figures."""
    row_digests: list[bytes]
    digests: dict[str, str]
    withheld: tuple[str, ...]
    proven: tuple[str, ...]
    not_proven: tuple[str, ...]


class _Manifest(msgspec.Struct, frozen=True):
    note: SignedNote
    agreement_id: str
    incident_id: str
    party: str
    exported_s: int
    marking: str
    files_sha256: str


class _Record(msgspec.Struct, frozen=True):
    report: RecordReport
    logs: tuple[RecordLog, RecordLog]
    versions: Versions
    manifest_sha256: str


def check_incident(bundle: Bundle, read_versions: ReadVersions) -> CheckedIncident:
    """Check a bundle. Raises IncidentRefusedError (or RecordError) naming the file and the place that is wrong."""
    _check_names(bundle)
    manifest = _read_manifest(bundle)
    found = _read_records(bundle, manifest, read_versions)
    listed = _read_listed(bundle, manifest)
    head = _read_head(bundle, manifest, listed)
    _check_listed(bundle, listed, head)
    _check_records(found, listed)
    records = {peer: one.report for peer, one in found.items()}
    digests = _row_digests(bundle, head)
    stated, hidden_rows = _check_rows(bundle, digests, head)
    _check_segments(bundle, listed, head, stated)
    hidden = _withheld(bundle, listed, head, records, hidden_rows)
    honest = all(
        bundle.digest(name) == sha256(source).hexdigest()
        for name, source in ((VERIFIER, verifier_source()), (INCIDENT_VERIFIER, incident_verifier_source()))
    )
    proven, not_proven = statements(head, records, hidden, honest=honest)
    return CheckedIncident(
        head=head,
        marking="" if manifest.marking == NO_MARKING else manifest.marking,
        versions=next(iter(found.values())).versions,
        records=records,
        logs={peer: one.logs for peer, one in found.items()},
        row_digests=digests,
        digests=listed,
        withheld=hidden,
        proven=proven,
        not_proven=not_proven,
    )


def _check_names(bundle: Bundle) -> None:
    for name in ALWAYS:
        if name not in bundle.names:
            raise IncidentRefusedError(name, "is missing from the bundle")
    if len(bundle.names) > MAX_FILES:
        raise IncidentRefusedError(sorted(bundle.names)[-1], f"a bundle has at most {MAX_FILES:,} files")


def _read_manifest(bundle: Bundle) -> _Manifest:
    try:
        note = parse_note(bundle.small(MANIFEST))
    except TlogError as error:
        raise IncidentRefusedError(MANIFEST, f"cannot be read: {error}") from None
    head = _HEAD.fullmatch(note.text)
    if head is None:
        raise IncidentRefusedError(MANIFEST, f"is not the manifest of an incident bundle ({FORMAT_LINE!r})")
    return _Manifest(note, head[1], head[2], head[3], int(head[4]), head[5], head[6])


def _read_listed(bundle: Bundle, manifest: _Manifest) -> dict[str, str]:
    """SHA-256 of every file by its name, as the freezing party has listed them."""
    text = bundle.small(FILES)
    if bundle.digest(FILES) != manifest.files_sha256:
        raise IncidentRefusedError(FILES, "its SHA-256 is not the one that manifest.note states")
    listed: dict[str, str] = {}
    for number, line in enumerate(text.decode("ascii", "replace").splitlines(), 1):
        found = _LISTED.fullmatch(line)
        if found is None or found[2] in listed or len(listed) > MAX_FILES:
            raise IncidentRefusedError(f"{FILES} line {number}", "is not a SHA-256 and a name that is there once")
        listed[found[2]] = found[1]
    return listed


def _read_head(bundle: Bundle, manifest: _Manifest, listed: dict[str, str]) -> IncidentHead:
    data = bundle.small(HEAD, MAX_JSON_BYTES)
    _check_digest(bundle, HEAD, listed)
    head: IncidentHead = _decoded(HEAD, data, IncidentHead)
    if not 0 <= head.exported_s < MAX_TIME_S:
        raise IncidentRefusedError(HEAD, "was frozen at no time of our calendar")
    said = manifest_text(
        head.agreement_id,
        head.party,
        head.incident.incident_id,
        head.exported_s,
        manifest.marking,
        manifest.files_sha256,
    )
    if said != manifest.note.text or head.format != FORMAT_LINE:
        raise IncidentRefusedError(HEAD, "is of another incident, party or time than manifest.note")
    if len(head.segments) > MAX_SEGMENTS or not 0 <= head.rows <= MAX_ROWS or len(set(head.peers)) != len(head.peers):
        raise IncidentRefusedError(HEAD, "names more segments or rows than a bundle may have, or a peer twice")
    names = [part.name for part in head.segments]
    if len(set(names)) != len(names) or not all(_SEGMENT.fullmatch(name) for name in names):
        raise IncidentRefusedError(HEAD, "names a file as a segment of raw reports that is none, or one twice")
    return head


def _check_listed(bundle: Bundle, listed: dict[str, str], head: IncidentHead) -> None:
    """Every file is listed and every listed one is there, but for what may be withheld; small files by their hash."""
    segments = {part.name for part in head.segments}
    records = {record_name(peer) for peer in head.peers}
    own = {HEAD, JOURNAL_HASHES, VERIFIER, INCIDENT_VERIFIER}
    lines = {*own, *WITHHOLDABLE, *segments, *map(record_line_name, head.peers)}
    for name in sorted(lines - listed.keys()):
        raise IncidentRefusedError(FILES, f"does not list {name}")
    for name in sorted(listed.keys() - lines):
        raise IncidentRefusedError(FILES, f"lists {name}, which is no part of such a bundle")
    for name in sorted(bundle.names - own - {*ALWAYS, *WITHHOLDABLE} - segments - records):
        raise IncidentRefusedError(ascii(name).strip("'"), "does not belong into the bundle: nobody has signed it")
    for name in sorted(own - bundle.names):
        raise IncidentRefusedError(name, "is missing from the bundle")
    for name in sorted((own | {*WITHHOLDABLE}) & bundle.names):
        _check_digest(bundle, name, listed)
    kinds: dict[str, Any] = {
        ITEMS: tuple[ItemStanding, ...],
        SOFTWARE: SoftwareNote,
        CONFIGURATION: ConfigurationNote,
    }
    for name, kind in kinds.items():
        if name in bundle.names:
            _decoded(name, bundle.small(name, MAX_JSON_BYTES), kind)


def _check_digest(bundle: Bundle, name: str, listed: dict[str, str]) -> None:
    if bundle.digest(name) != listed.get(name):
        raise IncidentRefusedError(name, "its SHA-256 is not the one that files.txt states: it was changed")
    if sum(bundle.sizes()) > MAX_BUNDLE_BYTES:
        raise IncidentRefusedError(name, f"with it the bundle has more than {MAX_BUNDLE_BYTES:,} bytes")


def _read_records(bundle: Bundle, manifest: _Manifest, read_versions: ReadVersions) -> dict[str, _Record]:
    """Each embedded record by itself, and under the key that it ends with the signature of the manifest."""
    found: dict[str, _Record] = {}
    for name in sorted(name for name in bundle.names if name.startswith(RECORDS) and name.endswith(".zip")):
        with embedded_record(bundle, name) as record:
            try:
                manifest_sha256 = sha256(record.small(RECORD_MANIFEST)).hexdigest()
                checked = check_record(record, read_versions)
                report = report_record(record, checked)
            except RecordError as error:
                raise IncidentRefusedError(f"{name}: {error.where}", error.what) from None
        peer = checked.terms.peer
        if checked.terms.us != manifest.party or record_name(peer) != name:
            raise IncidentRefusedError(name, f"is the record of another line than the one of {manifest.party} it names")
        if report.agreement_id != manifest.agreement_id:
            raise IncidentRefusedError(name, "is a record under another agreement")
        if any(report.agreements != other.report.agreements for other in found.values()):
            raise IncidentRefusedError(name, "holds other versions of the agreement than the record before it")
        try:
            verify_note(manifest.note, [checked.ours.ring.current.log_verifier])
        except TlogError as error:
            raise IncidentRefusedError(MANIFEST, f"{manifest.party} has not signed it: {error}") from None
        found[peer] = _Record(report, (checked.ours, checked.theirs), checked.versions, manifest_sha256)
    if not found:
        what = "no record is left in the bundle, so nobody can check by whose key it was signed"
        raise IncidentRefusedError(RECORDS, what)
    return found


def _check_records(found: dict[str, _Record], listed: dict[str, str]) -> None:
    for peer, record in found.items():
        if record.manifest_sha256 != listed.get(record_line_name(peer)):
            what = "its SHA-256 is not the one that files.txt states"
            raise IncidentRefusedError(f"{record_name(peer)}: {RECORD_MANIFEST}", what)


@contextmanager
def embedded_record(bundle: Bundle, name: str) -> Iterator[Bundle]:
    """An embedded record in a temporary file, which a ZIP file needs; removed at the end. Raises RecordError."""
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        size = 0
        for chunk in bundle.chunks(name):
            size += len(chunk)
            if size > MAX_RECORD_BYTES:
                raise IncidentRefusedError(name, f"has more than {MAX_RECORD_BYTES:,} bytes")
            file.write(chunk)
        file.flush()
        try:
            record = read_bundle(Path(file.name))
        except RecordError as error:
            raise IncidentRefusedError(name, error.what) from None
        yield record


def _row_digests(bundle: Bundle, head: IncidentHead) -> list[bytes]:
    digests = []
    for number, line in enumerate(bundle.lines(JOURNAL_HASHES), 1):
        if not _HEX.fullmatch(line) or number > head.rows:
            raise IncidentRefusedError(f"{JOURNAL_HASHES} line {number}", "is no SHA-256, or one too many")
        digests.append(bytes.fromhex(line.decode()))
    if len(digests) != head.rows:
        raise IncidentRefusedError(JOURNAL_HASHES, f"has {len(digests)} lines, and incident.json says {head.rows}")
    return digests


def row_lines(bundle: Bundle, digests: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """(line number, row) of the journal rows, each the one whose hash was signed, or withheld."""
    number = 0
    for line in _long_lines(bundle, JOURNAL):
        number += 1
        if number > len(digests):
            raise IncidentRefusedError(f"{JOURNAL} line {number}", "is a row that nobody has signed")
        if line != WITHHELD and sha256(line).digest() != digests[number - 1]:
            what = f"its SHA-256 is not the one that {JOURNAL_HASHES} line {number} states: the row was changed"
            raise IncidentRefusedError(f"{JOURNAL} line {number}", what)
        yield number, line
    if number != len(digests):
        what = f"has {number} lines and {len(digests)} were signed: a row that is not shown is said to be so"
        raise IncidentRefusedError(JOURNAL, what)


def _long_lines(bundle: Bundle, name: str) -> Iterator[bytes]:
    """Lines of a file whose lines may be longer than those of a record."""
    left = b""
    for chunk in bundle.chunks(name):
        lines = (left + chunk).split(b"\n")
        left = lines.pop()
        yield from lines
        if len(left) > MAX_ROW_BYTES:
            raise IncidentRefusedError(name, f"a line has more than {MAX_ROW_BYTES:,} bytes")
    if left:
        raise IncidentRefusedError(name, "its last line is cut off")


def _check_rows(bundle: Bundle, digests: list[bytes], head: IncidentHead) -> tuple[dict[int, SealedSegment], int]:
    """What rows state of segments, by the row's place in the journal; and how many rows are withheld."""
    wanted = {part.sequence for part in head.segments}
    stated: dict[int, SealedSegment] = {}
    before, hidden = 0, 0
    for number, line in row_lines(bundle, digests):
        if line == WITHHELD:
            hidden += 1
            continue
        row: EvidenceRow = _decoded(f"{JOURNAL} line {number}", line, EvidenceRow)
        if not before < row.sequence <= head.last_sequence:
            raise IncidentRefusedError(f"{JOURNAL} line {number}", "its place in the journal is out of order")
        before = row.sequence
        if row.sequence in wanted and row.kind == SEGMENT_SEALED:
            stated[row.sequence] = _decoded(f"{JOURNAL} line {number}", row.payload.encode(), SealedSegment)
    if not hidden and wanted - stated.keys():
        raise IncidentRefusedError(JOURNAL, f"row {min(wanted - stated.keys())}, which seals a segment, is missing")
    return stated, hidden


def _check_segments(
    bundle: Bundle, listed: dict[str, str], head: IncidentHead, stated: dict[int, SealedSegment]
) -> None:
    for part in head.segments:
        if part.name not in bundle.names:
            continue
        size = sum(len(chunk) for chunk in _bounded(bundle, part.name))
        sealed = stated.get(part.sequence)
        if sealed is not None and (bundle.digest(part.name), size) != (sealed.sha256, sealed.size_bytes):
            what = f"its SHA-256 is not the one that journal row {part.sequence} states"
            raise IncidentRefusedError(part.name, what)
        _check_digest(bundle, part.name, listed)


def _bounded(bundle: Bundle, name: str) -> Iterator[bytes]:
    size = 0
    for chunk in bundle.chunks(name):
        size += len(chunk)
        if size > MAX_SEGMENT_BYTES:
            raise IncidentRefusedError(name, f"has more than {MAX_SEGMENT_BYTES:,} bytes")
        yield chunk


def _withheld(
    bundle: Bundle, listed: dict[str, str], head: IncidentHead, records: dict[str, RecordReport], rows: int
) -> tuple[str, ...]:
    files = sorted(name for name in listed if "#" not in name and name not in bundle.names)
    files += [record_name(peer) for peer in head.peers if peer not in records]
    messages = {
        peer: sum(len(log.withheld) for log in report.logs)
        for peer, report in records.items()
        if any(log.withheld for log in report.logs)
    }
    return (
        *(f"{name}: the whole file" for name in files),
        *([f"{JOURNAL}: {rows} of {head.rows} rows"] if rows else []),
        *(f"{record_name(peer)}: the contents of {count} messages" for peer, count in messages.items()),
    )


def _decoded(where: str, data: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise IncidentRefusedError(where, f"cannot be read: {error}") from None
