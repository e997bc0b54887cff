"""Times gone by and places in the south begin with a minus sign, and are no options for it."""

from __future__ import annotations

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
