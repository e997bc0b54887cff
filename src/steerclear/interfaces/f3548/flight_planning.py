"""InterUSS's flight planning interface v1: a test driver plays a user of this USS. Off unless it is switched on.

It plans through the same services as every other user; clearing an area and deleting plans are for tests only.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from steerclear.interfaces.f3548 import flight_planning_wire as wire
from steerclear.interfaces.f3548.asked import Answered, Asked, Route, answer, delete, get, post, put
from steerclear.interfaces.f3548.decode_volumes import Needs, VolumeRefusedError, read_volume, read_volumes
from steerclear.interfaces.f3548.limits import MAX_SEEN_REQUESTS
from steerclear.interfaces.f3548.problems import Refusal, bad_request
from steerclear.interfaces.f3548.times import TimeError, read_moment, write_time
from steerclear.interfaces.f3548.tokens import AnyOf
from steerclear.interfaces.f3548.uss_desk import UssDesk, entity_id
from steerclear.model.intent import IntentState
from steerclear.model.volumes import Volume4D
from steerclear.services.uss.close_flight import UnknownFlightError, clear_area, close_flight
from steerclear.services.uss.flight_events import Flight, UserNotice
from steerclear.services.uss.intent_rules import RuleBrokenError
from steerclear.services.uss.plan_flight import FlightPlan, Outcome, Result
from steerclear.services.uss.ports import DssError

_PATH: Final = "/flight_planning/v1"
PLAN: Final = "interuss.flight_planning.plan"
DIRECT: Final = "interuss.flight_planning.direct_automated_test"
_PLAN: Final[AnyOf] = (frozenset({PLAN}),)
_DIRECT: Final[AnyOf] = (frozenset({DIRECT}),)
_EITHER: Final[AnyOf] = _PLAN + _DIRECT
FAR_S: Final = 10 * 365 * 86_400.0
"""An area to be cleared whose end is open reaches so far from now."""

_RESULTS: Final = {
    Result.COMPLETED: wire.ActivityResult.COMPLETED,
    Result.REJECTED: wire.ActivityResult.REJECTED,
    Result.FAILED: wire.ActivityResult.FAILED,
}
_STATUSES: Final = {
    IntentState.ACCEPTED: wire.PlanStatus.PLANNED,
    IntentState.ACTIVATED: wire.PlanStatus.OK_TO_FLY,
    IntentState.NONCONFORMING: wire.PlanStatus.OFF_NOMINAL,
    IntentState.CONTINGENT: wire.PlanStatus.OFF_NOMINAL,
}
_STATES: Final = {
    (wire.UsageState.PLANNED, wire.UasState.NOMINAL): IntentState.ACCEPTED,
    (wire.UsageState.PLANNED, wire.UasState.NOT_SPECIFIED): IntentState.ACCEPTED,
    (wire.UsageState.IN_USE, wire.UasState.NOMINAL): IntentState.ACTIVATED,
    (wire.UsageState.IN_USE, wire.UasState.NOT_SPECIFIED): IntentState.ACTIVATED,
    (wire.UsageState.IN_USE, wire.UasState.OFF_NOMINAL): IntentState.NONCONFORMING,
    (wire.UsageState.IN_USE, wire.UasState.CONTINGENT): IntentState.CONTINGENT,
}
"""(usage, aircraft) -> state; a pair that is not here makes no sense."""


class _Seen:
    """Requests that were answered, or are being: the same one again gets the same answer and has no effect."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[bytes, asyncio.Future[Answered]]] = OrderedDict()

    async def once(self, request_id: str, content: bytes, work: Callable[[], Awaitable[Answered]]) -> Answered:
        digest = sha256(content).digest()
        known = self._seen.get(request_id)
        if known is not None:
            if known[0] != digest:
                raise Refusal(409, "this request_id was used for another request")
            return await asyncio.shield(known[1])
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._seen[request_id] = digest, future
        while len(self._seen) > MAX_SEEN_REQUESTS:
            self._seen.popitem(last=False)
        try:
            response = await work()
        except BaseException as error:
            # Whoever repeats it while it runs learns the same; afterwards it may be tried again.
            self._seen.pop(request_id, None)
            future.set_exception(error if isinstance(error, Exception) else Refusal(429, "try again in a moment"))
            future.exception()
            raise
        future.set_result(response)
        return response


def flight_planning_routes(desk: UssDesk) -> list[Route]:
    """All routes of the flight planning interface."""
    seen = _Seen()
    return [_status(desk), _clear(desk, seen), *_plans(desk, seen), _notifications(desk)]


