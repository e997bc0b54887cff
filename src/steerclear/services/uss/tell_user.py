"""What the users of a USS are told: conflicts, off-nominal flights of others, constraints, and what became of a plan.

A notice is in the journal before anyone can ask for it, so desks that follow the journal see it as it happens.
"""

from __future__ import annotations

from collections import deque

from steerclear.services.uss.context import Uss
from steerclear.services.uss.flight_events import USER_TOLD, UserNotice, event_of, read_user_notices
from steerclear.services.uss.limits import MAX_USER_NOTICES
from steerclear.services.uss.record_files import UserToldKept

REMEMBERED_S = 2 * 86_400.0
"""After a restart, what users were told longer ago is found in the journal and the records only."""
_STEP_S = 2e-6
"""Two notices never bear the same time, so that a client can tell them apart by it."""


class UserDesk:
    """Tells users, and remembers what they were told."""

    def __init__(self, uss: Uss) -> None:
        self._uss = uss
        since_s = uss.clock.now_s() - REMEMBERED_S
        self._notices: deque[UserNotice] = deque(read_user_notices(uss.journal, since_s), maxlen=MAX_USER_NOTICES)

    async def tell(
        self,
        flight_id: str,
        trigger: str,
        occurred_s: float,
        words: str,
        conflicts: int | None = None,
        operator: str = "",
    ) -> None:
        """Tell the user of a flight; `operator` is whose it is where there is no such flight (any more).

        Raises the store's errors; then nobody was told.
        """
        flight = self._uss.flights.get(flight_id)
        now_s = self._uss.clock.now_s()
        told_s = max(now_s, self._notices[-1].told_s + _STEP_S) if self._notices else now_s
        notice = UserNotice(
            flight_id=flight_id,
            trigger=trigger,
            occurred_s=occurred_s,
            told_s=told_s,
            words=words,
            conflicts=conflicts,
            operator=operator if flight is None else flight.operator,
        )
        self._notices.append(notice)
        await self._uss.store([event_of(USER_TOLD, notice, told_s)])
        self._uss.records.keep(UserToldKept(time_s=told_s, occurred_s=occurred_s, trigger=trigger, words=words))

    def told(self, from_s: float, until_s: float) -> tuple[UserNotice, ...]:
        """Notices told within a time, oldest first."""
        return tuple(notice for notice in self._notices if from_s <= notice.told_s <= until_s)

    def told_about(self, flight_id: str) -> tuple[UserNotice, ...]:
        """Notices about one flight, oldest first."""
        return tuple(one for one in self._notices if one.flight_id == flight_id)
