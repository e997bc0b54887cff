"""Plays a scenario: a discrete-event loop over the nodes of all parties, in one thread, without any chance.

Time goes from one thing that happens to the next: what the scenario says, what is on its way over a line, what people
are about to do, the next look at pictures and deadlines. While something flies or is owed an answer these looks come
every second, as in a node; otherwise every `IDLE_S`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from steerclear.dialogue.faults import LineFaultError
from steerclear.model.drill import DrillOutcome, Observation
from steerclear.model.intent import IntentEvent
from steerclear.model.scenario import Declares, DeclareStep, Outage, Says, Scenario, Weakness, Without
from steerclear.services.declare_items import Declaration, Wish, amend, cancel, move_state, submit
from steerclear.services.faults import LineRequestError, NotAnswerableError
from steerclear.services.line_events import MessageStored, RungRaised, decoded
from steerclear.services.plan_events import read_item
from steerclear.services.say import say
from steerclear.simulation.clock import TrueTime
from steerclear.simulation.drill.feeds import flown_of, reports_of
from steerclear.simulation.drill.judging import judge
from steerclear.simulation.drill.limits import MAX_DRILL_EVENTS
from steerclear.simulation.drill.line import Lines
from steerclear.simulation.drill.names import Names
from steerclear.simulation.drill.node import DrillNode
from steerclear.simulation.drill.observing import Observer
from steerclear.simulation.drill.people import DrillPeople
from steerclear.simulation.drill.records import compared_records
from steerclear.simulation.drill.telling import areas_of, ladders_said, uncertain_of
from steerclear.simulation.drill.terms import drill_terms
from steerclear.simulation.drill.things import item_id_of, item_of, message_of, stated_of

SCAN_S: Final = 1.0
IDLE_S: Final = 10.0
HEARD_S: Final = 60.0
"""So long after the last report of an aircraft the looks still come every second."""
LINGERS_S: Final = 5.0
"""And so long after the last thing that went into a journal."""

Progress = Callable[[float], None]
"""Told of the part of the scenario that is played, 0 to 1."""


def play(scenario: Scenario, without: Without | None = None, progress: Progress | None = None) -> DrillOutcome:
    """Play a scenario, or one with something taken away from the mechanism. Raises DrillError."""
    return _Drill(scenario, without, progress).play()


class _Drill:
    """One run."""

    def __init__(self, scenario: Scenario, without: Without | None, progress: Progress | None) -> None:
        self._scenario, self._without, self._progress = scenario, without, progress
        self._off = frozenset(() if without is None else without.off)
        self._terms = drill_terms(scenario, without)
        self._true = TrueTime()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._counter = 0
        self._active_s = scenario.drill.start_s
        self._seen: list[Observation] = []
        self._flown = flown_of(scenario)
        self._names = Names(scenario)
        reports = reports_of(scenario, self._flown)
        self._nodes = {
            party.id: DrillNode(party, scenario, self._terms, self._true, reports[party.id], self._off)
            for party in scenario.parties
        }
        self._lines = Lines(self._nodes, lambda delay_s, act: self._at(self._now_s + delay_s, act))
        self._observer = Observer(self._names, self._terms.agreement)
        self._people = DrillPeople(scenario, self._terms.agreement, self._names, self._at, lambda: self._now_s)

    @property
    def _now_s(self) -> float:
        return self._scenario.drill.start_s + self._true.seconds

    def play(self) -> DrillOutcome:
        self._plan()
        head = self._scenario.drill
        self._work()
        last_look_s = next_look_s = head.start_s
        for _ in range(MAX_DRILL_EVENTS):
            event_s = self._events[0][0] if self._events else float("inf")
            now_s = min(event_s, next_look_s)
            if now_s > head.until_s:
                break
            self._true.seconds = now_s - head.start_s
            if event_s <= now_s:
                heapq.heappop(self._events)[2]()
            else:
                self._look()
                last_look_s = now_s
            self._work()
            # Whatever has happened brings the next look near.
            next_look_s = self._next_look_s(last_look_s, now_s)
        self._true.seconds = head.until_s - head.start_s
        self._seen += compared_records(self._nodes, self._terms, head.until_s)
        return self._outcome()

    def _outcome(self) -> DrillOutcome:
        head = self._scenario.drill
        return DrillOutcome(
            name=head.name,
            title=head.title,
            pattern=head.pattern,
            happened=head.happened,
            missing=head.missing,
            without="" if self._without is None else self._without.says or self._without.name,
            uncertain=uncertain_of(self._scenario),
            start_s=head.start_s,
            until_s=head.until_s,
            zero_s=head.start_s if head.zero_s is None else head.zero_s,
            parties=tuple((party.id, party.name) for party in self._scenario.parties),
            observations=tuple(self._seen),
            judged=judge(self._scenario, self._seen),
            paths=tuple(flown.drawn() for flown in self._flown.values()),
            areas=areas_of(self._scenario, self._terms.agreement),
            ladders=ladders_said(self._terms.agreement),
        )

    # -- time --------------------------------------------------------------------------------------------------------

    def _at(self, time_s: float, act: Callable[[], None]) -> None:
        self._counter += 1
        heapq.heappush(self._events, (max(time_s, self._now_s), self._counter, act))

    def _look(self) -> None:
        for node in self._nodes.values():
            node.scan(self._now_s)
            node.tick()
        if self._progress is not None:
            head = self._scenario.drill
            self._progress((self._now_s - head.start_s) / (head.until_s - head.start_s))

    def _next_look_s(self, last_s: float, now_s: float) -> float:
        nodes = self._nodes.values()
        busy = now_s - self._active_s <= LINGERS_S or any(now_s - node.heard_s <= HEARD_S for node in nodes)
        if busy:
            return max(now_s, last_s + SCAN_S)
        # Neither a report nor a deadline may wait for an idle look.
        due_s = min(min(node.next_report_s(), node.next_due_s(now_s)) for node in nodes)
        return max(now_s, min(last_s + IDLE_S, max(last_s + SCAN_S, due_s)))

    def _work(self) -> None:
        """See what came of the last thing, let people act on it, and post what there is."""
        now_s = self._now_s
        for node in self._nodes.values():
            for row in node.new_rows():
                self._active_s = now_s
                self._seen += self._observer.look(node, row, now_s)
                match decoded(row.kind, row.payload):
                    case MessageStored() as event:
                        self._people.stored(node, event, now_s)
                    case RungRaised() as event:
                        self._people.raised(node, event, now_s)
                    case _:
                        pass
        for party, words in self._people.refused:
            self._see(party, "refused", words, {"what": "act"})
        self._people.refused.clear()
        self._lines.wake()

    def _see(self, party: str, what: str, words: str, facts: dict[str, str]) -> None:
        self._seen.append(Observation(time_s=self._now_s, party=party, what=what, words=words, facts=facts))

    # -- what the scenario says --------------------------------------------------------------------------------------

    def _plan(self) -> None:
        for note in self._scenario.notes:
            text = f"{note.text} (uncertain)" if note.uncertain else note.text
            self._at(note.at_s, partial(self._see, "", "note", text, {}))
        for declares in self._scenario.declares:
            self._at(declares.at_s, partial(self._declare, declares))
        for says in self._scenario.says:
            self._at(says.at_s, partial(self._say, says))
        for outage in self._scenario.outages:
            self._at(outage.from_s, partial(self._break, outage, True))
            if outage.until_s is not None:
                self._at(outage.until_s, partial(self._break, outage, False))

    def _say(self, said: Says) -> None:
        node = self._nodes[said.party]
        peers = said.to or tuple(node.exchange.lines)
        if Weakness.LINE in self._off or node.down:
            how = "by telephone; nothing of it is on record" if Weakness.LINE in self._off else "but its node is down"
            self._see(said.party, "note", f"wants to say to {', '.join(peers)}: {said.text!r}, {how}", {})
            return
        message = message_of(said, self._flown, self._now_s)
        desk = node.exchange.us.desks_with(said.function)
        try:
            desk_id = desk[0].desk_id if desk else node.exchange.us.desks[0].desk_id
            sent = say(node.exchange, peers, message, desk_id, said.function)
            sent.stored.result()
        except (LineRequestError, NotAnswerableError, LineFaultError) as fault:
            self._see(said.party, "refused", f"cannot say it: {fault}", {"what": str(said.kind), "name": said.name})
            return
        for message_id in sent.message_ids:
            self._names.said(message_id, said.name)

    def _declare(self, said: Declares) -> None:
        node = self._nodes[said.party]
        if node.down:
            self._see(
                said.party,
                "refused",
                "cannot declare anything: its node is down",
                {"what": "declare", "name": said.name},
            )
            return
        facts = {"name": said.name, "subject": str(said.subject), "step": str(said.step)}
        try:
            done = self._step(node, said)
        except (LineRequestError, NotAnswerableError, LineFaultError) as fault:
            self._see(said.party, "not_declared", f"cannot {said.step} {said.title or said.name!r}: {fault}", facts)
            return
        if done.check is not None:
            for one in done.check.findings:
                finding = one.finding
                words = f"the check of {said.title or said.name!r} finds: {finding.said}"
                found = {"name": said.name, "kind": str(finding.kind), "weight": str(finding.weight)}
                self._see(said.party, "finding", words, found)
        if not done.declared:
            self._see(said.party, "not_declared", f"{said.title or said.name!r} is {done.why}", facts)

    def _step(self, node: DrillNode, said: Declares) -> Declaration:
        us = node.exchange.us
        desk_id = (us.desks_with(said.function) or us.desks)[0].desk_id
        item_id = item_id_of(self._scenario.drill.name, said.party, said.name)
        if said.step is DeclareStep.CANCEL:
            return cancel(node.exchange, said.subject, item_id, desk_id, said.function)
        if said.step in (DeclareStep.ACTIVATE, DeclareStep.END):
            event = IntentEvent.ACTIVATE if said.step is DeclareStep.ACTIVATE else IntentEvent.END
            return move_state(node.exchange, said.subject, item_id, event, desk_id, said.function)
        held = read_item(node.journal, None, item_id)
        item = item_of(said, item_id, 1 if held is None else held.revision + 1)
        stated = () if Weakness.READ_BACK in self._off else stated_of(said)
        wish = Wish(item=item, disclosure=said.disclosure, stated=stated)
        put = submit if held is None else amend
        done = put(node.exchange, wish, desk_id, said.function)
        if not done.declared and done.check is not None and (said.in_spite or Weakness.CHECK in self._off):
            read = tuple(one.finding_id for one in done.check.standing_against())
            done = put(node.exchange, msgspec.structs.replace(wish, in_spite_of=read), desk_id, said.function)
        return done

    def _break(self, outage: Outage, begins: bool) -> None:
        if len(outage.between) == 2:
            (self._lines.cut if begins else self._lines.join)(*outage.between)
            words = "carries nothing" if begins else "carries again"
            self._see("", "note", f"the line between {' and '.join(outage.between)} {words}", {})
            return
        node = self._nodes[outage.between[0]]
        node.down = begins
        if begins:
            self._lines.forget(node.party)
        else:
            node.start()
        self._see("", "note", f"{node.party}'s node is {'down' if begins else 'up again'}", {})