def _status(desk: UssDesk) -> Route:
    @get(f"{_PATH}/status")
    async def status(asked: Asked) -> Answered:
        await desk.reception.bearer(asked, _DIRECT)
        name = "Flight Planning Automated Testing Interface"
        return answer(wire.StatusResponse(status="Ready", api_name=name, api_version="v0.5.0"))

    return status


def _clear(desk: UssDesk, seen: _Seen) -> Route:
    uss = desk.services.uss

    @post(f"{_PATH}/clear_area_requests")
    async def clear(asked: Asked) -> Answered:
        await desk.reception.bearer(asked, _DIRECT)
        wanted = await desk.reception.body(asked, wire.ClearAreaRequest)

        async def work() -> Answered:
            try:
                area = _read_area(wanted.extent, uss.clock.now_s())
                cleared = await clear_area(uss, area)
            except (DssError, RuleBrokenError) as error:
                outcome = wire.ClearAreaOutcome(success=False, message=str(error))
            else:
                outcome = wire.ClearAreaOutcome(
                    success=not cleared.failed,
                    message=f"{len(cleared.removed)} removed, {len(cleared.failed)} could not be",
                    details={"removed": cleared.removed, "failed": cleared.failed},
                )
            return answer(wire.ClearAreaResponse(outcome=outcome))

        return await seen.once(wanted.request_id, await asked.body(), work)

    return clear


def _plans(desk: UssDesk, seen: _Seen) -> list[Route]:
    uss = desk.services.uss
    path = f"{_PATH}/flight_plans/{{flight_plan_id}}"

    @put(path)
    async def upsert(asked: Asked, flight_plan_id: str) -> Answered:
        bearer = await desk.reception.bearer(asked, _PLAN)
        flight_id = entity_id(flight_plan_id)
        wanted = await desk.reception.body(asked, wire.UpsertFlightPlanRequest)

        async def work() -> Answered:
            return answer(await _upserted(desk, flight_id, wanted, bearer.subject))

        return await seen.once(wanted.request_id, flight_id.encode() + await asked.body(), work)

    @delete(path)
    async def remove(asked: Asked, flight_plan_id: str) -> Answered:
        await desk.reception.bearer(asked, _EITHER)
        flight_id = entity_id(flight_plan_id)
        try:
            outcome = await close_flight(uss, flight_id)
        except UnknownFlightError as error:
            return answer(
                wire.FlightPlanResponse(
                    planning_result=wire.ActivityResult.FAILED,
                    flight_plan_status=wire.PlanStatus.NOT_PLANNED,
                    notes=str(error),
                ),
                404,
            )
        return answer(_closed(outcome))

    return [upsert, remove]


def _notifications(desk: UssDesk) -> Route:
    @get(f"{_PATH}/user_notifications")
    async def notifications(asked: Asked) -> Answered:
        await desk.reception.bearer(asked, _PLAN)
        after, before = asked.query("after"), asked.query("before")
        if after is None:
            raise bad_request("after is needed: a time as 2026-01-31T06:00:00Z")
        from_s = _moment(after, "after")
        until_s = desk.services.uss.clock.now_s() if before is None else _moment(before, "before")
        if until_s < from_s:
            raise bad_request("before must not be earlier than after")
        told = tuple(_notice(one) for one in desk.services.users.told(from_s, until_s))
        return answer(wire.QueryUserNotificationsResponse(user_notifications=told))

    return notifications


