"""Requests of this USS: each within its time, its answer within its size, with the right token, and recorded.

Redirects are not followed: a peer that lives elsewhere says so in the DSS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec

from steerclear.interfaces.f3548.limits import MAX_ANSWER_BYTES
from steerclear.interfaces.f3548.token_source import TokenSource
from steerclear.services.uss.ports import Exchange


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes
    exchange: Exchange


class Unanswered(Exception):  # noqa: N818 says what became of a request
    """No answer came. `sent` is False only when the request surely never left."""

    def __init__(self, problem: str, sent: bool, exchange: Exchange) -> None:
        super().__init__(problem)
        self.sent = sent
        self.exchange = exchange


class BoundedHttp:
    """An HTTP client that keeps limits and a record."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        tokens: TokenSource,
        now_s: Callable[[], float],
        record: Callable[[Exchange], None],
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._now_s = now_s
        self._record = record

    async def send(
        self, method: str, url: str, scopes: frozenset[str], body: Any = None, within_s: float = 10.0
    ) -> Answer:
        """Send a request. Raises Unanswered and TokenSourceError."""
        token = await self._tokens.token(url, scopes)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Encoding": "identity"}
        content = b""
        if body is not None:
            content = msgspec.json.encode(body)
            headers["Content-Type"] = "application/json"
        asked_s = self._now_s()
        # The signature is left out of the record: whoever reads it could pass for us for as long as the token lives.
        shown = (f"Authorization: Bearer {token.rpartition('.')[0]}.",)
        exchange = Exchange(url=url, method=method, client=True, headers=shown, asked_s=asked_s, request_body=content)
        try:
            async with asyncio.timeout(within_s):
                status, answered = await self._exchanged(method, url, headers, content)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            problem = f"no answer from {method} {url}: {type(error).__name__} {error}".rstrip()
            exchange = msgspec.structs.replace(exchange, problem=problem)
            self._record(exchange)
            unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.InvalidURL)
            raise Unanswered(problem, not unsent, exchange) from None
        exchange = msgspec.structs.replace(
            exchange, answered_s=self._now_s(), response_code=status, response_body=answered
        )
        self._record(exchange)
        return Answer(status, answered, exchange)

    async def _exchanged(self, method: str, url: str, headers: dict[str, str], content: bytes) -> tuple[int, bytes]:
        async with self._client.stream(method, url, headers=headers, content=content or None) as answer:
            if answer.headers.get("content-encoding", "identity").lower() != "identity":
                raise ValueError("the answer is compressed, which was not asked for")
            parts, size = [], 0
            async for part in answer.aiter_raw(65_536):
                size += len(part)
                if size > MAX_ANSWER_BYTES:
                    raise ValueError(f"the answer has more than {MAX_ANSWER_BYTES:,} bytes")
                parts.append(part)
            return answer.status_code, b"".join(parts)
