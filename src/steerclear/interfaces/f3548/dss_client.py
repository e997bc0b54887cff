"""The DSS as the USS's services need it (`services.uss.ports.Dss`), over HTTP.

Reads are tried again when the DSS is busy or does not answer; a write only when it surely has had no effect (429, or
no connection). A write without an answer is a `DssUnsureError`: only a look at the DSS tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec

from steerclear.interfaces.f3548 import wire
from steerclear.interfaces.f3548.airspace_codec import (
    WIRE_STATES,
    UnreadableError,
    read_constraint_reference,
    read_intent_reference,
    read_subscribers,
)
from steerclear.interfaces.f3548.bounded_http import Answer, BoundedHttp, Unanswered
from steerclear.interfaces.f3548.decode_volumes import VolumeRefusedError, write_volume
from steerclear.interfaces.f3548.limits import DSS_TIMEOUT_S
from steerclear.interfaces.f3548.times import TimeError, read_time
from steerclear.interfaces.f3548.token_source import TokenSourceError
from steerclear.interfaces.f3548.wire_values import Volume4D as WireVolume4D
from steerclear.model.volumes import Volume4D
from steerclear.services.uss.airspace import (
    ConstraintAnswer,
    ConstraintPut,
    ConstraintReference,
    IntentAnswer,
    IntentPut,
    IntentReference,
    SubscriptionPut,
    SubscriptionStanding,
)
from steerclear.services.uss.ports import DssError, DssRefusedError, DssUnsureError, KeyIncompleteError
from steerclear.strategic.uss_conflicts import OFF_NOMINAL

_PLAN: Final = frozenset({wire.Scope.STRATEGIC_COORDINATION.value})
_OFF_NOMINAL: Final = _PLAN | {wire.Scope.CONFORMANCE_MONITORING_SA.value}
_CONSTRAIN: Final = frozenset({wire.Scope.CONSTRAINT_MANAGEMENT.value})
_PROCESS: Final = frozenset({wire.Scope.CONSTRAINT_PROCESSING.value})
_INTENTS: Final = "/dss/v1/operational_intent_references"
_SUBSCRIPTIONS: Final = "/dss/v1/subscriptions"
_CONSTRAINTS: Final = "/dss/v1/constraint_references"
_TRIES: Final = 3
_PAUSE_S: Final = 0.3

_T = TypeVar("_T", bound=msgspec.Struct)
_In = TypeVar("_In")
_Out = TypeVar("_Out")


class DssClient:
    """One DSS instance."""

    def __init__(self, base_url: str, http: BoundedHttp) -> None:
        self._base_url = base_url
        self._http = http

    async def intents_in(self, area: Volume4D) -> tuple[IntentReference, ...]:
        """References that may meet an area. Raises DssError."""
        query = wire.QueryParameters(area_of_interest=_written(area))
        answer = await self._read("POST", f"{_INTENTS}/query", _PLAN, query)
        told = _decoded(answer, wire.QueryOperationalIntentReferenceResponse)
        return _read_all(read_intent_reference, told.operational_intent_references, answer)

    async def constraints_in(self, area: Volume4D) -> tuple[ConstraintReference, ...]:
        """References that may meet an area. Raises DssError."""
        query = wire.QueryParameters(area_of_interest=_written(area))
        answer = await self._read("POST", f"{_CONSTRAINTS}/query", _PROCESS, query)
        told = _decoded(answer, wire.QueryConstraintReferencesResponse)
        return _read_all(read_constraint_reference, told.constraint_references, answer)

    async def intent(self, intent_id: str) -> IntentReference | None:
        """One reference; None when there is none. Raises DssError."""
        answer = await self._read("GET", f"{_INTENTS}/{intent_id}", _PLAN, none_at=404)
        if answer.status == 404:
            return None
        told = _decoded(answer, wire.GetOperationalIntentReferenceResponse)
        return _read_all(read_intent_reference, (told.operational_intent_reference,), answer)[0]

    async def put_intent(self, put: IntentPut) -> IntentAnswer:
        """Create or change a reference. Raises DssError."""
        scopes = _OFF_NOMINAL if put.state in OFF_NOMINAL else _PLAN
        implicit = wire.ImplicitSubscriptionParameters(
            uss_base_url=put.base_url, notify_for_constraints=put.hears_constraints
        )
        body = wire.PutOperationalIntentReferenceParameters(
            extents=tuple(_written(volume) for volume in put.extents),
            key=put.key,
            state=WIRE_STATES[put.state],
            uss_base_url=put.base_url,
            subscription_id=put.subscription_id,
            new_subscription=None if put.subscription_id is not None else implicit,
            requested_ovn_suffix=put.ovn_suffix,
        )
        if put.hears_constraints:
            scopes |= _PROCESS
        path = f"{_INTENTS}/{put.intent_id}" + ("" if put.ovn is None else f"/{_in_path(put.ovn)}")
        return _intent_answer(await self._write("PUT", path, scopes, body))

    async def delete_intent(self, intent_id: str, ovn: str) -> IntentAnswer:
        """Remove a reference. Raises DssError."""
        return _intent_answer(await self._write("DELETE", f"{_INTENTS}/{intent_id}/{_in_path(ovn)}", _PLAN))

    async def subscription(self, subscription_id: str) -> SubscriptionStanding | None:
        """One subscription of ours; None when there is none. Raises DssError."""
        answer = await self._read("GET", f"{_SUBSCRIPTIONS}/{subscription_id}", _PLAN, none_at=404)
        return None if answer.status == 404 else _standing(answer)

    async def put_subscription(self, put: SubscriptionPut) -> SubscriptionStanding:
        """Create or change a subscription. Raises DssError."""
        body = wire.PutSubscriptionParameters(
            extents=_written(put.area),
            uss_base_url=put.base_url,
            notify_for_operational_intents=True,
            notify_for_constraints=put.hears_constraints,
        )
        scopes = _PLAN | _PROCESS if put.hears_constraints else _PLAN
        path = f"{_SUBSCRIPTIONS}/{put.subscription_id}" + ("" if put.version is None else f"/{_in_path(put.version)}")
        return _standing(await self._write("PUT", path, scopes, body))

    async def delete_subscription(self, subscription_id: str, version: str) -> None:
        """Remove a subscription. Raises DssError."""
        await self._write("DELETE", f"{_SUBSCRIPTIONS}/{subscription_id}/{_in_path(version)}", _PLAN)

    async def constraint(self, constraint_id: str) -> ConstraintReference | None:
        """One reference; None when there is none. Raises DssError."""
        answer = await self._read("GET", f"{_CONSTRAINTS}/{constraint_id}", _CONSTRAIN, none_at=404)
        if answer.status == 404:
            return None
        told = _decoded(answer, wire.GetConstraintReferenceResponse)
        return _read_all(read_constraint_reference, (told.constraint_reference,), answer)[0]

    async def put_constraint(self, put: ConstraintPut) -> ConstraintAnswer:
        """Create or change a reference. Raises DssError."""
        body = wire.PutConstraintReferenceParameters(
            extents=tuple(_written(volume) for volume in put.extents), uss_base_url=put.base_url
        )
        path = f"{_CONSTRAINTS}/{put.constraint_id}" + ("" if put.ovn is None else f"/{_in_path(put.ovn)}")
        return _constraint_answer(await self._write("PUT", path, _CONSTRAIN, body))

    async def delete_constraint(self, constraint_id: str, ovn: str) -> ConstraintAnswer:
        """Remove a reference. Raises DssError."""
        return _constraint_answer(
            await self._write("DELETE", f"{_CONSTRAINTS}/{constraint_id}/{_in_path(ovn)}", _CONSTRAIN)
        )

    async def _read(
        self, method: str, path: str, scopes: frozenset[str], body: Any = None, none_at: int | None = None
    ) -> Answer:
        problem: DssError = DssError("the DSS was not asked")
        for attempt in range(_TRIES):
            if attempt:
                await asyncio.sleep(_PAUSE_S * attempt)
            try:
                answer = await self._send(method, path, scopes, body)
            except Unanswered as error:
                problem = DssError(f"the DSS: {error}", error.exchange)
                continue
            if answer.status in (200, none_at):
                return answer
            problem = _refusal(answer)
            if answer.status < 500 and answer.status != 429:
                raise problem
        raise problem

    async def _write(self, method: str, path: str, scopes: frozenset[str], body: Any = None) -> Answer:
        for attempt in range(_TRIES):
            if attempt:
                await asyncio.sleep(_PAUSE_S * attempt)
            last = attempt == _TRIES - 1
            try:
                answer = await self._send(method, path, scopes, body)
            except Unanswered as error:
                if error.sent:
                    raise DssUnsureError(f"the DSS: {error}", error.exchange) from None
                if last:
                    raise DssError(f"the DSS: {error}", error.exchange) from None
                continue
            if answer.status in (200, 201):
                return answer
            if answer.status >= 500:
                raise DssUnsureError(f"the DSS answers {answer.status}: {_message(answer)}", answer.exchange)
            if answer.status != 429 or last:
                raise _refusal(answer)
        raise AssertionError("unreachable")  # the last round raises or returns

    async def _send(self, method: str, path: str, scopes: frozenset[str], body: Any) -> Answer:
        try:
            return await self._http.send(method, self._base_url + path, scopes, body, DSS_TIMEOUT_S)
        except TokenSourceError as error:
            raise DssError(str(error)) from None


def _in_path(ovn: str) -> str:
    # An OVN is any text of the DSS's choosing; a slash in it must not lead elsewhere.
    return quote(ovn, safe="")


def _written(volume: Volume4D) -> WireVolume4D:
    try:
        return write_volume(volume)
    except VolumeRefusedError as error:
        raise DssError(str(error)) from None


def _refusal(answer: Answer) -> DssRefusedError:
    problem = f"the DSS answers {answer.status}: {_message(answer)}"
    if answer.status == 409:
        try:
            told = msgspec.json.decode(answer.body, type=wire.AirspaceConflictResponse)
            intents = tuple(read_intent_reference(one) for one in told.missing_operational_intents or ())
            constraints = tuple(read_constraint_reference(one) for one in told.missing_constraints or ())
        except (msgspec.DecodeError, UnreadableError, RecursionError):
            return DssRefusedError(problem, 409, answer.exchange)
        if intents or constraints:
            return KeyIncompleteError(problem, intents, constraints, answer.exchange)
    return DssRefusedError(problem, answer.status, answer.exchange)


def _message(answer: Answer) -> str:
    try:
        told = msgspec.json.decode(answer.body, type=wire.ErrorResponse).message
    except (msgspec.DecodeError, RecursionError):
        told = None
    return (told or answer.body[:200].decode("utf-8", "replace"))[:500]


def _decoded(answer: Answer, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise DssError(f"the DSS answers what cannot be read: {error}", answer.exchange) from None


def _read_all(read: Callable[[_In], _Out], told: tuple[_In, ...], answer: Answer) -> tuple[_Out, ...]:
    try:
        return tuple(read(one) for one in told)
    except UnreadableError as error:
        raise DssError(f"the DSS answers what cannot be: {error}", answer.exchange) from None


def _standing(answer: Answer) -> SubscriptionStanding:
    try:
        told = msgspec.json.decode(answer.body, type=wire.GetSubscriptionResponse).subscription
        begins = None if told.time_start is None else read_time(told.time_start)
        ends = None if told.time_end is None else read_time(told.time_end)
    except (msgspec.DecodeError, TimeError, RecursionError) as error:
        raise DssUnsureError(f"the DSS answers what cannot be read: {error}", answer.exchange) from None
    return SubscriptionStanding(told.version, begins, ends)


def _intent_answer(answer: Answer) -> IntentAnswer:
    try:
        told = msgspec.json.decode(answer.body, type=wire.ChangeOperationalIntentReferenceResponse)
        return IntentAnswer(
            read_intent_reference(told.operational_intent_reference), read_subscribers(told.subscribers)
        )
    except (msgspec.DecodeError, UnreadableError, RecursionError) as error:
        raise DssUnsureError(f"the DSS answers what cannot be read: {error}", answer.exchange) from None


def _constraint_answer(answer: Answer) -> ConstraintAnswer:
    try:
        told = msgspec.json.decode(answer.body, type=wire.ChangeConstraintReferenceResponse)
        return ConstraintAnswer(
            read_constraint_reference(told.constraint_reference), read_subscribers(told.subscribers)
        )
    except (msgspec.DecodeError, UnreadableError, RecursionError) as error:
        raise DssUnsureError(f"the DSS answers what cannot be read: {error}", answer.exchange) from None
