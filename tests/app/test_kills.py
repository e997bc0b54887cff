"""Fifty kills at random moments, under load: nothing promised is lost, nothing is doubled, both sides hold the same."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from http.client import HTTPException
from pathlib import Path

import pytest

from steerclear.app.commands.record import read_versions
from steerclear.dialogue.entry import decode_content
from steerclear.dialogue.incoming import read_entry
from steerclear.dialogue.terms import line_terms
from steerclear.interfaces.cli.node_file import read_runtime
from steerclear.model.messages import Acknowledgement, AlertNotice, Message
from steerclear.services.line_events import FAULT
from steerclear.services.line_views import line_views
from steerclear.services.record_bundle import read_bundle
from steerclear.services.verify_record import verify_record
from steerclear.store import JournalRow, SqliteStore
from tests.app.two_nodes import NodeProcess, eventually, set_up

KILLS = int(os.environ.get("STEERCLEAR_NODE_KILLS", "50"))
SEED = 20_260_723
ROOT = Path(__file__).parents[2]


class Nursery:
    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.app.node_nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def start(self, node: NodeProcess, loaded: bool) -> int:
        self._process.stdin.write(f"{node.config.folder / 'node.toml'} {int(loaded)}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(20)


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    os.kill(pid, number)


def running(pid: int) -> bool:
    """Whether a process still runs; its parent, the nursery, does not collect the dead."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


class Desk(threading.Thread):
    """A duty officer who acknowledges what arrives, whatever happens to the node meanwhile."""

    def __init__(self, node: NodeProcess, peer: str, draw: random.Random) -> None:
        super().__init__(daemon=True)
        self.node, self.peer, self.draw = node, peer, draw
        self.stop = threading.Event()
        self.promised: list[str] = []

    def run(self) -> None:
        count = arrived = 0
        while not self.stop.wait(0.02):
            # A node that is being killed answers with anything or nothing; only what it confirmed is a promise.
            with contextlib.suppress(OSError, AttributeError, AssertionError, ValueError, HTTPException):
                if count % 10 == 0 or not arrived:
                    arrived = self.node.call("GET", "/api/v1/status")["peers"][0]["incoming"]["size"]
                count += 1
                number = self.draw.randrange(arrived)
                remark = f"read-{self.node.party}-{count}"
                path = f"/api/v1/messages/{self.peer}:{self.node.party}:{number}/acknowledgement"
                self.node.call("POST", path, {"remark": remark})
                self.promised.append(remark)


def messages_of(store: SqliteStore, log) -> list[Message]:
    found: list[Message] = []
    while page := store.leaves(log.origin, len(found), 1_000):
        entries = [read_entry(log, log.ring, place, data) for place, data in enumerate(page, len(found))]
        contents = store.contents(log.origin, len(found), 1_000)
        found += [decode_content(content, entry.commitment) for entry, content in zip(entries, contents, strict=True)]
    return found


def journal_of(store: SqliteStore) -> list[JournalRow]:
    rows: list[JournalRow] = []
    while page := store.journal(rows[-1].sequence if rows else 0, 1_000):
        rows += page
    return rows


@pytest.mark.requirement("SC-LINE-01")
def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path):
    draw = random.Random(SEED)
    configs = set_up(tmp_path)
    nodes = {party: NodeProcess(config) for party, config in configs.items()}
    desks = [Desk(nodes["north"], "south", random.Random(1)), Desk(nodes["south"], "north", random.Random(2))]
    nursery = Nursery()
    pids = {party: nursery.start(node, loaded=True) for party, node in nodes.items()}
    try:
        for desk in desks:
            desk.start()
        for _ in range(KILLS):
            # Half of the kills fall into a start, half into full work.
            time.sleep(draw.uniform(0.0, 0.3) if draw.random() < 0.5 else draw.uniform(0.4, 1.1))
            party = draw.choice(["north", "south"])
            kill(pids[party])
            eventually(lambda party=party: not running(pids[party]))
            pids[party] = nursery.start(nodes[party], loaded=True)
        for desk in desks:
            desk.stop.set()
            desk.join()
        for party, node in nodes.items():
            kill(pids[party])
            eventually(lambda party=party: not running(pids[party]))
            pids[party] = nursery.start(node, loaded=False)
        for party, node in nodes.items():
            eventually(lambda node=node, pid=pids[party]: getattr(read_runtime(node.config), "pid", 0) == pid)
        for node in nodes.values():
            eventually(lambda node=node: node.call("GET", "/api/v1/status")["peers"][0]["waiting"] == 0)
        bundle = tmp_path / "record.zip"
        bundle.write_bytes(nodes["north"].call("GET", "/api/v1/record/south"))
    finally:
        for pid in pids.values():
            kill(pid, signal.SIGTERM)
        for pid in pids.values():
            eventually(lambda pid=pid: not running(pid))
        nursery.close()
    report = verify_record(read_bundle(bundle), read_versions)
    assert all(log.received == log.entries > 100 for log in report.logs)
    check_both_sides(tmp_path, nodes, desks)


def check_both_sides(folder: Path, nodes, desks) -> None:
    versions = read_versions([((folder / "agreement.toml").read_bytes(), (folder / "agreement.sig").read_bytes())])
    stores = {party: SqliteStore.open(node.config.store_path, line_views()) for party, node in nodes.items()}
    for store in stores.values():
        store.audit()
        assert [row.payload for row in journal_of(store) if row.kind == FAULT] == []
    for desk, (us, peer) in zip(desks, [("north", "south"), ("south", "north")], strict=True):
        log = line_terms(versions, us, peer).outgoing
        assert stores[us].log_state(log.origin) == stores[peer].log_state(log.origin)
        messages = messages_of(stores[peer], log)
        alerts = Counter(message.alert.alert_id for message in messages if isinstance(message, AlertNotice))
        promised = (nodes[us].config.folder / "promised").read_text().split("\n")[:-1]
        assert len(promised) > 100
        assert [alert_id for alert_id in promised if alerts[alert_id] != 1] == []
        assert [alert_id for alert_id, times in alerts.items() if times != 1] == []
        remarks = Counter(message.remark for message in messages if isinstance(message, Acknowledgement))
        assert len(desk.promised) > 20
        assert [remark for remark in desk.promised if remarks[remark] != 1] == []
        assert [remark for remark, times in remarks.items() if times != 1] == []
    for store in stores.values():
        store.close()
