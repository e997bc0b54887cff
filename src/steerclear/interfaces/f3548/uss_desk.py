"""What every request to the USS passes: its token is checked, and the exchange is recorded with its answer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec

from steerclear.interfaces.f3548.asked import Answered, Asked, refused
from steerclear.interfaces.f3548.limits import MAX_TOKEN_CHARS
from steerclear.interfaces.f3548.problems import Refusal, bad_request
from steerclear.interfaces.f3548.reception import Reception
from steerclear.interfaces.f3548.tokens import AnyOf, Bearer
from steerclear.interfaces.f3548.wire_values import UUID_V4
from steerclear.services.uss.ports import Exchange
from steerclear.services.uss.record_files import ExchangeKept
from steerclear.services.uss.services import UssServices

Body = TypeVar("Body", bound=msgspec.Struct)

_UUID: Final = re.compile(UUID_V4)


class Served:
    """One request that is being answered."""

    def __init__(self, asked: Asked, reception: Reception, bearer: Bearer) -> None:
        self._asked = asked
        self._reception = reception
        self.bearer = bearer
        self.content = b""

    async def read(self, kind: type[Body]) -> Body:
        """The message in its body. Raises Refusal."""
        self.content = await self._reception.content(self._asked)
        return await self._reception.body(self._asked, kind)


class UssDesk:
    """What the routes of a USS share."""

    def __init__(self, services: UssServices, reception: Reception) -> None:
        self.services = services
        self.reception = reception

    async def serve(self, asked: Asked, scopes: AnyOf, work: Callable[[Served], Awaitable[Answered]]) -> Answered:
        """The answer to a request, which is recorded with it, also where it is refused."""
        asked_s = self.services.uss.clock.now_s()
        problem, content = None, b""
        try:
            served = Served(asked, self.reception, await self.reception.bearer(asked, scopes))
            try:
                answered = await work(served)
            finally:
                content = served.content
        except Refusal as refusal:
            answered, problem = refused(refusal), refusal.message
        # Without its signature nobody who reads the record can pass for the bearer.
        token = (asked.headers.get("authorization") or "").rpartition(".")[0]
        exchange = Exchange(
            url=asked.url,
            method=asked.method,
            client=False,
            headers=(f"Authorization: {token[:MAX_TOKEN_CHARS]}.",),
            asked_s=asked_s,
            request_body=content,
            answered_s=self.services.uss.clock.now_s(),
            response_body=answered.body,
            response_code=answered.status,
            problem=problem,
        )
        self.services.uss.records.keep(ExchangeKept(asked_s, exchange))
        return answered


def entity_id(text: str) -> str:
    """The UUID of a path, in lower case. Raises Refusal."""
    if _UUID.fullmatch(text) is None:
        raise bad_request(f"{text[:64]!r} is not a UUID of version 4")
    return text.lower()
