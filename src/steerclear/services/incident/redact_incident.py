"""Leave out parts of an incident bundle, without any key: their hashes stay, so all else still verifies.

Can be withheld: files of raw reports, journal rows one by one or by kind, items, software and configuration, whole
records but one, and the contents of messages. What a message says also stands elsewhere: in the journal row that stored
it, and what a notice or an alert's notice tells of, in every row that names it and in the list of items. These go with
it. Raw reports do not; they are withheld by their own name. What is withheld is said to be; by whom is not known.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Final

import msgspec

from steerclear.model.messages import AlertNotice, Notice
from steerclear.services.export_record import BundleWriter
from steerclear.services.incident.bundle_files import (
    ITEMS,
    JOURNAL,
    RECORDS,
    WITHHELD,
    WITHHOLDABLE,
    EvidenceRow,
    IncidentRefusedError,
    record_name,
)
from steerclear.services.incident.check_bundle import CheckedIncident, check_incident, embedded_record, row_lines
from steerclear.services.incident.limits import MAX_JSON_BYTES
from steerclear.services.line_events import SENT, STORED, MessageSent, MessageStored, decoded
from steerclear.services.record_bundle import Bundle, RecordError, log_folder, read_bundle
from steerclear.services.record_log import recorded_messages
from steerclear.services.redact_record import WithholdError, redact_record
from steerclear.services.verify_record import ReadVersions

ROWS: Final = "rows:"
"""`rows:KIND` withholds the journal rows of a kind (`*` stands for anything), `rows:SEQUENCE` one row."""
SEGMENTS_WORD: Final = "segments"
"""Withholds all raw reports."""

_ROW = msgspec.json.Decoder(EvidenceRow)
_CHUNK_BYTES: Final = 1024 * 1024


class _Plan(msgspec.Struct):
    files: set[str]
    row_patterns: list[str]
    messages: list[str]
    told: set[bytes]
    """What the withheld messages tell of, as it is named in rows: ids within their quotes."""


def redact_incident(path: Path, withhold: Sequence[str], sink: IO[bytes], read_versions: ReadVersions) -> None:
    """Write a bundle to `sink` without parts of it. Raises IncidentRefusedError for one that does not hold,
    WithholdError for what is not there or cannot be withheld.
    """
    try:
        bundle = read_bundle(path)
        checked = check_incident(bundle, read_versions)
    except IncidentRefusedError:
        raise
    except RecordError as error:
        raise IncidentRefusedError(error.where, error.what) from None
    plan = _planned(bundle, checked, withhold)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        writer = BundleWriter(packed)
        for name in sorted(bundle.names - plan.files):
            if name == JOURNAL:
                writer.add(name, _rows(bundle, checked, plan))
            elif name.startswith(RECORDS) and plan.messages:
                _write_record(bundle, name, plan.messages, writer, read_versions)
            else:
                writer.add(name, bundle.chunks(name))


def _planned(bundle: Bundle, checked: CheckedIncident, withhold: Sequence[str]) -> _Plan:
    plan = _Plan(set(), [], [], set())
    segments = {part.name for part in checked.head.segments}
    records = {record_name(peer) for peer in checked.records}
    for word in withhold:
        if word == SEGMENTS_WORD:
            plan.files |= segments & bundle.names
        elif word.startswith(ROWS):
            plan.row_patterns.append(word.removeprefix(ROWS))
        elif word in segments | records | {*WITHHOLDABLE}:
            if word not in bundle.names:
                raise WithholdError(f"{word} is withheld already")
            plan.files.add(word)
        elif ":" in word:
            plan.messages.append(word)
        else:
            known = ", ".join((*WITHHOLDABLE, SEGMENTS_WORD, f"{ROWS}KIND", "records/PEER.zip", "the id of a message"))
            raise WithholdError(f"{word!r} cannot be withheld; this can: {known}")
    if records and records <= plan.files:
        raise WithholdError("one record must stay: without any, nobody could check who signed the bundle")
    known_messages = {
        log.message_id for report in checked.records.values() for one in report.logs for log in one.messages
    }
    for message_id in plan.messages:
        if message_id not in known_messages:
            raise WithholdError(f"no message {message_id!r} is in the bundle's records")
    plan.told = _told_of(bundle, checked, plan.messages)
    if ITEMS in bundle.names and plan.told:
        data = bundle.small(ITEMS, MAX_JSON_BYTES)
        if any(name in data for name in plan.told):
            plan.files.add(ITEMS)
    return plan


def _told_of(bundle: Bundle, checked: CheckedIncident, message_ids: Sequence[str]) -> set[bytes]:
    """Ids of the items and alerts that messages tell of, within their quotes."""
    found: set[bytes] = set()
    for peer in checked.records if message_ids else ():
        with embedded_record(bundle, record_name(peer)) as record:
            for sender, receiver in ((checked.head.party, peer), (peer, checked.head.party)):
                for sequence, message in recorded_messages(record, log_folder(sender, receiver)):
                    if f"{sender}:{receiver}:{sequence}" not in message_ids:
                        continue
                    if isinstance(message, Notice):
                        found.add(msgspec.json.encode(message.notice_id))
                    elif isinstance(message, AlertNotice):
                        found.add(msgspec.json.encode(message.alert.alert_id))
    return found


def _rows(bundle: Bundle, checked: CheckedIncident, plan: _Plan) -> Iterator[bytes]:
    for _, line in row_lines(bundle, checked.row_digests):
        hidden = line == WITHHELD or _is_withheld(_ROW.decode(line), plan)
        yield (WITHHELD if hidden else line) + b"\n"


def _is_withheld(row: EvidenceRow, plan: _Plan) -> bool:
    if any(pattern == str(row.sequence) or fnmatchcase(row.kind, pattern) for pattern in plan.row_patterns):
        return True
    payload = row.payload.encode()
    if any(name in payload for name in plan.told):
        return True
    if not plan.messages or row.kind not in (SENT, STORED):
        return False
    event = decoded(row.kind, payload)
    return isinstance(event, MessageSent | MessageStored) and event.message.message_id in plan.messages


def _write_record(
    bundle: Bundle, name: str, message_ids: Sequence[str], writer: BundleWriter, read_versions: ReadVersions
) -> None:
    with embedded_record(bundle, name) as record, tempfile.TemporaryFile() as file:
        ours = [message_id for message_id in message_ids if _is_in(name, message_id)]
        redact_record(record, ours, file, read_versions)
        file.seek(0)
        writer.add(name, iter(lambda: file.read(_CHUNK_BYTES), b""))


def _is_in(name: str, message_id: str) -> bool:
    """Whether a message, named SENDER:RECEIVER:PLACE, is of the line to the party that a record is named after."""
    peer = name.removeprefix(RECORDS).removesuffix(".zip")
    return peer in message_id.split(":")[:2]
