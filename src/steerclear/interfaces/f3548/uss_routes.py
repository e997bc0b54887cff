"""The routes of a USS under /uss/v1: details, telemetry, notifications, reports and, where allowed, log sets."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from steerclear.interfaces.f3548 import wire
from steerclear.interfaces.f3548.airspace_codec import (
    UnreadableError,
    read_constraint_notice,
    read_intent_notice,
    write_constraint,
    write_intent,
)
from steerclear.interfaces.f3548.asked import Answered, Asked, Route, answer, get, post
from steerclear.interfaces.f3548.log_set import read_span, write_log_set
from steerclear.interfaces.f3548.problems import Refusal, bad_request, forbidden, not_found
from steerclear.interfaces.f3548.telemetry_codec import write_telemetry
from steerclear.interfaces.f3548.times import write_time
from steerclear.interfaces.f3548.uss_contract import USS_OPERATIONS
from steerclear.interfaces.f3548.uss_desk import Served, UssDesk, entity_id
from steerclear.interfaces.f3548.wire_records import ErrorReport, GetOperationalIntentTelemetryResponse
from steerclear.services.uss.close_flight import UnknownFlightError
from steerclear.services.uss.flight_events import REPORTED, event_of
from steerclear.services.uss.hear_peers import NoticeDataError, NoticeError, NotManagerError
from steerclear.services.uss.limits import TELEMETRY_EVERY_S
from steerclear.services.uss.requested_ovn import served
from steerclear.services.uss.watch_flights import NoTelemetryStateError, TelemetryError

_PATH: Final = "/uss/v1"
NO_CONTENT: Final = 204


def uss_routes(desk: UssDesk, log_readers: frozenset[str] = frozenset()) -> list[Route]:
    """All routes under /uss/v1; `log_readers` are the clients (`sub`) that may read log sets, none by default."""
    return [*_intent_routes(desk), *_constraint_routes(desk), _report_route(desk), _log_route(desk, log_readers)]


def _intent_routes(desk: UssDesk) -> list[Route]:
    uss = desk.services.uss

    @get(f"{_PATH}/operational_intents/{{entityid}}")
    async def details(asked: Asked, entityid: str) -> Answered:
        async def work(_served: Served) -> Answered:
            wanted = _version(asked.query("version"))
            flight = uss.flight_of(entity_id(entityid))
            if flight is None or served(flight, None) is None:
                raise not_found("this USS does not manage that operational intent")
            shown = served(flight, wanted)
            if shown is None:
                raise not_found("this USS does not have that version of the operational intent any more, or yet")
            return answer(wire.GetOperationalIntentDetailsResponse(operational_intent=write_intent(shown)))

        return await desk.serve(asked, USS_OPERATIONS["getOperationalIntentDetails"].scopes, work)

    @get(f"{_PATH}/operational_intents/{{entityid}}/telemetry")
    async def telemetry(asked: Asked, entityid: str) -> Answered:
        async def work(_served: Served) -> Answered:
            identity = entity_id(entityid)
            try:
                position = desk.services.watch.telemetry(identity)
            except UnknownFlightError as error:
                raise not_found(str(error)) from None
            except TelemetryError as error:
                raise Refusal(409 if isinstance(error, NoTelemetryStateError) else 412, str(error)) from None
            told = GetOperationalIntentTelemetryResponse(
                operational_intent_id=identity,
                telemetry=write_telemetry(position),
                next_telemetry_opportunity=write_time(uss.clock.now_s() + TELEMETRY_EVERY_S),
            )
            return answer(told)

        return await desk.serve(asked, USS_OPERATIONS["getOperationalIntentTelemetry"].scopes, work)

    @post(f"{_PATH}/operational_intents")
    async def notify(asked: Asked) -> Answered:
        async def work(served: Served) -> Answered:
            told = await served.read(wire.PutOperationalIntentDetailsParameters)
            try:
                await desk.services.hearing.hear_intent(read_intent_notice(told), served.bearer.subject)
            except (UnreadableError, NoticeError) as error:
                raise _refusal(error) from None
            return Answered(NO_CONTENT)

        return await desk.serve(asked, USS_OPERATIONS["notifyOperationalIntentDetailsChanged"].scopes, work)

    return [details, telemetry, notify]


def _constraint_routes(desk: UssDesk) -> list[Route]:
    @get(f"{_PATH}/constraints/{{entityid}}")
    async def details(asked: Asked, entityid: str) -> Answered:
        async def work(_served: Served) -> Answered:
            held = desk.services.uss.constraints.get(entity_id(entityid))
            if held is None or held.shared is None:
                raise not_found("this USS does not manage that constraint")
            return answer(wire.GetConstraintDetailsResponse(constraint=write_constraint(held.shared)))

        return await desk.serve(asked, USS_OPERATIONS["getConstraintDetails"].scopes, work)

    @post(f"{_PATH}/constraints")
    async def notify(asked: Asked) -> Answered:
        async def work(served: Served) -> Answered:
            told = await served.read(wire.PutConstraintDetailsParameters)
            try:
                await desk.services.hearing.hear_constraint(read_constraint_notice(told), served.bearer.subject)
            except (UnreadableError, NoticeError) as error:
                raise _refusal(error) from None
            return Answered(NO_CONTENT)

        return await desk.serve(asked, USS_OPERATIONS["notifyConstraintDetailsChanged"].scopes, work)

    return [details, notify]


def _report_route(desk: UssDesk) -> Route:
    uss = desk.services.uss

    @post(f"{_PATH}/reports")
    async def report(asked: Asked) -> Answered:
        async def work(served: Served) -> Answered:
            told = await served.read(ErrorReport)
            kept = msgspec.structs.replace(told, report_id=uss.new_id())
            if len(msgspec.json.encode(kept)) > MAX_REPORT_BYTES:
                raise bad_request(f"a report has at most {MAX_REPORT_BYTES:,} bytes")
            await uss.store([event_of(REPORTED, kept, uss.clock.now_s())])
            return answer(kept, 201)

        return await desk.serve(asked, USS_OPERATIONS["makeUssReport"].scopes, work)

    return report


MAX_REPORT_BYTES: Final = 1_000_000
"""A report is kept in the journal."""


def _log_route(desk: UssDesk, readers: frozenset[str]) -> Route:
    @get(f"{_PATH}/log_sets/{{log_set_id}}")
    async def log_set(asked: Asked, log_set_id: str) -> Answered:
        bearer = await desk.reception.bearer(asked, USS_OPERATIONS["getLogSet"].scopes)
        if not readers:
            raise not_found("log sets are exported by this USS's operator, not over this interface")
        if bearer.subject not in readers:
            raise forbidden("this client may not read log sets")
        try:
            from_s, until_s = read_span(log_set_id)
            # It may be a gigabyte: nobody's flight waits for it.
            return answer(await asyncio.to_thread(write_log_set, desk.services.uss.records.read(from_s, until_s)))
        except ValueError as error:
            raise bad_request(str(error)) from None

    return log_set


def _version(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        wanted = int(text)
    except ValueError:
        raise bad_request("version must be a whole number") from None
    if not -(2**31) <= wanted < 2**31:
        raise bad_request("version must be a 32-bit number")
    return wanted


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, NotManagerError):
        return forbidden(str(error))
    if isinstance(error, UnreadableError | NoticeDataError):
        return bad_request(str(error))
    return Refusal(409, str(error))