async def _upserted(
    desk: UssDesk, flight_id: str, wanted: wire.UpsertFlightPlanRequest, operator: str
) -> wire.FlightPlanResponse:
    uss, planner = desk.services.uss, desk.services.planner
    basic = wanted.flight_plan.basic_information
    held = uss.flights.get(flight_id)
    if basic.usage_state is wire.UsageState.CLOSED:
        return await _close(desk, flight_id, wanted.execution_style)
    state = _STATES.get((basic.usage_state, basic.uas_state))
    if state is None:
        words = f"an aircraft that is {basic.uas_state.value} cannot have a plan that is {basic.usage_state.value}"
        return _said(wire.ActivityResult.REJECTED, _status_of(held), words)
    try:
        volumes = read_volumes(
            [wire.as_f3548(one) for one in basic.area or ()], Needs.TIMES | Needs.ALTITUDES, name="area"
        )
    except wire.NotEllipsoidError as error:
        return _said(wire.ActivityResult.NOT_SUPPORTED, _status_of(held), str(error))
    except VolumeRefusedError as error:
        return _said(wire.ActivityResult.REJECTED, _status_of(held), str(error))
    information = wanted.flight_plan.astm_f3548_21
    plan = FlightPlan(
        flight_id=flight_id,
        state=state,
        volumes=volumes,
        priority=(information.priority if information is not None else None) or 0,
        operator=operator,
    )
    if wanted.execution_style is wire.ExecutionStyle.HYPOTHETICAL:
        outcome = await planner.check(plan)
        status = _STATUSES[state] if outcome.result is Result.COMPLETED else _status_of(held)
        return _told(outcome, status)
    if wanted.execution_style is wire.ExecutionStyle.IN_REALITY:
        outcome = await planner.plan_as_flown(plan)
    else:
        outcome = await planner.plan(plan)
    return _told(outcome, _status_of(outcome.flight))


async def _close(desk: UssDesk, flight_id: str, style: wire.ExecutionStyle) -> wire.FlightPlanResponse:
    if style is wire.ExecutionStyle.HYPOTHETICAL:
        there = flight_id in desk.services.uss.flights
        result = wire.ActivityResult.COMPLETED if there else wire.ActivityResult.REJECTED
        return _said(result, wire.PlanStatus.CLOSED if there else wire.PlanStatus.NOT_PLANNED, "")
    try:
        return _closed(await close_flight(desk.services.uss, flight_id))
    except UnknownFlightError as error:
        return _said(wire.ActivityResult.REJECTED, wire.PlanStatus.NOT_PLANNED, str(error))


def _closed(outcome: Outcome) -> wire.FlightPlanResponse:
    if outcome.result is Result.COMPLETED:
        return _said(wire.ActivityResult.COMPLETED, wire.PlanStatus.CLOSED, "")
    return _said(wire.ActivityResult.FAILED, _status_of(outcome.flight), outcome.words)


def _told(outcome: Outcome, status: wire.PlanStatus) -> wire.FlightPlanResponse:
    check = outcome.check
    included = wire.AdvisoryInclusion.UNKNOWN
    if outcome.result is Result.COMPLETED:
        some = check is not None and bool(check.conflicts or check.constraints)
        included = wire.AdvisoryInclusion.SOME if some else wire.AdvisoryInclusion.NONE
    return wire.FlightPlanResponse(
        planning_result=_RESULTS[outcome.result],
        flight_plan_status=status,
        notes=outcome.words or None,
        includes_advisories=included,
    )


def _said(result: wire.ActivityResult, status: wire.PlanStatus, words: str) -> wire.FlightPlanResponse:
    return wire.FlightPlanResponse(planning_result=result, flight_plan_status=status, notes=words or None)


def _status_of(flight: Flight | None) -> wire.PlanStatus:
    if flight is None or flight.shared is None:
        return wire.PlanStatus.NOT_PLANNED
    return _STATUSES[flight.shared.reference.state]


def _read_area(extent: wire.Volume4D, now_s: float) -> Volume4D:
    """An area to be cleared; open times reach far. Raises Refusal."""
    try:
        span = read_volume(wire.as_f3548(extent), Needs.NOTHING, name="extent")
    except (VolumeRefusedError, wire.NotEllipsoidError) as error:
        raise bad_request(str(error)) from None
    volume = span.volume
    return Volume4D(
        area=volume.area,
        lower_m=volume.lower_m,
        upper_m=volume.upper_m,
        altitude_datum=volume.altitude_datum,
        from_s=now_s - FAR_S if span.from_s is None else span.from_s,
        until_s=now_s + FAR_S if span.until_s is None else span.until_s,
    )


def _moment(text: str, name: str) -> float:
    try:
        # A plus sign of an offset arrives as a space; both spellings of UTC are meant.
        return read_moment(text.replace(" 00:00", "Z").replace("+00:00", "Z"))
    except TimeError as error:
        raise bad_request(f"{name}: {error}") from None


def _notice(told: UserNotice) -> wire.UserNotification:
    many = {None: wire.Conflicts.UNKNOWN, 0: wire.Conflicts.NONE, 1: wire.Conflicts.SINGLE}
    return wire.UserNotification(
        observed_at=write_time(told.told_s),
        message=f"{told.trigger}: {told.words}",
        conflicts=many.get(told.conflicts, wire.Conflicts.MULTIPLE),
    )
