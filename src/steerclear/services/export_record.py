"""Export of the joint record with one peer: both logs, their receipts, the agreement; signed as a whole by us."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from typing import IO, Final

import msgspec

from steerclear.dialogue.terms import Direction
from steerclear.model.agreement import Agreement
from steerclear.services.bundle_verifier import verifier_source
from steerclear.services.exchange import Exchange
from steerclear.services.line_end import COSIGNED
from steerclear.services.record_bundle import (
    AGREEMENT,
    CHECKPOINTS,
    ENTRIES,
    FORMAT_LINE,
    HEAD,
    MANIFEST,
    SIGNATURES,
    VERIFIER,
    log_folder,
)
from steerclear.store.protocol import Journal
from steerclear.tlog import Checkpoint, encode_note, sign_checkpoint, sign_note

_PAGE: Final = 1_000
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""ZIP's zero: the packing carries no time of its own."""


class AgreementFiles(msgspec.Struct, frozen=True):
    """The agreement's two files, byte for byte as they were signed."""

    agreement: bytes
    signatures: bytes


def export_record(exchange: Exchange, peer: str, files: AgreementFiles, sink: IO[bytes]) -> None:
    """Write the record with a peer to `sink` as a ZIP file. Raises UnknownPeerError.

    Our own log goes in as far as it is durable, under a head that we sign; what the peer has not cosigned of it is
    told apart by the verifier.
    """
    line = exchange.line(peer)
    now_s = exchange.clock.now_s()
    digests: dict[str, str] = {}
    with line.incoming_lock:
        # While nothing can arrive: neither log then refers to more of the other than goes into the bundle.
        sizes = {
            log.origin: exchange.journal.log_state(log.origin).size
            for log in (line.terms.incoming, line.terms.outgoing)
        }
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:

        def add(name: str, parts: Iterator[bytes]) -> None:
            digest = sha256()
            with packed.open(zipfile.ZipInfo(name, _EPOCH), "w", force_zip64=True) as file:
                for part in parts:
                    digest.update(part)
                    file.write(part)
            digests[name] = digest.hexdigest()

        add(AGREEMENT, iter([files.agreement]))
        add(SIGNATURES, iter([files.signatures]))
        add(VERIFIER, iter([verifier_source()]))
        for log in (line.terms.outgoing, line.terms.incoming):
            folder = log_folder(log.sender, log.receiver)
            size = sizes[log.origin]
            add(f"{folder}/{ENTRIES}", _entries(exchange.journal, log, size))
            add(f"{folder}/{CHECKPOINTS}", _checkpoints(exchange.journal, log, size))
            if log is line.terms.outgoing:
                head = Checkpoint(log.origin, size, exchange.journal.root_at(log.origin, size))
                add(f"{folder}/{HEAD}", iter([sign_checkpoint(head, [line.log_signer], int(now_s))]))
        text = manifest_text(exchange.agreement, exchange.us.party_id, peer, now_s, digests)
        packed.writestr(zipfile.ZipInfo(MANIFEST, _EPOCH), encode_note(sign_note(text, [line.log_signer], int(now_s))))


def export_bytes(exchange: Exchange, peer: str, files: AgreementFiles) -> bytes:
    """The record with a peer as the bytes of a ZIP file."""
    with tempfile.TemporaryFile() as sink:
        export_record(exchange, peer, files, sink)
        sink.seek(0)
        return sink.read()


def manifest_text(agreement: Agreement, us: str, peer: str, now_s: float, digests: dict[str, str]) -> str:
    """What the exporting party signs: which record this is, and the SHA-256 of every file in it."""
    lines = [
        FORMAT_LINE,
        f"agreement {agreement.agreement_id} {agreement.version}",
        f"exported by {us} with {peer} at {int(now_s)}",
        *(f"{digest} {name}" for name, digest in sorted(digests.items())),
    ]
    return "\n".join(lines) + "\n"


def _entries(journal: Journal, log: Direction, size: int) -> Iterator[bytes]:
    start = 0
    while start < size:
        page = journal.leaves(log.origin, start, min(_PAGE, size - start))
        start += len(page)
        # An envelope is one line of JSON by its one canonical spelling.
        yield b"".join(entry + b"\n" for entry in page)


def _checkpoints(journal: Journal, log: Direction, size: int) -> Iterator[bytes]:
    above = -1
    while page := journal.checkpoints(log.origin, COSIGNED, above, _PAGE):
        above = page[-1].size
        held = [checkpoint for checkpoint in page if checkpoint.size <= size]
        yield b"".join(json.dumps(checkpoint.note.decode(), ensure_ascii=False).encode() + b"\n" for checkpoint in held)
