"""What time alone brings about on the line: steps that fall due, rungs of ladders, and line checks.

A tick may come late, twice, or after a restart: each deadline and each rung becomes one event, because the append
that records it bears the name of the message and of the step. While the node runs, waiting times pass by a clock that
nobody sets; a step of the machine's clock, either way, neither hurries a deadline nor holds it up.

What time brings about for declared items costs what a peer declares: a thousand zones in one place take seconds to be
compared. So it is a tick of its own, on a thread of its own in a node, and no deadline waits for it.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterator, Sequence
from functools import partial
from threading import Lock
from typing import Final

import msgspec

from steerclear.dialogue.ladder import early_rung, next_rung, overdue, overdue_words, rung_owed
from steerclear.dialogue.lifecycle import PlannedRung, Standing, after_deadline, settled
from steerclear.dialogue.link_state import next_check_in_s
from steerclear.dialogue.terms import AgreementVersion
from steerclear.model.limits import MAX_NAME_CHARS
from steerclear.model.messages import AgreementEvent, AgreementStep, Escalation, LineCheck, Message, Step
from steerclear.model.notices import NoticeState
from steerclear.services.affected_plans import MAX_AFFECTED_TOLD, AffectedPlan, affected_events, affected_plans
from steerclear.services.exchange import Draft, Exchange, Sent
from steerclear.services.keep_zones import ZoneKeeper
from steerclear.services.line_events import (
    LAST_CHECKS,
    SENT,
    STORED,
    AnswerMissed,
    RungRaised,
    acknowledged_by,
    asked_by,
    journal_event,
    open_deadlines,
    open_rungs,
    read_standing,
    split_rung_key,
    split_step_key,
    standing_key,
    times_of_event,
)
from steerclear.services.notice_events import (
    expired_event,
    expiries,
    expiry_of_event,
    read_notice,
    split_expiry_key,
)
from steerclear.services.plan_events import read_items
from steerclear.services.plan_neighbours import declared_of
from steerclear.store.entries import Append, Event
from steerclear.store.limits import MAX_PAGE_ROWS

_logger = logging.getLogger("steerclear.agreement")
_time_decoder = msgspec.json.Decoder(float)

CLOCK_STEP_S = 0.05
"""By more than this between two ticks no honest clock drifts: it was set."""
UNACKNOWLEDGED = "not acknowledged in time"
"""Why a rung is raised that is raised when it is due."""

MAX_IN_TURN: Final = 32
"""Due things of one kind that are done for one peer before it is the next one's turn. A peer that sends more messages
than can be climbed for, each at the price of a write to the disk, makes its own rungs late and nobody else's.
"""


def why_words(why: str) -> str:
    """Why a rung was raised, as it is read beside the time of that: the first one comes before any deadline is over."""
    return "not acknowledged by then" if why == UNACKNOWLEDGED else why


_Due = list[tuple[float, str]]


class _DueTimes:
    """Keys by when they are due by the steady clock, those of each peer apart; a key begins with its peer."""

    def __init__(self) -> None:
        self._of: dict[str, _Due] = {}

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def add(self, due_s: float, key: str) -> None:
        """One more."""
        heapq.heappush(self._of.setdefault(key.partition("/")[0], []), (due_s, key))

    def any_due(self, steady_s: float) -> bool:
        """Whether one's time has come."""
        return any(heap and heap[0][0] <= steady_s for heap in self._of.values())

    def turn(self, steady_s: float) -> Iterator[str]:
        """The next keys whose time has come, at most MAX_IN_TURN of each peer. Each is forgotten when the one after it
        is asked for, so that it stays where the work on it fails.
        """
        for heap in self._of.values():
            for _ in range(MAX_IN_TURN):
                if not heap or heap[0][0] > steady_s:
                    break
                yield heap[0][1]
                heapq.heappop(heap)


