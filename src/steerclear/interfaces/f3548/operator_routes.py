"""The way in for the systems of this USS's own operators and constraint providers: plan, fly, report positions, hear.

Whoever may come in is named in the configuration by the `sub` of its tokens, and each token holds the scope OPERATE. A
flight or constraint belongs to whoever planned it; others see what every USS may see of it and change nothing. Who is
on duty for the USS may change and end everything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from msgspec.structs import replace

from steerclear.interfaces.f3548 import operator_wire, wire
from steerclear.interfaces.f3548.airspace_codec import STATES, write_constraint, write_intent
from steerclear.interfaces.f3548.asked import Answered, Asked, Route, answer, delete, get, post, put
from steerclear.interfaces.f3548.decode_volumes import Needs, VolumeRefusedError, read_volumes
from steerclear.interfaces.f3548.problems import Refusal, bad_request, forbidden, not_found
from steerclear.interfaces.f3548.telemetry_codec import TelemetryRefusedError, read_telemetry
from steerclear.interfaces.f3548.times import TimeError, read_moment, write_time
from steerclear.interfaces.f3548.tokens import AnyOf
from steerclear.interfaces.f3548.uss_desk import UssDesk, entity_id
from steerclear.model.track import Identity
from steerclear.services.uss.close_flight import UnknownFlightError, close_flight
from steerclear.services.uss.declare_constraint import ConstraintPlan, UnknownConstraintError
from steerclear.services.uss.flight_events import Flight, UserNotice
from steerclear.services.uss.intent_rules import RuleBrokenError
from steerclear.services.uss.ownership import Caller, NotYoursError
from steerclear.services.uss.plan_flight import FlightPlan, Outcome
from steerclear.services.uss.ports import DssError
from steerclear.services.uss.watch_flights import FuturePositionError

OPERATE: Final = "steerclear.operate"
_OPERATE: Final[AnyOf] = (frozenset({OPERATE}),)
_PATH: Final = "/operator/v1"
DAY_S: Final = 86_400.0

Work = Callable[[Caller], Awaitable[Answered]]


class OperatorDesk:
    """Lets in whom the configuration names."""

    def __init__(self, desk: UssDesk, operators: frozenset[str], on_duty: frozenset[str]) -> None:
        self.desk = desk
        self.services = desk.services
        self._operators = operators
        self._on_duty = on_duty

    async def serve(self, asked: Asked, work: Work) -> Answered:
        """The answer to an operator's asked. Raises Refusal."""
        bearer = await self.desk.reception.bearer(asked, _OPERATE)
        if bearer.subject not in self._operators | self._on_duty:
            raise forbidden(f"{bearer.subject[:100]!r} is no operator of this USS")
        try:
            return await work(Caller(bearer.subject, bearer.subject in self._on_duty))
        except NotYoursError as error:
            raise forbidden(str(error)) from None


def operator_routes(desk: UssDesk, operators: frozenset[str], on_duty: frozenset[str] = frozenset()) -> list[Route]:
    """All routes for operators."""
    inside = OperatorDesk(desk, operators, on_duty)
    return [*_flight_routes(inside), _telemetry_route(inside), _notice_route(inside), *_constraint_routes(inside)]


def _flight_routes(inside: OperatorDesk) -> list[Route]:
    uss, planner = inside.services.uss, inside.services.planner
    path: Final = f"{_PATH}/flights/{{flight_id}}"

    @put(path)
    async def wish(asked: Asked, flight_id: str) -> Answered:
        async def work(caller: Caller) -> Answered:
            identity = entity_id(flight_id)
            wanted = await inside.desk.reception.body(asked, operator_wire.FlightWish)
            plan = _plan(identity, wanted, caller)
            outcome = await (planner.check(plan) if wanted.check_only else planner.plan(plan))
            return answer(_outcome(identity, outcome, caller))

        return await inside.serve(asked, work)

    @delete(path)
    async def end(asked: Asked, flight_id: str) -> Answered:
        async def work(caller: Caller) -> Answered:
            identity = entity_id(flight_id)
            try:
                outcome = await close_flight(uss, identity, inside.services.users, caller)
                return answer(_outcome(identity, outcome, caller))
            except UnknownFlightError as error:
                raise not_found(str(error)) from None

        return await inside.serve(asked, work)

    @get(path)
    async def one(asked: Asked, flight_id: str) -> Answered:
        async def work(caller: Caller) -> Answered:
            flight = uss.flights.get(entity_id(flight_id))
            if flight is None:
                raise not_found(f"there is no flight {flight_id}")
            return answer(_shown(flight, caller))

        return await inside.serve(asked, work)

    @get(f"{_PATH}/flights")
    async def every(asked: Asked) -> Answered:
        async def work(caller: Caller) -> Answered:
            shown = tuple(_shown(flight, caller) for flight in uss.flights.values())
            return answer(operator_wire.FlightList(flights=shown))

        return await inside.serve(asked, work)

    return [wish, end, one, every]


