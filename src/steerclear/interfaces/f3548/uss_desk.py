"""What every request to the USS passes: its token is checked, and the exchange is recorded with its answer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final

from litestar import Response

from steerclear.interfaces.f3548.app import refuse
from steerclear.interfaces.f3548.problems import Refusal, bad_request
from steerclear.interfaces.f3548.reception import AnyRequest, Reception
from steerclear.interfaces.f3548.tokens import AnyOf, Bearer
from steerclear.interfaces.f3548.wire_values import UUID_V4
from steerclear.services.uss.ports import Exchange
from steerclear.services.uss.record_files import ExchangeKept
from steerclear.services.uss.services import UssServices

_UUID: Final = re.compile(UUID_V4)


class UssDesk:
    """What the routes of a USS share."""

    def __init__(self, services: UssServices, reception: Reception) -> None:
        self.services = services
        self.reception = reception

    async def serve(
        self, request: AnyRequest, scopes: AnyOf, work: Callable[[Bearer], Awaitable[Response[bytes]]]
    ) -> Response[bytes]:
        """The answer to a request, which is recorded with it, also where it is refused."""
        asked_s = self.services.uss.clock.now_s()
        problem = None
        try:
            response = await work(await self.reception.bearer(request, scopes))
        except Refusal as refusal:
            response, problem = refuse(request, refusal), refusal.message
        await self._record(request, asked_s, response, problem)
        return response

    async def _record(
        self, request: AnyRequest, asked_s: float, response: Response[bytes], problem: str | None
    ) -> None:
        # The body is read already by whoever needed it; one that was refused unread is not waited for.
        token = (request.headers.get("authorization") or "").rpartition(".")[0]
        exchange = Exchange(
            url=str(request.url),
            method=request.method,
            client=False,
            headers=(f"Authorization: {token[:8_192]}.",),
            asked_s=asked_s,
            request_body=getattr(request, "_body", None) or b"",
            answered_s=self.services.uss.clock.now_s(),
            response_body=response.content or b"",
            response_code=response.status_code or 200,
            problem=problem,
        )
        self.services.uss.records.keep(ExchangeKept(asked_s, exchange))


def entity_id(text: str) -> str:
    """The UUID of a path, in lower case. Raises Refusal."""
    if _UUID.fullmatch(text) is None:
        raise bad_request(f"{text[:64]!r} is not a UUID of version 4")
    return text.lower()
