"""Carries our log to one peer: posts what the peer has not cosigned, takes the receipts, and tries again for ever.

One post is on its way at a time and takes everything that is waiting: under load the posts grow, not their number,
and what arrives is always in order. While a receipt goes to our disk, the next post is already on its way.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus

import httpx
import msgspec

from steerclear.dialogue.batch import Refusal, decode_refusal, encode_batch
from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.link_state import LinkEvent, LinkState
from steerclear.interfaces.line.limits import (
    ANSWER_TIMEOUT_S,
    CONNECT_TIMEOUT_S,
    FIRST_RETRY_S,
    LONGEST_RETRY_S,
    MAX_ANSWER_BYTES,
    MAX_REASON_BYTES,
    SIGN_OF_LIFE_S,
)
from steerclear.interfaces.line.port import BATCH_TYPE, POST_PATH
from steerclear.services.exchange import Exchange
from steerclear.store.errors import StoreError


class PeerAddress(msgspec.Struct, frozen=True):
    """Where a peer's line port is, and which certificate it must show."""

    party: str
    url: str
    certificate_sha256: bytes


class _UnreachableError(Exception):
    """The post was not answered as the protocol says; what the peer did with it is unknown, so it goes again."""


class Courier:
    """Keeps the line to one peer going until it is cancelled."""

    def __init__(
        self, exchange: Exchange, address: PeerAddress, context: ssl.SSLContext, jitter: Callable[[], float]
    ) -> None:
        self._exchange = exchange
        self._address = address
        self._context = context
        self._jitter = jitter
        """Gives 0..1 at random."""
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be something to post. To be called on the event loop's thread."""
        self._wake.set()

    async def run(self) -> None:
        """Post, and post again; never returns."""
        timeout = httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        headers = {"content-type": BATCH_TYPE, "accept-encoding": "identity"}
        async with httpx.AsyncClient(
            verify=self._context, timeout=timeout, limits=limits, headers=headers, trust_env=False
        ) as client:
            failures = 0
            sign_of_life = True
            while True:
                self._wake.clear()
                if self._exchange.line(self._address.party).link is LinkState.HALTED:
                    await self._rest(SIGN_OF_LIFE_S)
                    continue
                try:
                    posted = await self._post(client, sign_of_life)
                except _UnreachableError as trouble:
                    await asyncio.to_thread(
                        self._exchange.move_link, self._address.party, LinkEvent.UNREACHABLE, str(trouble)
                    )
                    failures += 1
                    await asyncio.sleep(self._pause_s(failures))
                    continue
                state = self._exchange.line(self._address.party).link
                failures = 0 if state is LinkState.UP else failures + 1
                if failures:
                    await asyncio.sleep(self._pause_s(failures))
                sign_of_life = False
                if not posted:
                    sign_of_life = not await self._rest(SIGN_OF_LIFE_S)

    async def _rest(self, longest_s: float) -> bool:
        """Wait until woken; False when the time ran out first."""
        try:
            # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes with the wake-up, and the node stays.
            async with asyncio.timeout(longest_s):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    def _pause_s(self, failures: int) -> float:
        longest_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(failures - 1, 16))
        return longest_s * (1.0 - 0.5 * self._jitter())

    async def _post(self, client: httpx.AsyncClient, even_if_empty: bool) -> bool:
        """One post and what comes of it; False when there was nothing to post."""
        party = self._address.party
        try:
            post = await asyncio.to_thread(self._exchange.next_post, party, even_if_empty)
            if post is None:
                await asyncio.to_thread(self._exchange.settle_receipt, party)
                return False
            status, body = await self._carry(client, encode_batch(post.batch))
            if status == HTTPStatus.CONFLICT:
                await asyncio.to_thread(self._exchange.take_refusal, party, _refusal(party, body))
            elif status in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
                await asyncio.to_thread(self._exchange.begin_receipt, party, body)
            else:
                said = body[:MAX_REASON_BYTES].decode(errors="replace")
                raise _UnreachableError(f"{party} answered with HTTP status {status}: {said}".removesuffix(": "))
        except LineFaultError:
            return True  # the service has noted it and moved the link
        except StoreError as trouble:
            raise _UnreachableError(f"our own store: {trouble}") from None
        return True

    async def _carry(self, client: httpx.AsyncClient, body: bytes) -> tuple[int, bytes]:
        party = self._address.party
        try:
            async with client.stream("POST", self._address.url + POST_PATH, content=body) as response:
                tls = response.extensions["network_stream"].get_extra_info("ssl_object")
                shown = b"" if tls is None else sha256(tls.getpeercert(binary_form=True) or b"").digest()
                if shown != self._address.certificate_sha256:
                    raise _UnreachableError(f"{party} showed another certificate than the pinned one")
                if "content-encoding" in response.headers:
                    raise _UnreachableError(f"{party} compressed its answer")
                answer = bytearray()
                async for chunk in response.aiter_raw():
                    answer += chunk
                    if len(answer) > MAX_ANSWER_BYTES:
                        raise _UnreachableError(f"{party} answered with more than {MAX_ANSWER_BYTES} bytes")
                return response.status_code, bytes(answer)
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            # In TLS 1.3 a server judges our certificate after we think the connection is made, and just closes it.
            raise _UnreachableError(
                f"{party} closed the connection at {self._address.url} ({_words(error)}); if it goes on, {party} may"
                " have pinned another certificate than ours, or ours has expired: compare both by telephone"
            ) from None
        except httpx.HTTPError as error:
            raise _UnreachableError(f"{party} does not answer at {self._address.url}: {_words(error)}") from None


def _words(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__


def _refusal(party: str, body: bytes) -> Refusal:
    try:
        return decode_refusal(body)
    except LineFaultError as fault:
        raise _UnreachableError(f"{party} refused our post in words we cannot read: {fault.detail}") from None
