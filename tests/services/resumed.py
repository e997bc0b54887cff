"""Verdicts of our verifier on edits of a record by the hundred thousand: it goes on from right before the edit.

`verify_record` reads a log line by line, and what stands behind a line changes nothing of what was made of the lines
before it. So the true record is read once, what the verifier knows is kept before every line, and for an edit the
verifier's own code goes on from there with the edited rest. When that refuses it, the whole `verify_record` would have
refused it there, in the same words; when it does not, the whole of it is run over the edited record. Of the refusals
too some are compared with those of the whole.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from steerclear.app.commands.record import read_versions
from steerclear.dialogue.terms import line_terms
from steerclear.services.record_bundle import CHECKPOINTS, CONTENTS, ENTRIES, Bundle
from steerclear.services.record_log import (
    LogReading,
    RecordLog,
    begin_log,
    go_on_reading,
    take_receipt,
)
from steerclear.services.verify_record import bundle_versions, verify_record
from tests.services.bundles import Files
from tests.services.edits import Edit, Verdict, long_record, verdict_of

WHOLE_EVERY = 1_000
"""Each of these many refusals is compared with that of the whole verifier."""


class _Kept(msgspec.Struct):
    """What the verifier knew before each line of the files of the true record."""

    readings: dict[str, list[LogReading]]
    """By folder; before each entry."""
    logs: dict[str, list[RecordLog]]
    """By folder; before each receipt."""
    others: dict[str, RecordLog]
    """By folder: the other log, as it is while the receipts of this one are read."""


def judged_from_there(edits: Iterable[Edit]) -> tuple[int, list[str]]:
    """How many edits there were, and what our verifier should have refused and did not."""
    count, missed = 0, []
    for edit in edits:
        verdict = _verdict(edit, compare=count % WHOLE_EVERY == 0)
        count += 1
        if verdict is not Verdict.REFUSED:
            missed.append(f"{verdict.name.lower()}: {edit}")
    return count, missed


def _verdict(edit: Edit, *, compare: bool) -> Verdict:
    refusal = _refusal_from_there(edit)
    if refusal is None or compare:
        whole = _refusal(edit)
        assert refusal is None or str(whole) == str(refusal), f"the whole verifier says something else of {edit}"
        refusal = whole
    return verdict_of(refusal)


def _refusal_from_there(edit: Edit) -> Exception | None:
    try:
        _go_on(edit)
    except Exception as refusal:
        return refusal
    return None


def _refusal(edit: Edit) -> Exception | None:
    """What the whole verifier says of the edited record."""
    files = dict(long_record())
    start = _starts(edit.file)[edit.line]
    files[edit.file] = files[edit.file][:start] + edit.applied(files[edit.file][start:])
    try:
        verify_record(Bundle(files, lambda name: io.BytesIO(files[name])), read_versions)
    except Exception as refusal:
        return refusal
    return None


def _go_on(edit: Edit) -> None:
    """Read on from the edit to the end of its log. Raises RecordError."""
    folder, _, name = edit.file.rpartition("/")
    rest = edit.applied(long_record()[edit.file][_starts(edit.file)[edit.line] :])
    kept = _kept()
    if name == CHECKPOINTS:
        log = _own(kept.logs[folder][edit.line])
        for index, line in enumerate(_lines(edit.file, rest), edit.line):
            take_receipt(log, kept.others[folder], index, line)
        return
    beside = f"{folder}/{CONTENTS if name == ENTRIES else ENTRIES}"
    lines = {edit.file: rest, beside: _rest(beside, edit.line)}
    reading = kept.readings[folder][edit.line]
    reading = msgspec.structs.replace(reading, read=_own(reading.read))
    entries, contents = (f"{folder}/{one}" for one in (ENTRIES, CONTENTS))
    go_on_reading(reading, _lines(entries, lines[entries]), _lines(contents, lines[contents]))


def _rest(file: str, line: int) -> bytes:
    return long_record()[file][_starts(file)[line] :]


def _lines(name: str, data: bytes) -> Iterator[bytes]:
    return Bundle([name], lambda _: io.BytesIO(data)).lines(name)


def _own(log: RecordLog) -> RecordLog:
    """A log that can be read on without changing the one that is kept."""
    return msgspec.structs.replace(
        log,
        said=list(log.said),
        leaves=list(log.leaves),
        references=list(log.references),
        receipts=list(log.receipts),
        revoked_receipts=list(log.revoked_receipts),
        withheld=list(log.withheld),
        attachments={digest: set(places) for digest, places in log.attachments.items()},
    )


@cache
def _starts(file: str) -> list[int]:
    """Where each line of a file of the record starts, and where the file ends."""
    starts = [0]
    for line in long_record()[file].splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


@cache
def _kept() -> _Kept:
    files: Files = long_record()
    bundle = Bundle(files, lambda name: io.BytesIO(files[name]))
    versions = bundle_versions(bundle, read_versions)
    terms = line_terms(versions, "north", "south")
    kept = _Kept({}, {}, {})
    logs: list[RecordLog] = []
    for direction in (terms.outgoing, terms.incoming):
        reading = begin_log(direction, versions)
        folder = reading.read.folder
        before = kept.readings[folder] = []
        contents = bundle.lines(f"{folder}/{CONTENTS}")
        for line in bundle.lines(f"{folder}/{ENTRIES}"):
            before.append(msgspec.structs.replace(reading, read=_own(reading.read)))
            reading.take(line, next(contents))
        logs.append(reading.read)
    for log, other in (logs, reversed(logs)):
        kept.others[log.folder] = _own(other)
        kept.logs[log.folder] = [_own(log)]
        for index, line in enumerate(bundle.lines(f"{log.folder}/{CHECKPOINTS}")):
            take_receipt(log, other, index, line)
            kept.logs[log.folder].append(_own(log))
    return kept
