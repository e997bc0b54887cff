"""A running node as its operators see it: figures, warnings, readiness, and a port that a stranger knocks at."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import time
from collections import deque

import pytest

from steerclear.app import node as node_module
from steerclear.app.main import main
from steerclear.app.node import Node
from steerclear.interfaces.cli.node_file import read_node_config, read_runtime
from steerclear.services.drop_reports import drop_old_reports
from steerclear.services.incident.open_incident import ByHand, open_by_hand
from steerclear.store.entries import Append, Event
from steerclear.store.errors import StoreFullError
from steerclear.store.key_files import create_keys
from steerclear.store.segments import journaled_segments
from tests.app.test_incident_nodes import crossing_rows
from tests.app.two_nodes import NodeProcess, eventually, set_up
from tests.services.parties import HandClock

pytestmark = pytest.mark.xdist_group("two-nodes")
DAY_S = 86_400.0


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """Two nodes; the certificate of the south ends in three weeks."""
    folder = tmp_path_factory.mktemp("operations")
    configs = set_up(folder)
    made = create_keys(folder / "old", "south", time.time() - (5 * 365 - 21) * 86_400)
    for name in ("tls.key", "tls.crt"):
        (folder / "south/keys" / name).write_bytes((folder / "old" / name).read_bytes())
    text = (folder / "north/node.toml").read_text()
    pinned = configs["north"].file.peers[0].certificate_sha256
    (folder / "north/node.toml").write_text(text.replace(pinned, made.certificate_sha256.hex()))
    configs = {party: read_node_config(config.folder / "node.toml") for party, config in configs.items()}
    running = {party: NodeProcess(config).start() for party, config in configs.items()}
    for node in running.values():
        node.wait_ready()
    yield running
    for node in running.values():
        assert node.stop() == 0


def figures(node) -> str:
    host = read_runtime(node.config).local_url.removeprefix("http://")
    with contextlib.closing(http.client.HTTPConnection(host, timeout=10)) as connection:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()


@pytest.mark.requirement("SC-OPS-03")
@pytest.mark.requirement("SC-OPS-08")
def test_what_ends_and_who_is_turned_away_shows_in_log_figures_and_status(nodes, capfdbinary):
    north = nodes["north"]
    eventually(lambda: 'steerclear_link_state{peer="south",state="up"} 1.0' in figures(north))
    line = read_runtime(north.config).line_url.removeprefix("https://").split(":")
    with socket.create_connection((line[0], int(line[1]))) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        stranger.recv(100)
    found = figures(north)
    assert 'steerclear_line_connections_refused_total{reason="not_our_tls"} 1.0' in found
    days = [float(row.split()[-1]) for row in found.splitlines() if row.startswith("steerclear_certificate_expiry")]
    assert min(days) < 22 * 86_400 < max(days)
    lines = [json.loads(row) for row in north.log().splitlines()]
    refused = next(row for row in lines if row.get("code") == "not_our_tls")
    assert refused["address"] == "127.0.0.1"
    assert any("certificate of south ends in" in row.get("detail", "") for row in lines)
    with pytest.raises(SystemExit):
        main(["line", "status", "--config", str(north.config.folder / "node.toml")])
    assert b"the certificate of south ends in" in capfdbinary.readouterr().out.replace(b"\n", b" ")


@pytest.mark.requirement("SC-OPS-04")
def test_following_the_line_prints_what_happens(nodes, capfdbinary):
    sent = nodes["north"].call("POST", "/api/v1/peers/south/line-check")["message_id"]
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "line",
                "follow",
                "--stop-after-s",
                "0.5",
                "--json",
                "--config",
                str(nodes["north"].config.folder / "node.toml"),
            ]
        )
    assert ended.value.code == 0
    events = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert any(event["event"].get("message", {}).get("message_id") == sent for event in events)


def test_a_node_whose_incidents_cannot_be_kept_is_not_ready_until_they_can(tmp_path, monkeypatch):
    monkeypatch.setattr(node_module, "RETRY_S", 0.01)
    node = Node(set_up(tmp_path)["north"])
    node._started = True
    kept, broken = node.incidents.tick, [ZeroDivisionError("nobody foresaw it"), OSError("the folder has gone")]

    def tick() -> int:
        if broken:
            raise broken[0]
        return kept()

    monkeypatch.setattr(node.incidents, "tick", tick)

    async def play() -> None:
        keeping = asyncio.create_task(node._keep_incidents())
        async with asyncio.timeout(30):
            for words in ("nobody foresaw it", "the folder has gone"):
                while words not in (node._trouble() or ""):
                    await asyncio.sleep(0.01)
                assert any(words in warning for warning in node._warnings())
                broken.pop(0)
            while node._trouble() is not None:
                await asyncio.sleep(0.01)
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping

    asyncio.run(play())
    node.store.close()


@pytest.mark.requirement("SC-KEEP-04")
def test_old_reports_go_unless_the_clock_may_be_wrong_or_an_incident_still_needs_them(tmp_path, caplog, monkeypatch):
    folder = set_up(tmp_path)["north"].folder
    (folder / "sky.json").write_text(json.dumps(crossing_rows()))
    text = (folder / "node.toml").read_text()
    (folder / "node.toml").write_text(text + '\n[picture]\nsources = ["sky.json"]\nkeep_days = 2\n')
    clock = HandClock(began_s := time.time())
    node = Node(read_node_config(folder / "node.toml"), clock)
    reports = node._picture.reports
    for _ in range(5):  # sealed on days 0 to 4
        reports.keep((), clock.now_s(), durable=False)
        reports.seal()
        clock.time_s += DAY_S

    def kept_after_a_look() -> list[int]:
        drop_old_reports(node._segments, node._metrics, node.config.file.picture.keep_days * DAY_S)
        return [segment.number for segment in journaled_segments(node.store)]

    assert kept_after_a_look() == [1, 2, 3, 4, 5]
    assert "no peer's receipt of the last day confirms our clock" in caplog.records[-1].detail
    node._metrics.receipt_s["south"], node._metrics.clock_offset_s["south"] = clock.now_s() - 60.0, 1.0
    asked = ByHand(title="A near miss", at_s=began_s + 1.6 * DAY_S, from_s=began_s + 1.5 * DAY_S)
    open_by_hand(node.exchange, node.incidents.policy, asked, "north-desk", "duty officer", "token")
    assert kept_after_a_look() == [3, 4, 5]
    assert node.incidents.tick() == 1
    monkeypatch.setattr(node_module, "DROP_EVERY_S", 0.01)

    async def play() -> None:
        dropping = asyncio.create_task(node._drop_reports())
        async with asyncio.timeout(30):
            while len(journaled_segments(node.store)) == 3:
                await asyncio.sleep(0.01)
        dropping.cancel()

    asyncio.run(play())
    assert kept_after_a_look() == [4, 5]
    node._picture.close()
    node.store.close()


def test_a_node_is_ready_again_once_the_disk_has_room(tmp_path):
    node = Node(set_up(tmp_path)["north"])
    node._started = True
    assert node._trouble() is None
    writing = node.store._writing
    (pages,) = writing.execute("PRAGMA page_count").fetchone()
    writing.execute(f"PRAGMA max_page_count={pages + 20}").fetchall()
    filling = (Append(key=f"fill/{number}", events=(Event("fill", b"x" * 100_000, 0.0),)) for number in range(10))
    with pytest.raises(StoreFullError):
        deque(map(node.store.append, filling))
    assert isinstance(node.store.trouble(), StoreFullError)
    writing.execute("PRAGMA max_page_count=1073741823").fetchall()
    assert node._trouble() is None  # although nobody has written anything since
    assert node.store.trouble() is None
    node.store.close()
