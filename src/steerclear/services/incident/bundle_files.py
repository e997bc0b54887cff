"""An incident bundle as files: what they are called, what each holds, and what the freezing party signs.

`manifest.note` is signed by the party that froze the bundle, with the key of its log to every peer, and names the
SHA-256 of `files.txt`; that names the SHA-256 of every other file. Journal rows are bound one by one, by the hashes in
`journal.sha256`, and an embedded record by its own manifest: so segments, rows and the contents of messages can be
withheld later without a signature, and all else still verifies. The format is written out in docs/incident-format.md.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from steerclear.model.incident import Incident
from steerclear.services.record_bundle import RecordError

FORMAT_LINE: Final = "steerclear incident 1"
MANIFEST: Final = "manifest.note"
FILES: Final = "files.txt"
HEAD: Final = "incident.json"
JOURNAL: Final = "journal.jsonl"
JOURNAL_HASHES: Final = "journal.sha256"
ITEMS: Final = "items.json"
SOFTWARE: Final = "software.json"
CONFIGURATION: Final = "configuration.json"
SEGMENTS: Final = "segments/"
RECORDS: Final = "records/"
VERIFIER: Final = "verify.py"
INCIDENT_VERIFIER: Final = "verify_incident.py"
WITHHELD: Final = b"null"
"""Stands in `journal.jsonl` for a row that is not shown."""
NO_MARKING: Final = "-"

ALWAYS: Final = (FILES, HEAD, JOURNAL, JOURNAL_HASHES, MANIFEST)
"""Without these a bundle says nothing."""
WITHHOLDABLE: Final = (ITEMS, SOFTWARE, CONFIGURATION)
"""Whole files, beside segments and records, that can be left out while their hashes stay."""


class IncidentRefusedError(RecordError):
    """An incident bundle is not what it claims to be: `where` names the file and place, `what` says what is wrong."""


class PartWithheldError(IncidentRefusedError):
    """Something is asked of a part of a bundle that is withheld; the bundle itself holds."""


class SegmentPart(msgspec.Struct, frozen=True, kw_only=True):
    """A file of raw reports in a bundle."""

    name: str
    sequence: int
    """The journal row that states its SHA-256."""


class RunPart(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the picture, as far as the bundle holds its reports."""

    sequence: int
    """The journal row of its start."""
    first_segment: int
    last_segment: int
    """Numbers of segments, both in the bundle; the last below the first where it has no report."""
    from_its_start: bool = True
    """False where it began so long ago that its first reports would be too many: then the picture is warmed up with
    what there is, and what depends on earlier reports may come out otherwise.
    """


class IncidentHead(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle is about: `incident.json`."""

    format: str = FORMAT_LINE
    agreement_id: str
    party: str
    incident: Incident
    exported_s: float
    picture_from_s: float
    picture_until_s: float
    """The window by the picture's time, which is another where a recording was played."""
    last_sequence: int
    """The newest journal row at the time of freezing."""
    rows: int
    peers: tuple[str, ...]
    """Parties whose records are embedded."""
    segments: tuple[SegmentPart, ...] = ()
    runs: tuple[RunPart, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader must know of how it was frozen, in words."""


class EvidenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A journal row in a bundle; the salt keeps a row that is withheld from being guessed from its hash."""

    sequence: int
    kind: str
    time_s: float
    payload: str
    salt: str


class SoftwareNote(msgspec.Struct, frozen=True, kw_only=True):
    """What was running: `software.json`."""

    version: str
    python: str
    platform: str
    source_sha256: str
    """Over all source files together, as `source_digest` makes it."""
    sources: dict[str, str] = {}
    """File of the package -> its SHA-256."""
    dependencies: dict[str, str] = {}


class ConfigurationNote(msgspec.Struct, frozen=True, kw_only=True):
    """The node's file without what is secret: `configuration.json`."""

    sha256: str = ""
    """Of the whole file as it is on the node."""
    values: dict[str, Any] = {}
    left_out: tuple[str, ...] = ()


def record_name(peer: str) -> str:
    """Name of the embedded record of the line to a peer."""
    return f"{RECORDS}{peer}.zip"


def record_line_name(peer: str) -> str:
    """What `files.txt` calls the manifest inside an embedded record: it alone stays when contents are withheld."""
    return f"{record_name(peer)}#manifest.note"


def segment_name(number: int) -> str:
    """Name of a file of raw reports."""
    return f"{SEGMENTS}{number:08d}.segment"


def manifest_text(agreement_id: str, party: str, incident_id: str, exported_s: float, marking: str, files: str) -> str:
    """What the freezing party signs; `files` is the SHA-256 of `files.txt` in hex."""
    lines = (
        FORMAT_LINE,
        f"agreement {agreement_id}",
        f"incident {incident_id} frozen by {party} at {int(exported_s)}",
        f"marking {marking or NO_MARKING}",
        f"files {files}",
    )
    return "\n".join(lines) + "\n"


def files_text(digests: dict[str, str]) -> bytes:
    """`files.txt`: one line a file, by name."""
    return "".join(f"{digest} {name}\n" for name, digest in sorted(digests.items())).encode()
