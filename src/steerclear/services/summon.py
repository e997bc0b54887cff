"""Raised rungs reach people: the outlets of the rung's function are tried, and what came of it goes into the journal.

A rung is raised once; its outlets are tried after that. When the node dies in between they are tried again at the next
start: to be called twice does less harm than not to be called. When every outlet of a function fails, the next rung is
raised at once.
"""

from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from threading import Lock
from typing import Final

from steerclear.dialogue.lifecycle import Standing, kind_of, settled
from steerclear.model.messages import Asking
from steerclear.model.vocabulary import Urgency
from steerclear.services.exchange import Exchange
from steerclear.services.keep_time import raise_next_rung
from steerclear.services.line_events import (
    OutletTried,
    RungRaised,
    RungSummoned,
    journal_event,
    open_summons,
    read_standing,
    standing_key,
)
from steerclear.services.reach import Outcome, Outlets, Summons, reach_function
from steerclear.store.entries import Append

SUMMONS_PER_ROUND: Final = 64
"""Raised rungs looked at in one round."""
SUMMONS_AT_ONCE: Final = 16
"""Rungs whose outlets are tried at the same time: one that hangs must not hold up the next commander's."""
UNREACHED: Final = "no outlet of the rung before it took the summons"


class Summoner:
    """Tries the outlets of raised rungs, each rung on a thread of its own unless another `executor` is given."""

    def __init__(self, exchange: Exchange, outlets: Outlets, executor: Executor | None = None) -> None:
        self._exchange = exchange
        self._outlets = outlets
        self._pool = executor or ThreadPoolExecutor(SUMMONS_AT_ONCE, thread_name_prefix="summon")
        self._busy: dict[tuple[str, bool, int, int], Future[None]] = {}
        self._lock = Lock()

    def start(self) -> int:
        """Begin with every rung that waits and is not begun with yet; how many these are. Returns at once."""
        with self._lock:
            self._busy = {rung: future for rung, future in self._busy.items() if not future.done()}
            begun = 0
            for raised in open_summons(self._exchange.journal, SUMMONS_PER_ROUND):
                rung = (raised.peer, raised.outgoing, raised.sequence, raised.rung)
                if rung not in self._busy:
                    self._busy[rung] = self._pool.submit(self._summon, raised)
                    begun += 1
            return begun

    def work(self) -> int:
        """Try the outlets of every rung that waits, and return when all have been tried; how many rungs there were."""
        begun = self.start()
        for future in list(self._busy.values()):
            future.result()
        return begun

    def close(self) -> None:
        """Begin nothing new. What hangs in an outlet ends with the outlet's own time."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _summon(self, raised: RungRaised) -> None:
        key = standing_key(raised.peer, raised.outgoing, raised.sequence)
        standing = read_standing(self._exchange.journal, key)
        outcomes = () if standing is None or settled(standing, raised.lacks) else self._reached(standing, raised)
        now_s = self._exchange.clock.now_s()
        event = RungSummoned(
            peer=raised.peer,
            outgoing=raised.outgoing,
            sequence=raised.sequence,
            message_id=raised.message_id,
            rung=raised.rung,
            function=raised.function,
            outlets=tuple(
                OutletTried(outlet=one.outlet, reached=one.reached, detail=one.detail, took_s=one.took_s)
                for one in outcomes
            ),
        )
        summoned = journal_event(event, now_s)
        # In one append: what is summoned on record is not looked at again, so the next rung would be forgotten.
        unreached = bool(outcomes) and not any(one.reached for one in outcomes)
        if not (unreached and raise_next_rung(self._exchange, key, UNREACHED, raised.lacks, summoned)):
            self._exchange.journal.append(Append(key=f"summoned/{key}/{raised.rung}", events=(summoned,)))

    def _reached(self, standing: Standing, raised: RungRaised) -> tuple[Outcome, ...]:
        us = self._exchange.us
        outcomes: tuple[Outcome, ...] = ()
        for desk in us.desks_with(raised.function):
            summons = _summons(us.party_id, desk.desk_id, standing, raised)
            outcomes += reach_function(self._outlets, desk.outlets_of(raised.function), summons)
        return outcomes


def _summons(party: str, desk_id: str, standing: Standing, raised: RungRaised) -> Summons:
    message = standing.message
    urgency = message.urgency if isinstance(message, Asking) else Urgency.ROUTINE
    limit_s = standing.due.get(raised.lacks)
    return Summons(
        party=party,
        peer=standing.peer,
        message_id=message.message_id,
        kind=kind_of(message),
        urgency=urgency,
        outgoing=standing.outgoing,
        step=raised.lacks,
        rung=raised.rung,
        function=raised.function,
        desk_id=desk_id,
        issued_s=standing.issued_s,
        due_s=standing.issued_s if limit_s is None else limit_s,
    )
