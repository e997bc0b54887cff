"""Export of the joint record with one peer: both logs, their receipts, the agreement; signed as a whole by us."""

from __future__ import annotations

import json
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import IO, Final

import msgspec

from steerclear.dialogue.terms import Direction
from steerclear.services.bundle_verifier import verifier_source
from steerclear.services.exchange import Exchange
from steerclear.services.line_end import COSIGNED
from steerclear.services.record_bundle import (
    CHECKPOINTS,
    CONTENTS,
    ENTRIES,
    FORMAT_LINE,
    HEAD,
    MANIFEST,
    VERIFIER,
    agreement_names,
    log_folder,
)
from steerclear.store.protocol import Journal
from steerclear.tlog import Checkpoint, encode_note, sign_checkpoint, sign_note

_PAGE: Final = 200
"""Entries read at a time; with what they commit to, at most 25 MB."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""ZIP's zero: the packing carries no time of its own."""


class AgreementFiles(msgspec.Struct, frozen=True):
    """The two files of a version of the agreement, byte for byte as they were signed."""

    agreement: bytes
    signatures: bytes


class BundleWriter:
    """Packs files one by one, part by part, and remembers their SHA-256."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self.digests: dict[str, str] = {}

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        """Write a file."""
        digest = sha256()
        info = zipfile.ZipInfo(name, _EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._packed.open(info, "w", force_zip64=True) as file:
            for part in parts:
                digest.update(part)
                file.write(part)
        self.digests[name] = digest.hexdigest()

    def add_agreements(self, files: Sequence[AgreementFiles]) -> None:
        """Write the versions of the agreement, oldest first."""
        for place, version in enumerate(files, 1):
            agreement, signatures = agreement_names(place)
            self.add(agreement, [version.agreement])
            self.add(signatures, [version.signatures])


def export_record(exchange: Exchange, peer: str, files: Sequence[AgreementFiles], sink: IO[bytes]) -> None:
    """Write the record with a peer to `sink` as a ZIP file, under all versions of the agreement. UnknownPeerError.

    Our own log goes in as far as it is durable, under a head that we sign; what the peer has not cosigned of it is
    told apart by the verifier. Entries are read page by page, so that a long record takes no memory.
    """
    line = exchange.line(peer)
    now_s = exchange.clock.now_s()
    with line.incoming_lock:
        # While nothing can arrive: neither log then refers to more of the other than goes into the bundle.
        sizes = {
            log.origin: exchange.journal.log_state(log.origin).size
            for log in (line.terms.incoming, line.terms.outgoing)
        }
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        writer = BundleWriter(packed)
        writer.add_agreements(files)
        writer.add(VERIFIER, [verifier_source()])
        unsigned = []
        for log in (line.terms.outgoing, line.terms.incoming):
            folder = log_folder(log.sender, log.receiver)
            size = sizes[log.origin]
            writer.add(f"{folder}/{ENTRIES}", _entries(exchange.journal, log, size))
            writer.add(f"{folder}/{CONTENTS}", _contents(exchange.journal, log, size))
            unsigned.append(f"{folder}/{CONTENTS}")
            writer.add(f"{folder}/{CHECKPOINTS}", _checkpoints(exchange.journal, log, size))
            if log is line.terms.outgoing:
                head = Checkpoint(log.origin, size, exchange.journal.root_at(log.origin, size))
                writer.add(f"{folder}/{HEAD}", [sign_checkpoint(head, [line.log_signer], int(now_s))])
        signed = {name: digest for name, digest in writer.digests.items() if name not in unsigned}
        text = manifest_text(exchange.agreement.agreement_id, exchange.us.party_id, peer, now_s, signed)
        writer.add(MANIFEST, [encode_note(sign_note(text, [line.log_signer], int(now_s)))])


def export_file(exchange: Exchange, peer: str, files: Sequence[AgreementFiles]) -> IO[bytes]:
    """The record with a peer as a file without a name, to be read from its beginning; closing it removes it."""
    sink = tempfile.TemporaryFile()  # noqa: SIM115 whoever reads it closes it
    try:
        export_record(exchange, peer, files, sink)
        sink.seek(0)
    except BaseException:
        sink.close()
        raise
    return sink


def manifest_text(agreement_id: str, us: str, peer: str, now_s: float, digests: dict[str, str]) -> str:
    """What the exporting party signs: which record this is, and the SHA-256 of the files in it.

    Contents and attachments are not among them: entries commit to the ones and name the others, so that any of them
    can be withheld later without our signature.
    """
    lines = [
        FORMAT_LINE,
        f"agreement {agreement_id}",
        f"exported by {us} with {peer} at {int(now_s)}",
        *(f"{digest} {name}" for name, digest in sorted(digests.items())),
    ]
    return "\n".join(lines) + "\n"


def content_line(content: bytes) -> bytes:
    """A content as it stands in a bundle."""
    return b'"' + b64encode(content) + b'"\n'


def _entries(journal: Journal, log: Direction, size: int) -> Iterator[bytes]:
    for start in range(0, size, _PAGE):
        # An envelope is one line of JSON by its one canonical spelling.
        for entry in journal.leaves(log.origin, start, min(_PAGE, size - start)):
            yield entry + b"\n"


def _contents(journal: Journal, log: Direction, size: int) -> Iterator[bytes]:
    for start in range(0, size, _PAGE):
        for content in journal.contents(log.origin, start, min(_PAGE, size - start)):
            yield content_line(content)


def _checkpoints(journal: Journal, log: Direction, size: int) -> Iterator[bytes]:
    above = -1
    while page := journal.checkpoints(log.origin, COSIGNED, above, _PAGE):
        above = page[-1].size
        for checkpoint in page:
            if checkpoint.size <= size:
                yield json.dumps(checkpoint.note.decode(), ensure_ascii=False).encode() + b"\n"
