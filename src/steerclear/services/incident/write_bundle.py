"""Write an incident bundle: rows, raw reports, records, items, software and configuration, signed as a whole by us."""

from __future__ import annotations

import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

import msgspec

from steerclear import __version__
from steerclear.model.incident import Incident
from steerclear.services.bundle_verifier import incident_verifier_source, verifier_source
from steerclear.services.exchange import Exchange
from steerclear.services.export_record import AgreementFiles, BundleWriter, export_file
from steerclear.services.incident.bundle_files import (
    CONFIGURATION,
    FILES,
    HEAD,
    INCIDENT_VERIFIER,
    ITEMS,
    JOURNAL,
    JOURNAL_HASHES,
    MANIFEST,
    SOFTWARE,
    VERIFIER,
    ConfigurationNote,
    EvidenceRow,
    IncidentHead,
    SegmentPart,
    SoftwareNote,
    files_text,
    manifest_text,
    record_line_name,
    record_name,
    segment_name,
)
from steerclear.services.incident.choose_rows import Chosen, choose, chosen_rows
from steerclear.services.incident.limits import MAX_ROWS
from steerclear.services.record_bundle import MANIFEST as RECORD_MANIFEST
from steerclear.services.software import (
    dependencies,
    platform_name,
    python_version,
    source_digest,
    source_digests,
)
from steerclear.store.entries import JournalRow
from steerclear.store.errors import StoreDamagedError
from steerclear.tlog import encode_note, sign_note

_CHUNK_BYTES: Final = 1024 * 1024
_ENCODER = msgspec.json.Encoder()

Told = Callable[[str], None]
"""Told what is being written now."""


class IncidentTooLargeError(ValueError):
    """An incident's window holds more than a bundle may; open it with a shorter one."""


class FreezeInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What a node gives beside its journal."""

    agreements: tuple[AgreementFiles, ...]
    segments: Path
    """Folder of the raw reports."""
    configuration: ConfigurationNote
    marking: str = ""
    """Classification, as it is to stand on every copy."""
    new_salt: Callable[[], bytes]
    """16 random bytes at each call."""


def write_incident(
    exchange: Exchange,
    incident: Incident,
    inputs: FreezeInputs,
    sink: IO[bytes],
    last_sequence: int,
    told: Told = lambda _: None,
) -> None:
    """Write the bundle of an incident to `sink`, with the journal up to a row. Raises StoreError, OSError,
    IncidentTooLargeError.
    """
    told("choosing what belongs to it")
    chosen = choose(exchange.journal, incident, last_sequence)
    now_s = exchange.clock.now_s()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        writer = BundleWriter(packed)
        named: dict[str, str] = {}
        for peer in sorted(exchange.lines):
            told(f"the record with {peer}")
            named[record_line_name(peer)] = _write_record(exchange, peer, inputs.agreements, writer)
        for segment in chosen.segments:
            told(f"raw reports, segment {segment.sealed.number}")
            path = inputs.segments / segment.sealed.file_name
            name = segment_name(segment.sealed.number)
            writer.add(name, _file(path))
            if writer.digests[name] != segment.sealed.sha256:
                raise StoreDamagedError(f"segment {path.name} was changed: restore it from a backup")
        told("journal rows")
        rows = _Rows(inputs.new_salt)
        writer.add(JOURNAL, rows.lines(chosen_rows(exchange.journal, incident, chosen)))
        writer.add(JOURNAL_HASHES, (f"{digest.hex()}\n".encode() for digest in rows.digests))
        head = _head(exchange, incident, chosen, now_s, len(rows.digests))
        writer.add(HEAD, [_ENCODER.encode(head)])
        writer.add(ITEMS, _items(chosen))
        writer.add(SOFTWARE, [_ENCODER.encode(software_note())])
        writer.add(CONFIGURATION, [_ENCODER.encode(inputs.configuration)])
        writer.add(VERIFIER, [verifier_source()])
        writer.add(INCIDENT_VERIFIER, [incident_verifier_source()])
        unsigned = {JOURNAL, *map(record_name, exchange.lines)}
        named |= {name: digest for name, digest in writer.digests.items() if name not in unsigned}
        writer.add(FILES, [files_text(named)])
        text = manifest_text(
            head.agreement_id, head.party, incident.incident_id, now_s, inputs.marking, writer.digests[FILES]
        )
        signers = [line.log_signer for _, line in sorted(exchange.lines.items())]
        writer.add(MANIFEST, [encode_note(sign_note(text, signers, int(now_s)))])


def software_note() -> SoftwareNote:
    """What is running here."""
    return SoftwareNote(
        version=__version__,
        python=python_version(),
        platform=platform_name(),
        source_sha256=source_digest(),
        sources=source_digests(),
        dependencies=dependencies(),
    )


def picture_window(incident: Incident) -> tuple[float, float]:
    """The window by the picture's time."""
    ahead_s = 0.0 if incident.picture_now_s is None else incident.picture_now_s - incident.at_s
    return incident.from_s + ahead_s, incident.until_s + ahead_s


