"""What the shell gives a command: values with a minus sign are no options, and bytes that are no text are refused."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.app.main import main
from steerclear.interfaces.cli.exit_codes import ExitCode

STOP = ("line", "send", "stop", "--to", "south", "--radius", "1 km", "--text", "x", "--as", "y")


@pytest.mark.requirement("SC-LINE-16")
@pytest.mark.parametrize(
    "arguments",
    [
        ("incident", "open", "--title", "x", "--as", "y", "--at", "-10 min"),
        ("incident", "open", "--title", "x", "--as", "y", "--at=-10 min", "--from", "-1 h"),
        (*STOP, "--at", "-33.9,18.4"),
        (*STOP, "--at", "-33,-18"),
    ],
)
def test_a_value_with_a_minus_sign_reaches_its_option(arguments, capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--config", str(tmp_path / "node.toml")])
    told = capsys.readouterr().err
    assert ended.value.code == ExitCode.CONFIGURATION, told
    assert "cannot read" in told, "all was understood, but there is no node"


@pytest.mark.requirement("SC-LINE-16")
def test_what_is_an_option_stays_one(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["incident", "open", "--title", "x", "--as", "y", "--at", "--json"])
    assert ended.value.code != 0
    assert "--at" in capsys.readouterr().err


@pytest.mark.requirement("SC-LINE-16")
def test_bytes_that_are_no_text_are_a_mistake_on_the_command_line(monkeypatch, capsys):
    def encoding(*_: object) -> None:
        msgspec.json.encode("\udcff")

    monkeypatch.setattr("steerclear.app.main.application", lambda: encoding)
    with pytest.raises(SystemExit) as ended:
        main(["line", "ack", "caf\udce9", "--as", "commander"])
    assert ended.value.code == ExitCode.USAGE
    assert r"'caf\udce9' is not UTF-8 text" in capsys.readouterr().err
    with pytest.raises(UnicodeEncodeError):  # not for what a fault of ours does to plain words
        main(["line", "status"])


@pytest.mark.requirement("SC-LINE-16")
def test_ctrl_c_before_a_command_has_begun_ends_it_without_a_traceback(monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("steerclear.app.main.application", lambda: interrupted)
    with pytest.raises(SystemExit) as ended:
        main(["record", "verify", "record.zip"])
    assert ended.value.code == ExitCode.INTERRUPTED
