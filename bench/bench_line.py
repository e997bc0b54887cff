"""How fast the line is: two real nodes on loopback, TLS both ways, each message durable on both before its receipt.

A message counts from the call that sends it until its sender has checked and stored the peer's cosigned checkpoint that
covers it. The sending node runs in this process, the receiving one in a process of its own. Times are as noisy as the
machine: rates are the best of a few rounds, times median and 99th percentile.
Run `python -m bench.bench_line [--messages N] [--rate R]`; `measure` gives the same numbers as a dict for JSON.
"""

import argparse
import asyncio
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from steerclear.app.node import Node
from steerclear.interfaces.agreement_file import encode_agreement, sign_agreement
from steerclear.interfaces.cli.node_file import read_node_config, read_runtime
from steerclear.model.agreement import Agreement, Desk, FleetRule, LineCheckSchedule, Party, PartyKeys, SeparationMinima
from steerclear.model.alert import AlertChange, AlertEvent, AlertKind, AlertNumbers, AlertSubject, Severity
from steerclear.model.keys import KeyRole
from steerclear.model.messages import AlertNotice
from steerclear.model.track import Identity
from steerclear.services.exchange import Draft
from steerclear.services.line_end import LineEnd
from steerclear.store.key_files import PublicKeys, create_keys, key_path, load_private_key
from steerclear.tlog import Ed25519Signer

PARTIES = ("north", "south")
ROUNDS = 3
IN_FLIGHT = 2_000
_SERVE = "import sys; from steerclear.app.main import main; main(['serve', '--config', sys.argv[1]])"


def measure(directory: Path, messages: int = 4_000, rate_per_s: float = 1_000.0) -> dict[str, float]:
    """All numbers by name; the unit is the last word of a name."""
    with _two_nodes(directory) as node:
        line = node.exchange.line("south")
        _flood(node, line, 500)  # first connection, first plans of the store: not what is measured
        rates = [_flood(node, line, messages) for _ in range(ROUNDS)]
        paced = sorted(_paced(node, line, messages, rate_per_s))
        alone = sorted(_paced(node, line, 200, 20.0))
    return {
        "messages_per_s": max(rates),
        "offered_per_s": rate_per_s,
        "receipt_median_ms": statistics.median(paced) * 1e3,
        "receipt_p99_ms": _p99(paced) * 1e3,
        "alone_receipt_median_ms": statistics.median(alone) * 1e3,
        "alone_receipt_p99_ms": _p99(alone) * 1e3,
    }


def _flood(node: Node, line: LineEnd, messages: int) -> float:
    """Messages per second with as many in flight as a busy node may have."""
    start_s = time.perf_counter()
    first = line.received_size
    for number in range(messages):
        node.exchange.send([Draft("south", _notice)])
        while first + number - line.received_size > IN_FLIGHT:
            time.sleep(0.001)
    while line.received_size < first + messages:
        time.sleep(0.001)
    return messages / (time.perf_counter() - start_s)


def _paced(node: Node, line: LineEnd, messages: int, rate_per_s: float) -> list[float]:
    """Seconds from send to verified receipt, at a steady rate; a late sender makes the message's time longer."""
    first = line.received_size
    due_s = [time.perf_counter() + 0.05 + number / rate_per_s for number in range(messages)]
    taken_s: list[float] = []

    def watch() -> None:
        while len(taken_s) < messages:
            now_s, received = time.perf_counter(), line.received_size - first
            taken_s.extend(now_s - due_s[number] for number in range(len(taken_s), received))
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for moment_s in due_s:
        while (wait_s := moment_s - time.perf_counter()) > 0:
            time.sleep(wait_s)
        node.exchange.send([Draft("south", _notice)])
    watcher.join()
    return taken_s


def _p99(ordered: list[float]) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]


@contextmanager
def _two_nodes(directory: Path) -> Iterator[Node]:
    """North in this process, south in its own; both are up and talk when this gives north."""
    configs = _set_up(directory)
    south_config = read_node_config(configs["south"])
    south = subprocess.Popen([sys.executable, "-c", _SERVE, str(configs["south"])])
    ready: list[Node] = []
    thread = threading.Thread(target=lambda: asyncio.run(_run(configs["north"], ready)), daemon=True)
    thread.start()
    while not ready or read_runtime(south_config) is None or ready[0].exchange.line("south").link != "up":
        if south.poll() is not None or not thread.is_alive():
            raise RuntimeError("a node did not start")
        time.sleep(0.02)
    node = ready[0]
    try:
        yield node
    finally:
        node.loop.call_soon_threadsafe(node.stop)  # type: ignore[attr-defined]
        thread.join()
        south.terminate()
        south.wait(20)