class _Rows:
    """Rows as lines; each line's SHA-256 is remembered."""

    def __init__(self, new_salt: Callable[[], bytes]) -> None:
        self._new_salt = new_salt
        self.digests: list[bytes] = []

    def lines(self, rows: Iterator[JournalRow]) -> Iterator[bytes]:
        for row in rows:
            if len(self.digests) >= MAX_ROWS:
                raise IncidentTooLargeError(
                    f"the window holds more than {MAX_ROWS:,} journal rows; open the incident with a shorter window"
                )
            line = row_line(row, self._new_salt())
            self.digests.append(sha256(line).digest())
            yield line + b"\n"


def row_line(row: JournalRow, salt: bytes) -> bytes:
    """A journal row as it stands in a bundle. All that the node journals is JSON; other bytes would come as base64."""
    try:
        payload = row.payload.decode()
    except UnicodeDecodeError:
        payload = "base64:" + b64encode(row.payload).decode()
    return _ENCODER.encode(
        EvidenceRow(sequence=row.sequence, kind=row.kind, time_s=row.time_s, payload=payload, salt=salt.hex())
    )


def _head(exchange: Exchange, incident: Incident, chosen: Chosen, now_s: float, rows: int) -> IncidentHead:
    from_s, until_s = picture_window(incident)
    return IncidentHead(
        agreement_id=exchange.agreement.agreement_id,
        party=exchange.us.party_id,
        incident=incident,
        exported_s=now_s,
        picture_from_s=from_s,
        picture_until_s=until_s,
        last_sequence=chosen.last_sequence,
        rows=rows,
        peers=tuple(sorted(exchange.lines)),
        segments=tuple(
            SegmentPart(name=segment_name(segment.sealed.number), sequence=segment.sequence)
            for segment in chosen.segments
        ),
        runs=chosen.runs,
        notes=chosen.notes,
    )


def _write_record(exchange: Exchange, peer: str, files: Sequence[AgreementFiles], writer: BundleWriter) -> str:
    """Embed a record; SHA-256 of the manifest inside it."""
    with export_file(exchange, peer, files) as sink:
        with zipfile.ZipFile(sink) as packed:
            digest = sha256(packed.read(RECORD_MANIFEST)).hexdigest()
        sink.seek(0)
        writer.add(record_name(peer), iter(lambda: sink.read(_CHUNK_BYTES), b""))
    return digest


def _file(path: Path) -> Iterator[bytes]:
    if not path.is_file():
        raise StoreDamagedError(f"segment {path.name} is missing: restore it from a backup")
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _items(chosen: Chosen) -> Iterator[bytes]:
    yield b"["
    for place, item in enumerate(chosen.items):
        yield (b",\n" if place else b"\n") + _ENCODER.encode(item)
    yield b"\n]\n"
