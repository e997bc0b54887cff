"""Two nodes under load, each announcing alerts and answered by a desk, and what must hold of both afterwards."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from http.client import HTTPException
from pathlib import Path

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
from tests.app.two_nodes import NodeProcess, eventually

ROOT = Path(__file__).parents[2]
ENOUGH_SAID = 100
ENOUGH_READ = 20
"""Messages of machines and of people that a check must have seen on each side to count."""


class Nursery:
    """Starts nodes as forks of a process that has everything imported."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.app.node_nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def start(self, node: NodeProcess, pause_ms: int) -> int:
        self._process.stdin.write(f"{node.config.folder / 'node.toml'} {pause_ms}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(20)


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


class LoadedPair:
    """Two nodes with their desks, started under load; at the end they are checked against what they promised."""

    def __init__(self, folder: Path, configs, pause_ms: int = 20) -> None:
        self.folder = folder
        self.nodes = {party: NodeProcess(config) for party, config in configs.items()}
        self.desks = [
            Desk(self.nodes["north"], "south", random.Random(1)),
            Desk(self.nodes["south"], "north", random.Random(2)),
        ]
        self._nursery = Nursery()
        self._pause_ms = pause_ms
        self.pids = {party: self._nursery.start(node, pause_ms) for party, node in self.nodes.items()}
        for desk in self.desks:
            desk.start()

    def restart(self, party: str, loaded: bool = True) -> None:
        """Kill a node as it stands, and start it anew."""
        kill(self.pids[party])
        eventually(lambda: not running(self.pids[party]))
        self.pids[party] = self._nursery.start(self.nodes[party], self._pause_ms if loaded else 0)

    def finish(self) -> None:
        """Take the load away once it was one, wait until nothing waits, and check the record and both stores."""
        eventually(lambda: all(len(desk.promised) > ENOUGH_READ for desk in self.desks))
        eventually(lambda: all(len(promised_by(node)) > ENOUGH_SAID for node in self.nodes.values()))
        for desk in self.desks:
            desk.stop.set()
            desk.join()
        for party in self.nodes:
            self.restart(party, loaded=False)
        self.wait_ready()
        for node in self.nodes.values():
            eventually(lambda node=node: node.call("GET", "/api/v1/status")["peers"][0]["waiting"] == 0)
        bundle = self.folder / "record.zip"
        bundle.write_bytes(self.nodes["north"].call("GET", "/api/v1/record/south"))
        self.close()
        report = verify_record(read_bundle(bundle), read_versions)
        assert all(log.received == log.entries > ENOUGH_SAID for log in report.logs)
        check_both_sides(self.folder, self.nodes, self.desks)

    def wait_ready(self) -> None:
        for party, node in self.nodes.items():
            eventually(lambda node=node, pid=self.pids[party]: getattr(read_runtime(node.config), "pid", 0) == pid)

    def close(self) -> None:
        """Stop everything that was started."""
        for desk in self.desks:
            desk.stop.set()
        for pid in self.pids.values():
            with contextlib.suppress(ProcessLookupError):
                kill(pid, signal.SIGTERM)
        for pid in self.pids.values():
            eventually(lambda pid=pid: not running(pid))
        self.pids = {}
        self._nursery.close()


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    os.kill(pid, number)


def running(pid: int) -> bool:
    """Whether any thread of a process still runs; its parent, the nursery, does not collect the dead."""
    process = Path(f"/proc/{pid}")
    with contextlib.suppress(OSError):
        dead = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return not dead or len(list((process / "task").iterdir())) > 1  # the others hold the files open
    return False


def promised_by(node: NodeProcess) -> list[str]:
    """Alerts that a node's store has given a receipt for, in the order in which they were announced."""
    file = node.config.folder / "promised"
    return file.read_text().split("\n")[:-1] if file.exists() else []


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


def check_both_sides(folder: Path, nodes, desks) -> None:
    """Both hold the same two logs, and in them what was promised: once, and in the order in which it was said."""
    versions = read_versions([((folder / "agreement.toml").read_bytes(), (folder / "agreement.sig").read_bytes())])
    stores = {party: SqliteStore.open(node.config.store_path, line_views()) for party, node in nodes.items()}
    for store in stores.values():
        store.audit()
        assert [row.payload for row in journal_of(store) if row.kind == FAULT] == []
    for desk, (us, peer) in zip(desks, [("north", "south"), ("south", "north")], strict=True):
        log = line_terms(versions, us, peer).outgoing
        assert stores[us].log_state(log.origin) == stores[peer].log_state(log.origin)
        messages = messages_of(stores[peer], log)
        said = [message.alert.alert_id for message in messages if isinstance(message, AlertNotice)]
        alerts = Counter(said)
        promised = promised_by(nodes[us])
        assert len(promised) > ENOUGH_SAID
        assert [alert_id for alert_id in promised if alerts[alert_id] != 1] == []
        assert [alert_id for alert_id, times in alerts.items() if times != 1] == []
        kept = set(promised)
        assert [alert_id for alert_id in said if alert_id in kept] == promised, "not in the order they were said"
        remarks = Counter(message.remark for message in messages if isinstance(message, Acknowledgement))
        assert len(desk.promised) > ENOUGH_READ
        assert [remark for remark in desk.promised if remarks[remark] != 1] == []
        assert [remark for remark, times in remarks.items() if times != 1] == []
        kept = set(desk.promised)
        assert [remark for remark in remarks if remark in kept] == desk.promised, "not in the order they were said"
    for store in stores.values():
        store.close()
