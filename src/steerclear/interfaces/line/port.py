"""The line's port: a peer posts entries of its log and gets back its checkpoint, cosigned, or a named refusal.

One operation, answered straight over ASGI: what a framework does for each request would be done for every post.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import Executor
from hashlib import sha256
from typing import Any, Final, TypeAlias

import msgspec

from steerclear.dialogue.batch import encode_refusal
from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.limits import MAX_BODY_BYTES
from steerclear.interfaces.line.limits import BODY_TIMEOUT_S
from steerclear.interfaces.line.peer_certificate import PEER_CERTIFICATE
from steerclear.services.exchange import Exchange
from steerclear.store.errors import StoreError

POST_PATH: Final = "/line/v1/entries"
BATCH_TYPE: Final = "application/vnd.steerclear.batch"
NOTE_TYPE: Final = "application/vnd.steerclear.checkpoint"
REFUSAL_TYPE: Final = "application/vnd.steerclear.refusal+json"
_TEXT: Final = "text/plain"

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_logger = logging.getLogger("steerclear.line")


class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes = b""
    kind: str = _TEXT


class _TurnedAwayError(Exception):
    """A request that is no post of a peer of ours; nothing of it is looked at."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def line_port(
    exchange: Exchange, parties_by_certificate: Mapping[bytes, str], threads: Executor | None = None
) -> Application:
    """The application behind the line's port; certificates are known by the SHA-256 of their DER bytes.

    A peer's posts are taken one after the other, and wait for their turn without a thread: one that opens all the
    connections there are holds up nobody but itself. `threads` are for that work; without them the event loop's.
    """
    turns = {party: asyncio.Lock() for party in parties_by_certificate.values()}

    async def port(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # there is nothing else here
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
            return
        try:
            _check_place(scope)
            peer = _party_of(scope, parties_by_certificate)
            body = await _plain_body(scope, receive)
            async with turns[peer]:
                answer = await _taken(exchange, peer, body, threads)
        except _TurnedAwayError as turned_away:
            answer = _Answer(turned_away.status, str(turned_away).encode())
        except Exception as error:
            # Nobody foresaw it: nothing of the post is kept, and the peer comes again.
            _logger.error("a post could not be taken", exc_info=error)
            answer = _Answer(500)
        headers = [(b"content-type", answer.kind.encode()), (b"content-length", str(len(answer.body)).encode())]
        if answer.status == 204:
            headers = []
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    return port


async def _taken(exchange: Exchange, peer: str, body: bytes, threads: Executor | None) -> _Answer:
    try:
        note = await asyncio.get_running_loop().run_in_executor(threads, exchange.receive, peer, body)
    except LineFaultError as fault:
        incoming = exchange.line(peer).incoming
        return _Answer(409, encode_refusal(fault, incoming.frontier.size, incoming.note), REFUSAL_TYPE)
    except StoreError as trouble:
        # Ours, and nothing of the post is kept: the peer keeps its entries and comes again.
        _logger.error("a post could not be stored", extra={"peer": peer, "detail": str(trouble)})
        return _Answer(503, str(trouble).encode())
    return _Answer(200 if note else 204, note, NOTE_TYPE)


def _check_place(scope: Scope) -> None:
    if scope["path"] != POST_PATH:
        raise _TurnedAwayError(404, "there is nothing at this path")
    if scope["method"] != "POST":
        raise _TurnedAwayError(405, "entries are posted")


def _party_of(scope: Scope, parties_by_certificate: Mapping[bytes, str]) -> str:
    certificate = scope["state"].get(PEER_CERTIFICATE)
    party = None if certificate is None else parties_by_certificate.get(sha256(certificate).digest())
    if party is None:
        raise _TurnedAwayError(401, "no party of the agreement is pinned to this certificate")
    return party


async def _plain_body(scope: Scope, receive: Receive) -> bytes:
    headers = dict(scope["headers"])
    if headers.get(b"content-type") != BATCH_TYPE.encode() or b"content-encoding" in headers:
        raise _TurnedAwayError(415, f"a post is {BATCH_TYPE}, not compressed")
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        raise _TurnedAwayError(413, f"a post has at most {MAX_BODY_BYTES} bytes")
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return await _received(receive)
    except TimeoutError:
        raise _TurnedAwayError(408, "the body did not arrive in time") from None


async def _received(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise _TurnedAwayError(400, "the connection was closed before the whole body was here")
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise _TurnedAwayError(413, f"a post has at most {MAX_BODY_BYTES} bytes")
        more = message.get("more_body", False)
    return bytes(body)
