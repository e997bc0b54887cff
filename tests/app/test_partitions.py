"""Promise 4: over real sockets that break and heal under load, nothing is lost, doubled or put in another order.

STEERCLEAR_PARTITIONS sets the number of partitions (50 unless told otherwise; about a second each).
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import threading

import pytest

from tests.app.partition_proxy import PartitionProxy, Trouble
from tests.app.partitions import TROUBLES, late, part_nodes
from tests.app.two_nodes import free_ports

PARTITIONS = int(os.environ.get("STEERCLEAR_PARTITIONS", "50"))
PARTITIONS_A_PAIR = 50


@pytest.mark.requirement("SC-PRM-04")
def test_partitions_lose_nothing_and_all_is_drained_soon_after_each(tmp_path):
    for seed, first in enumerate(range(0, PARTITIONS, PARTITIONS_A_PAIR)):
        draw = random.Random(seed)
        troubles = [draw.choice(TROUBLES) for _ in range(min(PARTITIONS_A_PAIR, PARTITIONS - first))]
        heals = part_nodes(tmp_path / str(seed), troubles, seed)
        assert len(heals) == len(troubles)
        assert late(heals) == []


@pytest.fixture
def echo_port():
    """A port that sends back what it gets."""

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=send_back, args=(connection,), daemon=True).start()

    def send_back(connection):
        with contextlib.suppress(OSError), connection:
            while data := connection.recv(4096):
                connection.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def heard(connection: socket.socket, within_s: float) -> bytes | None:
    """What comes back within a time: bytes, none at the end of the connection, None when nothing does."""
    connection.settimeout(within_s)
    try:
        return connection.recv(4096)
    except TimeoutError:
        return None
    except ConnectionResetError:
        return b"reset"


@pytest.mark.parametrize(
    ("trouble", "during", "after"),
    [
        (Trouble.CUT, b"", None),
        (Trouble.RESET, b"reset", None),
        (Trouble.STALL, None, b"more"),
        (Trouble.HALF_OPEN, None, b"reset"),
        (Trouble.DEAF, None, b"reset"),
        (Trouble.DELAY, None, b"more"),
        (Trouble.FORGOTTEN, None, None),
    ],
)
def test_each_trouble_does_what_it_is_called_after(echo_port, trouble, during, after):
    (port,) = free_ports(1)
    proxy = PartitionProxy(port, echo_port, seed=3)
    try:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"before")
            assert heard(connection, 5.0) == b"before"
            proxy.trouble(trouble)
            connection.sendall(b"more")
            found = heard(connection, 0.05 if trouble is Trouble.DELAY else 0.3)
            if during == b"" and found:  # ended in the middle of what it carried
                assert b"more".startswith(found)
                found = heard(connection, 0.3)
            assert found == during
            proxy.heal()
            if during is None:
                assert heard(connection, 1.5 if after else 0.3) == after
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"anew")
            assert heard(connection, 5.0) == b"anew"
    finally:
        proxy.close()
