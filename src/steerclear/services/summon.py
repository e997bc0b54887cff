"""Raised rungs reach people: the outlets of the rung's function are tried, and what came of it goes into the journal.

A rung is raised once; its outlets are tried after that. When the node dies in between they are tried again at the next
start: to be called twice does less harm than not to be called. When every outlet of a function fails, the next rung is
raised at once. A disk that is full when the outcome is to be stored calls nobody again: only the storing is.

Each peer's rungs have threads of their own, and the immediate ones again: a flood of one side's, or of machines'
alerts, holds up no commander who is called for another's.
"""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from threading import Lock
from typing import Final, TypeAlias

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

SUMMONS_PER_ROUND: Final = 1_000
"""Raised rungs of one peer looked at in one round."""
SUMMONS_AT_ONCE: Final = 16
"""Rungs of one peer, immediate or other ones, whose outlets are tried at the same time: one that hangs must not hold up
the next commander's.
"""
UNREACHED: Final = "no outlet of the rung before it took the summons"


_Rung: TypeAlias = tuple[str, bool, int, int]
_Lane: TypeAlias = tuple[str, bool]
"""A peer, and whether what its people are called for is immediate."""

_logger = logging.getLogger("steerclear.summons")


class Summoner:
    """Tries the outlets of raised rungs, each rung on a thread of its own unless another `executor` is given."""

    def __init__(self, exchange: Exchange, outlets: Outlets, executor: Executor | None = None) -> None:
        self._exchange = exchange
        self._outlets = outlets
        most = 2 * SUMMONS_AT_ONCE * len(exchange.lines)
        self._pool = executor or ThreadPoolExecutor(most, thread_name_prefix="summon")
        self._busy: dict[_Rung, tuple[_Lane, Future[None]]] = {}
        self._tried: dict[_Rung, tuple[Outcome, ...]] = {}
        """What came of outlets and is not on record yet."""
        self._trouble = ""
        self._lock = Lock()

    def start(self) -> int:
        """Begin with every rung that waits, is not begun with yet and has a free thread; how many these are. Returns at
        once.
        """
        with self._lock:
            self._put_away()
            at_work = Counter(lane for lane, _ in self._busy.values())
            begun = 0
            for peer in self._exchange.lines:
                for raised in open_summons(self._exchange.journal, peer, SUMMONS_PER_ROUND):
                    begun += self._begin(raised, at_work)
            return begun

    def work(self) -> int:
        """Do what `start` does, and return when nothing of it is on its way any more."""
        begun = self.start()
        for _, future in list(self._busy.values()):
            future.result()
        return begun

    def close(self) -> None:
        """Begin nothing new. What hangs in an outlet ends with the outlet's own time."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _put_away(self) -> None:
        """Forget what is done with, and say once what it failed of; what could not be stored is begun again."""
        done = [(rung, future) for rung, (_, future) in self._busy.items() if future.done()]
        failed = [error for _, future in done if not future.cancelled() and (error := future.exception())]
        for rung, _ in done:
            del self._busy[rung]
        if failed and str(failed[0]) != self._trouble:
            _logger.error("what came of a summons cannot be recorded", extra={"detail": failed[0]})
        if done:
            self._trouble = str(failed[0]) if failed else ""

    def _begin(self, raised: RungRaised, at_work: Counter[_Lane]) -> bool:
        rung = (raised.peer, raised.outgoing, raised.sequence, raised.rung)
        if rung in self._busy or all(at_work[raised.peer, immediate] >= SUMMONS_AT_ONCE for immediate in (True, False)):
            return False
        lane = (raised.peer, self._is_immediate(raised))
        if at_work[lane] >= SUMMONS_AT_ONCE:
            return False
        future = self._pool.submit(self._summon, rung, raised)
        self._busy[rung] = (lane, future)
        at_work[lane] += not future.done()
        return True

    def _is_immediate(self, raised: RungRaised) -> bool:
        key = standing_key(raised.peer, raised.outgoing, raised.sequence)
        standing = read_standing(self._exchange.journal, key)
        asked = None if standing is None else standing.message
        return isinstance(asked, Asking) and asked.urgency is Urgency.IMMEDIATE

    def _summon(self, rung: _Rung, raised: RungRaised) -> None:
        key = standing_key(raised.peer, raised.outgoing, raised.sequence)
        if rung not in self._tried:
            standing = read_standing(self._exchange.journal, key)
            done = standing is None or settled(standing, raised.lacks)
            self._tried[rung] = () if standing is None or done else self._reached(standing, raised)
        outcomes = self._tried[rung]
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
        del self._tried[rung]

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
