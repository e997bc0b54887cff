"""`steerclear doctor`: each thing that can be wrong is found, told apart from the others, and comes with a remedy."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import ssl
import threading
import time

import pytest

from steerclear.app.doctor.clock import examine_clock, kernel_synchronised
from steerclear.app.doctor.running import Running, examine_lines
from steerclear.app.main import main
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.node_file import RUNTIME_FILE, Runtime, read_node_config, token_path, write_whole
from steerclear.services.line_views import line_views
from steerclear.store import SqliteStore
from steerclear.store.key_files import create_keys
from tests.app.two_nodes import NodeProcess, eventually, set_up

pytestmark = pytest.mark.xdist_group("two-nodes")


@pytest.fixture
def configs(tmp_path):
    """Two parties that have done everything right, with their root keys put away."""
    found = set_up(tmp_path)
    for config in found.values():
        (config.folder / "keys" / "root.key").unlink()
    return found


@pytest.fixture
def doctor(capfdbinary):
    """Findings of the doctor by check, for a node's configuration."""

    def run(config) -> dict[str, dict]:
        with pytest.raises(SystemExit) as ended:
            main(["doctor", "--config", str(config.folder / "node.toml"), "--json"])
        findings = json.loads(capfdbinary.readouterr().out)["findings"]
        well = all(finding["level"] == "ok" for finding in findings)
        assert ended.value.code == (ExitCode.OK if well else ExitCode.DOCTOR_FOUND)
        assert all(finding["remedy"] for finding in findings if finding["level"] != "ok")
        gravest = {}
        for finding in sorted(findings, key=lambda finding: ["ok", "warn", "fail"].index(finding["level"])):
            gravest[finding["check"]] = finding
        return gravest

    return run


def unwell(findings) -> dict[str, str]:
    """What is not well, without what this machine's own clock is like and peers that are not running."""
    return {
        check: finding["level"]
        for check, finding in findings.items()
        if finding["level"] != "ok" and check not in ("clock.kernel", "peer.south", "disk.room")
    }


@pytest.mark.requirement("SC-OPS-10")
def test_a_node_that_is_set_up_rightly_is_well_before_its_first_start(configs, doctor):
    findings = doctor(configs["north"])
    assert unwell(findings) == {}
    assert "nothing listens" in findings["peer.south"]["says"]
    assert not configs["north"].data_folder.exists(), "the doctor changes nothing"


@pytest.mark.requirement("SC-OPS-10")
def test_two_running_nodes_are_well_and_a_killed_one_is_told(configs, doctor, capfdbinary):
    nodes = {party: NodeProcess(config).start() for party, config in configs.items()}
    try:
        for node in nodes.values():
            node.wait_ready()
        eventually(lambda: nodes["north"].call("GET", "/api/v1/status")["peers"][0]["link"] == "up")
        findings = doctor(configs["north"])
        assert unwell(findings) == {}
        for check in ("peer.south", "node", "port.line", "port.local", "store", "tokens"):
            assert findings[check]["level"] == "ok", findings[check]
        assert "both certificates are accepted" in findings["peer.south"]["says"]
        with pytest.raises(SystemExit):
            main(["doctor", "--config", str(configs["north"].folder / "node.toml")])
        shown = capfdbinary.readouterr().out.decode()
        assert re.search(r"^OK +peer\.south ", shown, re.MULTILINE)
        nodes["north"].kill()
        findings = doctor(configs["north"])
        assert unwell(findings) == {"node": "warn"}
        assert "killed" in findings["node"]["says"]
        assert findings["port.line"]["level"] == "ok"
        assert "receipt(s)" in findings["store"]["says"]
    finally:
        for node in nodes.values():
            node.stop()


class Asked:
    """A running node that says how its lines stand."""

    def __init__(self, link: str, reason: str) -> None:
        self._peers = [{"peer": "south", "link": link, "link_reason": reason}]

    def get_json(self, path: str):
        assert path == "/status"
        return {"peers": self._peers}


@pytest.mark.requirement("SC-OPS-10")
@pytest.mark.parametrize(
    ("link", "level", "says", "remedy"),
    [
        ("halted", "fail", "two histories", "steerclear line resume south"),
        ("down", "warn", "no route", "goes out by itself"),
        ("up", "ok", "up", ""),
    ],
)
def test_a_line_that_a_person_must_let_go_on_is_told_with_what_to_do(link, level, says, remedy):
    [found] = examine_lines(Running(None, Asked(link, says)))
    assert (found.check, found.level) == ("line.south", level)
    assert says in found.says
    assert remedy in found.remedy