class Timekeeper:
    """Turns ticks of the clock into events."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._deadlines, self._rungs, self._expiries = _DueTimes(), _DueTimes(), _DueTimes()
        self._checks: dict[str, float] = {}
        """When the next line check to each peer is due, by the steady clock."""
        self._told: AgreementVersion | None = None
        """The version of which this process knows that every log says it is in force."""
        self._lock = Lock()
        self._items_lock = Lock()
        self._zones = ZoneKeeper(exchange)
        self._followed = exchange.journal.last_sequence()
        last = exchange.journal.journal(self._followed - 1, 1) if self._followed else []
        # A clock that was set back while the node was down cannot be earlier than what it wrote before.
        now_s = max(exchange.clock.now_s(), *(row.time_s for row in last), 0.0)
        self._take_up(open_deadlines(exchange.journal), open_rungs(exchange.journal), expiries(exchange.journal), now_s)
        self._plan_checks(now_s)
        self._ahead_s = exchange.clock.steady_s() - exchange.clock.now_s()

    def tick(self) -> int:
        """Do all that is due: what `keep_deadlines` and `keep_items` do; how many things happened."""
        return self.keep_deadlines() + self.keep_items()

    def keep_deadlines(self) -> int:
        """Record every deadline that has passed, raise the rungs and send the line checks that are due; how many
        things happened.
        """
        with self._lock:
            happened, more = 0, True
            while more:
                # Also what has come meanwhile: of one peer there may be much, and the others' is not to wait for it.
                self._follow()
                waiting = self._waiting()
                happened += self._pass_deadlines() + self._raise_rungs() + self._expire_notices()
                if self._exchange.version_in_force(self._exchange.clock.now_s()) is not None:
                    happened += self._check_lines()
                more = self._any_due() and self._waiting() < waiting
            return happened

    def keep_items(self) -> int:
        """Move the zones whose time has come, and say that an amendment is in force and which declared items it
        concerns; how many things happened.
        """
        with self._items_lock:
            moved = self._zones.tick()
            version = self._exchange.version_in_force(self._exchange.clock.now_s())
            return moved if version is None else moved + self._tell_version(version)

    def _follow(self) -> None:
        """Take up what came into the journal since the last tick: deadlines, line checks, acknowledgements."""
        clock, before_s = self._exchange.clock, self._ahead_s
        self._ahead_s = clock.steady_s() - clock.now_s()
        was_set = abs(self._ahead_s - before_s) > CLOCK_STEP_S
        read: list[str] = []
        while rows := self._exchange.journal.journal(self._followed, MAX_PAGE_ROWS):
            self._followed = rows[-1].sequence
            for row in rows:
                if row.kind not in (SENT, STORED):
                    continue
                owed, rungs = times_of_event(row.kind, row.payload)
                runs_out = expiry_of_event(row.kind, row.payload)
                # Where the clock was set since the last tick, what was written before that counts from its own time.
                now_s = row.time_s if was_set else clock.now_s()
                self._take_up(owed, rungs, runs_out, now_s)
                read += acknowledged_by(row.kind, row.payload)
                for peer in asked_by(row.kind, row.payload):
                    asked_s = clock.steady_s() - (now_s - row.time_s)
                    self._checks[peer] = asked_s + self._exchange.agreement.line_checks.every_s
        for key in read:
            self._go_further(key)

    def _take_up(self, deadlines: _Due, rungs: _Due, runs_out: _Due, now_s: float) -> None:
        ahead_s = self._exchange.clock.steady_s() - now_s
        for times, found in ((self._deadlines, deadlines), (self._rungs, rungs), (self._expiries, runs_out)):
            for due_s, key in found:
                times.add(due_s + ahead_s, key)

    def _waiting(self) -> int:
        return len(self._deadlines) + len(self._rungs) + len(self._expiries)

    def _any_due(self) -> bool:
        steady_s = self._exchange.clock.steady_s()
        return any(times.any_due(steady_s) for times in (self._deadlines, self._rungs, self._expiries))

    def _pass_deadlines(self) -> int:
        steady_s, missed = self._exchange.clock.steady_s(), 0
        for due_key in self._deadlines.turn(steady_s):
            key, step = split_step_key(due_key)
            standing = read_standing(self._exchange.journal, key)
            if standing is not None:
                missed += self._miss(standing, key, step)
        return missed

    def _miss(self, standing: Standing, key: str, step: Step) -> int:
        """Record that a step is overdue, and in the same transaction the rung that follows from it."""
        limit_s = standing.due[step]
        append_key = f"unanswered/{key}/{step}"
        if (
            after_deadline(standing, step, limit_s) is standing
            or self._exchange.journal.receipt(append_key) is not None
        ):
            return self._go_further(key)
        missed = AnswerMissed(
            peer=standing.peer,
            outgoing=standing.outgoing,
            sequence=standing.sequence,
            message_id=standing.message.message_id,
            step=step,
            due_s=limit_s,
        )
        event = journal_event(missed, self._exchange.clock.now_s())
        with self._exchange.ladder_lock:
            # Read again: an outlet that failed meanwhile may just have raised the rung that comes next.
            standing = read_standing(self._exchange.journal, key) or standing
            rung = early_rung(standing, step)
            if rung is None:
                self._exchange.journal.append(Append(key=append_key, events=(event,)))
            else:
                raise_rung(self._exchange, standing, rung, overdue_words(step), step, (event,), append_key)
        return 1

    def _go_further(self, key: str) -> int:
        """Raise the rung of a step that was overdue before the message was acknowledged, or before a restart."""
        raised = 0
        for step in (Step.RELAY, Step.RESPONSE):
            with self._exchange.ladder_lock:
                standing = read_standing(self._exchange.journal, key)
                rung = None if standing is None or not overdue(standing, step) else early_rung(standing, step)
                if standing is not None and rung is not None:
                    raise_rung(self._exchange, standing, rung, overdue_words(step), step)
                    raised += 1
        return raised

    def _raise_rungs(self) -> int:
        steady_s, raised = self._exchange.clock.steady_s(), 0
        for due_key in self._rungs.turn(steady_s):
            key, place = split_rung_key(due_key)
            with self._exchange.ladder_lock:
                standing = read_standing(self._exchange.journal, key)
                rung = None if standing is None else rung_owed(standing, place)
                if standing is not None and rung is not None:
                    raise_rung(self._exchange, standing, rung, UNACKNOWLEDGED)
                    raised += 1
        return raised

    def _expire_notices(self) -> int:
        steady_s, expired = self._exchange.clock.steady_s(), 0
        for due_key in self._expiries.turn(steady_s):
            expired += expire_notice(self._exchange, due_key)
        return expired

    def _tell_version(self, version: AgreementVersion) -> int:
        """Say once, in every log, that an amendment has come into force here: from which entry on it binds us."""
        if version is self._told or version is self._exchange.versions.known[0]:
            return 0
        key = f"in-force/{version.sha256.hex()}"
        told = self._exchange.journal.receipt(key) is not None
        if not told:
            drafts = [
                Draft(peer, partial(_in_force, version, peer), bulk=line.answer_awaited)
                for peer, line in self._exchange.lines.items()
            ]
            # In one append: who follows the journal cannot miss what the amendment concerns.
            affected = self._affected_by(version)
            rows = affected_events(version.agreement, affected, self._exchange.clock.now_s())
            self._exchange.send(drafts, rows, key).stored.result()
            _log_affected(affected)
        self._told = version
        return 0 if told else 1

    def _affected_by(self, version: AgreementVersion) -> tuple[AffectedPlan, ...]:
        """Which declared items have come under another party's control."""
        known = self._exchange.versions.known
        before = known[known.index(version) - 1].agreement
        now_s = self._exchange.clock.now_s()
        standing = [one for one in read_items(self._exchange.journal) if one.in_force(now_s)]
        return affected_plans(before, version.agreement, [declared_of(one, reachable=True) for one in standing])

    def _plan_checks(self, now_s: float) -> None:
        """When the next line check to each peer is due: after a pause one, not one per missed time."""
        schedule = self._exchange.agreement.line_checks
        for peer in self._exchange.lines:
            value = self._exchange.journal.view(LAST_CHECKS, peer)
            last_s = None if value is None else _time_decoder.decode(value)
            self._checks[peer] = self._exchange.clock.steady_s() + next_check_in_s(last_s, schedule, now_s)

    def _check_lines(self) -> int:
        steady_s, sent = self._exchange.clock.steady_s(), 0
        for peer, line in self._exchange.lines.items():
            if line.answer_awaited or steady_s < self._checks[peer]:
                continue
            send_line_check(self._exchange, peer, scheduled=True).stored.result()
            self._checks[peer] = steady_s + self._exchange.agreement.line_checks.every_s
            sent += 1
        return sent


