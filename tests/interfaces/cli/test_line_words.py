"""A slip in a word of `line send`, `answer` or `check` is told with the words that there are, and nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from steerclear.app.main import main
from steerclear.interfaces.cli.exit_codes import ExitCode

TO = ("--to", "south", "--as", "duty officer")
PLACE = ("--at", "36.5,38", "--radius", "2 km")


@pytest.mark.requirement("SC-LINE-16")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("answer", "south:north:1", "keeping", "--as", "commander"), "cannot_comply"),
        (("check", "--answer", "south:north:1", "--cause", "gremlins", "--as", "deputy"), "maintenance"),
        (("send", "state", "degraded", "--cause", "gremlins", *TO), "desk_unmanned"),
        (
            ("send", "late", "--said", "-5 min", "--means", "radio", "--kind", "rumour", "--their-function", "x", *TO),
            "safety_stop",
        ),
        (("send", "stop", *PLACE, "--from", "+3 h", "--until", "+2 h", *TO), "--until +2 h is not after --from +3 h"),
        (("send", "message", "/dev/zero", *TO), "at most 64 KiB"),
        (("send", "message", "/nowhere/message.json", *TO), "cannot read /nowhere/message.json: No such file"),
    ],
)
def test_a_slip_is_told_with_what_there_is(arguments, told, tmp_path: Path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["line", *arguments, "--config", str(tmp_path / "node.toml")])
    printed = capsys.readouterr()
    assert ended.value.code == ExitCode.USAGE
    assert told in printed.err
    assert printed.out == ""


@pytest.mark.requirement("SC-LINE-16")
def test_what_was_not_stored_is_not_read_back(tmp_path: Path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["line", "send", "stop", *PLACE, *TO, "--config", str(tmp_path / "node.toml")])
    assert ended.value.code == ExitCode.CONFIGURATION
    assert "keep clear" not in capsys.readouterr().out
