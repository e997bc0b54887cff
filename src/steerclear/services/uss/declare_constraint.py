"""A provider declares a constraint, changes it or withdraws it: checked, shared, told to all subscribers."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from steerclear.model.volumes import Volume4D
from steerclear.services.uss.airspace import (
    ConstraintNotice,
    ConstraintPut,
    ConstraintReference,
    SharedConstraint,
    Subscriber,
)
from steerclear.services.uss.context import Uss
from steerclear.services.uss.flight_events import (
    CONSTRAINT_ENDED,
    Asked,
    OwnConstraint,
    constraint_event,
    gone_event,
)
from steerclear.services.uss.hear_peers import tell_of_constraint
from steerclear.services.uss.intent_rules import check_own_constraint
from steerclear.services.uss.notify_peers import queued
from steerclear.services.uss.ownership import Caller, check_constraint
from steerclear.services.uss.ports import DssError, DssRefusedError, DssUnsureError
from steerclear.services.uss.record_files import OperatorKept
from steerclear.services.uss.share_flight import UNSURE_FOR_S
from steerclear.services.uss.tell_user import UserDesk
from steerclear.store.entries import OutboxEntry


class ConstraintPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider wants to declare."""

    constraint_id: str
    volumes: tuple[Volume4D, ...]
    kind: str | None = None
    geozone_json: str | None = None
    provider: str = ""
    asked_by: Caller | None = None
    """Who asks for it; None: the USS itself."""


class UnknownConstraintError(ValueError):
    """There is no constraint of ours of that name."""


