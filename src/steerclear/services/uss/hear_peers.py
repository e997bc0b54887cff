"""Notifications from other USSs: believed from the manager only, in the order of versions, and told to our users.

A notification that is refused changes nothing. What was heard serves awareness and the order of versions; a plan always
fetches what it needs anew, so a peer that forgets to notify does no harm to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from steerclear.services.uss.airspace import (
    ConstraintNotice,
    ConstraintReference,
    IntentNotice,
    IntentReference,
    SharedConstraint,
    SharedIntent,
)
from steerclear.services.uss.context import Uss
from steerclear.services.uss.flight_events import FORGOTTEN, HeardOf, gone_event, heard_event
from steerclear.services.uss.intent_rules import (
    RuleBrokenError,
    check_shared_constraint,
    check_shared_intent,
    prepared,
)
from steerclear.services.uss.limits import MAX_FOREIGN_INTENTS
from steerclear.services.uss.ports import DssError
from steerclear.services.uss.tell_user import UserDesk
from steerclear.strategic.uss_conflicts import OFF_NOMINAL
from steerclear.strategic.volumes import PreparedVolume

GONE_KEPT_S = 86_400.0
"""How long it is remembered that an entity is gone, so that a late notification does not bring it back."""


_AskDss = Callable[[str], Awaitable[IntentReference | ConstraintReference | None]]


class NoticeError(ValueError):
    """A notification that is not believed; nothing has changed."""


class NoticeDataError(NoticeError):
    """What it says cannot be so: its sender must correct it."""


class NotManagerError(NoticeError):
    """Its sender does not manage the entity."""


class OutOfTurnError(NoticeError):
    """An older version than one that was heard before, or the same with another content."""


class Hearing:
    """Takes notifications for one USS."""

    def __init__(self, uss: Uss, users: UserDesk) -> None:
        self._uss = uss
        self._users = users

    async def hear_intent(self, notice: IntentNotice, sender: str) -> None:
        """Take a notification about an operational intent. Raises NoticeError and the store's errors."""
        # One after the other, or an older version could be kept over a newer one.
        async with self._uss.locks[notice.intent_id]:
            await self._hear_intent(notice, sender)

    async def hear_constraint(self, notice: ConstraintNotice, sender: str) -> None:
        """Take a notification about a constraint. Raises NoticeError and the store's errors."""
        async with self._uss.locks[notice.constraint_id]:
            await self._hear_constraint(notice, sender)

    async def _hear_intent(self, notice: IntentNotice, sender: str) -> None:
        held = await self._held(notice.intent_id, sender, self._uss.dss.intent)
        now_s = self._uss.clock.now_s()
        if notice.intent is None:
            await self._gone(held, now_s)
            return
        shared = notice.intent
        if shared.reference.intent_id != notice.intent_id:
            raise NoticeDataError("the intent's reference bears another id than the notification")
        self._check_manager(shared.reference.manager, sender)
        try:
            volumes = check_shared_intent(shared, None)
        except RuleBrokenError as error:
            raise NoticeDataError(str(error)) from None
        if self._repeated(held, shared.reference.version, shared, held.intent if held else None):
            return
        heard = HeardOf(
            entity_id=notice.intent_id,
            manager=sender,
            version=shared.reference.version,
            until_s=shared.reference.until_s,
            intent=shared,
            heard_s=now_s,
        )
        await self._keep(heard, now_s)
        await tell_of_intent(self._uss, self._users, shared, volumes, now_s)

    async def _hear_constraint(self, notice: ConstraintNotice, sender: str) -> None:
        held = await self._held(notice.constraint_id, sender, self._uss.dss.constraint)
        now_s = self._uss.clock.now_s()
        if notice.constraint is None:
            before = held.constraint if held is not None else None
            await self._gone(held, now_s)
            if before is not None:
                await tell_of_constraint(self._uss, self._users, before, "CSTP0030", "is withdrawn", now_s)
            return
        shared = notice.constraint
        if shared.reference.constraint_id != notice.constraint_id:
            raise NoticeDataError("the constraint's reference bears another id than the notification")
        self._check_manager(shared.reference.manager, sender)
        try:
            check_shared_constraint(shared, None)
        except RuleBrokenError as error:
            raise NoticeDataError(str(error)) from None
        if self._repeated(held, shared.reference.version, shared, held.constraint if held else None):
            return
        changed = held is not None and held.constraint is not None
        heard = HeardOf(
            entity_id=notice.constraint_id,
            manager=sender,
            version=shared.reference.version,
            until_s=shared.reference.until_s,
            constraint=shared,
            heard_s=now_s,
        )
        await self._keep(heard, now_s)
        trigger, words = ("CSTP0020", "has changed") if changed else ("CSTP0010", "is new")
        await tell_of_constraint(self._uss, self._users, shared, trigger, words, now_s)

    async def forget(self) -> None:
        """Drop what has run out, and the oldest when there is too much."""
        now_s = self._uss.clock.now_s()
        heard = self._uss.heard
        over = [one.entity_id for one in heard.values() if max(one.until_s, one.heard_s) + GONE_KEPT_S < now_s]
        if (excess := len(heard) - len(over) - MAX_FOREIGN_INTENTS) > 0:
            kept = sorted(
                (one for one in heard.values() if one.entity_id not in set(over)), key=lambda one: one.heard_s
            )
            over += [one.entity_id for one in kept[:excess]]
        if over:
            await self._uss.store([gone_event(FORGOTTEN, over, now_s)])
            for entity_id in over:
                heard.pop(entity_id, None)

    async def _held(self, entity_id: str, sender: str, ask: _AskDss) -> HeardOf | None:
        if self._uss.flight_of(entity_id) is not None or entity_id in self._uss.constraints:
            raise NotManagerError("we manage this ourselves")
        held = self._uss.heard.get(entity_id)
        if held is None or held.manager == sender:
            return held
        # Whoever told of it first may have lied about whose it is: the DSS knows.
        try:
            reference = await ask(entity_id)
        except DssError:
            reference = None
        if reference is None or reference.manager != sender:
            raise NotManagerError(f"it is managed by {held.manager}, not by {sender}")
        return None

    def _check_manager(self, manager: str, sender: str) -> None:
        if manager != sender:
            raise NotManagerError(f"its reference says that {manager} manages it, not {sender}")

    def _repeated(
        self,
        held: HeardOf | None,
        version: int,
        told: SharedIntent | SharedConstraint,
        known: SharedIntent | SharedConstraint | None,
    ) -> bool:
        """Whether we know it already. Raises OutOfTurnError."""
        if held is None or version > held.version:
            return False
        if version < held.version:
            raise OutOfTurnError(f"version {version} comes after version {held.version}")
        if known is None:
            raise OutOfTurnError(f"version {version} was told before, and that it is gone")
        if told != known:
            raise OutOfTurnError(f"version {version} was told before with another content")
        return True

    async def _gone(self, held: HeardOf | None, now_s: float) -> None:
        if held is None or (held.intent is None and held.constraint is None):
            return
        gone = msgspec.structs.replace(held, intent=None, constraint=None, heard_s=now_s)
        await self._keep(gone, now_s)

    async def _keep(self, heard: HeardOf, now_s: float) -> None:
        await self._uss.store([heard_event(heard, now_s)])
        self._uss.heard[heard.entity_id] = heard


