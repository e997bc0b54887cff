"""`steerclear node new | backup | restore` with real nodes: one is killed, wiped, built again, and talks on."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import msgspec
import pytest

from steerclear.app.commands.record import read_versions
from steerclear.app.main import main
from steerclear.interfaces.agreement_file import encode_agreement
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.node_file import read_node_config
from steerclear.model.agreement import FunctionOutlets
from steerclear.services.line_views import line_views
from steerclear.services.record_bundle import read_bundle
from steerclear.services.verify_record import verify_record
from steerclear.store import SqliteStore
from steerclear.store.key_files import create_keys
from tests.app.two_nodes import NodeProcess, eventually, set_up
from tests.services.parties import START_S, make_agreement

pytestmark = pytest.mark.xdist_group("two-nodes")


def steerclear(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def peer_of(node) -> dict:
    return node.call("GET", "/api/v1/status")["peers"][0]


def check(node, peer: str) -> str:
    return node.call("POST", f"/api/v1/peers/{peer}/line-check")["message_id"]


def roots(config) -> dict[str, tuple[int, bytes]]:
    with SqliteStore.open(config.store_path, line_views()) as store:
        store.audit()
        return {log.log: (log.size, log.root) for log in store.logs()}


@pytest.mark.requirement("SC-RST-12")
def test_a_killed_and_wiped_node_comes_back_with_the_same_roots_and_talks_on(tmp_path, capsys):
    configs = set_up(tmp_path)
    nodes = {party: NodeProcess(config).start() for party, config in configs.items()}
    north, south = nodes["north"], nodes["south"]
    node_file = configs["north"].folder / "node.toml"
    try:
        for node in nodes.values():
            node.wait_ready()
        check(north, "south")
        eventually(lambda: peer_of(north)["waiting"] == 0 and peer_of(north)["incoming"]["size"] >= 1)
        capsys.readouterr()
        assert steerclear("node", "backup", tmp_path / "backup", "--config", node_file, "--json") == ExitCode.OK
        backup = json.loads(capsys.readouterr().out)["backup"]
        for _ in range(5):
            check(north, "south")
            check(south, "north")
        eventually(lambda: peer_of(north)["waiting"] == 0 and peer_of(south)["waiting"] == 0)
        north.kill()
        lost = roots(configs["north"])
        assert {log["log"]: log["size"] for log in backup["logs"]} != {log: size for log, (size, _) in lost.items()}
        shutil.rmtree(configs["north"].data_folder)
        bundle = tmp_path / "record.zip"
        assert (
            steerclear("record", "export", "north", bundle, "--config", configs["south"].folder / "node.toml")
            == ExitCode.OK
        )
        restore = ("node", "restore", tmp_path / "backup", "--config", node_file, "--bundle", bundle, "--json")
        capsys.readouterr()
        assert steerclear(*restore) == ExitCode.OK
        report = json.loads(capsys.readouterr().out)
        assert report["peers"][0]["bundles"] == [str(bundle)]
        assert roots(configs["north"]) == lost
        assert steerclear(*restore) == ExitCode.CONFIGURATION
        assert "not empty" in capsys.readouterr().err
        north.start().wait_ready()
        eventually(lambda: peer_of(north)["link"] == "up" and not peer_of(north)["link_reason"])
        name = check(north, "south")
        eventually(lambda: peer_of(north)["waiting"] == 0)
        path = f"/api/v1/messages/{name}/line-check-answer"
        south.call("POST", path, {})
        eventually(lambda: peer_of(south)["waiting"] == 0)
        record = tmp_path / "after.zip"
        record.write_bytes(south.call("GET", "/api/v1/record/north"))
    finally:
        for node in nodes.values():
            node.stop()
    assert all(log.entries == log.received for log in verify_record(read_bundle(record), read_versions).logs)
    assert roots(configs["north"]) == roots(configs["south"])


@pytest.mark.requirement("SC-RST-10")
def test_a_bundle_that_does_not_hold_ends_the_command_and_leaves_nothing(tmp_path, capsys):
    configs = set_up(tmp_path)
    (tmp_path / "false.zip").write_bytes(b"no bundle")
    node_file = configs["north"].folder / "node.toml"
    arguments = ("node", "restore", "--config", node_file)
    assert steerclear(*arguments, "--bundle", tmp_path / "false.zip") == ExitCode.RECORD_REFUSED
    assert "nothing was restored" in capsys.readouterr().err
    assert steerclear(*arguments) == ExitCode.CONFIGURATION
    assert steerclear(*arguments[:2], tmp_path / "nowhere", *arguments[2:]) == ExitCode.CONFIGURATION
    assert not configs["north"].data_folder.exists()
    assert steerclear("node", "backup", tmp_path / "backup", "--config", node_file) == ExitCode.CONFIGURATION
    assert "there is no store" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.glob("backup*")) == []


@pytest.fixture
def parties(tmp_path: Path) -> Path:
    terms = make_agreement(("north", "south", "east"))
    reach = FunctionOutlets(function="commander", outlets=("pager", "mail.box"))
    desks = (msgspec.structs.replace(terms.parties[0].desks[0], outlets=(reach,)),)
    first = msgspec.structs.replace(terms.parties[0], name='North "wing" # of the line', desks=desks)
    named = [
        msgspec.structs.replace(party, keys=create_keys(tmp_path / party.party_id / "keys", party.party_id, START_S))
        for party in (first, *terms.parties[1:])
    ]
    terms = msgspec.structs.replace(terms, parties=tuple(named))
    (tmp_path / "valley.toml").write_bytes(encode_agreement(terms))
    return tmp_path


def new(folder: Path, out: Path, *more: object, peers=("south", "east"), party="north") -> int:
    arguments = ["node", "new", "--party", party, "--agreement", folder / "valley.toml"]
    arguments += ["--keys", folder / "north/keys"]
    for peer in peers:
        arguments += ["--peer", f"{peer}=https://{peer}.example:7443"]
        arguments += ["--peer-certificate", f"{peer}={folder / peer / 'keys/tls.crt'}"]
    return steerclear(*arguments, "--out", out, *more)


@pytest.mark.requirement("SC-RST-11")
def test_a_new_node_file_is_complete_private_and_never_overwrites(parties, capsys):
    out = parties / "north" / "node.toml"
    assert new(parties, out) == ExitCode.OK
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    config = read_node_config(out)
    keys = config.file.keys
    for name in (keys.signing, keys.witness, keys.witness_ml_dsa, keys.tls_key, keys.tls_certificate):
        assert not Path(name).is_absolute()
        assert config.path(name).is_file()
    assert config.path(config.file.node.agreement).samefile(parties / "valley.toml")
    assert config.file.node.signatures == "../valley.toml.sig"
    for peer in config.file.peers:
        made = config.path(peer.certificate)
        assert made.samefile(parties / peer.party / "keys/tls.crt")
        assert len(peer.certificate_sha256) == 64
    kinds = {name: section.kind for name, section in config.file.outlets.items()}
    assert kinds == {"pager": "file", "mail.box": "file"}
    before = out.read_bytes()
    assert new(parties, out) == ExitCode.CONFIGURATION
    assert "never overwritten" in capsys.readouterr().err
    assert out.read_bytes() == before


@pytest.mark.requirement("SC-RST-11")
def test_what_cannot_become_a_node_file_is_said_and_nothing_is_written(parties):
    out = parties / "node.toml"
    assert new(parties, out, peers=("south",)) == ExitCode.USAGE
    assert new(parties, out, party="west") == ExitCode.USAGE
    assert new(parties, out, "--local", "0.0.0.0:7480") == ExitCode.USAGE
    assert new(parties, out, "--peer", "south") == ExitCode.USAGE
    (parties / "south/keys/tls.crt").write_text("no certificate")
    assert new(parties, out) == ExitCode.CONFIGURATION
    (parties / "valley.toml").write_text("no agreement")
    assert new(parties, out) == ExitCode.AGREEMENT_UNREADABLE
    assert not out.exists()


@pytest.mark.requirement("SC-RST-11")
def test_a_new_node_file_is_refused_with_keys_that_are_not_the_partys_own(parties, capsys):
    out = parties / "node.toml"
    (parties / "north/keys").rename(parties / "put away")
    (parties / "south/keys").rename(parties / "north/keys")
    assert new(parties, out, peers=("east",), party="north") == ExitCode.USAGE
    (parties / "south").mkdir(exist_ok=True)
    (parties / "put away").rename(parties / "south/keys")
    assert new(parties, out) == ExitCode.CONFIGURATION
    assert "is not the signing key that the agreement names for 'north'" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.requirement("SC-RST-11")
@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--listen", "127.0.0.1", "host:port, for example 0.0.0.0:7443"),
        ("--local", "7480", "host:port, for example 0.0.0.0:7443"),
    ],
)
def test_an_address_that_is_none_is_told_with_an_example_and_no_pattern(parties, capsys, option, value, told):
    assert new(parties, parties / "node.toml", option, value) == ExitCode.USAGE
    printed = capsys.readouterr().err
    assert f"expected {told}" in printed
    assert "regex" not in printed
    assert not (parties / "node.toml").exists()
