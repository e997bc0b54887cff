"""What every request of the F3548-21 interface passes: its token, its body, and the way of its answer back.

Tokens come first: whoever may not ask learns nothing about what would be wrong with the question.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import Any, TypeAlias, TypeVar

import msgspec
from litestar import Request, Response

from steerclear.interfaces.f3548.decode_body import decode_body, nesting
from steerclear.interfaces.f3548.limits import ANSWER_TIMEOUT_S, BODY_TIMEOUT_S, MAX_JSON_DEPTH
from steerclear.interfaces.f3548.problems import JSON, Refusal, bad_request, try_again
from steerclear.interfaces.f3548.tokens import AnyOf, Bearer, TokenVerifier, permit

AnyRequest: TypeAlias = Request[Any, Any, Any]
T = TypeVar("T")
Body = TypeVar("Body", bound=msgspec.Struct)

_encode = msgspec.json.Encoder().encode


class Reception:
    """Checks who asks and reads what they ask."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self.verifier = verifier

    async def bearer(self, request: AnyRequest, alternatives: AnyOf) -> Bearer:
        """The client, when its token allows the operation. Raises Refusal (401, 403)."""
        bearer = await self.verifier.bearer(request.headers.get("authorization"))
        permit(bearer, alternatives)
        return bearer

    async def content(self, request: AnyRequest) -> bytes:
        """A JSON body's bytes. Raises Refusal (400, 413, 415)."""
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                data = await request.body()
        except TimeoutError:
            raise bad_request(f"the body did not arrive within {BODY_TIMEOUT_S:g} s") from None
        if not data:
            raise bad_request("a JSON body is needed, and there is none")
        kind = request.headers.get("content-type")
        if kind is not None and kind.partition(";")[0].strip().lower() != JSON:
            raise Refusal(415, f"the body must be {JSON}")
        if "content-encoding" in request.headers:
            raise Refusal(415, "the body must not be compressed")
        return data

    async def body(self, request: AnyRequest, kind: type[Body]) -> Body:
        """A request's message. Raises Refusal (400, 413, 415)."""
        data = await self.content(request)
        # Cheap for what is usual: the depth is counted only where there are brackets enough to exceed it.
        if data.count(b"[") + data.count(b"{") > MAX_JSON_DEPTH and nesting(data) > MAX_JSON_DEPTH:
            raise bad_request(f"the body is nested more than {MAX_JSON_DEPTH} deep")
        return decode_body(data, kind)


async def result(future: Future[T]) -> T:
    """What a future holds, at once where it is done. Raises what it raises; Refusal (429) when it takes too long."""
    if future.done():
        return future.result()
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return await asyncio.wrap_future(future)
    except TimeoutError:
        raise try_again(f"not done within {ANSWER_TIMEOUT_S:g} s; read what became of it, then try again") from None


def answer(message: Any, status: int = 200) -> Response[bytes]:
    """A JSON answer."""
    return Response(_encode(message), status_code=status, media_type=JSON)
