"""Incident bundles: what a party froze can be read again, and whatever is changed is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from steerclear.app.commands.record import read_versions
from steerclear.services.incident.evidence import open_evidence
from tests.services.bundles import packed_to
from tests.services.incident.scenes import an_incident, unpacked, watched_bundle
from tests.services.parties import START_S


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return watched_bundle(tmp_path_factory.mktemp("nodes"), marking="EXERCISE ONLY")


def test_what_was_frozen_is_read_again(packed: bytes, tmp_path: Path) -> None:
    path = packed_to(tmp_path / "incident.zip", unpacked(packed))
    evidence = open_evidence(path, read_versions)
    assert evidence.party == "north"
    assert evidence.incident == an_incident(until_s=START_S + 120.0)
    assert evidence.marking == "EXERCISE ONLY"
    assert set(evidence.records) == {"south"}
    kinds = {row.kind for row in evidence.rows()}
    assert {"alert", "picture.run", "segment.sealed", "line.sent", "line.receipt"} <= kinds
    assert [step.now_s for step in evidence.steps()] == [START_S + second for second in range(1, 121)]
    [run] = evidence.picture_runs()
    assert run.part.from_its_start
    assert list(evidence.steps(run)) == list(evidence.steps())
    assert evidence.withheld == ()
    assert evidence.software is not None
    assert "services/incident/evidence.py" in evidence.software.sources