class ConstraintDesk:
    """Declares the constraints of one USS."""

    def __init__(self, uss: Uss, users: UserDesk) -> None:
        self._uss = uss
        self._users = users

    async def declare(self, plan: ConstraintPlan) -> SharedConstraint:
        """Share a new constraint or a change. Raises RuleBrokenError, NotYoursError, DssError, the store's errors."""
        uss = self._uss
        async with uss.locks[plan.constraint_id]:
            held = uss.constraints.get(plan.constraint_id)
            check_constraint(held, plan.asked_by)
            check_own_constraint(plan.volumes, uss.clock.now_s())
            if held is not None and held.asked is not None:
                held = await self._settle(held)
            return await self._put(plan, held)

    async def withdraw(self, constraint_id: str, by: Caller | None = None) -> None:
        """Take a constraint back. Raises UnknownConstraintError, NotYoursError, DssError and the store's errors."""
        uss = self._uss
        async with uss.locks[constraint_id]:
            held = uss.constraints.get(constraint_id)
            check_constraint(held, by)
            if held is not None and held.asked is not None:
                held = await self._settle(held)
            if held is None or held.shared is None:
                raise UnknownConstraintError(f"there is no constraint {constraint_id} of ours")
            await self._keep(msgspec.structs.replace(held, asked=Asked.DELETE, asked_s=uss.clock.now_s()))
            try:
                await self._remove(held, held.shared.reference)
            except DssUnsureError:
                raise
            except DssError:
                await self._keep(held)
                raise

    async def settle_open(self) -> None:
        """Put the questions without an answer to the DSS; those it does not answer either stay open."""
        for one in list(self._uss.constraints.values()):
            if one.asked is None or self._uss.locks[one.constraint_id].locked():
                continue
            async with self._uss.locks[one.constraint_id]:
                held = self._uss.constraints.get(one.constraint_id)
                if held is None or held.asked is None:
                    continue
                try:
                    await self._settle(held)
                except DssError:
                    continue

    async def _put(self, plan: ConstraintPlan, held: OwnConstraint | None) -> SharedConstraint:
        uss = self._uss
        now_s = uss.clock.now_s()
        before = held.shared if held is not None else None
        reference = before.reference if before is not None else _unshared(uss, plan, now_s)
        wanted = SharedConstraint(
            reference=reference, volumes=plan.volumes, kind=plan.kind, geozone_json=plan.geozone_json
        )
        asked = OwnConstraint(
            constraint_id=plan.constraint_id,
            provider=plan.provider if held is None else held.provider,
            shared=before,
            asked=Asked.PUT,
            asked_s=now_s,
            wanted=wanted,
        )
        await self._keep(asked)
        try:
            answer = await uss.dss.put_constraint(_put_of(uss, wanted))
        except DssUnsureError:
            raise
        except DssError:
            await (self._drop(plan.constraint_id) if held is None else self._keep(held))
            raise
        shared = msgspec.structs.replace(wanted, reference=answer.reference)
        stands = msgspec.structs.replace(asked, shared=shared, asked=None, wanted=None)
        await self._keep(stands, self._notices(plan.constraint_id, shared, answer.subscribers))
        uss.records.keep(
            OperatorKept(time_s=now_s, entity_id=plan.constraint_id, answers=stands.provider, constraint=True)
        )
        trigger, words = ("CSTP0010", "is new") if before is None else ("CSTP0020", "has changed")
        await tell_of_constraint(uss, self._users, shared, trigger, words, now_s)
        return shared

    async def _settle(self, held: OwnConstraint) -> OwnConstraint | None:
        uss = self._uss
        reference = await uss.dss.constraint(held.constraint_id)
        if reference is None:
            if held.asked is Asked.PUT and held.shared is None and uss.clock.now_s() - held.asked_s < UNSURE_FOR_S:
                raise DssError("the DSS has not answered a moment ago and may still do what it was asked: try again")
            await self._drop(held.constraint_id)
            return None
        if held.shared is None or held.asked is Asked.DELETE:
            await self._remove(held, reference)
            return None
        stands = msgspec.structs.replace(held, asked=None, wanted=None)
        outbox: list[OutboxEntry] = []
        if reference.version != held.shared.reference.version and held.wanted is not None:
            wanted = msgspec.structs.replace(held.wanted, reference=reference)
            try:
                answer = await uss.dss.put_constraint(_put_of(uss, wanted))
            except DssRefusedError:
                pass
            else:
                wanted = msgspec.structs.replace(wanted, reference=answer.reference)
                outbox = self._notices(held.constraint_id, wanted, answer.subscribers)
            stands = msgspec.structs.replace(stands, shared=wanted)
        await self._keep(stands, outbox)
        return stands

    async def _remove(self, held: OwnConstraint, reference: ConstraintReference) -> None:
        if reference.ovn is None:
            raise DssError(f"the DSS does not tell us the OVN of our own constraint {held.constraint_id}")
        subscribers: tuple[Subscriber, ...] = ()
        try:
            answer = await self._uss.dss.delete_constraint(held.constraint_id, reference.ovn)
            subscribers = answer.subscribers
        except DssRefusedError as error:
            if error.status != 404:
                raise
        await self._drop(held.constraint_id, self._notices(held.constraint_id, None, subscribers))
        if held.shared is not None:
            now_s = self._uss.clock.now_s()
            await tell_of_constraint(self._uss, self._users, held.shared, "CSTP0030", "is withdrawn", now_s)

    def _notices(
        self, constraint_id: str, shared: SharedConstraint | None, subscribers: Iterable[Subscriber]
    ) -> list[OutboxEntry]:
        return [
            queued(
                self._uss,
                one.base_url,
                ConstraintNotice(constraint_id=constraint_id, constraint=shared, subscriptions=one.subscriptions),
            )
            for one in self._uss.others(subscribers)
        ]

    async def _keep(self, constraint: OwnConstraint, outbox: Iterable[OutboxEntry] = ()) -> None:
        await self._uss.store([constraint_event(constraint, self._uss.clock.now_s())], outbox=outbox)
        self._uss.constraints[constraint.constraint_id] = constraint
        self._uss.notices_wait.set()

    async def _drop(self, constraint_id: str, outbox: Iterable[OutboxEntry] = ()) -> None:
        await self._uss.store([gone_event(CONSTRAINT_ENDED, [constraint_id], self._uss.clock.now_s())], outbox=outbox)
        self._uss.constraints.pop(constraint_id, None)
        self._uss.notices_wait.set()


def _unshared(uss: Uss, plan: ConstraintPlan, now_s: float) -> ConstraintReference:
    return ConstraintReference(
        constraint_id=plan.constraint_id,
        manager=uss.settings.name,
        version=0,
        from_s=now_s,
        until_s=now_s,
        base_url=uss.settings.base_url,
    )


def _put_of(uss: Uss, wanted: SharedConstraint) -> ConstraintPut:
    return ConstraintPut(
        constraint_id=wanted.reference.constraint_id,
        ovn=wanted.reference.ovn,
        extents=wanted.volumes,
        base_url=uss.settings.base_url,
    )
