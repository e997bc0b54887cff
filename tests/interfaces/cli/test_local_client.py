"""The command line and the node it talks to: the token is shown to nobody else, and following outlives a restart."""

from __future__ import annotations

import http.server
import os
import socketserver
import subprocess
import sys
import threading
from typing import ClassVar

import pytest

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.journal_socket import follow_journal
from steerclear.interfaces.cli.local_client import CommandError, LocalClient
from steerclear.interfaces.cli.node_file import RUNTIME_FILE, Runtime, token_path, write_whole
from steerclear.store.entries import Append, Event
from tests.app.two_nodes import set_up
from tests.interfaces.local_api.served import READER, make_app, serving
from tests.services.parties import START_S, Node


@pytest.fixture
def config(tmp_path):
    """A node's file and its reader's token; no node."""
    found = set_up(tmp_path)["north"]
    token = token_path(found, None, None)
    token.parent.mkdir(parents=True)
    token.write_text(READER + "\n")
    return found


def running_at(config, address, pid=None) -> None:
    url = f"http://{address}"
    write_whole(config.data_folder / RUNTIME_FILE, Runtime(pid or os.getpid(), "north", url, url, 0.0))


def client(config) -> LocalClient:
    return LocalClient(config.folder / "node.toml")


class _Nosy(http.server.BaseHTTPRequestHandler):
    """Another program on the port a killed node had; passes challenges on to a node elsewhere."""

    seen: ClassVar[list[str]] = []
    node = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.seen.append(str(self.headers))
        said = b'{"proof": "00"}'
        if self.node:
            connection = http.client.HTTPConnection(self.node, timeout=5)
            connection.request("GET", self.path)
            said = connection.getresponse().read()
            connection.close()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@pytest.mark.requirement("SC-OPS-02")
@pytest.mark.parametrize("relays", [False, True])
def test_a_program_on_the_port_of_a_killed_node_never_sees_the_token(config, relays):
    north = Node("north")
    _Nosy.seen = []
    with serving(make_app(north)) as node, socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Nosy) as stranger:
        stranger.daemon_threads = True
        _Nosy.node = node if relays else ""
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        running_at(config, f"127.0.0.1:{stranger.server_address[1]}")
        for call in (lambda: client(config).get("/status"), lambda: next(follow_journal(lambda: client(config)))):
            with pytest.raises(CommandError) as told:
                call()
            assert told.value.code is ExitCode.NODE_UNREACHABLE
            assert "not shown the token" in str(told.value)
        stranger.shutdown()
    north.close()
    assert _Nosy.seen
    assert not any(READER in headers or "uthorization" in headers for headers in _Nosy.seen)


@pytest.mark.requirement("SC-OPS-02")
def test_a_node_that_was_killed_does_not_run_whatever_it_left_behind(config):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    running_at(config, "127.0.0.1:1", gone.pid)
    with pytest.raises(CommandError, match="does not run"):
        client(config)


def test_the_node_is_talked_to_once_it_has_proved_itself(config):
    north = Node("north")
    with serving(make_app(north)) as address:
        running_at(config, address)
        assert client(config).get_json("/status")["party"] == "north"
        with pytest.raises(CommandError) as told:
            client(config).post_json("/peers/south/line-check")
        assert told.value.code is ExitCode.REFUSED
    north.close()


def write(node, *numbers) -> None:
    for number in numbers:
        node.store.append(Append(key=f"test/{number}", events=(Event("test.event", b"{}", START_S),)))


@pytest.mark.requirement("SC-OPS-06")
def test_following_goes_on_where_it_was_when_the_node_comes_back_elsewhere(config):
    north = Node("north")
    write(north, 1, 2)
    with serving(make_app(north)) as address:
        running_at(config, address)
        events = follow_journal(lambda: client(config))
        assert [next(events)["sequence"] for _ in range(2)] == [1, 2]
    write(north, 3)
    with serving(make_app(north)) as address:
        running_at(config, address)
        write(north, 4)
        assert [next(events)["sequence"] for _ in range(2)] == [3, 4]
        events.close()
        assert [event["sequence"] for event in follow_journal(lambda: client(config), 1, 0.0)] == [2, 3, 4]
    north.close()


def test_following_a_node_that_stays_away_ends(config, monkeypatch):
    monkeypatch.setattr("steerclear.interfaces.cli.journal_socket.PATIENCE_S", 0.6)
    north = Node("north")
    write(north, 1)
    with serving(make_app(north)) as address:
        running_at(config, address)
        events = follow_journal(lambda: client(config))
        next(events)
    with pytest.raises(CommandError) as told:
        next(events)
    assert told.value.code is ExitCode.NODE_UNREACHABLE
    north.close()