async def tell_of_intent(
    uss: Uss, users: UserDesk, shared: SharedIntent, volumes: tuple[PreparedVolume, ...], occurred_s: float
) -> None:
    """Tell the users of our flights that another flight, of whatever USS, now meets theirs."""
    reference = shared.reference
    for flight in uss.flights_in(volumes):
        if flight.intent_id == reference.intent_id:
            continue
        words = (
            f"operational intent {reference.intent_id} of {reference.manager}, {reference.state.value}, "
            f"priority {shared.intent.priority}, conflicts with this flight"
        )
        await users.tell(flight.flight_id, "SCD0095", occurred_s, words, conflicts=1)
        if reference.state in OFF_NOMINAL:
            told = f"operational intent {reference.intent_id} of {reference.manager} is {reference.state.value}"
            await users.tell(flight.flight_id, "CMSA0300", occurred_s, told, conflicts=0)  # the one above tells of it


async def tell_of_constraint(
    uss: Uss, users: UserDesk, shared: SharedConstraint, trigger: str, words: str, occurred_s: float
) -> None:
    """Tell the users of our flights that a constraint that theirs meet has come, changed or gone."""
    try:
        volumes = prepared(shared.volumes)
    except RuleBrokenError:
        return
    for flight in uss.flights_in(volumes):
        told = f"constraint {shared.reference.constraint_id} of {shared.reference.manager} {words}"
        await users.tell(flight.flight_id, trigger, occurred_s, told)
