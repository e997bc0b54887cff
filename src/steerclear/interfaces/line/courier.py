"""Carries our log to one peer: posts what the peer has not cosigned, takes the receipts, and tries again for ever.

One post is on its way at a time and takes everything that is waiting: under load the posts grow, not their number,
and what arrives is always in order. While a receipt goes to our disk, the next post is already on its way.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from http import HTTPStatus
from typing import ParamSpec, TypeVar

from steerclear.dialogue.batch import Refusal, decode_refusal, encode_batch
from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.link_state import LinkEvent, LinkState
from steerclear.interfaces.line.limits import (
    FIRST_RETRY_S,
    LONGEST_RETRY_S,
    MAX_REASON_BYTES,
    SIGN_OF_LIFE_S,
)
from steerclear.interfaces.line.post_client import PeerAddress, PostClient, UnreachableError
from steerclear.services.exchange import Exchange, Post
from steerclear.store.errors import StoreError

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class Courier:
    """Keeps the line to one peer going until it is cancelled."""

    def __init__(
        self,
        exchange: Exchange,
        address: PeerAddress,
        context: ssl.SSLContext,
        jitter: Callable[[], float],
        threads: Executor | None = None,
    ) -> None:
        """`threads` are for its work with the store; without them it shares those of the event loop."""
        self._exchange = exchange
        self._threads = threads
        self._address = address
        self._context = context
        self._jitter = jitter
        """Gives 0..1 at random."""
        self._wake = asyncio.Event()
        self._ahead: Post | None = None
        """The next post, when the thread that took the last receipt has found one."""

    @property
    def awake(self) -> bool:
        """Whether it will look for something to post after now, without being woken. From any thread."""
        return self._wake.is_set()

    def wake(self) -> None:
        """There may be something to post. To be called on the event loop's thread."""
        self._wake.set()

    async def run(self) -> None:
        """Post, and post again; never returns."""
        with contextlib.closing(PostClient(self._address, self._context)) as client:
            failures = 0
            sign_of_life = True
            while True:
                self._wake.clear()
                if self._exchange.line(self._address.party).link is LinkState.HALTED:
                    self._ahead = None
                    await self._rest(SIGN_OF_LIFE_S)
                    continue
                try:
                    posted = await self._post(client, sign_of_life)
                except UnreachableError as trouble:
                    await self._on_thread(
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

    async def _post(self, client: PostClient, even_if_empty: bool) -> bool:
        """One post and what comes of it; False when there was nothing to post."""
        party = self._address.party
        try:
            post, self._ahead = self._ahead, None
            if post is None:
                post = await self._on_thread(self._exchange.next_post, party, even_if_empty)
            if post is None:
                await self._on_thread(self._exchange.settle_receipt, party)
                return False
            status, body = await client.post(encode_batch(post.batch))
            if status == HTTPStatus.CONFLICT:
                await self._on_thread(self._exchange.take_refusal, party, _refusal(party, body))
            elif status in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
                self._ahead = await self._on_thread(self._take_receipt, body, post)
            else:
                said = body[:MAX_REASON_BYTES].decode(errors="replace")
                raise UnreachableError(f"{party} answered with HTTP status {status}: {said}".removesuffix(": "))
        except LineFaultError:
            return True  # the service has noted it and moved the link
        except StoreError as trouble:
            raise UnreachableError(f"our own store: {trouble}") from None
        return True

    async def _on_thread(
        self, work: Callable[_Given, _Result], /, *given: _Given.args, **named: _Given.kwargs
    ) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *given, **named))

    def _take_receipt(self, note: bytes, post: Post) -> Post | None:
        """Begin to store a receipt, and look for the next post on the way: each thread's turn is a wait."""
        party = self._address.party
        self._exchange.begin_receipt(party, note, post.size if post.batch.entries else 0)
        return self._exchange.next_post(party)


def _refusal(party: str, body: bytes) -> Refusal:
    try:
        return decode_refusal(body)
    except LineFaultError as fault:
        raise UnreachableError(f"{party} refused our post in words we cannot read: {fault.detail}") from None
