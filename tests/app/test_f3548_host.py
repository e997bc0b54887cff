"""`steerclear serve` with an [f3548] section: a DSS host on its own, its durability, and the tools for tests."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from steerclear.interfaces.cli.f3548_file import read_host_config
from steerclear.interfaces.cli.file_fields import NodeFileError
from steerclear.interfaces.f3548.times import write_moment
from tests.app.f3548_process import HostProcess, steerclear
from tests.postgres_cluster import Cluster

INTENTS = "/dss/v1/operational_intent_references"
KILLS = 3


def body(latitude: float) -> dict[str, Any]:
    now = time.time()
    heights = {
        name: {"value": value, "reference": "W84", "units": "M"}
        for name, value in (("altitude_lower", 0.0), ("altitude_upper", 100.0))
    }
    outline = {"center": {"lat": latitude, "lng": 8.0}, "radius": {"value": 50.0, "units": "M"}}
    times = {
        name: {"value": write_moment(at), "format": "RFC3339"}
        for name, at in (("time_start", now), ("time_end", now + 3_600))
    }
    volume = {"volume": {"outline_circle": outline} | heights} | times
    return {"extents": [volume], "state": "Accepted", "uss_base_url": "https://uss1.example.com"}


@pytest.mark.requirement("SC-DSS-70")
def test_no_created_intent_is_lost_when_the_process_dies(tmp_path: Path) -> None:
    host = HostProcess(tmp_path / "host")
    created: dict[str, str] = {}
    chance = random.Random(4)
    for round_ in range(KILLS):
        host.start()
        with host.client() as client:
            for entity_id, ovn in created.items():
                found = client.get(f"{INTENTS}/{entity_id}")
                assert found.status_code == 200, f"{entity_id} was created and is gone"
                assert found.json()["operational_intent_reference"]["ovn"] == ovn
        dying = threading.Event()

        def create(thread: int, round_: int = round_, dying: threading.Event = dying) -> None:
            with host.client() as client:
                for number in range(10_000):
                    entity_id = str(uuid.uuid4())
                    latitude = -80.0 + round_ * 40.0 + thread * 5.0 + number * 0.002
                    try:
                        answer = client.put(f"{INTENTS}/{entity_id}", json=body(latitude))
                    except httpx.HTTPError:
                        assert dying.is_set()
                        return
                    assert answer.status_code == 201, answer.text
                    created[entity_id] = answer.json()["operational_intent_reference"]["ovn"]

        threads = [threading.Thread(target=create, args=(thread,)) for thread in range(4)]
        before = len(created)
        for thread in threads:
            thread.start()
        enough = chance.randrange(20, 120)
        while len(created) < before + enough:
            time.sleep(0.005)
        dying.set()
        host.stop(signal.SIGKILL)
        for thread in threads:
            thread.join(30)
    host.start()
    with host.client() as client:
        missing = [one for one in created if client.get(f"{INTENTS}/{one}").status_code != 200]
    assert host.stop() == 0
    assert not missing
    assert len(created) >= 20 * KILLS


@pytest.mark.requirement("SC-DSS-71")
def test_two_instances_of_one_pool(tmp_path: Path, cluster: Cluster) -> None:
    url = cluster.cleaned()
    hosts = [HostProcess(tmp_path / name, f'store = "{url}"\ninstance = "{name}"\n') for name in ("one", "two")]
    try:
        for host in hosts:
            host.start()
        with hosts[0].client() as here, hosts[1].client() as there:
            entity_id = str(uuid.uuid4())
            assert here.put(f"{INTENTS}/{entity_id}", json=body(10.0)).status_code == 201
            assert there.get(f"{INTENTS}/{entity_id}", headers=hosts[1].headers()).status_code == 200
            reading = hosts[0].headers(scope="interuss.pool_status.read")
            instances = here.get("/aux/v1/pool/dss_instances", headers=reading).json()["dss_instances"]
            assert [one["id"] for one in instances] == ["one", "two"]
            assert all(one["most_recent_heartbeat"]["next_heartbeat_expected_before"] for one in instances)
    finally:
        for host in hosts:
            host.stop()


@pytest.mark.requirement("SC-DSS-72")
def test_tokens_for_tests_are_made_offline_and_served(tmp_path: Path) -> None:
    host = HostProcess(tmp_path / "host")
    key = str(host.folder / "issuer.key")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    issuer = subprocess.Popen(
        steerclear("f3548", "issuer", key, "--listen", f"127.0.0.1:{port}"), stderr=subprocess.DEVNULL
    )
    try:
        host.start()
        made = subprocess.run(
            steerclear(
                "f3548",
                "token",
                key,
                "--sub",
                "uss9",
                "--aud",
                "dss.example.com",
                "--scope",
                "utm.strategic_coordination",
            ),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        query = {
            "grant_type": "client_credentials",
            "scope": "utm.strategic_coordination utm.constraint_processing",
            "intended_audience": "dss.example.com",
            "issuer": "dummy",
            "sub": "uss9",
        }
        served = ""
        until = time.monotonic() + 60.0
        while not served:
            try:
                served = httpx.get(f"http://127.0.0.1:{port}/token", params=query).json()["access_token"]
            except httpx.ConnectError:
                assert time.monotonic() < until
                time.sleep(0.05)
        for token in (made, served):
            answer = httpx.get(
                f"{host.url}/aux/v1/validate_oauth?owner=uss9", headers={"Authorization": f"Bearer {token}"}
            )
            assert answer.status_code == 200
    finally:
        issuer.terminate()
        issuer.wait(30)
        if host.process is not None:
            host.stop()


@pytest.mark.requirement("SC-DSS-73")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[f3548]\nlisten="x"\naudiences=["a"]\ndata="d"\nissuer_keys=["k"]\n', "listen"),
        ('[f3548]\nlisten="127.0.0.1:0"\naudiences=[]\ndata="d"\nissuer_keys=["k"]\n', "audiences"),
        ('[f3548]\nlisten="127.0.0.1:0"\naudiences=["a"]\ndata="d"\n', "issuer_keys"),
        ('[f3548]\nlisten="127.0.0.1:0"\naudiences=["a"]\ndata="d"\nissuer_keys=["k"]\ntls_key="x"\n', "tls_cert"),
        (
            '[f3548]\nlisten="127.0.0.1:0"\naudiences=["a"]\ndata="d"\nissuer_keys=["k"]\n[f3548.dss]\nstore="x"',
            "store",
        ),
        ('[f3548]\nlisten="127.0.0.1:0"\naudiences=["a"]\ndata="d"\nissuer_keys=["k"]\nx=1\n', "x"),
        ("[f3548]\n[other]\n", "listen"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_key(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "host.toml"
    file.write_text(text)
    with pytest.raises(NodeFileError, match=told):
        read_host_config(file)
