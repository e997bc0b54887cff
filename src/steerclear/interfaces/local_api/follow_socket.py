"""The journal as a WebSocket: every event after a given one, in order, without gap or repeat, as it becomes durable.

Nothing is kept per follower but its place: each page is read from the journal when the one before has been taken. A
follower that takes nothing for too long is dropped and comes again with its last sequence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec
from litestar import WebSocket, websocket
from litestar.handlers import WebsocketRouteHandler

from steerclear.interfaces.local_api.answers import JournalItem, Problem
from steerclear.interfaces.local_api.follow_protocol import DROP_CONNECTION
from steerclear.interfaces.local_api.limits import (
    CLOSE_GRACE_S,
    FOLLOW_PAGE_ROWS,
    MAX_FOLLOWERS,
    MAX_SEQUENCE,
    TAKE_TIMEOUT_S,
)
from steerclear.interfaces.local_api.roles import RoleToken, role_of
from steerclear.store.entries import JournalRow
from steerclear.store.errors import StoreError
from steerclear.store.protocol import Journal

SUBPROTOCOL: Final = "steerclear.journal.v1"
TOKEN_SUBPROTOCOL: Final = "steerclear.token."  # noqa: S105 the prefix, not a token
"""A page cannot set headers on a WebSocket: it offers this prefix with its token as a second subprotocol instead."""

SPOKE: Final = 1003
STORE_TROUBLE: Final = 1011
TOO_SLOW: Final = 4008
"""Private close code: the follower did not take an event within the time; it may come again."""

_encoder = msgspec.json.Encoder()

AnySocket = WebSocket[Any, Any, Any]


def follow_routes(path: str, journal: Journal, tokens: Sequence[RoleToken]) -> list[WebsocketRouteHandler]:
    """The route that followers connect to."""
    followers = _Followers(journal)

    @websocket(path)
    async def follow(socket: AnySocket) -> None:
        authorization, subprotocol = _shown_token(socket)
        after = _after(socket)
        if role_of(authorization, tokens) is None:
            await _refuse(socket, 401, "send the token of a role: Authorization: Bearer ...")
        elif after is None:
            await _refuse(socket, 400, f"after: a sequence, 0..{MAX_SEQUENCE}")
        elif followers.count >= MAX_FOLLOWERS:
            await _refuse(socket, 503, f"{MAX_FOLLOWERS} follow the journal already; end one of them")
        else:
            with suppress(OSError):  # the follower has gone: uvicorn's ClientDisconnected is an OSError
                await followers.serve(socket, after, subprotocol)

    return [follow]


class _Followers:
    """Wakes every follower when something was stored."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._bells: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        journal.on_commit(self._on_commit)

    @property
    def count(self) -> int:
        """Followers now."""
        return len(self._bells)

    async def serve(self, socket: AnySocket, after: int, subprotocol: str | None) -> None:
        """Send events until the follower leaves, or takes none for too long."""
        self._loop = asyncio.get_running_loop()
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            await socket.accept(subprotocols=subprotocol)
            leaving = asyncio.ensure_future(socket.receive())
            try:
                await self._send_all(socket, after, bell, leaving)
            finally:
                leaving.cancel()
        finally:
            self._bells.discard(bell)

    async def _send_all(self, socket: AnySocket, after: int, bell: asyncio.Event, leaving: asyncio.Future[Any]) -> None:
        while not leaving.done():
            bell.clear()  # before reading: what is stored from here on rings again
            try:
                rows = await asyncio.to_thread(self._journal.journal, after, FOLLOW_PAGE_ROWS)
            except StoreError as trouble:
                await _close(socket, STORE_TROUBLE, f"store: {trouble}")
                return
            for row in rows:
                try:
                    await asyncio.wait_for(socket.send_text(_frame(row)), TAKE_TIMEOUT_S)
                except TimeoutError:
                    await _close(socket, TOO_SLOW, f"no event taken for {TAKE_TIMEOUT_S:g} s; come again")
                    return
                after = row.sequence
            if not rows:
                ringing = asyncio.ensure_future(bell.wait())
                await asyncio.wait((ringing, leaving), return_when=asyncio.FIRST_COMPLETED)
                ringing.cancel()
        if leaving.result()["type"] == "websocket.receive":
            await _close(socket, SPOKE, "this socket only tells; ask on the other routes")

    def _on_commit(self, _sequence: int) -> None:
        """On the writer's thread."""
        if self._loop is not None and self._bells:
            with suppress(RuntimeError):  # the loop is closed when the node has stopped
                self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()


def _frame(row: JournalRow) -> str:
    item = JournalItem(sequence=row.sequence, kind=row.kind, time_s=row.time_s, event=msgspec.Raw(row.payload))
    return _encoder.encode(item).decode()


def _shown_token(socket: AnySocket) -> tuple[str | None, str | None]:
    """The Authorization header, or what stands for it, and the subprotocol to answer with (never the token)."""
    offered = [str(name) for name in socket.scope.get("subprotocols", [])]
    subprotocol = SUBPROTOCOL if SUBPROTOCOL in offered else None
    authorization = socket.headers.get("authorization")
    if authorization is None:
        token = next((name for name in offered if name.startswith(TOKEN_SUBPROTOCOL)), None)
        authorization = None if token is None else f"Bearer {token.removeprefix(TOKEN_SUBPROTOCOL)}"
    return authorization, subprotocol


def _after(socket: AnySocket) -> int | None:
    text = socket.query_params.get("after", "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_SEQUENCE))):
        return None
    return int(text) if int(text) <= MAX_SEQUENCE else None


async def _refuse(socket: AnySocket, status: int, problem: str) -> None:
    """Answer the handshake with a problem, as any other route does."""
    send: Callable[[Any], Any] = socket.send
    headers = [(b"content-type", b"application/json")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": _encoder.encode(Problem(problem=problem))})


async def _close(socket: AnySocket, code: int, reason: str) -> None:
    """Say why, if the follower takes that much; then the connection ends either way."""
    try:
        await asyncio.wait_for(socket.close(code, reason[:100]), CLOSE_GRACE_S)
    except TimeoutError:
        drop = socket.scope["state"].get(DROP_CONNECTION)
        if drop is not None:
            drop()
