"""Freezing survives a killed process and a full disk: a bundle is whole and in the journal, or it is written again."""

from __future__ import annotations

import errno
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from steerclear.app.commands.record import read_versions
from steerclear.services.backup_node import NodeFiles, back_up
from steerclear.services.incident import write_bundle
from steerclear.services.incident.evidence import open_evidence
from steerclear.services.incident.freeze import RETRY_S, FreezeError
from steerclear.services.incident.incident_events import read_incident, read_incidents
from steerclear.services.incident.open_incident import ByHand, open_by_hand
from steerclear.services.incident.replay import replay
from tests.services.incident.freezing import MOMENTS, node_of
from tests.services.incident.scenes import WatchingNode, keeper_of
from tests.services.parties import START_S


@pytest.mark.requirement("SC-INC-31")
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_freeze_is_done_again_and_leaves_one_whole_bundle(tmp_path: Path, moment: str) -> None:
    child = [sys.executable, "-m", "tests.services.incident.freezing", str(tmp_path), moment]
    died = subprocess.run(child, capture_output=True, text=True, timeout=60, check=False)
    assert died.returncode == -9, died.stderr
    node = node_of(tmp_path)
    node.clock.time_s = START_S + 60.0
    keeper = keeper_of(node, tmp_path / "incidents")
    before = [bundle for standing in read_incidents(node.store) for bundle in standing.bundles]
    assert before == [], "what was not told was not frozen"
    keeper.tick()
    [standing] = [one for one in read_incidents(node.store) if one.incident.title == "A near miss"]
    [frozen] = standing.bundles
    assert sha256(keeper.path(frozen).read_bytes()).hexdigest() == frozen.sha256
    evidence = open_evidence(keeper.path(frozen), read_versions)
    assert replay(evidence).different == 0
    assert keeper.tick() == 0
    assert [path.suffix for path in keeper.path(frozen).parent.iterdir()] == [".zip"]
    node.close()


