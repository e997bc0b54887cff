"""A key change as operators make it: offline, into the node's file, a restart; the line and both records go on."""

from __future__ import annotations

import json

import pytest

from steerclear.app.main import main
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.node_file import read_node_config
from tests.app.two_nodes import NodeProcess, eventually, set_up

pytestmark = pytest.mark.xdist_group("two-nodes")


def steerclear(*arguments) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def sent(node: NodeProcess) -> int:
    """How many entries the log holds, once the peer has proved to hold all of them; 0 until then."""
    log = node.call("GET", "/api/v1/status")["peers"][0]["outgoing"]
    return log["size"] if log["size"] == log["received"] else 0


@pytest.mark.requirement("SC-KEY-02")
@pytest.mark.requirement("SC-KEY-07")
def test_a_node_starts_with_a_new_key_and_the_line_goes_on(tmp_path, capsys):
    configs = set_up(tmp_path)
    north, south = (NodeProcess(configs[party]).start().wait_ready() for party in ("north", "south"))
    file = tmp_path / "north" / "node.toml"
    try:
        assert steerclear("line", "check", "south", "--as", "duty officer", "--config", file) == ExitCode.OK
        before = eventually(lambda: sent(north))
        assert north.stop() == 0
        keys = tmp_path / "north" / "keys"
        made = ["--agreement", tmp_path / "agreement.toml", "--root-key", keys / "root.key", "--keys", keys]
        roles = ["--role", "signing", "--role", "witness-ml-dsa", "--out", keys / "change-1.note"]
        assert steerclear("keys", "rotate", "north", *made, *roles) == ExitCode.OK
        text = file.read_text().replace("keys/signing.key", "keys/signing-1.key")
        file.write_text(text)
        assert steerclear("serve", "--config", file) == ExitCode.CONFIGURATION, "the new key alone does not count"
        text = text.replace("keys/witness-ml-dsa.key", "keys/witness-ml-dsa-1.key")
        file.write_text(text.replace("[keys]", '[keys]\nstatements = ["keys/change-1.note"]'))
        capsys.readouterr()
        steerclear("doctor", "--config", file, "--json")
        findings = json.loads(capsys.readouterr().out)["findings"]
        assert [one["level"] for one in findings if one["check"] == "keys.agreed"] == ["ok"], findings
        north = NodeProcess(read_node_config(file)).start().wait_ready()
        assert steerclear("line", "check", "south", "--as", "duty officer", "--config", file) == ExitCode.OK
        eventually(lambda: sent(north) >= before + 2)
        souths = tmp_path / "south" / "node.toml"
        assert steerclear("line", "check", "north", "--as", "duty officer", "--config", souths) == ExitCode.OK
        eventually(lambda: sent(south))
        for party, other in (("north", "south"), ("south", "north")):
            record = tmp_path / f"{party}.zip"
            config = tmp_path / party / "node.toml"
            assert steerclear("record", "export", other, record, "--config", config) == ExitCode.OK
            assert steerclear("record", "verify", record) == ExitCode.OK
            assert "the root key of north has changed its keys at entry" in capsys.readouterr().out
    finally:
        for node in (north, south):
            node.stop()
