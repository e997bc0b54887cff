"""The line's port: a peer posts entries of its log and gets back its checkpoint, cosigned, or a named refusal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from litestar import Litestar, Request, Response, post
from litestar.exceptions import ClientException, NotAuthorizedException

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

_logger = logging.getLogger("steerclear.line")


def line_port(exchange: Exchange, parties_by_certificate: Mapping[bytes, str]) -> Litestar:
    """The application behind the line's port; certificates are known by the SHA-256 of their DER bytes."""

    @post(POST_PATH, status_code=200, request_max_body_size=MAX_BODY_BYTES)
    async def take_entries(request: Request[Any, Any, Any]) -> Response[bytes]:
        peer = _party_of(request, parties_by_certificate)
        body = await _plain_body(request)
        try:
            note = await asyncio.to_thread(exchange.receive, peer, body)
        except LineFaultError as fault:
            incoming = exchange.line(peer).incoming
            refusal = encode_refusal(fault, incoming.frontier.size, incoming.note)
            return Response(refusal, status_code=409, media_type=REFUSAL_TYPE)
        except StoreError as trouble:
            # Ours, and nothing of the post is kept: the peer keeps its entries and comes again.
            _logger.error("a post could not be stored", extra={"peer": peer, "detail": str(trouble)})
            return Response(str(trouble).encode(), status_code=503, media_type="text/plain")
        return Response(note, status_code=200 if note else 204, media_type=NOTE_TYPE)

    return Litestar([take_entries], openapi_config=None, logging_config=None, exception_handlers={500: _our_fault})


def _party_of(request: Request[Any, Any, Any], parties_by_certificate: Mapping[bytes, str]) -> str:
    certificate = request.scope["state"].get(PEER_CERTIFICATE)
    party = None if certificate is None else parties_by_certificate.get(sha256(certificate).digest())
    if party is None:
        raise NotAuthorizedException("no party of the agreement is pinned to this certificate")
    return party


async def _plain_body(request: Request[Any, Any, Any]) -> bytes:
    if request.headers.get("content-type") != BATCH_TYPE or "content-encoding" in request.headers:
        raise ClientException(f"a post is {BATCH_TYPE}, not compressed", status_code=415)
    try:
        return await asyncio.wait_for(request.body(), BODY_TIMEOUT_S)
    except TimeoutError:
        raise ClientException("the body did not arrive in time", status_code=408) from None


def _our_fault(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """An error nobody foresaw: nothing of the post is kept, and the peer comes again."""
    _logger.error("a post could not be taken", exc_info=error)
    return Response(b"", status_code=500, media_type="text/plain")