async def _run(config: Path, ready: list[Node]) -> None:
    node = Node(read_node_config(config))
    node.loop = asyncio.get_running_loop()  # type: ignore[attr-defined]
    ready.append(node)
    await node.run()


def _set_up(directory: Path) -> dict[str, Path]:
    public = {party: create_keys(directory / party / "keys", party, time.time()) for party in PARTIES}
    agreement = encode_agreement(_agreement(public))
    signatures = None
    for party in PARTIES:
        root = load_private_key(key_path(directory / party / "keys", KeyRole.ROOT))
        signatures = sign_agreement(agreement, signatures, Ed25519Signer(party, root))
    (directory / "agreement.toml").write_bytes(agreement)
    (directory / "agreement.sig").write_bytes(signatures or b"")
    held = {party: socket.create_server(("127.0.0.1", 0)) for party in PARTIES}
    ports = {party: bound.getsockname()[1] for party, bound in held.items()}
    for bound in held.values():
        bound.close()
    configs = {}
    for party, peer in (PARTIES, PARTIES[::-1]):
        configs[party] = directory / party / "node.toml"
        configs[party].write_text(f'''\
[node]
party = "{party}"
agreement = "../agreement.toml"
signatures = "../agreement.sig"
data = "data"
[keys]
signing = "keys/signing.key"
witness = "keys/witness.key"
tls_key = "keys/tls.key"
tls_certificate = "keys/tls.crt"
[line]
listen = "127.0.0.1:{ports[party]}"
[local]
listen = "127.0.0.1:0"
[[peers]]
party = "{peer}"
url = "https://127.0.0.1:{ports[peer]}"
certificate = "../{peer}/keys/tls.crt"
certificate_sha256 = "{public[peer].certificate_sha256.hex()}"
''')
    return configs


def _agreement(public: dict[str, PublicKeys]) -> Agreement:
    return Agreement(
        agreement_id="bench",
        version=1,
        title="Bench",
        in_force_from_s=0.0,
        parties=tuple(
            Party(
                party_id=party,
                name=party,
                agencies=(party,),
                desks=(Desk(desk_id="desk", functions=("duty officer",)),),
                fleet=FleetRule(callsign_prefixes=(party[:1].upper(),)),
                keys=PartyKeys(root=keys.root, signing=keys.signing, witness=keys.witness),
            )
            for party, keys in public.items()
        ),
        minima=SeparationMinima(horizontal_m=9_260.0, vertical_m=304.8, lookahead_s=300.0),
        time_in_breach=None,
        zones=(),
        deadlines=(),
        line_checks=LineCheckSchedule(every_s=86_400.0, answer_within_s=3_600.0),
    )


def _notice(message_id: str) -> AlertNotice:
    """An alert about a pair, with all its numbers: the longest kind of message that is common."""
    subjects = tuple(
        AlertSubject(
            track_id=f"icao-{index}",
            identity=Identity(icao_address=0x400000 + index, callsign=f"N{index}"),
            party=party,
            latitude_deg=46.5,
            longitude_deg=7.25,
            altitude_m=3_048.0,
            east_mps=120.5,
            north_mps=-33.25,
            up_mps=0.0,
            report_time_s=1.8e9,
        )
        for index, party in enumerate(PARTIES)
    )
    numbers = AlertNumbers(
        horizontal_now_m=15_000.0,
        vertical_now_m=90.0,
        time_to_loss_s=62.0,
        time_to_closest_s=84.0,
        horizontal_closest_m=2_222.0,
        vertical_closest_m=90.0,
        minimum_horizontal_m=9_260.0,
        minimum_vertical_m=304.8,
    )
    alert = AlertEvent(
        alert_id=f"separation/{message_id}",
        kind=AlertKind.SEPARATION,
        change=AlertChange.RAISED,
        severity=Severity.WARNING,
        time_s=1.8e9,
        subjects=subjects,
        parties=PARTIES,
        numbers=numbers,
        reason="closest in 84 s at 1.2 NM, 300 ft",
    )
    return AlertNotice(
        message_id=message_id, to_function="duty officer", alert=alert, acknowledge_by_s=time.time() + 600.0
    )


def main() -> None:
    """Measure and print a small table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=4_000)
    parser.add_argument("--rate", type=float, default=1_000.0, help="messages per second of the paced run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        for name, value in measure(Path(directory), options.messages, options.rate).items():
            print(f"{name:<28}{value:>12,.1f}")


if __name__ == "__main__":
    main()
