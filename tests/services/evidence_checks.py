"""Evidence through both verifiers, which must say the same of whatever they are given."""

from __future__ import annotations

import io
import zipfile

from steerclear.app.commands.record import read_versions
from steerclear.services.bundle_verifier import verify
from steerclear.services.check_evidence import Evidence, Proves, statement_of, verify_evidence
from steerclear.services.evidence import write_evidence
from steerclear.services.export_record import BundleWriter
from steerclear.services.record_bundle import RecordError
from steerclear.tlog import consistency_proof, root_of
from tests.services.bundles import FILES, Files, first_bundle, second_bundle, unpacked
from tests.services.cheats import TERMS


def against_south(proves: Proves, **signed) -> Evidence:
    return Evidence(proves=proves, against="south", by="north", **signed)


def evidence_files(evidence: Evidence, statement: str) -> Files:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        write_evidence(BundleWriter(archive), evidence, statement, FILES)
    return unpacked(packed.getvalue())


def both_prove(evidence: Evidence) -> str | None:
    """What both verifiers say that evidence proves; None when both refuse it."""
    try:
        statement = statement_of(evidence, TERMS)
    except RecordError:
        statement = None
    files = evidence_files(evidence, statement or "")
    told = [proven_by_the_first(files), proven_by_the_second(files)]
    assert told == [statement, statement]
    return statement


def proven_by_the_first(files: Files) -> str | None:
    try:
        return verify_evidence(first_bundle(files), read_versions)[0].statement
    except RecordError:
        return None


def proven_by_the_second(files: Files) -> str | None:
    """What the second verifier sees proven, even where the statement says otherwise."""
    try:
        return verify.check_evidence(second_bundle(files))["statement"]
    except verify.Refused as error:
        return error.what if error.where == verify.STATEMENT else None


def proof_of(leaves, old: int, new: int):
    def read(nodes):
        return [root_of(leaves[index << level : (index + 1) << level]) for level, index in nodes]

    return consistency_proof(min(old, new), max(old, new), read)


def frontier_of(leaves, size: int):
    hashes, start = [], 0
    for height in reversed(range(size.bit_length())):
        if size >> height & 1:
            hashes.append(root_of(leaves[start : start + (1 << height)]))
            start += 1 << height
    return tuple(hashes)
