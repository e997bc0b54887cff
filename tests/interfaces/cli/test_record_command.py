"""`steerclear record` on bundles that are there: no node runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.two_nodes import NodeProcess, eventually, set_up
from tests.services.bundles import packed_to
from tests.services.test_evidence import FORK, both_prove, evidence_files
from tests.services.test_record import BUNDLE


def steerclear(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from steerclear.app.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def bundle(tmp_path) -> Path:
    return packed_to(tmp_path / "record.zip", BUNDLE)


@pytest.mark.requirement("SC-REC-81")
def test_a_bundle_is_redacted_offline_and_still_verifies(bundle, tmp_path):
    out = tmp_path / "less.zip"
    made = steerclear("record", "redact", bundle, out, "--withhold", "north:south:0", "north:south:1")
    assert made.returncode == 0, made.stderr
    told = steerclear("record", "verify", out)
    assert told.returncode == 0, told.stderr
    assert "not shown: north:south:0\nnot shown: north:south:1\n" in told.stdout
    shown = json.loads(steerclear("record", "show", out, "--json").stdout)
    assert [line["kind"] for line in shown].count("not shown") == 2
    same = steerclear("record", "compare", bundle, out)
    assert same.returncode == 0
    assert "withheld only in 2: north:south:0, north:south:1" in same.stdout


def test_wrong_use_of_redaction_is_told_apart(bundle, tmp_path):
    out = tmp_path / "less.zip"
    assert steerclear("record", "redact", bundle, out).returncode == 2
    assert steerclear("record", "redact", bundle, out, "--withhold", "north:south:9").returncode == 7
    false = packed_to(tmp_path / "false.zip", {**BUNDLE, "verify.py": b""})
    assert steerclear("record", "redact", false, out, "--withhold", "north:south:0").returncode == 8
    assert not out.exists()
    assert steerclear("record", "redact", bundle, bundle, "--withhold", "north:south:0").returncode == 9


@pytest.mark.requirement("SC-REC-84")
def test_evidence_is_recognised_and_its_words_repeated(tmp_path):
    statement = both_prove(FORK)
    path = packed_to(tmp_path / "evidence.zip", evidence_files(FORK, str(statement)))
    told = steerclear("record", "verify", path)
    assert told.returncode == 0
    assert f"PROVEN against south: {statement}" in told.stdout
    answer = json.loads(steerclear("record", "verify", path, "--json").stdout)
    assert (answer["verified"], answer["evidence"]["against"]) == (True, "south")
    false = packed_to(tmp_path / "false.zip", evidence_files(FORK, "south has confessed."))
    refused = steerclear("record", "verify", false)
    assert refused.returncode == 8
    assert "says something else than what is proven" in refused.stderr


@pytest.mark.xdist_group("two-nodes")
@pytest.mark.requirement("SC-REC-81")
def test_a_record_is_exported_without_what_is_withheld_and_no_whole_one_is_left_behind(tmp_path):
    (tmp_path / "nodes").mkdir()
    configs = set_up(tmp_path / "nodes")
    nodes = [NodeProcess(config).start() for config in configs.values()]
    try:
        for node in nodes:
            node.wait_ready()
        config = nodes[0].config.folder / "node.toml"
        asked = steerclear("line", "check", "south", "--as", "duty officer", "--config", config, "--json")
        message_id = json.loads(asked.stdout)["message_id"]
        path = f"/api/v1/messages/{message_id}"
        eventually(lambda: nodes[0].call("GET", path)["state"] == "received")
        folder = tmp_path / "out"
        folder.mkdir()
        out = folder / "less.zip"
        export = ("record", "export", "south", out, "--config", config, "--withhold")
        refused = steerclear(*export, "north:south:999")
        assert (refused.returncode, list(folder.iterdir())) == (7, [])
        made = steerclear(*export, message_id)
        assert made.returncode == 0, made.stderr
        assert list(folder.iterdir()) == [out]
        assert f"not shown: {message_id}" in steerclear("record", "verify", out).stdout
        assert "no evidence is kept" in steerclear("record", "evidence", "--config", config).stdout
    finally:
        for node in nodes:
            node.stop()
