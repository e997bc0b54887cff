"""Two real nodes in their processes, over TLS, as desks and the command line use them."""

from __future__ import annotations

import errno
import http.client
import json
import os
import re
import socketserver
import subprocess
import sys
import threading

import pytest

from steerclear.app.main import main
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.node_file import RUNTIME_FILE, Runtime, read_runtime, token_path, write_whole
from tests.app.two_nodes import NodeProcess, eventually, set_up

pytestmark = pytest.mark.xdist_group("two-nodes")


@pytest.fixture
def steerclear(capfdbinary, monkeypatch):
    """Runs a command and gives what it printed for its reader: the answer, or the problem."""
    monkeypatch.setenv("COLUMNS", "140")

    def run(*arguments, code=ExitCode.OK) -> str:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = (part.decode() for part in capfdbinary.readouterr())
        assert ended.value.code == code, (ended.value.code, out, err)
        return out if code == ExitCode.OK or out.startswith("{") else err

    return run


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    configs = set_up(tmp_path_factory.mktemp("nodes"))
    running = {party: NodeProcess(config).start() for party, config in configs.items()}
    for node in running.values():
        node.wait_ready()
    yield running
    for node in running.values():
        assert node.stop() == 0
        assert read_runtime(node.config) is None


def node_file(node: NodeProcess):
    return node.config.folder / "node.toml"


@pytest.mark.requirement("SC-LINE-16")
def test_a_desk_asks_another_desk_answers_and_both_records_hold(nodes, tmp_path, steerclear):
    north, south = node_file(nodes["north"]), node_file(nodes["south"])
    asked = json.loads(steerclear("line", "check", "south", "--as", "duty officer", "--config", north, "--json"))
    message_id = asked["message_id"]
    path = f"/api/v1/messages/{message_id}"
    eventually(lambda: nodes["north"].call("GET", path)["state"] == "received")
    refused = steerclear("line", "ack", message_id, "--as", "commander", "--config", south, code=ExitCode.REFUSED)
    assert "check --answer" in refused
    steerclear("line", "check", "--answer", message_id, "--as", "commander", "--config", south)
    eventually(lambda: nodes["north"].call("GET", path)["state"] == "acknowledged")

    shown = json.loads(steerclear("line", "status", "--config", north, "--json"))
    found = next(message for message in shown["messages"] if message["message_id"] == message_id)
    assert (found["answer"]["function"], found["answer"]["desk_id"]) == ("commander", "south-desk")
    assert shown["status"]["peers"][0]["link"] == "up"
    assert message_id in steerclear("line", "status", "--config", north)

    followed = steerclear("line", "follow", "--config", north, "--stop-after-s", "0", "--json").splitlines()
    events = [json.loads(line) for line in followed]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert {"line.sent", "line.stored", "line.receipt", "line.link"} <= {event["kind"] for event in events}
    assert "line_check_answer" in steerclear("line", "follow", "--config", north, "--stop-after-s", "0")

    bundle = tmp_path / "record.zip"
    steerclear("record", "export", "south", bundle, "--config", north)
    steerclear("record", "export", "south", bundle, "--config", north, code=ExitCode.CONFIGURATION)
    verified = json.loads(steerclear("record", "verify", bundle, "--json"))
    assert verified["verified"] is True
    assert set(verified["root_keys"]) == {"north", "south"}
    assert "Not proven" in steerclear("record", "verify", bundle)
    told = steerclear("record", "show", bundle)
    assert "commander" in told
    assert "south-desk" in told
    listed = json.loads(steerclear("record", "show", bundle, "--json"))
    assert message_id in {line["message_id"] for line in listed}
    assert message_id not in steerclear("record", "show", bundle, "--unanswered")

    bundle.write_bytes(bundle.read_bytes()[:-30])
    broken = json.loads(steerclear("record", "verify", bundle, "--json", code=ExitCode.RECORD_REFUSED))
    assert broken["verified"] is False


@pytest.mark.requirement("SC-LINE-17")
def test_the_local_api_is_for_roles_with_a_token(nodes):
    node = nodes["north"]
    host = read_runtime(node.config).local_url.removeprefix("http://")

    def status(path, method="GET", authorization=None):
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request(method, path, headers={} if authorization is None else {"Authorization": authorization})
        code = connection.getresponse().status
        connection.close()
        return code

    reader = token_path(node.config, None, None).read_text().strip()
    assert status("/healthz") == 200
    assert status("/readyz") == 200
    for path in ("/api/v1/status", "/api/v1/messages", "/api/v1/journal", "/api/v1/record/south"):
        assert status(path) == 401
        assert status(path, authorization="Bearer wrong") == 401
        assert status(path, authorization=f"Basic {reader}") == 401
        assert status(path, authorization=f"Bearer {reader}") == 200
    assert status("/api/v1/peers/south/line-check", "POST", f"Bearer {reader}") == 403
    assert status("/api/v1/record/east", authorization=f"Bearer {reader}") == 404
    assert status("/api/v1/journal?after=-1", authorization=f"Bearer {reader}") == 400
    assert status("/api/v1/messages?limit=1001", authorization=f"Bearer {reader}") == 400
    schema = json.loads(node.call("GET", "/schema/openapi.json"))["paths"]
    assert "/api/v1/messages/{message_id}/acknowledgement" in schema
    for token in (node.config.data_folder / "tokens").rglob("*.token"):
        assert token.stat().st_mode & 0o077 == 0


