"""`steerclear incident` on bundles that are there: no node runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.bundles import packed_to
from tests.services.incident.scenes import unpacked, watched_bundle


def steerclear(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from steerclear.app.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False, **more)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nodes")
    path = folder / "incident.zip"
    path.write_bytes(watched_bundle(folder, marking="EXERCISE ONLY"))
    return path


@pytest.mark.requirement("SC-INC-63")
def test_a_bundle_is_verified_and_a_changed_one_is_refused_with_the_name_of_what_was_changed(
    bundle: Path, tmp_path: Path
) -> None:
    told = steerclear("incident", "verify", bundle, "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["marking"] == "EXERCISE ONLY"
    files = unpacked(bundle.read_bytes())
    changed = packed_to(tmp_path / "changed.zip", files | {"items.json": b"[]\n"})
    told = steerclear("incident", "verify", changed, "--json")
    assert told.returncode == 8
    assert json.loads(told.stdout)["where"] == "items.json"
    assert steerclear("incident", "replay", changed).returncode == 8


@pytest.mark.requirement("SC-INC-63")
def test_a_replay_steps_and_jumps_and_says_what_it_came_to(bundle: Path) -> None:
    stepped = steerclear("incident", "replay", bundle, "--step", "--jump", "silence", input="\n\n")
    assert stepped.returncode == 0, stepped.stderr
    shown = [line for line in stepped.stdout.splitlines() if " same: " in line]
    assert len(shown) == 3, "the first, and one more for each Enter"
    assert all("no answer" in line or "rung" in line for line in shown)
    assert "0 otherwise" in stepped.stdout
    assert "byte for byte the code that ran then" in stepped.stdout
    assert steerclear("incident", "replay", bundle, "--speed", "0").returncode == 2


@pytest.mark.requirement("SC-INC-63")
def test_a_bundle_is_cut_down_and_what_is_withheld_is_said(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "less.zip"
    assert steerclear("incident", "redact", bundle, out).returncode == 2
    assert steerclear("incident", "redact", bundle, out, "--withhold", "manifest.note").returncode == 7
    made = steerclear("incident", "redact", bundle, out, "--withhold", "segments", "rows:alert")
    assert made.returncode == 0, made.stderr
    told = steerclear("incident", "verify", out)
    assert "segments/00000001.segment: the whole file" in told.stdout
    again = steerclear("incident", "replay", out, "--quiet")
    assert again.returncode == 0, "what the line decided is replayed all the same"
    assert "not replayed: alerts and identifications of the picture from there on: segments/00000001" in again.stdout
