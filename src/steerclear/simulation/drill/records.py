"""At the end of a drill both sides of every line export the record, and the two are verified and held side by side."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import combinations

from steerclear.dialogue.terms import AgreementVersion, Versions
from steerclear.interfaces.agreement_file import load_versions
from steerclear.model.drill import Observation
from steerclear.services.compare_records import compare_records
from steerclear.services.export_record import export_record
from steerclear.services.record_bundle import Bundle, RecordError
from steerclear.simulation.drill.node import DrillNode
from steerclear.simulation.drill.terms import DrillTerms


def compared_records(nodes: dict[str, DrillNode], terms: DrillTerms, now_s: float) -> Iterator[Observation]:
    """What the two records of every line prove."""
    for one, other in combinations(nodes, 2):
        here, there = nodes[one], nodes[other]
        try:
            found = compare_records(_bundle(here, other, terms), _bundle(there, one, terms), _read_versions)
        except RecordError as fault:
            yield _record(one, other, now_s, holds=False, same=False, words=f"does not hold: {fault}")
            continue
        said = sum(min(log.entries) for log in found.logs)
        if found.contradict:
            words = "contradicts itself: one side has rewritten what was said"
        else:
            words = f"is the same on both sides: {said} entries, each signed by its side and cosigned by the other"
        yield _record(one, other, now_s, holds=True, same=not found.contradict and said > 0, words=words)


def _record(one: str, other: str, now_s: float, *, holds: bool, same: bool, words: str) -> Observation:
    facts = {"peer": other, "holds": "yes" if holds else "no", "same": "yes" if same else "no"}
    return Observation(time_s=now_s, party=one, what="record", words=f"the record with {other} {words}", facts=facts)


def _bundle(node: DrillNode, peer: str, terms: DrillTerms) -> Bundle:
    packed = BytesIO()
    export_record(node.exchange, peer, [terms.files], packed)
    held = zipfile.ZipFile(packed)
    return Bundle(held.namelist(), held.open)


def _read_versions(files: Sequence[tuple[bytes, bytes]]) -> Versions:
    return Versions(tuple(AgreementVersion(one.agreement, one.sha256) for one in load_versions(files)))