def test_problems_are_told_to_a_person(nodes):
    node = nodes["south"]
    told = node.call("POST", "/api/v1/messages/north:south:999/acknowledgement", {}, status=404)
    assert "no message 'north:south:999'" in told["problem"]
    told = node.call("POST", "/api/v1/peers/east/line-check", status=404)
    assert "lines to: north" in told["problem"]
    told = node.call("POST", "/api/v1/messages/north:south:0/acknowledgement", {"remark": 5}, status=400)
    assert told["problem"]
    told = node.call("POST", "/api/v1/messages/north:south:0/acknowledgement", {"remark": "x" * 40_000}, status=413)
    assert told["problem"]


def test_hostile_requests_are_refused_and_named(nodes):
    node = nodes["south"]
    for path, word in (
        ("/api/v1/journal?after=9223372036854775808", "after"),
        ("/api/v1/journal?after=99999999999999999999", "after"),
        ("/api/v1/journal?limit=0", "limit"),
    ):
        assert word in node.call("GET", path, status=400)["problem"].partition(";")[2]
    path = "/api/v1/messages/north:south:0/acknowledgement"
    assert "nested" in node.call("POST", path, b"[" * 10_000, status=400)["problem"]
    assert "remark" in node.call("POST", path, {"remark": 5}, status=400)["problem"]


def test_the_log_holds_no_message_content(nodes):
    nodes["north"].call("POST", "/api/v1/peers/south/line-check")
    for node in nodes.values():
        lines = [json.loads(line) for line in node.log().splitlines()]
        assert "serving" in [line["message"] for line in lines]
        assert not any("line_check" in json.dumps(line) for line in lines)


def test_commands_say_what_is_wrong(tmp_path, nodes, steerclear):
    assert "cannot read" in steerclear("line", "status", "--config", tmp_path / "no.toml", code=ExitCode.CONFIGURATION)
    configs = set_up(tmp_path)
    idle = configs["north"].folder / "node.toml"
    assert "does not run" in steerclear("line", "status", "--config", idle, code=ExitCode.NODE_UNREACHABLE)
    told = steerclear(
        "line", "ack", "x", "--as", "passer-by", "--config", node_file(nodes["north"]), code=ExitCode.REFUSED
    )
    assert "no token" in told
    gone = steerclear("record", "verify", tmp_path / "gone.zip", code=ExitCode.RECORD_REFUSED)
    assert "cannot be read: No such file" in gone
    assert "does not hold" not in gone
    for command in (("check", "--as", "commander"), ("ack", "", "--as", "commander")):
        told = steerclear("line", *command, "--config", node_file(nodes["north"]), code=ExitCode.USAGE)
        assert told.startswith("steerclear: name ")
    out = tmp_path / "record.zip"
    out.write_bytes(b"mine")
    export = ("record", "export", "south", out, "--config", node_file(nodes["north"]))
    assert "there already" in steerclear(*export, code=ExitCode.CONFIGURATION)
    assert out.read_bytes() == b"mine"
    gone = steerclear("agreement", "verify", tmp_path / "gone.toml", code=ExitCode.AGREEMENT_UNREADABLE)
    assert "gone.toml: No such file" in gone
    assert "is not a whole ZIP" in steerclear("record", "verify", idle, code=ExitCode.RECORD_REFUSED)


