"""Withhold contents from a bundle: what an entry says is left out, that it is there and signed is still proven.

No key is needed and no signature changes: entries hold only a salted hash of what they say, and the exporter has
signed the entries, not the contents. So anyone who holds a bundle can make one that shows less, and none that says
something else.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from typing import IO

from steerclear.services.export_record import BundleWriter
from steerclear.services.record_bundle import ATTACHMENTS, CONTENTS, WITHHELD, Bundle
from steerclear.services.record_log import RecordLog
from steerclear.services.verify_record import CheckedRecord, ReadVersions, check_record


class WithholdError(ValueError):
    """What is to be withheld is not in the bundle; nothing was written."""


def redact_record(bundle: Bundle, message_ids: Sequence[str], sink: IO[bytes], read_versions: ReadVersions) -> None:
    """Write the bundle to `sink` as a ZIP file without the contents of these messages.

    Attachments that only they name are left out too. Raises RecordError for a bundle that does not hold,
    WithholdError.
    """
    checked = check_record(bundle, read_versions)
    hidden = _places(checked, message_ids)
    shown = {
        digest
        for log in (checked.ours, checked.theirs)
        for digest, places in log.attachments.items()
        if places - hidden[log.name]
    }
    contents = {f"{log.folder}/{CONTENTS}": hidden[log.name] for log in (checked.ours, checked.theirs)}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        writer = BundleWriter(packed)
        for name in sorted(bundle.names):
            if name in contents:
                writer.add(name, _without(bundle.lines(name), contents[name]))
            elif not name.startswith(ATTACHMENTS) or name.removeprefix(ATTACHMENTS) in shown:
                writer.add(name, bundle.chunks(name))


def _without(lines: Iterator[bytes], places: set[int]) -> Iterator[bytes]:
    for place, line in enumerate(lines):
        yield (WITHHELD if place in places else line) + b"\n"


def _places(checked: CheckedRecord, message_ids: Sequence[str]) -> dict[str, set[int]]:
    logs = (checked.ours, checked.theirs)
    hidden: dict[str, set[int]] = {log.name: set() for log in logs}
    for message_id in message_ids:
        places = {log.name: _place(log, message_id) for log in logs}
        if not any(place is not None for place in places.values()):
            raise WithholdError(f"no message {message_id!r} is in the bundle; `steerclear record show` lists them")
        for log in logs:
            place = places[log.name]
            if place is not None and log.ring.has_statement_at(place):
                raise WithholdError(f"{message_id!r} is a key change; without it nobody could check what follows")
            hidden[log.name] |= set() if place is None else {place}
    return hidden


def _place(log: RecordLog, message_id: str) -> int | None:
    place = log.log.sequence_of(message_id)
    return place if place is not None and place < len(log.said) else None
