"""Bundles of the joint record as files in memory, for both verifiers."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from steerclear.app.commands.record import read_versions
from steerclear.services.bundle_verifier import verify
from steerclear.services.exchange import Exchange
from steerclear.services.export_record import export_file
from steerclear.services.record_bundle import Bundle, RecordError
from steerclear.services.verify_record import RecordReport, verify_record
from tests.services.parties import line_keys, make_agreement, signed_files, versions_of

Files = dict[str, bytes]
FILES = (signed_files(make_agreement()),)


def first_bundle(files: Files) -> Bundle:
    return Bundle(files, lambda name: io.BytesIO(files[name]))


def second_bundle(files: Files) -> verify.Bundle:
    return verify.Bundle(files, lambda name: io.BytesIO(files[name]))


def verified(files: Files) -> RecordReport:
    return verify_record(first_bundle(files), read_versions)


def checked(files: Files) -> dict:
    return verify.check(second_bundle(files))


def export_bytes(exchange, peer, files=FILES) -> bytes:
    with export_file(exchange, peer, files) as sink:
        return sink.read()


def unpacked(packed: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed_to(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def refusals(files: Files) -> tuple[str | None, str | None]:
    """Where each of the two verifiers says that the bundle does not hold; None when it accepts it."""
    first = second = None
    try:
        verified(files)
    except RecordError as error:
        first = error.where
    try:
        checked(files)
    except verify.Refused as error:
        second = error.where
    return first, second


def go_over(node, *agreements) -> None:
    """The same node once it knows these versions of the agreement."""
    node.exchange = Exchange(node.store, versions_of(*agreements), node.party, line_keys(node.party), node.clock)
    node.announcer = type(node.announcer)(node.exchange)
    node.timekeeper = type(node.timekeeper)(node.exchange)


def contents_withheld(files: Files, name: str, *places: int) -> Files:
    """The bundle without some contents of a log."""
    lines = files[name].splitlines(keepends=True)
    return {**files, name: b"".join(b"null\n" if place in places else line for place, line in enumerate(lines))}
