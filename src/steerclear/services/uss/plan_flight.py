"""A user plans, changes or activates a flight, or says that it is off-nominal: checked, shared, told, in this order.

Nothing is shared before all that the flight would meet is known and permitted; a plan that is refused or that fails
leaves the flight as it was. What the DSS is asked for is in the journal before it is asked; what it answers, with the
notices to all its subscribers, is one append.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from steerclear.model.intent import IntentState, OperationalIntent
from steerclear.model.track import Identity
from steerclear.model.volumes import Volume4D
from steerclear.services.uss.airspace import IntentAnswer, IntentPut, SharedIntent
from steerclear.services.uss.context import Uss
from steerclear.services.uss.flight_events import Asked, Flight
from steerclear.services.uss.hear_peers import tell_of_intent
from steerclear.services.uss.intent_rules import RuleBrokenError, check_intent, check_transition, prepared
from steerclear.services.uss.keep_subscriptions import Subscriptions
from steerclear.services.uss.learn_airspace import MAX_AREAS, Airspace, References, find_references, learn, truly_met
from steerclear.services.uss.limits import MAX_FLIGHTS, MAX_KEY_ROUNDS, MAX_PLANNING_S, MAX_TITLE_CHARS
from steerclear.services.uss.ownership import Caller, check_flight, in_place_of
from steerclear.services.uss.plan_words import conflict_words, constraint_words, error_words, secret_words
from steerclear.services.uss.ports import (
    DssError,
    DssRefusedError,
    DssUnsureError,
    KeyIncompleteError,
    KeyOutOfReachError,
    PeerDataError,
    PeerError,
)
from steerclear.services.uss.record_files import OperatorKept, PlanningKept, UserSaidKept
from steerclear.services.uss.report_peer import report_peer
from steerclear.services.uss.requested_ovn import expected_reference, ovn_suffix
from steerclear.services.uss.share_flight import drop_asked, end, keep_asked, keep_shared, settle
from steerclear.services.uss.surroundings import gathered, surroundings
from steerclear.services.uss.tell_user import UserDesk
from steerclear.strategic.uss_conflicts import IN_FLIGHT, OFF_NOMINAL, ConflictCheck, PlannedIntent, check_conflicts
from steerclear.strategic.volumes import PreparedVolume


class Result(StrEnum):
    """What became of a user's wish."""

    COMPLETED = "completed"
    REJECTED = "rejected"
    """The rules do not allow it; nothing has changed."""
    FAILED = "failed"
    """The DSS or a peer did not do what is needed; nothing has changed, as far as is known."""


class FlightPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a user wants."""

    flight_id: str
    state: IntentState
    volumes: tuple[Volume4D, ...]
    """Where it will fly; for an off-nominal flight, where it may be now."""
    priority: int = 0
    title: str = ""
    identities: tuple[Identity, ...] | None = None
    """How its aircraft can be told in the picture; None: as before. It stays here: the standard has no place for it."""
    operator: str = ""
    asked_by: Caller | None = None
    """Who asks for it; None: the USS itself."""
    by_user: bool = True
    """False where the flight's own positions ask for the change."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a plan, in words for its user, and the flight as it now stands (None: there is none)."""

    result: Result
    words: str
    flight: Flight | None
    check: ConflictCheck | None = None