class Full:
    """A file on a disk that has room for so many bytes."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb+")
        self._room = 3_000

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._file.write(data)

    def __getattr__(self, name: str):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


@pytest.mark.requirement("SC-INC-32")
def test_a_full_disk_is_said_and_the_freeze_is_tried_again(tmp_path: Path) -> None:
    node = WatchingNode("north", tmp_path / "reports")
    keeper = keeper_of(node, tmp_path / "incidents")
    opened, keeper._opened = keeper._opened, Full
    node.watch(20)
    asked = ByHand(title="A near miss", at_s=START_S, until_s=START_S + 5.0)
    mine = open_by_hand(node.exchange, keeper.policy, asked, "north-desk", "duty officer", "token")
    name = mine.incident.incident_id
    assert keeper.tick() == 0
    assert "No space left on device" in keeper.trouble[name]
    assert "tried again" in keeper.trouble[name]
    assert list((tmp_path / "incidents").rglob("*.new")) == []
    assert list((tmp_path / "incidents").rglob("*.zip")) == []
    with pytest.raises(FreezeError, match="make room"):
        keeper.freeze(name)
    assert keeper.failures == 2
    keeper._opened = opened
    assert keeper.tick() == 0, "not yet: it is tried again after a while"
    node.clock.time_s += RETRY_S + 1.0
    assert keeper.tick() == 1
    assert keeper.trouble == {}
    [standing] = read_incidents(node.store)
    open_evidence(keeper.path(standing.bundles[0]), read_versions)
    node.close()


@pytest.mark.requirement("SC-INC-33")
def test_a_freeze_by_hand_before_the_end_is_followed_by_a_whole_one(tmp_path: Path) -> None:
    node = WatchingNode("north", tmp_path / "reports")
    keeper = keeper_of(node, tmp_path / "incidents")
    node.watch(10)
    asked = ByHand(title="Still going on", until_s=START_S + 40.0)
    mine = open_by_hand(node.exchange, keeper.policy, asked, "north-desk", "duty officer", "token")
    early = keeper.freeze(mine.incident.incident_id)
    assert not early.whole
    node.watch(40)
    keeper.tick()
    [standing] = [one for one in read_incidents(node.store) if one.incident.title == "Still going on"]
    assert [bundle.whole for bundle in standing.bundles] == [False, True]
    held = [open_evidence(keeper.path(bundle), read_versions) for bundle in standing.bundles]
    steps = [sum(1 for _ in evidence.steps()) for evidence in held]
    assert steps == [10, 50]
    assert all(replay(evidence).different == 0 for evidence in held)
    node.close()


@pytest.mark.requirement("SC-INC-34")
def test_a_backup_of_the_node_holds_its_frozen_bundles(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    node = node_of(tmp_path / "data")
    keeper = keeper_of(node, tmp_path / "data" / "incidents")
    node.watch(10)
    asked = ByHand(title="A near miss", at_s=START_S, until_s=START_S + 5.0)
    mine = open_by_hand(node.exchange, keeper.policy, asked, "north-desk", "duty officer", "token")
    frozen = keeper.freeze(mine.incident.incident_id)
    node.close()
    files = NodeFiles("north", "two-skies", (), tmp_path / "data", "node.sqlite", "reports", "evidence", {})
    manifest = back_up(tmp_path / "backup", files, START_S, lambda *_: None)
    assert manifest.files[f"data/incidents/{frozen.file}"] == frozen.sha256
    open_evidence(tmp_path / "backup" / "data" / "incidents" / frozen.file, read_versions)


@pytest.mark.requirement("SC-INC-32")
def test_lost_reports_and_windows_that_hold_too_much_are_said(tmp_path: Path, monkeypatch) -> None:
    node = WatchingNode("north", tmp_path / "reports")
    keeper = keeper_of(node, tmp_path / "incidents")
    node.watch(10)
    node.reports.seal()
    asked = ByHand(title="A near miss", at_s=START_S, until_s=START_S + 5.0)
    mine = open_by_hand(node.exchange, keeper.policy, asked, "north-desk", "duty officer", "token")
    name = mine.incident.incident_id
    [segment] = (tmp_path / "reports").glob("*.segment")
    aside = segment.rename(tmp_path / "aside")
    assert keeper.tick() == 0
    assert "is missing: restore it from a backup" in keeper.trouble[name]
    aside.rename(segment)
    monkeypatch.setattr(write_bundle, "MAX_ROWS", 2)
    node.clock.time_s += RETRY_S + 1.0
    assert keeper.tick() == 0
    assert "shorter window" in keeper.trouble[name]
    monkeypatch.undo()
    node.clock.time_s += 3_601.0
    assert keeper.tick() == 1
    node.close()


class LineOnly(WatchingNode):
    """A node that watches nothing: its file has no [picture]."""

    def start_picture(self) -> None:
        return None


@pytest.mark.requirement("SC-INC-32")
def test_an_incident_of_a_node_without_a_picture_is_frozen_and_replayed(tmp_path: Path) -> None:
    node = LineOnly("north", tmp_path / "reports")
    keeper = keeper_of(node, tmp_path / "incidents")
    asked = ByHand(title="Nobody answers", at_s=START_S, until_s=START_S + 5.0)
    mine = open_by_hand(node.exchange, keeper.policy, asked, "north-desk", "duty officer", "token")
    node.clock.time_s += 60.0
    assert keeper.tick() == 1
    [frozen] = read_incident(node.store, mine.incident.incident_id).bundles
    evidence = open_evidence(keeper.path(frozen), read_versions)
    assert replay(evidence).different == 0
    node.close()


@pytest.mark.requirement("SC-INC-32")
def test_a_fault_of_ours_in_a_bundle_is_told_and_keeps_nothing_else_from_its_work(tmp_path: Path, monkeypatch) -> None:
    node = WatchingNode("north", tmp_path / "reports")
    keeper = keeper_of(node, tmp_path / "incidents")
    asked = ByHand(title="A near miss", at_s=START_S, until_s=START_S + 5.0)
    mine = open_by_hand(node.exchange, keeper.policy, asked, "north-desk", "duty officer", "token")
    name = mine.incident.incident_id
    node.clock.time_s += 60.0

    def faulty(*_: object) -> None:
        raise ValueError("nobody foresaw this")

    with monkeypatch.context() as patched:
        patched.setattr(write_bundle, "choose", faulty)
        assert keeper.tick() == 0
        assert "nobody foresaw this" in keeper.trouble[name]
        assert keeper.failures == 1
        assert list((tmp_path / "incidents").rglob("*.*")) == []
    node.clock.time_s += RETRY_S + 1.0
    assert keeper.tick() == 1
    assert keeper.trouble == {}
    node.close()
