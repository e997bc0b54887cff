"""Replay: the shipped code decides every recorded thing again; what comes out otherwise is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from steerclear.app.commands.record import read_versions
from steerclear.services.incident.evidence import open_evidence
from steerclear.services.incident.replay import replay
from tests.services.bundles import packed_to
from tests.services.incident.scenes import unpacked, watched_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nodes")
    return packed_to(folder / "incident.zip", unpacked(watched_bundle(folder)))


def test_every_recorded_decision_comes_out_the_same(bundle: Path) -> None:
    report = replay(open_evidence(bundle, read_versions))
    assert report.differences == ()
    assert report.reproduced
    assert report.decisions["alert"] >= 3
    assert report.decisions["rung"] >= 1
    assert report.decisions["silence"] >= 1
    assert report.same_software
    assert report.steps == 120