def raise_next_rung(exchange: Exchange, key: str, why: str, lacks: Step, because: Event) -> bool:
    """Raise the next rung of a message before its time, with the event that it follows from in the same transaction.

    False, and nothing is stored, when no rung is left or the step that it lacked has been taken meanwhile.
    """
    with exchange.ladder_lock:
        standing = read_standing(exchange.journal, key)
        rung = None if standing is None or settled(standing, lacks) else next_rung(standing)
        if standing is None or rung is None:
            return False
        raise_rung(exchange, standing, rung, why, lacks, (because,))
        return True


def raise_rung(
    exchange: Exchange,
    standing: Standing,
    rung: PlannedRung,
    why: str,
    lacks: Step = Step.ACKNOWLEDGEMENT,
    because: tuple[Event, ...] = (),
    key: str | None = None,
) -> None:
    """Put a rung on record, with what it follows from, and tell the peer, in one transaction and once; its outlets are
    tried after that. Whoever calls this has the ladder's lock since he read the standing.
    """
    append_key = key or f"rung/{standing_key(standing.peer, standing.outgoing, standing.sequence)}/{rung.rung}"
    if exchange.journal.receipt(append_key) is not None:
        return
    now_s, message_id = exchange.clock.now_s(), standing.message.message_id
    event = RungRaised(
        peer=standing.peer,
        outgoing=standing.outgoing,
        sequence=standing.sequence,
        message_id=message_id,
        rung=rung.rung,
        function=rung.function,
        due_s=rung.due_s,
        last=rung.last,
        why=why[:MAX_NAME_CHARS],
        lacks=lacks,
    )

    def make(own_id: str) -> Message:
        return Escalation(
            message_id=own_id,
            escalates=message_id,
            rung=rung.rung,
            function=rung.function,
            raised_at_s=now_s,
            last=rung.last,
            why=event.why,
        )

    # People are called now; a peer that a restored node has not heard yet is told when it has.
    draft = Draft(standing.peer, make, bulk=exchange.line(standing.peer).answer_awaited)
    exchange.send([draft], [*because, journal_event(event, now_s)], append_key).stored.result()


