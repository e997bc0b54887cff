"""A whole node: its line, its picture and its F3548-21 port in one process, each working while the others do."""

from __future__ import annotations

import contextlib
import socketserver
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from steerclear.interfaces.cli.node_file import read_node_config
from steerclear.interfaces.f3548.issuing import issue_token, make_key_pair, read_private_key
from steerclear.interfaces.f3548.times import write_moment
from tests.app.f3548_pool import SCOPES
from tests.app.two_nodes import NodeProcess, eventually, free_ports, set_up

ADDRESS = 0x4B1234
LATITUDE, LONGITUDE = 46.5, 7.5


class Receiver:
    """A receiver that hears one aircraft, where a test puts it; it speaks SBS to whoever connects."""

    def __init__(self) -> None:
        self.east_deg = 0.0
        self.silent = False
        self._stopping = threading.Event()
        receiver = self

        class Speaker(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    while not receiver._stopping.wait(0.2):
                        if not receiver.silent:
                            self.request.sendall(receiver.line().encode())

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Speaker)
        self.port = self._server.server_address[1]

    def line(self) -> str:
        moment = datetime.now(UTC)
        when = f"{moment:%Y/%m/%d},{moment:%H:%M:%S}.{moment.microsecond // 1_000:03d}"
        place = f"3000,,,{LATITUDE:.6f},{LONGITUDE + self.east_deg:.6f},,,0,0,0,0"
        return f"MSG,3,1,1,{ADDRESS:06X},1,{when},{when},,{place}\r\n"

    @contextlib.contextmanager
    def speaking(self) -> Iterator[Receiver]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stopping.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


class Operator:
    """Asks the F3548-21 port of a node as anyone whose token the authority issues."""

    def __init__(self, folder: Path, url: str) -> None:
        self._key = read_private_key(folder / "issuer.key")
        self._url = url

    def ask(self, method: str, path: str, body: Any = None, subject: str = "pilot") -> Any:
        token = issue_token(
            self._key, subject=subject, scope=SCOPES, audience="127.0.0.1", issuer="steerclear.test", now_s=time.time()
        )
        answer = httpx.request(
            method, self._url + path, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30.0
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def fly(self, flight: str, state: str, **more: Any) -> Any:
        now_s = time.time()
        volume = {
            "volume": {
                "outline_circle": {
                    "center": {"lat": LATITUDE, "lng": LONGITUDE},
                    "radius": {"value": 500.0, "units": "M"},
                },
                "altitude_lower": {"value": 0.0, "reference": "W84", "units": "M"},
                "altitude_upper": {"value": 3_000.0, "reference": "W84", "units": "M"},
            },
            "time_start": {"value": write_moment(now_s - 1.0), "format": "RFC3339"},
            "time_end": {"value": write_moment(now_s + 1_800.0), "format": "RFC3339"},
        }
        answer = self.ask("PUT", f"/operator/v1/flights/{flight}", {"state": state, "volumes": [volume], **more})
        assert answer["result"] == "completed", answer
        return answer

    def state(self, flight: str) -> str:
        """As the DSS tells anyone."""
        shown = self.ask("GET", f"/operator/v1/flights/{flight}")["operational_intent"]["reference"]
        path = f"/dss/v1/operational_intent_references/{shown['id']}"
        return str(self.ask("GET", path, subject="observer")["operational_intent_reference"]["state"])

    def told(self) -> list[str]:
        return [one["trigger"] for one in self.ask("GET", "/operator/v1/notices")["notices"]]


def f3548_toml(port: int, picture: int) -> str:
    return f"""
[f3548]
listen = "127.0.0.1:{port}"
audiences = ["127.0.0.1"]
issuer_keys = ["issuer.pem"]
data = "f3548"

[f3548.dss]
allow_http = true

[f3548.uss]
name = "north-uss"
base_url = "http://127.0.0.1:{port}"
dss_url = "http://127.0.0.1:{port}"
operators = ["pilot"]

[f3548.uss.tokens]
private_key = "issuer.key"
issuer = "steerclear.test"

[picture]
sources = ["tcp://127.0.0.1:{picture}"]
"""


@pytest.mark.requirement("SC-PLR-14")
def test_a_node_follows_its_f3548_flights_in_its_picture_while_its_line_works(tmp_path: Path) -> None:
    configs = set_up(tmp_path)
    [port] = free_ports(1)
    folder = configs["north"].folder
    make_key_pair(folder / "issuer.key", folder / "issuer.pem")
    with Receiver().speaking() as receiver:
        with (folder / "node.toml").open("a") as file:
            file.write(f3548_toml(port, receiver.port))
        north = NodeProcess(read_node_config(folder / "node.toml")).start()
        south = NodeProcess(configs["south"]).start()
        try:
            for node in (north, south):
                node.wait_ready(60.0)
            operator = Operator(folder, f"http://127.0.0.1:{port}")
            _fly(operator, receiver)
            _talk(north, south)
        finally:
            stopped = [node.stop() for node in (north, south)]
        assert stopped == [0, 0], north.log()[-3_000:]


def _fly(operator: Operator, receiver: Receiver) -> None:
    """Inside, outside, back, ended: the DSS and the operator follow what the receiver hears."""
    flight = str(uuid.uuid4())
    operator.fly(flight, "Accepted", identities=[{"icao_address": ADDRESS}])
    operator.fly(flight, "Activated")
    assert operator.state(flight) == "Activated"
    receiver.east_deg = 0.05
    eventually(lambda: operator.state(flight) == "Nonconforming")
    eventually(lambda: "CMSA0115" in operator.told())
    receiver.east_deg = 0.001
    eventually(lambda: operator.state(flight) == "Activated")
    operator.ask("DELETE", f"/operator/v1/flights/{flight}")
    assert operator.ask("GET", "/operator/v1/flights") == {"flights": []}


def _talk(north: NodeProcess, south: NodeProcess) -> None:
    """The line carries a declared plan and its acknowledgement meanwhile."""
    now_s = time.time()
    circle = {"type": "circle", "centre": {"latitude_deg": 46.5, "longitude_deg": 7.5}, "radius_m": 900.0}
    volume = {"area": circle, "from_s": now_s + 7_200.0, "until_s": now_s + 9_000.0}
    said = north.call("POST", "/api/v1/plans", {"title": "To the hut", "volumes": [volume]})
    assert said["declared"]
    name = said["standing"]["item_id"]
    eventually(lambda: [one for one in south.call("GET", "/api/v1/plans") if one["item_id"] == name])
    assert {one["ours"] for one in north.call("GET", "/api/v1/plans")} == {True}
