"""NATS JetStream as a line: file storage synced at every write, TLS, one stream each way.

The sender publishes to the stream `notices` and does not wait for one acknowledgement before the next message. The
receiver publishes what it received, with its SHA-256, to the stream `receipts`, and acknowledges a message once its
receipt is stored; the sender follows that stream. `single`: a receipt and an acknowledgement for each message.
`grouped`: one receipt for all that is waiting, and one acknowledgement up to the last of them.
"""

import asyncio
import json
import os
import secrets
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, StorageType

from bench.line_peers import (
    SECRET,
    Ledger,
    numbered,
    program_path,
    receipt_of,
    receiver,
    server,
    until_up,
    write_certificate,
)

NOTICES: Final = "notices"
RECEIPTS: Final = "receipts"
MOST_TOGETHER: Final = 500
"""Messages under one receipt, or receipts on their way at a time."""

UNACKNOWLEDGED: Final = 4_000
"""Messages the server hands out before one is acknowledged: more than the course ever has in flight."""

PUBLISH_TIMEOUT_S: Final = 60.0


@asynccontextmanager
async def open_line(folder: Path, body: bytes, mode: str) -> AsyncIterator["_Line"]:
    """Server, receiver and sender."""
    certificate, key = write_certificate(folder)
    secret = secrets.token_hex(16)
    config = folder / "server.conf"
    config.write_text(f"""\
host: "127.0.0.1"
port: -1
ports_file_dir: {json.dumps(str(folder))}
tls {{ cert_file: {json.dumps(str(certificate))}, key_file: {json.dumps(str(key))} }}
authorization {{ token: "{secret}" }}
jetstream {{ store_dir: {json.dumps(str(folder / "store"))}, sync_interval: always }}
""")
    log = folder / "server.log"
    with server([str(program_path("nats-server")), "--config", str(config)], log) as process:
        ports = folder / f"nats-server_{process.pid}.ports"

        async def is_up() -> bool:
            return ports.is_file() and ports.read_text().rstrip().endswith("}")

        await until_up(process, is_up, log)
        url = json.loads(ports.read_text())["nats"][0]
        client = await _connect(url, certificate, secret)
        try:
            for stream in (NOTICES, RECEIPTS):
                await _context(client).add_stream(name=stream, subjects=[stream], storage=StorageType.FILE)
            line = _Line(client, body)
            await line.follow()
            async with receiver(__name__, [url, str(certificate), mode], secret):
                yield line
        finally:
            await client.close()


class _Line:
    """The sender."""

    def __init__(self, client: Client, body: bytes) -> None:
        self._ledger = Ledger()
        self._context = _context(client)
        self._body = body
        self.receipts = self._ledger.receipts

    async def follow(self) -> None:
        """Take receipts as they come."""

        async def take(message: Msg) -> None:
            self._ledger.take(message.data)
            await message.ack()

        settings = ConsumerConfig(max_ack_pending=UNACKNOWLEDGED)
        await self._context.subscribe(RECEIPTS, durable="north", cb=take, manual_ack=True, config=settings)

    async def offer(self, numbers: range) -> None:
        for number in numbers:
            message = numbered(number, self._body)
            self._ledger.note(message)
            # Stored once its receipt comes: the receiver sees nothing that the stream does not hold.
            await self._context.publish_async(NOTICES, message)


async def receive(url: str, certificate: Path, mode: str) -> None:
    """The receiving process; never returns."""
    client = await _connect(url, certificate, os.environ[SECRET])
    context = _context(client)
    waiting: asyncio.Queue[Msg] = asyncio.Queue()
    policy = AckPolicy.ALL if mode == "grouped" else AckPolicy.EXPLICIT
    settings = ConsumerConfig(ack_policy=policy, max_ack_pending=UNACKNOWLEDGED)
    await context.subscribe(NOTICES, durable="south", cb=waiting.put, manual_ack=True, config=settings)
    print("ready", flush=True)
    while True:
        group = [await waiting.get()]
        while len(group) < MOST_TOGETHER and not waiting.empty():
            group.append(waiting.get_nowait())
        if mode == "grouped":
            await context.publish(RECEIPTS, b"".join(receipt_of(message.data) for message in group))
            await group[-1].ack()
            continue
        stored = [await context.publish_async(RECEIPTS, receipt_of(message.data)) for message in group]
        for message, receipt in zip(group, stored, strict=True):
            await receipt
            await message.ack()


async def _connect(url: str, certificate: Path, secret: str) -> Client:
    trusted = ssl.create_default_context(cafile=str(certificate))
    return await nats.connect(url, tls=trusted, token=secret, allow_reconnect=False)


def _context(client: Client) -> Any:
    return client.jetstream(timeout=PUBLISH_TIMEOUT_S, publish_async_max_pending=UNACKNOWLEDGED)


if __name__ == "__main__":
    asyncio.run(receive(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
