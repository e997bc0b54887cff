"""Conformance of our own flights: positions of their aircraft in, their state followed in the DSS, their users told.

`strategic.conformance` decides; here its decisions become changes that are shared. An aircraft that left its volumes is
given volumes that say where it may be, drawn around its last position; they are renewed before it leaves them or their
time runs out. What the DSS does not take now is tried again with the next tick.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable
from typing import Final

import msgspec

from steerclear.model.intent import IntentEvent, IntentState
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.uss.airspace import extent_of
from steerclear.services.uss.close_flight import UnknownFlightError, close_flight
from steerclear.services.uss.context import Uss
from steerclear.services.uss.flight_events import Asked, Flight
from steerclear.services.uss.intent_rules import prepared
from steerclear.services.uss.limits import (
    MAX_CLOCK_DIFFERENCE_S,
    MAX_POSITIONS_HELD,
    OFF_NOMINAL_HEIGHT_M,
    OFF_NOMINAL_LOOK_S,
    OFF_NOMINAL_SPEED_MPS,
    TELEMETRY_AGE_S,
    UNKNOWN_HEIGHT_LOWER_M,
    UNKNOWN_HEIGHT_UPPER_M,
)
from steerclear.services.uss.ownership import Caller, check_flight
from steerclear.services.uss.plan_flight import FlightPlan, Planner, Result
from steerclear.services.uss.ports import DssError
from steerclear.services.uss.record_files import PositionKept
from steerclear.services.uss.share_flight import settle
from steerclear.services.uss.tell_user import UserDesk
from steerclear.strategic.conformance import (
    Conformance,
    ConformanceEvent,
    FlownPosition,
    is_inside,
    step,
)
from steerclear.strategic.uss_conflicts import OFF_NOMINAL

TRY_AGAIN_S = 2.0
"""What could not be shared is not tried again sooner."""

_TOLD: Final = {
    IntentEvent.LEAVE: "the flight is nonconforming",
    IntentEvent.GIVE_UP: "the flight is contingent",
    IntentEvent.RETURN: "the flight conforms again",
    IntentEvent.END: "the flight has ended",
}


class TelemetryError(ValueError):
    """There is no telemetry to give."""


class NoTelemetryStateError(TelemetryError):
    """The flight is nominal, so its positions are nobody else's."""


class NoTelemetryYetError(TelemetryError):
    """The flight is off-nominal, and nothing new is known of its position."""


class FuturePositionError(ValueError):
    """A position that is said to have been measured later than now: its clock is wrong."""


