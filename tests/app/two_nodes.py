"""Two real nodes on loopback: their folders, their processes, and a desk's calls to them."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from steerclear.interfaces.agreement_file import encode_agreement, sign_agreement
from steerclear.interfaces.cli.node_file import NodeConfig, read_node_config, read_runtime, token_path
from steerclear.model.agreement import PartyKeys
from steerclear.model.keys import KeyRole
from steerclear.store.key_files import create_keys, key_path, load_private_key
from steerclear.tlog import Ed25519Signer
from tests.services.parties import make_agreement

RUN_NODE = (
    "import sys; from pathlib import Path; from steerclear.app.node import run_node;"
    "from steerclear.interfaces.cli.node_file import read_node_config; run_node(read_node_config(Path(sys.argv[1])))"
)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, below those that the system gives to whoever connects meanwhile."""
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as bound:
            bound.bind(("127.0.0.1", port))
            found += [port] * (port not in found)
    return found


def set_up(folder: Path, parties=("north", "south"), **terms) -> dict[str, NodeConfig]:
    """Keys, a signed agreement and a configuration for each party, in folders of their own."""
    public = {party: create_keys(folder / party / "keys", party, time.time()) for party in parties}
    agreement = make_agreement(parties, **terms)
    agreement = msgspec.structs.replace(
        agreement,
        in_force_from_s=time.time() // 1 - 3_600.0,
        parties=tuple(
            msgspec.structs.replace(
                party,
                keys=PartyKeys(
                    root=public[party.party_id].root,
                    signing=public[party.party_id].signing,
                    witness=public[party.party_id].witness,
                    witness_ml_dsa=public[party.party_id].witness_ml_dsa,
                ),
            )
            for party in agreement.parties
        ),
    )
    data = encode_agreement(agreement)
    signatures = None
    for party in parties:
        root = load_private_key(key_path(folder / party / "keys", KeyRole.ROOT))
        signatures = sign_agreement(data, signatures, Ed25519Signer(party, root))
    (folder / "agreement.toml").write_bytes(data)
    (folder / "agreement.sig").write_bytes(signatures)
    ports = dict(zip(parties, free_ports(len(parties)), strict=True))
    configs = {}
    for party in parties:
        path = folder / party / "node.toml"
        path.write_text(node_toml(party, [other for other in parties if other != party], ports, public))
        configs[party] = read_node_config(path)
    return configs


def node_toml(party, peers, ports, public) -> str:
    text = f"""
[node]
party = "{party}"
agreement = "../agreement.toml"
signatures = "../agreement.sig"
data = "data"

[keys]
signing = "keys/signing.key"
witness = "keys/witness.key"
witness_ml_dsa = "keys/witness-ml-dsa.key"
tls_key = "keys/tls.key"
tls_certificate = "keys/tls.crt"

[line]
listen = "127.0.0.1:{ports[party]}"

[local]
listen = "127.0.0.1:0"
"""
    for peer in peers:
        text += f"""
[[peers]]
party = "{peer}"
url = "https://127.0.0.1:{ports[peer]}"
certificate = "../{peer}/keys/tls.crt"
certificate_sha256 = "{public[peer].certificate_sha256.hex()}"
"""
    return text


class NodeProcess:
    """A node in a process of its own."""

    def __init__(self, config: NodeConfig, program: str = RUN_NODE) -> None:
        self.config = config
        self.party = config.file.node.party
        self._program = program
        self.process: subprocess.Popen | None = None

    def start(self) -> NodeProcess:
        (self.config.data_folder / "node.json").unlink(missing_ok=True)
        with (self.config.folder / "node.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", self._program, str(self.config.folder / "node.toml")], stderr=log, stdout=log
            )
        return self

    def wait_ready(self, within_s: float = 30.0) -> NodeProcess:
        limit = time.monotonic() + within_s
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                raise AssertionError(f"node {self.party} stopped: {self.log()[-3000:]}")
            runtime = read_runtime(self.config)
            if runtime is not None and runtime.pid == self.process.pid:
                return self
            time.sleep(0.02)
        raise AssertionError(f"node {self.party} did not start: {self.log()[-3000:]}")

    def log(self) -> str:
        return (self.config.folder / "node.log").read_text()

    def call(self, method: str, path: str, body=None, function="duty officer", status=None):
        """One request of a desk; the decoded answer."""
        runtime = read_runtime(self.config)
        host = runtime.local_url.removeprefix("http://")
        desk = None if function is None else f"{self.party}-desk"
        token = token_path(self.config, desk, function).read_text().strip()
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        with contextlib.closing(http.client.HTTPConnection(host, timeout=20)) as connection:
            sent = body if body is None or isinstance(body, bytes) else json.dumps(body)
            connection.request(method, path, sent, headers)
            with connection.getresponse() as answer:
                data = answer.read()
        expected = (200, 201) if status is None else (status,)
        assert answer.status in expected, (answer.status, data)
        return json.loads(data) if answer.headers.get_content_type() == "application/json" else data

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def eventually(what, within_s: float = 30.0):
    """What a function gives once it is truthy; the loops of real nodes are waited for like this."""
    limit = time.monotonic() + within_s
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.05)