def _telemetry_route(inside: OperatorDesk) -> Route:
    @post(f"{_PATH}/flights/{{flight_id}}/telemetry")
    async def telemetry(asked: Asked, flight_id: str) -> Answered:
        async def work(caller: Caller) -> Answered:
            identity = entity_id(flight_id)
            told = await inside.desk.reception.body(asked, operator_wire.Telemetry)
            try:
                inside.services.watch.report(identity, [read_telemetry(one) for one in told.telemetry], caller)
            except (TelemetryRefusedError, FuturePositionError) as error:
                raise bad_request(str(error)) from None
            except UnknownFlightError as error:
                raise not_found(str(error)) from None
            return Answered(204)

        return await inside.serve(asked, work)

    return telemetry


def _notice_route(inside: OperatorDesk) -> Route:
    @get(f"{_PATH}/notices")
    async def notices(asked: Asked) -> Answered:
        after = asked.query("after")

        async def work(caller: Caller) -> Answered:
            now_s = inside.services.uss.clock.now_s()
            try:
                from_s = now_s - DAY_S if after is None else read_moment(after)
            except TimeError as error:
                raise bad_request(f"after: {error}") from None
            told = inside.services.users.told(from_s, now_s + DAY_S)
            shown = tuple(_notice(one) for one in told if caller.may_change(one.operator))
            return answer(operator_wire.NoticeList(notices=shown))

        return await inside.serve(asked, work)

    return notices


def _constraint_routes(inside: OperatorDesk) -> list[Route]:
    path: Final = f"{_PATH}/constraints/{{constraint_id}}"

    @put(path)
    async def declare(asked: Asked, constraint_id: str) -> Answered:
        async def work(caller: Caller) -> Answered:
            identity = entity_id(constraint_id)
            wanted = await inside.desk.reception.body(asked, wire.ConstraintDetails)
            geozone = wanted.geozone
            try:
                plan = ConstraintPlan(
                    constraint_id=identity,
                    volumes=read_volumes(wanted.volumes, Needs.TIMES | Needs.ALTITUDES, name="volumes"),
                    kind=wanted.type,
                    geozone_json=None if geozone is None else msgspec.json.encode(geozone).decode(),
                    provider=caller.operator,
                    asked_by=caller,
                )
                shared = await inside.services.constraints.declare(plan)
            except (VolumeRefusedError, RuleBrokenError) as error:
                raise bad_request(str(error)) from None
            except DssError as error:
                raise Refusal(503, str(error)) from None
            return answer(operator_wire.ConstraintAnswer(constraint=write_constraint(shared)))

        return await inside.serve(asked, work)

    @delete(path)
    async def withdraw(asked: Asked, constraint_id: str) -> Answered:
        async def work(caller: Caller) -> Answered:
            try:
                await inside.services.constraints.withdraw(entity_id(constraint_id), caller)
            except UnknownConstraintError as error:
                raise not_found(str(error)) from None
            except DssError as error:
                raise Refusal(503, str(error)) from None
            return Answered(204)

        return await inside.serve(asked, work)

    return [declare, withdraw]


def _plan(flight_id: str, wanted: operator_wire.FlightWish, caller: Caller) -> FlightPlan:
    try:
        volumes = read_volumes(wanted.volumes, Needs.TIMES | Needs.ALTITUDES, name="volumes")
    except VolumeRefusedError as error:
        raise bad_request(str(error)) from None
    return FlightPlan(
        flight_id=flight_id,
        state=STATES[wanted.state],
        volumes=volumes,
        priority=wanted.priority,
        title=wanted.title,
        identities=None if wanted.identities is None else tuple(map(_identity, wanted.identities)),
        operator=caller.operator,
        asked_by=caller,
    )


def _identity(told: operator_wire.AircraftIdentity) -> Identity:
    if told.icao_address is None and told.callsign is None and told.remote_id is None:
        raise bad_request("an identity names at least one of icao_address, callsign and remote_id")
    return Identity(icao_address=told.icao_address, callsign=told.callsign, remote_id=told.remote_id)


def _outcome(flight_id: str, outcome: Outcome, caller: Caller) -> operator_wire.FlightAnswer:
    if outcome.flight is None:
        return operator_wire.FlightAnswer(result=outcome.result.value, words=outcome.words, flight_id=flight_id)
    return replace(_shown(outcome.flight, caller), result=outcome.result.value, words=outcome.words)


def _shown(flight: Flight, caller: Caller) -> operator_wire.FlightAnswer:
    own, shared = caller.may_change(flight.operator), flight.shared
    if shared is not None and not own:
        # With its OVN one could pass for a USS that has learned of it in the standard's way.
        shared = replace(shared, reference=replace(shared.reference, ovn=None))
    return operator_wire.FlightAnswer(
        result="completed" if flight.asked is None else "failed",
        words="" if flight.asked is None else "the DSS has not answered yet",
        flight_id=flight.flight_id,
        operational_intent=None if shared is None else write_intent(shared),
        operator=flight.operator if own else None,
    )


def _notice(told: UserNotice) -> operator_wire.Notice:
    return operator_wire.Notice(
        flight_id=told.flight_id,
        trigger=told.trigger,
        occurred_at=write_time(told.occurred_s),
        told_at=write_time(told.told_s),
        words=told.words,
        conflicts=told.conflicts,
        operator=told.operator,
    )
