"""How fast the line is: two real nodes on loopback, TLS both ways, each message durable on both before its receipt.

A message has its receipt when its sender has checked and stored the peer's cosigned checkpoint that covers it. The
sending node runs in this process, the receiving one in a process of its own; `line_pace` says what is sent when.
Run `python -m bench.bench_line [--quick] [--rate R] [--seconds S]`; `measure` gives the same numbers as a dict.
"""

import argparse
import asyncio
import socket
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench import machine
from bench.line_pace import FULL, QUICK, Course, Receipts, run_course
from steerclear.app.node import Node
from steerclear.dialogue.entry import encode_content
from steerclear.dialogue.limits import SALT_BYTES
from steerclear.interfaces.agreement_file import encode_agreement, sign_agreement
from steerclear.interfaces.cli.node_file import read_node_config, read_runtime
from steerclear.model.agreement import Agreement, Desk, FleetRule, LineCheckSchedule, Party, PartyKeys, SeparationMinima
from steerclear.model.alert import AlertChange, AlertEvent, AlertKind, AlertNumbers, AlertSubject, Severity
from steerclear.model.keys import KeyRole
from steerclear.model.messages import AlertNotice
from steerclear.model.track import Identity
from steerclear.services.exchange import Draft
from steerclear.store.key_files import PublicKeys, create_keys, key_path, load_private_key
from steerclear.tlog import Ed25519Signer

PARTIES = ("north", "south")
_SERVE = "import sys; from steerclear.app.main import main; main(['serve', '--config', sys.argv[1]])"


def measure(directory: Path, course: Course = FULL) -> dict[str, float]:
    """All numbers by name; the unit is the last word of a name."""
    with _two_nodes(directory) as node:
        return asyncio.run(_run_course(node, course))


async def _run_course(node: Node, course: Course) -> dict[str, float]:
    line = _NodeLine(node)
    watching = asyncio.create_task(line.watch())
    try:
        return await run_course(line, course)
    finally:
        watching.cancel()


class _NodeLine:
    """The line to south as the course sees it. Messages go in one by one, as desks and detection send them."""

    def __init__(self, node: Node) -> None:
        self.receipts = Receipts()
        self._exchange = node.exchange
        self._end = node.exchange.line("south")
        self._places: list[int] = []
        """Of each message in the log: entries of the node's own, such as line checks, stand between them."""

    async def offer(self, numbers: range) -> None:
        for _ in numbers:
            [message_id] = self._exchange.send([Draft("south", notice)]).message_ids
            place = self._end.terms.outgoing.sequence_of(message_id)
            assert place is not None
            self._places.append(place)

    async def watch(self) -> None:
        """Note every receipt as the node stores it, within a millisecond."""
        while True:
            received = bisect_left(self._places, self._end.received_size)
            for number in range(len(self.receipts.taken_s), received):
                self.receipts.take(number)
            await asyncio.sleep(0.001)


def message_bytes() -> bytes:
    """A message as it is sent, without signature or envelope: what the peers carry is as long."""
    return encode_content(notice("north-south/1000"), bytes(SALT_BYTES))


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
witness_ml_dsa = "keys/witness-ml-dsa.key"
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
                keys=PartyKeys(
                    root=keys.root,
                    signing=keys.signing,
                    witness=keys.witness,
                    witness_ml_dsa=keys.witness_ml_dsa,
                ),
            )
            for party, keys in public.items()
        ),
        minima=SeparationMinima(horizontal_m=9_260.0, vertical_m=304.8, lookahead_s=300.0),
        time_in_breach=None,
        zones=(),
        deadlines=(),
        line_checks=LineCheckSchedule(every_s=86_400.0, answer_within_s=3_600.0),
    )


def notice(message_id: str) -> AlertNotice:
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
    parser.add_argument("--quick", action="store_true", help="a look, not a result")
    parser.add_argument("--rate", type=float, default=FULL.rate_per_s, help="messages per second of the paced run")
    parser.add_argument("--seconds", type=float, help="length of the flood and of the paced run")
    options = parser.parse_args()
    course = QUICK if options.quick else FULL
    course = replace(course, rate_per_s=options.rate, seconds=options.seconds or course.seconds)
    with tempfile.TemporaryDirectory(dir=machine.ROOT / "bench", prefix="results-") as directory:
        for name, value in measure(Path(directory), course).items():
            print(f"{name:<28}{value:>12,.1f}")


if __name__ == "__main__":
    main()