def change(config, old, new):
    path = config.folder / "node.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return read_node_config(path)


def append(path, text):
    path.write_text(path.read_text() + text)


FILES = {
    "not a file of ours": (lambda config: (config.folder / "node.toml").write_text("x = 1"), {"configuration": "fail"}),
    "the agreement is gone": (
        lambda config: (config.folder.parent / "agreement.toml").unlink(),
        {"agreement.signed": "fail"},
    ),
    "the agreement was changed": (
        lambda config: append(config.folder.parent / "agreement.toml", "\n# one more line\n"),
        {"agreement.signed": "fail"},
    ),
    "others read a key": (lambda config: (config.folder / "keys/signing.key").chmod(0o644), {"keys.files": "fail"}),
    "others read the TLS key": (lambda config: (config.folder / "keys/tls.key").chmod(0o644), {"keys.tls": "fail"}),
    "the root key is here": (lambda config: (config.folder / "keys/root.key").write_text("k"), {"keys.root": "warn"}),
    "the root key is where the first keys are": (
        lambda config: (
            (config.folder / "new-keys").mkdir(),
            (config.folder / "keys/root.key").write_text("k"),
            (config.folder / "keys/signing.key").rename(config.folder / "new-keys/signing.key"),
            change(config, "keys/signing.key", "new-keys/signing.key"),
        ),
        {"keys.root": "warn"},
    ),
    "keys of another": (
        lambda config: (config.folder / "keys/signing.key").write_bytes(
            (config.folder.parent / "south/keys/signing.key").read_bytes()
        ),
        {"keys.agreed": "fail"},
    ),
    "certificate without its key": (
        lambda config: (config.folder / "keys/tls.crt").write_bytes(
            (config.folder.parent / "south/keys/tls.crt").read_bytes()
        ),
        {"certificate.own": "fail"},
    ),
    "not the pinned certificate": (
        lambda config: (config.folder.parent / "south/keys/tls.crt").write_bytes(
            (config.folder / "keys/tls.crt").read_bytes()
        ),
        {"certificate.south": "fail"},
    ),
    "the store is no store": (
        lambda config: (config.data_folder.mkdir(), config.store_path.write_bytes(b"x" * 5_000)),
        {"store": "fail"},
    ),
    "others read a token": (
        lambda config: (
            token_path(config, None, None).parent.mkdir(parents=True),
            token_path(config, None, None).write_text("t"),
            token_path(config, None, None).chmod(0o644),
        ),
        {"tokens": "fail"},
    ),
    "data is a file": (lambda config: config.data_folder.write_text(""), {"disk.data": "fail"}),
}


@pytest.mark.requirement("SC-OPS-10")
@pytest.mark.parametrize("name", FILES)
def test_what_is_wrong_with_the_files_is_found(name, configs, doctor):
    harm, expected = FILES[name]
    harm(configs["north"])
    assert unwell(doctor(configs["north"])) == expected


@pytest.mark.requirement("SC-OPS-03")
@pytest.mark.parametrize(
    ("age_days", "level", "word"), [(5 * 365 - 20, "warn", "19 days"), (5 * 365 + 3, "fail", "ended")]
)
def test_certificates_that_end_are_told_in_time(age_days, level, word, configs, doctor):
    config = configs["north"]
    for party, check in (("north", "certificate.own"), ("south", "certificate.south")):
        keys = config.folder.parent / party / "keys"
        made = create_keys(config.folder.parent / f"old-{party}", party, time.time() - age_days * 86_400)
        for name in ("tls.key", "tls.crt"):
            (keys / name).write_bytes((config.folder.parent / f"old-{party}" / name).read_bytes())
        if party == "south":
            text = (config.folder / "node.toml").read_text()
            pinned = re.sub(
                r'certificate_sha256 = "\w+"', f'certificate_sha256 = "{made.certificate_sha256.hex()}"', text
            )
            (config.folder / "node.toml").write_text(pinned)
        finding = doctor(config)[check]
        assert finding["level"] == level
        assert word in finding["says"]


@contextlib.contextmanager
def listening(serve):
    """A program on a port of its own; gives the port."""

    def loop():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = bound.accept()
                with connection, contextlib.suppress(OSError):
                    serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as bound:
        threading.Thread(target=loop, daemon=True).start()
        yield bound.getsockname()[1]
        bound.shutdown(socket.SHUT_RDWR)


