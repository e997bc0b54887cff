"""A peer on a real socket that answers whatever a test wants, also what no HTTP server would send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

Reply = Callable[[str, str, bytes], Awaitable[bytes]]
"""(method, path, body) -> the raw bytes of the answer."""


def http(status: int, body: bytes = b"", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join([*head, "Connection: close", "", ""]).encode() + body


def http_json(status: int, content: Any) -> bytes:
    return http(status, json.dumps(content).encode())


class MockPeer:
    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[tuple[str, str, bytes]] = []
        self._server: asyncio.Server | None = None
        self.url = ""

    async def __aenter__(self) -> MockPeer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    def of(self, method: str, part: str) -> list[tuple[str, str, bytes]]:
        return [one for one in self.asked if one[0] == method and part in one[1]]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            method, path, _ = (await reader.readline()).decode().split(" ", 2)
            length = 0
            while line := (await reader.readline()).strip():
                name, _, value = line.decode().partition(":")
                if name.lower() == "content-length":
                    length = int(value)
            body = await reader.readexactly(length)
            self.asked.append((method, path, body))
            writer.write(await self.reply(method, path, body))
            await writer.drain()
        except (ConnectionError, ValueError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