class Watch:
    """Follows the flights of one USS."""

    def __init__(self, uss: Uss, users: UserDesk, planner: Planner) -> None:
        self._uss = uss
        self._users = users
        self._planner = planner
        self._fresh: dict[str, list[FlownPosition]] = {}
        self._heard: dict[str, float] = {}
        self._flown: dict[str, deque[FlownPosition]] = {}
        self._not_before_s: dict[str, float] = {}
        self._troubled: set[str] = set()
        self._looking: set[str] = set()

    def report(self, flight_id: str, positions: Iterable[FlownPosition], by: Caller | None = None) -> None:
        """Positions of a flight's aircraft; the next tick looks at them.

        Raises UnknownFlightError; NotYoursError; FuturePositionError, and then none of them was taken: older ones are
        passed over, so one from the future would blind us to all that come until then.
        """
        told = tuple(positions)
        flight = self._uss.flights.get(flight_id)
        if flight is None:
            raise UnknownFlightError(f"there is no flight {flight_id}")
        check_flight(flight, by)
        now_s = self._uss.clock.now_s()
        ahead_s = max((one.measured_s for one in told), default=now_s) - now_s
        if ahead_s > MAX_CLOCK_DIFFERENCE_S:
            raise FuturePositionError(
                f"a position was measured {ahead_s:,.0f} s from now: look at the clock it is from"
            )
        flown = self._flown.setdefault(flight_id, deque(maxlen=MAX_POSITIONS_HELD))
        fresh = self._fresh.setdefault(flight_id, [])
        for position in told:
            flown.append(position)
            fresh.append(position)
            self._uss.records.keep(PositionKept(time_s=now_s, intent_id=flight.intent_id, position=position))
        del fresh[:-MAX_POSITIONS_HELD]

    def telemetry(self, intent_id: str) -> FlownPosition:
        """The newest position of an off-nominal flight. Raises UnknownFlightError and TelemetryError."""
        flight = self._uss.flight_of(intent_id)
        if flight is None or flight.shared is None:
            raise UnknownFlightError(f"this USS does not manage operational intent {intent_id}")
        if flight.shared.reference.state not in OFF_NOMINAL:
            raise NoTelemetryStateError(f"operational intent {intent_id} is {flight.shared.reference.state.value}")
        newest = self._newest(flight.flight_id)
        if newest is None or self._uss.clock.now_s() - newest.measured_s > TELEMETRY_AGE_S:
            raise NoTelemetryYetError(f"no position of operational intent {intent_id} is known that is not old")
        return newest

    async def tick(self) -> None:
        """Look at every flight once, but for such as an earlier look is still at. Raises the store's errors."""
        await asyncio.gather(*[self._look_alone(one) for one in list(self._uss.flights) if one not in self._looking])
        self._troubled &= self._uss.flights.keys()
        for kept in (self._flown, self._fresh, self._heard, self._not_before_s):
            for flight_id in [one for one in kept if one not in self._uss.flights]:
                kept.pop(flight_id, None)

    async def settle_open(self) -> None:
        """Put the questions without an answer to the DSS; those it does not answer either stay open."""
        for flight in list(self._uss.flights.values()):
            if flight.asked is None or self._uss.locks[flight.flight_id].locked():
                continue
            async with self._uss.locks[flight.flight_id]:
                held = self._uss.flights.get(flight.flight_id)
                if held is None or held.asked is None:
                    continue
                try:
                    await settle(self._uss, held, patient=True)
                except DssError:
                    continue

    async def _look_alone(self, flight_id: str) -> None:
        # One that waits for a slow DSS holds up no other.
        self._looking.add(flight_id)
        try:
            flight = self._uss.flights.get(flight_id)
            if flight is not None:
                await self._look(flight)
        finally:
            self._looking.discard(flight_id)

    async def _look(self, flight: Flight) -> None:
        now_s = self._uss.clock.now_s()
        if flight.shared is None or now_s < self._not_before_s.get(flight.flight_id, 0.0):
            return
        # A question that the DSS has not answered closes nobody's eyes: the next change settles it first.
        if flight.asked is Asked.DELETE or self._uss.locks[flight.flight_id].locked():
            return
        intent = flight.shared.intent
        _, until_s = extent_of(intent.volumes + intent.off_nominal_volumes)
        held = Conformance(
            state=flight.shared.reference.state,
            outside_since_s=flight.outside_since_s,
            heard_s=self._heard.get(flight.flight_id),
        )
        # Taken out at once: what is reported while the DSS is asked is for the next look.
        fresh = self._fresh.pop(flight.flight_id, [])
        nominal = self._uss.volumes_of(flight)[: len(intent.volumes)]
        after, events = step(held, nominal, until_s, fresh, now_s)
        if events:
            done = await self._follow(flight, after, events)
            if not done:
                await self._tell_trouble(flight, events[-1], now_s)
                # The same positions are looked at again, a little later.
                self._fresh[flight.flight_id] = fresh + self._fresh.get(flight.flight_id, [])
                self._not_before_s[flight.flight_id] = now_s + TRY_AGAIN_S
                return
        elif after.state in OFF_NOMINAL:
            await self._renew(flight, now_s)
        self._troubled.discard(flight.flight_id)
        if after.heard_s is not None:
            self._heard[flight.flight_id] = after.heard_s

    async def _tell_trouble(self, flight: Flight, event: ConformanceEvent, now_s: float) -> None:
        """Once for each spell of it: the user must know that others do not see what the flight does."""
        if flight.flight_id in self._troubled:
            return
        self._troubled.add(flight.flight_id)
        told = f"{_TOLD[event.event]} ({event.reason})"
        words = f"{told}, and the others do not know it: the flight's state cannot be shared now; it is tried again"
        await self._users.tell(flight.flight_id, "GEN0400", now_s, words)

    async def _follow(self, flight: Flight, after: Conformance, events: tuple[ConformanceEvent, ...]) -> bool:
        """Share what the flight has become; False when that must be tried again."""
        if after.state is IntentState.ENDED:
            with contextlib.suppress(UnknownFlightError):
                await close_flight(self._uss, flight.flight_id)
            done = flight.flight_id not in self._uss.flights
        else:
            assert flight.shared is not None  # noqa: S101 only flights that are shared are looked at
            outcome = await self._planner.plan(self._plan(flight, after.state))
            done = outcome.result is Result.COMPLETED
            if done and after.state is IntentState.NONCONFORMING:
                self._since(flight.flight_id, after.outside_since_s)
        if done:
            for event in events:
                words = f"{_TOLD[event.event]}: {event.reason}"
                await self._users.tell(flight.flight_id, "CMSA0115", event.at_s, words, operator=flight.operator)
        elif events[-1].event is IntentEvent.RETURN:
            # It may not be activated again as things are: it stays off-nominal until it may or is given up.
            return True
        return done

    def _plan(self, flight: Flight, state: IntentState) -> FlightPlan:
        assert flight.shared is not None  # noqa: S101 only flights that are shared are looked at
        intent = flight.shared.intent
        volumes = intent.volumes
        if state in OFF_NOMINAL:
            volumes = self._around(flight) or intent.off_nominal_volumes or intent.volumes
        return FlightPlan(
            flight_id=flight.flight_id,
            state=state,
            volumes=volumes,
            identities=intent.identities,
            priority=intent.priority,
            title=intent.title,
            operator=flight.operator,
            by_user=False,
        )

    def _since(self, flight_id: str, since_s: float | None) -> None:
        flight = self._uss.flights.get(flight_id)
        if flight is not None and since_s is not None:
            self._uss.hold(msgspec.structs.replace(flight, outside_since_s=since_s))

    async def _renew(self, flight: Flight, now_s: float) -> None:
        """Draw new off-nominal volumes when the aircraft has left them or their time is about to end."""
        newest = self._newest(flight.flight_id)
        if newest is None or now_s - newest.measured_s > TELEMETRY_AGE_S:
            return
        assert flight.shared is not None  # noqa: S101 only flights that are shared are looked at
        held = flight.shared.intent.off_nominal_volumes
        ends_s = max(volume.until_s for volume in held)
        if is_inside(prepared(held), newest) and ends_s - now_s > OFF_NOMINAL_LOOK_S / 4:
            return
        await self._planner.plan(self._plan(flight, flight.shared.reference.state))

    def _newest(self, flight_id: str) -> FlownPosition | None:
        flown = self._flown.get(flight_id)
        return max(flown, key=lambda one: one.measured_s) if flown else None

    def _around(self, flight: Flight) -> tuple[Volume4D, ...]:
        newest = self._newest(flight.flight_id)
        now_s = self._uss.clock.now_s()
        if newest is None or now_s - newest.measured_s > TELEMETRY_AGE_S:
            return ()
        centre = Position(latitude_deg=newest.latitude_deg, longitude_deg=newest.longitude_deg)
        reach_m = newest.horizontal_accuracy_m + OFF_NOMINAL_SPEED_MPS * OFF_NOMINAL_LOOK_S
        lower_m, upper_m = UNKNOWN_HEIGHT_LOWER_M, UNKNOWN_HEIGHT_UPPER_M
        if newest.height_m is not None:
            reach_up_m = newest.vertical_accuracy_m + newest.datum_uncertainty_m + OFF_NOMINAL_HEIGHT_M
            lower_m, upper_m = newest.height_m - reach_up_m, newest.height_m + reach_up_m
        volume = Volume4D(
            area=CircleArea(centre=centre, radius_m=reach_m),
            lower_m=lower_m,
            upper_m=upper_m,
            altitude_datum=AltitudeDatum.ELLIPSOID,
            from_s=min(newest.measured_s, now_s),
            until_s=now_s + OFF_NOMINAL_LOOK_S,
        )
        return (volume,)
