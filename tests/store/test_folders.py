"""Paths as people write them into files."""

from pathlib import Path

import pytest

from steerclear.store.folders import path_from


def test_a_path_starts_from_its_file_from_the_home_folder_or_from_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/north")
    assert path_from(tmp_path, "data/node") == tmp_path / "data/node"
    assert path_from(tmp_path, "../keys") == tmp_path / "../keys"
    assert path_from(tmp_path, "~/data") == Path("/home/north/data")
    assert path_from(tmp_path, "/var/lib/data") == Path("/var/lib/data")
    assert path_from(tmp_path, "~nobody-here") == tmp_path / "~nobody-here"
