"""Files that commands write: whole or not at all, never over another, also on disks that know no links."""

from __future__ import annotations

import os

import pytest

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.written_file import write_new, written


def test_a_file_is_written_and_one_that_is_there_is_not_replaced(tmp_path):
    path = tmp_path / "report.html"
    write_new(path, b"first")
    with pytest.raises(CommandError, match="is there already") as refused:
        write_new(path, b"second")
    assert refused.value.code is ExitCode.CONFIGURATION
    assert path.read_bytes() == b"first"


def test_a_disk_without_links_takes_a_report_too(tmp_path, monkeypatch):
    """A stick that a report is carried on, for one."""

    def no_links(*_args, **_named):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(os, "symlink", no_links)
    write_new(tmp_path / "report.pdf", b"whole")
    assert [one.name for one in tmp_path.iterdir()] == ["report.pdf"]


def test_nothing_is_left_of_what_could_not_be_finished(tmp_path):
    def fill(file):
        file.write(b"half")
        raise RuntimeError("the other half is missing")

    with pytest.raises(RuntimeError):
        written(tmp_path / "bundle.zip", fill)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CommandError, match="cannot write"):
        written(tmp_path / "no" / "such" / "folder.zip", lambda file: file.write(b"x"))