def test_an_export_that_does_not_fit_leaves_no_half_record(tmp_path, nodes, steerclear, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    out = tmp_path / "record.zip"
    config = node_file(nodes["north"])
    told = steerclear("record", "export", "south", out, "--config", config, code=ExitCode.CONFIGURATION)
    assert "No space left" in told
    assert not out.exists()


WRONG = {
    "unknown key": (lambda text: text.replace('party = "north"', 'party = "north"\ncolour = 1', 1), "colour"),
    "not this party": (lambda text: text.replace('party = "north"', 'party = "west"', 1), "is no party"),
    "a peer left out": (lambda text: text[: text.index("[[peers]]")], "peers"),
    "not loopback": (
        lambda text: text.replace('[local]\nlisten = "127.0.0.1:0"', '[local]\nlisten = "0.0.0.0:0"'),
        "own desks",
    ),
    "wrong key": (lambda text: text.replace("keys/signing.key", "../south/keys/signing.key"), "signing key"),
    "wrong pin": (
        lambda text: text.replace('certificate_sha256 = "', 'certificate_sha256 = "00')[:-5] + '"\n',
        "sha256",
    ),
    "no agreement": (lambda text: text.replace("agreement.toml", "none.toml"), "cannot read"),
    "not signed": (lambda text: text.replace("../agreement.sig", "../agreement.toml"), "signature"),
    "peer's port is no number": (lambda text: text.replace("https://127.0.0.1:", "https://127.0.0.1:x"), "url"),
    "peer's port is no port": (lambda text: re.sub(r"(https://127.0.0.1):\d+", r"\1:99999", text), "no port 99999"),
    "peer's host is no name": (lambda text: text.replace("https://127.0.0.1:", "https://so uth:"), "url"),
    "data is a file": (lambda text: text.replace('data = "data"', 'data = "node.toml"'), "node.toml"),
    "data cannot be made": (lambda text: text.replace('data = "data"', 'data = "/proc/none"'), "/proc/none"),
    "plain HTTP": (lambda text: text.replace("https://", "http://"), "url"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_node_that_is_set_up_wrongly_does_not_start_and_says_why(name, tmp_path, steerclear):
    change, word = WRONG[name]
    path = set_up(tmp_path)["north"].folder / "node.toml"
    path.write_text(change(path.read_text()))
    assert word in steerclear("serve", "--config", path, code=ExitCode.CONFIGURATION)


def test_keys_are_made_once_and_shown(tmp_path, steerclear):
    made = json.loads(steerclear("keys", "new", "north", tmp_path / "keys", "--json"))
    assert json.loads(steerclear("keys", "show", tmp_path / "keys", "--json")) == made
    assert made["root_fingerprint"] in steerclear("keys", "show", tmp_path / "keys")
    assert len({made["root"], made["signing"], made["witness"]}) == 3
    told = steerclear("keys", "new", "north", tmp_path / "keys", code=ExitCode.CONFIGURATION)
    assert "never overwritten" in told
    (tmp_path / "keys" / "root.key").chmod(0o644)
    assert "chmod 600" in steerclear("keys", "show", tmp_path / "keys", code=ExitCode.CONFIGURATION)


def test_a_token_that_others_can_read_is_not_used(tmp_path, steerclear):
    config = set_up(tmp_path)["north"]
    token = token_path(config, None, None)
    token.parent.mkdir(parents=True)
    token.write_text("x" * 43)
    token.chmod(0o644)
    path = config.folder / "node.toml"
    assert "delete it" in steerclear("serve", "--config", path, code=ExitCode.CONFIGURATION)


def test_what_a_node_keeps_is_its_own(tmp_path):
    config = set_up(tmp_path)["north"]
    config.data_folder.mkdir(mode=0o755)
    config.data_folder.chmod(0o755)
    node = NodeProcess(config).start()
    node.wait_ready()
    files = [path for path in config.data_folder.rglob("*") if path.is_file()]
    assert {"node.sqlite", "node.sqlite-wal", "node.json"} <= {path.name for path in files}
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    assert node.stop() == 0


def test_a_command_tells_when_something_else_answers(tmp_path, steerclear):
    """A node that was killed leaves its address behind, and another program may have taken it."""
    config = set_up(tmp_path)["north"]
    with socketserver.TCPServer(("127.0.0.1", 0), _Babbler) as stranger:
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{stranger.server_address[1]}"
        token = token_path(config, None, None)
        token.parent.mkdir(parents=True)
        token.write_text("x" * 43)
        for said in (b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"):
            _Babbler.said = said
            write_whole(config.data_folder / RUNTIME_FILE, Runtime(1, "north", url, url, 0.0))
            told = steerclear("line", "status", "--config", config.folder / "node.toml", code=ExitCode.NODE_UNREACHABLE)
            assert "Traceback" not in told
        stranger.shutdown()


class _Babbler(socketserver.BaseRequestHandler):
    said = b""

    def handle(self) -> None:
        self.request.recv(65_536)
        self.request.sendall(self.said)


@pytest.mark.requirement("SC-RST-13")
def test_an_empty_data_folder_is_no_new_beginning(tmp_path, steerclear):
    """A disk that is not mounted: a second history under the same keys would be evidence of a cheat."""
    config = set_up(tmp_path)["north"]
    first = NodeProcess(config).start()
    first.wait_ready()
    assert first.stop() == 0
    away = config.data_folder.rename(tmp_path / "unmounted")
    path = config.folder / "node.toml"
    said = steerclear("serve", "--config", path, code=ExitCode.CONFIGURATION)
    assert "mount the disk" in said
    assert "node restore" in said
    assert not config.data_folder.exists()
    assert "mount the disk" in steerclear("doctor", "--config", path, "--json", code=ExitCode.DOCTOR_FOUND)
    away.rename(config.data_folder)
    again = NodeProcess(config).start()
    again.wait_ready()
    assert again.stop() == 0


def test_two_nodes_do_not_share_a_store(nodes, steerclear):
    told = steerclear("serve", "--config", node_file(nodes["north"]), code=ExitCode.CONFIGURATION)
    assert "another process" in told


def test_the_command_runs_in_a_process_of_its_own(nodes):
    command = [sys.executable, "-c", "from steerclear.app.main import main; main()", "line", "status", "--json"]
    done = subprocess.run(
        [*command, "--config", str(node_file(nodes["north"]))], capture_output=True, timeout=60, check=True
    )
    assert json.loads(done.stdout)["status"]["party"] == "north"
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, cwd="/")
    assert done.returncode == ExitCode.CONFIGURATION
    assert b"--config" in done.stderr
