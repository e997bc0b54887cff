"""A TCP proxy between a node and its peer's line port, that can do to the connections what networks do.

It runs in a thread of its own with an event loop of its own; a `Trouble` holds until `heal` is called.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Coroutine
from enum import Enum

CHUNK_BYTES = 16 * 1024


class Trouble(Enum):
    """What the network does to a link until it heals."""

    CUT = "connections end, in the middle of what they carry, and no new one is taken"
    RESET = "connections are reset, in the middle of what they carry, and so is every new one"
    STALL = "bytes wait, in both directions; after the heal all of them arrive"
    HALF_OPEN = "posts arrive, answers are swallowed; with the heal such connections are reset"
    DEAF = "posts are swallowed; with the heal such connections are reset"
    DELAY = "every piece is late by up to half a second, in order"
    FORGOTTEN = "all bytes are swallowed, and after the heal still, on the connections of that time"


class _Carried:
    """One connection through the proxy."""

    def __init__(self, writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]) -> None:
        self.writers = writers
        self.spoiled = False
        """Bytes were swallowed: it can never be whole again."""
        self.forgotten = False
        """Neither bytes nor an end go through any more."""

    def end(self, reset: bool) -> None:
        for writer in self.writers:
            with contextlib.suppress(OSError):
                if reset:
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort() if reset else writer.close()


class PartitionProxy:
    """Listens on a port of 127.0.0.1 and carries what comes to `target_port`."""

    def __init__(self, port: int, target_port: int, seed: int) -> None:
        self._target_port = target_port
        self._draw = random.Random(seed)
        self._trouble: Trouble | None = None
        self._carried: set[_Carried] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._open = asyncio.Event()
        self._open.set()
        self._server = self._do(asyncio.start_server(self._carry, "127.0.0.1", port))

    def trouble(self, what: Trouble) -> None:
        """Begin a partition."""
        self._do(self._begin(what))

    def heal(self) -> None:
        """End it."""
        self._do(self._end())

    def close(self) -> None:
        """Let go of the port and of all connections."""
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, what: Coroutine):
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _begin(self, what: Trouble) -> None:
        self._trouble = what
        for carried in self._carried:
            carried.forgotten = carried.forgotten or what is Trouble.FORGOTTEN
        if what is Trouble.STALL:
            self._open.clear()

    async def _end(self) -> None:
        self._trouble = None
        self._open.set()
        for carried in [carried for carried in self._carried if carried.spoiled and not carried.forgotten]:
            carried.end(reset=True)

    async def _stop(self) -> None:
        self._server.close()
        for carried in list(self._carried):
            carried.end(reset=True)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._trouble in (Trouble.CUT, Trouble.RESET):
            _Carried((writer, writer)).end(reset=self._trouble is Trouble.RESET)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.close()
            return
        carried = _Carried((writer, far_writer))
        carried.forgotten = self._trouble is Trouble.FORGOTTEN
        self._carried.add(carried)
        both = [
            asyncio.ensure_future(self._pump(carried, reader, far_writer, posts=True)),
            asyncio.ensure_future(self._pump(carried, far_reader, writer, posts=False)),
        ]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if carried.forgotten:
                await asyncio.wait(both)
        finally:
            for pump in both:
                pump.cancel()
            carried.end(reset=False)
            self._carried.discard(carried)

    async def _pump(
        self, carried: _Carried, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, posts: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                await self._open.wait()
                if self._trouble in (Trouble.CUT, Trouble.RESET):
                    writer.write(data[: self._draw.randrange(len(data))])
                    await writer.drain()
                    carried.end(reset=self._trouble is Trouble.RESET)
                    return
                if self._trouble is Trouble.DELAY:
                    await asyncio.sleep(self._draw.uniform(0.0, 0.5))
                carried.spoiled = carried.spoiled or self._swallows(posts)
                if not carried.spoiled and not carried.forgotten:
                    writer.write(data)
                    await writer.drain()

    def _swallows(self, posts: bool) -> bool:
        return self._trouble is (Trouble.DEAF if posts else Trouble.HALF_OPEN)