def tls(folder, ask_for=None, answer=b"HTTP/1.1 405 Method Not Allowed\r\n\r\n"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    if ask_for is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(ask_for / "tls.crt")

    def serve(connection):
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1_000)
            secured.sendall(answer)

    return serve


def plain(connection):
    connection.recv(1_000)
    connection.sendall(b"SSH-2.0-hello\r\n")


@pytest.mark.requirement("SC-OPS-11")
def test_how_far_one_gets_at_a_peer_is_told_apart(configs, doctor, monkeypatch):
    monkeypatch.setattr("steerclear.app.doctor.network.CONNECT_TIMEOUT_S", 0.5)
    config = configs["north"]
    folder = config.folder.parent
    create_keys(folder / "mallory", "mallory", time.time())
    url = config.file.peers[0].url
    cases = [
        (tls(folder / "south/keys", folder / "north/keys"), "ok", "answers"),
        (tls(folder / "south/keys", folder / "mallory"), "fail", "does not accept our certificate"),
        (tls(folder / "south/keys", answer=b"HTTP/1.1 401 Unauthorized\r\n\r\n"), "fail", "does not accept our"),
        (tls(folder / "south/keys", answer=b"HTTP/1.1 200 OK\r\n\r\n"), "fail", "no line port"),
        (tls(folder / "mallory"), "fail", "another certificate than the pinned one, with fingerprint"),
        (plain, "fail", "no TLS"),
        (lambda _connection: time.sleep(1.5), "fail", "says nothing"),
    ]
    for serve, level, word in cases:
        with listening(serve) as port:
            config = change(config, url, f"https://127.0.0.1:{port}")
            url = f"https://127.0.0.1:{port}"
            finding = doctor(config)["peer.south"]
        assert (finding["level"], word in finding["says"]) == (level, True), finding
    config = change(config, url, "https://no-such-host.invalid:7443")
    assert "unknown here" in doctor(config)["peer.south"]["says"]


@pytest.mark.requirement("SC-OPS-10")
def test_ports_and_stores_that_others_hold_are_told(configs, doctor):
    config = configs["north"]
    host, port = config.file.line.listen.split(":")
    with socket.create_server((host, int(port))):
        assert unwell(doctor(config)) == {"port.line": "fail"}
    config.data_folder.mkdir()
    with SqliteStore.open(config.store_path, line_views()):
        assert unwell(doctor(config)) == {"store": "fail"}
    write_whole(config.data_folder / RUNTIME_FILE, Runtime(os.getpid(), "north", "http://127.0.0.1:1", "", 0.0))
    assert unwell(doctor(config)) == {"node": "fail"}


def test_clocks_apart_are_told_by_how_much():
    found = {finding.check: finding for finding in examine_clock({"a": 0.4, "b": -2.5, "c": 6.0})}
    assert [found[f"clock.{peer}"].level for peer in "abc"] == ["ok", "warn", "fail"]
    assert "2.5 s behind" in found["clock.b"].says
    assert "6.0 s ahead" in found["clock.c"].says
    assert kernel_synchronised() in (True, False, None)


def test_outlets_that_the_agreement_names_must_be_there(tmp_path, doctor):
    config = set_up(tmp_path)["north"]
    (config.folder / "keys" / "root.key").unlink()
    text = (config.folder / "node.toml").read_text()
    (config.folder / "node.toml").write_text(text + '\n[outlets.siren]\ncommand = ["/no/such/program"]\n')
    findings = doctor(read_node_config(config.folder / "node.toml"))
    assert set(unwell(findings)) <= {"outlets.usable"}


@pytest.mark.requirement("SC-OUT-09")
def test_a_language_that_has_no_words_for_summons_is_told(tmp_path, doctor):
    config = set_up(tmp_path)["north"]
    (config.folder / "keys" / "root.key").unlink()
    text = (config.folder / "node.toml").read_text()
    outlets = '[outlets.siren]\nfile = "siren.jsonl"\n[outlets.phone]\nfile = "phone.jsonl"\nlanguage = "fr"\n'
    told = []
    for language in ("fr", "uk"):
        named = text.replace("[node]\n", f'[node]\nlanguage = "{language}"\n')
        (config.folder / "node.toml").write_text(f"{named}\n{outlets}")
        told.append(doctor(read_node_config(config.folder / "node.toml")).get("outlets.language"))
    assert told[0] is None
    assert told[1]["level"] == "warn"
    assert "'uk': they go out in English" in told[1]["says"]
