"""Two live nodes under load, between which the network breaks and heals, again and again."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

from steerclear.interfaces.cli.node_file import NodeConfig, read_node_config
from steerclear.interfaces.line.limits import ANSWER_TIMEOUT_S, LONGEST_RETRY_S
from tests.app.loaded_nodes import LoadedPair
from tests.app.partition_proxy import PartitionProxy, Trouble
from tests.app.two_nodes import NodeProcess, free_ports, set_up

TROUBLES = tuple(trouble for trouble in Trouble if trouble is not Trouble.FORGOTTEN)
"""The troubles of which many are played. A connection that the network forgot without a word is given up only after the
time that an answer may take, so it is played apart.
"""
DRAINED_WITHIN_S = 10.0
FORGOTTEN_WITHIN_S = ANSWER_TIMEOUT_S + LONGEST_RETRY_S
GIVE_UP_AFTER_S = 60.0
SHORT_S = (0.05, 0.6)
LONG_S = (3.0, 9.0)
"""Some partitions last so long that the nodes try again as rarely as they ever do."""


@dataclass(frozen=True)
class Heal:
    """How long it took after a partition until all that had waited was received on the other side."""

    trouble: Trouble
    lasted_s: float
    drained_s: float


def part_nodes(folder: Path, troubles: list[Trouble], seed: int, long_every: int = 50) -> list[Heal]:
    """One partition per trouble, of one direction or both.

    Raises AssertionError when anything promised is lost, doubled or out of order afterwards, or never arrives.
    """
    draw = random.Random(seed)
    configs, proxies = _set_up_apart(folder, seed)
    pair = LoadedPair(folder, configs, pause_ms=60)
    heals = []
    try:
        pair.wait_ready()
        for number, trouble in enumerate(troubles, 1):
            time.sleep(draw.uniform(0.0, 0.1))
            lasted_s = draw.uniform(*(LONG_S if number % long_every == 0 else SHORT_S))
            parted = draw.choice((proxies, proxies, proxies[:1], proxies[1:]))
            for proxy in parted:
                proxy.trouble(trouble)
            time.sleep(lasted_s)
            for proxy in parted:
                proxy.heal()
            heals.append(Heal(trouble, lasted_s, _drained_s(pair.nodes)))
        pair.finish()
    finally:
        if pair.pids:
            pair.close()
        for proxy in proxies:
            proxy.close()
    return heals


def late(heals: list[Heal], within_s: float = DRAINED_WITHIN_S) -> list[str]:
    """What took longer than promised."""
    return [
        f"{heal.trouble.name} of {heal.lasted_s:.1f} s: drained {heal.drained_s:.1f} s after its heal"
        for heal in heals
        if heal.drained_s > within_s
    ]


def _set_up_apart(folder: Path, seed: int) -> tuple[dict[str, NodeConfig], list[PartitionProxy]]:
    """Two configured nodes, each of which reaches the other through a proxy only."""
    configs = set_up(folder)
    proxies = []
    for config, other in ((configs["north"], configs["south"]), (configs["south"], configs["north"])):
        target = int(other.file.line.listen.rpartition(":")[2])
        (port,) = free_ports(1)
        proxies.append(PartitionProxy(port, target, seed))
        path = config.folder / "node.toml"
        path.write_text(path.read_text().replace(f"https://127.0.0.1:{target}", f"https://127.0.0.1:{port}"))
    return {party: read_node_config(config.folder / "node.toml") for party, config in configs.items()}, proxies


def _drained_s(nodes: dict[str, NodeProcess]) -> float:
    """Wait until both sides have receipts for what they hold now; how long it took."""
    began_s = time.monotonic()
    held = {party: _outgoing(node)["size"] for party, node in nodes.items()}
    for party, node in nodes.items():
        while _outgoing(node)["received"] < held[party]:
            assert time.monotonic() - began_s < GIVE_UP_AFTER_S, f"what {party} said does not arrive after the heal"
            time.sleep(0.02)
    return time.monotonic() - began_s


def _outgoing(node: NodeProcess) -> dict:
    return node.call("GET", "/api/v1/status")["peers"][0]["outgoing"]
