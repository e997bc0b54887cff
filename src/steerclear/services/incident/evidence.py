"""Read an incident bundle: nothing of it is believed before every signature, hash and embedded record was checked.

`open_evidence` checks all of it once, part by part, in bounded memory; what is read afterwards (rows, steps, records)
is checked again as it is read, so that a file that changes meanwhile cannot slip anything in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from steerclear.dialogue.terms import AgreementVersion, Versions
from steerclear.model.incident import Incident
from steerclear.model.plans import ItemStanding
from steerclear.services.incident.bundle_files import (
    CONFIGURATION,
    ITEMS,
    JOURNAL,
    MANIFEST,
    SOFTWARE,
    WITHHELD,
    ConfigurationNote,
    EvidenceRow,
    IncidentHead,
    IncidentRefusedError,
    PartWithheldError,
    RunPart,
    SoftwareNote,
    record_name,
    segment_name,
)
from steerclear.services.incident.check_bundle import CheckedIncident, check_incident, embedded_record, row_lines
from steerclear.services.incident.limits import MAX_JSON_BYTES
from steerclear.services.keep_reports import RecordedStep, recorded_steps
from steerclear.services.picture_runs import PICTURE_RUN, PictureRunStarted
from steerclear.services.record_bundle import Bundle, RecordError, read_bundle
from steerclear.services.record_log import Said
from steerclear.services.verify_record import ReadVersions, RecordReport
from steerclear.store.limits import MAX_SEGMENT_BYTES
from steerclear.store.segments import segment_records

_ROW: Final = msgspec.json.Decoder(EvidenceRow)
_RUN: Final = msgspec.json.Decoder(PictureRunStarted)


class PictureRunEvidence(msgspec.Struct, frozen=True):
    """A run of the picture in a bundle: how it began, and which of its reports are here."""

    run: PictureRunStarted
    part: RunPart


class IncidentEvidence:
    """An incident bundle that was checked and found whole. May be used from one thread at a time."""

    def __init__(self, path: Path, bundle: Bundle, checked: CheckedIncident) -> None:
        self.path = path
        self._bundle = bundle
        self._checked = checked

    @property
    def head(self) -> IncidentHead:
        """What the bundle is about."""
        return self._checked.head

    @property
    def party(self) -> str:
        """Whose evidence it is."""
        return self.head.party

    @property
    def incident(self) -> Incident:
        """The incident as that party has it."""
        return self.head.incident

    @property
    def exported_s(self) -> float:
        """When it was frozen, by that party's clock."""
        return self.head.exported_s

    @property
    def marking(self) -> str:
        """The classification it is marked with; empty for none."""
        return self._checked.marking

    @property
    def manifest_sha256(self) -> str:
        """SHA-256 of the signed manifest in hex: by it two people tell that they look at the same evidence."""
        return self._bundle.digest(MANIFEST)

    @property
    def records(self) -> dict[str, RecordReport]:
        """What each embedded record proves, by the other party of its line; a withheld record is not there."""
        return self._checked.records

    @property
    def versions(self) -> Versions:
        """Every version of the agreement, signed by all parties."""
        return self._checked.versions

    @property
    def withheld(self) -> tuple[str, ...]:
        """What is left out, in words; its hashes are here, so nothing could be put into its place."""
        return self._checked.withheld

    @property
    def proven(self) -> tuple[str, ...]:
        """What the bundle proves, in words."""
        return self._checked.proven

    @property
    def not_proven(self) -> tuple[str, ...]:
        """What it does not prove."""
        return self._checked.not_proven

    @property
    def software(self) -> SoftwareNote | None:
        """What was running; None where it is withheld."""
        found: SoftwareNote | None = self._json(SOFTWARE, SoftwareNote)
        return found

    @property
    def configuration(self) -> ConfigurationNote | None:
        """The node's file without what is secret; None where it is withheld."""
        found: ConfigurationNote | None = self._json(CONFIGURATION, ConfigurationNote)
        return found

    @property
    def items(self) -> tuple[ItemStanding, ...] | None:
        """Plans, zones, sites and movements as they were declared when it happened; None where they are withheld."""
        found: tuple[ItemStanding, ...] | None = self._json(ITEMS, tuple[ItemStanding, ...])
        return found

    def rows(self) -> Iterator[EvidenceRow]:
        """The journal rows, in order, without those that are withheld. Raises IncidentRefusedError."""
        for _, line in row_lines(self._bundle, self._checked.row_digests):
            if line != WITHHELD:
                yield _ROW.decode(line)

    def picture_runs(self) -> tuple[PictureRunEvidence, ...]:
        """The runs of the picture that the window saw; a run whose row is withheld is not there."""
        parts = {part.sequence: part for part in self.head.runs}
        found = (row for row in self.rows() if row.kind == PICTURE_RUN and row.sequence in parts)
        try:
            return tuple(PictureRunEvidence(_RUN.decode(row.payload), parts[row.sequence]) for row in found)
        except msgspec.MsgspecError as error:
            raise IncidentRefusedError(JOURNAL, f"holds a run of the picture that cannot be read: {error}") from None

    def steps(self, run: PictureRunEvidence | None = None) -> Iterator[RecordedStep]:
        """What the picture was given, step by step: of one run from the first report that is here, or of all segments.

        Raises PartWithheldError for a segment that is withheld, IncidentRefusedError for one that was changed since.
        """
        if run is None:
            for part in self.head.segments:
                yield from self._steps(part.name, 0, None)
            return
        following = [other.run for other in self.picture_runs() if other.part.sequence > run.part.sequence]
        end = (following[0].segment, following[0].record) if following else None
        for number in range(run.part.first_segment, run.part.last_segment + 1):
            skip = run.run.record if number == run.run.segment else 0
            until = end[1] if end is not None and number == end[0] else None
            yield from self._steps(segment_name(number), skip, until)

    @contextmanager
    def record(self, peer: str) -> Iterator[Bundle]:
        """An embedded record as a bundle of its own. Raises IncidentRefusedError where it is withheld."""
        with embedded_record(self._bundle, record_name(peer)) as record:
            yield record

    def entry(self, peer: str, outgoing: bool, sequence: int) -> Said | None:
        """What the record with a peer says of an entry; None where the record is withheld or ends before it."""
        logs = self._checked.logs.get(peer)
        if logs is None:
            return None
        said = logs[0 if outgoing else 1].said
        return said[sequence] if 0 <= sequence < len(said) else None

    def version(self, sha256_hex: str) -> AgreementVersion | None:
        """A version of the agreement by the SHA-256 of its bytes."""
        place = self.versions.place(bytes.fromhex(sha256_hex))
        return None if place is None else self.versions.known[place]

    def _json(self, name: str, kind: Any) -> Any:
        if name not in self._bundle.names:
            return None
        data = self._bundle.small(name, MAX_JSON_BYTES)
        if self._bundle.digest(name) != self._checked.digests[name]:
            raise IncidentRefusedError(name, "was changed while it was being read")
        return msgspec.json.decode(data, type=kind)

    def _steps(self, name: str, skip: int, until: int | None) -> Iterator[RecordedStep]:
        if name not in self._bundle.names:
            raise PartWithheldError(name, "is withheld: what it holds cannot be replayed")
        data = self._bundle.small(name, MAX_SEGMENT_BYTES)
        if sha256(data).hexdigest() != self._checked.digests[name]:
            raise IncidentRefusedError(name, "was changed while it was being read")
        records = (record for place, record in enumerate(segment_records(data)) if place >= skip)
        if until is not None:
            records = (record for place, record in enumerate(segment_records(data)) if skip <= place < until)
        try:
            yield from recorded_steps(records)
        except msgspec.MsgspecError as error:
            raise IncidentRefusedError(name, f"holds reports that cannot be read: {error}") from None


@contextmanager
def rows_read() -> Iterator[None]:
    """Around whatever reads the rows of a bundle: one that is no row of ours refuses the bundle, by its file.

    Its hash holds, so the party that froze the bundle wrote it so. Raises IncidentRefusedError.
    """
    try:
        yield
    except msgspec.MsgspecError as error:
        raise IncidentRefusedError(JOURNAL, f"holds a row that cannot be read: {error}") from None


def open_evidence(path: Path, read_versions: ReadVersions) -> IncidentEvidence:
    """Check an incident bundle, a ZIP file or a folder, and give what is in it.

    Raises IncidentRefusedError naming the file and what is wrong with it.
    """
    try:
        bundle = read_bundle(path)
        return IncidentEvidence(path, bundle, check_incident(bundle, read_versions))
    except IncidentRefusedError:
        raise
    except RecordError as error:
        raise IncidentRefusedError(error.where, error.what) from None