def expire_notice(exchange: Exchange, key: str) -> int:
    """Record that the time of a notice's revision ran out, unless the notice has changed or ended since; how many."""
    held_key, revision = split_expiry_key(key)
    standing = read_notice(exchange.journal, held_key)
    if standing is None or standing.state is not NoticeState.CURRENT or standing.notice.revision != revision:
        return 0
    append_key = f"expired/{key}"
    if exchange.journal.receipt(append_key) is not None:
        return 0
    event = expired_event(standing, exchange.clock.now_s())
    exchange.journal.append(Append(key=append_key, events=(event,)))
    return 1


def _log_affected(affected: Sequence[AffectedPlan]) -> None:
    for one in affected[:MAX_AFFECTED_TOLD]:
        changes = "; ".join(f"{found.other_title or found.other_id}: {found.said}" for found in one.findings)
        _logger.warning(
            "an amendment changes who controls where something declared goes",
            extra={"party": one.party, "detail": f"{one.kind} {one.item_id}: {changes}"},
        )


def _in_force(version: AgreementVersion, peer: str, own_id: str) -> Message:
    agreement = version.agreement
    return AgreementEvent(
        message_id=own_id,
        to_function=agreement.party(peer).desks[0].functions[0],
        step=AgreementStep.IN_FORCE,
        version=agreement.version,
        sha256=version.sha256.hex(),
        from_s=agreement.in_force_from_s,
    )


def send_line_check(exchange: Exchange, peer: str, scheduled: bool = False) -> Sent:
    """Ask a peer's desk "do you hear me?", by schedule or by a person. Raises UnknownPeerError."""

    def make(own_id: str) -> Message:
        answer_by_s = exchange.clock.now_s() + exchange.agreement.line_checks.answer_within_s
        return LineCheck(message_id=own_id, answer_by_s=answer_by_s, scheduled=scheduled)

    return exchange.send([Draft(peer, make)])
