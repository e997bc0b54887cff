"""Other USSs as the USS's services need them (`services.uss.ports.Peers`), over HTTP."""

from __future__ import annotations

import base64
from typing import Any, Final, TypeVar

import msgspec

from steerclear.interfaces.f3548 import wire
from steerclear.interfaces.f3548.airspace_codec import UnreadableError, read_constraint, read_intent, write_notice
from steerclear.interfaces.f3548.bounded_http import Answer, BoundedHttp, Unanswered
from steerclear.interfaces.f3548.limits import DOWN_PEER_TIMEOUT_S, PEER_TIMEOUT_S
from steerclear.interfaces.f3548.times import write_time
from steerclear.interfaces.f3548.token_source import TokenSourceError
from steerclear.interfaces.f3548.wire_records import ErrorReport, ExchangeRecord, RecorderRole
from steerclear.services.uss.airspace import (
    AnyNotice,
    Availability,
    ConstraintReference,
    IntentNotice,
    IntentReference,
    SharedConstraint,
    SharedIntent,
)
from steerclear.services.uss.ports import Exchange, PeerDataError, PeerError, PeerRefusedError, PeerSilentError

_PLAN: Final = frozenset({wire.Scope.STRATEGIC_COORDINATION.value})
_CONSTRAIN: Final = frozenset({wire.Scope.CONSTRAINT_MANAGEMENT.value})
_PROCESS: Final = frozenset({wire.Scope.CONSTRAINT_PROCESSING.value})

_T = TypeVar("_T", bound=msgspec.Struct)


class PeerClient:
    """All other USSs, each under the base URL that the DSS tells."""

    def __init__(self, http: BoundedHttp) -> None:
        self._http = http

    async def intent(self, reference: IntentReference, *, exactly: bool = False) -> tuple[SharedIntent, Exchange]:
        """Details of an operational intent; `exactly`: of the reference's version. Raises PeerError."""
        url = f"{reference.base_url}/uss/v1/operational_intents/{reference.intent_id}"
        if exactly:
            url += f"?version={reference.version}"
        answer = await self._get(url, _PLAN, reference.base_url, reference.availability)
        told = _decoded(answer, wire.GetOperationalIntentDetailsResponse, reference.base_url)
        try:
            return read_intent(told.operational_intent), answer.exchange
        except UnreadableError as error:
            raise PeerDataError(f"{url}: {error}", answer.exchange, reference.base_url) from None

    async def constraint(self, reference: ConstraintReference) -> tuple[SharedConstraint, Exchange]:
        """Details of a constraint. Raises PeerError."""
        url = f"{reference.base_url}/uss/v1/constraints/{reference.constraint_id}"
        answer = await self._get(url, _PROCESS, reference.base_url, reference.availability)
        told = _decoded(answer, wire.GetConstraintDetailsResponse, reference.base_url)
        try:
            return read_constraint(told.constraint), answer.exchange
        except UnreadableError as error:
            raise PeerDataError(f"{url}: {error}", answer.exchange, reference.base_url) from None

    async def notify(self, base_url: str, notice: AnyNotice) -> None:
        """Tell a USS of a change. Raises PeerError."""
        intent = isinstance(notice, IntentNotice)
        url = f"{base_url}/uss/v1/{'operational_intents' if intent else 'constraints'}"
        answer = await self._send("POST", url, _PLAN if intent else _CONSTRAIN, base_url, write_notice(notice))
        if not 200 <= answer.status < 300:
            raise _refusal("POST", url, answer, base_url)

    async def report(self, base_url: str, exchange: Exchange) -> None:
        """Tell a USS of an exchange that went wrong. Raises PeerError."""
        url = f"{base_url}/uss/v1/reports"
        answer = await self._send("POST", url, _PLAN, base_url, ErrorReport(exchange=exchange_record(exchange)))
        if not 200 <= answer.status < 300:
            raise _refusal("POST", url, answer, base_url)

    async def _get(self, url: str, scopes: frozenset[str], base_url: str, availability: Availability) -> Answer:
        down = availability is Availability.DOWN
        within_s = DOWN_PEER_TIMEOUT_S if down else PEER_TIMEOUT_S
        for last in (True,) if down else (False, True):
            try:
                answer = await self._send("GET", url, scopes, base_url, within_s=within_s)
            except PeerSilentError:
                if last:
                    raise
                continue
            if answer.status == 200:
                return answer
            refusal = _refusal("GET", url, answer, base_url)
            if last or not isinstance(refusal, PeerSilentError):
                raise refusal
        raise AssertionError("unreachable")  # the last round raises or returns

    async def _send(
        self,
        method: str,
        url: str,
        scopes: frozenset[str],
        base_url: str,
        body: Any = None,
        within_s: float = PEER_TIMEOUT_S,
    ) -> Answer:
        try:
            return await self._http.send(method, url, scopes, body, within_s)
        except Unanswered as error:
            raise PeerSilentError(str(error), error.exchange, base_url) from None
        except TokenSourceError as error:
            raise PeerError(str(error)) from None


def exchange_record(exchange: Exchange) -> ExchangeRecord:
    """An exchange as the standard records it."""
    return ExchangeRecord(
        url=exchange.url,
        method=exchange.method,
        headers=exchange.headers,
        recorder_role=RecorderRole.CLIENT if exchange.client else RecorderRole.SERVER,
        request_time=write_time(exchange.asked_s),
        request_body=base64.b64encode(exchange.request_body).decode() or None,
        response_time=None if exchange.answered_s is None else write_time(exchange.answered_s),
        response_body=base64.b64encode(exchange.response_body).decode() or None,
        response_code=exchange.response_code,
        problem=exchange.problem,
    )


def _refusal(method: str, url: str, answer: Answer, base_url: str) -> PeerError:
    problem = f"{method} {url} is answered with {answer.status}"
    if answer.status in (408, 425, 429) or answer.status >= 500:
        return PeerSilentError(problem, answer.exchange, base_url)
    return PeerRefusedError(problem, answer.status, answer.exchange, base_url)


def _decoded(answer: Answer, kind: type[_T], base_url: str) -> _T:
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        problem = f"{answer.exchange.url} answers what is not as the standard has it: {error}"
        raise PeerDataError(problem, answer.exchange, base_url) from None