class Planner:
    """Plans and changes flights of one USS; changes of one flight wait for each other."""

    def __init__(self, uss: Uss, users: UserDesk, subscriptions: Subscriptions) -> None:
        self._uss = uss
        self._users = users
        self._subscriptions = subscriptions
        self._looking: dict[str, tuple[FlightPlan, OperationalIntent, tuple[PreparedVolume, ...]]] = {}
        self._met: dict[str, frozenset[str]] = {}

    async def plan(self, plan: FlightPlan) -> Outcome:
        """Carry out a user's plan. Raises NotYoursError and the store's errors."""
        async with self._uss.locks[plan.flight_id]:
            held = self._uss.flights.get(plan.flight_id)
            check_flight(held, plan.asked_by)
            self._said(plan)
            if held is not None and in_place_of(held.operator, plan.asked_by):
                words = f"whoever is on duty for this USS asks for this flight to be {plan.state.value}"
                await self._users.tell(plan.flight_id, "OPIN0035", self._uss.clock.now_s(), words)
            if plan.state is IntentState.ACTIVATED and plan.flight_id not in self._uss.flights:
                return await self._plan_at_once(plan)
            return await self._plan(plan)

    async def plan_as_flown(self, plan: FlightPlan) -> Outcome:
        """The user flies like this, allowed or not: what may not be activated is shared as nonconforming."""
        outcome = await self.plan(plan)
        refused = outcome.result is Result.REJECTED and outcome.check is not None
        if not refused or plan.state is not IntentState.ACTIVATED or outcome.flight is None:
            return outcome
        return await self.plan(msgspec.structs.replace(plan, state=IntentState.NONCONFORMING))

    async def check(self, plan: FlightPlan) -> Outcome:
        """What would become of a plan; nothing is shared, told or changed. Raises NotYoursError."""
        held = self._uss.flights.get(plan.flight_id)
        check_flight(held, plan.asked_by)
        try:
            intent, volumes = self._intent(plan, held)
            if intent.state in OFF_NOMINAL:
                return Outcome(result=Result.COMPLETED, words="", flight=held)
            async with asyncio.timeout(MAX_PLANNING_S):
                references = await find_references(self._uss, gathered(intent.volumes))
                airspace = await learn(self._uss, references, intent.intent_id)
                airspace = await truly_met(self._uss, airspace, intent.volumes)
        except RuleBrokenError as error:
            return Outcome(result=Result.REJECTED, words=str(error), flight=held)
        except (DssError, PeerError, TimeoutError) as error:
            return Outcome(result=Result.FAILED, words=error_words(error), flight=held)
        check = self._check(intent, volumes, held, airspace)
        result = Result.COMPLETED if check.permitted else Result.REJECTED
        return Outcome(result=result, words=conflict_words(check), flight=held, check=check)

    async def _plan_at_once(self, plan: FlightPlan) -> Outcome:
        """A DSS takes a new intent as accepted only; what then cannot be activated is none."""
        try:
            self._intent(plan, None)
        except RuleBrokenError as error:
            return _refused(None, str(error))
        first = await self._plan(msgspec.structs.replace(plan, state=IntentState.ACCEPTED))
        if first.result is not Result.COMPLETED:
            return first
        outcome = await self._plan(plan)
        held = self._uss.flights.get(plan.flight_id)
        if outcome.result is Result.COMPLETED or held is None:
            return outcome
        try:
            await end(self._uss, held)
        except DssError as error:
            words = f"{outcome.words}; what was planned for it is still there: {error}"
            return msgspec.structs.replace(outcome, words=words, flight=self._uss.flights.get(plan.flight_id))
        return msgspec.structs.replace(outcome, flight=None)

    async def _plan(self, plan: FlightPlan) -> Outcome:
        uss = self._uss
        held = uss.flights.get(plan.flight_id)
        try:
            if held is not None and held.asked is not None:
                held = await settle(uss, held)
            intent, volumes = self._intent(plan, held)
        except RuleBrokenError as error:
            return _refused(held, str(error))
        except DssError as error:
            return _failed(held, error)
        if intent.state in OFF_NOMINAL:
            return await self._share_off_nominal(plan, intent, volumes, held)
        self._met.pop(intent.intent_id, None)
        try:
            return await self._share_checked(plan, intent, volumes, held)
        except (DssError, PeerError, TimeoutError) as error:
            if isinstance(error, PeerDataError):
                report_peer(uss, error)
            return _failed(uss.flights.get(plan.flight_id), error)

    async def _share_checked(
        self, plan: FlightPlan, intent: OperationalIntent, volumes: tuple[PreparedVolume, ...], held: Flight | None
    ) -> Outcome:
        uss = self._uss
        missing, exactly = References(), False
        for _ in range(MAX_KEY_ROUNDS):
            async with asyncio.timeout(MAX_PLANNING_S):
                references = await find_references(uss, gathered(intent.volumes)[:MAX_AREAS])
                references = references.with_more(missing.intents, missing.constraints)
                learned = await learn(uss, references, intent.intent_id)
                airspace = await truly_met(uss, learned, intent.volumes)
            detected_s = uss.clock.now_s()
            check = self._check(intent, volumes, held, airspace)
            if not check.permitted:
                self._record(intent, airspace.key, conflict_words(check))
                await self._tell_conflicts(plan, check, detected_s)
                return Outcome(result=Result.REJECTED, words=conflict_words(check), flight=held, check=check)
            try:
                flight = await self._put(plan, intent, held, airspace.key, check, exactly=exactly)
            except KeyIncompleteError as error:
                missing = missing.with_more(error.intents, error.constraints)
                self._record(intent, airspace.key, str(error), error)
                if secret := learned.secret(error.intents, error.constraints):
                    # Of a Down USS: where the plan meets none of it, its own volumes ask for no such OVN.
                    if exactly:
                        raise KeyOutOfReachError(secret_words(secret)) from None
                    exactly = True
                continue
            self._record(intent, airspace.key, None)
            await self._tell_conflicts(plan, check, detected_s)
            await tell_of_intent(uss, self._users, _shared(flight), volumes, detected_s)
            return Outcome(result=Result.COMPLETED, words=conflict_words(check), flight=flight, check=check)
        raise DssError("the airspace changed each time before the plan could be shared: try again")

    async def _share_off_nominal(
        self, plan: FlightPlan, intent: OperationalIntent, volumes: tuple[PreparedVolume, ...], held: Flight | None
    ) -> Outcome:
        # An aircraft is where it is: nothing may hold up telling the others.
        try:
            flight = await self._put(plan, intent, held, (), ConflictCheck())
        except DssError as error:
            return _failed(self._uss.flights.get(plan.flight_id), error)
        self._record(intent, (), None)
        await tell_of_intent(self._uss, self._users, _shared(flight), volumes, self._uss.clock.now_s())
        looking = plan.flight_id in self._looking
        self._looking[plan.flight_id] = (plan, intent, volumes)
        if not looking:
            self._uss.in_background(self._keep_looking(plan.flight_id))
        return Outcome(result=Result.COMPLETED, words="", flight=flight)

    async def _keep_looking(self, flight_id: str) -> None:
        # One look at a time; where the flight went meanwhile is looked at next.
        looked = None
        try:
            while (newest := self._looking[flight_id]) is not looked:
                await self._look_around(*newest)
                looked = newest
        finally:
            del self._looking[flight_id]

    async def _look_around(
        self, plan: FlightPlan, intent: OperationalIntent, volumes: tuple[PreparedVolume, ...]
    ) -> None:
        """The user of an off-nominal flight learns whom it may meet: of each other intent once."""
        try:
            async with asyncio.timeout(MAX_PLANNING_S):
                references = await find_references(self._uss, gathered(intent.volumes + intent.off_nominal_volumes))
                airspace = await learn(self._uss, references, intent.intent_id)
        except (DssError, PeerError, TimeoutError):
            return  # whom it meets tells their own users all the same
        self._met = {one: met for one, met in self._met.items() if self._uss.flight_of(one) is not None}
        check = self._check(intent, volumes, None, airspace)
        told = self._met.get(intent.intent_id, frozenset())
        news = tuple(one for one in check.conflicts if one.intent_id not in told)
        self._met[intent.intent_id] = told.union(one.intent_id for one in news)
        detected_s = self._uss.clock.now_s()
        await self._tell_conflicts(plan, ConflictCheck(conflicts=news), detected_s)

    async def _put(
        self,
        plan: FlightPlan,
        intent: OperationalIntent,
        held: Flight | None,
        key: tuple[str, ...],
        check: ConflictCheck,
        *,
        exactly: bool = False,
    ) -> Flight:
        uss = self._uss
        shared = held.shared if held is not None else None
        flight = held or Flight(flight_id=plan.flight_id, intent_id=intent.intent_id, operator=plan.operator)
        volumes = intent.volumes + intent.off_nominal_volumes
        put = await self._asked_for(intent, shared, key, volumes if exactly else surroundings(volumes))
        expected = None
        if put.ovn_suffix is not None:
            expected = expected_reference(uss, flight, intent, put.ovn_suffix, put.subscription_id)
        await keep_asked(uss, flight, Asked.PUT, intent, expected)
        try:
            answer = await self._put_upon_newest(put, shared)
        except DssUnsureError:
            raise
        except DssError:
            await drop_asked(uss, flight)
            raise
        stands = SharedIntent(
            reference=answer.reference,
            intent=msgspec.structs.replace(intent, revision=answer.reference.version, party=answer.reference.manager),
        )
        now_s = uss.clock.now_s()
        outside = intent.state is IntentState.NONCONFORMING
        since_s = (flight.outside_since_s or now_s) if outside else None
        flight = msgspec.structs.replace(
            flight,
            shared=stands,
            asked=None,
            wanted=None,
            expected=None,
            standing_with=tuple(one.intent_id for one in check.conflicts),
            outside_since_s=since_s,
        )
        await keep_shared(uss, flight, answer.subscribers)
        if shared is None:
            uss.records.keep(OperatorKept(time_s=now_s, entity_id=flight.intent_id, answers=flight.operator))
        return flight

    async def _asked_for(
        self,
        intent: OperationalIntent,
        shared: SharedIntent | None,
        key: tuple[str, ...],
        extents: tuple[Volume4D, ...],
    ) -> IntentPut:
        """What is asked of the DSS for an intent; an off-nominal one waits for no subscription."""
        uss = self._uss
        relied = self._subscriptions.holding(extents)
        if intent.state not in OFF_NOMINAL:
            relied = relied or await self._subscriptions.for_plan(extents)
        return IntentPut(
            intent_id=intent.intent_id,
            ovn=shared.reference.ovn if shared is not None else None,
            extents=extents,
            state=intent.state,
            key=key,
            base_url=uss.settings.base_url,
            hears_constraints=uss.settings.hears_constraints,
            subscription_id=relied,
            ovn_suffix=ovn_suffix(uss.clock.now_s(), uss.new_id()) if uss.settings.requests_ovns else None,
        )

    async def _put_upon_newest(self, put: IntentPut, shared: SharedIntent | None) -> IntentAnswer:
        """Put; where the DSS has a newer version than we, as a request of ours came through late, upon that one."""
        uss = self._uss
        try:
            return await self._subscriptions.put_relying(put)
        except KeyIncompleteError:
            raise
        except DssRefusedError as error:
            if error.status != 409 or shared is None:
                raise
            reference = await uss.dss.intent(put.intent_id)
            if reference is None or reference.manager != uss.settings.name or reference.ovn in (None, put.ovn):
                raise
            return await uss.dss.put_intent(msgspec.structs.replace(put, ovn=reference.ovn))

    def _intent(self, plan: FlightPlan, held: Flight | None) -> tuple[OperationalIntent, tuple[PreparedVolume, ...]]:
        """The intent that the plan asks for, with its nominal volumes prepared. Raises RuleBrokenError."""
        uss = self._uss
        shared = held.shared if held is not None else None
        if shared is None and len(uss.flights) >= MAX_FLIGHTS:
            raise RuleBrokenError(f"this USS manages {MAX_FLIGHTS:,} flights already")
        check_transition(None if shared is None else shared.reference.state, plan.state)
        identities = plan.identities
        if identities is None:
            identities = () if shared is None else shared.intent.identities
        off_nominal = plan.state in OFF_NOMINAL
        nominal = shared.intent.volumes if off_nominal and shared is not None else plan.volumes
        if plan.state is IntentState.CONTINGENT:
            nominal = ()
        intent = OperationalIntent(
            intent_id=held.intent_id if held is not None else uss.new_id(),
            revision=1 if shared is None else shared.intent.revision + 1,
            party=uss.settings.name,
            state=plan.state,
            title=plan.title[:MAX_TITLE_CHARS],
            volumes=nominal,
            off_nominal_volumes=plan.volumes if off_nominal else (),
            priority=plan.priority,
            identities=identities,
        )
        return intent, check_intent(intent, uss.settings.rules, uss.clock.now_s())

    def _check(
        self,
        intent: OperationalIntent,
        volumes: tuple[PreparedVolume, ...],
        held: Flight | None,
        airspace: Airspace,
    ) -> ConflictCheck:
        shared = held.shared if held is not None else None
        flown: tuple[PreparedVolume, ...] = ()
        if shared is not None and shared.reference.state in IN_FLIGHT:
            flown = prepared(shared.intent.volumes)
        planned = PlannedIntent(
            state=intent.state,
            priority=intent.priority,
            volumes=volumes,
            flown=flown,
            standing_with=frozenset(held.standing_with) if held is not None else frozenset(),
        )
        rules = self._uss.settings.rules
        return check_conflicts(planned, airspace.known, airspace.hidden, airspace.constraints, rules)

    async def _tell_conflicts(self, plan: FlightPlan, check: ConflictCheck, detected_s: float) -> None:
        if check.conflicts:
            words = conflict_words(check)
            await self._users.tell(
                plan.flight_id, "SCD0090", detected_s, words, conflicts=len(check.conflicts), operator=plan.operator
            )
        if check.constraints:
            words = constraint_words(check)
            await self._users.tell(plan.flight_id, "CSTP0005", detected_s, words, operator=plan.operator)

    def _said(self, plan: FlightPlan) -> None:
        held = self._uss.flights.get(plan.flight_id)
        triggers = {
            IntentState.ACTIVATED: "CMSA0010",
            IntentState.NONCONFORMING: "CMSA0100",
            IntentState.CONTINGENT: "CMSA0105",
        }
        trigger = triggers.get(plan.state)
        if held is None or trigger is None or not plan.by_user:
            return
        words = f"the user wants the flight to be {plan.state.value}"
        now_s = self._uss.clock.now_s()
        self._uss.records.keep(UserSaidKept(time_s=now_s, intent_id=held.intent_id, trigger=trigger, words=words))

    def _record(
        self,
        intent: OperationalIntent,
        key: Sequence[str],
        problem: str | None,
        missing: KeyIncompleteError | None = None,
    ) -> None:
        record = PlanningKept(
            time_s=self._uss.clock.now_s(),
            intent_id=intent.intent_id,
            state=intent.state,
            ovns=tuple(key),
            missing_intents=() if missing is None else tuple(one.intent_id for one in missing.intents),
            missing_constraints=() if missing is None else tuple(one.constraint_id for one in missing.constraints),
            problem=problem,
        )
        self._uss.records.keep(record)


def _refused(held: Flight | None, words: str) -> Outcome:
    return Outcome(result=Result.REJECTED, words=words, flight=_standing(held))


def _failed(held: Flight | None, error: Exception) -> Outcome:
    return Outcome(result=Result.FAILED, words=error_words(error), flight=_standing(held))


def _shared(flight: Flight) -> SharedIntent:
    assert flight.shared is not None  # noqa: S101 it was just shared
    return flight.shared


def _standing(flight: Flight | None) -> Flight | None:
    return flight if flight is not None and flight.shared is not None else None
