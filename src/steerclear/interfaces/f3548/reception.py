"""What every request of the F3548-21 interface passes: its token, its body, and the way of its answer back.

Tokens come first: whoever may not ask learns nothing about what would be wrong with the question.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from steerclear.interfaces.f3548.asked import Asked
from steerclear.interfaces.f3548.decode_body import decode_body, nesting
from steerclear.interfaces.f3548.limits import MAX_JSON_DEPTH
from steerclear.interfaces.f3548.problems import JSON, Refusal, bad_request
from steerclear.interfaces.f3548.tokens import AnyOf, Bearer, TokenVerifier, permit

Body = TypeVar("Body", bound=msgspec.Struct)


class Reception:
    """Checks who asks and reads what they ask."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self.verifier = verifier

    async def bearer(self, asked: Asked, alternatives: AnyOf) -> Bearer:
        """The client, when its token allows the operation. Raises Refusal (401, 403)."""
        bearer = await self.verifier.bearer(asked.headers.get("authorization"))
        permit(bearer, alternatives)
        return bearer

    async def content(self, asked: Asked) -> bytes:
        """A JSON body's bytes. Raises Refusal (400, 413, 415)."""
        data = await asked.body()
        if not data:
            raise bad_request("a JSON body is needed, and there is none")
        kind = asked.headers.get("content-type")
        if kind is not None and kind != JSON and kind.partition(";")[0].strip().lower() != JSON:
            raise Refusal(415, f"the body must be {JSON}")
        if "content-encoding" in asked.headers:
            raise Refusal(415, "the body must not be compressed")
        return data

    async def body(self, asked: Asked, kind: type[Body]) -> Body:
        """A request's message. Raises Refusal (400, 413, 415)."""
        data = await self.content(asked)
        # Cheap for what is usual: the depth is counted only where there are brackets enough to exceed it.
        if data.count(b"[") + data.count(b"{") > MAX_JSON_DEPTH and nesting(data) > MAX_JSON_DEPTH:
            raise bad_request(f"the body is nested more than {MAX_JSON_DEPTH} deep")
        return decode_body(data, kind)
